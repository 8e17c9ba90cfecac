"""A model of Claude's rate limits on a virtual clock, and clients that call it: what they get through, what is refused.

As https://platform.claude.com/docs/en/api/rate-limits has it: token buckets of requests, input and output tokens, which
fill continuously; input is charged when a call begins, output as it is produced; tokens left are told in thousands.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from typing import Protocol

from hls_action.domain.limits.pace import Demand

START = datetime(2026, 11, 23, tzinfo=UTC)
REFUSAL_SECONDS = 0.2
SLICES = 4
"""In how many parts the output of a call is charged while it is produced."""
INPUT_SPREAD, OUTPUT_SPREAD = 0.5, 0.6
"""Of the lognormal sizes of prompts and answers."""
MAX_INPUT, MAX_OUTPUT = 50_000, 8_000

Ended = Callable[[dict[str, str], bool], None]
"""What is called when a call has ended: with the answer's headers, and whether it was refused."""


@dataclass(frozen=True)
class Tier:
    """Limits per minute."""

    requests: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Scenario:
    """What clients meet. Times in seconds; sizes in tokens, at the median.

    ``tiers``: the limits, each from a time on. ``others``: the part of what could be called that other clients call,
    who are never refused; all of it in the first ``others_within`` of every minute. ``arrivals``: so many calls come to
    be made, every so often; None: more than can be made. ``fleet``: as many clients with one call each, all new to the
    server, come in the first minute. ``saves``: how long an idle server saves up. ``told_early``: what is left is told
    as of a call's beginning; ``silent``: it is not told at all.
    """

    name: str
    tiers: tuple[tuple[float, Tier], ...]
    seconds: float = 1_200.0
    input_tokens: int = 3_000
    output_tokens: int = 500
    latency: tuple[float, float] = (1.0, 20.0)
    others: float = 0.0
    others_within: float = 60.0
    arrivals: tuple[int, float] | None = None
    runs: int = 1
    fleet: int = 0
    saves: float = 60.0
    told_early: bool = False
    silent: bool = False
    cap: int = 400


@dataclass(frozen=True)
class Job:
    """A call to make: what it takes, the most it could, and for how long."""

    used: Demand
    worst: Demand
    seconds: float


def jobs(scenario: Scenario, chance: random.Random) -> Iterator[Job]:
    """Calls without end. As HLS knows them: prompts by their bytes, answers by the configured maximum."""
    while True:
        read = min(MAX_INPUT, int(chance.lognormvariate(math.log(scenario.input_tokens), INPUT_SPREAD)))
        written = min(MAX_OUTPUT, 1 + int(chance.lognormvariate(math.log(scenario.output_tokens), OUTPUT_SPREAD)))
        worst = Demand(1, int(read * chance.uniform(3.5, 4.5)) + 2_000, MAX_OUTPUT)
        yield Job(Demand(1, read, written), worst, chance.uniform(*scenario.latency))


class Timeline:
    """Virtual time: what is to happen, in its order. ``now`` in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    @property
    def clock(self) -> datetime:
        """The same as a date."""
        return START + timedelta(seconds=self.now)

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen then."""
        heapq.heappush(self._events, (when, next(self._numbers), what))

    def run(self, until: float) -> None:
        """Let everything happen that comes before then."""
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()


class Level:
    """One of the server's token buckets, full at first. It may owe: some is counted after the fact."""

    def __init__(self, timeline: Timeline, per_minute: int, saves: float) -> None:
        self._time = timeline
        self._saves = saves
        self._at = timeline.now
        self.limit = per_minute
        self._level = self.capacity

    @property
    def rate(self) -> float:
        """A second."""
        return self.limit / 60

    @property
    def capacity(self) -> float:
        """The most it holds."""
        return self.rate * self._saves

    @property
    def left(self) -> float:
        """By now."""
        self._level = min(self.capacity, self._level + self.rate * (self._time.now - self._at))
        self._at = self._time.now
        return self._level

    def take(self, amount: float) -> None:
        """Charge it."""
        self._level = self.left - amount

    def change(self, per_minute: int) -> None:
        """Another limit from now on."""
        level = self.left
        self.limit = per_minute
        self._level = min(level, self.capacity)

    def wait(self, amount: float) -> float:
        """Seconds until there is so much, or all it can hold; in milliseconds, so that the clock gets there."""
        missing = min(amount, self.capacity) - self.left
        return math.ceil(max(0.0, missing / self.rate - 1e-9) * 1_000) / 1_000


class Server:
    """Claude's rate limits for one organisation. ``foresees``: output is charged when a call begins, all of it."""

    def __init__(self, timeline: Timeline, scenario: Scenario, *, foresees: bool = False) -> None:
        self._time = timeline
        self._foresees = foresees
        self.scenario = scenario
        self.admitted = 0
        self.refused = 0
        tier = scenario.tiers[0][1]
        self._requests = Level(timeline, tier.requests, scenario.saves)
        self._input = Level(timeline, tier.input_tokens, scenario.saves)
        self._output = Level(timeline, tier.output_tokens, scenario.saves)
        for when, later in scenario.tiers[1:]:
            timeline.at(when, partial(self._change, later))

    def wait(self, job: Job) -> float:
        """Seconds until a call is let in, should there be no other."""
        return max(
            self._requests.wait(1),
            self._input.wait(job.used.input_tokens),
            self._output.wait(job.used.output_tokens if self._foresees else 1),
        )

    def ask(self, job: Job) -> int | None:
        """Let a call in, or say in how many seconds to try again."""
        wait = self.wait(job)
        if wait > 0:
            self.refused += 1
            return math.ceil(wait)
        self.admitted += 1
        self.charge(job)
        return None

    def charge(self, job: Job) -> None:
        """A call begins, whatever is left."""
        self._requests.take(1)
        self._input.take(job.used.input_tokens)
        if self._foresees:
            self._output.take(job.used.output_tokens)
            return
        for part in range(1, SLICES + 1):
            produced = partial(self._output.take, job.used.output_tokens / SLICES)
            self._time.at(self._time.now + job.seconds * part / SLICES, produced)

    def headers(self) -> dict[str, str]:
        """What an answer tells now."""
        if self.scenario.silent:
            return {}
        found = {"date": format_datetime(self._time.clock, usegmt=True)}
        for name, level, unit in (
            ("requests", self._requests, 1),
            ("input-tokens", self._input, 1_000),
            ("output-tokens", self._output, 1_000),
        ):
            left = math.floor(level.left) if unit == 1 else round(level.left / unit) * unit
            full = self._time.clock + timedelta(seconds=math.ceil((level.capacity - level.left) / level.rate))
            found[f"anthropic-ratelimit-{name}-limit"] = str(level.limit)
            found[f"anthropic-ratelimit-{name}-remaining"] = str(max(0, left))
            found[f"anthropic-ratelimit-{name}-reset"] = full.isoformat(timespec="seconds")
        return found

    def _change(self, tier: Tier) -> None:
        self._requests.change(tier.requests)
        self._input.change(tier.input_tokens)
        self._output.change(tier.output_tokens)


class Strategy(Protocol):
    """When a client calls."""

    def wait(self, job: Job) -> float:
        """Seconds until it does; infinity: not before a call has ended."""
        ...

    def started(self, job: Job) -> Ended:
        """It does."""
        ...


@dataclass
class Client:
    """Makes its calls in order when its strategy lets it, and refused ones again. With ``arrivals``, they come so."""

    timeline: Timeline
    server: Server
    strategy: Strategy
    work: Iterator[Job]
    arrivals: tuple[int, float] | None = None
    begins: float = 0.0
    _waiting: deque[Job] = field(default_factory=deque)
    _due: float = math.inf

    def __post_init__(self) -> None:
        self.timeline.at(self.begins, self._arrive if self.arrivals else self._go)

    def _arrive(self) -> None:
        assert self.arrivals is not None
        number, every = self.arrivals
        self._waiting.extend(next(self.work) for _ in range(number))
        self.timeline.at(self.timeline.now + every, self._arrive)
        self._go()

    def _go(self) -> None:
        while self._next() is not None:
            wait = self.strategy.wait(self._waiting[0])
            if wait > 0:
                self._go_in(wait)
                return
            self._call(self._waiting.popleft())

    def _next(self) -> Job | None:
        if not self._waiting and not self.arrivals:
            self._waiting.extend(job for job in [next(self.work, None)] if job)
        return self._waiting[0] if self._waiting else None

    def _go_in(self, seconds: float) -> None:
        due = self.timeline.now + seconds
        if math.isfinite(due) and not self.timeline.now < self._due <= due:
            self._due = due
            self.timeline.at(due, self._go)

    def _call(self, job: Job) -> None:
        ended = self.strategy.started(job)
        retry_after = self.server.ask(job)
        told = self.server.headers() if retry_after is not None or self.server.scenario.told_early else None
        seconds = job.seconds if retry_after is None else REFUSAL_SECONDS

        def end() -> None:
            headers = self.server.headers() if told is None else told
            if retry_after is not None:
                headers["retry-after"] = str(retry_after)
                self._waiting.append(job)
            ended(headers, retry_after is not None)
            self._go()

        self.timeline.at(self.timeline.now + seconds, end)


def others(timeline: Timeline, server: Server, chance: random.Random) -> None:
    """Let other clients call from now on, who are never refused: what they leave is what is allowed."""
    scenario = server.scenario
    work = jobs(scenario, chance)
    read = scenario.input_tokens * math.exp(INPUT_SPREAD**2 / 2)  # a lognormal distribution's mean
    written = scenario.output_tokens * math.exp(OUTPUT_SPREAD**2 / 2)

    def call() -> None:
        tier = next(tier for when, tier in reversed(scenario.tiers) if when <= timeline.now)
        a_minute = min(tier.requests, tier.input_tokens / read, tier.output_tokens / written)
        if timeline.now % 60 <= scenario.others_within:
            server.charge(next(work))
        rate = scenario.others * a_minute / scenario.others_within
        timeline.at(timeline.now + chance.expovariate(rate), call)

    if scenario.others:
        call()
