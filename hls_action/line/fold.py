"""Folding reviews that a later one made outdated, where the run that posted it did not."""

from __future__ import annotations

from hls_action.domain.ledger import claims
from hls_action.domain.tasks.effects import FoldComments
from hls_action.domain.tasks.task import reviews
from hls_action.line.apply_effects import apply
from hls_action.line.run import Run
from hls_action.line.view import View


def fold_outdated(run: Run, view: View) -> str:
    """Fold what is left of our earlier reviews: two runs may have posted at once, and one may have been killed.

    Returns why that cannot be done, or ``""``. Without a ledger nobody knows what was folded before, so nothing is.
    """
    situation, pull = view.situation, view.thread.pull
    if pull is None or not run.has_ledger or run.materials.dry_run:
        return ""
    records = run.ledger().of(
        situation.repository, situation.thread
    )  # by now: what a killed run left may be on record since
    left = claims.outdated(situation, records, pull.head_sha)
    if not left or run.settings().review != "fold":
        return ""
    folded = apply(run, situation.thread, FoldComments(left))
    run.leases.record_folded(situation, reviews(situation.replies_by_key)[-1].id, folded.done, folded.left)
    return folded.note
