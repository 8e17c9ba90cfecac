"""The label by which HLS waits for an issue's author, where it waits no more."""

from __future__ import annotations

from hls_action.domain.errors import HLSError
from hls_action.domain.tasks import follow_up
from hls_action.domain.tasks.effects import RemoveLabels
from hls_action.line.apply_effects import apply
from hls_action.line.run import Run
from hls_action.line.view import View


def stop_waiting(run: Run, view: View) -> str:
    """Take the label off where no question of ours is open, unless some run may be about to ask one. Returns why that
    cannot be done, or ``""``: a later run tries again.
    """
    situation = view.situation
    label = follow_up.stale_label(view.thread, situation.replies_by_key, run.materials.rules, run.now)
    is_busy = any(record.is_open for record in view.records)
    if not label or is_busy or situation.ineligible or run.materials.dry_run:
        return ""
    try:
        return apply(run, situation.thread, RemoveLabels((label,))).note
    except HLSError as error:
        return f"the label {label} could not be taken off: {error}"
