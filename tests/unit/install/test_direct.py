"""The quick road of ``script/install``, from a server on this machine; and that pip and uv are asked when it fails."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.measure import BASE_PYTHON
from hls_action.domain.install import indexes
from hls_action.install import direct, packages
from tests.standins.client import Answer
from tests.standins.exchange import Forward, Request, reply
from tests.standins.proxy import Proxy
from tests.unit.install.machine import ROOT, Machine, entries, new_machine, outputs, reported

pytestmark = pytest.mark.skipif(
    direct.target() is None or indexes.leads_elsewhere(indexes.environment({}, packages._configured(), "", "")),
    reason="this machine is one for pip and uv",
)

DIRECT = {"HTTPS_PROXY": ""}
"""No proxy, unlike in the other tests."""
FILES = {
    "one/__init__.py": "import two\n",
    "one/broken.py": "print 'as in Python 2'\n",
    "one/data.bin": "\0" * 2_000_000,
    "one-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n",
}
MORE = {f"two/module_{number}.py": f"NUMBER = {number}\n" for number in range(30)} | {"two/__init__.py": ""}


def wheel(files: dict[str, str]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:  # not compressed, so that a large file makes a large wheel
        for name, text in files.items():
            archive.writestr(name, text)
    return stored.getvalue()


@dataclass
class Host:
    """Serves wheels; ``answers`` may be changed after they were locked."""

    url: str = ""
    answers: dict[str, bytes | int] = field(default_factory=dict)
    stalls: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Request, forward: Forward) -> Answer:
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        found = self.answers[name]
        if found == 0:
            self.stalls.wait(60)
        return reply(200, found) if isinstance(found, bytes) else reply(found or 503)

    def lock(self, action: Path, **wheels: dict[str, str]) -> None:
        """Offer these, and have the ``action`` list them."""
        lines = ["# a list of these tests'"]
        for package, files in wheels.items():
            name, content = f"{package}-1.0-py3-none-any.whl", wheel(files)
            self.answers[name] = content
            lines.append(f"{self.url}/packages/{name}#sha256={hashlib.sha256(content).hexdigest()}")
        (action / "requirements" / "wheels.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    with Proxy("http://127.0.0.1:9", fallback=host) as proxy:
        host.url = proxy.url
        yield host
        host.stalls.set()


@pytest.fixture
def machine(tmp_path: Path, host: Host) -> Machine:
    action = tmp_path / "action"
    for name in ("script/install", "requirements/uv.txt", "requirements.txt"):
        (action / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, action / name)
    shutil.copytree(ROOT / "hls_action", action / "hls_action", ignore=shutil.ignore_patterns("__pycache__"))
    host.lock(action, one=FILES, two=MORE)
    return new_machine(tmp_path, action)


def run(venv: Path, code: str) -> str:
    command = [str(venv / "bin" / "python"), "-I", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def test_paths_are_those_of_the_server_that_pip_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", BASE_PYTHON)
    assert re.fullmatch(r"https://[\w.-]+\.\w+/", direct.file_server())


def test_packages_are_there_whole_and_compiled_and_nobody_else_was_asked(machine: Machine, host: Host) -> None:
    venv = machine.install(**DIRECT)
    assert run(venv, "import one, two, sys; print(one.__file__, sys.prefix)") == f"{one_file(venv)} {venv}"
    assert run(venv, "import importlib.metadata as m; print(m.version('one'))") == "1.0"
    assert [path for path in FILES | MORE if not (one_file(venv).parents[1] / path).is_file()] == []
    assert run(venv, "import two.module_7 as m; print(m.__spec__.cached)") == str(
        one_file(venv).parents[1] / "two" / "__pycache__" / f"module_7.{sys.implementation.cache_tag}.pyc"
    )
    assert len(list(one_file(venv).parents[1].glob("two/__pycache__/*.pyc"))) == 31
    assert list(machine.action.glob("hls_action/line/__pycache__/respond.*.pyc")) != []
    assert machine.log() == []
    assert entries(machine.cache) == [venv.name]
    assert sorted(host.asked) == ["one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl"]


def one_file(venv: Path) -> Path:
    (folder,) = venv.glob("lib/python*/site-packages")
    return folder / "one" / "__init__.py"


def test_a_traceback_names_the_file_where_it_is_now(machine: Machine) -> None:
    venv = machine.install(**DIRECT)
    code = "import marshal, sys; print(marshal.loads(open(sys.argv[1], 'rb').read()[16:]).co_filename)"
    (compiled,) = one_file(venv).parent.glob("__pycache__/__init__.*.pyc")
    command = [sys.executable, "-c", code, str(compiled)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == str(one_file(venv))


@pytest.mark.parametrize("index", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_NO_INDEX", "ALL_PROXY", "https_proxy"])
def test_where_another_way_is_named_pip_and_uv_go_it(machine: Machine, host: Host, index: str) -> None:
    machine.install(**DIRECT, **{index: "http://127.0.0.1:9/simple"})
    assert (machine.log(), host.asked) == (["uv", "packages"], [])


@pytest.mark.parametrize("answer", [404, 503, b"no wheel", wheel({"one/__init__.py": "evil = True\n"})])
def test_whatever_goes_wrong_pip_and_uv_are_asked_and_nothing_of_it_is_left(
    machine: Machine, host: Host, answer: bytes | int
) -> None:
    host.answers["one-1.0-py3-none-any.whl"] = answer
    venv = machine.install(**DIRECT)
    assert machine.log() == ["uv", "packages"]
    assert entries(venv) == ["bin", "hls-complete"]
    assert entries(machine.cache) == [venv.name]


def test_a_wheel_whose_files_belong_elsewhere_is_left_to_pip_and_uv(machine: Machine, host: Host) -> None:
    host.lock(machine.action, one={"one-1.0.data/scripts/one": ""})
    machine.install(**DIRECT)
    assert machine.log() == ["uv", "packages"]


def test_without_a_server_pip_and_uv_are_asked(machine: Machine, host: Host) -> None:
    listed = machine.action / "requirements" / "wheels.txt"
    listed.write_text(listed.read_text().replace(host.url, "http://127.0.0.1:9"))
    machine.install(**DIRECT)
    assert machine.log() == ["uv", "packages"]


def test_what_pip_and_uv_say_is_told_when_they_fail_too(machine: Machine, host: Host) -> None:
    host.answers["one-1.0-py3-none-any.whl"] = b"forged"
    told = machine.failure(**DIRECT, FAKE_ERROR="error: Hash mismatch for `one`")
    assert told.reason.endswith(" (hash: error: Hash mismatch for `one`)")
    assert outputs(machine.folder / "output")["outcome"] == "failed"


def test_a_killed_installation_leaves_no_process_and_is_no_installation(machine: Machine, host: Host) -> None:
    content = host.answers["one-1.0-py3-none-any.whl"]
    host.answers["one-1.0-py3-none-any.whl"] = 0
    process = machine.start(**DIRECT)
    while len(host.asked) < 2:
        assert process.poll() is None
    process.kill()
    process.communicate(timeout=30)  # until the last of its processes has closed the pipe
    host.answers["one-1.0-py3-none-any.whl"] = content
    venv = machine.install(**DIRECT)
    assert machine.log() == []
    assert run(venv, "import one") == ""


def test_two_at_once_leave_one_good_environment(machine: Machine) -> None:
    both = [machine.start(**DIRECT) for _ in range(2)]
    first, second = (reported(process) for process in both)
    assert first == second
    assert entries(machine.cache) == [first.name]
    assert run(first, "import one") == ""


def test_a_checkout_that_cannot_be_written_to_is_not_compiled(machine: Machine) -> None:
    (machine.action / "hls_action" / "line" / "__pycache__").touch()
    machine.install(**DIRECT)
    assert machine.log() == []


def test_a_run_imports_next_to_nothing_that_is_not_compiled() -> None:
    """Of what a run that asks GitHub and Claude imports."""
    code = """
import sys
from hls_action import bootstrap
from hls_action.config import environment
given = {"GITHUB_REPOSITORY": "octo/project", "GITHUB_API_URL": "http://127.0.0.1:9", "HLS_STATE_BRANCH": "none"}
config = environment.load({**given, "HLS_GITHUB_TOKEN": "t", "HLS_ANTHROPIC_API_KEY": "k"})
run = bootstrap.run(config)
run.model()
print(*(name.replace(".", "/") + "/" for name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    imported = done.stdout.split()
    assert "anthropic/" in imported
    assert len([name for name in imported if name.startswith(direct.HARDLY_IMPORTED)]) < len(imported) / 10
