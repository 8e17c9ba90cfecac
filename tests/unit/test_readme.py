"""The README is true: its tables are what `action.yml` says, and its commands run as they stand.

To bring the tables up to date: UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/unit/test_readme.py
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from benchmarks.__main__ import BENCHMARKS
from hls_action.config import inputs
from hls_action.domain.knowledge.labelling import MACHINE_WORDS
from tests.standins.act import copy_sources
from tests.standins.git_http import bare_repository

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def inputs_table() -> str:
    rows = []
    for name, entry in ACTION["inputs"].items():
        default = f"`{entry['default']}`" if entry["default"] else ""
        rows.append(f"| `{name}` | {default} | {entry['description']} |")
    return "\n".join(rows)


def outputs_table() -> str:
    return "\n".join(f"| `{name}` | {entry['description']} |" for name, entry in ACTION["outputs"].items())


def rows_of(table: str) -> str:
    """The rows under the header row that `<!-- table -->` stands above."""
    found = re.search(rf"<!-- {table} -->\n\n(?:\|.*\n){{2}}((?:\|.*\n)+)", README.read_text())
    return found[1].rstrip() if found else ""


@pytest.mark.parametrize(("table", "expected"), [("inputs", inputs_table()), ("outputs", outputs_table())])
def test_the_table_in_the_readme_is_what_the_action_says(table: str, expected: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        pattern = rf"(<!-- {table} -->\n\n(?:\|.*\n){{2}})(?:\|.*\n)*"
        README.write_text(re.sub(pattern, lambda m: f"{m[1]}{expected}\n", README.read_text()))
    assert rows_of(table) == expected


def test_the_words_that_keep_a_label_from_being_offered_are_all_named() -> None:
    found = re.search(r"by a word in their name. These are\n(.*?)\. Whole words", README.read_text(), re.DOTALL)
    assert found
    named = {word.replace("-", "") for word in re.findall(r"`([a-z-]+)`", found[1])}
    assert named == {words.replace(" ", "") for words in MACHINE_WORDS}


# ---- Its commands, run as they stand from a fresh clone


@dataclass(frozen=True)
class Trial:
    """How a command is tried. ``instead``: what is run for it; ``says``: what its output has in it; "": nothing."""

    says: str
    instead: str = ""


ACT = (
    ".venv/bin/act issues -W examples/workflows/act.yml -P ubuntu-latest=-self-hosted"
    " -e examples/events/issue-opened.json -s GITHUB_TOKEN -s ANTHROPIC_API_KEY --env GITHUB_REPOSITORY=you/sandbox"
)
TRIALS = {
    "script/demo": Trial("offline-sample"),
    "script/demo EVENT.json": Trial("offline-sample", "script/demo examples/events/issue-opened.json"),
    # The two that install from registries: the one is what runs these tests, the other is how it begins.
    "script/test": Trial("Checks everything", "script/test --help"),
    "script/setup": Trial("Installs what HLS needs", "script/setup --help"),
    "script/setup --runtime": Trial("Ready to run"),
    'sed "s/@v0/@$(git rev-parse HEAD)/" examples/workflows/recommended.yml >hls.yml': Trial(""),
    "export GITHUB_REPOSITORY=you/project GITHUB_TOKEN=...": Trial(""),
    ".venv/bin/python -m hls_action ledger --json": Trial('"totals"'),
    ".venv/bin/python -m hls_action evidence examples/events/issue-opened.json --git .": Trial("Ranked in"),
    "export GITHUB_TOKEN=... ANTHROPIC_API_KEY=...": Trial(""),
    # It would ask Claude and post.
    ACT: Trial("Job succeeded", f"{ACT} --dryrun"),
}


def blocks(page: Path = README, *, nested: bool = False) -> list[list[str]]:
    """The commands of each block of shell, without their comments. ``nested``: those in lists, too."""
    found = []
    for token in MarkdownIt().parse(page.read_text()):
        if token.type == "fence" and token.info == "sh" and (nested or token.level == 0):
            whole = re.sub(r"\\\n\s*", "", token.content)
            found.append([re.sub(r"\s+#.*", "", line) for line in whole.splitlines()])
    return found


def inline_commands() -> set[str]:
    """What stands in the text as code and is a command."""
    tokens = MarkdownIt().enable("table").parse(README.read_text())
    code = (part.content for token in tokens for part in token.children or () if part.type == "code_inline")
    return {text for text in code if re.match(r"script/\w|python\d? -|\.venv/\S+ ", text)}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a fresh clone has it, with what script/setup installs."""
    folder = tmp_path_factory.mktemp("clone") / "hls-action"
    folder.mkdir()
    copy_sources(ROOT, folder)
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@localhost", "-C", str(folder)]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Everything"]):
        subprocess.run([*git, *arguments], check=True)
    bare_repository(folder.parent / "state.git")
    return folder


def shell(clone: Path, script: str) -> str:
    """What a script prints, run by somebody who has nothing set but where this test keeps the ledger."""
    kept = {name: value for name, value in os.environ.items() if re.match(r"(PATH|LANG|TMPDIR|(PIP|UV|SSL)_.*)$", name)}
    nowhere = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    environment = {**kept, **nowhere, "HOME": str(clone.parent), "HLS_STATE_REMOTE": str(clone.parent / "state.git")}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_command_of_the_readme_is_tried() -> None:
    written = {command for block in blocks() for command in block} | inline_commands()
    measured = {f".venv/bin/python -m benchmarks {name}" for name in BENCHMARKS}  # tests/unit/test_benchmarks.py
    assert written - measured == set(TRIALS)


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block[0])
def test_a_block_of_commands_runs_as_it_stands(clone: Path, block: list[str]) -> None:
    said = shell(clone, "\n".join(TRIALS[command].instead or command for command in block))
    for command in block:
        assert TRIALS[command].says in said


@pytest.mark.parametrize("command", sorted(inline_commands() & set(TRIALS)))
def test_a_command_in_the_text_runs(clone: Path, command: str) -> None:
    assert TRIALS[command].says in shell(clone, TRIALS[command].instead or command)


def test_the_workflow_that_the_first_step_makes_names_a_commit_and_is_otherwise_the_recommended_one(
    clone: Path,
) -> None:
    (step,) = (block for block in blocks() if block[0].startswith("sed "))
    shell(clone, "\n".join(step))
    head = shell(clone, "git rev-parse HEAD").strip()
    made = (clone / "hls.yml").read_text()
    assert f"uses: hook-line-sinker/hls-action@{head}\n" in made
    assert made.replace(head, "v0") == (ROOT / "examples" / "workflows" / "recommended.yml").read_text()


def test_each_figure_names_the_command_that_measures_it() -> None:
    figures = README.read_text().partition("## Figures")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in figures.splitlines() if line.startswith("| ")][1:]
    assert rows
    commands = {f"`.venv/bin/python -m benchmarks {name}`" for name in BENCHMARKS}
    assert [row for row in rows if len(row) != 3 or row[2] not in commands] == []


def test_the_example_of_who_may_ask_is_one_that_hls_takes() -> None:
    (block,) = re.findall(r"```yaml\n(with:\n  who:.*?)```", README.read_text(), re.DOTALL)
    given = {f"HLS_{name.upper().replace('-', '_')}": value for name, value in yaml.safe_load(block)["with"].items()}
    rules = inputs.gate_rules(given)
    assert (rules.who, rules.allow_actors, rules.ignore_actors, rules.allow_bots) == (
        ("all", "known", "all"),
        ("ann", "@org/triage"),
        ("eve", "*-bot"),
        ("sentry[bot]",),
    )
