"""What Claude reads of a text that people wrote: what the page shows, and the rest only in a mark that says so."""

from __future__ import annotations

from typing import Never

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import inbound, incoming
from hls_action.domain.text.inbound import TOO_DEEP, Cleaned, clean, not_shown, visible
from tests.fuzz.documents import CONTAINERS, HIDING, LONGEST, MARKUP, document
from tests.fuzz.verdicts import MARK, incoming_faults, inexcusable
from tests.unit.rendered import page

PAYLOAD = "PAYLOAD"

COMMENTS = [
    pytest.param("a <!-- PAYLOAD --> b", id="an HTML comment"),
    pytest.param("a <!--PAYLOAD\nb--> c", id="a comment on two lines"),
    pytest.param("<!-- PAYLOAD\n\nPAYLOAD\n-->\n\nb", id="a comment as a block"),
    pytest.param("a\n\n<!-- PAYLOAD", id="a block that is never closed"),
    pytest.param("<!-- a\n\nb\n\n- PAYLOAD", id="what follows one"),
    pytest.param("<!-- PAYLOAD --!>\n-->\n\nb", id="a comment that ends as browsers have it"),
    pytest.param("<div><!-- <b>\n\nPAYLOAD", id="one in a block that ends first, with a > at the end"),
    pytest.param("<div>\n<!-- a\n\nPAYLOAD\n\n-->\n</div>\n\nb", id="one that goes on behind an empty line"),
    pytest.param("> <!-- PAYLOAD -->\n> b", id="in a quotation"),
    pytest.param("- <!--\n  PAYLOAD\n  -->\n- b", id="in a list"),
    pytest.param("| a |\n|-|\n| b <!-- PAYLOAD --> |", id="in a table"),
    pytest.param("# a <!-- PAYLOAD -->", id="in a heading"),
    pytest.param("a <?PAYLOAD?> b", id="a processing instruction"),
    pytest.param("<?php\nPAYLOAD\n?>", id="one as a block"),
    pytest.param("a <!DOCTYPE PAYLOAD> b", id="a declaration"),
    pytest.param("<!DOCTYPE PAYLOAD>", id="one as a block, too"),
    pytest.param("a <![CDATA[PAYLOAD]]> b", id="CDATA"),
    pytest.param("<![CDATA[\nPAYLOAD\n]]>", id="CDATA as a block"),
    pytest.param("x[^1]\n\n[^1]: <!-- PAYLOAD", id="a comment in a footnote"),
]
LEFT_OPEN = [
    pytest.param('<div title="x\n\nPAYLOAD [a](b) c', id="up to a link"),
    pytest.param('<div title="x\n\nPAYLOAD ![a](b) c', id="up to an image"),
    pytest.param('<div title="x\n\nPAYLOAD <https://x.test> c', id="up to an address"),
    pytest.param('<div title="x\n\na "b" PAYLOAD', id="signs that the page has as entities"),
    pytest.param("<div title='x\n\n[a](b'c)\n\nPAYLOAD", id="one in an address, too"),
    pytest.param("<div title='x\n\nPAYLOAD 'b' c", id="up to the end of a paragraph"),
    pytest.param("<div title='x\n\nPAYLOAD `b'` c", id="one with code"),
    pytest.param("<div title='x\n\nPAYLOAD <b title='c'> d", id="one with a tag"),
    pytest.param("<div title='x\n\n<p>PAYLOAD'>a</p>", id="up to the end of a tag"),
    pytest.param("<div>\n<!-- x\n\nPAYLOAD <!-- y --> z", id="up to the end of another comment"),
    pytest.param("<div>\n<!-- x\n\nPAYLOAD <b a='--!>'> b", id="up to a tag with an end in it"),
    pytest.param("<div>\n<!-- x\n\na `-->` PAYLOAD <!-- y -->", id="an end in code, which is none"),
    pytest.param("<div>\n<!-- x\n\n```\n-->\n```\n\nPAYLOAD", id="an end in a code block, which is none"),
]
TAGS = [
    pytest.param("a <x-y PAYLOAD> b", id="an unknown tag"),
    pytest.param("a <T PAYLOAD='x'> b", id="an unknown tag's attribute"),
    pytest.param("<ignore><all><rules><PAYLOAD>", id="tags in a row"),
    pytest.param("<b data-x='PAYLOAD'>b</b>", id="a data attribute"),
    pytest.param("<b aria-label='PAYLOAD'>b</b>", id="an aria attribute"),
    pytest.param("<b title='PAYLOAD'>b</b>", id="a title"),
    pytest.param("<b PAYLOAD>b</b>", id="an attribute without a value"),
    pytest.param("<div\nid='PAYLOAD'>\n\nb\n</div>", id="an attribute on another line"),
    pytest.param("<a href='u' title='PAYLOAD'>b</a>", id="a link's title in HTML"),
    pytest.param("<img src='u' alt='PAYLOAD'>", id="an image's text in HTML"),
    pytest.param("<img src='u' width='PAYLOAD'>", id="a width that is none"),
    pytest.param("<input value='PAYLOAD'>", id="a field's value"),
    pytest.param(
        "<details open='PAYLOAD'>\n<summary>a</summary>\n\nb\n</details>", id="the value of a known attribute"
    ),
    pytest.param("<a href='u PAYLOAD'>b</a>", id="words in an address"),
    pytest.param("<div title='PAYLOAD", id="a tag that is never closed"),
]
LINKS = [
    pytest.param("![PAYLOAD](u)", id="an image's text"),
    pytest.param("![a [PAYLOAD](v) b](u)", id="a link in an image's text"),
    pytest.param("![PAYLOAD][r]\n\n[r]: u", id="the text of an image by reference"),
    pytest.param("[a](b 'PAYLOAD')", id="a link's title"),
    pytest.param('[a](b\n"PAYLOAD\nPAYLOAD")', id="a title on several lines"),
    pytest.param("![](b (PAYLOAD))", id="an image's title"),
    pytest.param("[a]\n\n[a]: b 'PAYLOAD'", id="a definition's title"),
    pytest.param("[a]\n\n[a]: b\n  'PAYLOAD'", id="on its next line"),
    pytest.param("[a]\n\n[a]:\nb\n'PAYLOAD\nPAYLOAD'", id="on three lines"),
    pytest.param("[//]: # (PAYLOAD)", id="a definition that nothing uses"),
    pytest.param("[PAYLOAD]: b", id="its label"),
    pytest.param("[^a PAYLOAD]: b", id="a label that is no footnote's name"),
    pytest.param("[a]\n\n[a]: b\n[a]: c (PAYLOAD)", id="a second definition"),
    pytest.param("[a]\n\n[a]: b\n    [c]: d (PAYLOAD)", id="an indented one after another"),
    pytest.param("> [//]: # (PAYLOAD)\n> b", id="a definition in a quotation"),
    pytest.param("- [//]: # (PAYLOAD)\n- b", id="a definition in a list"),
    pytest.param("- [ ] [//]: # (PAYLOAD)\n- b", id="a definition in a list of tasks"),
]
FOOTNOTES = [
    pytest.param("a\n\n[^1]: PAYLOAD", id="a footnote that nothing refers to"),
    pytest.param("a\n[^1]: PAYLOAD", id="one right below a paragraph"),
    pytest.param("a[^1]\n\n[^1]: b\n\n[^1]: PAYLOAD", id="a second one of its name"),
    pytest.param("a[^1]\n\n[^1]: b\n[^1]: PAYLOAD", id="right below the first"),
    pytest.param("a\n\n[^1]: b\n\n    PAYLOAD", id="its second paragraph"),
    pytest.param("a\n\n[^1]: - PAYLOAD", id="a list in one"),
    pytest.param("a\n\n[^1]: PAYLOAD | b\n-|-", id="a footnote that looks like a table"),
    pytest.param("a\n\n[^1]: PAYLOAD\n===", id="a footnote that looks like a heading"),
    pytest.param("https://x.test/[^1]\n\n[^1]: PAYLOAD", id="one that only an address seems to name"),
    pytest.param("`[^1]`\n\n[^1]: PAYLOAD", id="one that only code names"),
    pytest.param("[^1](u)\n\n[^1]: PAYLOAD", id="one that is a link"),
    pytest.param("> [^1]: PAYLOAD", id="a footnote in a quotation"),
]
MORE = [
    pytest.param("```py PAYLOAD\na\n```", id="a note behind a fence"),
    pytest.param("~~~ {.py title=PAYLOAD}\na\n~~~", id="attributes behind a fence"),
    pytest.param("- ```\tsh PAYLOAD\n  a\n  ```", id="in a list, after a tab"),
    pytest.param("| a |\n|-|\n| b | PAYLOAD |", id="a surplus cell"),
    pytest.param("> a | b\n> -|-\n> c | d | PAYLOAD", id="a surplus cell without pipes around"),
]
HIDDEN = [*COMMENTS, *LEFT_OPEN, *TAGS, *LINKS, *FOOTNOTES, *MORE]


@pytest.mark.parametrize("markdown", HIDDEN)
def test_what_the_page_hides_arrives_in_a_mark_if_at_all(markdown: str) -> None:
    cleaned = clean(markdown)
    assert PAYLOAD not in MARK.sub("", cleaned.text)
    assert sum(cleaned.hidden.values()) >= 1


@pytest.mark.parametrize("markdown", HIDDEN)
def test_the_page_does_hide_it(markdown: str) -> None:
    assert PAYLOAD not in page(markdown, with_code=True).text


TITLE, FOUR = "link title", "one two three four"
GONE = "part behind an HTML comment or tag that is not closed"
TO_THE_LETTER = [
    ("\ufeffa", "a", {}),
    ("a <!-- x --> b <?z?> c", "a  b  c", {"HTML comment": 2}),
    ("<div title='x'", "", {"HTML tag that is not closed": 1}),
    # what is left open
    (
        "<div>\n<!-- x\n\ny\n\n    z\n\n```\nz\n```\n\n- w --> a\n\nb",
        "<div>\n\n\n\n\n\n\n\n\n-",
        {"HTML comment": 1, GONE: 5},
    ),
    ("<div>\n<!-- x\n\ny <!-- z --> w <!-- v --> u\n\nb", "<div>\n\n\n w  u\n\nb", {"HTML comment": 2}),
    ("<div>\n<!-- x\n\ny <b a='--!>'> w\n\nb", "<div>\n\n\n'> w\n\nb", {"HTML comment": 1}),
    ("<div>\n<!-- x\n\n<p>y --!> z <!-- --></p>\n\nb", "<div>\n\n\n z </p>\n\nb", {"HTML comment": 2}),
    ('<div title="x\n\ny [a](b) ![](c) z\n\nw', "[a](b) ![](c) z\n\nw", {"HTML tag that is not closed": 1}),
    ('<div title="x\n\n![](b) <http://a.b> z', "![](b) <http://a.b> z", {"HTML tag that is not closed": 1}),
    ('<div title="x\n\ny <http://a.b> z', "<http://a.b> z", {"HTML tag that is not closed": 1}),
    ("<div title='x\n\n![y](u)&apos; z\n\nw", "w", {"HTML tag that is not closed": 1}),
    ("<div title='x\n\n<p y>z'>a>b</p>\n\nc", "a>b</p>\n\nc", {"HTML tag that is not closed": 1}),
    ("<div title='x\n\n<p>y'\n\nb", "b", {"HTML tag that is not closed": 1}),
    ("z[^1]\n\n<div>\n<!-- x\n\n[^1]: f", "z[^1]\n\n<div>", {"HTML comment": 1, "footnote that nothing refers to": 1}),
    ("<div title='x\n\ny 'z\n\nw", "w", {"HTML tag that is not closed": 1}),
    ("<div title='x\n\ny `'`\n\nw", "w", {"HTML tag that is not closed": 1}),
    ("<div title='x\n\ny <b title='z'>\n\nw", "w", {"HTML tag that is not closed": 1}),
    ("<div title='x\n\n[a](b'c) <b>d</b> [a](b'c)", "", {"HTML tag that is not closed": 1, GONE: 1}),
    ("<div title='x\n\n<p>y</p>\n\nz", "", {"HTML tag that is not closed": 1, GONE: 2}),
    ("<div>\n<!-- x\n\n<p>y</p>\n\nb", "<div>", {"HTML comment": 1, GONE: 2}),
    ("<div>\n<!-- x\n\ny <b> <!-- z --> w", "<div>\n\n\n w", {"HTML comment": 1}),
    ("a <!-- x --!> <b c=d> --> e", "a  <b> --> e", {"HTML comment": 1, "HTML attribute": 1}),
    # footnotes
    (
        "a[^Note]\n\n[^nOTE]: b\n    c\n\n[^x]: d\n\n    e\n\nf",
        "a[^Note]\n\n[^nOTE]: b\n    c\n\n\nf",
        {"footnote that nothing refers to": 1},
    ),
    (
        "`[^1]`[^2]\n\n[^1]: a\n[^2]: <!-- x --> b",
        "`[^1]`[^2]\n\n\n[^2]:  b",
        {"footnote that nothing refers to": 1, "HTML comment": 1},
    ),
    # behind a fence
    ("```py x\na\n```", "```py\na\n```", {"note behind a code fence": 1}),
    ("~~~py\tx y\na\n~~~", "~~~py\na\n~~~", {"note behind a code fence": 1}),
    ("``` {x}\na\n```", "```\na\n```", {"note behind a code fence": 1}),
    ("``` py! \na\n```", "```\na\n```", {"note behind a code fence": 1}),
    ("> ```py x\n> a\n> ```", "> ```py\n> a\n> ```", {"note behind a code fence": 1}),
    ("``` \t\na\n```", "``` \t\na\n```", {}),
    ("```  py\t\na\n```", "```  py\t\na\n```", {}),
    ("```X y\na\n```", "```X\na\n```", {"note behind a code fence": 1}),
    # tags
    (
        "<img alt='a' title='b'>",
        "<img>[not shown on the page: alt text 'a'][not shown on the page: title 'b']",
        {"alt text": 1, TITLE: 1},
    ),
    ("a <b title='x' class=y> c", "a <b>[not shown on the page: title 'x'] c", {TITLE: 1, "HTML attribute": 1}),
    ("> <div\n> title='x\n> y'>a</div>", "> <div>[not shown on the page: title 'x\\ny']a</div>", {TITLE: 1}),
    # links
    ("[a](b (c) ) d", "[a](b)[not shown on the page: title 'c'] d", {TITLE: 1}),
    (f"[a][{FOUR}]\n\n[{FOUR}]: b", f"[a][][not shown on the page: label '{FOUR}']\n\n[...]: b", {"link label": 2}),
    ("[a][one two three]\n\n[one two three]: b", "[a][one two three]\n\n[one two three]: b", {}),
    (f"[a][{'b' * 40}]\n\n[{'b' * 40}]: c", f"[a][{'b' * 40}]\n\n[{'b' * 40}]: c", {}),
    (
        f"[a][{'b' * 41}]\n\n[{'b' * 41}]: c",
        f"[a][][not shown on the page: label '{'b' * 41}']\n\n[...]: c",
        {"link label": 2},
    ),
    (f"[a](<{'b' * 40} c>)", f"[a](<{'b' * 40} c>)", {}),
    (f"[a](<{FOUR}>)", f"[a](<>)[not shown on the page: address '{FOUR}']", {"link address": 1}),
    (f"[a]\n\n[a]: <{FOUR}>", "[a]\n\n[a]: <>", {"link address": 1}),
    (f"[{FOUR}]\n\n[ONE two  three four]: b", f"[{FOUR}]\n\n[ONE two  three four]: b", {}),
    (f"[{FOUR}][]\n\n[{FOUR}]: b", f"[{FOUR}][]\n\n[{FOUR}]: b", {}),
    (f"![{FOUR}]\n\n[{FOUR}]: b", f"![][not shown on the page: alt text '{FOUR}']\n\n[{FOUR}]: b", {"alt text": 1}),
    (
        f"[{FOUR}](c) [a][{FOUR}]\n\n[{FOUR}]: b",
        f"[{FOUR}](c) [a][][not shown on the page: label '{FOUR}']\n\n[...]: b",
        {"link label": 2},
    ),
    ("![ a ](b 't') c", "![](b)[not shown on the page: alt text 'a', title 't'] c", {"alt text": 1, TITLE: 1}),
    ("![ Image ](b)", "![ Image ](b)", {}),
    ("> ![a\n> b](c)", "> ![](c)[not shown on the page: alt text 'a\\nb']", {"alt text": 1}),
    ("[x](<a \"b\") c> 't')", "[x](<a \"b\") c>)[not shown on the page: title 't']", {TITLE: 1}),
    ("[x]( <one two three>)", "[x]( <one two three>)", {}),
    # definitions
    ("b [a]\n\n[a]: b 'c'\nd", "b [a]\n\n[a]: b\nd", {TITLE: 1}),
    ("- [ ] [a]: b 'c'\n\n[a]", "- [ ] [a]: b\n\n[a]", {TITLE: 1}),
    ("[a]\n\n[x]: y\n[a]: b\n[z]: w\n\nb\n\n[x]: y", "[a]\n\n[a]: b\n\nb", {"link definition that nothing uses": 3}),
    ("[x]: y 'z'\na", "a", {"link definition that nothing uses": 1}),
    (f"[a] [c]\n\n[a]: b\n[c]: <{FOUR}>", "[a] [c]\n\n[a]: b\n[c]: <>", {"link address": 1}),
    ("[a]\n\n[a]: b  \nc", "[a]\n\n[a]: b  \nc", {}),
    (f"[{FOUR}] [a]\n\n[{FOUR}]: b\n[a]: <{FOUR}>", f"[{FOUR}] [a]\n\n[{FOUR}]: b\n[a]: <>", {"link address": 1}),
    (f"[{FOUR}] x\n\n[{FOUR}]: b", f"[{FOUR}] x\n\n[{FOUR}]: b", {}),
    (
        f"[x] [a][{FOUR}]\n\n[x]: y\n[{FOUR}]: b",
        f"[x] [a][][not shown on the page: label '{FOUR}']\n\n[x]: y\n[...]: b",
        {"link label": 2},
    ),
    # cells
    ("> a | b\n> -|-\n> c | d | e | f\n\nb", "> a | b\n> -|-\n> c | d \n\nb", {"table cell beyond the last column": 1}),
]


@pytest.mark.parametrize(("markdown", "text", "hidden"), TO_THE_LETTER)
def test_what_is_hidden_leaves_and_nothing_beside_it(markdown: str, text: str, hidden: dict[str, int]) -> None:
    assert clean(markdown) == Cleaned(text, hidden)


@pytest.mark.parametrize(
    ("markdown", "crowded"),
    [
        ("<x><y><z><w>", True),
        ("<x><y><z>", False),
        ("a <x> <y>\n<z>&nbsp;<w> b", True),
        ("a <x><y>\u200b<z>&#8203;<w> b", True),
        ("<x><b><y></b><z><!-- c --><w>", True),
        ("<x>a<y><z><w>", False),
        ("<x><y>a<z><w>", False),
        ("<x><y><z><b>a</b><w>", False),
        ("a <x><y><z> b <x><y><z>", False),
        ("b <b>a</b> <x><y></z><w> b", True),
    ],
)
def test_so_many_unknown_tags_side_by_side_that_they_could_be_a_sentence(markdown: str, crowded: bool) -> None:
    assert clean(markdown).hidden.get("unknown HTML tag", 0) == (4 if crowded else 0)


def test_of_two_crowds_each_is_seen_and_a_lone_tag_between_is_none() -> None:
    assert incoming("<x><y><z><w> a <v> b </x></y></z></w>").count("[not shown on the page: <") == 8
    assert "a <v> b" in incoming("<x><y><z><w> a <v> b </x></y></z></w>")


def test_what_is_visible_is_not_marked_or_spelt_out() -> None:
    assert (
        visible("\ufeffa\u200b <!-- x -->b\r\n![c](d 'e')")
        == "a\u200b b\n![](d)[not shown on the page: alt text 'c', title 'e']"
    )
    assert visible("> " * 200 + "<!-- x -->\r") == "> " * 200 + "<!-- x -->\n"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("![a cat](u)", "![](u)[not shown on the page: alt text 'a cat']"),
        ("![Image](u)", "![Image](u)"),
        ("[a](b 'c')", "[a](b)[not shown on the page: title 'c']"),
        ("![a](b 'c')", "![](b)[not shown on the page: alt text 'a', title 'c']"),
        ("<img src=u alt='a'>", "<img src=u>[not shown on the page: alt text 'a']"),
        ("a <x y=1> b", "a [not shown on the page: <x y=1>] b"),
    ],
)
def test_what_honest_people_use_stays_in_a_mark(markdown: str, text: str) -> None:
    assert incoming(markdown) == text


@pytest.mark.parametrize("what", ["a] You may: [", "a\n] b", "]]]"])
def test_nothing_in_a_mark_can_seem_to_end_it(what: str) -> None:
    assert MARK.fullmatch(not_shown(what))
    assert PAYLOAD not in MARK.sub("", incoming(f"[a](b '{what} {PAYLOAD}')"))


def test_what_was_hidden_is_counted_in_words() -> None:
    cleaned = clean("a <!-- x --> b <!-- y --> ![z](u)")
    assert cleaned.hidden == {"HTML comment": 2, "alt text": 1}
    assert cleaned.hidden_in_words == "HTML comment x 2, alt text"
    assert clean("a").hidden_in_words == ""


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        pytest.param("a\u200bb", "a[U+200B]b", id="an invisible character"),
        pytest.param("a\U000e0041\U000e0042b", "a[U+E0041][U+E0042]b", id="tag characters"),
        pytest.param("a\u202eb", "a[U+202E]b", id="an override"),
        pytest.param("a\x00\x1b[31mb", "a[U+0000][U+001B][31mb", id="control characters"),
        pytest.param("`a\u200bb`\n\n```\na\u200bb\n```", "`a[U+200B]b`\n\n```\na[U+200B]b\n```", id="in code"),
        pytest.param(
            "a&#8203;b&ZeroWidthSpace;c", "a&#8203;b&ZeroWidthSpace;c", id="as entities: they can be seen here"
        ),
        pytest.param("![a\u200b](u)", "![](u)[not shown on the page: alt text 'a\\u200b']", id="in a mark"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line breaks"),
        pytest.param("\n a \n", " a", id="empty lines around"),
        pytest.param("\nXX", "XX", id="and no more than those"),
    ],
)
def test_characters(markdown: str, text: str) -> None:
    assert incoming(markdown) == text


AS_WRITTEN = [
    pytest.param("#include <thread>\n#include <vector>", id="a header's name"),
    pytest.param("a List<File> and Map<K, V>", id="type arguments"),
    pytest.param("the <title> tag, <script>, <b>, <placeholder>", id="names of tags"),
    pytest.param("sort < file.txt > out.txt 2>&1", id="redirections"),
    pytest.param("a <!-- that is never closed, in a sentence", id="the beginning of a comment"),
    pytest.param("see [docs]: #install", id="a definition that is none"),
    pytest.param("- a\n\n  ```\n  b\n\n\n  c\n  ```\n- d", id="empty lines in a list's fence"),
    pytest.param("- [ ] open\n- [x] done", id="a list of tasks"),
    pytest.param("| a | b |\n|:-|-:|\n| 1 | `2 \\| 3` |\n| 4 |", id="a table"),
    pytest.param("$a < b$ and\n\n$$\n\\sum_{i<n} x_i\n$$", id="mathematics"),
    pytest.param("a[^1] and[^note]\n\n[^1]: one\n[^note]: two\n\n    more of two", id="footnotes"),
    pytest.param("<details>\n<summary>Log</summary>\n\n```\nx\n```\n\n</details>", id="details"),
    pytest.param("<details open><summary>Log</summary>x</details>", id="open details"),
    pytest.param("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, a<br>b", id="keys and breaks"),
    pytest.param("### What happened?\n\nIt broke.\n\n### Version\n\n_No response_", id="an issue form"),
    pytest.param("[a](b) <https://x.test> https://x.test/?a=<b", id="links"),
    pytest.param("[a], [b][c]\n\n[a]: d\n[c]: <e f>", id="definitions that links use"),
    pytest.param("```html\n<!-- header -->\n<h1 title='x'>Hi</h1>\n```", id="a comment in a code block"),
    pytest.param("`<!-- x -->` and\n\n    <!-- y -->", id="comments in other code"),
    pytest.param("```\n[//]: # (shown, for this is code)\n```", id="a definition in code"),
    pytest.param("&lt;!-- shown --&gt; &copy; \\<b>", id="entities and escapes"),
    pytest.param("a **b** _c_ ~~d~~ @octocat fixes #1", id="prose"),
    pytest.param("❤\ufe0f\u200d🔥 👨\u200d👩\u200d👧 1\ufe0f\u20e3", id="emoji of several parts"),
    pytest.param("a\n\n\n\nb", id="empty lines"),
    pytest.param("<img width=\"10\" src=\"https://x.test/a.png\" />", id="an image in HTML that says nothing"),
    pytest.param('<p align="center">a</p>', id="what only moves"),
    pytest.param("~~~python\nx\n~~~", id="the language of a fence"),
    pytest.param("if (a <b && c> d) {}", id="a comparison that looks like a tag, nearly"),
]  # fmt: skip


@pytest.mark.parametrize("markdown", AS_WRITTEN)
def test_what_people_see_arrives_as_they_wrote_it(markdown: str) -> None:
    assert clean(markdown) == Cleaned(markdown)


@pytest.mark.parametrize("line", ["[warn]: #0 failed to flush", "[1]: #4711 crash on start"])
def test_a_line_of_a_log_arrives(line: str) -> None:
    assert incoming(f"{line}\n{line}") == f"{line}\n{line}"


@pytest.mark.parametrize(
    "nested", ["> " * 200 + "x", "".join(f"{'  ' * n}- a\n" for n in range(200)), "[" * 5_000 + "x"]
)
def test_what_is_nested_too_deeply_arrives_whole_and_says_so(nested: str) -> None:
    text = incoming(nested + "\n\n<!-- y -->")
    assert text.startswith(TOO_DEEP) or nested.startswith("[")
    assert "x" in text or "a" in text


def test_what_is_too_deep_for_the_parser_itself_arrives_whole_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_: str) -> Never:
        raise RecursionError

    monkeypatch.setattr(inbound, "parse", parse)
    assert clean("a\u200b <!-- y -->") == Cleaned(TOO_DEEP + "a[U+200B] <!-- y -->")


DOCUMENTS = st.builds(
    document,
    st.lists(st.sampled_from(HIDING + MARKUP), max_size=LONGEST),
    st.lists(st.sampled_from(CONTAINERS), max_size=2),
)


@given(DOCUMENTS)
@example("<pre>``` py w1q\n<!-- <details></pre>\n]: /u w4q\n")
@example("[^1]: w1q|\n|-|-|\n<?w3q**")
@example("> [r]: # (w1q)\nw2q\n> [r]: # (w3q)\n")
@example("[r]: /u 'w1q'\n\t[r]: /u 'w2q'")
@example("<b><![CDATA[w1q</b>]]]>w2q")
@settings(max_examples=750)
def test_claude_gets_what_the_page_shows_and_nothing_else(markdown: str) -> None:
    assert inexcusable(incoming_faults(markdown), markdown) == []


@given(st.one_of(DOCUMENTS, st.text()))
@settings(max_examples=300)
def test_no_control_characters_arrive(text: str) -> None:
    assert all(c in "\n\t" or c >= " " for c in incoming(text))
