"""Pauses: whichever run comes to an order first, the orders count by when they were given."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.ledger import documents, pause
from hls_action.domain.ledger.model import Ledger, Pause
from hls_action.domain.ledger.moves import RepositoryIdentity, follow_rename
from hls_action.domain.ledger.pause import Order
from hls_action.domain.reasons import NONE
from hls_action.domain.threads.commands import Command, Word
from hls_action.domain.threads.thread import Pull
from tests.unit.builders import NOON, SHA, pull_thread, thread

REPOSITORY = "o/r"


def order(word: Word, minute: int, reason: str = "") -> Order:
    return Order(Command(word, reason), "carl", NOON + timedelta(minutes=minute))


def after(*orders: Order) -> Ledger:
    ledger = Ledger()
    for each in orders:
        ledger = pause.obeyed(ledger, REPOSITORY, each)
    return ledger


def test_a_pause_is_remembered_with_who_when_and_why() -> None:
    ledger = after(order("pause", 1, "spam"), order("pause", 2), order("resume catch up", 3))
    assert ledger.pauses[REPOSITORY] == (
        Pause(
            "carl",
            since=NOON + timedelta(minutes=1),
            reason="spam",
            until=NOON + timedelta(minutes=3),
            caught_up=True,
            renewed=NOON + timedelta(minutes=2),
        ),
    )


@pytest.mark.parametrize("words", [("pause", "resume"), ("resume", "pause"), ("pause", "resume catch up")])
def test_the_last_order_decides(words: tuple[Word, Word]) -> None:
    ledger = after(*(order(word, minute) for minute, word in enumerate(words)))
    assert (pause.present(ledger, REPOSITORY) is not None) == (words[-1] == "pause")


@given(st.lists(st.sampled_from(["pause", "resume", "resume catch up"]), min_size=1, max_size=5), st.randoms())
def test_whichever_run_comes_to_an_order_first_the_last_one_given_counts(words: list[Word], random: Random) -> None:
    orders = [order(word, minute) for minute, word in enumerate(words)]
    mixed = [*orders, *orders]
    random.shuffle(mixed)
    for ledger in (after(*orders), after(*mixed)):
        assert (pause.present(ledger, REPOSITORY) is not None) == (words[-1] == "pause")
    assert after(*orders, *orders[:-1], *orders) == after(*orders), "and what is known already changes nothing"


def test_resuming_what_goes_on_is_remembered_once() -> None:
    ledger = after(order("pause", 1), order("resume", 2), order("resume", 3), order("resume", 4), order("pause", 3))
    (paused, resumed) = ledger.pauses[REPOSITORY]
    assert (paused.until, resumed.since, resumed.until) == (order("", 2).at, order("", 4).at, order("", 4).at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "later",
    [
        pytest.param((order("pause", 5), order("pause", 6)), id="is paused and paused once more"),
        pytest.param((order("resume", 5), order("resume", 6)), id="is resumed and resumed once more"),
    ],
)
def test_what_was_paused_before_is_remembered_when_it(later: tuple[Order, ...]) -> None:
    """What came in it stays unanswered."""
    before = after(order("pause", 1), order("resume", 2), order("pause", 3), order("resume", 4))
    ledger = before
    for each in later:
        ledger = pause.obeyed(ledger, REPOSITORY, each)
    assert ledger.pauses[REPOSITORY][:-1] == before.pauses[REPOSITORY]


def test_each_order_is_acknowledged_by_what_is_so() -> None:
    paused = after(order("pause", 1))
    resumed = after(order("pause", 1), order("resume", 2))
    caught_up = after(order("pause", 1), order("resume catch up", 2))
    assert pause.answer_to(paused, REPOSITORY, order("pause", 1)) == "pause"
    assert pause.answer_to(resumed, REPOSITORY, order("pause", 1)) == pause.SUPERSEDED
    assert pause.answer_to(paused, REPOSITORY, order("resume", 0)) == pause.SUPERSEDED
    assert pause.answer_to(resumed, REPOSITORY, order("resume", 2)) == "resume"
    assert pause.answer_to(caught_up, REPOSITORY, order("resume catch up", 2)) == "resume catch up"
    assert pause.answer_to(resumed, REPOSITORY, order("resume catch up", 3)) == "resume", "it is too late for that"


def test_each_repository_has_pauses_of_its_own() -> None:
    both = pause.obeyed(after(order("pause", 1)), "o/other", order("pause", 2))
    resumed = pause.obeyed(both, "o/other", order("resume", 3))
    assert [pause.present(each, REPOSITORY) is not None for each in (both, resumed)] == [True, True]
    assert [pause.present(each, "o/other") is not None for each in (both, resumed)] == [True, False]
    assert pause.answer_to(both, "o/third", order("resume catch up", 4)) == "resume"


def test_why_nothing_is_taken_up_in_a_pause() -> None:
    assert str(pause.reason(after(order("pause", 1)), REPOSITORY, "/hls")) == (
        "paused: comment '/hls resume' to go on: carl paused HLS at 2026-11-02 12:01 UTC"
    )
    for ledger in (Ledger(), after(order("resume", 1)), after(order("pause", 1), order("resume", 2))):
        assert pause.reason(ledger, REPOSITORY, "/hls") is NONE


def test_what_is_known_changes_nothing_at_all() -> None:
    ledger = after(order("pause", 1), order("resume", 2))
    assert pause.obeyed(ledger, REPOSITORY, order("pause", 1)) is ledger
    assert pause.obeyed(ledger, REPOSITORY, order("resume", 2)) is ledger


def test_only_so_many_are_kept() -> None:
    words: list[Word] = ["pause", "resume"] * (pause.KEPT + 1)
    ledger = after(*(order(word, minute) for minute, word in enumerate(words)))
    assert len(ledger.pauses[REPOSITORY]) == pause.KEPT
    assert ledger.pauses[REPOSITORY][-1].since == NOON + timedelta(minutes=2 * pause.KEPT)


def test_it_is_stored_and_follows_the_repository_to_its_new_name() -> None:
    ledger = after(order("pause", 1, "spam"), order("resume", 2), order("pause", 3))
    found = documents.read(
        {path: text for path, text in documents.changes(Ledger(), ledger, first=True).items() if text}
    )
    assert found.pauses == ledger.pauses
    moved = follow_rename(Ledger(repositories={REPOSITORY: 9}, pauses=found.pauses), RepositoryIdentity("o/new", 9))
    assert moved.pauses == {"o/new": ledger.pauses[REPOSITORY]}


def test_what_came_in_a_pause_is_missed_unless_it_was_to_be_caught_up_on() -> None:
    issue = thread(created_at=NOON + timedelta(minutes=2), updated_at=NOON + timedelta(days=9))
    late = NOON + timedelta(days=9)
    missed = pause.away(after(order("pause", 1), order("resume", 3)).pauses, REPOSITORY, None, pushed=False)
    assert [missed.missed(issue, kind, late) for kind in ("issue", "comment")] == [True, False]
    assert [missed.missed(thread(), "comment", NOON + timedelta(minutes=m)) for m in range(5)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    edited = pause.away(after(order("pause", 1), order("resume", 3)).pauses, REPOSITORY, late, pushed=False)
    assert not edited.missed(issue, "issue", late)
    for others in (after(order("pause", 1)), after(order("pause", 1), order("resume catch up", 3))):
        assert not pause.away(others.pauses, REPOSITORY, None, pushed=False).missed(issue, "issue", late)


def test_a_head_that_was_pushed_since_is_not_missed() -> None:
    pauses = after(order("pause", 1), order("resume", 3)).pauses
    opened = pull_thread(created_at=NOON + timedelta(minutes=2))
    assert pause.away(pauses, REPOSITORY, None, pushed=False).missed(opened, "pull", NOON)
    assert not pause.away(pauses, REPOSITORY, None, pushed=True).missed(opened, "pull", NOON)
    fork = pull_thread(pull=Pull(SHA, "x", "main", pushed_at=NOON + timedelta(minutes=9)), created_at=opened.created_at)
    assert not pause.away(pauses, REPOSITORY, None, pushed=False).missed(fork, "pull", NOON)
