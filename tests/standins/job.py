"""One step of a job in a process of its own: what a runner does, as far as the product can tell, without act.

It starts at once and can be killed like a runner that dies: the process alone, or with all that it started.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.standins.act import ROOT
from tests.standins.process import StandinError, descendants, dies_with_parent, processes, wait_until


@dataclass(frozen=True)
class Ended:
    """How a step ended: exit status (negative: the signal that killed it), its outputs, and what it printed."""

    status: int
    outputs: Mapping[str, str]
    log: str

    @property
    def outcome(self) -> str:
        """The output of that name, or what there is instead."""
        return self.outputs.get("outcome", f"exit status {self.status}")

    @property
    def reason(self) -> str:
        """The output's code, which stands before the colon."""
        return self.outputs.get("reason", "").partition(":")[0]

    def __str__(self) -> str:
        return f"exit status {self.status}, outputs {dict(self.outputs)}\n{self.log}"


class Job:
    """`python -m hls_action ...`, begun. `env` is all of its environment but what every process needs.

    `folder` is its home, and where it keeps its temporary files; what killed runs leave behind is left there.
    """

    def __init__(self, *arguments: str, env: Mapping[str, str], folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._orphans: list[int] = []
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                dies_with_parent([sys.executable, "-s", "-P", "-m", "hls_action", *arguments]),
                cwd=folder,
                env={**environment(folder), **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def running(self) -> bool:
        """Whether it is still at it."""
        return self._process.poll() is None

    def wait(self, timeout: float = 60.0) -> Ended:
        """Wait for its end; after `timeout` seconds it is killed and `StandinError` raised, with the log."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill(family=True)
            raise StandinError(f"the step ran for more than {timeout:g} s\n{self.ended()}") from None
        return self.ended()

    def kill(self, *, family: bool) -> Ended:
        """`kill -9`, the process alone or with all that it started, which otherwise lives on."""
        self._orphans = descendants(self._process.pid)
        self._process.kill()
        for pid in self._orphans if family else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        return self.ended()

    @property
    def orphans(self) -> list[int]:
        """Processes that a kill left behind and that live; what has ended and was not reaped does not."""
        now = processes()
        return [pid for pid in self._orphans if now.get(pid, (0, "X"))[1] not in "ZX"]

    def wait_for_orphans(self, timeout: float = 30.0) -> None:
        """Wait until what a kill left behind has ended by itself."""
        wait_until(lambda: not self.orphans, timeout=timeout, what="orphans to end", interval=0.02)

    def ended(self) -> Ended:
        """What there is to see of it so far."""
        status = self._process.returncode
        return ended(self._folder, status if status is not None else 0)


def environment(folder: Path) -> dict[str, str]:
    """What every step needs of its environment, whose home is `folder`."""
    base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder)}
    base |= {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}
    return base | {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}


def ended(folder: Path, status: int) -> Ended:
    """What a step has left in `folder`."""
    output = folder / "output"
    text = output.read_text() if output.exists() else ""
    found = re.findall(r"^(\S+?)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return Ended(status, {name: value for name, _, value in found}, (folder / "log").read_text(errors="replace"))
