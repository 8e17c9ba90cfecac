"""A machine to install on: folders, a Python whose pip is a fake, and what an installation says.

The uv that pip "downloads" makes an environment by a link.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PYTHON = """#!/bin/bash
# A Python whose pip downloads a uv of these tests' making. FAKE_PIP: pip is there; FAKE_VENV: ensurepip is there.
case " $* " in
    *" -m pip install "* | *"import pip"*)
        [ "$0" = "$FAKE_PYTHON" ] && [ -z "$FAKE_PIP" ] && echo "No module named pip" >&2 && exit 1
        [ "$2" = -c ] && exit 0
        while [ "$1" != --target ]; do shift; done
        mkdir -p "$2/bin" && cp "$FAKE_UV" "$2/bin/uv"
        echo uv >>"$FAKE_LOG" ;;
    *" -m venv "*)
        [ -z "$FAKE_VENV" ] && echo "ensurepip is not available" && exit 1
        mkdir -p "${!#}/bin" && cp "$0" "${!#}/bin/python"
        echo ensurepip >>"$FAKE_LOG" ;;
    *) exec "$REAL_PYTHON" "$@" ;;
esac
"""

UV = """#!/bin/bash
case $1 in
    venv) mkdir -p "${!#}/bin" && ln -s "$REAL_PYTHON" "${!#}/bin/python" ;;
    pip)
        sleep "${FAKE_SECONDS:-0}"
        echo packages >>"$FAKE_LOG"
        if [ -n "$FAKE_ERROR" ] && [ "$(grep -c packages "$FAKE_LOG")" -le "${FAKE_ERRORS:-1}" ]; then
            echo "$FAKE_ERROR" >&2
            exit 2
        fi ;;
esac
"""


@dataclass(frozen=True)
class Told:
    """A failed installation, as people see it."""

    annotation: str
    reason: str
    summary: str
    log: str


@dataclass(frozen=True)
class Machine:
    """Its tool cache, its temporary folders, its Python, and the ``action`` to install."""

    folder: Path
    action: Path = ROOT

    @property
    def cache(self) -> Path:
        return self.folder / "tools" / "hls-action"

    @property
    def python(self) -> Path:
        return self.folder / "fake" / "python3"

    def environment(self, **changes: str) -> dict[str, str]:
        """What a runner sets. An empty change leaves a variable out."""
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "RUNNER_TOOL_CACHE": str(self.folder / "tools"),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "FAKE_PYTHON": str(self.python),
            "FAKE_UV": str(self.folder / "fake" / "uv"),
            "FAKE_LOG": str(self.folder / "log"),
            "FAKE_PIP": "yes",
            "FAKE_VENV": "yes",
            "REAL_PYTHON": sys.executable,
            "HTTPS_PROXY": "http://127.0.0.1:9",  # else nobody asks pip and uv
        } | changes
        return {name: value for name, value in variables.items() if value}

    def start(self, python: str | None = None, **changes: str) -> subprocess.Popen[str]:
        """Begin an installation."""
        return subprocess.Popen(
            [self.action / "script" / "install", python or str(self.python)],
            env=self.environment(**changes),
            cwd=self.folder / "workspace",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def install(self, python: str | None = None, **changes: str) -> Path:
        """The environment that an installation reports, in its log and to the next step; its Python runs."""
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        process = self.start(python, **changes)
        venv = reported(process)
        assert outputs(output) == {"venv": str(venv)}
        return venv

    def failure(self, **changes: str) -> Told:
        """What an installation that fails tells people."""
        process = self.start(**changes)
        out, errors = process.communicate(timeout=300)
        assert (process.returncode, errors) == (1, "")
        (annotation,) = re.findall(r"^::error title=HLS::(.*)$", out, re.MULTILINE)
        assert entries(self.cache) == [], "nothing half done is left"
        told = outputs(self.folder / "output")
        assert told["outcome"] == "failed"
        return Told(annotation, told["reason"], (self.folder / "summary").read_text(), out)

    def log(self) -> list[str]:
        """What was really downloaded and installed, in order."""
        path = self.folder / "log"
        return path.read_text().split() if path.exists() else []


def reported(process: subprocess.Popen[str]) -> Path:
    """The environment that an installation says it made or found, once its Python has been seen to run."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, out + errors
    match = re.search(r"^HLS: installed in (/.*)\n\Z", out, re.MULTILINE)
    assert match, out + errors
    venv = Path(match[1])
    subprocess.run([venv / "bin" / "python", "-c", "pass"], check=True, timeout=60)
    return venv


def outputs(file: Path) -> dict[str, str]:
    """The outputs that a step has written, as the runner reads them."""
    text = file.read_text() if file.exists() else ""
    return {name: value for name, _, value in re.findall(r"^([\w-]+)<<(\S+)\n(.*)\n\2$", text, re.MULTILINE)}


def entries(folder: Path) -> list[str]:
    """What stands in ``folder``, without the lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def new_machine(folder: Path, action: Path = ROOT) -> Machine:
    """One with nothing installed."""
    for name in ("tools", "temp", "tmp", "fake", "workspace"):
        (folder / name).mkdir()
    machine = Machine(folder, action)
    for path, script in ((machine.python, PYTHON), (folder / "fake" / "uv", UV)):
        path.write_text(script)
        path.chmod(0o755)
    return machine
