"""End without a comment: the answer is paid for, and its labels are set, but nobody needs to read it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Charge
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.ledger.claims import NOTHING_NEW, Situation
from hls_action.domain.outcome import Outcome
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks import follow_up
from hls_action.line.apply_effects import apply_before_comment
from hls_action.line.run import Run


def withhold(
    run: Run,
    situation: Situation,
    keys: Collection[str],
    draft: Draft,
    outcome: Outcome,
    reason: Reason,
    charges: Sequence[Charge],
) -> Outcome:
    """Write down that nothing is posted, and then do what the answer does besides: a run that dies in between loses
    labels, and never asks twice. ``outcome``: what it would have been. Errors: those of writing the ledger.
    """
    if reason.code == NOTHING_NEW:
        records = run.leases.record_skipped(situation, keys, reason, charges, draft.findings)
        return verdicts.nothing_new(situation, records, outcome.notes)
    records = run.leases.record_skipped(situation, keys, reason, charges, draft.findings, draft.marks)
    outcome = verdicts.withheld(outcome, reason, records)
    is_ours = any(record.by == situation.me for record in records)  # else another run took the items over
    unread = replace(draft, effects=follow_up.without_question(draft.effects))
    return apply_before_comment(run, situation.thread, unread, outcome)[0] if is_ours else outcome
