"""Links to servers that a reply may not lead to: text, all of it, and no link. GitHub's own parser is the judge."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import outgoing
from hls_action.domain.text.foreign_links import without_foreign_links
from hls_action.domain.text.hosts import Allowed, host_of
from tests.fuzz.documents import CONTAINERS, LONGEST, MARKUP, document
from tests.unit.rendered import code, page, text_of

ALLOWED = Allowed(frozenset({"github.com", "docs.test"}))
ADDRESSES = ("https://evil.test", "https://evil.test/a_(b)", "HTTPS://EVIL.test./?x=y&z", "www.evil.test", "ftp://evil.test",
    "eve@evil.test", "//evil.test", "https://github.com@evil.test", "https:\\\\evil.test", "&#104;ttps://evil.test",
    "https&colon;//evil.test", "https://xn--gthub-n2a.com", "https://g\u0456thub.com", "https://\u200bevil.test",
    "https://docs.test/a", "https://docs.test.evil.test", "mailto:eve@evil.test", "javascript:x")  # fmt: skip
LINKED = (*ADDRESSES, *(f"[x]({each})" for each in ADDRESSES), *(f"<{each}>" for each in ADDRESSES), "[r]", "[x][r]",
    "[r][]", "[r]: https://evil.test\n", "[r]: <https://evil.test> 'x'\n", "[s]: https://docs.test\n", "[s]",
    "![i](https://evil.test)", "`https://evil.test`", "```\nhttps://evil.test\n```\n", "`", "\\", "[", "](",
    ")")  # fmt: skip
DOCUMENTS = st.builds(
    document,
    st.lists(st.sampled_from(MARKUP + LINKED), max_size=LONGEST),
    st.lists(st.sampled_from(CONTAINERS), max_size=2),
)


def foreign(markdown: str) -> list[str]:
    """Where GitHub would lead, and may not."""
    return [address for address, _ in page(markdown).links if not ALLOWED.has(host_of(address))]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("[x](https://evil.test/a)", "\u200bx (`https://evil.test/a`)", id="a link"),
        pytest.param("[x](<https://evil.test/a b> 't')", "\u200bx (`<https://evil.test/a b> 't'`)", id="with a title"),
        pytest.param("[x][r], [r]\n\n[r]: https://evil.test 't'",
                     "\u200bx (`https://evil.test`), \u200br (`https://evil.test`)\n\n[r]: https://evil.test 't'",
                     id="by its name"),
        pytest.param("see https://evil.test/a_(b).", "see `https://evil.test/a_(b)`.", id="an address"),
        pytest.param("(https://evil.test)", "(`https://evil.test`)", id="an address in brackets"),
        pytest.param("(see https://evil.test/a_(b)).", "(see `https://evil.test/a_(b)`).", id="and with its own ones"),
        pytest.param("https://evil.test/a).", "`https://evil.test/a`).", id="before a bracket that it did not open"),
        pytest.param("https://evil.test/(a)_(b)).", "`https://evil.test/(a)_(b)`).", id="or that it closed"),
        pytest.param("https://evil.test/a_(b", "`https://evil.test/a_(b`", id="with a bracket that nobody closes"),
        pytest.param("https://github.com@evil.test", "https:\u200b//github.com@\u200bevil.test",
                     id="addresses that reach into each other"),
        pytest.param("https://evil.test/?m=eve@evil.test", "`https://evil.test/?m=eve@evil.test`",
                     id="an address within an address"),
        pytest.param("&#104;ttps://evil.test", "&#104;ttps:\u200b//evil.test", id="an address that is spelt otherwise"),
        pytest.param("https://evil.test/&amp;x", "https:\u200b//evil.test/&amp;x", id="or ends so"),
        pytest.param("<b>https://evil.test</b>", "<b>\u200b`https://evil.test`\u200b</b>", id="between tags"),
        pytest.param("` https://evil.test, https://evil.test", "` ````https://evil.test````, `````https://evil.test`````",
                     id="two behind a mark"),
        pytest.param("[r]\n\n[r]: https://evil.test/a`b|c",
                     "\u200br (`https://evil.test/a%60b%7Cc`)\n\n[r]: https://evil.test/a`b|c", id="marks within"),
        pytest.param("<https://evil.test>", "`https://evil.test`", id="an automatic link"),
        pytest.param("`<https://evil.test>", "`\u200b``https://evil.test``", id="an automatic link behind a mark"),
        pytest.param("www.evil.test, a@evil.test", "`www.evil.test`, `a@evil.test`", id="without a scheme"),
        pytest.param("a@evil, b.c+d@evil.test.", "a@evil, `b.c+d@evil.test`.", id="a mail address"),
        pytest.param("\\\\https://evil.test", "\\\\\u200b`https://evil.test`", id="behind a backslash"),
        pytest.param("**https://evil.test**", "**`https://evil.test`**", id="emphasised"),
        pytest.param("[https://docs.test](https://evil.test)", "\u200b`https://docs.test` (`https://evil.test`)",
                     id="a link that looks like another"),
        pytest.param("| [x](https://evil.test) |\n|-|\n| www.evil.test |",
                     "| \u200bx (`https://evil.test`) |\n|-|\n| `www.evil.test` |", id="a table"),
        pytest.param("[x](https://evil.test/`)", "\u200bx (`` https://evil.test/` ``)", id="a mark of code within"),
        pytest.param("![x](https://evil.test/a.png)", "\u200bx (`https://evil.test/a.png`)", id="an image"),
        pytest.param("[# x](https://evil.test)", "\u200b# x (`https://evil.test`)", id="what would be a heading"),
        pytest.param("> [x](https://evil.test\n> 't')", "> \u200bx (`https://evil.test\n> 't'`)", id="on two lines"),
        pytest.param("[x](javascript:alert)", "\u200bx (`javascript:alert`)", id="what is no server's"),
    ],
)  # fmt: skip
def test_a_link_that_is_not_allowed_is_text(text: str, left: str) -> None:
    found, hosts = without_foreign_links(outgoing(text), ALLOWED)
    assert found == left
    assert foreign(found) == []
    assert hosts


@pytest.mark.parametrize(
    "text",
    [
        "https://docs.test/a, www.github.com.",
        "[a](https://docs.test) [b](../c) [d](#e) <https://github.com/f> [r]\n\n[r]: /g",
        "`https://evil.test`", "```\n[x](https://evil.test)\n```", "    https://evil.test",
        "[https://evil.test](https://docs.test)", "npm i a@1.2.3, evil.test, and/www.x", "https://docs.test/?a@evil.test",
    ],
)  # fmt: skip
def test_what_is_allowed_and_what_is_code_stays_as_it_is(text: str) -> None:
    hosts = Allowed(ALLOWED.names | {"www.github.com"})
    before = outgoing(text)
    assert without_foreign_links(before, hosts) == (before, ())


def test_each_link_is_counted_once_and_by_its_host() -> None:
    text = "[https://evil.test](https://evil.test) and [x](//other.test), <mailto:a@evil.test> and [y](vbscript:z)"
    assert without_foreign_links(outgoing(text), ALLOWED)[1] == ("evil.test", "other.test", "evil.test", "")


@given(st.one_of(DOCUMENTS, st.text()))
@settings(max_examples=500)
@example("[x](https://evil.test)`[y](https://evil.test)`")
@example("![i](https://evil.test)https://evil.test![i](https://evil.test)![i](https://evil.test)")
def test_whatever_the_document_no_link_leads_elsewhere_and_nothing_is_lost(markdown: str) -> None:
    before = outgoing(markdown)
    after, hosts = without_foreign_links(before, ALLOWED)
    assert foreign(after) == []
    assert (after == before) is (not hosts)
    assert without_foreign_links(after, ALLOWED) == (after, ()), "so that it is the same once it was stored"
    assert outgoing(after) == after
    there = iter(code(after))
    assert all(any(each == found for found in there) for each in code(before)), "code is as it was, in this order"
    kept = iter(text_of(after))
    assert re.search("://[^ -~]|&", markdown) or all(
        character in kept for character in re.sub(r"!(?=\[)|[][*_~]", "", text_of(before))
    ), "but marks; and GitHub takes what follows an odd address, and entities, for part of it"


@given(DOCUMENTS)
def test_where_every_host_is_allowed_nothing_changes(markdown: str) -> None:
    before = outgoing(markdown)
    assert without_foreign_links(before, Allowed(any=True)) == (before, ())
