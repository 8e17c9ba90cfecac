"""Labels: which an answer may set, which it never may, and the numbered list in which Claude is shown them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from hls_action.domain.events.relevance import WAITING_LABEL, GateRules
from hls_action.domain.threads.thread import Label

OWN_LABELS = (WAITING_LABEL,)
"""Labels by which HLS speaks, besides those that the inputs ``trigger-label`` and ``ignore-labels`` name."""

MACHINE_WORDS = (
    "approve",
    "approved",
    "auto merge",
    "backport",
    "cherry pick",
    "deploy",
    "lgtm",
    "ok to test",
    "preview",
    "release",
    "run ci",
    "safe to test",
    "security",
)
"""A label with one of these in its name is one that machines act on: they merge, deploy, run a stranger's code with
secrets, or call people. What a stranger wrote must not reach them by way of an answer.

Words count as a whole, however they are joined: ``auto-merge``, ``autoMerge`` and ``automerge`` are the same. Only the
form that orders or certifies counts, not the one that names a topic or tells what was done: ``releases``, ``deployed``
and ``backports`` are other words.
"""

ROOM = 13_000
"""Characters that the list may take: names and descriptions of a few hundred labels."""
LONGEST_DESCRIPTION = 100
SHORTEST_DESCRIPTION = 12
"""Characters: a description that must be cut shorter than this says nothing, and is left out."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_JOINED_MACHINE_WORDS = frozenset(words.replace(" ", "") for words in MACHINE_WORDS)
_MOST_WORDS = max(words.count(" ") + 1 for words in MACHINE_WORDS)
_LIMITS: Sequence[int] = (0, *range(SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION + 1))


@dataclass(frozen=True)
class LabelList:
    """Labels as Claude is shown them: number ``n`` is ``names[n - 1]``. ``text``: the list, as the task holds it."""

    names: tuple[str, ...] = ()
    text: str = " none"


def settable(allow: tuple[str, ...] | None, repository_labels: Sequence[Label], rules: GateRules) -> tuple[Label, ...]:
    """The labels an answer may set, each once: those the maintainers ``allow``, else those the repository has, but for
    those that machines act on. HLS's own are never among them: an answer neither asks for another nor mutes a thread.
    """
    if allow is None:
        found = [label for label in repository_labels if not moves_machines(label.name)]
    else:
        described = {label.name.lower(): label for label in repository_labels}
        found = [described.get(name.lower(), Label(name)) for name in allow]
    own = own_labels(rules)
    by_name = {label.name.lower(): label for label in found}
    return tuple(label for name, label in by_name.items() if name not in own)


def own_labels(rules: GateRules) -> frozenset[str]:
    """The labels by which people and HLS tell each other what to do, in lower case."""
    return frozenset({rules.trigger_label, *rules.ignore_labels, *OWN_LABELS})


def moves_machines(name: str) -> bool:
    """Whether a label of this name is one that machines act on, to judge by its words (`MACHINE_WORDS`)."""
    words = _WORD.findall(_HUMP.sub(" ", name).lower())
    return any(
        "".join(words[start : start + count]) in _JOINED_MACHINE_WORDS
        for start in range(len(words))
        for count in range(1, _MOST_WORDS + 1)
    )


def number_labels(labels: Iterable[Label], by_use: Sequence[str] = ()) -> LabelList:
    """The list of ``labels`` by name, with what they mean, in at most `ROOM` characters; the same for any order.

    Names come first: descriptions are cut, and then left out, before a label is. How many labels are left out is said:
    those that the fewest issues have. ``by_use``: names in lower case, the most used first.
    """
    ordered = sorted(labels, key=_by_name)
    if not ordered:
        return LabelList()
    places = {name: place for place, name in enumerate(by_use)}
    ordered.sort(key=lambda label: places.get(label.name.lower(), len(places)))
    ends = list(accumulate(map(len, _lines(ordered))))
    note = ""
    if ends[-1] > ROOM:
        count = bisect_right(ends, ROOM - len(_left_out(len(ordered))))
        note = _left_out(len(ordered) - count)
        ordered = ordered[:count]
    ordered.sort(key=_by_name)
    lines = _lines(ordered)
    meanings = [_on_one_line(label.description) for label in ordered]
    limit = _longest_that_fits(meanings, ROOM - sum(map(len, lines)) - len(note))
    described = [f"{line}{_described(meaning, limit)}" for line, meaning in zip(lines, meanings, strict=True)]
    return LabelList(tuple(label.name for label in ordered), "".join([*described, note]))


def _by_name(label: Label) -> tuple[str, str]:
    return label.name.lower(), label.name


def _lines(labels: Sequence[Label]) -> list[str]:
    return [f"\n{number}. {_on_one_line(label.name)}" for number, label in enumerate(labels, 1)]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _left_out(count: int) -> str:
    return f"\n({count} more labels do not fit here; they cannot be set.)"


def _longest_that_fits(meanings: Sequence[str], room: int) -> int:
    """To how many characters each has to be cut so that all of them fit."""

    def size(limit: int) -> int:
        return sum(min(len(meaning), limit) + len(": ") for meaning in meanings if meaning) if limit else 0

    return _LIMITS[max(1, bisect_right(_LIMITS, room, key=size)) - 1]


def _described(meaning: str, limit: int) -> str:
    if not meaning or not limit:
        return ""
    return f": {meaning}" if len(meaning) <= limit else f": {meaning[: limit - 1].rstrip()}…"
