"""From one state of the ledger to the next: every step a run takes, as a function that may be applied again.

A step that was already applied, as after a write of unknown outcome, changes nothing more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Charge, next_day
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import CoolingDown, TokenRefused, UpstreamError
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from hls_action.domain.ledger import claims, key_migration, wording
from hls_action.domain.ledger.claims import (
    IN_CLAUDES_WORDS,
    MAX_REASON,
    MAX_TRIES,
    UNREADABLE,
    ClaimDecision,
    Situation,
    is_due_for_reread,
    is_held,
    with_end,
)
from hls_action.domain.ledger.errors import ClaimLost, Conflict
from hls_action.domain.ledger.model import WITHDRAWN, Ledger, Record, State
from hls_action.domain.limits.brakes import RateLimited
from hls_action.domain.limits.headers import LONGEST, MINUTE
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.marks import Marks
from hls_action.domain.threads.facts import Relation
from hls_action.domain.threads.items import notice_key
from hls_action.domain.threads.keys import has_other_rule
from hls_action.domain.threads.thread import Comment

FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=6)
LOOKED_FOR = timedelta(days=30)
"""How long sweeps look at a thread that failed to be read."""
LONGEST_SPENT = timedelta(days=32)
"""Spend limits are for a month. A date that is farther away is not believed."""


REWRITTEN = Reason(WITHDRAWN, "its reply was rewritten without it")
"""What becomes of an item whose reply gave its place to another."""


def migrate_keys(ledger: Ledger, situation: Situation) -> Ledger:
    """Migrate the thread's records to the present keys of their items. Safe to repeat.

    What another live run holds keeps the name by which that run will look for it.
    """
    found = key_migration.renamings(ledger.of(situation.repository, situation.thread), situation.names, situation.now)
    free = [each for each in found if not is_held(each.was, situation)]
    return ledger.put(situation.thread, [each.now for each in free], removed=[each.was.id for each in free])


def claim(
    ledger: Ledger,
    situation: Situation,
    decision: ClaimDecision,
    until: datetime,
    relations: tuple[Relation, ...] = (),
    refused: tuple[int, ...] = (),
) -> Ledger:
    """Claim what is to be done, until that time, and record what ended by itself. Safe to repeat.

    ``relations``: what the thread is to others, and ``refused``: what it is not about; they are in the record of the
    newest item alone.
    """
    before = {record.key: record for record in ledger.of(situation.repository, situation.thread)}
    changed = [*decision.closed, *decision.given_up, *_rewritten(before.values(), situation, decision.closed)]
    for item in decision.to_answer:
        fresh = _new(situation, item.key)
        changed.append(_claimed(before.get(item.key, fresh), situation, decision, until, state="claimed"))
    if decision.to_answer:
        newest = changed[-1]
        changed[-1] = replace(newest, relations=relations or newest.relations, refused=refused or newest.refused)
    for records in decision.drafts_to_post.values():
        changed += [_claimed(record, situation, decision, until, state="answered") for record in records]
    after = ledger.put(situation.thread, changed, removed=[record.id for record in decision.to_remove])
    for record in decision.closed:
        draft = ledger.draft(before[record.key]) if record.key in before else None
        if draft is not None and record.state == "published":  # by a run that died before it could say so
            after = mark(after, situation, {record.key}, draft.marks)
    return after


def _rewritten(records: Iterable[Record], situation: Situation, closed: Iterable[Record]) -> list[Record]:
    """What a reply no longer answers that was seen to have been rewritten for what is ``closed``: a run that died, or
    was told that it may not, could not say so.
    """
    comments = {record.comment_id for record in closed if record.state == "published"} - {None}
    return [
        with_end(record, "skipped", situation, reason=REWRITTEN)
        for record in records
        if record.state == "published" and record.comment_id in comments and record.key not in situation.replies_by_key
    ]


def _claimed(was: Record, situation: Situation, decision: ClaimDecision, until: datetime, *, state: State) -> Record:
    repeated = was.by == situation.me and was.state == state and was.tries > 0
    starts_anew = was.state in ("published", "skipped") or (was.state == "failed" and situation.retry)
    return replace(
        was,
        state=state,
        by=situation.me,
        at=situation.now,
        until=until,
        tries=(0 if starts_anew else was.tries) + (not repeated),
        asked=was.asked + (was.key in decision.asked and not repeated),
        draft=was.draft if state == "answered" else "",
        reason=NONE,
        findings=was.findings if state == "answered" else None,
    )


def hold(ledger: Ledger, situation: Situation, held: Mapping[str, HLSError]) -> Ledger:
    """Write down why items that nobody holds get no answer now, by key. Safe to repeat."""
    before = {record.key: record for record in ledger.of(situation.repository, situation.thread)}
    found = [(before.get(key) or _new(situation, key), error) for key, error in held.items()]
    return ledger.put(situation.thread, [_held(record, error, situation) for record, error in found])


def _held(record: Record, error: HLSError, situation: Situation) -> Record:
    """What waits for room keeps its place in the order of those that wait, however often it finds none."""
    reason = reasons.of(error)
    if not isinstance(error, RateLimited):
        return with_end(record, "skipped", situation, reason=reason)
    waited = record.state == "deferred" and record.reason.code == reason.code
    return replace(
        record,
        state="deferred",
        by=situation.me,
        at=record.at if waited else situation.now,
        until=error.until,
        tries=0 if record.state in ("published", "skipped") else record.tries,
        reason=reason.cut(MAX_REASON),
    )


def settle(ledger: Ledger, charge: Charge) -> Ledger:
    """Write down what a call came to. Safe to repeat."""
    return replace(ledger, budget=budget) if (budget := ledger.budget.settle(charge)) is not ledger.budget else ledger


def write_ahead(ledger: Ledger, situation: Situation, keys: Collection[str], draft: Draft, until: datetime) -> Ledger:
    """Write the answer ahead of its posting. Safe to repeat. Errors: `ClaimLost`."""
    before = {record.key: record for record in ledger.of(situation.repository, situation.thread)}
    name = draft_id(situation.repository, situation.thread, keys)
    changed, is_first = [], True
    for place, key in enumerate(keys):
        was = before.get(key) or _new(situation, key)
        is_first = is_first and was.state == "claimed"
        if was.by != situation.me or was.state not in ("claimed", "answered"):
            raise ClaimLost(
                f"run {was.by.run} took over {wording.of_key(key, was.first)}; this run's answer was not posted"
            )
        cost = draft.cost_usd if place == 0 and was.state == "claimed" else Decimal(0)
        changed.append(
            replace(
                was,
                state="answered",
                at=situation.now,
                until=until,
                draft=name,
                comment_id=draft.comment.replaces,
                cost_usd=was.cost_usd + cost,
                reason=NONE,
                findings=draft.findings if was.is_review else None,
                proposed=tuple(dict.fromkeys((*was.proposed, *draft.proposes))) if place == 0 else was.proposed,
            )
        )
    ledger = ledger.put(situation.thread, changed, drafts={name: draft})
    return ledger.with_answer(draft, situation.now) if is_first else ledger


def drop_draft(ledger: Ledger, situation: Situation, keys: Collection[str], reason: Reason) -> Ledger:
    """Write down that the stored answer to items this run holds must not be posted: they wait for another one, which
    any run may ask for at once. Safe to repeat.
    """
    mine = [
        r
        for r in ledger.of(situation.repository, situation.thread)
        if r.key in keys and _is_mine(r, situation) and r.draft
    ]
    return ledger.put(situation.thread, [_without_draft(record, situation, reason) for record in mine])


def _without_draft(record: Record, situation: Situation, reason: Reason) -> Record:
    reply = situation.replies_by_key.get(record.key)
    return replace(
        record,
        state="deferred",
        at=situation.now,
        until=situation.now,
        draft="",
        comment_id=reply.id if reply else None,
        comment_url=reply.url if reply else "",
        reason=reason.cut(MAX_REASON),
    )


def publish(ledger: Ledger, situation: Situation, keys: Collection[str], comment: Comment) -> Ledger:
    """Write down that ``comment`` answers ``keys``, whoever holds them: it is there for all to see. Safe to repeat.

    A comment that was written anew answers nothing else any more: what it left out was withdrawn. So was what is still
    called by another rule: it was edited after the answer was written, and the time of its posting must not hide that.
    """
    before = {record.key: record for record in ledger.of(situation.repository, situation.thread)}
    known = {key: before.get(key) or _new(situation, key) for key in keys}
    changed = [
        with_end(
            record, "skipped", situation, reason=Reason(WITHDRAWN, "the text was edited before its answer was posted")
        )
        if has_other_rule(key)
        else with_end(record, "published", situation, comment=comment)
        for key, record in known.items()
    ]
    now = replace(
        situation,
        replies_by_key={key: reply for key, reply in situation.replies_by_key.items() if reply.id != comment.id},
    )
    changed += [
        with_end(record, "skipped", now, reason=REWRITTEN)
        for record in before.values()
        if record.state == "published" and record.comment_id == comment.id and record.key not in keys
    ]
    return ledger.put(situation.thread, changed)


def mark(ledger: Ledger, situation: Situation, keys: Collection[str], marks: Marks) -> Ledger:
    """Write down what HLS marks the thread with, on the record of one of ``keys``, beside what it did mark it with
    before, which no other record keeps. Safe to repeat.
    """
    records = ledger.of(situation.repository, situation.thread)
    holder = next((record for record in records if record.key in keys), None)
    if not marks or holder is None:
        return ledger
    known = {**claims.marks(records), **marks}
    changed = [replace(r, marks=known if r is holder else {}) for r in records if r is holder or r.marks]
    return ledger.put(situation.thread, changed)


def fold(
    ledger: Ledger, situation: Situation, comment: int, folded: Collection[str], unfolded: Collection[str] = ()
) -> Ledger:
    """Write down what was folded of the reviews before the one in ``comment``, and what is still to be. Safe to
    repeat.
    """
    records = ledger.of(situation.repository, situation.thread)
    of_comment = (r for r in records if r.comment_id == comment and r.state == "published")
    latest = next((r for r in of_comment if r.is_review), None)
    if latest is None or not (folded or unfolded):
        return ledger
    changed = [_with_folded(r, folded, unfolded if r is latest else ()) for r in records if r.unfolded or r is latest]
    return ledger.put(situation.thread, changed)


def _with_folded(record: Record, folded: Collection[str], unfolded: Collection[str]) -> Record:
    known = dict.fromkeys((*record.folded, *folded))
    left = dict.fromkeys((*record.unfolded, *unfolded))
    return replace(record, folded=tuple(known), unfolded=tuple(node for node in left if node not in known))


def defer_or_fail(
    ledger: Ledger, situation: Situation, keys: Collection[str], error: HLSError, *, cost: Decimal = Decimal(0)
) -> Ledger:
    """Write down what went wrong with the items this run holds: deferred if it may pass, else failed. Safe to repeat.

    ``cost``: USD of a call that was paid for nothing.
    """
    mine = [r for r in ledger.of(situation.repository, situation.thread) if r.key in keys and _is_mine(r, situation)]
    changed = [_after(r, error, situation, cost if place == 0 else Decimal(0)) for place, r in enumerate(mine)]
    return ledger.put(situation.thread, changed)


def skip(
    ledger: Ledger,
    situation: Situation,
    keys: Collection[str],
    reason: Reason,
    *,
    cost: Decimal = Decimal(0),
    findings: int | None = None,
) -> Ledger:
    """Write down that no answer is due for the items this run holds. Safe to repeat.

    ``cost``: USD of calls that told so; ``findings``: how many problems a review found. What was written is kept, for
    the thread may be unlocked, unless that is gone.
    """
    reason = Reason(reason.code) if reason.code in IN_CLAUDES_WORDS else reason
    mine = [r for r in ledger.of(situation.repository, situation.thread) if r.key in keys and _is_mine(r, situation)]
    paid = [replace(r, cost_usd=r.cost_usd + (cost if place == 0 else Decimal(0))) for place, r in enumerate(mine)]
    found = [replace(r, findings=findings) if r.is_review and findings is not None else r for r in paid]
    return ledger.put(
        situation.thread,
        [with_end(r, "skipped", situation, reason=reason, draft="" if situation.gone else r.draft) for r in found],
    )


def mark_unreadable(ledger: Ledger, situation: Situation, error: HLSError) -> Ledger:
    """Write down that the thread itself could not be read, so that the sweep looks at it again. Safe to repeat.

    What failed for good stays as it is on record while it fails in the same way and nobody asks for another try; only
    the time of the next look is new. For what is asked in it meanwhile there is no other record.
    """
    key = f"{UNREADABLE}/{situation.thread}"
    was = next((r for r in ledger.of(situation.repository, situation.thread) if r.key == key), None)
    if was is not None and was.by == situation.me:
        return ledger
    if was is not None and _still_fails(was, error, situation):
        return ledger.put(
            situation.thread, [_to_look_again(was, situation.now)] if is_due_for_reread(was, situation.now) else []
        )
    tries = was.tries if was is not None and was.state != "failed" else 0
    record = replace(was or _new(situation, key), tries=tries + 1)
    after = _after(record, error, situation, Decimal(0))
    return ledger.put(situation.thread, [_to_look_again(after, situation.now) if after.state == "failed" else after])


def _to_look_again(record: Record, now: datetime) -> Record:
    """It is looked at for a month: then somebody has seen it, or nobody minds."""
    return replace(record, until=now + LONGEST_PAUSE if now - record.first < LOOKED_FOR else None)


def _still_fails(was: Record, error: HLSError, situation: Situation) -> bool:
    asked = situation.retry or (situation.retried_at is not None and situation.retried_at > was.at)
    for_good = was.state == "failed" and was.reason.code == error.code and _pause(1, error, situation.now) is None
    return for_good and not asked


def record_notice(ledger: Ledger, situation: Situation, until: datetime | None = None, about: str = "") -> Ledger:
    """Write down that this run tells the thread why there is no answer, unless what it was told before still holds.

    ``until``: when an answer will be tried again; None for never, which holds for the day. ``about``: something else
    than a cap, which is told once.
    """
    key, now = notice_key(situation.thread, about), situation.now
    told = next((r for r in ledger.of(situation.repository, situation.thread) if r.key == key), None)
    if told is not None and (about or (told.until is not None and now < told.until)):
        return ledger
    why = Reason("notice", "the thread is told once")
    told = replace(_new(situation, key), state="skipped", until=until or next_day(now), reason=why)
    return ledger.put(situation.thread, [told])


def record_reminder(ledger: Ledger, situation: Situation, key: str) -> Ledger:
    """Write down that this run reminds the author of a question, unless one did before."""
    if any(record.key == key for record in ledger.of(situation.repository, situation.thread)):
        return ledger
    why = Reason("reminder", "the author is reminded of a question once")
    return ledger.put(situation.thread, [replace(_new(situation, key), state="skipped", reason=why)])


def start_cool_down(ledger: Ledger, error: HLSError, now: datetime) -> Ledger:
    """Share the cool-down that GitHub asked of this run. Safe to repeat."""
    if not isinstance(error, UpstreamError) or error.fault.service != "github" or not error.fault.rate_limited:
        return ledger
    return ledger.with_cool_down(
        "github", now, now + timedelta(seconds=min(error.fault.retry_after or MINUTE, LONGEST))
    )


def _new(situation: Situation, key: str) -> Record:
    return Record(
        situation.repository, situation.thread, key, "claimed", situation.me, first=situation.now, at=situation.now
    )


def _is_mine(record: Record, situation: Situation) -> bool:
    return record.by == situation.me and record.state in ("claimed", "answered")


def _after(record: Record, error: HLSError, situation: Situation, cost: Decimal) -> Record:
    """What a record becomes by an error: the one place that tells deferred from failed."""
    reason = reasons.of(error)
    if isinstance(error, CapReached) and error.skip:
        return with_end(record, "skipped", situation, reason=reason)
    record = replace(record, cost_usd=record.cost_usd + cost)
    pause = _pause(record.tries, error, situation.now)
    if pause is None and record.draft and isinstance(error, TokenRefused) and error.sees_nothing:
        pause = _doubled(record.tries)  # it saw the thread before, so that a later run's token may see it again
    if pause is None:
        return with_end(record, "failed", situation, reason=reason, draft=record.draft)
    tries = record.tries - (not _counts(error))
    if tries >= MAX_TRIES:
        why = reason.within("gave-up", f"after {record.tries} tries")
        return with_end(record, "failed", situation, reason=why, draft=record.draft)
    return replace(
        record,
        state="deferred",
        by=situation.me,
        at=situation.now,
        until=situation.now + pause,
        tries=tries,
        reason=reason.cut(MAX_REASON),
    )


def may_pass(error: HLSError, records: tuple[Record, ...], now: datetime) -> bool:
    """Whether items are deferred by ``error`` and not failed; ``records``: as they were before they were claimed."""
    tries = max((record.tries for record in records), default=0) + _counts(error)
    return tries < MAX_TRIES and _pause(tries, error, now) is not None


def _pause(tries: int, error: HLSError, now: datetime) -> timedelta | None:
    """How long to leave an item alone; None: for good."""
    if isinstance(error, CapReached):
        return None if error.exceeds_cap_alone or error.resets_at is None else error.resets_at - now
    if isinstance(error, DeadlineExceeded | Conflict):
        return FIRST_PAUSE
    if not isinstance(error, UpstreamError) or disposition(error.fault) is Disposition.FAIL:
        return None
    asked = timedelta(seconds=min(error.fault.retry_after or 0, LONGEST))
    if disposition(error.fault) is Disposition.DEFER:
        return max(asked, _access_returns(error.fault, now) - now)
    return max(asked, _doubled(tries))


def _doubled(tries: int) -> timedelta:
    doubled: timedelta = FIRST_PAUSE * 2 ** max(0, min(tries, MAX_TRIES) - 1)
    return min(LONGEST_PAUSE, doubled)


def _access_returns(fault: Fault, now: datetime) -> datetime:
    """When an account that is spent is tried again: at the time that was named, else the next day."""
    if fault.until is None or fault.until <= now:
        return next_day(now)
    return min(fault.until, now + LONGEST_SPENT)


def _counts(error: HLSError) -> bool:
    """Whether an error is one of the tries an item has: not when nothing was tried."""
    spend_limit = isinstance(error, UpstreamError) and disposition(error.fault) is Disposition.DEFER
    return not spend_limit and not isinstance(error, CapReached | CoolingDown)
