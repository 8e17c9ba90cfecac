"""How a look at a thread ends other than by an answer: what is written down, and what people are told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from hls_action.domain import reasons, verdicts
from hls_action.domain.budget.budget import Charge
from hls_action.domain.budget.errors import CapReached, ShareReached
from hls_action.domain.drafts.rendering import notice
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadGone, ThreadUnavailable
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.ledger.errors import ClaimLost, Conflict, StateUnavailable
from hls_action.domain.ledger.model import next_try
from hls_action.domain.outcome import Outcome, failed
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.threads.items import Item
from hls_action.line import publish
from hls_action.line.fold import fold_outdated
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.line.wait import stop_waiting
from hls_action.records.plans import ClaimResult


def skip_unchanged(run: Run, view: View, work: tuple[Item, ...]) -> Outcome | None:
    """Write down that the last review holds for this head, too, which costs nothing. None as in `attempt`."""
    claim = run.leases.record_unchanged(view.situation, work, verdicts.AS_REVIEWED)
    return None if claim.changed else verdicts.as_reviewed(view.situation, claim.records)


def record_unreadable(
    run: Run, thread: ThreadId, error: HLSError, trigger: Trigger | None = None, view: View | None = None
) -> Outcome:
    """The thread could not be read: what it owes is not known, and not lost. ``view``: what could be.

    Errors: `StateUnavailable` and the like.
    """
    gone = isinstance(error, ThreadGone)
    nothing = Situation(
        run.repository, thread, (), (), {}, reasons.of(error), run.now, run.ledger_store.claimant, gone=gone
    )
    nothing = replace(
        nothing,
        retry=trigger is not None and trigger.retries,
        retried_at=view.situation.retried_at if view else None,
        mention=run.materials.rules.mention,
    )
    if isinstance(error, ThreadUnavailable):
        run.leases.record_ended(nothing)
        return verdicts.not_needed(thread.number, nothing.ineligible)
    if not run.has_ledger:
        return failed(reasons.of(error), number=thread.number)
    return verdicts.unreadable(nothing, run.leases.record_unreadable(nothing, error), error)


def postpone(run: Run, thread: ThreadId) -> Outcome:
    """Others were faster each time: a later run looks again."""
    return record_unreadable(run, thread, Conflict(verdicts.POSTPONED))


def tidy_up(run: Run, view: View, refusal: Reason = NONE) -> Outcome:
    """Write down what ended by itself, tidy up what earlier runs left, and say why there is nothing to answer."""
    outcome = verdicts.nothing_to_do(view.situation, run.leases.record_ended(view.situation), view.open_items, refusal)
    try:
        note = fold_outdated(run, view)
    except HLSError as error:  # nothing depends on it
        note = f"earlier reviews will be folded by a later run: {error}"
    return replace(outcome, notes=tuple(filter(None, (note, stop_waiting(run, view)))))


def report_cap(run: Run, claim: ClaimResult, error: CapReached, thread: ThreadId) -> Outcome:
    """At a cap: the items are on record with it, and the thread is told so if that is wanted."""
    if not run.has_ledger:
        return failed(reasons.of(error), number=thread.number)
    told = "share" if isinstance(error, ShareReached) else "cap"
    name = told if (due := next_try(claim.records)) is not None else "cap-for-good"
    failure = tell_once(run, thread, name, due) if claim.notice else None
    return verdicts.with_untold(verdicts.deferred_or_failed(claim.records, error, thread.number), failure)


def report_braked(run: Run, claim: ClaimResult, thread: ThreadId) -> Outcome:
    """Nothing may be answered now: the items are on record with the reason, and the thread is told of a loop."""
    failure = tell_once(run, thread, "loop") if claim.notice else None
    return verdicts.with_untold(verdicts.braked(claim.braked, thread.number), failure)


def tell_once(run: Run, thread: ThreadId, name: str, due: datetime | None = None) -> HLSError | None:
    """Post the fixed text of that name. Returns why it could not be: nothing depends on it."""
    try:
        publish.post_once(run, thread, notice(thread, name, due, mention=run.materials.rules.mention))
    except HLSError as problem:
        return problem
    return None


def release_claim(
    run: Run,
    situation: Situation,
    claim: ClaimResult,
    keys: Collection[str],
    error: HLSError,
    charges: Sequence[Charge] = (),
) -> Outcome:
    """It did not work out: what that makes of the claimed items, written down. Never raises an expected error."""
    number = situation.thread.number
    try:
        if isinstance(error, ThreadUnavailable):
            reason, situation = reasons.of(error), replace(situation, gone=isinstance(error, ThreadGone))
            return verdicts.not_needed(number, reason, run.leases.record_skipped(situation, keys, reason, charges))
        if isinstance(error, ClaimLost):
            run.leases.settle(situation, charges)
            return failed(reasons.of(error), number=number)
        if isinstance(error, StateUnavailable | Conflict):  # nothing more can be written
            return failed(reasons.of(error), number=number)
        records = run.leases.record_failure(situation, keys, error, charges)
    except DeadlineExceeded:  # what is known now must be said now
        before = tuple(record for record in claim.records_before if record.key in keys)
        may_pass = run.has_ledger and transitions.may_pass(error, before, run.now)
        return verdicts.unrecorded(error, number, may_pass=may_pass)
    except HLSError as worse:
        return failed(reasons.of(worse), number=number)
    return (
        verdicts.deferred_or_failed(records, error, number)
        if run.has_ledger
        else failed(reasons.of(error), number=number)
    )
