"""Rank what the best files define by how likely a text is about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.code.paths import Paths
from hls_action.domain.knowledge.code.rank_files import LENGTH, Tree, tally_of
from hls_action.domain.knowledge.code.symbols import Symbol, enclosing, owners, symbols
from hls_action.domain.knowledge.counts import Counted, added_up, bm25, rarity, z_scores
from hls_action.domain.knowledge.query import Query
from hls_action.domain.knowledge.words import terms

FILES = 20
"""How many of the best files are looked into."""
MOST = 40
"""Symbols."""
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class RankedSymbol:
    """``score``: the larger, the likelier."""

    path: str
    symbol: Symbol
    score: float


@dataclass(frozen=True)
class _Candidate:
    """``file``: the score of its file. ``counted``: what it has of the query on lines that no symbol inside it has, so
    that a class is not chosen for its methods. ``pointed``: the text names it, or a line of it.
    """

    path: str
    symbol: Symbol
    file: float
    counted: Counted
    pointed: bool


def rank_symbols(query: Query, files: Sequence[tuple[str, float]], tree: Tree) -> tuple[RankedSymbol, ...]:
    """The `MOST` symbols that ``query`` is most likely about, best first; ``files`` come best first, with scores."""
    found = list(_candidates(query, files[:FILES], tree))
    names = [terms(one.symbol.name.encode("utf-8", "replace")) for one in found]
    rare = rarity(query.words, names)
    kinds = (
        [one.file for one in found],
        [float(one.pointed) for one in found],
        [sum(query.words[term] * rare[term] for term in own if term in rare) for own in names],
        bm25([one.counted for one in found], query.words, length=LENGTH),
    )
    scores = added_up(map(z_scores, kinds))
    ranked = [RankedSymbol(one.path, one.symbol, round(score, 4)) for one, score in zip(found, scores, strict=True)]
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.path, one.symbol.first))[:MOST])


def _candidates(query: Query, files: Sequence[tuple[str, float]], tree: Tree) -> Iterator[_Candidate]:
    tally = tally_of(query)
    blobs = tree.read(list(_within_bounds([path for path, _ in files], tree)))
    lines = _lines_named(query, list(blobs))
    for path, score in files:
        data = blobs.get(path, b"")
        defined = symbols(path, data)
        at = {enclosing(defined, line) for line in lines.get(path, ())}
        for symbol, text in zip(defined, _own_texts(defined, data), strict=True):
            pointed = symbol in at or symbol.name.encode("utf-8", "replace") in query.names
            yield _Candidate(path, symbol, score, tally.count(text), pointed)


def _within_bounds(paths: Sequence[str], tree: Tree) -> Iterator[str]:
    room = MOST_BYTES
    for path in paths:
        if tree.sizes[path] <= room:
            room -= tree.sizes[path]
            yield path


def _lines_named(query: Query, paths: Sequence[str]) -> dict[str, list[int]]:
    """The lines that the text names of each file."""
    index = Paths(paths)
    found: dict[str, list[int]] = {}
    for named in query.paths:
        for path in index.by_path(named.parts) if named.line else ():
            found.setdefault(path, []).append(named.line)
    return found


def _own_texts(defined: Sequence[Symbol], data: bytes) -> list[bytes]:
    """Of each symbol the lines that are in no other inside of it."""
    own: list[list[bytes]] = [[] for _ in defined]
    for number, line in zip(owners(defined)[1:], data.split(b"\n"), strict=False):
        if number >= 0:
            own[number].append(line)
    return [b"\n".join(text) for text in own]
