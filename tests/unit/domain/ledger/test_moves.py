"""A repository under another name: the ledger follows, and mixes no two of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.budget import Call, Caps, Charge, Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents as ledger_documents
from hls_action.domain.ledger.cursor import Cursor, SweepProgress
from hls_action.domain.ledger.model import Claimant, Ledger, Record, State
from hls_action.domain.ledger.moves import RepositoryIdentity, follow_rename, with_repository_number
from hls_action.domain.limits.brakes import Given
from hls_action.domain.tasks.effects import PostComment
from hls_action.domain.threads.thread import ThreadRef
from tests.unit.builders import NOON

RUN = Claimant(1, 1, "a")
OLD, NEW = RepositoryIdentity("o/r", 7), RepositoryIdentity("team/r2", 7)


def record(repository: str, number: int, state: State = "deferred", minutes: int = 0) -> Record:
    at = NOON + timedelta(minutes=minutes)
    return Record(repository, ThreadId(number), f"issue/{number}", state, RUN, NOON, at)


def ledger_of(*repositories: RepositoryIdentity, records: int = 3) -> Ledger:
    """A ledger with waiting items, a watermark, what was spent and what is reserved, for each of them."""
    ledger = Ledger()
    for place, here in enumerate(repositories):
        for number in range(1, records + 1):
            ledger = ledger.put(ThreadId(number), [record(here.name, number)])
        ledger = with_repository_number(ledger.swept(here.name, Cursor(NOON), NOON), here)
        call = Call(f"{here.name}#1", "ann", "issue", "m")
        budget = ledger.budget
        for name in (f"{place}/spent", f"{place}/open"):
            budget = budget.reserve(name, Reservation(call, Decimal(1), NOON, NOON + timedelta(hours=1)), Caps())
        given = ledger.answers.plus(Given(NOON, "ann", f"{here.name}#1", "issue/1"))
        ledger = replace(ledger, budget=budget.settle(Charge(f"{place}/spent", Decimal("0.5"))), answers=given)
    return ledger


def names(ledger: Ledger) -> set[str]:
    """Every repository that a ledger names anywhere."""
    found = {each.repository for each in ledger.records} | set(ledger.watermarks) | set(ledger.sweep_progress)
    found |= set(ledger.repositories) | {each.repository for each in ledger.answers.given}
    found |= {thread.partition("#")[0] for day in ledger.budget.days.values() for thread in day.threads}
    return found | {each.call.thread.partition("#")[0] for each in ledger.budget.reservations.values()}


def test_all_that_a_ledger_holds_of_a_repository_follows_its_number() -> None:
    ledger = follow_rename(ledger_of(OLD), NEW)
    assert names(ledger) == {"team/r2"}
    assert [(each.id, each.state) for each in ledger.of("team/r2", ThreadId(2))] == [
        (("team/r2", ThreadId(2), "issue/2"), "deferred")
    ]
    assert ledger.budget.committed_by_thread("team/r2#1") == Decimal("1.5")
    assert ledger.cursor("team/r2") == Cursor(NOON)


@given(
    order=st.lists(st.sampled_from([OLD, NEW, RepositoryIdentity("O/R", 7)]), min_size=1, max_size=4),
    others=st.sets(st.sampled_from([RepositoryIdentity("o/r", 8), RepositoryIdentity("a/b", 9)])),
)
def test_runs_under_several_names_in_any_order_lose_nothing_and_touch_no_other_repository(
    order: list[RepositoryIdentity], others: set[RepositoryIdentity]
) -> None:
    ledger = ledger_of(RepositoryIdentity("first/name", 7), RepositoryIdentity("x/y", 3))
    for here in order:
        ledger = with_repository_number(follow_rename(ledger, here), here)
        assert follow_rename(ledger, here) is ledger
    for here in others:
        ledger = with_repository_number(follow_rename(ledger, here), here)
        assert ledger.of(here.name, ThreadId(1)) == ()
    ledger = follow_rename(ledger, OLD)
    assert len(ledger.of("o/r", ThreadId(1))) == len(ledger.of("x/y", ThreadId(1))) == 1
    assert len(ledger.records) == 6
    assert ledger.budget.committed(NOON.date().isoformat()) == Decimal(3)
    assert {ledger.repositories[name] for name in ("o/r", "x/y")} == {7, 3}


@pytest.mark.parametrize(
    ("ledger", "here", "follows"),
    [
        pytest.param(
            ledger_of(RepositoryIdentity("o/r")),
            RepositoryIdentity("o/r2", 7, own_branch=True),
            True,
            id="the only other name",
        ),
        pytest.param(
            ledger_of(RepositoryIdentity("o/r")),
            RepositoryIdentity("o/r2", own_branch=True),
            True,
            id="of which no number is known",
        ),
        pytest.param(
            ledger_of(RepositoryIdentity("o/r")), RepositoryIdentity("o/r2", 7), False, id="in a shared state"
        ),
        pytest.param(
            ledger_of(RepositoryIdentity("o/r"), RepositoryIdentity("o/x")),
            RepositoryIdentity("o/r2", 7, own_branch=True),
            False,
            id="one of two names",
        ),
        pytest.param(
            ledger_of(RepositoryIdentity("o/r"), RepositoryIdentity("o/r2")),
            RepositoryIdentity("o/r2", 7, own_branch=True),
            False,
            id="ours is there, too",
        ),
        pytest.param(
            ledger_of(RepositoryIdentity("o/r"), records=0),
            RepositoryIdentity("o/r2", own_branch=True),
            True,
            id="that has a watermark alone",
        ),
        pytest.param(
            ledger_of(OLD), RepositoryIdentity("o/r2", own_branch=True), True, id="of which we do not know the number"
        ),
        pytest.param(
            ledger_of(OLD), RepositoryIdentity("fork/r", 8, own_branch=True), False, id="a fork's copy of the branch"
        ),
    ],
)
def test_a_state_from_before_there_were_numbers(ledger: Ledger, here: RepositoryIdentity, follows: bool) -> None:
    found = follow_rename(ledger, here)
    assert ("o/r" not in names(found)) == follows
    assert (found is ledger) != follows
    assert len(found.records) == len(ledger.records)


def test_what_has_our_name_and_another_number_is_kept_apart() -> None:
    assert names(follow_rename(ledger_of(OLD), RepositoryIdentity("o/r", 8))) == {"o/r@7"}
    assert names(follow_rename(follow_rename(ledger_of(OLD), RepositoryIdentity("o/r", 8)), NEW)) == {"team/r2"}
    ledger = ledger_of(OLD)
    assert follow_rename(ledger, RepositoryIdentity("o/r")) is ledger, "where nobody tells our number"


def test_a_repository_of_the_same_name_as_ever_moves_nothing() -> None:
    ledger = Ledger().put(ThreadId(1), [record("o/r", 1)])
    assert follow_rename(ledger, RepositoryIdentity("o/r", 7, own_branch=True)) is ledger


def test_a_number_is_noted_once_and_only_where_it_is_told() -> None:
    ledger = with_repository_number(Ledger(), OLD)
    assert ledger.repositories == {"o/r": 7}
    assert with_repository_number(ledger, OLD) is with_repository_number(ledger, RepositoryIdentity("o/r")) is ledger


def test_what_others_spent_is_not_ours() -> None:
    ledger = follow_rename(ledger_of(OLD, RepositoryIdentity("x/y", 3)), NEW)
    assert (
        ledger.budget.committed_by_thread("x/y#1") == ledger.budget.committed_by_thread("team/r2#1") == Decimal("1.5")
    )
    (today,) = ledger.budget.days
    summed = replace(ledger.budget.days[today], threads={"others": Decimal(9)})
    ledger = replace(ledger, budget=replace(ledger.budget, days={today: summed}))
    assert follow_rename(ledger, OLD).budget.committed_by_thread("others") == Decimal(9)


def refs(*numbers: int) -> frozenset[ThreadRef]:
    return frozenset(ThreadRef(ThreadId(number), NOON) for number in numbers)


def test_what_sweeps_looked_at_follows_and_is_joined() -> None:
    hour = timedelta(hours=1)
    ledger = with_repository_number(Ledger().swept("o/r", Cursor(NOON, refs(1), refs(2)), NOON + 2 * hour), OLD)
    moved = follow_rename(ledger, NEW)
    assert moved.sweep_progress == {"team/r2": SweepProgress(NOON + 2 * hour, refs(1), refs(2))}
    assert moved.watermarks == {"team/r2": NOON}
    both = follow_rename(ledger.swept("team/r2", Cursor(NOON - hour, refs(3)), NOON + hour), NEW)
    assert both.sweep_progress == {"team/r2": SweepProgress(NOON + 2 * hour, refs(1, 3), refs(2))}
    ours = with_repository_number(Ledger().put(ThreadId(1), [record("o/r", 1)]), OLD).swept(
        "team/r2", Cursor(NOON, refs(3)), NOON
    )
    assert follow_rename(ours, NEW).sweep_progress == {"team/r2": SweepProgress(NOON, refs(3))}
    assert follow_rename(replace(ledger, sweep_progress={}), NEW).sweep_progress == {}, "where no sweep ended"
    never = with_repository_number(Ledger().put(ThreadId(1), [record("o/r", 1)]), OLD)
    assert (follow_rename(never, NEW).sweep_progress, follow_rename(never, NEW).watermarks) == ({}, {})


def test_the_draft_of_a_record_follows_it_and_another_goes() -> None:
    def drafted(repository: str, name: str, state: State) -> Record:
        return replace(record(repository, 1, state), draft=name)

    draft = Draft(("issue/1",), (PostComment("Yes."),), {}, "m", Usage(), Decimal(0))
    ours = drafted("team/r2", "a", "answered")
    ledger = with_repository_number(
        Ledger().put(ThreadId(1), [ours, drafted("o/r", "b", "answered")], drafts={"a": draft, "b": draft}), OLD
    )
    (shard,) = (shard for shard in follow_rename(ledger, NEW).shards if shard.records)
    assert [each.draft for each in shard.records.values()] == ["a"], "of two that came as far, ours"
    assert shard.drafts == {"a": draft}


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        pytest.param(("published", 0), ("deferred", 5), "published", id="what is posted stays so"),
        pytest.param(("deferred", 0), ("failed", 5), "failed", id="the later one"),
        pytest.param(("claimed", 5), ("skipped", 0), "claimed", id="the later one, by the old name"),
    ],
)
def test_of_two_records_of_one_item_the_one_that_came_further_is_kept(
    old: tuple[State, int], new: tuple[State, int], kept: State
) -> None:
    ledger = with_repository_number(
        Ledger().put(ThreadId(1), [record("o/r", 1, *old), record("team/r2", 1, *new)]), OLD
    )
    assert [each.state for each in follow_rename(ledger, NEW).of("team/r2", ThreadId(1))] == [kept]


def test_numbers_are_stored_and_read() -> None:
    ledger = ledger_of(OLD)
    documents = {path: text for path, text in ledger_documents.changes(Ledger(), ledger, first=True).items() if text}
    assert ledger_documents.read(documents).repositories == {"o/r": 7}
