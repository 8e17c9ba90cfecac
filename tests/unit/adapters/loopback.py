"""A small HTTP server on this machine that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass(frozen=True)
class Reply:
    """What to answer. ``body``: as it is, or made of what is asked, as the whole reply is where that is one.

    ``silent``: nothing, until the test is over; ``cut``: close half-way through the body.
    """

    body: object = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False


class Loopback:
    """Answers each path with its replies in order, the last of them again and again."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self.url = ""

    def on(self, path: str, *replies: Reply) -> None:
        """Say what ``path`` (without its query) answers; with a method and a blank before it, only to that method."""
        self.replies[path] = list(replies)

    def to(self, path: str) -> list[Asked]:
        """The requests that ``path`` got."""
        return [asked for asked in self.asked if asked.path.partition("?")[0] == path]

    def next_reply(self, method: str, path: str) -> Reply:
        """What ``path`` answers now."""
        path = path.partition("?")[0]
        replies = self.replies.get(f"{method} {path}") or self.replies.get(path, [Reply(status=404)])
        return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def serve(secured: Callable[[HTTPServer], None] | None = None) -> Iterator[Loopback]:
    """Run a server until the block ends. ``secured`` has it speak TLS."""
    loopback = Loopback()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            loopback.asked.append(asked)
            reply = loopback.next_reply(self.command, self.path)
            if reply.silent:
                loopback.over.wait(60)
                self.close_connection = True
                return
            answer = reply.body(asked) if callable(reply.body) else reply.body
            if isinstance(answer, Reply):
                reply, answer = answer, answer.body
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response_only(reply.status)
            self.send_header("date", reply.headers.get("date", self.date_time_string()))
            for name, value in ({"content-type": "application/json"} | reply.headers).items():
                if name != "date":
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content) + (100 if reply.cut else 0)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    loopback.url = f"{'https' if secured else 'http'}://127.0.0.1:{server.server_port}"
    if secured:
        secured(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        loopback.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
