"""From Claude's reply to a draft: checked, cleaned, priced, and ready to be written ahead."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Costs
from hls_action.domain.drafts import rendering
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.fixed_texts import SENSITIVE, security_contact
from hls_action.domain.drafts.small_print import files_behind
from hls_action.domain.errors import HLSError
from hls_action.domain.knowledge.grounding import NOTHING
from hls_action.domain.ledger import claims
from hls_action.domain.outcome import Outcome
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import follow_up, look
from hls_action.domain.tasks.answer import Answer, AnswerInvalid
from hls_action.domain.tasks.effects import PostComment, merged
from hls_action.domain.tasks.prompt import version
from hls_action.domain.tasks.table import interpret
from hls_action.domain.text.blank import is_blank
from hls_action.domain.threads import askers, items
from hls_action.domain.threads.items import Item
from hls_action.line.ask import read_answer
from hls_action.line.mark import plan_marks
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.ports import ModelReply
from hls_action.records.plans import ClaimResult


class SyntheticAnswerRefused(HLSError):
    """An answer that no model wrote was about to be posted to a real repository. It was not."""

    code = "synthetic-answer"


def write(
    run: Run,
    view: View,
    settings: Settings,
    claim: ClaimResult,
    source: ModelReply,
    costs: Costs,
    ignored: tuple[str, ...] = (),
    *,
    ordered: bool = False,
) -> tuple[Draft, Outcome]:
    """The draft, and the outcome once it is posted. ``ignored``: changed files that were not read for it; ``ordered``:
    a maintainer wants an answer in any case.

    Errors: `AnswerRejected`; `SyntheticAnswerRefused`, where no model wrote it and people could read it.
    """
    answer = _without_secrets(run, read_answer(source))
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
        links=settings.link_hosts,
        server=run.materials.server,
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
        written=run.now,
        files=files_behind(claim.option.read, ignored),
        proposes=planned.proposes,
    )
    if verdicts.is_sensitive(answer, unanswered, view.thread):
        draft = _pointing_elsewhere(draft)
        return draft, replace(verdicts.pointed_elsewhere(unanswered, draft, view.thread), body=render(run, draft))
    if is_blank(answer.comment) and verdicts.is_wanted(claim.decision, ordered=ordered):
        raise AnswerInvalid("'comment' is empty, and somebody asked for an answer")
    marks = plan_marks(run, view, settings, planned.fields)
    waits = _waits(run, view, settings, unanswered, draft)
    asking = follow_up.effects(view.thread, draft.keys, waits=waits)
    draft = replace(draft, effects=merged((*planned.effects, *marks.effects, *asking)), marks=marks.marks, waits=waits)
    outcome = verdicts.answered(answer, unanswered, planned, draft, view.thread)
    return draft, replace(outcome, body=render(run, draft), notes=(*outcome.notes, *marks.notes))


def _waits(run: Run, view: View, settings: Settings, unanswered: tuple[Item, ...], draft: Draft) -> bool:
    """Whether HLS hears the author's next comment without a mention: it asks the author something, and hears any."""
    thread, author, rules = view.thread, view.thread.author.login, run.materials.rules
    hears = settings.follow_up and rules.comments != "none" and settings.events.of("issue_comment")
    hears = hears and askers.is_heard_in_comments(thread.author, rules)
    if not hears or all(items.requester_of(thread, item).login != author for item in unanswered):
        return False
    return follow_up.may_ask(thread, view.situation.replies_by_key, draft.fields, draft.comment.replaces)


def _without_secrets(run: Run, answer: Answer) -> Answer:
    """The same, of which the reason for no reply, and what is missing, may be shown as they are."""
    redact = run.materials.redact
    said, missing = redact(answer.reason).text, tuple(redact(each).text for each in answer.missing)
    return replace(answer, reason=" ".join(said.split())[: look.MAX_REASON], missing=missing)


def _pointing_elsewhere(draft: Draft) -> Draft:
    """The same with a text of HLS's own: nothing that Claude wrote about a security hole is stored or posted."""
    comment = PostComment("", draft.comment.replaces, SENSITIVE)
    return replace(draft, effects=(comment,), fields={}, grounds=NOTHING, proposes=())


def render(run: Run, draft: Draft) -> str:
    """The comment of a draft, whoever wrote that."""
    materials = run.materials
    return rendering.render(
        draft,
        footer=materials.footer,
        mention=materials.rules.mention,
        site=materials.site,
        contact=_contact(run, draft),
    )


def _contact(run: Run, draft: Draft) -> str:
    """Where to report a security hole, for the text that names it. Where nobody can say, the repository's own form."""
    if draft.comment.fixed != SENSITIVE:
        return ""
    try:
        configured = run.settings().security_contact
    except HLSError:
        configured = ""
    return security_contact(configured, run.materials.site)
