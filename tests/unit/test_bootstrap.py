"""What the composition root builds from a configuration."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest

from hls_action import bootstrap, data
from hls_action.config import environment
from hls_action.config.environment import Config
from hls_action.domain.errors import ConfigError, UsageError
from hls_action.domain.identity import ThreadId
from hls_action.line.respond import answer
from hls_action.resilience.background import Background
from tests.unit.adapters.loopback import Reply, serve
from tests.unit.builders import BODY, trigger

JOB = {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "ghs_job", "ANTHROPIC_API_KEY": "sk-test"}


def load(**environ: str) -> Config:
    return environment.load(JOB | environ)


def test_something_slow_is_built_while_others_go_on() -> None:
    go_on = threading.Event()

    def slow() -> str:
        assert go_on.wait(30)
        return "built"

    background = Background(slow)
    go_on.set()
    assert background() == "built"
    assert background() == "built"


def test_an_error_while_building_is_raised_where_the_thing_is_needed() -> None:
    def broken() -> str:
        raise UsageError("no")

    background = Background(broken)
    with pytest.raises(UsageError, match="no"):
        background()


def test_a_run_needs_both_services() -> None:
    with pytest.raises(UsageError, match="no GitHub token"):
        bootstrap.run(load(GITHUB_TOKEN=""))
    with pytest.raises(UsageError, match="cannot sign in to Claude"):
        bootstrap.run(load(ANTHROPIC_API_KEY=""))


@pytest.mark.parametrize(("asked", "shown"), [("1", "::debug::0.00 s: a step\n"), ("0", ""), ("", "")])
def test_steps_are_told_where_debug_logging_is_on(asked: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load(RUNNER_DEBUG=asked, HLS_STATE_BRANCH="none")
    bootstrap.run(settings).debug("a step")
    assert re.sub(r"\d\.\d\d s", "0.00 s", capsys.readouterr().out) == shown


def test_materials_are_the_shipped_files_and_the_inputs() -> None:
    materials = bootstrap.materials(load(HLS_MODEL="claude-opus-5-5", HLS_DRY_RUN="true", HLS_CONFIG="ci/hls.yml"))
    assert (materials.repository, materials.config_path, materials.dry_run) == ("o/r", "ci/hls.yml", True)
    assert materials.templates == data.templates()
    assert materials.parse_settings(None).model == "claude-opus-5-5"
    with pytest.raises(ConfigError, match=r"^ci/hls\.yml, line 1: "):
        materials.parse_settings("modle: x")


def threads(root: Path) -> None:
    (root / "threads").mkdir(parents=True)
    raw = {"title": "Export crashes", "body": BODY, "author": {"login": "ann"}}
    (root / "threads" / "7.json").write_text(json.dumps(raw))


def test_without_a_key_a_folder_gets_a_sample(tmp_path: Path) -> None:
    threads(tmp_path)
    run, github = bootstrap.local_run(load(ANTHROPIC_API_KEY=""), tmp_path)
    assert answer(run, trigger(retry=True)).synthetic
    assert "Offline sample" in github.comments(ThreadId(7))[0].body


@pytest.mark.parametrize("signed_in_by", ["key", "oidc"])
def test_with_a_way_to_sign_in_claude_is_asked(tmp_path: Path, signed_in_by: str) -> None:
    threads(tmp_path)
    oidc = {
        "ANTHROPIC_API_KEY": "",
        "HLS_ANTHROPIC_FEDERATION_RULE_ID": "rule-1",
        "HLS_ANTHROPIC_ORGANIZATION_ID": "org-1",
        "HLS_ANTHROPIC_WORKSPACE_ID": "wrkspc_1",
        "HLS_ANTHROPIC_SERVICE_ACCOUNT_ID": "svac_1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-secret",
    }
    with serve() as server:
        server.on("/token", Reply({"value": "header.payload.signature"}))
        server.on("/v1/oauth/token", Reply({"access_token": "b", "token_type": "Bearer", "expires_in": 60}))
        server.on(
            "/v1/messages", Reply({"type": "error", "error": {"type": "not_found_error", "message": "gone"}}, 404)
        )
        environ = oidc | {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/token"} if signed_in_by == "oidc" else {}
        run, _ = bootstrap.local_run(load(ANTHROPIC_BASE_URL=server.url, **environ), tmp_path)
        outcome = answer(run, trigger(retry=True))
        sender = server.to("/v1/messages")[0].headers["authorization"]
        exchanged = [asked.json for asked in server.to("/v1/oauth/token")]
    assert str(outcome.reason).endswith("(Claude answered 404: not_found_error: gone)")
    assert [(asked["workspace_id"], asked["service_account_id"]) for asked in exchanged] == (
        [("wrkspc_1", "svac_1")] if signed_in_by == "oidc" else []
    )
    assert sender == ("Bearer b" if signed_in_by == "oidc" else "Bearer sk-test")


@pytest.mark.parametrize(
    ("event", "public"),
    [
        ({"repository": {"private": False, "visibility": "public"}}, True),
        ({"repository": {"private": False}}, True),
        ({"repository": {"private": True, "visibility": "private"}}, False),
        ({"repository": {"private": True, "visibility": "internal"}}, False),
        ({"repository": {"private": False, "visibility": "internal"}}, False),
        ({"repository": {"full_name": "o/r"}}, False),
        ({"repository": "o/r"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_repository_is_public_where_the_event_says_so(tmp_path: Path, event: object, public: bool) -> None:
    path = tmp_path / "event.json"
    if event is not None:
        path.write_text(json.dumps(event))
    run = bootstrap.run(load(GITHUB_EVENT_PATH=str(path), HLS_STATE_BRANCH="none"))
    assert run.materials.public == public


@pytest.mark.parametrize(
    ("environ", "branch"),
    [
        ({}, "hls-state-index"),
        ({"HLS_STATE_BRANCH": "books"}, "books-index"),
        ({"HLS_STATE_BRANCH": "none"}, None),
        ({"HLS_STATE_REMOTE": "https://github.com/o/state.git", "GITHUB_REPOSITORY_ID": "42"}, "hls-state-index-42"),
        ({"HLS_STATE_REMOTE": "https://github.com/o/state.git"}, None),
    ],
)
def test_the_index_of_issues_is_on_a_branch_of_its_own(environ: dict[str, str], branch: str | None) -> None:
    store = bootstrap.run(load(**environ)).issue_store
    assert getattr(store, "_branch", None) == branch
