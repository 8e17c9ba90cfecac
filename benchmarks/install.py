"""From nothing installed to a comment posted: gate, install and answer, one after another, as action.yml has them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.measure import BASE_PYTHON, Broken, checkout, in_turns, run, spread
from benchmarks.stage import Stage, expect, outputs
from benchmarks.table import Table, row

REPEATS = 3


@dataclass(frozen=True)
class Journey:
    """One run of the action's three steps, in seconds. ``posted``: from the gate's start to the comment's answer."""

    posted: float
    gate: float
    parts: Mapping[str, float]
    answer: float
    again: float


def measure() -> Table:
    """Run everything; takes about 35 s."""
    with Stage() as stage:
        (journeys,) = in_turns(REPEATS, lambda: _journey(stage))
    rows = [
        row("nothing installed -> comment posted", spread([each.posted for each in journeys]), "s", 6.0),
        row("gate", spread([each.gate for each in journeys]), "s"),
    ]
    rows += [
        row(f"install: {name}", spread([each.parts[name] for each in journeys]), "s") for name in journeys[0].parts
    ]
    rows += [
        row(
            "answer, whole process",
            spread([each.answer for each in journeys]),
            "s",
            note="HLS's own files not compiled",
        ),
        row(
            "answer again, whole process", spread([each.again for each in journeys]), "s", note="compiled by the first"
        ),
    ]
    return Table("install: nothing installed, package caches warm, peers answer at once", tuple(rows))


def _journey(stage: Stage) -> Journey:
    with tempfile.TemporaryDirectory(prefix="hls-benchmark-") as name:
        source, tools = checkout(Path(name) / "action"), Path(name) / "tools"
        event = stage.issue()
        environment = stage.environment(event, source)
        environment |= {"RUNNER_TOOL_CACHE": str(tools)}
        decided = run([BASE_PYTHON, "-I", "-S", str(source / "hls_action" / "gate.py")], environment)
        if outputs(Path(environment["GITHUB_OUTPUT"])).get("decision") != "work":
            raise Broken(decided.output)
        traced = environment | {"RUNNER_DEBUG": "1"}
        installed = run([str(source / "script" / "install"), BASE_PYTHON], traced)
        (python,) = tools.glob("hls-action/*/bin/python")
        answering = [str(python), "-I", str(source / "hls_action" / "__main__.py"), "auto"]
        first = expect(stage.act(event, answering, source=source), "done")
        second = expect(stage.act(stage.issue(), answering, source=source), "done")
    comment = next(
        each for each in first.github if each.request.method == "POST" and each.request.path.endswith("/comments")
    )
    return Journey(
        posted=decided.seconds + installed.seconds + comment.ended - first.sample.began,
        gate=decided.seconds,
        parts={**_parts(installed.output), "whole script": installed.seconds},
        answer=first.sample.seconds,
        again=second.sample.seconds,
    )


def _parts(trace: str) -> dict[str, float]:
    """How long the installer's commands took, from the times at which it says it starts each, and that it is done."""
    steps = [(float(at), command) for at, command in re.findall(r"^::debug::(\d+\.\d+) (.*)$", trace, re.MULTILINE)]
    found: dict[str, float] = {}
    for (began, command), (ended, _) in pairwise(steps):
        for name, sign in (("uv, by pip", " -m pip install "), ("environment", "/uv venv "), ("packages", "/uv pip ")):
            if sign in command:
                found[name] = ended - began
    if len(found) != 3:
        raise Broken(f"script/install is not what it was:\n{trace[-3000:]}")
    return found
