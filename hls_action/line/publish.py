"""A comment, written to GitHub at most once: its marker says that an item is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hls_action.domain import items
from hls_action.domain.faults import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.thread import Comment
from hls_action.errors import UpstreamError
from hls_action.line.run import Run

LOOKS_AFTER_DOUBT = (0.0, 3.0, 7.0)
"""Seconds to wait before each look for a comment that may have been posted: GitHub's lists may lag for seconds."""


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
        return _look(run, thread, keys) if in_doubt else None

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


def find(
    run: Run,
    thread: ThreadId,
    keys: frozenset[str],
    *,
    patiently: bool,
    besides: int | None = None,
    after: datetime | None = None,
) -> Comment | None:
    """Our reply whose marker names all ``keys``, if there is one. Errors: `UpstreamError`: nobody can tell.

    ``patiently``: it may have been posted just now. ``besides``: a reply that is not meant; ``after``: nor are older
    ones.
    """
    waits = LOOKS_AFTER_DOUBT if patiently else LOOKS_AFTER_DOUBT[:1]

    def is_meant(reply: Comment) -> bool:
        return reply.id != besides and (after is None or reply.created_at >= after)

    return _look(run, thread, keys, waits, run.retrier.call, is_meant)


def _look(
    run: Run,
    thread: ThreadId,
    keys: frozenset[str],
    waits: tuple[float, ...] = LOOKS_AFTER_DOUBT,
    call: Callable[[Callable[[], Comment | None]], Comment | None] = lambda look: look(),
    is_meant: Callable[[Comment], bool] = lambda _: True,
) -> Comment | None:
    """``call`` repeats a look that failed; between attempts that have a retry of their own, each is made once."""
    for wait in waits:
        if wait:
            run.clock.sleep(wait)
        found = call(lambda: _once(run, thread, keys, is_meant))
        if found is not None:
            return found
    return None


def _once(run: Run, thread: ThreadId, keys: frozenset[str], is_meant: Callable[[Comment], bool]) -> Comment | None:
    marked = (c for c in run.github.comments(thread) if keys <= items.marked_keys(c.body) and is_meant(c))
    return next((c for c in marked if run.github.is_own(c.author.login)), None)
