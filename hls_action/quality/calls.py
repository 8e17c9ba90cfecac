"""`prompt`: the calls to Claude for an event, as they would be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hls_action import bootstrap, gate, trial
from hls_action.config import environment
from hls_action.config.environment import Config
from hls_action.domain.errors import UsageError
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import MalformedEvent, judge, text_of
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.option import CallOption
from hls_action.line.ask import request_for
from hls_action.quality.rehearsal import rehearse

COUNT_SECONDS = 30.0


@dataclass(frozen=True)
class PlannedCall:
    """``name``: what it is for; ``tokens``: of its input, None where nobody counted them."""

    name: str
    option: CallOption
    tokens: int | None = None


@dataclass(frozen=True)
class Calls:
    """The calls in their order, or the ``reason`` why there would be none."""

    calls: tuple[PlannedCall, ...]
    reason: Reason = NONE


def planned(environ: Mapping[str, str], event: Path, folder: Path | None) -> Calls:
    """What would be sent for an event. Errors: `UsageError`; with a key, those of Claude's count of tokens."""
    payload = gate.read_event(str(event))
    name = trial.event_name(payload)
    config = replace(config_for(environ, payload), event_name=name, event_path=str(event))
    if folder is not None and not folder.is_dir():
        raise UsageError(f"--folder is '{folder}', which is no folder.")
    try:
        verdict = judge(name, payload, config.rules)
        if not verdict.work:
            return Calls((), verdict.reason)
        number, thread = trial.thread_in(payload)
    except (MalformedEvent, EventUnreadable) as error:
        raise UsageError(f"{event} is not a valid GitHub event: {error}.") from error
    # The gate has already checked the age of a thread that is not just commented on.
    with rehearse(config, folder, folder) as rehearsal:
        found = rehearsal.preview(number, thread, opening=name != "issue_comment")
    return Calls((), found) if isinstance(found, Reason) else Calls(_counted(config, found.option))


def config_for(environ: Mapping[str, str], payload: Mapping[str, object] | None = None) -> Config:
    """The configuration, on this machine. The repository is the environment's, else the event's."""
    config = environment.load(environ)
    named = (payload or {}).get("repository")
    names = (config.repository, text_of(named, "full_name") if isinstance(named, dict) else "", "local/folder")
    return replace(config, repository=next(filter(environment.is_repository, names)), dry_run=False)


def _counted(config: Config, option: CallOption) -> tuple[PlannedCall, ...]:
    calls = [*((step.name, step.call) for step in option.before), ("answer", option)]
    counter = bootstrap.token_counter(config)
    if counter is None:
        return tuple(PlannedCall(*call) for call in calls)
    return tuple(PlannedCall(*call, counter.count(request_for(call[1], COUNT_SECONDS))) for call in calls)


# ---- shown ----


def document(found: Calls) -> dict[str, object]:
    """The calls as JSON has them."""
    return {"calls": [_call(call) for call in found.calls], "reason": str(found.reason)}


def _call(call: PlannedCall) -> dict[str, object]:
    option, prompt = call.option, call.option.prompt
    return {
        "call": call.name,
        "model": option.model,
        "effort": option.effort,
        "max_tokens": option.max_tokens,
        "inference_geo": option.geo,
        "worst_case_usd": f"{option.worst:.6f}",
        "bytes": prompt.bound + len(_schema(option).encode()),
        "tokens": call.tokens,
        "system": [{"text": block.text, "cache": block.cache, "bytes": block.bound} for block in prompt.system],
        "user": [{"text": block.text, "cache": block.cache, "bytes": block.bound} for block in prompt.user],
        "schema": option.schema,
    }


def _schema(option: CallOption) -> str:
    return json.dumps(option.schema, ensure_ascii=False)


def text(found: Calls) -> str:
    """The calls for people."""
    if not found.calls:
        return f"Nothing would be sent: {found.reason}"
    return "\n".join(line for call in found.calls for line in _lines(call))


def _lines(call: PlannedCall) -> Iterator[str]:
    option, size = call.option, call.option.prompt.bound + len(_schema(call.option).encode())
    tokens = "not counted, which takes a key" if call.tokens is None else f"{call.tokens:,}"
    yield f"call        {call.name}"
    yield f"model       {option.model}"
    yield f"effort      {option.effort or 'as the model does by itself'}"
    yield f"max_tokens  {option.max_tokens:,}"
    yield f"bytes       {size:,}"
    yield f"tokens      {tokens}"
    yield f"worst case  {option.worst:.6f} USD"
    for role, blocks in (("system", option.prompt.system), ("user", option.prompt.user)):
        for number, block in enumerate(blocks, 1):
            mark = ", cached up to its end" if block.cache else ""
            yield f"\n---- {role} {number} of {len(blocks)}: {block.bound:,} bytes{mark} ----\n{block.text}"
    yield f"\n---- schema: {len(_schema(option).encode()):,} bytes ----\n{_schema(option)}\n"
