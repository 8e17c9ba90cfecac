"""Apply effects: one function for each kind. All but the comment are optional and safe to repeat;
the comment is `deliver`'s, which looks for an earlier one first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import Deleted, UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome
from hls_action.domain.tasks import marks
from hls_action.domain.tasks.effects import AddLabels, Effect, FoldComments, RemoveLabels, SetType
from hls_action.domain.tasks.marks import Marks
from hls_action.line.run import Run


@dataclass(frozen=True)
class Applied:
    """What came of an effect. ``done``: of what it names, what needs nothing more; ``left``: what a later run may try;
    ``note``: what people should know.
    """

    done: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    note: str = ""


def apply(run: Run, thread: ThreadId, effect: Effect) -> Applied:
    """Do what it says. Errors: ``KeyError`` for the comment, which is not done here; `DeadlineExceeded`."""
    return APPLIERS[type(effect)](run, thread, effect)


def apply_before_comment(run: Run, thread: ThreadId, draft: Draft, outcome: Outcome) -> tuple[Outcome, Marks]:
    """Do what comes before the comment. Returns ``outcome`` with what came of it, and the marks that are set.

    Errors: `DeadlineExceeded`.
    """
    applied = [(type(effect), apply(run, thread, effect)) for effect in draft.before_comment]
    done = {kind: each.done for kind, each in applied}
    outcome = replace(
        outcome,
        labels=done.get(AddLabels, ()),
        removed_labels=done.get(RemoveLabels, ()),
        issue_type="".join(done.get(SetType, ())),
        notes=(*outcome.notes, *(each.note for _, each in applied if each.note)),
    )
    return outcome, marks.of_effects(draft.marks, {kind for kind, each in applied if each.note})


def _label(run: Run, thread: ThreadId, labels: AddLabels) -> Applied:
    try:
        run.retrier.call(lambda: run.github.add_labels(thread, labels.names))
    except UpstreamError as error:
        return Applied(note=f"the labels {', '.join(labels.names)} could not be set: {error}")
    return Applied(labels.names)


def _unlabel(run: Run, thread: ThreadId, labels: RemoveLabels) -> Applied:
    for place, name in enumerate(labels.names):
        try:
            run.retrier.call(partial(run.github.remove_label, thread, name))
        except UpstreamError as error:
            return Applied(labels.names[:place], note=f"the label {name} could not be taken off: {error}")
    return Applied(labels.names)


def _set_type(run: Run, thread: ThreadId, effect: SetType) -> Applied:
    try:
        run.retrier.call(lambda: run.github.set_type(thread, effect.type))
    except UpstreamError as error:
        return Applied(note=f"the issue type {effect.type} could not be set; does the organization have it? {error}")
    return Applied((effect.type,))


def _fold(run: Run, _: ThreadId, fold: FoldComments) -> Applied:
    """Each comment by one attempt: a fault that may pass leaves the rest for later."""
    for place, comment in enumerate(fold.comments):
        try:
            run.github.fold(comment)
        except Deleted:  # it needs no folding
            continue
        except UpstreamError as error:
            if disposition(error.fault) is Disposition.FAIL:
                return Applied(fold.comments, note=f"earlier reviews could not be folded: {error}")
            return Applied(fold.comments[:place], fold.comments[place:])
        except HLSError:  # the run's time is over
            return Applied(fold.comments[:place], fold.comments[place:])
    return Applied(fold.comments)


APPLIERS: Mapping[type[Effect], Callable[[Run, ThreadId, Any], Applied]] = {
    AddLabels: _label,
    RemoveLabels: _unlabel,
    SetType: _set_type,
    FoldComments: _fold,
}
"""How each kind of effect is done, but for the one that carries the marker."""
