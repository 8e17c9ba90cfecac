"""``action.yml`` against the code: what one maps, the other reads, in both directions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from hls_action import gate
from hls_action.config import environment as config
from hls_action.config import inputs
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.outcome import skipped
from hls_action.domain.reasons import Reason
from hls_action.reporting import report

ROOT = Path(__file__).parents[2]
ACTION = cast("dict[str, Any]", yaml.safe_load((ROOT / "action.yml").read_text("utf-8")))
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}

INPUTS = (
    "anthropic-api-key", "github-token", "command", "number", "config", "model", "dry-run", "state-remote",
    "state-branch", "python",
)  # fmt: skip
OUTPUTS = (
    "outcome", "reason", "comment-url", "labels", "cost-usd", "input-tokens", "output-tokens", "cached-tokens",
    "thinking-tokens", "budget", "model", "category", "priority", "needs-info", "confidence", "claim", "answer",
    "matrix",
)  # fmt: skip
NO_INPUTS = {"HLS_VENV", "HLS_JOB_TOKEN", "HLS_PYTHON"}
"""Variables that the steps set for each other or for the shell."""
FOR_THE_SHELL = {"python"}
"""Inputs that no Python reads, since they say which Python is to."""


class Recorder(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def variable(name: str) -> str:
    return "HLS_" + name.upper().replace("-", "_")


def hls(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith("HLS_")}


def test_the_promised_inputs_and_outputs_are_there() -> None:
    assert set(INPUTS) <= ACTION["inputs"].keys()
    assert set(OUTPUTS) == ACTION["outputs"].keys()


def test_every_input_is_described_and_optional() -> None:
    for name, spec in ACTION["inputs"].items():
        assert spec["description"].strip(), name
        assert "default" in spec, name
        assert "required" not in spec, name


def test_inputs_are_mapped_by_their_own_names() -> None:
    for step in STEPS.values():
        for name, value in step.get("env", {}).items():
            if mapped := re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value):
                assert name == variable(mapped[1])
                assert mapped[1] in ACTION["inputs"]
            else:
                assert name in NO_INPUTS


def test_every_input_reaches_a_step() -> None:
    used = {name for step in STEPS.values() for name in step.get("env", {})}
    assert {variable(name) for name in ACTION["inputs"]} <= used


def test_the_run_maps_what_the_code_reads_and_nothing_else() -> None:
    environ = Recorder({"HLS_GITHUB_TOKEN": "x"})
    config.load(environ)
    mapped = set(STEPS["run"]["env"]) - {"HLS_VENV"}
    assert hls(environ.asked) <= mapped
    assert mapped - hls(environ.asked) == set()


def test_the_gate_is_given_what_it_reads(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    environ = Recorder({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event)})
    gate.decide(cast("dict[str, str]", environ))
    assert hls(environ.asked) <= set(STEPS["gate"]["env"])
    assert hls(environ.asked) == hls(environ.asked & set(STEPS["run"]["env"])), "the run judges by the same rules"


def test_defaults_are_those_of_the_code() -> None:
    environ = {
        variable(name): str(spec["default"]) for name, spec in ACTION["inputs"].items() if "${{" not in spec["default"]
    }
    assert inputs.gate_rules(environ) == DEFAULT_RULES
    assert config.load(environ) == config.load({})


def test_the_table_of_inputs_is_that_of_the_action() -> None:
    written = {name: "" if "${{" in spec["default"] else spec["default"] for name, spec in ACTION["inputs"].items()}
    assert {name: default for name, default in written.items() if name not in FOR_THE_SHELL} == inputs.DEFAULTS
    assert list(inputs.DEFAULTS) == [name for name in written if name not in FOR_THE_SHELL], "in the same order"


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_comes_from_a_step(name: str) -> None:
    sources = re.findall(r"steps\.([a-z]+)\.outputs\.([a-z-]+)", ACTION["outputs"][name]["value"])
    assert ("run", name) in sources
    assert {step for step, _ in sources} <= STEPS.keys()
    assert {output for _, output in sources} == {name}


def test_the_code_writes_every_output() -> None:
    assert report.outputs(skipped(Reason("closed"))).keys() == ACTION["outputs"].keys()


def test_every_step_is_a_bash_script_without_expressions() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert "uses" not in step
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]


def test_the_answer_obeys_nothing_that_a_job_has_set_for_pythons_of_its_own(tmp_path: Path) -> None:
    """Nor anything in its working folder: the step has the keys."""
    theirs = tmp_path
    for name in ("sitecustomize", "usercustomize", "json", "argparse", "encodings", "yaml", "hls_action", "startup"):
        (theirs / f"{name}.py").write_text("import os; print('hijacked', flush=True); os._exit(0)")
    (theirs / "theirs.pth").write_text("import os; print('hijacked', flush=True); os._exit(0)\n")
    (theirs / ".env").write_text("GITHUB_EVENT_NAME=push\n")
    folders = dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX"), str(theirs))
    strict = {"PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2", "PYTHONINSPECT": "1", "PYTHONVERBOSE": "1"}
    done = subprocess.run(
        ["bash", "-c", STEPS["run"]["run"]],
        env={**folders, **strict, "PYTHONSTARTUP": str(theirs / "startup.py"), "PATH": os.environ["PATH"]}
        | {"GITHUB_ACTION_PATH": str(ROOT), "HLS_VENV": sys.prefix, "HLS_COMMAND": "run"},
        cwd=theirs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "GITHUB_EVENT_NAME is not set" in done.stdout
    assert "hijacked" not in done.stdout


def test_nothing_is_installed_for_an_event_that_is_skipped() -> None:
    assert [step["id"] for step in ACTION["runs"]["steps"]] == ["gate", "install", "run"]
    assert "if" not in STEPS["gate"]
    for name in ("install", "run"):
        assert STEPS[name]["if"] == "steps.gate.outputs.decision == 'work'"


def test_secrets_reach_the_last_step_alone() -> None:
    for name in ("gate", "install"):
        assert not any("TOKEN" in key or "API_KEY" in key for key in STEPS[name]["env"])
