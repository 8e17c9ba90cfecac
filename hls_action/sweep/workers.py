"""The threads of a sweep, several at once: given out in their order to whoever is free."""

from __future__ import annotations

import threading

from hls_action.domain.budget.errors import ShareReached
from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import CoolingDown, SpendLimitReached
from hls_action.domain.identity import ThreadId
from hls_action.domain.limits.brakes import RATE_LIMITED
from hls_action.domain.outcome import Outcome, deferred, failed
from hls_action.domain.reasons import Reason
from hls_action.domain.settings import Settings
from hls_action.line.respond import answer
from hls_action.line.run import Run

STOP_CODES = (CoolingDown.code, SpendLimitReached.code)
"""Codes by which a service wants a rest, or to be paid: the next thread would be refused as well."""

WAITING_CODES = ("until", ShareReached.code, *RATE_LIMITED)
"""Codes by which a thread waits and nothing was asked: what one account left open takes no turn of others'."""

WORKER_GRACE_SECONDS = 30.0
"""Seconds that workers may be late after the deadline, before the sweep ends without them."""


class WorkQueue:
    """The threads of one sweep, given out in their order to whoever is free, within the limit.

    ``answered``: how many had work; ``under_way``: how many may turn out to have. Nobody begins what could be one too
    many, or when time is over or a service wants a rest.
    """

    def __init__(self, run: Run, trigger: Trigger, limit: int) -> None:
        self._run = run
        self._trigger = trigger
        self._limit = limit
        self._begun = 0
        self._under_way = 0
        self._answered = 0
        self._over = False
        self._error: BaseException | None = None
        self._outcomes: dict[int, Outcome] = {}
        self._changed = threading.Condition()

    def work(self) -> None:
        """Answer threads for as long as there are any."""
        while (place := self._next()) is not None:
            try:
                outcome = answer(self._run, self._trigger.for_one(place))
            except BaseException as error:
                self._ended(place, error)
                raise
            self._ended(place, outcome)

    def wait(self, seconds: float) -> None:
        """Wait for the workers, who may hang, so long and no longer. Errors: what one of them raised."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, timeout=seconds)
            if self._error is not None:
                raise self._error

    def _next(self) -> int | None:
        with self._changed:
            while self._answered + self._under_way >= self._limit and self._under_way and not self._over:
                self._changed.wait()
            full = self._answered >= self._limit or self._begun == len(self._trigger.threads)
            if full or self._over or self._run.out_of_time or self._run.paused:
                return None
            self._begun += 1
            self._under_way += 1
            return self._begun - 1

    def _ended(self, place: int, outcome: Outcome | BaseException) -> None:
        with self._changed:
            self._under_way -= 1
            if isinstance(outcome, BaseException):  # wrong settings and the like: the sweep is over for all
                self._over, self._error = True, outcome
            else:
                self._outcomes[place] = outcome
                self._answered += outcome.status != "skipped" and outcome.reason.code not in WAITING_CODES
                self._over = self._over or outcome.reason.code in STOP_CODES
            self._changed.notify_all()

    def outcomes(self) -> list[tuple[ThreadId, Outcome]]:
        """How the threads ended that were begun; one still under way is cut off."""
        with self._changed:
            self._over = True
            begun = enumerate(self._trigger.threads[: self._begun])
            return [(thread, self._outcomes.get(place) or self._cut_off(thread)) for place, thread in begun]

    def _cut_off(self, thread: ThreadId) -> Outcome:
        number, code = thread.number, DeadlineExceeded.code
        if not self._run.has_ledger:
            return failed(Reason(code, "there was no time left for this thread"), number=number)
        return deferred(Reason(code, "no time left; the next run will pick it up"), number=number)


def answer_all(run: Run, trigger: Trigger, settings: Settings) -> list[tuple[ThreadId, Outcome]]:
    """Answer threads, several at once, until enough had work or time is over."""
    given = WorkQueue(run, trigger, settings.sweep_threads)
    workers = min(settings.sweep_workers, len(trigger.threads))
    run.claude_limiters.begin_with(workers)
    for _ in range(workers - 1):
        run.start(given.work)
    try:
        given.work()
        given.wait(run.remaining + WORKER_GRACE_SECONDS)
    except DeadlineExceeded:  # it can come at any moment: what the workers have claimed is found by the next run
        return given.outcomes()
    return given.outcomes()
