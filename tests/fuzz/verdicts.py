"""What is wrong with a cleaned document, by an oracle that shares no code with HLS: `tests.unit.rendered`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hls_action.domain.text import outgoing
from hls_action.domain.text.inbound import clean
from tests.unit import rendered

MARK = re.compile(r"\[not shown on the page: (?:[^\[\]]|\[U\+[^\]]*\])*\]")
WORD = re.compile(r"w\d+q")

ODD: dict[str, str] = {
    # why HLS does not see these as GitHub does -> what such a document has
    "a definition that goes on from one in a container keeps its indentation, and is none": (
        r"\[[^\]]*\]:.*\n[ \t>]+.*\[[^\]]*\]:|\[[^\]]*\]:.*\n[ \t]+>"
    ),
    "a footnote in another, a reference in one, or code in its first line": (
        r"\[\^[^\]\s]+\]:(?:.*\[\^|[ \t]*(?:`{3}|~{3}| {4}|\t))"
    ),
    "how wide a tab behind a list's mark is, within a quotation or another list": (
        r"^[ \t]*(?:>|[-*+]|\d+[.)]).*(?:[-*+]|\d[.)]) *\t"
    ),
    "an attribute that its line leaves open ends in another block, where browsers look for it and Markdown does not": (
        r"=\s*'[^'\n]*(?:'[^'\n]*'[^'\n]*)*$"
    ),
    "a declaration ends at its first `>`, and what follows up to the end that Markdown sees is not filtered": (
        r"<[!?][^>]*>[^>]*<(?:script|style|title)"
    ),
    "an address with a bracket in it goes on behind that to GitHub, where HLS makes sure that nothing acts": (
        r"(?:https?://|www\.)[^\s<\[\]]*[\[\]]"
    ),
    "a declaration that a block of HTML leaves open goes on up to the end of the next tag, which the page has added": (
        r"<[?!](?!--)[^>]*$"
    ),
}
"""Kinds of documents on which the parsers disagree and nothing is lost but words that nobody would put there."""


def inexcusable(faults: Sequence[str], markdown: str) -> list[str]:
    """Those faults that no oddness of the document excuses: what acts never is, nor an exception."""
    return [fault for fault in faults if fault.startswith(("live", "raised")) or not odd(markdown)]


def odd(markdown: str) -> list[str]:
    """Of which of those kinds a document is."""
    unified = markdown.replace("\r\n", "\n").replace("\r", "\n")
    return [why for why, pattern in ODD.items() if re.search(pattern, unified, re.MULTILINE)]


def outgoing_faults(markdown: str) -> list[str]:
    """What acts in the cleaned text, what of its code or its links is not what it was, and whether it has settled."""
    cleaned = outgoing(markdown)
    faults = [f"live: {found}" for found in rendered.live(cleaned)]
    faults += [f"code: {code!r}" for code in missing(rendered.code(markdown), rendered.code(cleaned))]
    if outgoing(cleaned) != cleaned:
        faults.append("cleaning again changes it")
    return faults


def missing(before: Sequence[str], after: Iterable[str]) -> list[str]:
    """What of ``before`` is not found in ``after`` in the same order."""
    rest = iter(after)
    return [item for item in before if not any(item == other for other in rest)]


def incoming_faults(markdown: str) -> list[str]:
    """Which words the page shows and Claude does not get, or gets outside of a mark and the page does not show."""
    cleaned = clean(markdown)
    page = rendered.page(markdown, with_code=True)
    shown = re.sub(r"\s+", "", page.text)
    bare = MARK.sub("", cleaned.text)
    faults = []
    for word in WORD.findall(markdown):
        visible, got = word in shown, word in bare
        if visible and not got:
            faults.append(f"lost: {word}")
        if got and not visible and not any(word in value for value in page.used):
            faults.append(f"leaked: {word}")
        if not visible and not got and not cleaned.hidden:
            faults.append(f"not counted: {word}")
    return faults
