"""Cutting a reply that is longer than GitHub allows, so that what helps most is still in it."""

from __future__ import annotations

from itertools import pairwise

from hls_action.domain.text import outgoing
from hls_action.domain.text.markdown import CodeBlock, parse
from hls_action.domain.text.outbound import tags_of

LEAST = 2_000
"""Characters that a block is not shortened below, as long as other blocks could be."""
GAP = "\n\n"


def cut(markdown: str, limit: int, note: str) -> str:
    """``markdown``, which is inert, in at most ``limit`` characters, ``note`` at its end. Unchanged when it fits.

    The longest blocks are shortened first, an 80 kB listing before the sentence that explains it; only then the end is
    left out. What was cut is made inert anew, for a cut can make prose of code.
    """
    if len(markdown) <= limit:
        return markdown
    room = limit - len(note) - len(GAP)
    allowed = room
    while allowed > 0:
        text = outgoing(_closed(_shortened(markdown, allowed)))
        if len(text) <= room:
            return f"{text}{GAP}{note}" if text else note
        allowed -= max(len(text) - room, room // 8, 1)
    return note[:limit]


def blocks(markdown: str) -> list[str]:
    """The top-level blocks of a Markdown text (paragraphs, lists, code …), in order, each with the lines it owns."""
    lines = markdown.split("\n")
    starts = parse(markdown).top
    bounds = [0, *starts[1:], len(lines)]
    return ["\n".join(lines[a:b]).rstrip("\n") for a, b in pairwise(bounds)]


def _shortened(markdown: str, room: int) -> str:
    parts = blocks(markdown)
    sizes = [len(part) + len(GAP) for part in parts]
    surplus = sum(sizes) - room
    for place in sorted(range(len(parts)), key=lambda place: -sizes[place]):
        if surplus <= 0 or sizes[place] <= LEAST:
            break
        shorter = _cut_block(parts[place], max(LEAST, sizes[place] - surplus) - len(GAP))
        surplus -= len(parts[place]) - len(shorter)
        parts[place], sizes[place] = shorter, len(shorter) + len(GAP)
    kept: list[str] = []
    for part, size in zip(parts, sizes, strict=True):
        if size > room:
            kept += [_cut_block(part, room - len(GAP))] if not kept else []
            break
        kept.append(part)
        room -= size
    return GAP.join(kept)


def _cut_block(block: str, room: int) -> str:
    """The first lines of a block; code keeps its closing fence, and says how many lines are missing."""
    lines = block.split("\n")
    first = parse(block).blocks[:1]
    fence = first[0].fence if first and isinstance(first[0], CodeBlock) and first[0].level == 0 else ""
    end = f"\n{fence}{GAP}*[{len(lines)} lines cut]*" if fence else " …"
    room = max(0, room - len(end))
    kept = 0
    while kept < len(lines) and len(lines[kept]) + 1 <= room:
        room -= len(lines[kept]) + 1
        kept += 1
    head = "\n".join(lines[:kept]) if kept > bool(fence) else block[: len("\n".join(lines[:kept])) + room]
    if not fence:
        return head + end
    missing = len(lines) - kept - (not lines[-1].strip(f"{fence[0]} "))
    return f"{head}\n{fence}{GAP}*[{max(1, missing)} lines cut]*"


def _closed(markdown: str) -> str:
    """With the ends of those ``<details>`` that the cut took away."""
    opened = sum(-1 if tag.closes else 1 for tag in tags_of(parse(markdown)) if tag.name == "details")
    return markdown + f"{GAP}</details>" * max(0, opened)
