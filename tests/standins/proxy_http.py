"""The proxy's two ends: the server its clients talk to, and its connections to the server behind."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from tests.standins.client import Answer
from tests.standins.exchange import Request

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"}
_IDLE = 2.0  # seconds after which a connection to the server is not reused; Node closes them after 5


class UpstreamBroke(ConnectionError):
    """The server behind did not answer; the client's connection is broken off likewise."""


class Answers(Protocol):
    """Who decides what a request is answered; `upstream` is the origin of the server behind."""

    upstream: str

    def answer(self, request: Request, connection: Upstream) -> Answer | None: ...


@dataclass
class Upstream:
    """A client connection's own connection to the server, so that nothing is shared between threads."""

    origin: str
    _connection: HTTPConnection | None = None
    _used: float = field(default=0.0)

    def ask(self, request: Request) -> Answer:
        """Forward one request; `UpstreamBroke` when the server is unreachable or breaks off."""
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        headers |= {"host": urlsplit(self.origin).netloc, "accept-encoding": "identity"}
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = str(len(request.body))
        try:
            connection = self._fresh()
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(request.body or None)
            got = connection.getresponse()
            kept = {k.lower(): v for k, v in got.getheaders() if k.lower() not in _HOP_BY_HOP}
            answer = Answer(got.status, kept, got.read())
        except (OSError, HTTPException) as error:
            self.close()
            raise UpstreamBroke(str(error) or type(error).__name__) from error
        self._used = time.monotonic()
        return answer

    def close(self) -> None:
        """Drop the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _fresh(self) -> HTTPConnection:
        if self._connection is None or time.monotonic() - self._used > _IDLE:
            self.close()
            split = urlsplit(self.origin)
            self._connection = HTTPConnection(split.hostname or "", split.port, timeout=60)
        return self._connection


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, proxy: Answers) -> None:
        self.proxy = proxy
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def track(self, connection: socket.socket, *, open_: bool) -> None:
        """Remember a client connection until it is finished."""
        (self._open.add if open_ else self._open.discard)(connection)

    def close_connections(self) -> None:
        """Break every client connection off."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; a responder that failed is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server
    _REASONS: ClassVar[dict[int, str]] = {int(k): v[0] for k, v in BaseHTTPRequestHandler.responses.items()}

    def setup(self) -> None:
        super().setup()
        self._upstream = Upstream(self.server.proxy.upstream)
        self.server.track(self.connection, open_=True)

    def finish(self) -> None:
        self._upstream.close()
        self.server.track(self.connection, open_=False)
        with contextlib.suppress(OSError):
            super().finish()

    def _handle(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self._read_body())
        answer = self.server.proxy.answer(request, self._upstream)
        if answer is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        kept = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
        if answer.status not in (204, 304):
            kept["content-length"] = str(len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} {self._REASONS.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in kept.items()]
        body = b"" if self.command == "HEAD" else answer.body
        with contextlib.suppress(OSError):
            self.connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the recording is the log."""
