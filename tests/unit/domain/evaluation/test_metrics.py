"""From scores to verdicts."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from hls_action.domain.evaluation.intervals import Estimate, Pick
from hls_action.domain.evaluation.metrics import TABLE, Judged, judge
from hls_action.domain.evaluation.scores import METRICS, MetricName, Scores


def pick() -> Pick:
    chance = random.Random(1)
    return lambda count: chance.choices(range(count), k=count)


def judged(scores: dict[str, Scores], baseline: dict[str, Scores]) -> dict[str, Judged]:
    return {each.name: each for each in judge(scores, baseline, pick())}


def test_every_metric_has_its_row() -> None:
    assert tuple(TABLE) == METRICS == get_args(MetricName)


@pytest.mark.parametrize(
    ("name", "low", "high", "verdict"),
    [
        ("label_recall", 0.1, 0.3, "better"),
        ("label_recall", -0.3, -0.1, "worse"),
        ("label_recall", 0.0, 0.3, "no difference"),
        ("label_recall", -0.3, 0.0, "no difference"),
        ("words", 3, 9, "worse"),
        ("words", -9, -3, "better"),
        ("replies", -0.3, -0.1, "changed"),
        ("replies", -0.1, 0.1, "no difference"),
    ],
)
def test_a_verdict_needs_an_interval_beside_nothing(name: MetricName, low: float, high: float, verdict: str) -> None:
    assert Judged(name, 9, None, 0.5, Estimate((low + high) / 2, low, high)).verdict == verdict


def test_without_a_baseline_there_is_no_verdict() -> None:
    found = judged({"a": {"words": (30, 1)}, "b": {"words": (50, 1)}}, {})
    now = found["words"].now
    assert now is not None
    assert (now.value, found["words"].cases, found["words"].before, found["words"].verdict) == (40, 2, None, "")
    assert (found["usd"].now, found["usd"].cases) == (None, 0)


def test_only_cases_on_both_sides_are_compared() -> None:
    now: dict[str, Scores] = {"a": {"words": (30, 1)}, "b": {"words": (50, 1)}, "new": {"words": (900, 1)}}
    before: dict[str, Scores] = {"a": {"words": (20, 1)}, "b": {"words": (40, 1)}, "gone": {"words": (900, 1)}}
    found = judged(now, before)["words"]
    assert found.change is not None
    assert (found.before, found.change.value, found.verdict) == (30, 10, "worse")


def test_one_case_of_eight_that_got_worse_may_be_chance() -> None:
    before: dict[str, Scores] = {str(number): {"needs_info_right": (1, 1)} for number in range(8)}
    assert judged({**before, "0": {"needs_info_right": (0, 1)}}, before)["needs_info_right"].verdict == "no difference"
    worse: dict[str, Scores] = {str(number): {"needs_info_right": (number > 5, 1)} for number in range(8)}
    assert judged(worse, before)["needs_info_right"].verdict == "worse"
