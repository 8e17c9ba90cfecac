"""What costs nothing: commands, which code answers, and what earlier runs wrote and did not post."""

from __future__ import annotations

from dataclasses import replace

from hls_action.domain import verdicts
from hls_action.domain.errors import HLSError
from hls_action.domain.ledger.claims import ClaimDecision
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.items import Item
from hls_action.line import commands
from hls_action.line.deliver import deliver, post_stored
from hls_action.line.draft import render
from hls_action.line.endings import release_claim
from hls_action.line.eyes import close_eyes
from hls_action.line.run import Run
from hls_action.line.stored import vet
from hls_action.line.view import View


def post_free(
    run: Run, view: View, decision: ClaimDecision, earlier: Outcome | None, dropped: list[str]
) -> tuple[Outcome | None, bool]:
    """Post what asks Claude nothing: replies to commands, or else what earlier runs wrote. Returns what came of it, on
    top of what came ``earlier``, and whether this run is over with the thread.
    """
    if decision.commands:
        obeyed = obey(run, view, decision.commands)
        if obeyed is not None and (not obeyed.is_calm or decision.is_commands_alone(view.situation)):
            return verdicts.merged_with_earlier(earlier, obeyed), True
        return obeyed if obeyed is not None and obeyed.status == "done" else earlier, False
    earlier = post_drafts(run, view, dropped) or earlier
    if earlier is None or (earlier.status == "done" and not run.out_of_time):
        return earlier, False
    return replace(earlier, unfinished=bool(decision.to_answer)), True


def obey(run: Run, view: View, given: tuple[Item, ...]) -> Outcome | None:
    """Do what commands say, and reply to them by code, which costs nothing; None when by now others have done that."""
    claim, drafts = commands.obey(run, view, given)
    if claim.changed:
        return None
    outcome = verdicts.refused(claim.records, view.thread.number)
    for place, draft in enumerate(drafts):
        obeyed = replace(verdicts.commanded(draft, given, view.thread.number), body=render(run, draft))
        try:
            outcome = deliver(run, view.situation, draft.keys, draft, obeyed)
        except HLSError as error:
            keys = {key for later in drafts[place:] for key in later.keys}
            return release_claim(run, view.situation, claim, keys, error)
    return outcome


def post_drafts(run: Run, view: View, dropped: list[str]) -> Outcome | None:
    """Post what earlier runs wrote; None when by now others have done that, or when none of it may be posted: then
    ``dropped`` is told why, and its items are to be asked about anew.
    """
    outcome: Outcome | None = None
    claim = run.leases.claim_drafts(view.situation, {record.draft for record in view.records})
    waiting = list(claim.decision.drafts_to_post.values())
    for place, records in enumerate(waiting):
        try:
            if outcome is not None:  # the next is posted by what others wrote meanwhile
                run.ledger_store.flush(run.retrier)
            draft = run.ledger().draft(records[0])
            if draft is None:
                continue
            vetted = vet(run, view, records, draft)
            if vetted.rejection:
                run.leases.drop_draft(
                    view.situation, [record.key for record in records], verdicts.draft_rejected(vetted.rejection)
                )
                dropped.append(verdicts.draft_rejected(vetted.rejection).detail)
                continue
            if vetted.overruled:
                run.leases.record_skipped(view.situation, [record.key for record in records], vetted.overruled)
                continue
            draft = vetted.draft
            found = verdicts.posted_stored_draft(draft, records, view.thread.number)
            notes = (vetted.note,) if vetted.note else ()
            found = replace(found, body=render(run, draft), dropped_labels=vetted.dropped, notes=notes)
            outcome = post_stored(run, view.situation, records, draft, found)
            close_eyes(run, view.thread.id, draft)
        except HLSError as error:
            keys = {record.key for later in waiting[place:] for record in later}
            return release_claim(run, view.situation, claim, keys, error)
    return outcome
