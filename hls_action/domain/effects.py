"""What an answer does to a thread, as values: stored before anything is done, and done by whichever run gets to it.

Exactly one effect of a draft carries the marker and is looked for before it is repeated. Every other kind may simply be
done again: GitHub itself sees to it that the second time changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Labels:
    """Labels to add, never to remove."""

    names: tuple[str, ...]
    carries_marker: ClassVar[bool] = False


@dataclass(frozen=True)
class Comment:
    """What Claude wrote, cleaned; marker and footer are put around it when it is posted.

    ``replaces``: the comment of ours whose place it takes; None for a new one.
    """

    text: str
    replaces: int | None = None
    carries_marker: ClassVar[bool] = True


@dataclass(frozen=True)
class Fold:
    """Comments of ours to fold as outdated, by GitHub's node ids."""

    comments: tuple[str, ...]
    carries_marker: ClassVar[bool] = False


Effect = Labels | Comment | Fold


def carrier(effects: tuple[Effect, ...]) -> Comment:
    """The effect that carries the marker. Errors: ``ValueError``, unless there is exactly one."""
    found = [effect for effect in effects if isinstance(effect, Comment)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} effects carry the marker, and it must be one")
    return found[0]
