"""The world behaves as GitHub, Actions and processes do: what the promises are held against must be right itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from hls_action.domain.faults.errors import Deleted, ThreadUnavailable, UpstreamError
from hls_action.domain.ledger.errors import Conflict
from hls_action.domain.threads.thread import Author
from tests.simulation.actions import Run
from tests.simulation.climate import RATES, Climate, Concurrency, draw
from tests.simulation.github import OURS, Delivery, Repository, SimulatedGitHub
from tests.simulation.scheduler import Cancelled, Killed, Process, Scheduler
from tests.simulation.state import SharedState
from tests.simulation.world import World

ANN = Author("ann")

T = TypeVar("T")


class Wire:
    """As much of a job as its requests need, which arrive at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.requests = 0
        self.folds = 0
        self.marks = 0
        self.denied = False
        self.sent: list[str] = []

    def exchange(self, what: str, effect: Callable[[], T], error: Exception | None = None, **_: float | None) -> T:
        self.sent.append(what)
        if error is not None:
            raise error
        return effect()


class Writer:
    """A process that writes twice, as a port does: a boundary before each effect and one after it."""

    def __init__(self, dies_at: int = 0) -> None:
        self.scheduler = Scheduler(1)
        self.effects: list[str] = []
        self.ended = 0
        self.process = Process(self.scheduler, self._program, self._end, dies_at)

    def _program(self) -> None:
        try:
            self.write("first")
            self.write("second")
        finally:
            self.write("last words")

    def write(self, what: str) -> None:
        self.process.pause(1.0)
        self.effects.append(what)
        self.process.pause(1.0)

    def _end(self) -> None:
        self.ended += 1

    def live(self) -> str:
        self.process.start()
        self.scheduler.run(100.0)
        assert self.ended == 1
        return self.process.ending


@pytest.mark.parametrize(
    ("dies_at", "effects"),
    [(1, []), (2, ["first"]), (3, ["first"]), (4, ["first", "second"]), (5, ["first", "second"])],
)
def test_a_killed_process_does_nothing_any_more(dies_at: int, effects: list[str]) -> None:
    writer = Writer(dies_at)
    assert writer.live() == "killed"
    assert writer.effects == effects


def test_a_process_lives_to_its_end() -> None:
    writer = Writer()
    assert writer.live() == "returned"
    assert writer.effects == ["first", "second", "last words"]
    assert writer.scheduler.now == 100.0


def test_a_process_that_is_killed_from_outside() -> None:
    writer = Writer()
    writer.scheduler.at(3.5, writer.process.kill)
    assert writer.live() == "killed"
    assert writer.effects == ["first", "second"]


def test_a_cancelled_process_has_time_for_last_words() -> None:
    writer = Writer()
    writer.scheduler.at(0.5, lambda: writer.process.throw(Cancelled()))
    assert writer.live() == "cancelled"
    assert writer.effects == ["last words"]


def test_a_dead_process_cannot_pause() -> None:
    writer = Writer(dies_at=1)
    writer.live()
    with pytest.raises(Killed):
        writer.process.pause(1.0)


def test_a_replica_shows_the_past_and_never_less_than_the_beginning() -> None:
    scheduler = Scheduler(1)
    repository = Repository(scheduler)
    thread = repository.open("Title", "Body", ANN)
    scheduler.run(10.0)
    repository.add_comment(thread.number, ANN, "A comment")
    scheduler.run(12.0)
    assert [len(repository.seen(1, lag).comments) for lag in (0.0, 2.0, 2.5, 50.0)] == [1, 1, 0, 0]


def test_a_locked_thread_takes_no_comment_of_ours_and_a_deleted_one_nobodys() -> None:
    repository = Repository(Scheduler(1))
    thread = repository.open("Title", "Body", ANN)
    repository.write(replace(thread, locked=True), ())
    repository.add_comment(1, ANN, "A maintainer's")
    with pytest.raises(ThreadUnavailable):
        repository.add_comment(1, OURS, "Ours")
    repository.delete(1)
    with pytest.raises(ThreadUnavailable):
        repository.add_comment(1, ANN, "Anybody's")


def test_a_fold_is_part_of_the_version_and_lasts_as_long_as_its_comment() -> None:
    repository = Repository(Scheduler(1))
    thread = repository.open("Title", "Body", ANN)
    ours, asked = repository.add_comment(1, OURS, "Ours"), repository.add_comment(1, ANN, "A question")
    for _ in range(2):
        repository.fold(ours.node_id)
        assert repository.latest(1).folded == {ours.id}
    repository.edit_comment(1, asked.id, "A better question", ANN)
    assert repository.latest(1).folded == {ours.id}
    repository.write(thread, (asked,))
    assert repository.latest(1).folded == frozenset()
    with pytest.raises(Deleted):
        repository.fold(ours.node_id)


def test_folding_is_one_request_that_may_fail() -> None:
    world = World(1, Climate(calm=True))
    world.repository.open("Title", "Body", ANN)
    ours = world.repository.add_comment(1, OURS, "Ours")
    wire = Wire(world)
    github = SimulatedGitHub(world.repository, wire)  # type: ignore[arg-type]
    github.fold(ours.node_id)
    assert (wire.requests, wire.sent) == (1, [f"POST fold of {ours.node_id}"])
    assert world.repository.latest(1).folded == {ours.id}
    world.climate = Climate(forbidden=1.0)
    with pytest.raises(UpstreamError, match="not accessible by integration"):
        github.fold(ours.node_id)


def test_the_state_is_swapped_by_comparison() -> None:
    state = SharedState()
    first = state.swap("", {"a": "1", "b": "1"})
    state.swap(first, {"a": "2", "b": None})
    with pytest.raises(Conflict):
        state.swap(first, {"a": "lost"})
    assert state.documents == {"a": "2"}


# ---- the queue ----


def queue(concurrency: Concurrency, *events: tuple[str, str]) -> list[Run]:
    """Runs that come while the first one works; each event with the account that caused it."""
    world = World(1, Climate(calm=True, concurrency=concurrency, latency=5.0))
    thread = world.repository.open("Thread 1: title", "It fails.", ANN)
    for text, kind in events:
        payload = {
            "action": "created",
            "issue": {"number": thread.number, "title": thread.title},
            "comment": {"id": 1, "body": text, "user": {"login": "ann", "type": kind}},
            "sender": {"login": "ann", "type": kind},
        }
        world.actions._trigger(Delivery("issue_comment", payload, thread.number))
        world.scheduler.run(world.scheduler.now + 0.1)
    world.scheduler.run(600.0)
    return world.actions.runs


PERSON, BOT = ("/hls why?", "User"), ("/hls why?", "Bot")


def test_a_third_run_cancels_the_one_that_waits() -> None:
    runs = queue("job", PERSON, PERSON, PERSON)
    assert [run.conclusion for run in runs] == ["success", "cancelled", "success"]


def test_a_bots_event_claims_no_job_level_group() -> None:
    runs = queue("job", PERSON, PERSON, BOT)
    assert [run.conclusion for run in runs] == ["success", "success", "skipped"]


def test_a_bots_event_pushes_a_waiting_run_out_of_a_workflow_level_group() -> None:
    runs = queue("workflow", PERSON, PERSON, BOT)
    assert [run.conclusion for run in runs] == ["success", "cancelled", "skipped"]


def test_without_a_group_all_run_at_once() -> None:
    runs = queue("none", PERSON, PERSON, BOT)
    assert [run.conclusion for run in runs] == ["success", "success", "success"]
    assert all(run.job is not None for run in runs)


def test_every_rate_is_a_field_that_calms_down() -> None:
    names = set(RATES)
    assert names <= vars(Climate()).keys()
    climates = [draw(Scheduler(seed).random) for seed in range(300)]
    assert {name for climate in climates for name in names if getattr(climate, name)} == names
    calmed = [climate.after_the_storm() for climate in climates]
    assert not any(getattr(climate, name) for climate in calmed for name in names)
    assert not any(climate.outages for climate in calmed)
    denials = [(climate.lies, climate.denied, climate.blind) for climate in climates]
    assert all(any(found[place] for found in denials) for place in range(3))
    assert not any(climate.lies or climate.denied or climate.blind for climate in calmed)
