"""Install the locked wheels from their addresses: downloaded, unpacked and compiled at once, on all cores.

For machines where nothing leads away from PyPI. It knows nothing of mirrors, proxies and second attempts: whatever goes
wrong here, pip and uv do it after all, and say why they cannot.
Standard library only. See docs/adr/038.
"""

from __future__ import annotations

import gc
import hashlib
import os
import py_compile
import ssl
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from multiprocessing import get_context
from pathlib import Path
from subprocess import DEVNULL, check_output
from urllib.parse import urljoin, urlsplit
from venv import EnvBuilder
from zipfile import ZipFile

from hls_action.domain.install.wheels import Target, Wheel

SECONDS = 45.0
"""How long it may take, before it is left to pip and uv."""
SILENCE_SECONDS = 5.0
CONNECTIONS = 4
PROCESSES = 8
"""At most; on a larger machine more of them would only cost their start."""
PART_BYTES = 600_000
"""A wheel larger than this is unpacked by several processes."""
HARDLY_IMPORTED = (
    "anthropic/lib/tools/",
    "anthropic/resources/beta/",
    "anthropic/resources/organization/",
    "anthropic/types/beta/organization/",
    "anthropic/types/beta/sessions/",
    "anthropic/types/organization/",
    "anyio/_backends/",
    "cffi/",
    "pycparser/",
    "pydantic/v1/",
)
"""Of this a run imports next to nothing, so that none of it is compiled ahead: a third of what is installed."""


def file_server() -> str:
    """Where PyPI keeps its files, as pip has it. Errors: any, where there is no pip or it does not say."""
    ask = "from pip._internal.models.index import PyPI; print(PyPI.file_storage_domain)"
    host = check_output([sys.executable, "-I", "-c", ask], stderr=DEVNULL, text=True, timeout=SILENCE_SECONDS).strip()
    return f"https://{host}/"


def target() -> Target | None:
    """What this Python needs; None where wheels are chosen by other rules than those for Linux."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (AttributeError, ValueError):
        return None
    usual = sys.implementation.name == "cpython" and sys.maxsize > 2**32 and not sys.abiflags
    if name != "glibc" or not usual:
        return None
    major, minor = map(int, version.split(".")[:2])
    return Target(sys.version_info[:2], os.uname().machine, (major, minor))


def install(wheels: Collection[Wheel], made: Path, final: Path, source: Path) -> None:
    """Make an environment at ``made`` that is to be moved to ``final``, with these wheels in it.

    ``source``: the action's own modules, which are compiled beside. Errors: any; nothing that was made is of use then.
    """
    ends = time.monotonic() + SECONDS
    EnvBuilder(symlinks=True).create(made)
    (site,) = made.glob("lib/python*/site-packages")
    place = _Place(site, final / site.relative_to(made))
    # Before there are threads, for it forks.
    with get_context("fork").Pool(min(os.cpu_count() or 1, PROCESSES), gc.disable) as pool:
        own = pool.map_async(_compile_own, source.rglob("*.py"))
        arrived = _downloads(wheels, made.parent, ends)
        unpacking = [pool.apply_async(place.unpack, part) for wheel in arrived for part in _parts(wheel)]
        own.get(max(0.1, ends - time.monotonic()))
        for each in unpacking:
            each.get(max(0.1, ends - time.monotonic()))


def _parts(wheel: Path) -> list[tuple[Path, int, int]]:
    """Pieces of work for `_Place.unpack`."""
    parts = 1 + wheel.stat().st_size // PART_BYTES
    return [(wheel, part, parts) for part in range(parts)]


def _downloads(wheels: Collection[Wheel], folder: Path, ends: float) -> Iterable[Path]:
    """The files, as they arrive."""
    server = file_server() if any("://" not in wheel.url for wheel in wheels) else ""
    download = _Download(folder, server, ends)
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        try:
            for each in as_completed([threads.submit(download, wheel) for wheel in wheels]):
                yield each.result()
        finally:
            threads.shutdown(cancel_futures=True)


class _Download:
    """Downloads wheels to a folder, each thread by a connection of its own to each host."""

    def __init__(self, folder: Path, server: str, ends: float) -> None:
        self._folder = folder
        self._ends = ends
        self._server = server
        self._trust = ssl.create_default_context()
        self._local = threading.local()

    def __call__(self, wheel: Wheel) -> Path:
        address = urlsplit(urljoin(self._server, wheel.url))
        connection = self._connection(address.scheme, address.netloc)
        connection.request("GET", address.path, headers={"User-Agent": "hls-action"})
        path, digest = self._folder / wheel.name, hashlib.sha256()
        with connection.getresponse() as answer, path.open("wb") as file:
            if answer.status != 200:
                raise HTTPException(f"{wheel.url}: HTTP status {answer.status}")
            while chunk := answer.read1(1 << 18):
                digest.update(chunk)
                file.write(chunk)
                if time.monotonic() > self._ends:
                    raise TimeoutError(f"{wheel.url}: not within {SECONDS:g} s")
        if digest.hexdigest() != wheel.sha256:
            raise ValueError(f"{wheel.url}: not the file that is locked")
        return path

    def _connection(self, scheme: str, host: str) -> HTTPConnection:
        known: dict[str, HTTPConnection] = self._local.__dict__.setdefault("known", {})
        if host not in known:
            known[host] = (
                HTTPConnection(host, timeout=SILENCE_SECONDS)
                if scheme == "http"
                else HTTPSConnection(host, timeout=SILENCE_SECONDS, context=self._trust)
            )
        return known[host]


class _Place(namedtuple("_Place", "site final")):
    """Where packages go: a folder now, and its path when it is in use."""

    __slots__ = ()
    site: Path
    final: Path

    def unpack(self, wheel: Path, part: int, parts: int) -> None:
        """Every so many-th file of a wheel, and its bytecode."""
        with ZipFile(wheel) as archive:
            for name in archive.namelist()[part::parts]:
                if ".data/" in name:
                    raise ValueError(f"{wheel.name}: {name} belongs elsewhere")
                if name.endswith("/"):
                    continue
                path = self.site / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
                if name.endswith(".py") and not name.startswith(HARDLY_IMPORTED):
                    _compile(path, self.final / name)


def _compile(path: Path, name: Path) -> None:
    """``name``: the path to be, for tracebacks. What does not compile is left for whoever imports it."""
    mode = py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(path), dfile=str(name), quiet=2, invalidation_mode=mode)


def _compile_own(path: Path) -> None:
    with suppress(OSError):  # a checkout that cannot be written to
        _compile(path, path)
