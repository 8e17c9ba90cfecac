"""Claude: answers that fit the schema, and every way in which a call can fail."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from hls_action.domain.budget.prices import Usage
from hls_action.domain.faults import claude_errors
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.tasks import look
from hls_action.ports import ModelReply, ModelRequest, StopReason
from tests.fakes import answer_data
from tests.simulation.asks import LABEL_KEY, TOKEN, Ask, Asks, head_sha
from tests.simulation.climate import TRIAGE

if TYPE_CHECKING:
    from tests.simulation.job import Job
    from tests.simulation.world import World

USED = Usage(input=1_000, output=200)
BILLED = {"claude-sonnet-5-5": Decimal("0.004"), "claude-haiku-5-5": Decimal("0.0002")}
"""What that costs in USD, by model."""
POISONS = ("refusal", "truncated", "invalid", "rejected")
PROPOSED = ((), (1,), (1, 2, 3, 99))
"""Labels, by number: one too many for any list, and one that would be HLS's own were it in it."""
FOUND: tuple[tuple[str, ...], ...] = ((), (), ("a file stays open",))
"""What a review finds."""
LOOKS = (
    '{"relevant": true, "reason": "", "symbols": [2, 99], "issues": [1], "words": []}',
    '{"relevant": true, "reason": "", "symbols": [], "issues": [], "words": ["load"]}',
    '{"relevant": true, "reason": "", "symbols": [], "issues": [], "words": []}',
    '{"relevant": false, "reason": "chance", "symbols": [1], "issues": [], "words": []}',
    "no JSON",
)
_TITLE = re.compile(r'<text-\d+ of="title">\nThread (\d+)\b')


class SimulatedClaude:
    """The `ChatModel` port of one job."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def complete(self, request: ModelRequest) -> ModelReply:
        """Answer, or fail as the climate and the asks have it."""
        job, world = self._job, self._job.world
        if request.schema == look.SCHEMA:
            return self._look(request)
        asks = asked(request, world.asks)
        what = f"Claude: {', '.join(ask.token for ask in asks)}"
        fault = self._fault(asks)
        number, usd = asks[0].number, BILLED[request.model]

        def arrive() -> ModelReply:
            world.oracle.called(job, asks)
            world.oracle.shown(job, asks, request.prompt.user[0].text)
            world.books.called(job, number, request.model)
            if fault is None or fault.kind != "status":  # an error that comes as an answer costs nothing
                world.books.bill(job, number, request.model, usd)
            return answer(world, request, asks)

        if fault is not None:
            lost = {"status": 0.0, "unreachable": 1.0}.get(fault.kind, 0.5)
            seconds = request.timeout if fault.kind == "timeout" else None
            return job.exchange(what, arrive, UpstreamError(fault), lost=lost, seconds=seconds)
        thinking = world.random.uniform(0.1, 1.0) * world.climate.thinking
        reply = job.exchange(what, arrive, seconds=min(thinking, request.timeout))
        world.books.tell(job, number, request.model, usd)
        return reply

    def _look(self, request: ModelRequest) -> ModelReply:
        """A choice, as chance has it: also of what is not listed, and a no to what it may not refuse."""
        job, world = self._job, self._job.world
        title = _TITLE.search(request.prompt.user[0].text)
        assert title, "the look shows no title"
        number, usd, fault = int(title[1]), BILLED[request.model], self._fault(())

        def arrive() -> ModelReply:
            world.books.called(job, number, request.model)
            if fault is None or fault.kind != "status":
                world.books.bill(job, number, request.model, usd)
            return _reply(request, world.random.choice(LOOKS))

        if fault is not None:
            lost = {"status": 0.0, "unreachable": 1.0}.get(fault.kind, 0.5)
            seconds = request.timeout if fault.kind == "timeout" else None
            return job.exchange("Claude: a look", arrive, UpstreamError(fault), lost=lost, seconds=seconds)
        reply = job.exchange("Claude: a look", arrive)
        world.books.tell(job, number, request.model, usd)
        return reply

    def _fault(self, asks: tuple[Ask, ...]) -> Fault | None:
        world = self._job.world
        if world.climate.out("claude", world.scheduler.now):
            return OUTAGE
        if any(ask.poison == "rejected" for ask in asks):
            return Fault("claude", "status", "prompt is not allowed", 400, "invalid_request_error")
        if world.climate.claude_faults and world.random.random() < world.climate.claude_faults:
            return world.random.choices(FAULTS, WEIGHTS)[0]
        return None


def answer(world: World, request: ModelRequest, asks: tuple[Ask, ...]) -> ModelReply:
    """What Claude says, which may be nothing of use."""
    poisons = {ask.poison for ask in asks} - {"", "rejected"}
    if not poisons and world.climate.refusals and world.random.random() < world.climate.refusals:
        poisons = {world.random.choice(POISONS[:3])}
    if poisons:
        return _bad(request, min(poisons))
    findings = world.random.choice(FOUND)
    for ask in asks:
        ask.findings = len(findings)
    data = _data(asks, world.random.choice(PROPOSED), findings)
    return _reply(request, json.dumps(data | _acting(world)))


def asked(request: ModelRequest, asks: Asks) -> tuple[Ask, ...]:
    """Whose answer a request asks for, found by their tokens as a reader of the prompt would find them."""
    opening, *blocks = (block.text for block in request.prompt.user)
    title = _TITLE.search(opening)
    assert title, "the prompt shows no title"
    number = int(title[1])
    task = blocks[-1].rpartition("<task>")[2]
    comments = {text.partition('id="')[2].partition('"')[0]: text for text in blocks[:-1]}
    found: list[Ask] = []
    for line in task.splitlines():
        if line.startswith("- the issue itself ("):
            found.append(asks.by_token[TOKEN.findall(opening)[-1]])
        elif line.startswith("- the issue itself:"):
            found.append(asks.by_key[number, LABEL_KEY])
        elif match := re.match(r"- the comment with id (\d+)", line):
            shown = TOKEN.findall(comments.get(match[1], ""))
            assert shown, f"the prompt asks about comment {match[1]} and does not show what it asks"
            found.append(asks.by_token[shown[-1]])
        elif match := re.match(r"- the pull request at commit (\w+)", line):
            found.append(next(a for t, a in asks.by_token.items() if head_sha(t).startswith(match[1])))
    assert found, f"nothing is asked in: {task}"
    return tuple(found)


def _data(asks: tuple[Ask, ...], labels: tuple[int, ...], findings: tuple[str, ...]) -> dict[str, object]:
    comment = f"About {', '.join(ask.token for ask in asks)}: create the folder first."
    return answer_data(comment=comment, labels=list(labels), findings=list(findings))


def _acting(world: World) -> dict[str, object]:
    """Fields that do something, where the maintainers named what; drawn apart from all else."""
    if TRIAGE not in (world.climate.config or ""):
        return {}
    random = Random(f"{world.seed} {world.oracle.calls}")
    return {
        "priority": random.choice(("urgent", "high", "low", "none")),
        "category": random.choice(("bug", "feature", "question")),
        "needs_info": (missing := random.random() < 0.5),
        "missing": ["the version"] if missing else [],
        "confidence": random.choice((0.1, 0.8, 0.8, 0.8)),
        "reply": random.random() < 0.9,
        "reason": "a note to self",
    }


def _reply(request: ModelRequest, text: str, stop_reason: StopReason = "end_turn") -> ModelReply:
    return ModelReply(text, stop_reason, USED, request.model)


def _bad(request: ModelRequest, how: str) -> ModelReply:
    match how:
        case "refusal":
            return _reply(request, "", "refusal")
        case "truncated":
            return _reply(request, '{"comment": "It', "max_tokens")
        case _:
            return _reply(request, '{"comment": ""}')


def _status(
    status: int, code: str, message: str = "", *, retry_after: float | None = None, should_retry: bool | None = None
) -> Fault:
    spent = claude_errors.is_spent(status, code, message)
    limited = status == 429 and not spent
    return Fault(
        "claude", "status", message or code, status, code, retry_after, should_retry, limited, credit_exhausted=spent
    )


OUTAGE = _status(529, "overloaded_error")
FAULTS = (
    _status(429, "rate_limit_error"),
    _status(429, "rate_limit_error", retry_after=20.0),
    _status(429, "rate_limit_error", retry_after=3_600.0),
    _status(529, "overloaded_error"),
    _status(500, "api_error", should_retry=True),
    _status(500, "api_error", should_retry=False),
    Fault("claude", "timeout", "no answer"),
    Fault("claude", "connection", "ReadError while talking to Claude"),
    Fault("claude", "unreachable", "no connection to Claude"),
    Fault("claude", "unreadable", "an answer that is not the API's"),
    _status(400, "invalid_request_error", "You have reached your specified workspace API usage limits."),
    _status(401, "authentication_error"),
    _status(400, "invalid_request_error"),
)
WEIGHTS = (8, 8, 4, 8, 8, 2, 4, 8, 8, 4, 2, 1, 1)
