"""An answer that an earlier run stored, before it is posted: held against the thread, and limited to what it may do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hls_action.domain.drafts import vetting
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.vetting import DraftContext
from hls_action.domain.errors import ConfigError
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.knowledge import labelling
from hls_action.domain.threads.thread import Label, Thread
from hls_action.line import read
from hls_action.line.publish import LOOKUP_DELAYS
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.records.leases import Records


@dataclass(frozen=True)
class Vetted:
    """``draft``: as it may be posted; ``rejection``: why it may not be, or ``""``; ``dropped``: labels that may not be
    set; ``note``: what else people should know.
    """

    draft: Draft
    rejection: str = ""
    dropped: tuple[str, ...] = ()
    note: str = ""


def vet(run: Run, view: View, records: Records, draft: Draft) -> Vetted:
    """Check it. Errors: the last `UpstreamError` that may pass, `ThreadUnavailable`, where more had to be asked for."""
    place = DraftContext(
        _thread(run, view, draft), view.situation.replies_by_key, tuple(record.key for record in view.records)
    )
    rejection = vetting.rejection(draft, place)
    if draft.synthetic and run.github.is_real:
        rejection = rejection or "no model wrote it"
    if rejection:
        return Vetted(draft, rejection)
    settable, note = _settable(run, records, draft)
    limited = vetting.restricted(draft, place, settable)
    return Vetted(limited, dropped=tuple(name for name in draft.labels if name not in limited.labels), note=note)


def _thread(run: Run, view: View, draft: Draft) -> Thread:
    """The thread, with the comment that the draft would replace, if that is there: GitHub's lists may lag."""
    wanted, known = draft.comment.replaces, view.thread
    for wait in LOOKUP_DELAYS:
        if wanted is None or any(comment.id == wanted for comment in known.comments):
            break
        run.clock.sleep(wait)
        known = replace(known, comments=read.comments(run, known.id))
    return known


def _settable(run: Run, records: Records, draft: Draft) -> tuple[tuple[str, ...], str]:
    """The labels that an answer to these items may set now, and why none may where that is for want of a rule."""
    if not draft.labels:
        return (), ""
    try:
        allow = run.settings().label_allow
        labelled = allow is None and any(record.key.startswith(("issue/", "label/")) for record in records)
        labels = run.labels() if labelled else tuple[Label, ...]()
    except ConfigError as error:
        return (
            (),
            f"labels of a stored answer were not set, because the configuration could not be read: {error}",
        )
    except UpstreamError as error:
        if disposition(error.fault) is not Disposition.FAIL:
            raise
        return (), f"labels of a stored answer were not set, because GitHub did not list them: {error}"
    return tuple(label.name for label in labelling.settable(allow, labels, run.materials.rules)), ""
