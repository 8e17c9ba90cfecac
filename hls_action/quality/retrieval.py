"""`eval --retrieval`: whether plain code finds what labelled cases are about. Needs no key, and asks nobody."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hls_action import bootstrap, head_start
from hls_action.domain.errors import UsageError
from hls_action.domain.evaluation.cases import Expectation
from hls_action.domain.evaluation.retrieval import Hits, LookedUp, below, measured, read_bars
from hls_action.domain.events.relevance import one_line, text_of
from hls_action.domain.json_values import parsed
from hls_action.domain.knowledge.evidence import look_up
from hls_action.domain.knowledge.issues import Issue
from hls_action.domain.knowledge.query import read_query
from hls_action.line.code import open_code
from hls_action.quality.sets import Case, CaseSet, read_threads

BARS = "bars.json"
"""Of a set: what share of its cases must be found."""


@dataclass(frozen=True)
class Report:
    """``looked_up``: what was found for each case that expects something, with the seconds it took; ``low``: the
    metrics below their bar.
    """

    looked_up: Mapping[str, tuple[Expectation, LookedUp, float]]
    hits: Mapping[str, Hits]
    bars: Mapping[str, float]
    low: tuple[str, ...]


def evaluate(found: CaseSet, files: Path | None) -> Report:
    """Look every case up. ``files``: the project's, where the set has none; a working copy, where cases name commits.

    Errors: `UsageError`; `SourceUnavailable`, when the files cannot be read.
    """
    cases = [case for case in found.cases if case.expected.is_looked_up]
    if not cases:
        raise UsageError("no case says in 'expect' which 'files', 'functions' or 'related' issues it is about.")
    bars = _bars(found.folder / BARS)
    pool = _pool(found)
    looked_up = {case.name: _looked_up(case, files or found.files, pool) for case in cases}
    hits = measured([(expected, each) for expected, each, _ in looked_up.values()])
    return Report(looked_up, hits, bars, below(hits, bars))


def _pool(found: CaseSet) -> dict[int, Issue]:
    """All threads of the set, cases or not."""
    threads = {case.number: case.thread for case in found.cases} | read_threads(found.folder)
    return {
        number: Issue(
            number, text_of(dict(raw), "state") or "open", text_of(dict(raw), "title"), text_of(dict(raw), "body")
        )
        for number, raw in threads.items()
    }


def _looked_up(case: Case, files: Path | None, pool: Mapping[int, Issue]) -> tuple[Expectation, LookedUp, float]:
    if files is None:
        raise UsageError("the set has no folder 'files': --folder must name the project's.")
    raw = dict(case.thread)
    title, text = text_of(raw, "title"), text_of(raw, "body")
    commit = case.expected.commit
    source = head_start.local_source(files, commit) if commit else bootstrap.folder_source(files)
    others = [issue for number, issue in pool.items() if number != case.number]
    evidence = look_up(title, text, open_code(source, read_query(title, text)).tree, others, time.perf_counter)
    found = LookedUp(
        files=tuple(file.path for file in evidence.files.files),
        functions=tuple(f"{one.path}:{one.symbol.name}" for one in evidence.symbols),
        issues=tuple(issue.number for issue in evidence.issues),
    )
    return case.expected, found, evidence.seconds


def _bars(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    try:
        return read_bars(parsed(path.read_text("utf-8-sig")))
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} does not say what share must be found: {error}.") from error


def printed(report: Report, *, as_json: bool) -> str:
    """The report for programs or for people."""
    return json.dumps(_document(report), indent=1) if as_json else "\n".join(_lines(report))


def _document(report: Report) -> dict[str, object]:
    return {
        "metrics": {name: {"found": hits.found, "cases": hits.cases} for name, hits in report.hits.items()},
        "below": list(report.low),
        "cases": {
            name: {
                "files": found.files[:10],
                "functions": found.functions,
                "issues": found.issues[:10],
                "seconds": seconds,
            }
            for name, (_, found, seconds) in report.looked_up.items()
        },
    }


def _lines(report: Report) -> Sequence[str]:
    seconds = [seconds for _, _, seconds in report.looked_up.values()]
    lines = [f"{len(seconds)} cases looked up, in {max(seconds):.1f} s at most.", ""]
    for name, hits in report.hits.items():
        bar = f"  at least {report.bars[name]:.2f}" if name in report.bars else ""
        lines.append(
            f"{name:<16} {hits.share:.2f}  ({hits.found} of {hits.cases}){bar}{'  BELOW' * (name in report.low)}"
        )
    lines += [f"{name:<16} not measured, but has a bar  BELOW" for name in report.low if name not in report.hits]
    for name, (expected, found, _) in report.looked_up.items():
        if expected.files and not set(expected.files) & set(found.files[:10]):
            lines.append(one_line(f"'{name}': {', '.join(expected.files)} is not among {', '.join(found.files[:3])} …"))
    return lines
