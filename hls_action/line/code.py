"""The repository's files as the ranking wants them: those that count, read all at once when the first is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.code import rank_files
from hls_action.domain.knowledge.query import Query
from hls_action.ports import Source
from hls_action.resilience.background import Once

GUESSED = 8_000
"""Bytes of a file whose size nobody tells, as where only the names were fetched."""


@dataclass(frozen=True)
class Code:
    """The files of ``commit`` that are ranked; it is ``""`` where there is none."""

    commit: str
    tree: rank_files.Tree


def open_code(source: Source, query: Query) -> Code:
    """What is ranked for ``query``. Errors, of reading its files as well: `SourceUnavailable`.

    Each file is read once, for one reading of a few megabytes costs less than to look for the best of them again; where
    only names were fetched, the contents come in one request.
    """
    names = source.tree()
    sizes = {path: GUESSED if file.size is None else file.size for path, file in names.files.items()}
    wanted = rank_files.choose(query, sizes)
    contents = Once(lambda: source.read(wanted.paths).files)

    def read(paths: Sequence[str]) -> Mapping[str, bytes]:
        files = contents()
        return {path: files[path] for path in paths if path in files}

    return Code(names.commit, rank_files.Tree({path: sizes[path] for path in wanted.paths}, read, wanted.left_out))
