"""Property tests that come last, try few examples, and do not look for the smallest failure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings

EXAMPLES = 20
"""A mutant that survives these meets as many as the test asks for."""
NAME = "_hypothesis_internal_use_settings"


class FewExamples:
    """A pytest plugin; ``left_out``: tests that are not to be run, by their ids."""

    def __init__(self, left_out: frozenset[str] = frozenset()) -> None:
        self._left_out = left_out
        self._asked: dict[pytest.Item, settings] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called by pytest when it has found the tests."""
        items[:] = [item for item in items if item.nodeid not in self._left_out]
        for item in items:
            asked = getattr(_function(item), NAME, None)
            if isinstance(asked, settings):
                self._asked[item] = asked
                few = min(EXAMPLES, asked.max_examples)
                self._set(item, settings(asked, max_examples=few, phases=(Phase.explicit, Phase.generate)))
        items.sort(key=lambda item: item in self._asked)  # plain tests are quick, and kill most

    def with_more(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Those of the tests that asked for more examples, which they now get."""
        more = [item for item in items if item in self._asked and self._asked[item].max_examples > EXAMPLES]
        for item in more:
            self._set(item, settings(self._asked[item], phases=(Phase.explicit, Phase.generate)))
        return more

    def _set(self, item: pytest.Item, value: settings) -> None:
        setattr(_function(item), NAME, value)


def _function(item: pytest.Item) -> Any:
    test = getattr(item, "obj", None)
    return getattr(test, "__func__", test)
