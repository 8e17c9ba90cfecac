"""The ledger as runs share it: read once, changed by compare-and-swap, and recomputed after a lost race."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Lock

from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.ledger import documents
from hls_action.domain.ledger.errors import Conflict
from hls_action.domain.ledger.model import Claimant, Ledger
from hls_action.domain.ledger.moves import RepositoryIdentity, follow_rename, with_repository_number
from hls_action.domain.text.secrets import Redact, redact
from hls_action.ports import Clock, Snapshot, StateStore
from hls_action.resilience.retry import Retrier

Pages = Callable[[Ledger, datetime], Mapping[str, str]]
"""What people read of the ledger at that time, as texts by path."""
Step = Callable[[Ledger], Ledger]
"""From one state to the next. It may be called several times, and finds its own effect where that was not certain."""


@dataclass(eq=False)
class _Change:
    """A step that waits for a commit, and what became of it: ``after``, the ledger it is part of, or its own ``error``.

    ``for_people``: the pages are to show it; ``deferred``: nobody waits for it. ``failures``: how many commits that it
    was to be part of came to nothing, the last by ``failure``.
    """

    step: Step
    for_people: bool = False
    deferred: bool = False
    after: Ledger | None = None
    error: Exception | None = None
    failures: int = 0
    failure: Exception | None = None

    @property
    def waits(self) -> bool:
        return self.after is None and self.error is None

    def result(self) -> Ledger:
        """Errors: the step's own."""
        if self.error is not None:
            raise self.error
        assert self.after is not None  # noqa: S101 - one of the two is there
        return self.after


class LedgerStore:
    """One run's access to the ledger, for all its threads. ``shared``: whether other runs see it.

    Steps that are there while another commit is under way go into the next one together: pushes are what the state
    branch has least of.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        repository: str,
        claimant: Claimant,
        *,
        shared: bool = True,
        redact: Redact = redact,
        pages: Pages = lambda _ledger, _now: {},
        number: int | None = None,
        own_branch: bool = False,
        early_read: Callable[[], Snapshot] | None = None,
    ) -> None:
        """``redact``: takes secrets out of what is stored, where anybody may read it who may read the repository.
        ``pages``: go along with the changes that people are to see.

        ``number``: GitHub's of the repository, if it is known; ``own_branch``: whether the ledger is a branch of that.
        ``early_read``: waits for a read of the store that has begun already, and is the first attempt at it.
        """
        self.repository = repository
        self._here = RepositoryIdentity(repository, number, own_branch)
        self.claimant = claimant
        self.shared = shared
        self._store = store
        self._redact = redact
        self._pages = pages
        self._clock = clock
        self._early_read = early_read
        self._known: tuple[str, Ledger] | None = None  # one value: never a version with another's ledger
        self._is_stale = True
        self._lock = Lock()  # threads of one run wait for each other, and so never lose a race against themselves
        self._waiting: list[_Change] = []
        self._names = count(1)

    def next_reservation_id(self) -> str:
        """A name that nobody has had, for a reservation."""
        return f"{self.claimant}/{next(self._names)}"

    @property
    def cached(self) -> Ledger | None:
        """The ledger as this run last knew it, with what it deferred; None when it was not read yet."""
        known = self._known
        return self._with_deferred(known[1]) if known is not None else None

    def read(self, retrier: Retrier) -> Ledger:
        """The ledger as this run last knew it; the first time, as it is. What is stale shows at the next update.

        Errors: `StateUnavailable`, `StateUnreadable`.
        """
        known = self.cached
        return known if known is not None else retrier.retry_conflicts(self._first)

    def update(self, step: Step, retrier: Retrier, *, for_people: bool = False) -> Ledger:
        """Apply ``step`` to the newest ledger, so that no other run's change is lost. ``for_people``: pages show it.

        Errors: whatever ``step`` raises; `StateUnavailable`, when it may or may not have been applied;
        `StateUnreadable`; `Conflict`, when others were faster until the deadline.
        """
        change = _Change(step, for_people)
        self._waiting.append(change)
        try:
            return retrier.retry_conflicts(lambda: self._committed(change))
        finally:
            self._forget(change)

    def defer(self, step: Step, *, for_people: bool = False) -> Ledger:
        """Have ``step``, which raises nothing, applied by the next commit, or by `flush`. Returns the ledger as it will
        be by what is known now.
        """
        self._waiting.append(_Change(step, for_people, deferred=True))
        assert self.cached is not None  # noqa: S101 - something was claimed before
        return self.cached

    def flush(self, retrier: Retrier) -> None:
        """Write what was deferred, if no commit has taken it along. Errors: as those of `update`."""
        if self._waiting:
            self.update(lambda ledger: ledger, retrier)

    def _committed(self, change: _Change) -> Ledger:
        """Errors: that of a commit which ``change`` was part of while it waited, as those of its own commit."""
        failures = change.failures
        with self._lock:
            if change.waits and change.failures == failures:
                self._commit(tuple(self._waiting))
            if change.failure is not None and change.failures > failures:
                raise change.failure
        return change.result()

    def _first(self) -> Ledger:
        with self._lock:
            return self._with_deferred(self._newest()[1])

    def _with_deferred(self, ledger: Ledger) -> Ledger:
        after = follow_rename(ledger, self._here)
        for change in tuple(self._waiting):
            after = change.step(after) if change.deferred else after
        return after

    def _commit(self, changes: tuple[_Change, ...]) -> None:
        """Write ``changes`` by one compare-and-swap. An error of a step is that one's alone, and final; any other is
        kept for all that are left.
        """
        try:
            version, before = self._newest()
            after = follow_rename(before.migrated(), self._here)
            for change in changes:
                after = _applied(change, after)
            self._write(version, before, after, for_people=any(change.for_people for change in changes))
        except Exception as error:  # noqa: BLE001 - raised again by each that waits
            self._is_stale = True  # whatever happened there, the next attempt begins by reading
            for change in changes:
                if change.error is None:
                    change.failures, change.failure = change.failures + 1, error
        else:
            for change in changes:
                change.after = after
        for change in changes:
            if not change.waits:
                self._forget(change)

    def _forget(self, change: _Change) -> None:
        with suppress(ValueError):  # whoever waited has given up, or a commit has taken it out
            self._waiting.remove(change)

    def _write(self, version: str, before: Ledger, after: Ledger, *, for_people: bool) -> None:
        if after is not before:
            after = with_repository_number(after, self._here)
        changed = documents.changes(before, after, first=not version, redact=self._redact)
        if after is before or not changed:
            return
        if for_people or not version:
            for path, text in self._pages(after, self._clock.now()).items():
                changed[path] = self._redact(text).text
        self._known = self._store.compare_and_swap(version, changed), documents.as_written(after, changed)

    def _newest(self) -> tuple[str, Ledger]:
        known = self._known
        if known is None or self._is_stale:
            read, self._early_read = self._early_read or self._store.read, None
            snapshot = read()
            self._known = known = snapshot.version, documents.read(snapshot.documents)
            self._is_stale = False
        return known


def _applied(change: _Change, ledger: Ledger) -> Ledger:
    try:
        return change.step(ledger)
    except DeadlineExceeded:  # an alarm, which may come at any moment
        raise
    except Exception as error:  # noqa: BLE001 - raised again by whoever waits for it
        change.error = error
        return ledger


class _MemoryStore:
    """A state in memory, lost with the process."""

    def __init__(self) -> None:
        self._snapshot = Snapshot("", {})

    def read(self) -> Snapshot:
        return self._snapshot

    def compare_and_swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        if version != self._snapshot.version:
            raise Conflict("the state has changed.")
        kept = {path: text for path, text in {**self._snapshot.documents, **changes}.items() if text is not None}
        self._snapshot = Snapshot(str(int(version or 0) + 1), kept)
        return self._snapshot.version


def in_memory(clock: Clock, repository: str) -> LedgerStore:
    """For runs without a state branch: only the markers in threads outlast them."""
    return LedgerStore(_MemoryStore(), clock, repository, Claimant(0, 0, "alone"), shared=False)
