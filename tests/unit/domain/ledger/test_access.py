"""Who is known to have write access, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hls_action.domain.ledger.access import MAX_KNOWN, VALID, Access, granted, with_answer

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_an_answer_holds_for_a_day_and_for_one_place() -> None:
    known = with_answer({}, "o/r", "Ann", True, NOON)
    assert granted(known, "O/R", "ann", NOON + VALID - timedelta(seconds=1)) is True
    assert granted(known, "o/r", "ann", NOON + VALID) is None
    assert granted(known, "o/x", "ann", NOON) is None
    assert granted(with_answer(known, "o/r", "ann", False, NOON), "o/r", "ann", NOON) is False


def test_what_is_too_old_or_too_much_goes() -> None:
    known = with_answer({}, "o/r", "ann", True, NOON)
    assert with_answer(known, "o/r", "bob", True, NOON + VALID) == {"o/r bob": Access(True, NOON + VALID)}
    for place in range(MAX_KNOWN):
        known = with_answer(known, "o/r", f"u{place}", False, NOON + timedelta(seconds=place + 1))
    assert (len(known), "o/r ann" in known, "o/r u0" in known) == (MAX_KNOWN, False, True)
