"""Claude's batches against a server on this machine, whose shapes are checked against the SDK's own types."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from hls_action.adapters.claude import Claude
from hls_action.domain.faults import Disposition, Fault, disposition
from hls_action.domain.pricing import Usage
from hls_action.errors import UpstreamError
from hls_action.ports import Batch, BatchResult
from tests.unit.adapters.loopback import Loopback, Reply
from tests.unit.adapters.test_claude import message, request

BATCHES = "/v1/messages/batches"
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
RETRY, FAIL = Disposition.RETRY, Disposition.FAIL


def raw(name: str = "msgbatch_1", *, created: datetime = NOON, url: str = "", **changes: Any) -> dict[str, Any]:
    """A batch as the API sends it. ``url``: where the results of one that has ended are."""
    base: dict[str, Any] = {
        "id": name,
        "type": "message_batch",
        "processing_status": "ended" if url else "in_progress",
        "request_counts": {"processing": 0 if url else 2, "succeeded": 2 * bool(url), "errored": 0}
        | {"canceled": 0, "expired": 0},
        "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "expires_at": f"{created + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "archived_at": None,
        "ended_at": None,
        "cancel_initiated_at": None,
        "results_url": url or None,
    }
    MessageBatch.model_validate(base | changes)
    return base | changes


def line(name: str, result: dict[str, Any]) -> dict[str, Any]:
    """A result as the API sends it."""
    MessageBatchIndividualResponse.model_validate({"custom_id": name, "result": result})
    return {"custom_id": name, "result": result}


def errored(kind: str, said: str = "no") -> dict[str, Any]:
    error = {"type": "error", "error": {"type": kind, "message": said}, "request_id": "req_1"}
    return {"type": "errored", "error": error}


def claude(server: Loopback) -> Claude:
    return Claude(server.url, api_key="sk-test")


def lines(*entries: object) -> Reply:
    body = "".join(f"{json.dumps(entry)}\n" for entry in entries)
    return Reply(body.encode(), headers={"content-type": "application/x-jsonl"})


def results(server: Loopback, *entries: object) -> dict[str, BatchResult]:
    server.on(f"{BATCHES}/b1", Reply(raw("b1", url=f"{server.url}{BATCHES}/b1/results")))
    server.on(f"{BATCHES}/b1/results", lines(*entries))
    return {result.id: result for result in claude(server).results("b1")}


def raised(call: Any) -> Fault:
    with pytest.raises(UpstreamError) as caught:
        call()
    return caught.value.fault


def test_requests_are_handed_in_by_name_as_they_would_be_asked_one_by_one(server: Loopback) -> None:
    server.on("/v1/messages", Reply(message()))
    claude(server).complete(request(effort="low"))
    alone = server.asked.pop().json
    server.on(BATCHES, Reply(raw()))
    batch = claude(server).create_batch({"n-0": request(effort="low"), "n-1": request(max_tokens=900)}, 20.0)
    assert batch == Batch("msgbatch_1", NOON, size=2, ended=False)
    (asked,) = server.asked
    body: dict[str, Any] = asked.json
    first, second = body["requests"]
    assert first == {"custom_id": "n-0", "params": alone}
    assert (second["custom_id"], second["params"]["max_tokens"]) == ("n-1", 900)


@pytest.mark.parametrize(
    ("reply", "may_have_happened"),
    [
        (Reply({"type": "error", "error": {"type": "api_error", "message": "later"}}, 502), True),
        (Reply(b"<html>", headers={"content-type": "text/html"}), True),
        (Reply({"type": "message_batch"}), True),
        (Reply(raw(), cut=True), True),
        (Reply(silent=True), True),
        (Reply({"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}, 429), False),
        (Reply({"type": "error", "error": {"type": "invalid_request_error", "message": "what"}}, 400), False),
    ],
)
def test_handing_in_is_one_attempt_that_may_have_taken_effect(
    server: Loopback, reply: Reply, may_have_happened: bool
) -> None:
    server.on(BATCHES, reply)
    fault = raised(lambda: claude(server).create_batch({"n-0": request()}, 1.0))
    assert len(server.to(BATCHES)) == 1
    assert fault.may_have_taken_effect is may_have_happened


def test_how_a_batch_stands(server: Loopback) -> None:
    server.on(f"{BATCHES}/b1", Reply(raw("b1", url="https://example.com/r")))
    server.on(f"{BATCHES}/b2", Reply(raw("b2", url="https://example.com/r", archived_at="2026-12-01T12:00:00Z")))
    gone = {"type": "error", "error": {"type": "not_found_error", "message": "no such batch"}}
    server.on(f"{BATCHES}/b3", Reply(gone, 404))
    server.on(f"{BATCHES}/b4", Reply(gone | {"error": {"type": "api_error", "message": "later"}}, 500))
    assert claude(server).batch("b1") == Batch("b1", NOON, 2, ended=True)
    assert claude(server).batch("b2") == Batch("b2", NOON, 2, ended=True, expired=True)
    assert claude(server).batch("b3") is None
    assert raised(lambda: claude(server).batch("b4")).status == 500


def test_recent_batches_are_listed_page_by_page_and_no_further_than_needed(server: Loopback) -> None:
    def page(*found: dict[str, Any]) -> Reply:
        return Reply({"data": list(found), "has_more": True, "first_id": found[0]["id"], "last_id": found[-1]["id"]})

    later, earlier = raw("b3", created=NOON + timedelta(hours=1)), raw("b1", created=NOON - timedelta(seconds=1))
    server.on(BATCHES, page(later, raw("b2")), page(earlier, raw("b0", created=NOON - timedelta(days=1))))
    assert [batch.id for batch in claude(server).batches(NOON)] == ["b3", "b2"]
    assert [asked.path.partition("?")[2] for asked in server.asked] == ["limit=100", "limit=100&after_id=b2"]


def test_there_may_be_no_batches(server: Loopback) -> None:
    server.on(BATCHES, Reply({"data": [], "has_more": False, "first_id": None, "last_id": None}))
    assert claude(server).batches(NOON) == ()


def test_what_became_of_each_request(server: Loopback) -> None:
    found = results(
        server,
        line("n-3", {"type": "expired"}),
        line("n-0", {"type": "succeeded", "message": message()}),
        line("n-1", errored("invalid_request_error", "the prompt is too long")),
        line("n-2", errored("overloaded_error")),
        line("n-4", {"type": "canceled"}),
        {"custom_id": "n-5", "result": {"type": "succeeded", "message": {"content": 5}}},
        {"custom_id": "n-6", "result": {"type": "unheard-of"}},
        {"custom_id": "n-7"},
    )
    reply = found["n-0"].reply
    assert reply is not None
    assert (reply.text, reply.stop_reason) == ('{"comment": "Hi"}', "end_turn")
    assert (reply.model, reply.usage) == ("claude-sonnet-5-5-20261001", Usage(11, 7))
    faults = {name: result.fault for name, result in found.items() if result.fault}
    assert set(faults) == {f"n-{number}" for number in range(1, 8)}, "each has either, and none breaks another"
    assert str(faults["n-1"]) == ("Claude answered 400: invalid_request_error: the prompt is too long: request req_1")
    what = {name: disposition(fault) for name, fault in faults.items()}
    assert what == {"n-1": FAIL} | dict.fromkeys(("n-2", "n-3", "n-4", "n-5", "n-6", "n-7"), RETRY)


def test_results_that_break_off_are_not_results(server: Loopback) -> None:
    whole = lines(line("n-0", {"type": "expired"}))
    results(server)
    server.on(f"{BATCHES}/b1/results", Reply(whole.body, headers=whole.headers, cut=True))
    assert raised(lambda: claude(server).results("b1")).kind == "connection"
    server.on(f"{BATCHES}/b1/results", Reply(b'{"custom_id": "n-', headers=whole.headers))
    assert raised(lambda: claude(server).results("b1")).kind == "unreadable"


def test_results_of_a_batch_that_has_not_ended_cannot_be_read(server: Loopback) -> None:
    server.on(f"{BATCHES}/b1", Reply(raw("b1")))
    assert raised(lambda: claude(server).results("b1")).kind == "unreadable"
