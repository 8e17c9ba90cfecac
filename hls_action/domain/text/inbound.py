"""What people wrote, before Claude reads it: all that the page shows, as it was written, and nothing that it hides.

What is hidden follows from how GitHub makes a page: its parser turns Markdown into HTML, a browser's rules take that
apart, and the sanitiser drops tags and attributes (https://github.com/gjtorikian/html-pipeline). Where honest people
use what is not shown (the text for an image, a link's title), it stays, with a mark that says so; the rest is removed
and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from hls_action.domain.text.characters import ZERO_WIDTH_SPACE, blank_out, spell_out
from hls_action.domain.text.edits import Edit, apply, unified
from hls_action.domain.text.html import Markup, is_unknown, kept, markup
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import Block, CodeBlock, Document, HtmlBlock, Inline, Part, parse

TOO_DEEP = "[HLS: this text is nested too deeply to tell what the page shows of it; it follows in full]\n"

CROWD = 4
"""So many unknown tags side by side are more than a type with its parameters."""

_LANGUAGE = re.compile(r"[A-Za-z0-9_.+#-]{1,30}")
_COMMENT_END = re.compile("--!?>")
_REFERENCE = re.compile(r"://[^\s<]*|\[\^([^\] \t\n]+)\]")
"""To a footnote; what looks like one in an address is a part of that."""
_TITLE = re.compile(
    r"\A((?:[^\[]*\[[ xX]\][ \t])?[^\[]*\[(?:[^\\\]]|\\.)*\]:[\s>]*(?:<[^<>\n]*>|[^\s<]\S*))\s.*\Z", re.DOTALL
)


@dataclass(frozen=True)
class Cleaned:
    """A text for Claude. ``hidden``: what was removed of it or marked, how many of each kind, in words."""

    text: str
    hidden: Mapping[str, int] = field(default_factory=dict)

    @property
    def hidden_in_words(self) -> str:
        """As in ``HTML comment x 2, link title``; empty when nothing was."""
        return ", ".join(f"{kind} x {count}" if count > 1 else kind for kind, count in sorted(self.hidden.items()))


def clean(markdown: str) -> Cleaned:
    """Prose by anybody, as Claude may read it."""
    source, _ = unified(markdown.removeprefix("\ufeff"))
    try:
        document = parse(source)
    except RecursionError:
        return Cleaned(TOO_DEEP + spell_out(source))
    if document.too_deep:
        return Cleaned(TOO_DEEP + spell_out(source))
    reader = _Reader(document)
    text = apply(source, reader.edits())
    return Cleaned(spell_out(text).strip("\n").rstrip(), dict(reader.hidden))


def visible(markdown: str) -> str:
    """What the page shows, as it was written; what is in a mark is not shown. Line breaks are all ``\\n``."""
    source, _ = unified(markdown.removeprefix("\ufeff"))
    document = parse(source)
    return source if document.too_deep else apply(source, _Reader(document).edits())


def not_shown(what: str) -> str:
    """The mark of what is in the source and not on the page, on one line. No bracket in it can seem to end it."""
    return f"[not shown on the page: {' '.join(what.split()).translate(_ROUND)}]"


_ROUND = str.maketrans("[]", "()")


class _Reader:
    """Goes through a document as a browser does, for a comment that is left open hides what comes after it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.hidden: Counter[str] = Counter()
        self._hides = ""

    def edits(self) -> Iterator[Edit]:
        footnotes = self._document.footnotes
        below = {line: number for number, footnote in enumerate(footnotes) for line in range(*footnote.lines)}
        parts: list[list[Block]] = [[] for _ in (*footnotes, "the text above them")]
        for block in self._document.blocks:
            parts[below.get(block.lines[0], -1)].append(block)
        yield from self._in_blocks(parts[-1])
        names = self._named()
        for footnote, blocks in zip(footnotes, parts, strict=False):  # they stand at the page's end
            if footnote.name.lower() in names and not self._hides:
                names.remove(footnote.name.lower())  # of two with one name, the second is not shown
                yield from self._in_blocks(blocks)
            else:
                self.hidden["footnote that nothing refers to"] += 1
                yield Edit(footnote.begin, self._end_of(footnote.lines[1] - 1), "")
        yield from self._definitions()
        yield from self._surplus_cells()

    def _in_blocks(self, blocks: Iterable[Block]) -> Iterator[Edit]:
        for block in blocks:
            start = self._end_of_hidden(block) if self._hides else 0
            if start < 0:
                yield from self._gone(block)
                continue
            self._hides = ""
            match block:
                case Inline():
                    yield from _removed(block, 0, start)
                    yield from self._in_paragraph(block, start)
                case HtmlBlock():
                    yield from _removed(block, 0, start)
                    yield from self._in_html(block, start)
                case CodeBlock():
                    yield from self._info(block)

    def _named(self) -> set[str]:
        """The names of the footnotes that the text refers to."""
        inlines = (block for block in self._document.blocks if isinstance(block, Inline))
        texts = (piece.shown for block in inlines for piece in block.pieces)
        return {found[1].lower() for text in texts for found in _REFERENCE.finditer(text) if found[1]}

    # ---- what is left open ----

    def _end_of_hidden(self, block: Block) -> int:
        """How far into ``block`` a comment or an attribute hides it that was left open; -1 if it goes on behind it.

        What ends an attribute still leaves its tag to be ended.
        """
        if isinstance(block, CodeBlock):
            return -1
        if isinstance(block, Inline):
            return self._end_in_paragraph(block)
        end = (_COMMENT_END if self._hides == "-->" else re.compile(self._hides)).search(block.content)
        if end is None or self._hides == "-->":
            return end.end() if end else -1
        return block.content.find(">", end.end()) + 1 or len(block.content)

    def _end_in_paragraph(self, block: Inline) -> int:
        """The page has only some signs of a paragraph as they are written, and quotation marks around addresses."""
        if self._hides == '"':
            return min(
                (piece.start for piece in block.pieces if piece.kind in ("open", "autolink", "image")), default=-1
            )
        tags = [piece for piece in block.pieces if piece.kind == "tag"]
        if self._hides == "-->":
            ends = (_COMMENT_END.search(block.content, tag.start, tag.end) for tag in tags)
            return min((end.end() for end in ends if end), default=-1)
        signs = (block.content[p.start : p.end] if p.kind in ("tag", "code") else p.shown for p in block.pieces)
        return len(block.content) if any("'" in each for each in signs) else -1

    def _gone(self, block: Block) -> Iterator[Edit]:
        self.hidden["part behind an HTML comment or tag that is not closed"] += 1
        if isinstance(block, CodeBlock):
            start, end = self._document.starts[block.lines[0]], self._end_of(block.lines[1] - 1)
        else:
            start, end = block.at(0), block.at(len(block.content))
        yield Edit(start, end, "")

    # ---- blocks ----

    def _in_html(self, block: HtmlBlock, start: int) -> Iterator[Edit]:
        pieces = list(markup(block.content, start))
        for piece, crowded in zip(pieces, _in_a_row(block.content, pieces), strict=True):
            yield from self._markup(block, piece, crowded=crowded)
            self._hides = piece.left_open

    def _in_paragraph(self, block: Inline, begin: int) -> Iterator[Edit]:
        tags = [
            piece._replace(start=note.start + piece.start, end=note.start + piece.end)
            for note in block.pieces
            if note.kind == "tag" and note.start >= begin
            for piece in markup(block.content[note.start : note.end])
        ]
        for tag, crowded in zip(tags, _in_a_row(block.content, tags), strict=True):
            yield from self._markup(block, tag, crowded=crowded)
        for piece in block.pieces:
            if piece.start < begin:
                continue
            if piece.kind == "tail":
                yield from self._tail(block, piece, block.content[piece.start : piece.end])
            elif piece.kind == "image":
                yield from self._image(block, piece)

    def _info(self, block: CodeBlock) -> Iterator[Edit]:
        """Of what stands behind an opening fence, the page uses the first word: it names the language."""
        info = block.info.strip(" \t")
        language = re.split("[ \t]", info)[0]
        language = language if _LANGUAGE.fullmatch(language) else ""
        if language == info:
            return
        self.hidden["note behind a code fence"] += 1
        line = self._document.line(block.lines[0])
        start = self._document.starts[block.lines[0]] + line.index(block.fence) + len(block.fence)
        yield Edit(start, self._end_of(block.lines[0]), language)

    # ---- inside of a paragraph ----

    def _markup(self, block: Part, piece: Markup, *, crowded: bool) -> Iterator[Edit]:
        written = block.content[piece.start : piece.end]
        if piece.kind in ("comment", "broken tag"):
            self.hidden["HTML comment" if piece.kind == "comment" else "HTML tag that is not closed"] += 1
            yield from _removed(block, piece.start, piece.end)
        else:
            shown, notes, dropped = kept(written, crowded=crowded)
            self.hidden.update(dropped)
            text = shown + "".join(not_shown(note) for note in notes)
            if text != written:
                yield from _rewritten(block, piece.start, piece.end, text)

    def _tail(self, block: Part, piece: Piece, written: str, alt: str = "") -> Iterator[Edit]:
        """The end of a link or an image: ``](address "title")``."""
        notes = [f"alt text {alt!r}"] if alt else []
        begin = piece.end - len(written)
        for kind, (start, end) in _hidden_in(written):
            self.hidden[f"link {kind}"] += 1
            said = written[start:end].strip()
            notes.append(f"{kind} {said[1:-1] if kind == 'title' else said!r}")
            yield from _removed(block, begin + start, begin + end)
        if notes:
            place = block.at(piece.end - 1) + 1
            yield Edit(place, place, not_shown(", ".join(notes)))

    def _image(self, block: Part, piece: Piece) -> Iterator[Edit]:
        start, end = piece.label
        alt = block.content[start:end].strip()
        if alt.lower() in ("", "image"):  # what GitHub puts there by itself
            alt = ""
        else:
            self.hidden["alt text"] += 1
            yield from _removed(block, start, end)
        yield from self._tail(block, piece, block.content[end : piece.end], alt)

    # ---- the whole text ----

    def _definitions(self) -> Iterator[Edit]:
        shown = self._shown_labels()
        for definition in self._document.definitions:
            first, end = definition.lines
            start, stop = self._document.starts[first], self._end_of(end - 1)
            if not definition.used:
                self.hidden["link definition that nothing uses"] += 1
                yield Edit(start, min(stop + 1, len(self._document.source)), "")
                continue
            written = self._document.source[start:stop]
            if definition.title and (found := _TITLE.match(written)):
                self.hidden["link title"] += 1
                yield Edit(start + found.end(1), stop, "")
            for kind, (begin, finish) in _hidden_in(written):
                if not (kind == "label" and _folded(written[begin:finish]) in shown):
                    self.hidden[f"link {kind}"] += 1
                    yield Edit(start + begin, start + finish, "..." if kind == "label" else "")

    def _shown_labels(self) -> set[str]:
        """The labels of definitions that are a link's text as well."""
        inlines = (block for block in self._document.blocks if isinstance(block, Inline))
        tails = ((b, p) for b in inlines for p in b.pieces if p.kind in ("tail", "image"))
        return {_folded(b.content[slice(*p.label)]) for b, p in tails if b.content[p.label[1] : p.end] in ("]", "][]")}

    def _surplus_cells(self) -> Iterator[Edit]:
        for row in self._document.rows:
            if row.surplus is not None:
                self.hidden["table cell beyond the last column"] += 1
                yield Edit(row.surplus, self._end_of(row.line), "")

    def _end_of(self, line: int) -> int:
        return self._document.starts[line] + len(self._document.line(line))


def _hidden_in(written: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """What of the end of a link, or of a definition, is not shown and could say something: kind and place."""
    if (title := _LINK_TITLE.fullmatch(written)) is not None:
        yield "title", (title.start(2), title.end(3))
    for kind, pattern in (("label", _LABEL), ("address", _ADDRESS)):
        found = pattern.search(written)
        if found is not None and (len(found[1].split()) >= WORDS or (kind == "label" and len(found[1]) > LETTERS)):
            yield kind, found.span(1)


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()


WORDS, LETTERS = 4, 40
"""A label with fewer words, and no more letters, is a name; as is an address with fewer words, of a file, say."""
_LABEL = re.compile(r"(?:\A\]|\A[\s>]*)\[((?:[^\\\[\]]|\\.)+)\](?=:|\Z)", re.DOTALL)
_ADDRESS = re.compile(r"(?:\A\]\(|\]:)[\s>]*<([^<>\n]*[ \t][^<>\n]*)>")
_LINK_TITLE = re.compile(
    r"(\]\(.*?)(\s(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))(\s*)\)", re.DOTALL
)


def _in_a_row(content: str, pieces: list[Markup]) -> list[bool]:
    """Of each tag, whether so many unknown ones stand side by side that their names could make up a sentence."""
    runs: list[list[int]] = []
    for place, piece in enumerate(pieces):
        if not is_unknown(content[piece.start : piece.end]):
            continue
        before = runs[-1][-1] if runs else None
        if before is not None and _is_blank(content, pieces[before].end, piece.start, pieces[before + 1 : place]):
            runs[-1].append(place)
        else:
            runs.append([place])
    crowded = {place for run in runs if len(run) >= CROWD for place in run}
    return [place in crowded for place in range(len(pieces))]


def _is_blank(content: str, start: int, end: int, between: list[Markup]) -> bool:
    """Whether nothing that can be seen is between two tags, tags of any kind aside."""
    text = unescape(apply(content[start:end], (Edit(each.start - start, each.end - start, "") for each in between)))
    return not blank_out(text).replace(ZERO_WIDTH_SPACE, "").strip()


def _removed(block: Part, start: int, end: int) -> Iterator[Edit]:
    yield from _rewritten(block, start, end, "")


def _rewritten(block: Part, start: int, end: int, text: str) -> Iterator[Edit]:
    """Put ``text`` in the place of a range, whatever its containers put before each of its lines."""
    if end > start:
        yield Edit(block.at(start), block.at(end - 1) + 1, text)
