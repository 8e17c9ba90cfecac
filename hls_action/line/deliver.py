"""Post a written answer: in time, once, verified on GitHub, and recorded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.faults.errors import Deleted, UpstreamError
from hls_action.domain.ledger import claims
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.outcome import Outcome
from hls_action.domain.tasks.effects import FoldComments
from hls_action.domain.threads.keys import as_known
from hls_action.domain.threads.thread import Comment
from hls_action.line import publish
from hls_action.line.apply_effects import apply, apply_before_comment
from hls_action.line.draft import render
from hls_action.line.run import CLAIM_GRACE, Run
from hls_action.records.plans import Records

POSTING_MARGIN = timedelta(seconds=90)
"""How long before its claim expires a run stops posting, so that the next owner can see what was posted."""


def deliver(run: Run, situation: Situation, keys: Collection[str], draft: Draft, outcome: Outcome) -> Outcome:
    """Post what this run wrote, and write down that it is there. ``keys``: of the claimed items.

    Errors: the last `UpstreamError`, `ThreadUnavailable`, `DeadlineExceeded`. After the first the comment may stand all
    the same, where no look told; `finish` looks again.
    """
    _check_time(run)
    return _post(run, situation, keys, draft, outcome, situation.read_at)


def post_stored(run: Run, situation: Situation, records: Records, draft: Draft, outcome: Outcome) -> Outcome:
    """Post what an earlier run wrote and could not post, or find that it did. Errors: as those of `deliver`."""
    keys = frozenset(record.key for record in records)
    _check_time(run)
    recent = any(run.now < (record.until or record.at) or run.now - record.at < CLAIM_GRACE for record in records)
    written, replaces = min(record.at for record in records), draft.comment.replaces
    names_all = publish.with_marker_for(frozenset(draft.keys))

    def is_posted(comment: Comment) -> bool:
        """What is to replace a comment may have its marker there in any case, and may be done again. Where another
        answer took that place meanwhile, it was posted beside it.
        """
        is_new = replaces is None or (comment.id != replaces and comment.created_at >= written - claims.CLOCK_TOLERANCE)
        return is_new and names_all(comment)

    found = publish.find(run, situation.thread, is_posted, may_be_recent=recent)
    if found is not None:
        return _seen(run, situation, keys, draft, found, outcome)
    return _post(run, situation, keys, draft, outcome, written)


def _check_time(run: Run) -> None:
    if run.now > run.until - POSTING_MARGIN:
        raise DeadlineExceeded("too late to post: another run may take over at any moment; the answer is kept")


def _post(
    run: Run, situation: Situation, keys: Collection[str], draft: Draft, outcome: Outcome, since: datetime | None
) -> Outcome:
    """The effects before the comment, then the comment. ``since``: when it was decided whose place that takes."""
    outcome, marks = apply_before_comment(run, situation.thread, draft, outcome)
    return _seen(run, situation, keys, replace(draft, marks=marks), _comment(run, situation, draft, since), outcome)


def _comment(run: Run, situation: Situation, draft: Draft, since: datetime | None) -> Comment:
    """The comment, in the place of another where that is wanted and still there to be taken."""
    body, replaces = render(run, draft), draft.comment.replaces
    records = run.ledger().of(situation.repository, situation.thread)
    if replaces is not None and not claims.was_replaced_since(replaces, draft.keys, records, since):
        try:
            return publish.replace(run, situation.thread, replaces, body)
        except Deleted as error:  # is it, or does GitHub contradict itself?
            names_all = publish.with_marker_for(frozenset(draft.keys))
            found = publish.find(run, situation.thread, lambda c: c.id == replaces or names_all(c), may_be_recent=True)
            if found is not None and found.id == replaces:
                raise UpstreamError(replace(error.fault, should_retry=True)) from error
            if found is not None:
                return found
    return publish.post_once(run, situation.thread, body)


def _seen(
    run: Run, situation: Situation, keys: Collection[str], draft: Draft, comment: Comment, outcome: Outcome
) -> Outcome:
    """The comment is there, which is what counts; should the ledger not learn of it, the next run tells it.

    The effects after it are done before that is recorded, so that the record can name what is left of them.
    """
    spared = claims.replies_to_requests(situation, run.ledger().of(situation.repository, situation.thread))
    due = (effect.without(spared) if isinstance(effect, FoldComments) else effect for effect in draft.after_comment)
    after = [(effect, apply(run, situation.thread, effect)) for effect in due]
    folds = [each for effect, each in after if isinstance(effect, FoldComments)]
    folded, unfolded = (tuple(chain(*names)) for names in ((e.done for e in folds), (e.left for e in folds)))
    notes = (*outcome.notes, *(each.note for _, each in after if each.note))
    held = sorted(as_known(draft.keys, keys))  # the answer may have been written under another rule of digests
    outcome = replace(outcome, comment_url=comment.url, notes=notes)
    records = run.leases.record_published(situation, held, comment, folded, unfolded, draft.marks)
    return replace(outcome, records=records)
