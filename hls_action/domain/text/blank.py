"""Whether a Markdown text shows anything at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html import unescape

from hls_action.domain.text.edits import Edit, apply, unified
from hls_action.domain.text.html import markup
from hls_action.domain.text.markdown import Block, CodeBlock, HtmlBlock, Inline, parse

_EMPTY_SHAPES = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
"""Letters and symbols by category, and nothing to see."""


def is_blank(markdown: str) -> bool:
    """Whether GitHub would show no character of ``markdown``.

    White space, format characters, fillers, combining marks on nothing, HTML comments and tags, link definitions, links
    around nothing, images without a text, rules, empty lists, tables and code blocks: none of it shows a character,
    whether it is written as it is or as an entity.
    """
    source, _ = unified(markdown)
    try:
        document = parse(source)
    except RecursionError:
        return False
    return not (document.too_deep or any(_shows(text) for block in document.blocks for text in _texts(block)))


def _texts(block: Block) -> Iterator[str]:
    match block:
        case CodeBlock():
            yield block.content
        case HtmlBlock():
            tags = (Edit(piece.start, piece.end, "") for piece in markup(block.content))
            yield unescape(apply(block.content, tags))
        case Inline():
            for piece in block.pieces:
                yield block.content[piece.start : piece.end].strip("`") if piece.kind == "code" else piece.shown
                if piece.kind == "image":
                    yield unescape(block.content[slice(*piece.label)])
                elif piece.kind == "autolink":
                    yield "a"


def _shows(text: str) -> bool:
    return any(unicodedata.category(c)[0] in "LNPS" and c not in _EMPTY_SHAPES for c in text)
