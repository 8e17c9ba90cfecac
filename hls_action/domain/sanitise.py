"""Cleaning, both ways: what people wrote before Claude reads it, and what Claude wrote before GitHub shows it.

Each function does one thing; ``incoming`` and ``outgoing`` are the chains.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from markdown_it import MarkdownIt

from hls_action.domain.text import strip_html_comments

ZERO_WIDTH_SPACE = "\u200b"

_KEPT_CONTROLS = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d\ufe0f")  # emoji sequences and several scripts need these between visible characters

_MENTION = re.compile(r"(?<![\w`/])@(?=[A-Za-z0-9])")
_CLOSING = re.compile(
    r"\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?[ \t]+)(?=(?:[\w.-]+/[\w.-]+)?#\d|https?://)", re.IGNORECASE
)
_CROSS_REPOSITORY = re.compile(r"(?<![\w/-])([A-Za-z0-9][\w.-]*/[\w.-]+)#(?=\d)")
_OPENING_TAG = re.compile(
    r"<(?=[!?]|/?(?:script|style|pre|textarea|iframe|img|a|details|picture|video)\b)", re.IGNORECASE
)
_SLASH_COMMAND = re.compile(r"^([ \t>*+-]*)/(?=[A-Za-z])", re.MULTILINE)
_IMAGE = re.compile(r"!(?=\[)")


def strip_invisible(text: str) -> str:
    """Remove characters that show nothing: they hide instructions from the people who read the same text.

    Control and format characters, tag characters (U+E0000 block), bidirectional overrides, private use and
    unassigned code points go; line breaks, tabs and the joiners that emoji and some scripts need stay.
    """
    return "".join(c for c in text if c in _KEPT_CONTROLS or c in _JOINERS or unicodedata.category(c)[0] != "C")


def unify_newlines(text: str) -> str:
    """One kind of line break, and never more than two empty lines in a row."""
    return re.sub(r"\n{4,}", "\n\n\n", text.replace("\r\n", "\n").replace("\r", "\n"))


def incoming(text: str) -> str:
    """Text by anybody, as Claude may read it: only what a person reading the page would see."""
    return strip_invisible(strip_html_comments(unify_newlines(text))).strip()


def disarm_delimiters(text: str, tags: tuple[str, ...]) -> str:
    """Make ``text`` unable to open or close any of ``tags``, which set untrusted text apart in the prompt."""
    return re.sub(rf"<(?=\s*/?\s*(?:{'|'.join(tags)})\b)", "&lt;", text, flags=re.IGNORECASE)


def outgoing(markdown: str) -> str:
    """Claude's Markdown, inert: it notifies nobody, closes nothing, commands no other bot and carries no marker.

    Fenced code stays as written, for it is what readers copy, and GitHub reads no mentions or keywords in it. What
    counts as fenced is left to a CommonMark parser, so that no trick with fences smuggles text past.
    """
    text = strip_invisible(unify_newlines(markdown)).strip()
    return "\n".join(part if fenced else _inert(part) for part, fenced in _split_fences(text))


def _inert(text: str) -> str:
    text = _MENTION.sub("@" + ZERO_WIDTH_SPACE, text)
    text = _CLOSING.sub(lambda m: f"{m[1]}{m[2]}{ZERO_WIDTH_SPACE}", text)
    text = _CROSS_REPOSITORY.sub(lambda m: f"{m[1]}{ZERO_WIDTH_SPACE}#", text)
    text = _IMAGE.sub("", text)
    text = _OPENING_TAG.sub("<" + ZERO_WIDTH_SPACE, text)
    return _SLASH_COMMAND.sub(lambda m: f"{m[1]}\\/", text)


def _split_fences(text: str) -> list[tuple[str, bool]]:
    """``text`` as (lines, whether they are one closed fenced code block at the top level), in order."""
    lines = text.split("\n")
    parts: list[tuple[str, bool]] = []
    done = 0
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.level != 0 or token.map is None:
            continue
        start, end = token.map
        closed = end - start >= 2 and lines[end - 1].strip().startswith(token.markup)
        if start < done or not closed:
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
    starts = sorted({t.map[0] for t in MarkdownIt("commonmark").parse(markdown) if t.level == 0 and t.map})
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
    if not kept:  # one block longer than the limit: cut it, outside of any code it may hold
        kept.append(markdown[:room].replace("```", "").rstrip())
    return "\n\n".join([*kept, note])
