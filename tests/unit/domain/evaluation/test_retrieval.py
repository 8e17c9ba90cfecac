"""How often what a case is about is found."""

from __future__ import annotations

import pytest

from hls_action.domain.evaluation.cases import Expectation
from hls_action.domain.evaluation.retrieval import Hits, LookedUp, below, measured, read_bars

TEN = tuple(f"{number}.py" for number in range(10))


def test_a_case_counts_where_one_of_what_it_expects_is_early_enough() -> None:
    found = measured(
        [
            (Expectation(files=("9.py", "4.py")), LookedUp(files=TEN)),
            (Expectation(files=("5.py",), related=(3,)), LookedUp(files=TEN, issues=(1, 2))),
            (Expectation(functions=("0.py:f",)), LookedUp(files=TEN, functions=("0.py:g", "0.py:f"))),
        ]
    )
    assert found == {
        "file among 5": Hits(1, 2),
        "file among 10": Hits(2, 2),
        "function among 5": Hits(1, 1),
        "function listed": Hits(1, 1),
        "issue among 5": Hits(0, 1),
        "issue among 10": Hits(0, 1),
    }


def test_nothing_is_measured_that_no_case_expects() -> None:
    assert measured([(Expectation(labels=("bug",)), LookedUp(files=TEN))]) == {}


def test_what_is_below_its_bar_or_was_not_measured() -> None:
    found = {"file among 5": Hits(3, 4), "file among 10": Hits(4, 4)}
    bars = {"file among 5": 0.75, "file among 10": 1.0, "issue among 5": 0.1}
    assert below(found, bars) == ("issue among 5",)
    assert below(found, {"file among 5": 0.76}) == ("file among 5",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"file among 7": 0.5}, "'file among 7' is not measured; what is: file among 5, "),
        ({"file among 5": 1.1}, "'file among 5' must be a share from 0 to 1"),
        ({"file among 5": True}, "'file among 5' must be a share"),
        ({"file among 5": "0.5"}, "'file among 5' must be a share"),
    ],
)
def test_bars_that_cannot_be(data: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_bars(data)


def test_bars() -> None:
    assert read_bars({"file among 5": 1, "issue among 5": 0.25}) == {"file among 5": 1.0, "issue among 5": 0.25}
