"""Folding what a reply makes outdated. It holds up nothing, and may be done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hls_action.domain.faults import Disposition, disposition
from hls_action.errors import HLSError, ThreadUnavailable, UpstreamError
from hls_action.line.run import Run


@dataclass(frozen=True)
class Folded:
    """What came of it. ``left``: comments that a later run folds, by their node ids; ``note``: why some cannot be."""

    left: tuple[str, ...] = ()
    note: str = ""


def fold(run: Run, comments: Sequence[str]) -> Folded:
    """Fold comments of ours, by their node ids, each by one attempt: a passing fault leaves the rest for later."""
    for place, comment in enumerate(comments):
        try:
            run.github.fold(comment)
        except ThreadUnavailable:  # somebody deleted it
            continue
        except UpstreamError as error:
            if disposition(error.fault) is Disposition.FAIL:
                return Folded(note=f"earlier reviews could not be folded: {error}")
            return Folded(left=tuple(comments[place:]))
        except HLSError:  # the run's time is over
            return Folded(left=tuple(comments[place:]))
    return Folded()
