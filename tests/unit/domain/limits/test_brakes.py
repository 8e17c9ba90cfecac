"""How many answers are given: to an account, in a thread, in a repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.limits.brakes import (
    BURST,
    COOL_DOWN,
    DAY,
    HOUR,
    MAX_COUNTED,
    NO_LIMITS,
    ActorRateLimited,
    Answers,
    Given,
    Limit,
    Limits,
    RateLimited,
    RepositoryRateLimited,
    ThreadRateLimited,
)
from tests.unit.builders import NOON

MINUTE = timedelta(minutes=1)


def asked(minutes: float = 0, actor: str = "ann", thread: str = "o/r#7", key: str = "") -> Given:
    return Given(NOON + minutes * MINUTE, actor, thread, key or f"comment/{minutes}")


def answers(*found: Given) -> Answers:
    return Answers(tuple(sorted(found, key=lambda each: each.at)))


def limits(
    actor: tuple[int, int] = (0, 0), thread: tuple[int, int] = (0, 0), repository: tuple[int, int] = (0, 0)
) -> Limits:
    return Limits(Limit(*actor), Limit(*thread), Limit(*repository))


def room(error: RateLimited | None) -> float | None:
    """How many minutes after noon there is room again; None where there is now."""
    return None if error is None else (error.until - NOON) / MINUTE


# ---- one limit ----

PER_ACTOR = limits(actor=(3, 5))


@pytest.mark.parametrize(
    ("minutes", "until"),
    [
        pytest.param([], None, id="nothing yet"),
        pytest.param([-5, -3], None, id="two of three"),
        pytest.param([-50, -5, -3], 10, id="the first of three is an hour old in ten minutes"),
        pytest.param([-60, -5, -3], None, id="what is an hour old counts no more"),
        pytest.param([-59, -5, -4, -3], 55, id="of four, two have to go"),
        pytest.param([-1380, -1200, -1100, -900, -800], 60, id="five in a day"),
        pytest.param([-1380, -1200, -900, -2, -1], 60, id="the day's fifth, which is longer than the hour's"),
        pytest.param([2, 3, 4], 62, id="by a clock that is ahead"),
        pytest.param([60, 61, 62], None, id="by a clock that is wrong"),
        pytest.param([2, 3, 60], None, id="or an hour ahead"),
    ],
)
def test_when_there_is_room_for_an_account(minutes: list[float], until: float | None) -> None:
    found = answers(*(asked(each) for each in minutes))
    assert room(found.for_actor(asked(0), PER_ACTOR)) == until


def test_what_was_tried_before_is_no_other_answer() -> None:
    found = answers(*(asked(-each, key=f"comment/{each}") for each in range(1, 4)))
    assert room(found.for_actor(asked(key="comment/2"), PER_ACTOR)) is None
    assert room(found.for_actor(asked(key="comment/4"), PER_ACTOR)) == 57


@pytest.mark.parametrize(
    ("others", "bound", "error"),
    [
        pytest.param({"thread": "o/r#8"}, limits(actor=(2, 0)), ActorRateLimited, id="the account, in any thread"),
        pytest.param({"thread": "o/x#7"}, limits(actor=(2, 0)), None, id="the account, in another repository"),
        pytest.param({"actor": "bob"}, limits(actor=(2, 0)), None, id="another account"),
        pytest.param({"actor": "bob"}, limits(thread=(2, 0)), ThreadRateLimited, id="the thread, by anybody"),
        pytest.param({"thread": "o/r#8"}, limits(thread=(2, 0)), None, id="another thread"),
        pytest.param({"thread": "o/r#8"}, limits(repository=(2, 0)), RepositoryRateLimited, id="the repository"),
        pytest.param({"thread": "o/x#8"}, limits(repository=(2, 0)), None, id="another repository"),
        pytest.param({}, limits(thread=(2, 0), repository=(2, 0)), ThreadRateLimited, id="the narrower one is named"),
        pytest.param({}, NO_LIMITS, None, id="no limits"),
    ],
)
def test_what_counts_for_which_limit(others: dict[str, str], bound: Limits, error: type[RateLimited] | None) -> None:
    found = Answers(tuple(asked(-each, **others) for each in (20, 10)))
    refusal = found.for_actor(asked(), bound) or found.for_place(asked(), bound)
    assert type(refusal) is (error or type(None))


def test_it_is_said_who_has_had_how_many() -> None:
    found = answers(*(asked(-each) for each in (3, 2, 1)))
    refusals = [
        found.for_actor(asked(), PER_ACTOR),
        found.for_place(asked(), limits(thread=(0, 3))),
        found.for_place(asked(), limits(repository=(3, 0))),
    ]
    assert [str(refusal) for refusal in refusals] == [
        "raise `limits.per_actor` unless this is a flood: ann has had 3 answers within an hour, which is the limit",
        (
            "wait, and one reply answers all that is asked until then: this thread has had 3 answers within "
            "24 hours, which is the limit"
        ),
        (
            "raise `limits.per_repository` unless this is a flood: this repository has had 3 answers within "
            "an hour, which is the limit"
        ),
    ]


# ---- storms ----


def test_after_a_burst_a_thread_cools_down_so_that_one_answer_serves_all_that_came() -> None:
    found = answers(*(asked(-each) for each in range(1, BURST + 1)))
    refusal = found.for_place(asked(), Limits())
    assert room(refusal) == COOL_DOWN / MINUTE - BURST, "once the first is five minutes ago"
    assert "this thread has had 4 answers within 5 minutes" in str(refusal)
    assert found.for_place(asked(), limits(thread=(0, 9))) is None, "who lifts the hour's limit wants none"
    assert found.for_place(asked(thread="o/r#8"), Limits()) is None


def test_a_person_who_asks_eight_questions_in_an_hour_is_not_braked() -> None:
    found = Answers()
    for minutes in range(0, 60, 8):
        wanted = asked(minutes)
        assert found.for_actor(wanted, Limits()) is found.for_place(wanted, Limits()) is None
        found = found.plus(wanted)


# ---- who comes first ----

PER_REPOSITORY = limits(repository=(4, 0))


@pytest.mark.parametrize(
    ("waiting", "until"),
    [(0, None), (1, None), (2, 20), (3, 50), (4, 50), (9, 50)],
)
def test_what_was_put_off_before_comes_first(waiting: int, until: float | None) -> None:
    found = answers(asked(-40), asked(-10))
    assert room(found.for_place(asked(), PER_REPOSITORY, waiting)) == until


def test_where_all_wait_and_nothing_was_answered_it_is_an_hour() -> None:
    assert room(Answers().for_place(asked(), PER_REPOSITORY, 4)) == 60


# ---- what is remembered ----


def test_what_is_older_than_a_day_is_forgotten() -> None:
    found = answers(asked(-24 * 60), asked(-24 * 60 + 1), asked(3 * 24 * 60))
    assert found.plus(asked()).given == (asked(-24 * 60 + 1), asked())


def test_no_more_is_remembered_than_a_limit_can_be() -> None:
    found = answers(*(asked(-each / 10) for each in range(1, MAX_COUNTED + 1)))
    after = found.plus(asked()).given
    assert (len(after), after[-1], asked(-MAX_COUNTED / 10) in after) == (MAX_COUNTED, asked(), False)


def test_a_repository_that_is_renamed_keeps_its_answers() -> None:
    found = answers(asked(-2), asked(-1, thread="o/x#7"))
    assert [each.thread for each in found.renamed("o/r", "new/name").given] == ["new/name#7", "o/x#7"]


givens = st.builds(
    asked,
    st.integers(-1500, 100),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from(["o/r#7", "o/r#8", "o/x#7"]),
    st.sampled_from(["", "issue/7"]),
)
bounds = st.builds(Limit, st.integers(0, 4), st.integers(0, 9))


@given(st.lists(givens), givens)
def test_to_add_one_twice_is_to_add_it_once(found: list[Given], one: Given) -> None:
    once = answers(*found).plus(one)
    assert once.plus(one) == once


@given(st.lists(givens, max_size=60), st.builds(Limits, bounds, bounds, bounds))
def test_limits_hold_in_any_window_whatever_is_asked(asking: Iterable[Given], bound: Limits) -> None:
    """Each is answered as soon as the brakes let it; then no window of any length holds more than it may."""
    found = Answers()
    for one in sorted(asking, key=lambda each: each.at):
        if found.for_actor(one, bound) is None and found.for_place(one, bound) is None:
            found = found.plus(one)
    scopes: list[tuple[Limit, Callable[[Given], str]]] = [
        (bound.per_actor, lambda each: f"{each.repository} {each.actor}"),
        (bound.per_thread, lambda each: each.thread),
        (bound.per_repository, lambda each: each.repository),
    ]
    for last in found.given:
        for limit, scope in scopes:
            for most, length in ((limit.hour, HOUR), (limit.day, DAY)):
                inside = [g for g in found.given if last.at - length < g.at <= last.at and scope(g) == scope(last)]
                assert not most or len(inside) <= most


@given(st.lists(givens, max_size=30), givens, st.builds(Limits, bounds, bounds, bounds))
def test_there_is_room_when_it_is_said(found: list[Given], one: Given, bound: Limits) -> None:
    known = answers(*(each for each in found if each.at <= one.at))
    for check in (known.for_actor, known.for_place):
        refusal = check(one, bound)
        for _ in range(3):  # of an account, a thread and a repository one may leave room later than another
            if refusal is not None:
                assert refusal.until > one.at
                one = replace(one, at=refusal.until)
                refusal = check(one, bound)
        assert refusal is None
