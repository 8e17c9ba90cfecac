"""Where in a text its parts are, and that it is taken apart as GitHub's own parser does it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import incoming, outgoing
from hls_action.domain.text.edits import unified
from hls_action.domain.text.inbound import TOO_DEEP
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import CodeBlock, Document, HtmlBlock, Inline, Row, html_pieces, parse
from tests.fuzz.documents import ACTING, CONTAINERS, HIDING, LONGEST, MARKUP, document
from tests.fuzz.verdicts import odd
from tests.unit.rendered import code, live

DOCUMENTS = st.builds(
    document,
    st.lists(st.sampled_from(MARKUP + HIDING + ACTING), max_size=LONGEST),
    st.lists(st.sampled_from(CONTAINERS), max_size=3),
).map(lambda text: unified(text)[0])


@given(st.one_of(DOCUMENTS, st.text().map(lambda text: unified(text)[0])))
@example("\0")
@example("> - a\n>\t  b `c\n> d`")
@example("| a \\| b | `c \\| d` |\n|-|-|\n| e |")
@settings(max_examples=500)
def test_every_part_is_in_the_source_where_it_says(source: str) -> None:
    readable = source.replace("\0", "\ufffd")
    for block in parse(source).blocks:
        if isinstance(block, CodeBlock):
            assert 0 <= block.lines[0] < block.lines[1] <= source.count("\n") + 1
            continue
        for offset, character in enumerate(block.content):
            if not character.isspace():  # a space may be a part of a tab, and a break stands before a container's marks
                assert readable[block.at(offset)] == character


@given(DOCUMENTS)
@settings(max_examples=250)
def test_pieces_have_no_gaps(source: str) -> None:
    for block in parse(source).blocks:
        if isinstance(block, Inline):
            ends = [0, *(piece.end for piece in block.pieces)]
            assert [piece.start for piece in block.pieces] == ends[:-1]
            assert ends[-1] == len(block.content)


@given(DOCUMENTS)
@example("- ```\n  a\n\n  b\n  ```\n> > ~~~ x\n> > c")
@example("- [ ] ```\n  a")
@example("> a\n<b>\n`c`\n</b>")
@settings(max_examples=750)
def test_what_is_code_is_code_to_githubs_parser(source: str) -> None:
    source += "\n"  # without one, this parser leaves out a last line of spaces
    if "[^" not in source and not odd(source):  # footnotes stand at the page's end
        assert code_in(parse(source)) == code(source)


def code_in(parsed: Document) -> list[str]:
    found: list[str] = []
    for block in parsed.blocks:
        if isinstance(block, CodeBlock):
            found.append(block.content if block.content.endswith("\n") or not block.content else f"{block.content}\n")
        elif isinstance(block, Inline):
            spans = (block.content[p.start : p.end] for p in block.pieces if p.kind == "code")
            found += [_inside(span) for span in spans]
    return found


def _inside(span: str) -> str:
    """The text of a code span: https://spec.commonmark.org/0.31.2/#code-spans"""
    text = span.strip("`").replace("\n", " ")
    return text[1:-1] if text[:1] == text[-1:] == " " and text.strip(" ") else text


def places(source: str) -> list[tuple[str, tuple[int, ...], tuple[int, int]]]:
    """Of each block with text: the text, where each of its characters is, and its lines."""
    blocks = [block for block in parse(source).blocks if not isinstance(block, CodeBlock)]
    return [(block.content, tuple(map(block.at, range(len(block.content)))), block.lines) for block in blocks]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("ab\n\n## c ##\n", [("ab", (0, 1), (0, 1)), ("c", (7,), (2, 3))]),
        ("> #\t\u00a0d  \n", [("\u00a0d", (4, 5), (0, 1))]),
        ("a\n===\nb", [("a", (0,), (0, 1)), ("b", (6,), (2, 3))]),
        ("> a\n>  b\nc", [("a\n b\nc", (2, 3, 6, 7, 8, 9), (0, 3))]),
        ("\u00a0\n\u00a0a\u00a0\nb \n", [("\u00a0a\u00a0\nb", (2, 3, 4, 5, 6), (0, 3))]),
        ("a\n\n\u00a0\n\u2003\nb", [("a", (0,), (0, 1)), ("b", (7,), (2, 5))]),
        ("a\n\n  \u2003\u2003c\u2003\u2003 \n\nd", [("a", (0,), (0, 1)),
            ("\u2003\u2003c\u2003\u2003", (5, 6, 7, 8, 9), (2, 3)), ("d", (13,), (4, 5))]),
        ("\u2003a\u2003", [("\u2003a\u2003", (0, 1, 2), (0, 1))]),
        ("a\u2003\n\nb", [("a\u2003", (0, 1), (0, 1)), ("b", (4,), (2, 3))]),
        ("x\n\n\u2003b\n  c", [("x", (0,), (0, 1)), ("\u2003b\n  c", (3, 4, 5, 6, 7, 8), (2, 4))]),
        ("|   d |\n|-|", [("d", (4,), (0, 1))]),
        ("#\n\na", [("", (), (0, 1)), ("a", (3,), (2, 3))]),
        ("- a\n\tb", [("a\n  b", (2, 3, 4, 5, 5), (0, 2))]),
        ("> <b>\n>   c", [("<b>\n  c", (2, 3, 4, 5, 8, 9, 10), (0, 2))]),
        (
            "| d | e |\n|-|-|\n| f\\|g\\|h | i | j |\n| k |",
            [
                ("d", (2,), (0, 1)), ("e", (6,), (0, 1)), ("f|g|h", (18, 20, 21, 23, 24), (2, 3)), ("i", (28,), (2, 3)),
                ("k", (38,), (3, 4)),
            ],
        ),
    ],
)  # fmt: skip
def test_where_each_character_is(source: str, expected: list[tuple[str, tuple[int, ...], tuple[int, int]]]) -> None:
    assert places(source) == expected


def test_pieces_of_a_paragraph_and_of_html_to_the_letter() -> None:
    (block,) = parse("a *b*`c`\n\\*&amp;<i>").blocks
    assert isinstance(block, Inline)
    assert [(piece.kind, piece.shown) for piece in block.pieces] == [
        ("text", "a "), ("mark", ""), ("text", "b"), ("mark", ""), ("code", ""), ("break", "\n"), ("char", "*"),
        ("char", "&"), ("tag", ""),
    ]  # fmt: skip
    assert html_pieces("a<b>\n&amp;&nope<i x='y'>c d") == (
        Piece("text", 0, 1, "a"),
        Piece("tag", 1, 4),
        Piece("break", 4, 5, "\n"),
        Piece("char", 5, 10, "&"),
        Piece("text", 10, 15, "&nope"),
        Piece("tag", 15, 24),
        Piece("text", 24, 27, "c d"),
    )
    assert html_pieces("<b>") == (Piece("tag", 0, 3),)
    assert html_pieces("<b x='>'>") == (Piece("text", 0, 9, "<b x='>'>"),)
    assert html_pieces("<b") == (Piece("text", 0, 2, "<b"),)
    assert html_pieces("") == ()


def test_rows_and_what_is_beyond_their_columns() -> None:
    assert parse("| a |\n|-|\n| b |  ").rows == (Row(0), Row(2))
    assert parse("a\n\n| d | e |\n|-|-|\n| f | h | i |\n| k\n\n|x|\n|-|\n").rows == (Row(2), Row(4, 27), Row(5), Row(7))


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("a\n\nb", [(True, False), (True, False)]),
        ("- a\n\n  b\n- c", [(True, True), (True, False), (True, True)]),
        ("# a\n- # b\n\n  c", [(False, False), (False, False), (True, False)]),
        ("- | a |\n  |-|\nb", [(False, False), (True, False)]),
        ("| a |\n|-|\n\nb", [(False, False), (True, False)]),
        ("> - a\n> b\n\n1. c", [(True, True), (True, True)]),
        ("a\n===\n\nb", [(True, False), (True, False)]),
    ],
)
def test_what_is_a_paragraph_and_begins_an_item(source: str, kinds: list[tuple[bool, bool]]) -> None:
    found = [block for block in parse(source).blocks if isinstance(block, Inline)]
    assert [(block.is_paragraph, block.begins_item) for block in found] == kinds


def test_blocks_of_code_and_what_is_said_of_them() -> None:
    assert parse("    a\n\n- > ~~~ py x\n  > b\n  > ~~~\n\n      c\n\n```\nd").blocks == (
        CodeBlock((0, 1), "a\n"),
        CodeBlock((2, 5), "b\n", "~~~", " py x", True, 3),
        CodeBlock((6, 7), "c\n", "", "", True, 2),
        CodeBlock((8, 10), "d", "```", "", False, 0),
    )


def test_the_top_boxes_and_lines_of_a_document() -> None:
    found = parse("# a\n\n- [ ] \n- [x] b\n\n  c\n\n> d\n\n---\ne\0")
    assert (found.top, found.boxes, found.too_deep) == ((0, 2, 7, 9, 10), (7,), False)
    assert [found.line(number) for number in (0, 1, 3, 10)] == ["# a", "", "- [x] b", "e\0"]
    assert [found.before(place) for place in (0, 3, 4, 5, 7)] == ["", "# a", "", "", "- "]
    assert parse("").blocks == ()


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("# a", ["Inline"]),
        ("<div>\n\na", ["HtmlBlock", "Inline"]),
        ("- a\n\n      b\n- ```\n  c\n  ```", ["Inline", "CodeBlock", "CodeBlock"]),
        ("> a\n> <b>\n<b>\nc", ["Inline", "HtmlBlock"]),
        ("[a]: b\n<b>\nc", ["Inline"]),
        ("| a |\n|-|\n| b | c |", ["Inline", "Inline"]),
        ("[^1]: a\n\n    ```\n    b\n    ```", ["Inline", "CodeBlock"]),
    ],
)
def test_blocks(source: str, kinds: list[str]) -> None:
    assert [type(block).__name__ for block in parse(source).blocks] == kinds


def test_footnotes_contain_what_is_indented() -> None:
    first, second = parse("a\n[^1]: b\n\n    c\n\n> [^x y]: d\n> [^n]: e\nf").footnotes
    assert (first.name, first.begin, first.lines) == ("1", 2, (1, 5))
    assert (second.name, second.lines) == ("n", (6, 8))


def test_definitions_and_whether_they_are_used() -> None:
    found = parse("[a] ![][b]\n\n[a]: u 't'\n[b]: v\n[c]: w\n> [a]: x\n- [ ] [d]: y").definitions
    assert [(each.lines, each.used, each.title) for each in found] == [
        ((2, 3), True, "t"), ((3, 4), True, ""), ((4, 5), False, ""), ((5, 6), False, ""), ((6, 7), False, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "closed"),
    [
        ("```\na\n```", True),
        ("```\na", False),
        ("```\na\n    ```", False),
        ("> ```\n> a\nb", False),
        ("```\n```", True),
    ],
)
def test_whether_a_fence_found_its_end(source: str, closed: bool) -> None:
    block = parse(source).blocks[0]
    assert isinstance(block, CodeBlock)
    assert block.closed == closed


DEEP = [
    pytest.param("> " * 200 + "@octocat", id="quotations"),
    pytest.param(">" * 5_000 + "@octocat", id="very many quotations"),
    pytest.param("".join(f"{'  ' * n}- @octocat\n" for n in range(200)), id="lists"),
    pytest.param("- " * 3_000 + "@octocat", id="lists on a line"),
    pytest.param("".join(f"{'> ' * n}- @octocat\n" for n in range(200)), id="lists in quotations"),
    pytest.param("[^1]: " * 300 + "@octocat", id="footnotes"),
]


@pytest.mark.parametrize("source", DEEP)
def test_what_is_nested_too_deeply_is_said_to_be(source: str) -> None:
    assert parse(source).too_deep
    assert incoming(source).startswith(TOO_DEEP)
    assert "@octocat" in incoming(source)
    assert live(outgoing(source)) == []
    assert source.strip() in outgoing(source)


@pytest.mark.parametrize("source", ["[" * 3_000 + "a", "![" * 500 + "a" + "](u)" * 500, "*a " * 5_000, "<" * 5_000])
def test_marks_without_end_are_no_depth(source: str) -> None:
    assert not parse(source).too_deep
    assert re.sub(r"\W", "", incoming(source)).count("a") >= source.count("a") - 3_000
    assert live(outgoing(source)) == []


def test_html_is_one_part_with_all_its_lines() -> None:
    (block,) = parse("> <div>\n> a\n> </div>").blocks
    assert isinstance(block, HtmlBlock)
    assert block.content == "<div>\na\n</div>"
    assert [block.at(offset) for offset in (0, 6, 8)] == [2, 10, 14]
