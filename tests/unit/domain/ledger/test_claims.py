"""Who may work on what, as a decision: one situation and the records of a thread in, what to do out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain.drafts.draft import draft_id
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import (
    CLOCK_TOLERANCE,
    MAX_REASON,
    Situation,
    decide,
    holders,
    is_due_for_reread,
    marked_since,
    with_end,
)
from hls_action.domain.ledger.model import Claimant, Record, State
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Comment
from tests.unit.builders import bot_comment

SEVEN = ThreadId(7)
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ME, DEAD, ALIVE = Claimant(2, 1, "me"), Claimant(1, 1, "dead"), Claimant(3, 1, "alive")
ISSUE, COMMENT = Item("issue", "7"), Item("comment", "101", "a1b2c3d4e5f6")
DRAFT = draft_id("o/r", SEVEN, [ISSUE.key, COMMENT.key])


def situation(*unanswered: Item, **changes: Any) -> Situation:
    base = Situation(
        "o/r",
        SEVEN,
        unanswered,
        [item.key for item in unanswered],
        {},
        NONE,
        NOON,
        ME,
        read_at=NOON,
        ended_runs=frozenset(),
    )
    return replace(base, **changes)


def written(key: str, by: Claimant = DEAD) -> Record:
    until = NOON + timedelta(minutes=5)
    return Record("o/r", SEVEN, key, "answered", by, first=NOON, at=NOON, until=until, tries=1, draft=DRAFT)


@pytest.mark.parametrize(
    ("unanswered", "changes"),
    [
        pytest.param((ISSUE, COMMENT), {}, id="all of it"),
        pytest.param((ISSUE,), {}, id="what is gone, or not yet seen: it was recorded just now"),
        pytest.param((ISSUE, COMMENT), {"state": "deferred"}, id="what is not due"),
        pytest.param((ISSUE, COMMENT), {"state": "failed"}, id="what failed"),
    ],
)
def test_a_written_answer_is_taken_over_whole(unanswered: tuple[Item, ...], changes: dict[str, Any]) -> None:
    """Whoever posts it holds all it names; else a run with another view of the thread could post it, too."""
    seen = situation(*unanswered, ended_runs=frozenset({DEAD}))
    decision = decide(seen, (written(ISSUE.key), replace(written(COMMENT.key), **changes)))
    assert [record.key for record in decision.drafts_to_post[DRAFT]] == [ISSUE.key, COMMENT.key]
    assert (decision.newer, decision.not_due, decision.dead_letters) == ((), (), ())


def test_runs_that_hold_something_are_told_from_those_that_did() -> None:
    over = replace(written(COMMENT.key), until=NOON)
    assert holders(situation(ISSUE, COMMENT), (written(ISSUE.key, by=ALIVE), over)) == {ALIVE}
    assert holders(situation(ISSUE, COMMENT), (over,)) == frozenset()


def test_a_written_answer_that_somebody_has_in_hand_is_left_alone_whole() -> None:
    seen = situation(ISSUE, COMMENT, ended_runs=frozenset({DEAD}))
    decision = decide(seen, (written(ISSUE.key, by=ALIVE), written(COMMENT.key)))
    assert not decision.is_work
    assert [record.key for record in decision.held] == [ISSUE.key, COMMENT.key]


def test_what_was_withdrawn_long_ago_does_not_keep_the_rest_from_being_posted() -> None:
    old = replace(written(COMMENT.key), at=NOON - 2 * CLOCK_TOLERANCE)
    decision = decide(situation(ISSUE, ended_runs=frozenset({DEAD})), (written(ISSUE.key), old))
    assert [record.key for record in decision.drafts_to_post[DRAFT]] == [ISSUE.key]
    assert [(record.key, record.state) for record in decision.closed] == [(COMMENT.key, "skipped")]


FAILED = replace(written("thread/7"), state="failed", until=NOON)


@pytest.mark.parametrize(
    ("record", "found"),
    [
        pytest.param(FAILED, True, id="a thread that could not be read, once it is time"),
        pytest.param(replace(FAILED, until=NOON - timedelta(days=1)), True, id="and ever after"),
        pytest.param(replace(FAILED, until=NOON + timedelta(seconds=1)), False, id="not before"),
        pytest.param(replace(FAILED, until=None), False, id="nor once nobody is to look any more"),
        pytest.param(replace(FAILED, state="deferred"), False, id="what is only deferred is taken up like any item"),
        pytest.param(replace(FAILED, key=ISSUE.key), False, id="an item that failed is a dead letter"),
    ],
)
def test_whether_a_thread_is_looked_at_again(record: Record, found: bool) -> None:
    assert is_due_for_reread(record, NOON) is found


CLOSED = Reason("closed", "the thread is closed")
REPLY, NEWER = bot_comment(90, "…"), bot_comment(91, "…")


@pytest.mark.parametrize(
    ("replies_by_key", "comment", "state", "draft", "reason", "shown"),
    [
        pytest.param({}, None, "skipped", DRAFT, CLOSED, None, id="as it is said"),
        pytest.param({ISSUE.key: REPLY}, None, "published", "", NONE, REPLY, id="it still has the reply it had"),
        pytest.param({ISSUE.key: REPLY}, NEWER, "skipped", DRAFT, CLOSED, NEWER, id="unless it has another"),
        pytest.param({COMMENT.key: REPLY}, None, "skipped", DRAFT, CLOSED, None, id="of its own"),
    ],
)
def test_how_a_record_ends(
    replies_by_key: dict[str, Comment],
    comment: Comment | None,
    state: State,
    draft: str,
    reason: Reason,
    shown: Comment | None,
) -> None:
    later = NOON + timedelta(minutes=1)
    was = replace(written(ISSUE.key), cost_usd=Decimal(1), comment_id=80, comment_url="https://github.com/80")
    found = with_end(
        was, "skipped", situation(replies_by_key=replies_by_key, now=later), reason=CLOSED, comment=comment, draft=DRAFT
    )
    assert found == Record(
        *("o/r", SEVEN, ISSUE.key, state, ME),
        first=NOON,
        at=later,
        tries=1,
        draft=draft,
        comment_id=shown.id if shown else None,
        comment_url=shown.url if shown else "",
        cost_usd=Decimal(1),
        reason=reason,
    )


def test_a_record_keeps_the_beginning_of_a_long_reason_and_no_answer_unless_told() -> None:
    found = with_end(written(ISSUE.key), "failed", situation(), reason=Reason("upstream", "x" * 9_000))
    assert (len(found.reason.detail), found.draft, found.reason.code) == (MAX_REASON, "", "upstream")
    assert with_end(written(ISSUE.key), "failed", situation()).reason == NONE


def test_marks_of_an_answer_are_out_of_date_once_another_has_marked_the_thread() -> None:
    marked = Record("o/r", SEVEN, ISSUE.key, "published", DEAD, first=NOON, at=NOON, marks={"priority": "P1"})
    assert marked_since([marked], NOON - timedelta(minutes=1))
    assert not marked_since([marked], NOON)
    assert not marked_since([replace(marked, marks={})], NOON - timedelta(minutes=1))
    assert not marked_since([marked], None)
