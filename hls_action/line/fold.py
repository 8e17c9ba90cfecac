"""Folding what a reply makes outdated. It holds up nothing, and may be done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hls_action.domain import claims
from hls_action.domain.faults import Disposition, disposition
from hls_action.domain.tasks.task import reviews
from hls_action.errors import HLSError, ThreadUnavailable, UpstreamError
from hls_action.line.run import Run
from hls_action.line.view import View


@dataclass(frozen=True)
class Folded:
    """What came of it, by node ids. ``done``: comments that are folded, or cannot be; ``left``: for a later run;
    ``note``: why some cannot be.
    """

    done: tuple[str, ...] = ()
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
                return Folded(tuple(comments), note=f"earlier reviews could not be folded: {error}")
            return Folded(tuple(comments[:place]), tuple(comments[place:]))
        except HLSError:  # the run's time is over
            return Folded(tuple(comments[:place]), tuple(comments[place:]))
    return Folded(tuple(comments))


def fold_outdated(run: Run, view: View) -> str:
    """Fold what is left of our earlier reviews: two runs may have posted at once, and one may have been killed.

    Returns why that cannot be done, or ``""``. Without a ledger nobody knows what was folded before, so nothing is.
    """
    seen, pull = view.seen, view.thread.pull
    if pull is None or not run.has_ledger:
        return ""
    records = run.ledger().of(seen.repository, seen.thread)  # by now: what a killed run left may be on record since
    left = claims.outdated(seen, records, pull.head_sha)
    if not left or run.settings().review != "fold":
        return ""
    folded = fold(run, left)
    if folded.done:
        run.custody.folded(seen, reviews(seen.marked)[-1].id, folded.done)
    return folded.note
