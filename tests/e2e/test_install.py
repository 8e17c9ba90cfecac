"""``script/install`` with the real pip and the real uv, from an index on this machine that writes down who asked it.

What is installed is locked as everywhere, but there is less of it: uv, and one package.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.standins.private_ca import PrivateCa, private_ca

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PYTHON = str(getattr(sys, "_base_executable", sys.executable))
PACKAGE = "truststore"
NOWHERE = "http://127.0.0.1:9/simple"


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's folder, with one package locked in place of all."""
    folder = tmp_path_factory.mktemp("action")
    for name in ("script/install", "requirements/uv.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "hls_action", folder / "hls_action", ignore=shutil.ignore_patterns("__pycache__"))
    locked = re.search(rf"^{PACKAGE}==.*(?:\n    --hash.*)+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert locked
    (folder / "requirements.txt").write_text(locked[0] + "\n")
    return folder


@pytest.fixture(scope="session")
def wheels(action: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The locked wheels, by this machine's own way to them."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    for name in ("requirements.txt", "requirements/uv.txt"):
        command += ["--requirement", str(action / name)]
    subprocess.run(command, check=True, timeout=300)
    return folder


@dataclass(frozen=True)
class Index:
    """A package index. ``asked``: who asked for which path, as ``pip /simple/uv/``."""

    url: str
    asked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    """https://peps.python.org/pep-0503/"""

    def __init__(self, wheels: Path, asked: list[str], *args: object) -> None:
        self._wheels, self._asked = wheels, asked
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """A project's page, or a file."""
        self._asked.append(f"{self.headers.get('user-agent', '').partition('/')[0]} {self.path}")
        found = [path for path in self._wheels.iterdir() if self._is_for(path)]
        name = self.path.rpartition("/")[2]
        if name and (self._wheels / name).is_file():
            self._answer("application/octet-stream", (self._wheels / name).read_bytes())
        elif found and not name:
            self._answer("text/html", "".join(map(self._link, found)).encode())
        else:
            self.send_error(404)

    def _is_for(self, path: Path) -> bool:
        return path.name.partition("-")[0] == self.path.strip("/").rpartition("/")[2]

    def _link(self, path: Path) -> str:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f'<a href="/files/{path.name}#sha256={digest}">{path.name}</a>\n'

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(wheels: Path, ca: PrivateCa | None = None) -> Iterator[Index]:
    """An index of ``wheels``, behind a certificate of ``ca`` if there is one."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, wheels, asked))
    url = f"{'https' if ca else 'http'}://127.0.0.1:{server.server_port}/simple"
    if ca:
        ca.wrap(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Index(url, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Job:
    """A job on a machine where the way to any other index is a proxy that is not there."""

    action: Path
    folder: Path

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def start(self, **variables: str) -> subprocess.Popen[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "RUNNER_TOOL_CACHE": str(self.folder / "tools"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "ALL_PROXY": "http://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
            "PIP_RETRIES": "0",
            "UV_HTTP_RETRIES": "0",
        } | variables
        command = [str(self.action / "script" / "install"), PYTHON]
        return subprocess.Popen(
            command, env=environment, cwd=self.workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def install(self, **variables: str) -> Path:
        """The environment it reports, which has the package."""
        return installed(self.start(**variables))


def installed(process: subprocess.Popen[str]) -> Path:
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, out + errors
    venv = Path(out.removeprefix("HLS: installed in ").strip())
    command = [
        str(venv / "bin" / "python"),
        "-I",
        "-c",
        f"import sys, {PACKAGE}; print(sys.prefix, {PACKAGE}.__file__)",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    prefix, file = done.stdout.split()
    assert prefix == str(venv)
    assert file.startswith(f"{venv}/lib/")
    return venv


@pytest.fixture
def job(action: Path, tmp_path: Path) -> Job:
    for name in ("workspace", "home", "tools"):
        (tmp_path / name).mkdir()
    return Job(action, tmp_path)


@pytest.fixture
def index(wheels: Path) -> Iterator[Index]:
    with serving(wheels) as index:
        yield index


def hijacked(folder: Path, *names: str) -> None:
    """Modules in ``folder`` that stop whoever imports them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.py").write_text("import os; print('hijacked', flush=True); os._exit(3)\n")


def test_nothing_in_the_workspace_and_nothing_meant_for_its_builds_is_obeyed(job: Job, index: Index) -> None:
    """Files and variables, hostile ones and merely strict ones; around the workspace and the tool cache, too."""
    theirs = job.folder / "poisoned"
    settings = f'cache-dir = "{theirs}"\nrequired-version = ">=99"\noffline = true\nno-binary = true\n'
    nowhere = f'[[index]]\nurl = "{NOWHERE}"\ndefault = true\n'
    for folder in (job.workspace, job.folder):  # the tool cache is below the latter
        (folder / "uv.toml").write_text(settings + nowhere)
        (folder / "pyproject.toml").write_text(
            '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=99"\n'
            f"[tool.uv]\n{settings}" + nowhere.replace("[[index]]", "[[tool.uv.index]]")
        )
        (folder / ".python-version").write_text("2.7\n")
        (folder / "setup.cfg").write_text("[install]\nprefix = /nowhere\n")
        (folder / ".env").write_text(f"UV_CACHE_DIR={theirs}\nPIP_INDEX_URL={NOWHERE}\n")
    hijacked(job.workspace, "pip", "json", "venv", "ensurepip", "sitecustomize", "usercustomize", "encodings")
    conf = job.workspace / "pip.conf"
    conf.write_text(
        f"[global]\nindex-url = {NOWHERE}\ntarget = {theirs}\nrequire-virtualenv = true\nno-binary = :all:\n"
    )
    evil = job.workspace / "python"
    evil.write_text("#!/bin/sh\necho hijacked\nexit 3\n")
    evil.chmod(0o755)
    theirs_by_name = {
        name: str(theirs) for name in ("UV_CACHE_DIR", "UV_TARGET", "UV_PREFIX", "PIP_TARGET", "PIP_PREFIX")
    }
    venv = job.install(
        **{"PIP_no-binary": ":all:", "PIP_CONFIG_FILE": str(conf), "UV_CONFIG_FILE": str(job.workspace / "uv.toml")},
        **theirs_by_name,
        **{name: str(job.workspace) for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE")},
        **{name: str(evil) for name in ("PIP_PYTHON", "UV_PYTHON")},
        **dict.fromkeys(("PIP_USER", "PIP_REQUIRE_VIRTUALENV", "UV_OFFLINE", "UV_NO_BINARY", "UV_NO_CACHE"), "1"),
        **{name: str(job.workspace / "none.txt") for name in ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE")},
        PIP_INDEX_URL=index.url,
    )
    assert venv.parent == job.folder / "tools" / "hls-action"
    assert not theirs.exists()


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "pip.conf"])
def test_one_setting_leads_both_installers_to_a_mirror(job: Job, index: Index, name: str) -> None:
    if name == "pip.conf":
        (job.folder / "home" / ".config" / "pip").mkdir(parents=True)
        (job.folder / "home" / ".config" / "pip" / "pip.conf").write_text(f"[global]\nindex-url = {index.url}\n")
        job.install()
    else:
        job.install(**{name: index.url})
    assert [asked for asked in index.asked if asked.endswith("/")] == ["pip /simple/uv/", f"uv /simple/{PACKAGE}/"]


def test_behind_a_certificate_of_a_company(job: Job, wheels: Path) -> None:
    """Trusted where the machine's store has the CA, which SSL_CERT_FILE stands for; else told with what to do."""
    ca = private_ca(job.folder)
    with serving(wheels, ca) as index:
        distrusting = job.start(PIP_INDEX_URL=index.url)
        out, _ = distrusting.communicate(timeout=120)
        assert distrusting.returncode == 1
        assert re.search(
            r"^::error title=HLS::Have the runner trust the package index's certificate", out, re.MULTILINE
        )
        assert "SSL_CERT_FILE" in (job.folder / "summary").read_text()
        assert index.asked == []
        job.install(PIP_INDEX_URL=index.url, SSL_CERT_FILE=str(ca.file))
        assert {asked.partition(" ")[0] for asked in index.asked} == {"pip", "uv"}


def test_a_package_that_is_not_the_locked_one_is_refused(job: Job, wheels: Path) -> None:
    """Hashes count, whatever the index says of its files."""
    forged = job.folder / "forged"
    shutil.copytree(wheels, forged)
    (wheel,) = forged.glob(f"{PACKAGE}-*")
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with serving(forged) as index:
        process = job.start(PIP_INDEX_URL=index.url)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert re.search(r"^::error title=HLS::Check the package index \(a mirror\?\)", out, re.MULTILINE), out
    assert [path.name for path in (job.folder / "tools" / "hls-action").iterdir()] == []
