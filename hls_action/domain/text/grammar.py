"""The parser: CommonMark with GitHub's extensions, by `markdown-it-py`, as far as possible as cmark-gfm has them."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt

from hls_action.domain.text import block_rules, inline_rules

MAX_BRACKETS = 20
"""Brackets in brackets among which a link is looked for: each level costs another look at all of them."""


@cache
def parser(nesting: int) -> MarkdownIt:
    """The parser of blocks, or of what is in one, which goes down so many levels. Building takes its time.

    Addresses are all taken for links: what is wrong with one is GitHub's to say.
    """
    built = MarkdownIt("commonmark")
    built.block = block_rules.Blocks()
    built.configure("commonmark", {"maxNesting": nesting})
    built.enable("strikethrough")
    built.disable(["inline", "text_join", "fragments_join"])
    built.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    built.normalizeLink = lambda url: url  # type: ignore[method-assign]
    block_rules.install(built)
    inline_rules.install(built)
    built.parse("*x*")  # compiles its rules, before threads share it
    return built
