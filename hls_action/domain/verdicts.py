"""Outcomes: turn a decision, or an error and the records it left, into the outcome of a run.

No I/O and no clock: how a run that looked at a thread ends can be read, and tested, here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import chain

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Costs
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.fixed_texts import SENSITIVE
from hls_action.domain.errors import HLSError
from hls_action.domain.ledger import claims, wording
from hls_action.domain.ledger.claims import ClaimDecision, Situation
from hls_action.domain.ledger.model import Record
from hls_action.domain.outcome import Outcome, deferred, failed, skipped
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.answer import Answer, AnswerRejected
from hls_action.domain.tasks.marks import acting
from hls_action.domain.tasks.table import Interpretation
from hls_action.domain.text.blank import is_blank
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item, OpenItems
from hls_action.domain.threads.thread import Thread

Records = tuple[Record, ...]

NOTHING_OPEN = Reason("nothing-open", "nothing here asks for an answer")
NOTHING_NEW = Reason(
    claims.NOTHING_NEW, "this review found no problem, and neither did the one before it, so it was not posted"
)
DRAFT_WAITS = Reason(claims.DRY_RUN, "an earlier run's answer is waiting to be posted, and a dry run posts nothing")
AS_REVIEWED = Reason(
    claims.NOTHING_NEW, "the pull request has the same changes as at the last review, so Claude was not asked"
)
ANSWERED_ELSEWHERE = Reason("already-answered", "another run was faster")
ON_RECORD = Reason(
    "already-answered",
    "run it with the number and 'force' to have it answered again; it is recorded as answered, by another run just now "
    "or by a reply that was deleted since",
)
LEFT_TO_OTHERS = Reason("nothing-open", "nothing waits to be posted, and this job asks Claude nothing")
POSTPONED = "other runs kept changing what is open in this thread while this run was about to claim it"


def too_fresh(thread: Thread, quiet_before: datetime | None) -> Outcome | None:
    """How it ends for a thread that changed after ``quiet_before``, where a run of its own may be at work on it."""
    if quiet_before is None or thread.updated_at <= quiet_before:
        return None
    return skipped(Reason("too-fresh", "the event's own run may be answering it"), number=thread.number)


def nothing_to_do(
    situation: Situation, decision: ClaimDecision, open_items: OpenItems, refusal: Reason = NONE
) -> Outcome:
    """Why there is nothing to answer and nothing to post. ``refusal``: why what is ``unanswered`` is not to be
    answered.
    """
    number = situation.thread.number
    shown = (*decision.given_up, *decision.held, *decision.not_due, *decision.dead_letters, *decision.closed)
    if decision.given_up:
        return failed(decision.given_up[0].reason, number=number, records=shown)
    if decision.held:
        run, until = decision.held[0].by.run, decision.held[0].until
        why = Reason(
            "in-progress", f"run {run} is answering this; if it dies, another run can take over after {_time(until)}"
        )
        return skipped(why, number=number, records=shown)
    if decision.not_due:
        first = min(decision.not_due, key=lambda record: record.until or situation.now)
        return deferred(first.reason.within("until", _time(first.until)), number=number, records=shown)
    if decision.drafts_to_post and situation.dry_run:
        return skipped(DRAFT_WAITS, number=number, records=tuple(chain(*decision.drafts_to_post.values())))
    if decision.dead_letters and not open_items.ineligible:
        return skipped(_of_dead(decision.dead_letters[0], situation.mention), number=number, records=shown)
    url = open_items.answered_by.url if open_items.answered_by else ""
    why = refusal or open_items.reason or (LEFT_TO_OTHERS if decision.to_answer else ON_RECORD)
    return skipped(why, number=number, comment_url=url, records=shown)


def _of_dead(record: Record, mention: str) -> Reason:
    why = record.reason.within("failed-before") if record.state == "failed" else record.reason
    aims = dict.fromkeys((claims.NOTHING_NEW, claims.NO_REPLY_NEEDED, claims.LOW_CONFIDENCE), "get one posted")
    aim = {**aims, claims.DRY_RUN: "get another one written"}.get(why.code, "try again")
    return why.advised(f"run it with the number, or comment '{mention} retry', to {aim}")


def answered(
    answer: Answer, unanswered: tuple[Item, ...], planned: Interpretation, draft: Draft, thread: Thread
) -> Outcome:
    """An answer that was asked for, once it is posted; without its body."""
    newest = items.newest(unanswered)
    return Outcome(
        status="done",
        reason=Reason("answered", wording.of_items(newest, thread)),
        number=thread.number,
        labels=draft.labels,
        dropped_labels=planned.dropped_labels,
        items=newest,
        answer=answer,
        fields=acting(planned.fields),
        notes=planned.notes,
        synthetic=draft.synthetic,
    )


def is_sensitive(answer: Answer, unanswered: tuple[Item, ...], thread: Thread) -> bool:
    """Whether the private channel is pointed to in place of an answer. What a maintainer asks in a comment is answered:
    they know what they do in public.
    """
    asked = {item.id for item in unanswered if item.kind == "comment"}
    by_maintainer = any(c.author.is_maintainer for c in thread.comments if str(c.id) in asked)
    return answer.sensitive and not (by_maintainer and not is_blank(answer.comment))


def pointed_elsewhere(unanswered: tuple[Item, ...], draft: Draft, thread: Thread) -> Outcome:
    """A text of HLS's own that points to the private channel, once it is posted; without its body."""
    newest = items.newest(unanswered)
    why = Reason("sensitive", f"{wording.of_items(newest, thread)} may report a security hole")
    return Outcome("done", why, thread.number, items=newest, synthetic=draft.synthetic)


def commanded(draft: Draft, commands: tuple[Item, ...], number: int) -> Outcome:
    """Commands that code obeys and replies to, once that is posted; without its body."""
    answered = tuple(item for item in commands if item.key in draft.keys)
    words = ", ".join(dict.fromkeys(item.command for item in answered))
    return Outcome("done", Reason("commanded", words), number, items=answered)


def refused(records: Records, number: int) -> Outcome:
    """Commands that are not obeyed, as recorded."""
    return skipped(records[0].reason if records else NOTHING_OPEN, number=number, records=records)


def paused(situation: Situation) -> Outcome:
    """Nothing is taken up, so that whatever is open in the thread stays so."""
    return skipped(situation.paused, number=situation.thread.number, unfinished=True)


def is_wanted(decision: ClaimDecision, *, ordered: bool) -> bool:
    """Whether somebody asked for the answer, so that it is posted in any case. ``ordered``: a maintainer did."""
    return ordered or bool(decision.asked) or any(item.is_asked for item in decision.to_answer)


def why_withheld(
    decision: ClaimDecision, draft: Draft, answer: Answer | None, records: Records, least: float, *, ordered: bool
) -> Reason:
    """Why an answer is not posted, if it is not: it helps nobody, or its confidence is below the ``least``, and nobody
    asked for it. ``answer``: None for a text of HLS's own.
    """
    if is_nothing_new(decision, draft, records, ordered=ordered):
        return NOTHING_NEW
    if answer is None or is_wanted(decision, ordered=ordered):
        return NONE
    if not answer.reply:
        return Reason(claims.NO_REPLY_NEEDED, answer.reason)
    if answer.confidence < least:
        why = f"the confidence in this reply is {answer.confidence:.2f}, below `least_confidence` ({least:.2f})"
        return Reason(claims.LOW_CONFIDENCE, why)
    return NONE


def withheld(outcome: Outcome, reason: Reason, records: Records) -> Outcome:
    """How it ends for an answer that is not posted, in place of the ``outcome`` that it would have had."""
    return replace(outcome, status="skipped", reason=reason, records=records)


def posted_stored_draft(draft: Draft, records: Records, number: int) -> Outcome:
    """An answer that an earlier run wrote, once it is posted; without its body. ``records``: of the items it is for."""
    code = {"": "answered", SENSITIVE: "sensitive"}.get(draft.comment.fixed, "commanded")
    return Outcome(
        status="done",
        reason=Reason(code, f"{wording.of_records(records)}; an earlier run had written it"),
        number=number,
        labels=draft.labels,
        fields=acting(draft.fields),
    )


def draft_rejected(rejection: str) -> Reason:
    """Why an answer from the state branch was not posted, in a note for the run's summary."""
    return Reason(
        AnswerRejected.code,
        f"an answer stored in the state branch was not posted: {rejection}. HLS would not have written "
        "that, and will ask Claude again; check who can push to that branch",
    )


def is_nothing_new(decision: ClaimDecision, draft: Draft, records: Records, *, ordered: bool) -> bool:
    """Whether an answer only reviews a push, finds nothing, and the review before, by the ``records``, found nothing.

    ``ordered``: a maintainer wants an answer in any case, and so does who asks for another try.
    """
    before = claims.last_review(records)
    quiet = draft.findings == 0 and before is not None and before.findings == 0
    return quiet and not ordered and not decision.asked and all(item.kind == "pull" for item in decision.to_answer)


def nothing_new(situation: Situation, records: Records, notes: tuple[str, ...]) -> Outcome:
    """A review that was not posted, with the one that stands. ``notes``: what people should know all the same."""
    url = max(situation.replies_by_key.values(), key=lambda reply: reply.id).url if situation.replies_by_key else ""
    return skipped(NOTHING_NEW, number=situation.thread.number, comment_url=url, records=records, notes=notes)


def as_reviewed(situation: Situation, records: Records) -> Outcome:
    """A head by which the pull request changes nothing else than before, with the review that stands."""
    return replace(nothing_new(situation, records, ()), reason=AS_REVIEWED)


def not_posted(outcome: Outcome, withheld: Reason = NONE) -> Outcome:
    """What a dry run ends with in place of an ``outcome`` that has an answer. ``withheld``: why none would be."""
    why = Reason(claims.DRY_RUN, f"an answer to {outcome.reason.detail} was written but not posted")
    notes = (*outcome.notes, *([f"a run that posts would not post it: {withheld}"] if withheld else []))
    return replace(outcome, dry_run=True, reason=why, notes=notes)


def not_needed(number: int, reason: Reason, records: Records = ()) -> Outcome:
    """Nothing is to be answered any more, or by this run."""
    return skipped(reason, number=number, records=records)


def deferred_or_failed(records: Records, error: HLSError, number: int) -> Outcome:
    """Deferred when every item is, so that a later run takes it further by itself; failed otherwise."""
    parked = [record for record in records if record.state == "deferred"]
    if parked and len(parked) == len(records):
        due = min(record.until for record in parked if record.until)
        why = reasons.of(error).advised(f"the next try is due at {_time(due)}")
        return deferred(why, number=number, records=records)
    if records and all(record.state == "skipped" for record in records):
        return skipped(records[0].reason, number=number, records=records)
    if records and all(record.state != "failed" for record in records):  # somebody took some of them up meanwhile
        why = reasons.of(error).advised("another run has taken it over")
        return deferred(why, number=number, records=records)
    lost = next((record.reason for record in records if record.state == "failed"), reasons.of(error))
    return failed(lost, number=number, records=records)


def unreadable(situation: Situation, records: Records, error: HLSError) -> Outcome:
    """The thread could not be read. Where an earlier run found that it cannot, and nothing is new, that is not red."""
    before = [record for record in records if record.state == "failed" and record.by != situation.me]
    if before:
        return skipped(_of_dead(before[0], situation.mention), number=situation.thread.number, records=records)
    return deferred_or_failed(records, error, situation.thread.number)


def unrecorded(error: HLSError, number: int, *, may_pass: bool) -> Outcome:
    """There was no time to write down how it ended. ``may_pass``: the items would have been deferred."""
    if may_pass:
        return deferred(reasons.of(error).advised("this could not be recorded"), number=number)
    return failed(reasons.of(error), number=number)


def braked(records: Records, number: int) -> Outcome:
    """No call was made, for a limit is reached, or a loop is cut; ``records``: of what there is no answer to."""
    parked = [record for record in records if record.state == "deferred" and record.until]
    if not parked:
        return skipped(records[0].reason or ANSWERED_ELSEWHERE, number=number, records=records)
    first = min(parked, key=lambda record: record.until or record.at)
    why = first.reason.advised(f"the next try is due at {_time(first.until)}")
    return deferred(why, number=number, records=records)


def with_braked(outcome: Outcome, records: Records) -> Outcome:
    """``outcome`` of an answer to some items, with what keeps others from one."""
    notes = (f"{wording.of_record(record)} gets no answer now: {record.reason}" for record in records)
    return replace(outcome, notes=(*outcome.notes, *notes))


def with_untold(outcome: Outcome, failure: HLSError | None) -> Outcome:
    """``outcome``, with why the thread could not be told of it, if it could not."""
    if failure is None:
        return outcome
    return replace(outcome, notes=(f"the notice in the thread could not be posted: {failure}",))


def merged_with_earlier(earlier: Outcome | None, outcome: Outcome) -> Outcome:
    """How a run ended that posted what an ``earlier`` one wrote, and then found nothing more to do."""
    if earlier is None:
        return outcome
    if outcome.status == "skipped":
        return replace(earlier, notes=(*earlier.notes, *outcome.notes), unfinished=outcome.unfinished)
    return replace(outcome, comment_url=outcome.comment_url or earlier.comment_url)


def merged_with_later(outcome: Outcome, later: Outcome) -> Outcome:
    """How a run ended that wrote down what came of a claim, and then posted what was left in the thread."""
    if not later.is_calm and outcome.is_calm:
        return replace(later, notes=(*outcome.notes, *later.notes))
    notes = (*outcome.notes, *later.notes)
    return replace(outcome, comment_url=outcome.comment_url or later.comment_url, notes=notes)


def with_costs(outcome: Outcome, costs: Costs) -> Outcome:
    """The same, with what it cost."""
    return replace(outcome, model=costs.model, usage=costs.usage, cost_usd=costs.usd)


def _time(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else "soon"
