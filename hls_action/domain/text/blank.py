"""Whether a Markdown text shows anything at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_EMPTY_SHAPES = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
"""Letters and symbols by category, and nothing to see."""

_UNSEEN = re.compile(r"<!--(?:-?>|.*?(?:-->|\Z))|<[^<>]*(?:>|\Z)", re.DOTALL)
"""Comments and tags, unclosed ones too."""


def is_blank(markdown: str) -> bool:
    """Whether GitHub would show no character of ``markdown``.

    White space, format characters, fillers, combining marks on nothing, HTML comments and tags, link definitions, links
    around nothing, images without a text, rules, empty lists, tables and code blocks: none of it shows a character,
    whether it is written as it is or as an entity.
    """
    return not any(_shows(text) for text in _texts(_parser().parse(markdown)))


@cache
def _parser() -> MarkdownIt:
    """The first text compiles its rules, before threads share it."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.parse("*x*")
    return parser


def _texts(tokens: Iterable[Token]) -> Iterable[str]:
    """What the tokens show, with entities as the characters they stand for."""
    for token in tokens:
        if token.children:
            yield from _texts(token.children)
        elif token.type in ("text", "code_inline", "code_block", "fence"):
            yield token.content
        elif token.type == "html_block":
            yield unescape(_UNSEEN.sub("", token.content))


def _shows(text: str) -> bool:
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _EMPTY_SHAPES for c in text)
