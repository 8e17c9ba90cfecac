"""What an answer does to a thread, as values: stored before anything is done, and done by whichever run gets to it.

Exactly one effect of a draft carries the marker and is looked for before it is repeated. Every other kind may simply be
done again: GitHub itself sees to it that the second time changes nothing. How each is done:
`hls_action.line.apply_effects`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar, Self

from hls_action.domain.identity import GitHubId


class Effect(ABC):
    """A kind of effect: a frozen dataclass, listed in `EFFECTS`. ``name``: what it is called where it is stored."""

    name: ClassVar[str]
    carries_marker: ClassVar[bool] = False

    @abstractmethod
    def plus(self, other: Self) -> Self:
        """This and another one, as one."""


@dataclass(frozen=True)
class AddLabels(Effect):
    """Labels to add."""

    names: tuple[str, ...]
    name: ClassVar[str] = "labels"

    def plus(self, other: Self) -> Self:
        """Each label once."""
        return type(self)(tuple(dict.fromkeys((*self.names, *other.names))))


@dataclass(frozen=True)
class RemoveLabels(Effect):
    """Labels to take off, which HLS set itself."""

    names: tuple[str, ...]
    name: ClassVar[str] = "unlabel"

    def plus(self, other: Self) -> Self:
        """Each label once."""
        return type(self)(tuple(dict.fromkeys((*self.names, *other.names))))


@dataclass(frozen=True)
class SetType(Effect):
    """The issue type to set, in the place of another, if there is one."""

    type: str
    name: ClassVar[str] = "type"

    def plus(self, other: Self) -> Self:
        """The other one: an issue has one type."""
        return other


@dataclass(frozen=True)
class PostComment(Effect):
    """What Claude wrote, cleaned; marker and footer are put around it when it is posted.

    ``replaces``: the comment of ours whose place it takes; None for a new one. ``fixed``: the name of a text of HLS's
    own that is posted instead of one by Claude.
    """

    text: str
    replaces: GitHubId | None = None
    fixed: str = ""
    name: ClassVar[str] = "comment"
    carries_marker: ClassVar[bool] = True

    def plus(self, other: Self) -> Self:
        """The same text, in the place of the latest that either replaces: an answer has one comment."""
        replaced = [each.replaces for each in (self, other) if each.replaces is not None]
        return replace(self, replaces=max(replaced, default=None))


@dataclass(frozen=True)
class FoldComments(Effect):
    """Comments of ours to fold as outdated, by GitHub's node ids."""

    comments: tuple[str, ...]
    name: ClassVar[str] = "fold"

    def without(self, comments: frozenset[str]) -> Self:
        """All but these."""
        return type(self)(tuple(each for each in self.comments if each not in comments))

    def plus(self, other: Self) -> Self:
        """Each comment once."""
        return type(self)(tuple(dict.fromkeys((*self.comments, *other.comments))))


EFFECTS: tuple[type[Effect], ...] = (AddLabels, RemoveLabels, SetType, PostComment, FoldComments)
"""Every kind, in the order in which they are done: what a comment makes outdated is folded once the comment stands.

What comes before the comment is done again by whichever run posts it. What comes after it must not raise, and is lost
where a run dies in between, unless another run finds by itself that it is due, as `hls_action.line.fold` does.
"""


def merged(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """The same as at most one effect of each kind, in the order in which they are done."""
    known = tuple(effects)
    kinds = ([effect for effect in known if type(effect) is kind] for kind in EFFECTS)
    return tuple(reduce(lambda one, other: one.plus(other), each) for each in kinds if each)


def carrier(effects: tuple[Effect, ...]) -> PostComment:
    """The effect that carries the marker. Errors: ``ValueError``, unless there is exactly one."""
    found = [effect for effect in effects if isinstance(effect, PostComment)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} effects carry the marker, and it must be one")
    return found[0]
