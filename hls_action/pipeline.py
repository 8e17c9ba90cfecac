"""The line, straight: what is open in this thread, what does Claude say, and what follows from it.

A run is only woken by an event; what it does follows from the thread as it is now. It therefore makes no difference
whether it runs for the event, for a repeat of it, for a later one, or from a sweep.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from string import Template

from hls_action.domain import context, items, prompt, reply
from hls_action.domain.answer import Answer, parse_answer
from hls_action.domain.items import EventPolicy, Item, OpenItems
from hls_action.domain.outcome import Outcome, combine, failed, skipped
from hls_action.domain.policy import Settings
from hls_action.domain.pricing import Price, Usage, token_bound
from hls_action.domain.relevance import GateRules
from hls_action.domain.thread import Comment, Label, Thread, ThreadKind
from hls_action.errors import (
    AnswerInvalid,
    AnswerRejected,
    AnswerTruncated,
    BudgetExceeded,
    HLSError,
    ModelRefused,
    SyntheticAnswerRefused,
    UpstreamError,
    UsageError,
)
from hls_action.ports import ChatModel, Clock, GitHub, ModelReply, ModelRequest
from hls_action.retry import Retrier

MAX_FILES = 300
MAX_CALL_SECONDS = 300.0
TIME_TO_FINISH = 15.0
"""Seconds kept back from Claude for posting the answer."""


@dataclass(frozen=True)
class Wake:
    """Why a run looks at a thread. ``action``: the event's action, ``""`` for a sweep or a re-run by hand."""

    number: int
    kind: ThreadKind | None = None
    event: str = ""
    action: str = ""


@dataclass(frozen=True)
class Materials:
    """What the line is made with, besides the ports: the shipped files, and what the maintainers decided."""

    repository: str
    rules: GateRules
    templates: prompt.Templates
    footer: str
    schema: Mapping[str, object]
    prices: Mapping[str, Price]
    parse_settings: Callable[[str | None], Settings]
    config_path: str
    dry_run: bool = False
    seconds: float = 480.0


@dataclass
class Spent:
    """What one thread's run has cost so far, kept even when it fails later."""

    model: str = ""
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None


class Line:
    """Answers threads of one repository. ``model`` is called for when first needed: it is slow to build."""

    def __init__(self, github: GitHub, model: Callable[[], ChatModel], clock: Clock, materials: Materials) -> None:
        self._github = github
        self._model = model
        self._clock = clock
        self._materials = materials

    def answer(self, wake: Wake) -> Outcome:
        """Answer whatever is open in a thread, in one reply. Expected errors end as a failed outcome."""
        spent = Spent()
        try:
            outcome = self._answer(wake, spent)
        except UsageError:
            raise
        except HLSError as error:
            outcome = failed(error.code, str(error), number=wake.number)
        return replace(outcome, model=spent.model, usage=spent.usage, cost_usd=spent.cost)

    def sweep(self) -> Outcome:
        """Look for threads with something open, oldest first, and answer them within the configured limits."""
        retrier = Retrier(self._clock, self._materials.seconds)
        try:
            settings = self._settings(retrier)
            since = self._clock.now() - timedelta(hours=settings.sweep_hours)
            numbers = retrier.call(lambda: self._github.open_threads(since, settings.sweep_threads))
        except UsageError:
            raise
        except HLSError as error:
            return failed(error.code, str(error))
        outcomes = []
        for number in numbers:
            if retrier.remaining < TIME_TO_FINISH:
                break
            outcomes.append(self.answer(Wake(number)))
        return combine(tuple(outcomes))

    def _answer(self, wake: Wake, spent: Spent) -> Outcome:
        retrier = Retrier(self._clock, self._materials.seconds)
        thread = self._read(wake, retrier)
        owed = self._open(thread, EventPolicy())
        if not owed.items:
            return _nothing_owed(thread, owed)
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="read") as pool:
            files = pool.submit(self._with_files, thread, retrier)
            labels = pool.submit(self._repository_labels, owed.items, retrier)
            settings = self._settings(retrier)
        thread, repository_labels = files.result(), labels.result()
        unwanted = settings.events.refusal(wake.event, wake.action)
        if unwanted:
            return skipped(unwanted, number=thread.number)
        owed = self._open(thread, settings.events)
        if not owed.items:
            return _nothing_owed(thread, owed)
        allowed = reply.settable(settings.label_allow, repository_labels)
        answered = self._ask(thread, owed.items, allowed, settings, retrier, spent)
        return self._publish(thread, owed.items, allowed, answered, retrier)

    # ---- reading ----

    def _read(self, wake: Wake, retrier: Retrier) -> Thread:
        thread = retrier.call(lambda: self._github.thread(wake.number, wake.kind))
        if thread.comment_total == 0:
            return thread
        comments = retrier.call(lambda: self._github.comments(thread.number))
        return replace(thread, comments=comments, comment_total=max(thread.comment_total, len(comments)))

    def _open(self, thread: Thread, events: EventPolicy) -> OpenItems:
        own = frozenset(login for login in items.marker_authors(thread) if self._github.is_own(login))
        return items.open_items(thread, own, self._materials.rules, events)

    def _with_files(self, thread: Thread, retrier: Retrier) -> Thread:
        if thread.pull is None or thread.pull.files:
            return thread
        files = retrier.call(lambda: self._github.files(thread.number, MAX_FILES))
        total = max(thread.pull.file_total, len(files))
        return replace(thread, pull=replace(thread.pull, files=files, file_total=total))

    def _repository_labels(self, owed: tuple[Item, ...], retrier: Retrier) -> tuple[Label, ...]:
        """The repository's labels, where an answer may set them: on an issue that is answered as such.

        Pull requests and follow-ups are labelled only from a configured list, which needs no request.
        """
        if not any(item.kind in ("issue", "label") for item in owed):
            return ()
        return retrier.call(self._github.labels)

    def _settings(self, retrier: Retrier) -> Settings:
        path = self._materials.config_path
        return self._materials.parse_settings(retrier.call(lambda: self._github.file(path)))

    # ---- asking ----

    def _ask(
        self,
        thread: Thread,
        owed: tuple[Item, ...],
        allowed: tuple[Label, ...],
        settings: Settings,
        retrier: Retrier,
        spent: Spent,
    ) -> tuple[Answer, ModelReply]:
        request = ModelRequest(
            model=settings.model,
            prompt=prompt.compose(
                self._materials.templates, self._materials.repository, allowed, context.build(thread), owed
            ),
            schema=self._materials.schema,
            max_tokens=settings.max_tokens,
            timeout=max(1.0, min(MAX_CALL_SECONDS, retrier.remaining - TIME_TO_FINISH)),
            effort=settings.effort,
        )
        price = settings.prices.get(settings.model) or self._materials.prices[settings.model]
        _check_budget(request, price, settings)
        model = self._model()
        spent.model = settings.model
        answered = retrier.call(lambda: model.complete(request))
        spent.model = answered.model or settings.model
        spent.usage = answered.usage
        spent.cost = price.cost(answered.usage)
        return read_answer(answered), answered

    # ---- publishing ----

    def _publish(
        self,
        thread: Thread,
        owed: tuple[Item, ...],
        allowed: tuple[Label, ...],
        answered: tuple[Answer, ModelReply],
        retrier: Retrier,
    ) -> Outcome:
        answer, source = answered
        if source.synthetic and self._github.is_real:
            raise SyntheticAnswerRefused("an offline sample answer is never posted to a real repository")
        footer = Template(self._materials.footer).substitute(model=source.model, mention=self._materials.rules.mention)
        planned = reply.plan(answer, owed, allowed, thread.labels, footer=footer.strip(), synthetic=source.synthetic)
        outcome = Outcome(
            status="done",
            reason=f"answered: {', '.join(item.key for item in owed)}",
            number=thread.number,
            labels=planned.new_labels,
            dropped_labels=planned.dropped_labels,
            items=owed,
            answer=answer,
            body=planned.body,
            synthetic=source.synthetic,
        )
        if self._materials.dry_run:
            return replace(outcome, dry_run=True, reason=f"dry-run: nothing was posted; {outcome.reason}")
        notes = self._add_labels(thread.number, planned.new_labels, retrier)
        comment = self._post_once(thread.number, planned.body, retrier)
        return replace(outcome, comment_url=comment.url, notes=notes, labels=() if notes else planned.new_labels)

    def _add_labels(self, number: int, names: tuple[str, ...], retrier: Retrier) -> tuple[str, ...]:
        """Labels come before the comment, which is what marks an item as answered; a refusal does not hold it up."""
        if not names:
            return ()
        try:
            retrier.call(lambda: self._github.add_labels(number, names))
        except UpstreamError as error:
            return (f"the labels {', '.join(names)} could not be set: {error}",)
        return ()

    def _post_once(self, number: int, body: str, retrier: Retrier) -> Comment:
        """Post ``body``, looking for its marker before any repeat: a failed request may have taken effect."""
        keys = items.marked_keys(body)

        def already_there(error: UpstreamError) -> Comment | None:
            if not error.fault.may_have_taken_effect:
                return None
            found = (c for c in self._github.comments(number) if keys <= items.marked_keys(c.body))
            return next((c for c in found if self._github.is_own(c.author.login)), None)

        try:
            return retrier.call(lambda: self._github.create_comment(number, body), again=already_there)
        except UpstreamError as error:
            settled = already_there(error)
            if settled is None:
                raise
            return settled


def read_answer(answered: ModelReply) -> Answer:
    """The validated answer in a reply. Errors: `AnswerRejected`, when it must not be posted."""
    match answered.stop_reason:
        case "refusal":
            raise ModelRefused(answered.refusal or "Claude declined to answer this thread")
        case "max_tokens":
            raise AnswerTruncated("the answer did not fit in max_tokens; raise `max_tokens` in the configuration")
        case "model_context_window_exceeded":
            raise AnswerTruncated("the conversation and the answer did not fit in the model's context window")
        case "":
            raise AnswerTruncated("the connection ended before the answer did")
        case "end_turn" | "stop_sequence":
            pass
        case other:
            raise AnswerRejected(f"Claude stopped for '{other}' without an answer")
    if not answered.text.strip():
        raise AnswerInvalid("the answer is empty")
    try:
        data = json.loads(answered.text)
    except (ValueError, RecursionError) as error:
        raise AnswerInvalid(f"the answer is not JSON: {error}") from error
    return parse_answer(data)


def _check_budget(request: ModelRequest, price: Price, settings: Settings) -> None:
    """Refuse a call whose worst case is dearer than a cap. Errors: `BudgetExceeded`."""
    size = request.prompt.size_in_bytes + len(json.dumps(request.schema))
    worst = price.worst_case(token_bound(size), request.max_tokens)
    cap = min(cap for cap in (settings.daily_usd, settings.monthly_usd) if cap is not None)
    if worst > cap:
        raise BudgetExceeded(
            f"one call could cost {worst:.4f} USD and the cap is {cap} USD; raise `budget` or choose a cheaper `model`"
        )


def _nothing_owed(thread: Thread, owed: OpenItems) -> Outcome:
    return skipped(owed.reason, number=thread.number, comment_url=owed.answered_by.url if owed.answered_by else "")
