"""How the keys of items are spelt, and which of them name the same item though their digests differ.

A key is ``kind/id``, or ``kind/id@RULE:DIGITS`` where an edit can make another item of it. The rule says how the
digest was made; keys of the first rule do not name it. Equal digits are the same text by whatever rule. Where they
differ, nobody can tell an edit from another rule, so what the key stands for follows from when it was written and when
the text was last edited.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

RULE = 3
"""By which rule digests are made: to be raised whenever the digest of a text that nobody touched would change."""

_COMMENT = re.compile(r"comment/([0-9]{1,18})")
_WITH_DIGEST = re.compile(r"[^@]+@(?:([0-9]{1,4}):)?[^:]+")


def stem(key: str) -> str:
    """The kind and the id in a key."""
    return key.partition("@")[0]


def rule_of(key: str) -> int | None:
    """By which rule the digest in a key was made; None when it has none."""
    match = _WITH_DIGEST.fullmatch(key)
    return int(match[1] or 1) if match else None


def digits(key: str) -> str:
    """What stands for the text in a key, whatever the rule; ``""`` when it has no digest."""
    return key.partition("@")[2].rpartition(":")[2]


def is_same_text(key: str, other: str) -> bool:
    """Whether two keys of one item certainly stand for the same text, though their rules may differ."""
    return digits(key) == digits(other) != ""


def has_other_rule(key: str) -> bool:
    """Whether a key is by another rule than this version's: an older one, or a newer one after a step back."""
    return rule_of(key) not in (None, RULE)


def names_all(named: Collection[str], keys: Collection[str]) -> bool:
    """Whether each of ``keys`` can be of an item ``named``: as it is, or where either is by another rule."""
    exact, stems = frozenset(named), {stem(key) for key in named}
    foreign = {stem(key) for key in named if has_other_rule(key)}
    return all(key in exact or stem(key) in (stems if has_other_rule(key) else foreign) for key in keys)


@dataclass(frozen=True)
class Place:
    """Where in a thread something was asked: in a ``comment``, by its id, or in what it begins with."""

    comment: int | None = None


def place_asked(keys: Sequence[str]) -> Place | None:
    """Where the newest of these items was asked for; None where nobody asked for any."""
    for key in reversed(keys):
        if comment := _COMMENT.fullmatch(stem(key)):
            return Place(int(comment[1]))
        if key.startswith("label/") or (key.startswith("issue/") and "@" in key):
            return Place()
    return None


@dataclass(frozen=True)
class CurrentKeys:
    """How the items of a thread are called now, and when their texts were last edited, both by kind and id.

    A text of which no edit is known counts as unedited: GitHub tells no time for an issue's own.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, key: str, at: datetime) -> str:
        """What the item is called now that ``key``, written at that time, named by another rule; else ``key``."""
        name = self.keys.get(stem(key))
        edited = self.edited.get(stem(key))
        if name is None or not has_other_rule(key):
            return key
        stands = is_same_text(key, name) or edited is None or edited <= at
        return name if stands else key


def as_known(keys: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """``keys``, in order, each by another rule spelt as it is among those ``known``, if it is."""
    same, names = frozenset(known), {stem(key): key for key in known}
    return tuple(names.get(stem(key), key) if has_other_rule(key) and key not in same else key for key in keys)
