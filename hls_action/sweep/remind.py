"""Remind authors of what HLS asked them: once for each question, and nothing is ever closed."""

from __future__ import annotations

from datetime import timedelta

from hls_action.domain.drafts.rendering import reminder
from hls_action.domain.errors import HLSError
from hls_action.domain.events.relevance import WAITING_LABEL
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import follow_up
from hls_action.domain.threads import items
from hls_action.domain.threads.items import REMINDER
from hls_action.domain.threads.thread import ThreadRef
from hls_action.line import publish
from hls_action.line.run import Run
from hls_action.line.view import read_view

MOST = 10
"""How many threads one sweep reads for it."""
POSTED_WITHIN = timedelta(minutes=15)
"""How long after it was recorded a reminder is the last thing that happened in its thread."""


def remind(run: Run, settings: Settings) -> tuple[str, ...]:
    """Remind whoever has said nothing for so long. Returns what went wrong, in notes: the next sweep tries the rest."""
    if not settings.remind_after_days or not run.has_ledger or run.materials.dry_run or run.out_of_time:
        return ()
    patience = timedelta(days=settings.remind_after_days)
    try:
        waiting = run.retrier.call(lambda: run.github.labelled(WAITING_LABEL))
        for ref in [ref for ref in waiting if _is_due(run, ref, patience)][:MOST]:
            _remind(run, ref, patience)
    except HLSError as error:
        return (f"not every author could be reminded: {error}",)
    return ()


def _is_due(run: Run, ref: ThreadRef, patience: timedelta) -> bool:
    """Whether nothing has happened in a thread for so long, or nothing since its reminder."""
    told = [r.at for r in run.ledger().of(run.repository, ref.id) if r.key.startswith(f"{REMINDER}/")]
    return run.now - ref.updated_at >= patience and all(ref.updated_at - at > POSTED_WITHIN for at in told)


def _remind(run: Run, ref: ThreadRef, patience: timedelta) -> None:
    """Recorded first: a run that dies in between reminds nobody, and none reminds twice."""
    view = read_view(run, ref.id, Trigger((ref.id,)))
    situation = view.situation
    question = follow_up.unanswered_question(view.thread, situation.replies_by_key, run.materials.rules)
    if situation.ineligible or situation.paused or question is None or run.now - question.written_at < patience:
        return
    key = follow_up.reminder_key(question)
    reminded = any(key in items.marked_keys(reply.body) for reply in items.replies(view.thread, view.own))
    if not reminded and run.leases.record_reminder(situation, key):
        publish.post_once(run, ref.id, reminder(key))
