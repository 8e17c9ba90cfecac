"""From a thread to the code that Claude is shown with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice

from hls_action.domain.events.relevance import MARKER_PREFIX
from hls_action.domain.knowledge.code.changed import callers, changed_symbols
from hls_action.domain.knowledge.code.listing import FILES, Listing, listing
from hls_action.domain.knowledge.code.passages import NO_CODE, Code, Lines, outlines, passages
from hls_action.domain.knowledge.code.paths import Paths
from hls_action.domain.knowledge.code.rank_files import Ranking, Tree, rank_files
from hls_action.domain.knowledge.code.rank_symbols import RankedSymbol, rank_symbols
from hls_action.domain.knowledge.query import Query, read_query
from hls_action.domain.text.secrets import Redact
from hls_action.domain.threads.thread import Thread

MOST_NAMED = 6
"""Lines that a thread names and that are shown: half the first, half the last, as stack traces begin at either end."""
MOST_CALLERS = 12
_AROUND = 10
"""Lines before and after one that a thread names."""


MARGIN = 14.0
"""Up to which the ranking is unsure: among the files that a look lists, the first stands out of the last by no more,
in standard deviations, added up over all signs. Measured: docs/adr/047.
"""


@dataclass(frozen=True)
class Likely:
    """What a ``thread`` is likely about at a ``commit``, and all it takes to choose among it.

    ``ranking`` and ``symbols``: of ``tree`` for ``query``. ``redact``: takes the secrets out.
    """

    query: Query
    thread: Thread
    commit: str
    tree: Tree
    redact: Redact
    ranking: Ranking
    symbols: tuple[RankedSymbol, ...]

    def is_unsure(self, shown: Code) -> bool:
        """Whether what the thread is about may well be listed and not ``shown``."""
        best = self.ranking.files[:FILES]
        close = bool(best) and best[0].score - best[-1].score <= MARGIN
        return close and not all(map(shown.has, self.listing.lines))

    @cached_property
    def listing(self) -> Listing:
        """What somebody may choose from."""
        return listing([file.path for file in self.ranking.files], self.symbols, self._files)

    def code(self, chosen: Sequence[Lines] = ()) -> Code:
        """What to show: first what is ``chosen``, then of a pull request who calls what it changes, and that as it was,
        then the lines that the thread names, and then the likeliest.
        """
        ranked = (Lines(one.path, one.symbol.first, one.symbol.last) for one in self.symbols)
        named = _named(self.query, list(self._files))
        wanted = chain(chosen, _of_changes(self.thread, self._files), named, ranked)
        return Code(self.commit, passages(wanted, self._files, self.redact))

    @property
    def outlined(self) -> Code:
        """What to show where nobody chooses: with the outlines of the likeliest files."""
        shown = outlines([file.path for file in self.ranking.files], self._files, self.redact)
        return replace(self.code(), outlines=shown)

    def again(self, words: Sequence[str]) -> Likely:
        """The same, ranked once more with ``words`` added to what the thread says."""
        return rank(self.query.with_words(words), self.thread, self.commit, self.tree, self.redact) if words else self

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        return self.tree.read(list(self.tree.sizes))


@dataclass(frozen=True)
class Found:
    """``code``: what is shown unless somebody chooses; ``left_out``: how many source files were not looked through, as
    the repository is too large; ``likely``: what there is to choose from, if anybody is to choose.
    """

    code: Code = NO_CODE
    left_out: int = 0
    likely: Likely | None = None


NOTHING_FOUND = Found()


def query_of(thread: Thread) -> Query:
    """What a thread says about code: what was written last first, without what we said ourselves."""
    comments = (each.body for each in reversed(thread.comments) if not each.body.lstrip().startswith(MARKER_PREFIX))
    return read_query(thread.title, "\n\n".join([*comments, thread.body]))


def look_up(query: Query, thread: Thread, commit: str, tree: Tree, redact: Redact) -> Found:
    """What to show with a thread, and what else it could be about."""
    likely = rank(query, thread, commit, tree, redact)
    return Found(likely.outlined, likely.ranking.left_out, likely)


def rank(query: Query, thread: Thread, commit: str, tree: Tree, redact: Redact) -> Likely:
    """The files and symbols of ``tree``, those first that ``query`` is most likely about."""
    ranking = rank_files(query, tree)
    symbols = rank_symbols(query, [(file.path, file.score) for file in ranking.files], tree)
    return Likely(query, thread, commit, tree, redact, ranking, symbols)


def _of_changes(thread: Thread, files: Mapping[str, bytes]) -> Iterator[Lines]:
    if thread.pull is None:
        return
    changed = changed_symbols(thread.pull.files, files)
    yield from islice(callers(changed, files), MOST_CALLERS)
    for each in changed:
        yield Lines(each.path, each.symbol.first, each.symbol.last, "changed by this pull request; as it was before")


def _named(query: Query, paths: Sequence[str]) -> Iterator[Lines]:
    """The lines that the text names."""
    index = Paths(paths)
    meant = [(path, each.line) for each in query.paths if each.line for path in islice(index.by_path(each.parts), 2)]
    half = MOST_NAMED // 2
    for path, line in dict.fromkeys([*meant[:half], *meant[-half:]]):
        yield Lines(path, max(1, line - _AROUND), line + _AROUND, "named in the conversation")
