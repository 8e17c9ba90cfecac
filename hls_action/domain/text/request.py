"""What in a text speaks to the bot, by the parser. The gate has none: `plain.may_mention` lets too much through."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from hls_action.domain.text.edits import Edit, apply, restored, unified
from hls_action.domain.text.html import markup
from hls_action.domain.text.inbound import visible
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import CodeBlock, Document, HtmlBlock, Inline, Part, parse
from hls_action.domain.text.plain import may_mention, mention_pattern


class _Line(NamedTuple):
    """A line of text as the page shows it. ``speaks``: whether it is by the author, and no quotation."""

    text: str
    speaks: bool


def addressed(body: str | None, mention: str) -> str:
    """The part of ``body`` that speaks to the bot, or ``""``.

    A mention counts at the start of a line, in a list as well, and needs a request after it, on its own line or below.
    It may be emphasised, and a colon or a comma may follow it. Quotations, code and what the page hides speak to
    nobody.
    """
    return heard(body, mention) or ""


@lru_cache(maxsize=256)  # one look at a thread asks several times of each comment
def heard(body: str | None, mention: str) -> str | None:
    """The same, where a mention by itself is ``""``, and no mention None."""
    return spoken(body, mention) if body and may_mention(body, mention) else None


def spoken(body: str, mention: str) -> str | None:
    """The same by the parser alone, without a quick look before it."""
    try:
        lines = list(_Page(parse(visible(body))).lines())
    except RecursionError:
        return None
    begins = mention_pattern(mention)
    found: list[str] = []
    listening = False
    for line in lines:
        match = begins.match(line.text) if line.speaks else None
        if match:
            listening = True
            found.append(match["rest"].strip())
        elif listening:
            found.append(line.text.rstrip())
    return "\n".join(found).strip() if listening else None


def unticked(markdown: str) -> str:
    """``markdown`` with every box of a task list empty: whoever ticks one says nothing to the bot."""
    if not _TICKED.search(markdown):
        return markdown
    source, pairs = unified(markdown)
    try:
        boxes = _boxes(parse(source))
        return apply(markdown, restored((Edit(box, box + len("[x]"), "[ ]") for box in boxes), pairs))
    except RecursionError:
        return markdown


def _boxes(document: Document) -> Iterator[int]:
    """Where a box is at the beginning of a list item's text. The parser takes off those with nothing behind them."""
    yield from document.boxes
    for block in document.blocks:
        if isinstance(block, Inline) and block.begins_item and _BOX.match(block.content):
            yield block.at(0)


_TICKED = re.compile(r"\[[xX]\](?=\s|$)")
_BOX = re.compile(r"\[[ xX]\](?=\s|$)")

_QUOTING = re.compile(r"<(/?)(?:pre|blockquote)\b", re.IGNORECASE)


class _Page:
    """A document line by line, without its code."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._quoting = 0

    def lines(self) -> Iterator[_Line]:
        """Blocks are parted by an empty line."""
        for block in self._document.blocks:
            match block:
                case Inline():
                    yield from self._of(block, self._without_tags(block), may_speak=block.is_paragraph)
                case HtmlBlock():
                    yield from self._of(block, self._without_markup(block), may_speak=True)
                case CodeBlock():
                    continue
            yield _Line("", speaks=False)

    def _of(self, block: Part, text: str, *, may_speak: bool) -> Iterator[_Line]:
        """A line of a quotation that lacks the mark (GitHub shows it inside) is by the author all the same.

        Tags count from the next block on; what stands beside one that quotes, in the same block, counts as quoted.
        """
        quoting = self._quoting > 0 or _QUOTING.search(block.content) is not None
        pieces = block.pieces if isinstance(block, Inline) else ()
        offset = 0
        for written, shown in zip(block.content.split("\n"), text.split("\n"), strict=True):
            place = block.at(offset)
            quoted = quoting or ">" in self._document.before(place)
            yield _Line(shown, may_speak and not quoted and not _is_in_code(pieces, offset))
            offset += len(written) + 1

    def _without_tags(self, block: Inline) -> str:
        tags = [(piece.start, piece.end) for piece in block.pieces if piece.kind == "tag"]
        return self._without(block.content, tags)

    def _without_markup(self, block: HtmlBlock) -> str:
        return self._without(block.content, [(piece.start, piece.end) for piece in markup(block.content)])

    def _without(self, content: str, tags: list[tuple[int, int]]) -> str:
        """Without ``tags``, but with the line breaks in them, so that each line stays one."""
        for start, end in tags:
            self._count(content[start:end])
        return apply(content, (Edit(start, end, "\n" * content.count("\n", start, end)) for start, end in tags))

    def _count(self, tag: str) -> None:
        found = _QUOTING.match(tag)
        if found:
            self._quoting = max(0, self._quoting + (-1 if found[1] else 1))


def _is_in_code(pieces: Sequence[Piece], offset: int) -> bool:
    """Whether code that began on an earlier line goes on at an offset of a block's text."""
    place = bisect_left(pieces, offset, key=lambda piece: piece.start) - 1
    return place >= 0 and pieces[place].kind == "code" and offset < pieces[place].end
