"""What the line needs from the outside world. Adapters implement these; fakes pass the same tests as the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from hls_action.domain.budget.prices import Geo, Usage
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.knowledge.source import Contents, Tree
from hls_action.domain.limits.headers import NO_LIMITS, RateLimits
from hls_action.domain.limits.pace import Demand
from hls_action.domain.threads.facts import History, Linked
from hls_action.domain.threads.thread import ChangedFile, Comment, Comparison, Label, Thread, ThreadPage, ThreadRef

if TYPE_CHECKING:  # the adapters that a run waits for first are imported long before there is a prompt
    from hls_action.domain.evaluation.history import ClosedIssue
    from hls_action.domain.tasks.prompt import Prompt

ONE = Demand()
StopReason = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
    "",
]
"""Why Claude stopped. ``""``: it never said so, as when a connection broke."""


class GitHub(Protocol):
    """One repository. Every method is one attempt: errors are `UpstreamError`, and retrying is up to the caller.

    Which of its kinds, or what else, is for the table in `domain.statuses` to say; so any method may raise
    `TokenRefused`, and those that an answer can do without raise `Dispensable` where they will not work.

    Whatever takes a thread raises `ThreadUnavailable` for a kind of thread that the implementation does not serve.
    """

    @property
    def is_real(self) -> bool:
        """Whether a post could reach anybody beyond this machine."""
        ...

    def is_own(self, login: str) -> bool:
        """Whether comments by ``login`` were written with the credentials this adapter uses."""
        ...

    def thread(self, thread: ThreadId, is_pull: bool | None = None) -> Thread:
        """The thread without its comments and without its files. ``is_pull``, when known, saves a request.

        Errors: `ThreadGone` when it was deleted; `ThreadUnavailable` when it was moved.
        """
        ...

    def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """All comments, oldest first. Errors: `ThreadGone`."""
        ...

    def files(self, thread: ThreadId, limit: int) -> tuple[ChangedFile, ...]:
        """At most ``limit`` of the files a pull request changes. Errors: `FilesWithheld`."""
        ...

    def history(self, thread: ThreadId) -> History:
        """What happened around a thread; of a pull request, also its commits, reviews and checks. One request.

        Of other repositories it reads nothing, whatever the thread links to.
        """
        ...

    def linked(self, numbers: tuple[int, ...]) -> tuple[Linked, ...]:
        """The threads of this repository by these numbers, of which there may be fewer. One request."""
        ...

    def issues(self, query: IssueQuery) -> IssuePage:
        """A page of issues, never of pull requests. One request. Errors: `Dispensable`, also where the page before
        ended at a place that GitHub no longer knows.
        """
        ...

    def changes(self, base: str, head: str) -> Comparison | None:
        """What a commit changed since it parted from another commit or branch.

        None when either is gone, they have nothing in common, or GitHub cannot compare them.
        """
        ...

    def labels(self) -> tuple[Label, ...]:
        """Every label the repository has."""
        ...

    def file(self, path: str) -> str | None:
        """A text file of the default branch; None when there is none."""
        ...

    def open_threads(self, since: datetime, page: int = 1) -> ThreadPage:
        """A page of the open threads updated since that second, the longest untouched first; pages count from 1."""
        ...

    def labelled(self, label: str) -> tuple[ThreadRef, ...]:
        """The open issues and pull requests with a label, the longest untouched first; 100 at most. One request."""
        ...

    def add_labels(self, thread: ThreadId, names: tuple[str, ...]) -> None:
        """Add labels to a thread; those it has already stay. Safe to repeat."""
        ...

    def remove_label(self, thread: ThreadId, name: str) -> None:
        """Take a label off a thread; one that it does not have is no error. Safe to repeat."""
        ...

    def set_type(self, thread: ThreadId, name: str) -> None:
        """Set an issue's type, by its name. Safe to repeat. Errors: `Dispensable`, where there is no such type."""
        ...

    def add_eyes(self, thread: ThreadId, comment: int | None) -> int:
        """React with eyes to a comment, or without one to the thread itself. Returns the reaction's id, which stays the
        same when this is repeated.
        """
        ...

    def remove_eyes(self, thread: ThreadId, comment: int | None, reaction: int) -> None:
        """Take that reaction away; one that is gone is no error. Safe to repeat."""
        ...

    def create_comment(self, thread: ThreadId, body: str) -> Comment:
        """Post a comment. Not safe to repeat: see `Fault.may_have_taken_effect`.

        Errors: `ThreadUnavailable` when the thread is gone (`ThreadGone`), locked or archived.
        """
        ...

    def update_comment(self, thread: ThreadId, comment_id: int, body: str) -> Comment:
        """Replace a comment of ours. Safe to repeat.

        Errors: `Deleted` when it is gone, `ThreadUnavailable` when its thread is locked or archived.
        """
        ...

    def fold(self, node_id: str) -> None:
        """Fold a comment of ours as outdated, by its node id. Safe to repeat.

        Errors: `Deleted` when the comment is gone.
        """
        ...

    def create_issue(self, title: str, body: str) -> int:
        """Open an issue and return its number. Not safe to repeat."""
        ...

    def update_issue(self, number: int, body: str, *, is_open: bool) -> None:
        """Replace the body of one of our issues, and open or close it. Safe to repeat.

        Errors: `Deleted` when it is gone.
        """
        ...

    def own_issue(self, first_line: str) -> int | None:
        """The newest of our recent issues, open or closed, whose body begins with that line."""
        ...

    def permission(self, login: str) -> str:
        """What an account may do in the repository: ``admin``, ``write``, ``read`` or ``none``.

        As GitHub's API has it: who maintains may write, who triages may read. Errors: `Dispensable`, where the token
        may not ask.
        """
        ...

    def is_in_team(self, team: str, login: str) -> bool:
        """Whether an account is in a team, which is named as ``org/team``.

        Errors: `ConfigError`, where the token may not see the team.
        """
        ...

    def run_ended(self, run: int, attempt: int) -> bool:
        """Whether that attempt of a workflow run is known to be over; False when it cannot be told. Never fails."""
        ...


@dataclass(frozen=True)
class ModelRequest:
    """One call. ``max_tokens`` counts thinking too; ``timeout`` is in seconds; no ``effort`` leaves it to the model, no
    ``inference_geo``, where Claude is to think, to the workspace.
    """

    model: str
    prompt: Prompt
    schema: Mapping[str, object]
    max_tokens: int
    timeout: float
    effort: str = ""
    inference_geo: Geo = ""


@dataclass(frozen=True)
class ModelReply:
    """What came back, billed and unchecked. ``synthetic``: no model wrote it, so it must never be posted for real.

    ``inference_geo``: where Claude thought, in the API's words, on which the price depends; ``""``: it did not say.
    """

    text: str
    stop_reason: StopReason
    usage: Usage
    model: str
    request_id: str = ""
    refusal: str = ""
    limits: RateLimits = NO_LIMITS
    synthetic: bool = False
    inference_geo: str = ""


class ChatModel(Protocol):
    """Claude. One method, one attempt: errors are `UpstreamError`, and retrying is the caller's business."""

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once and wait for the whole answer."""
        ...


class TokenCounter(Protocol):
    """Claude's own count of tokens. One attempt: errors are `UpstreamError`."""

    def count(self, request: ModelRequest) -> int:
        """How many input tokens a call has, which is not made."""
        ...


class IssueHistory(Protocol):
    """What became of a repository's issues. Every method is one attempt: errors are `UpstreamError`."""

    def closed_issues(self, limit: int) -> tuple[ClosedIssue, ...]:
        """The newest closed issues that have labels, newest first, and at most ``limit`` of them."""
        ...

    def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """All comments, oldest first. Errors: `ThreadGone`."""
        ...

    def labels(self) -> tuple[Label, ...]:
        """Every label the repository has."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """The state as it was at ``version``: documents of UTF-8 text by path. ``version`` is ``""`` when there is none."""

    version: str
    documents: Mapping[str, str]


class StateStore(Protocol):
    """Documents that all runs of a repository share, changed by compare-and-swap over all of them at once."""

    def read(self) -> Snapshot:
        """The newest state; empty before the first write. Errors: `StateUnavailable`, `StateUnreadable`."""
        ...

    def compare_and_swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        """Write ``changes`` (None deletes) on top of ``version`` and return the new version.

        Errors: `Conflict` when the state is no longer at ``version``, and then nothing was written;
        `StateUnreadable` when the result would be larger than a run could read back; `StateForbidden` or
        `StateUnavailable` otherwise, and then it may or may not have been written.
        """
        ...


IssueIndexStore = StateStore
"""Where sweeps keep the index of issues, apart from the state: no answer waits for what is pushed there."""


class Source(Protocol):
    """The repository's files at one commit, chosen by the first call. Safe to use from several threads, one at a time.

    Errors of both methods: `SourceUnavailable`; an answer can do without them.
    """

    def tree(self) -> Tree:
        """The files there are to read, and how much was left out."""
        ...

    def read(self, paths: Iterable[str]) -> Contents:
        """The contents of these files, the most wanted first: where they are too much, the last are left out."""
        ...


@dataclass
class CallReport:
    """What a response said about rate limits, filled in by the caller."""

    limits: RateLimits = NO_LIMITS
    used: Demand | None = None
    refused: bool = False


class RateLimiter(Protocol):
    """Keeps requests within a service's limits."""

    def call(self, worst: Demand = ONE) -> AbstractContextManager[CallReport]:
        """Wait until a request may start; at the end, learn from what it was told. ``worst``: the most it can take.

        Errors: `CoolingDown`, when that would take too long: nothing was sent.
        """
        ...


class Clock(Protocol):
    """Time, so that tests can control it."""

    def now(self) -> datetime:
        """The current time, UTC, with its time zone."""
        ...

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
