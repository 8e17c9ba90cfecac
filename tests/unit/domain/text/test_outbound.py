"""What is posted: the same to read, code byte for byte, and nothing in it acts. GitHub's own parser is the judge."""

from __future__ import annotations

import re
from itertools import product
from typing import Never

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import outbound, outgoing
from hls_action.domain.text.outbound import fenced, longest_run
from hls_action.domain.text.tags import ALLOWED_TAGS, BLOCK_TAGS, EMPTY_TAGS
from tests.fuzz.documents import ACTING, CONTAINERS, LONGEST, MARKUP, contained, document
from tests.fuzz.verdicts import inexcusable, missing, odd, outgoing_faults
from tests.unit.rendered import BLOCKS, code, links, live, page

GUARD = "\u200b"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # "I want", which has a joiner in it
CLOSING_WORDS = ("close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved")
DOCUMENTS = st.builds(
    document,
    st.lists(st.sampled_from(MARKUP + ACTING), max_size=LONGEST),
    st.lists(st.sampled_from(CONTAINERS), max_size=2),
)


UNSEEN = re.compile("%E2|%F3|%C2", re.IGNORECASE)
"""What begins a character of an address that cannot be seen, as the oracle writes it."""


def read(markdown: str) -> str:
    """What a person reads of it: the text without what cannot be seen, white space as one space."""
    return " ".join(page(markdown, with_code=True).text.replace(GUARD, "").split())


# ---- whatever the document ----


@given(st.one_of(DOCUMENTS, st.text()))
@example("resolve https://x.test/1@octocatocto/repo#3")
@example("resolve https://x.test/1&nbsp;octo/repo#3")
@example("a\n\n\u200b\n\nb")
@example("- `````\n---\n")
@example("> ```\n> x\n\n\n")
@example("```\n    ")
@example("<details>\r</details>> www.a.b/@c ")
@example("1. <details>a\n   /close</details>")
@settings(max_examples=500)
def test_nothing_is_live_code_is_as_it_was_and_cleaning_again_changes_nothing(markdown: str) -> None:
    assert inexcusable(outgoing_faults(markdown), markdown) == []


@given(st.one_of(DOCUMENTS, st.text()))
def test_text_grows_by_a_factor_at_most(markdown: str) -> None:
    assert len(outgoing(markdown)) <= 4 * len(markdown) + 40


def test_the_oracle_sees_what_is_live() -> None:
    """The checks here would be worth nothing if `live` saw nothing."""
    text = "@octocat\n\nfixes #1\n\nduplicate of #2\n\na/b#1\n\n![x](y)\n\n/label\n\nz <!-- x -->\n\n```\n@fine\n```"
    kinds = {found.split(":")[0] for found in live(f"{text}\n\nhttps://github.com/a/b/issues/1")}
    assert kinds == {
        "mention", "closing keyword", "duplicate", "reference elsewhere", "tag", "command", "comment",
        "reference by link",
    }  # fmt: skip
    assert live("```\n@fine fixes #1 <!-- -->\n/label\n```") == []


# ---- what acts ----

MENTIONS = [
    pytest.param("Ask @octocat.", id="a mention"),
    pytest.param("(@octocat)", id="in brackets"),
    pytest.param("@org/team", id="a team"),
    pytest.param("_@octocat_ and *@octocat*", id="emphasised"),
    pytest.param("`code`@octocat", id="right after code"),
    pytest.param("an odd ` then `` `@octocat", id="after a backtick that opens nothing"),
    pytest.param("an odd `` then `x` and `@octocat`", id="in the second code after one, which GitHub does not see"),
    pytest.param(f"{'`' * 81} @octocat {'`' * 81}", id="between more backticks than GitHub counts"),
    pytest.param("and/@octocat", id="after a slash"),
    pytest.param("日本@octocat é@octocat", id="after a letter that is not ASCII"),
    pytest.param("\\@octocat", id="escaped"),
    pytest.param("&#64;octocat &commat;octocat", id="as an entity"),
    pytest.param("@&#111;ctocat", id="with its first letter as an entity"),
    pytest.param("@**octocat** @_octo_cat", id="before emphasis"),
    pytest.param("# @octocat\n\n@octocat\n===", id="in headings"),
    pytest.param("| @octocat |\n|-|\n| x \\| @org/team |", id="in a table"),
    pytest.param("> - @octocat\n>   1. @octocat", id="in quotations and lists"),
    pytest.param("[@octocat](u) ~~@octocat~~", id="in a link and struck out"),
    pytest.param("see [https://x.test/@octocat", id="in an address that an open bracket makes text"),
    pytest.param("<details>\n@octocat\n</details>", id="in a block of HTML"),
    pytest.param("<details><summary>@octocat</summary>\n\n@octocat\n\n</details>", id="in a summary"),
    pytest.param("a[^1]\n\n[^1]: @octocat", id="in a footnote"),
]
REFERENCES = [
    pytest.param("See octo/repo#1", id="a reference elsewhere"),
    pytest.param("See repo#1 and octo/repo@0123abcdef", id="a short one, and a commit"),
    pytest.param("_octo/repo#1_ **octo**/repo#1", id="emphasised reference"),
    pytest.param("octo/repo&#35;1 octo/repo\\#1", id="with an entity, and escaped"),
    pytest.param("closes: octo/repo#1", id="closed elsewhere"),
    pytest.param("_fixes #1_", id="emphasised keyword"),
    pytest.param("**Fixes** #1 *closes*: #2 ~~resolve~~ #3", id="emphasis that ends before the number"),
    pytest.param("This fixes\n#1", id="a keyword before a line break"),
    pytest.param("> fixes\n> #1", id="one in a quotation"),
    pytest.param("fixes &#35;1", id="a keyword with an entity"),
    pytest.param("f&#105;xes #1", id="an entity in the keyword"),
    pytest.param("fixes&#32;#1 closes&nbsp;#2", id="a keyword before a space as an entity"),
    pytest.param("fixes (#1) closes [#2] resolves [#3](u)", id="before brackets and links"),
    pytest.param("fixes https://github.com/octo/repo/issues/1", id="before an address"),
    pytest.param("fixes [it](https://github.com/octo/repo/pull/1)", id="before a link to one"),
    pytest.param("Duplicate of #12\n\nduplicate of: octo/repo#12", id="duplicates"),
    pytest.param("*Duplicate* of\n#12", id="a duplicate with emphasis and a line break"),
]
COMMANDS = [
    pytest.param("/label bug", id="a command"),
    pytest.param("text\n/close", id="on a later line"),
    pytest.param("> - /label bug", id="a quoted command"),
    pytest.param("1. /label bug\n2) /close", id="a numbered command"),
    pytest.param("- [ ] /close\n- [x] /close", id="in a list of tasks"),
    pytest.param("&nbsp;/close\n\\/close\n&#47;close\n*/close*", id="in other spellings"),
    pytest.param("# /close", id="in a heading"),
    pytest.param("| /close |\n|-|", id="a command in a table"),
    pytest.param("> /close |\n---", id="a quotation that looks like a table"),
    pytest.param("- a\n\n1. /close |\n---", id="a list that looks like a table"),
    pytest.param("<br>/close", id="after a tag that breaks the line"),
    pytest.param("<details>a\n/close\n</details>", id="a command in a block of HTML"),
]
HIDDEN = [
    pytest.param("@\u200boctocat", id="zero-width space between"),
    pytest.param("fix\u2060es #1", id="a word joiner in a keyword"),
    pytest.param("\u202e/close", id="an override before a command"),
    pytest.param("a\u200b\u202e\U000e0041b\u2066", id="nothing but what is invisible"),
    pytest.param("Done.\u2028/label bug", id="a command after a Unicode line break"),
    pytest.param("Done.&#x2028;/label bug", id="a command after a line break as an entity"),
    pytest.param("fixes\r#1\r\n/close\r/close", id="carriage returns"),
    pytest.param("```\r@octocat", id="a lone carriage return"),
]
ODD_CODE = [
    pytest.param("- ```\n  x\n\n@octocat\n  ```", id="a fence that its list item ends"),
    pytest.param("> ```\n@octocat\n> ```", id="a fence that its quotation ends"),
    pytest.param("``` a`b\n@octocat\n```", id="an opening fence with a backtick"),
    pytest.param("<div>\n```\n@octocat\n```\n</div>", id="a fence inside HTML"),
    pytest.param("<!--\n```\n-->\n@octocat\n```\n", id="a fence opened inside a comment"),
    pytest.param("a&#10;```&#10;b\n\n```\n@octocat\n```", id="a fence made by entities that pairs with a real one"),
    pytest.param("[^1]: ```\n@octocat\n```", id="a fence in a footnote that nothing refers to"),
    pytest.param("https://x.test/`@octocat`", id="backticks in an address"),
    pytest.param("> > * \t@octocat", id="a tab that is narrower for what stands before it"),
    pytest.param("-    a\n    > @octocat", id="a lazy line that is indented less than its list, and like code"),
    pytest.param(">> a\n\t- @octocat", id="a lazy line of two quotations"),
    pytest.param("> > > -\t  @octocat\n> > > \t@octocat", id="tabs in quotations"),
    pytest.param("| `a | @octocat` |\n|-|-|", id="backticks across cells"),
]
TAGS = [
    pytest.param("@</x>octocat", id="a tag in a mention"),
    pytest.param("fixes </x>#12", id="a tag after a keyword"),
    pytest.param("o/r</x>#5", id="a tag in a reference"),
    pytest.param("fix<b></b>es #1 @<b></b>octocat", id="tags that may stay"),
    pytest.param("<!-- hidden", id="an unclosed comment"),
    pytest.param("a <!-- hls:1 issue/7 --> b", id="a marker"),
    pytest.param("<!-- hls:1 issue/7 -->", id="a marker as a block"),
    pytest.param("`a`<!-- hls:1 issue/7 -->", id="a marker after code"),
    pytest.param("<IMG src='https://x.test/a.png'>", id="an image in HTML"),
    pytest.param("a <img\nsrc=x\n> b", id="an image on several lines"),
    pytest.param("<a href='https://github.com/octo/repo/issues/1'>x</a>", id="a link in HTML"),
    pytest.param("> a\n<b>\n`@octocat`\n</b>", id="a block of HTML right below a quotation"),
    pytest.param("- a\n<b>\n[x](u '@octocat')\n</b>", id="and below a list"),
    pytest.param("> - a\n> <b>\n> `@octocat`</b>", id="and within a quotation"),
    pytest.param("\\<img src=x>", id="a tag that is escaped"),
    pytest.param("a <details> b\n\n<summary>", id="tags of blocks that are alone"),
    pytest.param("<b title='@octocat'>x</b> <kbd onclick=x>y</kbd>", id="attributes"),
]


@pytest.mark.parametrize("markdown", [*MENTIONS, *REFERENCES, *COMMANDS, *HIDDEN, *ODD_CODE, *TAGS])
def test_what_acts_does_not_any_more(markdown: str) -> None:
    assert live(outgoing(markdown)) == []


@pytest.mark.parametrize("markdown", [*MENTIONS, *REFERENCES, *COMMANDS])
def test_and_is_the_same_to_read(markdown: str) -> None:
    if "[^1]" not in markdown:  # a footnote is shown where it stands, and not at the end
        assert read(outgoing(markdown)) == read(markdown).replace("github.com", "redirect.github.com")


@pytest.mark.parametrize("markdown", [*MENTIONS[:8], *REFERENCES[:8], *COMMANDS[:5]])
def test_these_rows_are_true(markdown: str) -> None:
    assert live(markdown)


@pytest.mark.parametrize(
    ("word", "between", "number"),
    [
        (spelt, between, number)
        for word, between, number in product(
            CLOSING_WORDS, (" ", ": ", "\n", " **", "&nbsp;", " &#32;"), ("#1", "GH-1", "octo/repo#1")
        )
        for spelt in (word, word.capitalize(), word.upper())
    ],
)
def test_closing_words(word: str, between: str, number: str) -> None:
    markdown = f"This {word}{between}{number}" + ("**" if "**" in between else "") + ", surely."
    assert any(found.startswith("closing") for found in live(markdown))
    assert live(outgoing(markdown)) == []
    assert read(outgoing(markdown)) == read(markdown)


@pytest.mark.parametrize("kind", ["issues", "pull", "discussions"])
@pytest.mark.parametrize(
    "markdown",
    ["see ADDRESS.", "see <ADDRESS>", "see [it](ADDRESS 'title')", "see [it](<ADDRESS>)", "see [it]\n\n[it]: ADDRESS"],
)
def test_a_full_address_of_an_issue_goes_by_the_redirect(markdown: str, kind: str) -> None:
    address = f"https://github.com/octo/repo/{kind}/12#issuecomment-1"
    cleaned = outgoing(markdown.replace("ADDRESS", address))
    assert links(cleaned) == [address.replace("//", "//redirect.")]
    assert live(cleaned) == []


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("![x](https://x.test/a.png)", f"{GUARD}[x](https://x.test/a.png)"),
        ("!![x](https://x.test/a.png)", f"!{GUARD}[x](https://x.test/a.png)"),
        ("![x][r]\n\n[r]: https://x.test/a.png", f"{GUARD}[x][r]\n\n[r]: https://x.test/a.png"),
        ("![r]\n\n[r]: https://x.test/a.png", f"{GUARD}[r]\n\n[r]: https://x.test/a.png"),
        ("[![x](https://x.test/a.png)](https://x.test)", "[x](https://x.test)"),
        ("![a ![b](u) c](v)", f"{GUARD}[a b c](v)"),
        ("> ![x\n> y](u)", f"> {GUARD}[x\n> y](u)"),
    ],
)
def test_an_image_becomes_a_link(markdown: str, expected: str) -> None:
    assert live(markdown)
    assert live(outgoing(markdown)) == []
    assert outgoing(markdown).replace(GUARD, "") == expected.replace(GUARD, "")


# ---- to the letter ----

TO_THE_LETTER = [
    ("\ufeffa\0b", "a\ufffdb"),
    ("a&zwnj;b &zwj;c &ZeroWidthSpace;d", f"a&zwnj;b &zwj;c {GUARD}d"),
    ("a\u202eb\u200bc\u00add", f"a{GUARD}b\u200bc\u00add"),
    ("*a\u200b\u200b*\u200bb &#x202e;c\u202e\u202e", f"*a{GUARD}*\u200bb {GUARD}c{GUARD}"),
    ("x\u2028/close", f"x{GUARD}/close"),
    # footnotes and definitions
    ("[^1]: x", "\\[^1]: x"),
    ("[x]:\n/lgtm\n\n[x]", "[x]: /lgtm\n\n[x]"),
    ("a\n\n> [x]:\n>  /lgtm\n\n[x]", "a\n\n> [x]: /lgtm\n\n[x]"),
    ("[x]: u\n'a\n/lgtm'\n\n[x]", "[x]: u\n'a /lgtm'\n\n[x]"),
    ("[x]: u\n'/a'\n\n[x]", "[x]: u\n'/a'\n\n[x]"),
    # addresses of issues
    ("a\n\n[y]: https://git&#104;ub.com/o/r/issues/1\n\n[y]", "a\n\n[y]: https://redirect.github.com/o/r/issues/1\n\n[y]"),
    ("[y]: https://github\\.com/o/r/issues/1\n\n[y]", "[y]: https://redirect.github.com/o/r/issues/1\n\n[y]"),
    ("[y]: https://a\\.b?c=&amp;\n\n[y]", "[y]: https://a\\.b?c=&amp;\n\n[y]"),
    (
        "[a](https://github.com/o/r/issues/1?a=&amp;) www.github.com/o/r/issues/1",
        "[a](https://redirect.github.com/o/r/issues/1?a=&amp;) https://redirect.github.com/o/r/issues/1",
    ),
    ("https&#58;//github.com/o/r/issues/1", "https&#58;//redirect.github.com/o/r/issues/1"),
    ("www.github&#46;com/o/r/issues/1", f"{GUARD}{GUARD}www.github&#46;com/o/r/issues/1"),
    # commands within links
    ("a [x](\n/lgtm\n'/t')", "a [x]( /lgtm\n'/t')"),
    ('[x](u\n"\n  /lgtm")', '[x](u\n" /lgtm")'),
    ("> [x](\n> /lgtm)", "> [x]( /lgtm)"),
    ("[x](u 'see https://github.com/o/r/issues/1')", "[x](u 'see https://redirect.github.com/o/r/issues/1')"),
    # images within links
    ("[b ![a](c) d](e) ![f](g)", f"[b a d](e) {GUARD}[f](g)"),
    ("a [![b](c 'd')](e)", "a [b](e)"),
    ("[![b](c) x\ny z](e)", "[b x\ny z](e)"),
    ("> [![x\n> y](u\n> 'z')](d)", "> [x\n> y\n> ](d)"),
    # HTML
    ("<details>\n<div>x</div> List<File>\n</details>", "<details>\n&lt;div>x&lt;/div> List&lt;File>\n</details>"),
    ("\n<!-- a -->", "```html\n<!-- a -->\n```"),
    ("a\n\n<div>\nx\n\nb", "a\n\n```html\n<div>\nx\n```\n\nb"),
    ("> - <div>\n>   x\n>   </div>\n\nb", "> - ```html\n>   <div>\n>   x\n>   </div>\n>   ```\n\nb"),
    ("<div>\n```\nx\n````\n</div>", "`````html\n<div>\n```\nx\n````\n</div>\n`````"),
    (">><div>\n>>x", ">>```html\n> > <div>\n>>x\n> > ```"),
    ('a <img alt="`*_[]~|!&\\"> b', 'a &lt;img alt="\\`\\*\\_\\[\\]\\~\\|\\!&amp;\\\\"> b'),
    ("a\\<b \\> &lt;c>", "a&lt;b \\> &lt;c>"),
    ("https://x.test/<b>x", f"https://x.test/<{GUARD}b>x"),
    ("http://x.test/a<T>(b) www.x.test<b>", f"http://x.test/a<{GUARD}T>(b) www.x.test<{GUARD}b>"),
    ("ftp://x.test/<T> <T>", f"ftp://x.test/<{GUARD}T> &lt;T>"),
    ("<code>@octocat #1</code> @octocat", f"<code>@octocat #1</code> @{GUARD}octocat"),
    ("@x <b>a</b><br>/close", f"@{GUARD}x <b>a</b><br>{GUARD}/close"),
    ("<code>@a <b>x</b> @c</code> @d", f"<code>@a <b>x</b> @c</code> @{GUARD}d"),
    ("</code> @a <code> @b", f"&lt;/code> @{GUARD}a &lt;code> @{GUARD}b"),
    ("  <details>a</details>", "  <details>a</details>"),
    ("`<b>`x</b> &#60;b>", "`<b>`x&lt;/b> &#60;b>"),
    ("a <x y='XZ'> b", "a &lt;x y='XZ'> b"),
    ("www.x.test/aXb<T>", f"www.x.test/aXb<{GUARD}T>"),
    ("a www.x.test b<T>", "a www.x.test b&lt;T>"),
    # what acts
    ("a`b`#1 o<https://x.test>#1 o<code>x</code>#1", "a`b`#1 o<https://x.test>#1 o<code>x</code>#1"),
    ("a![b](c)#1 fixes`x`#1 o/**r**#1", f"a{GUARD}[b](c)#{GUARD}1 f{GUARD}ixes`x`#1 o/**r**#{GUARD}1"),
    ("x**@octocat**", f"x**@{GUARD}octocat**"),
    ("x*y*@octocat", f"x*y*@{GUARD}octocat"),
    ("[a](b)\n/lgtm", f"[a](b)\n{GUARD}/lgtm"),
    ("a\u202e`b\u202ec`\u202ed", f"a{GUARD}`b\u202ec`{GUARD}d"),
    ("me@0123abcdef o@0123abc-d `a`@b", f"me@{GUARD}0123abcdef o@0123abc-d `a`@{GUARD}b"),
    ("Duplicate of http://x.test/a/b/pull/1", f"D{GUARD}uplicate of http://x.test/a/b/pull/1"),
    ("octo/repo&#35;1 @&#111;ctocat", f"octo/repo&#35;{GUARD}1 @{GUARD}&#111;ctocat"),
    ("[x]\t/close", f"[x]\t{GUARD}/close"),
    # addresses in a text
    ("[https://x.test/@a @b", f"[https://x.test/@{GUARD}a @{GUARD}b"),
    ("https://x.test/@a. @b (https://x.test/@a)", f"https://x.test/@a. @{GUARD}b (https://x.test/@a)"),
    ("www.x.test/@a xwww.x.test/@a _www.x.test/@a_", f"www.x.test/@a xwww.x.test/@{GUARD}a _www.x.test/@a_"),
    ("]]] https://x.test/@a", "]]] https://x.test/@a"),
    ("[a][b] [[c] https://x.test/@a", f"[a][b] [[c] https://x.test/@{GUARD}a"),
    ("https://x.test/@a&amp; @b https://x.test/@X", f"https://x.test/@a&amp; @{GUARD}b https://x.test/@X"),
    ("https&#58;//x.test/@a", f"https&#58;//x.test/@{GUARD}a"),
    ("www.x.test/@a", "www.x.test/@a"),
    ("a (www.x.test/@a) ,http://x.test/@a [b", "a (www.x.test/@a) ,http://x.test/@a [b"),
    ("x\nwww.x.test/@a", "x\nwww.x.test/@a"),
    ('"www.x.test/@a', f'"www.x.test/@{GUARD}a'),
    ("[a] https://x.test/@a", "[a] https://x.test/@a"),
    ("<details>https://x.test/@a\n</details>", f"<details>https://x.test/@{GUARD}a\n</details>"),
    ("a\n\nhttps://x.test/fixes https://y.test/a/b/pull/1", "a\n\nhttps://x.test/fixes https://y.test/a/b/pull/1"),
    ("https://x.test/fixes GH-1", f"https://x.test/fixes GH-{GUARD}1"),
    ("https://x.test/fixes o/r#1 #2", f"https://x.test/fixes o/r#{GUARD}1 #2"),
    ("https://x.test/fixes:#1 a", "https://x.test/fixes:#1 a"),
    ("https://x.test/fixes https://y.test/a/b/pull/1", "https://x.test/fixes https://y.test/a/b/pull/1"),
    # the end
    ("aX", "aX"),
    ("a\r\n\r\nb \r\n \r\n", "a\r\n\r\nb "),
    ("- ```\n  x\n\n[a]: u", "- ```\n  x\n\n[a]: u"),
    ("a  \n\n\n", "a  "),
    ("a\r\rb \r", "a\r\rb "),
    ("    x\n\n\n", "    x"),
    ("```\nx\n\n\n", "```\nx\n\n\n```"),
    ("> ```\n> x\n\n\n", "> ```\n> x\n> ```"),
    (">```\n>x", ">```\n>x\n> ```"),
    ("1. ```\n   x\n\n\n", "1. ```\n   x\n\n\n   ```"),
    ("- ```\n  x\n  ", "- ```\n  x\n  \n  ```"),
    ("```", "```\n```"),
    ("", ""),
    ("a\n\n```\nx\n\n\n", "a\n\n```\nx\n\n\n```"),
    ("> ```\n> x\n  ", "> ```\n> x\n> ```"),
    # too deep
    (">" * 200 + "x ``` y", "````\n" + ">" * 200 + "x ``` y\n````"),
]  # fmt: skip


@pytest.mark.parametrize(("markdown", "expected"), TO_THE_LETTER)
def test_no_more_than_what_acts_is_changed(markdown: str, expected: str) -> None:
    assert outgoing(markdown) == expected


def test_what_is_too_deep_for_the_parser_itself_is_shown_as_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_: str) -> Never:
        raise RecursionError

    monkeypatch.setattr(outbound, "parse", parse)
    assert outgoing("@octocat") == "```\n@octocat\n```"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced("x") == "```\nx\n```"
    assert fenced("a `` b ``` c") == "````\na `` b ``` c\n````"
    assert (longest_run("a `` b `"), longest_run("a"), longest_run("~~~ a ``", "~")) == (2, 0, 3)


# ---- HTML ----


@pytest.mark.parametrize("tag", sorted(ALLOWED_TAGS - EMPTY_TAGS - BLOCK_TAGS))
@pytest.mark.parametrize("written", ["a <{0}>x</{0}> b", "- <{0}>x</{0}>", "| <{0}>x</{0}> |\n|-|"])
def test_a_pair_of_allowed_tags_stays(tag: str, written: str) -> None:
    assert outgoing(written.format(tag)) == written.format(tag)


@pytest.mark.parametrize("tag", sorted(ALLOWED_TAGS - EMPTY_TAGS))
@pytest.mark.parametrize("written", ["a <{}>x b", "a x</{}> b", "a </{0}>x<{0}> b", "a <{0} id='x'>x b"])
def test_an_allowed_tag_alone_is_shown_as_text(tag: str, written: str) -> None:
    markdown = written.format(tag)
    cleaned = outgoing(markdown)
    assert tag not in page(cleaned).tags
    assert markdown in page(cleaned).text


@pytest.mark.parametrize("tag", sorted(ALLOWED_TAGS - EMPTY_TAGS - BLOCK_TAGS))
def test_a_pair_in_two_paragraphs_is_none(tag: str) -> None:
    assert tag not in page(outgoing(f"a <{tag}>x\n\ny</{tag}> b")).tags


@pytest.mark.parametrize("written", ["a<br>b", "a<br/>b", "a<br />b"])
def test_a_line_break_stays(written: str) -> None:
    assert outgoing(written) == written


@pytest.mark.parametrize(
    "tag", ["div", "p", "a", "img", "h1", "table", "span", "input", "script", "style", "form", "x-y"]
)
def test_other_tags_are_shown_as_text(tag: str) -> None:
    for written in (f"a <{tag}>x</{tag}> b", f"a <{tag} id=x> b"):
        assert read(outgoing(written)) == written


@pytest.mark.parametrize("opening", ["<details>", "<details open>"])
def test_details_stay_whatever_is_in_them(opening: str) -> None:
    text = f"{opening}\n<summary>More</summary>\n\n```\n@octocat\n```\n\n- a\n\n</details>\n\nEnd."
    assert outgoing(text) == text


def test_details_that_are_never_closed_do_not_swallow_the_rest() -> None:
    cleaned = outgoing("<details>\n<summary>More</summary>\n\nThe answer.")
    assert "details" not in page(cleaned).tags
    assert "The answer." in page(cleaned).text


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("<pre>\n@octocat\n</pre>", id="1: pre, script, style, textarea"),
        pytest.param("<script>\nfetch()\n</script>", id="1: script"),
        pytest.param("<!-- a\n\nb -->", id="2: a comment"),
        pytest.param("<?php\n\necho 1 ?>", id="3: an instruction"),
        pytest.param("<!DOCTYPE\n\nhtml>", id="4: a declaration"),
        pytest.param("<![CDATA[\n\nx\n]]>", id="5: CDATA"),
        pytest.param("<div>\n@octocat\n</div>", id="6: a block's tag"),
        pytest.param("<x-y id='```'>\n@octocat", id="7: any other tag alone on its line"),
        pytest.param("</x-y>", id="7: an end alone on its line"),
    ],
)
@pytest.mark.parametrize("containers", [(), ("> ",), ("- ",), ("> ", "1. "), ("- ", "> ")], ids=str)
def test_a_block_of_html_is_shown_as_code(block: str, containers: tuple[str, ...]) -> None:
    first = block.split("\n", maxsplit=1)[0]
    for container in containers:
        block = contained(block, container)
    cleaned = outgoing(f"{block}\n\nEnd.")
    assert live(cleaned) == []
    assert first in "\n".join(code(cleaned))
    assert "End." in page(cleaned).text


def test_type_arguments_are_text() -> None:
    assert outgoing("a List<String>, a Map<K, V<T>> and `List<String>`") == (
        "a List&lt;String>, a Map&lt;K, V&lt;T>> and `List<String>`"
    )


@pytest.mark.parametrize("tag", ["<b>", "<T>", "</x>"])
def test_the_oracle_and_the_list_agree_on_blocks(tag: str) -> None:
    """`read` parts words at blocks: the tags in a paragraph must be none."""
    assert tag.strip("</>") not in BLOCKS


# ---- code ----

AT = "@octocat fixes #1 octo/repo#2 <!-- x --> ![i](u) https://github.com/o/r/issues/1"
CODE = st.lists(
    st.one_of(
        st.sampled_from(
            ["", AT, "/label bug", "<b>", "</details>", "[^1]: x", "[r]: u", "  indented", "\t@tab", "é\u200d"]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="`~"), max_size=30),
    ),
    min_size=1,
    max_size=5,
)
FENCES = st.tuples(st.sampled_from("`~"), st.integers(3, 6)).map(lambda fence: fence[0] * fence[1])
AROUND = st.sampled_from(["", "Try this:", "@octocat", "- a", "> q", "<b>x</b>", "# T", "a `b` c", "<div>"])


@given(
    code_lines=CODE, fence=FENCES, info=st.sampled_from(["", "py", " sh @x"]), before=AROUND, after=AROUND,
    containers=st.lists(st.sampled_from(["> ", "- ", "1. "]), max_size=3), closed=st.booleans(),
    line_break=st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
@example([AT], "```", "", "", "", ["> ", "- "], True, "\r\n")
@settings(max_examples=200)
def test_fenced_code_stays_as_written(
    code_lines: list[str],
    fence: str,
    info: str,
    before: str,
    after: str,
    containers: list[str],
    closed: bool,
    line_break: str,
) -> None:
    block = "\n".join([fence + info, *code_lines, *([fence] if closed else [])])
    text = document(["\n\n".join([before, block, after if closed else ""])], containers).replace("\n", line_break)
    assert live(outgoing(text)) == []
    assert missing(code(text), code(outgoing(text))) == []


@given(code_lines=CODE, before=AROUND, after=AROUND, containers=st.lists(st.sampled_from(["> ", "- "]), max_size=2))
def test_indented_code_stays_as_written(code_lines: list[str], before: str, after: str, containers: list[str]) -> None:
    block = contained("\n".join(code_lines), "    ")
    text = document(["\n\n".join([before, "para", block, after])], containers)
    assert live(outgoing(text)) == []
    assert missing(code(text), code(outgoing(text))) == []


@given(
    marks=st.integers(1, 3),
    content=st.sampled_from(
        ["@octocat", "fixes #1", "o/r#2", "<b>", "<!-- x -->", "![i](u)", "&#64;x", "\\@x", "a  b", "[^1]"]
    ),
    place=st.sampled_from(
        [
            "{}",
            "a {} b",
            "**{}**",
            "[{}](u)",
            "# {}",
            "| a | {} |\n|-|-|\n| {} | b |",
            "- {}\n  1. {}",
            "> {}\n{}",
            "<details><summary>x</summary>\n\n{}\n\n</details>",
            "a\r\n{}\r\n",
            "~~{}~~",
            "<b>{}</b>",
        ]
    ),
)
@settings(max_examples=300)
def test_inline_code_stays_as_written(marks: int, content: str, place: str) -> None:
    span = "`" * marks + content + "`" * marks
    text = place.replace("{}", span)
    assert outgoing(text).rstrip() == text.rstrip()
    assert live(outgoing(text)) == []


@pytest.mark.parametrize(
    ("text", "shown_as_code"),
    [
        pytest.param("```\nx\n    ```\n@octocat", ["x\n    ```\n@octocat\n"], id="a closing fence indented too far"),
        pytest.param("~~~\n@octocat", ["@octocat\n"], id="an unclosed fence"),
        pytest.param("- ```\n  @octocat", ["@octocat\n"], id="an unclosed fence in a list"),
        pytest.param("> 1. ~~~~\n>    @octocat", ["@octocat\n"], id="an unclosed fence, nested"),
        pytest.param("    @octocat\n\n    fixes #1", ["@octocat\n\nfixes #1\n"], id="indented"),
    ],
)
def test_code_that_is_left_open_is_closed(text: str, shown_as_code: list[str]) -> None:
    cleaned = outgoing(text)
    assert code(cleaned) == code(text) == shown_as_code
    assert code(f"{cleaned}\n\nMore.") == shown_as_code


def test_indented_code_at_the_beginning_keeps_its_indentation() -> None:
    assert outgoing("\n    mkdir out\n\nThen try again.\n") == "    mkdir out\n\nThen try again."


def test_a_marker_cannot_be_written_in_code_either() -> None:
    """Code is not changed: what reads markers must look for them outside of it."""
    assert outgoing("`<!-- hls:1 -->`") == "`<!-- hls:1 -->`"
    assert page(outgoing("`<!-- hls:1 -->`")).comments == []


# ---- what does nothing stays as it is ----


@pytest.mark.parametrize(
    "text",
    [
        "Run `pip install -U x`, then `x --help`.",
        "Write to me@example.com or see https://github.com/octo/repo",
        "See https://x.test/@scope/name.",
        "It fixed itself; see #12 and the docs/README.md.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "1. First\n2. Second\n\n   more",
        "Either/or, 1/2, a < b, wow!",
        "Emoji stay whole: 👩\u200d💻 ❤\ufe0f",
        "Of several parts: ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 👨\u200d👩\u200d👧 🧔🏻\u200d♂\ufe0f 1\ufe0f\u20e3",
        f"{PERSIAN} and क\u200d्ष stay as they are",
        "The value is $a < b$ and $$\\sum_i @_i$$.",
        "- [ ] one\n- [x] two",
        "a  \nb\\\nc\r\nd",
        "~~old~~ **new** _it_ &copy; &lt;b&gt; \\* \\_",
        "C:\\dir\\@x\\y".replace("@", ""),
        "> quoted\n\n---\n\n# T #\n\nT\n=",
        "[a](b 'c') [d]\n\n[d]: <e> \"f\"",
        "The disclosed #12 prefixes #12.",
        "日本語の説明、#12 を参照。",
    ],
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert outgoing(text) == text


HARMLESS = [
    "words ", "#12 ", "a < b ", "`c @d` ", "**bold** ", "_it_", "- ", "> ", "1. ", "\n", "\n\n", "me@x.test ", "&lt; ",
    "https://x.test/@a/b ", "\\* ", "| a | b |\n|-|-|\n| c | d |\n", "é", "日本", "[a](b) ", "(", ")", ": ",
    "<b>x</b> ",    "- [x] t", "x  \n", "\r\n", "# ", "fixed ", "1/2 ", "---\n", "<br>", "~~x~~ ", "!", "$a$ ",
]  # fmt: skip


@given(st.lists(st.sampled_from(HARMLESS), max_size=12).map("".join))
@settings(max_examples=200)
def test_prose_that_does_nothing_stays_byte_for_byte(text: str) -> None:
    if live(text) or re.search(r"fixed\W*#12|\w#12|!\[", text):
        return
    assert outgoing(text).strip() == text.strip()


@given(DOCUMENTS)
@settings(max_examples=200)
def test_links_keep_their_addresses(markdown: str) -> None:
    addresses = [address for address in links(markdown) if not UNSEEN.search(address)]
    expected = [address.replace("//github.com/o/r", "//redirect.github.com/o/r") for address in addresses]
    assert missing(expected, links(outgoing(markdown))) == [] or odd(markdown)
