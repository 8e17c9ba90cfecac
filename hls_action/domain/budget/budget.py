"""The budget: what was spent, what is reserved for calls under way, and which cap a further call would pass.

All amounts are USD, exact. Days and months are those of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

from hls_action.domain.budget.errors import CapReached
from hls_action.domain.budget.prices import Usage

MONTH_LENGTH = len("2026-11")
DAYS_KEPT = 62
MONTHS_KEPT = 24
DETAILS_KEPT = 300
"""How many actors, and how many threads, a day lists by name; of more, those that cost least are summed up."""
OTHERS = "others"
SETTLEMENT_GRACE = timedelta(days=1)
"""How long an expired reservation can still be settled, before it counts as spent for good."""

ZERO = Decimal(0)
Amounts = Mapping[str, Decimal]
Period = Annotated[str, "a day or a month"]
"""``2026-11-23`` or ``2026-11``."""


@dataclass(frozen=True)
class Call:
    """One call to Claude, for the books. ``thread``: as ``owner/name#7``; ``kind``: of the item that asked last.

    ``standing``: what the actor is to the repository; ``answers``: 1 if it is the one that a reply is made of.
    """

    thread: str
    actor: str
    kind: str
    model: str
    standing: str = ""
    answers: int = 0


@dataclass(frozen=True)
class Reservation:
    """The worst case of a call under way, reserved ``at`` a time and until the run's claim ends."""

    call: Call
    usd: Decimal
    at: datetime
    until: datetime


@dataclass(frozen=True)
class Charge:
    """The actual cost of a reserved call. If ``known`` is False it was not reported, and ``usd`` is the worst case."""

    name: str = ""
    usd: Decimal = ZERO
    usage: Usage = field(default_factory=Usage)
    known: bool = True


@dataclass(frozen=True)
class Costs:
    """What the calls for one answer came to, to be added up: a bill for each reservation, of nothing where it is free
    again.

    ``model``: of the last call.
    """

    charges: tuple[Charge, ...] = ()
    model: str = ""

    def __add__(self, other: Costs) -> Costs:
        """These and those that came after."""
        return Costs((*self.charges, *other.charges), other.model or self.model)

    @property
    def usd(self) -> Decimal | None:
        """USD of all calls that are known to have been billed; None when there was none."""
        known = [charge.usd for charge in self.charges if charge.known and (charge.usd or charge.usage.total_input)]
        return sum(known, ZERO) if known else None

    @property
    def usage(self) -> Usage:
        """The tokens of all calls."""
        return sum((charge.usage for charge in self.charges), Usage())


@dataclass(frozen=True)
class Spending:
    """What one period cost. ``unsettled``: worst cases of calls of which nobody knows whether they were billed;
    ``refused``: calls that were not made because they could have passed the period's cap. ``standings``: by what the
    actors were to the repository; ``answers``: how many replies each account was given, of days alone.
    """

    usd: Decimal = ZERO
    unsettled: Decimal = ZERO
    calls: int = 0
    refused: int = 0
    usage: Usage = field(default_factory=Usage)
    models: Amounts = field(default_factory=dict)
    kinds: Amounts = field(default_factory=dict)
    actors: Amounts = field(default_factory=dict)
    threads: Amounts = field(default_factory=dict)
    standings: Amounts = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """What counts against a cap."""
        return self.usd + self.unsettled

    def plus(self, call: Call, usd: Decimal, usage: Usage, *, unsettled: bool = False) -> Spending:
        """With one more call."""
        return replace(
            self,
            usd=self.usd + (ZERO if unsettled else usd),
            unsettled=self.unsettled + (usd if unsettled else ZERO),
            calls=self.calls + 1,
            usage=self.usage + usage,
            models=_plus(self.models, call.model, usd),
            kinds=_plus(self.kinds, call.kind, usd),
            actors=_plus(self.actors, call.actor, usd),
            threads=_plus(self.threads, call.thread, usd),
            standings=_plus(self.standings, call.standing, usd) if call.standing else self.standings,
            answers={**self.answers, call.actor: self.answers.get(call.actor, 0) + 1} if call.answers else self.answers,
        )


@dataclass(frozen=True)
class Caps:
    """The most that may be spent, each None for no cap. ``item``: on the items of one reply, tried again or not."""

    call: Decimal | None = None
    item: Decimal | None = None
    thread: Decimal | None = None
    actor_daily: Decimal | None = None
    daily: Decimal | None = None
    monthly: Decimal | None = None


@dataclass(frozen=True)
class Budget:
    """Spending by day and month, reservations by id. ``Budget()`` is the empty one."""

    days: Mapping[Period, Spending] = field(default_factory=dict)
    months: Mapping[Period, Spending] = field(default_factory=dict)
    reservations: Mapping[str, Reservation] = field(default_factory=dict)

    # ---- what counts ----

    def committed(self, period: str) -> Decimal:
        """What was spent and what is reserved in a day or a month."""
        spending = (self.months if len(period) == MONTH_LENGTH else self.days).get(period, Spending())
        reserved = (r.usd for r in self.reservations.values() if day_of(r.at).startswith(period))
        return spending.total + sum(reserved, ZERO)

    def committed_by_actor(self, actor: str, day: str) -> Decimal:
        """The same for what one account asked for in a day."""
        spent = self.days.get(day, Spending()).actors.get(actor, ZERO)
        reserved = (r.usd for r in self.reservations.values() if r.call.actor == actor and day_of(r.at) == day)
        return spent + sum(reserved, ZERO)

    def committed_by_standing(self, standing: str, day: str) -> Decimal:
        """The same for all accounts that are the same to the repository."""
        spent = self.days.get(day, Spending()).standings.get(standing, ZERO)
        reserved = (r.usd for r in self.reservations.values() if r.call.standing == standing and day_of(r.at) == day)
        return spent + sum(reserved, ZERO)

    def answers(self, actor: str, day: str) -> int:
        """How many replies one account was given in a day, or is about to be."""
        given = self.days.get(day, Spending()).answers.get(actor, 0)
        return given + sum(
            r.call.answers for r in self.reservations.values() if r.call.actor == actor and day_of(r.at) == day
        )

    def committed_by_thread(self, thread: str) -> Decimal:
        """The same for one thread, in all the days that are kept."""
        spent = (day.threads.get(thread, ZERO) for day in self.days.values())
        reserved = (r.usd for r in self.reservations.values() if r.call.thread == thread)
        return sum(spent, ZERO) + sum(reserved, ZERO)

    def summary(self, caps: Caps, now: datetime) -> str:
        """How much of the day's and the month's cap is used, in words; ``""`` without caps."""
        day = day_of(now)
        periods = (("today", day, caps.daily), ("this month", day[:MONTH_LENGTH], caps.monthly))
        return ", ".join(
            f"{name} {self.committed(period):.4f} of {cap} USD" for name, period, cap in periods if cap is not None
        )

    # ---- steps ----

    def reserve(self, name: str, wanted: Reservation, caps: Caps, *, item: Decimal = ZERO) -> Budget:
        """Put the worst case of a call aside, under ``name``; ``item``: what its items cost before.

        Errors: `CapReached`, and then nothing is reserved.
        """
        if name in self.reservations:
            return self
        self._check(wanted, caps, item)
        return replace(self, reservations={**self.reservations, name: wanted})

    def released(self, *names: str) -> Budget:
        """Without these reservations, whose calls were not made."""
        left = {name: reservation for name, reservation in self.reservations.items() if name not in names}
        return self if len(left) == len(self.reservations) else replace(self, reservations=left)

    def settle(self, charge: Charge) -> Budget:
        """Replace a reservation by what the call came to; nothing, when there is none of that name any more."""
        reservation = self.reservations.get(charge.name)
        if reservation is None:
            return self
        budget = replace(self, reservations={each: r for each, r in self.reservations.items() if each != charge.name})
        if not charge.usd and not charge.usage.total_input:
            return budget
        return budget.with_spending(reservation, charge.usd, charge.usage, unsettled=not charge.known)

    def pruned(self, now: datetime) -> Budget:
        """Without reservations too old to be settled, which count as spent, and without periods too old to keep."""
        budget = self
        for name, reservation in self.reservations.items():
            if now > reservation.until + SETTLEMENT_GRACE:
                budget = budget.settle(Charge(name, reservation.usd, known=False))
        if len(budget.days) <= DAYS_KEPT and len(budget.months) <= MONTHS_KEPT:
            return budget
        days = {day: budget.days[day] for day in sorted(budget.days)[-DAYS_KEPT:]}
        return replace(budget, days=days, months={m: budget.months[m] for m in sorted(budget.months)[-MONTHS_KEPT:]})

    def with_spending(self, reservation: Reservation, usd: Decimal, usage: Usage, *, unsettled: bool = False) -> Budget:
        """With the cost of a reserved call, booked in the period of its reservation."""
        day = day_of(reservation.at)
        month = day[:MONTH_LENGTH]
        today = self.days.get(day, Spending()).plus(reservation.call, usd, usage, unsettled=unsettled)
        monthly = self.months.get(month, Spending()).plus(reservation.call, usd, usage, unsettled=unsettled)
        actors = _bounded(today.actors)
        answers = {actor: count for actor, count in today.answers.items() if actor in actors}
        bounded = replace(today, actors=actors, threads=_bounded(today.threads), answers=answers)
        whole = replace(monthly, actors=_bounded(monthly.actors), threads={}, answers={})
        return replace(self, days={**self.days, day: bounded}, months={**self.months, month: whole})

    def with_refusal(self, error: CapReached, now: datetime) -> Budget:
        """With one more call that was not made because of the day's or the month's cap."""
        day = day_of(now)
        month = day[:MONTH_LENGTH]
        if error.name == "daily_usd":
            return replace(self, days={**self.days, day: _refused(self.days.get(day, Spending()))})
        if error.name == "monthly_usd":
            return replace(self, months={**self.months, month: _refused(self.months.get(month, Spending()))})
        return self

    def _check(self, wanted: Reservation, caps: Caps, item: Decimal) -> None:
        day = day_of(wanted.at)
        month = day[:MONTH_LENGTH]
        call = wanted.call
        limits: Iterable[tuple[str, Decimal | None, Decimal, datetime | None]] = (
            ("per_call_usd", caps.call, ZERO, None),
            ("per_item_usd", caps.item, item, None),
            ("per_thread_usd", caps.thread, self.committed_by_thread(call.thread), None),
            ("per_actor_daily_usd", caps.actor_daily, self.committed_by_actor(call.actor, day), next_day(wanted.at)),
            ("daily_usd", caps.daily, self.committed(day), next_day(wanted.at)),
            ("monthly_usd", caps.monthly, self.committed(month), next_month(wanted.at)),
        )
        for name, cap, committed, again in limits:
            if cap is not None and committed + wanted.usd > cap:
                raise CapReached(name, cap, committed, wanted.usd, again)


def day_of(when: datetime) -> str:
    """The day, as ``2026-11-23``."""
    return f"{when.astimezone(UTC):%Y-%m-%d}"


def next_day(when: datetime) -> datetime:
    """When the next day begins."""
    return when.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_month(when: datetime) -> datetime:
    """When the next month begins."""
    first = (next_day(when) - timedelta(days=1)).replace(day=1)
    return (first + timedelta(days=32)).replace(day=1)


def _refused(spending: Spending) -> Spending:
    return replace(spending, refused=spending.refused + 1)


def _plus(amounts: Amounts, name: str, usd: Decimal) -> Amounts:
    return {**amounts, name: amounts.get(name, ZERO) + usd}


def _bounded(amounts: Amounts) -> Amounts:
    """The most expensive by name, and the rest summed up."""
    if len(amounts) <= DETAILS_KEPT:
        return amounts
    by_cost = sorted((name for name in amounts if name != OTHERS), key=lambda name: (-amounts[name], name))
    rest = sum((amounts[name] for name in by_cost[DETAILS_KEPT - 1 :]), amounts.get(OTHERS, ZERO))
    return {**{name: amounts[name] for name in by_cost[: DETAILS_KEPT - 1]}, OTHERS: rest}
