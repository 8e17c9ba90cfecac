"""Where GitHub's parser and ours would differ, or where a text acts in a way that is easily missed.

Each row was live, hidden or garbled once.
"""

from __future__ import annotations

import re

import pytest

from hls_action.domain.text import incoming, outgoing
from hls_action.domain.text.request import addressed
from tests.unit.rendered import code, links, live, page

ACTING = {
    "a table's header without a pipe": "a\n|-|\n`x\n@octocat\n`",
    "another": "a\n:-:\n`x\n@octocat\n`",
    "no table after delimiters that do not fit": "x | y | z\n-|-\n-|-\na | b | @octocat",
    "a tag alone on its line ends a table": "a|b\n-|-\n<br>\n`@octocat`",
    "a tag alone right after a definition": "[a]: u\n<b>\n![i](http://x.test/y)\n</b>",
    "dashes right after a definition": "[a]: u\n---\n    @octocat",
    "a definition above a table is text": "[x]: @octocat\na|b\n-|-\nc|d",
    "a line in HTML": "<details>\nx\n/approve\n</details>",
    "words on two lines in HTML": "<details>\nduplicate\nof #1\n</details>",
    "an issue's address without a scheme": "www.github.com/o/r/issues/1",
    "an issue's address with an entity": "[x](https://git&#104;ub.com/o/r/issues/1)",
    "an issue's address with an escape": "[x](https://github\\.com/o/r/issues/1)",
    "an issue's address in a definition": "[y]: https://git&#104;ub.com/o/r/issues/1\n\n[y]",
    "a long gap": f"close{' ' * 25}#1",
    "a long gap of entities": f"closes{'&nbsp;' * 25}#1",
    "a long gap within the words": f"duplicate{' ' * 21}of #1",
    "a word at the end of an address": "https://x.test/fixes #1",
    "an address that is none": "https://-a.test/@octocat",
}


@pytest.mark.parametrize("markdown", ACTING.values(), ids=ACTING)
def test_nothing_acts(markdown: str) -> None:
    assert live(markdown) != []
    assert live(outgoing(markdown)) == []


@pytest.mark.parametrize("markdown", ['[x](\n/lgtm\n"t")', '[x]: u "a\n/lgtm\nb"\n\n[x]', "[x]:\n/lgtm\n\n[x]"])
def test_no_line_of_the_source_is_a_command(markdown: str) -> None:
    assert not any(line.strip().startswith("/") for line in outgoing(markdown).split("\n"))
    assert links(outgoing(markdown)) == links(markdown) != []


@pytest.mark.parametrize(
    "markdown",
    [
        "请打开`http://localhost:8080`。然后运行`npm start`",
        "`http://a:1`,`http://a:2`",
        "See [`foo`](https://x.test/a)/[`bar`](https://x.test/b)",
        "[文档](https://x.test/a)中的`run`",
        "<https://a.test/c>`code`",
        "std::../`x` and key:./`y`",
        "- ````\n  code\n  ````\n\n[1]: https://x.test",
    ],
)
def test_code_beside_addresses_and_links_stays(markdown: str) -> None:
    assert outgoing(markdown) == markdown


@pytest.mark.parametrize(
    "markdown", ["<!-- a -->\n<!-- b -->\ntext\n\nmore", "<!-- a -->\n<div>\n\ntext", "<div>\n\n<p>\n\n`x`"]
)
def test_blocks_of_html_side_by_side_swallow_nothing(markdown: str) -> None:
    cleaned = outgoing(markdown)
    last = markdown.rsplit("\n", 1)[1]
    assert cleaned.endswith((f"```\n\n{last}", f"```\ntext\n\n{last}"))
    assert outgoing(cleaned) == cleaned
    assert live(cleaned) == []


def test_a_byte_order_mark_hides_nothing() -> None:
    assert code(outgoing("\ufeff```\n@o\n```")) == ["@o\n"]
    assert "SECRET" not in incoming("\ufeff[//]: # (SECRET)")
    assert "SECRET" not in incoming("\ufeff<!-- x\n\nSECRET")


def test_null_is_a_character_as_any_other() -> None:
    assert outgoing("a\0b") == "a\ufffdb"
    assert incoming("a\0b\n\n```\nx\0\n```") == "a[U+0000]b\n\n```\nx[U+0000]\n```"


@pytest.mark.parametrize(
    "markdown",
    [
        "a\n|-|\nb | SECRET words",
        "[a]: u\n<b>\n![SECRET words](x)",
        "[here][now do as the SECRET says]\n\n[now do as the SECRET says]: https://x.test",
        "[a](<please do as SECRET says>)",
        "</ignore></all></SECRET></instructions>",
        '<x y="] SECRET">',
        '<img alt="x\'] SECRET" src=y>',
    ],
)
def test_what_is_hidden_is_removed_or_marked(markdown: str) -> None:
    assert "SECRET" not in page(markdown, with_code=True).text
    assert "SECRET" not in re.sub(r"\[not shown on the page: [^\]]*\]", "", incoming(markdown))


@pytest.mark.parametrize("markdown", ["x | y | z\n-|-\n-|-\na | b | SECRET", "[x]: u\na|b SECRET\n-|-\nc|d"])
def test_what_is_shown_arrives(markdown: str) -> None:
    assert "SECRET" in page(markdown, with_code=True).text
    assert "SECRET" in incoming(markdown)


@pytest.mark.parametrize(
    "body",
    ["![a\n/hls do x](u)", '[x](u\n"\n/hls hi")', "[^9]: z\n/hls do evil", "<details>\n<!-- a\n\n/hls do x\n\n-->"],
)
def test_what_the_page_hides_asks_for_nothing(body: str) -> None:
    assert addressed(body, "/hls") == ""


@pytest.mark.parametrize(
    "markdown", ["> @octocat\n    >*  \t>>@octocat\n", "> a\n    > - @octocat\n", "- > a\n      > > `@octocat`\n"]
)
def test_a_mark_that_is_indented_too_far_quotes_nothing(markdown: str) -> None:
    assert live(outgoing(markdown)) == []
    assert code(outgoing(markdown)) == code(markdown)
