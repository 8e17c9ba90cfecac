"""What the jobs of a split workflow hand to each other: written and read again, and held against what was claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Budget, Call, Charge, Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import SpendLimitReached, ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import MAX_REASON
from hls_action.domain.ledger.errors import Conflict, StateUnavailable
from hls_action.domain.ledger.handover import (
    ANSWER,
    CLAIM,
    MAX_BYTES,
    Failure,
    HeldClaim,
    WrittenAnswer,
    bills,
    checked,
    fits,
    text_of,
    value_of,
)
from hls_action.domain.ledger.model import Claimant, Ledger, Record
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.answer import AnswerRejected
from hls_action.domain.tasks.effects import PostComment
from tests.unit.builders import NOON

HELD = HeldClaim(Claimant(7, 1, "n"), ThreadId(3), ("issue/3",), "a", ("b",), ("issue/3",))
CALL = Call("o/r#3", "ann", "issue", "m")
RESERVED = {name: Reservation(CALL, Decimal("0.5"), NOON, NOON) for name in ("a", "b")}
DRAFT = Draft(("issue/3",), (PostComment("Hm.", None),), {}, "m", Usage(), Decimal(9), eyes=True, written=NOON)
BILLS = (Charge("a", Decimal("0.2"), Usage(input=1)), Charge("b", Decimal("0.1"), known=False))
words = st.text(st.characters(codec="utf-8"), max_size=40)


def test_a_claim_is_read_as_it_was_written() -> None:
    assert value_of(CLAIM, text_of(CLAIM, HELD)) == HELD


@given(words, st.booleans())
def test_an_answer_is_read_as_it_was_written(text: str, known: bool) -> None:
    draft = replace(DRAFT, effects=(PostComment(text, None),), fields={"confidence": 0.5, "missing": [text]})
    written = WrittenAnswer((replace(BILLS[0], known=known),), draft)
    text = text_of(ANSWER, written)
    assert value_of(ANSWER, text) == written
    assert "\n" not in text


ERRORS = [
    UpstreamError(Fault("claude", "status", "Overloaded", 529)),
    UpstreamError(Fault("claude", "status", "No", 400), "choose another model"),
    UpstreamError(Fault("claude", "timeout", "slow")),
    SpendLimitReached(Fault("claude", "status", "Limit", 400, credit_exhausted=True, until=NOON + timedelta(days=3))),
    AnswerRejected("odd", cause="why"),
    DeadlineExceeded("late"),
    Conflict("others were faster"),
]


@pytest.mark.parametrize("error", ERRORS, ids=range(len(ERRORS)))
def test_an_error_means_the_same_in_another_process(error: HLSError) -> None:
    written = WrittenAnswer((), failure=Failure.of(error, NOON))
    failure = value_of(ANSWER, text_of(ANSWER, written)).failure
    assert failure is not None
    again = failure.error()
    assert reasons.of(again) == reasons.of(error)
    assert transitions.may_pass(again, (), NOON) == transitions.may_pass(error, (), NOON)


@pytest.mark.parametrize("error", [ThreadUnavailable("it is locked"), StateUnavailable("git failed")])
def test_what_another_job_sees_for_itself_is_left_to_a_later_run(error: HLSError) -> None:
    assert transitions.may_pass(Failure.of(error, NOON).error(), (), NOON)


def test_no_more_of_an_error_is_handed_over_than_is_kept_of_a_reason() -> None:
    long = "x" * (MAX_REASON + 1)
    for error in (AnswerRejected(long, cause=long), UpstreamError(Fault("claude", "timeout", long))):
        failure = Failure.of(error, NOON)
        texts = (failure.message, failure.cause, failure.fault.message if failure.fault else "")
        assert max(map(len, texts)) == MAX_REASON


# ---- what is claimed


def claimed(key: str = "issue/3", **changes: Any) -> Record:
    until = NOON + timedelta(minutes=1)
    base = Record("o/r", ThreadId(3), key, "claimed", HELD.by, first=NOON, at=NOON, until=until)
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("keys", "records", "reserved", "held", "whole"),
    [
        pytest.param(("issue/3",), [claimed()], "ab", 1, True, id="all of it"),
        pytest.param(("issue/3",), [claimed(), claimed("comment/5@1")], "abc", 1, True, id="beside others"),
        pytest.param(("issue/3", "comment/5@1"), [claimed()], "ab", 1, False, id="one of two"),
        pytest.param(("issue/3",), [claimed(repository="o/other")], "ab", 0, False, id="elsewhere"),
        pytest.param(("issue/3",), [claimed(by=Claimant(7, 2, "n"))], "ab", 0, False, id="by another attempt"),
        pytest.param(("issue/3",), [claimed(state="answered", draft="d")], "ab", 0, False, id="answered"),
        pytest.param(("issue/3",), [claimed(state="deferred")], "ab", 0, False, id="put off"),
        pytest.param(("issue/3",), [claimed(until=NOON)], "ab", 1, False, id="over just now"),
        pytest.param(("issue/3",), [claimed(until=None)], "ab", 1, False, id="without an end"),
        pytest.param(("issue/3",), [claimed()], "a", 1, False, id="without the money for a step"),
        pytest.param(("issue/3",), [claimed()], "b", 1, False, id="without the money for the answer"),
    ],
)
def test_what_still_holds_of_a_claim(
    keys: tuple[str, ...], records: list[Record], reserved: str, held: int, whole: bool
) -> None:
    budget = Budget(reservations=dict.fromkeys(reserved, RESERVED["a"]))
    ledger, claim = replace(Ledger().put(ThreadId(3), records), budget=budget), replace(HELD, keys=keys)
    assert len(claim.held(ledger, "o/r")) == held
    assert claim.is_whole(ledger, "o/r", NOON) is whole


# ---- what is believed of an answer


@pytest.mark.parametrize(
    ("charges", "keys", "why"),
    [
        pytest.param(BILLS, ("issue/3",), "", id="what was put aside"),
        pytest.param((Charge("a", Decimal("0.5")),), ("issue/3",), "", id="all of it"),
        pytest.param((Charge("a", Decimal("0.51")),), ("issue/3",), "more than was put aside", id="more"),
        pytest.param(
            (BILLS[0], replace(BILLS[1], usd=Decimal("0.51"))), ("issue/3",), "more than", id="more for a step"
        ),
        pytest.param((BILLS[0], BILLS[0]), ("issue/3",), "its bills are not", id="one twice"),
        pytest.param((replace(BILLS[0], name="c"),), ("issue/3",), "its bills are not", id="another"),
        pytest.param(BILLS, ("issue/4",), "not about the items", id="other items"),
        pytest.param(BILLS, ("issue/3", "comment/5@1"), "not about the items", id="more items"),
    ],
)
def test_an_answer_is_held_against_its_claim(charges: tuple[Charge, ...], keys: tuple[str, ...], why: str) -> None:
    written = WrittenAnswer(charges, replace(DRAFT, keys=keys))
    if not why:
        assert checked(written, HELD, RESERVED, NOON).charges == charges
        return
    with pytest.raises(ValueError, match=why):
        checked(written, HELD, RESERVED, NOON)


def test_a_failure_is_held_against_what_was_put_aside_as_well() -> None:
    failure = Failure("upstream", "slow")
    assert checked(WrittenAnswer(BILLS, failure=failure), HELD, RESERVED, NOON).failure == failure
    with pytest.raises(ValueError, match="more than was put aside"):
        checked(WrittenAnswer((Charge("a", Decimal(9)),), failure=failure), HELD, RESERVED, NOON)


def test_what_is_settled_by_now_is_no_reason_to_refuse_an_answer() -> None:
    assert checked(WrittenAnswer(BILLS, DRAFT), HELD, {"b": RESERVED["b"]}, NOON).charges == BILLS


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="neither"),
        pytest.param({"draft": DRAFT, "failure": Failure("upstream", "slow")}, id="an answer and a failure"),
        pytest.param({"skipped": Reason("no-reply-needed"), "failure": Failure("upstream", "slow")}, id="or a reason"),
        pytest.param({"draft": DRAFT, "skipped": Reason("withdrawn")}, id="a reason of another kind"),
        pytest.param({"skipped": Reason("bot-author")}, id="or of the gate"),
    ],
)
def test_what_no_asking_comes_to(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"neither an answer nor a failure, or both|is not why an answer"):
        WrittenAnswer(BILLS, **changes)


@pytest.mark.parametrize("code", ["no-reply-needed", "low-confidence", "dry-run"])
def test_why_an_answer_is_not_posted(code: str) -> None:
    for draft in (None, DRAFT):
        written = WrittenAnswer(BILLS, draft, Reason(code))
        assert value_of(ANSWER, text_of(ANSWER, written)) == written


def test_a_failure_has_a_code_of_ours_and_keeps_its_fault() -> None:
    fault = Fault("claude", "status", "Overloaded", 529)
    error = Failure.of(UpstreamError(fault), NOON).error()
    assert isinstance(error, UpstreamError)
    assert error.fault == fault
    with pytest.raises(ValueError, match="'no-code' is not the code of a reason"):
        Failure("no-code", "slow")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "{}", '{"charges":{}}', "[" * 50_000], ids=range(8))
def test_what_is_no_answer_at_all_is_a_wrong_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(ANSWER, text)


def test_letters_are_handed_over_as_they_are() -> None:
    """So that a long answer in any language still fits."""
    assert "é長" in text_of(ANSWER, WrittenAnswer(BILLS, replace(DRAFT, effects=(PostComment("é長", None),))))


@pytest.mark.parametrize("amount", ["-0.1", "NaN", "Infinity"])
def test_nobody_is_paid_for_an_answer(amount: str) -> None:
    text = text_of(ANSWER, WrittenAnswer(BILLS, DRAFT)).replace('"0.2"', f'"{amount}"')
    with pytest.raises(ValueError, match="is not an amount"):
        value_of(ANSWER, text)


def test_how_long_a_text_may_be() -> None:
    """In bytes: it goes through a variable of the environment."""
    assert fits("x" * MAX_BYTES)
    assert not fits("x" * (MAX_BYTES + 1))
    assert not fits("é" * (MAX_BYTES // 2 + 1))
    with pytest.raises(ValueError, match="longer than 100,000 bytes"):
        value_of(ANSWER, "x" * (MAX_BYTES + 1))


def test_what_nobody_can_check_is_not_taken_over() -> None:
    later = replace(DRAFT, written=NOON + timedelta(days=900))
    draft = checked(WrittenAnswer(BILLS, later), HELD, RESERVED, NOON).draft
    assert draft is not None
    assert (draft.cost_usd, draft.written, draft.eyes) == (Decimal("0.2"), NOON, False)


@pytest.mark.parametrize("written", [NOON - timedelta(minutes=1), None])
def test_when_it_was_written_is_believed_where_that_is_over(written: datetime | None) -> None:
    draft = checked(WrittenAnswer(BILLS, replace(DRAFT, written=written)), HELD, RESERVED, NOON).draft
    assert draft is not None
    assert draft.written == (written or NOON)


def test_what_is_not_billed_counts_at_its_worst() -> None:
    worst = tuple(Charge(name, Decimal("0.5"), known=False) for name in ("a", "b"))
    assert bills(HELD, None, RESERVED) == worst
    assert bills(HELD, WrittenAnswer(BILLS[:1], DRAFT), RESERVED) == (BILLS[0], worst[1])
    assert bills(HELD, WrittenAnswer(BILLS, DRAFT), {}) == (), "it is settled"
