"""The ledger as runs share it: read once, changed by compare-and-swap, and recomputed after a lost race."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from threading import Lock

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


class LedgerStore:
    """One run's access to the ledger, for all its threads. ``shared``: whether other runs see it."""

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
    ) -> None:
        """``redact``: takes secrets out of what is stored, where anybody may read it who may read the repository.
        ``pages``: go along with each change.

        ``number``: GitHub's of the repository, if it is known; ``own_branch``: whether the ledger is a branch of that.
        """
        self.repository = repository
        self._here = RepositoryIdentity(repository, number, own_branch)
        self.claimant = claimant
        self.shared = shared
        self._store = store
        self._redact = redact
        self._pages = pages
        self._clock = clock
        self._known: tuple[str, Ledger] | None = None  # one value: never a version with another's ledger
        self._lock = Lock()  # threads of one run wait for each other, and so never lose a race against themselves
        self._names = count(1)

    def next_reservation_id(self) -> str:
        """A name that nobody has had, for a reservation."""
        return f"{self.claimant}/{next(self._names)}"

    @property
    def cached(self) -> Ledger | None:
        """The ledger as this run last knew it, if it does, without asking anybody."""
        known = self._known
        return follow_rename(known[1], self._here) if known is not None else None

    def read(self, retrier: Retrier) -> Ledger:
        """The ledger as this run last knew it; the first time, as it is. What is stale shows at the next update.

        Errors: `StateUnavailable`, `StateUnreadable`.
        """
        known = self.cached
        return known if known is not None else retrier.retry_conflicts(self._first)

    def update(self, step: Step, retrier: Retrier) -> Ledger:
        """Apply ``step`` to the newest ledger, so that no other run's change is lost.

        Errors: whatever ``step`` raises; `StateUnavailable`, when it may or may not have been applied;
        `StateUnreadable`; `Conflict`, when others were faster until the deadline.
        """
        return retrier.retry_conflicts(lambda: self._exclusive(step))

    def _exclusive(self, step: Step) -> Ledger:
        with self._lock:
            return self._attempt(step)

    def _first(self) -> Ledger:
        with self._lock:
            return follow_rename((self._known or self._load())[1], self._here)

    def _attempt(self, step: Step) -> Ledger:
        version, before = self._known or self._load()
        after = step(follow_rename(before.migrated(), self._here))
        if after is not before:
            after = with_repository_number(after, self._here)
        changed = documents.changes(before, after, first=not version, redact=self._redact)
        if after is before or not changed:
            return before
        for path, text in self._pages(after, self._clock.now()).items():
            changed[path] = self._redact(text).text
        try:
            self._known = self._store.compare_and_swap(version, changed), documents.as_written(after, changed)
        except Exception:
            self._known = None  # whatever happened there, the next attempt begins by reading
            raise
        return after

    def _load(self) -> tuple[str, Ledger]:
        snapshot = self._store.read()
        self._known = known = snapshot.version, documents.read(snapshot.documents)
        return known


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
