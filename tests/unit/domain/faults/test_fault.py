"""What each failure of GitHub and of Claude leads to: the table, walked row by row."""

from __future__ import annotations

from typing import Any

import pytest

from hls_action.domain.faults.fault import Disposition, Fault, FaultKind, Service, disposition

RETRY, DEFER, FAIL = Disposition.RETRY, Disposition.DEFER, Disposition.FAIL

TABLE: list[tuple[str, Service, int, dict[str, Any], Disposition]] = [
    # https://docs.claude.com/en/api/errors
    ("bad request", "claude", 400, {"code": "invalid_request_error"}, FAIL),
    ("wrong key", "claude", 401, {"code": "authentication_error"}, FAIL),
    ("unpaid", "claude", 402, {"code": "billing_error", "credit_exhausted": True}, DEFER),
    ("key without the right", "claude", 403, {"code": "permission_error"}, FAIL),
    ("no such model", "claude", 404, {"code": "not_found_error"}, FAIL),
    ("timed out over there", "claude", 408, {"code": "timeout_error"}, RETRY),
    ("conflict", "claude", 409, {"code": "conflict_error"}, RETRY),
    ("too large", "claude", 413, {"code": "request_too_large"}, FAIL),
    ("unprocessable", "claude", 422, {}, FAIL),
    ("rate limit", "claude", 429, {"code": "rate_limit_error", "rate_limited": True}, RETRY),
    (
        "the tier's spend limit",
        "claude",
        429,
        {"code": "enforced_spend_limit_reached", "credit_exhausted": True},
        DEFER,
    ),
    ("the customer's spend limit", "claude", 400, {"code": "invalid_request_error", "credit_exhausted": True}, DEFER),
    ("spend limit, told to retry", "claude", 400, {"credit_exhausted": True, "should_retry": True}, DEFER),
    ("their bug", "claude", 500, {"code": "api_error"}, RETRY),
    ("bad gateway", "claude", 502, {}, RETRY),
    ("unavailable", "claude", 503, {}, RETRY),
    ("gateway timeout", "claude", 504, {"code": "timeout_error"}, RETRY),
    ("overloaded", "claude", 529, {"code": "overloaded_error"}, RETRY),
    ("overloaded, by another status", "claude", 400, {"code": "overloaded_error"}, RETRY),
    ("their bug, by another status", "claude", 400, {"code": "api_error"}, RETRY),
    ("too many, by no limit that is known", "claude", 429, {}, RETRY),
    ("the client went away, as a proxy says it", "claude", 499, {}, FAIL),
    ("told not to retry", "claude", 500, {"should_retry": False}, FAIL),
    ("told to retry", "claude", 400, {"should_retry": True}, RETRY),
    # https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
    ("bad request", "github", 400, {}, FAIL),
    ("wrong token", "github", 401, {}, FAIL),
    ("no permission", "github", 403, {}, FAIL),
    ("secondary rate limit", "github", 403, {"rate_limited": True, "retry_after": 60.0}, RETRY),
    ("rate limit", "github", 429, {"rate_limited": True}, RETRY),
    ("no such thing", "github", 404, {}, FAIL),
    ("conflict", "github", 409, {}, RETRY),
    ("gone", "github", 410, {}, FAIL),
    ("validation failed", "github", 422, {}, FAIL),
    ("blocked for legal reasons", "github", 451, {}, FAIL),
    ("their bug", "github", 500, {}, RETRY),
    ("bad gateway", "github", 502, {}, RETRY),
    ("unavailable", "github", 503, {}, RETRY),
    ("gateway timeout", "github", 504, {}, RETRY),
]


@pytest.mark.parametrize(
    ("service", "status", "details", "expected"),
    [pytest.param(*row[1:], id=f"{row[1]} {row[2]} {row[0]}") for row in TABLE],
)
def test_a_status(service: Service, status: int, details: dict[str, Any], expected: Disposition) -> None:
    assert disposition(Fault(service, "status", "why", status, **details)) is expected


def test_a_refusal_of_which_nothing_is_known_is_final() -> None:
    fault = Fault("github", "status", "why")
    assert (disposition(fault), fault.advice) == (FAIL, "")


@pytest.mark.parametrize("service", ["github", "claude"])
@pytest.mark.parametrize("kind", ["connection", "timeout", "unreadable"])
def test_a_fault_of_the_network_may_pass(service: Service, kind: FaultKind) -> None:
    fault = Fault(service, kind, "why")
    assert disposition(fault) is RETRY
    assert fault.may_have_taken_effect


@pytest.mark.parametrize("service", ["github", "claude"])
def test_a_certificate_does_not_become_trusted_by_trying_again(service: Service) -> None:
    fault = Fault(service, "certificate", "why")
    assert disposition(fault) is FAIL
    assert not fault.may_have_taken_effect


@pytest.mark.parametrize("kind", ["connection", "timeout", "unreadable"])
def test_what_failed_before_the_request_was_sent_had_no_effect(kind: FaultKind) -> None:
    fault = Fault("claude", kind, "why", unsent=True)
    assert disposition(fault) is RETRY
    assert not fault.may_have_taken_effect


@pytest.mark.parametrize("service", ["github", "claude"])
def test_where_no_connection_came_about_nothing_happened(service: Service) -> None:
    fault = Fault(service, "unreachable", "why")
    assert disposition(fault) is RETRY
    assert not fault.may_have_taken_effect


@pytest.mark.parametrize(
    ("status", "rate_limited", "possible"),
    [
        (500, False, True),
        (502, False, True),
        (504, False, True),
        (408, False, True),
        (409, False, True),
        (403, False, False),
        (404, False, False),
        (499, False, False),
        (None, False, False),
        (422, False, False),
        (429, True, False),
        (403, True, False),
        (503, True, False),
    ],
)
def test_which_refusals_may_have_taken_effect(status: int | None, rate_limited: bool, possible: bool) -> None:
    assert Fault("github", "status", "why", status, rate_limited=rate_limited).may_have_taken_effect is possible


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("github", "status", "Not Found", 404), "GitHub answered 404: Not Found"),
        (
            Fault("claude", "status", "Overloaded", 529, code="overloaded_error", request_id="req_1"),
            "Claude answered 529: overloaded_error: Overloaded: request req_1",
        ),
        (Fault("claude", "timeout", "no answer within 60 s"), "Claude: timeout: no answer within 60 s"),
        (Fault("claude", "status", "no", 401, advice="check the key"), "Claude answered 401: no"),
    ],
)
def test_a_fault_in_words(fault: Fault, text: str) -> None:
    assert str(fault) == text
