"""From Claude's reply to a draft: checked, cleaned, priced, and ready to be written ahead."""

from __future__ import annotations

from decimal import Decimal
from string import Template

from hls_action.custody import Taken
from hls_action.domain import items, reply, verdicts
from hls_action.domain.ledger import Draft
from hls_action.domain.outcome import Outcome
from hls_action.domain.purse import Costs
from hls_action.errors import SyntheticAnswerRefused
from hls_action.line.ask import read_answer
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.ports import ModelReply


def write(run: Run, view: View, taken: Taken, source: ModelReply, costs: Costs) -> tuple[Draft, Outcome]:
    """The draft, and the outcome once it is posted.

    Errors: `AnswerRejected`; `SyntheticAnswerRefused`, where no model wrote it and people could read it.
    """
    answer = read_answer(source)
    if source.synthetic and run.github.is_real:
        raise SyntheticAnswerRefused("an offline sample answer is never posted to a real repository")
    assert taken.offer is not None  # noqa: S101 - it was asked
    owed = taken.standing.work
    footer = Template(run.materials.footer).substitute(model=source.model, mention=run.materials.rules.mention)
    planned = reply.plan(
        answer,
        owed,
        taken.offer.shown,
        view.thread.labels,
        footer=footer.strip(),
        synthetic=source.synthetic,
        redact=run.materials.redact,
    )
    replaces = items.replied_by(owed, view.seen.marked)
    draft = Draft(planned.body, planned.new_labels, source.model, source.usage, costs.usd or Decimal(0), replaces)
    return draft, verdicts.answered(answer, owed, planned, view.thread.number, synthetic=source.synthetic)
