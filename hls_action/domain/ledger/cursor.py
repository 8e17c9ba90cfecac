"""How far a repository is swept: what to request from GitHub's list, what to look at, and what is settled then.

GitHub lists the threads that changed since a second, the longest untouched first; of an order within one second nothing
is documented, and a thread that changes, closes or goes away while the list is read moves all that come after it. So a
cursor is a time and the threads, changed no earlier, that are settled already: it goes on within a second that holds
more threads than a sweep looks at. And it never passes a thread that nobody looked at: the list is read on by time and
not by page, so that each answer begins with what the last one ended with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import ThreadPage, ThreadRef

OVERLAP = timedelta(minutes=15)
"""How long after a thread changed a look at it is not the last one: lists lag, and runs of that time may die yet."""
READINGS = 3
"""How often the pages of one second are read, before it is said that some of its threads may not have been listed."""
MILLISECOND = 1_000
"""In microseconds: to which times are stored."""

Refs = frozenset[ThreadRef]


@dataclass(frozen=True)
class SweepProgress:
    """What sweeps looked at. ``at``: when the last one ended. Threads as they were listed, none from before the time
    until which the repository is swept. ``settled``: finished or on record; ``provisional``: the same, but so soon
    after they changed that they are looked at once more.
    """

    at: datetime
    settled: Refs = frozenset()
    provisional: Refs = frozenset()


@dataclass(frozen=True)
class Cursor:
    """Every thread that last changed before ``until`` is settled, as are some that changed later."""

    until: datetime
    settled: Refs = frozenset()
    provisional: Refs = frozenset()

    @property
    def known(self) -> Refs:
        """Threads that changed since ``until`` and were looked at since."""
        return self.settled | self.provisional

    def joined(self, other: Cursor) -> Cursor:
        """What both know together."""
        until, settled = max(self.until, other.until), self.settled | other.settled
        return Cursor(until, _since(settled, until), _since((self.provisional | other.provisional) - settled, until))


@dataclass(frozen=True)
class Listed:
    """What was read of the list. ``refs``: every thread that changed from the cursor's time until before ``until``,
    and perhaps some of later; each once, the longest untouched first. ``until`` is None when it was read to its end.

    ``at``: when, by GitHub's clock if it told; ``total``: at least so many threads the list held. ``unsure``: a second
    of which GitHub may have listed some threads twice and others not at all.
    """

    refs: tuple[ThreadRef, ...]
    until: datetime | None
    at: datetime
    total: int
    unsure: datetime | None = None


class Ask(Protocol):
    """One request for a page of the list of threads that changed since a time, counted from 1."""

    def __call__(self, since: datetime, page: int, /) -> ThreadPage: ...


@dataclass
class _Reading:
    """The list as far as it is read. ``enough``: whether what was found suffices."""

    ask: Ask
    cursor: Cursor
    wanted: int
    found: dict[ThreadId, ThreadRef] = field(default_factory=dict)
    unsure: datetime | None = None

    def page(self, since: datetime, number: int) -> ThreadPage:
        page = self.ask(since, number)
        for each in page.refs:
            ref = replace(each, updated_at=_stored(each.updated_at))
            known = self.found.get(ref.id)
            if ref.updated_at >= self.cursor.until and (known is None or known.updated_at < ref.updated_at):
                self.found[ref.id] = ref
        return page

    @property
    def is_enough(self) -> bool:
        return sum(ref not in self.cursor.known for ref in self.found.values()) >= self.wanted


def read(ask: Ask, cursor: Cursor, wanted: int, now: datetime) -> Listed:
    """Read the list from the cursor on, until it holds ``wanted`` threads that nobody looked at, or ends.

    ``now``: for where GitHub does not tell the time. Errors: whatever ``ask`` raises.
    """
    reading = _Reading(ask, cursor, wanted)
    since = _second(cursor.until)
    first = page = reading.page(since, 1)
    until: datetime | None = since
    while until is not None:
        if not page.is_last and _latest(page) == since:
            page = _rest_of_second(reading, since, page)
        until = None if page.is_last else max(since, _latest(page))
        if until == since or reading.is_enough:
            break
        if until is not None:
            since, page = until, reading.page(until, 1)
    refs = tuple(sorted(reading.found.values(), key=_by_time))
    return Listed(refs, until, first.at or now, max(first.total, len(refs)), reading.unsure)


def _rest_of_second(reading: _Reading, second: datetime, page: ThreadPage) -> ThreadPage:
    """Read on by page where one holds nothing but threads of one second. Returns the last page that was read.

    Nothing joins a second that is over, but what leaves it moves the others to earlier pages. So once its end is found
    its pages are read from the last to the first: a thread that moves is met then, if not before. Where they are not
    what they were a moment ago, or one thread is on two of them and another so perhaps on none, they are read again.
    """
    pages = [page]
    while not page.is_last and _latest(page) == second:
        if reading.is_enough:
            return page
        page = reading.page(second, len(pages) + 1)
        pages.append(page)
    for _ in range(READINGS):
        before, pages = pages, [page, *(reading.page(second, number) for number in range(len(pages) - 1, 0, -1))][::-1]
        shown = [ref for each in pages for ref in each.refs]
        if [each.refs for each in pages] == [each.refs for each in before] and len(frozenset(shown)) == len(shown):
            return page
        page = reading.page(second, len(pages))
    reading.unsure = second
    return page


def next_threads(listed: Listed, cursor: Cursor, most: int) -> tuple[ThreadRef, ...]:
    """Threads not looked at yet, the longest untouched first; then, if there is room, those looked at too soon."""
    fresh = tuple(ref for ref in listed.refs if ref not in cursor.known)
    again = tuple(ref for ref in listed.refs if ref in cursor.provisional)
    return (fresh + again)[:most]


def advanced(cursor: Cursor, listed: Listed, settled: Collection[ThreadId]) -> Cursor:
    """The cursor after a sweep that found the threads ``settled`` finished or on record. It never goes back."""
    latest = _stored(listed.at - OVERLAP)
    waiting = (ref.updated_at for ref in listed.refs if ref not in cursor.settled and ref.id not in settled)
    until = max(cursor.until, min((latest, listed.until or latest, *waiting)))
    mine = {ref for ref in listed.refs if ref.id in settled}
    done = {ref for ref in mine if ref.updated_at <= latest} | cursor.settled
    return Cursor(until, _since(done, until), _since((mine | cursor.provisional) - done, until))


def left(cursor: Cursor, listed: Listed, looked: Collection[ThreadId]) -> tuple[int, datetime | None, bool]:
    """How many threads nobody looked at, since when the first of them waits, and whether there may be more."""
    waiting = [ref for ref in listed.refs if ref not in cursor.known and ref.id not in looked]
    unread = 0
    if listed.until is not None:
        unread = max(0, listed.total - len(listed.refs) - len(cursor.known - frozenset(listed.refs)))
    return len(waiting) + unread, waiting[0].updated_at if waiting else listed.until, listed.until is not None


def is_of_the_future(cursor: Cursor, listed: Listed) -> bool:
    """Whether the cursor cannot be what a sweep left: somebody edited it, or a clock was wrong."""
    return cursor.until > listed.at


def _since(refs: Iterable[ThreadRef], until: datetime) -> Refs:
    return frozenset(ref for ref in refs if ref.updated_at >= until)


def _latest(page: ThreadPage) -> datetime:
    return max(_second(ref.updated_at) for ref in page.refs)


def _second(when: datetime) -> datetime:
    return when.replace(microsecond=0)


def _stored(when: datetime) -> datetime:
    return when.replace(microsecond=when.microsecond // MILLISECOND * MILLISECOND)


def _by_time(ref: ThreadRef) -> tuple[datetime, ThreadId]:
    return ref.updated_at, ref.id
