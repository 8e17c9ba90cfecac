"""References to issues that Claude was not given, and addresses that only other issues have, lose their links: they
stay, as text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from hls_action.domain.knowledge.references import REFERENCE, AllBut, Referable, Reference, referred
from hls_action.domain.knowledge.reported import reports
from hls_action.domain.text import outgoing
from hls_action.domain.text.edits import Edit, apply, restored, unified
from hls_action.domain.text.foreign_links import without_links
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import CodeBlock, Document, Inline, Part, html_pieces, parse
from hls_action.domain.text.outbound import GUARD, MAX_ROUNDS, VisibleText


def unlinked(text: str, referable: Referable) -> tuple[str, frozenset[Reference]]:
    """``text``, which is inert, with links to none but what Claude was given; and the references that lost theirs."""
    lost: set[Reference] = set()
    for _ in range(MAX_ROUNDS):
        source, pairs = unified(text)
        try:
            changed = apply(text, restored(_edits(parse(source), referable, lost), pairs))
        except RecursionError:  # it is a block of code by now
            break
        if changed == text:
            break
        text = outgoing(changed)
    return text, frozenset(lost)


def without_issue_links(text: str, repository: str, numbers: Collection[int]) -> str:
    """``text``, which is inert, without links to the issues of ``repository`` that have these ``numbers``."""
    return unlinked(text, AllBut(0, repository=repository, unwanted=frozenset(numbers)))[0]


def _edits(document: Document, referable: Referable, lost: set[Reference]) -> Iterator[Edit]:
    for block in document.blocks:
        if isinstance(block, CodeBlock):
            continue
        pieces = block.pieces if isinstance(block, Inline) else html_pieces(block.content)
        for piece in pieces:
            if piece.kind in ("tail", "autolink") and _leads_astray(block, piece, referable):
                yield _shown_as_text(block, piece)
        shown = VisibleText(without_links(pieces), apart=True)
        for found in REFERENCE.finditer(shown.text):
            if _is_other(found, referable):
                lost.update(filter(None, [referred(found, referable.repository)]))
                place = block.at(shown.place(found.start() + re.search("//|[0-9]", found[0]).start()))  # type: ignore[union-attr]
                yield Edit(place, place, GUARD)
    for definition in document.definitions:
        line, place = document.line(definition.lines[0]), document.starts[definition.lines[0]]
        text = "\n".join(map(document.line, range(*definition.lines)))
        if "[" in line and _has_other(text, referable):
            yield Edit(place + line.index("["), place + line.index("["), "\\")


def _leads_astray(block: Part, piece: Piece, referable: Referable) -> bool:
    return _has_other(block.content[piece.start : piece.end], referable)


def _has_other(text: str, referable: Referable) -> bool:
    """Whether a text has an address that must not be a link."""
    return any(_is_other(match, referable) for match in REFERENCE.finditer(text) if match[1])


def _is_other(match: re.Match[str], referable: Referable) -> bool:
    """Whether a reference is to an issue that was not given, or an address that only other issues have."""
    reference = referred(match, referable.repository)
    if reference:
        return not referable.has(reference)
    return bool(match[1] and reports(referable.sources, referable.repository).of_address(match[1]))


def _shown_as_text(block: Part, piece: Piece) -> Edit:
    """What makes no link of it any more, but shows what the link is made of."""
    if piece.kind == "autolink":
        return Edit(block.at(piece.start), block.at(piece.start) + 1, "&lt;")
    place = block.at(piece.label[0] - 1)
    return Edit(place, place, "\\")
