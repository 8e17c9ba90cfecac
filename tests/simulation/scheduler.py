"""Virtual time, and processes that give way at every I/O boundary and can be killed there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Literal

from greenlet import greenlet

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""What every clock shows at second 0."""

Action = Callable[[], None]
Ending = Literal["", "returned", "killed", "cancelled", "raised"]


class Killed(BaseException):
    """Thrown into a process that is dead, at the I/O it waits for and at all that it still tries."""


class Cancelled(KeyboardInterrupt):
    """The runner's SIGINT."""


class Scheduler:
    """Runs what is planned, earliest first. Everything by chance is drawn from its one ``random``."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self._planned: list[tuple[float, int, Action]] = []
        self._count = 0
        self._stopped = False

    def at(self, when: float, action: Action) -> None:
        """Plan ``action``; what is planned for the same second runs in the order of planning."""
        self._count += 1
        heappush(self._planned, (max(when, self.now), self._count, action))

    def after(self, seconds: float, action: Action) -> None:
        """Plan ``action`` for so many seconds from now."""
        self.at(self.now + seconds, action)

    def run(self, until: float) -> None:
        """Let time pass until then, or until `stop`."""
        planned = self._planned
        while planned and planned[0][0] <= until and not self._stopped:
            self.now, _, action = heappop(planned)
            action()
        if not self._stopped:
            self.now = max(self.now, until)

    def stop(self) -> None:
        """End the world: nothing that is planned happens any more."""
        self._stopped = True

    @property
    def stopped(self) -> bool:
        """Whether somebody ended the world."""
        return self._stopped


class Process:
    """A program in a greenlet of its own.

    ``dies_at``: the I/O boundary, counted from 1, at which it is killed; 0 for never. ``ended`` is called once.
    """

    def __init__(self, scheduler: Scheduler, program: Action, ended: Action, dies_at: int = 0) -> None:
        self.ending: Ending = ""
        self.error: BaseException | None = None
        self.boundaries = 0
        self._scheduler = scheduler
        self._program = program
        self._ended = ended
        self._dies_at = dies_at
        self._dead = False
        self._waits = 0
        self._hub = greenlet.getcurrent()
        self._greenlet = greenlet(self._main)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return not self.ending

    def start(self) -> None:
        """Run until it first gives way."""
        self._switch()

    def pause(self, seconds: float) -> None:
        """Called by the process itself, at every boundary: give way for so long. Here it may be killed."""
        if self._dead:
            raise Killed
        self.boundaries += 1
        if self.boundaries == self._dies_at:
            self._dead = True
            raise Killed
        self._waits += 1
        self._scheduler.after(seconds, partial(self._resume, self._waits))
        self._hub.switch()

    def kill(self) -> None:
        """Called by others: it does nothing any more, whatever it had begun."""
        self._dead = True
        self.throw(Killed())

    def throw(self, error: BaseException) -> None:
        """Called by others: raise ``error`` inside, as a signal does."""
        if self.alive and self._waits:
            self._waits += 1  # the wait it is in is over
            self._greenlet.throw(error)

    def _resume(self, wait: int) -> None:
        if wait == self._waits and self.alive:
            self._switch()

    def _switch(self) -> None:
        self._hub = greenlet.getcurrent()
        self._greenlet.switch()

    def _main(self) -> None:
        try:
            self._program()
            self.ending = "returned"
        except Killed:
            self.ending = "killed"
        except Cancelled:
            self.ending = "cancelled"
        except Exception as error:  # noqa: BLE001 - a bug of the program is a finding, not the end of the world
            self.ending, self.error = "raised", error
        self._ended()


class ProcessClock:
    """The `Clock` of one process, whose machine is wrong by ``skew`` seconds."""

    def __init__(self, scheduler: Scheduler, process: Process, skew: float = 0.0) -> None:
        self._scheduler = scheduler
        self._process = process
        self._start = START + timedelta(seconds=skew)

    def now(self) -> datetime:
        """The virtual time, as this machine has it."""
        return self._start + timedelta(seconds=self._scheduler.now)

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self._scheduler.now

    def sleep(self, seconds: float) -> None:
        """Give way."""
        self._process.pause(seconds)
