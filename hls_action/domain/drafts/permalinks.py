"""A reply with what Claude was shown led to, and what it was not marked; and what it rests on, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from hls_action.domain.knowledge import mentions
from hls_action.domain.knowledge.grounding import LONGEST_QUOTATION, Grounds, Place, Quotation
from hls_action.domain.knowledge.mentions import Mention
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.edits import Edit, apply, restored, unified
from hls_action.domain.text.markdown import CodeBlock, Document, Inline, parse
from hls_action.domain.text.outbound import longest_run

MARK = " (not checked)"
MARKED = "<sub>Not checked: Claude was not shown these lines.</sub>"
RESTS_ON = "\n\n<details><summary>What this rests on</summary>\n\n{}\n\n</details>"
RENDERED = (".adoc", ".markdown", ".md", ".rst")
"""Files that GitHub shows as a page, unless it is asked for their lines."""


def grounded(text: str, grounds: Grounds, site: str) -> str:
    """``text``, which is inert, with permalinks and marks, and a line that explains these. Not a character that one
    reads is lost: where a change would cost one, nothing is changed but the line, which then names what is not checked.

    ``site``: the address of the repository.
    """
    if not grounds.places and not grounds.unchecked:
        return text + marked_below(grounds)
    source, pairs = unified(text)
    document = parse(source)
    edits = tuple(_edits(document, grounds, site))
    changed = apply(text, restored(edits, pairs))
    if _reading(parse(unified(changed)[0])) != _reading(document):
        return text + marked_below(grounds)
    changed += f"\n\n{MARKED}" if any(edit.text == MARK for edit in edits) else ""
    below = {each.names for each in mentions.in_definitions(document)}
    left = tuple(each for each in grounds.unchecked if (each.path, each.first, each.last) in below)
    return changed + marked_below(replace(grounds, unchecked=left))


def marked_below(grounds: Grounds) -> str:
    """What is not checked, in paragraphs of its own; ``""`` where all is."""
    names = ", ".join(code_span(_in_words(each)) for each in grounds.unchecked)
    words = ", ".join(f"{code_span(each.text)} ({code_span(each.source)})" for each in grounds.reported)
    below = f"\n\n<sub>Not checked: Claude was not shown {names}.</sub>" if names else ""
    return below + (f"\n\n<sub>Not checked, only reported in other issues: {words}.</sub>" if words else "")


def rests_on(grounds: Grounds, site: str) -> str:
    """The quotations, folded away; ``""`` where there is none."""
    rows = (f"- {_source(each, site)}: {code_span(each.text)}" for each in grounds.quotations)
    return RESTS_ON.format("\n".join(rows)) if grounds.quotations else ""


def permalink(place: Place, site: str) -> str:
    """Where a place can be seen, as it was."""
    plain = "?plain=1" if place.first and place.path.lower().endswith(RENDERED) else ""
    end = f"-L{place.last}" if place.last != place.first else ""
    lines = f"{plain}#L{place.first}{end}" if place.first else ""
    return f"{site}/blob/{place.commit}/{quote(place.path)}{lines}"


def _edits(document: Document, grounds: Grounds, site: str) -> Iterator[Edit]:
    seen: set[tuple[str, tuple[str, int, int]]] = set()
    for mention in mentions.in_markdown(document, {place.path for place in grounds.places}):
        is_new = (mention.commit, mention.names) not in seen
        seen.add((mention.commit, mention.names))
        place = next((each for each in grounds.places if each.is_named_by(mention)), None)
        if place is not None and place.commit and mention.wraps and (mention.first or is_new):
            yield Edit(mention.start, mention.start, "[")
            yield Edit(mention.end, mention.end, f"]({permalink(place, site)})")
        elif place is None and is_new and _is_unchecked(mention, grounds):
            yield Edit(mention.end, mention.end, MARK)


def _is_unchecked(mention: Mention, grounds: Grounds) -> bool:
    return any((each.path, each.first, each.last) == mention.names for each in grounds.unchecked)


def _reading(document: Document) -> str:
    """What one reads of a text, code and all, without marks."""
    read = []
    for block in document.blocks:
        if isinstance(block, Inline):
            pieces = block.pieces
            parts = (
                p.shown or (block.content[p.start : p.end] if p.kind in ("code", "autolink") else "") for p in pieces
            )
            read.append("".join(parts))
        else:
            read.append(f"```{block.content}" if isinstance(block, CodeBlock) else block.content)
    return "\n\n".join(read).replace(MARK, "")


def _source(quotation: Quotation, site: str) -> str:
    if quotation.place is None or not quotation.place.commit:
        return code_span(quotation.source)
    return f"[{code_span(_in_words(quotation.place))}]({permalink(quotation.place, site)})"


def _in_words(place: Place) -> str:
    lines = f":{place.first}" if place.first else ""
    return f"{place.path}{lines}{f'-{place.last}' if place.last != place.first else ''}"


def code_span(text: str) -> str:
    """A text in which nothing acts, on one line."""
    shown = spell_out(" ".join(text.split()))
    shown = f"{shown[:LONGEST_QUOTATION]}…" if len(shown) > LONGEST_QUOTATION else shown
    ticks = "`" * (longest_run(shown) + 1)
    pad = " " if not shown or "`" in (shown[0], shown[-1]) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"
