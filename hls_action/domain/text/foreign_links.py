"""Links to servers that a reply may not lead to are shown as text: ``text (`address`)``. Nothing is lost by it."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple
from urllib.parse import quote

from hls_action.domain.text import outgoing
from hls_action.domain.text.edits import Edit, apply, restored, unified
from hls_action.domain.text.hosts import Allowed, host_of
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import ENTITY, CodeBlock, Document, Inline, Part, html_pieces, parse
from hls_action.domain.text.outbound import (
    BOUNDARY,
    GUARD,
    MAX_ROUNDS,
    VisibleText,
    fenced,
    lines,
    longest_run,
    sure_links,
    within,
)

_BARE = re.compile(
    rf"(?:(?<![A-Za-z])(?:https?|ftp)(?=://).|(?<![\w/.@-])www(?=\.))(?P<parted>)[^\s<{BOUNDARY}]+", re.IGNORECASE
)
_MAIL_AT = re.compile(r"@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?<=[A-Za-z_-])(?![A-Za-z0-9_-])")
_MAIL_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+_-")
"""What GitHub may make a link of by itself, and where a guard in it prevents that: https://github.github.com/gfm/#autolinks-extension-"""
_AFTER_ADDRESS = "?!.,:;*_~'\">)"
_SHOWN = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in "`|")


class Foreign(NamedTuple):
    """A link that must not be one. ``start``: where in the source it begins; ``host``: where it leads, ``""`` where
    that is not known, and None for what is in the text of such a link.
    """

    start: int
    host: str | None
    edits: tuple[Edit, ...]


def without_foreign_links(text: str, allowed: Allowed) -> tuple[str, tuple[str, ...]]:
    """``text``, which is inert, with links to none but the ``allowed`` hosts; and the host of each that is none now,
    ``""`` where an address names none that is known. Applied again, it changes nothing.
    """
    hosts: tuple[str, ...] = ()
    for number in range(MAX_ROUNDS):
        source, pairs = unified(text)
        try:
            found = {each.start: each for each in _foreign(parse(source), allowed, tidy=number == 0)}
        except RecursionError:  # it is a block of code by now
            return text, hosts
        if not found:
            return text, hosts
        hosts = hosts or tuple(each.host for each in found.values() if each.host is not None)
        edits = (edit for each in found.values() for edit in each.edits)
        text = outgoing(apply(text, restored(edits, pairs)))
    return fenced(text), hosts


def _foreign(document: Document, allowed: Allowed, *, tidy: bool) -> Iterator[Foreign]:
    """``tidy``: addresses in the text become code, which may turn out not to be any, and else have a guard in them."""
    for block in document.blocks if not allowed.any else ():
        if isinstance(block, CodeBlock):
            continue
        pieces = block.pieces if isinstance(block, Inline) else html_pieces(block.content)
        ticks = _ticks(block.content, pieces)
        begins = {piece.label: piece.start for piece in pieces if piece.kind == "open"}
        opened = []
        for piece in pieces:
            if piece.kind not in ("tail", "autolink") or allowed.has(host := host_of(piece.address)):
                continue
            if piece.kind == "tail":
                opened.append(piece.label)
                place, edits = begins[piece.label], _link(block, begins[piece.label], piece, next(ticks))
            else:
                place, edits = piece.start, _as_code(block, piece.start, piece.end, next(ticks), without=1)
            yield Foreign(block.at(place), host or "", tuple(edits))
        shown = tuple(without_links(pieces, opened))
        readings = (VisibleText(shown, apart=apart) for apart in (False, True))
        found = [bare for reading in readings for bare in _bare(block, reading, allowed, opened)]
        yield from (_as_text(block, each, ticks if tidy and _is_alone(each, found) else None) for each in found)


def _is_alone(bare: _Bare, found: Iterable[_Bare]) -> bool:
    """Whether no other address of ``found`` reaches into this one: marks of code within each other are none."""
    return all(
        each.start in (bare.start, bare.start + bare.length)
        or each.start + each.length <= bare.start
        or bare.start + bare.length < each.start
        for each in found
    )


def _ticks(content: str, pieces: Iterable[Piece]) -> Iterator[str]:
    """Marks of code for one address after the other, longer than any that is there. Behind one without a partner,
    GitHub's parser sees but one piece of code of each length.
    """
    has_odd = any(piece.kind == "text" and "`" in piece.shown for piece in pieces)
    return ("`" * length for length in count(longest_run(content) + 1, int(has_odd)))


def _link(block: Part, start: int, tail: Piece, ticks: str) -> Iterator[Edit]:
    """Its text, and in brackets what it leads to, just as that stands there."""
    begin, end = tail.label[1], tail.end
    yield Edit(block.at(start), block.at(start) + 1, GUARD)  # so that what follows does not begin a block
    yield Edit(block.at(begin), block.at(begin) + 1, " (")
    if block.content.startswith("](", begin):
        yield from _as_code(block, begin + 1, end, ticks, without=1)
        yield Edit(block.at(end - 1) + 1, block.at(end - 1) + 1, ")")
        return
    for first, last in lines(block.content, begin + 1, end):
        yield Edit(block.at(first), block.at(last - 1) + 1, "")
    yield Edit(block.at(end - 1) + 1, block.at(end - 1) + 1, f"{ticks}{quote(tail.address, safe=_SHOWN)}{ticks})")


def _as_code(block: Part, start: int, end: int, ticks: str, without: int = 0) -> Iterator[Edit]:
    """Marks of code around a range, or in the place of what it begins and ends with, so many characters each."""
    content, inner = block.content, block.content[start + without : end - without]
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    left = GUARD if content[max(0, start - 1) : start] in ("`", "\\", ">") else ""
    right = GUARD if content[end : end + 1] in ("`", "<") else ""
    first, last = block.at(start), block.at(end - 1) + 1
    yield Edit(first, first + without, f"{left}{ticks}{pad}")
    yield Edit(last - without, last, f"{pad}{ticks}{right}")


class _Bare(NamedTuple):
    """An address in the text: its place in the content, its length, or 0 where it does not stand there as it is shown,
    and where it can be parted; ``host`` as in `Foreign`.
    """

    start: int
    length: int
    parted: int
    host: str | None


def _bare(block: Part, shown: VisibleText, allowed: Allowed, opened: Sequence[tuple[int, int]]) -> Iterator[_Bare]:
    """Addresses in the text that GitHub would link; in the text of links that are ``opened``, all of them."""
    taken = sure_links(shown, block.content) if isinstance(block, Inline) else []
    around = [found.span() for found in _BARE.finditer(shown.text)]
    for start, parted, address in (*_addresses(shown.text), *_mail_addresses(shown.text)):
        if parted and shown.text[parted - 1] == "@":
            if "." not in address.partition("@")[2] or within(taken, parted):
                continue
            host = host_of(f"mailto:{address}")
        else:
            host = host_of(f"//{address}" if address[0] in "wW" else address)
        first = shown.place(start)
        is_opened = any(begin <= first < end for begin, end in opened)
        if is_opened or not allowed.has(host):
            insort(taken, (start - 1, start + len(address)))
            is_plain = shown.is_plain(start, start + len(address)) and not ENTITY.search(address)
            is_plain = is_plain and isinstance(block, Inline) and not within(around, start)
            yield _Bare(first, is_plain * len(address), shown.place(parted), None if is_opened else host or "")


_Found = tuple[int, int, str]
"""Where an address begins, where it can be parted, and the address."""


def _addresses(text: str) -> Iterator[_Found]:
    return ((found.start(), found.start("parted"), _trimmed(found[0])) for found in _BARE.finditer(text))


def _mail_addresses(text: str) -> Iterator[_Found]:
    """From each ``@`` on to both sides: a pattern that began with the name would try each place of a long word."""
    last = 0
    for found in re.finditer("@", text):
        start = found.start()
        while start > last and text[start - 1] in _MAIL_NAME:
            start -= 1
        host = _MAIL_AT.match(text, found.start()) if start < found.start() else None
        if host:
            yield start, found.end(), text[start : host.end()]
            last = host.end()


def _as_text(block: Part, bare: _Bare, ticks: Iterator[str] | None) -> Foreign:
    place = block.at(bare.parted)
    edits = [Edit(place, place, GUARD)]
    if bare.length and ticks is not None:
        edits = list(_as_code(block, bare.start, bare.start + bare.length, next(ticks)))
    return Foreign(block.at(bare.start), bare.host, tuple(edits))


def _trimmed(address: str) -> str:
    """Without what follows it in a sentence; a bracket that it opened is its own."""
    kept = address.rstrip(_AFTER_ADDRESS)
    behind, open_brackets = address[len(kept) :], kept.count("(") - kept.count(")")
    closing = len(behind) - len(behind.lstrip(")"))
    return kept + ")" * max(0, min(closing, open_brackets))


def without_links(pieces: Iterable[Piece], opened: Sequence[tuple[int, int]] = ()) -> Iterator[Piece]:
    """The pieces, with what is in a link as code: GitHub looks for nothing in there. ``opened``: labels of those that
    are none any more.
    """
    end = 0
    for piece in pieces:
        end = piece.label[1] if piece.kind == "open" and piece.label not in opened else end
        yield piece._replace(kind="code", shown="") if piece.start < end else piece
