"""The HTML that Claude may use: a few tags that GitHub shows as what they are, without attributes, and in pairs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

BLOCK_TAGS = frozenset({"details", "summary"})
"""They may begin in one block and end in another."""
INLINE_TAGS = frozenset({"b", "code", "del", "em", "i", "ins", "kbd", "q", "s", "samp", "strong", "sub", "sup", "var"})
"""They begin and end in one paragraph."""
EMPTY_TAGS = frozenset({"br"})
ALLOWED_TAGS = BLOCK_TAGS | INLINE_TAGS | EMPTY_TAGS

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)( open)?\s*(/?)>")


class Tag(NamedTuple):
    """A tag on the list. ``place``: where it begins in the source; ``block``: the number of the block it is in."""

    name: str
    closes: bool
    place: int = 0
    block: int = 0


def tag_in(text: str) -> Tag | None:
    """The tag that ``text`` is, when it is one on the list: ``<details open>`` alone may have an attribute."""
    found = _TAG.fullmatch(text)
    if found is None:
        return None
    closes, name = found[1] == "/", found[2].lower()
    if name not in ALLOWED_TAGS or (found[3] and (closes or name != "details")):
        return None
    unfit = closes if name in EMPTY_TAGS else found[4]
    return None if unfit else Tag(name, closes)


def balanced(tags: Iterable[Tag]) -> frozenset[int]:
    """The places of those tags that have a partner, and of those that need none."""
    good: set[int] = set()
    across, inside = _Waiting(), _Waiting()
    block = -1
    for tag in tags:
        if tag.block != block:
            block, inside = tag.block, _Waiting()
        waiting = across if tag.name in BLOCK_TAGS else inside
        if tag.name in EMPTY_TAGS:
            good.add(tag.place)
        elif not tag.closes:
            waiting.add(tag)
        elif (partner := waiting.partner(tag)) is not None:
            good |= {tag.place, partner.place}
    return frozenset(good)


class _Waiting:
    """Tags that wait for their partner, the latest last."""

    def __init__(self) -> None:
        self._tags: list[Tag] = []
        self._names: Counter[str] = Counter()

    def add(self, tag: Tag) -> None:
        self._tags.append(tag)
        self._names[tag.name] += 1

    def partner(self, tag: Tag) -> Tag | None:
        """The latest of that name; those that began after it have no partner any more."""
        while self._names[tag.name]:
            latest = self._tags.pop()
            self._names[latest.name] -= 1
            if latest.name == tag.name:
                return latest
        return None
