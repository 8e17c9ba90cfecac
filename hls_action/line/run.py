"""One run of HLS: what all its threads share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.knowledge.issue_pages import IssueQuery
from hls_action.domain.ledger import pause
from hls_action.domain.ledger.model import Ledger
from hls_action.domain.reasons import Reason
from hls_action.domain.settings import Settings
from hls_action.domain.threads.thread import Label, Thread
from hls_action.line.committed import Committed, read_committed
from hls_action.line.issues import ChangedIssues, StoredIssues, read_changed, read_stored, together
from hls_action.line.materials import Debug, Materials, Start, quiet
from hls_action.ports import ChatModel, Clock, GitHub, IssueIndexStore, Source
from hls_action.records.leases import Leases
from hls_action.records.store import LedgerStore, in_memory
from hls_action.resilience.background import Background, Early, Once
from hls_action.resilience.limiter import Limiter, ModelLimiters
from hls_action.resilience.retry import TIME_TO_RECORD, Retrier

TIME_TO_ANSWER = 60.0
"""Seconds to allow for a call."""
CLAIM_GRACE = timedelta(seconds=180)
"""How long a claim outlasts its run's deadline: longer than a run can be late, clocks can differ and lists can lag."""

Webhook = Callable[[str], str]
"""Sends a line of text to wherever the maintainers want it. Returns what went wrong, or ``""``."""


@dataclass(frozen=True)
class Run:
    """What is the same for all threads of a run: the clock and its deadline, configuration and settings, the ledger,
    the limits, GitHub and Claude.

    ``committed``: what the maintainers committed to the default branch, read once when first needed, and so the same
    for every thread; errors are `ConfigError` and `UpstreamError`. ``source``: its files, without a request; None where
    git has none. ``labels``: those of the repository, likewise. ``stored_issues``: what sweeps keep of its issues in
    ``issue_store``, if anywhere; ``changed_issues``: those that changed since, likewise. ``model``: Claude, called for
    when first needed: it is slow to build. ``claude_limiters``: Claude's limits; ``github_limiter``: GitHub's, if
    anybody keeps them. ``until``: when this run's claims end. ``start``: begins something beside what goes on.
    ``debug``: told what each step came to, in words without anybody's text, for whoever looks for a fault.
    ``alert_lock``: held by whichever of its threads tells people of alerts. ``sweeping``: whether it is a sweep.
    ``asks``: whether it may ask Claude. ``early_thread``: the first attempt to read the one that woke it.
    """

    github: GitHub
    model: Callable[[], ChatModel]
    clock: Clock
    retrier: Retrier
    materials: Materials
    committed: Callable[[], Committed]
    labels: Callable[[], tuple[Label, ...]]
    stored_issues: Callable[[], StoredIssues]
    changed_issues: Callable[[], ChangedIssues]
    ledger_store: LedgerStore
    leases: Leases
    claude_limiters: ModelLimiters
    until: datetime
    start: Start
    source: Source | None = None
    issue_store: IssueIndexStore | None = None
    github_limiter: Limiter | None = None
    webhook: Webhook | None = None
    debug: Debug = quiet
    alert_lock: Lock = field(default_factory=Lock)
    sweeping: bool = False
    asks: bool = True
    early_thread: Early[ThreadId, Thread] | None = None

    @property
    def by_git(self) -> bool:
        """Whether what is committed takes no request."""
        return self.source is not None

    @property
    def now(self) -> datetime:
        """The current time, UTC."""
        return self.clock.now()

    @property
    def repository(self) -> str:
        """The repository whose threads are answered, as owner/name."""
        return self.materials.repository

    @property
    def has_ledger(self) -> bool:
        """Whether what this run records is there for later ones."""
        return self.ledger_store.shared

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return self.retrier.remaining

    @property
    def out_of_time(self) -> bool:
        """Whether there is no time left to begin another thread."""
        return self.retrier.remaining <= 2 * TIME_TO_RECORD

    def settings(self) -> Settings:
        """What the maintainers configured. Errors: `ConfigError`, `UpstreamError`."""
        return self.committed().settings

    @property
    def paused(self) -> Reason:
        """Why nothing is taken up, as far as this run knows. Errors: those of `ledger`."""
        return pause.reason(self.ledger(), self.repository, self.materials.rules.mention)

    def issue_index(self, *, fresh: bool = True) -> tuple[IssueIndex, tuple[str, ...]]:
        """What is known of the repository's issues, with notes for people on what is missing. ``fresh``: with what
        changed since the last sweep, which is one request. Never fails.
        """
        return together(self.stored_issues(), self.changed_issues() if fresh else None)

    def as_sweep(self) -> Run:
        """The same, for many threads. It asks for what changed as the index is kept, the longest unchanged first."""
        github, redact, stored = self.github, self.materials.redact, self.stored_issues
        changed = Once(lambda: read_changed(github, redact, stored().kept.first_query))
        return replace(self, sweeping=True, changed_issues=changed)

    def ledger(self) -> Ledger:
        """The ledger as this run last knew it. Errors: `StateUnavailable`, `StateUnreadable`."""
        return self.ledger_store.read(self.retrier)


def begin(
    github: GitHub,
    model: Callable[[], ChatModel],
    clock: Clock,
    materials: Materials,
    ledger_store: LedgerStore | None = None,
    start: Start = Background,
    webhook: Webhook | None = None,
    github_limiter: Limiter | None = None,
    debug: Debug = quiet,
    source: Source | None = None,
    early_thread: Early[ThreadId, Thread] | None = None,
    issue_store: IssueIndexStore | None = None,
) -> Run:
    """Begin a run now. Without a ``ledger_store`` only the markers in threads outlast it. ``source``: the repository's
    files; without it, GitHub's API has them. ``early_thread``: a thread that is being read already. ``issue_store``:
    what sweeps keep of its issues; without it, a run knows those that changed last.
    """
    began = clock.monotonic()

    def timed(line: str) -> None:
        debug(f"{clock.monotonic() - began:.2f} s: {line}")

    retrier = Retrier(clock, materials.seconds, debug=timed)
    until = clock.now() + timedelta(seconds=materials.seconds) + CLAIM_GRACE
    ledger_store = ledger_store or in_memory(clock, materials.repository)

    def patience() -> float:
        """How long a call may be held back: what is left must do for the call and its record."""
        return retrier.remaining - TIME_TO_RECORD - TIME_TO_ANSWER

    stored_issues = Once(lambda: read_stored(issue_store))

    def changed_issues() -> ChangedIssues:
        query = IssueQuery(since=stored_issues().kept.index.until, newest_first=True)
        return read_changed(github, materials.redact, query)

    return Run(
        github=github,
        model=model,
        clock=clock,
        retrier=retrier,
        materials=materials,
        committed=Once(lambda: read_committed(materials, github, source, retrier, start)),
        source=source,
        labels=Once(lambda: retrier.call(github.labels)),
        stored_issues=stored_issues,
        changed_issues=Once(changed_issues),
        issue_store=issue_store,
        ledger_store=ledger_store,
        leases=Leases(ledger_store, retrier, clock, until),
        claude_limiters=ModelLimiters(clock, patience),
        until=until,
        start=start,
        github_limiter=github_limiter,
        webhook=webhook,
        debug=timed,
        early_thread=early_thread,
    )
