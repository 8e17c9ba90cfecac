"""What GitHub knows around a thread: what it is linked to, and what became of a pull request so far."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hls_action.domain.threads.thread import Author

RelationKind = Literal["duplicates", "fixes", "fixed_by", "relates"]
KINDS: tuple[RelationKind, ...] = get_args(RelationKind)
"""The strongest first: one thread is related to another in one way."""
MAX_RELATIONS = 10
"""How many relations of a thread are kept."""


@dataclass(frozen=True)
class Relation:
    """What a thread is to another one of the same repository, by its number."""

    kind: RelationKind
    number: int


@dataclass(frozen=True)
class Review:
    """A review of a pull request. ``state``: GitHub's word, in lower case, such as ``changes requested``."""

    author: Author
    state: str
    body: str = ""


@dataclass(frozen=True)
class LineComment:
    """A review's comment on a line. ``line``: None where it is on none that is there now; ``resolved``: None where
    GitHub does not say.
    """

    author: Author
    path: str
    body: str
    line: int | None = None
    resolved: bool | None = None


@dataclass(frozen=True)
class Check:
    """A check of a pull request's head. ``conclusion``: GitHub's word, or its status while it runs; in lower case."""

    name: str
    conclusion: str

    @property
    def failed(self) -> bool:
        """Whether it stands in the way of a merge."""
        return self.conclusion in ("failure", "error", "timed out", "cancelled", "action required", "startup failure")


@dataclass(frozen=True)
class History:
    """What happened around a thread, by GitHub's timeline. ``commits``: their ids, shortened, and first lines, oldest
    first, as are reviews and comments. ``unread``: the parts that the token may not read, for people.
    """

    relations: tuple[Relation, ...] = ()
    commits: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    line_comments: tuple[LineComment, ...] = ()
    checks: tuple[Check, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Linked:
    """Another thread of the repository. ``state``: ``open``, ``merged``, or ``closed`` with GitHub's reason."""

    number: int
    title: str
    body: str
    author: Author
    state: str
    is_pull: bool = False


@dataclass(frozen=True)
class Facts:
    """What is told of a thread besides its texts. ``linked``: the texts of some that ``relations`` name."""

    relations: tuple[Relation, ...] = ()
    linked: tuple[Linked, ...] = ()
    history: History = History()

    def without(self, numbers: Collection[int]) -> Facts:
        """The same, but for what is known of the threads of these ``numbers``."""
        return replace(
            self,
            relations=tuple(each for each in self.relations if each.number not in numbers),
            linked=tuple(each for each in self.linked if each.number not in numbers),
        )


NO_FACTS = Facts()


def strongest(found: tuple[Relation, ...], own: int) -> tuple[Relation, ...]:
    """At most `MAX_RELATIONS`, one for each number but the thread's ``own``: the strongest first, then the newest."""
    kinds: dict[int, RelationKind] = {}
    for relation in sorted(found, key=_strength):
        kinds.setdefault(relation.number, relation.kind)
    kinds.pop(own, None)
    ordered = sorted((Relation(kind, number) for number, kind in kinds.items()), key=_strength)
    return tuple(ordered[:MAX_RELATIONS])


def _strength(relation: Relation) -> tuple[int, int]:
    return KINDS.index(relation.kind), -relation.number
