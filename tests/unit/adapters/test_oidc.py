"""Signing in to Claude with the job's identity, with the runner and Claude both played by a server on this machine."""

from __future__ import annotations

from functools import partial

import pytest

from hls_action.adapters.claude import Claude, federated
from hls_action.adapters.oidc import identity_token
from hls_action.domain.faults import Disposition, Fault, disposition
from hls_action.errors import UpstreamError
from tests.unit.adapters.loopback import Loopback, Reply
from tests.unit.adapters.test_claude import MESSAGES, message, request

RUNNER, EXCHANGE = "/token", "/v1/oauth/token"
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
    ("reply", "expected", "words"),
    [
        pytest.param(
            Reply({"error": "invalid_grant"}, 401), Disposition.FAIL, "Ensure your federation rule", id="refused"
        ),
        pytest.param(Reply({"error": "invalid_request"}, 400), Disposition.FAIL, "invalid_request", id="not accepted"),
        pytest.param(Reply(b"<html>", 503), Disposition.RETRY, "HTTP 503", id="unavailable"),
        pytest.param(Reply(b"slow down", 429), Disposition.RETRY, "HTTP 429", id="too many"),
        pytest.param(Reply({"token_type": "Bearer"}), Disposition.FAIL, "missing required fields", id="no token"),
    ],
)
def test_an_exchange_that_fails(
    server: Loopback, claude: Claude, reply: Reply, expected: Disposition, words: str
) -> None:
    server.on(EXCHANGE, reply)
    met = fault(claude)
    assert met.service == "claude"
    assert words in met.message
    assert disposition(met) is expected
    assert server.to(MESSAGES) == []


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        pytest.param(Reply(b"no", 403), Disposition.FAIL, "does the job have 'id-token: write'?", id="not allowed"),
        pytest.param(Reply(b"", 500), Disposition.RETRY, "no OIDC token", id="broken"),
        pytest.param(Reply(b"<html>"), Disposition.RETRY, "no OIDC token", id="a page"),
        pytest.param(Reply({"count": 0}), Disposition.RETRY, "no OIDC token (KeyError)", id="no value"),
        pytest.param(Reply([]), Disposition.RETRY, "no OIDC token (TypeError)", id="a list"),
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
