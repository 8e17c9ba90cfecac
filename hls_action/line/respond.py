"""The line, on one page: what is open in this thread, what does Claude say, and what follows from it.

A run is only woken by an event; what it does follows from the thread and the ledger as they are now. It therefore makes
no difference whether it runs for the event, for a repeat of it, for a later one, or from a sweep.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hls_action.domain import reasons, verdicts
from hls_action.domain.budget.budget import Costs
from hls_action.domain.errors import DeadlineExceeded, HLSError, UsageError
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import key_migration
from hls_action.domain.ledger.claims import ClaimDecision, Situation, decide
from hls_action.domain.ledger.errors import Conflict, StateUnavailable
from hls_action.domain.outcome import Outcome, combine, failed
from hls_action.domain.reasons import Reason
from hls_action.domain.settings import Settings
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.own_changes import is_as_reviewed
from hls_action.domain.threads.thread import Thread
from hls_action.line import read, who
from hls_action.line.alert import with_alerts
from hls_action.line.ask import ask, take_steps
from hls_action.line.brake import brakes_for
from hls_action.line.deliver import deliver
from hls_action.line.draft import write
from hls_action.line.endings import (
    postpone,
    record_unreadable,
    release_claim,
    report_braked,
    report_cap,
    skip_unchanged,
    tidy_up,
)
from hls_action.line.eyes import close_left, open_eyes
from hls_action.line.free import post_free
from hls_action.line.gather import Material, gather
from hls_action.line.plan import plan_call
from hls_action.line.run import Run
from hls_action.line.view import View, read_view
from hls_action.line.withhold import withhold
from hls_action.records.plans import CallPlan, ClaimResult

MAX_ROUNDS = 3
"""How often a thread is looked at, when other runs change what is open in it while this one gets ready."""


def answer(run: Run, trigger: Trigger) -> Outcome:
    """Answer whatever is open in the threads of a trigger. Expected errors end as a deferred or failed outcome.

    Errors: `UsageError`.
    """
    outcomes = tuple(_answer(run, thread, trigger) for thread in trigger.threads)
    outcome = outcomes[0] if len(outcomes) == 1 else combine(outcomes)
    if run.sweeping:  # the next claim takes along what is published, or the end of the sweep
        return outcome
    try:
        run.ledger_store.flush(run.retrier)
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"posted, but not recorded: {error}"))
    return outcome


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
        for _ in range(MAX_ROUNDS):
            view = read_view(run, thread, trigger)
            run.debug(f"thread {thread} is read, and the ledger: {view}")
            if fresh := verdicts.too_fresh(view.thread, trigger.quiet_before):
                return fresh
            decision = decide(view.situation, view.records)
            close_left(run, view, decision)
            if (decision.commands or decision.drafts_to_post) and not run.materials.dry_run:
                earlier, is_over = post_free(run, view, decision, earlier, dropped)
                if earlier is not None and is_over:
                    return earlier
                continue
            if view.situation.paused:
                return verdicts.merged_with_earlier(earlier, verdicts.paused(view.situation))
            if not (decision.to_answer and run.asks):
                return verdicts.merged_with_earlier(earlier, tidy_up(run, view))
            material, view, work, refusal = choose_work(run, view, decision, trigger)
            if not work:
                return verdicts.merged_with_earlier(earlier, tidy_up(run, view, refusal or verdicts.NOTHING_OPEN))
            outcome = attempt(run, view, material, work, trigger, earlier)
            if outcome is not None:
                return outcome
        postponed = postpone(run, thread)
        return earlier or postponed
    except (ThreadUnavailable, UpstreamError, DeadlineExceeded) as error:  # while reading: nothing is claimed
        return verdicts.merged_with_earlier(earlier, record_unreadable(run, thread, error, trigger, view))


def choose_work(
    run: Run, view: View, decision: ClaimDecision, trigger: Trigger
) -> tuple[Material, View, tuple[Item, ...], Reason]:
    """What an answer needs, the thread limited to what the maintainers let HLS answer, what is to be answered of it,
    and why nothing is, where that is so. Errors: those of `gather`.
    """
    material = gather(run, view, decision, trigger)
    run.debug(f"thread {view.thread.id}: configuration, labels and changes are read")
    events = material.settings.events
    refusal = material.settings.switched_off or events.refusal(trigger.event, trigger.action)
    view = view.limited_to(() if refusal else view.open_items.permitted(events))
    return material, view, tuple(item for item in decision.to_answer if item in view.situation.unanswered), refusal


def plan_claim(run: Run, view: View, material: Material, work: tuple[Item, ...], trigger: Trigger) -> CallPlan:
    """How those items are asked about that no brake keeps from an answer."""
    brakes = brakes_for(run, view, work, material.settings.limits, trigger)
    free, braked = brakes.split(run.ledger(), view.situation, work)
    call_plan = CallPlan((), (), material.settings.caps)
    if free:
        planned = plan_call(run.materials, material, free, trigger)
        call_plan = who.bounded(run, view.thread, free, trigger, material.settings, planned)
    return replace(call_plan, brakes=brakes, braked=braked)


def attempt(
    run: Run, view: View, material: Material, work: tuple[Item, ...], trigger: Trigger, earlier: Outcome | None
) -> Outcome | None:
    """Take the items up and answer them. None when other items are open by now, so that the thread is to be read again.

    Errors: those of reading and writing the ledger.
    """
    if is_as_reviewed(material.thread):
        passed = skip_unchanged(run, view, work)
        return verdicts.merged_with_earlier(earlier, passed) if passed is not None else None
    call_plan = plan_claim(run, view, material, work, trigger)
    claim = who.claim(run, view.thread, view.situation, call_plan)
    run.debug(f"thread {view.thread.id}: {claim}")
    if claim.changed:
        return None
    if not call_plan.items:
        outcome = report_braked(run, claim, view.thread.id)
    elif claim.cap_reached is not None:
        outcome = report_cap(run, claim, claim.cap_reached, view.thread.id)
    else:
        outcome = answer_claimed(run, view, material.settings, claim, call_plan, trigger)
        outcome = verdicts.with_braked(outcome, claim.braked)
    return with_alerts(run, material.noted(outcome), material.settings)


def has_work(run: Run, thread: ThreadId, trigger: Trigger, events: EventPolicy) -> bool:
    """Whether there is something to answer or to post in a thread; what ended by itself is written down.

    Errors: `UpstreamError` and the like; of a thread that cannot be read for good, once.
    """
    try:
        view = read_view(run, thread, trigger)
    except ThreadUnavailable as error:
        record_unreadable(run, thread, error)
        return False
    except UpstreamError as error:
        if (
            disposition(error.fault) is not Disposition.FAIL
            or record_unreadable(run, thread, error, trigger).status == "failed"
        ):
            raise
        return False
    if view.situation.paused:  # there may be, once it is over
        return True
    given = (item for item in view.open_items.items if item.command)
    view = view.limited_to((*given, *view.open_items.permitted(events)))
    decision = decide(view.situation, view.records)
    close_left(run, view, decision)
    posts = bool(decision.drafts_to_post) and not run.materials.dry_run
    if decision.to_answer or posts or decision.given_up:  # that somebody gives up is told in red
        return True
    tidy_up(run, view)
    return False


def answer_claimed(
    run: Run, view: View, settings: Settings, claim: ClaimResult, call_plan: CallPlan, trigger: Trigger
) -> Outcome:
    """Answer what is claimed. Whatever happens, how it ended is written down, and what it cost."""
    eyes, notes = open_eyes(run, view.thread.id, claim.decision.to_answer, settings), list[str]()
    outcome, costs = _ask_and_post(run, view, settings, claim, call_plan, trigger, notes, eyes=eyes.begun)
    eyes.close()
    known = run.ledger_store.cached  # what became of the items is not put at risk for this
    budget = known.budget.summary(settings.caps, run.now) if known else ""
    return replace(verdicts.with_costs(outcome, costs), budget=budget, notes=(*notes, *outcome.notes))


def _ask_and_post(
    run: Run,
    view: View,
    settings: Settings,
    claim: ClaimResult,
    call_plan: CallPlan,
    trigger: Trigger,
    notes: list[str],
    *,
    eyes: bool,
) -> tuple[Outcome, Costs]:
    """Ask, check the answer, write it ahead, and post it. ``charges``: what is still to be settled at each step;
    ``eyes``: whether they are shown meanwhile. Adds to ``notes`` what people should know besides.
    """
    situation, option, keys = view.situation, claim.option, [item.key for item in claim.decision.to_answer]
    assert option is not None  # noqa: S101 - it was not refused
    number, ordered = situation.thread.number, trigger.retries
    costs, charges = Costs(), claim.charges_for(Costs())
    try:
        taken = take_steps(run, option, claim.steps)
        notes += [taken.note] if taken.note else []
        costs += taken.costs
        charges = claim.charges_for(costs)
        if reason := taken.ends_or_raise():
            records = run.leases.record_skipped(situation, keys, reason, charges)
            return verdicts.not_needed(number, reason, records), costs
        option = taken.option or option
        claim = replace(claim, option=option)
        asked = ask(
            run,
            option,
            claim.reservation,
            on_uncertain_charge=lambda charge: run.leases.reserve_again(situation, option, charge, call_plan.caps),
            on_rate_limit=partial(_tell_others_to_wait, run, situation, option.model),
        )
        costs += asked.costs
        charges = claim.charges_for(costs)
        how = "failed" if asked.error else "answered"
        run.debug(f"thread {situation.thread}: {option.model} {how}, for {costs.usd or 0} USD")
        draft, outcome = write(
            run, view, settings, claim, asked.reply_or_raise(), costs, call_plan.ignored, ordered=ordered
        )
        least = settings.least_confidence
        why = verdicts.why_withheld(claim.decision, draft, outcome.answer, view.records, least, ordered=ordered)
        if run.materials.dry_run:
            outcome = verdicts.not_posted(outcome, why)
            return replace(outcome, records=run.leases.record_skipped(situation, keys, outcome.reason, charges)), costs
        if why:
            return withhold(run, situation, keys, draft, outcome, why, charges), costs
        draft = run.leases.write_ahead(situation, keys, replace(draft, eyes=eyes), charges)
        run.debug(f"thread {situation.thread}: the answer is stored")
        charges = ()
        if not _may_post(run, view.thread, claim.decision.to_answer, trigger):
            return verdicts.not_needed(number, verdicts.ANSWERED_ELSEWHERE), costs
        return deliver(run, situation, keys, draft, outcome), costs
    except HLSError as error:
        return release_claim(run, situation, claim, keys, error, charges), costs


def _answer(run: Run, thread: ThreadId, trigger: Trigger) -> Outcome:
    try:
        return respond(run, thread, trigger)
    except UsageError:
        raise
    except HLSError as error:
        return failed(reasons.of(error), number=thread.number)


def _may_post(run: Run, thread: Thread, unanswered: tuple[Item, ...], trigger: Trigger) -> bool:
    """Look once more right before posting, where neither ledger nor concurrency group keeps other runs off."""
    if run.has_ledger or trigger.event or trigger.force:
        return True
    now = read.again(run, thread)
    names = items.names(now, run.materials.rules)
    answered = key_migration.replies_by_key(items.answered(now, read.own(run, now)), names)
    return not all(items.covers(answered, item) for item in unanswered)


def _tell_others_to_wait(run: Run, situation: Situation, model: str, seconds: float) -> None:
    try:
        run.leases.start_cool_down(situation, model, seconds)
    except (StateUnavailable, Conflict):  # they will find out by themselves
        return
