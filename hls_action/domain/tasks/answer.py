"""What Claude returns, checked again here: the schema is a promise of the service's, and this is the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeGuard, cast, get_args

from hls_action.domain.errors import HLSError
from hls_action.domain.text.blank import is_blank


class AnswerRejected(HLSError):
    """Claude answered, and was paid, but what came back must not be posted."""

    code = "answer-rejected"


class ModelRefused(AnswerRejected):
    """Claude declined to answer."""

    code = "model-refused"


class AnswerTruncated(AnswerRejected):
    """The answer was cut off, by ``max_tokens``, the context window or a broken connection."""

    code = "answer-truncated"


class AnswerInvalid(AnswerRejected):
    """The answer is not what the schema asks for. The message names the field."""

    code = "answer-invalid"


Category = Literal["bug", "feature", "question", "documentation", "support", "review", "other"]
Priority = Literal["urgent", "high", "medium", "low", "none"]

FIELDS = (
    "comment",
    "labels",
    "category",
    "priority",
    "needs_info",
    "missing",
    "possible_duplicate_of",
    "confidence",
    "findings",
)
"""The fields of an answer, all of which are asked for (``data/answer.schema.json``)."""

MAY_LACK = frozenset({"findings"})
"""Fields whose absence is no error. Who goes by the findings of a review takes an empty list for "nothing found". An
answer that does not say must never look like one: it is known as such instead, and is still good enough to post.
"""


@dataclass(frozen=True)
class Answer:
    """A validated answer. ``confidence`` lies in 0..1.

    ``labels`` are numbers in the list that Claude was shown, and like ``possible_duplicate_of`` proposals, not yet held
    against what may be set or named. ``findings``: what a review found, None when the answer does not say.
    """

    comment: str
    labels: tuple[int, ...]
    category: Category
    priority: Priority
    needs_info: bool
    missing: tuple[str, ...]
    possible_duplicate_of: int | None
    confidence: float
    findings: tuple[str, ...] | None


def parse_answer(data: object) -> Answer:
    """Check ``data`` field by field. Errors: `AnswerInvalid` naming the field, what it held and what it must be."""
    if not isinstance(data, dict):
        raise AnswerInvalid(f"the answer is a {type(data).__name__}, not an object")
    absent = [name for name in FIELDS if name not in data and name not in MAY_LACK]
    if absent:
        raise AnswerInvalid(f"the answer lacks {', '.join(absent)}")
    unknown = sorted(str(key) for key in data if key not in FIELDS)
    if unknown:
        raise AnswerInvalid(f"the answer has unknown fields: {', '.join(unknown)[:100]}")
    comment = data["comment"]
    if not isinstance(comment, str):
        raise AnswerInvalid(f"'comment' is {_shown(comment)}, not a string")
    if is_blank(comment):
        raise AnswerInvalid("'comment' is empty or renders as nothing; there is nothing to post")
    needs_info = data["needs_info"]
    if not isinstance(needs_info, bool):
        raise AnswerInvalid(f"'needs_info' is {_shown(needs_info)}, not true or false")
    return Answer(
        comment=comment,
        labels=_numbers(data, "labels"),
        category=cast(Category, _one_of(data, "category", get_args(Category))),
        priority=cast(Priority, _one_of(data, "priority", get_args(Priority))),
        needs_info=needs_info,
        missing=_texts(data, "missing"),
        possible_duplicate_of=_number_or_none(data, "possible_duplicate_of"),
        confidence=_share(data, "confidence"),
        findings=_texts(data, "findings") if "findings" in data else None,
    )


def _texts(data: dict[str, object], name: str) -> tuple[str, ...]:
    value = data[name]
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise AnswerInvalid(f"'{name}' is {_shown(value)}, not a list of strings")
    return tuple(entry.strip() for entry in value if entry.strip())


def _numbers(data: dict[str, object], name: str) -> tuple[int, ...]:
    value = data[name]
    if not isinstance(value, list) or not all(_is_whole(entry) for entry in value):
        raise AnswerInvalid(f"'{name}' is {_shown(value)}, not a list of whole numbers")
    return tuple(value)


def _one_of(data: dict[str, object], name: str, allowed: tuple[str, ...]) -> str:
    value = data[name]
    if not isinstance(value, str) or value not in allowed:
        raise AnswerInvalid(f"'{name}' is {_shown(value)}, not one of {', '.join(allowed)}")
    return value


def _number_or_none(data: dict[str, object], name: str) -> int | None:
    value = data[name]
    if value is None:
        return None
    if not _is_whole(value):
        raise AnswerInvalid(f"'{name}' is {_shown(value)}, not an issue number or null")
    return value


def _is_whole(value: object) -> TypeGuard[int]:
    """Truth values are numbers to Python, and not to JSON."""
    return isinstance(value, int) and not isinstance(value, bool)


def _share(data: dict[str, object], name: str) -> float:
    value = data[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise AnswerInvalid(f"'{name}' is {_shown(value)}, not a number from 0 to 1")
    return float(value)


def _shown(value: object) -> str:
    return repr(value)[:60]
