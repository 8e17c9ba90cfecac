"""Secrets put wherever a run finds text, and looked for wherever a run leaves any: in a process of its own."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.fakes import answer_data
from tests.standins.job import Ended, Job
from tests.unit.adapters.loopback import Asked, Loopback, Reply, serve
from tests.unit.builders import BODY, issue_event

REPO = "/repos/o/r"
STAMP = "2026-11-02T08:00:00Z"


def canary(name: str) -> str:
    """A token in GitHub's shape, of this place alone."""
    return "ghp_" + re.sub("[+/=]", "", base64.b64encode(sha256(name.encode()).digest()).decode())[:36]


OWN = {name: f"canary-{name}-k7Qm2vR9xT4w" for name in ("token", "key", "hook", "oidc", "runtime", "other")}
"""Secrets of the job, in no shape that is known."""
KNOWN = {name: OWN[name] for name in ("token", "key")}
"""Those that HLS is given, and so takes out even where somebody else wrote them."""
PASTED = {
    name: canary(name)
    for name in (
        "event",
        "title",
        "body",
        "comment",
        "label",
        "file",
        "hidden",
        "error",
        "claude-error",
        "git",
        "claude",
    )
}


@dataclass
class World:
    """GitHub and Claude on this machine, a bare repository for the state, and what git was started with."""

    folder: Path
    server: Loopback
    answer: dict[str, Any] = field(default_factory=lambda: answer_data(comment="See the log."))
    claude: Reply | None = None

    def prepare(self) -> None:
        """Say what the servers answer."""
        author = {"login": "ann", "id": 5, "type": "User"}
        thread = {
            "number": 7, "id": 70, "node_id": "I_7", "title": f"Export crashes {PASTED['title']}", "state": "open",
            "body": f"{BODY} {PASTED['body']} {' '.join(KNOWN.values())} <!-- {PASTED['hidden']} -->", "user": author,
            "labels": [], "created_at": STAMP, "updated_at": STAMP, "author_association": "NONE", "comments": 1,
            "locked": False, "repository_url": f"{self.server.url}{REPO}", "html_url": "https://github.com/o/r/issues/7",
            "url": f"{self.server.url}{REPO}/issues/7",
        }  # fmt: skip
        said = {
            "id": 31, "node_id": "IC_31", "user": author, "author_association": "NONE", "created_at": STAMP,
            "updated_at": STAMP, "body": f"As {PASTED['comment']} says {OWN['key']}", "html_url": "https://github.com/x",
        }  # fmt: skip
        content = base64.b64encode(f"Ask for {PASTED['file']} first.".encode()).decode()
        server = self.server
        server.on(f"{REPO}/issues/7", Reply(thread))
        server.on(f"GET {REPO}/issues/7/comments", Reply([said]))
        server.on(
            f"POST {REPO}/issues/7/comments", Reply(lambda asked: Reply(said | {"id": 32} | asked.json, status=201))
        )
        server.on(f"{REPO}/labels", Reply([{"name": "bug", "description": PASTED["label"]}]))
        server.on(f"{REPO}/issues/7/labels", Reply([]))
        server.on(f"{REPO}/contents/.github/hls.md", Reply({"type": "file", "encoding": "base64", "content": content}))
        server.on("/graphql", Reply({"errors": [{"message": f"no {PASTED['error']}"}]}))
        server.on("/v1/messages", self.claude or Reply(self._message))
        server.on("/hook", Reply({}))

    def _message(self, asked: Asked) -> dict[str, object]:
        """Claude, which tells all it was sent."""
        sent = json.dumps(asked.json["messages"], ensure_ascii=False)
        answer = self.answer | {
            "comment": f"{PASTED['claude']} {' '.join(KNOWN.values())}\n\n```\n{sent}\n```",
            "missing": [PASTED["claude"], OWN["key"]],
        }
        return {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
            "stop_reason": "end_turn",
            "stop_sequence": None, "content": [{"type": "text", "text": json.dumps(answer)}],
            "usage": {"input_tokens": 11, "output_tokens": 7},
        }  # fmt: skip

    def run(self) -> Ended:
        """Run the action's last step on an opened issue."""
        self.prepare()
        state, shim = self.folder / "state.git", self.folder / "bin"
        subprocess.run(["git", "init", "-q", "--bare", str(state)], check=True)
        shim.mkdir()
        real = shutil.which("git")
        (shim / "git").write_text(
            f'#!/bin/sh\n{{ printf "%s\\n" "ARGV $*"; env; }} >> {self.folder}/children\n'
            f'case "$*" in *fetch*--filter*) echo "remote: {PASTED["git"]}" >&2;; esac\nexec {real} "$@"\n'
        )
        (shim / "git").chmod(0o755)
        event = self.folder / "event.json"
        payload: dict[str, Any] = issue_event()
        payload["issue"]["body"] = f"{BODY} {PASTED['event']}"
        event.write_text(json.dumps(payload))
        env = {
            "PATH": f"{shim}:/usr/bin:/bin", "GITHUB_REPOSITORY": "o/r", "GITHUB_EVENT_NAME": "issues",
            "GITHUB_EVENT_PATH": str(event), "GITHUB_API_URL": self.server.url, "GITHUB_SERVER_URL": self.server.url,
            "GITHUB_TOKEN": OWN["token"], "HLS_ANTHROPIC_API_KEY": OWN["key"], "ANTHROPIC_BASE_URL": self.server.url,
            "HLS_ALERT_WEBHOOK": f"{self.server.url}/hook?key={OWN['hook']}", "HLS_STATE_REMOTE": str(state),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": OWN["oidc"], "ACTIONS_RUNTIME_TOKEN": OWN["runtime"],
            "DEPLOY_PASSWORD": OWN["other"], "GITHUB_RUN_ID": "1", "RUNNER_DEBUG": "1", "GITHUB_ACTIONS": "true",
        }  # fmt: skip
        return Job("run", env=env, folder=self.folder / "job").wait(120)

    def sinks(self, ended: Ended) -> Mapping[str, str]:
        """All that a run leaves anywhere, by where that is."""
        asked = [(each, each.body.decode(errors="replace")) for each in self.server.asked]
        state = self.folder / "state.git"
        found = subprocess.run(
            ["git", "-C", str(state), "log", "-p", "--all", "--format=raw"], capture_output=True, text=True, check=True
        )
        summary = self.folder / "job" / "summary"
        children = (self.folder / "children").read_text().splitlines()
        return {
            "prompt": "\n".join(body for each, body in asked if each.path.startswith("/v1/")),
            "comment": "\n".join(body for each, body in asked if each.method == "POST" and "/repos/" in each.path),
            "webhook": "\n".join(body for each, body in asked if each.path.startswith("/hook")),
            "addresses": "\n".join(each.path for each, _ in asked if not each.path.startswith("/hook")),
            "log": re.sub(r"^::add-mask::.*$", "", ended.log, flags=re.MULTILINE),
            "outputs": repr(ended.outputs),
            "summary": summary.read_text() if summary.exists() else "",
            "state": found.stdout,
            "argv": "\n".join(line for line in children if line.startswith("ARGV ")),
            "children's environment": "\n".join(line for line in children if not line.startswith("ARGV ")),
        }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with serve() as server:
        yield World(tmp_path, server)


def spelt(secret: str) -> set[str]:
    """A secret as it may be written, too."""
    raw = secret.encode()
    return {secret, raw.hex(), base64.b64encode(raw).decode(), quote(secret), secret[::-1]}


def seen(sinks: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    return [
        f"{name} in {sink}"
        for sink, text in sinks.items()
        for name, secret in secrets.items()
        if any(form in text for form in spelt(secret))
    ]


def test_no_secret_of_the_job_and_none_that_people_pasted_is_told_anywhere(world: World) -> None:
    ended = world.run()
    sinks = world.sinks(ended)
    assert ended.outcome == "done", ended
    assert [sink for sink, text in sinks.items() if not text and sink != "webhook"] == []
    assert all("[redacted" in sinks[sink] for sink in ("prompt", "comment", "log"))
    assert seen(sinks, OWN | PASTED) == ["token in children's environment"], "which only this user can read"


@pytest.mark.parametrize(("status", "kind"), [(400, "invalid_request_error"), (401, "authentication_error")])
def test_nor_is_one_in_what_a_failure_says(world: World, status: int, kind: str) -> None:
    said = {"type": "error", "error": {"type": kind, "message": f"{PASTED['claude']} {OWN['key']}"}}
    world.claude = Reply(said, status=status)
    ended = world.run()
    sinks = world.sinks(ended)
    assert ended.outcome == "failed", ended
    assert "[redacted" in sinks["log"]
    assert seen(sinks, OWN | PASTED) == ["token in children's environment"]


def test_the_judge_sees_a_secret_however_it_is_spelt() -> None:
    assert [seen({"log": f"x {form} y"}, {"key": OWN["key"]}) for form in spelt(OWN["key"])] == [["key in log"]] * len(
        spelt(OWN["key"])
    )
