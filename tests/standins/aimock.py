"""aimock: Claude's `/v1/messages` on loopback, answering from fixtures.

A fixture is `{"match": {...}, "response": {...}}`; `answer`, `error` and `text` below build the usual ones.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fakes import answer_data
from tests.standins.client import JsonObject, send
from tests.standins.process import ServerProcess, node, node_module

Fixture = dict[str, Any]

ANSWER: JsonObject = answer_data(
    comment="Thanks for the report. The crash comes from reading an empty file; version 2 fixes it.", confidence=0.9
)
"""A valid HLS answer."""

USAGE = {"input_tokens": 1200, "output_tokens": 150}
"""The tokens a fixture reports unless told otherwise. aimock passes on these two counts only."""


def text(
    content: str,
    *,
    match: Mapping[str, Any] | None = None,
    usage: Mapping[str, int] = USAGE,
    stop_reason: str | None = None,
    latency_ms: int | None = None,
) -> Fixture:
    """Answer matching requests (`match` empty: all) with a text.

    `match` keys: `userMessage` and `systemMessage` (found in the last user or the system text), `model`,
    `turnIndex` (assistant messages so far), `sequenceIndex` (matches so far). `stop_reason` is Claude's,
    e.g. `max_tokens` or `refusal`.
    """
    response: Fixture = {"content": content, "usage": dict(usage)}
    if stop_reason is not None:
        response["finishReason"] = stop_reason
    fixture: Fixture = {"match": dict(match or {}), "response": response}
    if latency_ms is not None:
        fixture["chaos"] = {"latencyMs": latency_ms}
    return fixture


def answer(
    changes: Mapping[str, Any] | None = None,
    *,
    match: Mapping[str, Any] | None = None,
    usage: Mapping[str, int] = USAGE,
    stop_reason: str | None = None,
    latency_ms: int | None = None,
) -> Fixture:
    """Answer with `ANSWER`, some of its fields changed; the rest as in `text`."""
    content = json.dumps({**ANSWER, **(changes or {})})
    return text(content, match=match, usage=usage, stop_reason=stop_reason, latency_ms=latency_ms)


def error(
    status: int,
    kind: str = "api_error",
    message: str = "injected error",
    *,
    match: Mapping[str, Any] | None = None,
    retry_after: int | None = None,
) -> Fixture:
    """Answer with Claude's error object, e.g. `error(529, "overloaded_error")`; `retry_after` is in seconds."""
    response: Fixture = {"error": {"message": message, "type": kind}, "status": status}
    if retry_after is not None:
        response["retryAfter"] = retry_after
    return {"match": dict(match or {}), "response": response}


def sequence(*fixtures: Fixture) -> list[Fixture]:
    """The first request gets the first fixture, and so on; the last one answers all that follow."""
    numbered = [{**each, "match": {**each["match"], "sequenceIndex": at}} for at, each in enumerate(fixtures)]
    return [*numbered, fixtures[-1]]


class Aimock:
    """An aimock server; a context manager. `url` is `ANTHROPIC_BASE_URL`. Any API key is accepted."""

    def __init__(self, fixtures: Sequence[Fixture] | None = None) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="hls-aimock-"))
        self._fixtures = list(fixtures) if fixtures is not None else [answer()]
        self._server = ServerProcess("aimock", self._command, ready="server listening on")

    @property
    def url(self) -> str:
        """Origin of the server."""
        return self._server.url

    def start(self) -> Self:
        """Start with the fixtures; `StandinError` with the log's end if that fails."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Kill the server and forget its files, but not its log."""
        self._server.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def log(self) -> str:
        """What aimock has printed."""
        return self._server.log()

    def use(self, *fixtures: Fixture) -> None:
        """Forget everything (fixtures, counts, journal, chaos) and answer from these, the first match winning."""
        send(self.url, "POST", "/__aimock/reset")
        self.calm()
        send(self.url, "POST", "/__aimock/fixtures", {"fixtures": list(fixtures or [answer()])})

    def journal(self) -> list[JsonObject]:
        """Requests received, oldest first: `path`, `headers`, `response.status`, `body`.

        aimock has already put `body` into OpenAI's shape (the system text is a message; `cache_control`,
        `output_config` and images are gone) and cuts it at 64 KiB; the proxy's recording has it as sent.
        """
        entries: list[JsonObject] = send(self.url, "GET", "/__aimock/journal").json()
        return entries

    def calls(self) -> int:
        """How many requests `/v1/messages` got."""
        return sum(entry["path"].split("?")[0] == "/v1/messages" for entry in self.journal())

    def chaos(
        self,
        *,
        drop: float = 0,
        malformed: float = 0,
        disconnect: float = 0,
        rate_limit: float = 0,
        latency_ms: int = 0,
    ) -> None:
        """From now on fail with these probabilities (1 is always): 500, broken JSON, hang-up, 429 with Retry-After."""
        rates = {"dropRate": drop, "malformedRate": malformed, "disconnectRate": disconnect}
        body = {**rates, "rateLimitRate": rate_limit, "latencyMs": latency_ms}
        send(self.url, "POST", "/__aimock/chaos", {key: value for key, value in body.items() if value})

    def calm(self) -> None:
        """End the chaos."""
        send(self.url, "DELETE", "/__aimock/chaos")

    def _command(self, port: int) -> list[str]:
        file = self._home / "fixtures.json"
        file.write_text(json.dumps({"fixtures": self._fixtures}))
        script = str(node_module("@copilotkit/aimock/dist/cli.js"))
        options = ["--port", str(port), "--host", "127.0.0.1", "--fixtures", str(file)]
        return [node(), script, *options, "--validate-on-load", "--journal-max", "0"]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
