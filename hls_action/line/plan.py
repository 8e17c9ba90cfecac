"""Plan a call: the prompts, and the most each option can cost. No I/O, no clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hls_action.domain.budget.budget import Call, Caps
from hls_action.domain.budget.prices import token_bound
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.knowledge import conversation
from hls_action.domain.knowledge.code.passages import NO_CODE, SHORT_ROOM, Code
from hls_action.domain.knowledge.guidance import NO_GUIDANCE, Guidance
from hls_action.domain.knowledge.labelling import LabelList
from hls_action.domain.knowledge.reading import total
from hls_action.domain.knowledge.references import Referable, numbers_named, references
from hls_action.domain.knowledge.sources import Shown
from hls_action.domain.limits.pace import Demand
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import precheck, prompt
from hls_action.domain.tasks.option import CallOption, Step
from hls_action.domain.threads import items
from hls_action.domain.threads.facts import NO_FACTS, Facts
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.own_changes import NO_LONGER
from hls_action.domain.threads.thread import Thread
from hls_action.line.gather import Material
from hls_action.line.materials import Materials
from hls_action.records.leases import CallPlan


@dataclass(frozen=True)
class Question:
    """What is asked about: ``unanswered`` in ``thread``, which has its files. ``label_list``: labels that an answer may
    set.

    ``settings``: as they are for the newest of the items; ``guidance``: what the maintainers committed; ``ordered``: a
    maintainer wants the answer, so that nobody is asked whether it deserves one. ``facts``: what is known around the
    thread; ``own``: the logins whose markers are ours; ``code``: what was looked up in the project's.
    """

    thread: Thread
    unanswered: tuple[Item, ...]
    label_list: LabelList
    settings: Settings
    guidance: Guidance = NO_GUIDANCE
    ordered: bool = False
    facts: Facts = NO_FACTS
    own: frozenset[str] = frozenset()
    code: Code = NO_CODE


def plan_call(materials: Materials, material: Material, work: tuple[Item, ...], trigger: Trigger) -> CallPlan:
    """On what terms the items are taken up: how they could be asked about, and what may be spent on that.

    A maintainer who forces an answer wants it whatever the caps say.
    """
    settings = material.settings
    ordered, caps = trigger.retry or trigger.force, Caps() if trigger.force else settings.caps
    newest = settings.for_kind(work[-1].kind)
    question = Question(
        thread=material.thread,
        unanswered=work,
        label_list=material.label_list,
        settings=newest,
        guidance=material.guidance,
        ordered=ordered,
        facts=material.facts,
        own=material.own,
        code=material.code,
    )
    at_cap = settings.at_cap[-1]
    return CallPlan(
        work,
        options(materials, question),
        caps,
        skip_at_cap=at_cap == "skip",
        notice=settings.notice and not materials.dry_run,
        relations=material.facts.relations,
        files=material.files_behind,
    )


def options(materials: Materials, question: Question) -> tuple[CallOption, ...]:
    """How it could be asked: as configured, and then, cheaper, what may be tried at a cap."""
    settings = question.settings
    model, limits = settings.model, conversation.FULL
    found = [_option(materials, question, model, limits)]
    for step in settings.at_cap:
        if step == "cheaper_model":
            model = settings.cheaper_model
        elif step == "shorter_context":
            limits = conversation.SHORT
        else:
            break
        found.append(_option(materials, question, model, limits))
    if settings.precheck_model and not question.ordered and precheck.applies(question.unanswered):
        first = Step("pre-check", _precheck(materials, question), precheck.ends)
        return tuple(replace(option, before=(first,)) for option in found)
    return tuple(found)


def _precheck(materials: Materials, question: Question) -> CallOption:
    thread = question.thread
    read = conversation.build(thread, limits=conversation.SHORT, redact=materials.redact)
    asked = precheck.compose(materials.templates.precheck, read)
    nothing, model = Referable(thread.number), question.settings.precheck_model
    return _priced(materials, question, asked, nothing, precheck.SCHEMA, model, precheck.MAX_TOKENS)


def _option(materials: Materials, question: Question, model: str, limits: conversation.ContextLimits) -> CallOption:
    thread, label_list, guidance = question.thread, question.label_list, question.guidance
    asked = items.newest(question.unanswered)
    requests = items.requests(thread, asked, materials.rules)
    read = conversation.build(thread, requests, limits, materials.redact, question.own, question.facts)
    code = question.code.within(SHORT_ROOM) if limits is conversation.SHORT else question.code
    home = materials.repository.lower()
    referable = Referable(
        thread.number,
        label_list.names,
        numbers_named(read.prose, home),
        given=frozenset(linked.number for linked in question.facts.linked),
        redacted=total([read.redacted, code.redacted]),
        repository=home,
        elsewhere=references(read.prose, home),
        sources=(*read.sources, *guidance.sources, *code.sources),
        shown=(*_shown(thread, read), *code.shown),
    )
    changed = [file.path for file in thread.pull.files] if thread.pull else []
    kinds = {item.kind for item in question.unanswered}
    wanted = [each.text for each in question.settings.instructions if each.applies(kinds, changed)]
    composed = prompt.compose(
        materials.templates, materials.repository, label_list, read, asked, referable, guidance, wanted, code
    )
    return _priced(materials, question, composed, referable, materials.schema, model, question.settings.max_tokens)


def _shown(thread: Thread, read: conversation.Context) -> tuple[Shown, ...]:
    """A pull request's files at its head, with the lines of them that Claude read."""
    if thread.pull is None:
        return ()
    gone = {file.path for file in thread.pull.files if file.status in ("removed", NO_LONGER)}
    lines = {shown.path: shown.new for shown in read.shown}
    head = thread.pull.head_sha
    return tuple(
        Shown(file.path, lines.get(file.path, ()), "" if file.path in gone else head) for file in thread.pull.files
    )


def _priced(
    materials: Materials,
    question: Question,
    asked: prompt.Prompt,
    referable: Referable,
    schema: Mapping[str, object],
    model: str,
    max_tokens: int,
) -> CallOption:
    settings, newest = question.settings, question.unanswered[-1]
    price = settings.prices.get(model) or materials.prices[model]
    geo = settings.inference_geo if price.us_inference else ""
    bound = token_bound(asked.bound + len(json.dumps(schema)))
    return CallOption(
        model=model,
        prompt=asked,
        schema=schema,
        price=price,
        worst=price.worst_case(bound, max_tokens, geo),
        demand=Demand(1, bound, max_tokens),
        call=Call(
            thread=f"{materials.repository}#{question.thread.id}",
            actor=items.requester_of(question.thread, newest),
            kind=newest.kind,
            model=model,
        ),
        max_tokens=max_tokens,
        effort=settings.effort if model == settings.model and price.takes(settings.effort) else "",
        referable=referable,
        geo=geo,
    )
