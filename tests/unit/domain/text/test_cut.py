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
@settings(max_examples=500)
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
    assert blocks("") == [""]


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
