"""How far a repository is swept: nothing is passed over and nothing stands still, whatever GitHub's list does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hls_action.domain.identity import ThreadId
from hls_action.domain.json_codec import Misfit
from hls_action.domain.ledger import cursor, sweep_documents
from hls_action.domain.ledger.cursor import OVERLAP, Cursor, Listed
from hls_action.domain.threads.thread import ThreadPage, ThreadRef
from tests.unit.builders import NOON

PER_PAGE = 4
MOST = 5
MAX_LAG = timedelta(seconds=90)
SECOND = timedelta(seconds=1)


def ref(number: int, updated_at: datetime = NOON) -> ThreadRef:
    return ThreadRef(ThreadId(number), updated_at)


def later(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


# ---- a list that an adversary has a hand in ----


@dataclass
class Tracker:
    """GitHub's list of open threads. Before each request the adversary may change, close, delete, reopen and open
    threads, as many as ``moves`` allows; what the list shows is late; within a second its order is of no use.

    ``changed``: when each thread changed, each time; ``closed``: those that are not listed; ``waiting``: threads that
    ask for an answer, since when, until somebody looks who sees it; ``late``: how far behind the list is.
    """

    random: Random
    now: datetime = NOON
    moves: int = 0
    changed: dict[int, list[datetime]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    waiting: dict[int, datetime] = field(default_factory=dict)
    asked: int = 0
    late: timedelta = timedelta()

    def change(self, number: int) -> None:
        self.changed.setdefault(number, []).append(self.now.replace(microsecond=0))
        self.waiting[number] = self.now
        self.closed.discard(number)

    def pass_time(self, most: timedelta) -> None:
        self.now += self.random.random() * most

    def play(self) -> None:
        """What happens before a request, most often at the beginning of the list, where it moves the others."""
        while self.moves and self.random.random() < 0.6:
            self.moves -= 1
            there = sorted(set(self.changed) - self.closed, key=lambda number: self.changed[number][-1])
            number = self.random.choice(there[:3] or [1]) if self.random.random() < 0.7 else self.random.randint(1, 40)
            if number in self.changed and self.random.random() < 0.4:
                self.closed.add(number)
                self.waiting.pop(number, None)
            else:
                self.change(number)

    def lag(self) -> timedelta:
        """How late an answer is."""
        return MAX_LAG if self.random.random() < 0.3 else timedelta()

    def ask(self, since: datetime, page: int) -> ThreadPage:
        self.asked += 1
        self.play()
        self.pass_time(2 * SECOND)
        until = self.now - self.late
        shown = []
        for number in set(self.changed) - self.closed:
            times = [time for time in self.changed[number] if time <= until] or self.changed[number][:1]
            if times[-1] >= since:
                shown.append(ref(number, times[-1]))
        shown.sort(key=lambda each: (each.updated_at, hash((each.id.number, 7))))
        refs = tuple(shown[(page - 1) * PER_PAGE : page * PER_PAGE])
        return ThreadPage(refs, len(shown) <= page * PER_PAGE, len(shown), self.now)

    def look(self, number: int) -> None:
        """Read the thread as some replica shows it."""
        until = self.now - self.lag()
        if number in self.waiting and self.waiting[number] <= until:
            del self.waiting[number]


@dataclass
class Sweeper:
    """Sweeps a tracker, as `hls_action.sweep` does."""

    tracker: Tracker
    place: Cursor

    def sweep(self) -> bool:
        """Returns whether it got on, if there was anything to get on with."""
        before, self.tracker.late = self.place, self.tracker.lag()
        listed = cursor.read(self.tracker.ask, before, MOST, self.tracker.now)
        chosen = cursor.next_threads(listed, before, MOST)
        for each in chosen:
            self.tracker.play()
            self.tracker.pass_time(SECOND)
            self.tracker.look(each.id.number)
        self.place = cursor.advanced(before, listed, {each.id for each in chosen})
        assert self.place.until >= before.until
        news = [each for each in listed.refs if each not in before.known]
        return not news or any(each in news for each in chosen)


def bulk(tracker: Tracker, numbers: range) -> None:
    """As when somebody labels them all: the same second for each."""
    for number in numbers:
        tracker.change(number)


@settings(max_examples=200)
@given(seed=st.integers(0), bulks=st.lists(st.integers(0, 40), min_size=1, max_size=3))
def test_whatever_asks_is_looked_at_within_a_bounded_number_of_sweeps(seed: int, bulks: list[int]) -> None:
    """Beside an adversary who changes fewer threads between two sweeps than a sweep looks at."""
    random = Random(seed)
    tracker = Tracker(random)
    sweeper = Sweeper(tracker, Cursor(NOON - timedelta(hours=24)))
    for size in bulks:
        bulk(tracker, range(1, size + 1))
        tracker.pass_time(timedelta(hours=1))
    waits: dict[int, tuple[datetime, int]] = {}
    for _ in range(30):
        tracker.moves = random.randint(0, MOST - 2)
        tracker.play()
        tracker.now += timedelta(minutes=random.choice((5, 20, 60)))
        assert sweeper.sweep(), "a sweep with something to look at got nowhere"
        waits = {
            number: (since, waits[number][1] + 1 if number in waits and waits[number][0] == since else 1)
            for number, since in tracker.waiting.items()
        }
        # Two threads a sweep at least; a change may show late, and what was looked at too soon is looked at again.
        assert all(count <= 40 / 2 + 6 for _, count in waits.values())
    tracker.moves = 0
    for _ in range(40 // MOST + 3):
        tracker.now += timedelta(hours=1)
        sweeper.sweep()
    assert tracker.waiting == {}


@settings(max_examples=500)
@given(seed=st.integers(0), size=st.integers(0, 60))
def test_a_reading_holds_all_that_did_not_change_until_the_time_it_says(seed: int, size: int) -> None:
    random = Random(seed)
    tracker = Tracker(random, moves=random.randint(0, 12))
    for first in range(1, size + 1, 20):
        bulk(tracker, range(first, min(first + random.randint(1, 20), size + 1)))
        tracker.pass_time(3 * SECOND)
    tracker.now += MAX_LAG
    before = {number: times[-1] for number, times in tracker.changed.items()}
    listed = cursor.read(tracker.ask, Cursor(NOON - SECOND), random.randint(1, 60), tracker.now)
    rested = {
        ref(number, time)
        for number, time in before.items()
        if tracker.changed[number][-1] == time and number not in tracker.closed
    }
    assert {each for each in rested if listed.until is None or each.updated_at < listed.until} <= set(listed.refs)


# ---- what it costs ----


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        pytest.param(0, 1, id="nothing changed"),
        pytest.param(PER_PAGE, 1, id="one page"),
        pytest.param(MOST + PER_PAGE, 2, id="more than a sweep looks at"),
    ],
)
def test_a_reading_takes_no_more_requests_than_it_has_pages(size: int, asked: int) -> None:
    tracker = Tracker(Random(1))
    for number in range(1, size + 1):
        tracker.change(number)
        tracker.now += SECOND
    cursor.read(tracker.ask, Cursor(NOON), MOST, tracker.now)
    assert tracker.asked == asked


def test_no_more_is_read_than_is_looked_at_where_thousands_changed_in_one_second() -> None:
    tracker = Tracker(Random(1))
    bulk(tracker, range(1, 5_001))
    tracker.now += timedelta(hours=1)
    listed = cursor.read(tracker.ask, Cursor(NOON), MOST, tracker.now)
    assert (tracker.asked, listed.total) == (2, 5_000)


# ---- what is asked for, request by request ----


MORE: list[ThreadRef | None] = [None]
"""After the threads of a page: another one follows."""


@dataclass
class Answers:
    """Pages, one after the other, whatever is asked for; ``asked``: what was."""

    pages: list[list[ThreadRef | None]]
    asked: list[tuple[datetime, int]] = field(default_factory=list)

    def __call__(self, since: datetime, page: int) -> ThreadPage:
        self.asked.append((since, page))
        refs = self.pages[len(self.asked) - 1]
        return ThreadPage(tuple(each for each in refs if each), None not in refs, 0, None)


def refs_of(*numbers: int) -> list[ThreadRef | None]:
    return [ref(number) for number in numbers]


def test_the_pages_of_one_second_are_read_to_their_end_and_back() -> None:
    ask = Answers([refs_of(1, 2) + MORE, refs_of(3, 4) + MORE, refs_of(5), refs_of(3, 4) + MORE, refs_of(1, 2) + MORE])
    found = cursor.read(ask, Cursor(NOON), 50, later(60))
    assert ask.asked == [(NOON, number) for number in (1, 2, 3, 2, 1)]
    assert found == Listed(tuple(map(ref, (1, 2, 3, 4, 5))), None, later(60), 5)


def test_pages_that_are_not_what_they_were_are_read_again() -> None:
    there, turned = refs_of(1, 2) + MORE, refs_of(2, 1) + MORE
    ask = Answers([there, refs_of(3), turned, refs_of(3), turned])
    assert cursor.read(ask, Cursor(NOON), 50, NOON).unsure is None
    assert ask.asked == [(NOON, number) for number in (1, 2, 1, 2, 1)]


def test_pages_that_never_are_what_they_were_and_have_no_end_any_more_are_given_up() -> None:
    there, turned, end = refs_of(1, 2) + MORE, refs_of(2, 1) + MORE, refs_of(3)
    ask = Answers([there, end, turned, end, there, end, turned, end + MORE])
    found = cursor.read(ask, Cursor(NOON), 50, NOON)
    assert (found.until, found.unsure) == (NOON, NOON)
    assert len(ask.asked) == 8


def test_a_second_is_asked_for_from_its_beginning_and_what_is_older_than_the_cursor_is_passed_over() -> None:
    place = NOON + timedelta(milliseconds=500)
    ask = Answers([[ref(1), ref(2, NOON + timedelta(microseconds=600_789))]])
    found = cursor.read(ask, Cursor(place), 50, NOON)
    assert ask.asked == [(NOON, 1)]
    assert found.refs == (ref(2, NOON + timedelta(milliseconds=600)),)


@pytest.mark.parametrize(("seconds", "expected"), [(2, 2), (-1, 0), (0, 0)])
def test_of_two_times_of_a_thread_the_later_counts(seconds: int, expected: int) -> None:
    ask = Answers([[ref(1), ref(2, NOON + SECOND), *MORE], [ref(2, NOON + SECOND), ref(1, NOON + seconds * SECOND)]])
    found = cursor.read(ask, Cursor(NOON - SECOND), 50, NOON)
    assert ask.asked == [(NOON - SECOND, 1), (NOON + SECOND, 1)]
    assert {each.id.number: each.updated_at for each in found.refs}[1] == NOON + expected * SECOND


def test_nothing_more_is_asked_for_once_there_is_enough() -> None:
    ask = Answers([[ref(1), ref(2, NOON + SECOND), *MORE]])
    assert cursor.read(ask, Cursor(NOON), 2, NOON).until == NOON + SECOND


# ---- how far it is, in numbers ----


def listed(*refs: ThreadRef, until: datetime | None = None, total: int = 0) -> Listed:
    return Listed(refs, until, NOON + timedelta(hours=1), max(total, len(refs)))


@pytest.mark.parametrize(
    ("found", "looked", "expected"),
    [
        pytest.param(listed(), (), (0, None, False), id="nothing"),
        pytest.param(listed(ref(1), ref(2)), (1, 2), (0, None, False), id="all was looked at"),
        pytest.param(listed(ref(1), ref(2, NOON + SECOND)), (1,), (1, NOON + SECOND, False), id="one was not"),
        pytest.param(listed(ref(1), until=NOON + SECOND, total=212), (1,), (210, NOON + SECOND, True), id="many more"),
        pytest.param(listed(ref(1), ref(2), until=NOON, total=9), (1,), (7, NOON, True), id="some listed, some not"),
        pytest.param(listed(ref(1), ref(2, NOON + SECOND)), (), (2, NOON, False), id="since the first of them"),
        pytest.param(listed(ref(50, later(5)), ref(2, later(6))), (), (1, later(6), False), id="one is known"),
        pytest.param(listed(ref(1), total=9), (1,), (0, None, False), id="read to its end, though some were closed"),
        pytest.param(listed(ref(1), until=NOON, total=1), (1,), (0, NOON, True), id="no less than none"),
    ],
)
def test_what_is_left_is_counted(
    found: Listed, looked: tuple[int, ...], expected: tuple[int, datetime | None, bool]
) -> None:
    """Thread 50 was looked at by an earlier sweep: it is among those that are listed last."""
    place = Cursor(NOON, settled=frozenset({ref(50, later(5))}))
    assert cursor.left(place, found, {ThreadId(number) for number in looked}) == expected


def test_what_nobody_looked_at_comes_first_then_what_was_looked_at_too_soon() -> None:
    place = Cursor(NOON, settled=frozenset({ref(3)}), provisional=frozenset({ref(1)}))
    found = listed(*map(ref, (1, 2, 3, 4)))
    assert cursor.next_threads(found, place, 9) == (ref(2), ref(4), ref(1))
    assert cursor.next_threads(found, place, 2) == (ref(2), ref(4))


def test_a_cursor_goes_on_until_the_first_that_waits() -> None:
    """What changed in the last quarter of an hour before the list was read is looked at once more."""
    place = Cursor(
        NOON, settled=frozenset({ref(1, later(5)), ref(6, later(30))}), provisional=frozenset({ref(7, later(55))})
    )
    mine = [ref(2, later(10)), ref(4, later(25)), ref(5, later(45)), ref(8, later(46))]
    found = listed(ref(1, later(5)), ref(3, later(20)), *mine)
    after = cursor.advanced(place, found, {each.id for each in mine})
    settled = {ref(6, later(30)), ref(4, later(25)), ref(5, later(45))}
    assert after == Cursor(later(20), frozenset(settled), frozenset({ref(8, later(46)), ref(7, later(55))}))


def test_an_order_that_differs_from_page_to_page_is_noticed_and_does_not_hold_the_sweep_up() -> None:
    """Thread 9 is on no page of its second, for thread 1 is on two."""
    pages = {1: (1, 2, 3, 4), 2: (5, 6, 7, 1), 3: (8,)}

    def ask(since: datetime, page: int) -> ThreadPage:
        return ThreadPage(tuple(map(ref, pages[page])), page == 3, 9, NOON + timedelta(hours=1))

    found = cursor.read(ask, Cursor(NOON), 50, NOON)
    assert found.unsure == NOON
    assert cursor.advanced(Cursor(NOON), found, {each.id for each in found.refs}).until > NOON


def test_a_cursor_from_the_future_is_noticed_by_githubs_clock() -> None:
    found = listed()
    assert cursor.is_of_the_future(Cursor(found.at + SECOND), found)
    assert not cursor.is_of_the_future(Cursor(found.at), found)


def test_a_runner_whose_clock_is_ahead_does_not_pass_over_what_changes_meanwhile() -> None:
    tracker = Tracker(Random(1), now=NOON)
    found = cursor.read(tracker.ask, Cursor(NOON - timedelta(hours=1)), MOST, NOON + timedelta(hours=2))
    assert cursor.advanced(Cursor(NOON - timedelta(hours=1)), found, ()).until <= tracker.now - OVERLAP


# ---- how it is stored, and what two sweeps at once make of it ----

refs = st.frozensets(
    st.builds(
        ref,
        st.integers(1, 30),
        st.integers(0, 3).map(lambda seconds: NOON + timedelta(seconds=seconds, milliseconds=7 * seconds)),
    )
)


@given(looked=refs)
def test_what_was_looked_at_is_read_as_it_was_written(looked: frozenset[ThreadRef]) -> None:
    assert sweep_documents.decode(sweep_documents.encode(looked)) == looked


def test_a_bulk_edit_takes_little_room() -> None:
    looked = frozenset(map(ref, (*range(7, 5_000), 6_000)))
    assert sweep_documents.encode(looked) == {"2026-11-02T12:00:00.000Z": "7-4999 6000"}


def test_what_is_stored_of_a_bulk_edit_is_bounded() -> None:
    """A range takes nothing to write, and would fill a runner's memory."""
    with pytest.raises(ValueError, match=r"^2026-11-02T12:00:00Z: 8-200000 are too many threads$"):
        sweep_documents.decode({"2026-11-02T12:00:00Z": "8-200000"})


def test_a_time_that_is_written_in_two_ways_is_one() -> None:
    times = {"2026-11-02T12:00:00Z": "7", "2026-11-02T13:00:00+01:00": "8"}
    assert sweep_documents.decode(times) == frozenset({ref(7), ref(8)})


def test_threads_of_other_spaces_are_never_in_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.domain.identity.SPACES", ("thread", "discussion"))
    looked = frozenset(ThreadRef(ThreadId(number, "discussion"), NOON) for number in (7, 8))
    assert sweep_documents.encode(looked) == {"2026-11-02T12:00:00.000Z": "discussion/7 discussion/8"}
    assert sweep_documents.decode(sweep_documents.encode(looked)) == looked


@pytest.mark.parametrize("names", ["x", "1-x", "1-99999999999", "7-", 7])
def test_damage_is_an_error_that_names_its_place(names: object) -> None:
    with pytest.raises(Misfit, match=r"^2026-11-02T12:00:00Z: "):
        sweep_documents.decode({"2026-11-02T12:00:00Z": names})


@given(settled=refs, provisional=refs, others=refs)
def test_what_one_of_two_sweeps_settled_is_settled(
    settled: frozenset[ThreadRef], provisional: frozenset[ThreadRef], others: frozenset[ThreadRef]
) -> None:
    one, two = Cursor(NOON + SECOND, settled, provisional - settled), Cursor(NOON, others)
    both = one.joined(two)
    assert both == two.joined(one) == both.joined(one)
    assert both.until == one.until
    assert both.settled == {each for each in settled | others if each.updated_at >= one.until}
    assert both.settled.isdisjoint(both.provisional)


def test_what_either_glanced_at_is_glanced_at_unless_the_other_settled_it() -> None:
    one = Cursor(NOON, frozenset({ref(1)}), frozenset({ref(2), ref(3)}))
    two = Cursor(NOON, frozenset({ref(2)}), frozenset({ref(1), ref(4)}))
    assert one.joined(two) == Cursor(NOON, frozenset({ref(1), ref(2)}), frozenset({ref(3), ref(4)}))
