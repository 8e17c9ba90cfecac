"""The only place that retries: exponential backoff with jitter, retry-after, and a deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.wait import wait_exponential_jitter, wait_random_exponential

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.ledger.errors import Conflict, StateForbidden, StateUnavailable, StateUnreachable
from hls_action.ports import Clock

T = TypeVar("T")

MAX_ATTEMPTS = 6
FIRST_WAIT = 1.0
MAX_WAIT = 30.0
CROWDED_FIRST_WAIT = 2.0
CROWDED_WAIT = 16.0
"""The longest waits, in seconds, of those who lost a compare-and-swap to others, the first time and later: full jitter
keeps them apart. Pushes are what GitHub wants fewer of, so these are longer than would be fastest: see ``contention``
in ``benchmarks/``."""
TIME_TO_RECORD = 30.0
"""Seconds before the deadline that are kept for writing down how it ended."""


class Retrier:
    """Calls something until it works, gives a final answer, or the deadline would pass before the next attempt."""

    def __init__(
        self,
        clock: Clock,
        seconds: float,
        attempts: int = MAX_ATTEMPTS,
        debug: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``seconds``: how long from now all calls together may take. ``debug``: told of each failure and pause."""
        self._clock = clock
        self._debug = debug
        self._deadline = clock.monotonic() + seconds
        self._attempts = attempts
        self._backoff = wait_exponential_jitter(initial=FIRST_WAIT, max=MAX_WAIT, jitter=FIRST_WAIT)
        self._crowded = wait_random_exponential(multiplier=CROWDED_FIRST_WAIT, max=CROWDED_WAIT)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self._deadline - self._clock.monotonic())

    def call(self, action: Callable[[], T], *, again: Callable[[UpstreamError], T | None] | None = None) -> T:
        """Call ``action``, repeating it after faults that may pass, until it is time to record the outcome.

        ``again``: for writes. Called before a repeat with the error; what it returns, unless None, is the result, as
        when the write turns out to have happened. Errors: the last `UpstreamError`.
        """
        last: UpstreamError | None = None

        def attempt() -> T:
            nonlocal last
            if last is not None and again is not None:
                settled = again(last)
                if settled is not None:
                    return settled
            try:
                return action()
            except UpstreamError as error:
                last = error
                raise

        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            wait=self._wait,
            stop=self._stop,
            sleep=self._clock.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        return _begun(attempt, _may_pass, retrying)

    def retry_conflicts(self, action: Callable[[], T]) -> T:
        """Call ``action``, which reads the state and swaps it, until no other run comes in between.

        How a run ended is written down even when its deadline has passed, so this has a little time in any case.
        Errors: the last `Conflict` or `StateUnavailable`; `StateForbidden` and `StateUnreachable` at once.
        """
        failures = 0
        began = self._clock.monotonic()

        def stop(state: RetryCallState) -> bool:
            nonlocal failures
            failures += not isinstance(_error_of(state), Conflict)
            left = max(self.remaining, began + TIME_TO_RECORD - self._clock.monotonic())
            return failures >= self._attempts or state.upcoming_sleep >= left

        def wait(state: RetryCallState) -> float:
            return self._crowded(state) if isinstance(_error_of(state), Conflict) else self._backoff(state)

        retrying = Retrying(
            retry=retry_if_exception(_may_be_won),
            wait=wait,
            stop=stop,
            sleep=self._clock.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        return _begun(action, _may_be_won, retrying)

    def _tell(self, state: RetryCallState) -> None:
        self._debug(f"again in {state.upcoming_sleep:.1f} s, after {_error_of(state)}")

    def _wait(self, state: RetryCallState) -> float:
        error = _error_of(state)
        asked = error.fault.retry_after if isinstance(error, UpstreamError) else None
        backoff = self._backoff(state)
        return max(asked, backoff) if asked is not None else backoff

    def _stop(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._attempts or state.upcoming_sleep + TIME_TO_RECORD >= self.remaining


def _begun(action: Callable[[], T], passing: Callable[[BaseException], bool], retrying: Retrying) -> T:
    """What ``action`` returns at once, as almost always, without the machinery; else that failure is the first."""
    failures: list[Exception] = []
    try:
        return action()
    except Exception as error:
        if not passing(error):
            raise
        failures.append(error)

    def attempt() -> T:
        if failures:
            raise failures.pop()
        return action()

    return retrying(attempt)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, UpstreamError) and disposition(error.fault) is Disposition.RETRY


def _may_be_won(error: BaseException) -> bool:
    return isinstance(error, Conflict | StateUnavailable) and not isinstance(error, StateForbidden | StateUnreachable)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
