"""The ledger: what became of every item, who works on what, and which answers were paid for but not posted yet.

Values only; how they are shared is `LedgerStore`'s business. A record is found by its idempotency key: repository,
thread, and the item's own key, which holds its kind, its id and the digest of what it asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

from hls_action.domain.budget.budget import Budget, Charge
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import GitHubId, ThreadId
from hls_action.domain.knowledge.grounding import Counts
from hls_action.domain.ledger.access import Known
from hls_action.domain.ledger.cursor import Cursor, SweepProgress
from hls_action.domain.limits.brakes import Answers
from hls_action.domain.limits.pace import LONGEST_COOL_DOWN, CoolDowns
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.marks import Marks
from hls_action.domain.threads.facts import Relation
from hls_action.domain.threads.items import REVIEW_PREFIX

SCHEMA = 2
"""Of the documents that this version writes."""
SHARDS = 16
MAX_KEPT = 150
"""Records of finished items that a shard keeps; older ones are folded into its totals. Markers still name them."""
MAX_KEPT_FAILED = 150

State = Literal["claimed", "answered", "published", "skipped", "deferred", "failed"]
OPEN: tuple[State, ...] = ("claimed", "answered", "deferred")
"""States that some later run has to take further by itself."""


WITHDRAWN = "withdrawn"
"""The code of the reason when an item is no longer asked."""


@dataclass(frozen=True)
class Claimant:
    """One attempt of one workflow run. Under act every run is number 1, so a nonce tells them apart."""

    run: int
    attempt: int
    nonce: str

    def __str__(self) -> str:
        return f"{self.run}.{self.attempt}.{self.nonce}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. Errors: ``ValueError``."""
        run, attempt, nonce = text.split(".")
        found = cls(int(run), int(attempt), nonce)
        if str(found) != text:
            raise ValueError(f"{text[:80]!r} is not a run")
        return found


@dataclass(frozen=True)
class Record:
    """What became of one item.

    ``by``: the run that last claimed it. ``first`` and ``at``: when it was first and last written. ``until``: when
    a claim expires, or a deferred item is due. ``tries``: how often it was claimed; ``asked``: how often people had it
    tried again. ``draft``: the answer to post. ``comment_id``: our reply, or the one that the draft will replace.
    ``cost_usd``: of items answered together, the first bears the cost. ``folded``: of a published
    review, the earlier ones that were folded for it, or cannot be, by GitHub's node ids; ``unfolded``: those that are
    still to be. ``findings``: how many problems a review found; None for
    what is no review, or does not say. ``relations``: what its thread is to others, at most `MAX_RELATIONS`; ``marks``:
    what HLS marked the thread with last, on one record of each thread. ``proposed``: issues that its replies were the
    first to name; ``refused``: those that people said its thread is not about.
    """

    repository: str
    thread: ThreadId
    key: str
    state: State
    by: Claimant
    first: datetime
    at: datetime
    until: datetime | None = None
    tries: int = 0
    asked: int = 0
    draft: str = ""
    comment_id: GitHubId | None = None
    comment_url: str = ""
    cost_usd: Decimal = Decimal(0)
    reason: Reason = NONE
    folded: tuple[str, ...] = ()
    unfolded: tuple[str, ...] = ()
    findings: int | None = None
    relations: tuple[Relation, ...] = ()
    marks: Marks = field(default_factory=dict, hash=False)
    proposed: tuple[GitHubId, ...] = ()
    refused: tuple[GitHubId, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a later run has to take it further."""
        return self.state in OPEN

    @property
    def is_withdrawn(self) -> bool:
        """Whether what it is about was no longer asked."""
        return self.state == "skipped" and self.reason.code == WITHDRAWN

    @property
    def is_review(self) -> bool:
        """Whether it is about a head of a pull request."""
        return self.key.startswith(REVIEW_PREFIX)

    @property
    def id(self) -> Id:
        """What it is found by."""
        return self.repository, self.thread, self.key


Id = tuple[str, ThreadId, str]


@dataclass(frozen=True)
class Totals:
    """Records too old to keep: how many ended how, and what they cost in USD."""

    counts: Mapping[State, int] = field(default_factory=dict)
    cost_usd: Decimal = Decimal(0)

    def plus(self, records: Iterable[Record]) -> Totals:
        """These, and ``records``."""
        counts, cost = dict(self.counts), self.cost_usd
        for record in records:
            counts[record.state] = counts.get(record.state, 0) + 1
            cost += record.cost_usd
        return Totals(counts, cost)


@dataclass(frozen=True)
class Shard:
    """One document: the records of every sixteenth thread, with the drafts they name."""

    records: Mapping[Id, Record] = field(default_factory=dict)
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    totals: Totals = Totals()

    def with_records(
        self, changed: Iterable[Record], removed: Iterable[Id] = (), drafts: Mapping[str, Draft] | None = None
    ) -> Shard:
        """After a change: drafts that no record names any more are dropped, records too old to keep are folded."""
        records = {**self.records, **{record.id: record for record in changed}}
        for gone in removed:
            records.pop(gone, None)
        folded = self.totals
        for states, kept in ((("published", "skipped"), MAX_KEPT), (("failed",), MAX_KEPT_FAILED)):
            finished = sorted((r for r in records.values() if r.state in states), key=lambda r: (r.at, r.id))
            old = finished[: max(0, len(finished) - kept)]
            folded = folded.plus(old)
            for record in old:
                del records[record.id]
        known = {**self.drafts, **(drafts or {})}
        for record in records.values():
            if record.draft and record.draft not in known:  # restored by somebody: what is written must be readable
                records[record.id] = replace(record, draft="")
        named = {record.draft for record in records.values() if record.draft}
        return Shard(records, {name: draft for name, draft in known.items() if name in named}, folded)


@dataclass(frozen=True)
class AlertState:
    """Which alerts people were told of. ``levels``: the period and the threshold, by measure.

    ``issue``: the number of the alert issue, once there was one; ``by``: the run that is telling more, ``until`` then.
    """

    levels: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    issue: GitHubId | None = None
    is_open: bool = False
    by: str = ""
    until: datetime | None = None


MAX_TALLIES = 10
"""Versions of the prompts whose answers are counted; older ones are forgotten."""


@dataclass(frozen=True)
class Tally:
    """How well answers to one version of the prompts were grounded. ``at``: when the last of them was written."""

    at: datetime
    answers: int = 0
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class Pause:
    """``by``: the login of who paused a repository, ``since`` when and for what ``reason``, in their words; ``until``:
    when it was resumed, None while it is paused. ``caught_up``: what came meanwhile is to be answered. ``renewed``:
    when it was last ordered once more.
    """

    by: str
    since: datetime
    reason: str = ""
    until: datetime | None = None
    caught_up: bool = False
    renewed: datetime | None = None

    @property
    def ordered(self) -> datetime:
        """When the last order was given that it knows of."""
        return self.until or self.renewed or self.since


Pauses = tuple[Pause, ...]
"""Of one repository, the oldest first."""


@dataclass(frozen=True)
class Ledger:
    """All shards, how far each repository was swept, the budget, the alerts, and who asked us to wait.

    ``sweep_progress``: what of it sweeps looked at beyond that. ``repositories``: GitHub's number of each, whatever its
    name. ``grounding``: by version of the prompts, how their answers were grounded. ``pauses``: of each repository.
    ``answers``: those of the last 24 hours, for the brakes. ``access``: who has write access.

    ``batched``: the names of what an earlier version reserved for message batches, which nobody collects any more; None
    where it left nothing of the kind. ``schema``: of the documents it was read from. ``stored``: these, as they are, by
    path, for they may hold more than this version knows. ``Ledger()`` is the empty one.
    """

    shards: tuple[Shard, ...] = (Shard(),) * SHARDS
    watermarks: Mapping[str, datetime] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    alerts: AlertState = field(default_factory=AlertState)
    cool_downs: CoolDowns = field(default_factory=CoolDowns)
    batched: frozenset[str] | None = None
    schema: int = SCHEMA
    sweep_progress: Mapping[str, SweepProgress] = field(default_factory=dict)
    repositories: Mapping[str, GitHubId] = field(default_factory=dict)
    grounding: Mapping[str, Tally] = field(default_factory=dict)
    pauses: Mapping[str, Pauses] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    access: Known = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record, the longest untouched first."""
        return tuple(sorted((r for s in self.shards for r in s.records.values()), key=lambda r: (r.at, r.id)))

    def of(self, repository: str, thread: ThreadId) -> tuple[Record, ...]:
        """The records of one thread, by key."""
        found = self.shards[thread.number % SHARDS].records.values()
        return tuple(
            sorted((r for r in found if (r.repository, r.thread) == (repository, thread)), key=lambda r: r.key)
        )

    def draft(self, record: Record) -> Draft | None:
        """The answer that waits to be posted for ``record``."""
        return self.shards[record.thread.number % SHARDS].drafts.get(record.draft)

    def put(
        self,
        thread: ThreadId,
        changed: Iterable[Record],
        *,
        removed: Iterable[Id] = (),
        drafts: Mapping[str, Draft] | None = None,
    ) -> Ledger:
        """With the ``changed`` records of one thread, and without the ``removed`` ones."""
        changed, removed = tuple(changed), tuple(removed)
        if not changed and not removed:
            return self
        shards = list(self.shards)
        place = thread.number % SHARDS
        shards[place] = shards[place].with_records(changed, removed, drafts)
        return replace(self, shards=tuple(shards))

    def with_cool_down(self, name: str, now: datetime, until: datetime) -> Ledger:
        """With a service, by ``name``, that nobody is to ask before then; without those that are over."""
        cool_downs = self.cool_downs.pruned(now).begun(name, min(until, now + LONGEST_COOL_DOWN))
        return self if cool_downs is self.cool_downs else replace(self, cool_downs=cool_downs)

    def migrated(self) -> Ledger:
        """As this version has it, whichever wrote it.

        What was reserved for message batches counts as spent, as it may have been billed.
        """
        if self.batched is None and self.schema == SCHEMA:
            return self
        budget = self.budget
        for name in sorted((self.batched or frozenset()) & budget.reservations.keys()):
            budget = budget.settle(Charge(name, budget.reservations[name].usd, known=False))
        return replace(self, budget=budget, batched=None, schema=SCHEMA)

    def with_answer(self, draft: Draft, now: datetime) -> Ledger:
        """With how well one more answer is grounded."""
        if not draft.prompt:
            return self
        was = self.grounding.get(draft.prompt, Tally(now))
        tally = Tally(now, was.answers + 1, was.counts.plus(draft.grounds.counts))
        known = sorted({**self.grounding, draft.prompt: tally}.items(), key=lambda each: (each[1].at, each[0]))
        return replace(self, grounding=dict(known[-MAX_TALLIES:]))

    def cursor(self, repository: str) -> Cursor | None:
        """How far ``repository`` was swept; None where no sweep is on record."""
        until, sweep_progress = self.watermarks.get(repository), self.sweep_progress.get(repository)
        if until is None:
            return None
        return (
            Cursor(until, sweep_progress.settled, sweep_progress.provisional)
            if sweep_progress is not None
            else Cursor(until)
        )

    def swept(self, repository: str, found: Cursor, now: datetime) -> Ledger:
        """With ``repository`` swept so far by a sweep that ends ``now``; not back in time, but from the future.

        Sweeps that run at once each know what they settled: what is settled by one of them is.
        """
        before = self.cursor(repository)
        cursor = found if before is None or before.until > now else found.joined(before)
        sweep_progress = SweepProgress(now, cursor.settled, cursor.provisional)
        return replace(
            self,
            watermarks={**self.watermarks, repository: cursor.until},
            sweep_progress={**self.sweep_progress, repository: sweep_progress},
        )


def next_try(records: Collection[Record]) -> datetime | None:
    """When the first of them is tried again by itself; None where one of them is not, and where there are none."""
    due = [record.until for record in records if record.state == "deferred" and record.until]
    return min(due) if due and len(due) == len(records) else None
