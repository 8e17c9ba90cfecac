"""Which tags Claude may use, and which of them are in pairs."""

from __future__ import annotations

import pytest

from hls_action.domain.text.tags import Tag, balanced, tag_in


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<b>", Tag("b", closes=False)),
        ("</b>", Tag("b", closes=True)),
        ("<B>", Tag("b", closes=False)),
        ("<b \n>", Tag("b", closes=False)),
        ("<details open>", Tag("details", closes=False)),
        ("</details>", Tag("details", closes=True)),
        ("<br>", Tag("br", closes=False)),
        ("<br />", Tag("br", closes=False)),
        ("</br>", None),
        ("<b/>", None),
        ("</b/>", None),
        ("<details/>", None),
        ("</details open>", None),
        ("<summary open>", None),
        ("<br open>", None),
        ("<details OPEN>", None),
        ("<b id=x>", None),
        ("< b>", None),
        ("<h1>", None),
        ("<b>x", None),
        ("x<b>", None),
    ],
)
def test_a_tag_on_the_list(text: str, tag: Tag | None) -> None:
    assert tag_in(text) == tag


@pytest.mark.parametrize(
    "name",
    [
        "b",
        "code",
        "del",
        "em",
        "i",
        "ins",
        "kbd",
        "q",
        "s",
        "samp",
        "strong",
        "sub",
        "sup",
        "var",
        "details",
        "summary",
    ],
)
def test_what_has_no_looks_but_its_own_is_on_the_list(name: str) -> None:
    assert [tag_in(f"<{name}>"), tag_in(f"</{name}>")] == [Tag(name, closes=False), Tag(name, closes=True)]


def tags(*written: str) -> list[Tag]:
    """As in ``b /b``, one text a block, each at the place of its number."""
    words = [(word, block) for block, text in enumerate(written) for word in text.split()]
    return [
        Tag(word.lstrip("/"), word.startswith("/"), place, block) for place, (word, block) in enumerate(words, start=1)
    ]


@pytest.mark.parametrize(
    ("written", "good"),
    [
        pytest.param((), set(), id="nothing"),
        pytest.param(("b /b",), {1, 2}, id="a pair"),
        pytest.param(("b",), set(), id="the beginning alone"),
        pytest.param(("/b b",), set(), id="the end before it"),
        pytest.param(("b /i",), set(), id="two that are none"),
        pytest.param(("b i /i /b",), {1, 2, 3, 4}, id="a pair in a pair"),
        pytest.param(("b i /b /i",), {1, 3}, id="pairs that overlap"),
        pytest.param(("b b /b",), {2, 3}, id="the latest beginning counts"),
        pytest.param(("b /b /b",), {1, 2}, id="one end too many"),
        pytest.param(("b /b", "i /i"), {1, 2, 3, 4}, id="in each of two paragraphs"),
        pytest.param(("b", "/b"), set(), id="from one paragraph to the next"),
        pytest.param(("details", "summary /summary", "b /b", "/details"), {1, 2, 3, 4, 5, 6}, id="around paragraphs"),
        pytest.param(("details b /details /b",), {1, 2, 3, 4}, id="one around others does not part them"),
        pytest.param(("details", "summary", "/details /summary"), {1, 3}, id="but those that go around, too, it does"),
        pytest.param(("br", "b br /b"), {1, 2, 3, 4}, id="what needs no partner"),
    ],
)
def test_what_has_a_partner(written: tuple[str, ...], good: set[int]) -> None:
    assert balanced(tags(*written)) == good
