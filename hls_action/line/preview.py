"""What a run would ask Claude about a thread, by the line's own stages. Nothing is claimed, spent or written."""

from __future__ import annotations

from dataclasses import dataclass

from hls_action.domain import verdicts
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import decide
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.own_changes import is_as_reviewed
from hls_action.domain.threads.thread import Thread
from hls_action.line.gather import gather
from hls_action.line.plan import plan_call
from hls_action.line.run import Run
from hls_action.line.view import read_view


@dataclass(frozen=True)
class Preview:
    """``option``: the call that would be made first, with its pre-check, if any; None where there is none, and then
    ``reason`` says why. ``work``: the items that it would answer.
    """

    thread: Thread
    work: tuple[Item, ...] = ()
    option: CallOption | None = None
    reason: Reason = NONE


def preview(run: Run, thread: ThreadId, trigger: Trigger) -> Preview:
    """What would be asked. Errors: `ConfigError`; those of reading the thread and the ledger."""
    view = read_view(run, thread, trigger)
    decision = decide(view.situation, view.records)
    if not decision.to_answer:
        nothing = verdicts.nothing_to_do(view.situation, decision, view.open_items)
        return Preview(view.thread, reason=nothing.reason)
    material = gather(run, view, decision, trigger)
    events = material.settings.events
    permitted = view.open_items.permitted(events)
    work = tuple(item for item in decision.to_answer if item in permitted)
    if refusal := events.refusal(trigger.event, trigger.action) or (NONE if work else verdicts.NOTHING_OPEN):
        return Preview(material.thread, reason=refusal)
    if is_as_reviewed(material.thread):
        return Preview(material.thread, reason=verdicts.AS_REVIEWED)
    return Preview(material.thread, work, plan_call(run.materials, material, work, trigger).options[0])
