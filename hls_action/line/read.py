"""What a run reads of GitHub: few requests, each repeated as the retry policy has it.

Errors of every function: the last `UpstreamError`, or `ThreadUnavailable`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import FilesWithheld, ThreadUnavailable, UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge import links
from hls_action.domain.knowledge.surroundings import MAX_LINKED
from hls_action.domain.ledger.model import Claimant
from hls_action.domain.threads import items
from hls_action.domain.threads.facts import NO_FACTS, Facts, History, strongest
from hls_action.domain.threads.own_changes import changed_since
from hls_action.domain.threads.thread import Comment, Comparison, Pull, Thread, ThreadPage
from hls_action.line.run import Run

MAX_FILES = 3_000
"""GitHub lists no more of a pull request's files."""
COMMENT_LOOKUP_DELAYS = (2.0, 5.0)
"""Seconds to wait before looking again for the comment that woke a run: GitHub's lists may lag behind its events."""


NEWEST = 30
"""In how many comments of a thread links to others are looked for."""
UNREAD = "Claude did not see {}: {}"


@dataclass(frozen=True)
class Around:
    """What is known around a thread. ``note``: what could not be read of it, for people."""

    history: History = NO_FACTS.history
    note: str = ""


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


def with_files(run: Run, known: Thread, since: str = "", *, ordered: bool = False) -> Thread:
    """The thread with the files of its pull request, if it is one; only what it changed ``since``, if that is told.

    No files then: it changes what it did. ``ordered``: somebody wants it reviewed even so, and then it is whole. Where
    GitHub does not list them, the rest has to do.
    """
    if known.pull is None:
        return known
    pull = _since(run, known, known.pull, since) if since else _whole(run, known, known.pull)
    if ordered and not pull.files and pull.since:
        pull = _whole(run, known, known.pull)
    return replace(known, pull=pull)


def _since(run: Run, known: Thread, pull: Pull, since: str) -> Pull:
    """One request after a plain push, as for the whole; three, of which two at once, where others' work may be in it.

    When the commit is gone, nothing can be told of it, and the pull request is whole: two.
    """
    between = _changes(run, since, pull.head_sha)
    if between is None:
        return _whole(run, known, pull)
    if between.has_no_merges and between.is_complete:
        return replace(pull, files=between.files, file_total=len(between.files), since=since)
    then = run.start(partial(_changes, run, pull.base_ref, since))
    now = _whole(run, known, pull)
    return changed_since(now, since, then(), between)


def _whole(run: Run, known: Thread, pull: Pull) -> Pull:
    try:
        files = run.retrier.call(lambda: run.github.files(known.id, MAX_FILES))
    except FilesWithheld:
        return replace(pull, withheld=True)
    return replace(pull, files=files, file_total=max(pull.file_total, len(files)))


def _changes(run: Run, base: str, head: str) -> Comparison | None:
    return run.retrier.call(lambda: run.github.changes(base, head))


def history(run: Run, wanted: ThreadId) -> Around:
    """What happened around a thread, or why that is not known: one attempt, and never an error."""
    try:
        found = run.github.history(wanted)
    except (UpstreamError, ThreadUnavailable) as error:
        return Around(note=UNREAD.format("what is linked to this thread, reviews and checks", error))
    missing = ", ".join(found.unread)
    return Around(found, UNREAD.format(missing, "the token may not read it") if missing else "")


def facts(run: Run, known: Thread, around: Around) -> tuple[Facts, str]:
    """What ``known`` is linked to within the repository, and a note, likewise. No request where nothing is named."""
    newest = [comment.body for comment in known.comments[-NEWEST:]]
    named = links.relations([known.title, known.body, *newest], run.repository, is_pull=known.is_pull)
    relations = strongest((*around.history.relations, *named), known.number)
    numbers = tuple(relation.number for relation in relations[:MAX_LINKED])
    nothing = Facts(relations, history=around.history)
    if not numbers:
        return nothing, around.note
    try:
        return replace(nothing, linked=run.github.linked(numbers)), around.note
    except UpstreamError as error:
        return nothing, around.note or UNREAD.format("the issues that this thread names", error)


def threads(run: Run, since: datetime, page: int) -> ThreadPage:
    """A page of the open threads that changed since, the longest untouched first."""
    return run.retrier.call(lambda: run.github.open_threads(since, page))


def ended_runs(run: Run, claimants: frozenset[Claimant]) -> frozenset[Claimant]:
    """Those whose run is known to be over."""
    return frozenset(each for each in claimants if run.github.run_ended(each.run, each.attempt))


def _bare(run: Run, wanted: ThreadId, trigger: Trigger) -> Thread:
    def attempt() -> Thread:
        begun = run.early_thread.take(wanted) if run.early_thread else None
        return begun() if begun else run.github.thread(wanted, trigger.is_pull)

    return run.retrier.call(attempt)


def _comments_for(run: Run, wanted: ThreadId, trigger: Trigger) -> tuple[Comment, ...]:
    found = comments(run, wanted)
    for wait in COMMENT_LOOKUP_DELAYS:
        if trigger.comment is None or any(comment.id == trigger.comment for comment in found):
            break
        run.clock.sleep(wait)
        found = comments(run, wanted)
    return found


def _with_comments(known: Thread, found: tuple[Comment, ...]) -> Thread:
    return replace(known, comments=found, comment_total=max(known.comment_total, len(found)))
