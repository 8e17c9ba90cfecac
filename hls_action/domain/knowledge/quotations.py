"""Whether what an answer quotes is in what Claude was given, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from hls_action.domain.knowledge.sources import Source
from hls_action.domain.text.diff import Range

LEAST = 12
"""Characters of a quotation: what is shorter can be found nearly everywhere."""

_ROW = re.compile(r" *([0-9]*) ([-+ ?])(.*)")
"""A line of a patch as it is shown: its number, if it has one, its sign and its text."""
_GUTTERS = (re.compile(r"^ *[0-9]* [-+ ]", re.MULTILINE), re.compile(r"^[ \t]*(?:[0-9]+[ \t])?[-+]?", re.MULTILINE))
"""What may be left of that in a quotation, with all of its blanks or without."""


@dataclass(frozen=True)
class Found:
    """A quotation that is there: ``text``, with blanks as one; ``source``: the number of its source; ``lines``: of the
    file that this shows, as far as they have numbers.
    """

    text: str
    source: int
    lines: Range | None = None


def find(quotation: str, number: int, sources: Sequence[Source]) -> Found | None:
    """``quotation`` in the source of that ``number``, or else in the first that has it; the first source is number 1.

    Both are compared after NFC, without a patch's line numbers and signs, and with blanks as one.
    """
    forms = [form for form in dict.fromkeys(_forms(quotation)) if len(form) >= LEAST]
    for place in sorted(range(1, len(sources) + 1), key=lambda place: place != number):
        text, starts = _compared(sources[place - 1])
        for form in forms:
            at = text.find(form)
            if at >= 0:
                return Found(form, place, _lines(starts, at, at + len(form)))
    return None


def _forms(quotation: str) -> Iterator[str]:
    yield _as_one(quotation)
    for gutter in _GUTTERS:
        yield _as_one(gutter.sub("", quotation))


def _as_one(text: str) -> str:
    return " ".join(normalize("NFC", text).split())


def _compared(source: Source) -> tuple[str, list[tuple[int, int | None]]]:
    """A source's text as it is compared, and where in it each line begins, with its number."""
    text, starts = "", []
    for line in source.text.split("\n"):
        row = _ROW.fullmatch(line) if source.path else None
        part = _as_one(row[3] if row else line)
        if part:
            starts.append((len(text), int(row[1]) if row and row[1] else None))
            text += f"{part} "
    return text, starts


def _lines(starts: Sequence[tuple[int, int | None]], begin: int, end: int) -> Range | None:
    ends = [start for start, _ in starts[1:]] + [end + 1]
    within = (number for (start, number), stop in zip(starts, ends, strict=True) if start < end and stop > begin)
    numbers = [number for number in within if number is not None]
    return (min(numbers), max(numbers)) if numbers else None
