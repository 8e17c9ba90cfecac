"""Which tests script/mutants tries."""

from __future__ import annotations

from tests.mutants.inside import MORE_SECONDS, OTHERS, tried


def test_of_other_modules_tests_the_first_are_tried_however_long_they_take_and_then_the_quickest() -> None:
    first = [f"first {number}" for number in range(OTHERS)]
    rest = {"slow": 0.5, "quick": 0.1, "quicker": 0.05, "too slow": MORE_SECONDS}
    assert tried([*first, *rest], dict.fromkeys(first, 9.0) | rest) == [*first, "quicker", "quick", "slow"]


def test_where_there_are_few_tests_all_are_tried() -> None:
    assert tried(["a", "b"], {"a": 9.0, "b": 1.0}) == ["a", "b"]
