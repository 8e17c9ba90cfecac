"""One call to Claude, within the rate limits; returns the checked reply and what it cost."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hls_action.domain.budget.budget import Charge, Costs
from hls_action.domain.errors import DeadlineExceeded, HLSError, as_bug
from hls_action.domain.faults.errors import CoolingDown, CutOff, UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.limits.pace import Demand
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.answer import (
    Answer,
    AnswerInvalid,
    AnswerRejected,
    AnswerTruncated,
    ModelRefused,
    parse_answer,
)
from hls_action.domain.tasks.option import CallOption, Step
from hls_action.line.run import TIME_TO_ANSWER, Run
from hls_action.ports import ChatModel, ModelReply, ModelRequest
from hls_action.records.leases import cool_down_name
from hls_action.resilience.limiter import pause_after
from hls_action.resilience.retry import TIME_TO_RECORD

MAX_CALL_SECONDS = 300.0
STEP_SECONDS = 30.0
"""A call before the answer is not worth waiting longer for, nor for its turn."""
FAILED = "the {} before the answer failed: {}"
SHARED_PAUSE_SECONDS = 5.0
"""A requested pause of at least this many seconds is shared with other runs."""


@dataclass(frozen=True)
class CallResult:
    """What came of a call: a ``reply``, or the ``error`` in its place, and in any case what it cost."""

    costs: Costs
    reply: ModelReply | None = None
    error: HLSError | None = None

    def reply_or_raise(self) -> ModelReply:
        """The reply. Errors: the one in its place."""
        if self.reply is None:
            assert self.error is not None  # noqa: S101 - one of the two is there
            raise self.error
        return self.reply


@dataclass(frozen=True)
class StepResult:
    """What came of a step before the answer, and what it cost. ``ends``: why there is to be no answer, or `NONE`;
    ``option``: the answer's call in its place, if it changes; ``reply``: what Claude said, if anything; ``error``: the
    run's time was over by then; ``note``: what keeps such calls from working, for people.
    """

    costs: Costs
    ends: Reason = NONE
    option: CallOption | None = None
    reply: ModelReply | None = None
    error: HLSError | None = None
    note: str = ""

    def ends_or_raise(self) -> Reason:
        """Why the chain ends here, or `NONE`. Errors: the one in its place."""
        if self.error is not None:
            raise self.error
        return self.ends


def ask(
    run: Run,
    option: CallOption,
    reservation: str,
    on_uncertain_charge: Callable[[Charge], str],
    on_rate_limit: Callable[[float], None],
) -> CallResult:
    """Make the call that money was put aside for as ``reservation``.

    ``on_uncertain_charge`` is called before the next attempt with the bill of one that may have been charged without an
    answer; it returns what money for the next was put aside as, or refuses by an error. ``on_rate_limit`` is called
    with the seconds, when Claude refuses a call because of its limits. Never raises an expected error.
    """
    adopt_cool_down(run, option.model)
    model = run.model()
    held, uncertain, asked = reservation, False, ""

    def attempt() -> ModelReply:
        nonlocal held, uncertain, asked
        if uncertain:
            held = on_uncertain_charge(Charge(held, option.worst, known=False))
            uncertain = False
        try:
            return _complete(run, model, option)
        except CoolingDown:
            raise
        except (UpstreamError, CutOff) as error:
            uncertain, asked = _may_be_billed(error), option.model
            pause = 0.0 if isinstance(error, CutOff) else pause_after(error.fault)
            if pause >= SHARED_PAUSE_SECONDS:
                on_rate_limit(pause)
            raise

    try:
        reply = run.retrier.call(attempt)
    except HLSError as error:
        charge = Charge(held, option.worst, known=False) if uncertain else Charge(held)
        return CallResult(Costs((charge,), asked), error=error)
    charge = Charge(held, option.cost(reply.usage, reply.inference_geo), reply.usage)
    return CallResult(Costs((charge,), reply.model or option.model), reply)


def take_steps(run: Run, option: CallOption, reservations: Sequence[str]) -> StepResult:
    """Make the calls before ``option``'s, for each of which money was put aside. `StepResult.option` is the answer's
    call by then, on the same account.
    """
    costs, notes, current = Costs(), list[str](), option
    for step, reservation in zip(option.before, reservations, strict=False):
        taken = take_step(run, step, reservation)
        costs += taken.costs
        notes += [taken.note] if taken.note else []
        if taken.ends or taken.error:
            return replace(taken, costs=costs, note="; ".join(notes))
        current = replace(taken.option, call=option.call) if taken.option else current
    return StepResult(costs, option=current, note="; ".join(notes))


def take_step(run: Run, step: Step, reservation: str) -> StepResult:
    """Make the call of a step that comes before the answer, in one attempt: one that fails decides nothing, and then
    the chain goes on.
    """
    option, spare = step.call, run.remaining - TIME_TO_RECORD - TIME_TO_ANSWER
    if spare <= 0:  # the answer needs what time there is
        return StepResult(Costs())
    try:
        reply = _complete(run, run.model(), option, min(STEP_SECONDS, spare), patience=0.0)
    except (UpstreamError, CutOff) as error:
        note = FAILED.format(step.name, error)
        run.debug(note)
        charges = (Charge(reservation, option.worst, known=False),) if _may_be_billed(error) else ()
        if isinstance(error, CutOff):
            return StepResult(Costs(charges), error=error)
        lasts = disposition(error.fault) is Disposition.FAIL
        return StepResult(Costs(charges), note=f"{step.advice}: {note}" if lasts else "")
    charge = Charge(reservation, option.cost(reply.usage, reply.inference_geo), reply.usage)
    return follow(step, reply, Costs((charge,), option.model))


def follow(step: Step, reply: ModelReply, costs: Costs) -> StepResult:
    """What follows from the reply to a step, which cost so much."""
    if reply.stop_reason != "end_turn":
        return StepResult(costs, reply=reply)
    ends = step.ends(reply.text)
    try:
        return StepResult(costs, ends, None if ends else step.then(reply.text), reply)
    except HLSError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a model wrote, the answer can be asked for as planned
        return StepResult(costs, reply=reply, note=FAILED.format(step.name, as_bug(error)))


def adopt_cool_down(run: Run, model: str) -> None:
    """No call of ``model`` starts before the time that another run was told to wait for."""
    until = run.ledger().cool_downs.until.get(cool_down_name(model))
    if until is not None:
        run.claude_limiters.of(model).cool_down_until(until)


def _may_be_billed(error: UpstreamError | CutOff) -> bool:
    """An error that came as an answer is not billed; of a call whose answer was lost or cut off, nobody knows."""
    if isinstance(error, CutOff | CoolingDown):
        return isinstance(error, CutOff)
    return error.fault.kind != "status" and error.fault.may_have_taken_effect


def _complete(
    run: Run, model: ChatModel, option: CallOption, seconds: float = MAX_CALL_SECONDS, patience: float = math.inf
) -> ModelReply:
    with run.claude_limiters.of(option.model).call(option.demand, patience) as report:
        if run.remaining <= TIME_TO_RECORD:
            raise DeadlineExceeded("no time left to ask Claude; nothing was sent")
        timeout = max(1.0, min(seconds, run.remaining - TIME_TO_RECORD))
        try:
            reply = model.complete(request_for(option, timeout))
        except UpstreamError as error:
            report.refused = error.fault.rate_limited
            report.limits = replace(error.fault.limits, retry_after=error.fault.retry_after)
            raise
        except DeadlineExceeded as error:
            raise CutOff(str(error)) from error
        report.used, report.limits = Demand.of_usage(reply.usage), reply.limits
        return reply


def request_for(option: CallOption, timeout: float) -> ModelRequest:
    """The call itself; ``timeout`` in seconds."""
    return ModelRequest(
        model=option.model,
        prompt=option.prompt,
        schema=option.schema,
        max_tokens=option.max_tokens,
        timeout=timeout,
        effort=option.effort,
        inference_geo=option.geo,
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
