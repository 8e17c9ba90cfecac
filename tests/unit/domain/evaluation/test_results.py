"""What is stored of an evaluation, and read again."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain.evaluation.intervals import Estimate
from hls_action.domain.evaluation.metrics import Judged
from hls_action.domain.evaluation.results import CaseResult, Results, document, read

CASES = {"a": CaseResult("d1", {"words": (30, 1), "usd": (0.25, 1)}, ("a.py",)), "b": CaseResult("d2", {}, (), "cut")}
FOUND = Results("claude-x", False, CASES, {"c": "too short"}, {"d": "budget"}, Decimal("0.25"))


def stored(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(document(FOUND, ()))), **changes}


def test_what_is_stored_is_read_again() -> None:
    again = read(stored())
    assert (again.model, again.synthetic) == ("claude-x", False)
    assert again.scores == FOUND.scores
    assert again.comparable(FOUND) == FOUND.scores


def test_a_case_that_was_changed_is_not_compared() -> None:
    cases = {"a": CaseResult("other", {"words": (1, 1)}), "b": CASES["b"], "e": CASES["a"]}
    assert FOUND.comparable(Results("claude-x", False, cases)) == {"b": {}}


def test_all_of_a_metric_is_in_it() -> None:
    judged = Judged("words", 2, Estimate(30, 20, 40), 25, Estimate(5, 1, 9))
    assert document(FOUND, (judged,))["metrics"] == {
        "words": {
            "unit": "per reply",
            "cases": 2,
            "value": 30,
            "low": 20,
            "high": 40,
            "baseline": 25,
            "change": 5,
            "change_low": 1,
            "change_high": 9,
            "verdict": "worse",
        }
    }
    assert FOUND.invented == {"a": ("a.py",)}


def test_a_metric_of_a_later_version_is_passed_over() -> None:
    cases = {"a": {"digest": "d1", "scores": {"charm": [1, 1], "words": [30, 1]}, "invented": []}}
    assert read(stored(cases=cases)).scores == {"a": {"words": (30, 1)}}


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"cases": []},
        {"model": None},
        {"cases": {"a": {"digest": "d", "scores": {"words": [1]}}}},
        {"cases": {"a": {"digest": "d", "scores": {"words": ["1", 2]}}}},
    ],
)
def test_anything_else_is_no_result(changes: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read(stored(**changes))
