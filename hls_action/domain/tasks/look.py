"""The look: a cheap call before the answer, which chooses what the answer is shown, and whether there is to be one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from hls_action.domain.knowledge.conversation import MAX_TITLE, Context
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.delimiters import enclosed
from hls_action.domain.text.secrets import Redact
from hls_action.domain.threads.items import Item

Mode = Literal["auto", "on", "off"]
MODES: tuple[Mode, ...] = ("auto", "on", "off")
"""When to look: where it pays, wherever it can decide anything, never."""

MAX_TOKENS = 1_500
"""Of an answer of a few numbers and words; the rest is for a model that thinks before it writes."""
CODE_ROOM = 20_000
"""Bytes that chosen code, which is not known before, may take of the answer's prompt at least."""
MOST_LISTED = 20
"""Issues."""
MOST_SYMBOLS, MOST_ISSUES, MOST_WORDS = 6, 4, 3
"""How many are taken of what a look chooses."""
MAX_WORD = 80
MAX_REASON = 200
CODE = "not-relevant"

NUMBERS = {"type": "array", "items": {"type": "integer"}}
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "relevant": {"type": "boolean"},
        "reason": {"type": "string"},
        "symbols": NUMBERS,
        "issues": NUMBERS,
        "words": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["relevant", "reason", "symbols", "issues", "words"],
    "additionalProperties": False,
}
"""The same for all threads: what can be chosen is in the prompt, by numbers."""

T = TypeVar("T")


@dataclass(frozen=True)
class Choice:
    """What a look decided. ``symbols`` and ``issues``: numbers in its lists, from 1; ``words``: to search for.

    ``reason``: why the thread is not relevant, in the model's words, which a stranger may have put into its mouth.
    """

    relevant: bool = True
    reason: str = ""
    symbols: tuple[int, ...] = ()
    issues: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


NOTHING = Choice()
ADVICE = "set another `knowledge.look_model`, or `knowledge.look` to `off`"
"""What to do where no look ever works."""


def doubts(unanswered: tuple[Item, ...]) -> bool:
    """Whether all that is owed came about without anybody asking us for it, so that it may not be relevant."""
    return all(item.kind == "pull" or (item.kind == "issue" and not item.digest) for item in unanswered)


def compose(template: str, read: Context, listing: str, titles: Sequence[str], redact: Redact) -> Prompt:
    """The question. ``read``: the thread, cut short; ``listing``: what can be chosen of the code, by numbers;
    ``titles``: of the issues most alike, of which `MOST_LISTED` are listed.
    """
    lines = (" ".join(spell_out(title).split())[:MAX_TITLE] for title in titles[:MOST_LISTED])
    lists = (
        ("definitions", listing),
        ("issues", "\n".join(f"{place}. {title}" for place, title in enumerate(lines, 1))),
    )
    shown = [enclosed(redact(text).text, of=name) for name, text in lists if text]
    thread = "\n".join(["<thread>", read.opening, *read.comments, "</thread>"])
    return Prompt(system=(Text(template),), user=(Text("\n\n".join([thread, *shown])),))


def ends(text: str) -> Reason:
    """Why no answer is due, by the model's reply; `NONE` where one is."""
    choice = parse(text)
    return NONE if choice.relevant else Reason(CODE, choice.reason)


def parse(text: str) -> Choice:
    """What the model decided, as far as it can be read. Anything but a clear no is relevant: losing an item would be
    worse than one call too many.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return NOTHING
    if not isinstance(data, dict):
        return NOTHING
    relevant = data.get("relevant") is not False
    words = (" ".join(word.split()) for word in _entries(data, "words") if isinstance(word, str))
    return Choice(
        relevant,
        "" if relevant else " ".join(str(data.get("reason", "")).split())[:MAX_REASON],
        _numbers(data, "symbols"),
        _numbers(data, "issues"),
        tuple(dict.fromkeys(word for word in words if 0 < len(word) <= MAX_WORD))[:MOST_WORDS],
    )


def chosen(listed: Sequence[T], numbers: Sequence[int], most: int) -> tuple[T, ...]:
    """What the first ``most`` of the ``numbers`` stand for that stand for anything ``listed``, in their order."""
    return tuple(listed[number - 1] for number in numbers if 1 <= number <= len(listed))[:most]


def _numbers(data: Mapping[str, object], name: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for number in _entries(data, name) if type(number) is int))


def _entries(data: Mapping[str, object], name: str) -> list[object]:
    found = data.get(name)
    return found if isinstance(found, list) else []
