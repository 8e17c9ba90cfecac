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
class Evidence:
    """A passage that the reply rests on. ``source``: its number in the list of sources that Claude was shown."""

    source: int = asked(shape.WHOLE, "The number of the source in the list of sources.")
    quotation: str = asked(shape.TEXT, "A passage of it, word for word: 12 to 300 characters.")


EVIDENCE = shape.list_of(shape.record(Evidence), "objects with source and quotation")


@dataclass(frozen=True)
class Answer:
    """A validated answer, whose fields are the same for every task, in the order in which Claude fills them: what it
    found comes before what it says.

    ``evidence``: not yet held against its sources. ``sensitive``: the thread tells in public of a security hole.
    ``reply``: whether a comment helps anybody; where none does, ``reason`` says why, and the comment may be empty.
    ``labels`` are numbers in the list that Claude was shown, and like ``possible_duplicate_of`` proposals, not yet held
    against what may be set or named. ``findings``: what a review found; None when the answer does not say, which must
    never look like "nothing found", and is still good enough to post.
    """

    evidence: tuple[Evidence, ...] = asked(
        EVIDENCE, "What the reply rests on, found before it is written, the most telling first; at most 8.", absent=()
    )
    sensitive: bool = asked(
        shape.FLAG,
        "True when the thread reports a way to attack this project's users that is not public yet; then the comment is "
        "left empty, unless a maintainer asks something in a comment: it answers that, without details.",
        absent=False,
    )
    reply: bool = asked(
        shape.FLAG, "False when no comment would help anybody here; then the comment is left empty.", absent=True
    )
    reason: str = asked(shape.TEXT, "Why no comment would help, in at most twelve words; else empty.", absent="")
    comment: str = asked(shape.TEXT, "The reply as GitHub Markdown, ready to read.")
    labels: tuple[int, ...] = asked(
        shape.WHOLES, "Numbers from the list of labels that may be set; empty when none clearly fits."
    )
    category: Category = asked(CATEGORY, "What the thread mainly is; for a pull request, 'review'.")
    priority: Priority = asked(
        PRIORITY,
        "'urgent' for data loss, a security hole or a release that is broken for most; 'none' when it cannot be told.",
    )
    needs_info: bool = asked(shape.FLAG, "True when a maintainer lacks something without which no work can start.")
    missing: tuple[str, ...] = asked(
        shape.TEXTS, "What exactly is missing, one short entry each; empty when needs_info is false."
    )
    possible_duplicate_of: int | None = asked(
        shape.or_null(shape.WHOLE, "an issue number"),
        "The number of another issue, named in the conversation, that this repeats, else null.",
    )
    confidence: float = asked(
        shape.SHARE, "The share of such replies that a maintainer would post unchanged, from 0 to 1."
    )
    findings: tuple[str, ...] | None = asked(
        shape.TEXTS,
        "One short sentence for each problem the reply names in the change under review, worst first; empty when "
        "nothing was found or nothing is reviewed.",
        absent=None,
    )


SCHEMA = shape.schema_of(Answer)
"""What every answer is asked for with, to the byte: it is in the prompt cache's key."""


def parse_answer(data: object) -> Answer:
    """Check ``data`` field by field. Errors: `AnswerInvalid` naming the field, what it held and what it must be."""
    wrong = shape.problem(Answer, data, "the answer")
    if wrong:
        raise AnswerInvalid(wrong)
    answer = shape.made(Answer, cast("dict[str, object]", data))
    if is_blank(answer.comment) and answer.reply and not answer.sensitive:
        raise AnswerInvalid("'comment' is empty or renders as nothing; there is nothing to post")
    return answer
