"""An answer held against what was expected: for each metric a part of a sum, and what that is a part of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from hls_action.domain.evaluation.cases import Expectation

MetricName = Literal[
    "label_precision",
    "label_recall",
    "label_f1",
    "duplicate_right",
    "needs_info_right",
    "unneeded_questions",
    "quotations_verified",
    "invented_names",
    "replies",
    "words",
    "usd",
]
METRICS: tuple[MetricName, ...] = get_args(MetricName)

Part = tuple[float, float]
"""What a case adds to the sum above the line of a metric, and to the one below it."""
Scores = Mapping[MetricName, Part]
"""A metric that a case says nothing about is not in it."""


@dataclass(frozen=True)
class Written:
    """What came of a case. ``comment``: ``""`` where none would be posted; ``labels``: those that would be set, of
    those ``offered``; ``duplicate``: 0 for none; ``asks``: what it says is missing; ``quotations``: whether each is in
    a source; ``invented``: names that were not given; ``usd``: what it cost.
    """

    comment: str = ""
    labels: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    duplicate: int = 0
    asks: tuple[str, ...] = ()
    quotations: tuple[bool, ...] = ()
    invented: tuple[str, ...] = ()
    usd: float = 0.0


def scored(expected: Expectation, written: Written) -> tuple[Scores, tuple[str, ...]]:
    """The scores, and the names that the answer made up or that are forbidden."""
    forbidden = (name for name in expected.forbidden if _says(written.comment, name))
    made_up = tuple(dict.fromkeys([*written.invented, *forbidden]))
    words = len(written.comment.split())
    scores: dict[MetricName, Part] = {
        "quotations_verified": (sum(written.quotations), len(written.quotations)),
        "invented_names": (len(made_up), 1),
        "replies": (1 if words else 0, 1),
        "words": (words, 1 if words else 0),
        "usd": (written.usd, 1),
    }
    if expected.labels is not None:
        scores |= _labels(expected.labels, written)
    if expected.duplicate is not None:
        scores["duplicate_right"] = (int(written.duplicate == expected.duplicate), 1)
    if expected.needs_info is not None:
        scores["needs_info_right"] = (int(bool(written.asks) == expected.needs_info), 1)
    if expected.needs_info is not None or expected.known is not None:
        scores["unneeded_questions"] = (_unneeded(expected, written.asks), 1)
    return scores, made_up


def _labels(expected: tuple[str, ...], written: Written) -> dict[MetricName, Part]:
    """By name, whatever the case of letters. What no answer can set is not expected of one."""
    offered = {name.lower() for name in written.offered}
    wanted = {name.lower() for name in expected} & offered
    chosen = {name.lower() for name in written.labels}
    right = len(wanted & chosen)
    return {
        "label_precision": (right, len(chosen)),
        "label_recall": (right, len(wanted)),
        "label_f1": (2 * right, len(chosen) + len(wanted)),
    }


def _unneeded(expected: Expectation, asks: tuple[str, ...]) -> int:
    """How many questions ask for nothing that is needed, or for what the thread already says."""
    if expected.needs_info is False:
        return len(asks)
    return sum(any(_says(each, word) for word in expected.known or ()) for each in asks)


def _says(text: str, name: str) -> bool:
    """Whether ``name`` is in ``text`` as a whole, whatever the case of letters."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
