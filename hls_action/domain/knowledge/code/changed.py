"""What a diff changes of the code that it starts from: the functions around its lines, and who else calls them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from hls_action.domain.knowledge.code.passages import Lines
from hls_action.domain.knowledge.code.symbols import Symbol, enclosing, enclosing_of_hunks, symbols
from hls_action.domain.text import diff
from hls_action.domain.threads.thread import ChangedFile

MOST_NAMES = 40
"""Functions whose callers are looked for."""
MOST_CALLS = 40
"""Calls of one name: what is called more often is too common a name, or no news to anybody."""
CALLERS = 3
"""Of one function that are shown, each in a file of its own."""
_AROUND = 3
"""Lines before and after a call."""
_SHORTEST = 4
"""Characters of a name: shorter ones are called everywhere."""


@dataclass(frozen=True)
class Changed:
    """A function that a diff changes, as it was before."""

    path: str
    symbol: Symbol


def changed_symbols(changes: Sequence[ChangedFile], files: Mapping[str, bytes]) -> tuple[Changed, ...]:
    """The innermost symbols around what is changed, of those ``files`` that are here as they were before."""
    found: list[Changed] = []
    for change in changes:
        path = change.previous_path or change.path
        if change.patch and path in files:
            lines = files[path].decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
            spans = [span for hunk in diff.parse(change.patch) for span in _changed_lines(hunk, lines)]
            found += [Changed(path, each) for each in enclosing_of_hunks(symbols(path, files[path]), spans)]
    return tuple(found)


def _changed_lines(hunk: diff.Hunk, lines: Sequence[str]) -> Iterator[diff.Range]:
    """The lines of the old file that a hunk removes, or adds something behind, wherever they are by now."""
    old = [line.text.removesuffix("\r") for line in hunk.lines if line.side in " -"]
    start = _find(old, lines, hunk.old - 1)
    if start is None:
        return
    number = start
    for line in hunk.lines:
        number += line.side in (" ", "-")
        if line.side in ("-", "+"):
            at = max(1, number)
            yield at, at


def _find(block: Sequence[str], lines: Sequence[str], start: int) -> int | None:
    """Where ``block`` is in ``lines``: at ``start``, or at the only other place."""
    if not block:
        return None

    def at(place: int) -> bool:
        return list(lines[place : place + len(block)]) == list(block)

    if at(max(0, start)):
        return max(0, start)
    places = [place for place, line in enumerate(lines) if line == block[0] and at(place)]
    return places[0] if len(places) == 1 else None


def callers(changed: Sequence[Changed], files: Mapping[str, bytes]) -> Iterator[Lines]:
    """Where what is changed is called from other functions: some of the calls of each."""
    names = dict.fromkeys(each.symbol.name for each in changed if len(each.symbol.name) >= _SHORTEST)
    wanted = [name.encode("utf-8", "replace") for name in names][:MOST_NAMES]
    if not wanted:
        return
    calls = _calls(wanted, files)
    own = {(each.path, each.symbol.name.encode("utf-8", "replace")): each.symbol for each in changed}
    for name in wanted:
        if len(calls[name]) > MOST_CALLS:
            continue
        first: dict[str, int] = {}
        for path, line in calls[name]:
            if line not in own.get((path, name), ()):
                first.setdefault(path, line)
        for path, line in islice(first.items(), CALLERS):
            around = enclosing(symbols(path, files[path]), line)
            if around is None or around.first != line:  # else it is defined there
                yield Lines(path, max(1, line - _AROUND), line + _AROUND, f"calls {name.decode('utf-8', 'replace')}")


def _calls(names: Sequence[bytes], files: Mapping[str, bytes]) -> Mapping[bytes, list[tuple[str, int]]]:
    """The lines on which each of the names stands before a bracket, by path."""
    pattern = re.compile(rb"(?<![\w$])(%s)(?=[ \t]?\()" % b"|".join(map(re.escape, names)))
    found: dict[bytes, list[tuple[str, int]]] = defaultdict(list)
    for path in sorted(files):
        data = files[path]
        if not any(name in data for name in names):
            continue
        for match in pattern.finditer(data):
            if len(found[match[1]]) <= MOST_CALLS:
                found[match[1]].append((path, data.count(b"\n", 0, match.start()) + 1))
    return found
