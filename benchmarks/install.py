"""From nothing installed to a comment posted: gate, install and answer, one after another, as action.yml has them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.measure import BASE_PYTHON, Broken, checkout, in_turns, run, spread
from benchmarks.nominal import AT_ONCE, REAL, Latencies, nominal_minimum
from benchmarks.stage import Stage, expect, outputs
from benchmarks.table import Row, Table, row

REPEATS = 3
CACHES = ("XDG_CACHE_HOME", "PIP_CACHE_DIR", "UV_CACHE_DIR")
"""Where pip and uv keep what they have downloaded."""


@dataclass(frozen=True)
class Journey:
    """One run of the action's three steps, in seconds. ``posted``: from the gate's start to the comment's answer."""

    posted: float
    gate: float
    parts: Mapping[str, float]
    answer: float
    again: float


def measure(latencies: Latencies = REAL, repeats: int = REPEATS) -> Table:
    """Run everything; takes about 100 s. ``latencies``: of a hosted runner's services."""
    with Stage() as stage:

        def warm() -> Journey:
            stage.latencies = AT_ONCE
            return _journey(stage, empty_caches=False)

        def hosted() -> Journey:
            stage.latencies = latencies
            return _journey(stage, empty_caches=True)

        journeys, first = in_turns(repeats, warm, hosted)
    least = nominal_minimum(latencies)
    rows = [
        row(
            "hosted runner: nothing installed -> comment posted",
            spread([each.posted for each in first]),
            "s",
            7.0,
            "caches empty, nothing compiled, real latencies; the packages come from this machine's index, so add "
            "what a runner takes to download them",
        ),
        Row("hosted runner: of it, the nominal minimum", least, "s"),
        *_steps("hosted runner: ", first),
        row("nothing installed -> comment posted", spread([each.posted for each in journeys]), "s", 6.0),
        *_steps("", journeys),
        row("answer again, whole process", spread([each.again for each in journeys]), "s", note="now compiled"),
    ]
    return Table("install: from nothing installed to the comment", tuple(rows))


def _steps(where: str, journeys: Sequence[Journey]) -> list[Row]:
    """Where the time goes."""
    parts = journeys[0].parts
    return [
        row(f"{where}gate", spread([each.gate for each in journeys]), "s"),
        *(row(f"{where}install: {name}", spread([each.parts[name] for each in journeys]), "s") for name in parts),
        row(f"{where}answer, whole process", spread([each.answer for each in journeys]), "s", note="not compiled"),
    ]


def _journey(stage: Stage, *, empty_caches: bool) -> Journey:
    with tempfile.TemporaryDirectory(prefix="hls-benchmark-") as name:
        source, tools = checkout(Path(name) / "action"), Path(name) / "tools"
        event = stage.issue()
        environment = stage.environment(event, source)
        environment |= {"RUNNER_TOOL_CACHE": str(tools)}
        if empty_caches:
            environment |= {variable: str(Path(name) / "caches" / variable) for variable in CACHES}
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
