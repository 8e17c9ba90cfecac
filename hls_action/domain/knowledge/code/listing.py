"""What the likeliest files define, by numbers: for somebody to choose from who sees nothing else of the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.code.passages import Lines
from hls_action.domain.knowledge.code.rank_symbols import RankedSymbol
from hls_action.domain.knowledge.code.symbols import Symbol, symbols
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.delimiters import attribute

FILES = 10
"""How many files are listed."""
ROOM = 16_000
"""Characters of the whole list."""
_NUMBER = len("1000. ")


@dataclass(frozen=True)
class Listing:
    """``text``: for each file its path, and below it what it defines, each with its number in ``lines``, from 1."""

    text: str = ""
    lines: tuple[Lines, ...] = ()


NOTHING_LISTED = Listing()


def listing(
    paths: Sequence[str], ranked: Sequence[RankedSymbol], files: Mapping[str, bytes], room: int = ROOM
) -> Listing:
    """What the first `FILES` of the ``paths`` define, each file in an equal share of ``room`` and of what those before
    it leave.

    Of a file that defines more than fits, the likeliest definitions are listed, not the first: in a long file what a
    thread is about is often far down.
    """
    place = {(one.path, one.symbol.first): number for number, one in enumerate(ranked)}
    rows: list[str] = []
    lines: list[Lines] = []
    best = [path for path in paths[:FILES] if path in files]
    for left, path in zip(range(len(best), 0, -1), best, strict=True):
        share, heading = room // left, attribute(path)
        likeliest = sorted(symbols(path, files[path]), key=lambda one: place.get((path, one.first), len(place)))
        fitting = sorted(_that_fit(likeliest, share - len(heading) - 1), key=lambda one: one[0].first)
        if not fitting:
            continue
        rows.append(heading)
        for symbol, row in fitting:
            lines.append(Lines(path, symbol.first, symbol.last))
            rows.append(f"{len(lines)}. {row}")
        room -= len(heading) + 1 + sum(_size(row) for _, row in fitting)
    return Listing("\n".join(rows), tuple(lines))


def _that_fit(wanted: Sequence[Symbol], room: int) -> Iterator[tuple[Symbol, str]]:
    """The first of the ``wanted`` that fit into so many characters, each with its row."""
    for symbol in wanted:
        row = f"line {symbol.first}: {spell_out(symbol.signature)}"
        room -= _size(row)
        if room < 0:
            return
        yield symbol, row


def _size(row: str) -> int:
    """With its number and the end of the line."""
    return _NUMBER + len(row) + 1
