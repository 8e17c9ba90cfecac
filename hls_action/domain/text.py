"""What counts as text a person wrote, before anybody decides anything about it.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import.
"""

from __future__ import annotations

import re

HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
"""An HTML comment; one that is never closed hides everything after it, as in a browser."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def strip_html_comments(text: str) -> str:
    """Remove what GitHub renders as nothing: issue-template hints, and instructions meant for machines alone."""
    return HTML_COMMENT.sub("", text)


def strip_code_blocks(text: str) -> str:
    """Remove fenced code blocks, so that a quoted example of a command is not taken for the command.

    An unclosed fence runs to the end of the text, as CommonMark has it
    (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
    """
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            fence = match[1]
        else:
            kept.append(line)
    return "\n".join(kept)


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
