"""What of an answer is in what Claude was given, and what it made up: stricter than what is posted is marked.

An issue, a label or a line that was not given is made up wherever it stands, and so is a file, for which the reply
itself only marks lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hls_action.domain.knowledge import mentions, quotations
from hls_action.domain.knowledge.grounding import ground
from hls_action.domain.knowledge.references import Referable, references
from hls_action.domain.knowledge.sources import Source
from hls_action.domain.knowledge.unlinking import unlinked
from hls_action.domain.tasks.answer import Answer
from hls_action.domain.text import outgoing
from hls_action.domain.text.markdown import parse


def verified(answer: Answer, sources: Sequence[Source]) -> tuple[bool, ...]:
    """Of each passage that the answer quotes, whether any source has it, whatever its number."""
    return tuple(quotations.find(each.quotation, each.source, sources) is not None for each in answer.evidence)


def invented(answer: Answer, referable: Referable, given: str) -> tuple[str, ...]:
    """Names in an answer that were not in what Claude was given: each once, in the order of kinds.

    ``given``: all text of the project and the thread that Claude was given. Blocks of code are left alone: they may
    hold what is to be written.
    """
    said = "\n\n".join([answer.comment, *answer.missing, *(answer.findings or ())])
    labels = sorted({number for number in answer.labels if not 1 <= number <= len(referable.labels)})
    found = [*(f"label number {number}" for number in labels), *_issues(answer, said, referable)]
    lines = ground(outgoing(said), (), referable).unchecked
    return tuple(dict.fromkeys([*found, *_files(said, given), *(f"{each.path}:{each.first}" for each in lines)]))


def _issues(answer: Answer, said: str, referable: Referable) -> Iterator[str]:
    home = referable.repository
    lost = set(unlinked(outgoing(said), referable)[1])
    lost |= {each for each in references([said], home) if each[0] != home and not referable.has(each)}
    duplicate = answer.possible_duplicate_of
    if duplicate is not None and not referable.has((home, duplicate)):
        lost.add((home, duplicate))
    return (f"#{number}" if named == home else f"{named}#{number}" for named, number in sorted(lost))


def _files(said: str, given: str) -> Iterator[str]:
    """Files without a line. In prose a name without a folder may be anything, as in Node.js; in code it is one."""
    for mention in mentions.in_markdown(parse(said)):
        is_meant = "/" in mention.path or f"`{mention.path}`" in said
        if is_meant and mention.is_file and not mention.first and mention.path not in given:
            yield mention.path
