"""Whole processes, timed by the wall clock in turns: A, B, A, B, so that a slow moment of the machine hits both."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
BASE_PYTHON = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}")
"""The machine's own Python, which the gate runs on; not the virtual environment's."""

# A small process of its own starts the measured one and waits for it: this process serves the stand-ins meanwhile, and
# Linux counts the memory of whoever starts a process towards the peak of the one it starts.
_LAUNCHER = """
import os, sys, time
log, command = sys.argv[1], sys.argv[2:]
actions = [
    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
    (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    (os.POSIX_SPAWN_DUP2, 1, 2),
]
began = time.monotonic()
pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
_, status, usage = os.wait4(pid, 0)
ended = time.monotonic()
cpu = usage.ru_utime + usage.ru_stime
print([began, ended, cpu, usage.ru_maxrss, os.waitstatus_to_exitcode(status)])
"""


# In front of git on PATH. The token is in the environment, so only the command's first word is written down.
_WATCH = """#!{python} -IS
import os, sys, time
began = time.monotonic()
pid = os.posix_spawn({git!r}, ["git", *sys.argv[1:]], os.environ)
_, status, usage = os.wait4(pid, 0)
line = [sys.argv[1], began, time.monotonic(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
with open({log!r}, "a") as log:
    print(*line, file=log)
sys.exit(os.waitstatus_to_exitcode(status))
"""


SHIPPED = ("action.yml", "hls_action", "script", "requirements", "requirements.txt")


class Broken(Exception):
    """What was to be measured did not work, so there is nothing to measure."""


@dataclass(frozen=True)
class Sample:
    """One process. Times in seconds, ``began`` and ``ended`` of `time.monotonic`; ``peak`` in MB of 10^6 bytes."""

    began: float
    ended: float
    cpu: float
    peak: float
    output: str

    @property
    def seconds(self) -> float:
        """From before it was started until it was gone."""
        return self.ended - self.began


def run(command: Sequence[str], env: Mapping[str, str] | None = None, *, cwd: Path = ROOT) -> Sample:
    """Run a program (by its whole path) and wait for it. Errors: `Broken` with its output when it fails."""
    with tempfile.NamedTemporaryFile(prefix="hls-benchmark-", suffix=".log") as log:
        launcher = [BASE_PYTHON, "-I", "-S", "-c", _LAUNCHER, log.name, *command]
        environment = dict(clean_environment() if env is None else env)
        done = subprocess.run(launcher, env=environment, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True)
        output = Path(log.name).read_text(errors="replace")
    began, ended, cpu, peak, status = json.loads(done.stdout)
    if status != 0:
        raise Broken(f"{' '.join(command)[:300]} exited with {status}\n{output[-3000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Sample(began, ended, cpu, peak * unit / 1e6, output)


@dataclass(frozen=True)
class GitCall:
    """One git that a program started, with all that it started itself: as in `Sample`. ``peak``: of the largest."""

    command: str
    began: float
    ended: float
    cpu: float
    peak: float


class GitWatch:
    """A git that writes down how it was called. It is slower than git itself: not for runs that are timed."""

    def __init__(self, folder: Path) -> None:
        """``folder``: where to put it; made."""
        self._folder = folder
        self._log = folder / "log"
        folder.mkdir()
        git = folder / "git"
        git.write_text(_WATCH.format(python=BASE_PYTHON, git=shutil.which("git"), log=str(self._log)))
        git.chmod(0o700)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program find it."""
        return {"PATH": f"{self._folder}{os.pathsep}{os.environ['PATH']}"}

    def calls(self) -> tuple[GitCall, ...]:
        """Those since the last time, in the order of their ends."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        unit = 1 if sys.platform == "darwin" else 1024
        found = []
        for line in lines:
            command, *numbers = line.split()
            began, ended, cpu, peak = map(float, numbers)
            found.append(GitCall(command, began, ended, cpu, peak * unit / 1e6))
        return tuple(found)


def clean_environment() -> dict[str, str]:
    """This environment without what HLS or a Python would read from it."""
    prefixes = ("INPUT_", "HLS_", "GITHUB_", "GH_", "ACTIONS_", "RUNNER_", "ANTHROPIC_", "PYTHON", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


def checkout(folder: Path) -> Path:
    """The action as a fresh runner has it: without compiled files, which Python makes at its first run."""
    folder.mkdir(parents=True)
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def in_turns(repeats: int, *contestants: Callable[[], T]) -> tuple[list[T], ...]:
    """Each contestant's results, after one round that does not count; without repeats, those of that round."""
    results: tuple[list[T], ...] = tuple([] for _ in contestants)
    for number in range(repeats + 1):
        for contestant, kept in zip(contestants, results, strict=True):
            result = contestant()
            if number or not repeats:
                kept.append(result)
    return results


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Of one value or more."""
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(middle, low, high)


def seconds(samples: Sequence[Sample]) -> Spread:
    """Wall-clock times."""
    return spread([sample.seconds for sample in samples])


def ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Spread:
    """How many times as long ours took, pair by pair."""
    return spread([a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)])
