"""`prompt`: what would be sent is what is sent, and nothing is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hls_action import cli
from tests.unit.adapters.loopback import Loopback, Reply
from tests.unit.builders import BODY, comment_event, issue_event, pull_event
from tests.unit.quality.claude_server import COUNT, MESSAGES, claude, command, signed_in

__all__ = ["claude"]

FILES = [{"path": "a.py", "patch": "@@ -1 +1 @@\n-a\n+b", "additions": 1, "deletions": 1}]
EVENTS: dict[str, dict[str, object]] = {
    "issue": issue_event(),
    "pull request": pull_event(hls_files=FILES),
    "comment": comment_event("/hls is it like #12?"),
    "public": {**issue_event(), "repository": {"full_name": "o/r", "private": False}},
}
Capture = pytest.CaptureFixture[str]


def event(folder: Path, payload: dict[str, object]) -> Path:
    path = folder / "event.json"
    path.write_text(json.dumps(payload))
    return path


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unnamed(sent: Any) -> Any:
    """Without what stands for a folder's commit: `try` keeps its thread there, and so makes another of it."""
    return json.loads(re.sub(r'commit=\\"[0-9a-f]{12}\\"', "", json.dumps(sent)))


def as_sent(block: dict[str, Any]) -> dict[str, object]:
    mark = {"cache_control": {"type": "ephemeral"}} if block["cache"] else {}
    return {"type": "text", "text": block["text"], **mark}


@pytest.mark.parametrize("kind", EVENTS)
def test_what_is_shown_is_what_the_line_sends(kind: str, claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    claude.on(COUNT, Reply({"input_tokens": 1_234}))
    folder = tmp_path / "folder"
    (folder / ".github").mkdir(parents=True)
    (folder / ".github" / "hls.yml").write_text("effort: low\nmax_tokens: 1500\n")
    (folder / ".github" / "hls.md").write_text("Be kind.")
    (folder / "README.md").write_text("# Notes\n\nKeeps notes.")
    (folder / "export.py").write_text("def export(folder):\n    return open(folder)\n")
    path = event(tmp_path, EVENTS[kind])
    before = snapshot(folder)
    status, out, _ = command(capsys, signed_in(claude), "prompt", path, "--folder", folder, "--json")
    assert (status, snapshot(folder)) == (0, before)
    assert [asked.path for asked in claude.asked] == [COUNT], "nothing but the count of tokens is asked for"
    (call,) = json.loads(out)["calls"]
    assert cli.main(["try", str(path), "--folder", str(folder)], signed_in(claude)) == 0
    (asked,) = claude.to(MESSAGES)
    sent, (call,) = unnamed(asked.json), unnamed([call])
    assert sent["system"] == [as_sent(block) for block in call["system"]]
    assert sent["messages"] == [{"role": "user", "content": [as_sent(block) for block in call["user"]]}]
    assert (sent["model"], sent["max_tokens"]) == (call["model"], call["max_tokens"])
    assert sent["output_config"] == {
        "format": {"type": "json_schema", "schema": call["schema"]},
        "effort": call["effort"],
    }
    assert (call["effort"], call["max_tokens"], call["tokens"]) == ("low", 1_500, 1_234)
    assert ("def export" in out) == (kind == "public"), "code is shown where everybody may read it"


@pytest.mark.parametrize("private", [False, True])
def test_code_is_shown_where_the_event_says_that_it_is_public(private: bool, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "export.py").write_text("def export_notes(folder):\n    write(folder)\n")
    path = event(tmp_path, issue_event() | {"repository": {"private": private}})
    status, out, _ = command(capsys, {}, "prompt", path, "--folder", folder)
    assert status == 0
    assert ("  1  def export_notes(folder):" in out) == (not private)


def test_without_a_key_there_is_no_network(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(*_: object) -> None:
        raise AssertionError("somebody connects")

    monkeypatch.setattr("socket.socket.connect", connected)
    status, out, _ = command(capsys, {}, "prompt", event(tmp_path, issue_event()), "--json")
    assert status == 0
    (call,) = json.loads(out)["calls"]
    assert call["tokens"] is None
    assert BODY in call["user"][0]["text"]


def test_the_bytes_are_those_of_all_that_is_sent(tmp_path: Path, capsys: Capture) -> None:
    _, out, _ = command(capsys, {}, "prompt", event(tmp_path, issue_event(title="Ä€ crashes")), "--json")
    (call,) = json.loads(out)["calls"]
    blocks = [*call["system"], *call["user"]]
    assert [block["bytes"] for block in blocks] == [len(block["text"].encode()) for block in blocks]
    schema = len(json.dumps(call["schema"], ensure_ascii=False).encode())
    assert call["bytes"] == sum(block["bytes"] for block in blocks) + schema


def test_a_look_comes_first(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "hls.yml").write_text("knowledge: {look: on}")
    path = event(tmp_path, issue_event())
    _, out, _ = command(capsys, {}, "prompt", path, "--folder", tmp_path, "--json")
    assert [(call["call"], call["model"]) for call in json.loads(out)["calls"]] == [
        ("look", "claude-haiku-5-5"),
        ("answer", "claude-sonnet-5-5"),
    ]


def test_for_people(tmp_path: Path, capsys: Capture) -> None:
    status, out, _ = command(capsys, {}, "prompt", event(tmp_path, issue_event()))
    assert status == 0
    assert out.startswith("call        answer\nmodel       claude-sonnet-5-5\n")
    assert "tokens      not counted, which takes a key" in out
    assert "bytes, cached up to its end ----\n<thread>" in out


@pytest.mark.parametrize("as_json", [True, False])
def test_where_nothing_would_be_sent_the_reason_is_told(tmp_path: Path, capsys: Capture, as_json: bool) -> None:
    for payload in (issue_event(state="closed"), issue_event(body="?", title="?")):
        arguments = ["prompt", event(tmp_path, payload), *(["--json"] if as_json else [])]
        status, out, _ = command(capsys, {}, *arguments)
        assert status == 0
        assert (json.loads(out)["calls"] == []) if as_json else out.startswith("Nothing would be sent: ")


def test_a_thread_that_has_its_answer_is_left_alone(tmp_path: Path, capsys: Capture) -> None:
    path, folder = event(tmp_path, issue_event()), tmp_path / "folder"
    assert cli.main(["try", str(path), "--folder", str(folder)], {}) == 0
    capsys.readouterr()
    assert "already-answered" in command(capsys, {}, "prompt", path, "--folder", folder)[1]


@pytest.mark.parametrize(
    ("payload", "arguments", "words"),
    [
        ({"ref": "main"}, [], "not an issue, comment or pull request event"),
        (issue_event(number=0), [], "is not a valid GitHub event: 'number' is 0"),
        (issue_event(), ["--folder", "/nowhere/at/all"], "--folder is '/nowhere/at/all', which is no folder"),
    ],
)
def test_bad_input(
    payload: dict[str, object], arguments: list[str], words: str, tmp_path: Path, capsys: Capture
) -> None:
    status, out, err = command(capsys, {}, "prompt", event(tmp_path, payload), *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: Capture) -> None:
    assert command(capsys, {}, "prompt", tmp_path / "gone.json")[0] == 2


def test_a_count_that_fails_is_an_error(claude: Loopback, tmp_path: Path, capsys: Capture) -> None:
    claude.on(COUNT, Reply({"error": {"type": "authentication_error", "message": "invalid x-api-key"}}, 401))
    status, _, err = command(capsys, signed_in(claude), "prompt", event(tmp_path, issue_event()))
    assert status == 1
    assert "invalid x-api-key" in err


def test_the_event_names_the_repository_if_the_environment_does_not(tmp_path: Path, capsys: Capture) -> None:
    path = event(tmp_path, {**issue_event(), "repository": {"full_name": "octo/example"}})
    assert "octo/example" in command(capsys, {}, "prompt", path)[1]
    assert "octo/example" not in command(capsys, {"GITHUB_REPOSITORY": "o/r"}, "prompt", path)[1]


def test_what_strangers_wrote_commands_no_runner(tmp_path: Path, capsys: Capture) -> None:
    path = event(tmp_path, issue_event(body=f"{BODY}\n\n```\n::error::by a stranger\n```"))
    _, out, _ = command(capsys, {"GITHUB_ACTIONS": "true"}, "prompt", path)
    assert re.search(r"\A::stop-commands::(\w+)\n(?:.*\n)*::error::by a stranger\n(?:.*\n)*::\1::\n\Z", out)
