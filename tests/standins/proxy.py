"""A recording reverse proxy: what went over the wire, how slow it was, and what went wrong, on demand.

It changes nothing but the origin in Link and Location headers and JSON bodies, so that links lead back
through it. Answers are passed on whole, never streamed.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from tests.standins.client import Answer
from tests.standins.exchange import Exchange, Recording, Request, Responder, canned, reply
from tests.standins.proxy_http import Server, Upstream, UpstreamBroke

FaultKind = Literal["refuse", "hang", "drop", "delay", "apply_then_refuse", "apply_then_hang", "apply_then_drop"]
"""What goes wrong: an error answer, silence, or a closed connection; `apply_then_` after the server has acted.

`delay` holds a request back before it reaches the server, and then passes it on as if nothing had been.
"""


@dataclass(frozen=True)
class Match:
    """Which requests: method (None: any), a regular expression found in the path, text found in Accept."""

    method: str | None
    pattern: str
    accept: str | None = None

    def __call__(self, request: Request) -> bool:
        return (
            self.method in (None, request.method)
            and re.search(self.pattern, request.path) is not None
            and (self.accept is None or self.accept in request.headers.get("accept", ""))
        )


@dataclass
class Fault:
    """A failure waiting for its requests; `hits` counts those it has met.

    `reached` is set once a request has got there: for `apply_then_` kinds, when the server has acted. What hangs or is
    delayed is let go by setting `released`.
    """

    kind: FaultKind
    match: Match
    skip: int
    times: int
    seconds: float
    answer: Answer
    hits: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        """Wait until released, as long as this fault may last."""
        self.reached.set()
        self.released.wait(self.seconds)


@dataclass
class Outcome:
    answer: Answer | None = None
    upstream_status: int | None = None
    fault: Fault | None = None


class Proxy:
    """A proxy in front of one server; a context manager. `url` is what clients are given.

    `delay_ms` may be changed at any time and holds back every answer by that long. `fallback` answers what
    no overlay does, and survives `clear`.
    """

    def __init__(self, upstream: str, *, delay_ms: float = 0.0, fallback: Responder | None = None) -> None:
        self.upstream = upstream
        self.delay_ms = delay_ms
        self.exchanges = Recording()
        self._fallback = fallback
        self._lock = threading.Lock()
        self._recordings: list[Recording] = [self.exchanges]
        self._faults: list[Fault] = []
        self._overlays: list[tuple[Match, Responder]] = []
        self._closing = threading.Event()
        self._server: Server | None = None
        self._origins = [upstream.encode(), upstream.replace("127.0.0.1", "localhost").encode()]

    @property
    def url(self) -> str:
        """Origin of the proxy."""
        if self._server is None:
            raise RuntimeError("the proxy is not running")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Listen on a free port and serve from a background thread."""
        self._closing.clear()
        self._server = Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="proxy", daemon=True).start()
        return self

    def stop(self) -> None:
        """Break all connections off and close the port; what hangs is let go."""
        server, self._server = self._server, None
        self._closing.set()
        self._release()
        if server is not None:
            server.shutdown()
            server.server_close()
            server.close_connections()

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recording]:
        """The exchanges whose answers become ready inside the block; it can be read after it, too."""
        log = Recording()
        with self._lock:
            self._recordings.append(log)
        try:
            yield log
        finally:
            with self._lock:
                self._recordings = [each for each in self._recordings if each is not log]

    def overlay(
        self, method: str | None, pattern: str, responder: Responder | Any, *, accept: str | None = None
    ) -> None:
        """Answer matching requests by a responder, or with a body (bytes, text or JSON) and status 200.

        The newest overlay that matches wins.
        """
        chosen: Responder = responder if callable(responder) else canned(200, responder)
        with self._lock:
            self._overlays.insert(0, (Match(method, pattern, accept), chosen))

    def fault(
        self,
        kind: FaultKind,
        method: str | None = None,
        pattern: str = "",
        *,
        times: int = 1,
        skip: int = 0,
        status: int = 502,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        seconds: float = 60.0,
    ) -> Fault:
        """Let the next `times` matching requests fail, after letting `skip` pass; faults are met in order.

        `status`, `headers` and `body` are the answer of the refusing kinds; `seconds` bounds how long others hang,
        which end in a closed connection, or are delayed.
        """
        message = {"message": "injected fault"} if body is None else body
        made = Fault(kind, Match(method, pattern), skip, times, seconds, reply(status, message, headers))
        with self._lock:
            self._faults.append(made)
        return made

    def clear(self) -> None:
        """Forget faults, overlays and the delay, and let go what hangs; recordings stay."""
        self._release()
        with self._lock:
            self._faults.clear()
            self._overlays.clear()
        self.delay_ms = 0.0

    def answer(self, request: Request, connection: Upstream) -> Answer | None:
        """Decide about one request and record it; None breaks the connection off. Called by its thread."""
        started = time.monotonic()
        if self.delay_ms:
            self._closing.wait(self.delay_ms / 1000)
        outcome = Outcome(fault=self._next_fault(request))
        kind = outcome.fault.kind if outcome.fault else ""
        if outcome.fault is not None and kind == "delay":
            outcome.fault.hold()
            if self._closing.is_set():
                return None
        if kind in ("", "delay") or kind.startswith("apply"):
            with contextlib.suppress(UpstreamBroke):
                outcome.answer = self._respond(request, connection, outcome)
        if outcome.fault is not None and kind != "delay":
            outcome.answer = outcome.fault.answer if kind.endswith("refuse") else None
        exchange = Exchange(
            request.redacted(),
            outcome.answer,
            outcome.upstream_status,
            kind or None,
            started,
            time.monotonic(),
        )
        with self._lock:
            for recording in self._recordings:
                recording.append(exchange)
        if outcome.fault is not None and kind.endswith("hang"):
            outcome.fault.hold()
        elif outcome.fault is not None:
            outcome.fault.reached.set()
        return outcome.answer

    def _release(self) -> None:
        with self._lock:
            for fault in self._faults:
                fault.released.set()

    def _next_fault(self, request: Request) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.hits >= fault.times or not fault.match(request):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                return fault
        return None

    def _respond(self, request: Request, connection: Upstream, outcome: Outcome) -> Answer:
        def forward(asked: Request) -> Answer:
            got = self._own_origin(connection.ask(asked))
            outcome.upstream_status = got.status
            return got

        with self._lock:
            responder = next((each for match, each in self._overlays if match(request)), self._fallback)
        return responder(request, forward) if responder is not None else forward(request)

    def _own_origin(self, answer: Answer) -> Answer:
        headers, body = dict(answer.headers), answer.body
        json_body = "json" in headers.get("content-type", "")
        for origin in self._origins:
            for name in {"link", "location"} & headers.keys():
                headers[name] = headers[name].replace(origin.decode(), self.url)
            body = body.replace(origin, self.url.encode()) if json_body else body
        return Answer(answer.status, headers, body)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
