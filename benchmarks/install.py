"""From nothing installed to a comment posted: gate, install and answer, one after another, as action.yml has them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from subprocess import check_output

from benchmarks.measure import BASE_PYTHON, Broken, checkout, in_turns, run, spread
from benchmarks.nominal import REAL, Latencies, nominal_minimum
from benchmarks.runs import expect
from benchmarks.stage import Stage, outputs
from benchmarks.table import Row, Table, row

REPEATS = 5
CACHES = ("XDG_CACHE_HOME", "PIP_CACHE_DIR", "UV_CACHE_DIR")
"""Where pip and uv keep what they have downloaded."""
USUAL_INDEX = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
PARTS = {
    "wheels, straight from PyPI": "downloading and unpacking",
    "uv, by pip": " -m pip install ",
    "environment": "/uv venv ",
    "packages": "/uv pip ",
}
"""What the parts of an installation are called, and how the installer's trace says that they begin."""


@dataclass(frozen=True)
class Journey:
    """One run of the action's three steps, in seconds. ``posted``: from the gate's start to the comment's answer."""

    posted: float
    gate: float
    parts: Mapping[str, float]
    answer: float
    again: float
    cpu: float


def measure(latencies: Latencies = REAL, repeats: int = REPEATS) -> Table:
    """Run everything; takes about 2 minutes."""
    index = check_output([BASE_PYTHON, "-I", "-c", USUAL_INDEX], text=True).strip()
    by_installers = {"PIP_INDEX_URL": index}  # with an index that somebody has named, be it the usual one
    with Stage(latencies) as stage:
        ours, theirs = in_turns(repeats, lambda: _journey(stage, {}), lambda: _journey(stage, by_installers))
    least = nominal_minimum(latencies)
    return Table(
        "install: from nothing installed to the comment, as on a hosted runner: empty caches, nothing compiled",
        (
            row(
                "nothing installed -> comment posted",
                spread([each.posted for each in ours]),
                "s",
                7.0,
                "packages come from this machine's index: a runner takes longer by their download",
            ),
            row("the same vs the nominal minimum", spread([each.posted / least for each in ours]), "x"),
            row(
                "the same vs an install by pip and uv",
                spread([a.posted / b.posted for a, b in zip(ours, theirs, strict=True)]),
                "x",
            ),
            Row("of it, the nominal minimum", least, "s", note="what the services alone take"),
            *_phases("", ours),
            row("by pip and uv: nothing installed -> comment posted", spread([each.posted for each in theirs]), "s"),
            *_phases("by pip and uv: ", theirs),
        ),
    )


def _phases(prefix: str, journeys: Sequence[Journey]) -> tuple[Row, ...]:
    return (
        row(f"{prefix}gate", spread([each.gate for each in journeys]), "s"),
        *(
            row(f"{prefix}install: {name}", spread([each.parts[name] for each in journeys]), "s")
            for name in journeys[0].parts
        ),
        row(f"{prefix}answer, whole process", spread([each.answer for each in journeys]), "s"),
        row(f"{prefix}answer again, all compiled", spread([each.again for each in journeys]), "s"),
        row(f"{prefix}processor time of all three steps", spread([each.cpu for each in journeys]), "s"),
    )


def _journey(stage: Stage, settings: Mapping[str, str]) -> Journey:
    with tempfile.TemporaryDirectory(prefix="hls-benchmark-") as name:
        source, tools = checkout(Path(name) / "action"), Path(name) / "tools"
        event = stage.issue()
        environment = stage.environment(event, source)
        environment |= {"RUNNER_TOOL_CACHE": str(tools)}
        environment |= {variable: str(Path(name) / "caches" / variable) for variable in CACHES}
        environment |= settings
        decided = run([BASE_PYTHON, "-I", "-S", "-B", str(source / "hls_action" / "gate.py")], environment)
        if outputs(Path(environment["GITHUB_OUTPUT"])).get("decision") != "work":
            raise Broken(decided.output)
        traced = environment | {"RUNNER_DEBUG": "1"}
        installed = run([str(source / "script" / "install"), BASE_PYTHON], traced)
        (python,) = tools.glob("hls-action/*/bin/python")
        answering = [str(python), "-I", str(source / "hls_action" / "__main__.py"), "auto"]
        first = expect(stage.act(event, answering, source=source), "done")
        second = expect(stage.act(stage.issue(), answering, source=source), "done")
    return Journey(
        posted=decided.seconds + installed.seconds + first.comment.ended - first.sample.began,
        gate=decided.seconds,
        parts={**_parts(installed.output), "whole script": installed.seconds},
        answer=first.sample.seconds,
        again=second.sample.seconds,
        cpu=decided.cpu + installed.cpu + first.sample.cpu,
    )


def _parts(trace: str) -> dict[str, float]:
    """How long the installer's commands took, from the times at which it says it starts each, and that it is done."""
    steps = [(float(at), command) for at, command in re.findall(r"^::debug::(\d+\.\d+) (.*)$", trace, re.MULTILINE)]
    found = {
        name: ended - began
        for (began, command), (ended, _) in pairwise(steps)
        for name, sign in PARTS.items()
        if sign in command
    }
    if not found:
        raise Broken(f"script/install is not what it was:\n{trace[-3000:]}")
    return found
