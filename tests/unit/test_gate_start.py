"""What it takes to start the gate: little, on any Python, whatever lies in the working folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.builders import ROBOT, issue_event
from tests.unit.gate_process import ERROR, ROOT, Gate


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_it_imports_nothing_slow_and_nothing_installed() -> None:
    script = f"""
import sys; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules)
import hls_action.gate, hls_action.config.inputs, hls_action.domain.events.relevance, json
print(*sorted(set(sys.modules) - before))"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(done.stdout.split())
    events = {name for name in modules if name.startswith("hls_action.domain.events")}
    assert events == {"hls_action.domain.events", "hls_action.domain.events.relevance"}, "not the line's own table"
    loaded = {name.partition(".")[0] for name in modules}
    assert "hls_action" in loaded
    assert loaded <= sys.stdlib_module_names | {"hls_action"}
    assert loaded.isdisjoint({"dataclasses", "typing", "inspect", "urllib", "pathlib", "difflib", "argparse"})


@pytest.mark.parametrize(
    ("event", "payload", "reason"),
    [
        ("issues", issue_event(sender=ROBOT), "bot-sender"),
        ("issues", issue_event("labeled", label="bug"), "other-label"),
        ("push", {}, "unsupported-event"),
    ],
)
def test_what_deserves_nothing_at_first_sight_needs_neither_json_nor_regular_expressions(
    gate: Gate, event: str, payload: object, reason: str
) -> None:
    """Importing them takes as long as starting Python."""
    run = gate(event, payload, python=(sys.executable, "-I", "-S", "-X", "importtime"))
    assert run.outputs["reason"].startswith(reason)
    imported = set(re.findall(r"\| +(\S+)$", run.errors, re.MULTILINE))
    assert {"hls_action.domain.events.relevance", "_json"} <= imported
    assert imported.isdisjoint({"re", "enum", "functools", "json", "hls_action.domain.text.plain"})


def old_python(version: str) -> str | None:
    """An interpreter of this version: on PATH, or one that pyenv installed."""
    roots = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")]
    candidates = [str(path) for root in roots for path in root.glob(f"versions/{version}.*/bin/python")]
    if found := shutil.which(f"python{version}"):
        candidates.append(found)
    for candidate in candidates:  # pyenv puts a stand-in on PATH that fails for versions that are not chosen
        asked = subprocess.run([candidate, "--version"], capture_output=True, text=True, timeout=60, check=False)
        if asked.returncode == 0 and f"Python {version}." in asked.stdout + asked.stderr:
            return candidate
    return None


@pytest.mark.parametrize("version", ["3.10", "3.9", "3.8", "3.7", "3.6", "2.7"])
def test_an_old_python_says_what_to_do(gate: Gate, version: str) -> None:
    python = old_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    isolated = ("-S",) if version == "2.7" else ("-I", "-S")
    run = gate("issues", issue_event(), python=(python, *isolated))
    assert (run.status, run.errors) == (2, "")
    assert run.log.startswith(f"{ERROR}HLS needs Python 3.11 or newer; this is {version}. ")
    assert "actions/setup-python" in run.log
    assert run.outputs == {}


@pytest.mark.parametrize("flag", ["-S", "-I"])
def test_the_flags_of_the_action_keep_the_working_folder_out(gate: Gate, tmp_path: Path, flag: str) -> None:
    """A repository's own ``json.py`` must not run in place of the library's."""
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    text = (ROOT / "action.yml").read_text("utf-8")
    assert re.search(rf"exec \"\$HLS_PYTHON\" [^\n]*{flag}\b", text)
    run = gate("issues", issue_event(), {"PYTHONPATH": str(tmp_path)})
    assert run.outputs["decision"] == "work"
