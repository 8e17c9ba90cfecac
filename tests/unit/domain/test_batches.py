"""Batches in the ledger: every step, applied once or again, and what holds if a run dies between any two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain import batch_transitions as steps
from hls_action.domain import ledger_documents
from hls_action.domain.batch_transitions import Hand
from hls_action.domain.batches import InBatch, OpenBatch, is_ours, may_be, request_name
from hls_action.domain.claims import Situation, stand
from hls_action.domain.faults import Fault
from hls_action.domain.items import Item
from hls_action.domain.ledger import Claimant, Draft, Ledger, Record
from hls_action.domain.pricing import Usage
from hls_action.domain.purse import LATE, Bill, Call, Purse, Reservation
from hls_action.errors import UpstreamError
from hls_action.ports import Batch

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SWEEP, LATER, OTHER = Claimant(1, 1, "sweep"), Claimant(2, 1, "later"), Claimant(3, 1, "other")
BEGUN = Hand(SWEEP, NOON, NOON + timedelta(minutes=11))
COLLECTING = Hand(LATER, NOON + timedelta(hours=1), NOON + timedelta(hours=1, minutes=11))
FREE = NOON + timedelta(hours=26)
DRAFT = Draft("<!-- hls:1 issue/7 -->\nYes.", ("bug",), "claude-sonnet-5-5", Usage(10, 20), Decimal("0.002"))
COST = Bill(usd=Decimal("0.002"), usage=Usage(10, 20))
OVERLOADED = UpstreamError(Fault("claude", "status", "busy", 529, "overloaded_error"))
REJECTED = UpstreamError(Fault("claude", "status", "what", 400, "invalid_request_error"))
FIRST, SECOND = request_name("abc", 0), request_name("abc", 1)


def claimed(thread: int, key: str, by: Claimant = SWEEP) -> Record:
    return Record("o/r", thread, key, "claimed", by, first=NOON, at=NOON, until=BEGUN.until, tries=1)


def reservation(thread: int) -> Reservation:
    return Reservation(Call(f"o/r#{thread}", "ann", "issue", "claude-sonnet-5-5"), Decimal("0.05"), NOON, BEGUN.until)


def taken(**changes: Any) -> Ledger:
    """What a sweep has in hand when it is about to create a batch for two threads."""
    purse = Purse(reservations={"1/1": reservation(7), "1/2": reservation(8)})
    ledger = Ledger(purse=purse).put(7, [claimed(7, "issue/7"), claimed(7, "comment/9@a")])
    return replace(ledger.put(8, [claimed(8, "issue/8")]), **changes)


BATCH = OpenBatch(
    "o/r",
    "abc",
    NOON,
    BEGUN.until,
    FREE,
    2,
    {
        FIRST: InBatch(7, ("issue/7", "comment/9@a"), "claude-sonnet-5-5", "1/1", ("bug",), named=(3, 12)),
        SECOND: InBatch(8, ("issue/8",), "claude-sonnet-5-5", "1/2", replaces=5),
    },
)


def intended() -> Ledger:
    return steps.intend(taken(), BATCH, BEGUN)


def waiting() -> Ledger:
    return steps.created(intended(), "abc", "msgbatch_1")


def states(ledger: Ledger) -> dict[str, str]:
    return {record.key: record.state for record in ledger.records}


def seen(key: str, thread: int, **changes: Any) -> Situation:
    kind, _, rest = key.partition("/")
    item = Item(kind, *rest.split("@"))  # type: ignore[arg-type]
    base = Situation("o/r", thread, (item,), [key], {}, "", NOON + timedelta(hours=1), OTHER)
    return replace(base, **changes)


# ---- before there is a batch ----


def test_an_intent_holds_claims_and_money_for_as_long_as_a_batch_may_take() -> None:
    ledger = intended()
    assert {record.until for record in ledger.records} == {FREE}
    assert {record.batch for record in ledger.of("o/r", 7)} == {FIRST}
    assert {reserved.until for reserved in ledger.purse.reservations.values()} == {FREE}
    assert ledger.batches == {"abc": BATCH}
    assert steps.intend(ledger, BATCH, BEGUN) is ledger, "after a write of unknown outcome"


def test_what_was_taken_over_meanwhile_is_not_asked() -> None:
    lost = taken().put(7, [claimed(7, "comment/9@a", by=OTHER)])
    ledger = steps.intend(lost, BATCH, BEGUN)
    assert list(ledger.batches["abc"].requests) == [SECOND]
    assert ledger.batches["abc"].size == 1
    assert {record.batch for record in ledger.of("o/r", 7)} == {""}
    settled = taken(purse=Purse())
    assert steps.intend(settled, BATCH, BEGUN) is settled, "nothing is asked without a reservation"


def test_a_batch_that_was_refused_costs_nothing() -> None:
    ledger = steps.refused(intended(), "abc", BEGUN, OVERLOADED)
    assert states(ledger) == dict.fromkeys(("issue/7", "comment/9@a", "issue/8"), "deferred")
    assert (ledger.batches, ledger.purse) == ({}, Purse())
    assert not any(record.batch for record in ledger.records)
    assert steps.refused(ledger, "abc", BEGUN, OVERLOADED) is ledger
    assert set(states(steps.refused(intended(), "abc", BEGUN, REJECTED)).values()) == {"failed"}


def test_which_batches_an_intent_may_have_become() -> None:
    batch = replace(BATCH, size=2)

    def listed(name: str, minutes: float = 1, size: int = 2) -> Batch:
        return Batch(name, NOON + timedelta(minutes=minutes), size, ended=False)

    found = [listed("ours"), listed("known"), listed("small", size=1), listed("old", -6), listed("new", 17)]
    assert may_be(batch, found, {"known"}) == ("ours",)
    assert is_ours(batch, [FIRST])
    assert not is_ours(batch, ["hls-abcd-0", "abc"])
    assert not is_ours(batch, [])


def test_its_id_is_written_once() -> None:
    assert waiting().batches["abc"].id == "msgbatch_1"
    assert steps.created(waiting(), "abc", "other").batches["abc"].id == "msgbatch_1"
    assert steps.created(Ledger(), "abc", "msgbatch_1") == Ledger()


# ---- while it is under way ----


@pytest.mark.parametrize("changes", [{}, {"me": SWEEP}, {"retry": True}, {"ended": frozenset({SWEEP})}])
@pytest.mark.parametrize("ledger", [intended(), waiting()], ids=["intended", "created"])
def test_no_run_takes_what_waits_in_a_batch(ledger: Ledger, changes: dict[str, Any]) -> None:
    standing = stand(seen("issue/8", 8, **changes), ledger.of("o/r", 8))
    assert not standing.is_work
    assert [record.key for record in standing.held] == ["issue/8"]


def test_a_maintainers_force_does_not_wait() -> None:
    standing = stand(seen("issue/8", 8, force=True), waiting().of("o/r", 8))
    assert [item.key for item in standing.work] == ["issue/8"]


def test_what_waited_too_long_is_free() -> None:
    standing = stand(seen("issue/8", 8, now=FREE), waiting().of("o/r", 8))
    assert [item.key for item in standing.work] == ["issue/8"]
    assert BATCH.is_lost(FREE)
    assert not BATCH.is_lost(FREE - timedelta(seconds=1))


# ---- when it has ended ----


def test_an_answer_is_written_ahead_with_its_bill_and_no_longer_waited_for() -> None:
    ledger = steps.answered(waiting(), "abc", FIRST, COLLECTING, DRAFT, COST)
    records = ledger.of("o/r", 7)
    assert {(r.state, r.by, r.until, r.batch) for r in records} == {("answered", LATER, COLLECTING.until, "")}
    assert sum(record.cost_usd for record in records) == DRAFT.cost_usd
    assert ledger.draft(records[0]) == DRAFT
    assert (list(ledger.batches["abc"].requests), list(ledger.purse.reservations)) == ([SECOND], ["1/2"])
    assert ledger.purse.days["2026-11-02"].usd == COST.usd
    assert steps.answered(ledger, "abc", FIRST, COLLECTING, DRAFT, COST) is ledger
    standing = stand(seen("issue/7", 7, me=LATER, wanted=["issue/7", "comment/9@a"]), records)
    assert [len(records) for records in standing.finish.values()] == [2], "posted as what a dead run wrote is"


def test_the_last_result_ends_a_batch() -> None:
    ledger = steps.answered(waiting(), "abc", FIRST, COLLECTING, DRAFT, COST)
    ledger = steps.set_back(ledger, "abc", SECOND, COLLECTING, OVERLOADED, Bill())
    assert (ledger.batches, ledger.purse.reservations) == ({}, {})
    assert states(ledger)["issue/8"] == "deferred"
    assert ledger.purse.days["2026-11-02"].calls == 1, "what was not answered was not billed"


def test_a_refused_answer_costs_what_it_cost() -> None:
    ledger = steps.set_back(waiting(), "abc", SECOND, COLLECTING, REJECTED, COST)
    (record,) = ledger.of("o/r", 8)
    assert (record.state, record.cost_usd, record.batch) == ("failed", COST.usd, "")
    assert steps.set_back(ledger, "abc", SECOND, COLLECTING, REJECTED, COST) is ledger


def test_an_answer_about_something_that_was_taken_out_is_paid_for_and_not_posted() -> None:
    forced = replace(waiting().of("o/r", 7)[0], by=OTHER, batch="")
    ledger = steps.answered(waiting().put(7, [forced]), "abc", FIRST, COLLECTING, DRAFT, COST)
    assert ledger.purse.days["2026-11-02"].usd == COST.usd
    taken_out, left = ledger.of("o/r", 7)
    assert taken_out == forced
    assert (left.state, left.until, left.batch) == ("claimed", COLLECTING.now, "")
    assert ledger.draft(left) is None


def test_a_batch_nobody_can_tell_of_counts_as_spent_and_sets_its_items_free() -> None:
    late = replace(COLLECTING, now=FREE)
    ledger = steps.lost(intended(), "abc", late, OVERLOADED)
    assert (ledger.batches, ledger.purse.reservations) == ({}, {})
    assert ledger.purse.days["2026-11-02"].unsettled == Decimal("0.10")
    assert set(states(ledger).values()) == {"deferred"}
    assert steps.lost(ledger, "abc", late, OVERLOADED) is ledger


def test_money_that_was_given_up_is_not_counted_twice() -> None:
    late = replace(COLLECTING, now=FREE + 2 * LATE)
    given_up = replace(intended(), purse=intended().purse.tidied(late.now))
    ledger = steps.lost(given_up, "abc", late, OVERLOADED)
    assert ledger.purse.days["2026-11-02"].unsettled == Decimal("0.10")


def test_batches_are_stored_and_read_as_they_are() -> None:
    ledger = waiting()
    stored = ledger_documents.changes(Ledger(), ledger, first=True)
    assert ledger_documents.read(stored) == ledger
    assert "batches.json" not in ledger_documents.changes(Ledger(), taken(), first=True)
