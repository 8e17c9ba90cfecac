"""Plan a call: the prompts, and the most each option can cost. No I/O, no clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from hls_action.domain.budget.budget import Call, Caps
from hls_action.domain.budget.prices import token_bound
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.knowledge import alike, conversation
from hls_action.domain.knowledge.alike import NOTHING_RELATED, Alike, Related
from hls_action.domain.knowledge.code.listing import NOTHING_LISTED
from hls_action.domain.knowledge.code.lookup import NOTHING_FOUND, Found
from hls_action.domain.knowledge.code.passages import NO_CODE, SHORT_ROOM, Code
from hls_action.domain.knowledge.guidance import NO_GUIDANCE, Guidance
from hls_action.domain.knowledge.issue_index import IndexedIssue
from hls_action.domain.knowledge.labelling import LabelList
from hls_action.domain.knowledge.reading import total
from hls_action.domain.knowledge.references import Referable, numbers_named, references
from hls_action.domain.knowledge.sources import Shown
from hls_action.domain.limits.pace import Demand
from hls_action.domain.reasons import NONE
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import look, prompt
from hls_action.domain.tasks.option import CallOption, Step
from hls_action.domain.threads import items
from hls_action.domain.threads.facts import NO_FACTS, Facts
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.own_changes import NO_LONGER
from hls_action.domain.threads.thread import Thread
from hls_action.line.gather import Material
from hls_action.line.materials import Materials
from hls_action.records.plans import CallPlan


@dataclass(frozen=True)
class Question:
    """What is asked about: ``unanswered`` in ``thread``, which has its files. ``label_list``: labels that an answer may
    set.

    ``settings``: as they are for the newest of the items; ``guidance``: what the maintainers committed; ``ordered``: a
    maintainer wants the answer, so that nobody is asked whether it deserves one. ``facts``: what is known around the
    thread; ``own``: the logins whose markers are ours; ``found``: what was looked up in the project's code;
    ``related``: the issues that it is possibly about as well.
    """

    thread: Thread
    unanswered: tuple[Item, ...]
    label_list: LabelList
    settings: Settings
    guidance: Guidance = NO_GUIDANCE
    ordered: bool = False
    facts: Facts = NO_FACTS
    own: frozenset[str] = frozenset()
    found: Found = NOTHING_FOUND
    related: Related = NOTHING_RELATED


def plan_call(materials: Materials, material: Material, work: tuple[Item, ...], trigger: Trigger) -> CallPlan:
    """On what terms the items are taken up: how they could be asked about, and what may be spent on that.

    A maintainer who forces an answer wants it whatever the caps say.
    """
    settings = material.settings
    ordered, caps = trigger.retries, Caps() if trigger.force else settings.caps
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
        found=material.found,
        related=material.related,
    )
    at_cap = settings.at_cap[-1]
    return CallPlan(
        work,
        options(materials, question),
        caps,
        skip_at_cap=at_cap == "skip",
        told=_told(materials, settings, work),
        relations=material.facts.relations,
        ignored=question.thread.pull.ignored if question.thread.pull else (),
        refused=material.related.said,
    )


def _told(materials: Materials, settings: Settings, work: tuple[Item, ...]) -> frozenset[str]:
    """What a cap that puts it off is told of in the thread: what somebody asked."""
    tells = settings.notice and not materials.dry_run
    return frozenset(item.key for item in work if tells and item.is_asked)


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
    return tuple(found)


@dataclass(frozen=True)
class _Evidence:
    """What is shown beside the thread: code, and issues ``alike``. ``nearest``: those and more, best first."""

    code: Code
    alike: Alike
    nearest: tuple[IndexedIssue, ...]


def _option(materials: Materials, question: Question, model: str, limits: conversation.ContextLimits) -> CallOption:
    """The answer's call, with a look before it where one is due."""
    thread, found, nearest = question.thread, question.found, question.related.nearest
    requests = items.requests(thread, items.newest(question.unanswered), materials.rules)
    read = conversation.build(thread, requests, limits, materials.redact, question.own, question.facts)
    answer = partial(_answer, materials, question, model, read)
    if limits is conversation.SHORT:
        shown = alike.describe(nearest, materials.redact, alike.SHORT_ROOM)
        return answer(_Evidence(found.code.within(SHORT_ROOM), shown, nearest))
    evidence = _Evidence(found.code, alike.describe(nearest, materials.redact), nearest)
    if not _look_is_due(question):
        return answer(evidence)
    least = answer(replace(evidence, code=NO_CODE)).prompt.bound + look.CODE_ROOM
    option = answer(evidence, least=least)
    return replace(option, before=(_look(materials, question, option, answer),))


def _look_is_due(question: Question) -> bool:
    """Where there is code to choose from; and wherever there is anything else to decide, if the maintainers want it."""
    others = bool(question.related.nearest) or _doubts(question)
    return question.found.likely is not None or (question.settings.look == "on" and others)


def _doubts(question: Question) -> bool:
    return not question.ordered and look.doubts(question.unanswered)


def _look(
    materials: Materials, question: Question, option: CallOption, answer: Callable[[_Evidence], CallOption]
) -> Step:
    """A look before ``option``, which ``answer`` makes anew for other code and issues."""
    thread, likely, nearest = question.thread, question.found.likely, question.related.nearest[: look.MOST_LISTED]
    listing = likely.listing if likely else NOTHING_LISTED

    def then(text: str) -> CallOption | None:
        choice = look.parse(text)
        lines = look.chosen(listing.lines, choice.symbols, look.MOST_SYMBOLS)
        issues = look.chosen(nearest, choice.issues, look.MOST_ISSUES)
        code = likely.again(choice.words).code(lines) if likely and (lines or choice.words) else None
        if code is None and not issues:
            return None
        order = tuple(dict.fromkeys((*issues, *nearest)))
        evidence = _Evidence(code or question.found.code, alike.describe(order, materials.redact), order)
        return _fitted(answer, evidence, option.demand.input_tokens)

    requests = items.requests(thread, items.newest(question.unanswered), materials.rules)
    read = conversation.build(thread, requests, conversation.SHORT, materials.redact, question.own)
    titles = [issue.title for issue in nearest]
    asked = look.compose(materials.templates.look, read, listing.text, titles, materials.redact)
    nothing, model = Referable(thread.number), question.settings.look_model
    call = _priced(materials, question, asked, nothing, look.SCHEMA, model, look.MAX_TOKENS)
    return Step("look", call, look.ends if _doubts(question) else lambda _: NONE, then, look.ADVICE)


def _fitted(answer: Callable[[_Evidence], CallOption], evidence: _Evidence, most: int) -> CallOption | None:
    """With as much of the code as keeps it within ``most`` tokens, which were put aside before it was known."""
    passages = evidence.code.passages
    parts = (
        replace(evidence, code=replace(evidence.code, passages=passages[:end])) for end in range(len(passages), -1, -1)
    )
    return next((option for option in map(answer, parts) if option.demand.input_tokens <= most), None)


def _answer(
    materials: Materials,
    question: Question,
    model: str,
    read: conversation.Context,
    evidence: _Evidence,
    least: int = 0,
) -> CallOption:
    thread, label_list, guidance = question.thread, question.label_list, question.guidance
    asked, code, shown = items.newest(question.unanswered), evidence.code, evidence.alike
    home = materials.repository.lower()
    changed = [file.path for file in thread.pull.files] if thread.pull else []
    kinds = {item.kind for item in question.unanswered}
    wanted = tuple(each.text for each in question.settings.instructions if each.applies(kinds, changed))
    referable = Referable(
        thread.number,
        label_list.names,
        numbers_named(read.prose, home),
        given=frozenset(linked.number for linked in question.facts.linked) | shown.numbers,
        redacted=total([read.redacted, shown.redacted, code.redacted]),
        repository=home,
        elsewhere=references(read.prose, home),
        sources=(*read.sources, *shown.sources, *guidance.sources, *code.sources),
        shown=(*_shown(thread, read), *code.shown),
        alike=shown.numbers,
        proposed=question.related.proposed,
        refused=question.related.refused,
        wanted=wanted,
    )
    composed = prompt.compose(
        materials.templates,
        materials.repository,
        label_list,
        read,
        asked,
        referable,
        guidance,
        wanted,
        code,
        related=shown.prompt,
        hint=alike.label_hint(evidence.nearest, label_list.names),
    )
    max_tokens = question.settings.max_tokens
    option = _priced(materials, question, composed, referable, materials.schema, model, max_tokens, least)
    return replace(option, read=tuple(dict.fromkeys((*guidance.read, *(shown.path for shown in code.shown)))))


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
    least: int = 0,
) -> CallOption:
    """``least``: bytes of a prompt that may take its place later."""
    settings, newest = question.settings, question.unanswered[-1]
    price = settings.prices.get(model) or materials.prices[model]
    geo = settings.inference_geo if price.us_inference else ""
    bound = token_bound(max(asked.bound, least) + len(json.dumps(schema)))
    return CallOption(
        model=model,
        prompt=asked,
        schema=schema,
        price=price,
        worst=price.worst_case(bound, max_tokens, geo),
        demand=Demand(1, bound, max_tokens),
        call=Call(
            thread=f"{materials.repository}#{question.thread.id}",
            actor=items.requester_of(question.thread, newest).login,
            kind=newest.kind,
            model=model,
        ),
        max_tokens=max_tokens,
        effort=settings.effort if model == settings.model and price.takes(settings.effort) else "",
        referable=referable,
        geo=geo,
    )
