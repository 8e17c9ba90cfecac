"""What counts as text a person wrote, before anybody decides anything about it.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import.
"""

from __future__ import annotations

import re

_UNCLOSED = re.compile(r"^ {0,3}<!--", re.MULTILINE)
"""An opening that hides everything after it. One in the middle of a line that is never closed is plain text."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def strip_html_comments(text: str) -> str:
    """Remove what GitHub renders as nothing: issue-template hints, and instructions meant for machines alone.

    Anything that could be a comment counts as one, in code too, except in fenced blocks.
    """
    return "\n".join(part if fenced else _without_comments(part) for part, fenced in split_fences(text))


def _without_comments(text: str) -> str:
    """One pass from opening to closing, so that no text takes longer than it is long."""
    kept, done = [], 0
    while (start := text.find("<!--", done)) >= 0 and (end := text.find("-->", start + 2)) >= 0:  # `<!-->` is one, too
        kept.append(text[done:start])
        done = end + len("-->")
    rest = text[done:]
    unclosed = _UNCLOSED.search(rest)
    return "".join([*kept, rest[: unclosed.start()] if unclosed else rest])


def strip_code_blocks(text: str) -> str:
    """Remove fenced code blocks, so that a quoted example of a command is not taken for the command."""
    return "\n".join(part for part, fenced in split_fences(text) if not fenced)


def split_fences(text: str) -> list[tuple[str, bool]]:
    """``text`` as (lines, whether they are a fenced code block), in order; joined by line breaks they are ``text``.

    An unclosed fence runs to the end of the text, as CommonMark has it
    (https://spec.commonmark.org/0.31.2/#fenced-code-blocks); a fence inside a comment is no fence.
    """
    parts: list[tuple[str, bool]] = []
    lines: list[str] = []
    fence = ""
    hidden = False
    for line in text.split("\n"):
        match = None if hidden else _FENCE.match(line)
        if fence:
            lines.append(line)
            if match and match[1].startswith(fence) and not match[2].strip():
                parts.append(("\n".join(lines), True))
                lines, fence = [], ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            if lines:
                parts.append(("\n".join(lines), False))
            lines, fence = [line], match[1]
        else:
            lines.append(line)
            opened, closed = line.rfind("<!--"), line.rfind("-->")
            hidden = opened > closed if opened >= 0 else hidden and closed < 0
    if lines:
        parts.append(("\n".join(lines), bool(fence)))
    return parts


def substance(title: str, body: str | None) -> str:
    """What there is to read in an issue: its body without hidden parts, or the title when there is no body."""
    written = strip_html_comments(body or "").strip()
    return written or title.strip()


def addressed(body: str | None, mention: str) -> str:
    """The part of ``body`` that speaks to the bot, or ``""``.

    A mention counts at the start of a line and needs a request after it, on its own line or below. Quotes
    (``> /hls``), code blocks and HTML comments do not speak to anybody.
    """
    if not body:
        return ""
    visible = strip_code_blocks(strip_html_comments(body.replace("\r\n", "\n")))
    opening = re.compile(rf"^[ \t]{{0,3}}{re.escape(mention)}(?=\s|$)(.*)", re.IGNORECASE)
    spoken: list[str] = []
    listening = False
    for line in visible.split("\n"):
        match = opening.match(line)
        if match:
            listening = True
            spoken.append(match[1].strip())
        elif listening:
            spoken.append(line.rstrip())
    return "\n".join(spoken).strip()
