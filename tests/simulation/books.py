"""The budget's promise: what Claude really billed, compared with the budget that all runs share."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.simulation.scheduler import START
from tests.simulation.text_cache import MATERIALS

if TYPE_CHECKING:
    from tests.simulation.job import Job
    from tests.simulation.world import World

NOTHING = Decimal(0)
SETTLEMENT_GRACE = timedelta(days=1, minutes=2)
"""How long an expired reservation may stand, with what clocks may differ."""


@dataclass
class Books:
    """What was billed in one world.

    ``told``: of it, what came with an answer that its run lived to see. ``doubtful``: reservations whose call was
    billed without one. ``forced``: what went past the caps by a maintainer's order, by day; ``by_force``: as which
    reservations.
    """

    world: World
    budget: dict[str, Any] = field(default_factory=lambda: {"days": {}, "reservations": {}})
    billed: Decimal = NOTHING
    told: Decimal = NOTHING
    doubtful: set[str] = field(default_factory=set)
    forced: dict[str, Decimal] = field(default_factory=dict)
    by_force: set[str] = field(default_factory=set)

    def called(self, job: Job, number: int, model: str) -> None:
        """A call arrived at Claude: its worst case must have been put aside, and for it alone."""
        name = self._reservation(job, number, model)
        if not name:
            self.world.oracle.breaks("budget: %s asked Claude about %s without a reservation", job, number)
        elif name in self.doubtful:
            self.world.oracle.breaks("budget: %s asked again on %s, which may have been billed", job, name)

    def bill(self, job: Job, number: int, model: str, usd: Decimal) -> None:
        """Claude billed a call."""
        self.billed += usd
        name = self._reservation(job, number, model)
        self.doubtful.add(name)
        if name and Decimal(self.budget["reservations"][name]["usd"]) < usd:
            self.world.oracle.breaks("budget: %s reserved less than its call cost", job)

    def tell(self, job: Job, number: int, model: str, usd: Decimal) -> None:
        """The answer, and with it what it cost, reached a living run."""
        self.told += usd
        self.doubtful.discard(self._reservation(job, number, model))

    def stored(self, job: Job, text: str) -> None:
        """The budget was changed."""
        before, self.budget = self.budget, json.loads(text)
        fresh = self.budget["reservations"].keys() - before["reservations"].keys()
        gone = before["reservations"].keys() - self.budget["reservations"].keys()
        if job.run.force:
            self.by_force |= fresh
        for day, spending in self.budget["days"].items():
            if gone & self.by_force:
                self.forced[day] = self.forced.get(day, NOTHING) + _total(spending) - _total(before["days"].get(day))
        if fresh:
            self._keeps_caps()
            self._keeps_no_old_reservation()

    def _keeps_caps(self) -> None:
        caps = MATERIALS.parse_settings(self.world.climate.config).caps
        reserved = [(n, r) for n, r in self.budget["reservations"].items() if n not in self.by_force]
        for day, spending in {**dict.fromkeys(r["at"][:10] for _, r in reserved), **self.budget["days"]}.items():
            held = sum((Decimal(r["usd"]) for _, r in reserved if r["at"].startswith(day)), NOTHING)
            committed = _total(spending) - self.forced.get(day, NOTHING) + held
            if caps.daily is not None and committed > caps.daily:
                self.world.oracle.breaks("budget: %s USD on %s, and the cap is %s", committed, day, caps.daily)
        if self.billed - sum(self.forced.values(), NOTHING) > (caps.daily or 0) * (1 + len(self.budget["days"])):
            self.world.oracle.breaks("budget: Claude billed %s USD, past the cap of each day", self.billed)

    def _keeps_no_old_reservation(self) -> None:
        now = START + timedelta(seconds=self.world.scheduler.now)
        for name, reservation in self.budget["reservations"].items():
            if now > datetime.fromisoformat(reservation["until"]) + SETTLEMENT_GRACE:
                self.world.oracle.breaks("budget: %s is still reserved, a day after its run must have ended", name)

    def final(self) -> None:
        """Nothing is forgotten, and nothing is made up."""
        days = self.budget["days"].values()
        spent = sum((Decimal(day["usd"]) for day in days), NOTHING)
        unsettled = sum((Decimal(day["unsettled"]) for day in days), NOTHING)
        reserved = sum((Decimal(r["usd"]) for r in self.budget["reservations"].values()), NOTHING)
        if spent + unsettled + reserved < self.billed:
            self.world.oracle.breaks(
                "budget: Claude billed %s USD, the budget knows %s + %s", self.billed, spent, unsettled
            )
        if spent > self.told:
            self.world.oracle.breaks("budget: %s USD are settled, and runs were told of %s", spent, self.told)
        if self.world.climate.calm and (spent, unsettled, reserved) != (self.billed, NOTHING, NOTHING):
            self.world.oracle.breaks("budget: %s + %s + %s USD for %s", spent, unsettled, reserved, self.billed)

    def _reservation(self, job: Job, number: int, model: str) -> str:
        """The name of the one that the job made last for that thread and model, or ``""``."""
        of_job = [
            (int(name.rpartition("/")[2]), name)
            for name, reservation in self.budget["reservations"].items()
            if name.startswith(f"{job.claimant}/")
            and reservation["thread"].endswith(f"#{number}")  # under whatever name the repository has
            and reservation["model"] == model
        ]
        return max(of_job, default=(0, ""))[1]


def _total(spending: dict[str, Any] | None) -> Decimal:
    return Decimal(spending["usd"]) + Decimal(spending["unsettled"]) if spending else NOTHING
