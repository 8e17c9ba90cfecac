"""What only other issues say: commands and addresses in there are strangers' words, whom nobody in the thread asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile

from hls_action.domain.knowledge.sources import HEARSAY, Source
from hls_action.domain.text.markdown import CodeBlock, Document, Inline
from hls_action.domain.text.outbound import GUARD

MOST = 10
"""How many are named below a reply."""
LEAST = 8
"""Characters of a command: what is shorter can be found nearly everywhere."""
LONGEST = 200

_ADDRESS = re.compile(
    r"(?:(?:https?|ftp)://|(?<![\w./@-])(?:[\w-]+\.)+[a-z]+/)[^\s<>\"'`()\[\]]*|(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+\w+",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"\b(?:curl|wget|sudo|npx|iex|iwr|irm|chmod|powershell|(?:pip3?|npm|cargo|gem|brew|apt(?:-get)?|go)"
    r" (?:i|install|add)|docker run|git clone|rm -\w+)(?: [^\s`]+){1,8}"
)
_PROMPT = re.compile(r"^(?:[$>#%] )+")
_ENDS = ".,;:!?*_~'\"/"


@dataclass(frozen=True)
class Reported:
    """A command or an address of a reply. ``source``: the only one of its sources that has it, an issue, by name."""

    text: str
    source: str


@dataclass(frozen=True)
class Reports:
    """Texts of other issues, by name, and of all else that Claude was given, each with blanks as one. ``repository``:
    where they are, whose own pages are no stranger's.
    """

    reports: tuple[tuple[str, str], ...] = ()
    others: str = ""
    repository: str = ""

    def only_in(self, text: str) -> str:
        """The name of the report that has ``text``, which nothing else has; ``""`` where there is none."""
        return "" if text in self.others else next((name for name, report in self.reports if text in report), "")

    def of_address(self, address: str) -> str:
        """The same for an address."""
        whole = address.rstrip(_ENDS)
        is_here = re.match(rf"https?://[^/]+/{re.escape(self.repository)}(?![\w.-])", whole, re.IGNORECASE)
        return "" if is_here or not whole else self.only_in(whole)


@lru_cache(maxsize=8)  # asked for each link of a reply
def reports(sources: tuple[Source, ...], repository: str) -> Reports:
    """Of what Claude was given, what other issues say, and what does not depend on them, as what we replied may."""
    told = tuple((each.name, _as_one(each.text)) for each in sources if each.kind == "issue")
    others = (each.text for each in sources if each.kind not in HEARSAY)
    return Reports(told, _as_one("\n".join(others)) if told else "", repository)


def found(document: Document, known: Reports) -> tuple[Reported, ...]:
    """The commands and addresses of a reply that only other issues have, in order, each once."""
    if not known.reports:
        return ()
    named = (Reported(text[:LONGEST], name) for text, name in _found(document, known) if name)
    return tuple(islice(dict.fromkeys(named), MOST))


def _found(document: Document, known: Reports) -> Iterator[tuple[str, str]]:
    for block in document.blocks:
        if isinstance(block, CodeBlock):
            yield from _commands(block.content.split("\n"), known)
            continue
        if isinstance(block, Inline):
            spans = (
                block.content[piece.start : piece.end].strip("`") for piece in block.pieces if piece.kind == "code"
            )
            yield from _commands(spans, known)
        text = _as_one(block.content.replace(GUARD, ""))
        for match in _ADDRESS.finditer(text):
            yield match[0].rstrip(_ENDS), known.of_address(match[0])
        for match in _COMMAND.finditer(text):
            yield _beginning(match[0], known)


def _commands(lines: Iterable[str], known: Reports) -> Iterator[tuple[str, str]]:
    for line in dict.fromkeys(lines):
        command = _PROMPT.sub("", _as_one(line))
        if len(command) >= LEAST and (" " in command or _ADDRESS.search(command)):
            yield command, known.only_in(command) or _of_address_in(command, known)


def _of_address_in(command: str, known: Reports) -> str:
    return next(filter(None, (known.of_address(match[0]) for match in _ADDRESS.finditer(command))), "")


def _beginning(command: str, known: Reports) -> tuple[str, str]:
    """As many of its words as a report has: where a command ends in a sentence, nobody can tell."""
    words = command.split(" ")
    runs = (" ".join(words[:count]).rstrip(_ENDS) for count in range(2, len(words) + 1))
    kept = list(takewhile(lambda run: any(run in report for _, report in known.reports), runs))
    text = kept[-1] if kept else ""
    return text, known.only_in(text) if len(text) >= LEAST else ""


def _as_one(text: str) -> str:
    return " ".join(text.split())
