"""The one owner of retries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.tasks.answer import AnswerInvalid
from hls_action.resilience.retry import FIRST_WAIT, MAX_ATTEMPTS, MAX_WAIT, TIME_TO_RECORD, Retrier
from tests.fakes import BAD_GATEWAY, FakeClock

NOT_FOUND = Fault("github", "status", "Not Found", 404)


def failing(*faults: Fault, then: str = "done") -> tuple[Callable[[], str], list[int]]:
    """An action that meets these faults, one a call, and then works; and a list that grows with each call."""
    calls: list[int] = []

    def action() -> str:
        calls.append(len(calls))
        if len(calls) <= len(faults):
            raise UpstreamError(faults[len(calls) - 1])
        return then

    return action, calls


def test_what_works_is_done_once() -> None:
    clock = FakeClock()
    action, calls = failing()
    assert Retrier(clock, 100).call(action) == "done"
    assert (len(calls), clock.slept) == (1, [])


def test_what_may_pass_is_tried_again_and_waits_grow() -> None:
    clock = FakeClock()
    action, calls = failing(*[BAD_GATEWAY] * 5)
    assert Retrier(clock, 1_000).call(action) == "done"
    assert len(calls) == 6
    for attempt, waited in enumerate(clock.slept):
        assert FIRST_WAIT * 2**attempt <= waited <= min(MAX_WAIT, FIRST_WAIT * 2**attempt + FIRST_WAIT)


def test_there_is_an_end_to_it() -> None:
    action, calls = failing(*[BAD_GATEWAY] * 99)
    with pytest.raises(UpstreamError, match="GitHub answered 502"):
        Retrier(FakeClock(), 10_000).call(action)
    assert len(calls) == MAX_ATTEMPTS


def test_a_final_answer_is_not_questioned() -> None:
    clock = FakeClock()
    action, calls = failing(NOT_FOUND)
    with pytest.raises(UpstreamError, match="404"):
        Retrier(clock, 100).call(action)
    assert (len(calls), clock.slept) == (1, [])


def test_other_errors_pass_through() -> None:
    def action() -> None:
        raise AnswerInvalid("no")

    with pytest.raises(AnswerInvalid, match="no"):
        Retrier(FakeClock(), 100).call(action)


def test_the_services_own_wish_is_obeyed() -> None:
    clock = FakeClock()
    action, _ = failing(Fault("github", "status", "slow down", 429, retry_after=90.0, rate_limited=True))
    Retrier(clock, 90 + TIME_TO_RECORD + 1).call(action)
    assert clock.slept == [90.0]


def test_a_shorter_wish_than_the_backoff_changes_nothing() -> None:
    clock = FakeClock()
    action, _ = failing(Fault("claude", "status", "busy", 529, retry_after=0.0))
    Retrier(clock, 100).call(action)
    assert clock.slept[0] >= FIRST_WAIT


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    clock = FakeClock()
    action, calls = failing(Fault("github", "status", "slow down", 429, retry_after=3_600.0, rate_limited=True))
    with pytest.raises(UpstreamError):
        Retrier(clock, 100).call(action)
    assert (len(calls), clock.slept) == (1, [])


def test_the_deadline_is_for_all_calls_together() -> None:
    clock = FakeClock()
    retrier = Retrier(clock, 100)
    assert retrier.remaining == 100
    clock.sleep(99.5)
    action, calls = failing(BAD_GATEWAY)
    with pytest.raises(UpstreamError):
        retrier.call(action)
    assert len(calls) == 1
    clock.sleep(60)
    assert retrier.remaining == 0


# ---- writes ----


def test_before_a_repeat_the_caller_may_find_that_it_happened() -> None:
    seen: list[Fault] = []

    def again(error: UpstreamError) -> str | None:
        seen.append(error.fault)
        return "found" if len(seen) == 2 else None

    action, calls = failing(*[BAD_GATEWAY] * 9)
    assert Retrier(FakeClock(), 1_000).call(action, again=again) == "found"
    assert len(calls) == 2
    assert seen == [BAD_GATEWAY] * 2


def test_a_failed_look_up_is_repeated_before_the_write_is() -> None:
    events: list[str] = []

    def action() -> str:
        events.append("write")
        raise UpstreamError(BAD_GATEWAY)

    def again(error: UpstreamError) -> str | None:
        events.append("look")
        if events.count("look") < 3:
            raise UpstreamError(Fault("github", "timeout", "no answer"))
        return "found"

    assert Retrier(FakeClock(), 1_000).call(action, again=again) == "found"
    assert events == ["write", "look", "look", "look"]
