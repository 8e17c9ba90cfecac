"""What counts as text that a person wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.text.plain import addressed, strip_code_blocks, strip_html_comments, substance


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a<!-- hidden -->b", "ab", id="inside a line"),
        pytest.param("a<!-- one\ntwo\n-->b", "ab", id="over several lines"),
        pytest.param("a<!-- 1 -->b<!-- 2 -->c", "abc", id="several"),
        pytest.param("a\n<!-- never closed\nb", "a\n", id="never closed"),
        pytest.param("a --> b", "a --> b", id="only the end"),
    ],
)
def test_html_comments_are_removed(text: str, left: str) -> None:
    assert strip_html_comments(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a\n```\ncode\n```\nb", "a\nb", id="backticks"),
        pytest.param("a\n~~~ python\ncode\n~~~\nb", "a\nb", id="tildes with a language"),
        pytest.param("a\n```\ncode", "a", id="unclosed"),
        pytest.param("````\n```\ncode\n````\nb", "b", id="a longer fence around a shorter one"),
        pytest.param("```\ncode\n~~~\nmore\n```\nb", "b", id="the other kind does not close"),
        pytest.param("```\ncode\n``` no\nmore\n```\nb", "b", id="a closing fence has no text after it"),
        pytest.param("```\ncode\n`````\nb", "b", id="a longer fence closes"),
        pytest.param("```not`a fence\nb", "```not`a fence\nb", id="a backtick after backticks makes it inline code"),
        pytest.param("    ```\nb", "    ```\nb", id="four spaces are no fence"),
        pytest.param("   ```\ncode\n ```\nb", "b", id="up to three spaces are"),
    ],
)
def test_code_blocks_are_removed(text: str, left: str) -> None:
    assert strip_code_blocks(text) == left


@given(st.text(alphabet=st.characters(exclude_characters="`~")))
def test_text_without_fences_stays_as_it_is(text: str) -> None:
    assert strip_code_blocks(text) == text


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        pytest.param("Title", "Body", "Body", id="the body counts"),
        pytest.param(" Title ", None, "Title", id="no body: the title"),
        pytest.param("Title", " \n ", "Title", id="white space is no body"),
        pytest.param("Title", "<!-- Describe the bug -->", "Title", id="an untouched template is no body"),
        pytest.param("Title", "<!-- hint -->\nIt fails", "It fails", id="hints do not count"),
    ],
)
def test_substance_is_what_there_is_to_read(title: str, body: str | None, expected: str) -> None:
    assert substance(title, body) == expected


def test_a_comment_opening_quoted_as_code_hides_nothing() -> None:
    """GitHub shows code as it stands, so a person reads on after it."""
    assert "hides the rest" in substance("Title", "Writing `<!--` into a cell hides the rest of the page.")


@pytest.mark.parametrize(
    ("body", "request_text"),
    [
        pytest.param("/hls help", "help", id="at the start"),
        pytest.param("Hello\n/hls help me", "help me", id="at the start of a later line"),
        pytest.param("/hls\nplease look", "please look", id="the request on the line below"),
        pytest.param("/HLS Help", "Help", id="in capitals"),
        pytest.param("  /hls help", "help", id="indented a little"),
        pytest.param("/hls first\r\nsecond  \r\n", "first\nsecond", id="Windows line breaks"),
        pytest.param("/hls a\ntext\n/hls b", "a\ntext\nb", id="twice"),
        pytest.param("/hls why\n```\ncode\n```\nthis?", "why\nthis?", id="code within a request is left out"),
        pytest.param("/hls", "", id="alone"),
        pytest.param("/hlsx help", "", id="a longer word"),
        pytest.param("see /hls help", "", id="inside a line"),
        pytest.param("> /hls help", "", id="quoted"),
        pytest.param("    /hls help", "", id="indented as code"),
        pytest.param("```\n/hls help\n```", "", id="fenced"),
        pytest.param("<!-- /hls help -->", "", id="hidden"),
        pytest.param("```\n<!--\n```\n/hls explain that line", "explain that line", id="after code with a comment"),
        pytest.param("", "", id="empty"),
        pytest.param(None, "", id="null"),
    ],
)
def test_addressed(body: str | None, request_text: str) -> None:
    assert addressed(body, "/hls") == request_text


def test_a_mention_is_taken_literally() -> None:
    assert addressed("a.b help", "a.b") == "help"
    assert addressed("axb help", "a.b") == ""


@given(st.text())
def test_a_quoted_text_never_speaks_to_the_bot(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert addressed(quoted, "/hls") == ""
