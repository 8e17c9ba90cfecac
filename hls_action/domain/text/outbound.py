"""What Claude wrote, before GitHub shows it: the same to read, and nothing in it acts.

What the parser calls code stays byte for byte. Everything else is prose, in which an invisible character
(`GUARD`) stands wherever GitHub, or another robot, would see a mention, a closing word, a reference into
another repository or a command; raw HTML beyond a short list shows as text, and images become links.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise, takewhile

from hls_action.domain.text.characters import unseen
from hls_action.domain.text.edits import Edit, apply, restored, unified
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import (
    CodeBlock,
    Document,
    HtmlBlock,
    Inline,
    Part,
    html_pieces,
    parse,
)
from hls_action.domain.text.tags import BLOCK_TAGS, EMPTY_TAGS, Tag, balanced, tag_in

GUARD = "\u200b"
"""A zero-width space: shown as nothing, and no filter looks past it."""
JOINERS = ("\u200c", "\u200d")
"""Written as entities, they are for scripts that need them."""
MAX_ROUNDS = 8
BYTE_ORDER_MARK = "\ufeff"
REPLACEMENT = "\ufffd"
"""Shown for the character zero, which GitHub does not take."""
BOUNDARY = "\ufffc"
"""Stands for what is no text between two pieces of it."""

_LEADING_LINES = re.compile(r"\A(?:[ \t]*\r?\n)+")

# ---- what acts, in the text as a reader sees it ----

_NUMBER = r"(?:(?:[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})?#|GH-)(?P<number>[0-9])"
_ADDRESS = r"https?://[^\s/]{1,100}/[^\s/]{1,100}/[^\s/]{1,100}/(?:issues|pull|discussions)/[0-9]"
_BEFORE_REFERENCE = rf"[^A-Za-z0-9#]+?(?:{_NUMBER}|{_ADDRESS})"
_BEGINS = r"(?<![A-Za-z0-9])"
_ACTING = (
    # a mention, of a person or a team
    rf"{_BEGINS}@(?P<guard>)(?=[A-Za-z0-9])",
    # a reference into another repository: owner/name#1, name#1, owner/name@0123abc
    r"(?<=[A-Za-z0-9_.-])#(?P<guard>)(?=[0-9])",
    r"(?<=[A-Za-z0-9_.-])@(?P<guard>)(?=[0-9a-f]{7,40}(?![A-Za-z0-9.-]))",
    # a word that closes what it stands before
    rf"{_BEGINS}(?=(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?){_BEFORE_REFERENCE})[a-z](?P<guard>)",
    rf"{_BEGINS}(?=duplicate\s+of{_BEFORE_REFERENCE})[a-z](?P<guard>)",
    # a command to another robot
    rf"^[\s{BOUNDARY}]{{0,20}}(?:\[[ xX]\]\s{{1,9}})?(?P<guard>)(?=/[A-Za-z])",
)
"""``guard``: where a guard belongs. It is always before a letter, a digit or a slash, so that no mark of Markdown's
comes to mean something else by it. ``number``: where it goes if at the other place it would change a link."""
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in _ACTING)

_URL = re.compile(
    r"(?<![A-Za-z0-9])(?:https?://|www\.)[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?"
    r"(?:[/?#][A-Za-z0-9._~:/?#@!$%&'*+,;=()-]*)?"
)
_AFTER_URL = "?!.,:;*_~'\")(&=+$#@%-/"
_ISSUE_URL = re.compile(
    r"(?:(?<=//)(?:www\.)?|(?<![\w/.@-])(?P<bare>www\.))github\.com"
    r"(?=/[\w.-]+/[\w.-]+/(?:issues|pull|discussions)/[0-9])",
    re.IGNORECASE,
)
"""A full address of an issue leaves a note there. By way of GitHub's own ``redirect.github.com`` it is only a link."""
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_TAG_LIKE = re.compile(r"<(?=[A-Za-z/!?])")


def inert(markdown: str) -> str:
    """Claude's Markdown, inert. Making one thing inert can change what another is: it is done until nothing changes."""
    text = _LEADING_LINES.sub("", markdown.removeprefix(BYTE_ORDER_MARK).replace("\0", REPLACEMENT))
    for _ in range(MAX_ROUNDS):
        source, pairs = unified(text)
        try:
            document = parse(source)
        except RecursionError:
            break
        if document.too_deep:
            break
        text, before = apply(text, restored(_edits(document), pairs)), text
        if text == before:
            return _finished(text, document, pairs)
    return fenced(text)


def fenced(text: str) -> str:
    """``text`` as one block of code, for what no parser makes sense of."""
    fence = "`" * max(3, 1 + longest_run(text))
    return f"{fence}\n{text}\n{fence}"


def longest_run(text: str, mark: str = "`") -> int:
    """How many of ``mark`` stand side by side at most."""
    return max((len(run) for run in re.findall(f"{re.escape(mark)}+", text)), default=0)


def _finished(text: str, document: Document, pairs: list[int]) -> str:
    """Without empty lines at the end; a block of code that was left open is closed, so that it swallows nothing."""
    last = document.blocks[-1] if document.blocks else None
    if isinstance(last, CodeBlock) and not last.closed:
        opening = document.line(last.lines[0])
        inside = _inside(opening[: opening.index(last.fence)])
        source, starts = document.source, document.starts
        end = starts[last.lines[1]] if last.lines[1] < len(starts) else len(source)
        if not source[end:].strip():
            if inside.strip() or "\n" in source[end:]:  # else it is a blank line of the code
                text = apply(text, restored([Edit(end, len(source), "")], pairs))
            return f"{text}{'' if text.endswith(chr(10)) else chr(10)}{inside}{last.fence}"
    kept = text.rstrip(" \t\r\n")
    return kept + text[len(kept) :].replace("\r", "\n").split("\n", 1)[0]


def _edits(document: Document) -> Iterator[Edit]:
    if document.footnotes:  # what is in one is looked at when it is none any more
        yield from (Edit(footnote.begin, footnote.begin, "\\") for footnote in document.footnotes)
        return
    allowed = balanced(tags_of(document))
    for block in document.blocks:
        match block:
            case Inline():
                yield from _in_paragraph(block, allowed)
            case HtmlBlock():
                yield from _in_html(document, block, allowed)
            case CodeBlock():
                pass
    for definition in document.definitions:
        for number in range(*definition.lines):
            yield from _in_definition(document, number)


def _in_definition(document: Document, number: int) -> Iterator[Edit]:
    line, offset = document.line(number), document.starts[number]
    for start, end, text in _elsewhere(line):
        yield Edit(offset + start, offset + end, text)
    command = re.match(r"[\s>]*(?=/[A-Za-z])", line)
    if command:  # not on its first line, which begins with a bracket
        yield Edit(offset - 1, offset + command.end(), " ")


def _elsewhere(text: str) -> Iterator[tuple[int, int, str]]:
    """The addresses of issues among the words of ``text``, however they are written, and what takes their place."""
    for word in re.finditer(r"\S+", text):
        plain = word[0] if _ISSUE_URL.search(word[0]) else html.unescape(_ESCAPE.sub(r"\1", word[0]))
        redirected = _ISSUE_URL.sub(_redirect, plain)
        if redirected != plain:
            yield word.start(), word.end(), redirected


def _redirect(address: re.Match[str]) -> str:
    return f"{'https://' if address['bare'] else ''}redirect.github.com"


# ---- HTML ----


def tags_of(document: Document) -> Iterator[Tag]:
    """The tags on the list, without attributes, with or without a partner; in order."""
    for number, block in enumerate(document.blocks):
        if isinstance(block, CodeBlock):
            continue
        for piece in block.pieces if isinstance(block, Inline) else html_pieces(block.content):
            if piece.kind == "tag" and (tag := tag_in(block.content[piece.start : piece.end])) is not None:
                yield tag._replace(place=block.at(piece.start), block=number)


def _in_html(document: Document, block: HtmlBlock, allowed: frozenset[int]) -> Iterator[Edit]:
    """A block of HTML that begins with a tag which may stay, or else the same as a block of code."""
    found = html_pieces(block.content)
    first = next((piece for piece in found if piece.kind != "text" or piece.shown.strip()), None)
    if first is None or first.kind != "tag" or block.at(first.start) not in allowed:
        yield from _as_code(document, block)
        return
    for piece in found:
        if piece.kind == "tag" and block.at(piece.start) not in allowed:
            yield _replaced(block, piece.start, piece.start + 1, "&lt;")
    yield from _inert(block, found, allowed)


def _as_code(document: Document, block: HtmlBlock) -> Iterator[Edit]:
    """Put a fence around it, within its containers: to whatever stands beside it, it remains a block."""
    first, end = block.lines
    fence = "`" * max(3, 1 + longest_run(block.content))
    opening = document.line(first)
    prefix = opening[: block.at(0) - document.starts[first]]
    inside = _inside(prefix)
    yield Edit(block.at(0), block.at(0), f"{fence}html\n{inside}")
    close = document.starts[end] if end < len(document.starts) else len(document.source)
    missing = "" if document.source[:close].endswith("\n") else "\n"
    yield Edit(close, close, f"{missing}{inside}{fence}" + ("" if missing else "\n"))


def _inside(prefix: str) -> str:
    """What a line begins with that goes on in the same containers as one with ``prefix``."""
    return re.sub(r"[^>\s]", " ", re.sub(r">(?![ \t])", "> ", prefix))


def _tag_as_text(block: Part, piece: Piece) -> Iterator[Edit]:
    """Show a tag as it is written, and have nothing in it be Markdown."""
    for offset in range(piece.start, piece.end):
        character = block.content[offset]
        if character == "<":
            yield _less_than(block, offset)
        elif character in "\\`*_[]~|!&":
            yield _replaced(block, offset, offset + 1, "&amp;" if character == "&" else f"\\{character}")


def _less_than(block: Part, offset: int) -> Edit:
    """A ``<`` that begins no tag. Where it ends an address, only the character itself will do."""
    if _ends_in_address(block.content, offset):
        return Edit(block.at(offset) + 1, block.at(offset) + 1, GUARD)
    return _replaced(block, offset, offset + 1, "&lt;")


def _ends_in_address(content: str, end: int) -> re.Match[str] | None:
    """What GitHub may take for the beginning of an address that goes on up to ``end``."""
    floor = max(0, end - LONGEST_ADDRESS)
    begin = max(floor - 1, *(content.rfind(c, floor, end) for c in " \t\n<"))
    return _ADDRESS_BEGINS.search(content, begin + 1, end)


LONGEST_ADDRESS = 1_000
_ADDRESS_BEGINS = re.compile(r"(?:https?|ftp)://|www\.", re.IGNORECASE)


# ---- paragraphs ----


def _in_paragraph(block: Inline, allowed: frozenset[int]) -> Iterator[Edit]:
    in_link = 0
    for piece in block.pieces:
        if piece.kind == "tag" and block.at(piece.start) not in allowed:
            yield from _tag_as_text(block, piece)
        elif piece.kind == "open":
            in_link = piece.label[1]
        elif piece.kind in ("tail", "autolink"):
            yield from _address(block, piece)
        elif piece.kind == "image":
            yield from _image(block, piece, inside=piece.start < in_link)
        elif piece.kind == "char" and piece.shown == "<" and block.content[piece.start] == "\\":
            yield _replaced(block, piece.start, piece.end, "&lt;")
    yield from _inert(block, block.pieces, allowed)


def _address(block: Part, piece: Piece) -> Iterator[Edit]:
    """What a link leads to: no issue, and no line of it begins as a command, which robots read in the source."""
    written = block.content[piece.start : piece.end]
    for start, end, text in _elsewhere(written):
        yield _replaced(block, piece.start + start, piece.start + end, text)
    for found in re.finditer(r"\n[ \t]*(?=/[A-Za-z])", written):
        yield Edit(block.at(piece.start + found.start()), block.at(piece.start + found.end()), " ")


def _image(block: Part, piece: Piece, *, inside: bool) -> Iterator[Edit]:
    """An image is a link to itself, or within a link the words that stand for it. What is left is looked at again."""
    if not inside:
        yield _replaced(block, piece.start, piece.start + 1, GUARD)
        return
    yield _replaced(block, piece.start, piece.label[0], "")
    for start, end in lines(block.content, piece.label[1], piece.end):
        yield _replaced(block, start, end, "")


def lines(content: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A range of ``content`` line by line, without the breaks: what is before a line in the source is no part of it."""
    breaks = [start - 1, *(start + at for at, c in enumerate(content[start:end]) if c == "\n"), end]
    yield from ((a + 1, b) for a, b in pairwise(breaks) if b > a + 1)


def _replaced(block: Part, start: int, end: int, text: str) -> Edit:
    return Edit(block.at(start), block.at(end - 1) + 1, text)


# ---- text that acts ----


class VisibleText:
    """The text of a block as a reader sees it, each character with its place in ``Part.content``.

    ``apart``: whether something stands where markup is, so that what it parts is not read as one word.
    """

    def __init__(self, pieces: Iterable[Piece], *, apart: bool) -> None:
        texts: list[str] = []
        self._starts: list[int] = []
        self._pieces: list[Piece] = []
        length = 0
        for piece in pieces:
            text = piece.shown or (BOUNDARY if apart or piece.kind in ("code", "image", "autolink") else "")
            if text:
                self._starts.append(length)
                self._pieces.append(piece)
                texts.append(text)
                length += len(text)
        self.text = "".join(texts)

    def place(self, offset: int) -> int:
        """Where in the content a shown character begins."""
        number = bisect_right(self._starts, offset) - 1
        piece = self._pieces[number]
        return piece.start + (offset - self._starts[number] if piece.kind == "text" else 0)

    def is_plain(self, start: int, end: int) -> bool:
        """Whether a range stands in the content just as it is shown."""
        number = bisect_right(self._starts, start) - 1
        return self._pieces[number].kind == "text" and end <= self._starts[number] + len(self._pieces[number].shown)


def _inert(block: Part, pieces: tuple[Piece, ...], allowed: frozenset[int]) -> Iterator[Edit]:
    yield from _hidden(block, pieces)
    for piece in pieces:
        if piece.kind == "text":
            yield from (_less_than(block, piece.start + found.start()) for found in _TAG_LIKE.finditer(piece.shown))
            for found in _ISSUE_URL.finditer(piece.shown):
                start = piece.start + found.start()
                yield _replaced(block, start, start + len(found[0]), _redirect(found))
    pieces = tuple(_without_code(block, pieces, allowed))
    for apart in (False, True):
        yield from _guards(block, VisibleText(pieces, apart=apart))


def _guards(block: Part, shown: VisibleText) -> Iterator[Edit]:
    links = sure_links(shown, block.content) if isinstance(block, Inline) else []
    for pattern in _PATTERNS:
        for found in pattern.finditer(shown.text):
            if not within(links, found.start("guard")):
                yield _guard(block, shown.place(found.start("guard")))
            elif "number" in pattern.groupindex and found["number"] and not within(links, found.start("number")):
                yield _guard(block, shown.place(found.start("number")))
    for found in _ISSUE_URL.finditer(shown.text):
        if not shown.is_plain(*found.span()):  # else it leads elsewhere by now
            yield _guard(block, shown.place(found.start()))


def _without_code(block: Part, pieces: Iterable[Piece], allowed: frozenset[int]) -> Iterator[Piece]:
    """The pieces, with what stands in ``<code>`` as code, which GitHub takes for no more than that either."""
    inside = False
    for piece in pieces:
        tag = tag_in(block.content[piece.start : piece.end]) if piece.kind == "tag" else None
        if tag is not None and block.at(piece.start) in allowed:
            inside = not tag.closes if tag.name == "code" else inside
        if inside:
            yield piece._replace(kind="code", shown="")
        elif tag is not None and tag.name in BLOCK_TAGS | EMPTY_TAGS:
            yield piece._replace(kind="break", shown="\n")
        else:
            yield piece


def _guard(block: Part, offset: int) -> Edit:
    place = block.at(offset)
    return Edit(place, place, GUARD)


def _hidden(block: Part, pieces: Iterable[Piece]) -> Iterator[Edit]:
    """Characters that hide something, judged by all that stands beside them: a guard takes the place of a run."""
    spans = list(unseen(block.content))
    for piece in pieces:
        if piece.kind == "char" and piece.shown not in JOINERS and any(unseen(piece.shown)):
            yield _replaced(block, piece.start, piece.end, GUARD)
        if piece.kind != "text":
            continue
        place = max(0, bisect_right(spans, (piece.start, piece.start)) - 1)
        for start, end in takewhile(lambda span: span[0] < piece.end, islice(spans, place, None)):  # noqa: B023
            first, last = max(start, piece.start), min(end, piece.end)
            if first < last and block.content[first:last] != GUARD:
                yield _replaced(block, first, last, GUARD)


def sure_links(shown: VisibleText, content: str) -> list[tuple[int, int]]:
    """Where GitHub surely makes a link of an address that stands in the text: it looks for nothing else in there.

    It makes none after a bracket that is still open, nor of ``www`` within a word.
    """
    links, depths = [], _Depths(shown.text)
    for found in _URL.finditer(shown.text):
        start, end = found.start(), found.start() + len(found[0].rstrip(_AFTER_URL))
        if depths.at(start) or not shown.is_plain(start, end):
            continue
        place = shown.place(start)
        if found[0][0] in "hH" or place == 0 or content[place - 1] in " \t\n*_~(":
            links.append((start, end))
    return links


class _Depths:
    """How many brackets are open at an offset; offsets are asked for in order."""

    def __init__(self, text: str) -> None:
        self._brackets = re.finditer(r"[\[\]]", text)
        self._next = next(self._brackets, None)
        self._depth = 0

    def at(self, offset: int) -> int:
        while self._next is not None and self._next.start() < offset:
            self._depth = self._depth + 1 if self._next[0] == "[" else max(0, self._depth - 1)
            self._next = next(self._brackets, None)
        return self._depth


def within(spans: list[tuple[int, int]], offset: int) -> bool:
    """Whether an offset is inside of one of the ``spans``, which are in order."""
    number = bisect_right(spans, (offset, 1 << 62)) - 1
    return number >= 0 and spans[number][0] < offset < spans[number][1]
