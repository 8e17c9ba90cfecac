"""What services say about their limits: real headers, odd ones, and those in strange hands."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.limits.headers import (
    CLAUDE_METERS,
    LONGEST,
    MINUTE,
    Quota,
    RateLimits,
    answered_at,
    claude_limits,
    github_limits,
    github_pause,
    should_retry,
)

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DATE = "Mon, 02 Nov 2026 12:00:00 GMT"
CLAUDE = {
    "Date": DATE,
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-11-02T12:00:02Z",
    "anthropic-ratelimit-input-tokens-limit": "30000",
    "anthropic-ratelimit-input-tokens-remaining": "12000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-02T12:00:36Z",
    "anthropic-ratelimit-output-tokens-limit": "8000",
    "anthropic-ratelimit-output-tokens-remaining": "8000",
    "anthropic-ratelimit-output-tokens-reset": "2026-11-02T12:00:00Z",
}
GITHUB = {
    "date": DATE,
    "x-ratelimit-limit": "1000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": str(int(NOON.timestamp()) + 1_200),
    "x-ratelimit-resource": "core",
}


def test_claude_tells_of_three_limits_that_fill_by_the_minute() -> None:
    limits = claude_limits(CLAUDE, NOON)
    assert limits.quotas == {
        "requests": Quota(50, 49, 2.0, MINUTE),
        "input_tokens": Quota(30_000, 12_000, 36.0, MINUTE),
        "output_tokens": Quota(8_000, 8_000, 0.0, MINUTE),
    }
    assert limits.retry_after is None


def test_github_tells_of_one_that_is_full_again_at_once() -> None:
    limits = github_limits(GITHUB, NOON)
    assert limits.quotas == {"requests": Quota(1_000, 0, 1_200.0, None)}
    assert limits.pause == 1_200.0


def test_resets_are_held_against_the_servers_clock_and_not_ours() -> None:
    ahead = datetime(2026, 11, 2, 12, 10, tzinfo=UTC)
    assert github_limits(GITHUB, ahead).quotas["requests"].resets_in == 1_200.0
    assert claude_limits(CLAUDE, ahead).quotas["input_tokens"].resets_in == 36.0


def test_other_resources_of_github_have_limits_of_their_own() -> None:
    assert github_limits({**GITHUB, "x-ratelimit-resource": "graphql"}, NOON).quotas == {}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("0.5", 0.5),
        (" 17 ", 17.0),
        ("-3", 0.0),
        ("999999999999", LONGEST),
        ("9" * 5_000, LONGEST),
        ("Mon, 02 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 02 Nov 2026 11:00:00 GMT", 0.0),
        ("Sat, 01 Jan 9999 00:00:00 GMT", LONGEST),
        ("Mon, 02 Nov 2026 14:01:30 +0200", 90.0),
        ("Monday, 02-Nov-26 12:01:30 GMT", 90.0),
        ("Mon Nov  2 12:01:30 2026", 90.0),
        ("Mon, 0\u0662 Nov 2026 12:01:30 GMT", None),
        *((odd, None) for odd in ("", "soon", "nan", "inf", "-inf", "1e12", "0x10", "1_000", "\u0661\u0662", "17, 18")),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """By the server's own clock, which here differs from ours. Nothing is a number but what is one in HTTP."""
    for now in (NOON, datetime(2027, 1, 1, tzinfo=UTC)):
        assert claude_limits({"date": DATE, "retry-after": value}, now).retry_after == seconds
        assert github_limits({"Date": DATE, "Retry-After": value}, now).retry_after == seconds
        assert github_pause({"date": DATE, "retry-after": value}, now) == (MINUTE if seconds is None else seconds)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-11-02T12:00:36Z", 36.0),
        ("2026-11-02T14:00:36+02:00", 36.0),
        ("2026-11-02T11:00:00Z", 0.0),
        ("9999-12-31T23:59:59-14:00", LONGEST),
        ("0001-01-01T00:00:00+14:00", 0.0),
        *((odd, None) for odd in ("", "inf", "36", "2026-11-02T12:00:36", "2026-13-02T12:00:36Z", "\u0662026-11-02")),
    ],
)
def test_a_reset_of_claudes_is_a_time_with_its_zone(value: str, seconds: float | None) -> None:
    headers = CLAUDE | {"anthropic-ratelimit-requests-reset": value}
    assert claude_limits(headers, NOON).quotas["requests"].resets_in == seconds


@pytest.mark.parametrize(
    ("value", "said"), [("true", True), ("false", False), (" True ", True), ("", None), ("1", None), ("maybe", None)]
)
def test_whether_to_retry_is_yes_no_or_not_said(value: str, said: bool | None) -> None:
    assert should_retry({"X-Should-Retry": value}) is said
    assert should_retry({}) is None


def test_a_pause_is_as_asked_or_until_something_is_there_or_a_minute() -> None:
    assert RateLimits(retry_after=3.0).pause == 3.0
    assert RateLimits({"requests": Quota(50, 0, 7.0), "tokens": Quota(9, 9, 50.0)}).pause == 7.0
    assert RateLimits({"requests": Quota(50, 0, 7.0), "tokens": Quota(9, 0, 50.0)}).pause == 50.0
    assert RateLimits({"requests": Quota(50, 1, 7.0)}).pause == MINUTE
    assert RateLimits({"requests": Quota(50, 0), "tokens": Quota(9, 0, 50.0)}).pause == 50.0
    assert RateLimits({"requests": Quota(50, 0)}).pause == RateLimits().pause == 60.0


def test_no_time_is_longer_than_a_week_and_no_count_larger_than_a_trillion() -> None:
    assert RateLimits(retry_after=1e9).pause == LONGEST == 604_800.0
    headers = GITHUB | {"x-ratelimit-limit": "9" * 20, "x-ratelimit-remaining": "9" * 20}
    assert github_limits(headers, NOON).quotas["requests"].limit == 1_000_000_000_000


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        pytest.param({}, 1_200.0, id="until the reset"),
        pytest.param({"retry-after": "5"}, 5.0, id="as asked"),
        pytest.param({"x-ratelimit-remaining": "1"}, MINUTE, id="another limit than this one"),
        pytest.param({"x-ratelimit-reset": str(int(NOON.timestamp()) - 9)}, 1.0, id="a reset that is over"),
        pytest.param({"x-ratelimit-reset": "soon"}, MINUTE, id="an odd reset"),
        pytest.param({"date": ""}, MINUTE, id="by a clock that is not known"),
    ],
)
def test_a_pause_of_githubs(said: dict[str, str], seconds: float) -> None:
    assert github_pause(GITHUB | said, NOON + timedelta(minutes=9)) == seconds


def test_when_an_answer_was_given_is_told_or_not() -> None:
    assert answered_at({"Date": DATE}) == NOON
    assert answered_at({}) is None


@pytest.mark.parametrize(
    ("limit", "remaining", "quota"),
    [
        ("1", "1", Quota(1, 1, 1_200.0)),
        ("0", "0", None),
        ("0.5", "0", None),
        ("1000", "-5", Quota(1_000, 0, 1_200.0)),
        ("1000", "2000", Quota(1_000, 1_000, 1_200.0)),
    ],
)
def test_a_quota_is_of_one_request_at_least(limit: str, remaining: str, quota: Quota | None) -> None:
    headers = GITHUB | {"x-ratelimit-limit": limit, "x-ratelimit-remaining": remaining}
    assert github_limits(headers, NOON).quotas.get("requests") == quota


def test_what_is_not_said_of_a_limit_of_githubs() -> None:
    unnamed = {name: value for name, value in GITHUB.items() if name != "x-ratelimit-resource"}
    assert github_limits(unnamed, NOON) == github_limits(GITHUB, NOON)
    assert github_limits(GITHUB | {"x-ratelimit-reset": "soon"}, NOON).quotas == {"requests": Quota(1_000, 0)}


def test_claude_may_tell_of_all_tokens_together() -> None:
    headers = {name.replace("requests", "tokens"): value for name, value in CLAUDE.items() if "requests" in name}
    assert claude_limits({"Date": DATE} | headers, NOON).quotas == {"tokens": Quota(50, 49, 2.0, MINUTE)}


@pytest.mark.parametrize("missing", ["limit", "remaining"])
def test_half_of_what_is_told_is_nothing(missing: str) -> None:
    headers = {name: value for name, value in CLAUDE.items() if not name.endswith(f"requests-{missing}")}
    assert "requests" not in claude_limits(headers, NOON).quotas


values = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["", "1e999", "-0", "2026-11-02T12:00:00Z", "2026-11-02T12:00:00", "9999-12-31T23:59:59Z", DATE]),
)
names = st.sampled_from(
    [*CLAUDE, *GITHUB, "retry-after", *(f"anthropic-ratelimit-{meter}-reset" for meter in CLAUDE_METERS.values())]
)


@given(st.dictionaries(names | st.just("date"), values))
def test_odd_headers_are_as_if_they_were_not_there(headers: dict[str, str]) -> None:
    for limits in (claude_limits(headers, NOON), github_limits(headers, NOON)):
        assert 0 <= limits.pause <= LONGEST
        assert 0 <= github_pause(headers, NOON) <= LONGEST
        assert NOON + timedelta(seconds=limits.pause) > NOON - timedelta(seconds=1)
        for quota in limits.quotas.values():
            assert quota.limit >= 1
            assert 0 <= quota.remaining <= quota.limit
            assert math.isfinite(quota.limit)
            assert quota.resets_in is None or 0 <= quota.resets_in <= LONGEST
