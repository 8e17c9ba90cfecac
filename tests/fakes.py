"""Small implementations of the ports for tests. GitHub itself is `FolderGitHub` on a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hls_action.adapters.github.folder import FolderGitHub
from hls_action.adapters.state.folder import FolderStateStore
from hls_action.domain.budget.prices import Usage
from hls_action.domain.faults import statuses
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.faults.statuses import Endpoint
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.ledger.errors import StateUnavailable
from hls_action.domain.threads.facts import History, Linked
from hls_action.domain.threads.thread import ChangedFile, Comment, Label, Thread, ThreadPage, ThreadRef
from hls_action.ports import Clock, ModelReply, ModelRequest, Snapshot

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

REQUESTS: Mapping[str, Endpoint] = {
    "thread": "issue",
    "comments": "comments",
    "files": "files",
    "history": "history",
    "linked": "linked",
    "issues": "issues",
    "labels": "labels",
    "file": "contents",
    "open_threads": "open threads",
    "labelled": "labelled",
    "is_in_team": "team member",
    "is_own": "viewer",
    "permission": "permission",
    "add_labels": "add labels",
    "remove_label": "remove label",
    "set_type": "set type",
    "add_eyes": "add eyes",
    "remove_eyes": "remove eyes",
    "update_comment": "edit comment",
    "fold": "fold",
    "create_issue": "open issue",
    "update_issue": "edit issue",
}
"""By method, the request that says what a failure means."""

BAD_GATEWAY = Fault("github", "status", "Bad Gateway", 502)


class FakeClock:
    """Time that passes only when somebody sleeps. ``slept`` holds every wait, in seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The start, plus what was slept."""
        return START + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        """Seconds slept so far, from an arbitrary point."""
        return 1000.0 + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Pass time at once."""
        self.slept.append(seconds)


class ScriptedModel:
    """Answers with what it was given, in order; an exception is raised. ``requests`` holds what it was asked.

    ``meanwhile``: what happens elsewhere while Claude thinks.
    """

    def __init__(self, *script: ModelReply | Exception, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._script = list(script)
        self._meanwhile = meanwhile
        self.requests: list[ModelRequest] = []

    def complete(self, request: ModelRequest) -> ModelReply:
        """The next entry of the script."""
        self.requests.append(request)
        self._meanwhile()
        entry = self._script.pop(0)
        if isinstance(entry, Exception):
            raise entry
        return entry


class FlakyGitHub(FolderGitHub):
    """A folder whose requests fail as told. ``script``: for each `create_comment`, when it meets its fault.

    ``"before"`` the comment is written, ``"after"``, or not at all (``"ok"``, and when the script is over); with a
    fault beside it where ``fault`` is not meant. ``failing``: methods that fail as long as they are in it.
    ``script_comments`` and ``script_posts``: faults of the next look-ups and posts, with ``meanwhile`` happening then.
    ``before_post`` and ``after_post``: what happens then; ``ended``: runs and attempts that are over.
    ``hiccups``: how many calls of a method answer 502 before it works. ``stale_looks``: how many look-ups after a post
    do not show it yet. ``stale_count``: the thread says it had no comments.
    """

    def __init__(
        self,
        root: Path,
        clock: Clock,
        script: tuple[str | tuple[str, Fault], ...] = (),
        *,
        fault: Fault = BAD_GATEWAY,
        failing: dict[str, Fault] | None = None,
        real: bool = False,
    ) -> None:
        super().__init__(root, clock)
        self._script = list(script)
        self._fault = fault
        self.calls: list[str] = []
        self.failing = failing or {}
        self.is_real = real
        self.failing_after: dict[str, Fault] = {}
        self.hiccups: dict[str, int] = {}
        self.posts = 0
        self.broken_lookups = 0
        self.stale_looks = 0
        self.stale_count = False
        self._posted: set[int] = set()
        self.before_post: Callable[[], object] | None = None
        self.after_post: Callable[[], object] | None = None
        self.ended: set[tuple[int, int]] = set()
        self._breaking: dict[str, Fault] = {}
        self.script_comments: list[Fault] = []
        self.script_posts: list[Fault] = []
        self.meanwhile: Callable[[], object] | None = None

    def is_own(self, login: str) -> bool:
        """Whether ``login`` is ours, unless this is failing."""
        self._check("is_own")
        return super().is_own(login)

    def thread(self, thread: ThreadId, is_pull: bool | None = None) -> Thread:
        """The thread, with a count of comments that may lag."""
        self._check("thread")
        found = super().thread(thread, is_pull)
        return replace(found, comment_total=0) if self.stale_count else found

    def create_comment(self, thread: ThreadId, body: str) -> Comment:
        """Post, and fail before or after it as the script says."""
        self.posts += 1
        if self.script_posts:
            raise statuses.failure("post comment", self.script_posts.pop(0))
        if self.before_post:
            self.before_post()
        entry = self._script.pop(0) if self._script else "ok"
        step, fault = (entry, self._fault) if isinstance(entry, str) else entry
        if step == "before":
            raise UpstreamError(fault)
        comment = super().create_comment(thread, body)
        self._posted.add(comment.id)
        if self.after_post:
            self.after_post()
        if step == "after":
            raise UpstreamError(fault)
        return comment

    def update_comment(self, thread: ThreadId, comment_id: int, body: str) -> Comment:
        """Replace a comment, unless this is failing."""
        self._check("update_comment")
        return super().update_comment(thread, comment_id, body)

    def fold(self, node_id: str) -> None:
        """Fold a comment, unless this is failing."""
        self._check("fold")
        super().fold(node_id)

    def create_issue(self, title: str, body: str) -> int:
        """Open an issue, unless this is failing; and fail after it where that is in ``failing_after``."""
        self._check("create_issue")
        number = super().create_issue(title, body)
        if "create_issue" in self.failing_after:
            raise UpstreamError(self.failing_after.pop("create_issue"))
        return number

    def update_issue(self, number: int, body: str, *, is_open: bool) -> None:
        """Change an issue, unless this is failing."""
        self._check("update_issue")
        super().update_issue(number, body, is_open=is_open)

    def permission(self, login: str) -> str:
        """What an account may do, unless this is failing."""
        self._check("permission")
        return super().permission(login)

    def is_in_team(self, team: str, login: str) -> bool:
        """Whether an account is in a team, unless this is failing."""
        self._check("is_in_team")
        return super().is_in_team(team, login)

    def run_ended(self, run: int, attempt: int) -> bool:
        """Whether a test said so."""
        return (run, attempt) in self.ended

    def break_after_first(self, method: str, fault: Fault) -> None:
        """Let ``method`` work once more, and fail from then on."""
        self._breaking[method] = fault

    def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """All comments; once something was posted, the first ``broken_lookups`` look-ups fail."""
        self._check("comments")
        if self.script_comments:
            if self.meanwhile:
                self.meanwhile()
            raise UpstreamError(self.script_comments.pop(0))
        if self.posts and self.broken_lookups:
            self.broken_lookups -= 1
            raise UpstreamError(BAD_GATEWAY)
        found = super().comments(thread)
        if self._posted and self.stale_looks:
            self.stale_looks -= 1
            return tuple(comment for comment in found if comment.id not in self._posted)
        return found

    def history(self, thread: ThreadId) -> History:
        """What happened around a thread, unless this is failing."""
        self._check("history")
        return super().history(thread)

    def linked(self, numbers: tuple[int, ...]) -> tuple[Linked, ...]:
        """The threads by these numbers, unless this is failing."""
        self._check("linked")
        return super().linked(numbers)

    def issues(self, query: IssueQuery) -> IssuePage:
        """A page of issues, unless this is failing."""
        self._check("issues")
        return super().issues(query)

    def labels(self) -> tuple[Label, ...]:
        """Every label, unless this is failing."""
        self._check("labels")
        return super().labels()

    def add_labels(self, thread: ThreadId, names: tuple[str, ...]) -> None:
        """Add labels, unless this is failing."""
        self._check("add_labels")
        super().add_labels(thread, names)

    def remove_label(self, thread: ThreadId, name: str) -> None:
        """Take a label off, unless this is failing."""
        self._check("remove_label")
        super().remove_label(thread, name)

    def set_type(self, thread: ThreadId, name: str) -> None:
        """Set an issue's type, unless this is failing."""
        self._check("set_type")
        super().set_type(thread, name)

    def add_eyes(self, thread: ThreadId, comment: int | None) -> int:
        """React, unless this is failing; and fail after it where that is in ``failing_after``."""
        self._check("add_eyes")
        reaction = super().add_eyes(thread, comment)
        if "add_eyes" in self.failing_after:
            raise statuses.failure("add eyes", self.failing_after.pop("add_eyes"))
        return reaction

    def remove_eyes(self, thread: ThreadId, comment: int | None, reaction: int) -> None:
        """Take a reaction away, unless this is failing."""
        self._check("remove_eyes")
        super().remove_eyes(thread, comment, reaction)

    def file(self, path: str) -> str | None:
        """A file, unless this is failing."""
        self._check("file")
        return super().file(path)

    def open_threads(self, since: datetime, page: int = 1) -> ThreadPage:
        """Open threads, unless this is failing."""
        self._check("open_threads")
        return super().open_threads(since, page)

    def labelled(self, label: str) -> tuple[ThreadRef, ...]:
        """Threads with a label, unless this is failing."""
        self._check("labelled")
        return super().labelled(label)

    def files(self, thread: ThreadId, limit: int) -> tuple[ChangedFile, ...]:
        """The changed files, unless this is failing."""
        self._check("files")
        return super().files(thread, limit)

    def _check(self, method: str) -> None:
        self.calls.append(method)
        if method in self._breaking and method not in self.failing:
            self.failing[method] = self._breaking.pop(method)
            return
        if method in self.failing:
            raise statuses.failure(REQUESTS[method], self.failing[method])
        if self.hiccups.get(method):
            self.hiccups[method] -= 1
            raise UpstreamError(BAD_GATEWAY)


class FlakyStore(FolderStateStore):
    """A folder of state that fails as told. ``script``: for each write, ``"before"``, ``"after"`` or ``"ok"``.

    ``failing``: what every read and write raises; ``between``: what happens elsewhere right before each write.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.script: list[str] = []
        self.failing: Exception | None = None
        self.between: list[Callable[[], object]] = []
        self.writes = 0

    def read(self) -> Snapshot:
        """The newest state, unless this is failing."""
        if self.failing:
            raise self.failing
        return super().read()

    def compare_and_swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        """Swap, and fail before or after it as the script says."""
        if self.failing:
            raise self.failing
        if self.between:
            self.between.pop(0)()
        step = self.script.pop(0) if self.script else "ok"
        if step == "before":
            raise StateUnavailable("the push was lost")
        fresh = super().compare_and_swap(version, changes)
        self.writes += 1
        if step == "after":
            raise StateUnavailable("the answer was lost")
        return fresh


def answer_data(**changes: object) -> dict[str, object]:
    """A valid answer as Claude's JSON holds it."""
    data: dict[str, object] = {
        "evidence": [],
        "sensitive": False,
        "reply": True,
        "reason": "",
        "comment": "The folder is missing. Create it with `mkdir out` and try again.",
        "labels": [1],
        "category": "bug",
        "priority": "medium",
        "needs_info": False,
        "missing": [],
        "possible_duplicate_of": None,
        "confidence": 0.8,
        "findings": [],
    }
    return data | changes


def model_reply(text: str | None = None, **changes: object) -> ModelReply:
    """A complete reply that used 1,000 tokens in and 200 out."""
    fields: dict[str, object] = {
        "text": json.dumps(answer_data()) if text is None else text,
        "stop_reason": "end_turn",
        "usage": Usage(input=1_000, output=200),
        "model": "claude-sonnet-5-5",
    }
    return ModelReply(**(fields | changes))  # type: ignore[arg-type]


def model_factory(model: ScriptedModel) -> Callable[[], ScriptedModel]:
    """What a run calls when it first needs the model."""
    return lambda: model
