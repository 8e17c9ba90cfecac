"""What goes through the proxy, as values: requests, answers, and the record of both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload
from urllib.parse import parse_qsl, urlsplit

from tests.standins.client import Answer

_SECRET_HEADERS = ("authorization", "x-api-key", "cookie")


@dataclass(frozen=True)
class Request:
    """One request as the client sent it; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The query's pairs, decoded, in order."""
        return tuple(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def param(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def json(self) -> Any:
        """The body as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None

    def redacted(self) -> Request:
        """The same request without its secrets."""
        headers = {
            name: re.sub(r"\S+$", "[redacted]", value) if name in _SECRET_HEADERS else value
            for name, value in self.headers.items()
        }
        return Request(self.method, self.target, headers, self.body)


Forward = Callable[[Request], Answer]
"""Asks the server behind the proxy."""

Responder = Callable[[Request, Forward], Answer]
"""Answers in the server's place, with or without asking it."""


@dataclass(frozen=True)
class Exchange:
    """One request and what became of it.

    `answer` is what the client was sent (None: nothing); `upstream_status` is what the server said, None when
    it was never asked. Times are of `time.monotonic`, in seconds.
    """

    request: Request
    answer: Answer | None
    upstream_status: int | None
    fault: str | None
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        """From the request's last byte to the answer's first."""
        return self.ended - self.started

    def __str__(self) -> str:
        status = self.answer.status if self.answer else "no answer"
        fault = f" [{self.fault}]" if self.fault else ""
        return f"{self.request.method} {self.request.target} -> {status}{fault} ({self.seconds * 1000:.1f} ms)"


class Recording(Sequence[Exchange]):
    """Exchanges in the order their answers were ready; grows while it is open."""

    def __init__(self, exchanges: Sequence[Exchange] = ()) -> None:
        self._exchanges = list(exchanges)

    def append(self, exchange: Exchange) -> None:
        """Add one (the proxy does)."""
        self._exchanges.append(exchange)

    def matching(self, method: str | None = None, pattern: str = "") -> Recording:
        """Those of a method whose path matches the regular expression somewhere."""
        chosen = [
            each
            for each in list(self._exchanges)
            if method in (None, each.request.method) and re.search(pattern, each.request.path)
        ]
        return Recording(chosen)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> Recording: ...
    def __getitem__(self, index: int | slice) -> Exchange | Recording:
        return Recording(self._exchanges[index]) if isinstance(index, slice) else self._exchanges[index]

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(list(self._exchanges))

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "(nothing)"

    __repr__ = __str__


def reply(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer from bytes, text, or anything JSON."""
    if isinstance(body, bytes):
        return Answer(status, dict(headers or {}), body)
    if isinstance(body, str):
        return Answer(status, {"content-type": "text/plain; charset=utf-8", **(headers or {})}, body.encode())
    payload = b"" if body is None else json.dumps(body).encode()
    return Answer(status, {"content-type": "application/json; charset=utf-8", **(headers or {})}, payload)


def canned(status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None) -> Responder:
    """Always the same answer; the server is not asked."""
    answer = reply(status, body, headers)
    return lambda request, forward: answer


def merged(changes: Mapping[str, Any]) -> Responder:
    """The server's own JSON object with some fields replaced, nested objects field by field."""

    def respond(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if answer.status >= 300 or "json" not in answer.headers.get("content-type", ""):
            return answer
        try:
            old = answer.json()
        except ValueError:  # malformed on purpose
            return answer
        return Answer(answer.status, answer.headers, json.dumps(_merge(old, changes)).encode())

    return respond


def paged(items: Sequence[Any]) -> Responder:
    """A list in pages as GitHub serves it: `page`, `per_page` (30, at most 100) and the Link header."""
    return lambda request, forward: page_of(request, items)


def page_of(request: Request, items: Sequence[Any]) -> Answer:
    """The page of `items` the request asks for."""
    size = min(100, max(1, int(request.param("per_page", "30"))))
    page = max(1, int(request.param("page", "1")))
    last = max(1, -(-len(items) // size))
    wanted = [("next", page + 1), ("last", last)] if page < last else []
    wanted += [("prev", page - 1), ("first", 1)] if page > 1 else []
    base = f"http://{request.headers.get('host', '')}{request.path}"
    kept = "".join(f"&{key}={value}" for key, value in request.query if key not in ("page", "per_page"))
    links = ", ".join(f'<{base}?page={number}&per_page={size}{kept}>; rel="{rel}"' for rel, number in wanted)
    return reply(200, list(items[(page - 1) * size : page * size]), {"link": links} if links else None)


def _merge(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, Mapping):
        return {**old, **{key: _merge(old.get(key), value) for key, value in new.items()}}
    return new
