"""The limiter against a model of Claude's limits: how much of what is allowed it gets through, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from benchmarks.rate_limited import Client, Ended, Job, Scenario, Server, Strategy, Tier, Timeline, jobs, others
from benchmarks.table import Row, Table
from hls_action.domain.limits.headers import claude_limits
from hls_action.domain.limits.pace import Concurrency, CoolDowns, Demand, Pace, Permit

SEEDS = (1, 2, 3)
MINUTES = 20.0
UNUSED_BAR = 100
"""Of 1,000 calls that are allowed, how many may be left out."""
REFUSED_BAR = 10
"""Of 1,000 requests, how many may be refused."""
SHARING_SECONDS = 2.0
"""How long it takes until what one run writes down is known to the others."""

EVALUATION = Tier(50, 30_000, 8_000)
STANDARD = Tier(1_000, 2_000_000, 400_000)
MIDDLE = Tier(200, 400_000, 80_000)

SCENARIOS = (
    Scenario("low limits, input binds", ((0, EVALUATION),)),
    Scenario("low limits, requests bind", ((0, EVALUATION),), input_tokens=300, output_tokens=80),
    Scenario("low limits, output binds", ((0, EVALUATION),), input_tokens=500, output_tokens=800),
    Scenario("high limits, input binds", ((0, STANDARD),)),
    Scenario("high limits, requests bind", ((0, STANDARD),), input_tokens=1_000, output_tokens=200),
    Scenario("high limits, output binds", ((0, STANDARD),), input_tokens=1_000, output_tokens=800),
    Scenario("others use half", ((0, MIDDLE),), others=0.5),
    Scenario("others use half, in bursts", ((0, MIDDLE),), others=0.5, others_within=15),
    Scenario(
        "limits rise and fall",
        ((0, MIDDLE), (400, Tier(800, 1_600_000, 320_000)), (800, Tier(50, 100_000, 20_000))),
    ),
    Scenario("300 calls come every 2 minutes", ((0, MIDDLE),), arrivals=(300, 120)),
    Scenario("limits enforced over 10 s", ((0, MIDDLE),), saves=10),
    Scenario("what is left is told late", ((0, MIDDLE),), others=0.3, told_early=True),
    Scenario("only retry-after is told", ((0, MIDDLE),), silent=True),
    Scenario("4 runs at once", ((0, MIDDLE),), runs=4),
)

SHARED = (
    Scenario("low limits, 4 runs at once", ((0, EVALUATION),), runs=4),
    Scenario("low limits, 60 runs with a call each", ((0, EVALUATION),), fleet=60),
)
"""What no single run can know: each of them is new, or one of many."""


@dataclass(frozen=True)
class Result:
    """Calls let in and refused, and how they are to those that are allowed."""

    admitted: int
    refused: int

    @property
    def refusals(self) -> float:
        """The part of all requests."""
        return self.refused / max(1, self.admitted + self.refused)


class Knowing:
    """Sees into the server, and what a call will take: what gets through is what is allowed."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def wait(self, job: Job) -> float:
        """As the server would say."""
        return self._server.wait(job)

    def started(self, job: Job) -> Ended:  # noqa: ARG002 - every strategy is told
        """Nothing is learned."""
        return lambda *_: None


class Fixed:
    """One request a second, whatever comes back."""

    def __init__(self, timeline: Timeline) -> None:
        self._time = timeline
        self._next = 0.0

    def wait(self, job: Job) -> float:  # noqa: ARG002 - every strategy is asked
        """Until a second has passed."""
        return max(0.0, self._next - self._time.now)

    def started(self, job: Job) -> Ended:  # noqa: ARG002 - every strategy is told
        """Nothing is learned."""
        self._next = self._time.now + 1
        return lambda *_: None


@dataclass
class Board:
    """The state that runs share: what one writes is known to the others a little later."""

    timeline: Timeline
    known: CoolDowns = field(default_factory=CoolDowns)

    def post(self, until: datetime) -> None:
        """Write a cool-down."""
        self.timeline.at(self.timeline.now + SHARING_SECONDS, lambda: self._arrived(until))

    def _arrived(self, until: datetime) -> None:
        self.known = self.known.merged(CoolDowns().begun("claude", until))


class Paced:
    """As `Pace` has it. ``board``: where runs tell each other of cool-downs."""

    def __init__(self, timeline: Timeline, pace: Pace, board: Board | None = None) -> None:
        self._time = timeline
        self._board = board
        self.pace = pace

    def wait(self, job: Job) -> float:
        """As the limiter says."""
        if self._board and (until := self._board.known.until.get("claude")):
            self.pace = self.pace.with_cool_down(self._time.clock, until)
        return self.pace.wait(self._time.clock, job.worst)

    def started(self, job: Job) -> Ended:
        """The limiter learns of it, and of its end."""
        self.pace, permit = self.pace.started(self._time.clock, job.worst)
        return lambda headers, refused: self._finished(permit, None if refused else job.used, headers)

    def _finished(self, permit: Permit, used: Demand | None, headers: dict[str, str]) -> None:
        now = self._time.clock
        limits = claude_limits(headers, now)
        self.pace = self.pace.finished(now, permit, used=used, limits=limits, refused=used is None)
        if used is None and self._board and self.pace.cool_until:
            self._board.post(self.pace.cool_until)


Kind = Literal["knowing", "fixed", "paced", "apart"]
"""``apart``: paced, by runs that do not share cool-downs."""


def play(scenario: Scenario, seed: int, kind: Kind, pace: Pace | None = None) -> Result:
    """Play one scenario through. The same seed makes the same calls and the same others for every kind of client."""
    timeline = Timeline()
    server = Server(timeline, scenario, foresees=kind == "knowing")
    board = Board(timeline) if kind == "paced" else None
    pace = pace or Pace(Concurrency(cap=scenario.cap))
    strategies: dict[Kind, Callable[[], Strategy]] = {
        "knowing": lambda: Knowing(server),
        "fixed": lambda: Fixed(timeline),
        "paced": lambda: Paced(timeline, pace, board),
        "apart": lambda: Paced(timeline, pace),
    }
    others(timeline, server, random.Random(f"others {seed}"))
    chance = random.Random(f"fleet {seed}")
    for number in range(scenario.fleet or scenario.runs):
        work = jobs(scenario, random.Random(f"run {number} {seed}"))
        if scenario.fleet:
            Client(timeline, server, strategies[kind](), islice(work, 1), begins=chance.uniform(0, 60))
        else:
            Client(timeline, server, strategies[kind](), work, scenario.arrivals)
    timeline.run(scenario.seconds)
    return Result(server.admitted, server.refused)


def measure(minutes: float = MINUTES, seeds: Sequence[int] = SEEDS) -> Table:
    """Play each scenario for so many minutes, with each seed; takes about a minute."""
    rows: list[Row] = []
    for scenario in SCENARIOS:
        rows += _rows(replace(scenario, seconds=60 * minutes), seeds)
    for scenario in SHARED:
        rows += _shared_rows(replace(scenario, seconds=60 * minutes), seeds)
    return Table("pace: calls to a model of Claude's limits", tuple(rows))


def _rows(scenario: Scenario, seeds: Sequence[int]) -> tuple[Row, Row]:
    allowed, paced, fixed = (_total(scenario, kind, seeds) for kind in ("knowing", "paced", "fixed"))
    a_minute = allowed.admitted / len(seeds) / scenario.seconds * 60
    beside = f"{a_minute:,.0f} a minute are allowed"
    unused, unused_fixed = (1_000 * (1 - each.admitted / allowed.admitted) for each in (paced, fixed))
    return (
        Row(
            f"{scenario.name}: left unused",
            unused,
            "of 1,000",
            UNUSED_BAR,
            note=f"{beside}; 1 a second: {unused_fixed:,.0f}",
        ),
        Row(
            f"{scenario.name}: refused",
            1_000 * paced.refusals,
            "of 1,000",
            REFUSED_BAR,
            note=f"1 a second: {1_000 * fixed.refusals:,.0f}",
        ),
    )


def _shared_rows(scenario: Scenario, seeds: Sequence[int]) -> tuple[Row, ...]:
    shared, apart = (_total(scenario, kind, seeds) for kind in ("paced", "apart"))
    return (
        Row(
            f"{scenario.name}: refused",
            1_000 * shared.refusals,
            "of 1,000",
            note=f"without a shared cool-down: {1_000 * apart.refusals:,.0f}",
        ),
    )


def _total(scenario: Scenario, kind: Kind, seeds: Sequence[int]) -> Result:
    results = [play(scenario, seed, kind) for seed in seeds]
    return Result(sum(each.admitted for each in results), sum(each.refused for each in results))
