"""Cutting a long reply between its blocks."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hls_action.domain.sanitise import blocks, cut_at_block

NOTE = "*The rest was cut.*"
LINES = st.sampled_from(
    ["", "", "word " * 8, "```", "~~~", "````", "- item", "  ```", "> quote", "# Title", "x" * 60, "`", "<div>"]
)
MARKDOWN = st.lists(LINES, max_size=25).map("\n".join)


def note_is_a_paragraph(markdown: str) -> bool:
    """Whether the note shows as text of its own, not as part of a code block."""
    last = MarkdownIt("commonmark").parse(markdown)[-2:]
    return [token.type for token in last] == ["inline", "paragraph_close"] and last[0].content == NOTE


@given(MARKDOWN, st.integers(len(NOTE) + 4, 400))
@settings(max_examples=500)
@example("~~~\n" + "x" * 200, 100)
@example("```\n" + "x" * 200, 100)
@example("a\n\n" * 30 + "```\nb", 119)
def test_a_cut_text_fits_and_ends_outside_of_code(markdown: str, limit: int) -> None:
    cut = cut_at_block(markdown, limit, NOTE)
    assert len(cut) <= limit
    assert cut == markdown if len(markdown) <= limit else note_is_a_paragraph(cut)


def test_whole_blocks_are_kept() -> None:
    text = "First.\n\n```\ncode\n```\n\n" + "Second. " * 20
    assert cut_at_block(text, 60, NOTE) == f"First.\n\n```\ncode\n```\n\n{NOTE}"


def test_a_single_long_block_is_cut_inside() -> None:
    cut = cut_at_block("word " * 100, 80, NOTE)
    assert cut.startswith("word word")
    assert cut.endswith(f"\n\n{NOTE}")
    assert 70 < len(cut) <= 80


def test_empty_lines_are_the_first_to_go() -> None:
    assert cut_at_block("a" + "\n" * 100 + "b", 60, NOTE) == f"a\n\nb\n\n{NOTE}"


def test_a_text_that_fits_exactly_is_not_cut() -> None:
    assert cut_at_block("x" * 80, 80, NOTE) == "x" * 80


def test_blocks_are_the_top_level_ones() -> None:
    text = "# T\npara\nmore\n\n- a\n\n  b\n- c\n\n```\nx\n\ny\n```\n> q"
    assert blocks(text) == ["# T", "para\nmore", "- a\n\n  b\n- c", "```\nx\n\ny\n```", "> q"]
    assert blocks("") == [""]
