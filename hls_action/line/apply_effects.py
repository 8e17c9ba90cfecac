"""Apply effects: one function for each kind. All but the comment are optional and safe to repeat;
the comment is `deliver`'s, which looks for an earlier one first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import Deleted, UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.tasks.effects import AddLabels, Effect, FoldComments
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


def _label(run: Run, thread: ThreadId, labels: AddLabels) -> Applied:
    try:
        run.retrier.call(lambda: run.github.add_labels(thread, labels.names))
    except UpstreamError as error:
        return Applied(note=f"the labels {', '.join(labels.names)} could not be set: {error}")
    return Applied(labels.names)


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


APPLIERS: Mapping[type[Effect], Callable[[Run, ThreadId, Any], Applied]] = {AddLabels: _label, FoldComments: _fold}
"""How each kind of effect is done, but for the one that carries the marker."""
