"""What would be looked up for a text: the files, symbols and issues that it is most likely about, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.code.rank_files import Ranking, Tree, rank_files
from hls_action.domain.knowledge.code.rank_symbols import RankedSymbol, rank_symbols
from hls_action.domain.knowledge.issues import Issue, RankedIssue, rank_issues
from hls_action.domain.knowledge.query import read_query

FILES = 30
"""How many files a document lists."""


@dataclass(frozen=True)
class Evidence:
    """Best first. ``seconds``: how long the ranking took by the clock it was given."""

    files: Ranking
    symbols: tuple[RankedSymbol, ...]
    issues: tuple[RankedIssue, ...]
    seconds: float


def look_up(title: str, text: str, tree: Tree, pool: Sequence[Issue], clock: Callable[[], float]) -> Evidence:
    """What an issue is most likely about, or a comment, whose ``title`` is empty. The ``pool`` is all other issues."""
    start = clock()
    query = read_query(title, text)
    files = rank_files(query, tree)
    symbols = rank_symbols(query, [(file.path, file.score) for file in files.files], tree)
    issues = rank_issues(title, text, pool)
    return Evidence(files, symbols, issues, clock() - start)


def document(evidence: Evidence) -> dict[str, object]:
    """``evidence`` as the command of that name prints it."""
    return {
        "files": [
            {"path": file.path, "score": file.score, "why": ", ".join(file.why)}
            for file in evidence.files.files[:FILES]
        ],
        "symbols": [{"path": one.path, "name": one.symbol.name, "line": one.symbol.first} for one in evidence.symbols],
        "issues": [{"number": issue.number, "score": issue.score} for issue in evidence.issues],
        "seconds": round(evidence.seconds, 3),
    }
