"""Find what a file defines, and where: functions, methods, classes and the like, by rules and without a parser."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.code.languages import Language, Rule, language_of

MOST = 3_000
"""Definitions of one file that are kept."""
LONGEST_SIGNATURE = 160
"""Characters."""
_LONGEST_HEADER = 4_000
"""Characters between a name and its body."""
_MOST_BRACKETS = 40
"""Pairs of brackets between a name and its body."""
_LONGEST_LINE = 2_000
"""Characters: longer lines are data, and are blanked."""
_BRACKET = re.compile(r"[(){}\[\]]")
_STOP = re.compile(r"[({\[;}]")
_STOP_IN_LINE = re.compile(r"[({\[;}\n]")
_CLOSER = re.compile(r"\s*(?:[})\]]|end\W*$)")
_CLOSES = {")": "(", "}": "{", "]": "["}


@dataclass(frozen=True)
class Symbol:
    """A definition: ``first`` and ``last`` are its lines, from 1; ``signature`` is how it begins, on one line."""

    name: str
    first: int
    last: int
    signature: str

    def __contains__(self, line: int) -> bool:
        return self.first <= line <= self.last


@dataclass(frozen=True)
class _Source:
    """A file's ``text``, and as ``code`` without comments and strings, by lines, too; where lines begin and brackets
    close.
    """

    text: str
    code: str
    lines: Sequence[str]
    starts: Sequence[int]
    closing: dict[int, int]

    def line(self, position: int) -> int:
        """The line, from 1, of the character at ``position``."""
        return bisect_right(self.starts, position)


def symbols(path: str, data: bytes) -> tuple[Symbol, ...]:
    """What the file at ``path`` defines, in the order of its lines, what is outside before what is inside of it.

    Nothing where the language is not known.
    """
    language = language_of(path)
    if language is None:
        return ()
    source = _source(data.decode("utf-8", "replace"), language)
    found = {symbol.first: symbol for symbol in _without_shared_bodies(_definitions(source, language))}
    return tuple(found[first] for first in sorted(found)[:MOST])


def enclosing(found: Iterable[Symbol], line: int) -> Symbol | None:
    """The innermost of the symbols ``found`` in a file that ``line`` is in."""
    around = [symbol for symbol in found if line in symbol]
    return max(around, key=lambda symbol: symbol.first, default=None)


def enclosing_of_hunks(found: Sequence[Symbol], hunks: Iterable[tuple[int, int]]) -> tuple[Symbol, ...]:
    """The innermost symbols around the lines of ``hunks`` (first and last of each), each once, in the file's order."""
    owner = owners(found)
    inside = {owner[line] for first, last in hunks for line in range(first, min(last + 1, len(owner)))}
    return tuple(symbol for number, symbol in enumerate(found) if number in inside)


def owners(found: Sequence[Symbol]) -> list[int]:
    """For each line, up to the last in a symbol, the index of the innermost symbol around it, or -1. Line 0 is none."""
    owner = [-1] * (max((symbol.last for symbol in found), default=0) + 1)
    for number, symbol in enumerate(found):
        owner[symbol.first : symbol.last + 1] = [number] * (symbol.last - symbol.first + 1)
    return owner


def outline(path: str, found: Sequence[Symbol], room: int) -> str:
    """``path`` and the signatures in it, with line numbers, in at most ``room`` characters. The last are left out."""
    text = path[:room]
    for number, symbol in enumerate(found):
        entry = f"\n{symbol.first}: {_indent(found, number)}{symbol.signature}"
        rest = f"\n({len(found) - number} more)"
        if len(text) + len(entry) + len(rest) > room:
            return text + rest if len(text) + len(rest) <= room else text
        text += entry
    return text


def _indent(found: Sequence[Symbol], number: int) -> str:
    return "  " * min(4, sum(found[number].first in outer for outer in found[max(0, number - 200) : number]))


def _source(text: str, language: Language) -> _Source:
    text = text.replace("\r\n", "\n")
    code = language.ignored.sub(_blank, _LONG_LINE.sub(_blank, text))
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return _Source(text, code, code.split("\n"), starts, _closing_brackets(code))


_LONG_LINE = re.compile(rf"[^\n]{{{_LONGEST_LINE},}}")


def _blank(match: re.Match[str]) -> str:
    return "\n".join([" " * len(line) for line in match[0].split("\n")])


def _closing_brackets(code: str) -> dict[int, int]:
    """Where each bracket that is closed is closed. Each kind is counted by itself: one that is lost harms no other."""
    open_: dict[str, list[int]] = {"(": [], "{": [], "[": []}
    closing: dict[int, int] = {}
    for match in _BRACKET.finditer(code):
        bracket = match[0]
        if bracket in open_:
            open_[bracket].append(match.start())
        elif open_[_CLOSES[bracket]]:
            closing[open_[_CLOSES[bracket]].pop()] = match.start()
    return closing


def _definitions(source: _Source, language: Language) -> Iterator[tuple[int, Symbol]]:
    """Each definition, with where its body begins, or -1."""
    for rule in language.rules:
        for match in rule.pattern.finditer(source.code):
            start = match.start("name")
            if language.indented:
                yield -1, _symbol(source, match, *_indented(source, match))
                continue
            body = _body(source, match.end(), rule)
            if body >= 0:
                yield body, _symbol(source, match, body, _last_line(source, start, body))
            elif rule.bodiless:
                line = source.line(start)
                yield -1, _symbol(source, match, _end_of_line(source, start), _dedent(source, line, line))


def _symbol(source: _Source, match: re.Match[str], header_end: int, last: int) -> Symbol:
    start = match.start("name")
    line_start = source.starts[source.line(start) - 1]
    signature = " ".join(source.text[line_start : min(header_end, line_start + _LONGEST_HEADER)].split())
    return Symbol(match["name"], source.line(start), last, signature[:LONGEST_SIGNATURE].rstrip())


def _without_shared_bodies(found: Iterable[tuple[int, Symbol]]) -> list[Symbol]:
    """Of definitions that share a body only the last is one: what comes before it is a macro, or a type it returns."""
    by_body: dict[tuple[int, int], Symbol] = {}
    for body, symbol in found:
        key = (body, 0) if body >= 0 else (-1, symbol.first)
        if key not in by_body or by_body[key].first < symbol.first:
            by_body[key] = symbol
    bodied = [symbol for (body, _), symbol in by_body.items() if body >= 0]
    return [*(symbol for (body, _), symbol in by_body.items() if body < 0), *bodied]


def _end_of_line(source: _Source, position: int) -> int:
    end = source.code.find("\n", position)
    return end if end >= 0 else len(source.code)


def _body(source: _Source, position: int, rule: Rule) -> int:
    """Where the brace stands that opens the body of what is named before ``position``, or -1."""
    if rule.tail is not None:
        closed = source.closing.get(position, -1)
        tail = rule.tail.match(source.code, closed + 1) if closed >= 0 else None
        return tail.end() - 1 if tail else -1
    limit = position + _LONGEST_HEADER
    for _ in range(_MOST_BRACKETS):
        stop = (_STOP_IN_LINE if rule.one_line else _STOP).search(source.code, position, limit)
        if stop is None or stop[0] in ";}\n":
            return -1
        closed = source.closing.get(stop.start(), -1)
        if stop[0] == "{" and not _goes_on(source, closed):
            return stop.start()
        if closed < 0:
            return -1
        position = closed + 1
    return -1


def _goes_on(source: _Source, closed: int) -> bool:
    """Whether another brace opens at the end of the line where one was closed, as after Go's ``interface{}``."""
    return closed >= 0 and source.code[closed + 1 : min(_end_of_line(source, closed), closed + 200)].rstrip().endswith(
        "{"
    )


def _last_line(source: _Source, start: int, body: int) -> int:
    closed = source.closing.get(body, -1)
    if closed >= 0:
        return source.line(closed)
    if source.code[body] == "{":
        return _dedent(source, source.line(start), source.line(body))
    return source.line(body)


def _indented(source: _Source, match: re.Match[str]) -> tuple[int, int]:
    """Where the header ends, and the last line of the body."""
    start = match.start("name")
    end = _end_of_line(source, match.end())
    opened = source.code.find("(", match.end(), end)
    if opened >= 0 and (closed := source.closing.get(opened, -1)) > end:
        end = _end_of_line(source, closed)
    return end, _dedent(source, source.line(start), source.line(end))


def _dedent(source: _Source, first: int, header_last: int) -> int:
    """The last line of a body: up to the next line with code that is indented no further than the line ``first``.

    A line that only closes it belongs to it.
    """
    base = _depth(source.lines[first - 1])
    last = header_last
    for number in range(header_last + 1, len(source.lines) + 1):
        line = source.lines[number - 1]
        if not line.strip():
            continue
        if _depth(line) <= base:
            return number if _depth(line) == base and _CLOSER.match(line) else last
        last = number
    return last


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
