"""So many runners, each a thread, that take jobs from the model of the Actions queue and run them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

from benchmarks.actions_queue import ActionsQueue, Grouped

J = TypeVar("J", bound=Grouped)


class Runners(Generic[J]):
    """A context manager; leaving it waits for the jobs that run. ``work`` runs one job, in whatever thread is free.

    ``cancelled``: jobs that never started; ``ended``: those that did, in the order of their ends.
    """

    def __init__(self, count: int, work: Callable[[J], None]) -> None:
        self.cancelled: list[J] = []
        self.ended: list[J] = []
        self._work = work
        self._queue: ActionsQueue[J] = ActionsQueue(count)
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="runner")
        self._error: BaseException | None = None

    def add(self, job: J) -> None:
        """Queue a job. Errors: what ``work`` raised for an earlier one."""
        with self._changed:
            self._raise()
            cancelled = self._queue.add(job)
            if cancelled is not None:
                self.cancelled.append(cancelled)
            self._start()

    def is_over(self, job: J) -> bool:
        """Whether a job has ended or was cancelled."""
        with self._changed:
            return any(job is each for each in (*self.ended, *self.cancelled))

    def wait(self) -> None:
        """Until nothing runs and nothing waits. Errors: what ``work`` raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue.idle or self._error is not None)
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _start(self) -> None:
        while (job := self._queue.start()) is not None:
            self._pool.submit(self._run, job)

    def _run(self, job: J) -> None:
        error: BaseException | None = None
        try:
            self._work(job)
        except BaseException as raised:  # noqa: BLE001  whatever it is, the thread that waits is told
            error = raised
        with self._changed:
            self._error = self._error or error
            self.ended.append(job)
            self._queue.end(job)
            if self._error is None:
                self._start()
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
