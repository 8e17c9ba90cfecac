"""Post a comment to GitHub at most once; its marker says which items it answers."""

from __future__ import annotations

from collections.abc import Callable

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.threads import items
from hls_action.domain.threads.thread import Comment
from hls_action.line.run import Run

LOOKUP_DELAYS = (0.0, 3.0, 7.0)
"""Seconds to wait before each look for a comment that may have been posted: GitHub's lists may lag for seconds."""

CommentMatch = Callable[[Comment], bool]
"""Which comments are looked for."""


def replace(run: Run, thread: ThreadId, comment_id: int, body: str) -> Comment:
    """Put ``body`` in the place of an earlier reply; safe to repeat. Errors: the last `UpstreamError`."""
    return run.retrier.call(lambda: run.github.update_comment(thread, comment_id, body))


def post_once(run: Run, thread: ThreadId, body: str) -> Comment:
    """Post ``body``, whose first line is a marker, and see it there.

    Once a failed request may have taken effect, every repeat looks for the marker first, and so does giving up.
    Errors: the last `UpstreamError`; nothing is posted after a look that failed.
    """
    in_doubt = False
    keys = items.marked_keys(body)

    def look(error: UpstreamError) -> Comment | None:
        nonlocal in_doubt
        in_doubt = in_doubt or error.fault.may_have_taken_effect
        return _lookup(run, thread, with_marker_for(keys)) if in_doubt else None

    def create() -> Comment:
        comment = run.github.create_comment(thread, body)
        if not keys <= items.marked_keys(comment.body):
            raise UpstreamError(Fault("github", "unreadable", "the comment that GitHub shows is not the one posted"))
        return comment

    try:
        return run.retrier.call(create, again=look)
    except UpstreamError as error:
        found = look(error)
        if found is None:
            raise
        return found


def find(run: Run, thread: ThreadId, wanted: CommentMatch, *, may_be_recent: bool) -> Comment | None:
    """A reply of ours that is ``wanted``, if there is one. Errors: `UpstreamError`: nobody can tell.

    ``may_be_recent``: it may have been posted just now.
    """
    waits = LOOKUP_DELAYS if may_be_recent else LOOKUP_DELAYS[:1]
    return _lookup(run, thread, wanted, waits, run.retrier.call)


def with_marker_for(keys: frozenset[str]) -> CommentMatch:
    """Comments whose marker names all ``keys``."""
    return lambda comment: keys <= items.marked_keys(comment.body)


def _lookup(
    run: Run,
    thread: ThreadId,
    wanted: CommentMatch,
    waits: tuple[float, ...] = LOOKUP_DELAYS,
    call: Callable[[Callable[[], Comment | None]], Comment | None] = lambda look: look(),
) -> Comment | None:
    """``call`` repeats a look that failed; between attempts that have a retry of their own, each is made once."""
    for wait in waits:
        if wait:
            run.clock.sleep(wait)
        found = call(lambda: _once(run, thread, wanted))
        if found is not None:
            return found
    return None


def _once(run: Run, thread: ThreadId, wanted: CommentMatch) -> Comment | None:
    meant = (comment for comment in run.github.comments(thread) if wanted(comment))
    return next((comment for comment in meant if run.github.is_own(comment.author.login)), None)
