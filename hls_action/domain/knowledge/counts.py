"""Count the words of a query in texts, fast enough for many megabytes, and say how well each text fits (BM25)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.words import identifiers, terms

_MOST_KNOWN = 200_000
"""Identifiers that are remembered, besides those of one text: some 20 MB, 50 where each is of the query."""
_SATURATION = 1.2
"""BM25's k1: how soon it stops to matter that a word comes again."""


@dataclass(frozen=True)
class Counted:
    """How often each term of a query occurs in a text of ``length`` words, and which of its names do."""

    terms: Mapping[bytes, int]
    names: frozenset[bytes]
    length: int


class Tally:
    """Counts what texts have of one query. It remembers which identifiers matter, as most occur in many texts.

    ``words``: terms, which identifiers are made of; ``names``: whole identifiers; ``literals``: any text.
    """

    def __init__(self, words: Collection[bytes], names: Collection[bytes] = (), literals: Sequence[bytes] = ()) -> None:
        self._words = frozenset(words)
        self._names = frozenset(names)
        self._literals = literals
        self._known: set[bytes] = set()
        self._wanted: dict[bytes, tuple[bytes, ...]] = {}

    def count(self, data: bytes) -> Counted:
        """What ``data`` has of the query."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
            self._wanted.clear()
        counts = Counter(identifiers(data))
        self._learn(counts.keys() - self._known)
        found: dict[bytes, int] = {}
        for identifier in counts.keys() & self._wanted.keys():
            for term in self._wanted[identifier]:
                found[term] = found.get(term, 0) + counts[identifier]
        literals = [literal for literal in self._literals if literal in data]
        return Counted(found, frozenset([*(counts.keys() & self._names), *literals]), counts.total())

    def _learn(self, new: Iterable[bytes]) -> None:
        for identifier in new:
            wanted = tuple(term for term in terms(identifier) if term in self._words)
            if wanted:
                self._wanted[identifier] = wanted
            self._known.add(identifier)


def rarity(words: Iterable[bytes], texts: Sequence[Iterable[bytes]]) -> dict[bytes, float]:
    """How much each of ``words`` tells texts apart: BM25's weight by the number of ``texts`` that have it, if any do.

    Each text has a word once. The order is that of ``words``.
    """
    counts = Counter(word for text in texts for word in text)
    total = len(texts)
    return {word: math.log(1 + (total - counts[word] + 0.5) / (counts[word] + 0.5)) for word in words if word in counts}


def bm25(texts: Sequence[Counted], words: Mapping[bytes, float], *, length: float) -> list[float]:
    """How well each text fits the weighted ``words``. ``length`` is BM25's b: how much a long text has to have more."""
    rare = rarity(words, [text.terms for text in texts])
    average = sum(text.length for text in texts) / max(1, len(texts)) or 1.0

    def fit(text: Counted) -> float:
        soft = _SATURATION * (1 - length + length * text.length / average)
        return math.fsum(words[term] * rare[term] * count / (count + soft) for term, count in text.terms.items())

    return [fit(text) for text in texts]


def z_scores(values: Sequence[float]) -> list[float]:
    """By how many standard deviations each value is off their mean; all 0 where they do not differ."""
    mean = math.fsum(values) / max(1, len(values))
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / max(1, len(values)))
    return [(value - mean) / spread if spread > abs(mean) * _ROUNDING else 0.0 for value in values]


_ROUNDING = 1e-12
"""Of the mean: values that differ by less differ by the order in which they were added up."""


def added_up(kinds: Iterable[Sequence[float]]) -> list[float]:
    """One score for each thing of the values for it of all ``kinds``."""
    return [math.fsum(values) for values in zip(*kinds, strict=True)]
