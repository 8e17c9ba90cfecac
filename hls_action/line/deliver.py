"""A written answer on its way to GitHub: in time, once, seen there, and on record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from hls_action.custody import Records
from hls_action.domain.claims import Situation
from hls_action.domain.keys import spelt_as
from hls_action.domain.ledger import Draft
from hls_action.domain.outcome import Outcome
from hls_action.domain.thread import Comment
from hls_action.errors import DeadlineExceeded, HLSError
from hls_action.line import publish
from hls_action.line.draft import render
from hls_action.line.fold import fold
from hls_action.line.run import GRACE, Run

FENCE = timedelta(seconds=90)
"""How long before its claim ends a run stops posting, so that whoever takes over finds what there is to find."""


def deliver(run: Run, seen: Situation, keys: Collection[str], draft: Draft, outcome: Outcome) -> Outcome:
    """Post what this run wrote, and write down that it is there. ``keys``: of the items in hand.

    Errors: the last `UpstreamError`, `ThreadUnavailable`, `DeadlineExceeded`; nothing was posted then.
    """
    _check_time(run)
    return _post(run, seen, keys, draft, outcome)


def finish(run: Run, seen: Situation, records: Records, draft: Draft, outcome: Outcome) -> Outcome:
    """Post what an earlier run wrote and could not post, or find that it did. Errors: as those of `deliver`."""
    keys = frozenset(record.key for record in records)
    _check_time(run)
    if draft.comment.replaces is None:  # else the marker is there in any case, and replacing is safe to repeat
        recent = any(run.now < (record.until or record.at) or run.now - record.at < GRACE for record in records)
        found = publish.find(run, seen.thread, frozenset(draft.keys), patiently=recent)
        if found is not None:
            return _seen(run, seen, keys, draft, found, outcome)
    return _post(run, seen, keys, draft, outcome)


def _check_time(run: Run) -> None:
    if run.now > run.until - FENCE:
        raise DeadlineExceeded("too late to post: another run may take over any moment; the answer is kept")


def _post(run: Run, seen: Situation, keys: Collection[str], draft: Draft, outcome: Outcome) -> Outcome:
    note = publish.add_labels(run, seen.thread, draft.labels)
    if note:
        outcome = replace(outcome, notes=(*outcome.notes, note), labels=())
    body, replaces = render(run, draft), draft.comment.replaces
    if replaces is None:
        comment = publish.post_once(run, seen.thread, body)
    else:
        comment = publish.replace(run, seen.thread, replaces, body)
    return _seen(run, seen, keys, draft, comment, outcome)


def _seen(
    run: Run, seen: Situation, keys: Collection[str], draft: Draft, comment: Comment, outcome: Outcome
) -> Outcome:
    """The comment stands, which is what counts; should the ledger not learn of it now, the next run tells it.

    What it makes outdated is folded before that is recorded, so that the record can name what is left of it.
    """
    folded = fold(run, draft.folds)
    if folded.note:
        outcome = replace(outcome, notes=(*outcome.notes, folded.note))
    held = sorted(spelt_as(draft.keys, keys))  # the answer may have been written under another rule of digests
    outcome = replace(outcome, comment_url=comment.url)
    try:
        return replace(outcome, records=run.custody.published(seen, held, comment, folded.done, folded.left))
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"posted, but not recorded: {error}"))
