"""Tables as GitHub finds them: where one begins and ends, and what is in its cells."""

from __future__ import annotations

import pytest

from hls_action.domain.text.markdown import Inline, parse
from hls_action.domain.text.tables import cells


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("", []),
        ("|", []),
        ("||", [""]),
        ("a", ["a"]),
        ("a|b", ["a", "b"]),
        ("|a|b|", ["a", "b"]),
        ("| a |  b", [" a ", "  b"]),
        ("a||b", ["a", "", "b"]),
        ("a|b| \t", ["a", "b"]),
        ("  |a", ["  ", "a"]),
        ("a \\| b | c\\|", ["a \\| b ", " c\\|"]),
        ("a|b\u00a0", ["a", "b\u00a0"]),
    ],
)
def test_cells(row: str, found: list[str]) -> None:
    assert [row[begin:end] for begin, end in cells(row)] == found


def rows(markdown: str) -> list[list[str]]:
    """What stands in the cells of each row, in a text without headings."""
    parsed = parse(markdown)
    in_cells = [block for block in parsed.blocks if isinstance(block, Inline) and not block.is_paragraph]
    return [[cell.content for cell in in_cells if cell.lines == (row.line, row.line + 1)] for row in parsed.rows]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        pytest.param("a|b\n-|-", [["a", "b"]], id="a header alone"),
        pytest.param("a|b\n-|-\nc|d\ne|f", [["a", "b"], ["c", "d"], ["e", "f"]], id="two rows"),
        pytest.param("| a |\n| :-: |\n| b |", [["a"], ["b"]], id="pipes around"),
        pytest.param("a\n|-", [["a"]], id="one column without a pipe in its header"),
        pytest.param("a|b\n-|-\nc", [["a", "b"], ["c"]], id="a cell too few"),
        pytest.param("a|b\n-|-\nc|d|e|f", [["a", "b"], ["c", "d"]], id="cells too many"),
        pytest.param("a|b\n-|-\n\nc|d", [["a", "b"]], id="an empty line ends it"),
        pytest.param("a|b\n-|-\n> c|d", [["a", "b"]], id="so does a quotation"),
        pytest.param("a|b\n-|-\n- c|d", [["a", "b"]], id="a list"),
        pytest.param("a|b\n-|-\n```\nc|d", [["a", "b"]], id="a fence"),
        pytest.param("a|b\n-|-\n***\nc|d", [["a", "b"]], id="a rule"),
        pytest.param("a|b\n-|-\n<x>\nc|d", [["a", "b"]], id="a tag alone on its line"),
        pytest.param("a|b\n-|-\n    c|d", [["a", "b"]], id="a line that is indented like code"),
        pytest.param("a|b\n-|-\n   c|d", [["a", "b"], ["c", "d"]], id="not one that is indented less"),
        pytest.param("- a|b\n  -|-\n  c|d\ne|f", [["a", "b"], ["c", "d"]], id="the end of its list item"),
        pytest.param("> a|b\n> -|-\n> c|d\ne|f", [["a", "b"], ["c", "d"]], id="the end of its quotation"),
        pytest.param("   a|b\n   -|-\n   c|d", [["a", "b"], ["c", "d"]], id="indented a little"),
        pytest.param("    a|b\n    -|-", [], id="code"),
        pytest.param("a|b\n    -|-", [], id="delimiters that are indented like code"),
        pytest.param("- a|b\n-|-", [], id="delimiters outside of the list item"),
        pytest.param("a|b", [], id="no delimiters"),
        pytest.param("a|b\n-|-|-", [], id="delimiters of another number"),
        pytest.param("a|b\n-|-x", [], id="what is more than delimiters"),
        pytest.param("a|b\n-|::", [], id="no dash"),
        pytest.param("a\n- -", [], id="dashes that are a list"),
        pytest.param("x\na|b\n-|-\nc|d", [["a", "b"], ["c", "d"]], id="right below a paragraph"),
        pytest.param("x\na|b\n-|-\n\nc|d\n-|-", [["a", "b"], ["c", "d"]], id="one after another"),
        pytest.param("a|b|c\n-|-\nd|e\n-|-", [], id="no other try in the same paragraph"),
        pytest.param("a|b|c\n-|-\n\nd|e\n-|-", [["d", "e"]], id="but in the next"),
        pytest.param("[a]: b\na|b|c\n-|-\n\nd|e\n-|-", [["d", "e"]], id="and after a definition"),
        pytest.param("> a|b|c\n> -|-\n\nd|e\n-|-", [["d", "e"]], id="and after a quotation"),
        pytest.param("a\\|b\n-|-", [], id="a pipe that is escaped"),
        pytest.param("a|b\n-|-\nx\\|y|z", [["a", "b"], ["x|y", "z"]], id="one in a cell"),
    ],
)
def test_where_a_table_is_and_what_is_in_it(markdown: str, found: list[list[str]]) -> None:
    assert rows(markdown) == found


@pytest.mark.parametrize(
    ("markdown", "below"),
    [
        pytest.param("a|b\n-|-\nc|d\n\ne\nf", "e\nf", id="after an empty line"),
        pytest.param("> a|b\n> -|-\n\ne\n> f", "e", id="after a quotation"),
        pytest.param("- a|b\n  -|-\n\n  e\nf", "e\nf", id="in the same list item"),
    ],
)
def test_what_is_below_a_table_is_a_paragraph_of_its_own(markdown: str, below: str) -> None:
    paragraphs = [each for each in parse(markdown).blocks if isinstance(each, Inline) and each.is_paragraph]
    assert paragraphs[0].content == below


@pytest.mark.parametrize(
    ("markdown", "lines", "surplus"),
    [
        ("a|b\n-|-\nc|d", [0, 2], [None, None]),
        ("x\n\n|a|\n|-|\n|b|c|", [2, 4], [None, 13]),
        ("> a\n> -:\n> b|c", [0, 2], [None, 12]),
    ],
)
def test_rows_are_where_they_say(markdown: str, lines: list[int], surplus: list[int | None]) -> None:
    parsed = parse(markdown)
    assert [row.line for row in parsed.rows] == lines
    assert [row.surplus for row in parsed.rows] == surplus
