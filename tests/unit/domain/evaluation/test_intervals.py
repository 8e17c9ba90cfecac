"""The bootstrap, on distributions that are known."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from hls_action.domain.evaluation.intervals import Pick, change, estimate, ratio
from hls_action.domain.evaluation.scores import Part


def pick(seed: int = 1) -> Pick:
    chance = random.Random(seed)
    return lambda count: chance.choices(range(count), k=count)


def shares(right: int, count: int) -> list[Part]:
    return [(1.0, 1.0)] * right + [(0.0, 1.0)] * (count - right)


def test_a_ratio_of_sums() -> None:
    assert ratio([(1, 2), (0, 1), (2, 2)]) == pytest.approx(0.6)
    assert ratio([(0, 0)]) is None
    assert ratio([]) is None


def test_of_nothing_there_is_no_estimate() -> None:
    assert estimate([], pick()) is None
    assert change([(1, 1)], [(0, 0)], pick()) is None


def test_the_interval_of_a_share_is_that_of_the_normal_approximation() -> None:
    """Of 400 cases, half of them right: 0.5 plus or minus 1.96 * sqrt(0.25 / 400) = 0.049."""
    found = estimate(shares(200, 400), pick())
    assert found is not None
    assert found.value == 0.5
    assert found.low == pytest.approx(0.451, abs=0.008)
    assert found.high == pytest.approx(0.549, abs=0.008)


@pytest.mark.slow
def test_the_interval_of_a_change_pairs_the_cases() -> None:
    """Of 400 pairs, 80 got better and 40 worse: 0.1 plus or minus 2.576 * sqrt((0.3 - 0.01) / 400) = 0.069."""
    before = [(0.0, 1.0)] * 80 + [(1.0, 1.0)] * 40 + [(1.0, 1.0)] * 280
    now = [(1.0, 1.0)] * 80 + [(0.0, 1.0)] * 40 + [(1.0, 1.0)] * 280
    found = change(before, now, pick())
    assert found is not None
    assert found.value == pytest.approx(0.1)
    assert found.low == pytest.approx(0.031, abs=0.015)
    assert found.high == pytest.approx(0.169, abs=0.015)


def test_equal_cases_differ_by_nothing() -> None:
    found = change(shares(3, 8), shares(3, 8), pick())
    assert found is not None
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_draw_without_anything_below_the_line_counts_for_nothing() -> None:
    found = estimate([(1, 1), (0, 0), (0, 0), (0, 0)], pick())
    assert found is not None
    assert (found.value, found.low, found.high) == (1, 1, 1)


@pytest.mark.slow
def test_19_of_20_intervals_hold_the_true_share() -> None:
    """Of 60 samples of 60 cases, each right with a chance of 0.7, most: 57 plus or minus three deviations of 1.7."""
    chance = random.Random(7)
    hit = 0
    for seed in range(60):
        sample: Sequence[Part] = [(float(chance.random() < 0.7), 1) for _ in range(60)]
        found = estimate(sample, pick(seed))
        assert found is not None
        hit += found.low <= 0.7 <= found.high
    assert 52 <= hit <= 60
