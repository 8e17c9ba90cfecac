"""Install the locked packages: straight from PyPI where nothing leads elsewhere, or else by pip and uv.

pip installs uv, uv installs the rest, and both honour hashes and index settings.

Standard library only: it is what makes the rest available.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hls_action.domain.install import indexes
from hls_action.domain.install.faults import fault_of
from hls_action.domain.install.wheels import fitting
from hls_action.install.installation import COMPLETE, usable

WHEELS = "requirements/wheels.txt"
SECONDS = 240.0
"""How long all attempts together may take."""
ATTEMPTS = 2
PAUSE_SECONDS = 3.0
"""Before the second attempt. pip and uv have repeated each request by then."""
ABANDONED_SECONDS = 3600.0
"""After this long, what another installation left behind counts as abandoned."""

PIP_FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
"""Where pip looks on Linux, what counts most last: https://pip.pypa.io/en/stable/topics/configuration/"""
PIP_FILES_MACOS = (
    "/Library/Application Support/pip/pip.conf",
    "~/.pip/pip.conf",
    "~/.config/pip/pip.conf",
    "~/Library/Application Support/pip/pip.conf",
)


class InstallFailed(Exception):
    """The message is the installers' whole output."""


def install(python: str, root: str, venv: str) -> str | None:
    """Install what ``root`` has locked into ``venv``, for the Python that ``python`` names. None, or why it failed.

    Built aside and moved into place at the end, so that a killed or a parallel installation leaves nothing half done.
    """
    ends = time.monotonic() + SECONDS
    found = os.path.abspath(shutil.which(python) or sys.executable)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _remove_abandoned(Path(venv).parent)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=Path(venv).parent, ignore_cleanup_errors=True) as name:
                _build(_Builder(Path(name), ends), found, Path(root), Path(venv))
                _debug("moving it into place")
                _place(Path(name) / "venv", Path(venv), Path(name) / "old")
            return None if usable(venv) else f"The Python in {venv} does not run."
        except InstallFailed as error:
            last = str(error)
        except OSError as error:
            last = str(error)
        if attempt == ATTEMPTS or not fault_of(last).passing or time.monotonic() + PAUSE_SECONDS > ends:
            return last
        print(f"HLS: the package index could not be reached; trying again in {PAUSE_SECONDS:g} s", flush=True)
        time.sleep(PAUSE_SECONDS)
    raise AssertionError("the last attempt returns")


class _Builder:
    """Runs commands in a folder of its own, which nobody else writes to, and nowhere else."""

    def __init__(self, folder: Path, ends: float) -> None:
        self.folder = folder
        self._ends = ends
        self._environment = indexes.environment(os.environ, _configured(), _certificates(), str(folder / "cache"))

    def leads_elsewhere(self) -> bool:
        """Whether the settings name another index than PyPI, or a proxy."""
        return indexes.leads_elsewhere(self._environment)

    def run(self, *command: str) -> None:
        """Errors: `InstallFailed` with what it printed."""
        said = self.try_(*command)
        if said is not None:
            raise InstallFailed(said)

    def try_(self, *command: str) -> str | None:
        """None, or what it printed when it failed."""
        _debug(" ".join(command))
        with tempfile.TemporaryFile(dir=self.folder) as log:
            try:
                done = subprocess.run(
                    command,
                    cwd=self.folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=max(1.0, self._ends - time.monotonic()),
                    check=False,
                )
                status, note = done.returncode, f"exit status {done.returncode} of {command[0]}"
            except subprocess.TimeoutExpired:
                status, note = -1, f"{command[0]}: no answer within {SECONDS:g} s"
            log.seek(0)
            return f"{log.read().decode(errors='replace')}{note}\n" if status else None


def _debug(step: str) -> None:
    """When a step begins, for the log of a job that is run with debug logging, and for ``benchmarks``."""
    if os.environ.get("RUNNER_DEBUG") == "1":
        print(f"::debug::{time.time():.3f} {step}", flush=True)


def _build(builder: _Builder, python: str, root: Path, final: Path) -> None:
    made = builder.folder / "venv"
    if builder.leads_elsewhere() or not _directly(made, root, final):
        _by_installers(builder, python, root, made)
    (made / COMPLETE).touch()


def _directly(made: Path, root: Path, final: Path) -> bool:
    """Whether it worked. Why it did not, pip and uv find out, and put better."""
    try:
        from hls_action.install import direct

        target = direct.target()
        wheels = fitting((root / WHEELS).read_text("utf-8"), target) if target else ()
        if wheels:
            _debug("downloading and unpacking the wheels")
            direct.install(wheels, made, final, root / "hls_action")
        return bool(wheels)
    except Exception as error:  # noqa: BLE001  there is another way
        _debug(f"not straight from PyPI: {error!r}")
        shutil.rmtree(made, ignore_errors=True)
        for wheel in made.parent.glob("*.whl"):
            wheel.unlink()
        return False


def _by_installers(builder: _Builder, python: str, root: Path, made: Path) -> None:
    """Nothing is compiled ahead: of 3,800 files a run imports 1,600, and it writes those down for the next one."""
    folder, pip = builder.folder, python
    if builder.try_(python, "-I", "-c", "import pip") is not None:
        # Debian's Python comes without pip; a throw-away environment brings its own.
        builder.run(python, "-I", "-m", "venv", str(folder / "pip"))
        pip = str(folder / "pip" / "bin" / "python")
    locked = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement")
    target = ("--no-warn-script-location", "--progress-bar", "off", "--target", str(folder / "uv"))
    # Only at length does pip say why it found nothing.
    builder.run(pip, "-I", "-m", "pip", "install", "--verbose", *target, *locked, str(root / "requirements" / "uv.txt"))
    uv = str(folder / "uv" / "bin" / "uv")
    builder.run(uv, "venv", "--quiet", "--relocatable", "--python", python, str(made))
    into = ("--quiet", "--python", str(made / "bin" / "python"))
    builder.run(uv, "pip", "install", *into, *locked, str(root / "requirements.txt"))


def _place(new: Path, venv: Path, aside: Path) -> None:
    """Move an environment to ``venv``, unless another installation has put a good one there; what else is there goes.

    One at a time, so that nothing good is moved away.
    """
    with (venv.parent / ".lock").open("a") as lock:
        with suppress(OSError):  # some network file systems know no locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        if usable(str(venv)):
            return
        if os.path.lexists(venv):
            venv.rename(aside)
        new.rename(venv)


def _remove_abandoned(home: Path) -> None:
    """What killed installations left behind."""
    for left in home.glob(".new-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _configured() -> Mapping[str, str]:
    """The index settings in the machine's and the user's pip configuration files; not the job's."""
    files: Sequence[str] = PIP_FILES_MACOS if sys.platform == "darwin" else PIP_FILES
    found: dict[str, str] = {}
    for path in (*map(Path, files), Path(sys.prefix, "pip.conf")):
        with suppress(OSError, RuntimeError, UnicodeDecodeError):  # RuntimeError: there is no home directory
            found |= indexes.configured(path.expanduser().read_text("utf-8"))
    return found


def _certificates() -> str:
    """Where the machine keeps the certificates that it trusts, for a pip that brings its own; ``""`` if nowhere."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    return paths.capath if paths.capath and any(Path(paths.capath).glob("*.0")) else ""
