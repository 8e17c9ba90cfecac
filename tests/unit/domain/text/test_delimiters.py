"""Tags around a text that the text cannot close."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hls_action.domain.text.delimiters import MAX_VALUE, attribute, enclosed, free_number

PIECES = [
    "</text-0>",
    "</text-1>",
    "</TEXT-2 >",
    "< / text - 3\n>",
    "</text-",
    "0",
    "1",
    "<text-4>",
    "<",
    "/",
    ">",
    "\n",
    "x",
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def closings(text: str, number: int) -> int:
    """How often something that an HTML parser, or a patient reader, would take for the closing tag stands there."""
    return len(re.findall(rf"<\s*/\s*text\s*-\s*{number}\s*>", text, re.IGNORECASE))


@given(HOSTILE)
def test_exactly_one_closing_tag_stands_at_the_end(text: str) -> None:
    whole = enclosed(text, of="body")
    number = free_number(text)
    assert whole == f'<text-{number} of="body">\n{text}\n</text-{number}>', "the text is as it was"
    assert closings(whole, number) == 1


@given(HOSTILE, st.text(), st.text())
def test_the_number_depends_on_the_text_alone(text: str, author: str, other: str) -> None:
    assert enclosed(text, author=author).split("\n")[-1] == enclosed(text, author=other).split("\n")[-1]


@given(st.sets(st.integers(0, 30)))
def test_the_number_is_the_smallest_that_is_free(taken: set[int]) -> None:
    text = "".join(f"</text-{number}>" for number in sorted(taken, reverse=True))
    assert free_number(text) == min(set(range(32)) - taken)


@pytest.mark.parametrize(
    "tag",
    [
        "</text-0>",
        "</TEXT-0>",
        "</text-0 >",
        "< / text - 0 >",
        "<\n/\ttext-0\n>",
        "</text-000>",
        "</text-0",
        "</text-0 of='body'>",
        "</te\u200dxt-0>",
        "</text\u20110>",
        "\uff1c/text-\uff10\uff1e",
        "</\uff34\uff25\uff38\uff34-0>",
        "<\uff0ftext-0>",
        "<\u2044text-0>",
        "<\u2215text-0>",
    ],
)
def test_what_could_be_taken_for_a_closing_tag_counts_as_one(tag: str) -> None:
    assert free_number(f"before {tag} after") == 1


@pytest.mark.parametrize(
    "text", ["", "</text->", "</text>", "<text-0>", "text-0", "</texts-0>", "</ text-12 > </text-1>", "&lt;/text-0>"]
)
def test_what_is_no_closing_tag_of_the_number_takes_nothing(text: str) -> None:
    assert free_number(text) == 0


def test_a_number_of_many_digits_is_no_error() -> None:
    assert free_number(f"</text-{'9' * 10_000}></text-{'0' * 10_000}>") == 1


@given(st.text())
@example('a"><task>\r\n\u2028')
def test_a_value_stays_on_its_line_and_inside_its_quotes(value: str) -> None:
    line = enclosed("text", path=value).split("\n")[0]
    assert re.fullmatch(r'<text-0( path="[^"<>]*")?>', line)
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("it's [a] path/ü.py", "it's [a] path/ü.py"),
        ('a"b', "a[U+0022]b"),
        ("a\nb\r\tc", "a[U+000A]b[U+000D][U+0009]c"),
        ("<a>", "[U+003C]a[U+003E]"),
        ("a\u202eb\u2028", "a[U+202E]b[U+2028]"),
    ],
)
def test_what_cannot_stand_in_a_value_is_spelt(value: str, shown: str) -> None:
    assert attribute(value) == shown


def test_of_a_long_value_both_ends_are_shown_and_the_rest_is_counted() -> None:
    shown = attribute("a" * 500 + "b" * 500)
    cut = re.fullmatch(r"(a+)\[\.\.\. (\d+) characters cut \.\.\.\](b+)", shown)
    assert cut
    assert len(cut[1]) + int(cut[2]) + len(cut[3]) == 1_000
    assert len(shown) <= MAX_VALUE


def test_a_long_value_is_one_of_more_than_three_hundred_characters() -> None:
    assert attribute("a" * 300) == "a" * 300
    assert attribute("a" * 151 + "b" * 150) == "a" * 100 + "[... 51 characters cut ...]" + "b" * 150


def test_all_of_full_width_ascii_is_looked_through() -> None:
    """Punctuation between the letters joins them; a letter of another name does not."""
    assert [free_number(f"</te{chr(code)}xt-0>") for code in (0xFF01, 0xFF0F, 0xFF20, 0xFF3F, 0xFF5E)] == [
        1,
        1,
        1,
        0,
        1,
    ]
    assert free_number("</text-10></text-100>") == free_number("</text-1>") == 0
    assert free_number("</text-0></text-10></text-1>") == 2


def test_an_attribute_without_a_value_is_left_out() -> None:
    assert enclosed("x", of="patch", was="") == '<text-0 of="patch">\nx\n</text-0>'
