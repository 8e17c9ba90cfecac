"""The blocks of a text, as GitHub's parser takes it apart: who goes on with what, and what is a block of its own."""

from __future__ import annotations

import pytest

from hls_action.domain.text.block_rules import MAX_NESTING
from hls_action.domain.text.grammar import parser
from hls_action.domain.text.markdown import CodeBlock, Document, HtmlBlock, parse


@pytest.fixture(autouse=True)
def _built_here() -> None:
    """The rules are put into a parser when it is built, which these tests are about, too."""
    parser.cache_clear()


def shape(parsed: Document) -> list[tuple[str, str]]:
    """What each block is, with its text; after the blocks what shows nothing by itself, with its first line."""
    found: list[tuple[str, str]] = []
    for block in parsed.blocks:
        if isinstance(block, CodeBlock):
            kind = "code" if block.closed else "open code"
        elif isinstance(block, HtmlBlock):
            kind = "html"
        elif block.is_paragraph:
            kind = "item" if block.begins_item else "text"
        else:
            kind = "title"
        found.append((kind, block.content))
    found += [("definition", parsed.line(each.lines[0])) for each in parsed.definitions]
    found += [
        ("footnote", f"{each.name} {parsed.source[each.begin :].partition(chr(10))[0]} {each.lines[0]}-{each.lines[1]}")
        for each in parsed.footnotes
    ]
    found += [("box", parsed.source[place : place + 3]) for place in parsed.boxes]
    return found + [("row", parsed.line(row.line)) for row in parsed.rows]


@pytest.mark.parametrize(
    ("markdown", "shapes"),
    [
        ("> a\n    # b", [("text", "a\n    # b")]),
        ("> a\n    b", [("text", "a\n    b")]),
        ("- a\n      # b", [("item", "a\n    # b")]),
        ("- a\n     # b", [("item", "a"), ("title", "b")]),
        ("- a\n    # b", [("item", "a"), ("title", "b")]),
        ("- - a\n      # b", [("item", "a"), ("title", "b")]),
        ("> - a\n# b", [("item", "a"), ("title", "b")]),
        ("> - a\n>     # b", [("item", "a"), ("title", "b")]),
        ("> - a\n>       # b", [("item", "a\n    # b")]),
        ("> - a\n>   # b", [("item", "a"), ("title", "b")]),
        ("> a\n     ---", [("text", "a\n     ---")]),
        ("> a\n   ---", [("text", "a")]),
        ("> a\n    - b", [("text", "a\n    - b")]),
        ("> a\n    > b", [("text", "a\n    > b")]),
        ("> a\n    ```\nb", [("text", "a\n    ```\nb")]),
        ("> a\n    <div>", [("text", "a\n    <div>")]),
        ("> a\n    [^1]: b", [("text", "a\n    [^1]: b")]),
        ("> a\n<b>", [("text", "a"), ("html", "<b>")]),
        ("> a\n    <b>", [("text", "a\n    <b>")]),
        ("- a\n<b>", [("item", "a"), ("html", "<b>")]),
        ("- a\n  <b>", [("item", "a\n<b>")]),
        ("a\n<b>", [("text", "a\n<b>")]),
        ("- > a\n<b>", [("text", "a"), ("html", "<b>")]),
        ("> [a]: b\n<b>", [("html", "<b>"), ("definition", "> [a]: b")]),
        ("[a]: b\n<b>\nc", [("text", "<b>\nc"), ("definition", "[a]: b")]),
        ("[a]: b\n<div>\nc", [("html", "<div>\nc"), ("definition", "[a]: b")]),
        ("<!a b>", [("text", "<!a b>")]),
        ("<!A b>", [("html", "<!A b>")]),
        ("a\n<!A b>", [("text", "a"), ("html", "<!A b>")]),
        ("a\n<!a b>", [("text", "a\n<!a b>")]),
        ("[^1]: a\n\n    b\n\nc", [("text", "a"), ("text", "b"), ("text", "c"), ("footnote", "1 [^1]: a 0-4")]),
        ("[^1]: a\n  b\nc", [("text", "a\nb\nc"), ("footnote", "1 [^1]: a 0-3")]),
        ("[^1]:\n    a", [("text", "a"), ("footnote", "1 [^1]: 0-2")]),
        ("    [^1]: a", [("code", "[^1]: a\n")]),
        ("a\n[^1]: b", [("text", "a"), ("text", "b"), ("footnote", "1 [^1]: b 1-2")]),
        ("a\n    [^1]: b", [("text", "a\n    [^1]: b")]),
        ("[^a b]: c", [("definition", "[^a b]: c")]),
        ("[^]: c", [("definition", "[^]: c")]),
        ("[^1]:   \t a", [("text", "a"), ("footnote", "1 [^1]:   \t a 0-1")]),
        ("> [^1]: a\n> b", [("text", "a\nb"), ("footnote", "1 [^1]: a 0-2")]),
        ("- [^1]: a\n\n      b\n\n  c", [("text", "a"), ("text", "b"), ("text", "c"), ("footnote", "1 [^1]: a 0-4")]),
        (
            "[^1]: [^2]: a\n\n        b",
            [("text", "a"), ("text", "b"), ("footnote", "1 [^1]: [^2]: a 0-3"), ("footnote", "2 [^2]: a 0-3")],
        ),
        ("[^1]: a|b\n    -|-", [("title", "a"), ("title", "b"), ("footnote", "1 [^1]: a|b 0-2"), ("row", "[^1]: a|b")]),
        (
            "a|b\n-|-\n[^1]: c|d",
            [("title", "a"), ("title", "b"), ("text", "c|d"), ("footnote", "1 [^1]: c|d 2-3"), ("row", "a|b")],
        ),
        ("[a]: b\n    c", [("text", "c"), ("definition", "[a]: b")]),
        ("[a]: b\n    [c]: d", [("definition", "[a]: b"), ("definition", "    [c]: d")]),
        ("[a]: b\n\n    c", [("code", "c\n"), ("definition", "[a]: b")]),
        ("[a]: b\n---\nc", [("text", "---\nc"), ("definition", "[a]: b")]),
        ("[a]: b\n- - -\nc", [("text", "c"), ("definition", "[a]: b")]),
        ("[a]: b\n***\nc", [("text", "c"), ("definition", "[a]: b")]),
        ("[a]: b\n===\nc", [("text", "===\nc"), ("definition", "[a]: b")]),
        ("[a]: b\n- c", [("item", "c"), ("definition", "[a]: b")]),
        ("> [a]: b\nc", [("text", "c"), ("definition", "> [a]: b")]),
        ("> [a]: b\n    c", [("text", "c"), ("definition", "> [a]: b")]),
        ("> [a]: b\n# c", [("title", "c"), ("definition", "> [a]: b")]),
        ("> [a]: b\n- c", [("item", "c"), ("definition", "> [a]: b")]),
        ("> [a]: b\n> c", [("text", "c"), ("definition", "> [a]: b")]),
        ("> [a]: b\n\nc", [("text", "c"), ("definition", "> [a]: b")]),
        ("> [a]: b\n> [c]: d\ne", [("text", "e"), ("definition", "> [a]: b"), ("definition", "> [c]: d")]),
        ("- [a]: b\nc", [("item", "c"), ("definition", "- [a]: b")]),
        ("- [a]: b\n- ---", [("definition", "- [a]: b")]),
        ("[a]: b\nc|d\n-|-", [("text", "[a]: b"), ("title", "c"), ("title", "d"), ("row", "c|d")]),
        ("[a]: b\n[c]: d|e\n-|-", [("text", "[a]: b"), ("title", "[c]: d"), ("title", "e"), ("row", "[c]: d|e")]),
        (
            "[a]: b\n# c\nd|e\n-|-",
            [("title", "c"), ("title", "d"), ("title", "e"), ("definition", "[a]: b"), ("row", "d|e")],
        ),
        ("[a]: b\n\nc|d\n-|-", [("title", "c"), ("title", "d"), ("definition", "[a]: b"), ("row", "c|d")]),
        ("[a]: b\n[c]: d\n[e]: f", [("definition", "[a]: b"), ("definition", "[c]: d"), ("definition", "[e]: f")]),
        ("[a]: |\n-|-|", [("text", "-|-|"), ("definition", "[a]: |")]),
        ("[a]: b\nc\n[d]: e", [("text", "c\n[d]: e"), ("definition", "[a]: b")]),
        ("- [ ] a", [("item", "[ ] a")]),
        ("- [ ]", [("item", "[ ]")]),
        ("- [ ] \nb", [("text", "b"), ("box", "[ ]")]),
        ("- [x]  \n  b", [("item", "b"), ("box", "[x]")]),
        ("- [ ] [a]: b", [("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        ("- [ ] [^1]: b", [("definition", "- [ ] [^1]: b"), ("box", "[ ]")]),
        ("- [ ] [^1]: b c", [("item", "[ ] [^1]: b c")]),
        ("a\n\n* [X] [a]: b", [("text", "a"), ("definition", "* [X] [a]: b"), ("box", "[X]")]),
        ("1. [ ] [a]: b", [("definition", "1. [ ] [a]: b"), ("box", "[ ]")]),
        ("> - [ ] [a]: b", [("item", "[ ] [a]: b")]),
        ("- - [ ] [a]: b", [("item", "[ ] [a]: b")]),
        ("- [y] [a]: b", [("item", "[y] [a]: b")]),
        ("-  [ ]   [a]: b", [("definition", "-  [ ]   [a]: b"), ("box", "[ ]")]),
        ("  - [ ] [a]: b", [("definition", "  - [ ] [a]: b"), ("box", "[ ]")]),
        ("12) [ ] [a]: b\n\n[a]", [("text", "[a]"), ("definition", "12) [ ] [a]: b"), ("box", "[ ]")]),
        ("- a\n- [ ] [b]: c", [("item", "a"), ("definition", "- [ ] [b]: c"), ("box", "[ ]")]),
        ("- [ ] [a]: b\n  c", [("item", "c"), ("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        (
            "- [ ] [a]: b\n- [x] [c]: d",
            [("definition", "- [ ] [a]: b"), ("definition", "- [x] [c]: d"), ("box", "[ ]"), ("box", "[x]")],
        ),
        ("    > a", [("code", "> a\n")]),
        ("> a\n    > b\n> c", [("text", "a\n    > b\nc")]),
        ("> a\n     > b\nc", [("text", "a\n     > b\nc")]),
        ("> a\n\n    > b", [("text", "a"), ("code", "> b\n")]),
        ("> a\n   > b", [("text", "a\nb")]),
        ("> a\n>     > b", [("text", "a\n    > b")]),
        ("- > a\n      > b", [("text", "a\n      > b")]),
        ("> a\n    > ```\nb", [("text", "a\n    > ```\nb")]),
        ("> a\n    > b\n    > c\n\n> d", [("text", "a\n    > b\n    > c"), ("text", "d")]),
        (">\ta", [("text", "a")]),
        (">\t\ta", [("code", "  a\n")]),
        ("> \ta", [("text", "a")]),
        (">     a", [("code", "a\n")]),
        ("> >\ta", [("text", "a")]),
        ("> - a\n>\tb", [("item", "a\nb")]),
        ("> > \tb", [("code", "b\n")]),
        ("> - \ta", [("code", "a\n")]),
        (">\t- a\n>\t\tb", [("item", "a\n  b")]),
        ("> >\ta\n>\t\tb", [("text", "a\n\t\tb")]),
        ("```\na\n```", [("code", "a\n")]),
        ("```\na", [("open code", "a")]),
        ("```", [("open code", "")]),
        ("```\n```", [("code", "")]),
        ("~~~ x\na\n\n~~~", [("code", "a\n\n")]),
        ("> ```\na", [("open code", ""), ("text", "a")]),
        ("- ```\n  a\nb", [("open code", "a\n"), ("text", "b")]),
        ("   ```\n   a\n  ```", [("code", "a\n")]),
        ("```\na\n```\n\nb", [("code", "a\n"), ("text", "b")]),
        ("a\n```\nb\n```", [("text", "a"), ("code", "b\n")]),
        ("  <!a b>", [("text", "<!a b>")]),
        ("- a\n<b>\n<!a b>", [("item", "a"), ("html", "<b>\n<!a b>")]),
        ("1234567. a\n    # b", [("item", "a\n# b")]),
        ("1234567. a\n   # b", [("item", "a"), ("title", "b")]),
        ("- 1234567. a\n      # b", [("item", "a\n# b")]),
        ("- 1234567. a\n     # b", [("item", "a"), ("title", "b")]),
        ("- 1234567. a\n    # b", [("item", "a"), ("title", "b")]),
        ("1234567. a\n    ---", [("item", "a\n---")]),
        ("1234567. a\n    ```\n", [("item", "a\n```")]),
        ("1234567. a\n    > b", [("item", "a\n> b")]),
        ("1234567. a\n    - b", [("item", "a\n- b")]),
        ("1234567. a\n    <div>", [("item", "a\n<div>")]),
        ("1234567. a\n    [^1]: b", [("item", "a\n[^1]: b")]),
        ("1234567. a\n     # b", [("item", "a\n# b")]),
        ("- 1234567. a\n       # b", [("item", "a\n# b")]),
        ("1234567. ```\n1234567. -|-\n     > e", [("open code", ""), ("item", "-|-\n> e")]),
        ("[^1]: f\n1234567. a\n    > e\n    b", [("text", "f"), ("item", "a\n> e\nb"), ("footnote", "1 [^1]: f 0-1")]),
        ("> - a\n\tb\n\t1234567. [a]: b", [("item", "a\n  b\n  1234567. [a]: b")]),
        ("> > - d\n> > ---", [("item", "d")]),
        ("><div>", [("html", "<div>")]),
        (">\t[a]: b\n    # c", [("text", "# c"), ("definition", ">\t[a]: b")]),
        ("\n```", [("open code", "")]),
        ("a\n\n> > \t\tg", [("text", "a"), ("code", "\tg\n")]),
        ("> > \t\tg\n> \t\tg", [("code", "\tg\n"), ("code", "  g\n")]),
        ("> >\t    a", [("code", "a\n")]),
        ("> >\t    a\nb\n> >\t    c", [("code", "a\n"), ("text", "b"), ("code", "c\n")]),
        ("> > a\n> >\n>\t    b\n\n>\t     c", [("text", "a"), ("code", "  b\n"), ("code", "   c\n")]),
        ("- d\n- - - \tg\n  \tg\n  ```", [("item", "d"), ("item", "g\ng"), ("open code", "")]),
        ("- \t[a]: b\n   - - d", [("item", "d"), ("definition", "- \t[a]: b")]),
        ("<!a b>\n<!A b>", [("text", "<!a b>"), ("html", "<!A b>")]),
        ("<!A b>\n\n<!a b>\n ", [("html", "<!A b>"), ("text", "<!a b>")]),
        ("> - [ ] a\n> [b]: c\n    [d]: e", [("item", "[ ] a\n[b]: c\n  [d]: e")]),
        ("[a]: b\n   ---   \nc", [("text", "---   \nc"), ("definition", "[a]: b")]),
        ("[a]: b\n ---\n", [("text", "---"), ("definition", "[a]: b")]),
        ("- [a]: b\n  ---\n  c", [("item", "---\nc"), ("definition", "- [a]: b")]),
        ("a\n1234567. [a]: b\n     c", [("text", "a\n1234567. [a]: b\n     c")]),
        ("- [ ] [a]: b\n     c", [("item", "c"), ("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        (
            "- [ ] [a]: b\n      [c]: d",
            [("definition", "- [ ] [a]: b"), ("definition", "      [c]: d"), ("box", "[ ]")],
        ),
        ("- a\n  [ ] [b]: c", [("item", "a\n[ ] [b]: c")]),
        ("[^1]: a\n\n   b", [("text", "a"), ("text", "b"), ("footnote", "1 [^1]: a 0-2")]),
        ("[^1]: a\n\n     b", [("text", "a"), ("text", "b"), ("footnote", "1 [^1]: a 0-3")]),
        ("[^1]: - a\n\n      b", [("item", "a"), ("text", "b"), ("footnote", "1 [^1]: - a 0-3")]),
        ("[^1]:     a", [("text", "a"), ("footnote", "1 [^1]:     a 0-1")]),
        ("a [^1]: b", [("text", "a [^1]: b")]),
        ("> a\n[^1]: b", [("text", "a"), ("text", "b"), ("footnote", "1 [^1]: b 1-2")]),
        (
            "a\n\n[^1]:\n\n    b\n\n[^2]: c",
            [("text", "a"), ("text", "b"), ("text", "c"), ("footnote", "1 [^1]: 2-6"), ("footnote", "2 [^2]: c 6-7")],
        ),
        ("> a\n    > b\n    > c\n\n    > d", [("text", "a\n    > b\n    > c"), ("code", "> d\n")]),
        ("> a\n     > b\n> \n>     > c", [("text", "a\n     > b"), ("code", "> c\n")]),
        ("> [a]: b\n> c\nd", [("text", "c\nd"), ("definition", "> [a]: b")]),
        ("> [a]: b\n     c", [("text", "c"), ("definition", "> [a]: b")]),
        ("- [a]: b\n\nc", [("text", "c"), ("definition", "- [a]: b")]),
        (
            "- a\n  [^1]: b\n      c|d\n      -|-",
            [
                ("item", "a"),
                ("text", "b"),
                ("title", "c"),
                ("title", "d"),
                ("footnote", "1 [^1]: b 1-4"),
                ("row", "      c|d"),
            ],
        ),
        ("- [ ] [a]: b\n      c", [("item", "c"), ("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        ("- [ ] [a]: b\n  c|d\n  -|-", [("item", "[ ] [a]: b"), ("title", "c"), ("title", "d"), ("row", "  c|d")]),
        ("- [ ] [a]: b\nc", [("item", "c"), ("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        ("- [ ] [a]: b\n  ---", [("item", "---"), ("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        ("- [ ] [a]:\n  b\n      c", [("item", "c"), ("definition", "- [ ] [a]:"), ("box", "[ ]")]),
        ("- [ ]  \n      b", [("code", "b\n"), ("box", "[ ]")]),
        ("- [ ] [a]: b\n  <b>\nc", [("item", "<b>\nc"), ("definition", "- [ ] [a]: b"), ("box", "[ ]")]),
        (
            "- [ ] [a]: b\n- [ ] [c]: d\n      [e]: f",
            [
                ("definition", "- [ ] [a]: b"),
                ("definition", "- [ ] [c]: d"),
                ("definition", "      [e]: f"),
                ("box", "[ ]"),
                ("box", "[ ]"),
            ],
        ),
    ],
)
def test_blocks(markdown: str, shapes: list[tuple[str, str]]) -> None:
    assert shape(parse(markdown)) == shapes


@pytest.mark.parametrize(
    ("markdown", "tops"),
    [
        ("[^1]: a\n\n    b\n\nc", (0, 4)),
        ("- a\n\n  b\n- c\n\nd", (0, 5)),
        ("> a\nb\n\n# c\n---\n```\n\n```", (0, 3, 4, 5)),
        ("a\n\nb|c\n-|-\n\n<b>\nd", (0, 2, 5)),
    ],
)
def test_where_blocks_begin_that_are_in_no_other(markdown: str, tops: tuple[int, ...]) -> None:
    assert parse(markdown).top == tops


@pytest.mark.parametrize(("depth", "too_deep"), [(MAX_NESTING - 1, False), (MAX_NESTING, True)])
def test_how_deep_quotations_are_looked_into(depth: int, too_deep: bool) -> None:
    parsed = parse("> " * depth + "a")
    assert parsed.too_deep == too_deep
    assert shape(parsed) == ([] if too_deep else [("text", "a")])
