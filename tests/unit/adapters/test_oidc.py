"""Signing in to Claude with the job's identity, with the runner and Claude both played by a server on this machine."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path

import pytest

from hls_action.adapters.claude.api import Claude, federated
from hls_action.adapters.claude.oidc import identity_token
from hls_action.domain.faults.certificates import REMEDY
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from tests.unit.adapters.certificates import untrusted
from tests.unit.adapters.loopback import Loopback, Reply
from tests.unit.adapters.test_claude import MESSAGES, message, request

RUNNER, EXCHANGE = "/token", "/v1/oauth/token"
RETRY, FAIL = Disposition.RETRY, Disposition.FAIL
JWT = "header.payload.signature"
GRANTED = {"access_token": "bearer-1", "token_type": "Bearer", "expires_in": 3_600}


@pytest.fixture
def claude(server: Loopback) -> Claude:
    server.on(RUNNER, Reply({"count": 100, "value": JWT}))
    server.on(EXCHANGE, Reply(GRANTED))
    server.on(MESSAGES, Reply(message()))
    provider = partial(identity_token, f"{server.url}{RUNNER}?api-version=2", "request-secret")
    return federated(server.url, "rule-1", "org-1", provider)


def fault(claude: Claude) -> Fault:
    with pytest.raises(UpstreamError) as raised:
        claude.complete(request())
    assert JWT not in str(raised.value)
    return raised.value.fault


def test_the_jobs_token_becomes_claudes_token(
    server: Loopback, claude: Claude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-stray")
    assert claude.complete(request()).stop_reason == "end_turn"

    (asked_runner,) = server.to(RUNNER)
    assert asked_runner.path == f"{RUNNER}?api-version=2&audience=https%3A%2F%2Fapi.anthropic.com"
    assert asked_runner.headers["authorization"] == "Bearer request-secret"

    (exchanged,) = server.to(EXCHANGE)
    assert exchanged.json == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": JWT,
        "federation_rule_id": "rule-1",
        "organization_id": "org-1",
    }

    (asked_claude,) = server.to(MESSAGES)
    assert asked_claude.headers["authorization"] == "Bearer bearer-1"
    assert "x-api-key" not in asked_claude.headers
    assert not any("sk-stray" in str(asked.headers) for asked in server.asked)


def test_the_exchange_names_a_workspace_and_a_service_account_only_if_they_are_given(server: Loopback) -> None:
    server.on(EXCHANGE, Reply(GRANTED))
    server.on(MESSAGES, Reply(message()))
    chosen = {"workspace_id": "wrkspc_1", "service_account_id": "svac_1"}
    for given in ({}, chosen):
        federated(server.url, "rule-1", "org-1", lambda: JWT, **given).complete(request())
    without, with_both = (asked.json for asked in server.to(EXCHANGE))
    assert with_both == {**without, **chosen}


def test_a_key_in_the_environment_is_not_used(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-stray")
    server.on(EXCHANGE, Reply(GRANTED))
    server.on(MESSAGES, Reply(message()))
    federated(server.url, "rule-1", "org-1", lambda: JWT).complete(request())
    assert server.to(MESSAGES)[0].headers["authorization"] == "Bearer bearer-1"
    assert "x-api-key" not in server.to(MESSAGES)[0].headers


def test_the_token_is_used_again(server: Loopback, claude: Claude) -> None:
    claude.complete(request())
    claude.complete(request())
    assert (len(server.to(RUNNER)), len(server.to(EXCHANGE)), len(server.to(MESSAGES))) == (1, 1, 2)


@pytest.mark.parametrize(
    ("reply", "kind", "expected", "words"),
    [
        pytest.param(Reply({"error": "invalid_grant"}, 401), "status", FAIL, "invalid_grant", id="refused"),
        pytest.param(Reply({"error": "invalid_request"}, 400), "status", FAIL, "invalid_request", id="not accepted"),
        pytest.param(Reply(b"no", 403), "status", FAIL, "signing in by OIDC: refused", id="no permission"),
        pytest.param(Reply(b"<html>", 503), "status", RETRY, "answered 503", id="unavailable"),
        pytest.param(Reply(b"slow down", 429), "status", RETRY, "answered 429", id="too many"),
        pytest.param(
            Reply({"token_type": "Bearer"}), "unreadable", RETRY, "the response is not a token", id="no token"
        ),
        pytest.param(Reply(b"<html>"), "unreadable", RETRY, "the response is not a token", id="a page"),
        pytest.param(Reply([]), "unreadable", RETRY, "the response is not a token", id="a list"),
        pytest.param(Reply(GRANTED, cut=True), "connection", RETRY, "while talking to 127.0.0.1", id="cut off"),
    ],
)
def test_an_exchange_that_fails(
    server: Loopback, claude: Claude, reply: Reply, kind: str, expected: Disposition, words: str
) -> None:
    server.on(EXCHANGE, reply)
    met = fault(claude)
    assert (met.service, met.kind, disposition(met)) == ("claude", kind, expected)
    assert words in str(met)
    assert not met.may_have_taken_effect, "nothing was asked of Claude, so that nothing is billed"
    assert server.to(MESSAGES) == []
    assert ("'anthropic-federation-rule-id'" in met.advice) is (expected is FAIL)
    assert "ANTHROPIC_WORKSPACE_ID" not in str(met), "the SDK's advice is for other users of it"


def test_an_exchange_that_is_out_of_reach_is_tried_again(server: Loopback) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        met = fault(federated(f"http://127.0.0.1:{free.getsockname()[1]}", "rule-1", "org-1", lambda: JWT))
    assert (met.service, met.kind, disposition(met)) == ("claude", "unreachable", RETRY)


def test_a_runner_whose_certificate_nobody_vouches_for_is_final(tmp_path: Path) -> None:
    with untrusted(tmp_path) as url, pytest.raises(UpstreamError) as raised:
        identity_token(url, "request-secret")
    met = raised.value.fault
    assert (met.service, met.kind, disposition(met)) == ("github", "certificate", FAIL)
    assert str(raised.value).startswith(f"{REMEDY} (GitHub: certificate: no OIDC token: ")


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        pytest.param(Reply(b"no", 403), FAIL, "does the job have 'permissions: id-token: write'?", id="not allowed"),
        pytest.param(Reply(b"", 500), RETRY, "no OIDC token", id="broken"),
        pytest.param(Reply(b"<html>"), RETRY, "no OIDC token", id="a page"),
        pytest.param(Reply({"count": 0}), RETRY, "no OIDC token (KeyError)", id="no value"),
        pytest.param(Reply([]), RETRY, "no OIDC token (TypeError)", id="a list"),
    ],
)
def test_a_runner_that_gives_no_token(
    server: Loopback, claude: Claude, reply: Reply, expected: Disposition, words: str
) -> None:
    server.on(RUNNER, reply)
    met = fault(claude)
    assert met.service == "github"
    assert words in met.message
    assert disposition(met) is expected
    assert "request-secret" not in str(met)
    assert server.to(EXCHANGE) == server.to(MESSAGES) == []


def test_a_request_address_without_a_query(server: Loopback) -> None:
    server.on(RUNNER, Reply({"value": JWT}))
    assert identity_token(f"{server.url}{RUNNER}", "request-secret") == JWT
    assert server.asked[0].path == f"{RUNNER}?audience=https%3A%2F%2Fapi.anthropic.com"
