"""What a case says is expected."""

from __future__ import annotations

import pytest

from hls_action.domain.evaluation.cases import Expectation, expectation


def test_all_that_can_be_expected() -> None:
    data = {"labels": ["bug"], "duplicate": 12, "needs_info": True, "known": ["version"], "forbidden": ["--fast"]}
    assert expectation(data) == Expectation(("bug",), 12, True, ("version",), ("--fast",))


def test_what_is_left_out_is_not_judged() -> None:
    assert expectation({}) == Expectation(None, None, None, None, ())


def test_null_says_that_it_repeats_nothing() -> None:
    assert expectation({"duplicate": None}).duplicate == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"lables": []}, "'lables' is not a key of 'expect'; the keys are labels, "),
        ({"labels": "bug"}, "'labels' of 'expect': 'bug' is not a list"),
        ({"labels": [""]}, "'labels' of 'expect': an entry is empty"),
        ({"labels": [3]}, "'labels' of 'expect': '3' is not a string"),
        ({"duplicate": 0}, "'duplicate' of 'expect': an issue's number is 1 or more"),
        ({"duplicate": "12"}, "'duplicate' of 'expect': '12' is not a whole number"),
        ({"needs_info": 1}, "'needs_info' of 'expect': '1' is neither true nor false"),
    ],
)
def test_what_is_wrong_is_named(data: object, words: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the words are compared below
        expectation(data)
    assert str(raised.value).startswith(words)


def test_an_expectation_is_an_object() -> None:
    with pytest.raises(TypeError, match="is not an object"):
        expectation(["bug"])
