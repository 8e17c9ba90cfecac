"""Claude's adapter against a server on this machine: what it sends, and what each answer becomes."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anthropic
import pytest

from hls_action.adapters.claude.api import Claude, federated
from hls_action.domain.budget.prices import Usage
from hls_action.domain.faults import claude_errors
from hls_action.domain.faults.certificates import REMEDY
from hls_action.domain.faults.errors import SpendLimitReached, UpstreamError
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.ports import ModelRequest
from tests.unit.adapters.certificates import untrusted
from tests.unit.adapters.loopback import Loopback, Reply

MESSAGES = "/v1/messages"
RETRY, DEFER, FAIL = Disposition.RETRY, Disposition.DEFER, Disposition.FAIL


def request(**changes: Any) -> ModelRequest:
    fields: dict[str, Any] = {
        "model": "claude-sonnet-5-5",
        "prompt": Prompt(system=(Text("rules"), Text("labels", cache=True)), user=(Text("thread", cache=True),)),
        "schema": {"type": "object"},
        "max_tokens": 500,
        "timeout": 20.0,
    }
    return ModelRequest(**(fields | changes))


def message(**changes: object) -> dict[str, object]:
    """A message as the API sends it."""
    base: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5-20261001",
        "content": [{"type": "text", "text": '{"comment": '}, {"type": "text", "text": '"Hi"}'}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }
    return base | changes


def ask(server: Loopback, *replies: Reply, **changes: Any) -> Any:
    server.on(MESSAGES, *replies)
    return Claude(server.url, api_key="sk-test").complete(request(**changes))


def fault(server: Loopback, reply: Reply, **changes: Any) -> Fault:
    with pytest.raises(UpstreamError) as raised:
        ask(server, reply, **changes)
    assert len(server.to(MESSAGES)) == 1, "one call is one attempt"
    return raised.value.fault


def test_what_is_sent(server: Loopback) -> None:
    ask(server, Reply(message()), effort="low")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", MESSAGES)
    assert asked.headers["authorization"] == "Bearer sk-test"
    assert asked.json == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 500,
        "system": [
            {"type": "text", "text": "rules"},
            {"type": "text", "text": "labels", "cache_control": {"type": "ephemeral"}},
        ],
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "thread", "cache_control": {"type": "ephemeral"}}],
            }
        ],
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}, "effort": "low"},
    }


def test_without_an_effort_none_is_sent(server: Loopback) -> None:
    ask(server, Reply(message()))
    config = server.asked[0].json["output_config"]
    assert isinstance(config, dict)
    assert "effort" not in config


def test_where_claude_is_to_think_is_sent_only_if_it_is_said(server: Loopback) -> None:
    ask(server, Reply(message()), inference_geo="global")
    assert server.asked[0].json["inference_geo"] == "global"


@pytest.mark.parametrize(("said", "read"), [({"inference_geo": "us"}, "us"), ({"inference_geo": None}, ""), ({}, "")])
def test_where_claude_thought(server: Loopback, said: dict[str, object], read: str) -> None:
    usage = {"input_tokens": 11, "output_tokens": 7, **said}
    assert ask(server, Reply(message(usage=usage))).inference_geo == read


def test_a_key_given_wins_over_a_token_lying_around(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "stray-token")
    ask(server, Reply(message()))
    assert "stray-token" not in str(server.asked[0].headers)


def test_what_comes_back(server: Loopback) -> None:
    reply = ask(server, Reply(message(), headers={"request-id": "req_1"}))
    assert (reply.text, reply.stop_reason) == ('{"comment": "Hi"}', "end_turn")
    assert reply.usage == Usage(input=11, output=7)
    assert (reply.model, reply.request_id) == ("claude-sonnet-5-5-20261001", "req_1")
    assert (reply.refusal, reply.synthetic) == ("", False)


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        pytest.param({}, Usage(11, 7), id="no cache"),
        pytest.param(
            {"cache_creation_input_tokens": 100, "cache_read_input_tokens": 50},
            Usage(11, 7, cache_write_5m=100, cache_read=50),
            id="a cache for five minutes",
        ),
        pytest.param(
            {
                "cache_creation_input_tokens": 100,
                "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 70},
            },
            Usage(11, 7, cache_write_5m=30, cache_write_1h=70),
            id="part of it for an hour",
        ),
        pytest.param(
            {"output_tokens": 7, "output_tokens_details": {"thinking_tokens": 5}},
            Usage(11, 7, thinking=5),
            id="thinking",
        ),
        pytest.param(
            {"cache_creation_input_tokens": None, "cache_read_input_tokens": None, "cache_creation": None},
            Usage(11, 7),
            id="nulls",
        ),
    ],
)
def test_usage(server: Loopback, reported: dict[str, object], usage: Usage) -> None:
    reply = ask(server, Reply(message(usage={"input_tokens": 11, "output_tokens": 7} | reported)))
    assert reply.usage == usage


@pytest.mark.parametrize(
    ("changes", "stop_reason", "refusal"),
    [
        ({"stop_reason": "max_tokens"}, "max_tokens", ""),
        ({"stop_reason": "refusal", "content": []}, "refusal", ""),
        (
            {"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "x", "explanation": "Unsafe."}},
            "refusal",
            "Unsafe.",
        ),
        ({"stop_reason": None}, "", ""),
        ({"stop_reason": "new_reason"}, "", ""),
    ],
)
def test_why_it_stopped(server: Loopback, changes: dict[str, object], stop_reason: str, refusal: str) -> None:
    reply = ask(server, Reply(message(**changes)))
    assert (reply.stop_reason, reply.refusal) == (stop_reason, refusal)


def test_thinking_is_no_part_of_the_answer(server: Loopback) -> None:
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "x"}
    assert ask(server, Reply(message(content=[thinking, {"type": "text", "text": "{}"}]))).text == "{}"


@pytest.mark.parametrize("model", ["", None, 5, ["x"], "x`](https://example.com)", "claude\n# Hi", "x" * 101])
def test_a_model_without_a_proper_name_is_the_one_that_was_asked(server: Loopback, model: object) -> None:
    assert ask(server, Reply(message(model=model))).model == "claude-sonnet-5-5"


# ---- faults ----


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", FAIL),
        (401, "authentication_error", FAIL),
        (402, "billing_error", DEFER),
        (403, "permission_error", FAIL),
        (404, "not_found_error", FAIL),
        (408, "timeout_error", RETRY),
        (409, "conflict_error", RETRY),
        (413, "request_too_large", FAIL),
        (422, "invalid_request_error", FAIL),
        (429, "rate_limit_error", RETRY),
        (500, "api_error", RETRY),
        (502, "api_error", RETRY),
        (504, "timeout_error", RETRY),
        (529, "overloaded_error", RETRY),
    ],
)
def test_a_status(server: Loopback, status: int, kind: str, expected: Disposition) -> None:
    body = {"type": "error", "error": {"type": kind, "message": "the reason"}, "request_id": "req_2"}
    met = fault(server, Reply(body, status, {"request-id": "req_2"}))
    assert (met.service, met.kind, met.status) == ("claude", "status", status)
    assert (met.code, met.message, met.request_id) == (kind, "the reason", "req_2")
    assert met.rate_limited is (status == 429)
    assert disposition(met) is expected


@pytest.mark.parametrize(
    ("headers", "retry_after", "should_retry"),
    [
        ({}, None, None),
        ({"retry-after": "12"}, 12.0, None),
        ({"retry-after": "0.5", "x-should-retry": "true"}, 0.5, True),
        ({"retry-after": "-3"}, 0.0, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:27:00 GMT"}, 60.0, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "99999999999999999999"}, 604_800.0, None),
        ({"x-should-retry": "false"}, None, False),
        ({"x-should-retry": "maybe"}, None, None),
    ],
)
def test_what_the_service_asks_for(
    server: Loopback, headers: dict[str, str], retry_after: float | None, should_retry: bool | None
) -> None:
    met = fault(server, Reply({"error": {"type": "overloaded_error", "message": "busy"}}, 529, headers))
    assert (met.retry_after, met.should_retry) == (retry_after, should_retry)


ORGANIZATION = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
WORKSPACE = (
    "You have reached your specified workspace API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
)
LOW_CREDIT = (
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase "
    "credits."
)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "error", "until"),
    [
        pytest.param(400, {"type": "invalid_request_error", "message": ORGANIZATION}, DECEMBER, id="a limit of ours"),
        pytest.param(400, {"type": "invalid_request_error", "message": WORKSPACE}, DECEMBER, id="the workspace's"),
        pytest.param(400, {"type": "invalid_request_error", "message": LOW_CREDIT}, None, id="no credit"),
        pytest.param(402, {"type": "billing_error", "message": "Check your payment details."}, None, id="no payment"),
        pytest.param(
            429,
            {
                "type": "rate_limit_error",
                "message": "This organization has reached its monthly API usage threshold.",
                "details": {"error_code": "enforced_spend_limit_reached"},
            },
            None,
            id="the tier's cap",
        ),
    ],
)
def test_a_spent_account_is_no_failure_and_no_rate_limit(
    server: Loopback, status: int, error: dict[str, object], until: datetime | None
) -> None:
    """As documented: https://platform.claude.com/docs/en/api/errors and .../api/rate-limits"""
    server.on(MESSAGES, Reply({"type": "error", "error": error, "request_id": "req_2"}, status))
    with pytest.raises(SpendLimitReached) as raised:
        Claude(server.url, api_key="sk-test").complete(request())
    met = raised.value.fault
    assert (met.credit_exhausted, met.rate_limited, met.until, disposition(met)) == (True, False, until, DEFER)
    assert str(raised.value).startswith("add credit or raise the spend limit in the Claude Console")
    assert str(error["message"]) in str(raised.value)


def test_the_codes_of_spend_limits_are_those_that_the_sdk_knows() -> None:
    known = Path(anthropic.__file__).parent / "types" / "shared"
    codes = {
        code
        for path in known.glob("*_error_details.py")
        for code in re.findall(r'error_code: Literal\["(\w*spend_limit\w*)"\]', path.read_text("utf-8"))
    }
    assert codes == claude_errors.SPENT_CODES


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "authentication_error", ("the secret ANTHROPIC_API_KEY", "(input 'anthropic-api-key')")),
        (403, "permission_error", ("the secret ANTHROPIC_API_KEY",)),
        (404, "not_found_error", ("`model` in the configuration", "the input 'model'")),
        (404, "", ("ANTHROPIC_BASE_URL",)),
    ],
)
def test_what_no_retry_cures_names_what_to_change_first(
    server: Loopback, status: int, kind: str, words: tuple[str, ...]
) -> None:
    body = {"type": "error", "error": {"type": kind, "message": "model: claude-x"}} if kind else b"<html>"
    met = fault(server, Reply(body, status))
    assert disposition(met) is FAIL
    error = UpstreamError(met)
    assert error.cause.startswith(f"Claude answered {status}")
    for each in words:
        assert each in error.message


def test_without_a_key_the_advice_is_about_the_federation_rule(server: Loopback) -> None:
    server.on("/v1/oauth/token", Reply({"access_token": "t", "token_type": "Bearer", "expires_in": 3_600}))
    server.on(MESSAGES, Reply({"error": {"type": "permission_error", "message": "no"}}, 403))
    with pytest.raises(UpstreamError, match="'anthropic-federation-rule-id'"):
        federated(server.url, "rule", "org", lambda: "a.b.c").complete(request())


@pytest.mark.parametrize("signing_in", [False, True])
def test_a_certificate_that_nobody_vouches_for_is_final(tmp_path: Path, *, signing_in: bool) -> None:
    with untrusted(tmp_path) as url:
        asked = federated(url, "rule", "org", lambda: "a.b.c") if signing_in else Claude(url, api_key="sk-test")
        with pytest.raises(UpstreamError) as raised:
            asked.complete(request())
    met = raised.value.fault
    assert (met.kind, disposition(met), met.may_have_taken_effect) == ("certificate", FAIL, False)
    assert raised.value.message == REMEDY
    assert "certificate of 127.0.0.1 is not trusted: " in raised.value.cause
    assert "self-signed certificate" in raised.value.cause


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"", b"[]", b'{"error": "text"}', b'{"error": null}'])
def test_a_status_without_the_apis_words(server: Loopback, body: bytes) -> None:
    met = fault(server, Reply(body, 502, {"content-type": "text/html"}))
    assert (met.kind, met.status, met.code) == ("status", 502, "")
    assert len(met.message) <= 300
    assert disposition(met) is RETRY


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"<html>Log in to the Wi-Fi</html>", "text/html", id="a page"),
        pytest.param(b"<html>", "application/json", id="a page that calls itself JSON"),
        pytest.param(b'{"id": "msg', "application/json", id="cut off"),
        pytest.param(b"", "application/json", id="empty"),
        pytest.param(b"null", "application/json", id="null"),
        pytest.param(b"[]", "application/json", id="a list"),
        pytest.param({}, "application/json", id="an empty object"),
        pytest.param(message(usage=None), "application/json", id="no usage"),
        pytest.param(message(content=None), "application/json", id="no content"),
        pytest.param(message(content="Hi"), "application/json", id="content that is a text"),
        pytest.param(message(content=["Hi"]), "application/json", id="a block that is a text"),
        pytest.param(message(content=[{"type": "text"}]), "application/json", id="a block without its text"),
        pytest.param(message(usage="11"), "application/json", id="usage that is a text"),
        pytest.param(message(usage={"input_tokens": "many"}), "application/json", id="a count that is a text"),
        *(
            pytest.param(message(usage={"input_tokens": count}), "application/json", id=f"a count that is {count}")
            for count in (-1, 10**30, 1.5, True, [1], "11", float("inf"))
        ),
        pytest.param(b'{"usage": ' + b"[" * 100_000, "application/json", id="too deep"),
        pytest.param(b'{"usage": ' + b"9" * 5_000 + b"}", "application/json", id="a number of 5,000 digits"),
    ],
)
def test_an_answer_that_is_not_the_apis_is_unreadable(server: Loopback, body: object, kind: str) -> None:
    met = fault(server, Reply(body, headers={"content-type": kind}))
    assert (met.kind, met.status) == ("unreadable", None)
    assert disposition(met) is RETRY


def test_no_answer_in_time(server: Loopback) -> None:
    met = fault(server, Reply(silent=True), timeout=0.2)
    assert (met.kind, met.message) == ("timeout", "no answer within 0 s")


def test_a_connection_that_breaks_half_way(server: Loopback) -> None:
    assert fault(server, Reply(message(), cut=True)).kind == "connection"


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UpstreamError) as raised:
            Claude(url, api_key="sk-test").complete(request())
    assert raised.value.fault.kind == "unreachable"
    assert "no connection to 127.0.0.1" in str(raised.value)
    assert "sk-test" not in str(raised.value)


# ---- counting ----

COUNT = "/v1/messages/count_tokens"


def test_tokens_are_counted_of_what_would_be_sent(server: Loopback) -> None:
    server.on(COUNT, Reply({"input_tokens": 1234}))
    claude = Claude(server.url, api_key="sk-test")
    assert claude.count(request(effort="low")) == 1234
    server.on(MESSAGES, Reply(message()))
    claude.complete(request(effort="low"))
    counted, asked = (each.json for each in server.asked)
    assert counted == {key: value for key, value in asked.items() if key != "max_tokens"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": {"message": "overloaded"}}, 529), "status"),
        (Reply({"input_tokens": "many"}), "unreadable"),
        (Reply([]), "unreadable"),
        (Reply({}), "unreadable"),
    ],
)
def test_a_count_that_fails(server: Loopback, reply: Reply, kind: str) -> None:
    server.on(COUNT, reply)
    with pytest.raises(UpstreamError) as raised:
        Claude(server.url, api_key="sk-test").count(request())
    assert raised.value.fault.kind == kind
    assert len(server.asked) == 1, "one call is one attempt"
