"""What a thread is to others of its repository, by what people wrote in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hls_action.domain.knowledge.references import places_named
from hls_action.domain.text.plain import strip_code_blocks, strip_html_comments
from hls_action.domain.threads.facts import Relation, RelationKind

LONGEST = 20_000
"""Characters of a text in which links are looked for."""
_SPAN = re.compile("`+")
_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?):?[ \t]+$", re.IGNORECASE)
"""https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue"""
_DUPLICATE = re.compile(r"\bduplicate[ \t]+of:?[ \t]+$", re.IGNORECASE)
_LONGEST_WORDS = 40


def relations(texts: Iterable[str], repository: str, *, is_pull: bool) -> Iterator[Relation]:
    """The threads of ``repository`` that texts name, as GitHub links them: never in code, nor in what the page hides.

    Only a pull request fixes what it says that it closes.
    """
    for text in texts:
        shown = _without_code(strip_html_comments(text[:LONGEST].replace("\r\n", "\n")))
        for number, start in places_named(shown, repository):
            yield Relation(_kind(shown[max(0, start - _LONGEST_WORDS) : start], is_pull), number)


def _kind(before: str, is_pull: bool) -> RelationKind:
    if _DUPLICATE.search(before):
        return "duplicates"
    return "fixes" if is_pull and _CLOSES.search(before) else "relates"


def _without_code(text: str) -> str:
    return "\n\n".join(map(_without_spans, re.split(r"\n[ \t]*\n", strip_code_blocks(text))))


def _without_spans(paragraph: str) -> str:
    """A paragraph without what stands between two equal runs of backticks."""
    runs = list(_SPAN.finditer(paragraph))
    last: dict[int, re.Match[str]] = {}
    closing: dict[int, re.Match[str]] = {}
    for run in reversed(runs):
        if len(run[0]) in last:
            closing[run.start()] = last[len(run[0])]
        last[len(run[0])] = run
    kept, done = [], 0
    for run in runs:
        if run.start() >= done and run.start() in closing:
            kept.append(paragraph[done : run.start()])
            done = closing[run.start()].end()
    return "`".join([*kept, paragraph[done:]])
