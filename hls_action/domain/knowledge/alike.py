"""Issues that a thread is possibly about as well: which of the index count for it, and how Claude is shown them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hls_action.domain.knowledge.issue_index import IndexedIssue, IssueIndex
from hls_action.domain.knowledge.issues import Issue, rank_issues
from hls_action.domain.knowledge.reading import read_markdown, total
from hls_action.domain.knowledge.sources import Source, source
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.delimiters import enclosed
from hls_action.domain.text.excerpt import clip
from hls_action.domain.text.secrets import Redact

SHOWN = 5
"""How many issues Claude is shown. The ranking is right in 17 % of its best guesses, so that one alone would not do."""
TITLE = 200
TEXT = 600
"""Characters of an issue's title, and of its text."""
ROOM = 5_000
SHORT_ROOM = 1_500
"""Characters of all of them, and where money is short."""
MOST_STEPS = 10
"""How many duplicates of duplicates are followed."""


@dataclass(frozen=True)
class Related:
    """The issues ``nearest`` to a thread, best first; which were ``proposed`` in it before, and which are ``refused``:
    people said that the thread is not about them, those that are ``said`` in the thread itself.
    """

    nearest: tuple[IndexedIssue, ...] = ()
    proposed: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    said: tuple[int, ...] = ()


NOTHING_RELATED = Related()


@dataclass(frozen=True)
class Alike:
    """Issues as Claude is shown them. ``prompt``: the part of the request that holds them; ``""`` if there is none."""

    numbers: frozenset[int] = frozenset()
    prompt: str = ""
    sources: tuple[Source, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)


def nearest(
    index: IssueIndex, title: str, text: str, now: datetime, barred: Collection[int]
) -> tuple[IndexedIssue, ...]:
    """The issues most alike to a thread with this title and text, best first; 20 at most.

    One that was closed as a duplicate stands for its original. ``barred``: numbers that must not come up, such as the
    thread's own, and those of issues that it names.
    """

    def counts(issue: IndexedIssue | None) -> bool:
        return issue is not None and issue.counts(now) and issue.number not in barred

    meant = {issue.number: _original(index, issue) for issue in index.issues.values() if counts(issue)}
    found = {number: original for number, original in meant.items() if original and counts(original)}
    pool = [Issue(each.number, each.state, each.title, each.text) for each in map(index.issues.__getitem__, found)]
    ranked = rank_issues(title, text, pool) if pool else ()
    return tuple(dict.fromkeys(found[each.number] for each in ranked))


def _original(index: IssueIndex, issue: IndexedIssue) -> IndexedIssue | None:
    """What an issue stands for; None where that is not in the index, or goes round in a circle."""
    found: IndexedIssue | None = issue
    for _ in range(MOST_STEPS):
        if found is None or found.duplicate_of is None:
            return found
        found = index.issues.get(found.duplicate_of)
    return None


def describe(issues: Iterable[IndexedIssue], redact: Redact, room: int = ROOM) -> Alike:
    """The first of the ``issues``, as many as fit into ``room`` characters, and `SHOWN` at most."""
    blocks, sources, redacted, numbers = list[str](), list[Source](), list[Mapping[str, int]](), set[int]()
    for issue, text, block, kinds in (_block(each, redact) for each in tuple(issues)[:SHOWN]):
        room -= len(block) + 1
        if room < 0:
            break
        blocks.append(block)
        sources.append(source(f"issue #{issue.number}", text, "issue"))
        redacted.append(kinds)
        numbers.add(issue.number)
    prompt = "\n".join(["<related>", *blocks, "</related>\n\n"]) if blocks else ""
    return Alike(frozenset(numbers), prompt, tuple(sources), total(redacted))


def _block(issue: IndexedIssue, redact: Redact) -> tuple[IndexedIssue, str, str, Mapping[str, int]]:
    """What is quoted of it, that between its tags, and how many secrets were taken out."""
    title, body = redact(spell_out(issue.title)), read_markdown(issue.text, redact)
    text = f"{clip(' '.join(title.text.split()), TITLE)}\n\n{clip(body.text, TEXT) or '(empty)'}"
    labels = redact(", ".join(issue.labels))
    known = {"number": str(issue.number), "state": issue.state, "labels": labels.text, "hidden": body.hidden}
    redacted = total((title.kinds, body.redacted, labels.kinds))
    return issue, text, enclosed(text, of="issue", **known), redacted


def labels_by_use(index: IssueIndex) -> tuple[str, ...]:
    """The labels that issues have, in lower case: those of the most issues first, then by name."""
    uses = Counter(name.lower() for issue in index.issues.values() for name in set(issue.labels))
    return tuple(sorted(uses, key=lambda name: (-uses[name], name)))


def label_hint(issues: Sequence[IndexedIssue], names: Sequence[str]) -> tuple[int, ...]:
    """Which of the labels called ``names``, the first is number 1, the ``issues`` that Claude is shown have; those that
    most of them have come first.
    """
    numbers = {name.lower(): number for number, name in enumerate(names, 1)}
    counted = Counter(_numbers(issues[:SHOWN], numbers))
    return tuple(sorted(counted, key=lambda number: (-counted[number], number)))


def _numbers(issues: Iterable[IndexedIssue], numbers: Mapping[str, int]) -> Iterator[int]:
    for issue in issues:
        yield from {numbers[name.lower()] for name in issue.labels if name.lower() in numbers}
