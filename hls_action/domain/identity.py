"""What a thread is called: a number says nothing without the space it was counted in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, get_args

Space = Literal["thread"]
"""What GitHub counts apart. ``thread``: issues and pull requests, which share their numbers; which of the two it is, is
a fact of the thread."""


@dataclass(frozen=True, order=True)
class ThreadId:
    """A thread of a repository. ``kind``: the numbering space."""

    number: int
    kind: Space = "thread"

    def __str__(self) -> str:
        """``7`` for an issue or a pull request, as people write it; ``kind/7`` for any other."""
        return str(self.number) if self.kind == "thread" else f"{self.kind}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. Errors: ``ValueError``."""
        kind, slash, number = text.rpartition("/")
        if not slash:
            return cls(int(number))
        if kind not in get_args(Space) or kind == "thread":
            raise ValueError(f"{kind!r} is not a kind of thread")
        return cls(int(number), kind)
