"""Commands: requests that code answers, free, without Claude. Which there are, and which of them wait for an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from hls_action.domain.threads.thread import Comment

Word = Literal["help", "status", "ignore", "retry", "pause", "resume", "resume catch up"]
WORDS: tuple[Word, ...] = get_args(Word)
FOR_WRITERS: tuple[Word, ...] = ("pause", "resume", "resume catch up")
"""What only people with write access may order: it holds for the whole repository."""
INFORMATION: tuple[Word, ...] = ("help", "status", "retry")
"""What asks to be told something, so that one reply does for all who ask within `QUIET`."""
FRESH = timedelta(days=1)
"""How old a command may be that is still obeyed: by then whoever gave it no longer expects it to be obeyed."""
QUIET = timedelta(minutes=10)
MAX_REASON = 200
"""Characters of the reason for a pause that are kept."""


@dataclass(frozen=True)
class Command:
    """A command; of a pause also the ``reason``, as it was written, on one line."""

    word: Word
    reason: str = ""


def command_in(request: str) -> Command | None:
    """The command that a request is, if it is one: the words alone, or a pause with its reason, which is no question.

    A mention by itself asks what can be asked.
    """
    said = " ".join(request.split())
    plain = said.lower().rstrip(".!")
    if plain in ("", "help?"):
        return Command("help")
    found = next((word for word in WORDS if word == plain), None)
    if found is not None:
        return Command(found)
    word, _, why = said.partition(" ")
    if word.lower().rstrip(":,") != "pause" or said.endswith("?"):
        return None
    return Command("pause", why[:MAX_REASON])


@dataclass(frozen=True)
class Given:
    """A command as somebody gave it. ``key``: of its item; ``at``: when it was written."""

    key: str
    word: str
    at: datetime


@dataclass(frozen=True)
class CommandRule:
    """Which commands still wait for an answer. ``now``: when the thread is looked at; ``recorded``: when each of its
    items was last, by key; ``busy``: the keys of those that failed or wait, which a retry is for.
    """

    now: datetime
    recorded: Mapping[str, datetime]
    busy: Collection[str] = ()

    def due(self, given: Collection[Given], replied: Mapping[str, Comment]) -> frozenset[str]:
        """The keys of those to be obeyed, or that have their reply. ``replied``: which reply there is to each key."""
        told = [(each.word, replied[each.key].created_at) for each in given if each.key in replied]
        return frozenset(each.key for each in given if each.key in replied or self._is_due(each, told))

    def _is_due(self, given: Given, told: Iterable[tuple[str, datetime]]) -> bool:
        if given.at < self.now - FRESH:
            return False
        if given.word == "retry" and self._is_heard(given):
            return False
        return given.word not in INFORMATION or not any(
            word == given.word and at > given.at - QUIET for word, at in told
        )

    def _is_heard(self, given: Given) -> bool:
        """Whether there is something that a retry has tried again, or is about to."""
        others = ((key, at) for key, at in self.recorded.items() if key != given.key)
        return any(key in self.busy or at >= given.at for key, at in others)
