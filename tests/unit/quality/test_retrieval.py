"""`eval --retrieval`, from outside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.unit.quality.claude_server import ROOT, case, command, written

Capture = pytest.CaptureFixture[str]
SET = ROOT / "examples" / "retrieval"


def looked_up(capsys: Capture, *arguments: object) -> tuple[int, dict[str, Any]]:
    status, out, err = command(capsys, {}, "eval", *arguments, "--retrieval", "--json")
    return status, json.loads(out) if out else {"error": err}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A copy of the set, to be changed."""
    return shutil.copytree(SET, tmp_path / "set")


def test_what_cases_are_about_is_found(capsys: Capture) -> None:
    status, out, _ = command(capsys, {}, "eval", SET, "--retrieval")
    assert status == 0, f"the ranking has become worse:\n{out}"
    assert "15 cases looked up" in out
    assert "at least 0.90" in out


def test_a_set_that_is_not_found_is_red(cases: Path, capsys: Capture) -> None:
    (cases / "files" / "orchard" / "bus.py").unlink()
    (cases / "bars.json").write_text('{"file among 5": 1}')
    status, found = looked_up(capsys, cases)
    assert (status, found["below"]) == (1, ["file among 5"])
    assert found["metrics"]["file among 5"] == {"found": 14, "cases": 15}
    _, out, _ = command(capsys, {}, "eval", cases, "--retrieval")
    assert "file among 5     0.93  (14 of 15)  at least 1.00  BELOW" in out
    assert "'113': orchard/bus.py is not among " in out


def test_an_issue_is_never_alike_to_itself(capsys: Capture) -> None:
    _, found = looked_up(capsys, SET)
    assert all(int(name) not in each["issues"] for name, each in found["cases"].items())


def test_files_come_from_elsewhere_if_the_set_has_none(cases: Path, tmp_path: Path, capsys: Capture) -> None:
    (cases / "files").rename(tmp_path / "project")
    status, found = looked_up(capsys, cases)
    assert (status, "--folder must name the project's" in found["error"]) == (2, True)
    assert looked_up(capsys, cases, "--folder", tmp_path / "project")[0] == 0


def test_a_case_may_say_at_which_commit(tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "cases.jsonl", case("Gate", files=["hls_action/gate.py"], commit="0" * 40))
    status, found = looked_up(capsys, path, "--folder", tmp_path)
    assert status == 2
    assert "git" in found["error"]


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"labels": ["bug"]}, "no case says in 'expect' which 'files'"),
        ({"functions": ["f"]}, "'f' is not a path, a colon and a name"),
        ({"commit": "main"}, "'main' is not a commit's whole id"),
        ({"related": [0]}, "an issue's number is 1 or more"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, capsys: Capture, expect: dict[str, Any], words: str) -> None:
    status, found = looked_up(capsys, written(tmp_path / "cases.jsonl", case("Gate", **expect)))
    assert (status, words in found["error"]) == (2, True), found


def test_bars_that_cannot_be_are_named(cases: Path, capsys: Capture) -> None:
    (cases / "bars.json").write_text("[")
    status, found = looked_up(capsys, cases)
    assert (status, "bars.json does not say what share must be found" in found["error"]) == (2, True)
