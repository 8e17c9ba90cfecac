"""Scores of single answers, against tables made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from hls_action.domain.evaluation.cases import Expectation
from hls_action.domain.evaluation.scores import MetricName, Part, Written, scored

OFFERED = ("bug", "docs", "Export", "question")


@pytest.mark.parametrize(
    ("expected", "chosen", "precision", "recall", "f1"),
    [
        (("bug", "export"), ("bug", "export"), (2, 2), (2, 2), (4, 4)),
        (("bug", "export"), ("bug",), (1, 1), (1, 2), (2, 3)),
        (("bug",), ("bug", "docs", "question"), (1, 3), (1, 1), (2, 4)),
        (("BUG",), ("bug",), (1, 1), (1, 1), (2, 2)),
        (("bug",), ("docs",), (0, 1), (0, 1), (0, 2)),
        ((), ("docs",), (0, 1), (0, 0), (0, 1)),
        ((), (), (0, 0), (0, 0), (0, 0)),
        (("release", "bug"), ("bug",), (1, 1), (1, 1), (2, 2)),  # one that no answer may set
    ],
)
def test_labels(expected: Any, chosen: Any, precision: Part, recall: Part, f1: Part) -> None:
    scores, _ = scored(Expectation(labels=expected), Written(labels=chosen, offered=OFFERED))
    assert (scores["label_precision"], scores["label_recall"], scores["label_f1"]) == (precision, recall, f1)


@pytest.mark.parametrize(
    ("expected", "asks", "unneeded"),
    [
        (Expectation(needs_info=False), (), 0),
        (Expectation(needs_info=False), ("your version", "a log"), 2),
        (Expectation(needs_info=True), ("your version", "a log"), 0),
        (Expectation(needs_info=True, known=("version",)), ("your Version?", "a log"), 1),
        (Expectation(needs_info=True, known=("version", "version you use")), ("the version you use",), 1),
        (Expectation(known=("version",)), ("the conversion table",), 0),
    ],
)
def test_unneeded_questions(expected: Expectation, asks: tuple[str, ...], unneeded: int) -> None:
    assert scored(expected, Written(asks=asks))[0]["unneeded_questions"] == (unneeded, 1)


@pytest.mark.parametrize(
    ("needed", "asks", "right"), [(True, ("x",), 1), (True, (), 0), (False, ("x",), 0), (False, (), 1)]
)
def test_whether_information_is_needed(needed: bool, asks: tuple[str, ...], right: int) -> None:
    assert scored(Expectation(needs_info=needed), Written(asks=asks))[0]["needs_info_right"] == (right, 1)


@pytest.mark.parametrize(("expected", "said", "right"), [(12, 12, 1), (12, 0, 0), (0, 12, 0), (0, 0, 1)])
def test_duplicates(expected: int, said: int, right: int) -> None:
    assert scored(Expectation(duplicate=expected), Written(duplicate=said))[0]["duplicate_right"] == (right, 1)


def test_what_needs_no_expectation() -> None:
    written = Written("Create the folder first.", quotations=(True, False, True), invented=("a.py:3",), usd=0.02)
    scores, made_up = scored(Expectation(), written)
    assert scores == {
        "quotations_verified": (2, 3),
        "invented_names": (1, 1),
        "replies": (1, 1),
        "words": (4, 1),
        "usd": (0.02, 1),
    }
    assert made_up == ("a.py:3",)


def test_no_reply_has_no_words() -> None:
    scores, _ = scored(Expectation(), Written())
    expected: dict[MetricName, Part] = {"replies": (0, 1), "words": (0, 0)}
    assert {name: scores[name] for name in expected} == expected


def test_forbidden_names_are_made_up() -> None:
    expected = Expectation(forbidden=("--skip", "out.md", "gone"))
    scores, made_up = scored(expected, Written("Use `--SKIP`, not --skipped or about.md.", invented=("#9",)))
    assert made_up == ("#9", "--skip")
    assert scores["invented_names"] == (2, 1)
