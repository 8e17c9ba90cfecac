"""The gate as the action starts it: a process of its own, on nothing but the standard library."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hls_action import gate as module
from tests.unit.builders import DASHBOARD, ROBOT, comment_event, issue_event, pull_event, read_outputs
from tests.unit.gate_process import ERROR, ROOT, Gate

FORK = {"sha": "f", "ref": "x", "repo": {"full_name": "stranger/r"}}
NOT_FINISHED = {
    "decision": "work",
    "outcome": "failed",
    "reason": "not-finished: the run ended before it could report its outcome",
}


def line_of(log: str) -> str:
    """The one line of a log, which stands where the runner obeys no commands."""
    match = re.fullmatch(r"::stop-commands::([0-9a-f]{32})\n([^\n]*)\n::\1::\n", log)
    assert match, log
    return match[2]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


# ---- decisions ----


@pytest.mark.parametrize(
    ("event", "payload", "reason"),
    [
        pytest.param("issues", issue_event(), "issue: opened", id="issue"),
        pytest.param("issues", issue_event("labeled", label="hls"), "labeled: hls", id="trigger label"),
        pytest.param("issue_comment", comment_event(), "comment: created", id="comment"),
        pytest.param("pull_request", pull_event("synchronize"), "pull-request: synchronize", id="push"),
        pytest.param("pull_request_target", pull_event(head=FORK), "pull-request: opened", id="fork with secrets"),
        pytest.param("schedule", {}, "timed: looking for open threads", id="clock"),
        pytest.param("workflow_dispatch", {"inputs": {}}, "timed: looking for open threads", id="button"),
    ],
)
def test_work(gate: Gate, event: str, payload: object, reason: str) -> None:
    run = gate(event, payload)
    assert (run.status, line_of(run.log), run.errors) == (0, f"HLS: work to do ({reason}).", "")
    assert run.outputs == NOT_FINISHED, "until the run says better"


@pytest.mark.parametrize(
    ("code", "event", "payload", "environment"),
    [
        ("unsupported-event", "push", {}, {}),
        ("unsupported-action", "issues", issue_event("pinned"), {}),
        ("bot-sender", "issue_comment", comment_event(user=ROBOT), {}),
        ("bot-author", "issues", issue_event("reopened", user=ROBOT), {}),
        ("own-comment", "issue_comment", comment_event("<!-- hls:1 issue/7 -->\nHi"), {}),
        ("closed", "issues", issue_event(state="closed"), {}),
        ("locked", "issues", issue_event(locked=True), {}),
        ("ignored-label", "issues", issue_event(labels=[{"name": "wip"}]), {"HLS_IGNORE_LABELS": "x, WIP"}),
        ("other-label", "issues", issue_event("labeled", label="bug"), {}),
        ("automated-content", "pull_request", pull_event(body=DASHBOARD), {}),
        ("too-short", "issues", issue_event(), {"HLS_MIN_BODY_CHARS": "500"}),
        ("comments-off", "issue_comment", comment_event(), {"HLS_COMMENTS": "none"}),
        ("not-addressed", "issue_comment", comment_event(), {"HLS_MENTION": "@fish"}),
        ("same-request", "issue_comment", comment_event("/hls a", "edited", before="Hi\n/hls a"), {}),
        ("draft", "pull_request", pull_event(draft=True), {}),
        ("fork", "pull_request", pull_event(head=FORK), {}),
        ("bot-sender", "issues", issue_event(), {"HLS_IGNORE_ACTORS": "eve,An*"}),
    ],
)
def test_skip(gate: Gate, code: str, event: str, payload: object, environment: dict[str, str]) -> None:
    run = gate(event, payload, environment)
    assert (run.status, run.errors) == (0, "")
    assert run.outputs.keys() == {"decision", "reason", "outcome"}
    assert (run.outputs["decision"], run.outputs["outcome"]) == ("skip", "skipped")
    assert run.outputs["reason"].split(":")[0] == code
    assert line_of(run.log) == f"HLS: nothing to do ({run.outputs['reason']})."


@pytest.mark.parametrize("value", ["true", "1", "0", "no", "incident 42", " TRUE "])
@pytest.mark.parametrize(
    ("event", "payload"),
    [
        pytest.param("issues", issue_event(), id="issue"),
        pytest.param("schedule", {}, id="sweep"),
        pytest.param("workflow_dispatch", {"inputs": {"number": "7"}}, id="by hand"),
        pytest.param("issues", b"{", id="even where something else is wrong"),
    ],
)
def test_the_emergency_stop_stops_whatever_its_value(gate: Gate, value: str, event: str, payload: object) -> None:
    run = gate(event, payload, {"HLS_STOP": value, "HLS_NUMBER": "7", "HLS_FORCE": "true"})
    assert (run.status, run.outputs["decision"], run.outputs["outcome"]) == (0, "skip", "skipped")
    assert run.outputs["reason"].startswith("stopped: to start HLS again, delete the variables HLS_STOP")


@pytest.mark.parametrize("value", ["", "false", "FALSE", " False "])
def test_no_value_and_false_stop_nothing(gate: Gate, value: str) -> None:
    assert gate("issues", issue_event(), {"HLS_STOP": value}).outputs["decision"] == "work"


def test_inputs_that_act_sets_in_its_own_way_are_not_read(gate: Gate) -> None:
    assert gate("issue_comment", comment_event(), {"INPUT_COMMENTS": "none"}).outputs["decision"] == "work"


def test_it_works_without_an_output_file(gate: Gate) -> None:
    assert gate("issues", issue_event(), {"GITHUB_OUTPUT": ""}).status == 0


@pytest.mark.parametrize("payload", [issue_event(), issue_event(state="closed")])
def test_outputs_that_cannot_be_written_are_an_error_in_one_line(
    gate: Gate, tmp_path: Path, payload: dict[str, object]
) -> None:
    for path in (tmp_path, tmp_path / "no" / "output"):
        run = gate("issues", payload, {"GITHUB_OUTPUT": str(path)})
        assert (run.status, run.errors) == (1, "")
        assert re.fullmatch(
            rf"{ERROR}cannot write the step's outputs to {re.escape(str(path))}: (Is a|No such file or) directory.+\n",
            run.log,
        )


def test_the_action_has_an_outcome_even_when_the_gate_itself_breaks() -> None:
    outputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["outputs"]
    assert outputs["outcome"]["value"] == (
        "${{ steps.run.outputs.outcome || steps.install.outputs.outcome || steps.gate.outputs.outcome || 'failed' }}"
    )
    assert outputs["reason"]["value"] == (
        "${{ steps.run.outputs.reason || steps.install.outputs.reason || steps.gate.outputs.reason "
        "|| 'not-started: the first step ended before it could report its outcome' }}"
    )


# ---- outputs that strangers have a hand in ----

HOSTILE = "x\ndecision<<EOF\nwork\nEOF\r\n::error::gotcha\x1b[31m\x00 ##[error]gotcha"


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        pytest.param("issues", issue_event(sender={"login": HOSTILE, "type": "Bot"}), id="login"),
        pytest.param("issues", issue_event("labeled", label=HOSTILE), id="label"),
        pytest.param("issues", issue_event(labels=[{"name": "hls-ignore"}], title=HOSTILE), id="ignored label"),
        pytest.param("pull_request", pull_event(body=DASHBOARD, title=HOSTILE), id="title"),
        pytest.param("issues", issue_event(f"opened{HOSTILE}"), id="action"),
        pytest.param("issues", issue_event(sender={"login": "\ud800\U0001f41b", "type": "Bot"}), id="half a character"),
        pytest.param(HOSTILE.replace("\x00", ""), {}, id="event name"),
    ],
)
def test_strangers_cannot_write_outputs_or_commands(gate: Gate, event: str, payload: object) -> None:
    run = gate(event, payload)
    assert (run.status, run.errors) == (0, "")
    assert run.outputs.keys() == {"decision", "reason", "outcome"}
    assert run.outputs["decision"] == "skip"
    assert run.outputs["reason"].isprintable()
    assert "##[" not in run.raw + run.log
    assert line_of(run.log).startswith("HLS: nothing to do (")


def test_a_trigger_label_can_be_no_command_either(gate: Gate) -> None:
    run = gate(
        "issues", issue_event("labeled", label="hls\u2028::error::x"), {"HLS_TRIGGER_LABEL": "hls\u2028::error::x"}
    )
    assert run.outputs == NOT_FINISHED
    assert line_of(run.log) == "HLS: work to do (labeled: hls ::error::x)."


def test_commands_are_stopped_by_another_word_each_time(gate: Gate) -> None:
    assert gate("push", {}).log != gate("push", {}).log


def test_delimiters_are_never_the_same(gate: Gate) -> None:
    delimiters = re.findall(r"<<(hls_[0-9a-f]{32})$", gate("push", {}).raw + gate("push", {}).raw, re.MULTILINE)
    assert len(delimiters) == 6
    assert len(set(delimiters)) == 6


@pytest.mark.parametrize("half", ["\ud800", "\udc1bx", "x\ud83d", "\ud83dx\udc1b", "\\\ud800", "🐛\ud800🐛"])
def test_half_a_character_breaks_nothing(gate: Gate, half: str) -> None:
    payload = issue_event(title=half, body=f"/hls {half}", labels=[{"name": half}], user={"login": half})
    assert gate("issues", payload).outputs == NOT_FINISHED
    run = gate("issues", issue_event("labeled", label=half))
    assert (run.status, run.errors, run.outputs["reason"].split(":")[0]) == (0, "", "other-label")
    assert gate("issues", issue_event(f"opened{half}")).outputs["decision"] == "skip"


def test_halves_of_characters_are_replaced_and_whole_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text(r'{"\uD800": ["\ud83d\udc1b", "\ud83d \udc1b", "\\\ud800\n", "\\ud800", 1e5, null]}')
    assert module.read_event(str(path)) == {"�": ["🐛", "� �", "\\�\n", "\\ud800", 1e5, None]}


def test_a_log_that_knows_only_ascii_stops_nothing(gate: Gate) -> None:
    python = (sys.executable, "-I", "-S", "-X", "utf8=0")
    run = gate("issues", issue_event("labeled", label="🐛 bug"), {"LC_ALL": "C"}, python=python)
    assert (run.status, run.errors) == (0, "")
    assert run.outputs["decision"] == "skip"


def outcome_of(parse: Callable[[str], object], text: str) -> str:
    try:
        return repr(parse(text))
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.text()
    | st.text('[]{},: \t\r\n\x0b\ufeff"\\u08aE+-.truefalsnNaInity')
    | st.builds(
        lambda before, value, cut, after: f"{before}{json.dumps(value, ensure_ascii=False)[cut:]}{after}",
        st.text(" \t\r\n\xa0"),
        VALUES,
        st.sampled_from([0, 0, 0, 1]),
        st.text(" \t\r\n\xa0]}"),
    )
)
@example('{"a": 1, "a": NaN, "b": [-Infinity, Infinity, 1e999, -0.0, ' + "9" * 4300 + "]}")
@example("9" * 4301)
@example(" \ufeff{}")
@example('"\t"')
@example("[" * 100_000)
def test_an_event_is_parsed_as_json_parses_it(text: str) -> None:
    assert outcome_of(module.parsed, text) == outcome_of(json.loads, text)


@pytest.mark.parametrize("missing", ["_json", "_json.make_scanner", "strict"])
def test_without_the_scanner_of_json_the_event_is_parsed_by_json_itself(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "_json":
        monkeypatch.setitem(sys.modules, "_json", None)
    elif missing == "strict":
        monkeypatch.delattr(module.Scanning, missing)
    else:
        monkeypatch.delattr(missing)
    assert module.parsed('{"a": [1]}') == {"a": [1]}


# ---- what is no event ----

BROKEN = [
    pytest.param(None, "cannot read the event file", id="missing"),
    pytest.param(b"", "is not valid JSON (empty or cut off?)", id="empty"),
    pytest.param(b'{"action": "opened", "iss', "is not valid JSON (empty or cut off?)", id="truncated"),
    pytest.param(b'{"action": "\xff\xfe"}', "is not UTF-8 text (byte 12)", id="not UTF-8"),
    pytest.param([1], "contains a JSON list, not an object", id="an array"),
    pytest.param(b"null", "contains a JSON NoneType, not an object", id="null"),
    pytest.param(b"[" * 100_000, "nested too deeply", id="deeply nested"),
    pytest.param(b'{"a":' * 200_000, "nested too deeply", id="deeply nested objects"),
    pytest.param(b'{"n": ' + b"9" * 5_000 + b"}", "is not valid JSON", id="a giant number"),
    pytest.param(b" " * (31 * 1024 * 1024), "GitHub sends at most 25 MB", id="too large"),
    pytest.param({"action": "opened"}, "the 'issues' event has no 'issue' object", id="no issue"),
]


@pytest.mark.parametrize(("payload", "problem"), BROKEN)
def test_a_broken_event_file_is_an_error_in_one_line(gate: Gate, payload: object, problem: str) -> None:
    run = gate("issues", payload)
    assert (run.status, run.errors) == (2, "")
    assert run.log.startswith(ERROR)
    assert problem in run.log
    assert run.log.count("\n") == 1
    assert run.outputs.keys() == {"outcome", "reason"}
    assert run.outputs["outcome"] == "failed"


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"GITHUB_EVENT_NAME": ""}, "GITHUB_EVENT_NAME is not set"),
        ({"GITHUB_EVENT_PATH": ""}, "GITHUB_EVENT_PATH is not set"),
        ({"HLS_COMMENTS": "some\n::error::x"}, "input 'comments' is 'some ::error::x'; it must be one of addressed"),
        ({"HLS_COMMAND": "swep"}, "Did you mean 'sweep'?"),
        ({"HLS_MIN_BODY_CHARS": "many"}, "input 'min-body-chars' is 'many'; it must be a whole number"),
        ({"HLS_MENTION": "/"}, "input 'mention' is '/'"),
        (
            {"HLS_COMMAND": "rerun"},
            "the command 'rerun' needs the input 'number', the issue or pull request to look at.",
        ),
        ({"HLS_COMMAND": "rerun", "HLS_NUMBER": "seven"}, "input 'number' is 'seven'; it must be a whole number of 1"),
        ({"HLS_NUMBER": "0"}, "input 'number' is '0'; it must be a whole number of 1"),
        ({"HLS_MENTION": "/\udcff x"}, "input 'mention' is '/  x'"),
    ],
)
def test_a_wrong_input_is_an_error_in_one_line(gate: Gate, environment: dict[str, str], problem: str) -> None:
    run = gate("issues", issue_event(), environment)
    assert (run.status, run.errors) == (2, "")
    assert run.log.startswith(ERROR)
    assert problem in run.log
    assert run.log.count("\n") == 1
    assert "decision" not in run.outputs
    assert run.outputs["outcome"] == "failed"
    assert run.outputs["reason"].startswith("usage: ")


def test_a_rerun_with_its_number_works(gate: Gate) -> None:
    run = gate("push", {}, {"HLS_COMMAND": "rerun", "HLS_NUMBER": "7"})
    assert (run.status, run.outputs) == (0, NOT_FINISHED)


def test_an_event_file_with_a_byte_order_mark_is_read(gate: Gate) -> None:
    assert gate("issues", b"\xef\xbb\xbf" + json.dumps(issue_event()).encode()).outputs["decision"] == "work"


# ---- the same, without a process of its own: quick, and seen by the coverage ----


@pytest.fixture
def main(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the gate's main on a payload; returns its exit status and what it printed."""
    path = tmp_path / "event.json"
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(payload: object, **environment: str) -> tuple[int, str]:
        path.unlink(missing_ok=True)
        if payload is not None:
            path.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        variables = {"GITHUB_EVENT_NAME": "issues", "GITHUB_EVENT_PATH": str(path)} | environment
        monkeypatch.setattr(os, "environ", variables)
        return module.main(), capsys.readouterr().out

    return run


def test_main_prints_its_decision(main: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    output = tmp_path / "output"
    status, log = main(issue_event(), GITHUB_OUTPUT=str(output))
    assert (status, line_of(log)) == (0, "HLS: work to do (issue: opened).")
    assert read_outputs(output) == NOT_FINISHED
    status, log = main(issue_event(state="closed"))
    assert (status, line_of(log)) == (0, "HLS: nothing to do (closed: the thread is closed).")


def test_main_says_where_it_cannot_write(main: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    status, log = main(issue_event(), GITHUB_OUTPUT=str(tmp_path))
    assert (status, log.count("\n")) == (1, 1)
    assert log.startswith(f"{ERROR}cannot write the step's outputs to {tmp_path}: ")


@pytest.mark.parametrize(("payload", "problem"), BROKEN)
def test_main_refuses_a_broken_file(main: Callable[..., tuple[int, str]], payload: object, problem: str) -> None:
    status, printed = main(payload)
    assert (status, printed.count("\n")) == (2, 1)
    assert printed.startswith(ERROR)
    assert problem in printed


@pytest.mark.parametrize("name", ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"])
def test_main_needs_a_workflow(main: Callable[..., tuple[int, str]], name: str) -> None:
    status, printed = main(issue_event(), **{name: ""})
    assert (status, printed) == (
        2,
        f"{ERROR}{name} is not set: HLS runs as a step of a GitHub Actions workflow.\n",
    )


def test_main_refuses_an_old_python(main: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 0))
    status, printed = main(issue_event())
    assert status == 2
    assert "this is 3.8" in printed
