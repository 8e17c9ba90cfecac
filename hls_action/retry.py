"""The one owner of retries: exponential backoff with jitter, the service's own wishes, and a deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.wait import wait_exponential_jitter

from hls_action.domain.faults import Disposition, disposition
from hls_action.errors import UpstreamError
from hls_action.ports import Clock

T = TypeVar("T")

MAX_ATTEMPTS = 6
FIRST_WAIT = 1.0
MAX_WAIT = 30.0


class Retrier:
    """Calls something until it works, gives a final answer, or the deadline would pass before the next attempt."""

    def __init__(self, clock: Clock, seconds: float, attempts: int = MAX_ATTEMPTS) -> None:
        """``seconds``: how long from now all calls together may take."""
        self._clock = clock
        self._deadline = clock.monotonic() + seconds
        self._attempts = attempts
        self._backoff = wait_exponential_jitter(initial=FIRST_WAIT, max=MAX_WAIT, jitter=FIRST_WAIT)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self._deadline - self._clock.monotonic())

    def call(self, action: Callable[[], T], *, again: Callable[[UpstreamError], T | None] | None = None) -> T:
        """Call ``action``, repeating it after faults that may pass.

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
            reraise=True,
        )
        return retrying(attempt)

    def _wait(self, state: RetryCallState) -> float:
        asked = _fault_of(state)
        backoff = self._backoff(state)
        return max(asked, backoff) if asked is not None else backoff

    def _stop(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._attempts or state.upcoming_sleep >= self.remaining


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, UpstreamError) and disposition(error.fault) is Disposition.RETRY


def _fault_of(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.fault.retry_after if isinstance(error, UpstreamError) else None
