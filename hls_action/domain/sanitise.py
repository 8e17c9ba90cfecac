"""Cleaning, both ways: what people wrote before Claude reads it, and what Claude wrote before GitHub shows it.

Each function does one thing; ``incoming`` and ``outgoing`` are the chains.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from hls_action.domain.text.plain import strip_html_comments

ZERO_WIDTH_SPACE = "\u200b"
MAX_ROUNDS = 6

_KEPT_CONTROLS = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d\ufe0f")  # emoji sequences and several scripts need one between visible characters
_BLANKS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
)  # letters by category, and nothing to see
_STRAY_JOINERS = re.compile(
    r"(?:^|(?<=\s))[\u200c\u200d\ufe0f]+|[\u200c\u200d]+(?=\s|$)"  # nothing on one side
    r"|(?<=[\u200c\u200d])[\u200c\u200d\ufe0f]+|(?<=\ufe0f)\ufe0f+",  # more than joins anything
    re.MULTILINE,
)
_HIDDEN_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*(?:#|<>).*$", re.MULTILINE)

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});")
_ADDRESS = r"https?://[A-Za-z0-9./@%#-]+"  # fewer characters than an address may have: the rest is made inert

# Each is applied where no address stands, and puts something invisible where GitHub's own filters look.
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=[A-Za-z0-9])")
_CLOSING = re.compile(
    r"(?<![A-Za-z0-9])(close[sd]?|fix(?:e[sd])?|resolve[sd]?)"
    r"((?:&#?\w{1,8};|[^A-Za-z0-9#&]|&){1,20}?)"  # what may stand between, entities included
    r"(?=(?:[\w.-]+/[\w.-]+)?#\d|GH-\d|https?://)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(rf"({_ADDRESS})|([A-Za-z0-9_.-]/[A-Za-z0-9_.-]+)#(?=\d)")
_LEADING_LINES = re.compile(r"\A(?:[ \t]*\n)+")
_IMAGE = re.compile(r"!+(?=\[)")
_TAG = re.compile(
    r"<(?=[!?]|/?(?:script|style|pre|textarea|iframe|img|image|a|details|picture|video|audio|svg)\b)", re.IGNORECASE
)
_COMMAND = re.compile(r"^((?:[^\S\n]*(?:[>*+-]|\d{1,9}[.)]))*[^\S\n]*)/(?=[A-Za-z])", re.MULTILINE)


def strip_invisible(text: str) -> str:
    """Remove characters that show nothing: they hide instructions from the people who read the same text.

    Control and format characters, tag characters, variation selectors, bidirectional overrides, fillers, private use
    and unassigned code points go; line breaks, tabs and the joiners that emoji and some scripts need stay.
    """
    return _STRAY_JOINERS.sub("", "".join(c for c in text if _is_visible(c)))


def _is_visible(c: str) -> bool:
    if c in _KEPT_CONTROLS or c in _JOINERS:
        return True
    return unicodedata.category(c)[0] != "C" and c not in _BLANKS and not _is_variation_selector(c)


def _is_variation_selector(c: str) -> bool:
    return "\ufe00" <= c <= "\ufe0e" or "\U000e0100" <= c <= "\U000e01ef"


def show_invisible(text: str) -> str:
    """Code with what cannot be seen spelt out, as in ``[U+202E]``: a reviewer must know that it is there."""
    return "".join(c if c in _KEPT_CONTROLS or unicodedata.category(c)[0] != "C" else f"[U+{ord(c):04X}]" for c in text)


def unify_newlines(text: str) -> str:
    """One kind of line break."""
    return re.sub(r"\r\n?|[\u2028\u2029]", "\n", text)


def thin_out(text: str) -> str:
    """Never more than two empty lines in a row."""
    return re.sub(r"\n{4,}", "\n\n\n", text)


def incoming(text: str) -> str:
    """Prose by anybody, as Claude may read it: what a person reading the page would see, and nothing else."""
    parts = _split_fences(strip_invisible(unify_newlines(text)))
    return "\n".join(part if fenced else _seen(part) for part, fenced in parts).strip()


def _seen(text: str) -> str:
    return thin_out(_HIDDEN_DEFINITION.sub("", strip_html_comments(text)))


def incoming_code(text: str) -> str:
    """Code by anybody, as Claude may read it: all of it, what is invisible included."""
    return show_invisible(unify_newlines(text))


def outgoing(markdown: str) -> str:
    """Claude's Markdown, inert: it notifies nobody, closes nothing, begins no line with a command, carries no marker.

    Fenced code stays as written, for it is what readers copy, and GitHub reads no mentions or keywords in it. What
    counts as fenced is left to a CommonMark parser, so that no trick with fences smuggles text past; and because making
    text inert can itself move a fence, the result is cleaned again until nothing changes.
    """
    text = _LEADING_LINES.sub("", strip_invisible(unify_newlines(markdown))).rstrip()
    for _ in range(MAX_ROUNDS):
        cleaned = "\n".join(part if fenced else _inert(part) for part, fenced in _split_fences(text)).rstrip()
        if cleaned == text:
            return text
        text = cleaned
    return _inert(text)  # it keeps changing what is code: then none of it is


def _inert(text: str) -> str:
    text = text.replace(ZERO_WIDTH_SPACE, "")
    text = _ENTITY.sub(_literal, text)
    text = re.sub(_ADDRESS, _without_mention, text)
    text = _MENTION.sub("@" + ZERO_WIDTH_SPACE, text)
    text = _CLOSING.sub(lambda m: f"{m[1]}{m[2]}{ZERO_WIDTH_SPACE}", text)
    text = _ELSEWHERE.sub(lambda m: m[1] or f"{m[2]}{ZERO_WIDTH_SPACE}#", text)
    text = _IMAGE.sub("", text)
    text = _TAG.sub("<" + ZERO_WIDTH_SPACE, text)
    return _COMMAND.sub(lambda m: f"{m[1]}\\/", text)


def _without_mention(address: re.Match[str]) -> str:
    """The same address without an ``@``, so that the rules below need not break the link."""
    return address[0] if "#" in address[0] else address[0].replace("@", "%40")


def _literal(entity: re.Match[str]) -> str:
    """An entity that stands for one of the characters the rules look for, spelt so that it shows as it is written.

    Putting the character itself in its place could begin a list or a heading, and so move the bounds of a fence.
    """
    character = html.unescape(entity[0])
    hides = len(character) == 1 and (character.isalnum() or character in "@#/:!._-")
    return f"&amp;{entity[0][1:]}" if hides else entity[0]


@cache
def _commonmark() -> MarkdownIt:
    """Building a parser takes longer than most parsing. The first text compiles its rules, before threads share it."""
    parser = MarkdownIt("commonmark")
    parser.parse("*x*")
    return parser


def _split_fences(text: str) -> list[tuple[str, bool]]:
    """``text`` as (lines, whether they are one closed fenced code block at the top level), in order."""
    lines = text.split("\n")
    parts: list[tuple[str, bool]] = []
    done = 0
    for token in _commonmark().parse(text):
        if token.type != "fence" or token.level != 0 or token.map is None:
            continue
        start, end = token.map
        if start < done or not _is_closed(token, lines):
            continue
        if start > done:
            parts.append(("\n".join(lines[done:start]), False))
        parts.append(("\n".join(lines[start:end]), True))
        done = end
    if done < len(lines):
        parts.append(("\n".join(lines[done:]), False))
    return parts


def blocks(markdown: str) -> list[str]:
    """The top-level blocks of a Markdown text (paragraphs, lists, code …), in order, each with the lines it owns."""
    lines = markdown.split("\n")
    starts = sorted({t.map[0] for t in _commonmark().parse(markdown) if t.level == 0 and t.map})
    bounds = [0, *starts[1:], len(lines)] if starts else [0, len(lines)]
    return ["\n".join(lines[a:b]).rstrip("\n") for a, b in pairwise(bounds)]


def cut_at_block(markdown: str, limit: int, note: str) -> str:
    """``markdown`` in at most ``limit`` characters: whole blocks, then ``note``. Unchanged when it fits."""
    if len(markdown) <= limit:
        return markdown
    room = limit - len(note) - 2
    kept, size = [], 0
    for block in blocks(markdown):
        if size + len(block) + 2 > room:
            break
        kept.append(block)
        size += len(block) + 2
    if not kept:  # one block longer than the limit is cut inside
        fence = max((len(run) + 1 for run in re.findall(r"`{3,}|~{3,}", markdown[:room])), default=0)
        kept.append(close_fence(markdown[: max(0, room - fence)].rstrip()))
    return "\n\n".join([*kept, note])


def close_fence(markdown: str) -> str:
    """``markdown`` with its last code block closed, so that it swallows nothing that follows."""
    tokens = _commonmark().parse(markdown)
    last = tokens[-1] if tokens else None
    if last is None or last.type != "fence" or last.map is None or _is_closed(last, markdown.split("\n")):
        return markdown
    return f"{markdown}\n{last.markup}"


def _is_closed(fence: Token, lines: list[str]) -> bool:
    start, end = fence.map or (0, 0)
    closing = lines[end - 1].strip() if end - start >= 2 else ""
    return closing.startswith(fence.markup) and not closing.strip(fence.markup[0])
