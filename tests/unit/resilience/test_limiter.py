"""The limiter as threads use it: who waits, who goes, and what a refusal does to all."""

from __future__ import annotations

import threading

import pytest

from hls_action.domain.faults.errors import CoolingDown
from hls_action.domain.faults.fault import Fault
from hls_action.domain.limits.headers import Quota, RateLimits
from hls_action.domain.limits.pace import Concurrency, Demand, Pace
from hls_action.resilience.limiter import Limiter, ModelLimiters, pause_after
from tests.fakes import FakeClock


def limiter(clock: FakeClock, *, patience: float = 100.0, at_once: float = 2.0) -> Limiter:
    return Limiter(clock, "claude", lambda: patience, Pace(Concurrency(limit=at_once), headroom=0.0))


def refuse(limits: Limiter, seconds: float) -> None:
    with limits.call() as told:
        told.refused, told.limits = True, RateLimits(retry_after=seconds)


def test_a_refusal_makes_the_next_request_wait() -> None:
    clock = FakeClock()
    limits = limiter(clock)
    refuse(limits, 30.0)
    began = clock.now()
    with limits.call():
        assert (clock.now() - began).total_seconds() == 30.0


def test_what_would_wait_too_long_is_not_sent() -> None:
    clock = FakeClock()
    limits = limiter(clock, patience=29.0)
    refuse(limits, 30.0)
    with (
        pytest.raises(
            CoolingDown, match=r"Claude: held back: its rate limits allow no request before 09:00:30 UTC"
        ) as raised,
        limits.call(),
    ):
        pytest.fail("it was sent")
    assert raised.value.fault.retry_after == 30.0


@pytest.mark.parametrize(("patience", "waits"), [(29.0, False), (31.0, True), (200.0, True)])
def test_a_request_may_be_less_patient_than_others(patience: float, waits: bool) -> None:
    clock = FakeClock()
    limits = limiter(clock)
    refuse(limits, 30.0)
    if waits:
        with limits.call(patience=patience):
            assert clock.slept == [30.0]
    else:
        with pytest.raises(CoolingDown), limits.call(patience=patience):
            pytest.fail("it was sent")
        assert clock.slept == []


def test_no_request_is_more_patient_than_all() -> None:
    limits = limiter(FakeClock(), patience=29.0)
    refuse(limits, 30.0)
    with pytest.raises(CoolingDown), limits.call(patience=31.0):
        pytest.fail("it was sent")


def test_what_another_run_was_told_counts_here_too() -> None:
    clock = FakeClock()
    limits = limiter(clock)
    limits.cool_down_until(clock.now().replace(minute=1))
    with limits.call():
        assert clock.now().minute == 1


def test_an_error_frees_its_place() -> None:
    limits = limiter(FakeClock(), at_once=1.0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limits.call():
            raise ZeroDivisionError


def test_an_answer_that_tells_of_little_left_slows_the_next_request() -> None:
    clock = FakeClock()
    limits = limiter(clock)
    with limits.call() as told:
        told.used, told.limits = Demand(), RateLimits({"requests": Quota(60, 0, None, 60.0)})
    began = clock.now()
    with limits.call():
        assert (clock.now() - began).total_seconds() == pytest.approx(1.0)


def test_so_many_threads_at_once_and_no_more() -> None:
    limits = limiter(FakeClock(), at_once=2.0)
    inside, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(2, timeout=20)

    def work() -> None:
        nonlocal inside, most
        with limits.call():
            with lock:
                inside += 1
                most = max(most, inside)
            gate.wait()  # two are inside together, or this breaks
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (most, inside, gate.broken) == (2, 0, False)


def test_each_model_has_limits_of_its_own() -> None:
    clock = FakeClock()
    claude_limiters = ModelLimiters(clock, lambda: 0.0)
    refuse(claude_limiters.of("claude-a"), 30.0)
    with claude_limiters.of("claude-b").call():
        pass
    with pytest.raises(CoolingDown), claude_limiters.of("claude-a").call():
        pytest.fail("it was sent")


def test_only_refusals_by_limits_ask_for_a_pause() -> None:
    assert pause_after(Fault("claude", "status", "x", 529)) == 0
    assert pause_after(Fault("claude", "status", "x", 429, rate_limited=True, retry_after=7.0)) == 7.0
    assert pause_after(Fault("claude", "status", "x", 429, rate_limited=True)) == 60.0
