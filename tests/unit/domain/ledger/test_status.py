"""What a thread is told of its requests."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain.budget.budget import Budget, Call, Reservation
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Claimant, Pause, Record
from hls_action.domain.ledger.status import lines, share_left
from hls_action.domain.threads.items import Item
from tests.unit.builders import NOON

NEXT = NOON + timedelta(hours=1)


def record(key: str, state: str, **changes: Any) -> Record:
    return Record("o/r", ThreadId(7), key, state, Claimant(1, 1, "a"), NOON, NOON, **changes)  # type: ignore[arg-type]


def test_each_state_is_counted_by_what_it_means() -> None:
    records = [
        record("issue/7", "published"),
        record("comment/1", "published"),
        record("comment/2", "claimed"),
        record("comment/3", "answered"),
        record("comment/4", "deferred", until=NEXT),
        record("comment/5", "deferred", until=NEXT + timedelta(days=1)),
        record("comment/6", "failed"),
        record("comment/7", "skipped"),
    ]
    assert lines(records, [Item("comment", "8"), Item("comment", "9")], (), None, None).split("\n") == [
        "- answered: 2",
        "- being answered now: 2",
        "- waiting: 2, the next try is due at 2026-11-02 13:00 UTC",
        "- failed: 1",
        "- left without an answer, for a reason that is on record: 1",
        "- not taken up yet: 2",
    ]


def test_what_nobody_asked_claude_does_not_count() -> None:
    others = [record("notice/7", "skipped"), record("thread/7", "failed"), record("comment/1", "published")]
    told = lines(others, [Item("comment", "2", command="status")], ("comment/1",), None, None)
    assert told == "- nothing here asks HLS for an answer"


def test_a_pause_and_the_budget_are_told_without_anybodys_words() -> None:
    told = lines([], [], (), Pause("eve", NOON, "<b>@octocat</b>"), Decimal("0.4199"))
    assert told.split("\n")[1:] == [
        "- HLS has been paused in this repository since 2026-11-02 12:00 UTC",
        "- left of today's budget: 41 %",
    ]


@pytest.mark.parametrize(
    ("spent", "daily", "left"),
    [
        pytest.param("0", "5", "1", id="all of it"),
        pytest.param("1", "4", "0.75", id="most of it"),
        pytest.param("6", "5", "0", id="less than nothing"),
        pytest.param("0", "0", "0", id="there is none"),
    ],
)
def test_how_much_of_the_day_is_left(spent: str, daily: str, left: str) -> None:
    reserved = Reservation(Call("o/r#7", "ann", "issue", "m"), Decimal(spent), NOON, NEXT)
    assert share_left(Budget(reservations={"a": reserved}), Decimal(daily), NOON) == Decimal(left)
    assert share_left(Budget(reservations={"a": reserved}), None, NOON) is None
