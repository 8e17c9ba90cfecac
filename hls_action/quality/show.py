"""The results of an evaluation, for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from hls_action.domain.evaluation.metrics import TABLE, Judged
from hls_action.domain.evaluation.results import Results
from hls_action.domain.events.relevance import one_line

FEW = 30
"""Cases below which an interval is only a rough one."""
SYNTHETIC = (
    "!!! OFFLINE SAMPLE: no model was asked. A fixed rule wrote these answers; the figures try out the set and the\n"
    "!!! command, and say nothing about Claude. Set ANTHROPIC_API_KEY to have Claude answer.\n"
)


def text(results: Results, judged: tuple[Judged, ...], compared: int) -> str:
    """``compared``: how many cases the baseline has, too."""
    return "\n".join(chain(_heading(results, compared), _rows(judged), _notes(results)))


def _heading(results: Results, compared: int) -> Iterator[str]:
    if results.synthetic:
        yield SYNTHETIC
    against = f", {compared} of them in the baseline, too" if compared else ""
    yield f"{len(results.cases)} cases answered by {results.model}{against}.\n"
    yield f"{'metric':<31} {'value':>8}  {'95 % interval':<18} {'before':>8}  {'change, 99 % interval':<26} verdict"


def _rows(judged: tuple[Judged, ...]) -> Iterator[str]:
    for each in judged:
        metric = TABLE[each.name]
        value = interval = before = change = ""
        if each.now:
            value = f"{each.now.value:.{metric.places}f}"
            interval = f"{each.now.low:.{metric.places}f} to {each.now.high:.{metric.places}f}"
        if each.before is not None:
            before = f"{each.before:.{metric.places}f}"
        if each.change:
            low, high = (f"{end:+.{metric.places}f}" for end in (each.change.low, each.change.high))
            change = f"{each.change.value:+.{metric.places}f} ({low} to {high})"
        title = f"{metric.title}, {metric.unit}"
        yield f"{title:<31} {value or 'none':>8}  {interval:<18} {before:>8}  {change:<26} {each.verdict}".rstrip()


def _notes(results: Results) -> Iterator[str]:
    yield ""
    if len(results.cases) < FEW:
        yield f"With fewer than {FEW} cases the intervals are rough: a change shows only when it is large."
    for name, made_up in results.invented.items():
        yield f"invented in '{name}': {one_line(', '.join(made_up))}"
    for name, case in results.cases.items():
        if case.failure:
            yield f"no valid answer to '{name}': {one_line(case.failure)}"
    for name, why in results.skipped.items():
        yield f"not a case for HLS, '{name}': {one_line(why)}"
    for name, why in results.unanswered.items():
        yield f"NOT ANSWERED, '{name}': {one_line(why)}"
    yield f"This run cost at most {results.usd:.4f} USD."
