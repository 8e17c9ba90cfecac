"""Message batches: created, slow, listed to whoever asks, and with results of every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from hls_action.domain.faults import Fault
from hls_action.errors import UpstreamError
from hls_action.ports import Batch, BatchResult, ModelRequest
from tests.simulation.asks import Ask
from tests.simulation.claude import BILLED, FAULTS, OUTAGE, WEIGHTS, answer, asked
from tests.simulation.scheduler import START

if TYPE_CHECKING:
    from tests.simulation.job import Job
    from tests.simulation.world import World

T = TypeVar("T")

EXPIRED = Fault("claude", "status", "the request was not answered", code="expired", should_retry=True)
ERRORED = Fault("claude", "status", "an error while it was answered", 500, "api_error")


@dataclass
class Kept:
    """A batch as Claude has it. ``ends``: at which second; ``usd``: what each request is billed."""

    batch: Batch
    ends: float
    results: list[BatchResult]
    usd: dict[str, Decimal] = field(default_factory=dict)


@dataclass
class Shop:
    """All batches of one world. ``told``: requests whose results some run has seen."""

    world: World
    kept: list[Kept] = field(default_factory=list)
    told: set[str] = field(default_factory=set)


class SimulatedBatches:
    """The `BatchModel` port of one job."""

    def __init__(self, job: Job, shop: Shop) -> None:
        self._job = job
        self._shop = shop

    def create_batch(self, requests: Mapping[str, ModelRequest], timeout: float) -> Batch:
        """Take a batch in, which is paid for whether its run hears of it or not."""
        world, random = self._job.world, self._job.world.random

        def arrive() -> Batch:
            batch = Batch(f"batch{len(self._shop.kept)}", self._now, len(requests), ended=False)
            kept = Kept(batch, world.scheduler.now + random.uniform(60.0, 20_000.0), [])
            for name, request in requests.items():
                kept.results.append(self._result(kept, name, request))
            self._shop.kept.append(kept)
            return batch

        return self._exchange(f"POST batch of {len(requests)}", arrive)

    def batch(self, batch_id: str) -> Batch | None:
        """How it stands."""

        def read() -> Batch | None:
            return next((self._standing(kept) for kept in self._shop.kept if kept.batch.id == batch_id), None)

        return self._exchange(f"GET {batch_id}", read)

    def batches(self, since: datetime) -> tuple[Batch, ...]:
        """The newest first."""

        def read() -> tuple[Batch, ...]:
            found = (self._standing(kept) for kept in reversed(self._shop.kept))
            return tuple(batch for batch in found if batch.created_at >= since)

        return self._exchange("GET batches", read)

    def results(self, batch_id: str) -> Sequence[BatchResult]:
        """Of a batch that has ended."""
        (kept,) = (kept for kept in self._shop.kept if kept.batch.id == batch_id)

        def read() -> Sequence[BatchResult]:
            assert self._standing(kept).ended, f"the results of {batch_id} were asked for before its end"
            for name, usd in kept.usd.items():
                if name not in self._shop.told:
                    self._shop.told.add(name)
                    self._job.world.books.told += usd
            return kept.results

        return self._exchange(f"GET results of {batch_id}", read)

    def _result(self, kept: Kept, name: str, request: ModelRequest) -> BatchResult:
        world, asks = self._job.world, asked(request, self._job.world.asks)
        world.oracle.called(self._job, asks)
        number = asks[0].number
        world.books.called(self._job, number, request.model)
        fault = self._fault(asks)
        if fault is not None:
            return BatchResult(name, fault=fault)
        kept.usd[name] = BILLED[request.model] / 2
        world.books.bill(self._job, number, request.model, kept.usd[name])
        return BatchResult(name, reply=answer(world, request, asks))

    def _fault(self, asks: tuple[Ask, ...]) -> Fault | None:
        world = self._job.world
        if any(ask.poison == "rejected" for ask in asks):
            return Fault("claude", "status", "prompt is not allowed", 400, "invalid_request_error")
        if world.climate.claude_faults and world.random.random() < world.climate.claude_faults:
            return world.random.choice((EXPIRED, ERRORED))
        return None

    def _standing(self, kept: Kept) -> Batch:
        ended = self._job.world.scheduler.now >= kept.ends
        return Batch(kept.batch.id, kept.batch.created_at, kept.batch.size, ended)

    @property
    def _now(self) -> datetime:
        return START + timedelta(seconds=self._job.world.scheduler.now)

    def _exchange(self, what: str, effect: Callable[[], T]) -> T:
        world = self._job.world
        fault: Fault | None = None
        if world.climate.out("claude", world.scheduler.now):
            fault = OUTAGE
        elif world.climate.claude_faults and world.random.random() < world.climate.claude_faults:
            fault = world.random.choices(FAULTS, WEIGHTS)[0]
        if fault is None:
            return self._job.exchange(what, effect)
        lost = 0.5 if fault.may_have_taken_effect else 1.0
        return self._job.exchange(what, effect, UpstreamError(fault), lost=lost)
