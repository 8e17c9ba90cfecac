"""What a thread is called: a number says nothing without the space it was counted in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Self

SPACES: tuple[str, ...] = ("thread",)
"""What GitHub counts apart. ``thread``: issues and pull requests, which share their numbers; which of the two it is, is
a fact of the thread."""

GitHubId = Annotated[int, "GitHub's"]
"""A number that GitHub gave to a comment, an issue or a repository: a key of its databases, of 63 bits."""


def is_commit(text: str) -> bool:
    """Whether ``text`` can be the id of a commit, as our markers name it: letters and digits."""
    return re.fullmatch("[0-9A-Za-z]{1,64}", text) is not None


@dataclass(frozen=True, order=True)
class ThreadId:
    """A thread of a repository. ``kind``: the numbering space, one of `SPACES`. Errors: ``ValueError``."""

    number: int
    kind: str = "thread"

    def __post_init__(self) -> None:
        if self.kind not in SPACES:
            raise ValueError(f"{self.kind!r} is not a kind of thread")

    def __str__(self) -> str:
        """``7`` for an issue or a pull request, as people write it; ``kind/7`` for any other."""
        return str(self.number) if self.kind == "thread" else f"{self.kind}/{self.number}"

    @classmethod
    def known(cls, text: str) -> Self | None:
        """The same, but None for a kind of which only a later version knows. Errors: ``ValueError``."""
        kind, slash, _ = text.rpartition("/")
        return None if slash and kind not in SPACES else cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` wrote. Errors: ``ValueError``."""
        kind, slash, number = text.rpartition("/")
        return cls(int(number), kind) if slash else cls(int(number))
