"""What Claude reads of a text that people wrote: what the page shows, and the rest only in a mark that says so."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import incoming
from hls_action.domain.text.inbound import TOO_DEEP, Cleaned, clean, not_shown
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
HIDDEN = [*COMMENTS, *TAGS, *LINKS, *FOOTNOTES, *MORE]


@pytest.mark.parametrize("markdown", HIDDEN)
def test_what_the_page_hides_arrives_in_a_mark_if_at_all(markdown: str) -> None:
    cleaned = clean(markdown)
    assert PAYLOAD not in MARK.sub("", cleaned.text)
    assert sum(cleaned.hidden.values()) >= 1


@pytest.mark.parametrize("markdown", HIDDEN)
def test_the_page_does_hide_it(markdown: str) -> None:
    assert PAYLOAD not in page(markdown, with_code=True).text


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
@settings(max_examples=1_500)
def test_claude_gets_what_the_page_shows_and_nothing_else(markdown: str) -> None:
    assert inexcusable(incoming_faults(markdown), markdown) == []


@given(st.one_of(DOCUMENTS, st.text()))
@settings(max_examples=300)
def test_no_control_characters_arrive(text: str) -> None:
    assert all(c in "\n\t" or c >= " " for c in incoming(text))
