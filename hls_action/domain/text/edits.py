"""Changes of a text at places that a parser named."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """Put ``text`` in the place of what is between two offsets; where they are equal, before it."""

    start: int
    end: int
    text: str


def apply(source: str, edits: Iterable[Edit]) -> str:
    """``source`` after all ``edits``, in any order. Of two that overlap, the first counts; what one removes is gone.

    Different texts before the same place stand there in the order that they came in; the same text once.
    """
    kept: list[str] = []
    done = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
        if edit.start < done:
            done = done if edit.text else max(done, edit.end)
            continue
        kept += [source[done : edit.start], edit.text]
        done = edit.end
    kept.append(source[done:])
    return "".join(kept)


def unified(text: str) -> tuple[str, list[int]]:
    """``text`` with one kind of line break, and where in the result each one stood that was two characters long."""
    if "\r" not in text:
        return text, []
    parts = text.split("\r\n")
    pairs, length = [], 0
    for part in parts[:-1]:
        length += len(part)
        pairs.append(length)
        length += 1
    return "\n".join(parts).replace("\r", "\n"), pairs


def restored(edits: Iterable[Edit], pairs: Sequence[int]) -> list[Edit]:
    """Edits of a unified text, as edits of the text it came from."""
    return [Edit(e.start + bisect_left(pairs, e.start), e.end + bisect_left(pairs, e.end), e.text) for e in edits]
