"""Runs of the product from an interpreter that has loaded it: each is a process of its own, begun by a fork.

A run does what it does otherwise; what it spends on imports, most of its time, is spent once for all. For tests of many
runs one after the other, and not for those of how a run begins or dies.
"""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.standins.act import ROOT
from tests.standins.job import Ended, ended, environment
from tests.standins.process import StandinError, dies_with_parent, kill_tree


class WarmInterpreter:
    """A context manager, for one thread: it makes one run at a time."""

    def run(self, *arguments: str, env: Mapping[str, str], folder: Path) -> Ended:
        """`python -m hls_action ...` from begin to end, as `Job` would have it."""
        folder.mkdir(parents=True)
        order = {"arguments": arguments, "env": {**environment(folder), **env}, "folder": str(folder)}
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        status = self._ends.readline()
        if not status:
            raise StandinError("the interpreter has ended")
        return ended(folder, int(status))

    def __enter__(self) -> Self:
        command = [sys.executable, "-s", "-P", "-c", "from tests.standins import warm; warm.serve()"]
        self._process = subprocess.Popen(
            dies_with_parent(command),
            env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._orders: IO[str] = self._process.stdin
        self._ends: IO[str] = self._process.stdout
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        kill_tree(self._process)
        self._orders.close()
        self._ends.close()


def serve() -> None:
    """Load the product, then begin a run for each line of standard input and print its exit status."""
    import hls_action

    for module in pkgutil.walk_packages(hls_action.__path__, "hls_action."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(order: dict[str, object]) -> None:
    """This process is a run from here on; does not return."""
    folder = Path(str(order["folder"]))
    for source, target in (
        (os.open(os.devnull, os.O_RDONLY), 0),
        (os.open(folder / "log", os.O_CREAT | os.O_WRONLY), 1),
    ):
        os.dup2(source, target)
    os.dup2(1, 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(order["env"])  # type: ignore[call-overload]
    sys.argv[1:] = order["arguments"]  # type: ignore[call-overload]
    import_module("hls_action.__main__")
