"""Decide which of a thread's items a run may claim: a pure function of the thread and the ledger.

The same decision is made again whenever the ledger turns out to have changed, so that two runs never both hold an item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hls_action.domain.budget.errors import BudgetExceeded
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import key_migration
from hls_action.domain.ledger.model import WITHDRAWN, Claimant, Record, State
from hls_action.domain.limits.brakes import Looping
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks import look
from hls_action.domain.tasks.marks import Marks
from hls_action.domain.tasks.task import reviews
from hls_action.domain.threads.items import MAX_OPEN, REVIEW_PREFIX, Item, covers
from hls_action.domain.threads.keys import CurrentKeys
from hls_action.domain.threads.thread import Comment

MAX_TRIES = 8
"""After this many unsuccessful claims an item becomes a dead letter."""
MAX_ASKED = 3
"""How often a comment can request another try of a dead letter."""
MAX_REASON = 1_000
"""Characters of a reason that a record keeps."""
NOTHING_NEW = "nothing-new"
DRY_RUN = "dry-run"
NO_REPLY_NEEDED = "no-reply-needed"
LOW_CONFIDENCE = "low-confidence"
NOT_ALLOWED = "not-allowed"
WITHHELD_CODES = (NO_REPLY_NEEDED, LOW_CONFIDENCE)
"""Codes of skipped items whose answer is there, and did what it does but for the comment."""
FINAL_SKIP_CODES = (
    BudgetExceeded.code,
    look.CODE,
    NOTHING_NEW,
    *WITHHELD_CODES,
    NOT_ALLOWED,
    Looping.code,
)
"""Codes of skipped items that stay so by themselves: at a cap, where no later try is due, by the look, because a
review found nothing where the one before had found nothing, because the answer was not worth posting, because who gave
a command was not allowed to or was overruled, or because it would have kept a loop going.
"""
IN_CLAUDES_WORDS = (look.CODE, NO_REPLY_NEEDED)
"""Codes of reasons whose detail Claude wrote, who may have it from the thread: the ledger keeps nobody's text."""
FOLD_WINDOW = timedelta(days=1)
"""How long after a review was posted it is tried to fold those that it makes outdated."""
CLOCK_TOLERANCE = timedelta(minutes=3)
"""Longer than GitHub's lists lag and the runners' clocks differ."""
UNREADABLE = "thread"
"""The kind of a record that stands for a thread which could not be read: its items are not known yet."""


@dataclass(frozen=True)
class Situation:
    """A thread as one run sees it.

    ``unanswered``: items without a reply that counts, by the markers in the thread. ``wanted``: keys of all items that
    deserve an answer, replied to or not. ``replies_by_key``: which reply of ours names each key. ``ineligible``: why
    nothing is to be answered, and so nothing wanted, where that is so. ``retried_at``: when somebody last asked for
    another try. ``retry``: a maintainer asks for one now. ``force``, which is a retry, too: answer ``unanswered``
    though it is recorded as published; ``read_at``: when the thread was read, for what was recorded since then is not
    meant. ``ended``: other runs known to be over. ``dry_run``: nothing is to be posted, so that what another dry run
    wrote does as well. It neither loses a written answer nor has a deleted reply written again, whatever is forced.
    ``gone``: the thread is no more, so that nothing written for it is kept. ``names``: what items are called, of which
    records may still speak by another rule. ``mention``: how people address HLS. ``paused``: why nothing but commands
    may be taken up now, where that is so.
    """

    repository: str
    thread: ThreadId
    unanswered: tuple[Item, ...]
    wanted: Collection[str]
    replies_by_key: Mapping[str, Comment]
    ineligible: Reason
    now: datetime
    me: Claimant
    retried_at: datetime | None = None
    retry: bool = False
    force: bool = False
    read_at: datetime | None = None
    ended_runs: frozenset[Claimant] = frozenset()
    gone: bool = False
    names: CurrentKeys = field(default_factory=CurrentKeys)
    mention: str = "/hls"
    dry_run: bool = False
    paused: Reason = NONE

    @property
    def commands(self) -> frozenset[str]:
        """The keys of those among ``unanswered`` that code answers."""
        return frozenset(item.key for item in self.unanswered if item.command)

    @property
    def is_rewriting(self) -> bool:
        """Whether what was written before and waits to be posted is not wanted any more."""
        return self.force and not self.dry_run

    def is_decided(self, record: Record) -> bool:
        """Whether it is by a decision that there is no reply."""
        return record.reason.code in FINAL_SKIP_CODES or (self.dry_run and record.reason.code == DRY_RUN)


@dataclass(frozen=True)
class ClaimDecision:
    """What is to be done. ``to_answer``: items to answer; ``drafts_to_post``: records whose draft waits, by draft.

    ``closed``: records to write as they are here, which need nothing else; ``to_remove``: records to remove; ``held``:
    by other runs; ``newer``: than this run's view of the thread; ``not_due``: not due yet; ``dead_letters``: given up
    earlier; ``given_up``: just now; ``asked``: keys of those that people asked for again.
    """

    to_answer: tuple[Item, ...] = ()
    drafts_to_post: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    closed: tuple[Record, ...] = ()
    to_remove: tuple[Record, ...] = ()
    held: tuple[Record, ...] = ()
    newer: tuple[Record, ...] = ()
    not_due: tuple[Record, ...] = ()
    dead_letters: tuple[Record, ...] = ()
    given_up: tuple[Record, ...] = ()
    asked: frozenset[str] = frozenset()

    @property
    def commands(self) -> tuple[Item, ...]:
        """What of it code answers, as many as one marker can name."""
        return tuple(item for item in self.to_answer if item.command)[-MAX_OPEN:]

    def is_commands_alone(self, situation: Situation) -> bool:
        """Whether there is nothing else to do in the thread, now or after a pause."""
        return self.commands == self.to_answer and not self.drafts_to_post and not situation.paused

    @property
    def is_work(self) -> bool:
        """Whether there is anything to answer or to post."""
        return bool(self.to_answer or self.drafts_to_post)


def decide(situation: Situation, records: tuple[Record, ...]) -> ClaimDecision:
    """Decide what this run may do, by the ``records`` of the thread."""
    sorter = _Sorter(situation)
    for record in key_migration.with_current_keys(records, situation.names, situation.now):
        sorter.sort(record)
    return sorter.decision()


class _Sorter:
    """Puts each record where it belongs; the first rule that fits decides."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.piles: dict[str, list[Record]] = {}
        self.asked: set[str] = set()
        self.spoken_for: set[str] = set()

    def sort(self, record: Record) -> None:
        situation, key = self.situation, record.key
        is_owed = any(item.key == key for item in situation.unanswered)
        reply = situation.replies_by_key.get(key)
        if is_thread_record(record):
            self._put("to_remove", record)  # the thread was read, so its items speak for themselves
        elif record.state == "published":
            if not self._is_forced(record):
                self.spoken_for.add(key)
        elif record.state == "skipped":
            self._sort_skipped(record, answered=reply is not None)
        elif is_held(record, situation):
            self.spoken_for.add(key)
            self._put("held", record)
        elif reply is not None and not is_owed and not _replaces(record):
            self._put("closed", with_end(record, "published", situation, comment=reply))
        elif key not in situation.wanted and self._is_later(record):
            self.spoken_for.add(key)  # this run's view of the thread is older than the record, and cannot tell
            self._put("newer", record)
        elif key not in situation.wanted:
            why = situation.ineligible or Reason(
                WITHDRAWN, "the request was edited, deleted or superseded before it was answered"
            )
            draft = record.draft if situation.ineligible and not situation.gone else ""
            self._put("closed", with_end(record, "skipped", situation, reason=why, draft=draft))
        else:
            self._sort_open(record)

    def _sort_skipped(self, record: Record, *, answered: bool) -> None:
        """What made it so may have passed: the thread as it is now decides, but for what is `FINAL_SKIP_CODES`."""
        situation, key = self.situation, record.key
        if situation.gone and record.draft:
            self._put("closed", replace(record, draft=""))
        elif situation.is_decided(record) and self._asked_again(record):
            self.asked.add(key)
        elif self._is_decided(record):
            self.spoken_for.add(key)
            self._put("dead_letters", record)
        elif record.draft and not answered and key in situation.wanted and not situation.is_rewriting:
            self.spoken_for.add(key)
            self._put("drafts_to_post", record)

    def _sort_open(self, record: Record) -> None:
        """An unclaimed item that is wanted; whatever no rule here sorts out is to be answered."""
        by_comment = self._asked_again(record)
        again = self.situation.retry or by_comment
        if by_comment:
            self.asked.add(record.key)
        if record.state == "failed" and not again:
            self.spoken_for.add(record.key)
            self._put("dead_letters", record)
        elif record.state == "deferred" and not again and record.until and self.situation.now < record.until:
            self.spoken_for.add(record.key)
            self._put("not_due", record)
        elif record.draft and not self.situation.is_rewriting:
            self.spoken_for.add(record.key)
            self._put("drafts_to_post", record)
        elif record.tries >= MAX_TRIES and not again:
            self.spoken_for.add(record.key)
            why = Reason("gave-up", f"{record.tries} runs tried and none finished")
            self._put("given_up", with_end(record, "failed", self.situation, reason=why))

    def _is_later(self, record: Record) -> bool:
        """Whether a record was written after this run read the thread, or may have been."""
        return self.situation.read_at is not None and record.at > self.situation.read_at - CLOCK_TOLERANCE

    def _is_decided(self, record: Record) -> bool:
        """Whether it stays unanswered by what was decided, and no maintainer asks for it again."""
        return self.situation.is_decided(record) and not self.situation.retry

    def _is_forced(self, record: Record) -> bool:
        """Whether a published item is to be answered anew: its reply was there to see, or had long been deleted."""
        situation = self.situation
        if not situation.force:
            return False
        if record.key in situation.replies_by_key:
            return True
        return (
            not situation.dry_run and situation.read_at is not None and record.at < situation.read_at - CLOCK_TOLERANCE
        )

    def _asked_again(self, record: Record) -> bool:
        asked = self.situation.retried_at
        waits = record.state in ("failed", "deferred", "skipped")
        return bool(waits and asked is not None and asked > record.at and record.asked < MAX_ASKED)

    def _put(self, pile: str, record: Record) -> None:
        self.piles.setdefault(pile, []).append(record)

    def _drafts(self) -> dict[str, tuple[Record, ...]]:
        """Written answers to post, each with all it names: else another run could hold the rest, and post it, too."""
        held = {record.draft for record in self.piles.get("held", ())}
        finish: dict[str, tuple[Record, ...]] = {}
        for record in self.piles.pop("drafts_to_post", []):
            if record.draft in held:
                self._put("held", record)
            else:
                finish[record.draft] = (*finish.get(record.draft, ()), record)
        for pile in ("newer", "not_due", "dead_letters"):
            for record in [record for record in self.piles.get(pile, ()) if record.draft in finish]:
                self.piles[pile].remove(record)
                finish[record.draft] += (record,)
        return finish

    def decision(self) -> ClaimDecision:
        finish, unanswered = self._drafts(), self.situation.unanswered
        if self.situation.paused:
            commands = self.situation.commands
            unanswered = tuple(item for item in unanswered if item.command)
            finish = {name: found for name, found in finish.items() if all(r.key in commands for r in found)}
        return ClaimDecision(
            to_answer=tuple(item for item in unanswered if not covers(self.spoken_for, item)),
            drafts_to_post=finish,
            asked=frozenset(self.asked),
            **{pile: tuple(records) for pile, records in self.piles.items()},
        )


def holders(situation: Situation, records: tuple[Record, ...]) -> frozenset[Claimant]:
    """The other runs that hold claims in the thread."""
    return frozenset(
        r.by for r in key_migration.with_current_keys(records, situation.names, situation.now) if is_held(r, situation)
    )


def is_to_fold(record: Record, now: datetime) -> bool:
    """Whether there are comments that a posted review makes outdated, and that were not folded when it was posted."""
    return record.state == "published" and bool(record.unfolded) and now - record.at <= FOLD_WINDOW


def was_replaced_since(
    comment: int, keys: Collection[str], records: tuple[Record, ...], since: datetime | None
) -> bool:
    """Whether another answer than that to ``keys`` took a comment's place since then, so that it must not be lost."""
    others = (r for r in records if r.comment_id == comment and r.state == "published" and r.key not in keys)
    return any(since is not None and record.at > since for record in others)


def last_review(records: tuple[Record, ...]) -> Record | None:
    """The latest review of a pull request that is on record, posted or found to say nothing new."""
    known = [r for r in records if r.is_review and (r.state == "published" or r.reason.code == NOTHING_NEW)]
    return max(known, key=lambda record: record.first, default=None)  # it may be on record only much later


def outdated(situation: Situation, records: tuple[Record, ...], head: str) -> tuple[str, ...]:
    """Our reviews of a pull request, now at ``head``, that a posted one makes outdated and that were not folded, by
    their node ids. Nothing once the latest is old: then it was tried often enough.
    """
    found = reviews(situation.replies_by_key)
    posted = [r for r in records if r.state == "published" and found and r.comment_id == found[-1].id]
    if not any(situation.now - record.at <= FOLD_WINDOW for record in posted):
        return ()
    done = folded(records)
    still = [review for review in found if review.node_id not in done]
    current = situation.replies_by_key.get(f"{REVIEW_PREFIX}{head}")
    kept = current if current in still else still[-1] if still else None  # never all of them
    return tuple(review.node_id for review in still if review != kept)


def replies_to_requests(situation: Situation, records: tuple[Record, ...]) -> frozenset[str]:
    """Our replies that by now answer somebody, by their node ids: one that was a mere review may have been written
    anew. They are never folded.
    """
    of_somebody = {r.comment_id for r in records if r.state == "published" and not r.is_review}
    return frozenset(reply.node_id for reply in situation.replies_by_key.values() if reply.id in of_somebody)


def folded(records: tuple[Record, ...]) -> frozenset[str]:
    """What was folded in a thread, or cannot be, by node ids."""
    return frozenset(node for record in records for node in record.folded)


def marks(records: Iterable[Record]) -> Marks:
    """What HLS marked a thread with last, by the ``records`` of it."""
    return {group: name for record in records for group, name in record.marks.items()}


def marked_since(records: Iterable[Record], written: datetime | None) -> bool:
    """Whether HLS has marked the thread after an answer was ``written``, whose own marks are then out of date."""
    return written is not None and any(record.marks and record.at > written for record in records)


def is_thread_record(record: Record) -> bool:
    """Whether a record is not an item's, but that of a thread which could not be read."""
    return record.key.startswith(f"{UNREADABLE}/")


def is_due_for_reread(record: Record, now: datetime) -> bool:
    """Whether it is time to see whether a thread that could not be read for good can be read by now."""
    return is_thread_record(record) and record.state == "failed" and record.until is not None and now >= record.until


def is_held(record: Record, situation: Situation) -> bool:
    """Whether another live run holds a claim on it. An earlier attempt of this very run is dead."""
    if record.state not in ("claimed", "answered") or record.by == situation.me:
        return False
    mine = record.by.run == situation.me.run and record.by.attempt < situation.me.attempt
    return not (mine or has_expired(record, situation.now) or record.by in situation.ended_runs)


def _replaces(record: Record) -> bool:
    """Whether its draft is to take the place of a reply, so that the reply's marker does not say that it was posted."""
    return bool(record.draft) and record.comment_id is not None


def has_expired(record: Record, now: datetime) -> bool:
    """Whether the run that claimed it can no longer be at work on it."""
    return record.until is None or now >= record.until


def with_end(
    record: Record,
    state: State,
    situation: Situation,
    *,
    reason: Reason = NONE,
    comment: Comment | None = None,
    draft: str = "",
) -> Record:
    """How a record ends. ``draft``: an answer that was paid for and could not be posted is kept, for when it can be.

    An item that was to be answered anew and was not still has the reply it had.
    """
    reply = situation.replies_by_key.get(record.key)
    if comment is None and reply is not None:
        state, comment, draft, reason = "published", reply, "", NONE
    return replace(
        record,
        state=state,
        by=situation.me,
        at=situation.now,
        until=None,
        draft=draft,
        comment_id=comment.id if comment else None,
        comment_url=comment.url if comment else "",
        reason=reason.cut(MAX_REASON),
    )
