"""A conversation on GitHub, as much of it as HLS reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hls_action.domain.events.relevance import MAINTAINERS, is_robot
from hls_action.domain.identity import ThreadId


@dataclass(frozen=True)
class Author:
    """An account. ``association`` is GitHub's word for its tie to the repository (``OWNER``, ``NONE`` …)."""

    login: str
    type: str = "User"
    association: str = "NONE"

    @property
    def is_maintainer(self) -> bool:
        """Whether this account may do more here than anybody may."""
        return self.association in MAINTAINERS

    def is_robot(self, deny: tuple[str, ...] = (), allow: tuple[str, ...] = ()) -> bool:
        """Whether this is a machine, by its type, its name or the maintainers' lists."""
        return is_robot(self.login, self.type, deny, allow)


@dataclass(frozen=True)
class Comment:
    """One comment of a thread. ``body`` is as written, not yet cleaned; ``updated_at`` is None when nobody tells it.

    ``node_id``: what GraphQL calls it; ``""`` when nobody tells it. ``heard``: HLS asked its author something, and
    takes all of it for an answer, which needs no mention.
    """

    id: int
    author: Author
    body: str
    created_at: datetime
    url: str = ""
    updated_at: datetime | None = None
    node_id: str = ""
    heard: bool = False

    @property
    def written_at(self) -> datetime:
        """When it came to say what it says."""
        return self.updated_at or self.created_at


@dataclass(frozen=True)
class ChangedFile:
    """A file a pull request changes. ``patch`` is None when GitHub shows none (binary, or too large).

    ``previous_path``: what a renamed or copied file was called before. ``sha``: git's name for its
    content, or for what a removed file held; ``""`` when nobody tells it.
    """

    path: str
    status: str
    additions: int
    deletions: int
    patch: str | None = None
    previous_path: str = ""
    sha: str = ""


@dataclass(frozen=True)
class Comparison:
    """What a commit, the head, changed since it parted from another, the base.

    ``is_complete``: all its files are here. ``is_ahead``: the head builds on the base; ``has_no_merges``: by ordinary
    commits alone, none of which merges anything.
    """

    files: tuple[ChangedFile, ...]
    is_complete: bool = True
    is_ahead: bool = True
    has_no_merges: bool = True


@dataclass(frozen=True)
class Pull:
    """What a pull request has beyond an issue. ``files`` may be fewer than ``file_total``.

    ``since``: they are only what changed since that commit; ``""``: all that the pull request changes.
    ``against_base``: their patches are against the base all the same, without what is as it was at that commit.
    ``withheld``: GitHub does not list them. ``ignored``: paths of others that no review reads. ``pushed_at``: of a
    fork, the time before which the head was pushed there; None where nobody tells.
    """

    head_sha: str
    head_ref: str
    base_ref: str
    draft: bool = False
    file_total: int = 0
    files: tuple[ChangedFile, ...] = ()
    since: str = ""
    against_base: bool = False
    withheld: bool = False
    ignored: tuple[str, ...] = ()
    pushed_at: datetime | None = None


@dataclass(frozen=True)
class Thread:
    """An issue or a pull request, with the newest of its comments, oldest first.

    ``comment_total`` counts all comments GitHub has; ``comments`` may hold fewer. ``pull``: None unless it is a pull
    request. ``milestone``: its title, or ``""``. ``issue_type``: the name of an issue's type; ``""`` where it has none.
    """

    id: ThreadId
    title: str
    body: str
    author: Author
    state: str
    locked: bool
    labels: tuple[str, ...]
    url: str
    created_at: datetime
    updated_at: datetime
    comment_total: int = 0
    comments: tuple[Comment, ...] = ()
    pull: Pull | None = None
    milestone: str = ""
    issue_type: str = ""

    @property
    def number(self) -> int:
        """What people call it, within its numbering space."""
        return self.id.number

    @property
    def is_pull(self) -> bool:
        """Whether this is a pull request."""
        return self.pull is not None


@dataclass(frozen=True)
class ThreadRef:
    """A thread in a list. ``updated_at``: when anything in it last changed."""

    id: ThreadId
    updated_at: datetime


@dataclass(frozen=True)
class ThreadPage:
    """One page of a list of threads. ``is_last``: whether GitHub says that no other follows; one that is not the last
    holds some. ``total``: at least so many threads the whole list has. ``at``: the time by GitHub's clock, if it is
    told.
    """

    refs: tuple[ThreadRef, ...]
    is_last: bool
    total: int
    at: datetime | None = None


@dataclass(frozen=True)
class Label:
    """A label the repository has."""

    name: str
    description: str = ""
