"""Raw HTML as browsers take it apart, and what is kept of a tag."""

from __future__ import annotations

import pytest

from hls_action.domain.text.html import is_unknown, kept, markup
from tests.unit import rendered


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("a<b>c</b>", [("tag", 1, 4, ""), ("tag", 5, 9, "")]),
        ("<!-- a -->b", [("comment", 0, 10, "")]),
        ("<!-->b-->", [("comment", 0, 5, "")]),
        ("<!--->b-->", [("comment", 0, 6, "")]),
        ("<!-- a --!>b", [("comment", 0, 11, "")]),
        ("<!-- a", [("comment", 0, 6, "-->")]),
        ("<!--a->", [("comment", 0, 7, "-->")]),
        ("<!-- a -->\n<b>\n<!-- c", [("comment", 0, 10, ""), ("tag", 11, 14, ""), ("comment", 15, 21, "-->")]),
        ("<?php x>y", [("comment", 0, 8, "")]),
        ("<!DOCTYPE x>y", [("comment", 0, 12, "")]),
        ("<?x", [("comment", 0, 3, "")]),
        ("</>a", [("comment", 0, 3, "")]),
        ("</ b>c", [("comment", 0, 5, "")]),
        ("</ b", [("comment", 0, 4, "")]),
        ("</", []),
        ("<1> a < b", []),
        ("<a b='>'>c", [("tag", 0, 9, "")]),
        ('<a b=">">c', [("tag", 0, 9, "")]),
        ("<a b=x'>c", [("tag", 0, 8, "")]),
        ("<a b='x' 'y>c", [("tag", 0, 12, "")]),
        ("<a b='>c", [("broken tag", 0, 8, "'")]),
        ('<a b=">c', [("broken tag", 0, 8, '"')]),
        ('<a b = "x" c= \'y>', [("broken tag", 0, 17, "'")]),
        ("<a b='\"' c=\">d", [("broken tag", 0, 14, '"')]),
        ("<a b=' c=\" d", [("broken tag", 0, 12, "'")]),
        ("<a b='x' c", [("broken tag", 0, 10, "")]),
        ("<a b", [("broken tag", 0, 4, "")]),
    ],
)
def test_where_comments_and_tags_end(html: str, found: list[tuple[str, int, int, str]]) -> None:
    assert [tuple(each) for each in markup(html)] == found


def test_markup_from_a_place_on() -> None:
    assert [each.start for each in markup("<a><b>")] == [0, 3]
    assert [each.start for each in markup("<a><b>", 1)] == [3]


def test_the_tags_that_the_page_has() -> None:
    assert {name for name in rendered.SHOWN_TAGS if is_unknown(f"<{name}>")} == {"section"}
    assert [kept(f"<{name.upper()} x>", crowded=True)[0] for name in ("a", "b")] == ["<A>", "<B>"]
    assert [tag for tag in ("<B>", "</B>", "<Xmp>", "<x>", "<b1>", "<file/>") if is_unknown(tag)] == [
        "<x>", "<b1>", "<file/>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp"]
)
def test_a_tag_that_the_page_shows_as_text_stays_as_it_is(name: str) -> None:
    tag = f"<{name} id=x>"
    assert rendered.html(f"a {tag}").startswith("<p>a &lt;")
    assert kept(tag, crowded=True) == (tag, [], {})
    assert not is_unknown(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "<b>",
        "<B>",
        "<b >",
        "<b\n>",
        "</b>",
        "<b/>",
        "<br />",
        "<SCRIPT x=1>",
        "<a href=u>",
        '<a href="u" src=v>',
        "<a href=u / >",
        "<img src='u'/>",
        "<details open>",
        "<details OPEN=''>",
        "<p checked disabled>",
        "<p checked='' disabled=''>",
        "<p align=left align=Right align=center align=justify>",
        "<b align =  left>",
        "<td width=1 height=20px colspan=3 rowspan=4 start=50000>",
        "<td width=100%>",
        "<b  open\n align=left >",
    ],
)
def test_a_tag_of_the_page_that_says_nothing_of_its_own_stays_as_it_is(tag: str) -> None:
    assert kept(tag, crowded=True) == (tag, [], {})


@pytest.mark.parametrize(
    ("tag", "text", "notes", "dropped"),
    [
        ("</b x>", "</b>", [], {"HTML attribute": 1}),
        ("</B x=1 y>", "</B>", [], {"HTML attribute": 1}),
        ("<b id=x class=y>", "<b>", [], {"HTML attribute": 2}),
        ("<b id='a>b'>", "<b>", [], {"HTML attribute": 1}),
        ("<a href=u id=x/>", "<a href=u/>", [], {"HTML attribute": 1}),
        ("<a href='u v'>", "<a>", [], {"HTML attribute": 1}),
        ("<details open=x>", "<details>", [], {"HTML attribute": 1}),
        ("<p checked=x disabled=y>", "<p>", [], {"HTML attribute": 2}),
        ("<p align=xleft>", "<p>", [], {"HTML attribute": 1}),
        ("<td width=123456 height=1em>", "<td>", [], {"HTML attribute": 2}),
        ("<img src=u alt='x y'>", "<img src=u>", ["alt text 'x y'"], {"alt text": 1}),
        ("<img alt='x' src=u />", "<img src=u/>", ["alt text 'x'"], {"alt text": 1}),
        ('<img alt="x">', "<img>", ["alt text 'x'"], {"alt text": 1}),
        ("<img ALT=a TITLE=b>", "<img>", ["alt text 'a'", "title 'b'"], {"alt text": 1, "link title": 1}),
        (
            "<a title=t alt=z title=q>",
            "<a>",
            ["title 't'", "alt text 'z'", "title 'q'"],
            {"link title": 2, "alt text": 1},
        ),
        ("<img alt='' title=' '>", "<img>", [], {"HTML attribute": 2}),
        ("<img alt=Image title=image>", "<img>", [], {}),
    ],
)
def test_what_is_dropped_of_a_tag(tag: str, text: str, notes: list[str], dropped: dict[str, int]) -> None:
    assert kept(tag, crowded=False) == (text, notes, dropped)


@pytest.mark.parametrize(
    ("tag", "stays"),
    [
        ("<file>", True),
        ("<X>", True),
        ("</File>", True),
        ("<file/>", True),
        ("<my-tag>", True),
        (f"<{'a' * 30}>", True),
        (f"<{'a' * 31}>", False),
        ("<a-b-c>", False),
        ("<a_b>", False),
        ("<T[]>", False),
        ("<file x>", False),
        ("<input checked>", False),
    ],
)
def test_a_tag_that_the_page_does_not_have_stays_when_it_is_a_word_that_is_alone(tag: str, stays: bool) -> None:
    gone = ("", [tag], {"unknown HTML tag": 1})
    assert kept(tag, crowded=False) == ((tag, [], {}) if stays else gone)
    assert kept(tag, crowded=True) == gone
