"""The shared state: documents under one version, swapped by comparison, as the git branch has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeVar

from hls_action.domain.ledger.errors import Conflict, StateForbidden, StateUnavailable
from hls_action.ports import Snapshot

if TYPE_CHECKING:
    from tests.simulation.job import Job

T = TypeVar("T")

TIMEOUT = 60.0
"""Seconds after which the git store gives up."""


@dataclass
class SharedState:
    """The truth. ``compares``: whether a swap looks at the version at all, which a mutation switches off."""

    version: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    writes: int = 0
    compares: ClassVar[bool] = True

    def swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        """Write, if the state is at ``version``."""
        if self.compares and version != self.version:
            raise Conflict(f"the state is at {self.version}, not at {version}")
        merged = {**self.documents, **changes}
        self.documents = {path: text for path, text in merged.items() if text is not None}
        self.writes += 1
        self.version = f"v{self.writes}"
        return self.version


class SimulatedState:
    """The `StateStore` port of one job. A write that fails may have taken effect."""

    def __init__(self, shared: SharedState, job: Job) -> None:
        self._shared = shared
        self._job = job
        self._written = job.world.oracle.stored if shared is job.world.state else job.world.oracle.indexed

    def read(self) -> Snapshot:
        """The newest state."""
        return self._exchange("state: read", lambda: Snapshot(self._shared.version, self._shared.documents))

    def compare_and_swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        """Write, if nobody else did."""

        def swap() -> str:
            self._job.lost_swaps += version != self._shared.version
            written = self._shared.swap(version, changes)
            self._written(self._job, changes)
            return written

        return self._exchange(f"state: swap {version or 'nothing'}", swap)

    def _exchange(self, what: str, effect: Callable[[], T]) -> T:
        job = self._job
        random, climate, now = job.world.random, job.world.climate, job.world.scheduler.now
        if climate.out("state", now):
            gone = StateForbidden if random.random() < 0.2 else StateUnavailable
            return job.exchange(what, effect, gone("the state branch refuses"), lost=1.0, seconds=1.0)
        if climate.state_faults and random.random() < climate.state_faults:
            seconds = random.choice((1.0, 10.0, TIMEOUT))
            return job.exchange(what, effect, StateUnavailable("no answer from git"), seconds=seconds)
        return job.exchange(what, effect)
