"""What a schedule is exposed to: which faults, how often, and what kind of workflow it runs in.

Every schedule draws a few features and leaves the others out. Faults that are always all on hide behind each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal

from hls_action.domain.faults.statuses import ENDPOINTS, Endpoint

Concurrency = Literal["job", "workflow", "none"]
"""Where the workflow's group is claimed; under act there is none."""

Peer = Literal["github", "claude", "state"]
HOUR = 3_600.0

EVERY_PUSH = "events: {pull_request: [opened, reopened, ready_for_review, synchronize]}\n"
LOOK = "knowledge: {look: on}\n"
"""Two calls for an answer, with files to choose from."""
CONFIGS = (
    *(None, None, None, None),
    "labels: {allow: [bug]}\n",
    "sweep: {threads: 1}\n",
    EVERY_PUSH,
    "budget: {daily_usd: 0.30}\n",  # a call's worst case is about 0.15
    "budget: {daily_usd: 0.30, at_cap: [cheaper_model, shorter_context, defer], cheaper_model: claude-haiku-5-5}\n",
    "budget: {daily_usd: 0.17, at_cap: [skip]}\n",
    f"{LOOK}budget: {{daily_usd: 0.50}}\n",
    "budget: {per_thread_usd: 0.17}\n",
)

TRIAGE = """\
triage: {priority: {urgent: P0, high: P1}, needs_info: needs info, types: {bug: Bug, feature: Feature}}
least_confidence: 0.3
"""
GROUPS = {"P0": "priority", "P1": "priority", "needs info": "needs_info"}
"""The labels that it names, each with what it is for."""

LIMITS = (
    "limits: {per_thread: {hour: 1, day: 4}}\n",
    "limits: {per_actor: {hour: 1, day: 3}, per_repository: {hour: 3, day: 9}}\n",
    "limits: {per_repository: {hour: 1, day: 6}}\n",
)

REVIEWS = (None, None, EVERY_PUSH, "review: replace\n", EVERY_PUSH + "review: new\n")

RATES: dict[str, tuple[float, ...]] = {
    "github_faults": (0.03, 0.1, 0.3),
    "claude_faults": (0.1, 0.4),
    "state_faults": (0.03, 0.1, 0.3),
    "refusals": (0.1, 0.5),
    "poison": (0.2, 0.6),
    "forbidden": (0.05,),
    "stale": (0.2, 0.7),
    "deaths": (0.1, 0.3, 0.7),
    "lost_runners": (0.1, 0.5),
    "cancellations": (0.1, 0.3),
    "duplicates": (0.2, 0.6),
    "lost_events": (0.1, 0.4),
    "slow_events": (0.1, 0.4),
    "slow_runners": (0.1, 0.5),
    "skew": (5.0, 30.0),
    "reruns": (0.2, 0.5),
    "dispatches": (0.1, 0.4),
    "forced": (0.5,),
    "retries_asked": (0.1,),
    "broken_config": (0.1,),
    "dropped_schedules": (0.3, 1.0),
}
"""What can be switched on, and how strongly."""
RARE = frozenset({"forbidden", "retries_asked", "broken_config", "poison", "refusals"})


DENIALS = (404, 410, 422)
"""What GitHub answers where it will not say what is wrong."""
NOT_DENIED: tuple[Endpoint, ...] = ("repository", "issue", "pull", "user", "permission", "viewer")
DENIABLE = tuple(endpoint for endpoint in ENDPOINTS if endpoint not in NOT_DENIED)
"""Requests that may be denied though there is nothing wrong. Not the thread itself: what GitHub says of that, twice,
and while it shows the repository, is what gone means."""


@dataclass(frozen=True)
class Outage:
    """A peer that fails every request for a while, in seconds from the start."""

    peer: Peer
    start: float
    end: float


@dataclass(frozen=True)
class Climate:
    """Rates are chances from 0 to 1: of a request, a run or an event, as the name says.

    ``gap``: seconds between deeds of people, on average; ``latency``: of a request; ``thinking``: of Claude, at most;
    ``pushing``: whether people mostly push to pull requests; ``fan_out``: whether sweeps hand threads out to a matrix
    of jobs; ``denied``: requests that are never answered but by the status beside them; ``blind``: from which second to
    which the tokens see nothing of the repository; ``skew``: how many seconds a runner's clock is wrong, at most;
    ``config``: the text of `.github/hls.yml`. ``pauses``: how often a deed is an order to pause or to resume.
    """

    calm: bool = False
    concurrency: Concurrency = "job"
    pushes_wake: bool = False
    pushing: bool = False
    config: str | None = None
    knows_ended_runs: bool = False
    fan_out: bool = False
    threads: int = 1
    deeds: int = 4
    gap: float = 60.0
    latency: float = 0.3
    thinking: float = 20.0
    github_faults: float = 0.0
    claude_faults: float = 0.0
    state_faults: float = 0.0
    refusals: float = 0.0
    poison: float = 0.0
    forbidden: float = 0.0
    lies: float = 0.0
    stale: float = 0.0
    deaths: float = 0.0
    lost_runners: float = 0.0
    cancellations: float = 0.0
    duplicates: float = 0.0
    lost_events: float = 0.0
    slow_events: float = 0.0
    slow_runners: float = 0.0
    skew: float = 0.0
    reruns: float = 0.0
    dispatches: float = 0.0
    forced: float = 0.0
    retries_asked: float = 0.0
    broken_config: float = 0.0
    dropped_schedules: float = 0.0
    outages: tuple[Outage, ...] = field(default=())
    denied: Mapping[Endpoint, int] = field(default_factory=dict)
    blind: tuple[tuple[float, float], ...] = field(default=())
    pauses: float = 0.0

    def out(self, peer: Peer, now: float) -> bool:
        """Whether ``peer`` is down."""
        return any(outage.peer == peer and outage.start <= now < outage.end for outage in self.outages)

    def is_blind(self, now: float) -> bool:
        """Whether tokens see nothing of the repository."""
        return any(start <= now < end for start, end in self.blind)

    def after_the_storm(self) -> Climate:
        """The same workflow in fair weather."""
        return replace(self, outages=(), lies=0.0, denied={}, blind=(), pauses=0.0, **dict.fromkeys(RATES, 0.0))  # type: ignore[arg-type]


def draw(random: Random) -> Climate:
    """The climate of one schedule. Drawn apart: one in five has labels that an answer's fields set, one in six
    has limits that it meets, and one in eight of those that are not calm is paused now and then.
    """
    apart = Random()
    apart.setstate(random.getstate())
    climate = _draw(random)
    is_triaged = apart.randrange(5) == 0
    if apart.randrange(8) == 0 and not climate.calm:
        climate = replace(climate, pauses=0.5)
    climate = replace(climate, config=(climate.config or "") + TRIAGE) if is_triaged else climate
    is_limited = apart.randrange(6) == 0
    return replace(climate, config=(climate.config or "") + apart.choice(LIMITS)) if is_limited else climate


def _draw(random: Random) -> Climate:
    """One in eight is calm: no faults, no accidents, and a group for each thread."""
    shape: dict[str, object] = {
        "threads": random.choice((1, 1, 1, 2, 2, 3)),
        "deeds": random.randint(1, 6),
        "gap": random.choice((2.0, 10.0, 40.0, 200.0, 900.0)),
        "latency": random.choice((0.1, 0.3, 1.0)),
        "thinking": random.choice((5.0, 20.0, 60.0, 280.0)),
        "pushes_wake": random.random() < 0.3,
        "config": random.choice(CONFIGS),
    }
    if random.random() < 1 / 4:
        shape |= {"pushing": True, "pushes_wake": random.random() < 0.8, "config": random.choice(REVIEWS)}
        shape["deeds"] = random.randint(3, 8)  # some pushes only bring the base in, which is no reason for a review
    if random.random() < 1 / 8:
        return Climate(calm=True, **shape)  # type: ignore[arg-type]
    for name, levels in RATES.items():
        on = random.random() < (0.15 if name in RARE else 0.4)
        shape[name] = random.choice(levels) if on else 0.0
    if random.random() < 0.2:
        shape["latency"] = random.choice((6.0, 18.0))
    shape["concurrency"] = random.choice(("job", "job", "workflow", "none"))
    shape["knows_ended_runs"] = shape["concurrency"] != "none" and random.random() < 0.5
    shape["fan_out"] = random.random() < 0.15
    shape["outages"] = _outages(random)
    return Climate(**shape, **_denials(random))  # type: ignore[arg-type]


def _denials(random: Random) -> dict[str, object]:
    """What GitHub denies. Drawn apart, so that the schedules without it are what they were before there was any."""
    apart = Random()
    apart.setstate(random.getstate())
    found: dict[str, object] = {}
    if apart.random() < 0.15:
        found["lies"] = apart.choice((0.02, 0.1, 0.3))
    if apart.random() < 0.15:
        found["denied"] = {apart.choice(DENIABLE): apart.choice(DENIALS)}
    if apart.random() < 0.15:
        start = apart.uniform(0, 600)
        found["blind"] = ((start, start + apart.choice((1.0, 10.0, 60.0, 600.0, 3 * HOUR))),)
    return found


def _outages(random: Random) -> tuple[Outage, ...]:
    if random.random() < 0.75:
        return ()
    peers: tuple[Peer, ...] = ("github", "claude", "state")
    start = random.uniform(0, 600)
    return (Outage(random.choice(peers), start, start + random.choice((60.0, 600.0, HOUR, 5 * HOUR))),)
