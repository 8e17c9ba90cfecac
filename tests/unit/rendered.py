"""What of a Markdown text would act on GitHub, read from a CommonMark parser's view of the text.

Code in a closed fence at the top level is exempt: that is what readers copy, and what GitHub leaves alone. A fence
that is nested or never closed is not: another parser may see its end elsewhere.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

MENTION = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9]")
CLOSING = re.compile(
    r"(?<![A-Za-z0-9_])(close[sd]?|fix|fixe[sd]|resolve[sd]?):?[ \t\n]+(([\w.-]+/[\w.-]+)?#\d|GH-\d)", re.IGNORECASE
)
ELSEWHERE = re.compile(r"(?<![\w/.-])[A-Za-z0-9][\w.-]*/[\w.-]+#\d")
ADDRESS = re.compile(r"(?<![A-Za-z0-9])https?://[a-z0-9.-]+\.[a-z]+/[A-Za-z0-9./@%#-]*")
COMMAND = re.compile(r"(?:^|[\n\u2028\u2029])[^\S\n]*(?:(?:[>*+-]|\d{1,9}[.)])[^\S\n]*)*/[A-Za-z]")


def closed_fences(markdown: str) -> list[str]:
    """The text inside each closed fence at the top level."""
    return [token.content for token in _parse(markdown) if _is_closed_fence(token, markdown.split("\n"))]


def live(markdown: str) -> list[str]:
    """Everything in ``markdown`` that would notify, close, link elsewhere, command, hide or load an image."""
    lines = markdown.split("\n")
    tokens = _parse(markdown)
    exempt = [token.map for token in tokens if _is_closed_fence(token, lines) and token.map]
    found: list[str] = []
    for token in tokens:
        if token.type in ("fence", "html_block") and not _is_closed_fence(token, lines):
            found += _live_text(token.content)
        for child in token.children or []:
            found += ["image"] if child.type == "image" else []
        for run in _text_runs(token.children or []):
            found += _live_text(run)
    outside = _outside(lines, exempt)
    found += [f"command: {part[:30]!r}" for part in outside if COMMAND.search(part)]
    found += ["HTML comment" for part in outside if "<!--" in part]
    return found


def _parse(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").parse(markdown)


def _is_closed_fence(token: Token, lines: list[str]) -> bool:
    if token.type != "fence" or token.level != 0 or not token.map:
        return False
    start, end = token.map
    return (
        end - start > 1
        and re.fullmatch(rf" {{0,3}}{token.markup[0]}{{{len(token.markup)},}}\s*", lines[end - 1]) is not None
    )


def _text_runs(children: list[Token]) -> list[str]:
    """Texts as they stand between tags, entities decoded: what GitHub's filters look at, one after another."""
    runs, run = [], ""
    for child in children:
        if child.type in ("text", "text_special"):
            run += child.content
        elif child.type in ("softbreak", "hardbreak"):
            run += "\n"
        else:
            runs.append(run)
            run = ""
            if child.type == "html_inline":
                runs.append(child.content)
    return [*runs, run]


def _live_text(text: str) -> list[str]:
    kinds = {"mention": MENTION, "closing keyword": CLOSING, "reference elsewhere": ELSEWHERE}
    linked = ADDRESS.sub("", text)  # GitHub makes these links, and reads nothing in a link
    found = [f"{kind}: {match[0]!r}" for kind, pattern in kinds.items() for match in pattern.finditer(linked)]
    return found + (["HTML image"] if re.search(r"<img\b", text, re.IGNORECASE) else [])


def _outside(lines: list[str], exempt: list[list[int]]) -> list[str]:
    parts, done = [], 0
    for start, end in exempt:
        parts.append("\n".join(lines[done:start]))
        done = end
    return [*parts, "\n".join(lines[done:])]
