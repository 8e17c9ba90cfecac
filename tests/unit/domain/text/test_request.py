"""What in a text speaks to the bot: by the parser, and by the gate, which must never hear less."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text.plain import may_address, same_request
from hls_action.domain.text.request import addressed, spoken

PIECES = [
    "/hls why", "/hls", "/hls: a", "/hls, b", "/HLS c", " /hls d", "text", "x", " ", "  ", "    ", "\t", "\n", "\n\n",
    "\r\n", "\r", "> ", ">", "- ", "* ", "1. ", "1) ", "# ", "```", "```\n", "~~~\n", "`", "<!-- ", "-->", "<!-->",
    "<b>", "<b >", "</b>", "<a\n", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<details>", "<?", "?>",
    "\u200b", "\ufeff", "\u00a0", "\u2028", "\x0b", "|", "|-|\n", "[a]: b\n", "[^1]: ", "=", "---\n", "*", "\\",
]  # fmt: skip
BODIES = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


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
        pytest.param("/hls why\n```\ncode\n```\nthis?", "why\n\nthis?", id="code within a request is left out"),
        pytest.param("/hls", "", id="alone"),
        pytest.param("/hlsx help", "", id="a longer word"),
        pytest.param("see /hls help", "", id="inside a line"),
        pytest.param("> /hls help", "", id="quoted"),
        pytest.param("    /hls help", "", id="indented as code"),
        pytest.param("```\n/hls help\n```", "", id="fenced"),
        pytest.param("<!-- /hls help -->", "", id="hidden"),
        pytest.param("```\n<!--\n```\n/hls explain that line", "explain that line", id="after code with a comment"),
        pytest.param("/hls: why", "why", id="with a colon"),
        pytest.param("/hls, why", "why", id="with a comma"),
        pytest.param("- /hls why", "why", id="in a list"),
        pytest.param("1. Look\n   - /hls why", "why", id="in a list within a list"),
        pytest.param("\u200b/hls why", "why", id="after what cannot be seen"),
        pytest.param("> It fails.\n/hls is that so?", "is that so?", id="right below a quotation"),
        pytest.param("<details>x</details>\n/hls why?", "why?", id="right below HTML"),
        pytest.param("- ```\n\n/hls help", "help", id="after a fence that its list item ends"),
        pytest.param("\t/hls help", "", id="indented by a tab"),
        pytest.param("<pre>\n/hls x\n</pre>", "", id="preformatted"),
        pytest.param("<blockquote>\n/hls x\n</blockquote>", "", id="quoted in HTML"),
        pytest.param("<blockquote>\n\n/hls x\n\n</blockquote>\n\ny", "", id="quoted in HTML, as a paragraph"),
        pytest.param("<blockquote>\n\nx\n\n</blockquote>\n\n/hls y", "y", id="after a quotation in HTML"),
        pytest.param("# /hls x", "", id="a heading"),
        pytest.param("| /hls x |\n|---|", "", id="a table"),
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


@given(BODIES)
@example("<!-- x -->/hls why")
@example("<a\n> /hls why")
@settings(max_examples=2_000)
def test_the_gate_hears_whatever_the_parser_hears(body: str) -> None:
    if spoken(body, "/hls"):
        assert may_address(body, "/hls")


@pytest.mark.parametrize("body", ["> /hls why", "> > /hls why", "- > /hls why", ">- /hls why", "see /hls why", "/hls"])
def test_the_gate_knows_a_quotation(body: str) -> None:
    """People quote the request that they answer, and none of that deserves an install."""
    assert may_address(body, "/hls") == ""


@given(BODIES, BODIES)
@example("/hls a", "text\n/hls a")
@example("/hls a", "```\n/hls a")
@settings(max_examples=1_000)
def test_an_edit_that_the_gate_ignores_changes_no_request(before: str, after: str) -> None:
    if same_request(before, after, "/hls"):
        assert spoken(before, "/hls") == spoken(after, "/hls")


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("/hls a", "Hi\n/hls a", True),
        ("Hello\n/hls a", "Hallo\n/hls a", True),
        ("/hls a", "/hls b", False),
        ("```\n/hls a", "/hls a", False),
        ("    /hls a", "/hls a", False),
        ("<!--\n/hls a", "/hls a", False),
    ],
)
def test_an_edit_that_surely_asks_nothing_new(before: str, after: str, same: bool) -> None:
    assert same_request(before, after, "/hls") is same
