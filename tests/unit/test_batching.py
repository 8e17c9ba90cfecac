"""Handing batches in and collecting them, with a run that may die before or after any of its requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hls_action.batching import UNLISTED, Batches, Reading
from hls_action.domain import ledger_documents
from hls_action.domain.batches import InBatch, OpenBatch, request_name
from hls_action.domain.faults import Fault
from hls_action.domain.ledger import Claimant, Draft, Ledger, Record
from hls_action.domain.pricing import Price
from hls_action.domain.prompt import Prompt
from hls_action.domain.purse import Call, Purse, Reservation
from hls_action.errors import AnswerRejected, StateUnavailable, UpstreamError
from hls_action.journal import Journal
from hls_action.ports import Batch, BatchResult, ModelReply, ModelRequest
from hls_action.retry import Retrier
from tests.fakes import START, FakeClock, FlakyStore, model_reply
from tests.unit.line_bench import MATERIALS

MODEL = "claude-sonnet-5-5"
WORST = Decimal("0.05")
THREADS = (7, 8)
BUSY = Fault("claude", "status", "busy", 529, "overloaded_error")
LIMITED = Fault("claude", "status", "slow down", 429, "rate_limit_error", rate_limited=True)
EXPIRED = Fault("claude", "status", "the request was not answered", code="expired", should_retry=True)
BROKEN = Fault("claude", "unreadable", "an answer that is not the API's")


class Killed(BaseException):
    """The runner is gone."""


class FakeBatches:
    """The `BatchModel` port, with batches that end when a test says so.

    ``script``: for each create, what it raises, and whether ``"before"`` or ``"after"`` it took effect.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.made: dict[str, Batch] = {}
        self.asked: dict[str, Mapping[str, ModelRequest]] = {}
        self.answers: dict[str, list[BatchResult]] = {}
        self.script: list[tuple[str, BaseException]] = []
        self.failing: dict[str, Fault] = {}
        self.unlisted: set[str] = set()

    def create_batch(self, requests: Mapping[str, ModelRequest], timeout: float) -> Batch:
        """Create, and fail as the script says."""
        when, error = self.script.pop(0) if self.script else ("never", None)
        if when == "before" and error is not None:
            raise error
        batch = self.add(requests)
        if error is not None:
            raise error
        return batch

    def add(self, requests: Mapping[str, ModelRequest]) -> Batch:
        """A batch by anybody."""
        batch = Batch(f"b{len(self.made)}", self._clock.now(), len(requests), ended=False)
        self.made[batch.id], self.asked[batch.id] = batch, requests
        return batch

    def end(self, batch_id: str, **results: BatchResult | ModelReply | Fault) -> None:
        """Let a batch end; what is not said about a request by its place (``r0``) is an answer."""
        self.made[batch_id] = replace(self.made[batch_id], ended=True)
        self.answers[batch_id] = []
        for place, name in enumerate(self.asked[batch_id]):
            said = results.get(f"r{place}", model_reply(model=""))
            if isinstance(said, ModelReply):
                self.answers[batch_id].append(BatchResult(name, reply=said))
            elif isinstance(said, Fault):
                self.answers[batch_id].append(BatchResult(name, fault=said))

    def batch(self, batch_id: str) -> Batch | None:
        """How it stands."""
        self._check("batch")
        return self.made.get(batch_id)

    def batches(self, since: datetime) -> tuple[Batch, ...]:
        """The newest first."""
        self._check("batches")
        found = [b for b in self.made.values() if b.created_at >= since and b.id not in self.unlisted]
        return tuple(reversed(found))

    def results(self, batch_id: str) -> Sequence[BatchResult]:
        """What a test said."""
        self._check("results")
        return self.answers[batch_id]

    def _check(self, method: str) -> None:
        if method in self.failing:
            raise UpstreamError(self.failing[method])


class World:
    """A ledger with two threads that a sweep has in hand, and runs that share it."""

    def __init__(self, root: Path) -> None:
        self.clock = FakeClock()
        self.store = FlakyStore(root)
        self.api = FakeBatches(self.clock)
        self.runs = 0
        until = START + timedelta(minutes=11)
        purse = Purse(
            reservations={
                f"r{n}": Reservation(Call(f"o/r#{n}", "ann", "issue", MODEL), WORST, START, until) for n in THREADS
            }
        )
        ledger = Ledger(purse=purse)
        for n in THREADS:
            record = Record("o/r", n, f"issue/{n}", "claimed", self.claimant(1), START, START, until, tries=1)
            ledger = ledger.put(n, [record])
        self.store.compare_and_swap("", ledger_documents.changes(Ledger(), ledger, first=True))
        self.intent = OpenBatch(
            "o/r",
            "abc",
            START,
            until,
            START + timedelta(hours=26),
            2,
            {request_name("abc", i): InBatch(n, (f"issue/{n}",), MODEL, f"r{n}") for i, n in enumerate(THREADS)},
        )

    @staticmethod
    def claimant(run: int) -> Claimant:
        return Claimant(run, 1, f"{run:08x}")

    def run(self) -> Batches:
        """The next run; the first is the sweep that has the items in hand."""
        self.runs += 1
        journal = Journal(self.store, self.clock, "o/r", self.claimant(self.runs))
        until = self.clock.now() + timedelta(minutes=11)
        return Batches(lambda: self.api, journal, Retrier(self.clock, 480.0), self.clock, until)

    def hand_in(self) -> frozenset[int]:
        return self.run().hand_in(self.intent, dict.fromkeys(self.intent.requests, REQUEST))

    def ledger(self) -> Ledger:
        return ledger_documents.read(self.store.read().documents)

    def states(self) -> list[str]:
        return [record.state for n in THREADS for record in self.ledger().of("o/r", n)]

    def spent(self) -> tuple[Decimal | int, ...]:
        """Settled, unsettled, and reserved."""
        purse = self.ledger().purse
        days = purse.days.values()
        reserved = sum((r.usd for r in purse.reservations.values()), Decimal(0))
        return sum((d.usd for d in days), Decimal(0)), sum((d.unsettled for d in days), Decimal(0)), reserved


def price(model: str) -> Price:
    return MATERIALS.prices[model].batched


def draft(asked: InBatch, reply: ModelReply) -> Draft:
    if reply.stop_reason != "end_turn":
        raise AnswerRejected("no answer")
    return Draft(f"<!-- hls:1 {' '.join(asked.keys)} -->\nYes.", (), reply.model, reply.usage, Decimal("0.002"))


READING = Reading(price, draft)
REQUEST = ModelRequest(MODEL, Prompt((), ()), {}, 500, 20.0)
HALF = Decimal("0.002")
"""What 1,000 tokens in and 200 out cost in a batch."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    assert len(world.api.made) <= 1, "one batch, whatever happened"


def settled(world: World) -> None:
    """A later sweep finds both answers, at half the price."""
    found = world.run().collect(READING)
    assert (found.ready, found.waiting, found.notes) == (frozenset(THREADS), frozenset(), ())
    assert world.states() == ["answered", "answered"]
    assert world.spent() == (2 * HALF, 0, 0)
    assert world.ledger().batches == {}
    assert world.run().collect(READING).ready == frozenset(), "and finds them once"


def test_a_batch_is_handed_in_waited_for_and_collected(world: World) -> None:
    assert world.hand_in() == frozenset(THREADS)
    assert world.ledger().batches["abc"].id == "b0"
    assert world.run().collect(READING).waiting == frozenset(THREADS)
    assert world.spent() == (0, 0, 2 * WORST)
    world.api.end("b0")
    settled(world)


# ---- a run dies ----


def test_killed_before_the_intent_nothing_was_asked(world: World) -> None:
    world.store.between = [lambda: (_ for _ in ()).throw(Killed())]
    with pytest.raises(Killed):
        world.hand_in()
    assert (world.api.made, world.ledger().batches) == ({}, {})
    assert {r.batch for r in world.ledger().records} == {""}, "the claims end as any dead run's"


def test_killed_between_the_intent_and_the_create(world: World) -> None:
    world.api.script = [("before", Killed())]
    with pytest.raises(Killed):
        world.hand_in()
    assert world.run().collect(READING).waiting == frozenset(THREADS)
    world.clock.sleep((timedelta(minutes=17) + UNLISTED).total_seconds())
    assert world.run().collect(READING).set_back == frozenset(THREADS)
    assert world.states() == ["deferred", "deferred"]
    assert world.spent() == (0, 2 * WORST, 0)


@pytest.mark.parametrize(
    "error",
    [Killed(), *(UpstreamError(Fault("claude", kind, "lost")) for kind in ("timeout", "connection", "unreadable"))],
    ids=str,
)
def test_a_batch_whose_id_nobody_learnt_is_found_by_its_results(world: World, error: BaseException) -> None:
    world.api.script = [("after", error)]
    if isinstance(error, Killed):
        with pytest.raises(Killed):
            world.hand_in()
    else:
        assert world.hand_in() == frozenset(THREADS)
    assert world.ledger().batches["abc"].id == ""
    world.clock.sleep(UNLISTED.total_seconds() * 2)
    assert world.run().collect(READING).waiting == frozenset(THREADS), "one that may be it is under way"
    world.api.end("b0")
    settled(world)


def test_killed_before_its_id_was_recorded(world: World) -> None:
    world.store.between = [lambda: None, lambda: (_ for _ in ()).throw(Killed())]
    with pytest.raises(Killed):
        world.hand_in()
    world.api.end("b0")
    settled(world)


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("write", [0, 1])
def test_a_write_of_unknown_outcome(world: World, step: str, write: int) -> None:
    world.store.script = ["ok"] * write + [step]
    assert world.hand_in() == frozenset(THREADS)
    world.api.end("b0")
    settled(world)


def test_killed_while_collecting(world: World) -> None:
    world.hand_in()
    world.api.end("b0")
    world.store.between = [lambda: (_ for _ in ()).throw(Killed())]
    with pytest.raises(Killed):
        world.run().collect(READING)
    settled(world)


def test_collecting_with_a_write_that_took_effect_after_all(world: World) -> None:
    world.hand_in()
    world.api.end("b0")
    world.store.script = ["after"]
    settled(world)


def test_two_sweeps_collect_once(world: World) -> None:
    world.hand_in()
    world.api.end("b0")
    other = world.run()
    world.store.between = [lambda: other.collect(READING)]
    world.run().collect(READING)
    assert world.spent() == (2 * HALF, 0, 0)
    assert {str(r.by) for r in world.ledger().records} == {str(world.claimant(2))}


# ---- it does not work out ----


def test_a_refused_create_costs_nothing_and_is_tried_later(world: World) -> None:
    world.api.script = [("before", UpstreamError(LIMITED))]
    assert world.hand_in() == frozenset()
    assert world.states() == ["deferred", "deferred"]
    assert world.spent() == (0, 0, 0)


def test_one_bad_result_breaks_no_other(world: World) -> None:
    world.hand_in()
    world.api.end("b0", r0=EXPIRED)
    found = world.run().collect(READING)
    assert (found.ready, found.set_back) == (frozenset({8}), frozenset({7}))
    assert world.states() == ["deferred", "answered"]
    assert world.spent() == (HALF, 0, 0)


@pytest.mark.parametrize("missing", [True, False])
def test_what_cannot_be_read_may_have_been_billed(world: World, missing: bool) -> None:
    world.hand_in()
    world.api.end("b0", r0=BROKEN)
    if missing:
        del world.api.answers["b0"][0]
    world.run().collect(READING)
    assert world.states() == ["deferred", "answered"]
    assert world.spent() == (HALF, WORST, 0)


def test_a_refusal_is_paid_for_and_recorded(world: World) -> None:
    world.hand_in()
    world.api.end("b0", r1=model_reply(stop_reason="refusal"))
    world.run().collect(READING)
    assert world.states() == ["answered", "failed"]
    assert world.spent() == (2 * HALF, 0, 0)


@pytest.mark.parametrize("how", ["gone", "expired", "too late"])
def test_a_batch_nobody_can_tell_of_is_unsettled_and_its_items_are_free(world: World, how: str) -> None:
    world.hand_in()
    batch = world.api.made.pop("b0")
    if how == "expired":
        world.api.made["b0"] = replace(batch, ended=True, expired=True)
    elif how == "too late":
        world.api.made["b0"] = batch
        world.clock.sleep(timedelta(hours=26).total_seconds())
    assert world.run().collect(READING).set_back == frozenset(THREADS)
    assert world.states() == ["deferred", "deferred"]
    assert world.spent() == (0, 2 * WORST, 0)


@pytest.mark.parametrize("method", ["batch", "results"])
def test_an_outage_while_looking_leaves_everything_as_it_is(world: World, method: str) -> None:
    world.hand_in()
    world.api.end("b0")
    before = world.ledger()
    world.api.failing = {method: BUSY}
    found = world.run().collect(READING)
    assert (found.ready, found.waiting, len(found.notes)) == (frozenset(), frozenset(THREADS), 1)
    assert world.ledger() == before
    world.api.failing = {}
    settled(world)


def test_a_batch_of_somebody_else_is_not_taken_for_ours(world: World) -> None:
    world.api.script = [("before", UpstreamError(Fault("claude", "timeout", "lost")))]
    world.hand_in()
    world.api.add({"theirs-0": REQUEST, "theirs-1": REQUEST})
    world.api.end("b0")
    world.clock.sleep((timedelta(minutes=17) + UNLISTED).total_seconds())
    assert world.run().collect(READING).set_back == frozenset(THREADS)


def test_nothing_is_sent_when_the_ledger_cannot_be_written(world: World) -> None:
    world.store.failing = StateUnavailable("no")
    with pytest.raises(StateUnavailable):
        world.hand_in()
    assert world.api.made == {}
