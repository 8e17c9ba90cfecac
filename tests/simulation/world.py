"""One schedule from its seed: a stormy part, then calm weather until nothing changes, then the promises."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.actions import Actions
from tests.simulation.asks import Asks
from tests.simulation.books import Books
from tests.simulation.climate import HOUR, Climate, draw
from tests.simulation.github import Repository
from tests.simulation.meter import Meter
from tests.simulation.oracle import Oracle
from tests.simulation.people import People
from tests.simulation.scheduler import Scheduler
from tests.simulation.state import SharedState

if TYPE_CHECKING:
    from random import Random

MAX_SWEEPS = 60
"""An item has eight tries, and some that do not count."""


@dataclass(frozen=True)
class Report:
    """How a schedule went. ``broken``: promises, if any; ``trace``: only when asked for."""

    seed: int
    broken: tuple[str, ...]
    trace: tuple[str, ...] = ()
    runs: int = 0
    calls: int = 0
    hours: float = 0.0


class World:
    """Everything there is in one schedule."""

    def __init__(self, seed: int, climate: Climate | None = None, *, tracing: bool = False) -> None:
        self.seed = seed
        self.scheduler = Scheduler(seed)
        self.climate = climate or draw(self.scheduler.random)
        self.repository = Repository(self.scheduler, config=self.climate.config)
        self.state = SharedState()
        self.index = SharedState()
        self.asks = Asks()
        self.oracle = Oracle(self)
        self.books = Books(self)
        self.meter = Meter(self)
        self.actions = Actions(self)
        self.people = People(self)
        self.config_was_broken = self.climate.broken_config > 0
        self.may_not_fold = False  # until it is refused
        self.trace: list[str] = []
        self.tracing = tracing
        self.storm_ends = 0.0

    @property
    def random(self) -> Random:
        """The one source of chance."""
        return self.scheduler.random

    def note(self, who: object, text: str, *details: object) -> None:
        """A line of the trace."""
        if self.tracing:
            minutes, seconds = divmod(self.scheduler.now, 60)
            said = text % details if details else text
            self.trace.append(f"{minutes:6.0f}:{seconds:05.2f}  {who!s:>10}  {said}")

    def run(self) -> Report:
        """Live through the schedule."""
        before = random.getstate()
        random.seed(self.seed)  # the retry policy's jitter
        try:
            self._live()
        finally:
            random.setstate(before)
        hours = self.scheduler.now / HOUR
        return Report(
            self.seed, tuple(self.oracle.broken), tuple(self.trace), len(self.actions.runs), self.oracle.calls, hours
        )

    def _live(self) -> None:
        self.note("world", "%s", self.climate)
        last = self.people.plan()
        storm = last + self.random.uniform(0.0, 1_800.0)
        self.storm_ends = storm
        self.actions.keep_time(self.random.uniform(0.0, HOUR), storm)
        self.scheduler.run(storm)
        self.note("world", "the storm is over")
        self.climate = self.climate.after_the_storm()
        self.repository.config = self.climate.config
        self.settle()
        if not self.scheduler.stopped:
            self.oracle.final()

    def settle(self) -> None:
        """Sweeps, an hour apart or as long as everything waits, until one sees all, nothing changes and none waits."""
        for _ in range(MAX_SWEEPS):
            if self.oracle.paused:
                self.people.resume()
            before = self._facts()
            self.actions.tick()
            self.scheduler.run(self.scheduler.now + HOUR)
            self.scheduler.run(self.oracle.next_due)
            if self.scheduler.stopped:
                return
            if self._is_quiet and self._facts() == before:
                return
        if not self.oracle.index_is_complete:
            self.oracle.breaks("the index is complete: after %s sweeps in fair weather it is not", MAX_SWEEPS)
        self.oracle.breaks("nothing lost: after %s sweeps in fair weather something is not settled", MAX_SWEEPS)

    @property
    def _is_quiet(self) -> bool:
        """Whether nothing is under way or still to be done."""
        is_settled = self.oracle.settled and self.oracle.index_is_complete
        return is_settled and not self.actions.busy and not self._cut_short

    @property
    def _cut_short(self) -> bool:
        """Whether the last sweep had no time for all it found."""
        sweeps = [run.job for run in self.actions.runs if run.number is None and run.job is not None]
        last = sweeps[-1].outcome if sweeps else None
        return last is not None and (bool(last.waiting) or last.reason.code == "no-time")

    def _facts(self) -> object:
        return [v[-1] for v in self.repository.versions.values()], dict(self.oracle.records)
