"""From a thread to the code that Claude is shown with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from hls_action.domain.events.relevance import MARKER_PREFIX
from hls_action.domain.knowledge.code.changed import callers, changed_symbols
from hls_action.domain.knowledge.code.passages import NO_CODE, Code, Lines, outlines, passages
from hls_action.domain.knowledge.code.paths import Paths
from hls_action.domain.knowledge.code.rank_files import Tree, rank_files
from hls_action.domain.knowledge.code.rank_symbols import rank_symbols
from hls_action.domain.knowledge.query import Query, read_query
from hls_action.domain.text.secrets import Redact
from hls_action.domain.threads.thread import Thread

MOST_NAMED = 6
"""Lines that a thread names and that are shown: half the first, half the last, as stack traces begin at either end."""
MOST_CALLERS = 12
_AROUND = 10
"""Lines before and after one that a thread names."""


@dataclass(frozen=True)
class Found:
    """``left_out``: how many source files were not looked through, as the repository is too large."""

    code: Code = NO_CODE
    left_out: int = 0


def query_of(thread: Thread) -> Query:
    """What a thread says about code: what was written last first, without what we said ourselves."""
    comments = (each.body for each in reversed(thread.comments) if not each.body.lstrip().startswith(MARKER_PREFIX))
    return read_query(thread.title, "\n\n".join([*comments, thread.body]))


def look_up(query: Query, thread: Thread, commit: str, tree: Tree, redact: Redact) -> Found:
    """What the thread is most likely about; of a pull request first who calls what it changes, and that as it was."""
    ranking = rank_files(query, tree)
    best = [(file.path, file.score) for file in ranking.files]
    ranked = (Lines(one.path, one.symbol.first, one.symbol.last) for one in rank_symbols(query, best, tree))
    files = tree.read(list(tree.sizes))
    wanted = chain(_of_changes(thread, files), _named(query, list(files)), ranked)
    found = passages(wanted, files, redact)
    return Found(Code(commit, found, outlines([path for path, _ in best], files, redact)), ranking.left_out)


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
