"""What GitHub does between an event and a run: emulate really delivers a webhook, and the bridge starts act."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.standins.act import ActResult, Workspace
from tests.standins.client import JsonObject
from tests.standins.emulate import BOT_LOGIN
from tests.standins.payloads import Readable, as_issue, whole_seconds
from tests.standins.process import StandinError

React = Callable[["Delivery"], ActResult | None]


@dataclass(frozen=True)
class Delivery:
    """One webhook as it arrived."""

    id: str
    event: str
    payload: JsonObject

    @property
    def sender(self) -> str:
        """Login of whoever caused it."""
        login: str = self.payload.get("sender", {}).get("login", "")
        return login


def run_act(
    workspace: Workspace,
    *,
    repo: Readable | None = None,
    secrets: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> React:
    """A reaction: run the workspace's workflow with the event and payload delivered.

    Given the repository, a comment on a pull request says so (`issue.pull_request`); emulate leaves that out.
    """

    def react(delivery: Delivery) -> ActResult:
        payload = delivery.payload
        if repo is not None and "issue" in payload:
            payload = {**payload, "issue": _with_pull(repo, payload["issue"])}
        return workspace.run(delivery.event, payload, secrets=secrets, env=env)

    return react


def _with_pull(repo: Readable, issue: JsonObject) -> JsonObject:
    with contextlib.suppress(AssertionError):  # no such pull request: it is a plain issue
        return {**issue, "pull_request": as_issue(repo.pull(issue["number"]))["pull_request"]}
    return issue


class WebhookBridge:
    """A server for webhooks; a context manager. `url` is what `Repo.add_webhook` is given.

    Each delivery is reacted to in a thread, `parallel` at a time. As on GitHub, what the job's own token does
    starts nothing: deliveries sent by `github-actions[bot]` go to `ignored`.
    """

    def __init__(self, react: React, *, parallel: int = 4) -> None:
        self.ignored: list[Delivery] = []
        self._react = react
        self._results: list[tuple[Delivery, ActResult | None]] = []
        self._errors: list[BaseException] = []
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="bridge")
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where to deliver."""
        if self._server is None:
            raise RuntimeError("the bridge is not running")
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def results(self) -> list[tuple[Delivery, ActResult | None]]:
        """Deliveries with their runs, in the order the runs ended."""
        with self._changed:
            return list(self._results)

    def wait(self, count: int, timeout: float = 60.0) -> list[tuple[Delivery, ActResult | None]]:
        """The results once there are `count`; `StandinError` after `timeout` seconds, or the error of a reaction."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while len(self._results) < count:
                if self._errors:
                    raise self._errors[0]
                if not self._changed.wait(deadline - time.monotonic()):
                    raise StandinError(f"{len(self._results)} of {count} runs after {timeout:g} s")
            return list(self._results)

    def deliver(self, event: str, payload: JsonObject, *, id_: str = "by-hand") -> None:
        """Deliver by hand what emulate does not (`pull_request.synchronize`, `schedule`) or once more."""
        delivery = Delivery(id_, event, payload)
        if delivery.sender == BOT_LOGIN:
            with self._changed:
                self.ignored.append(delivery)
                self._changed.notify_all()
        elif event != "ping":
            self._pool.submit(self._run, delivery)

    def start(self) -> Self:
        """Listen on a free port."""
        bridge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()
                event, id_ = self.headers.get("x-github-event", ""), self.headers.get("x-github-delivery", "")
                bridge.deliver(event, json.loads(whole_seconds(body)), id_=id_)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: `results` is the log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="bridge", daemon=True).start()
        return self

    def stop(self) -> None:
        """Take no more deliveries and wait for the runs that have begun."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, delivery: Delivery) -> None:
        try:
            result = self._react(delivery)
        except BaseException as error:  # noqa: BLE001  whatever it is, `wait` raises it in the test's thread
            with self._changed:
                self._errors.append(error)
                self._changed.notify_all()
            return
        with self._changed:
            self._results.append((delivery, result))
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
