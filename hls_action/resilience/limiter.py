"""A service's rate limits, kept by all threads of one run: who may send a request, when, and what came of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from hls_action.domain.faults.errors import CoolingDown
from hls_action.domain.faults.fault import Fault, Service
from hls_action.domain.limits.pace import Concurrency, Demand, Pace, Permit
from hls_action.ports import ONE, CallReport, Clock


def pause_after(fault: Fault) -> float:
    """Seconds that a refusal by rate limits asks everybody to wait; 0 for every other fault."""
    if not fault.rate_limited:
        return 0.0
    return replace(fault.limits, retry_after=fault.retry_after).pause


class Limiter:
    """One service, or one model of it. Safe to use from several threads.

    ``patience``: how many seconds a request may be held back at that moment.
    """

    def __init__(self, clock: Clock, service: Service, patience: Callable[[], float], pace: Pace | None = None) -> None:
        self._clock = clock
        self._service = service
        self._patience = patience
        self._pace = pace or Pace()
        self._changed = threading.Condition()

    @contextmanager
    def call(self, worst: Demand = ONE, patience: float = math.inf) -> Iterator[CallReport]:
        """Wait until a request may start, and learn from how it ends. ``worst``: the most it can take; ``patience``:
        seconds that it may be held back, if fewer than others may be.

        Errors: `CoolingDown`, when that would take too long: nothing was sent.
        """
        permit = self._admit(worst, patience)
        report = CallReport()
        try:
            yield report
        finally:
            with self._changed:
                now = self._clock.now()
                self._pace = self._pace.finished(
                    now, permit, used=report.used, limits=report.limits, refused=report.refused
                )
                self._changed.notify_all()

    def cool_down_until(self, until: datetime) -> None:
        """Nothing is to start before then: another run was refused."""
        with self._changed:
            self._pace = self._pace.with_cool_down(self._clock.now(), until)

    def _admit(self, worst: Demand, patience: float) -> Permit:
        while True:
            with self._changed:
                wait = self._pace.wait(self._clock.now(), worst)
                while math.isinf(wait):
                    self._changed.wait()
                    wait = self._pace.wait(self._clock.now(), worst)
                if not wait:
                    self._pace, permit = self._pace.started(self._clock.now(), worst)
                    return permit
            if wait > min(self._patience(), patience):
                when = self._clock.now() + timedelta(seconds=wait)
                said = f"its rate limits allow no request before {when:%H:%M:%S} UTC"
                raise CoolingDown(Fault(self._service, "held back", said, retry_after=wait, rate_limited=True))
            self._clock.sleep(wait)


class ModelLimiters:
    """Claude's limits: each model has its own. Safe to use from several threads."""

    def __init__(self, clock: Clock, patience: Callable[[], float]) -> None:
        self._clock = clock
        self._patience = patience
        self._first_calls = Concurrency().limit
        self._limiters: dict[str, Limiter] = {}
        self._lock = threading.Lock()

    def begin_with(self, calls: int) -> None:
        """Let so many calls of a model begin at once, for as long as nothing else is known of its limits."""
        self._first_calls = float(calls)

    def of(self, model: str) -> Limiter:
        """The limiter of one model."""
        with self._lock:
            if model not in self._limiters:
                pace = Pace(Concurrency(limit=self._first_calls))
                self._limiters[model] = Limiter(self._clock, "claude", self._patience, pace)
            return self._limiters[model]
