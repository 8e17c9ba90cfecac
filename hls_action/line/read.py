"""What a run reads of GitHub: few requests, each repeated as the retry policy has it.

Errors of every function: the last `UpstreamError`, or `ThreadUnavailable`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from hls_action.domain import items
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import Claimant
from hls_action.domain.thread import Comment, Thread, ThreadPage
from hls_action.errors import FilesWithheld
from hls_action.line.run import Run

MAX_FILES = 3_000
"""GitHub lists no more of a pull request's files."""
LOOKS_FOR_COMMENT = (2.0, 5.0)
"""Seconds to wait before looking again for the comment that woke a run: GitHub's lists may lag behind its events."""


def thread(run: Run, wanted: ThreadId, trigger: Trigger) -> Thread:
    """The thread with its comments, without a pull request's files."""
    if not trigger.just_opened:
        found = run.start(partial(_comments_for, run, wanted, trigger))
        return _with_comments(_bare(run, wanted, trigger), found())
    bare = _bare(run, wanted, trigger)
    return again(run, bare) if bare.comment_total else bare


def again(run: Run, known: Thread) -> Thread:
    """The thread with its comments as they are by now."""
    return _with_comments(known, comments(run, known.id))


def comments(run: Run, wanted: ThreadId) -> tuple[Comment, ...]:
    """All comments of a thread."""
    return run.retrier.call(lambda: run.github.comments(wanted))


def own(run: Run, known: Thread) -> frozenset[str]:
    """Which of the logins that left markers in the thread are ours."""
    return frozenset(
        login
        for login in items.marker_authors(known)
        if run.retrier.call(lambda: run.github.is_own(login))  # noqa: B023 - called at once
    )


def with_files(run: Run, known: Thread, since: str = "") -> Thread:
    """The thread with the files of its pull request, if it is one; only what changed ``since``, if that is told.

    Where GitHub does not list them, the rest has to do.
    """
    if known.pull is None:
        return known
    if since:
        pull = known.pull
        changed = run.retrier.call(lambda: run.github.changes(since, pull.head_sha))
        if changed is not None:
            return replace(known, pull=replace(pull, files=changed, file_total=len(changed), since=since))
    try:
        files = run.retrier.call(lambda: run.github.files(known.id, MAX_FILES))
    except FilesWithheld:
        return replace(known, pull=replace(known.pull, withheld=True))
    total = max(known.pull.file_total, len(files))
    return replace(known, pull=replace(known.pull, files=files, file_total=total))


def threads(run: Run, since: datetime, page: int) -> ThreadPage:
    """A page of the open threads that changed since, the longest untouched first."""
    return run.retrier.call(lambda: run.github.open_threads(since, page))


def ended(run: Run, claimants: frozenset[Claimant]) -> frozenset[Claimant]:
    """Those whose run is known to be over."""
    return frozenset(each for each in claimants if run.github.run_ended(each.run, each.attempt))


def _bare(run: Run, wanted: ThreadId, trigger: Trigger) -> Thread:
    return run.retrier.call(lambda: run.github.thread(wanted, trigger.is_pull))


def _comments_for(run: Run, wanted: ThreadId, trigger: Trigger) -> tuple[Comment, ...]:
    found = comments(run, wanted)
    for wait in LOOKS_FOR_COMMENT:
        if trigger.comment is None or any(comment.id == trigger.comment for comment in found):
            break
        run.clock.sleep(wait)
        found = comments(run, wanted)
    return found


def _with_comments(known: Thread, found: tuple[Comment, ...]) -> Thread:
    return replace(known, comments=found, comment_total=max(known.comment_total, len(found)))
