"""What a sweep looks through: threads that changed since the last one, and those that the ledger calls unfinished."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import cursor
from hls_action.domain.ledger.claims import has_expired, is_due_for_reread, is_to_fold
from hls_action.domain.ledger.cursor import Cursor, Listed
from hls_action.domain.ledger.model import Ledger
from hls_action.domain.settings import Settings
from hls_action.domain.threads.thread import ThreadRef
from hls_action.line import read
from hls_action.line.run import Run

SCANNED_PER_ANSWERED = 6
"""How many threads a sweep looks at for each that it may answer; looking costs two requests of 1,000 an hour."""


@dataclass(frozen=True)
class Search:
    """What a sweep looks through. ``since``: what was written before then no longer waits for a first answer.

    ``cursor``: where it begins in GitHub's list of the threads that changed; ``listed``: what that held; ``most``: how
    many of these it looks at. ``due``: threads that the ledger says are not finished, with the time they were last in
    hand. ``notes``: what people should know of it.
    """

    since: datetime
    cursor: Cursor
    listed: Listed
    most: int
    due: tuple[ThreadRef, ...]
    notes: tuple[str, ...] = ()

    @property
    def threads(self) -> tuple[ThreadId, ...]:
        """Every thread once, the longest waiting first, and those that are looked at once more at the end."""
        chosen = (*self.due, *cursor.next_threads(self.listed, self.cursor, self.most))
        found = sorted(chosen, key=lambda ref: (ref in self.cursor.provisional, ref.updated_at, ref.id))
        return tuple(dict.fromkeys(ref.id for ref in found))

    def backlog_notes(self, run: Run, looked: Collection[ThreadId], settings: Settings) -> tuple[str, ...]:
        """How much a sweep that ``looked`` at so much leaves to the next ones, in words."""
        count, since, is_least = cursor.left(self.cursor, self.listed, looked)
        if not count or since is None:
            return ()
        number = f"{'at least ' if is_least else ''}{count:,} {'thread' if count == 1 else 'threads'}"
        note = (
            f"Sweep more often, or raise `sweep.threads`: {number} that changed since {since:%Y-%m-%d %H:%M} UTC "
            f"{'is' if count == 1 else 'are'} still to be checked. One sweep checks {self.most:,} of them at most "
            f"and answers {settings.sweep_threads}; "
            f"the next one {'goes on from there' if run.has_ledger else 'starts over, because there is no ledger'}."
        )
        return (note,)


def find(run: Run, settings: Settings, *, force: bool) -> Search:
    began, ledger, notes = run.now, run.ledger(), list[str]()
    most = settings.sweep_threads * SCANNED_PER_ANSWERED
    first = Cursor(began - timedelta(hours=settings.sweep_hours))
    start = ledger.cursor(run.repository) or first
    ask = partial(read.threads, run)
    listed = cursor.read(ask, start, most, began)
    if cursor.is_of_the_future(start, listed):
        notes.append(
            f"The ledger said that everything was swept until {start.until:%Y-%m-%d %H:%M} UTC, which is in the "
            f"future: this sweep looked back {settings.sweep_hours} hours instead (`sweep.hours`)."
        )
        start = Cursor(listed.at - timedelta(hours=settings.sweep_hours))
        listed = cursor.read(ask, start, most, began)
    if listed.unsure is not None:
        notes.append(
            f"Run the workflow manually for threads that still wait: so many changed at "
            f"{listed.unsure:%Y-%m-%d %H:%M:%S} UTC that GitHub's list of them may be incomplete."
        )
    return Search(
        since=min(first.until, start.until),
        cursor=start,
        listed=listed,
        most=most,
        due=_due(ledger, run.repository, began, force=force),
        notes=tuple(notes),
    )


def _due(ledger: Ledger, repository: str, now: datetime, *, force: bool) -> tuple[ThreadRef, ...]:
    return tuple(
        ThreadRef(record.thread, record.at)
        for record in ledger.records
        if record.repository == repository
        and (
            (record.is_open and has_expired(record, now))
            or (force and record.state == "failed")
            or is_to_fold(record, now)
            or is_due_for_reread(record, now)
        )
    )
