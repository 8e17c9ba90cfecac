"""The line in three jobs, claim, ask and publish, for those who want no job to hold the key and a token that can write.

Each step is the page's own (`respond.py`), in the same order: what is claimed and what was written are on record before
the next effect, so that a job may die anywhere. `docs/adr/056-a-split-workflow.md` says what each is trusted with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Charge, Costs, Reservation
from hls_action.domain.errors import DeadlineExceeded, HLSError, UsageError
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import handover
from hls_action.domain.ledger.claims import DRY_RUN, ClaimDecision, Situation, decide
from hls_action.domain.ledger.errors import Conflict
from hls_action.domain.ledger.handover import ANSWER, CLAIM, CLAIM_LIFE, Failure, HeldClaim, WrittenAnswer
from hls_action.domain.outcome import Outcome, skipped
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.answer import AnswerRejected
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.threads.own_changes import is_as_reviewed
from hls_action.line import endings, respond, who
from hls_action.line.alert import with_alerts
from hls_action.line.ask import ask as make_call
from hls_action.line.ask import take_steps
from hls_action.line.draft import write
from hls_action.line.gather import gather
from hls_action.line.plan import plan_call
from hls_action.line.run import Run
from hls_action.line.stored import vet
from hls_action.line.view import View, read_view
from hls_action.line.withhold import withhold
from hls_action.records.leases import Leases
from hls_action.records.plans import ClaimResult

NO_LEDGER = "a split workflow needs a ledger: remove the input 'state-branch', or name a branch."
ROOM = Decimal("1.25")
"""How much more than by what it read the first job puts aside."""
TO_PUBLISH = Reason("handed-over", "there is something to post that needs no answer by Claude")
TO_OBEY_FIRST = ("pause", "ignore")
"""Commands after which nothing may be taken up; only the last job can obey them."""
DIED = "the job that asks Claude ended without an answer; a later run tries again"
MOVED_ON = "what is asked, or what it may cost, changed since it was claimed; a later run looks again"


# ---- The first job: it may write the ledger, and no more


def claim(run: Run, thread: ThreadId, trigger: Trigger) -> Outcome:
    """Take up what is open in a thread, for the jobs after this one. `Outcome.claim` is what they are to ask about.

    Errors: `ConfigError`, `UsageError`; those of reading and writing the ledger.
    """
    if not run.has_ledger:
        raise UsageError(NO_LEDGER)
    run = replace(run, leases=Leases(run.ledger_store, run.retrier, run.clock, run.now + CLAIM_LIFE))
    view: View | None = None
    try:
        for _ in range(respond.MAX_ROUNDS):
            view = read_view(run, thread, trigger)
            outcome = _take_up(run, view, trigger)
            if outcome is not None:
                run.ledger_store.flush(run.retrier)
                return outcome
    except (ThreadUnavailable, UpstreamError, DeadlineExceeded) as error:  # while reading: nothing is claimed
        return endings.record_unreadable(run, thread, error, trigger, view)
    return endings.postpone(run, thread)


def _take_up(run: Run, view: View, trigger: Trigger) -> Outcome | None:
    """None when other items are open by now. No notice of a cap or a loop: this job may not post one."""
    number, found = view.thread.number, decide(view.situation, view.records)
    waits = bool(found.commands or found.drafts_to_post) and not run.materials.dry_run
    nothing = Outcome("done", TO_PUBLISH, number) if waits else None
    if view.situation.paused:
        return nothing or verdicts.paused(view.situation)
    if nothing and any(item.command in TO_OBEY_FIRST for item in found.commands):
        return nothing
    view = view.limited_to(tuple(item for item in view.situation.unanswered if not item.command))
    decision = decide(view.situation, view.records)
    if not decision.to_answer:
        return nothing or _nothing(run, view)
    material, view, work, refusal = respond.choose_work(run, view, decision, trigger)
    if not work:
        return nothing or _nothing(run, view, refusal)
    if is_as_reviewed(material.thread):
        passed = endings.skip_unchanged(run, view, work)
        return passed and (nothing or passed)
    call_plan = respond.plan_claim(run, view, material, work, trigger)
    quiet = replace(
        call_plan,
        options=tuple(map(_with_room, call_plan.options)),
        told=frozenset(),
        brakes=replace(call_plan.brakes, notice=False),
    )
    taken = who.claim(run, view.thread, view.situation, quiet)
    return None if taken.changed else _handed_over(run, view, taken, nothing)


def _with_room(option: CallOption) -> CallOption:
    """The same with more money put aside: there may be more to show once the second job reads the thread."""
    before = (replace(step, call=replace(step.call, worst=step.call.worst * ROOM)) for step in option.before)
    return replace(option, worst=option.worst * ROOM, before=tuple(before))


def _handed_over(run: Run, view: View, taken: ClaimResult, nothing: Outcome | None) -> Outcome:
    """What came of claiming. ``nothing``: how it ends where nothing could be."""
    number, items = view.thread.number, taken.decision.to_answer
    if taken.cap_reached is not None:
        return nothing or verdicts.deferred_or_failed(taken.records, taken.cap_reached, number)
    if not items:
        return nothing or verdicts.braked(taken.braked, number)
    keys, asked = tuple(item.key for item in items), tuple(sorted(taken.decision.asked))
    held = HeldClaim(run.ledger_store.claimant, view.thread.id, keys, taken.reservation, taken.steps, asked)
    why = Reason("handed-over", f"claimed {', '.join(keys)}, about which the next job asks Claude")
    outcome = Outcome("done", why, number, items=items, claim=handover.text_of(CLAIM, held))
    return verdicts.with_braked(outcome, taken.braked)


def _nothing(run: Run, view: View, refusal: Reason = NONE) -> Outcome:
    return verdicts.nothing_to_do(view.situation, run.leases.record_ended(view.situation), view.open_items, refusal)


# ---- The second job: it has the key, and writes nothing anywhere


def ask(run: Run, held: HeldClaim, trigger: Trigger) -> Outcome:
    """Ask Claude once about what is claimed. `Outcome.written` is what came of it, also where that is a failure.

    A claim is asked about by the attempt that made it alone: of an earlier one nobody here can know whether it asked.
    Errors: those of reading the ledger.
    """
    if not run.has_ledger:
        raise UsageError(NO_LEDGER)
    me, number = run.ledger_store.claimant, held.thread.number
    same_run = (me.run, me.attempt) == (held.by.run, held.by.attempt)
    if not (same_run and held.is_whole(run.ledger(), run.repository, run.now)):
        return skipped(Reason("claim-lost", "the claim does not hold any more; a later run looks again"), number=number)
    notes = list[str]()
    written, costs = _written(run, held, trigger, notes)
    text = handover.text_of(ANSWER, written)
    if not handover.fits(text):
        error = AnswerRejected("the answer is too long to be handed over; lower `max_tokens` in the configuration")
        text = handover.text_of(ANSWER, WrittenAnswer(written.charges, failure=Failure.of(error, run.now)))
    said = written.failure.message if written.failure else str(written.skipped or "the answer is written")
    outcome = Outcome("done", Reason("handed-over", f"{said}; the next job records it"), number, written=text)
    outcome = replace(outcome, notes=tuple(notes))
    return verdicts.with_costs(outcome, costs)


def _written(run: Run, held: HeldClaim, trigger: Trigger, notes: list[str]) -> tuple[WrittenAnswer, Costs]:
    """What came of asking, and what it cost. Adds to ``notes`` what people should know besides."""
    costs, taken = Costs(), ClaimResult(reservation=held.reservation, steps=held.steps)
    ordered, draft = trigger.retries, None
    try:
        view, decision = _claimed_view(run, held, trigger)
        material = gather(run, view, decision, trigger)
        planned = plan_call(run.materials, material, decision.to_answer, trigger)
        option = _paid(planned.options, held, run.ledger().budget.reservations)
        result = take_steps(run, option, held.steps)
        notes += [result.note] if result.note else []
        costs += result.costs
        if reason := result.ends_or_raise():
            return WrittenAnswer(taken.charges_for(costs), skipped=reason), costs
        option = result.option or option
        asked = make_call(run, option, held.reservation, _never_twice, lambda _: None)
        costs += asked.costs
        claimed, reply = replace(taken, decision=decision, option=option), asked.reply_or_raise()
        settings = material.settings
        draft, outcome = write(run, view, settings, claimed, reply, costs, planned.ignored, ordered=ordered)
        least = settings.least_confidence
        why = verdicts.why_withheld(decision, draft, outcome.answer, view.records, least, ordered=ordered)
        return WrittenAnswer(taken.charges_for(costs), draft, why), costs
    except HLSError as error:
        return WrittenAnswer(taken.charges_for(costs), failure=Failure.of(error, run.now)), costs


def _claimed_view(run: Run, held: HeldClaim, trigger: Trigger) -> tuple[View, ClaimDecision]:
    """The thread as whoever claimed sees it now. Errors: `Conflict`, where something else is asked by now."""
    view = read_view(run, held.thread, trigger)
    items = tuple(item for item in view.situation.unanswered if item.key in held.keys)
    if len(items) != len(held.keys):
        raise Conflict(MOVED_ON)
    view = replace(view, situation=replace(view.situation, me=held.by)).limited_to(items)
    return view, ClaimDecision(to_answer=items, asked=frozenset(held.asked))


def _paid(options: Sequence[CallOption], held: HeldClaim, reserved: Mapping[str, Reservation]) -> CallOption:
    """The first way to ask that the money put aside is enough for. Errors: `Conflict`, where there is none."""
    for option in options:
        calls = zip((option, *(step.call for step in option.before)), held.reservations, strict=False)
        enough = all(call.worst <= reserved[name].usd for call, name in calls)
        if enough and option.model == reserved[held.reservation].call.model and len(option.before) <= len(held.steps):
            return option
    raise Conflict(MOVED_ON)


def _never_twice(_: Charge) -> str:
    raise DeadlineExceeded(
        "a call to Claude may have been billed without an answer, and this job cannot put money aside for another one"
    )


# ---- The third job: it may write, has no key, and believes nothing of what the second one says


def publish(run: Run, held: HeldClaim | None, answer: str, trigger: Trigger) -> Outcome:
    """Write down what came of the claim, and post what waits to be posted in the thread, like any stored answer.

    ``answer``: what the second job handed over; ``""`` if it did not. Errors: `UsageError` for one that it cannot have
    written, once the claim is given up.
    """
    if not run.has_ledger:
        raise UsageError(NO_LEDGER)
    run, trigger = replace(run, asks=False), replace(trigger, force=False)
    ended = _take_in(run, held, answer, trigger) if held is not None else None
    posted = respond.answer(run, trigger)
    return with_alerts(run, verdicts.merged_with_later(ended, posted) if ended else posted)


def _take_in(run: Run, held: HeldClaim, text: str, trigger: Trigger) -> Outcome | None:
    """None when there is nothing left to write down but what is posted."""
    reserved, written, wrong = run.ledger().budget.reservations, None, ""
    try:
        written = handover.checked(handover.value_of(ANSWER, text), held, reserved, run.now) if text else None
    except ValueError as error:
        wrong = str(error)[:200]
    charges = handover.bills(held, written, reserved)
    ended = _record(run, held, written, charges, trigger)
    if wrong:
        raise UsageError(f"input 'answer' is not something that the command 'ask' writes: {wrong}.")
    return ended


def _record(
    run: Run, held: HeldClaim, written: WrittenAnswer | None, charges: tuple[Charge, ...], trigger: Trigger
) -> Outcome | None:
    situation = Situation(run.repository, held.thread, (), held.keys, {}, NONE, run.now, held.by)
    try:
        if not held.held(run.ledger(), run.repository):  # an earlier attempt of this job, or another run, went on
            run.leases.settle(situation, charges)
            return None
        if written is not None and written.draft is not None:
            dry = Reason(DRY_RUN, "an answer was written but not posted") if run.materials.dry_run else NONE
            if why := dry or written.skipped:
                return _keep_back(run, held, replace(written, skipped=why), charges, trigger)
            # Until now: it then waits for whoever posts it first, and that is settled by a claim of its own.
            Leases(run.ledger_store, run.retrier, run.clock, run.now).write_ahead(
                situation, held.keys, written.draft, charges
            )
            return None
        if written is not None and written.skipped:
            records = run.leases.record_skipped(situation, held.keys, written.skipped, charges)
            return verdicts.not_needed(held.thread.number, written.skipped, records)
        error = written.failure.error() if written is not None and written.failure else DeadlineExceeded(DIED)
    except HLSError as problem:
        error = problem
    return endings.release_claim(run, situation, ClaimResult(), held.keys, error, charges)


def _keep_back(
    run: Run, held: HeldClaim, written: WrittenAnswer, charges: tuple[Charge, ...], trigger: Trigger
) -> Outcome:
    """The answer is not posted. Its labels are set all the same, as far as those of a stored answer may be."""
    draft, reason = written.draft, written.skipped
    assert draft is not None  # noqa: S101 - the caller saw it
    view = read_view(run, held.thread, trigger)
    situation = replace(view.situation, me=held.by)
    vetted = vet(run, view, held.held(run.ledger(), run.repository), draft, posted=False)
    if run.materials.dry_run or vetted.rejection:
        records = run.leases.record_skipped(situation, held.keys, reason, charges, draft.findings)
        return skipped(reason, number=held.thread.number, records=records)
    labels = {"labels": vetted.draft.labels, "dropped_labels": vetted.dropped}
    outcome = skipped(reason, number=held.thread.number, **labels)
    return withhold(run, situation, held.keys, vetted.draft, outcome, reason, charges)


def claim_of(text: str) -> HeldClaim | None:
    """The input 'claim'; None where it is empty. Errors: `UsageError`."""
    try:
        return handover.value_of(CLAIM, text) if text else None
    except ValueError as error:
        raise UsageError(
            f"input 'claim' is not something that the command 'claim' writes: {str(error)[:200]}."
        ) from error
