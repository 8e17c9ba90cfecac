"""How often plain code finds what a case is about: the right files, functions and issues, before Claude is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from hls_action.domain.evaluation.cases import Expectation
from hls_action.domain.json_values import entries

FUNCTIONS = 40
"""How many functions are listed for a text."""


@dataclass(frozen=True)
class LookedUp:
    """What was found for a case, best first. ``functions``: as ``path:name``; ``issues``: by number."""

    files: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    issues: tuple[int, ...] = ()


@dataclass(frozen=True)
class Hits:
    """In how many of the ``cases`` that expect something one of what they expect was found."""

    found: int
    cases: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.found / self.cases


def _files(expected: Expectation, found: LookedUp, most: int) -> bool | None:
    return _among(expected.files, found.files[:most])


def _functions(expected: Expectation, found: LookedUp, most: int) -> bool | None:
    return _among(expected.functions, found.functions[:most])


def _issues(expected: Expectation, found: LookedUp, most: int) -> bool | None:
    return _among(expected.related, found.issues[:most])


def _among(expected: Collection[object], found: Collection[object]) -> bool | None:
    """None where nothing is expected."""
    return any(each in found for each in expected) if expected else None


TABLE: Mapping[str, tuple[Callable[[Expectation, LookedUp, int], bool | None], int]] = {
    "file among 5": (_files, 5),
    "file among 10": (_files, 10),
    "function among 5": (_functions, 5),
    "function listed": (_functions, FUNCTIONS),
    "issue among 5": (_issues, 5),
    "issue among 10": (_issues, 10),
}
"""Each metric: how a case is judged, and by how many of the best."""


def measured(looked_up: Sequence[tuple[Expectation, LookedUp]]) -> dict[str, Hits]:
    """Each metric for which a case expects something."""
    found = {}
    for name, (judge, most) in TABLE.items():
        judged = [hit for expected, each in looked_up if (hit := judge(expected, each, most)) is not None]
        if judged:
            found[name] = Hits(sum(judged), len(judged))
    return found


def read_bars(data: object) -> dict[str, float]:
    """The least share for some metrics, by name. Errors: ``TypeError`` or ``ValueError`` naming what is wrong."""
    given = entries(data)
    for name, least in given.items():
        if name not in TABLE:
            raise ValueError(f"'{name}' is not measured; what is: {', '.join(TABLE)}")
        if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
            raise ValueError(f"'{name}' must be a share from 0 to 1")
    return {name: float(str(least)) for name, least in given.items()}


def below(found: Mapping[str, Hits], bars: Mapping[str, float]) -> tuple[str, ...]:
    """The metrics that are below their bar, or were not measured."""
    return tuple(name for name, least in bars.items() if name not in found or found[name].share < least)
