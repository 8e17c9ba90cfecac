"""Who may work on what, as a decision: one situation and the records of a thread in, what to do out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hls_action.domain.claims import JUST_NOW, Situation, stand
from hls_action.domain.identity import ThreadId
from hls_action.domain.items import Item
from hls_action.domain.ledger import Claimant, Record, draft_id
from hls_action.domain.reasons import NONE

SEVEN = ThreadId(7)
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ME, DEAD, ALIVE = Claimant(2, 1, "me"), Claimant(1, 1, "dead"), Claimant(3, 1, "alive")
ISSUE, COMMENT = Item("issue", "7"), Item("comment", "101", "a1b2c3d4e5f6")
DRAFT = draft_id("o/r", SEVEN, [ISSUE.key, COMMENT.key])


def situation(*owed: Item, **changes: Any) -> Situation:
    base = Situation(
        "o/r", SEVEN, owed, [item.key for item in owed], {}, NONE, NOON, ME, read_at=NOON, ended=frozenset()
    )
    return replace(base, **changes)


def written(key: str, by: Claimant = DEAD) -> Record:
    until = NOON + timedelta(minutes=5)
    return Record("o/r", SEVEN, key, "answered", by, first=NOON, at=NOON, until=until, tries=1, draft=DRAFT)


def test_a_written_answer_is_taken_over_whole() -> None:
    """Whoever posts it holds all it names; else a run with another view of the thread could post it, too."""
    seen = situation(ISSUE, ended=frozenset({DEAD}))  # the comment is gone, or not yet seen: it was recorded just now
    standing = stand(seen, (written(ISSUE.key), written(COMMENT.key)))
    assert [record.key for record in standing.finish[DRAFT]] == [ISSUE.key, COMMENT.key]
    assert standing.newer == ()


def test_a_written_answer_that_somebody_has_in_hand_is_left_alone_whole() -> None:
    seen = situation(ISSUE, COMMENT, ended=frozenset({DEAD}))
    standing = stand(seen, (written(ISSUE.key, by=ALIVE), written(COMMENT.key)))
    assert not standing.is_work
    assert [record.key for record in standing.held] == [ISSUE.key, COMMENT.key]


def test_what_was_withdrawn_long_ago_does_not_keep_the_rest_from_being_posted() -> None:
    old = replace(written(COMMENT.key), at=NOON - 2 * JUST_NOW)
    standing = stand(situation(ISSUE, ended=frozenset({DEAD})), (written(ISSUE.key), old))
    assert [record.key for record in standing.finish[DRAFT]] == [ISSUE.key]
    assert [(record.key, record.state) for record in standing.settled] == [(COMMENT.key, "skipped")]
