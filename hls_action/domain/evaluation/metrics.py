"""The metrics in a table: what each is called, its unit, and which way is better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from hls_action.domain.evaluation.intervals import Estimate, Pick, change, estimate, ratio
from hls_action.domain.evaluation.scores import MetricName, Part, Scores

Verdict = Literal["better", "worse", "no difference", "changed", ""]
"""``changed``: where neither way is better; ``""``: there is nothing to compare with."""


@dataclass(frozen=True)
class Metric:
    """``better``: 1 where more is better, -1 where less is, 0 where neither is. ``places``: decimals to show."""

    title: str
    unit: str
    better: Literal[-1, 0, 1]
    places: int = 2


TABLE: Mapping[MetricName, Metric] = {
    "label_precision": Metric("label precision", "share", 1),
    "label_recall": Metric("label recall", "share", 1),
    "label_f1": Metric("label F1", "share", 1),
    "duplicate_right": Metric("duplicates right", "share", 1),
    "needs_info_right": Metric("needs-info right", "share", 1),
    "unneeded_questions": Metric("unneeded questions", "per case", -1),
    "quotations_verified": Metric("quotations verified", "share", 1),
    "invented_names": Metric("invented names", "per case", -1),
    "replies": Metric("replies", "share", 0),
    "words": Metric("words", "per reply", -1, 0),
    "usd": Metric("cost", "USD a case", -1, 4),
}


@dataclass(frozen=True)
class Judged:
    """A metric over the cases of a set. ``now``: None where no case has it. ``before`` and ``change``: over the cases
    that the baseline has, too.
    """

    name: MetricName
    cases: int
    now: Estimate | None
    before: float | None = None
    change: Estimate | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether it got better or worse, beyond chance."""
        if self.change is None:
            return ""
        if self.change.low <= 0 <= self.change.high:
            return "no difference"
        better = TABLE[self.name].better
        if not better:
            return "changed"
        return "better" if (self.change.value > 0) == (better > 0) else "worse"


def judge(scores: Mapping[str, Scores], baseline: Mapping[str, Scores], pick: Pick) -> tuple[Judged, ...]:
    """Every metric, held against those cases of a ``baseline`` that are comparable. Both by the names of cases."""
    return tuple(_judged(name, scores, baseline, pick) for name in TABLE)


def _judged(name: MetricName, scores: Mapping[str, Scores], baseline: Mapping[str, Scores], pick: Pick) -> Judged:
    parts = list(_parts(name, scores.values()))
    pairs = list(_pairs(name, scores, baseline))
    old, new = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Judged(name, len(parts), estimate(parts, pick), ratio(old), change(old, new, pick))


def _parts(name: MetricName, scores: Iterable[Scores]) -> Iterator[Part]:
    return (each[name] for each in scores if name in each)


def _pairs(
    name: MetricName, scores: Mapping[str, Scores], baseline: Mapping[str, Scores]
) -> Iterator[tuple[Part, Part]]:
    for case, now in scores.items():
        before = baseline.get(case, {})
        if name in now and name in before:
            yield before[name], now[name]
