"""Shortening a file by its sections: whole ones are kept where they fit, and what is left out is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise

from hls_action.domain.text.block_rules import MAX_NESTING
from hls_action.domain.text.excerpt import clip
from hls_action.domain.text.grammar import parser

_OF_LITTLE_USE = re.compile(
    r"(?i)\b(?:licen[cs]e|sponsors?|backers?|contributors|acknowledge?ments?|credits|thanks|donat\w*|star history|"
    r"badges|table of contents|contents|funding|citation|citing)\b"
)
"""Headings of what helps nobody with a question."""
LEAST = 200
"""Characters of a section that is cut: fewer say nothing."""


@dataclass(frozen=True)
class _Section:
    heading: str
    text: str

    @property
    def is_useful(self) -> bool:
        return _OF_LITTLE_USE.search(self.heading) is None


def shortened(text: str, limit: int) -> str:
    """``text`` in about ``limit`` characters: the first sections that fit, of which the last may be cut. Which are left
    out is said at the end.
    """
    if len(text) <= limit:
        return text
    kept, left_out, room = list[str](), list[str](), limit
    for section in _sections(text):
        if section.is_useful and len(section.text) <= room:
            kept.append(section.text)
            room -= len(section.text)
        elif section.is_useful and room >= LEAST:
            kept.append(clip(section.text, room) + "\n")
            room = 0
        else:
            left_out.append(section.heading or "the beginning")
    said = f"\n[... sections left out: {clip(', '.join(left_out), LEAST)} ...]" if left_out else ""
    return "".join(kept).rstrip() + said


def _sections(text: str) -> list[_Section]:
    """The text cut before each of its headings."""
    lines = text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    places, names = [0], [""]
    tokens = parser(MAX_NESTING).parse(text)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            places.append(starts[token.map[0]])
            names.append(inline.content)
    ends = [*places[1:], len(text)]
    return [
        _Section(name, text[start:end]) for name, start, end in zip(names, places, ends, strict=True) if start < end
    ]
