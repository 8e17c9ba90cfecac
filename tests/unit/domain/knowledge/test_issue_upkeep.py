"""How the index of issues is built and kept, against a tracker that changes while it is read."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge import issue_upkeep
from hls_action.domain.knowledge.issue_index import IndexedIssue, IssueIndex
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.knowledge.issue_upkeep import CHECKED, OVERLAP, KeptIndex, Progress, trimmed
from tests.fakes import START
from tests.unit.domain.knowledge.indexed import indexed

PER_PAGE = 3


@dataclass
class Tracker:
    """A repository's issues, listed as GitHub lists them: the end of a page names the last issue's time and number."""

    issues: dict[int, IndexedIssue] = field(default_factory=dict)
    now: datetime = START
    queries: list[IssueQuery] = field(default_factory=list)

    def put(self, number: int, **changes: object) -> None:
        self.issues[number] = indexed(number, **({"updated": self.now} | changes))

    def page(self, query: IssueQuery) -> IssuePage:
        self.queries.append(query)
        found = [each for each in self.issues.values() if query.state in (None, each.state)]
        found = [each for each in found if query.since is None or each.updated >= query.since]
        found.sort(key=self._place, reverse=query.newest_first)
        places = [self._place(each) for each in found]
        start = 0
        if query.after:
            start = sum(place >= query.after if query.newest_first else place <= query.after for place in places)
        shown = found[start : start + PER_PAGE]
        end = self._place(shown[-1]) if shown else ""
        gone = frozenset(query.check) - self.issues.keys()
        return IssuePage(tuple(shown), end, start + PER_PAGE >= len(found), gone, at=self.now)

    @staticmethod
    def _place(issue: IndexedIssue) -> str:
        return f"{issue.updated.isoformat()}#{issue.number:06d}"

    def sweep(self, kept: KeptIndex, pages: int = 2) -> KeptIndex:
        """Take in so many pages."""
        query: IssueQuery | None = kept.first_query
        for _ in range(pages):
            if query is None:
                break
            page = self.page(query)
            kept = kept.taken(query, page, self.now)
            query = kept.next_query(query, page)
        return kept

    def change(self, chance: random.Random) -> None:
        """Somebody opens, edits, closes or deletes an issue."""
        self.now += timedelta(seconds=chance.choice([0, 0, 1, 3_600]))
        number = chance.choice([*self.issues, len(self.issues) + 1_000])
        if chance.random() < 0.1:
            self.issues.pop(number, None)
        else:
            self.put(number, state=chance.choice(["open", "closed"]), title=f"{chance.random()}")


def whole(tracker: Tracker) -> KeptIndex:
    """The index once nothing is left to read, a while after the last change."""
    tracker.now += timedelta(hours=1)
    kept = KeptIndex()
    for _ in range(len(tracker.issues) + 2):
        kept = tracker.sweep(kept)
    assert kept.progress.stage == "done"
    return kept


@given(st.randoms(use_true_random=False), st.integers(0, 40))
def test_in_the_end_the_index_is_what_there_is(chance: random.Random, busy: int) -> None:
    tracker, kept = Tracker(), KeptIndex()
    for number in range(1, chance.randint(1, 20)):
        tracker.put(number, state=chance.choice(["open", "closed"]))
    for _ in range(busy):
        tracker.change(chance)
        if chance.random() < 0.5:
            kept = tracker.sweep(kept)
    for _ in range(60):
        tracker.now += timedelta(hours=1)
        kept = tracker.sweep(kept)
    assert kept.index.issues == tracker.issues
    assert kept.progress.stage == "done"


def test_the_open_ones_are_read_first_and_of_each_the_last_changed() -> None:
    tracker = Tracker()
    for number in range(1, 8):
        tracker.put(number, state="open" if number % 2 else "closed", updated=START + timedelta(minutes=number))
    assert list(tracker.sweep(KeptIndex(), 1).index.issues) == [7, 5, 3]
    assert list(tracker.sweep(KeptIndex(), 3).index.issues) == [7, 5, 3, 1, 6, 4, 2]


def test_a_large_tracker_is_read_no_further_than_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = Tracker()
    for number in range(1, 41):
        tracker.put(number, state="closed", text="x" * 1_000, updated=START + timedelta(minutes=number))
    monkeypatch.setattr(issue_upkeep, "MAX_BYTES", 10_000)
    kept = whole(tracker)
    assert sorted(kept.index.issues) == list(range(34, 41))
    assert len([query for query in tracker.queries if query.state == "closed"]) == 3


def test_where_nothing_changed_a_sweep_asks_once() -> None:
    tracker = Tracker()
    tracker.put(1)
    kept = whole(tracker)
    tracker.queries.clear()
    assert tracker.sweep(kept, 10).index.issues == kept.index.issues
    assert len(tracker.queries) == 1


def test_a_change_is_read_again_for_as_long_as_lists_may_lag() -> None:
    tracker = Tracker()
    tracker.put(1)
    kept = whole(tracker)
    assert kept.index.until == tracker.now - OVERLAP
    tracker.now += timedelta(hours=1)
    assert tracker.sweep(kept).index.until == tracker.now - OVERLAP


def test_a_second_that_fills_many_pages_is_passed() -> None:
    tracker = Tracker()
    tracker.put(1)
    kept = whole(tracker)
    tracker.now += timedelta(hours=1)
    for number in range(1, 20):
        tracker.put(number, title="all at once")
    tracker.now += timedelta(hours=1)
    for _ in range(8):
        kept = tracker.sweep(kept, 1)
    assert kept.index.issues == tracker.issues
    assert kept.progress.newer == ""


def test_a_list_that_lags_does_not_bring_back_what_was() -> None:
    known = KeptIndex(IssueIndex({1: indexed(1, title="new")}, START), Progress("done"))
    page = IssuePage((indexed(1, title="old", updated=START),), at=START)
    assert known.taken(IssueQuery(since=START), page, START).index.issues[1].title == "new"


def test_what_was_deleted_or_moved_away_is_struck_within_a_round() -> None:
    tracker = Tracker()
    for number in range(1, 2 * CHECKED + 2):
        tracker.put(number)
    kept = whole(tracker)
    del tracker.issues[1], tracker.issues[150], tracker.issues[2 * CHECKED + 1]
    for _ in range(3):
        kept = tracker.sweep(kept, 1)
    assert kept.index.issues == tracker.issues


@pytest.mark.parametrize(
    ("checked", "numbers"),
    [(0, range(1, 101)), (99, range(100, 200)), (200, range(201, 251)), (250, range(1, 101))],
)
def test_how_many_are_looked_for_at_a_time(checked: int, numbers: range) -> None:
    index = IssueIndex({number: indexed(number) for number in range(1, 251)}, START)
    assert KeptIndex(index, Progress("done", checked=checked)).first_query.check == tuple(numbers)


SECOND = timedelta(seconds=1)
KNOWN = KeptIndex(IssueIndex({1: indexed(1, updated=START)}, START), Progress("done", newer="there"))
CHANGES = IssueQuery(since=START)


@pytest.mark.parametrize(
    ("updated", "until", "newer"),
    [
        pytest.param([0, 3, 2], START + 3 * SECOND, "", id="from the last change on"),
        pytest.param([0.4, 0.9], START, "end", id="within a second that goes on"),
        pytest.param([3.9], START + 3 * SECOND, "", id="from the beginning of a second"),
        pytest.param([], START, "end", id="where nothing was shown"),
    ],
)
def test_where_changes_are_read_on(updated: list[float], until: datetime, newer: str) -> None:
    changed = [indexed(number, updated=START + each * SECOND) for number, each in enumerate(updated, 2)]
    page = IssuePage(tuple(changed), "end", is_last=False, at=START + timedelta(hours=1))
    kept = KNOWN.taken(CHANGES, page, START)
    assert (kept.index.until, kept.progress) == (until, Progress("done", newer=newer))
    assert kept.next_query(CHANGES, page) == IssueQuery(since=until, after=newer)


def test_all_is_known_until_shortly_before_the_last_page() -> None:
    late = START + timedelta(hours=1, milliseconds=5)
    for page in (IssuePage((), at=late), IssuePage(())):
        kept = KNOWN.taken(CHANGES, page, late)
        assert (kept.index.until, kept.progress.newer) == (START + timedelta(hours=1) - OVERLAP, "")
        assert kept.next_query(CHANGES, page) is None
    early = KNOWN.taken(CHANGES, IssuePage((), at=START + timedelta(hours=2)), START)
    assert early.index.until == START + timedelta(hours=2) - OVERLAP, "by GitHub's clock"


def test_while_it_is_built_changes_since_its_first_page_are_left_to_be_read() -> None:
    newest, hour = KeptIndex().first_query, timedelta(hours=1)
    first = KeptIndex().taken(newest, IssuePage((indexed(9),), "there", is_last=False, at=START), START)
    assert (first.index.until, first.progress) == (START - OVERLAP, Progress("open", older="there"))
    second = first.taken(newest, IssuePage((indexed(8),), "end", at=START + hour), START + hour)
    assert (second.index.until, second.progress) == (START - OVERLAP, Progress("closed"))
    whole = second.taken(IssueQuery(state="closed"), IssuePage((), "end", at=START + hour), START + hour)
    assert (whole.index.until, whole.progress) == (START - OVERLAP, Progress("done"))


def test_what_is_gone_is_not_brought_back_by_a_list_that_lags() -> None:
    page = IssuePage((indexed(1, updated=START + SECOND), indexed(2)), gone=frozenset({1}), at=START)
    assert sorted(KNOWN.taken(CHANGES, page, START).index.issues) == [2]


def test_an_index_that_is_built_ends_where_issues_are_switched_off() -> None:
    assert KeptIndex().next_query(KeptIndex().first_query, IssuePage((), is_off=True)) is None


def test_a_place_in_the_changes_that_github_forgot_is_let_go() -> None:
    known = replace(KNOWN, progress=Progress("closed", older="here", newer="there"))
    assert known.begun_again(CHANGES).progress == Progress("closed", older="here")
    assert known.begun_again(IssueQuery(state="closed")).progress == Progress("closed", newer="there")


def test_where_issues_are_switched_off_none_is_kept() -> None:
    known = KeptIndex(IssueIndex({1: indexed(1)}, START), Progress("done", checked=1))
    query, page = known.first_query, IssuePage((), is_off=True)
    assert known.taken(query, page, START) == KeptIndex()
    assert known.next_query(query, page) is None


def test_a_place_that_github_forgot_costs_a_stage_and_no_issue() -> None:
    tracker = Tracker()
    for number in range(1, 8):
        tracker.put(number)
    kept = tracker.sweep(KeptIndex(), 1)
    assert kept.progress.older
    again = kept.begun_again(IssueQuery(state="open"))
    assert (again.progress.older, again.index) == ("", kept.index)
    assert tracker.sweep(again, 10).index.issues == tracker.issues


def test_a_clock_that_was_wrong_is_put_right() -> None:
    tracker = Tracker()
    tracker.put(1)
    kept = whole(tracker)
    future = KeptIndex(replace(kept.index, until=START + timedelta(days=900)), kept.progress)
    assert tracker.sweep(future).index.until == tracker.now - OVERLAP


def test_open_issues_and_the_last_changed_are_kept_before_others(monkeypatch: pytest.MonkeyPatch) -> None:
    issues = [indexed(1, text="x" * 700), indexed(2, state="closed", text="x" * 700), indexed(3, state="closed")]
    index = IssueIndex({each.number: each for each in issues}, START)
    assert trimmed(index) is index
    monkeypatch.setattr(issue_upkeep, "MAX_BYTES", 1_500)
    assert sorted(trimmed(index).issues) == [1, 3]


@pytest.mark.parametrize(("most", "kept"), [(1_000, [1]), (999, [])])
def test_what_just_fits_is_kept(monkeypatch: pytest.MonkeyPatch, most: int, kept: list[int]) -> None:
    monkeypatch.setattr(issue_upkeep, "MAX_BYTES", most)
    assert list(trimmed(IssueIndex({1: indexed(1, title="t" * 47, text="x" * 700)}, START)).issues) == kept


def test_bytes_are_counted_and_not_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue_upkeep, "MAX_BYTES", 1_000)
    assert not trimmed(IssueIndex({1: indexed(1, text="…" * 400)}, START)).issues
