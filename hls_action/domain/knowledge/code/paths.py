"""Which files of a tree a text points to: by path, as a module, or by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile

from hls_action.domain.knowledge.words import identifiers, terms

_STANDS_FOR_ITS_FOLDER = frozenset({"__init__", "index", "mod", "lib", "main"})
"""File names, without the extension, by which a language means the folder that they are in."""
MOST_PARTS = 3
"""Parts of a path beyond which agreeing says no more."""


def path_terms(path: str) -> tuple[bytes, ...]:
    """The words of ``path`` without the extension, each once, and those of the file's own name once more."""
    folder, _, name = path.rpartition("/")
    own = _terms(_stem(name))
    return (*own, *dict.fromkeys((*_terms(folder), *own)))


class Paths:
    """The files of a tree, to be found by what a text calls them. What it calls several files counts less for each."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._by_module: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path in paths:
            name = path.rpartition("/")[2].lower()
            self._by_name[name].append(path)
            self._by_stem[_joined(_stem(name))].append(path)
            self._by_module[_module(path)].append(path)

    def by_path(self, parts: Sequence[str]) -> dict[str, float]:
        """The files whose paths end like ``parts``, and of those the ones that agree in most: in a stack trace they are
        as they were installed.
        """
        lowered = [part.lower() for part in parts]
        agreeing = {
            path: _alike_at_the_end(path.lower().split("/"), lowered) for path in self._by_name.get(lowered[-1], ())
        }
        most = max(agreeing.values(), default=0)
        best = [path for path, count in agreeing.items() if count == most]
        return _shared(min(most, MOST_PARTS), best)

    def by_module(self, parts: Sequence[str]) -> dict[str, float]:
        """The files of which the folder and the name come one after the other in a dotted name, as late as possible."""
        pairs = [(first.lower(), second.lower()) for first, second in pairwise(parts)]
        found = next((pair for pair in reversed(pairs) if pair in self._by_module), None)
        return _shared(2, self._by_module[found]) if found else {}

    def by_name(self, word: bytes) -> dict[str, float]:
        """The files called ``word``, if it is several: ``FileReader``, ``file_reader`` and ``file-reader`` are one."""
        spelt = word.decode("utf-8", "replace")
        several = len(_terms(spelt.replace("-", "_"))) > 2
        return _shared(1, self._by_stem.get(_joined(spelt), ())) if several else {}


def _shared(weight: float, paths: Sequence[str]) -> dict[str, float]:
    return {path: weight / len(paths) for path in paths}


def _stem(name: str) -> str:
    return name.partition(".")[0] or name


def _joined(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _terms(text: str) -> tuple[bytes, ...]:
    found = identifiers(text.encode("utf-8", "replace"))
    return tuple(dict.fromkeys(term for identifier in found for term in terms(identifier)))


def _module(path: str) -> tuple[str, str]:
    *folders, name = path.lower().split("/")
    stem = _stem(name)
    parts = folders if stem in _STANDS_FOR_ITS_FOLDER else [*folders, stem]
    padded = ("", "", *parts)
    return padded[-2], padded[-1]


def _alike_at_the_end(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
