"""What an evaluation found, as it is stored, and read again as the baseline of a later one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from hls_action.domain.evaluation.metrics import TABLE, Judged
from hls_action.domain.evaluation.scores import METRICS, Part, Scores
from hls_action.domain.json_values import entries, flag, listed, text, whole_number

VERSION = 1


@dataclass(frozen=True)
class CaseResult:
    """``digest``: of the case, so that another one by its name is not compared with it. ``failure``: why the answer
    counts for nothing, if it does.
    """

    digest: str
    scores: Scores
    invented: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class Results:
    """``model``: who answered; ``synthetic``: no model did. ``cases``: by name; ``skipped``: those that HLS would
    leave alone, and why; ``unanswered``: those without an answer, and why. ``usd``: what this run spent, at most;
    answers that were kept cost nothing again.
    """

    model: str
    synthetic: bool
    cases: Mapping[str, CaseResult]
    skipped: Mapping[str, str] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    usd: Decimal = Decimal(0)

    @property
    def scores(self) -> dict[str, Scores]:
        """By the names of cases."""
        return {name: case.scores for name, case in self.cases.items()}

    @property
    def invented(self) -> dict[str, tuple[str, ...]]:
        """The cases whose answers made up names."""
        return {name: case.invented for name, case in self.cases.items() if case.invented}

    def comparable(self, baseline: Results) -> dict[str, Scores]:
        """The scores that a baseline has of the same cases."""
        return {
            name: baseline.cases[name].scores
            for name, case in self.cases.items()
            if name in baseline.cases and baseline.cases[name].digest == case.digest
        }


def document(results: Results, judged: tuple[Judged, ...]) -> dict[str, object]:
    """The results as JSON has them."""
    return {
        "version": VERSION,
        "model": results.model,
        "synthetic": results.synthetic,
        "usd_spent": str(results.usd),
        "metrics": {each.name: _metric(each) for each in judged},
        "cases": {name: _case(case) for name, case in results.cases.items()},
        "skipped": dict(results.skipped),
        "unanswered": dict(results.unanswered),
    }


def _metric(judged: Judged) -> dict[str, object]:
    now, change = judged.now, judged.change
    found: dict[str, object] = {"unit": TABLE[judged.name].unit, "cases": judged.cases, "value": now and now.value}
    if now:
        found |= {"low": now.low, "high": now.high}
    if change:
        found |= {"baseline": judged.before, "change": change.value, "change_low": change.low}
        found |= {"change_high": change.high, "verdict": judged.verdict}
    return found


def _case(case: CaseResult) -> dict[str, object]:
    scores = {name: list(part) for name, part in case.scores.items()}
    found: dict[str, object] = {"digest": case.digest, "scores": scores, "invented": list(case.invented)}
    return {**found, "failure": case.failure} if case.failure else found


def read(data: object) -> Results:
    """What `document` made. Errors: ``KeyError``, ``TypeError``, ``ValueError``."""
    stored = entries(data)
    if whole_number(stored["version"]) != VERSION:
        raise ValueError(f"its version is {stored['version']}, not {VERSION}")
    cases = {name: _read_case(each) for name, each in entries(stored["cases"]).items()}
    return Results(text(stored["model"]), flag(stored["synthetic"]), cases)


def _read_case(data: object) -> CaseResult:
    case = entries(data)
    scores = {name: _part(part) for name, part in entries(case["scores"]).items() if name in METRICS}
    return CaseResult(text(case["digest"]), scores)


def _part(data: object) -> Part:
    above, below = listed(data)
    if not all(isinstance(each, int | float) for each in (above, below)):
        raise TypeError("a score is not two numbers")
    return cast(float, above), cast(float, below)
