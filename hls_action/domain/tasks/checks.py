"""How each field of an answer is held against what Claude was shown: the same for every task, as the schema is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hls_action.domain.knowledge.references import duplicate
from hls_action.domain.tasks.answer import Answer
from hls_action.domain.tasks.task import Case, Field, Value

MAX_LABELS_SET = 5


@dataclass(frozen=True)
class CheckedField:
    """A field as it counts.

    ``dropped``: labels that were proposed and may not be set, ``number 99`` where there is none of that number;
    ``note``: what else was left out, and why; ``redacted``: how many secrets of each kind were.
    """

    value: Value
    dropped: tuple[str, ...] = ()
    note: str = ""
    redacted: Mapping[str, int] = field(default_factory=dict)


def _labels(answer: Answer, case: Case) -> CheckedField:
    by_number = dict(enumerate(case.referable.labels, 1))
    proposed = dict.fromkeys(answer.labels)  # each once
    known = tuple(by_number[number] for number in proposed if number in by_number)
    unknown = tuple(f"number {number}" for number in proposed if number not in by_number)
    return CheckedField(known[:MAX_LABELS_SET], dropped=(*known[MAX_LABELS_SET:], *unknown))


def _duplicate(answer: Answer, case: Case) -> CheckedField:
    number, note = duplicate(answer.possible_duplicate_of, case.referable)
    return CheckedField(number, note=note)


def _missing(answer: Answer, case: Case) -> CheckedField:
    return _redacted(answer.missing, case)


def _findings(answer: Answer, case: Case) -> CheckedField:
    """None when the answer does not say, which is not the same as none found."""
    return CheckedField(None) if answer.findings is None else _redacted(answer.findings, case)


def _redacted(texts: tuple[str, ...], case: Case) -> CheckedField:
    read = [case.redact(text) for text in texts]
    kinds: Counter[str] = Counter()
    for each in read:
        kinds.update(each.kinds)
    return CheckedField(tuple(each.text for each in read), redacted=kinds)


CHECKS: Mapping[Field, Callable[[Answer, Case], CheckedField]] = {
    "labels": _labels,
    "category": lambda answer, _: CheckedField(answer.category),
    "priority": lambda answer, _: CheckedField(answer.priority),
    "needs_info": lambda answer, _: CheckedField(answer.needs_info),
    "missing": _missing,
    "duplicate": _duplicate,
    "confidence": lambda answer, _: CheckedField(answer.confidence),
    "findings": _findings,
}
