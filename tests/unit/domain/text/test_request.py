"""What in a text speaks to the bot: by the parser, and by the gate, which must never hear less."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import request
from hls_action.domain.text.plain import may_address, may_mention, same_request, same_text
from hls_action.domain.text.request import addressed, heard, spoken, unticked
from hls_action.domain.threads.items import digest
from tests.unit import rendered

PIECES = [
    "/hls why", "/hls", "/hls: a", "/hls, b", "/HLS c", " /hls d", "text", "x", " ", "  ", "    ", "\t", "\n", "\n\n",
    "\r\n", "\r", "> ", ">", "- ", "* ", "1. ", "1) ", "# ", "```", "```\n", "~~~\n", "`", "<!-- ", "-->", "<!-->",
    "<b>", "<b >", "</b>", "<a\n", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<details>", "<?", "?>",
    "**/hls** e", "_/hls_", "/hls<!-- x --> f", "**", "_", "- [ ] t\n", "* [x] u\n", "1. [X] v\n", "2. ",
    "[x] ", "[ ] ", "- [x] \n",
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
        pytest.param("/hls\uff1a为什么", "为什么", id="with a colon of full width"),
        pytest.param("/hls\uff0c为什么", "为什么", id="with a comma of full width"),
        pytest.param("**/hls**\u3001なぜ", "なぜ", id="with a Japanese comma"),
        pytest.param("- /hls why", "why", id="in a list"),
        pytest.param("1. Look\n   - /hls why", "why", id="in a list within a list"),
        pytest.param("* /hls why", "why", id="in a list of stars"),
        pytest.param("1. /hls why", "why", id="in a numbered list"),
        pytest.param("\u200b/hls why", "why", id="after what cannot be seen"),
        pytest.param("\ufeff/hls why", "why", id="after a byte order mark"),
        pytest.param("**/hls** why", "why", id="emphasised"),
        pytest.param("_/hls:_ why", "why", id="emphasised with its colon"),
        pytest.param("**/hls why", "", id="after stars that emphasise nothing"),
        pytest.param("`/hls` why", "", id="as code"),
        pytest.param("`a\n/hls why`", "", id="in code that began on the line above"),
        pytest.param("<!--\n```\n-->\n/hls why", "why", id="after a fence that is in an HTML comment"),
        pytest.param("<b>/hls</b> why", "why", id="in a tag"),
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


@pytest.mark.parametrize(
    ("body", "request_text"),
    [
        pytest.param("> /hls why", "", id="quoted"),
        pytest.param("- > /hls why", "", id="quoted in a list"),
        pytest.param("# /hls why", "", id="a heading"),
        pytest.param("| /hls why |\n|---|", "", id="a table"),
        pytest.param("/hls a\nb  \n   c", "a\nb\n   c", id="spaces at the ends of lines"),
        pytest.param("a\n" * 30 + f"/hls why\n\n> {'q' * 40}", f"why\n\n{'q' * 40}", id="far above a quotation"),
        pytest.param("<pre>\nx\n</pre>\n\n/hls why", "why", id="after what is preformatted"),
        pytest.param("`a` b\n/hls why", "why", id="below code"),
        pytest.param("b\n/hls `a`", "`a`", id="which is asked about"),
        pytest.param("</blockquote>\n\nx\n\n<blockquote>\n\n/hls y", "", id="an end too many before a quotation"),
        pytest.param(
            "<blockquote>\n\n<blockquote>\n\nx\n\n</blockquote>\n\n/hls y", "", id="in a quotation around another"
        ),
    ],
)
def test_what_the_parser_hears_by_itself(body: str, request_text: str) -> None:
    assert (spoken(body, "/hls") or "") == request_text


def test_what_the_parser_gives_up_on_asks_nothing_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(_: str) -> None:
        raise RecursionError

    monkeypatch.setattr(request, "parse", give_up)
    assert spoken("/hls why", "/hls") is None
    assert unticked("- [x] a") == "- [x] a"


def test_a_mention_is_taken_literally() -> None:
    assert addressed("a.b help", "a.b") == "help"
    assert addressed("axb help", "a.b") == ""


@given(st.text())
def test_a_quoted_text_never_speaks_to_the_bot(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert addressed(quoted, "/hls") == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("/hls", ""),
        (" **/hls** ", ""),
        ("- /hls:", ""),
        ("a\n/hls\n\n", ""),
        ("/hls <!-- x -->", ""),
        ("/hls why", "why"),
        ("> /hls", None),
        ("`/hls`", None),
        ("# /hls", None),
        ("see /hls", None),
        ("/hlsx", None),
        ("", None),
        (None, None),
    ],
)
def test_a_mention_by_itself_is_heard(body: str | None, said: str | None) -> None:
    assert heard(body, "/hls") == said


@given(BODIES)
@example("<!-- x -->/hls why")
@example("<!-- x -->/hls")
@example("<b>/hls</b>")
@example("<a\n> /hls why")
@settings(max_examples=1_000)
def test_the_gate_hears_whatever_the_parser_hears(body: str) -> None:
    heard = spoken(body, "/hls")
    assert heard is None or may_mention(body, "/hls")
    assert not heard or may_address(body, "/hls")


@pytest.mark.parametrize("body", ["> /hls why", "> > /hls why", "- > /hls why", ">- /hls why", "see /hls why", "/hls"])
def test_the_gate_knows_a_quotation(body: str) -> None:
    """People quote the request that they answer, and none of that deserves an install."""
    assert may_address(body, "/hls") == ""


@given(BODIES, BODIES, BODIES)
@example("", "text\n", "/hls a")
@example("", "```\n", "/hls a")
@example("x\n", "1. x\n", "/hls a\n\n    b")
@example("/hls b\n", "", "/hls a")
@settings(max_examples=500)
def test_an_edit_that_the_gate_ignores_changes_no_request(was: str, now: str, below: str) -> None:
    before, after = was + below, now + below
    if same_request(before, after, "/hls"):
        assert asked(before) == asked(after)
    if same_text(before, after):
        assert digest(unticked(before)) == digest(unticked(after))


def asked(body: str) -> str:
    """What stands for the request in ``body``."""
    return digest(spoken(unticked(body), "/hls") or "")


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("/hls a", "Hi\n/hls a", True),
        ("Hello\n/hls a", "Hallo\n/hls a", True),
        ("Hello\r\n/hls a\r\n", "Hallo\n/hls a", True),
        ("/hls a\n\n- [ ] b", "/hls a\n\n- [x] b", True),
        ("- [ ] b\n\n/hls a", "- [X] b\n\n/hls a", True),
        ("/hls a", "/hls b", False),
        ("**/hls** a", "/hls** a", False),
        ("```\n/hls a", "/hls a", False),
        ("    /hls a", "/hls a", False),
        ("<!--\n/hls a", "/hls a", False),
        ("/hls a\n\n- [ ] b", "/hls a\n\n- [ ] c", False),
    ],
)
def test_an_edit_that_surely_asks_nothing_new(before: str, after: str, same: bool) -> None:
    assert same_request(before, after, "/hls") is same


# ---- boxes of task lists ----


@pytest.mark.parametrize(
    "item",
    [
        "- [{}] a",
        "* [{}] a",
        "+ [{}] a",
        "1. [{}] a",
        "1) [{}] a",
        "- [{}]   a",
        "- b\n  - [{}] a",
        "- b\n\n    1. [{}] a",
        "- - [{}] a",
        "> - [{}] a",
        "> > 1. [{}] a\n> > more",
        "- [{}] ",
        "- [{}]",
        "- [{}] [a]: /b",
        "- [{}] **a** `b`\r\n- [ ] c",
    ],
)
@pytest.mark.parametrize("tick", ["x", "X"])
def test_ticking_a_box_asks_nothing_new(item: str, tick: str) -> None:
    before, after = (f"/hls help me with\n\n{item.format(box)}\n" for box in (" ", tick))
    assert unticked(after) == unticked(before) == before
    assert asked(after) == asked(before) != ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("- [ ] a", "- [x] b", id="another text beside the box"),
        pytest.param("- [ ] a", "- [ ] a\n- [ ] b", id="another box"),
        pytest.param("a [ ] b", "a [x] b", id="what is in the middle of a line"),
        pytest.param("[ ] a", "[x] a", id="what is in no list"),
        pytest.param("- [ ]a", "- [x]a", id="what has no space behind it"),
        pytest.param("- `[ ] a`", "- `[x] a`", id="code"),
    ],
)
def test_what_is_no_tick_is_an_edit(before: str, after: str) -> None:
    assert asked(f"/hls help with\n\n{before}") != asked(f"/hls help with\n\n{after}")


@pytest.mark.parametrize("body", ["```\n- [x] a\n```", "    - [x] a", "-     [x] a", "[x] a", "a\n2. [x] b", "# [x] a"])
def test_what_only_looks_like_a_box_is_left_as_it_is(body: str) -> None:
    assert unticked(body) == body


@given(BODIES.filter(lambda body: not re.search(r"[\r\ufeff|]|\[[xX]\].*\[[xX]\]", body)))
@example("- [x] [a]: b\n")
@example("-\n  [x] a")
@settings(max_examples=250)
def test_only_ticks_are_taken_off_as_github_shows_them(body: str) -> None:
    """GitHub's parser leaves a box as text within a quotation, and the page makes one of it. Of two on a line, it takes
    either for the other.
    """
    shown = rendered.html(body).replace(' checked=""', "")
    assert rendered.html(unticked(body)) == re.sub(r"(<li>\n?(?:<p>)?\[)[xX](?=\](?:\s|<))", r"\1 ", shown)
