"""What a run would ask Claude about a thread, and what it would do with the answer, by the line's own stages.

Nothing is claimed, spent or written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Costs
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import ClaimDecision, decide
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.settings import Settings
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.threads.own_changes import is_as_reviewed
from hls_action.line.draft import write
from hls_action.line.gather import gather
from hls_action.line.plan import plan_call
from hls_action.line.run import Run
from hls_action.line.view import View, read_view
from hls_action.ports import ModelReply
from hls_action.records.plans import ClaimResult


@dataclass(frozen=True)
class Planned:
    """A call that would be made. ``option``: the first choice, with its look, if any; ``decision``: the items that
    it would answer.
    """

    view: View
    settings: Settings
    decision: ClaimDecision
    option: CallOption


@dataclass(frozen=True)
class Foreseen:
    """What would be done with an answer. ``withheld``: why its comment would not be posted, where that is so."""

    draft: Draft
    withheld: Reason


def preview(run: Run, thread: ThreadId, trigger: Trigger) -> Planned | Reason:
    """What would be asked, or why nothing. Errors: `ConfigError`; those of reading the thread and the ledger."""
    view = read_view(run, thread, trigger)
    decision = decide(view.situation, view.records)
    if view.situation.paused:
        return view.situation.paused
    if not decision.to_answer:
        return verdicts.nothing_to_do(view.situation, decision, view.open_items).reason
    material = gather(run, view, decision, trigger)
    events = material.settings.events
    permitted = view.open_items.permitted(events)
    work = tuple(item for item in decision.to_answer if item in permitted)
    refused = material.settings.switched_off or events.refusal(trigger.event, trigger.action)
    if refusal := refused or (NONE if work else verdicts.NOTHING_OPEN):
        return refusal
    if is_as_reviewed(material.thread):
        return verdicts.AS_REVIEWED
    option = plan_call(run.materials, material, work, trigger).options[0]
    return Planned(view, material.settings, replace(decision, to_answer=work), option)


def foresee(run: Run, planned: Planned, reply: ModelReply) -> Foreseen:
    """What would follow from a reply to that call. Errors: `AnswerRejected`."""
    view, settings = planned.view, planned.settings
    claim = ClaimResult(planned.decision, option=planned.option)
    draft, outcome = write(run, view, settings, claim, reply, Costs())
    least = settings.least_confidence
    why = verdicts.why_withheld(claim.decision, draft, outcome.answer, view.records, least, ordered=False)
    return Foreseen(draft, why)
