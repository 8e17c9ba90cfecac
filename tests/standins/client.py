"""A JSON client of one screen, so that the stand-ins need no HTTP library of their own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

JsonObject = dict[str, Any]


class HttpError(AssertionError):
    """An answer of 400 or more where the caller expected success."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None


def send(
    origin: str,
    method: str,
    target: str,
    body: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
    check: bool = True,
    timeout: float = 30.0,
) -> Answer:
    """Send one request over a connection of its own.

    `target` is the path with its query; `body` is bytes, or anything JSON. `HttpError` for 400 and above
    unless `check` is false; `OSError` and `http.client.HTTPException` when the peer breaks off.
    """
    split = urlsplit(origin)
    payload = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {"content-type": "application/json", "accept": "application/json", **(headers or {})}
    connection = http.client.HTTPConnection(split.hostname or "", split.port, timeout=timeout)
    try:
        connection.request(method, target, payload, sent)
        got = connection.getresponse()
        answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
    finally:
        connection.close()
    if check and answer.status >= 400:
        raise HttpError(f"{method} {origin}{target} -> {answer.status}: {answer.body[:500]!r}")
    return answer
