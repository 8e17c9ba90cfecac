"""Cutting a long reply: what helps most stays, and what is left is as inert and as well closed as before."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text import outgoing
from hls_action.domain.text.cut import blocks, cut
from tests.unit.rendered import code, live, page

NOTE = "*The rest was cut.*"
LIMIT = 60_000
LINES = st.sampled_from(
    ["", "", "word " * 8, "```", "~~~", "````", "- item", "  ```", "> quote", "# Title", "x" * 60, "`", "`@octocat`",
     "@octocat", "<details>", "</details>", "fixes #1", "    @octocat"]
)  # fmt: skip
MARKDOWN = st.lists(LINES, max_size=25).map("\n".join)


def listing(size: int, line: str = "print('@octocat')") -> str:
    return "\n".join([line] * (size // len(line)))


def note_is_shown(markdown: str) -> bool:
    """Whether the note is a paragraph of its own at the end, not a part of some code."""
    return page(markdown).text.strip().endswith("The rest was cut.")


@given(MARKDOWN, st.integers(len(NOTE) + 4, 400))
@settings(max_examples=250)
@example("~~~\n" + "x" * 200, 100)
@example("```\n" + "x" * 200, 100)
@example("a\n\n" * 30 + "```\nb", 119)
@example("Call `x" + " @octocat" * 60 + "`.", 200)
def test_a_cut_text_fits_does_nothing_and_ends_outside_of_code(markdown: str, limit: int) -> None:
    inert = outgoing(markdown)
    shorter = cut(inert, limit, NOTE)
    assert len(shorter) <= limit
    assert live(shorter) == []
    assert shorter == inert if len(inert) <= limit else note_is_shown(shorter)


def test_whole_blocks_are_kept() -> None:
    text = "First.\n\n```\ncode\n```\n\n" + "Second. " * 20
    assert cut(text, 60, NOTE).startswith("First.\n\n```\ncode\n```\n\n")


def test_a_single_long_block_is_cut_inside() -> None:
    shorter = cut("word " * 100, 80, NOTE)
    assert shorter.startswith("word word")
    assert shorter.endswith(f"\n\n{NOTE}")
    assert 60 < len(shorter) <= 80


def test_empty_lines_are_the_first_to_go() -> None:
    assert cut("a" + "\n" * 100 + "b", 60, NOTE) == f"a\n\nb\n\n{NOTE}"


def test_a_text_that_fits_exactly_is_not_cut() -> None:
    assert cut("x" * 80, 80, NOTE) == "x" * 80


def test_blocks_are_the_top_level_ones() -> None:
    text = "# T\npara\nmore\n\n- a\n\n  b\n- c\n\n```\nx\n\ny\n```\n> q"
    assert blocks(text) == ["# T", "para\nmore", "- a\n\n  b\n- c", "```\nx\n\ny\n```", "> q"]
    assert blocks("") == blocks("\n") == [""]
    assert blocks("\n\na\n\n\nb\n") == ["\n\na", "b"]
    assert blocks("X\n\nb") == ["X", "b"]
    assert blocks("[a]: b\n\nc") == ["[a]: b\n\nc"]


@pytest.mark.parametrize(
    ("markdown", "limit", "shorter"),
    [
        ("x" * 21, 20, "xxxxxxxx …\n\n*Cut.*"),
        ("x" * 21, 11, " …\n\n*Cut.*"),
        ("x" * 21, 10, " …\n\n*Cut.*"),
        ("[a]: b\n[c]: d\n[e]: " + "f" * 30, 35, "[a]: b\n[c]: d …\n\n*Cut.*"),
        ("- ```\n  a\n  ```\n- " + "b " * 20, 45, "- ```\n  a\n  ``` …\n  ```\n\n*Cut.*"),
        (
            "<details>\n\na\n\n</details>\n\n<details>\n\n" + "b\n\n" * 20 + "</details>",
            90,
            "<details>\n\na\n\n</details>\n\n<details>\n\nb\n\nb\n\nb\n\nb\n\nb\n\nb\n\nb\n\nb\n\nb\n\nb\n\nb\n\n</details>\n\n*Cut.*",
        ),
        ("x" * 21, 9, "*Cut.*"),
        ("x" * 21, 8, "*Cut.*"),
        ("x" * 21, 6, "*Cut.*"),
        ("x" * 21, 5, "*Cut."),
        ("x" * 21, 0, ""),
        ("one two\n\nthree four\n\nfive six", 27, "one two\n\n*Cut.*"),
        ("one\ntwo\nthree\nfour", 17, "one …\n\n*Cut.*"),
        ("```\n" + "a\n" * 22 + "```", 43, "```\na\na\na\n```\n\n*[19 lines cut]*\n\n*Cut.*"),
        ("```\n" + "a\n" * 22 + "```", 35, "```\n```\n\n*[23 lines cut]*\n\n*Cut.*"),
        ("~~~~ py\n" + "a\n" * 20 + "b" * 30, 44, "~~~~ py\na\n~~~~\n\n*[20 lines cut]*\n\n*Cut.*"),
        ("~~~~ py\n" + "a\n" * 20 + "~~~~~~  ", 45, "~~~~ py\na\na\n~~~~\n\n*[18 lines cut]*\n\n*Cut.*"),
        ("```\n" + "a" * 100 + "\n```", 60, f"```\n{'a' * 24}\n```\n\n*[1 lines cut]*\n\n*Cut.*"),
        ("    " + "a\n    " * 30 + "b", 60, "    " + "a\n    " * 7 + "a …\n\n*Cut.*"),
        ("<details>\n\n" + "word " * 20 + "\n\n</details>", 60, "<details>\n\n</details>\n\n*Cut.*"),
        ("<details>\n\na\n\n</details>\n\n" + "word " * 20, 80, "<details>\n\na\n\n</details>\n\n*Cut.*"),
    ],
)
def test_what_is_left_of_a_short_text(markdown: str, limit: int, shorter: str) -> None:
    assert cut(markdown, limit, "*Cut.*") == shorter


@pytest.mark.parametrize(
    ("sizes", "limit", "left"),
    [
        pytest.param((3_000, 100), 2_500, (2_388, 100), id="the longest is shortened"),
        pytest.param((3_000, 100), 2_112, (2_000, 100), id="down to two thousand"),
        pytest.param((3_000, 2_999, 100), 5_000, (1_998, 2_888, 100), id="the longest first"),
        pytest.param((2_999, 3_000, 100), 5_000, (2_888, 1_998, 100), id="wherever it stands"),
        pytest.param((3_000, 3_000, 100), 4_300, (1_998, 2_188, 100), id="of two the first"),
        pytest.param((3_000, 3_000, 100), 4_112, (1_998, 2_000, 100), id="each down to two thousand"),
        pytest.param((3_000, 2_500, 2_400), 7_000, (2_086, 2_500, 2_400), id="no more than need be"),
        pytest.param((3_000, 3_000, 100), 4_000, (1_998,), id="what does not fit then is left out"),
        pytest.param((3_000, 3_000, 100), 1_000, (990,), id="the first alone, cut"),
        pytest.param((1_998, 1_997), 2_008, (1_998,), id="what is not longer than that stays as it is"),
    ],
)
def test_how_long_blocks_become(sizes: tuple[int, ...], limit: int, left: tuple[int, ...]) -> None:
    shorter = cut("\n\n".join(letter * size for letter, size in zip("abc", sizes, strict=False)), limit, "*Cut.*")
    assert tuple(len(block) for block in blocks(shorter)[:-1]) == left


# ---- what is kept ----


def test_a_giant_listing_leaves_room_for_what_is_said_about_it() -> None:
    shorter = cut(f"Intro.\n\n```py\n{listing(80_000)}\n```\n\nThat is why.", LIMIT, NOTE)
    assert len(shorter) <= LIMIT
    assert shorter.startswith("Intro.\n\n```py\nprint(")
    assert "\n\nThat is why." in shorter
    assert "lines cut]" in page(shorter).text
    assert len(code(shorter)[0]) > LIMIT // 2
    assert live(shorter) == []
    assert note_is_shown(shorter)


def test_of_two_giant_listings_each_keeps_its_head() -> None:
    text = f"One:\n\n```\n{listing(70_000, 'one one')}\n```\n\nTwo:\n\n~~~\n{listing(50_000, 'two two')}\n~~~\n\nEnd."
    shorter = cut(text, LIMIT, NOTE)
    assert len(shorter) <= LIMIT
    assert [shown[:8] for shown in code(shorter)] == ["one one\n", "two two\n"]
    assert all(word in page(shorter).text for word in ("One:", "Two:", "End."))


@pytest.mark.slow
@pytest.mark.parametrize(
    "giant",
    [
        pytest.param("\n".join(f"- item {n} @octocat" for n in range(5_000)), id="a list"),
        pytest.param("word " * 20_000, id="a line of words"),
        pytest.param("x" * 100_000, id="a line without spaces"),
        pytest.param("`" + "@octocat " * 12_000 + "`", id="a span of code"),
        pytest.param("| a | b |\n|-|-|\n" + "| 1 | `@octocat` |\n" * 6_000, id="a table"),
        pytest.param("\n".join(f"> line {n} of it" for n in range(6_000)), id="a quotation"),
        pytest.param("    " + "\n    ".join(["@octocat"] * 9_000), id="indented code"),
        pytest.param("```\n" + "@octocat " * 12_000 + "\n```", id="one line of code"),
    ],
)
def test_a_giant_block_is_cut_and_what_is_around_it_stays(giant: str) -> None:
    shorter = cut(outgoing(f"Intro.\n\n{giant}\n\nThat is why."), LIMIT, NOTE)
    assert LIMIT // 2 < len(shorter) <= LIMIT
    assert live(shorter) == []
    shown = page(shorter).text
    assert "Intro." in shown
    assert "That is why." in shown
    assert note_is_shown(shorter)


def test_details_around_a_giant_listing_stay_closed() -> None:
    text = f"Intro.\n\n<details>\n<summary>Log</summary>\n\n```\n{listing(90_000)}\n```\n\n</details>\n\nThat is why."
    shorter = cut(text, LIMIT, NOTE)
    assert len(shorter) <= LIMIT
    assert "details" in page(shorter).tags
    assert shorter.count("<details>") == shorter.count("</details>") == 1
    assert shorter.index("</details>") < shorter.index("That is why.")


def test_details_whose_end_is_cut_off_are_closed() -> None:
    items = "\n\n".join("A paragraph of some length, and another sentence." for _ in range(2_000))
    shorter = cut(f"<details>\n<summary>More</summary>\n\n{items}\n\n</details>", 10_000, NOTE)
    assert len(shorter) <= 10_000
    assert shorter.count("<details>") == shorter.count("</details>") == 1
    assert shorter.endswith(f"</details>\n\n{NOTE}")
