"""A file's patch, read into values and shown with the new file's line numbers.

Patches are those of GitHub's REST API: hunks as ``git diff`` writes them, without the lines that name the files. They
may be cut short or malformed; then what can be told is told, and a line whose number cannot be known has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from hls_action.domain.text.characters import spell_out

Side = Literal[" ", "+", "-", "?"]
"""In both files, in the new one, in the old one; ``?`` for a line that is none of a patch."""

Range = tuple[int, int]
"""The first and the last of some lines in a row, counted from 1."""

MIN_LIMIT = 200
"""Characters that a patch can be shown in at least, if only to say what is left out."""

_SIDES: Mapping[str, Side] = {" ": " ", "+": "+", "-": "-", "": " "}  # some programs cut the space of an empty line

_HEADER = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@ ?(.*)", re.DOTALL)
_SUBMODULE = re.compile(r"Subproject commit [0-9a-f]{40,64}(?:-dirty)?")
_MARK = 60  # characters of "[... 12 hunks left out: 345 lines ...]" and of the header that may follow it
_MIN_PART = 1_000  # characters of a hunk that is cut: less than this tells little


@dataclass(frozen=True)
class Line:
    """A line of a hunk, without its break. ``old``, ``new``: its numbers in the two files, where it has them.

    ``ends``: whether a line break ends it.
    """

    side: Side
    text: str
    old: int | None = None
    new: int | None = None
    ends: bool = True


@dataclass(frozen=True)
class Hunk:
    """Some lines in a row. ``header``: as in the patch, ``""`` when it has none; ``old``, ``new``: where it starts.

    ``short``: it ends before it has all the lines that its header counts.
    """

    header: str
    lines: tuple[Line, ...]
    old: int = 0
    new: int = 0
    short: bool = False


@dataclass(frozen=True)
class Rendering:
    """A patch as shown: its text, and the lines of either file that can be read in it.

    ``old`` has the unchanged lines, too: their old numbers follow from the header. ``left_out``: lines not shown.
    """

    text: str
    new: tuple[Range, ...] = ()
    old: tuple[Range, ...] = ()
    lines: int = 0
    left_out: int = 0


# ---- reading ----


def parse(patch: str) -> tuple[Hunk, ...]:
    """The hunks of ``patch``. Only line feeds part lines; nothing is an error, and nothing is lost."""
    readers: list[_HunkReader] = []
    for line in patch.removesuffix("\n").split("\n") if patch else ():
        header = _HEADER.fullmatch(line)
        if header or not readers:
            readers.append(_HunkReader(header))
        if not header:
            readers[-1].read(line)
    return tuple(reader.hunk() for reader in readers)


class _HunkReader:
    """Reads one hunk line by line, and counts in both files as it goes."""

    def __init__(self, header: re.Match[str] | None) -> None:
        self._header = header[0] if header else ""
        self._lines: list[Line] = []
        self._counts = bool(header)  # until a line comes that cannot be counted
        old, old_total, new, new_total = (int(group or 1) for group in header.groups()[:4]) if header else (0,) * 4
        self._start = (old, new)
        self._old, self._new = old, new
        self._ends = (old + old_total, new + new_total)

    def read(self, line: str) -> None:
        side = _SIDES.get(line[:1])
        if side:
            self._lines.append(Line(side, line[1:], self._next_old(side), self._next_new(side)))
        elif line.startswith("\\ ") and self._lines:
            self._lines[-1] = replace(self._lines[-1], ends=False)
        else:
            self._counts = False
            self._lines.append(Line("?", line))

    def _next_old(self, side: str) -> int | None:
        if not self._counts or side == "+":
            return None
        self._old += 1
        return self._old - 1

    def _next_new(self, side: str) -> int | None:
        if not self._counts or side == "-":
            return None
        self._new += 1
        return self._new - 1

    def hunk(self) -> Hunk:
        short = self._counts and (self._old < self._ends[0] or self._new < self._ends[1])
        return Hunk(self._header, tuple(self._lines), *self._start, short)


def looks_like_submodule(hunks: Sequence[Hunk]) -> bool:
    """Whether nothing but the commit of a submodule changes, to judge by how git writes that."""
    lines = [line for hunk in hunks for line in hunk.lines]
    return 1 <= len(lines) <= 2 and all(line.side in "+-" and _SUBMODULE.fullmatch(line.text) for line in lines)


def may_be_symlink(hunks: Sequence[Hunk]) -> bool:
    """Whether the file is a path and nothing else, without a line break: as git writes a symbolic link."""
    lines = [line for hunk in hunks for line in hunk.lines]
    sides = {line.side for line in lines}
    return (
        1 <= len(lines) == len(sides)
        and sides <= {"+", "-"}
        and all(not line.ends and "/" in line.text and len(line.text.split(maxsplit=1)) == 1 for line in lines)
    )


def written(hunks: Sequence[Hunk]) -> str:
    """The patch that these are the hunks of: `parse` reads them from it again."""
    return "\n".join(row for hunk in hunks for row in (*([hunk.header] if hunk.header else []), *_rows(hunk)))


def _rows(hunk: Hunk) -> Iterable[str]:
    for line in hunk.lines:
        yield line.text if line.side == "?" else f"{line.side}{line.text}"
        if not line.ends:
            yield "\\ No newline at end of file"


# ---- showing ----


@dataclass(frozen=True)
class _Drawn:
    """A hunk as text: its lines' rows, each with what has to be said of the line."""

    hunk: Hunk
    header: str
    rows: tuple[str, ...]
    footer: str

    @property
    def size(self) -> int:
        """Characters, line breaks included."""
        return sum(len(text) + 1 for text in (self.header, *self.rows, self.footer) if text)


@dataclass
class _Page:
    """What has been written so far, and which lines that shows."""

    texts: list[str]
    lines: list[Line]

    def write(self, drawn: _Drawn, start: int, end: int | None = None) -> None:
        """The rows from ``start`` to ``end`` under a header, which for the later ones counts them anew."""
        lines = drawn.hunk.lines[start:end]
        header = _count_anew(drawn.hunk, start) if start else drawn.header
        self.texts += [header] * bool(header) + list(drawn.rows[start:end])
        self.lines += lines


def render(hunks: Sequence[Hunk], limit: int) -> Rendering:
    """The hunks in at most ``limit`` characters (`MIN_LIMIT` or more), each line under the new file's numbers.

    A line stands as its number, a space, its sign and its text; a removed one has no number. What does not fit is left
    out by whole hunks; only a hunk that alone is larger than the limit is cut, between its lines.
    """
    width = _width(hunks)
    drawn = [_draw(hunk, width) for hunk in hunks]
    if sum(each.size for each in drawn) - 1 <= limit:
        rooms = [each.size for each in drawn]
    else:
        drawn = [_draw(hunk, width, limit // 4) for hunk in hunks]
        rooms = _rooms([each.size for each in drawn], limit - _MARK)
    page = _Page([], [])
    skipped: list[Hunk] = []
    for each, room in zip(drawn, rooms, strict=True):
        end, start = _cut(each, room)
        if end == 0 and start == len(each.rows) and each.size > room:
            skipped.append(each.hunk)
            continue
        _say_skipped(page, skipped)
        skipped = []
        _write(page, each, end, start)
    _say_skipped(page, skipped)
    total = sum(len(hunk.lines) for hunk in hunks)
    return Rendering(
        "\n".join(page.texts),
        ranges(line.new for line in page.lines),
        ranges(line.old for line in page.lines),
        len(page.lines),
        total - len(page.lines),
    )


def ranges(numbers: Iterable[int | None]) -> tuple[Range, ...]:
    """The numbers there are, as ranges in order."""
    found: list[Range] = []
    for number in sorted({number for number in numbers if number is not None}):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def _width(hunks: Sequence[Hunk]) -> int:
    return max(3, len(str(max((line.new or 0 for hunk in hunks for line in hunk.lines), default=0))))


def _draw(hunk: Hunk, width: int, longest: int | None = None) -> _Drawn:
    footer = "[... the rest of this hunk is missing ...]" if hunk.short else ""
    rows = tuple(_row(line, width, longest) for line in hunk.lines)
    counts = hunk.header.find("@@", 2) + 2 if hunk.header else 0
    header = hunk.header[:counts] + _shorten(spell_out(hunk.header[counts:]), longest)
    return _Drawn(hunk, header, rows, footer)


def _row(line: Line, width: int, longest: int | None) -> str:
    number = "" if line.new is None else str(line.new)
    row = f"{number:>{width}} {line.side}{_shorten(spell_out(line.text), longest)}"
    if line.ends:
        return row
    return f"{row}\n{'':>{width}} [no line break at the end of the {'old ' if line.side == '-' else ''}file]"


def _shorten(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    head = max(1, (longest - _MARK) * 2 // 3)
    tail = max(1, (longest - _MARK) // 3)
    cut = len(text) - head - tail
    return f"{text[:head]}[... {cut} characters cut ...]{text[-tail:]}"


def _rooms(sizes: Sequence[int], limit: int) -> list[int]:
    """How many characters each hunk gets: all it needs, in order, as long as it fits; at most half when some never do.

    Those that are too large for any room share what is left, the first ones if it is not enough for all.
    """
    giants = [at for at, size in enumerate(sizes) if size + _MARK > limit]
    rooms = [0] * len(sizes)
    left = limit // 2 if giants else limit
    for at, size in enumerate(sizes):
        if size + _MARK <= left:
            rooms[at] = size
            left -= size + _MARK
    rest = limit - sum(room + _MARK for room in rooms if room)
    shared = giants[: max(1, rest // _MIN_PART)]
    for at in shared:
        rooms[at] = max(0, rest // len(shared) - _MARK)
    return rooms


def _cut(drawn: _Drawn, room: int) -> tuple[int, int]:
    """Which rows are shown: those before the first number, and those from the second on."""
    total = len(drawn.rows)
    if drawn.size <= room:
        return total, total
    room -= len(drawn.header) + len(drawn.footer) + 2 + 2 * _MARK
    sizes = [len(row) + 1 for row in drawn.rows]
    end = sum(size <= room * 2 // 3 for size in accumulate(sizes))
    left = room - sum(sizes[:end])
    start = total - sum(size <= left for size in accumulate(reversed(sizes[end:])))
    return end, start


def _write(page: _Page, drawn: _Drawn, end: int, start: int) -> None:
    page.write(drawn, 0, end)
    if start > end:
        page.texts.append(f"[... {start - end} lines left out ...]")
    if start < len(drawn.rows):
        page.write(drawn, start)
    page.texts += [drawn.footer] * bool(drawn.footer)


def _say_skipped(page: _Page, skipped: Sequence[Hunk]) -> None:
    if skipped:
        lines = sum(len(hunk.lines) for hunk in skipped)
        hunks = "hunk" if len(skipped) == 1 else "hunks"
        page.texts.append(f"[... {len(skipped)} {hunks} left out: {lines} lines ...]")


def _count_anew(hunk: Hunk, start: int) -> str:
    """A header for the lines of a hunk from ``start`` on, ``""`` when they have no numbers."""
    old, old_total = _span([line.old for line in hunk.lines], start, hunk.old)
    new, new_total = _span([line.new for line in hunk.lines], start, hunk.new)
    return f"@@ -{old},{old_total} +{new},{new_total} @@" if old_total or new_total else ""


def _span(numbers: Sequence[int | None], start: int, first: int) -> tuple[int, int]:
    """The first of the numbers from ``start`` on, and how many there are; if none, as git has it, the one before."""
    after = [number for number in numbers[start:] if number is not None]
    before = [number for number in numbers[:start] if number is not None]
    return (after or before[-1:] or [first])[0], len(after)
