"""What a later version writes into documents that this one reads and writes as well: kept, as long as its object is.

Data is as JSON has it. An object is found by its place: the keys, or in a list the positions, that lead to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Place = str | int


@dataclass(frozen=True)
class Unknown:
    """What is unknown of one object. ``keys``: its own, with their values; ``within``: the same of what it holds."""

    keys: Mapping[str, object] = field(default_factory=dict)
    within: Mapping[Place, Unknown] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.keys or self.within)


NOTHING = Unknown()


def beyond(stored: object, known: object) -> Unknown:
    """What ``stored`` holds besides ``known``, which is what was understood of it, written again."""
    keys: dict[str, object] = {}
    if isinstance(stored, dict) and isinstance(known, dict):
        keys = {key: value for key, value in stored.items() if key not in known}
    members = dict(_members(known))
    pairs = ((place, member, members[place]) for place, member in _members(stored) if place in members)
    return Unknown(keys, {place: found for place, one, other in pairs if (found := beyond(one, other))})


def merged(known: object, unknown: Unknown) -> object:
    """``known`` with what is ``unknown`` of those of its objects that are still there."""
    if not unknown:
        return known
    members = {place: merged(member, unknown.within.get(place, NOTHING)) for place, member in _members(known)}
    if isinstance(known, dict):
        return dict(unknown.keys) | members
    return list(members.values()) if isinstance(known, list) else known


def remaining(unknown: Unknown, known: object) -> Unknown:
    """What is left of ``unknown`` where only ``known`` is there: a later object in the same place is another one."""
    members = dict(_members(known))
    within = {place: remaining(each, members[place]) for place, each in unknown.within.items() if place in members}
    return Unknown(unknown.keys, {place: each for place, each in within.items() if each})


def _members(data: object) -> Iterator[tuple[Place, object]]:
    if isinstance(data, dict):
        yield from data.items()
    elif isinstance(data, list):
        yield from enumerate(data)
