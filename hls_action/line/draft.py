"""From Claude's reply to a draft: checked, cleaned, priced, and ready to be written ahead."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Costs
from hls_action.domain.drafts import rendering
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.ledger import claims
from hls_action.domain.outcome import Outcome
from hls_action.domain.settings import Settings
from hls_action.domain.tasks.prompt import version
from hls_action.domain.tasks.table import interpret
from hls_action.line.ask import read_answer
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.ports import ModelReply
from hls_action.records.leases import ClaimResult


class SyntheticAnswerRefused(HLSError):
    """An answer that no model wrote was about to be posted to a real repository. It was not."""

    code = "synthetic-answer"


def write(
    run: Run, view: View, settings: Settings, claim: ClaimResult, source: ModelReply, costs: Costs
) -> tuple[Draft, Outcome]:
    """The draft, and the outcome once it is posted.

    Errors: `AnswerRejected`; `SyntheticAnswerRefused`, where no model wrote it and people could read it.
    """
    answer = read_answer(source)
    if source.synthetic and run.github.is_real:
        raise SyntheticAnswerRefused("an offline sample answer is never posted to a real repository")
    assert claim.option is not None  # noqa: S101 - it was asked
    unanswered, situation = claim.decision.to_answer, view.situation
    planned = interpret(
        answer,
        unanswered,
        claim.option.referable,
        view.thread.labels,
        answered=situation.replies_by_key,
        review=settings.review,
        folded=claims.folded(view.records),
        redact=run.materials.redact,
    )
    draft = Draft(
        keys=tuple(item.key for item in unanswered),
        effects=planned.effects,
        fields={name: list(value) if isinstance(value, tuple) else value for name, value in planned.fields.items()},
        model=source.model,
        usage=source.usage,
        cost_usd=costs.usd or Decimal(0),
        synthetic=source.synthetic,
        grounds=planned.grounds,
        prompt=version(run.materials.templates, run.materials.schema),
    )
    return draft, replace(verdicts.answered(answer, unanswered, planned, draft, view.thread), body=render(run, draft))


def render(run: Run, draft: Draft) -> str:
    """The comment of a draft, whoever wrote that."""
    materials = run.materials
    return rendering.render(draft, footer=materials.footer, mention=materials.rules.mention, site=materials.site)
