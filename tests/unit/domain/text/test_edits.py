"""Changes of a text at places that a parser named."""

from __future__ import annotations

import pytest

from hls_action.domain.text.edits import Edit, apply, restored, unified


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        pytest.param([], "abcdef", id="none"),
        pytest.param([Edit(1, 3, "X")], "aXdef", id="in the place of something"),
        pytest.param([Edit(1, 3, "")], "adef", id="a removal"),
        pytest.param([Edit(0, 0, "X"), Edit(6, 6, "Y")], "XabcdefY", id="at both ends"),
        pytest.param([Edit(4, 5, "Y"), Edit(1, 2, "X")], "aXcdYf", id="in any order"),
        pytest.param([Edit(1, 2, "X"), Edit(2, 3, "Y")], "aXYdef", id="side by side"),
        pytest.param([Edit(2, 2, "Y"), Edit(2, 2, "X"), Edit(2, 2, "Y")], "abYXcdef", id="before the same place"),
        pytest.param([Edit(2, 4, "X"), Edit(2, 2, "Y")], "abYXef", id="before what is replaced"),
        pytest.param([Edit(1, 4, "X"), Edit(2, 5, "Y")], "aXef", id="of two that overlap the first"),
        pytest.param([Edit(1, 4, "X"), Edit(2, 5, "")], "aXf", id="and what the other removes"),
        pytest.param([Edit(1, 5, "X"), Edit(2, 3, "")], "aXf", id="which may be less"),
    ],
)
def test_a_text_after_its_edits(edits: list[Edit], after: str) -> None:
    assert apply("abcdef", edits) == after


@pytest.mark.parametrize(
    ("text", "same", "pairs"),
    [
        ("a\nb", "a\nb", []),
        ("a\rb", "a\nb", []),
        ("a\r\nb", "a\nb", [1]),
        ("\r\na\r\n\r\nb", "\na\n\nb", [0, 2, 3]),
        ("a\rbc\r\n", "a\nbc\n", [4]),
    ],
)
def test_line_breaks_become_of_one_kind(text: str, same: str, pairs: list[int]) -> None:
    assert unified(text) == (same, pairs)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param(Edit(0, 1, "X"), "X\r\nb\rc\r\nd", id="before the first break"),
        pytest.param(Edit(1, 2, " "), "a b\rc\r\nd", id="a break of two characters"),
        pytest.param(Edit(3, 4, " "), "a\r\nb c\r\nd", id="one of one character"),
        pytest.param(Edit(2, 5, "X"), "a\r\nX\r\nd", id="up to a break"),
        pytest.param(Edit(6, 7, "X"), "a\r\nb\rc\r\nX", id="after the last one"),
    ],
)
def test_edits_of_the_unified_text_are_edits_of_the_text(edit: Edit, expected: str) -> None:
    text = "a\r\nb\rc\r\nd"
    assert apply(text, restored([edit], unified(text)[1])) == expected
