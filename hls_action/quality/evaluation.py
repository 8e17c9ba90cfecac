"""`eval`: labelled cases, answered and scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hls_action import bootstrap
from hls_action.config.environment import Config
from hls_action.domain.errors import HLSError, UsageError
from hls_action.domain.evaluation.grounding import invented, verified
from hls_action.domain.evaluation.results import CaseResult, Results
from hls_action.domain.evaluation.scores import Written, scored
from hls_action.domain.tasks.answer import Answer, AnswerRejected
from hls_action.domain.tasks.effects import AddLabels
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.tasks.prompt import Prompt
from hls_action.domain.tasks.table import interpret
from hls_action.line.ask import read_answer
from hls_action.line.preview import Preview
from hls_action.quality.answers import KeptAnswers, PaidAnswer
from hls_action.quality.asking import Purse, ask_all
from hls_action.quality.rehearsal import Rehearsal, rehearse
from hls_action.quality.sets import NOT_GITHUBS, Case, CaseSet

ANSWERS = "answers"
UNSAID = "what, it does not say"


def evaluate(
    config: Config, found: CaseSet, files: Path | None, out: Path, max_usd: Decimal, tell: Callable[[str], None]
) -> Results:
    """Answer every case and score it. ``files``: the project's; ``out``: where answers are kept;
    ``tell``: hears how far it is.

    Errors: `UsageError`. What keeps a single case from being answered is in the results.
    """
    real = bootstrap.has_claude(config)
    purse = Purse(max_usd if real else None)
    with rehearse(config, found.folder, files or found.files) as rehearsal:
        previews = {case.name: _preview(rehearsal, case) for case in found.cases}
        options = {name: each.option for name, each in previews.items() if each.option}
        if not options:
            raise UsageError(
                f"none of the cases would be answered; of the first: {previews[found.cases[0].name].reason}."
            )
        answers = ask_all(options, rehearsal.another, KeptAnswers(out / ANSWERS), purse, tell)
    repository = config.repository
    results = {
        case.name: _result(case, previews[case.name], answer, repository)
        for case in found.cases
        if isinstance(answer := answers.get(case.name), PaidAnswer)
    }
    return Results(
        model=_model(answers, options),
        synthetic=not real,
        cases=results,
        skipped={name: str(each.reason) for name, each in previews.items() if each.option is None},
        unanswered={name: str(each) for name, each in answers.items() if isinstance(each, HLSError)},
        usd=purse.committed if real else Decimal(0),
    )


def _preview(rehearsal: Rehearsal, case: Case) -> Preview:
    """Errors: `UsageError` for a thread that is none."""
    try:
        rehearsal.replace(case.number, case.thread)
        return rehearsal.preview(case.number, case.thread, opening=case.opening)
    except NOT_GITHUBS as error:
        raise UsageError(f"case '{case.name}' is not a thread as a folder holds one: {error!r}.") from error


def _model(answers: Mapping[str, PaidAnswer | HLSError], options: Mapping[str, CallOption]) -> str:
    models = {answer.reply.model for answer in answers.values() if isinstance(answer, PaidAnswer)}
    return ", ".join(sorted(models or {option.model for option in options.values()}))


def _result(case: Case, found: Preview, paid: PaidAnswer, repository: str) -> CaseResult:
    try:
        written, failure = _written(found, read_answer(paid.reply), repository), ""
    except AnswerRejected as error:
        written, failure = Written(offered=_offered(found)), str(error)
    scores, made_up = scored(case.expected, replace(written, usd=float(paid.usd)))
    return CaseResult(case.digest, scores, made_up, failure)


def _written(found: Preview, answer: Answer, repository: str) -> Written:
    """What an answer would do, by the line's own interpretation of it."""
    option = found.option
    assert option is not None  # noqa: S101 - it was asked
    planned = interpret(answer, found.work, option.referable, found.thread.labels)
    added = (effect.names for effect in planned.effects if isinstance(effect, AddLabels))
    duplicate = planned.fields.get("duplicate")
    return Written(
        comment=answer.comment if answer.reply and not answer.sensitive else "",
        labels=tuple(name for names in added for name in names),
        offered=_offered(found),
        duplicate=duplicate if isinstance(duplicate, int) else 0,
        asks=answer.missing or ((UNSAID,) if answer.needs_info else ()),
        quotations=verified(answer, option.referable.sources),
        invented=invented(answer, option.referable, _given(option.prompt), repository),
    )


def _given(prompt: Prompt) -> str:
    """What Claude was given of the project and the thread, without our own text, which names files as examples."""
    return "\n".join(block.text for block in (*prompt.system[1:], *prompt.user))


def _offered(found: Preview) -> tuple[str, ...]:
    """The labels that an answer could add: those that the thread has already are nobody's merit."""
    present = {name.lower() for name in found.thread.labels}
    assert found.option is not None  # noqa: S101 - it was asked
    return tuple(name for name in found.option.referable.labels if name.lower() not in present)
