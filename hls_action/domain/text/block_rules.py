"""The parser's rules for blocks, changed to what GitHub's parser, cmark-gfm, makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from markdown_it import MarkdownIt, rules_block
from markdown_it.parser_block import ParserBlock
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.html_block import HTML_SEQUENCES

from hls_action.domain.text import tables

MAX_NESTING = 100
"""Levels of quotations and lists. What is deeper is not looked at, and the document says so (`Document.too_deep`)."""


class Blocks(ParserBlock):
    """Says so when it does not look at what is nested too deeply, and keeps count of columns and indentations.

    ``columns``: how wide what quotations put before a line is, for a tab is as wide as what stands before it leaves.
    ``indents``: those of the lists around, since the innermost quotation.
    """

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - the parser's names
        if state.level >= MAX_NESTING:
            state.env["too_deep"] = True
        indents = state.env.get("indents", [])
        if state.parentType == "blockquote":
            state.env["indents"] = [0]
            columns = state.env.setdefault("columns", {})
            lines = range(startLine, endLine)
            around = [columns.get(line, 0) for line in lines]
            for line, column in zip(lines, around, strict=True):
                state.bsCount[line] += column if state.sCount[line] >= 0 else 0
                columns[line] = state.bsCount[line]
            super().tokenize(state, startLine, endLine)
            columns.update(zip(lines, around, strict=True))
        else:
            state.env["indents"] = [*indents, state.blkIndent]
            super().tokenize(state, startLine, endLine)
        state.env["indents"] = indents


BlockRule = Callable[[StateBlock, int, int, bool], bool]


def _unless_lazy(rule: BlockRule) -> BlockRule:
    """``rule``, but it ends no paragraph with a line that is indented like code in the containers which it is in.

    An outer quotation has decided already about a line without its mark: its ``sCount`` is negative then.
    """

    def run(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if silent and state.sCount[start] < state.blkIndent:
            indents = [indent for indent in state.env.get("indents", ()) if indent <= state.sCount[start]]
            if not indents or state.sCount[start] - indents[-1] >= 4:
                return False
        return rule(state, start, end, silent)

    return run


def _fence(rule: BlockRule) -> BlockRule:
    """Note whether a fence found its end: the parser takes one more line then than the content has."""

    def run(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        found = rule(state, start, end, silent)
        if found and not silent:
            token = state.tokens[-1]
            inside = token.content.count("\n") + bool(token.content and not token.content.endswith("\n"))
            token.meta["closed"] = state.line - start - 1 > inside
        return found

    return run


def _html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """By the older rules of GitHub's parser, only a capital letter makes a declaration.

    After a definition, only what could interrupt a paragraph begins a block: see `_continue_lazily`. But any tag does
    where the line is not marked as one of the container that the paragraph is in.
    """
    begin = state.bMarks[start] + state.tShift[start]
    if _follows_definition(state, start) and not rules_block.html_block(state, start, end, True):
        return False
    if state.src.startswith("<!", begin) and state.src[begin + 2 : begin + 3].islower():
        return False
    is_lazy = state.parentType == "blockquote" or state.sCount[start] < state.blkIndent
    if silent and is_lazy and not state.is_code_block(start):
        line = state.src[begin : state.eMarks[start]]
        return any(opening.search(line) for opening, *_ in HTML_SEQUENCES)
    return rules_block.html_block(state, start, end, silent)


def _definition(state: StateBlock, start: int, end: int, silent: bool, *, in_task: bool = False) -> bool:
    """GitHub takes ``[^1]: text`` for a footnote: text that it shows, and no definition; but not behind a task's box.

    After a definition, an indented line may be another one: see `_indented`.
    """
    indentation = state.sCount[start]
    is_text = (not in_task and _footnote_at(state, start)) or _becomes_table(state, start, end)
    if _follows_definition(state, start):
        state.sCount[start] = state.blkIndent
    found = not is_text and rules_block.reference(state, start, end, silent)
    state.sCount[start] = indentation
    if found and not silent:
        state.env["defined_up_to"] = (state.line, state.level)
        _continue_lazily(state, state.line, end)
    return found


def _becomes_table(state: StateBlock, start: int, end: int) -> bool:
    """Whether the paragraph that begins here ends in a table: GitHub then leaves what is above its header as text."""
    first, last = state.env.get("no_table", tables.NOWHERE)
    if first <= start <= last:
        return False
    tried = state.env.get("table_tried", tables.NOWHERE)
    others = [rule for rule in state.md.block.ruler.getRules("paragraph") if rule is not _table]
    line, found = start, False
    while line < end and not state.isEmpty(line) and not found:
        if line > start and any(rule(state, line, end, True) for rule in others):
            break
        found = _table(state, line, end, True)
        line += 1
    state.env["table_tried"] = tried
    if not found:
        state.env["no_table"] = (start, line - 1)
    return found


def _continue_lazily(state: StateBlock, line: int, end: int) -> None:
    """To GitHub's parser a definition begins a paragraph, and so a line without its containers' marks may follow."""
    if line >= end or state.isEmpty(line) or state.sCount[line] >= state.blkIndent:
        return
    if not any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph")):
        state.sCount[line] = state.blkIndent + 4  # so that no other rule takes it


def _follows_definition(state: StateBlock, start: int) -> bool:
    line, level = state.env.get("defined_up_to", (-1, 0))
    return bool(line == start and state.level == level)


def _footnote_at(state: StateBlock, line: int) -> bool:
    begin = state.bMarks[line] + state.tShift[line]
    return not state.is_code_block(line) and _FOOTNOTE.match(state.src, begin) is not None


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A footnote contains what stands behind its name, and the lines after that which are indented."""
    if not _footnote_at(state, start) or silent:
        return silent and _footnote_at(state, start)
    begin = state.bMarks[start] + state.tShift[start]
    found = cast("re.Match[str]", _FOOTNOTE.match(state.src, begin))
    kept = state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType
    token = state.push("footnote_open", "", 1)
    token.meta.update(name=found[1], start=begin)
    state.blkIndent += 4
    state.bMarks[start], state.tShift[start], state.sCount[start] = found.end(), 0, state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.bMarks[start], state.tShift[start], state.sCount[start], state.blkIndent, state.parentType = kept
    token.map = [start, state.line]
    state.push("footnote_close", "", -1)
    return True


_FOOTNOTE = re.compile(r"\[\^([^\] \t\n]+)\]:[ \t]*")


def _task(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """GitHub's parser takes the box of a task off. Behind it there may be nothing, or a definition."""
    begin = state.bMarks[start]
    found = _TASK.match(state.src, begin) if state.src[begin - 1 : begin] in ("", "\n") else None
    if silent or found is None or found.start("box") != begin + state.tShift[start]:
        return False
    taken = state.src[found.end() : found.end() + 1] in ("", "\n")
    if taken:
        state.line = start + 1
    else:
        kept, state.tShift[start] = state.tShift[start], found.end() - begin
        taken = _definition(state, start, end, silent, in_task=True)
        state.tShift[start] = kept
    if taken:
        state.env.setdefault("boxes", []).append(found.start("box"))
    return taken


_TASK = re.compile(r"[ \t]*(?:[-+*]|[0-9]+[.)])[ \t]+(?P<box>\[[ xX]\])[ \t]+")


def _indented(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """To GitHub's parser a definition begins a paragraph, and so an indented line right after it is no code."""
    return not _follows_definition(state, start) and rules_block.code(state, start, end, silent)


def _rule_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Right after a definition, dashes are text: they could underline a heading, and there is no text to underline."""
    if _follows_definition(state, start) and set(tables.line_of(state, start).rstrip()) == {"-"}:
        return False
    return rules_block.hr(state, start, end, silent)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A footnote's first line is no row."""
    return not _footnote_at(state, start) and tables.table(state, start, end, silent)


def _quotation(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A mark that is indented by four columns or more marks no quotation: such a line only goes on with a paragraph.

    The parser's rule does not look at that, and so the mark is put where it does not look.
    """
    if silent or not _is_marked(state, start):
        return rules_block.blockquote(state, start, end, silent)
    moved = []
    for line in range(start + 1, end):
        if state.isEmpty(line):
            break
        if state.is_code_block(line) and _is_marked(state, line):
            state.tShift[line] -= 1
            moved.append(line)
    found = rules_block.blockquote(state, start, end, silent)
    for line in moved:
        state.tShift[line] += 1
    return found


def _is_marked(state: StateBlock, line: int) -> bool:
    return state.src.startswith(">", state.bMarks[line] + state.tShift[line])


def install(parser: MarkdownIt) -> None:
    """Put these rules in the place of the parser's own, which must have `Blocks` already."""
    ruler = parser.block.ruler
    paragraphs = ["paragraph", "reference", "blockquote"]
    everywhere: RuleOptionsType = {"alt": [*paragraphs, "list"]}
    ruler.at("fence", _unless_lazy(_fence(rules_block.fence)), everywhere)
    ruler.at("hr", _unless_lazy(_rule_line), everywhere)
    ruler.at("blockquote", _unless_lazy(_quotation), everywhere)
    ruler.at("list", _unless_lazy(rules_block.list_block), {"alt": paragraphs})
    ruler.at("heading", _unless_lazy(rules_block.heading), {"alt": paragraphs})
    ruler.before("lheading", "rows", _table, {"alt": ["paragraph", "reference"]})  # its header is no other block
    ruler.at("reference", _definition)
    ruler.before("reference", "task", _task)
    ruler.before("reference", "footnote", _unless_lazy(_footnote), {"alt": paragraphs})
    ruler.at("code", _indented)
    ruler.at("html_block", _unless_lazy(_html_block), {"alt": paragraphs})
