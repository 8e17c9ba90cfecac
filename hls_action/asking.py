"""One question to Claude: composed, priced at its worst, asked, and what came back checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from hls_action.domain import context, items, precheck, prompt
from hls_action.domain.answer import Answer, parse_answer
from hls_action.domain.items import Item
from hls_action.domain.labelling import Offered
from hls_action.domain.pace import Demand
from hls_action.domain.policy import Settings
from hls_action.domain.precheck import Verdict
from hls_action.domain.pricing import Price, Usage, token_bound
from hls_action.domain.purse import Call
from hls_action.domain.references import Shown, numbers_named
from hls_action.domain.relevance import GateRules
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.thread import Thread
from hls_action.errors import (
    AnswerInvalid,
    AnswerRejected,
    AnswerTruncated,
    CoolingDown,
    DeadlineExceeded,
    ModelRefused,
    UpstreamError,
)
from hls_action.limiter import Pacers, pause_after
from hls_action.ports import ChatModel, Clock, ModelReply, ModelRequest
from hls_action.retry import TIME_TO_RECORD, Retrier

MAX_CALL_SECONDS = 300.0
TIME_TO_ANSWER = 60.0
"""Seconds that a call may well take."""
WORTH_TELLING = 5.0
"""Seconds of a pause that other runs are told of."""


@dataclass(frozen=True)
class Materials:
    """What the line is made with, besides the ports: the shipped files, and what the maintainers decided.

    ``redact``: takes secrets out of a text, the job's own included. ``seconds``: how long a whole run may take.
    """

    repository: str
    rules: GateRules
    templates: prompt.Templates
    footer: str
    schema: Mapping[str, object]
    prices: Mapping[str, Price]
    parse_settings: Callable[[str | None], Settings]
    config_path: str
    redact: Redact = redact
    dry_run: bool = False
    seconds: float = 480.0


@dataclass
class Spent:
    """What one thread's run has cost so far, kept even when it fails later.

    ``in_doubt``: whether the last attempt may have been billed without an answer. ``checked``: what the pre-check cost,
    at its worst where ``check_in_doubt``.
    """

    model: str = ""
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None
    in_doubt: bool = False
    checked: Decimal | None = None
    check_usage: Usage = field(default_factory=Usage)
    check_in_doubt: bool = False

    @property
    def total(self) -> Decimal | None:
        """USD of all calls that are known to have been billed; None when there was none."""
        known = [usd for usd in (self.cost, None if self.check_in_doubt else self.checked) if usd is not None]
        return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True)
class Offer:
    """A call as it could be made. ``worst``: USD it can cost at most, what Claude thinks before it writes included;
    ``demand``: what it can take of the rate limits at most; ``shown``: what its answer may refer to; ``precheck``: the
    call that comes before it, if any.
    """

    model: str
    prompt: prompt.Prompt
    schema: Mapping[str, object]
    price: Price
    worst: Decimal
    demand: Demand
    call: Call
    max_tokens: int
    effort: str
    shown: Shown
    precheck: Offer | None = None

    def request(self, timeout: float) -> ModelRequest:
        """The call itself; ``timeout`` in seconds."""
        return ModelRequest(
            model=self.model,
            prompt=self.prompt,
            schema=self.schema,
            max_tokens=self.max_tokens,
            timeout=timeout,
            effort=self.effort,
        )


class Asker:
    """Asks Claude, one call at a time. ``model`` is called for when first needed."""

    def __init__(self, model: Callable[[], ChatModel], retrier: Retrier, materials: Materials, clock: Clock) -> None:
        self._model = model
        self._retrier = retrier
        self._materials = materials
        self._pacers = Pacers(clock, self._patience)

    def _patience(self) -> float:
        """How long a call may be held back: what is left must do for the call and its record."""
        return self._retrier.remaining - TIME_TO_RECORD - TIME_TO_ANSWER

    def offers(
        self,
        thread: Thread,
        owed: tuple[Item, ...],
        offered: Offered,
        settings: Settings,
        *,
        ordered: bool = False,
    ) -> tuple[Offer, ...]:
        """How ``owed`` could be asked about: as configured, and then, cheaper, what may be tried at a cap. ``offered``:
        labels that an answer may set.

        ``ordered``: a maintainer wants the answer, so that nobody is asked whether it deserves one.
        """
        settings = settings.answering(owed[-1].kind)
        model, limits = settings.model, context.FULL
        found = [self._offer(thread, owed, offered, settings, model, limits)]
        for rung in settings.at_cap:
            if rung == "cheaper_model":
                model = settings.cheaper_model
            elif rung == "shorter_context":
                limits = context.SHORT
            else:
                break
            found.append(self._offer(thread, owed, offered, settings, model, limits))
        if settings.precheck_model and not ordered and precheck.applies(owed):
            first = self._precheck(thread, owed, settings)
            return tuple(replace(offer, precheck=first) for offer in found)
        return tuple(found)

    def _precheck(self, thread: Thread, owed: tuple[Item, ...], settings: Settings) -> Offer:
        model = settings.precheck_model
        asked = precheck.compose(
            self._materials.templates.precheck,
            context.build(thread, limits=context.SHORT, redact=self._materials.redact),
        )
        nothing = Shown(thread.number)
        return self._priced(thread, owed, settings, asked, nothing, precheck.SCHEMA, model, precheck.MAX_TOKENS)

    def _offer(
        self,
        thread: Thread,
        owed: tuple[Item, ...],
        offered: Offered,
        settings: Settings,
        model: str,
        limits: context.Limits,
    ) -> Offer:
        asked = items.newest(owed)
        requests = items.requests(thread, asked, self._materials.rules)
        read = context.build(thread, requests, limits, self._materials.redact)
        repository, schema = self._materials.repository, self._materials.schema
        shown = Shown(thread.number, offered.names, numbers_named(read.prose, repository), redacted=read.redacted)
        composed = prompt.compose(self._materials.templates, repository, offered, read, asked, shown)
        return self._priced(thread, owed, settings, composed, shown, schema, model, settings.max_tokens)

    def _priced(
        self,
        thread: Thread,
        owed: tuple[Item, ...],
        settings: Settings,
        asked: prompt.Prompt,
        shown: Shown,
        schema: Mapping[str, object],
        model: str,
        max_tokens: int,
    ) -> Offer:
        price = settings.prices.get(model) or self._materials.prices[model]
        bound = token_bound(asked.bound + len(json.dumps(schema)))
        return Offer(
            model=model,
            prompt=asked,
            schema=schema,
            price=price,
            worst=price.worst_case(bound, max_tokens),
            demand=Demand(1, bound, max_tokens),
            call=Call(
                thread=f"{self._materials.repository}#{thread.number}",
                actor=items.asked_by(thread, owed[-1]),
                kind=owed[-1].kind,
                model=model,
            ),
            max_tokens=max_tokens,
            effort=settings.effort if model == settings.model else "",
            shown=shown,
        )

    def ask(
        self, offer: Offer, spent: Spent, in_doubt: Callable[[], None], asked_to_wait: Callable[[float], None]
    ) -> ModelReply:
        """Make the call; what it costs is in ``spent``. ``in_doubt`` is called before the next attempt, for an attempt
        that may have been billed without an answer; it may refuse by an error. ``asked_to_wait`` is called with the
        seconds, when Claude refuses a call because of its limits.

        Errors: `UpstreamError`, `CoolingDown`, `DeadlineExceeded`, and whatever the two raise.
        """
        model = self._model()
        doubtful = False

        def attempt() -> ModelReply:
            nonlocal doubtful
            if doubtful:
                doubtful = False
                in_doubt()
            try:
                return self._complete(model, offer, spent)
            except CoolingDown:
                raise
            except UpstreamError as error:
                # An error that came as an answer is not billed; of a call whose answer was lost, nobody knows.
                doubtful = error.fault.kind != "status" and error.fault.may_have_taken_effect
                pause = pause_after(error.fault)
                if pause >= WORTH_TELLING:
                    asked_to_wait(pause)
                raise

        try:
            answered = self._retrier.call(attempt)
        except UpstreamError:
            spent.in_doubt = doubtful
            raise
        spent.model = answered.model or offer.model
        spent.usage = answered.usage
        spent.cost = offer.price.cost(answered.usage)
        return answered

    def check(self, offer: Offer, spent: Spent) -> Verdict:
        """Ask whether what nobody addressed to us deserves an answer; what that costs is in ``spent``, too.

        One attempt: a pre-check that fails decides nothing, and then the answer is asked for.
        """
        try:
            answered = self._complete(self._model(), offer, Spent())
        except UpstreamError as error:
            if error.fault.kind != "status" and error.fault.may_have_taken_effect:
                spent.checked, spent.check_in_doubt = offer.worst, True
            return Verdict()
        spent.checked, spent.check_usage = offer.price.cost(answered.usage), answered.usage
        return precheck.parse(answered.text) if answered.stop_reason == "end_turn" else Verdict()

    def cool(self, model: str, until: datetime) -> None:
        """No call of ``model`` is to start before then: another run was refused."""
        self._pacers.of(model).cool(until)

    def _complete(self, model: ChatModel, offer: Offer, spent: Spent) -> ModelReply:
        with self._pacers.of(offer.model).call(offer.demand) as told:
            if self._retrier.remaining <= TIME_TO_RECORD:
                raise DeadlineExceeded("too late to ask Claude; nothing was sent")
            spent.model = offer.model
            timeout = max(1.0, min(MAX_CALL_SECONDS, self._retrier.remaining - TIME_TO_RECORD))
            try:
                answered = model.complete(offer.request(timeout))
            except UpstreamError as error:
                told.refused = error.fault.rate_limited
                told.limits = replace(error.fault.limits, retry_after=error.fault.retry_after)
                raise
            told.used, told.limits = Demand.of_usage(answered.usage), answered.limits
            return answered


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
