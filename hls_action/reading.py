"""What a run reads of GitHub: few requests, each repeated as the retry policy has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from hls_action.domain import items
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.ledger import Claimant
from hls_action.domain.thread import Comment, Label, Thread, ThreadKind, ThreadRef
from hls_action.ports import Clock, GitHub
from hls_action.retry import Retrier

T = TypeVar("T")

MAX_FILES = 3_000
"""GitHub lists no more of a pull request's files."""
LOOKS_FOR_COMMENT = (2.0, 5.0)
"""Seconds to wait before looking again for the comment that woke a run: GitHub's lists may lag behind its events."""
KINDS: dict[bool | None, ThreadKind | None] = {True: "pull_request", False: "issue", None: None}
"""What the port calls a thread, by whether it is a pull request."""


class Start(Protocol):
    """Begins something before it is needed; calling what it returns waits for the result."""

    def __call__(self, work: Callable[[], T], /) -> Callable[[], T]: ...


class Reader:
    """Reads one repository. Every method: errors are the last `UpstreamError`, or `ThreadUnavailable`."""

    def __init__(self, github: GitHub, clock: Clock, retrier: Retrier, start: Start) -> None:
        self._github = github
        self._clock = clock
        self._retrier = retrier
        self._start = start

    def thread(self, wake: Trigger) -> Thread:
        """The thread with its comments, without a pull request's files."""
        if not wake.just_opened:
            comments = self._start(partial(self._comments_for, wake))
            return with_comments(self._thread(wake), comments())
        thread = self._thread(wake)
        return self.again(thread) if thread.comment_total else thread

    def again(self, thread: Thread) -> Thread:
        """The thread with its comments as they are by now."""
        return with_comments(thread, self.comments(thread.number))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """All comments of a thread."""
        return self._retrier.call(lambda: self._github.comments(number))

    def own(self, thread: Thread) -> frozenset[str]:
        """Which of the logins that left markers in the thread are ours."""
        return frozenset(
            login
            for login in items.marker_authors(thread)
            if self._retrier.call(lambda: self._github.is_own(login))  # noqa: B023 - called at once
        )

    def with_files(self, thread: Thread, since: str = "") -> Thread:
        """The thread with the files of its pull request, if it is one; only what changed ``since``, if that is told."""
        if thread.pull is None:
            return thread
        if since:
            pull = thread.pull
            changed = self._retrier.call(lambda: self._github.changes(since, pull.head_sha))
            if changed is not None:
                return replace(thread, pull=replace(pull, files=changed, file_total=len(changed), since=since))
        files = self._retrier.call(lambda: self._github.files(thread.number, MAX_FILES))
        total = max(thread.pull.file_total, len(files))
        return replace(thread, pull=replace(thread.pull, files=files, file_total=total))

    def labels(self) -> tuple[Label, ...]:
        """Every label of the repository."""
        return self._retrier.call(self._github.labels)

    def file(self, path: str) -> str | None:
        """A file of the default branch; None when there is none."""
        return self._retrier.call(lambda: self._github.file(path))

    def threads(self, since: datetime, limit: int) -> tuple[ThreadRef, ...]:
        """Open threads that changed since, the longest untouched first."""
        return self._retrier.call(lambda: self._github.open_threads(since, limit))

    def ended(self, claimants: frozenset[Claimant]) -> frozenset[Claimant]:
        """Those whose run is known to be over."""
        return frozenset(each for each in claimants if self._github.run_ended(each.run, each.attempt))

    def _thread(self, wake: Trigger) -> Thread:
        return self._retrier.call(lambda: self._github.thread(wake.threads[0].number, KINDS[wake.is_pull]))

    def _comments_for(self, wake: Trigger) -> tuple[Comment, ...]:
        found = self.comments(wake.threads[0].number)
        for wait in LOOKS_FOR_COMMENT:
            if wake.comment is None or any(comment.id == wake.comment for comment in found):
                break
            self._clock.sleep(wait)
            found = self.comments(wake.threads[0].number)
        return found


def with_comments(thread: Thread, comments: tuple[Comment, ...]) -> Thread:
    """``thread``, holding ``comments``."""
    return replace(thread, comments=comments, comment_total=max(thread.comment_total, len(comments)))
