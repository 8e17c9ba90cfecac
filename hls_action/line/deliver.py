"""Post a written answer: in time, once, verified on GitHub, and recorded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import Deleted, UpstreamError
from hls_action.domain.ledger import claims
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.outcome import Outcome
from hls_action.domain.tasks.effects import Fold, Labels
from hls_action.domain.threads.keys import spelt_as
from hls_action.domain.threads.thread import Comment
from hls_action.line import publish
from hls_action.line.draft import render
from hls_action.line.effects import do
from hls_action.line.run import GRACE, Run
from hls_action.records.leases import Records

FENCE = timedelta(seconds=90)
"""How long before its claim expires a run stops posting, so that the next owner can see what was posted."""


def deliver(run: Run, seen: Situation, keys: Collection[str], draft: Draft, outcome: Outcome) -> Outcome:
    """Post what this run wrote, and write down that it is there. ``keys``: of the items in hand.

    Errors: the last `UpstreamError`, `ThreadUnavailable`, `DeadlineExceeded`. After the first the comment may stand all
    the same, where no look told; `finish` looks again.
    """
    _check_time(run)
    return _post(run, seen, keys, draft, outcome, seen.read_at)


def finish(run: Run, seen: Situation, records: Records, draft: Draft, outcome: Outcome) -> Outcome:
    """Post what an earlier run wrote and could not post, or find that it did. Errors: as those of `deliver`."""
    keys = frozenset(record.key for record in records)
    _check_time(run)
    recent = any(run.now < (record.until or record.at) or run.now - record.at < GRACE for record in records)
    written, replaces = min(record.at for record in records), draft.comment.replaces
    names_all = publish.naming(frozenset(draft.keys))

    def is_posted(comment: Comment) -> bool:
        """What is to replace a comment may have its marker there in any case, and may be done again. Where another
        answer took that place meanwhile, it was posted beside it.
        """
        is_new = replaces is None or (comment.id != replaces and comment.created_at >= written - claims.JUST_NOW)
        return is_new and names_all(comment)

    found = publish.find(run, seen.thread, is_posted, patiently=recent)
    if found is not None:
        return _seen(run, seen, keys, draft, found, outcome)
    return _post(run, seen, keys, draft, outcome, written)


def _check_time(run: Run) -> None:
    if run.now > run.until - FENCE:
        raise DeadlineExceeded("too late to post: another run may take over at any moment; the answer is kept")


def _post(
    run: Run, seen: Situation, keys: Collection[str], draft: Draft, outcome: Outcome, since: datetime | None
) -> Outcome:
    """The effects before the comment, then the comment. ``since``: when it was decided whose place that takes."""
    before = [(effect, do(run, seen.thread, effect)) for effect in draft.before]
    labels = tuple(name for effect, each in before if isinstance(effect, Labels) for name in each.done)
    outcome = replace(outcome, labels=labels, notes=(*outcome.notes, *(each.note for _, each in before if each.note)))
    return _seen(run, seen, keys, draft, _comment(run, seen, draft, since), outcome)


def _comment(run: Run, seen: Situation, draft: Draft, since: datetime | None) -> Comment:
    """The comment, in the place of another where that is wanted and still there to be taken."""
    body, replaces = render(run, draft), draft.comment.replaces
    records = run.ledger().of(seen.repository, seen.thread)
    if replaces is not None and not claims.is_overtaken(replaces, draft.keys, records, since):
        try:
            return publish.replace(run, seen.thread, replaces, body)
        except Deleted as error:  # is it, or does GitHub contradict itself?
            names_all = publish.naming(frozenset(draft.keys))
            found = publish.find(run, seen.thread, lambda c: c.id == replaces or names_all(c), patiently=True)
            if found is not None and found.id == replaces:
                raise UpstreamError(replace(error.fault, should_retry=True)) from error
            if found is not None:
                return found
    return publish.post_once(run, seen.thread, body)


def _seen(
    run: Run, seen: Situation, keys: Collection[str], draft: Draft, comment: Comment, outcome: Outcome
) -> Outcome:
    """The comment stands, which is what counts; should the ledger not learn of it now, the next run tells it.

    The effects after it are done before that is recorded, so that the record can name what is left of them.
    """
    spared = claims.answering(seen, run.ledger().of(seen.repository, seen.thread))
    due = (effect.without(spared) if isinstance(effect, Fold) else effect for effect in draft.after)
    after = [(effect, do(run, seen.thread, effect)) for effect in due]
    folds = [each for effect, each in after if isinstance(effect, Fold)]
    folded, unfolded = (tuple(chain(*names)) for names in ((e.done for e in folds), (e.left for e in folds)))
    notes = (*outcome.notes, *(each.note for _, each in after if each.note))
    held = sorted(spelt_as(draft.keys, keys))  # the answer may have been written under another rule of digests
    outcome = replace(outcome, comment_url=comment.url, notes=notes)
    try:
        return replace(outcome, records=run.custody.published(seen, held, comment, folded, unfolded))
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"posted, but not recorded: {error}"))
