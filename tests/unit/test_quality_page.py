"""docs/quality.md is true: its commands run, in their order, and its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from hls_action.domain.evaluation.cases import expectation
from hls_action.domain.evaluation.metrics import TABLE
from tests.unit.quality.claude_server import EXAMPLES
from tests.unit.test_readme import ROOT, Trial, blocks, clone, shell

__all__ = ["clone"]

PAGE = ROOT / "docs" / "quality.md"
EVAL = ".venv/bin/python -m hls_action eval"
TRIALS = {
    ".venv/bin/python -m hls_action prompt examples/events/issue-opened.json": Trial("call        answer"),
    f"{EVAL} examples/eval": Trial("8 cases answered by offline-sample"),
    "export GITHUB_REPOSITORY=you/project GITHUB_TOKEN=...": Trial(""),
    # It would ask GitHub: here the examples are what it fetched.
    f"{EVAL} my-set --from-history 40": Trial("--from-history", f"{EVAL} --help; cp -r examples/eval my-set"),
    # It would ask Claude: here the sample answers.
    "export ANTHROPIC_API_KEY=...": Trial("", "true"),
    f"{EVAL} my-set --folder path/to/project --max-usd 2": Trial(
        "8 cases answered", f"mkdir -p path/to/project; {EVAL} my-set --folder path/to/project --max-usd 2"
    ),
    "cp .hls-eval/results.json baseline.json": Trial(""),
    f"{EVAL} my-set --folder path/to/project --max-usd 2 --baseline baseline.json": Trial("no difference"),
    f"{EVAL} examples/retrieval --retrieval": Trial("15 cases looked up"),
}


def test_every_command_is_tried_and_runs_as_it_stands(clone: Path) -> None:
    commands = [command for block in blocks(PAGE, nested=True) for command in block]
    assert commands == list(TRIALS)
    for command, trial in TRIALS.items():
        assert trial.says in shell(clone, trial.instead or command), command


def test_every_metric_has_its_line() -> None:
    rows = re.findall(
        r"^\| ([\w -]+) \| ([\w ]+) \| .*\|$", PAGE.read_text().partition("## What is measured")[2], re.MULTILINE
    )
    assert [row for row in rows if row[0] != "metric"] == [(each.title, each.unit) for each in TABLE.values()]


def test_every_key_of_an_expectation_has_its_line() -> None:
    named = re.findall(
        r"^\| `(\w+)` \|", PAGE.read_text().partition("| in `expect`")[2].partition("A set is")[0], re.MULTILINE
    )
    samples: dict[str, object] = {"labels": [], "duplicate": None, "needs_info": True, "known": [], "forbidden": []}
    assert named == list(samples)
    assert expectation(samples).duplicate == 0


def test_the_case_on_the_page_is_one() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert set(re.findall(r'^  "(\w+)"', block, re.MULTILINE)) <= set(re.findall(r'^  "(\w+)"', case(), re.MULTILINE))


def case() -> str:
    return (EXAMPLES / "threads" / "11.json").read_text()
