"""Claude's adapter against a server on this machine: what it sends, and what each answer becomes."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from hls_action.adapters.claude import Claude
from hls_action.domain.faults import Disposition, Fault, disposition
from hls_action.domain.pricing import Usage
from hls_action.domain.prompt import Prompt, Text
from hls_action.errors import UpstreamError
from hls_action.ports import ModelRequest
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
        (402, "billing_error", FAIL),
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


def test_a_spend_limit_is_no_rate_limit(server: Loopback) -> None:
    error = {"type": "rate_limit_error", "message": "limit", "details": {"error_code": "spend_limit_reached"}}
    met = fault(server, Reply({"type": "error", "error": error}, 429))
    assert (met.rate_limited, disposition(met)) == (False, DEFER)


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
