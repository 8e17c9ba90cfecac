"""Changing the ledger by compare-and-swap."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from hls_action.domain.ledger import documents
from hls_action.domain.ledger.errors import (
    ClaimLost,
    Conflict,
    StateForbidden,
    StateUnavailable,
    StateUnreadable,
)
from hls_action.domain.ledger.model import Claimant, Ledger
from hls_action.ports import Snapshot
from hls_action.records.store import LedgerStore, Step
from hls_action.resilience.background import Background
from hls_action.resilience.retry import CROWDED_WAIT, MAX_ATTEMPTS, Retrier
from tests.fakes import FakeClock, FlakyStore
from tests.unit.domain.ledger.test_documents import SEVEN, record


class Desk:
    """A store, and journals of several runs on it."""

    def __init__(self, root: Path) -> None:
        self.store = FlakyStore(root)
        self.clock = FakeClock()

    def ledger_store(self, run: int = 1) -> LedgerStore:
        return LedgerStore(self.store, self.clock, "o/r", Claimant(run, 1, "ab"))

    def retrier(self) -> Retrier:
        return Retrier(self.clock, 300)

    def put(self, key: str, run: int = 1) -> Ledger:
        return self.ledger_store(run).update(adding(key), self.retrier())

    @property
    def keys(self) -> list[str]:
        return [each.key for each in documents.read(self.store.read().documents).of("o/r", SEVEN)]


def adding(key: str) -> Step:
    return lambda ledger: ledger.put(SEVEN, [replace(record(), key=key)])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_change_is_made_on_what_others_wrote(desk: Desk) -> None:
    first, second = desk.ledger_store(1), desk.ledger_store(2)
    first.read(desk.retrier())
    second.update(adding("comment/2"), desk.retrier())
    after = first.update(adding("comment/1"), desk.retrier())
    assert desk.keys == ["comment/1", "comment/2"]
    assert [each.key for each in after.records] == ["comment/1", "comment/2"]


def test_losers_wait_by_chance_and_not_long(desk: Desk) -> None:
    ledger_store = desk.ledger_store()
    ledger_store.read(desk.retrier())
    desk.store.between = [lambda: desk.put("comment/2", 2), lambda: None, lambda: desk.put("comment/3", 3)]
    ledger_store.update(adding("comment/1"), desk.retrier())
    assert desk.keys == ["comment/1", "comment/2", "comment/3"]
    assert 0 < len(desk.clock.slept) <= 2
    assert all(0 <= wait <= CROWDED_WAIT for wait in desk.clock.slept)


def test_nothing_changed_is_nothing_written(desk: Desk) -> None:
    desk.put("comment/1")
    writes = desk.store.writes
    desk.ledger_store().update(lambda ledger: ledger, desk.retrier())
    desk.put("comment/1")
    assert desk.store.writes == writes


def test_the_state_is_read_once(desk: Desk) -> None:
    desk.put("comment/1")
    ledger_store = desk.ledger_store()
    ledger_store.read(desk.retrier())
    desk.store.failing = StateUnavailable("gone")
    assert [each.key for each in ledger_store.read(desk.retrier()).records] == ["comment/1"]


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_write_of_unknown_outcome_is_read_again(desk: Desk, step: str) -> None:
    desk.store.script = [step]
    desk.put("comment/1")
    assert desk.keys == ["comment/1"]


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (StateUnavailable("no answer"), MAX_ATTEMPTS),
        (StateForbidden("contents: write"), 1),
        (StateUnreadable("newer"), 1),
    ],
)
def test_an_outage_is_waited_out_and_a_refusal_is_not(desk: Desk, error: Exception, attempts: int) -> None:
    desk.store.failing = error
    with pytest.raises(type(error)):
        desk.put("comment/1")
    assert len(desk.clock.slept) == attempts - 1


def test_whoever_always_loses_gives_up_at_the_deadline(desk: Desk) -> None:
    ledger_store = desk.ledger_store()
    ledger_store.read(desk.retrier())
    swap = FlakyStore.compare_and_swap
    desk.store.compare_and_swap = lambda version, changes: swap(desk.store, "stale", changes)  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        ledger_store.update(adding("comment/1"), desk.retrier())
    assert 270 < desk.clock.monotonic() - 1_000 <= 300


def test_an_error_of_the_step_writes_nothing(desk: Desk) -> None:
    def refuse(_: Ledger) -> Ledger:
        raise ClaimLost("not ours")

    with pytest.raises(ClaimLost):
        desk.ledger_store().update(refuse, desk.retrier())
    assert desk.store.writes == 0


def test_a_branch_that_holds_something_else_is_left_alone(desk: Desk) -> None:
    desk.store.compare_and_swap("", {"README.md": "# My project"})
    with pytest.raises(StateUnreadable, match="is used for something else"):
        desk.put("comment/1")
    assert desk.store.read().documents == {"README.md": "# My project"}


def test_what_a_later_version_added_stays_through_every_write_of_a_run(desk: Desk) -> None:
    desk.put("comment/1")
    snapshot = desk.store.read()
    data = json.loads(snapshot.documents["items/07.json"])
    data["threads"]["o/r#7"]["comment/1"]["later"] = {"a": 1}
    desk.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(data)})
    ledger_store = desk.ledger_store()
    for key in ("comment/2", "comment/3"):
        ledger_store.update(adding(key), desk.retrier())
    kept = json.loads(desk.store.read().documents["items/07.json"])["threads"]["o/r#7"]
    assert kept["comment/1"]["later"] == {"a": 1}
    ledger_store.update(lambda ledger: ledger.put(SEVEN, [], removed=[("o/r", SEVEN, "comment/1")]), desk.retrier())
    ledger_store.update(adding("comment/1"), desk.retrier())
    made_anew = json.loads(desk.store.read().documents["items/07.json"])["threads"]["o/r#7"]
    assert "later" not in made_anew["comment/1"]


# ---- one commit for all that waits ----


class Gate:
    """A store whose first write waits until it is let through."""

    def __init__(self, store: FlakyStore) -> None:
        self.reached, self.open = Event(), Event()
        swap = store.compare_and_swap

        def held(version: str, changes: Mapping[str, str | None]) -> str:
            self.reached.set()
            assert self.open.wait(30)
            return swap(version, changes)

        store.compare_and_swap = held  # type: ignore[method-assign]


def together(desk: Desk, *steps: Step) -> tuple[LedgerStore, list[Background[Ledger]]]:
    """Have the first of these steps be under way until all others wait for it, and then let them go."""
    ledger_store, gate = desk.ledger_store(), Gate(desk.store)
    first = Background(lambda: ledger_store.update(steps[0], desk.retrier()))
    assert gate.reached.wait(30)
    others = [Background(lambda step=step: ledger_store.update(step, desk.retrier())) for step in steps[1:]]  # type: ignore[misc]
    until(lambda: len(ledger_store._waiting) == len(steps))
    gate.open.set()
    return ledger_store, [first, *others]


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_what_waits_for_a_write_goes_into_the_next_one(desk: Desk) -> None:
    _, updates = together(desk, *(adding(f"comment/{n}") for n in range(5)))
    for update in updates:
        update()
    assert sorted(desk.keys) == [f"comment/{n}" for n in range(5)]
    assert desk.store.writes == 2


def test_an_error_of_a_step_is_its_own(desk: Desk) -> None:
    def refuse(_: Ledger) -> Ledger:
        raise ClaimLost("not ours")

    _, (first, refused, last) = together(desk, adding("comment/1"), refuse, adding("comment/2"))
    first(), last()
    with pytest.raises(ClaimLost):
        refused()
    assert sorted(desk.keys) == ["comment/1", "comment/2"]


def test_all_that_waited_for_a_write_learn_that_it_failed(desk: Desk) -> None:
    desk.store.script = ["ok", *["before"] * 100]
    _, (first, *others) = together(desk, *(adding(f"comment/{n}") for n in range(3)))
    first()
    for other in others:
        with pytest.raises(StateUnavailable):
            other()
    assert desk.keys == ["comment/0"]
    assert desk.store.writes == 1


def test_what_is_deferred_goes_along_with_the_next_write(desk: Desk) -> None:
    ledger_store = desk.ledger_store()
    ledger_store.read(desk.retrier())
    seen = ledger_store.defer(adding("comment/1"))
    assert [each.key for each in seen.records] == ["comment/1"]
    assert [each.key for each in ledger_store.read(desk.retrier()).records] == ["comment/1"]
    assert desk.store.writes == 0
    ledger_store.update(adding("comment/2"), desk.retrier())
    ledger_store.flush(desk.retrier())
    assert (desk.keys, desk.store.writes) == (["comment/1", "comment/2"], 1)


def test_what_is_deferred_is_written_at_the_end(desk: Desk) -> None:
    ledger_store = desk.ledger_store()
    ledger_store.read(desk.retrier())
    ledger_store.defer(adding("comment/1"))
    desk.store.script = ["before"]
    ledger_store.flush(desk.retrier())
    ledger_store.flush(desk.retrier())
    assert (desk.keys, desk.store.writes) == (["comment/1"], 1)


def test_a_write_that_was_given_up_is_not_made_later(desk: Desk) -> None:
    ledger_store = desk.ledger_store()
    desk.store.script = ["before"] * MAX_ATTEMPTS
    with pytest.raises(StateUnavailable):
        ledger_store.update(adding("comment/1"), desk.retrier())
    ledger_store.update(adding("comment/2"), desk.retrier())
    assert desk.keys == ["comment/2"]


def test_pages_go_along_with_what_people_are_to_see(desk: Desk) -> None:
    ledger_store = LedgerStore(
        desk.store,
        desk.clock,
        "o/r",
        Claimant(1, 1, "ab"),
        pages=lambda ledger, _: {"README.md": str(len(ledger.records))},
    )
    shown = []
    for key, for_people in (("comment/1", False), ("comment/2", False), ("comment/3", True), ("comment/4", False)):
        ledger_store.update(adding(key), desk.retrier(), for_people=for_people)
        shown.append(desk.store.read().documents["README.md"])
    assert shown == ["1", "1", "3", "3"]


def test_a_read_that_began_early_is_the_first(desk: Desk) -> None:
    desk.put("comment/1")
    reads = iter([StateUnavailable("no answer")])

    def early() -> Snapshot:
        raise next(reads)

    ledger_store = LedgerStore(desk.store, desk.clock, "o/r", Claimant(1, 1, "ab"), early_read=early)
    assert [each.key for each in ledger_store.read(desk.retrier()).records] == ["comment/1"]
    assert len(desk.clock.slept) == 1


def test_an_error_of_a_step_is_final_though_the_write_that_it_was_to_be_part_of_fails(desk: Desk) -> None:
    """It is not applied behind the back of somebody who was told that it was refused."""
    calls = []

    def refuse_at_first(ledger: Ledger) -> Ledger:
        calls.append(ledger)
        if len(calls) == 1:
            raise ClaimLost("not ours")
        return ledger.put(SEVEN, [replace(record(), key="comment/9")])

    desk.store.script = ["ok", "before"]
    _, (first, refused, last) = together(desk, adding("comment/1"), refuse_at_first, adding("comment/2"))
    first(), last()
    with pytest.raises(ClaimLost):
        refused()
    assert (sorted(desk.keys), len(calls)) == (["comment/1", "comment/2"], 1)


def test_who_gives_up_while_the_write_takes_effect_does_not_disturb_the_others(desk: Desk) -> None:
    ledger_store = desk.ledger_store()
    ledger_store.read(desk.retrier())

    def while_others_give_up(ledger: Ledger) -> Ledger:
        ledger_store._waiting[:] = [change for change in ledger_store._waiting if not change.deferred]
        return adding("comment/1")(ledger)

    ledger_store.defer(adding("comment/2"))
    ledger_store.update(while_others_give_up, desk.retrier())
    assert sorted(desk.keys) == ["comment/1", "comment/2"]
