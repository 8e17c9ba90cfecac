"""Whether a text shows anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.text.blank import is_blank

BLANK = [
    pytest.param("", id="nothing"),
    pytest.param(" \t\r\n\u00a0\u2003\u2028\u3000", id="white space"),
    pytest.param("\u200b\u200d\u2060\ufeff\u00ad\u202e\U000e0041", id="format characters"),
    pytest.param("\u3164\u115f\u1160\uffa0\u2800", id="fillers"),
    pytest.param("\u0301\u034f\ufe0f\U000e0100", id="marks on nothing"),
    pytest.param("\ue000\U000f0000\x07", id="private use and control characters"),
    pytest.param("&nbsp;&#160;&#xa0;&emsp;&ZeroWidthSpace;&#8203;&NewLine;", id="entities of white space"),
    pytest.param("<!-- hls:1 issue/7 -->\n\n<b></b><!-- y -->", id="comments"),
    pytest.param("<!-- never closed\nhello", id="a comment that is never closed"),
    pytest.param("<div><!-- never closed\nhello</div>", id="a comment in a block that is never closed"),
    pytest.param("[x]: #\n[hello]: <> (world)", id="link definitions"),
    pytest.param("![](https://example.org/a.png) ![ ](b.png) ![&nbsp;](c.png)", id="images without a text"),
    pytest.param("[](https://example.org) [ ](#) [![](a.png)](b)", id="links around nothing"),
    pytest.param("<div></div>\n\n<p>&nbsp;</p>\n\n<b></b> <br> <img src=x>", id="tags"),
    pytest.param("<details>\n<summary></summary>\n\n</details>", id="tags with nothing between them"),
    pytest.param("<?php echo 1 ?>\n\n<!DOCTYPE html>", id="instructions and declarations"),
    pytest.param("---\n\n***\n\n___", id="rules"),
    pytest.param("```\n```\n\n~~~sh\n\n~~~\n\n```", id="empty fences"),
    pytest.param("- \n- \n\n1.\n\n> \n>\n\n#\n\n## ##", id="empty lists, quotes and headings"),
    pytest.param("` `", id="a span of code with nothing in it"),
    pytest.param("` ` ` `", id="two of them"),
    pytest.param("| | |\n|-|-|\n| | |", id="an empty table"),
]
SHOWN = [
    pytest.param("x", id="a letter"),
    pytest.param(".", id="a full stop"),
    pytest.param("👍🏽", id="an emoji"),
    pytest.param("नमस्ते", id="letters with marks"),
    pytest.param("&amp;", id="an entity"),
    pytest.param("X", id="an X"),
    pytest.param("1", id="a number"),
    pytest.param("$", id="a currency"),
    pytest.param("a `` ``", id="a letter before a span of code"),
    pytest.param("\\&nbsp;", id="an entity that is none"),
    pytest.param("`&nbsp;`", id="an entity as code"),
    pytest.param("```\n&nbsp;\n```", id="an entity in a fence"),
    pytest.param("    x", id="indented code"),
    pytest.param("![alt](a.png)", id="an image with a text"),
    pytest.param("[x](#)", id="a link"),
    pytest.param("<https://example.org>", id="an address"),
    pytest.param("<div>\nhello\n</div>", id="text in a block of HTML"),
    pytest.param("<div><!-->hello</div>", id="after the shortest comment"),
    pytest.param("<b>hello</b>", id="text between tags"),
    pytest.param("<!-- a -->\n\nhello", id="after a comment"),
    pytest.param("[x]: #\n\nhello", id="after a definition"),
    pytest.param("- \n- x", id="an item of a list"),
    pytest.param("> > # x", id="a heading in quotes"),
    pytest.param("| |\n|-|\n| x |", id="a cell"),
    pytest.param("a | b", id="no table"),
]


@pytest.mark.parametrize("markdown", BLANK)
def test_blank(markdown: str) -> None:
    assert is_blank(markdown)


@pytest.mark.parametrize("markdown", SHOWN)
def test_not_blank(markdown: str) -> None:
    assert not is_blank(markdown)


def test_what_is_nested_too_deeply_to_be_looked_at_may_show_something() -> None:
    assert not is_blank("> " * 200)
    assert not is_blank("> " * 200 + "a")
    assert is_blank("> " * 20)


CLOSED = [str(param.values[0]) for param in BLANK if param.id != "empty fences" and "never" not in str(param.id)]
"""Those that swallow nothing of what follows."""


@given(st.lists(st.sampled_from(CLOSED)))
def test_blank_parts_make_a_blank_whole(parts: list[str]) -> None:
    assert is_blank("\n\n".join(parts))


@given(
    st.lists(st.sampled_from(CLOSED)),
    st.sampled_from(["word", "`code`", "**bold**", "# heading", "[link](u)"]),
    st.lists(st.sampled_from(CLOSED)),
)
def test_a_paragraph_that_shows_something_is_seen_among_them(before: list[str], shown: str, after: list[str]) -> None:
    assert not is_blank("\n\n".join([*before, shown, *after]))
