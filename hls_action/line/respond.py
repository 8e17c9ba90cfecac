"""The line, on one page: what is open in this thread, what does Claude say, and what follows from it.

A run is only woken by an event; what it does follows from the thread and the ledger as they are now. It therefore makes
no difference whether it runs for the event, for a repeat of it, for a later one, or from a sweep.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from hls_action.domain import reasons, verdicts
from hls_action.domain.budget.budget import Bill, Costs
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.drafts.rendering import notice
from hls_action.domain.errors import DeadlineExceeded, HLSError, UsageError
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadGone, ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import renaming, transitions
from hls_action.domain.ledger.claims import Situation, stand
from hls_action.domain.ledger.errors import ClaimLost, Conflict, StateUnavailable
from hls_action.domain.ledger.model import next_try
from hls_action.domain.outcome import Outcome, combine, failed
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import precheck
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.own_changes import is_as_reviewed
from hls_action.domain.threads.thread import Thread
from hls_action.line import publish, read
from hls_action.line.alert import watched
from hls_action.line.ask import ask, check
from hls_action.line.deliver import deliver, finish
from hls_action.line.draft import render, write
from hls_action.line.fold import fold_outdated
from hls_action.line.gather import Material, gather
from hls_action.line.plan import plan
from hls_action.line.run import Run
from hls_action.line.stored import vet
from hls_action.line.view import View, look
from hls_action.records.leases import Taken, Terms

ROUNDS = 3
"""How often a thread is looked at, when other runs change what is open in it while this one gets ready."""


def answer(run: Run, trigger: Trigger) -> Outcome:
    """Answer whatever is open in the threads of a trigger. Expected errors end as a deferred or failed outcome.

    Errors: `UsageError`.
    """
    outcomes = tuple(_answer(run, thread, trigger) for thread in trigger.threads)
    return outcomes[0] if len(outcomes) == 1 else combine(outcomes)


def respond(run: Run, thread: ThreadId, trigger: Trigger) -> Outcome:
    """Answer what is open in one thread, in one reply and by one call, or say why there is nothing to answer.

    Errors: `ConfigError`; those of reading and writing the ledger, before anything is taken up.
    """
    dropped: list[str] = []
    outcome = _respond(run, thread, trigger, dropped)
    return replace(outcome, notes=(*outcome.notes, *dropped)) if dropped else outcome


def _respond(run: Run, thread: ThreadId, trigger: Trigger, dropped: list[str]) -> Outcome:
    """The same; adds to ``dropped`` a note for each stored answer that must not be posted."""
    earlier: Outcome | None = None  # what another run had written, and this one posted
    view: View | None = None
    try:
        for _ in range(ROUNDS):
            view = look(run, thread, trigger)
            if fresh := verdicts.too_fresh(view.thread, trigger.settled_by):
                return fresh
            standing = stand(view.seen, view.records)
            if standing.finish and not run.materials.dry_run:
                earlier = post_drafts(run, view, dropped) or earlier
                if earlier is not None and (earlier.status != "done" or run.out_of_time):
                    return replace(earlier, unfinished=bool(standing.work))
                continue
            if not standing.work:
                return verdicts.last(earlier, tidy_up(run, view))
            material = gather(run, view, standing, trigger)
            events = material.settings.events
            refusal = events.refusal(trigger.event, trigger.action)
            view = view.limited_to(() if refusal else view.owed.permitted(events))
            work = tuple(item for item in standing.work if item in view.seen.owed)
            if not work:
                return verdicts.last(earlier, tidy_up(run, view, refusal or verdicts.NOTHING_OPEN))
            outcome = attempt(run, view, material, work, trigger, earlier)
            if outcome is not None:
                return outcome
        postponed = postpone(run, thread)
        return earlier or postponed
    except (ThreadUnavailable, UpstreamError, DeadlineExceeded) as error:  # while reading: nothing is in hand
        return verdicts.last(earlier, unread(run, thread, error, trigger, view))


def attempt(
    run: Run, view: View, material: Material, work: tuple[Item, ...], trigger: Trigger, earlier: Outcome | None
) -> Outcome | None:
    """Take the items up and answer them. None when other items are open by now, so that the thread is to be read again.

    Errors: those of reading and writing the ledger.
    """
    if is_as_reviewed(material.thread):
        passed = pass_over(run, view, work)
        return verdicts.last(earlier, passed) if passed is not None else None
    terms = plan(run.materials, material, work, trigger)
    taken = run.custody.take(view.seen, terms)
    if taken.changed:
        return None
    if taken.refused is not None:
        outcome = refuse(run, taken, taken.refused, view.thread.id)
    else:
        outcome = take_up(run, view, material.settings, taken, terms, trigger)
    return watched(run, material.noted(outcome), material.settings)


def pass_over(run: Run, view: View, work: tuple[Item, ...]) -> Outcome | None:
    """Write down that the last review holds for this head, too, which costs nothing. None as in `attempt`."""
    taken = run.custody.passed_over(view.seen, work, verdicts.AS_REVIEWED)
    return None if taken.changed else verdicts.as_reviewed(view.seen, taken.records)


def has_work(run: Run, thread: ThreadId, trigger: Trigger, events: EventPolicy) -> bool:
    """Whether there is something to answer or to post in a thread; what ended by itself is written down.

    Errors: `UpstreamError` and the like; of a thread that cannot be read for good, once.
    """
    try:
        view = look(run, thread, trigger)
    except ThreadUnavailable as error:
        unread(run, thread, error)
        return False
    except UpstreamError as error:
        if disposition(error.fault) is not Disposition.FAIL or unread(run, thread, error, trigger).status == "failed":
            raise
        return False
    view = view.limited_to(view.owed.permitted(events))
    standing = stand(view.seen, view.records)
    if standing.work or (standing.finish and not run.materials.dry_run):
        return True
    tidy_up(run, view)
    return False


def unread(
    run: Run, thread: ThreadId, error: HLSError, trigger: Trigger | None = None, view: View | None = None
) -> Outcome:
    """The thread could not be read: what it owes is not known, and not lost. ``view``: what could be.

    Errors: `StateUnavailable` and the like.
    """
    gone = isinstance(error, ThreadGone)
    nothing = Situation(run.repository, thread, (), (), {}, reasons.of(error), run.now, run.journal.claimant, gone=gone)
    nothing = replace(
        nothing,
        retry=trigger is not None and (trigger.retry or trigger.force),
        retried_at=view.seen.retried_at if view else None,
        mention=run.materials.rules.mention,
    )
    if isinstance(error, ThreadUnavailable):
        run.custody.tidy(nothing)
        return verdicts.no_longer(thread.number, nothing.unfit)
    if not run.has_ledger:
        return failed(reasons.of(error), number=thread.number)
    return verdicts.unread(nothing, run.custody.overlooked(nothing, error), error)


def postpone(run: Run, thread: ThreadId) -> Outcome:
    """Others were faster each time: a later run looks again."""
    return unread(run, thread, Conflict(verdicts.POSTPONED))


def tidy_up(run: Run, view: View, refusal: Reason = NONE) -> Outcome:
    """Write down what ended by itself, fold what an earlier run left, and say why there is nothing to answer."""
    outcome = verdicts.nothing_to_do(view.seen, run.custody.tidy(view.seen), view.owed, refusal)
    try:
        note = fold_outdated(run, view)
    except HLSError as error:  # nothing depends on it
        note = f"earlier reviews will be folded by a later run: {error}"
    return replace(outcome, notes=(note,)) if note else outcome


def refuse(run: Run, taken: Taken, error: CapReached, thread: ThreadId) -> Outcome:
    """At a cap: the items are on record with it, and the thread is told so if that is wanted."""
    if not run.has_ledger:
        return failed(reasons.of(error), number=thread.number)
    failure: HLSError | None = None
    if taken.notice:
        try:
            publish.post_once(run, thread, notice(thread, next_try(taken.records), mention=run.materials.rules.mention))
        except HLSError as problem:  # the thread is told at most once, and nothing depends on it
            failure = problem
    return verdicts.at_cap(taken.records, error, thread.number, failure)


def post_drafts(run: Run, view: View, dropped: list[str]) -> Outcome | None:
    """Post what earlier runs wrote; None when by now others have done that, or when none of it may be posted: then
    ``dropped`` is told why, and its items are to be asked about anew.
    """
    outcome: Outcome | None = None
    taken = run.custody.take_drafts(view.seen)
    waiting = list(taken.standing.finish.values())
    for place, records in enumerate(waiting):
        draft = run.ledger().draft(records[0])
        if draft is None:
            continue
        try:
            vetted = vet(run, view, records, draft)
            if vetted.flaw:
                run.custody.dropped(view.seen, [record.key for record in records], verdicts.planted(vetted.flaw))
                dropped.append(verdicts.planted(vetted.flaw).detail)
                continue
            draft = vetted.draft
            found = verdicts.delivered(draft, records, view.thread.number)
            notes = (vetted.note,) if vetted.note else ()
            found = replace(found, body=render(run, draft), dropped_labels=vetted.dropped, notes=notes)
            outcome = finish(run, view.seen, records, draft, found)
        except HLSError as error:
            keys = {record.key for later in waiting[place:] for record in later}
            return give_back(run, view.seen, taken, keys, error)
    return outcome


def take_up(run: Run, view: View, settings: Settings, taken: Taken, terms: Terms, trigger: Trigger) -> Outcome:
    """Answer what is in hand. Whatever happens, how it ended is written down, and what it cost."""
    outcome, costs = _in_hand(run, view, settings, taken, terms, trigger)
    known = run.journal.known  # what became of the items is not put at risk for this
    budget = known.purse.standing(settings.caps, run.now) if known else ""
    return replace(verdicts.with_costs(outcome, costs), budget=budget)


def _in_hand(
    run: Run, view: View, settings: Settings, taken: Taken, terms: Terms, trigger: Trigger
) -> tuple[Outcome, Costs]:
    """Ask, check the answer, write it ahead, and post it. ``bills``: what is still to be settled at each step."""
    seen, offer, keys = view.seen, taken.offer, [item.key for item in taken.standing.work]
    assert offer is not None  # noqa: S101 - it was not refused
    number, ordered = seen.thread.number, trigger.retry or trigger.force
    costs, bills = Costs(), taken.settling(Costs())
    try:
        if offer.precheck is not None:
            checked = check(run, offer.precheck, taken.precheck)
            costs += checked.costs
            bills = taken.settling(costs)
            verdict = checked.found()
            if not verdict.relevant:
                reason = Reason(precheck.CODE, verdict.reason)
                return verdicts.no_longer(number, reason, run.custody.ended(seen, keys, reason, bills)), costs
        asked = ask(
            run,
            offer,
            taken.reservation,
            in_doubt=lambda bill: run.custody.doubted(seen, offer, bill, terms.caps),
            asked_to_wait=partial(_tell_others_to_wait, run, seen, offer.model),
        )
        costs += asked.costs
        bills = taken.settling(costs)
        draft, outcome = write(run, view, settings, taken, asked.answered(), costs)
        if run.materials.dry_run:
            outcome = verdicts.not_posted(outcome)
            return replace(outcome, records=run.custody.ended(seen, keys, outcome.reason, bills)), costs
        if verdicts.is_nothing_new(taken.standing, draft, view.records, ordered=ordered):
            records = run.custody.ended(seen, keys, verdicts.NOTHING_NEW, bills, draft.findings)
            return verdicts.nothing_new(seen, records, outcome.notes), costs
        run.custody.written(seen, keys, draft, bills)
        bills = ()
        if not _may_post(run, view.thread, taken.standing.work, trigger):
            return verdicts.no_longer(number, verdicts.ALREADY), costs
        return deliver(run, seen, keys, draft, outcome), costs
    except HLSError as error:
        return give_back(run, seen, taken, keys, error, bills), costs


def give_back(
    run: Run, seen: Situation, taken: Taken, keys: Collection[str], error: HLSError, bills: Sequence[Bill] = ()
) -> Outcome:
    """It did not work out: what that makes of the items in hand, written down. Never raises an expected error."""
    number = seen.thread.number
    try:
        if isinstance(error, ThreadUnavailable):
            reason, seen = reasons.of(error), replace(seen, gone=isinstance(error, ThreadGone))
            return verdicts.no_longer(number, reason, run.custody.ended(seen, keys, reason, bills))
        if isinstance(error, ClaimLost):
            run.custody.settled(seen, bills)
            return failed(reasons.of(error), number=number)
        if isinstance(error, StateUnavailable | Conflict):  # nothing more can be written
            return failed(reasons.of(error), number=number)
        records = run.custody.set_back(seen, keys, error, bills)
    except DeadlineExceeded:  # what is known now must be said now
        before = tuple(record for record in taken.before if record.key in keys)
        may_pass = run.has_ledger and transitions.may_pass(error, before, run.now)
        return verdicts.unrecorded(error, number, may_pass=may_pass)
    except HLSError as worse:
        return failed(reasons.of(worse), number=number)
    return verdicts.set_back(records, error, number) if run.has_ledger else failed(reasons.of(error), number=number)


def _answer(run: Run, thread: ThreadId, trigger: Trigger) -> Outcome:
    try:
        return respond(run, thread, trigger)
    except UsageError:
        raise
    except HLSError as error:
        return failed(reasons.of(error), number=thread.number)


def _may_post(run: Run, thread: Thread, owed: tuple[Item, ...], trigger: Trigger) -> bool:
    """Look once more right before posting, where neither ledger nor concurrency group keeps other runs off."""
    if run.has_ledger or trigger.event or trigger.force:
        return True
    now = read.again(run, thread)
    names = items.names(now, run.materials.rules)
    answered = renaming.marked(items.answered(now, read.own(run, now)), names)
    return not all(items.covers(answered, item) for item in owed)


def _tell_others_to_wait(run: Run, seen: Situation, model: str, seconds: float) -> None:
    try:
        run.custody.cooled(seen, model, seconds)
    except (StateUnavailable, Conflict):  # they will find out by themselves
        return
