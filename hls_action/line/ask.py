"""One call to Claude, within the rate limits; returns the checked reply and what it cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from hls_action.domain.budget.budget import Bill, Costs
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import CoolingDown, CutOff, UpstreamError
from hls_action.domain.limits.pace import Demand
from hls_action.domain.tasks import precheck
from hls_action.domain.tasks.answer import (
    Answer,
    AnswerInvalid,
    AnswerRejected,
    AnswerTruncated,
    ModelRefused,
    parse_answer,
)
from hls_action.domain.tasks.offer import Offer
from hls_action.domain.tasks.precheck import Verdict
from hls_action.line.run import Run
from hls_action.ports import ChatModel, ModelReply, ModelRequest
from hls_action.records.leases import cooling_name
from hls_action.resilience.limiter import pause_after
from hls_action.resilience.retry import TIME_TO_RECORD

MAX_CALL_SECONDS = 300.0
WORTH_TELLING = 5.0
"""A requested pause of at least this many seconds is shared with other runs."""


@dataclass(frozen=True)
class Asked:
    """What came of a call: a ``reply``, or the ``error`` in its place, and in any case what it cost."""

    costs: Costs
    reply: ModelReply | None = None
    error: HLSError | None = None

    def answered(self) -> ModelReply:
        """The reply. Errors: the one in its place."""
        if self.reply is None:
            assert self.error is not None  # noqa: S101 - one of the two is there
            raise self.error
        return self.reply


@dataclass(frozen=True)
class Checked:
    """What the pre-check found, and what it cost. ``error``: the run's time was over by then."""

    costs: Costs
    verdict: Verdict
    error: HLSError | None = None

    def found(self) -> Verdict:
        """The verdict. Errors: the one in its place."""
        if self.error is not None:
            raise self.error
        return self.verdict


def ask(
    run: Run,
    offer: Offer,
    reservation: str,
    in_doubt: Callable[[Bill], str],
    asked_to_wait: Callable[[float], None],
) -> Asked:
    """Make the call that money was put aside for as ``reservation``.

    ``in_doubt`` is called before the next attempt with the bill of one that may have been charged without an answer; it
    returns what money for the next was put aside as, or refuses by an error. ``asked_to_wait`` is called with the
    seconds, when Claude refuses a call because of its limits. Never raises an expected error.
    """
    heed_others(run, offer.model)
    model = run.model()
    held, doubtful, asked = reservation, False, ""

    def attempt() -> ModelReply:
        nonlocal held, doubtful, asked
        if doubtful:
            held = in_doubt(Bill(held, offer.worst, known=False))
            doubtful = False
        try:
            return _complete(run, model, offer)
        except CoolingDown:
            raise
        except (UpstreamError, CutOff) as error:
            doubtful, asked = _may_be_billed(error), offer.model
            pause = 0.0 if isinstance(error, CutOff) else pause_after(error.fault)
            if pause >= WORTH_TELLING:
                asked_to_wait(pause)
            raise

    try:
        reply = run.retrier.call(attempt)
    except HLSError as error:
        bill = Bill(held, offer.worst, known=False) if doubtful else Bill(held)
        return Asked(Costs((bill,), asked), error=error)
    bill = Bill(held, offer.cost(reply.usage, reply.inference_geo), reply.usage)
    return Asked(Costs((bill,), reply.model or offer.model), reply)


def check(run: Run, offer: Offer, reservation: str) -> Checked:
    """Ask whether what nobody addressed to us deserves an answer.

    One attempt: a pre-check that fails decides nothing, and then the answer is asked for.
    """
    try:
        reply = _complete(run, run.model(), offer)
    except (UpstreamError, CutOff) as error:
        bills = (Bill(reservation, offer.worst, known=False),) if _may_be_billed(error) else ()
        return Checked(Costs(bills), Verdict(), error if isinstance(error, CutOff) else None)
    bill = Bill(reservation, offer.cost(reply.usage, reply.inference_geo), reply.usage)
    verdict = precheck.parse(reply.text) if reply.stop_reason == "end_turn" else Verdict()
    return Checked(Costs((bill,), offer.model), verdict)


def heed_others(run: Run, model: str) -> None:
    """No call of ``model`` starts before the time that another run was told to wait for."""
    until = run.ledger().cool_downs.until.get(cooling_name(model))
    if until is not None:
        run.pacers.of(model).cool(until)


def _may_be_billed(error: UpstreamError | CutOff) -> bool:
    """An error that came as an answer is not billed; of a call whose answer was lost or cut off, nobody knows."""
    if isinstance(error, CutOff | CoolingDown):
        return isinstance(error, CutOff)
    return error.fault.kind != "status" and error.fault.may_have_taken_effect


def _complete(run: Run, model: ChatModel, offer: Offer) -> ModelReply:
    with run.pacers.of(offer.model).call(offer.demand) as told:
        if run.remaining <= TIME_TO_RECORD:
            raise DeadlineExceeded("no time left to ask Claude; nothing was sent")
        timeout = max(1.0, min(MAX_CALL_SECONDS, run.remaining - TIME_TO_RECORD))
        try:
            reply = model.complete(_request(offer, timeout))
        except UpstreamError as error:
            told.refused = error.fault.rate_limited
            told.limits = replace(error.fault.limits, retry_after=error.fault.retry_after)
            raise
        except DeadlineExceeded as error:
            raise CutOff(str(error)) from error
        told.used, told.limits = Demand.of_usage(reply.usage), reply.limits
        return reply


def _request(offer: Offer, timeout: float) -> ModelRequest:
    """The call itself; ``timeout`` in seconds."""
    return ModelRequest(
        model=offer.model,
        prompt=offer.prompt,
        schema=offer.schema,
        max_tokens=offer.max_tokens,
        timeout=timeout,
        effort=offer.effort,
        inference_geo=offer.geo,
    )


def read_answer(answered: ModelReply) -> Answer:
    """The validated answer in a reply. Errors: `AnswerRejected`, when it must not be posted."""
    match answered.stop_reason:
        case "refusal":
            raise ModelRefused("Claude declined to answer this thread", cause=answered.refusal)
        case "max_tokens":
            raise AnswerTruncated("the answer did not fit in max_tokens; raise `max_tokens` in the configuration")
        case "model_context_window_exceeded":
            raise AnswerTruncated("the conversation and the answer exceeded the model's context window")
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
