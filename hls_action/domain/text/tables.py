"""GitHub's tables, as cmark-gfm finds them: https://github.github.com/gfm/#tables-extension-

The parser's own rule wants a pipe in the header, which GitHub does not, tries again where GitHub gives up, and lets
fewer things end a table.
"""

from __future__ import annotations

import re
from itertools import pairwise

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.html_block import HTML_SEQUENCES

_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_SOMETHING_ELSE = re.compile(r"-+[ \t]*|-[ \t].*")  # the line below a heading, or a list
_PIPE = re.compile(r"\\\||\|")
_BLANKS = " \t\n\v\f\r"
NOWHERE = (1, -1)
"""No lines at all."""
_LONE_TAG = HTML_SEQUENCES[-1][0]


def line_of(state: StateBlock, line: int) -> str:
    """A line without what its containers put before it, and without its indentation."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def cells(text: str) -> list[tuple[int, int]]:
    """Where the cells of a row are: between pipes that are not escaped."""
    text = text.rstrip(_BLANKS)
    pipes = [found.start() for found in _PIPE.finditer(text) if found[0] == "|"]
    bounds = [-1, *pipes, len(text)]
    spans = [(a + 1, b) for a, b in pairwise(bounds)]
    if spans and spans[0][0] == spans[0][1]:
        spans.pop(0)
    if spans and spans[-1][0] == spans[-1][1]:
        spans.pop()
    return spans


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule. Its row tokens say where the row begins and how many columns there are."""
    columns = _columns(state, start, end, silent)
    if not columns:
        return False
    if silent:
        return True
    kept, state.parentType = state.parentType, "table"
    state.push("table_open", "table", 1).map = lines = [start, 0]
    _push_row(state, start, columns)
    line = start + 2
    while line < end and not _ends(state, line, end):
        _push_row(state, line, columns)
        line += 1
    state.push("table_close", "table", -1)
    lines[1] = state.line = line
    state.parentType = kept
    return True


def _columns(state: StateBlock, start: int, end: int, silent: bool) -> int:
    """How many columns a table has that begins here; 0: none does.

    Once a paragraph has a line of delimiters that do not fit the line above, GitHub looks for no table in it any more.
    """
    first, last = state.env.get("table_tried", NOWHERE) if silent else NOWHERE
    if first <= start <= last + 1:
        state.env["table_tried"] = (first, max(start, last))
        return 0
    state.env["table_tried"] = NOWHERE
    if start + 2 > end or state.is_code_block(start):
        return 0
    below = start + 1
    if state.sCount[below] < state.blkIndent or state.is_code_block(below):
        return 0
    delimiters = line_of(state, below)
    if not _DELIMITERS.fullmatch(delimiters) or _SOMETHING_ELSE.fullmatch(delimiters):
        return 0
    columns = len(cells(delimiters))
    if columns == len(cells(line_of(state, start))):
        return columns
    state.env["table_tried"] = (start, start)
    return 0


def _push_row(state: StateBlock, line: int, columns: int) -> None:
    """A token for each cell that is there; its text is cut out later."""
    row = state.push("tr_open", "tr", 1)
    row.map = [line, line + 1]
    row.meta = {"start": state.bMarks[line] + state.tShift[line], "columns": columns}
    for _ in cells(line_of(state, line))[:columns]:
        cell = state.push("inline", "", 0)
        cell.map, cell.children, cell.meta = [line, line + 1], [], {"cell": True}
    state.push("tr_close", "tr", -1)


def _ends(state: StateBlock, line: int, end: int) -> bool:
    """Whether a line ends the table: whatever else could begin there does, a tag alone on its line, too."""
    if state.sCount[line] < state.blkIndent or state.isEmpty(line) or state.is_code_block(line):
        return True
    if _LONE_TAG.search(line_of(state, line)):
        return True
    return any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("blockquote"))
