"""How fast a service may be called: token buckets steered by what it says, AIMD for how many calls at once, cool-downs.

Values only: the time is an argument (UTC), and whoever shares a `Pace` between threads keeps it behind a lock.

- *Token buckets*, one for each limit that the service tells of: what a call may take is reserved when it starts and
  corrected when it ends. Others use the same limits, so what the service says is left counts where it is less.
- *Concurrency* by additive increase and multiplicative decrease, as in TCP (RFC 5681): more by one a call until a first
  refusal and by one a round trip from then on; half after a round trip with refusals.
- *Cool-down*: nothing starts before a time that a refusal named, here or in another run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hls_action.domain.budget.prices import Usage
from hls_action.domain.limits.headers import MINUTE, Meter, Quota, RateLimits

HEADROOM = 0.1
"""The part of every limit that is left alone: others draw on it between two answers that tell of it."""
FLOW_GAIN, LEAST_FLOW = 0.5, 0.1
"""How fast a bucket learns which part of what flows in is left by others, and the least it believes."""
MEAN_GAIN, DEVIATION_GAIN, DEVIATIONS = 1 / 8, 1 / 4, 2.0
"""For `UsageRatio`; the gains are those of TCP's estimate of round-trip times (RFC 6298)."""
LONGEST_COOL_DOWN = timedelta(hours=1)
"""GitHub's limits are those of an hour. A cool-down beyond that is a mistake, and must not stop every run."""


@dataclass(frozen=True)
class Demand:
    """What a call takes of each limit."""

    requests: int = 1
    input_tokens: int = 0
    output_tokens: int = 0

    @classmethod
    def of_usage(cls, usage: Usage) -> Demand:
        """What a call took. What was read from the prompt cache does not count towards the limits."""
        return cls(1, usage.input + usage.cache_write_5m + usage.cache_write_1h, usage.output)

    def of(self, meter: Meter) -> int:
        """How much of one limit."""
        match meter:
            case "requests":
                return self.requests
            case "input_tokens":
                return self.input_tokens
            case "output_tokens":
                return self.output_tokens
            case "tokens":
                return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Permit:
    """A call under way: when it started, the most it can take, and what is reserved for it."""

    at: datetime
    worst: Demand
    reserved: Demand


@dataclass(frozen=True)
class UsageRatio:
    """Which part of their worst case calls really take: all of it, as long as none has ended."""

    mean: float | None = None
    deviation: float = 0.0

    def of(self, worst: int) -> int:
        """What to reserve: the mean and some deviations, at most the worst case."""
        if self.mean is None:
            return worst
        return min(worst, math.ceil(worst * (self.mean + DEVIATIONS * self.deviation)))

    def observed(self, used: int, worst: int) -> UsageRatio:
        """With one more call."""
        if worst <= 0:
            return self
        part = used / worst
        if self.mean is None:
            return UsageRatio(part, part / 2)
        error = part - self.mean
        return UsageRatio(
            self.mean + MEAN_GAIN * error, self.deviation + DEVIATION_GAIN * (abs(error) - self.deviation)
        )


@dataclass(frozen=True)
class Bucket:
    """What is left of one limit: ``level`` of ``capacity``, at a time.

    It fills by ``rate`` a second, of which others leave the part ``flow``; without a rate, at once at ``full_at``.
    """

    capacity: float
    level: float
    at: datetime
    rate: float = 0.0
    flow: float = 1.0
    full_at: datetime | None = None

    def refilled(self, now: datetime) -> Bucket:
        """As it is by now. A clock that goes back changes nothing."""
        if now <= self.at:
            return self
        if self.full_at is not None and now >= self.full_at:
            return replace(self, level=self.capacity, at=now, full_at=None)
        gained = self.rate * self.flow * (now - self.at).total_seconds()
        return replace(self, level=min(self.capacity, self.level + gained), at=now)

    def drawn(self, amount: float) -> Bucket:
        """With ``amount`` taken out, or put back when negative."""
        return replace(self, level=min(self.capacity, max(0.0, self.level - amount)))

    def with_quota(self, quota: Quota) -> Bucket:
        """As the service has it, where that is less. By how much is what others took, or what they left."""
        surplus = (quota.remaining - self.level) / quota.limit
        full_at = None
        if quota.per is None and quota.resets_in is not None:
            full_at = self.at + timedelta(seconds=quota.resets_in + 1)  # it is told in whole seconds
        return Bucket(
            capacity=quota.limit,
            level=min(self.level, quota.remaining),
            at=self.at,
            rate=quota.limit / quota.per if quota.per else 0.0,
            flow=min(1.0, max(LEAST_FLOW, self.flow + FLOW_GAIN * surplus)),
            full_at=full_at,
        )

    def wait(self, amount: float, headroom: float) -> float:
        """Seconds until ``amount`` can be drawn; for more than it ever holds, until it is full."""
        missing = min(amount + headroom * self.capacity, self.capacity) - self.level
        if missing <= self.capacity * 1e-9:
            return 0.0
        if self.rate:
            return missing / (self.rate * self.flow)
        return (self.full_at - self.at).total_seconds() if self.full_at else MINUTE


@dataclass(frozen=True)
class Concurrency:
    """How many calls at once: up to ``limit``, which changes by AIMD between 1 and ``cap``.

    Below ``threshold`` it grows fast; calls from before ``halved_at`` belong to a round trip that is dealt with.
    """

    limit: float = 2.0
    cap: int = 8
    threshold: float = math.inf
    halved_at: datetime | None = None

    @property
    def calls(self) -> int:
        """The limit, as a number of calls."""
        return max(1, math.floor(min(self.limit, self.cap)))

    def increased(self, permit: Permit, under_way: int) -> Concurrency:
        """A call was answered. Only a limit that was used in full has shown that there is room for more."""
        if self._is_dealt_with(permit) or under_way < self.calls:
            return self
        step = 1.0 if self.limit < self.threshold else 1 / self.limit
        return replace(self, limit=min(float(self.cap), self.limit + step))

    def decreased(self, permit: Permit, now: datetime) -> Concurrency:
        """A call was refused."""
        if self._is_dealt_with(permit):
            return self
        half = max(1.0, self.limit / 2)
        return replace(self, limit=half, threshold=half, halved_at=now)

    def _is_dealt_with(self, permit: Permit) -> bool:
        return self.halved_at is not None and permit.at <= self.halved_at


@dataclass(frozen=True)
class Pace:
    """The limits of one service, or of one model of it, as one run knows them. ``Pace()`` knows nothing yet."""

    concurrency: Concurrency = Concurrency()
    headroom: float = HEADROOM
    under_way: int = 0
    cool_until: datetime | None = None
    buckets: Mapping[Meter, Bucket] = field(default_factory=dict)
    input_share: UsageRatio = UsageRatio()
    output_share: UsageRatio = UsageRatio()

    def wait(self, now: datetime, worst: Demand) -> float:
        """Seconds until a call may start, 0 for now; infinity: not before one that is under way has ended."""
        if self.under_way >= self.concurrency.calls:
            return math.inf
        cooling = (self.cool_until - now).total_seconds() if self.cool_until else 0.0
        amount = self._reservation(worst)
        waits = (bucket.refilled(now).wait(amount.of(meter), self.headroom) for meter, bucket in self.buckets.items())
        return math.ceil(max(0.0, cooling, *waits) * 1_000) / 1_000  # whole milliseconds, which a date can be moved by

    def started(self, now: datetime, worst: Demand) -> tuple[Pace, Permit]:
        """A call starts; ``worst`` is the most it can take."""
        permit = Permit(now, worst, self._reservation(worst))
        buckets = {
            meter: bucket.refilled(now).drawn(permit.reserved.of(meter)) for meter, bucket in self.buckets.items()
        }
        return replace(self, under_way=self.under_way + 1, buckets=buckets), permit

    def finished(
        self,
        now: datetime,
        permit: Permit,
        *,
        used: Demand | None = None,
        limits: RateLimits | None = None,
        refused: bool = False,
    ) -> Pace:
        """A call has ended: answered (``used``), refused by a limit, or so that nobody knows what it took."""
        limits = limits or RateLimits()
        took = Demand() if refused else used or permit.reserved
        buckets = {
            meter: bucket.refilled(now).drawn(took.of(meter) - permit.reserved.of(meter))
            for meter, bucket in self.buckets.items()
        }
        for meter, quota in limits.quotas.items():
            buckets[meter] = buckets.get(meter, Bucket(quota.limit, quota.remaining, now)).with_quota(quota)
        pace = replace(self, under_way=max(0, self.under_way - 1), buckets=buckets)
        if refused:
            pace = replace(pace, concurrency=self.concurrency.decreased(permit, now))
            return pace.with_cool_down(now, now + timedelta(seconds=limits.pause))
        if used is None:
            return pace
        return replace(
            pace,
            concurrency=self.concurrency.increased(permit, self.under_way),
            input_share=self.input_share.observed(used.input_tokens, permit.worst.input_tokens),
            output_share=self.output_share.observed(used.output_tokens, permit.worst.output_tokens),
        )

    def with_cool_down(self, now: datetime, until: datetime) -> Pace:
        """Nothing starts before ``until``, or before a later time that was known already."""
        until = min(until, now + LONGEST_COOL_DOWN)
        if self.cool_until is not None and self.cool_until >= until:
            return self
        return replace(self, cool_until=until)

    def _reservation(self, worst: Demand) -> Demand:
        return Demand(
            worst.requests, self.input_share.of(worst.input_tokens), self.output_share.of(worst.output_tokens)
        )


@dataclass(frozen=True)
class CoolDowns:
    """What runs tell each other of refusals: until when nobody calls a service, or one model of it, by its name."""

    until: Mapping[str, datetime] = field(default_factory=dict)

    def begun(self, name: str, until: datetime) -> CoolDowns:
        """With one more; of two by the same name the later end wins. The same value when nothing changes."""
        if name in self.until and self.until[name] >= until:
            return self
        return CoolDowns({**self.until, name: until})

    def merged(self, other: CoolDowns) -> CoolDowns:
        """With those of ``other``."""
        merged = self
        for name, until in other.until.items():
            merged = merged.begun(name, until)
        return merged

    def pruned(self, now: datetime) -> CoolDowns:
        """Without those that are over. The same value when nothing changes."""
        left = {name: until for name, until in self.until.items() if until > now}
        return self if len(left) == len(self.until) else CoolDowns(left)
