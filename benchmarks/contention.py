"""A hundred runs at once on one state branch, on a virtual clock: what a longer pause after a lost race is worth.

Each run swaps three times, 2 s after the first, as an answer does: a fetch and a push of 300 ms each, and a pause by
full jitter after every race that it lost.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from benchmarks.nominal import REAL
from benchmarks.table import Row, Table
from hls_action.resilience.retry import CROWDED_FIRST_WAIT, CROWDED_WAIT

SHORTER = (0.6, 6.0)
"""The longest first pause, and the longest of all, that would be fastest."""
SWAPS = 3


@dataclass
class World:
    """The branch, and who does what when. ``waits``: the longest first pause, and the longest of all."""

    chance: random.Random
    waits: tuple[float, float]
    now: float = 0.0
    version: int = 0
    lost: int = 0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        """Something happens so much later."""
        heappush(self._queue, (self.now + seconds, next(self._numbers), then))

    def play(self) -> None:
        """Until nothing happens any more."""
        while self._queue:
            self.now, _, then = heappop(self._queue)
            then()


@dataclass
class Swapper:
    """One run."""

    world: World
    known: int = 0
    swaps: int = 0
    losses: int = 0

    def fetch(self) -> None:
        self.world.after(REAL.seconds("git") / 2, self._read)

    def _read(self) -> None:
        self.known = self.world.version
        self.world.after(REAL.seconds("git") / 2, self._push)

    def _push(self) -> None:
        self.world.after(REAL.seconds("git") / 2, self._arrive)

    def _arrive(self) -> None:
        world, back = self.world, REAL.seconds("git") / 2
        if self.known == world.version:
            world.version += 1
            self.known, self.losses, self.swaps = world.version, 0, self.swaps + 1
            if self.swaps < SWAPS:
                work = REAL.seconds("claude") if self.swaps == 1 else 2 * REAL.seconds("github")
                world.after(back + work, self._push)
            return
        world.lost += 1
        first, longest = world.waits
        pause = world.chance.uniform(0, min(longest, first * 2**self.losses))
        self.losses += 1
        world.after(back + pause, self.fetch)


def play(runs: int, waits: tuple[float, float], seed: int) -> World:
    """That many runs, which begin within 2 s."""
    world = World(random.Random(seed), waits)
    for _ in range(runs):
        world.after(world.chance.uniform(0, 2), Swapper(world).fetch)
    world.play()
    return world


def measure(runs: int = 100, seeds: int = 8) -> Table:
    """Play both; takes a second or two. The bars are those of the branch before pauses were lengthened."""
    ours, shorter = (
        [play(runs, waits, seed) for seed in range(seeds)] for waits in ((CROWDED_FIRST_WAIT, CROWDED_WAIT), SHORTER)
    )
    lost, before = (statistics.mean(each.lost for each in worlds) / runs for worlds in (ours, shorter))
    took, was = (statistics.mean(each.now for each in worlds) for worlds in (ours, shorter))
    return Table(
        f"contention: {runs} runs at once, git takes {REAL.git:.0f} ms a round, on a virtual clock",
        (
            Row(f"{runs} runs: races lost, a run", lost, "", 25.0),
            Row(f"{runs} runs: races lost vs with the shortest pauses", lost / before if before else 1.0, "x"),
            Row(f"{runs} runs: until all are done", took, "s"),
            Row(f"{runs} runs: the same vs with the shortest pauses", took / was, "x"),
        ),
    )
