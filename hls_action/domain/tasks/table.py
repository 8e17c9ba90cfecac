"""The tasks, and from an answer to what it does: one reply and one answer for all the items of a thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hls_action.domain.knowledge.grounding import NOTHING, Grounds, ground
from hls_action.domain.knowledge.references import Referable, proposed
from hls_action.domain.knowledge.unlinking import unlinked
from hls_action.domain.tasks.answer import Answer
from hls_action.domain.tasks.checks import CHECKS
from hls_action.domain.tasks.effects import Effect, merged
from hls_action.domain.tasks.reply import TASK as REPLY
from hls_action.domain.tasks.review import TASK as REVIEW
from hls_action.domain.tasks.task import Case, CheckedAnswer, EarlierReview, Field, Fields, Task
from hls_action.domain.tasks.triage import TASK as TRIAGE
from hls_action.domain.text import outgoing
from hls_action.domain.text.foreign_links import without_foreign_links
from hls_action.domain.text.hosts import GIVEN, allowed
from hls_action.domain.text.secrets import Redact, in_words, redact
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Comment as Reply

TASKS = (TRIAGE, REVIEW, REPLY)
"""In the order in which the system prompt explains them. Every kind of item has one."""

_BY_KIND = {kind: task for task in TASKS for kind in task.kinds}
MAX_HOSTS_NAMED = 5
NOTHING_ANSWERED: Mapping[str, Reply] = {}


@dataclass(frozen=True)
class Interpretation:
    """What one answer does. ``effects``: at most one of each kind, and just one comment; ``fields``: what the answer
    holds besides, of what some task concerned uses, but the labels, which are effects.

    ``dropped_labels`` were proposed but may not be set, ``number 99`` where there is none of that number. ``notes``:
    what else is left out, and why. ``grounds``: what of the comment Claude was given. ``proposes``: issues that it
    names and nobody did before.
    """

    effects: tuple[Effect, ...]
    fields: Fields
    dropped_labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    grounds: Grounds = NOTHING
    proposes: tuple[int, ...] = ()


def describe(item: Item, since: str) -> str:
    """An item in the words of the request. ``since``: the commit that an earlier review of the pull request is of."""
    return _BY_KIND[item.kind].describe(item, since)


def concerned(items: Iterable[Item]) -> tuple[Task, ...]:
    """The tasks that ``items`` ask for, in the order of the table."""
    kinds = {item.kind for item in items}
    return tuple(task for task in TASKS if not kinds.isdisjoint(task.kinds))


def interpret(
    answer: Answer,
    items: tuple[Item, ...],
    referable: Referable,
    present: Sequence[str],
    *,
    answered: Mapping[str, Reply] = NOTHING_ANSWERED,
    review: EarlierReview = "fold",
    folded: frozenset[str] = frozenset(),
    redact: Redact = redact,
    links: Collection[str] = (GIVEN,),
    server: str = "https://github.com",
) -> Interpretation:
    """Turn the one answer to all of ``items`` into effects.

    ``items``: one at least; ``referable``: what it may refer to; ``present``: labels the thread has; ``answered``:
    which reply of ours answers which key; ``review``: what the maintainers want done with an earlier review;
    ``folded``: the comments of which it is known that they are folded; ``redact``: takes the secrets out; ``links``:
    the hosts it may lead to, as the maintainers name them, besides ``server``, the address of this GitHub's pages.
    """
    case = Case(items, referable, tuple(present), answered, review, folded, redact)
    tasks = concerned(items)
    used: set[Field] = {name for task in tasks for name in task.uses}
    checked = {name: check(answer, case) for name, check in CHECKS.items() if name in used}
    comment = redact(answer.comment)
    text, lost = unlinked(outgoing(comment.text), referable)
    text, elsewhere = without_foreign_links(text, allowed(links, server, referable.given_texts))
    grounds = ground(text, ((each.source, each.quotation) for each in answer.evidence), referable, len(lost))
    checked_answer = CheckedAnswer(text, {name: each.value for name, each in checked.items()})
    return Interpretation(
        effects=merged(effect for task in tasks for effect in task.effects(checked_answer, case)),
        fields={name: value for name, value in checked_answer.fields.items() if name != "labels"},
        dropped_labels=tuple(label for each in checked.values() for label in each.dropped),
        notes=(
            *(each.note for each in checked.values() if each.note),
            *_of_unused(answer, used),
            *of_links(elsewhere),
            *_of_secrets(referable.redacted, _sum(comment.kinds, *(each.redacted for each in checked.values()))),
        ),
        proposes=proposed(text, checked_answer.fields.get("duplicate"), referable),
        grounds=replace(grounds, counts=replace(grounds.counts, foreign=len(elsewhere))),
    )


def _of_unused(answer: Answer, used: set[Field]) -> Iterator[str]:
    """Lists that Claude filled for nobody: what is in them is not known to be right, so it counts for nothing."""
    lists: Mapping[Field, Sequence[object]] = {
        "labels": answer.labels,
        "missing": answer.missing,
        "findings": answer.findings or (),
    }
    for name, entries in lists.items():
        if entries and name not in used:
            yield f"Claude filled '{name}' ({len(entries)}), which none of the answered items uses; it was ignored"


def of_links(hosts: Sequence[str]) -> Iterator[str]:
    """What people are told of links that were shown as text. ``hosts``: where each led, ``""`` if that is not known."""
    if hosts:
        known = sorted(set(filter(None, hosts)))
        more = f" and {len(known) - MAX_HOSTS_NAMED} more" if len(known) > MAX_HOSTS_NAMED else ""
        named = f": {', '.join(known[:MAX_HOSTS_NAMED])}{more}" if known else ""
        were = "link was" if len(hosts) == 1 else "links were"
        yield f"{len(hosts)} {were} shown as text, because links.hosts does not allow where they lead{named}"


def _sum(*counts: Mapping[str, int]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _of_secrets(read: Mapping[str, int], written: Mapping[str, int]) -> Iterator[str]:
    if read:
        yield f"the thread contains secrets, which were hidden from Claude: {in_words(read)}. Have them revoked."
    if written:
        yield f"secrets were taken out of the reply: {in_words(written)}"
