"""`eval`, from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.unit.adapters.loopback import Loopback, Reply
from tests.unit.quality.claude_server import (
    COUNT,
    EXAMPLES,
    MESSAGES,
    ROOT,
    case,
    claude,
    command,
    message,
    signed_in,
    written,
)

__all__ = ["claude"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two cases, for which the answer of the server is right."""
    labels = [{"name": "bug"}, {"name": "question"}]
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    expect = {"labels": ["bug"], "duplicate": None, "needs_info": False}
    return written(tmp_path / "cases.jsonl", case("Export crashes", **expect), case("Import crashes", **expect))


def evaluated(capsys: Capture, environ: dict[str, str], *arguments: object) -> tuple[int, dict[str, Any]]:
    status, out, err = command(capsys, environ, "eval", *arguments, "--json")
    return status, json.loads(out) if out else {"error": err}


def values(document: dict[str, Any]) -> dict[str, Any]:
    return {name: metric["value"] for name, metric in document["metrics"].items()}


# ---- offline ----


def test_the_examples_offline(tmp_path: Path, capsys: Capture) -> None:
    status, out, _ = command(capsys, {}, "eval", EXAMPLES, "--out", tmp_path / "out")
    assert status == 0
    assert out.startswith("!!! OFFLINE SAMPLE: no model was asked.")
    assert "8 cases answered by offline-sample." in out
    assert "This run cost at most 0.0000 USD." in out
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.json"], "no sample is kept as an answer"


def test_offline_is_the_same_each_time_and_no_different(tmp_path: Path, capsys: Capture) -> None:
    _, first = evaluated(capsys, {}, EXAMPLES, "--out", tmp_path)
    (tmp_path / "results.json").rename(tmp_path / "baseline.json")
    status, again = evaluated(capsys, {}, EXAMPLES, "--out", tmp_path, "--baseline", tmp_path / "baseline.json")
    assert status == 0
    assert values(again) == values(first)
    compared = [metric["verdict"] for metric in again["metrics"].values() if "verdict" in metric]
    assert set(compared) == {"no difference"}
    assert len(compared) == 10, "all but quotations, of which a sample has none"


def test_a_sample_is_not_compared_with_answers(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    evaluated(capsys, signed_in(claude), cases, "--out", tmp_path)
    status, found = evaluated(capsys, {}, cases, "--out", tmp_path / "2", "--baseline", tmp_path / "results.json")
    assert status == 2
    assert "one is of Claude, the other a sample" in found["error"]


def test_the_prompt_holds_nothing_of_what_is_expected(claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    secret = {"labels": ["bug"], "known": ["word-that-is-known"], "forbidden": ["word-that-is-forbidden"]}
    folder = tmp_path / "set"
    (folder / "threads").mkdir(parents=True)
    (folder / "threads" / "7.json").write_text(json.dumps({**case("It is as in #8"), "expect": secret}))
    (folder / "threads" / "8.json").write_text(json.dumps({**case("Another"), "expect": secret}))
    evaluated(capsys, signed_in(claude), folder, "--out", tmp_path / "out")
    asked = claude.to(MESSAGES)
    assert len(asked) == 2
    assert not any(b"word-that-is" in each.body or b'"expect"' in each.body for each in asked)


# ---- with Claude ----


def test_answers_are_scored(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    status, found = evaluated(capsys, signed_in(claude), cases, "--out", tmp_path / "out")
    assert status == 0
    assert (found["synthetic"], found["model"]) == (False, "claude-sonnet-5-5")
    assert values(found) == {
        "label_precision": 1,
        "label_recall": 1,
        "label_f1": 1,
        "duplicate_right": 1,
        "needs_info_right": 1,
        "unneeded_questions": 0,
        "quotations_verified": None,
        "invented_names": 0,
        "replies": 1,
        "words": 4,
        "usd": pytest.approx(float(found["usd_spent"]) / 2),
    }
    assert float(found["usd_spent"]) > 0
    assert not claude.to(COUNT)


def test_to_score_again_is_free(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    _, first = evaluated(capsys, signed_in(claude), cases, "--out", tmp_path)
    status, again = evaluated(capsys, signed_in(claude), cases, "--out", tmp_path, "--max-usd", "0")
    assert status == 0
    assert len(claude.to(MESSAGES)) == 2
    assert again == {**first, "usd_spent": "0"}


def test_another_model_is_asked_anew(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    evaluated(capsys, signed_in(claude), cases, "--out", tmp_path)
    evaluated(capsys, signed_in(claude), cases, "--out", tmp_path, "--model", "claude-haiku-5-5")
    assert [asked.json["model"] for asked in claude.to(MESSAGES)] == ["claude-sonnet-5-5"] * 2 + [
        "claude-haiku-5-5"
    ] * 2


def test_the_projects_files_count(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    project = tmp_path / "project"
    (project / ".github").mkdir(parents=True)
    (project / ".github" / "hls.md").write_text("Speak like a pirate.")
    (project / ".github" / "hls.yml").write_text("max_tokens: 1234")
    evaluated(capsys, signed_in(claude), cases, "--out", tmp_path, "--folder", project)
    asked = claude.to(MESSAGES)[0]
    assert b"Speak like a pirate." in asked.body
    assert asked.json["max_tokens"] == 1_234


def test_what_got_worse_is_red(claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "cases.jsonl", *(case(f"Crash {n}", needs_info=False) for n in range(8)))
    _, before = evaluated(capsys, signed_in(claude), path, "--out", tmp_path / "1")
    asks = message(comment="Tell me.", labels=[], needs_info=True, missing=["the version"])
    claude.on(MESSAGES, asks)
    baseline = ["--baseline", tmp_path / "1" / "results.json"]
    status, now = evaluated(capsys, signed_in(claude), path, "--out", tmp_path / "2", *baseline)
    assert status == 1
    metric = now["metrics"]["unneeded_questions"]
    assert (metric["value"], metric["baseline"], metric["verdict"]) == (1, 0, "worse")
    assert before["metrics"]["unneeded_questions"]["value"] == 0
    status, out, _ = command(capsys, signed_in(claude), "eval", path, "--out", tmp_path / "2", *baseline)
    assert status == 1
    row = r"unneeded questions, per case +1\.00  1\.00 to 1\.00 +0\.00  \+1\.00 \(\+1\.00 to \+1\.00\) +worse"
    assert re.search(row, out)


def test_what_got_better_is_green(claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "cases.jsonl", *(case(f"Crash {n}", duplicate=None) for n in range(8)))
    claude.on(MESSAGES, message(comment="A long reply of so many words.", labels=[]))
    evaluated(capsys, signed_in(claude), path, "--out", tmp_path / "1")
    claude.on(MESSAGES, message(comment="A short one.", labels=[]))
    baseline = tmp_path / "1" / "results.json"
    status, now = evaluated(capsys, signed_in(claude), path, "--out", tmp_path / "2", "--baseline", baseline)
    assert (status, now["metrics"]["words"]["verdict"]) == (0, "better")


def test_a_name_that_was_made_up_is_red(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    claude.on(MESSAGES, message(comment="It is in `src/made_up.py`, as #99 says.", labels=[1, 40]))
    status, out, _ = command(capsys, signed_in(claude), "eval", cases, "--out", tmp_path)
    assert status == 1
    assert "invented in 'case 1': label number 40, #99, src/made_up.py" in out


def test_an_answer_that_is_refused_counts_as_none(
    claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture
) -> None:
    claude.on(MESSAGES, message(comment="", labels=[1]))
    _, found = evaluated(capsys, signed_in(claude), cases, "--out", tmp_path)
    assert (found["metrics"]["replies"]["value"], found["metrics"]["label_recall"]["value"]) == (0, 0)
    assert found["metrics"]["usd"]["value"] > 0
    assert "failure" in found["cases"]["case 1"]


def test_a_case_without_an_answer_is_red(claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture) -> None:
    status, out, _ = command(capsys, signed_in(claude), "eval", cases, "--out", tmp_path, "--max-usd", "0.0001")
    assert status == 1
    assert "NOT ANSWERED, 'case 1': raise --max-usd, which is 0.0001" in out
    assert claude.asked == []


def test_what_hls_leaves_alone_is_told_and_green(
    claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = written(tmp_path / "more.jsonl", case(), {**case("?"), "title": "?", "body": "?"})
    status, found = evaluated(capsys, signed_in(claude), path, "--out", tmp_path)
    assert (status, list(found["skipped"])) == (0, ["case 2"])
    assert len(claude.asked) == 1


# ---- killed ----


def test_what_was_paid_for_survives_a_kill(claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "cases.jsonl", *(case(f"Crash {number}") for number in range(6)))
    out = tmp_path / "out"
    claude.on(MESSAGES, message(comment="Hello."), message(comment="Hello."), Reply(silent=True))
    arguments = [sys.executable, "-m", "hls_action", "eval", str(path), "--out", str(out)]
    environ = {"PATH": os.environ["PATH"], **signed_in(claude)}
    process = subprocess.Popen(arguments, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(out.glob("answers/*.json"))) < 2 and time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
        assert process.returncode is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(out.glob("answers/*.json"))) == 2
    asked = len(claude.to(MESSAGES))
    claude.on(MESSAGES, message(comment="Hello."))
    status, found = evaluated(capsys, signed_in(claude), path, "--out", out)
    assert (status, len(found["cases"])) == (0, 6)
    assert len(claude.to(MESSAGES)) == asked + 4


# ---- bad input ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/nowhere/at/all"], "neither a folder with threads/N.json nor a JSONL file"),
        (["CASES", "--max-usd", "much"], "--max-usd is 'much'"),
        (["CASES", "--max-usd", "-1"], "--max-usd is '-1'"),
        (["CASES", "--max-usd", "nan"], "--max-usd is 'nan'"),
        (["CASES", "--model", "claude-nonsense"], "claude-nonsense"),
        (["CASES", "--folder", "/nowhere/at/all"], "--folder is '/nowhere/at/all'"),
        (["CASES", "--baseline", "/nowhere/at/all"], "--baseline is '/nowhere/at/all'"),
        (["CASES", "--baseline", "CASES"], "which is no results.json"),
        (["CASES", "--from-history", "0"], "--from-history is 0; it must be from 1 to 1000"),
        (["CASES", "--from-history", "5"], "no GitHub token"),
    ],
)
def test_bad_input(cases: Path, tmp_path: Path, arguments: list[str], words: str, capsys: Capture) -> None:
    given = [str(cases if each == "CASES" else each) for each in arguments]
    environ = {"GITHUB_REPOSITORY": "o/r"}
    status, out, err = command(capsys, environ, "eval", *given, "--out", tmp_path / "out")
    assert (status, out) == (2, "")
    assert words in err


def test_a_set_that_hls_would_leave_alone(tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "cases.jsonl", {**case(), "state": "closed"})
    status, found = evaluated(capsys, {}, path, "--out", tmp_path)
    assert status == 2
    assert "none of the cases would be answered; of the first: closed" in found["error"]


@pytest.mark.parametrize("raw", [{"comments": 3}, {"comments": [{"id": "x"}]}, {"created_at": "soon"}])
def test_a_thread_that_is_none(raw: dict[str, object], tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "cases.jsonl", {**case(), **raw})
    status, found = evaluated(capsys, {}, path, "--out", tmp_path)
    assert status == 2
    assert "case 'case 1' is not a thread as a folder holds one" in found["error"]


def test_a_baseline_of_other_cases(tmp_path: Path, cases: Path, capsys: Capture) -> None:
    evaluated(capsys, {}, cases, "--out", tmp_path / "1")
    other = written(tmp_path / "other.jsonl", case("Something else"))
    baseline = tmp_path / "1" / "results.json"
    status, found = evaluated(capsys, {}, other, "--out", tmp_path / "2", "--baseline", baseline)
    assert status == 2
    assert "has none of these cases" in found["error"]


# ---- from history ----


def issue(server: Loopback, number: int, *labels: str, **more: object) -> dict[str, object]:
    return {
        "number": number,
        "title": f"Crash {number}",
        "body": "The export command ends in a traceback when the output folder does not exist yet.",
        "user": {"login": "ann", "type": "User"},
        "author_association": "NONE",
        "state": "closed",
        "labels": [{"name": name} for name in labels],
        "created_at": "2026-11-02T09:00:00Z",
        "updated_at": "2026-11-20T09:00:00Z",
        **more,
    }


def test_a_set_of_closed_issues(tmp_path: Path, claude: Loopback, capsys: Capture) -> None:
    github = claude
    issues = [
        issue(github, 9, "bug", state_reason="duplicate"),
        issue(github, 8, "question"),
        issue(github, 7, "bug"),
    ]
    said = {
        "id": 1,
        "body": "Duplicate of #4",
        "user": {"login": "max", "type": "User"},
        "author_association": "OWNER",
        "created_at": "2026-11-03T09:00:00Z",
        "updated_at": "2026-11-03T09:00:00Z",
    }
    github.on("/repos/o/r/issues", Reply(issues))
    github.on("/repos/o/r/issues/9/comments", Reply([said]))
    github.on("/repos/o/r/labels", Reply([{"name": "bug", "description": "It fails"}, {"name": "question"}]))
    environ = {"GITHUB_API_URL": github.url, "GITHUB_TOKEN": "ghs_x", "GITHUB_REPOSITORY": "o/r"}
    folder = tmp_path / "set"
    status, out, _ = command(capsys, environ, "eval", folder, "--from-history", 2)
    assert status == 0
    assert f"2 closed issues of o/r are in {folder}." in out
    assert sorted(path.name for path in (folder / "threads").iterdir()) == ["8.json", "9.json"]
    assert json.loads((folder / "threads" / "9.json").read_text())["expect"] == {"labels": ["bug"], "duplicate": 4}
    assert {asked.path.partition("?")[0] for asked in github.asked} == {
        "/repos/o/r/issues",
        "/repos/o/r/issues/9/comments",
        "/repos/o/r/labels",
    }, "Claude is not asked"
    status, found = evaluated(capsys, {}, folder, "--out", tmp_path / "out")
    assert (status, list(found["cases"])) == (0, ["8", "9"])
    status, _, err = command(capsys, environ, "eval", folder, "--from-history", 2)
    assert status == 2
    assert "already has threads" in err


# ---- what the line would do with an answer ----


def with_settings(folder: Path, text: str) -> Path:
    (folder / "project" / ".github").mkdir(parents=True)
    (folder / "project" / ".github" / "hls.yml").write_text(text)
    return folder / "project"


def test_a_comment_that_would_be_withheld_is_no_reply(
    claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture
) -> None:
    project = with_settings(tmp_path, "least_confidence: 0.9\n")
    claude.on(MESSAGES, message(confidence=0.5), message(confidence=0.95))
    _, found = evaluated(capsys, signed_in(claude), cases, "--out", tmp_path / "out", "--folder", project)
    assert values(found)["replies"] == 0.5
    assert values(found)["label_recall"] == 1, "its labels are set all the same"


def test_an_answer_that_helps_nobody_is_no_reply(
    claude: Loopback, cases: Path, tmp_path: Path, capsys: Capture
) -> None:
    claude.on(MESSAGES, message(reply=False, reason="a note", comment="", labels=[]))
    status, found = evaluated(capsys, signed_in(claude), cases, "--out", tmp_path)
    assert [status, values(found)["replies"], values(found)["words"]] == [0, 0, None]
    assert "failure" not in found["cases"]["case 1"]


def test_labels_by_which_fields_act_count(claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "labels.json").write_text(json.dumps([{"name": "bug"}, {"name": "P2"}, {"name": "P3"}]))
    project = with_settings(tmp_path, "labels: {allow: [bug]}\ntriage: {priority: {medium: P2, low: P3}}\n")
    path = written(tmp_path / "cases.jsonl", case("One", labels=["bug", "P2"]), case("Two", labels=["bug", "P3"]))
    claude.on(MESSAGES, message(labels=[1], priority="medium"))
    _, found = evaluated(capsys, signed_in(claude), path, "--out", tmp_path / "out", "--folder", project)
    assert (values(found)["label_precision"], values(found)["label_recall"]) == (0.75, 0.75)
