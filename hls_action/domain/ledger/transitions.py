"""From one state of the ledger to the next: every step a run takes, as a function that may be applied again.

A step that was already applied, as after a write of unknown outcome, changes nothing more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Bill, next_day
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import CoolingDown, TokenRefused, UpstreamError
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from hls_action.domain.ledger import renaming, wording
from hls_action.domain.ledger.claims import (
    LOOK,
    MAX_REASON,
    MAX_TRIES,
    Situation,
    Standing,
    ended,
    is_held,
    is_to_look_again,
)
from hls_action.domain.ledger.errors import ClaimLost, Conflict
from hls_action.domain.ledger.model import WITHDRAWN, Ledger, Record, State
from hls_action.domain.limits.headers import LONGEST, MINUTE
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.threads.items import notice_key
from hls_action.domain.threads.keys import is_foreign
from hls_action.domain.threads.thread import Comment

FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=6)
LOOKED_FOR = timedelta(days=30)
"""How long sweeps look at a thread that failed to be read."""
LONGEST_SPENT = timedelta(days=32)
"""Spend limits are for a month. A date that is farther away is not believed."""


def adopt(ledger: Ledger, seen: Situation) -> Ledger:
    """Migrate the thread's records to the present keys of their items. Safe to repeat.

    What another live run holds keeps the name by which that run will look for it.
    """
    found = renaming.renamings(ledger.of(seen.repository, seen.thread), seen.names, seen.now)
    free = [each for each in found if not is_held(each.was, seen)]
    return ledger.put(seen.thread, [each.now for each in free], removed=[each.was.id for each in free])


def claim(ledger: Ledger, seen: Situation, standing: Standing, until: datetime) -> Ledger:
    """Claim what is to be done, until that time, and record what ended by itself. Safe to repeat."""
    before = {record.key: record for record in ledger.of(seen.repository, seen.thread)}
    changed = [*standing.settled, *standing.given_up]
    for item in standing.work:
        fresh = _new(seen, item.key)
        changed.append(_claimed(before.get(item.key, fresh), seen, standing, until, state="claimed"))
    for records in standing.finish.values():
        changed += [_claimed(record, seen, standing, until, state="answered") for record in records]
    return ledger.put(seen.thread, changed, removed=[record.id for record in standing.forgotten])


def _claimed(was: Record, seen: Situation, standing: Standing, until: datetime, *, state: State) -> Record:
    repeated = was.by == seen.me and was.state == state and was.tries > 0
    starts_anew = was.state in ("published", "skipped") or (was.state == "failed" and seen.retry)
    return replace(
        was,
        state=state,
        by=seen.me,
        at=seen.now,
        until=until,
        tries=(0 if starts_anew else was.tries) + (not repeated),
        asked=was.asked + (was.key in standing.asked and not repeated),
        draft=was.draft if state == "answered" else "",
        reason=NONE,
        findings=was.findings if state == "answered" else None,
    )


def settle(ledger: Ledger, bill: Bill) -> Ledger:
    """Write down what a call came to. Safe to repeat."""
    return replace(ledger, purse=purse) if (purse := ledger.purse.settle(bill)) is not ledger.purse else ledger


def answer(ledger: Ledger, seen: Situation, keys: Collection[str], draft: Draft, until: datetime) -> Ledger:
    """Write the answer ahead of its posting. Safe to repeat. Errors: `ClaimLost`."""
    before = {record.key: record for record in ledger.of(seen.repository, seen.thread)}
    name = draft_id(seen.repository, seen.thread, keys)
    changed = []
    for place, key in enumerate(keys):
        was = before.get(key) or _new(seen, key)
        if was.by != seen.me or was.state not in ("claimed", "answered"):
            raise ClaimLost(
                f"run {was.by.run} took over {wording.of_key(key, was.first)}; this run's answer was not posted"
            )
        cost = draft.cost_usd if place == 0 and was.state == "claimed" else Decimal(0)
        changed.append(
            replace(
                was,
                state="answered",
                at=seen.now,
                until=until,
                draft=name,
                comment_id=draft.comment.replaces,
                cost_usd=was.cost_usd + cost,
                reason=NONE,
                findings=draft.findings if was.is_review else None,
            )
        )
    return ledger.put(seen.thread, changed, drafts={name: draft})


def drop(ledger: Ledger, seen: Situation, keys: Collection[str], reason: Reason) -> Ledger:
    """Write down that the stored answer to items this run holds must not be posted: they wait for another one, which
    any run may ask for at once. Safe to repeat.
    """
    mine = [r for r in ledger.of(seen.repository, seen.thread) if r.key in keys and _is_mine(r, seen) and r.draft]
    return ledger.put(seen.thread, [_without_draft(record, seen, reason) for record in mine])


def _without_draft(record: Record, seen: Situation, reason: Reason) -> Record:
    reply = seen.marked.get(record.key)
    return replace(
        record,
        state="deferred",
        at=seen.now,
        until=seen.now,
        draft="",
        comment_id=reply.id if reply else None,
        comment_url=reply.url if reply else "",
        reason=reason.cut(MAX_REASON),
    )


def publish(ledger: Ledger, seen: Situation, keys: Collection[str], comment: Comment) -> Ledger:
    """Write down that ``comment`` answers ``keys``, whoever holds them: it is there for all to see. Safe to repeat.

    A comment that was written anew answers nothing else any more: what it left out was withdrawn. So was what is still
    called by another rule: it was edited after the answer was written, and the time of its posting must not hide that.
    """
    before = {record.key: record for record in ledger.of(seen.repository, seen.thread)}
    known = {key: before.get(key) or _new(seen, key) for key in keys}
    changed = [
        ended(record, "skipped", seen, reason=Reason(WITHDRAWN, "the text was edited before its answer was posted"))
        if is_foreign(key)
        else ended(record, "published", seen, comment=comment)
        for key, record in known.items()
    ]
    now = replace(seen, marked={key: reply for key, reply in seen.marked.items() if reply.id != comment.id})
    changed += [
        ended(record, "skipped", now, reason=Reason(WITHDRAWN, "its reply was rewritten without it"))
        for record in before.values()
        if record.state == "published" and record.comment_id == comment.id and record.key not in keys
    ]
    return ledger.put(seen.thread, changed)


def fold(
    ledger: Ledger, seen: Situation, comment: int, folded: Collection[str], unfolded: Collection[str] = ()
) -> Ledger:
    """Write down what was folded of the reviews before the one in ``comment``, and what is still to be. Safe to
    repeat.
    """
    records = ledger.of(seen.repository, seen.thread)
    of_comment = (r for r in records if r.comment_id == comment and r.state == "published")
    latest = next((r for r in of_comment if r.is_review), None)
    if latest is None or not (folded or unfolded):
        return ledger
    changed = [_with_folded(r, folded, unfolded if r is latest else ()) for r in records if r.unfolded or r is latest]
    return ledger.put(seen.thread, changed)


def _with_folded(record: Record, folded: Collection[str], unfolded: Collection[str]) -> Record:
    known = dict.fromkeys((*record.folded, *folded))
    left = dict.fromkeys((*record.unfolded, *unfolded))
    return replace(record, folded=tuple(known), unfolded=tuple(node for node in left if node not in known))


def set_back(
    ledger: Ledger, seen: Situation, keys: Collection[str], error: HLSError, *, cost: Decimal = Decimal(0)
) -> Ledger:
    """Write down what went wrong with the items this run holds: deferred if it may pass, else failed. Safe to repeat.

    ``cost``: USD of a call that was paid for nothing.
    """
    mine = [r for r in ledger.of(seen.repository, seen.thread) if r.key in keys and _is_mine(r, seen)]
    changed = [_after(r, error, seen, cost if place == 0 else Decimal(0)) for place, r in enumerate(mine)]
    return ledger.put(seen.thread, changed)


def end(
    ledger: Ledger,
    seen: Situation,
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
    mine = [r for r in ledger.of(seen.repository, seen.thread) if r.key in keys and _is_mine(r, seen)]
    paid = [replace(r, cost_usd=r.cost_usd + (cost if place == 0 else Decimal(0))) for place, r in enumerate(mine)]
    found = [replace(r, findings=findings) if r.is_review and findings is not None else r for r in paid]
    return ledger.put(
        seen.thread, [ended(r, "skipped", seen, reason=reason, draft="" if seen.gone else r.draft) for r in found]
    )


def overlook(ledger: Ledger, seen: Situation, error: HLSError) -> Ledger:
    """Write down that the thread itself could not be read, so that the sweep looks at it again. Safe to repeat.

    What failed for good stays as it is on record while it fails in the same way and nobody asks for another try; only
    the time of the next look is new. For what is asked in it meanwhile there is no other record.
    """
    key = f"{LOOK}/{seen.thread}"
    was = next((r for r in ledger.of(seen.repository, seen.thread) if r.key == key), None)
    if was is not None and was.by == seen.me:
        return ledger
    if was is not None and _still_fails(was, error, seen):
        return ledger.put(seen.thread, [_to_look_again(was, seen.now)] if is_to_look_again(was, seen.now) else [])
    tries = was.tries if was is not None and was.state != "failed" else 0
    record = replace(was or _new(seen, key), by=seen.me, state="claimed", tries=tries + 1)
    after = _after(record, error, seen, Decimal(0))
    return ledger.put(seen.thread, [_to_look_again(after, seen.now) if after.state == "failed" else after])


def _to_look_again(record: Record, now: datetime) -> Record:
    """It is looked at for a month: then somebody has seen it, or nobody minds."""
    return replace(record, until=now + LONGEST_PAUSE if now - record.first < LOOKED_FOR else None)


def _still_fails(was: Record, error: HLSError, seen: Situation) -> bool:
    asked = seen.retry or (seen.retried_at is not None and seen.retried_at > was.at)
    for_good = was.state == "failed" and was.reason.code == error.code and _pause(1, error, seen.now) is None
    return for_good and not asked


def give_notice(ledger: Ledger, seen: Situation) -> Ledger:
    """Write down that this run tells the thread of a cap, unless one did before."""
    key = notice_key(seen.thread)
    if any(record.key == key for record in ledger.of(seen.repository, seen.thread)):
        return ledger
    told = replace(_new(seen, key), state="skipped", reason=Reason("notice", "the thread is told of a cap once"))
    return ledger.put(seen.thread, [told])


def cool(ledger: Ledger, error: HLSError, now: datetime) -> Ledger:
    """Share the cool-down that GitHub asked of this run. Safe to repeat."""
    if not isinstance(error, UpstreamError) or error.fault.service != "github" or not error.fault.rate_limited:
        return ledger
    return ledger.cooled("github", now, now + timedelta(seconds=min(error.fault.retry_after or MINUTE, LONGEST)))


def _new(seen: Situation, key: str) -> Record:
    return Record(seen.repository, seen.thread, key, "claimed", seen.me, first=seen.now, at=seen.now)


def _is_mine(record: Record, seen: Situation) -> bool:
    return record.by == seen.me and record.state in ("claimed", "answered")


def _after(record: Record, error: HLSError, seen: Situation, cost: Decimal) -> Record:
    """What a record becomes by an error: the one place that tells deferred from failed."""
    reason = reasons.of(error)
    if isinstance(error, CapReached) and error.skip:
        return ended(record, "skipped", seen, reason=reason)
    record = replace(record, cost_usd=record.cost_usd + cost)
    pause = _pause(record.tries, error, seen.now)
    if pause is None and record.draft and isinstance(error, TokenRefused) and error.sees_nothing:
        pause = _doubled(record.tries)  # it saw the thread before, so that a later run's token may see it again
    if pause is None:
        return ended(record, "failed", seen, reason=reason, draft=record.draft)
    if record.tries >= MAX_TRIES:
        why = reason.within("gave-up", f"after {record.tries} tries")
        return ended(record, "failed", seen, reason=why, draft=record.draft)
    return replace(
        record,
        state="deferred",
        by=seen.me,
        at=seen.now,
        until=seen.now + pause,
        tries=record.tries - (not _counts(error)),
        reason=reason.cut(MAX_REASON),
    )


def may_pass(error: HLSError, records: tuple[Record, ...], now: datetime) -> bool:
    """Whether items are deferred by ``error`` and not failed; ``records``: as they were before they were claimed."""
    tries = max((record.tries for record in records), default=0) + 1
    return tries < MAX_TRIES and _pause(tries, error, now) is not None


def _pause(tries: int, error: HLSError, now: datetime) -> timedelta | None:
    """How long to leave an item alone; None: for good."""
    if isinstance(error, CapReached):
        return None if error.hopeless or error.again is None else error.again - now
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
