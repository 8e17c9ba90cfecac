"""The limits' promise: however many run at once, by the ledger no more answers are taken up than the limits allow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hls_action.domain.limits.brakes import Limit
from tests.simulation.text_cache import MATERIALS

if TYPE_CHECKING:
    from tests.simulation.actions import Run
    from tests.simulation.asks import Ask
    from tests.simulation.job import Job
    from tests.simulation.world import World

Given = dict[str, Any]
Id = tuple[int, str]


def is_ordered(run: Run) -> bool:
    """Whether a maintainer named the thread: then no limit counts."""
    return run.event == "workflow_dispatch" and run.number is not None and not run.matrix


@dataclass
class Meter:
    """``given``: the answers in the shared state, by thread and item."""

    world: World
    given: dict[Id, Given] = field(default_factory=dict)

    def stored(self, job: Job, text: str) -> None:
        """The answers were changed."""
        before = self.given
        self.given = {(_number(each), each["key"]): each for each in json.loads(text).get("given", ())}
        for known, one in self.given.items():
            if before.get(known, {}).get("at") != one["at"] and not is_ordered(job.run):
                self._keeps_limits(job, one)

    def called(self, job: Job, asks: tuple[Ask, ...]) -> None:
        """Claude was asked, which must have been counted."""
        if not any((ask.number, ask.key) in self.given for ask in asks):
            self.world.oracle.breaks("limits: %s asked Claude about %s, and it is not counted", job, asks[0])

    def _keeps_limits(self, job: Job, one: Given) -> None:
        limits = MATERIALS.parse_settings(self.world.climate.config).limits
        scopes: tuple[tuple[Limit, Callable[[Given], object]], ...] = (
            (limits.per_actor, lambda each: each["actor"]),
            (limits.per_thread, _number),
            (limits.per_repository, lambda each: None),
        )
        of_nobody = one["key"].startswith("label/") or not one["actor"]  # whoever has write access wanted it
        for limit, scope in scopes[of_nobody:]:
            same = [each for each in self.given.values() if scope(each) == scope(one)]
            for most, length in ((limit.hour, timedelta(hours=1)), (limit.day, timedelta(days=1))):
                inside = [each for each in same if _at(one) - length < _at(each) <= _at(one)]
                if most and len(inside) > most:
                    self.world.oracle.breaks("limits: %s took up answer %s of %s: %s", job, len(inside), most, one)


def _number(given: Given) -> int:
    return int(given["thread"].rpartition("#")[2])


def _at(given: Given) -> datetime:
    return datetime.fromisoformat(given["at"])
