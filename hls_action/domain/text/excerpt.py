"""What is kept of a text that is too long: its beginning, its end, and what looks like the error in between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

MIN_LIMIT = 150
"""Characters below which there is no room to say what was cut."""

_STRONG = re.compile(
    r"Traceback \(most recent call last\)|(?-i:(?:Error|Exception)\b)|Caused by:|\buncaught\b|\bunhandled\b"
    r"|\bpanic(?:ked at|:)|^goroutine \d+ \[|^error\[E\d+\]|\berror (?:TS|CS|LNK|C)\d+\b|^npm ERR!|^E   "
    r"|(?-i:\b(?:FATAL|CRITICAL|PANIC|SEVERE|EMERG)\b)|\bfatal(?: error)?:|undefined reference to"
    r"|\bsegfault\b|segmentation fault|\bcore dumped\b|\bSIG(?:SEGV|ABRT|BUS|ILL|KILL|FPE)\b|Sanitizer:"
    r"|\bassert(?:ion)?\b.{0,40}\bfail|stack overflow|\bout of memory\b|(?-i:\bOOM)|no space left on device"
    r"|\bexit(?:ed with)?(?: code| status)?:? [1-9]|\breturned non-zero\b|\bORA-\d{5}\b"
    r"|(?-i:^(?:--- |=+ )?FAIL(?:ED|URE)?\b)|\bBUILD FAILED\b|^not ok \d",
    re.IGNORECASE,
)
"""Python, the JVM, .NET, JavaScript, Go, Rust, C, databases, test runners, shells: what each says when all is lost."""

_WEAK = re.compile(
    r"\b(?:err|error|errors|fail|failed|fails|failure|warn|warning|exception|crash(?:ed|es)?|abort(?:ed|ing)?)\b"
    r"|\b(?:denied|refused|timed out|timeout|deadlock|cannot|could not|unable to|not found|no such|invalid|corrupt)"
    r"|\b(?:Fehler|erreur|errore|erro)\b|ошибка|エラー|错误|錯誤|오류",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:0|no|without) (?:errors?|failures?|warnings?|failed)\b|\b(?:errors?|failures?|warnings?|failed)[:=] ?0\b",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+", re.IGNORECASE)
_WEIGHTS = (3, 1)
_BEFORE, _AFTER = 3, 12  # lines around a sign: a trace goes on below its first line
_SPREAD = sorted(range(-_BEFORE, _AFTER + 1), key=lambda step: (abs(step), step < 0))


def clip(text: str, limit: int) -> str:
    """``text``, or where longer than ``limit`` as much of it as says most; never more than ``limit`` characters.

    A third each goes to the beginning, to the end and to several short regions that look like an error; what they leave
    falls to the beginning. Each gap is marked on a line of its own. Lines stay whole, unless one is too long for its
    third.
    """
    if len(text) <= limit:
        return text
    if limit < MIN_LIMIT:
        return f"{text[: limit - 1]}…" if limit > 0 else ""
    pieces = _pieces(text, limit)
    return "".join(_marked(pieces, _chosen(pieces, limit, len(_mark(len(text))) + 2)))


def _mark(characters: int) -> str:
    return f"[... {characters} characters cut ...]"


def _pieces(text: str, limit: int) -> list[str]:
    """The lines of ``text``, each with its break; one that is too long for its third in parts."""
    found: list[str] = []
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        size = len(line) if len(line) <= (limit - MIN_LIMIT) // 3 else limit // 48
        found += [line[at : at + size] for at in range(0, len(line), size)]
    return found


def _chosen(pieces: Sequence[str], limit: int, gap: int) -> list[bool]:
    """Which pieces are kept. ``gap``: how many characters a mark takes at most."""
    kept = [False] * len(pieces)
    room = limit - gap
    third = room // 3
    room -= _take(pieces, kept, range(len(pieces) - 1, -1, -1), third)
    room -= _take(pieces, kept, range(len(pieces)), third)
    room -= _take_signs(pieces, kept, third, gap)
    _take(pieces, kept, range(len(pieces)), room)
    return kept


def _take(pieces: Sequence[str], kept: list[bool], order: Iterable[int], room: int) -> int:
    """Keep one piece after the other until one does not fit, and say how many characters that takes."""
    taken = 0
    for at in order:
        if kept[at]:
            continue
        if taken + len(pieces[at]) > room:
            break
        kept[at] = True
        taken += len(pieces[at])
    return taken


def _take_signs(pieces: Sequence[str], kept: list[bool], room: int, gap: int) -> int:
    """Keep what stands around the signs of an error, the most telling first."""
    taken = 0
    share = room // 3
    for at in _signs(pieces):
        if kept[at]:
            continue
        here = min(room - taken, max(share, len(pieces[at]) + gap)) - gap
        around = (at + step for step in _SPREAD if 0 <= at + step < len(pieces))
        used = _take(pieces, kept, around, here)
        taken += used + gap if used else 0
    return taken


def _signs(pieces: Sequence[str]) -> list[int]:
    """Where an error shows, the most telling first: what was not said before, what is sure, what is not alone."""
    weights = [_weight(piece) for piece in pieces]
    seen: set[str] = set()
    fresh: dict[int, bool] = {}
    for at, weight in enumerate(weights):
        if weight:
            shape = _VARIABLE.sub("0", pieces[at])
            fresh[at] = shape not in seen
            seen.add(shape)
    sums = [0, *accumulate(weight if fresh.get(at) else 0 for at, weight in enumerate(weights))]

    def rank(at: int) -> tuple[bool, int, int, int]:
        density = sums[min(len(weights), at + _AFTER)] - sums[max(0, at - _BEFORE)]
        return not fresh[at], -weights[at], -density, at

    return sorted(fresh, key=rank)


def _weight(piece: str) -> int:
    line = _HARMLESS.sub("", piece)
    strong, weak = _WEIGHTS
    return strong if _STRONG.search(line) else weak if _WEAK.search(line) else 0


def _marked(pieces: Sequence[str], kept: Sequence[bool]) -> Iterator[str]:
    """The kept pieces, the last among them, and a mark on a line of its own for what is missing between them."""
    cut, last = 0, "\n"
    for piece, is_kept in zip(pieces, kept, strict=True):
        if not is_kept:
            cut += len(piece)
            continue
        if cut:
            yield _line_break_after(last) + _mark(cut) + "\n"
        yield piece
        cut, last = 0, piece


def _line_break_after(text: str) -> str:
    return "" if text.endswith("\n") else "\n"
