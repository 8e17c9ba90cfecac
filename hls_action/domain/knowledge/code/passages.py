"""What Claude is shown of a repository's code: passages with line numbers, and what the likeliest files define."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hls_action.domain.knowledge.code.symbols import outline, symbols
from hls_action.domain.knowledge.sources import Shown, Source, source
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.delimiters import enclosed
from hls_action.domain.text.diff import ranges
from hls_action.domain.text.secrets import Redact

ROOM = 16_000
"""Characters of all passages."""
SHORT_ROOM = 4_000
"""The same where money is short."""
LONGEST = 3_000
"""Characters of one passage: of a longer function, the beginning."""
OUTLINES = 6_000
"""Characters of the outlines of the likeliest files."""
FILES = 10
"""How many files are outlined."""
_LONGEST_LINE = 300
_AROUND = 60
"""Lines around a passage that are read along for secrets: a private key is no longer, and may begin before it."""
_REDACTED = re.compile(r"\[redacted: ([^\]]+)\]")


@dataclass(frozen=True)
class Lines:
    """Some lines of a file, which are worth showing. ``why``: in a word, if it is not for being likely."""

    path: str
    first: int
    last: int
    why: str = ""

    @property
    def numbers(self) -> range:
        """Of the lines, from 1."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Passage:
    """Lines of a file as shown. ``text``: with a number before each; ``redacted``: secrets that were taken out."""

    lines: Lines
    text: str
    redacted: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As people refer to it."""
        return f"{self.lines.path}:{self.lines.first}-{self.lines.last}"


@dataclass(frozen=True)
class Code:
    """What is shown of the code at ``commit``. ``passages``: the most wanted first; ``outlines``: one text."""

    commit: str = ""
    passages: tuple[Passage, ...] = ()
    outlines: str = ""

    def within(self, room: int) -> Code:
        """As much of it as fits into ``room`` characters of passages, without outlines."""
        left, kept = room, list[Passage]()
        for passage in self.passages:
            if len(passage.text) <= left:
                kept.append(passage)
                left -= len(passage.text)
        return replace(self, passages=tuple(kept), outlines="")

    def has(self, lines: Lines) -> bool:
        """Whether all of these lines are among the passages."""
        shown = {n for each in self.passages if each.lines.path == lines.path for n in each.lines.numbers}
        return shown.issuperset(lines.numbers)

    @property
    def ordered(self) -> tuple[Passage, ...]:
        """The passages as they are read: those of a file together, the most wanted file first."""
        place = {path: number for number, path in enumerate(dict.fromkeys(each.lines.path for each in self.passages))}
        return tuple(sorted(self.passages, key=lambda each: (place[each.lines.path], each.lines.first)))

    @property
    def sources(self) -> tuple[Source, ...]:
        """What an answer may quote of it, in the order in which it is shown."""
        passages = (source(each.name, each.text, path=each.lines.path, commit=self.commit) for each in self.ordered)
        return (*passages, *((Source("the outlines of files", self.outlines),) if self.outlines else ()))

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The files of which lines are shown."""
        numbers: dict[str, set[int]] = {}
        for each in self.ordered:
            numbers.setdefault(each.lines.path, set()).update(each.lines.numbers)
        return tuple(Shown(path, ranges(sorted(found)), self.commit) for path, found in numbers.items())

    @property
    def redacted(self) -> Mapping[str, int]:
        """How many secrets of each kind were taken out."""
        return dict(sum((Counter(each.redacted) for each in self.passages), Counter()))

    @property
    def prompt(self) -> str:
        """The part of the request that holds it; ``""`` when there is nothing."""
        texts = [
            enclosed(
                each.text,
                of="code",
                path=each.lines.path,
                lines=f"{each.lines.first}-{each.lines.last}",
                note=each.lines.why,
            )
            for each in self.ordered
        ]
        texts += [enclosed(self.outlines, of="outlines")] if self.outlines else []
        return "\n".join([f'<code commit="{self.commit[:12]}">', *texts, "</code>\n\n"]) if texts else ""


NO_CODE = Code()


def passages(
    wanted: Iterable[Lines], files: Mapping[str, bytes], redact: Redact, room: int = ROOM
) -> tuple[Passage, ...]:
    """As many of the ``wanted`` lines as fit into ``room`` characters, the first first, and none twice."""
    found: list[Passage] = []
    texts: dict[str, list[str]] = {}
    taken: dict[str, set[int]] = {}
    for each in wanted:
        if each.path not in files:
            continue
        lines = texts.setdefault(each.path, _lines(files[each.path]))
        passage = _passage(each, lines, taken.setdefault(each.path, set()), redact, min(room, LONGEST))
        if passage is not None:
            found.append(passage)
            taken[each.path].update(passage.lines.numbers)
            room -= len(passage.text)
        if room < _LONGEST_LINE:
            break
    return tuple(found)


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def _passage(wanted: Lines, lines: Sequence[str], taken: set[int], redact: Redact, room: int) -> Passage | None:
    """From its first line that is not ``taken`` to the next that is, or as far as there is room."""
    last = min(wanted.last, len(lines))
    first = next((n for n in range(max(1, wanted.first), last + 1) if n not in taken), last + 1)
    last = next((n - 1 for n in range(first, last + 1) if n in taken), last)
    start = max(0, first - 1 - _AROUND)
    read = redact("\n".join(lines[start : last + _AROUND])).text.split("\n")[first - 1 - start :]
    rows = list(_that_fit(zip(range(first, last + 1), read, strict=False), max(3, len(str(last))), room))
    if not rows:
        return None
    text = "\n".join(rows)
    kinds = Counter(_REDACTED.findall(text)) - Counter(_REDACTED.findall("\n".join(lines[first - 1 : last])))
    return Passage(replace(wanted, first=first, last=first + len(rows) - 1), text, dict(kinds))


def _that_fit(numbered: Iterable[tuple[int, str]], width: int, room: int) -> Iterator[str]:
    for number, line in numbered:
        row = f"{number:>{width}}  {_shortened(spell_out(line))}"
        room -= len(row) + 1
        if room < 0:
            return
        yield row


def _shortened(line: str) -> str:
    left = len(line) - _LONGEST_LINE
    return line if left <= 0 else f"{line[:_LONGEST_LINE]}[... {left} characters cut ...]"


def outlines(paths: Sequence[str], files: Mapping[str, bytes], redact: Redact, room: int = OUTLINES) -> str:
    """What the first `FILES` of the ``paths`` define, in ``room`` characters, of which each has an equal share, and
    what those before it leave.
    """
    found: list[str] = []
    for path in paths[:FILES]:
        share = room // (min(FILES, len(paths)) - len(found))
        text = spell_out(outline(path, symbols(path, files.get(path, b"")), share))
        found.append(text if len(text) <= share else path[:share])
        room -= len(found[-1]) + 2
    return redact("\n\n".join(found)).text
