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
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.answer import Answer, AnswerRejected
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.tasks.prompt import Prompt
from hls_action.line.ask import read_answer
from hls_action.line.preview import Foreseen, Planned, foresee
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
        looks = {case.name: _preview(rehearsal, case) for case in found.cases}
        planned = {name: look for name, look in looks.items() if not isinstance(look, Reason)}
        skipped = {name: str(look) for name, look in looks.items() if isinstance(look, Reason)}
        if not planned:
            raise UsageError(f"none of the cases would be answered; of the first: {skipped[found.cases[0].name]}.")
        options = {name: each.option for name, each in planned.items()}
        answers = ask_all(options, rehearsal.another, KeptAnswers(out / ANSWERS), purse, tell)
        results = {
            case.name: _result(rehearsal, case, planned[case.name], answer)
            for case in found.cases
            if isinstance(answer := answers.get(case.name), PaidAnswer)
        }
    return Results(
        model=_model(answers, options),
        synthetic=not real,
        cases=results,
        skipped=skipped,
        unanswered={name: str(each) for name, each in answers.items() if isinstance(each, HLSError)},
        usd=purse.committed if real else Decimal(0),
    )


def _preview(rehearsal: Rehearsal, case: Case) -> Planned | Reason:
    """Errors: `UsageError` for a thread that is none."""
    try:
        rehearsal.put(case.number, case.thread)
        return rehearsal.preview(case.number, case.thread, opening=case.opening)
    except NOT_GITHUBS as error:
        raise UsageError(f"case '{case.name}' is not a thread as a folder holds one: {error!r}.") from error


def _model(answers: Mapping[str, PaidAnswer | HLSError], options: Mapping[str, CallOption]) -> str:
    models = {answer.reply.model for answer in answers.values() if isinstance(answer, PaidAnswer)}
    return ", ".join(sorted(models or {option.model for option in options.values()}))


def _result(rehearsal: Rehearsal, case: Case, planned: Planned, paid: PaidAnswer) -> CaseResult:
    planned = replace(planned, option=paid.option or planned.option)
    rehearsal.put(case.number, case.thread)  # it is looked at once more, and another case may have its number
    try:
        answer = read_answer(paid.reply)
        written, failure = _written(planned, answer, foresee(rehearsal.another(), planned, paid.reply)), ""
    except AnswerRejected as error:
        written, failure = Written(offered=_offered(planned)), str(error)
    scores, made_up = scored(case.expected, replace(written, usd=float(paid.usd)))
    return CaseResult(case.digest, scores, made_up, failure)


def _written(planned: Planned, answer: Answer, foreseen: Foreseen) -> Written:
    """What the line would do with an answer, and what of the answer is made up, whether it would be posted or not."""
    draft, option = foreseen.draft, planned.option
    duplicate = draft.fields.get("duplicate")
    return Written(
        comment="" if foreseen.withheld else draft.comment.text,
        labels=draft.labels,
        offered=_offered(planned),
        duplicate=duplicate if isinstance(duplicate, int) else 0,
        asks=answer.missing or ((UNSAID,) if answer.needs_info else ()),
        quotations=verified(answer, option.referable.sources),
        invented=invented(answer, option.referable, _given(option.prompt)),
    )


def _given(prompt: Prompt) -> str:
    """What Claude was given of the project and the thread, without our own text, which names files as examples."""
    return "\n".join(block.text for block in (*prompt.system[1:], *prompt.user))


def _offered(planned: Planned) -> tuple[str, ...]:
    """The labels that an answer could add: those that the thread has already are nobody's merit."""
    present = {name.lower() for name in planned.view.thread.labels}
    settable = (*planned.option.referable.labels, *sorted(planned.settings.triage.all_labels))
    return tuple(name for name in settable if name.lower() not in present)
