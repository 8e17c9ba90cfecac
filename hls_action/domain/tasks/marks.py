"""Marks: the labels and the issue type by which fields of an answer act, as the maintainers named them.

Each field that acts has a group, of whose labels a thread has one at most. What HLS may change in a group follows from
what it set there last, by the ledger, and from what the thread has now: where the two differ, a person has chosen, and
the group is left to them. See `docs/adr/043-fields-that-act.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hls_action.domain.tasks.answer import CATEGORY, PRIORITY, Category, Priority
from hls_action.domain.tasks.effects import AddLabels, Effect, RemoveLabels, SetType
from hls_action.domain.tasks.shape import FLAG, SHARE, Kind
from hls_action.domain.threads.thread import Thread

Marks = Mapping[str, str]
"""By group: the label or the issue type that is set; ``""`` where the label is taken off."""

TYPE = "type"
"""The group of issue types; all others are of labels."""
NO_MARKS: Marks = {}

ACTING: Mapping[str, Kind[Any]] = {"category": CATEGORY, "priority": PRIORITY, "needs_info": FLAG, "confidence": SHARE}
"""The fields of an answer that do something besides the comment: they set labels and types, and are outputs."""


def acting(fields: Mapping[Any, object]) -> dict[str, Any]:
    """Those among ``fields`` that act, but for what is no value of theirs: a stored answer may hold anything."""
    return {name: fields[name] for name, kind in ACTING.items() if name in fields and kind.fits(fields[name])}


@dataclass(frozen=True)
class TriageRules:
    """Which labels and which issue types stand for which values; a value that is not named stands for none."""

    priority: Mapping[Priority, str] = field(default_factory=dict)
    category: Mapping[Category, str] = field(default_factory=dict)
    needs_info: str = ""
    types: Mapping[Category, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, frozenset[str]]:
        """The labels of each group, in lower case."""
        named = {
            "priority": self.priority.values(),
            "category": self.category.values(),
            "needs_info": [self.needs_info],
        }
        return {group: frozenset(name.lower() for name in names if name) for group, names in named.items()}

    @property
    def all_labels(self) -> frozenset[str]:
        """Those of all groups."""
        return frozenset[str]().union(*self.labels.values())

    def wanted(self, fields: Mapping[str, object]) -> Marks:
        """What an answer with these fields marks a thread with. A group is left out where they say nothing about it: a
        priority of ``none`` that has no label cannot be told, and a type is never taken off.
        """
        known, found = acting(fields), dict[str, str]()
        priority, category = known.get("priority", "none"), known.get("category")
        if self.priority and (priority != "none" or "none" in self.priority):
            found["priority"] = self.priority.get(priority, "")
        if self.category and category:
            found["category"] = self.category.get(category, "")
        if self.needs_info and "needs_info" in known:
            found["needs_info"] = self.needs_info if known["needs_info"] else ""
        if category and category in self.types:
            found[TYPE] = self.types[category]
        return found


@dataclass(frozen=True)
class Marked:
    """A thread, and what HLS marked it with last, by the ledger: ``made``."""

    rules: TriageRules
    thread: Thread
    made: Marks = field(default_factory=dict)

    def changes(self, fields: Mapping[str, object]) -> Marks:
        """The marks to set for an answer with these fields, in the groups where no person has chosen."""
        return {
            group: name
            for group, name in self._wanted(fields).items()
            if self._present(group) == self._was(group) != _one(name)
        }

    def unfinished(self, begun: Marks, fields: Mapping[str, object], *, untouched: bool) -> Marks:
        """What of the marks that an earlier run ``begun`` to set may still be set, or already is.

        Where a thread was touched since, one that is not there may have been set, and taken off by a person.
        """
        wanted, found = self._wanted(fields), dict[str, str]()
        for group, name in begun.items():
            present, was, goal = self._present(group), self._was(group), _one(name)
            is_begun = present == goal or (bool(goal) and present == was | goal)
            if wanted.get(group) == name and (is_begun or (untouched and present == was)):
                found[group] = name
        return found

    def effects(self, marks: Marks) -> tuple[Effect, ...]:
        """What sets them, without what is there already: labels are added before others are taken off."""
        labels = {group: name for group, name in marks.items() if group != TYPE}
        has = {name.lower(): name for name in self.thread.labels}
        add = tuple(name for name in labels.values() if name and name.lower() not in has)
        stale = (self._was(group) - _one(name) for group, name in labels.items())
        remove = tuple(has[name] for names in stale for name in names if name in has)
        kind = marks.get(TYPE, "")
        is_new = _one(kind) and _one(kind) != self._present(TYPE)
        return (
            *((AddLabels(add),) if add else ()),
            *((RemoveLabels(remove),) if remove else ()),
            *((SetType(kind),) if is_new else ()),
        )

    def valid(self, begun: Marks, fields: Mapping[str, object]) -> Marks:
        """Those among ``begun`` that an answer with these fields would have begun to set."""
        wanted = self._wanted(fields)
        return {group: name for group, name in begun.items() if wanted.get(group) == name}

    def _wanted(self, fields: Mapping[str, object]) -> Marks:
        wanted = self.rules.wanted(fields)
        return {group: name for group, name in wanted.items() if group != TYPE or not self.thread.is_pull}

    def _present(self, group: str) -> frozenset[str]:
        if group == TYPE:
            return _one(self.thread.issue_type)
        return self.rules.labels.get(group, frozenset()) & {name.lower() for name in self.thread.labels}

    def _was(self, group: str) -> frozenset[str]:
        """What HLS left in the group; nothing, where that is none of its labels by now."""
        last = _one(self.made.get(group, ""))
        return last if group == TYPE else last & self.rules.labels.get(group, frozenset())


def unknown(marks: Marks, labels: Iterable[str]) -> Marks:
    """Those among ``marks`` that would make a label: HLS sets only the ``labels`` that the repository has."""
    known = {name.lower() for name in labels}
    return {group: name for group, name in marks.items() if group != TYPE and name and name.lower() not in known}


def adds_labels(marks: Marks) -> bool:
    """Whether there is a label to set among them."""
    return any(name for group, name in marks.items() if group != TYPE)


def without(marks: Marks, others: Collection[str]) -> Marks:
    """All but those of these groups."""
    return {group: name for group, name in marks.items() if group not in others}


def of_effects(marks: Marks, failed: Collection[type[Effect]]) -> Marks:
    """The marks that are set when effects of these kinds ``failed``."""
    by_kind = {
        group: SetType if group == TYPE else AddLabels if name else RemoveLabels for group, name in marks.items()
    }
    return {group: name for group, name in marks.items() if by_kind[group] not in failed}


def _one(name: str) -> frozenset[str]:
    return frozenset([name.lower()]) if name else frozenset()
