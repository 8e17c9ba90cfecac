"""What a task is, and what one is decided by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hls_action.domain.knowledge.references import Referable
from hls_action.domain.tasks import effects
from hls_action.domain.tasks.effects import AddLabels, Effect
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item, ItemKind
from hls_action.domain.threads.thread import Comment

EarlierReview = Literal["fold", "replace", "new"]


EARLIER_REVIEWS: tuple[EarlierReview, ...] = ("fold", "replace", "new")
"""What becomes of an earlier review of ours when a pull request is reviewed anew: it is folded as outdated, the new one
takes its place, or it stays as it is.
"""

Field = Literal["labels", "category", "priority", "needs_info", "missing", "duplicate", "confidence", "findings"]
Value = str | int | float | bool | tuple[str, ...] | None
Fields = Mapping[Field, Value]
"""What an answer holds besides its comment, checked. A field that no task concerned uses is not in it."""

OF_ANY_THREAD: frozenset[Field] = frozenset(
    {"labels", "category", "priority", "needs_info", "missing", "duplicate", "confidence"}
)
"""Fields that mean the same whatever is answered: they are about the thread as a whole."""


@dataclass(frozen=True)
class Case:
    """What an answer is held against, and what its effects depend on.

    ``items``: what is answered; ``referable``: what the answer may refer to; ``present``: labels the thread has;
    ``answered``: which reply of ours answers which key, of this thread; ``review``: what becomes of an earlier review;
    ``folded``: comments that are known to be folded, by their node ids; ``redact``: takes secrets out of a text.
    """

    items: tuple[Item, ...]
    referable: Referable
    present: tuple[str, ...] = ()
    answered: Mapping[str, Comment] = field(default_factory=dict)
    review: EarlierReview = "fold"
    folded: frozenset[str] = frozenset()
    redact: Redact = redact

    @property
    def replaces(self) -> int | None:
        """The reply of ours to these very items, whose place a new one takes."""
        return items.latest_reply_to(self.items, self.answered)

    @property
    def reviews(self) -> tuple[Comment, ...]:
        """Our earlier replies that review this pull request, at whatever commit, and do nothing else; oldest first."""
        return reviews(self.answered)


def reviews(answered: Mapping[str, Comment]) -> tuple[Comment, ...]:
    """The replies that review a pull request and answer nothing else, whoever answers that, too; oldest first."""
    named = {reply.id: set(items.marked_keys(reply.body)) for reply in answered.values()}
    for key, reply in answered.items():
        named[reply.id].add(key)
    found = {
        reply.id: reply
        for reply in answered.values()
        if all(key.startswith(items.REVIEW_PREFIX) for key in named[reply.id])
    }
    return tuple(found[number] for number in sorted(found))


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer, cleaned and checked. ``text``: its comment as GitHub may show it."""

    text: str
    fields: Fields

    def texts(self, name: Field) -> tuple[str, ...]:
        """The entries of a field that is a list; none when the answer does not say, or no task uses the field."""
        value = self.fields.get(name)
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True)
class Task:
    """One kind of work. ``kinds``: of items, which it answers; ``uses``: fields of an answer that mean something here.

    ``describe``: an item in the words of the request, given the commit at which an earlier review of ours ended, if the
    diff begins there. ``effects``: what is done to the thread, one `effects.PostComment` with the text among it.
    """

    name: str
    kinds: tuple[ItemKind, ...]
    describe: Callable[[Item, str], str]
    uses: frozenset[Field]
    effects: Callable[[CheckedAnswer, Case], tuple[Effect, ...]]

    @property
    def prompt(self) -> str:
        """The data file that says what a good reply does."""
        return f"prompts/tasks/{self.name}.md"


def labels_and_comment(checked_answer: CheckedAnswer, case: Case) -> tuple[Effect, ...]:
    """The labels that the thread lacks, if any, and the comment."""
    has = {name.lower() for name in case.present}
    lacking = tuple(name for name in checked_answer.texts("labels") if name.lower() not in has)
    labels = (AddLabels(lacking),) if lacking else ()
    return (*labels, effects.PostComment(checked_answer.text, case.replaces))
