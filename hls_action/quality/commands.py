"""The commands `prompt` and `eval`: options in, text and exit status out."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path

from hls_action import bootstrap, head_start
from hls_action.config.environment import Config
from hls_action.domain.errors import EXIT_FAILED, EXIT_OK, UsageError
from hls_action.domain.evaluation import results as stored
from hls_action.domain.evaluation.history import case_of, duplicate_of
from hls_action.domain.evaluation.intervals import Pick
from hls_action.domain.evaluation.metrics import Judged, judge
from hls_action.domain.evaluation.results import Results
from hls_action.domain.evaluation.scores import Scores
from hls_action.domain.json_values import parsed
from hls_action.quality import calls, retrieval, show
from hls_action.quality.evaluation import evaluate
from hls_action.quality.sets import read_set, require_free, write_set

RESULTS = "results.json"
SEED = 44
MOST_FROM_HISTORY = 1_000


def run(options: argparse.Namespace, environ: Mapping[str, str], tell: Callable[[str], None]) -> tuple[str, int]:
    """What to print, and the exit status. ``tell``: hears how far it is.

    Errors: `UsageError` for bad input; those of GitHub and Claude.
    """
    config = calls.config_for(environ)
    if bootstrap.has_claude(config):
        head_start.trust_the_machine()
    if options.command == "prompt":
        found = calls.planned(environ, options.event, options.folder)
        return (_json(calls.document(found)) if options.json else calls.text(found)), EXIT_OK
    config = replace(config, model=options.model or config.model)
    if options.from_history is not None:
        return _from_history(config, options.cases, options.from_history), EXIT_OK
    if options.retrieval:
        report = retrieval.evaluate(read_set(options.cases), options.folder)
        return retrieval.printed(report, as_json=options.json), EXIT_FAILED if report.low else EXIT_OK
    return _eval(config, options, tell)


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _eval(config: Config, options: argparse.Namespace, tell: Callable[[str], None]) -> tuple[str, int]:
    baseline = _baseline(options.baseline) if options.baseline else None
    if options.folder is not None and not options.folder.is_dir():
        raise UsageError(f"--folder is '{options.folder}', which is no folder.")
    found = evaluate(config, read_set(options.cases), options.folder, options.out, _usd(options.max_usd), tell)
    before = _comparable(found, baseline, options.baseline) if baseline else {}
    judged = judge(found.scores, before, _pick())
    document = stored.document(found, judged)
    _write(options.out / RESULTS, _json(document))
    return (_json(document) if options.json else show.text(found, judged, len(before))), _status(found, judged)


def _pick() -> Pick:
    """Draws cases with replacement, the same ones in every run."""
    chance = random.Random(SEED)  # noqa: S311 - nothing to guess here
    return lambda count: chance.choices(range(count), k=count)


def _status(found: Results, judged: Sequence[Judged]) -> int:
    """Red for what got worse, for names that were made up, and for a case that has no answer: it proves nothing."""
    worse = any(each.verdict == "worse" for each in judged)
    return EXIT_FAILED if worse or found.invented or found.unanswered else EXIT_OK


def _usd(amount: str) -> Decimal:
    try:
        found = Decimal(amount)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise UsageError(f"--max-usd is '{amount}'; it must be an amount in USD, such as 0.50.")
    return found


def _baseline(path: Path) -> Results:
    try:
        return stored.read(parsed(path.read_text("utf-8")))
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"--baseline is '{path}', which is no {RESULTS} of an earlier evaluation: {error}.") from error


def _comparable(found: Results, baseline: Results, path: Path) -> dict[str, Scores]:
    if found.synthetic != baseline.synthetic:
        raise UsageError(f"{path} and this evaluation cannot be compared: one is of Claude, the other a sample.")
    before = found.comparable(baseline)
    if not before:
        raise UsageError(f"{path} has none of these cases; they may have been changed since. Make it anew.")
    return before


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text + "\n", "utf-8")
    fresh.replace(path)


def _from_history(config: Config, folder: Path, count: int) -> str:
    """Make a set of closed issues. Errors: `UsageError`; the last `UpstreamError`."""
    if not 1 <= count <= MOST_FROM_HISTORY:
        raise UsageError(f"--from-history is {count}; it must be from 1 to {MOST_FROM_HISTORY}.")
    require_free(folder)
    history, retrier = bootstrap.issue_history(config)
    issues = retrier.call(lambda: history.closed_issues(count))
    labels = retrier.call(history.labels)
    threads = {}
    for issue in issues:
        comments = retrier.call(partial(history.comments, issue.thread.id)) if issue.is_duplicate else ()
        threads[issue.thread.number] = case_of(issue, duplicate_of(issue.thread, comments, config.repository))
    write_set(folder, threads, labels)
    return f"{len(threads)} closed issues of {config.repository} are in {folder}. Read them before you trust them."
