"""What the jobs of a split workflow hand to each other: written and read again, and held against what was claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Call, Charge, Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import SpendLimitReached, ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.errors import Conflict, StateUnavailable
from hls_action.domain.ledger.handover import (
    ANSWER,
    CLAIM,
    Failure,
    HeldClaim,
    WrittenAnswer,
    bills,
    checked,
    text_of,
    value_of,
)
from hls_action.domain.ledger.model import Claimant
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
