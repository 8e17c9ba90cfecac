"""Rank a repository's files by how likely a text is about them.

The score is a sum of z-scores of equal weight: by how much a file stands out of all by each sign. Only what the text
points to is on a scale of its own, up to `CLIP`: few files have it, and of few it is the number of files that z-scores
tell. First all files are counted, batch by batch, and what was read is let go; then the best are looked at in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from hls_action.domain.knowledge.code.paths import MOST_PARTS, Paths, path_terms
from hls_action.domain.knowledge.code.sources import is_source, was_written
from hls_action.domain.knowledge.counts import Counted, Tally, added_up, bm25, rarity, z_scores
from hls_action.domain.knowledge.query import Query

MOST_BYTES = 18_000_000
"""Of a tree: of a larger one the files are read that fit best by their paths, and then those nearest to the root."""
MOST_FILES = 20_000
BATCH = 2_000_000
"""Bytes that are held at once."""
CUT_UP = 100
"""How many of the best files are looked at in pieces."""
PIECE = 25
"""Lines: two pieces in a row are a chunk, which shares a half with the next."""
CLIP = 8.0
"""Standard deviations beyond which a sign says no more: in a large tree a sign of one file would outvote all others."""
LENGTH = 0.5
"""BM25's b: a source file is long because it does much, so that its length speaks less against it than a text's."""
_MOST_REASONS = 3


@dataclass(frozen=True)
class Tree:
    """A repository's files at one commit: their sizes in bytes by path, and how they are read.

    ``read`` returns what it could read of the paths it is given. It is asked for some `BATCH` bytes at most.
    ``left_out``: how many source files are not in it, since they would be too much.
    """

    sizes: Mapping[str, int]
    read: Callable[[Sequence[str]], Mapping[str, bytes]]
    left_out: int = 0


@dataclass(frozen=True)
class RankedFile:
    """``score``: the larger, the likelier; ``why``: short phrases for people, the strongest sign first."""

    path: str
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """``files``: best first. ``left_out``: how many source files were not read, since the tree is too large."""

    files: tuple[RankedFile, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Choice:
    """``paths``: source files that are read, by the alphabet; ``left_out``: how many others there are."""

    paths: tuple[str, ...]
    left_out: int = 0


def choose(query: Query, sizes: Mapping[str, int]) -> Choice:
    """Of the files of a tree, by their sizes, the source files that are read for ``query``."""
    sources = sorted(path for path, size in sizes.items() if is_source(path, size))
    chosen = _within_bounds(sources, query, sizes)
    return Choice(tuple(chosen), len(sources) - len(chosen))


def rank_files(query: Query, tree: Tree) -> Ranking:
    """The source files of ``tree``, those first that ``query`` is most likely about."""
    choice = choose(query, tree.sizes)
    tally = tally_of(query)
    counted: dict[str, Counted] = {}
    for batch in _batches(choice.paths, tree.sizes):
        blobs = tree.read(batch)
        counted |= {path: tally.count(blobs[path]) for path in batch if path in blobs and was_written(blobs[path])}
    signs = _Signs(query, counted)
    scores = _with_chunks(signs.scores(), query, tree, tally)
    files = tuple(RankedFile(path, round(score, 4), signs.why(path)) for path, score in scores.items())
    return Ranking(files, choice.left_out + tree.left_out)


def tally_of(query: Query) -> Tally:
    """What counts the words and names of ``query``."""
    return Tally(query.words, query.names, query.hyphenated)


class _Signs:
    """What speaks for each of the files, whose words are ``counted``."""

    def __init__(self, query: Query, counted: Mapping[str, Counted]) -> None:
        self._counted, self._query = counted, query
        self._pointed = _pointed(query, counted)
        texts = list(counted.values())
        self._rare_names = rarity((*query.names, *query.hyphenated), [text.names for text in texts])
        self._rare_words = rarity(query.words, [text.terms for text in texts])
        self._counts = (
            _in_paths(query, counted),
            [sum(rare for name, rare in self._rare_names.items() if name in text.names) for text in texts],
            bm25(texts, query.words, length=LENGTH),
        )

    def scores(self) -> dict[str, float]:
        pointed = [weight * CLIP / MOST_PARTS for weight in self._pointed.values()]
        return dict(zip(self._counted, added_up([pointed, *map(_standing_out, self._counts)]), strict=True))

    def why(self, path: str) -> tuple[str, ...]:
        counted, weights = self._counted[path], self._query.words
        names = [f"`{name}`" for name in _rarest(self._rare_names, counted.names)]
        words = _rarest({term: rare * weights[term] for term, rare in self._rare_words.items()}, counted.terms)
        phrases = (
            "named in the text" if self._pointed[path] else "",
            f"has {', '.join(names)}" if names else "",
            f"rare words: {', '.join(words)}" if words else "",
        )
        return tuple(filter(None, phrases))


def _rarest(weights: Mapping[bytes, float], present: Iterable[bytes]) -> list[str]:
    found = sorted((word for word in present if word in weights), key=lambda word: (-weights[word], word))
    return [word.decode("utf-8", "replace") for word in found[:_MOST_REASONS]]


def _standing_out(values: Sequence[float]) -> list[float]:
    return [min(value, CLIP) for value in z_scores(values)]


def _pointed(query: Query, paths: Iterable[str]) -> dict[str, float]:
    """How strongly the text points to each file."""
    found = dict.fromkeys(paths, 0.0)
    index = Paths(found)
    meant = chain(
        (index.by_path(named.parts) for named in query.paths),
        map(index.by_module, query.modules),
        map(index.by_name, (*query.hyphenated, *query.names)),
    )
    for weights in meant:
        found |= {path: max(found[path], weight) for path, weight in weights.items()}
    return found


def _in_paths(query: Query, paths: Iterable[str]) -> list[float]:
    """How much of the text is in each path: its words by their weight and rarity."""
    words = [path_terms(path) for path in paths]
    rare = rarity(query.words, [frozenset(terms) for terms in words])
    return [sum(query.words[term] * rare[term] for term in terms if term in rare) for terms in words]


def _within_bounds(sources: Sequence[str], query: Query, sizes: Mapping[str, int]) -> list[str]:
    if len(sources) <= MOST_FILES and sum(sizes[path] for path in sources) <= MOST_BYTES:
        return list(sources)
    signs = (list(_pointed(query, sources).values()), _in_paths(query, sources))
    scores = dict(zip(sources, added_up(map(z_scores, signs)), strict=True))
    chosen: list[str] = []
    room = MOST_BYTES
    for path in sorted(sources, key=lambda path: (-scores[path], path.count("/"), path)):
        if sizes[path] <= room and len(chosen) < MOST_FILES:
            chosen.append(path)
            room -= sizes[path]
    return sorted(chosen)


def _batches(paths: Iterable[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    batch: list[str] = []
    room = BATCH
    for path in paths:
        if batch and sizes[path] > room:
            yield batch
            batch, room = [], BATCH
        batch.append(path)
        room -= sizes[path]
    if batch:
        yield batch


def _with_chunks(scores: Mapping[str, float], query: Query, tree: Tree, tally: Tally) -> dict[str, float]:
    """The scores, best first, with how well the best chunk of each of the best files fits."""
    best = _best_first(scores)[:CUT_UP]
    chunks: dict[str, list[Counted]] = {}
    for batch in _batches(best, tree.sizes):
        blobs = tree.read(batch)
        chunks |= {path: _chunks(blobs[path], tally) for path in batch if path in blobs}
    fits = iter(bm25(list(chain.from_iterable(chunks.values())), query.words, length=LENGTH))
    closest = {path: max(next(fits) for _ in found) for path, found in chunks.items()}
    added = dict(zip(closest, _standing_out(list(closest.values())), strict=True))
    least = min(added.values(), default=0.0)
    better = {path: score + added.get(path, least) for path, score in scores.items()}
    return {path: better[path] for path in _best_first(better)}


def _best_first(scores: Mapping[str, float]) -> list[str]:
    """The paths by score; of equal ones the first in the alphabet."""
    return sorted(scores, key=lambda path: (-scores[path], path))


def _chunks(data: bytes, tally: Tally) -> list[Counted]:
    """What each two pieces in a row have of the query, or the one piece."""
    lines = data.split(b"\n")
    pieces = [tally.count(b"\n".join(lines[start : start + PIECE])) for start in range(0, len(lines), PIECE)]
    return [_together(one, other) for one, other in pairwise(pieces)] or pieces


def _together(one: Counted, other: Counted) -> Counted:
    both = {term: one.terms.get(term, 0) + other.terms.get(term, 0) for term in one.terms.keys() | other.terms.keys()}
    return Counted(both, one.names | other.names, one.length + other.length)
