"""A metric over many cases, and how sure it is: the percentile bootstrap, which draws cases with replacement.

https://en.wikipedia.org/wiki/Bootstrapping_(statistics)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hls_action.domain.evaluation.scores import Part

Pick = Callable[[int], Sequence[int]]
"""Given a number of cases, as many places among them, drawn with replacement."""

DRAWS = 2_000
OF_VALUES = 0.95
OF_CHANGES = 0.99
"""Some ten changes are judged at once: at 95 % each, every fifth comparison of equals would find one of them worse."""


@dataclass(frozen=True)
class Estimate:
    """A figure, and the interval that holds the true one with the confidence asked for."""

    value: float
    low: float
    high: float


def ratio(parts: Sequence[Part]) -> float | None:
    """The sum of what is above the line, over the sum of what is below it; None where that is nothing."""
    below = sum(part[1] for part in parts)
    return sum(part[0] for part in parts) / below if below else None


def estimate(parts: Sequence[Part], pick: Pick) -> Estimate | None:
    """A metric over cases; None where none of them has it."""
    value = ratio(parts)
    if value is None:
        return None
    drawn = (ratio([parts[place] for place in pick(len(parts))]) for _ in range(DRAWS))
    return _between(value, [each for each in drawn if each is not None], OF_VALUES)


def change(before: Sequence[Part], now: Sequence[Part], pick: Pick) -> Estimate | None:
    """By how much a metric changed over the same cases in the same order; None where one side has none."""
    was, value = ratio(before), ratio(now)
    if was is None or value is None:
        return None
    drawn = []
    for _ in range(DRAWS):
        places = pick(len(now))
        old, new = ratio([before[place] for place in places]), ratio([now[place] for place in places])
        if old is not None and new is not None:
            drawn.append(new - old)
    return _between(value - was, drawn, OF_CHANGES)


def _between(value: float, drawn: list[float], confidence: float) -> Estimate:
    drawn.sort()
    tail = int((1 - confidence) / 2 * len(drawn))
    return Estimate(value, drawn[tail], drawn[-1 - tail])
