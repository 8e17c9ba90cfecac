"""A Markdown text as GitHub's parser takes it apart, with the place of every part in the source.

`markdown-it-py` says what is code, a link, a tag. It tells the lines of a block, and of what is inside a paragraph no
place at all: its rules are wrapped, so that each leaves a note of where it began and ended (`grammar`). Offsets are
those of ``source``, all of whose line breaks are ``\\n``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from markdown_it.common.utils import MD_TRIM_CHARS
from markdown_it.token import Token

from hls_action.domain.text.block_rules import MAX_NESTING
from hls_action.domain.text.grammar import MAX_BRACKETS, parser
from hls_action.domain.text.inline_rules import Piece, PieceKind, State, resolved
from hls_action.domain.text.tables import cells

_BLANKS = " \t\n\v\f\r"
_ODD_SPACES = frozenset(MD_TRIM_CHARS) - frozenset(_BLANKS)


@dataclass(frozen=True)
class Part:
    """A block's text without what its containers put before each line.

    ``anchors``: pairs of offsets, in ``content`` and in the source, that hold until the next pair.
    """

    content: str
    anchors: tuple[tuple[int, int], ...]
    lines: tuple[int, int]

    def at(self, offset: int) -> int:
        """Where in the source an offset of ``content`` is."""
        here, there = self.anchors[max(0, bisect_right(self.anchors, (offset, 1 << 62)) - 1)]
        return there + offset - here


@dataclass(frozen=True)
class Inline(Part):
    """A paragraph, a heading or a table's cell, cut into pieces without gaps. ``begins_item``: of a list."""

    pieces: tuple[Piece, ...]
    is_paragraph: bool
    begins_item: bool


@dataclass(frozen=True)
class HtmlBlock(Part):
    """A block of raw HTML, in which nothing is Markdown."""


@dataclass(frozen=True)
class CodeBlock:
    """A block of code. ``lines``: first and one past the last. ``fence``: its opening marks, empty when it is indented.

    ``level``: how many containers it is in. ``info``: what stands behind the opening fence.
    """

    lines: tuple[int, int]
    content: str
    fence: str = ""
    info: str = ""
    closed: bool = True
    level: int = 0


@dataclass(frozen=True)
class Row:
    """A line of a table. ``surplus``: where in the source its cells end that have a column, if more follow."""

    line: int
    surplus: int | None = None


Block = Inline | HtmlBlock | CodeBlock


@dataclass(frozen=True)
class Definition:
    """A link definition, which shows nothing by itself. ``used``: whether a link or an image names it."""

    lines: tuple[int, int]
    used: bool
    title: str


@dataclass(frozen=True)
class Footnote:
    """``begin``: where in the source its name stands in brackets."""

    name: str
    begin: int
    lines: tuple[int, int]


@dataclass(frozen=True)
class Document:
    """``blocks``: in the order of the text. ``top``: the first line of each block at the top level.

    ``boxes``: where in the source a task has its box and no text of its own, which makes no block.
    """

    source: str
    blocks: tuple[Block, ...]
    definitions: tuple[Definition, ...] = ()
    rows: tuple[Row, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    top: tuple[int, ...] = ()
    boxes: tuple[int, ...] = ()
    too_deep: bool = False
    starts: tuple[int, ...] = field(default=(0,), repr=False)

    def line(self, number: int) -> str:
        """The text of a line, without its break."""
        end = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.source)
        return self.source[self.starts[number] : end]

    def before(self, place: int) -> str:
        """What is before a place on its line."""
        return self.source[self.source.rfind("\n", 0, place) + 1 : place]


def parse(source: str) -> Document:
    """Take ``source`` apart. Line breaks must all be ``\\n``; errors: ``RecursionError`` when the parser gives up."""
    env: dict[str, Any] = {"references": _References(), "too_deep": False}
    readable = source.replace("\0", "\ufffd")  # as the parser does
    tokens = parser(MAX_NESTING).parse(readable, env)
    starts = _line_starts(source)
    reader = _Reader(readable, starts)
    blocks = tuple(reader.blocks(tokens, env))
    top = sorted({t.map[0] for t in tokens if t.level == 0 and t.map})
    return Document(
        source,
        blocks,
        definitions=_definitions(env),
        rows=tuple(reader.rows),
        footnotes=tuple(_footnotes(tokens)),
        top=tuple(top),
        boxes=tuple(env.get("boxes", ())),
        too_deep=bool(env["too_deep"]),
        starts=tuple(starts),
    )


def _footnotes(tokens: Iterable[Token]) -> Iterator[Footnote]:
    for token in tokens:
        if token.type == "footnote_open" and token.map:
            yield Footnote(token.meta["name"], token.meta["start"], (token.map[0], token.map[1]))


def _line_starts(source: str) -> list[int]:
    starts = [0]
    starts.extend(found.end() for found in re.finditer("\n", source))
    return starts


def _definitions(env: Mapping[str, Any]) -> tuple[Definition, ...]:
    references = cast(_References, env["references"])
    found = [
        Definition((ref["map"][0], ref["map"][1]), label in references.used, ref["title"])
        for label, ref in dict.items(references)
    ]
    found += [Definition((ref["map"][0], ref["map"][1]), False, ref["title"]) for ref in env.get("duplicate_refs", ())]
    return tuple(sorted(found, key=lambda definition: definition.lines))


class _References(dict[str, dict[str, Any]]):
    """Link definitions by label, which notice when a link asks for one."""

    def __init__(self) -> None:
        super().__init__()
        self.used: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as dict has it
        found = super().get(key, default)
        if found is not default:
            self.used.add(key)
        return found


class _Reader:
    """Turns the parser's tokens into blocks with their places."""

    def __init__(self, source: str, starts: list[int]) -> None:
        self._source = source
        self._starts = starts
        self.rows: list[Row] = []

    def blocks(self, tokens: list[Token], env: dict[str, Any]) -> Iterator[Block]:
        cells: Iterator[Part] = iter(())
        heading = ""
        around = ["", ""]
        for token in tokens:
            begins_item = around == ["list_item_open", "paragraph_open"]
            around = [around[1], token.type]
            lines = (token.map[0], token.map[1]) if token.map else (0, 0)
            if token.type in ("fence", "code_block"):
                yield self._code(token, lines)
            elif token.type == "html_block":
                content = token.content.removesuffix("\n")
                yield HtmlBlock(content, self._anchors(content, lines[0]), lines)
            elif token.type == "heading_open":
                heading = token.markup if token.markup.startswith("#") else ""
            elif token.type == "tr_open":
                cells = iter(self._cells(lines[0], token.meta["start"], token.meta["columns"]))
            elif token.type == "inline":
                is_cell, is_heading = "cell" in token.meta, bool(heading)
                part = next(cells, None) if is_cell else self._whole(self._part(token, lines, heading))
                heading = ""
                if part is not None:  # a row may have fewer cells than its table has columns
                    found = pieces(part.content, env)
                    is_paragraph = not (is_cell or is_heading)
                    yield Inline(part.content, part.anchors, part.lines, found, is_paragraph, begins_item)

    def _code(self, token: Token, lines: tuple[int, int]) -> CodeBlock:
        if token.type == "code_block":
            return CodeBlock(lines, token.content, level=token.level)
        return CodeBlock(lines, token.content, token.markup, token.info, bool(token.meta["closed"]), token.level)

    def _part(self, token: Token, lines: tuple[int, int], heading: str) -> Part:
        if not heading:
            return Part(token.content, self._anchors(token.content, lines[0]), lines)
        line = self._line(lines[0])
        begin = line.index("#") + len(heading)
        begin += len(line) - begin - len(line[begin:].lstrip(MD_TRIM_CHARS))
        return Part(token.content, ((0, self._starts[lines[0]] + begin),), lines)

    def _whole(self, part: Part) -> Part:
        """With the spaces at both ends that are not ASCII: GitHub's parser does not take them off, as this one does."""
        if not part.content:
            return part
        begin, end = part.at(0), part.at(len(part.content) - 1) + 1
        left, right = begin, end
        while left and self._source[left - 1] in _ODD_SPACES:
            left -= 1
        while right < len(self._source) and self._source[right] in _ODD_SPACES:
            right += 1
        if (left, right) == (begin, end):
            return part
        grown = begin - left
        anchors = ((0, left), *((here + grown, there) for here, there in part.anchors))
        return Part(self._source[left:begin] + part.content + self._source[end:right], anchors, part.lines)

    def _anchors(self, content: str, first: int) -> tuple[tuple[int, int], ...]:
        """Where each line of ``content`` is: every one is the end of a line of the source, or nearly so."""
        found, offset = [], 0
        texts = content.split("\n")
        while not self._line(first).rstrip(MD_TRIM_CHARS).endswith(texts[0].strip(MD_TRIM_CHARS)):
            first += 1  # lines of odd spaces alone, which the parser took off
        for number, text in enumerate(texts, first):
            line = self._line(number)
            if not line.endswith(text):
                line = line.rstrip(MD_TRIM_CHARS)  # the last line of a paragraph
            kept = text if line.endswith(text) else text.lstrip(" ")  # the indentation began inside of a tab
            offset += len(text) - len(kept)
            found.append((offset, self._starts[number] + len(line) - len(kept)))
            offset += len(kept) + 1
        return tuple(found)

    def _line(self, number: int) -> str:
        end = self._starts[number + 1] - 1 if number + 1 < len(self._starts) else len(self._source)
        return self._source[self._starts[number] : end]

    def _cells(self, line: int, begin: int, columns: int) -> list[Part]:
        """The cells of a row that begins at an offset of the source: what lies between pipes that are not escaped."""
        end = self._starts[line] + len(self._line(line))
        text = self._source[begin:end].rstrip(_BLANKS)
        spans = cells(text)
        surplus = begin + spans[columns - 1][1] if len(spans) > columns > 0 else None
        self.rows.append(Row(line, surplus))
        return [self._cell(text[a:b], begin + a, line) for a, b in spans[:columns]]

    @staticmethod
    def _cell(text: str, begin: int, line: int) -> Part:
        stripped = text.strip(_BLANKS)
        begin += len(text) - len(text.lstrip(_BLANKS))
        anchors, content = [(0, begin)], ""
        done = 0
        for found in _ESCAPED_PIPE.finditer(stripped):
            content += stripped[done : found.start()]
            done = found.start() + 1
            anchors.append((len(content), begin + done))
        return Part(content + stripped[done:], tuple(anchors), (line, line + 1))


_ESCAPED_PIPE = re.compile(r"\\\|")


# ---- inside of a paragraph ----


def pieces(content: str, env: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Cut a paragraph into pieces. ``env``: what the parser keeps of the whole text, its link definitions above all."""
    inside = parser(MAX_BRACKETS)
    state = State(content, inside, cast("dict[str, Any]", env), [])
    inside.inline.tokenize(state)
    for rule in inside.inline.ruler2.getRules(""):
        rule(state)
    notes = sorted(resolved(state.notes), key=lambda piece: (piece.start, piece.end))
    found: list[Piece] = []
    done = 0
    for note in notes:
        if note.start < done:
            continue
        if note.start > done:
            found.append(Piece("text", done, note.start, content[done : note.start]))
        found.append(note)
        done = note.end
    if done < len(content):
        found.append(Piece("text", done, len(content), content[done:]))
    return tuple(found)


def html_pieces(content: str) -> tuple[Piece, ...]:
    """The same for raw HTML: tags, entities, line breaks, and text between them."""
    found: list[Piece] = []
    done = 0
    for match in _html_piece().finditer(content):
        if match.start() > done:
            found.append(Piece("text", done, match.start(), content[done : match.start()]))
        kind: PieceKind = "tag" if match[0][0] == "<" else "break" if match[0] == "\n" else "char"
        shown = _decoded(match[0]) if kind == "char" else "\n" if kind == "break" else ""
        found.append(Piece(kind, match.start(), match.end(), shown))
        done = match.end()
    if done < len(content):
        found.append(Piece("text", done, len(content), content[done:]))
    return tuple(found)


@cache
def _html_piece() -> re.Pattern[str]:
    return re.compile(rf"<[A-Za-z/](?:[^<>\"'\n]|\"[^\"<>\n]*\"|'[^'<>\n]*')*>|\n|{ENTITY.pattern}")


ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def _decoded(entity: str) -> str:
    import html

    return html.unescape(entity)
