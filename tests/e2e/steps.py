"""One request of a run, by which it can be killed there, and many such cases at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import get_args

import pytest

from tests.e2e.conftest import Scene, Wire
from tests.standins.job import Job
from tests.standins.process import StandinError, wait_until
from tests.standins.proxy import Fault, FaultKind

Scenes = Callable[..., AbstractContextManager[Scene]]
"""What the fixture `scene` is."""


ID = "ID"
"""What stands for the number of a comment or a reaction, which differs from scene to scene."""


@dataclass(frozen=True)
class Step:
    """One request of a run: the nth of its kind on its wire. What runs side by side has no order beyond that."""

    wire: Wire
    method: str
    path: str
    nth: int

    def __str__(self) -> str:
        return f"{self.wire}: {self.method} {self.path or '/'} #{self.nth + 1}"

    def fault(self, scene: Scene, kind: FaultKind) -> Fault:
        """Have it go wrong in `scene`."""
        path = rf"^(/repos/[^/]+/[^/]+)?{re.escape(self.path).replace(ID, '[0-9]+')}$"
        return scene.wire(self.wire).fault(kind, self.method, path, skip=self.nth)

    @property
    def is_push(self) -> bool:
        """Whether the state changes with it."""
        return self.wire == "git" and (self.method, self.path) == ("POST", "/state.git/git-receive-pack")

    @property
    def has_effect(self) -> bool:
        """Whether anything is different once it was made."""
        return self.is_push or (self.wire != "git" and self.method != "GET")


def steps(scene: Scene) -> list[Step]:
    """Every request made in a scene so far."""
    found = []
    for wire in get_args(Wire):
        seen: Counter[tuple[str, str]] = Counter()
        for exchange in scene.wire(wire).exchanges:
            method, path = exchange.request.method, exchange.request.path
            path = path.removeprefix(f"/repos/{scene.repo.full_name}")
            path = re.sub("(comments|reactions)/[0-9]+", rf"\1/{ID}", path)
            found.append(Step(wire, method, path, seen[method, path]))
            seen[method, path] += 1
    return found


def interrupt(
    scene: Scene, step: Step, kind: FaultKind, *, family: bool, run: int = 1, attempt: int = 1
) -> tuple[Job, Fault]:
    """Begin a run, and kill it when it has come to `step`: it waits there for an answer."""
    fault = step.fault(scene, kind)
    job = scene.run(run=run, attempt=attempt)
    wait_until(lambda: fault.reached.is_set() or not job.running(), timeout=30, what=f"the run to come to {step}")
    if not fault.reached.is_set():
        raise StandinError(f"the run ended before it came to {step}\n{job.wait()}")
    assert job.kill(family=family).status == -9
    return job, fault


def side_by_side(subtests: pytest.Subtests, cases: Mapping[str, Callable[[], None]], workers: int = 6) -> None:
    """Run all cases, some at a time, and report each as a subtest."""
    with ThreadPoolExecutor(workers) as pool:
        begun = {name: pool.submit(case) for name, case in cases.items()}
        for name, case in begun.items():
            with subtests.test(name):
                case.result()
