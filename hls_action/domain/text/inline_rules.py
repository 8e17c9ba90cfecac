"""The parser's rules for what is inside a paragraph, each leaving a note of where what it found begins and ends.

Where GitHub's parser, cmark-gfm, sees things otherwise, the rule is changed to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from markdown_it import MarkdownIt, rules_inline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

PieceKind = Literal["text", "char", "break", "code", "tag", "mark", "open", "tail", "autolink", "image"]
"""What a piece of a paragraph is.

``text``: as it stands. ``char``: an escape or an entity, for what it shows. ``break``: a line's end. ``code``: a span.
``tag``: raw HTML. ``mark``: emphasis marks that are not shown. ``open`` and ``tail``: around a link's text.
"""


class Piece(NamedTuple):
    """A piece of ``Part.content`` from ``start`` to ``end``; ``shown``: what a reader sees of it, as far as it is text.

    ``label``: of a link's tail or an image, where its text begins and ends. ``address``: where a link's tail or an
    autolink leads, with escapes and entities decoded.
    """

    kind: PieceKind
    start: int
    end: int
    shown: str = ""
    label: tuple[int, int] = (0, 0)
    address: str = ""


MAX_TICKS = 80
"""A longer run of backticks begins no code for GitHub's parser."""
_TICKS = re.compile("`+")


class Ticks:
    """The runs of backticks that GitHub's parser has looked at: once one has no partner, it believes what it noted of
    the others, and each code span that it finds makes it forget the later ones of the same length.
    """

    def __init__(self, last: Mapping[int, int], *, all_seen: bool = False) -> None:
        self.last = dict(last)
        self.all_seen = all_seen

    def may_begin_code(self, length: int, end: int) -> bool:
        """Whether a partner is looked for, for a run that ends there."""
        return length <= MAX_TICKS and not (self.all_seen and self.last.get(length, 0) <= end)

    def look(self, source: str, begin: int, end: int) -> None:
        """Note the runs from one place to another."""
        for run in _TICKS.finditer(source, begin, end):
            self.last[len(run[0])] = run.start()


class State(StateInline):
    """The parser's state, with notes of where the pieces are, and of backticks: ``ticks`` up to here, ``ahead`` of
    those seen while a link is looked for.
    """

    def __init__(self, src: str, md: MarkdownIt, env: dict[str, Any], tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self.notes: list[tuple[Piece, Token | None]] = []
        self.brackets = 0
        self.ticks = self.ahead = Ticks({})

    def note(self, piece: Piece, token: Token | None = None) -> None:
        """``token``: what becomes of it decides whether the piece counts."""
        self.notes.append((piece, token))


def resolved(notes: Iterable[tuple[Piece, Token | None]]) -> Iterator[Piece]:
    """Only those emphasis marks that turned out to have a partner: the others are text, and kept their content."""
    for piece, token in notes:
        if token is None or not token.content:
            yield piece


InlineRule = Callable[[StateInline, bool], bool]


def _noted(rule: InlineRule, kind: PieceKind) -> InlineRule:
    """``rule``, leaving a note of what it found."""

    def run(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent and isinstance(state, State):
            made = state.tokens[count:]
            state.note(_piece(state, kind, start, made))
        return found

    return run


def _piece(state: StateInline, kind: PieceKind, start: int, made: list[Token]) -> Piece:
    last = made[-1] if made else None
    if kind == "char":
        if last is not None and last.type == "hardbreak":
            return Piece("break", start, state.pos, "\n")
        return Piece("char", start, state.pos, last.content if last else "")
    if kind == "code" and (last is None or last.type != "code_inline"):
        return Piece("text", start, state.pos, state.src[start : state.pos])
    return Piece(kind, start, state.pos, "\n" if kind == "break" else "", address=_address_in(made))


def _address_in(made: Iterable[Token]) -> str:
    """Where the link among ``made`` leads; ``""`` where there is none."""
    return next((str(token.attrs["href"]) for token in made if token.type == "link_open"), "")


def _noted_marks(rule: InlineRule) -> InlineRule:
    """Emphasis: one token a mark, which later turns out to be emphasis or text."""

    def run(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent and isinstance(state, State):
            place = state.pos
            for token in reversed(state.tokens[count:]):  # what came before is text that waited to be put down
                begin = place - len(token.content)
                if begin < start:
                    break
                state.note(Piece("mark", begin, place), token)
                place = begin
        return found

    return run


def _noted_link(rule: InlineRule) -> InlineRule:
    def run(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        _look_ahead(state, silent)
        found = _may_close(state) and rule(state, silent)
        if not found and not silent and isinstance(state, State):
            state.brackets += state.src[start] == "["
        if found and not silent and isinstance(state, State):
            label = state.md.helpers.parseLinkLabel(state, start, True)
            bounds = (start + 1, label)
            state.note(Piece("open", start, start + 1, label=bounds))
            state.note(Piece("tail", label, state.pos, label=bounds, address=_address_in(state.tokens[count:])))
        return found

    return run


def _bracket(state: StateInline, silent: bool) -> bool:
    """Count the brackets that are open: after one, GitHub's parser makes no link of an address."""
    if not silent and isinstance(state, State) and state.src[state.pos] == "]":
        state.brackets = max(0, state.brackets - 1)
    return False


_ADDRESS = re.compile(r"://[A-Za-z0-9][^ \t\n\v\f\r<]*")
_SCHEME = re.compile(r"(?<![A-Za-z])(?:https?|ftp)\Z", re.IGNORECASE)


def _address(state: StateInline, silent: bool) -> bool:
    """An address in the text goes on up to a space or a tag, and what is in it is no code, tag or emphasis.

    https://github.github.com/gfm/#autolinks-extension-
    """
    if silent or state.src[state.pos] != ":" or state.linkLevel or getattr(state, "brackets", 1):
        return False
    if not _SCHEME.search(state.src, max(0, state.pos - 6), state.pos):
        return False
    found = _ADDRESS.match(state.src, state.pos)
    if found is None:
        return False
    written = found[0].rstrip("?!.,:*_~'\"")
    state.append_pending(written)
    state.pos += len(written)
    return True


def _may_close(state: StateInline) -> bool:
    """Whether a bracket follows that could end a link's text: without one, the rule looks at each level in vain."""
    return state.src[state.pos] in "[!" and state.html_terminator_last("]") > state.pos


def _look_ahead(state: StateInline, silent: bool) -> None:
    """Forget what was seen in looking for the link before."""
    if not silent and isinstance(state, State):
        state.ahead = Ticks(state.ticks.last, all_seen=state.ticks.all_seen)


def _backticks(state: StateInline, silent: bool) -> bool:
    """A code span, if GitHub's parser sees one: https://github.com/github/cmark-gfm/blob/master/src/inlines.c"""
    run = _TICKS.match(state.src, state.pos)
    if run is None or not isinstance(state, State):
        return rules_inline.backtick(state, silent)
    ticks = state.ahead if silent else state.ticks
    if not ticks.may_begin_code(len(run[0]), run.end()):
        state.pending += "" if silent else run[0]
        state.pos = run.end()
        return True
    found = rules_inline.backtick(state, silent)
    has_partner = state.pos > run.end()
    ticks.look(state.src, run.end(), state.pos if has_partner else len(state.src))
    ticks.all_seen |= not has_partner
    return found


def _noted_image(rule: InlineRule) -> InlineRule:
    def run(state: StateInline, silent: bool) -> bool:
        start = state.pos
        _look_ahead(state, silent)
        found = _may_close(state) and rule(state, silent)
        if found and not silent and isinstance(state, State):
            label = state.md.helpers.parseLinkLabel(state, start + 1, False)
            state.note(Piece("image", start, state.pos, label=(start + 2, label)))
        return found

    return run


_DECLARATION = re.compile(r"<!(?:--|\[CDATA\[(?:[^\]]|\][^\]]|\]\][^>])*\]\]>|[A-Z]+\s+[^>]*>)", re.ASCII)


def _html_inline(state: StateInline, silent: bool) -> bool:
    """GitHub's parser knows fewer declarations, and none after a comment that the paragraph does not close."""
    if not state.src.startswith("<!", state.pos):
        return rules_inline.html_inline(state, silent)
    unclosed = state.env.setdefault("unclosed", {})
    if not _DECLARATION.match(state.src, state.pos) or state.pos > unclosed.get(state.src, state.pos):
        return False
    found = rules_inline.html_inline(state, silent)
    if not found and state.src.startswith("<!--", state.pos):
        unclosed[state.src] = min(state.pos, unclosed.get(state.src, state.pos))
    return found


NOTED: Mapping[str, tuple[InlineRule, PieceKind]] = {
    "newline": (rules_inline.newline, "break"),
    "escape": (rules_inline.escape, "char"),
    "entity": (rules_inline.entity, "char"),
    "backticks": (_backticks, "code"),
    "html_inline": (_html_inline, "tag"),
    "autolink": (rules_inline.autolink, "autolink"),
}


def install(parser: MarkdownIt) -> None:
    """Put these rules in the place of the parser's own."""
    ruler = parser.inline.ruler
    for name, (rule, kind) in NOTED.items():
        ruler.at(name, _noted(rule, kind))
    ruler.at("emphasis", _noted_marks(rules_inline.emphasis.tokenize))
    ruler.at("strikethrough", _noted_marks(rules_inline.strikethrough.tokenize))
    ruler.at("link", _noted_link(rules_inline.link))
    ruler.at("image", _noted_image(rules_inline.image))
    ruler.before("backticks", "address", _address)
    ruler.before("backticks", "bracket", _bracket)
