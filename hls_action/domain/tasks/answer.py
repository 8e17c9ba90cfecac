"""What Claude returns, checked again here: the schema is a promise of the service's, and this is the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from hls_action.domain.errors import HLSError
from hls_action.domain.tasks import shape
from hls_action.domain.tasks.shape import asked
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

CATEGORY: shape.Kind[Category] = shape.one_of(get_args(Category))
PRIORITY: shape.Kind[Priority] = shape.one_of(get_args(Priority))


@dataclass(frozen=True)
class Answer:
    """A validated answer, whose fields are the same for every task.

    ``labels`` are numbers in the list that Claude was shown, and like ``possible_duplicate_of`` proposals, not yet held
    against what may be set or named. ``findings``: what a review found; None when the answer does not say, which must
    never look like "nothing found", and is still good enough to post.
    """

    comment: str = asked(shape.TEXT, "The reply as GitHub Markdown, ready to read.")
    labels: tuple[int, ...] = asked(
        shape.WHOLES, "Numbers from the list of labels that may be set; empty when none clearly fits."
    )
    category: Category = asked(CATEGORY)
    priority: Priority = asked(PRIORITY)
    needs_info: bool = asked(shape.FLAG, "True when a maintainer could not act on this yet.")
    missing: tuple[str, ...] = asked(
        shape.TEXTS, "What exactly is missing, one short entry each; empty when needs_info is false."
    )
    possible_duplicate_of: int | None = asked(
        shape.or_null(shape.WHOLE, "an issue number"),
        "The number of another issue, named in the conversation, that this repeats, else null.",
    )
    confidence: float = asked(shape.SHARE, "0 to 1: how sure you are that this reply is right and helps.")
    findings: tuple[str, ...] | None = asked(
        shape.TEXTS,
        "One short sentence for each problem the reply names in the change under review, worst first; empty when "
        "nothing was found or nothing is reviewed.",
        may_lack=True,
    )


SCHEMA = shape.schema_of(Answer)
"""What every answer is asked for with, to the byte: it is in the prompt cache's key."""


def parse_answer(data: object) -> Answer:
    """Check ``data`` field by field. Errors: `AnswerInvalid` naming the field, what it held and what it must be."""
    wrong = shape.problem(Answer, data, "the answer")
    if wrong:
        raise AnswerInvalid(wrong)
    answer = shape.made(Answer, cast("dict[str, object]", data))
    if is_blank(answer.comment):
        raise AnswerInvalid("'comment' is empty or renders as nothing; there is nothing to post")
    return answer
