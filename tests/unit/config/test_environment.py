"""The environment of a run, read once and checked."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from hls_action.config import environment as config
from hls_action.config.environment import Config, Federation
from hls_action.domain.errors import UsageError

JOB = {"GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "ghs_job", "ANTHROPIC_API_KEY": "sk-secret"}
OIDC = {
    "HLS_ANTHROPIC_FEDERATION_RULE_ID": "rule-1",
    "HLS_ANTHROPIC_ORGANIZATION_ID": "org-1",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://runner.test/token?v=2",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-secret",
}


def load(**environ: str) -> Config:
    return config.load(JOB | environ)


def test_a_plain_job() -> None:
    settings = load(GITHUB_EVENT_NAME="issues", GITHUB_EVENT_PATH="/e.json")
    assert (settings.repository, settings.event_name, settings.event_path) == ("o/r", "issues", "/e.json")
    assert settings.api_url == "https://api.github.com"
    assert settings.anthropic_base_url == "https://api.anthropic.com"
    assert (settings.config_path, settings.model, settings.dry_run) == (".github/hls.yml", "", False)
    assert settings.number is None
    assert (settings.github_token, settings.anthropic_api_key) == ("ghs_job", "sk-secret")
    assert settings.job_token
    assert (settings.output_path, settings.summary_path, settings.federation) == (None, None, None)
    config.require_github(settings)
    config.require_claude(settings)


@pytest.mark.parametrize(("attempt", "repeated"), [("1", False), ("2", True), ("", False)])
def test_whether_the_run_is_a_repeat(attempt: str, repeated: bool) -> None:
    assert load(GITHUB_RUN_ATTEMPT=attempt).repeated is repeated


def test_inputs_win_over_the_environment() -> None:
    settings = load(
        HLS_GITHUB_TOKEN=" ghp_mine ",
        HLS_ANTHROPIC_API_KEY="sk-mine",
        HLS_MODEL="claude-opus-5-5",
        HLS_CONFIG="ci/hls.yml",
        HLS_DRY_RUN="True",
        HLS_NUMBER="12",
        GITHUB_API_URL="https://ghe.test/api/v3/",
        ANTHROPIC_BASE_URL="http://127.0.0.1:4010/",
        GITHUB_OUTPUT="/out",
        GITHUB_STEP_SUMMARY="/sum",
    )
    assert (settings.github_token, settings.anthropic_api_key) == ("ghp_mine", "sk-mine")
    assert (settings.model, settings.config_path, settings.dry_run, settings.number) == (
        "claude-opus-5-5",
        "ci/hls.yml",
        True,
        12,
    )
    assert settings.api_url == "https://ghe.test/api/v3"
    assert settings.anthropic_base_url == "http://127.0.0.1:4010"
    assert (settings.output_path, settings.summary_path) == (Path("/out"), Path("/sum"))


@pytest.mark.parametrize(
    ("environ", "own"),
    [
        ({}, True),
        ({"HLS_GITHUB_TOKEN": "x"}, False),
        ({"HLS_GITHUB_TOKEN": "x", "HLS_JOB_TOKEN": "true"}, True),
        ({"HLS_GITHUB_TOKEN": "x", "HLS_JOB_TOKEN": "false"}, False),
    ],
)
def test_whether_the_token_is_the_jobs_own(environ: dict[str, str], own: bool) -> None:
    assert load(**environ).job_token is own


def test_secrets_do_not_show() -> None:
    settings = load(**OIDC)
    assert set(settings.secrets) == {"ghs_job", "sk-secret", "request-secret"}
    for secret in settings.secrets:
        assert secret not in repr(settings)
        assert secret not in str(dataclasses.replace(settings))


def test_a_run_without_secrets_has_none_to_hide() -> None:
    assert config.load({}).secrets == ()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"HLS_DRY_RUN": "yes"}, "input 'dry-run' is 'yes'; it must be one of true, false."),
        ({"HLS_NUMBER": "#5"}, "input 'number' is '#5'; it must be a whole number of 1 or more."),
        ({"HLS_CONFIG": "/etc/passwd"}, "input 'config' is '/etc/passwd'; it must be a path inside the repository"),
        ({"HLS_CONFIG": "a/../../b"}, "input 'config' is 'a/../../b'"),
        (
            {"HLS_ANTHROPIC_API_KEY": "sk a"},
            "input 'anthropic-api-key' contains white space or an unprintable character",
        ),
        ({"HLS_GITHUB_TOKEN": "a\nb"}, "input 'github-token' contains white space"),
        ({"GITHUB_API_URL": "ftp://x"}, "GITHUB_API_URL is 'ftp://x'; it must be a URL like https://api.github.com."),
        ({"GITHUB_API_URL": "https://"}, "GITHUB_API_URL is 'https:'; it must be a URL"),
        ({"GITHUB_API_URL": "https://[::1"}, "GITHUB_API_URL is 'https://[::1'; it must be a URL"),
        (
            {"ANTHROPIC_BASE_URL": "http://x.test"},
            "ANTHROPIC_BASE_URL is 'http://x.test'; it must use https, because a token is sent there",
        ),
        ({"ANTHROPIC_BASE_URL": "https://x.test:port"}, "ANTHROPIC_BASE_URL is 'https://x.test:port'; it must be"),
        ({"HLS_STATE_BRANCH": "main"}, "input 'state-branch' is 'main', which looks like the default branch"),
        ({"HLS_STATE_BRANCH": "refs/heads/master"}, "'refs/heads/master', which looks like the default branch"),
        ({"HLS_FORCE": "1"}, "input 'force' is '1'; it must be one of true, false."),
        ({"GITHUB_RUN_ATTEMPT": "0"}, "GITHUB_RUN_ATTEMPT is '0'; it must be a whole number of 1 or more."),
        ({"GITHUB_RUN_ID": "abc"}, "GITHUB_RUN_ID is 'abc'; it must be"),
        ({"HLS_ANTHROPIC_ORGANIZATION_ID": "o"}, "must be set together, and are required by"),
        ({"HLS_ANTHROPIC_FEDERATION_RULE_ID": "r"}, "must be set together, and are required by"),
        ({"HLS_ANTHROPIC_WORKSPACE_ID": "w"}, "are required by 'anthropic-workspace-id'"),
        (
            {"HLS_ANTHROPIC_SERVICE_ACCOUNT_ID": "s"},
            "are required by 'anthropic-workspace-id' and 'anthropic-service",
        ),
        (OIDC | {"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, "requires the job to have 'permissions: id-token: write'"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)) as raised:
        load(**environ)
    assert "sk a" not in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:4000"])
def test_plain_http_is_for_this_machine_alone(host: str) -> None:
    assert load(GITHUB_API_URL=f"http://{host}").api_url == f"http://{host}"
    assert config.is_loopback(f"http://{host}/x")


@pytest.mark.parametrize("url", ["https://api.github.com", "http://127.0.0.1.evil.test", "http://localhost.evil.test"])
def test_other_hosts_are_not_this_machine(url: str) -> None:
    assert not config.is_loopback(url)


def test_signing_in_by_oidc() -> None:
    settings = config.load(JOB | OIDC | {"ANTHROPIC_API_KEY": ""})
    assert settings.federation == Federation("rule-1", "org-1", "https://runner.test/token?v=2", "request-secret")
    config.require_claude(settings)


def test_signing_in_by_oidc_to_a_workspace_and_as_a_service_account() -> None:
    chosen = {"HLS_ANTHROPIC_WORKSPACE_ID": " wrkspc_1 ", "HLS_ANTHROPIC_SERVICE_ACCOUNT_ID": "svac_1"}
    federation = config.load(JOB | OIDC | chosen).federation
    assert federation is not None
    assert (federation.workspace_id, federation.service_account_id) == ("wrkspc_1", "svac_1")


@pytest.mark.parametrize("name", ["", "o", "o/", "/r", "o/r/x"])
def test_a_repository_has_an_owner_and_a_name(name: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"GITHUB_REPOSITORY is '{name}'; it must be 'owner/name'.")):
        config.require_github(load(GITHUB_REPOSITORY=name))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match="no GitHub token"):
        config.require_github(load(GITHUB_TOKEN=""))
    with pytest.raises(UsageError, match="set the input 'anthropic-api-key'"):
        config.require_claude(load(ANTHROPIC_API_KEY=" "))


@pytest.mark.parametrize(
    ("asked", "environ", "command"),
    [
        ("auto", {"GITHUB_EVENT_NAME": "issues"}, "run"),
        ("auto", {"GITHUB_EVENT_NAME": "issue_comment"}, "run"),
        ("auto", {"GITHUB_EVENT_NAME": "schedule"}, "sweep"),
        ("auto", {"GITHUB_EVENT_NAME": "workflow_dispatch"}, "sweep"),
        ("auto", {"GITHUB_EVENT_NAME": "workflow_dispatch", "HLS_NUMBER": "5"}, "rerun"),
        ("auto", {"GITHUB_EVENT_NAME": "issues", "HLS_COMMAND": "sweep"}, "sweep"),
        ("run", {"GITHUB_EVENT_NAME": "schedule", "HLS_COMMAND": "sweep"}, "run"),
        ("rerun", {"HLS_NUMBER": "5"}, "rerun"),
        ("auto", {"GITHUB_EVENT_NAME": "schedule", "HLS_COMMAND": "claim"}, "claim"),
        ("publish", {"GITHUB_EVENT_NAME": "issues"}, "publish"),
    ],
)
def test_which_command_runs(asked: str, environ: dict[str, str], command: str) -> None:
    assert config.command(load(**environ).for_command(asked)) == command


@pytest.mark.parametrize(
    ("environ", "asks"),
    [
        ({}, True),
        ({"HLS_COMMAND": "ask"}, True),
        ({"HLS_COMMAND": "sweep"}, True),
        ({"HLS_FAN_OUT": "true"}, True),
        ({"HLS_COMMAND": "claim"}, False),
        ({"HLS_COMMAND": "publish"}, False),
        ({"HLS_COMMAND": "sweep", "HLS_FAN_OUT": "true"}, False),
    ],
)
def test_which_jobs_need_a_key(environ: dict[str, str], asks: bool) -> None:
    assert load(**environ).asks is asks


def test_a_rerun_needs_a_number() -> None:
    with pytest.raises(UsageError, match="the command 'rerun' needs the input 'number'"):
        config.command(load(HLS_COMMAND="rerun"))


@pytest.mark.parametrize(
    ("environ", "remote"),
    [
        ({}, "https://github.com/o/r.git"),
        ({"GITHUB_SERVER_URL": "https://ghe.test/"}, "https://ghe.test/o/r.git"),
        ({"HLS_STATE_REMOTE": "/srv/state.git"}, "/srv/state.git"),
        ({"HLS_STATE_BRANCH": "none"}, ""),
        ({"HLS_STATE_BRANCH": "None", "HLS_STATE_REMOTE": "/srv/state.git"}, ""),
        ({"GITHUB_API_URL": "http://127.0.0.1:4001"}, ""),
        ({"GITHUB_API_URL": "http://127.0.0.1:4001", "HLS_STATE_REMOTE": "/srv/state.git"}, "/srv/state.git"),
        (
            {"GITHUB_API_URL": "http://127.0.0.1:4001", "GITHUB_SERVER_URL": "http://127.0.0.1:4002"},
            "http://127.0.0.1:4002/o/r.git",
        ),
    ],
)
def test_where_the_ledger_is(environ: dict[str, str], remote: str) -> None:
    assert config.ledger_remote(load(**environ)) == remote


def test_which_run_it_is() -> None:
    settings = load(GITHUB_RUN_ID="17000000000", GITHUB_RUN_ATTEMPT="3")
    assert (settings.run_id, settings.run_attempt) == (17_000_000_000, 3)
    assert (load().run_id, load().run_attempt) == (1, 1)


@pytest.mark.parametrize(("value", "number"), [("123", 123), ("", None), ("x", None), ("9" * 30, None)])
def test_githubs_number_of_the_repository_is_known_where_it_is_told(value: str, number: int | None) -> None:
    assert load(GITHUB_REPOSITORY_ID=value).repository_number == number
