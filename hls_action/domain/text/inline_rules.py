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

    ``label``: of a link's tail or an image, where its text begins and ends.
    """

    kind: PieceKind
    start: int
    end: int
    shown: str = ""
    label: tuple[int, int] = (0, 0)


class State(StateInline):
    """The parser's state, with notes of where the pieces are."""

    def __init__(self, src: str, md: MarkdownIt, env: dict[str, Any], tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self.notes: list[tuple[Piece, Token | None]] = []
        self.brackets = 0

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
    return Piece(kind, start, state.pos, "\n" if kind == "break" else "")


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
        start = state.pos
        found = _may_close(state) and rule(state, silent)
        if not found and not silent and isinstance(state, State):
            state.brackets += state.src[start] == "["
        if found and not silent and isinstance(state, State):
            label = state.md.helpers.parseLinkLabel(state, start, True)
            bounds = (start + 1, label)
            state.note(Piece("open", start, start + 1, label=bounds))
            state.note(Piece("tail", label, state.pos, label=bounds))
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


def _noted_image(rule: InlineRule) -> InlineRule:
    def run(state: StateInline, silent: bool) -> bool:
        start = state.pos
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
    "backticks": (rules_inline.backtick, "code"),
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
