"""What a service says about its rate limits: headers in, a typed value out. Odd headers are as if they were not there.

Sources: https://platform.claude.com/docs/en/api/rate-limits and
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Meter = Literal["requests", "tokens", "input_tokens", "output_tokens"]
"""What a service counts. ``tokens``: of input and output together."""

CLAUDE_METERS: Mapping[Meter, str] = {
    "requests": "requests",
    "tokens": "tokens",
    "input_tokens": "input-tokens",
    "output_tokens": "output-tokens",
}
MINUTE = 60.0
LONGEST = 7 * 86_400.0
"""Seconds. A header that names a time farther away is read as this, so that a date can always be moved by it."""
LARGEST = 1e12
"""A header that names a higher count is read as this."""
_NUMBER = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?)")
"""Digits as HTTP has them. Python's own reader takes ``inf``, ``nan``, ``1e12`` and the digits of every script, too."""


@dataclass(frozen=True)
class Quota:
    """One limit. ``per``: it fills continuously, in so many seconds; None: at once, at its reset.

    ``resets_in``: seconds until it is full again, if nothing is used meanwhile.
    """

    limit: float
    remaining: float
    resets_in: float | None = None
    per: float | None = None


@dataclass(frozen=True)
class RateLimits:
    """What one answer said. ``retry_after``: seconds to wait before anything else is sent."""

    quotas: Mapping[Meter, Quota] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def pause(self) -> float:
        """Seconds to wait after a refusal: as asked, else until what is exhausted is full again, else a minute. At most
        `LONGEST`.
        """
        if self.retry_after is not None:
            return min(LONGEST, self.retry_after)
        exhausted = [quota.resets_in for quota in self.quotas.values() if quota.remaining < 1]
        return max((seconds for seconds in exhausted if seconds is not None), default=MINUTE)


NO_LIMITS = RateLimits()
"""Nothing was said."""


def claude_limits(headers: Mapping[str, str], now: datetime) -> RateLimits:
    """Read ``anthropic-ratelimit-*`` and ``retry-after``. ``now``, UTC, stands in for a missing ``date``."""
    fields = _fields(headers)
    server_now = _date(fields.get("date")) or now
    quotas: dict[Meter, Quota] = {}
    for meter, name in CLAUDE_METERS.items():
        quota = _quota(fields, f"anthropic-ratelimit-{name}", lambda text: _seconds_until(text, server_now), MINUTE)
        if quota is not None:
            quotas[meter] = quota
    return RateLimits(quotas, _retry_after(fields, server_now))


def github_limits(headers: Mapping[str, str], now: datetime) -> RateLimits:
    """Read ``x-ratelimit-*`` and ``retry-after``. ``now``, UTC, stands in for a missing ``date``."""
    fields = _fields(headers)
    server_now = _date(fields.get("date")) or now
    quotas: dict[Meter, Quota] = {}
    if fields.get("x-ratelimit-resource", "core") == "core":  # GraphQL and search have limits of their own
        quota = _quota(fields, "x-ratelimit", lambda text: _seconds_to_stamp(text, server_now), None)
        if quota is not None:
            quotas["requests"] = quota
    return RateLimits(quotas, _retry_after(fields, server_now))


def github_pause(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait when GitHub refused a request by whichever of its limits: ``retry-after``, else until the limit's
    reset, else a minute, as its guide has it. ``now``, UTC, stands in for a missing ``date`` of ``retry-after``.

    The reset is told in the server's time, so it is held against the server's ``date``.
    """
    fields = _fields(headers)
    server_now = _date(fields.get("date"))
    asked = _retry_after(fields, server_now or now)
    if asked is not None:
        return asked
    if server_now is not None and _number(fields.get("x-ratelimit-remaining")) == 0:
        seconds = _seconds_to_stamp(fields.get("x-ratelimit-reset", ""), server_now)
        return MINUTE if seconds is None else max(1.0, seconds)
    return MINUTE


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """What ``x-should-retry`` says; None when it says nothing, or something else."""
    return {"true": True, "false": False}.get(_fields(headers).get("x-should-retry", "").strip().lower())


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """When an answer was given, by the clock of whoever gave it; None where that is not told."""
    return _date(_fields(headers).get("date"))


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _quota(
    fields: Mapping[str, str], prefix: str, seconds_until: Callable[[str], float | None], per: float | None
) -> Quota | None:
    limit, remaining = _number(fields.get(f"{prefix}-limit")), _number(fields.get(f"{prefix}-remaining"))
    if limit is None or remaining is None or limit < 1:
        return None
    return Quota(limit, min(limit, remaining), seconds_until(fields.get(f"{prefix}-reset", "")), per)


def _retry_after(fields: Mapping[str, str], server_now: datetime) -> float | None:
    """In seconds, or as a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after"""
    text = fields.get("retry-after")
    seconds = _number(text)
    if seconds is None and (when := _date(text)) is not None:
        seconds = (when - server_now).total_seconds()
    return None if seconds is None else _bounded(seconds)


def _number(text: str | None) -> float | None:
    """A count or a number of seconds, from 0 to `LARGEST`; None for what is no number."""
    match = _NUMBER.fullmatch((text or "").strip())
    if match is None:
        return None
    return 0.0 if match[1] == "-" else min(LARGEST, float(match[2]))


def _date(text: str | None) -> datetime | None:
    """A date as HTTP has it, by whatever clock; None for what is none."""
    if not text or not text.isascii():
        return None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _seconds_until(text: str, server_now: datetime) -> float | None:
    """Until a time as RFC 3339 has it, with its offset; None for what is none."""
    try:
        return _bounded((datetime.fromisoformat(text) - server_now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds_to_stamp(text: str, server_now: datetime) -> float | None:
    """Until a time in seconds since 1970; None for what is none."""
    stamp = _number(text)
    return None if stamp is None else _bounded(stamp - server_now.timestamp())


def _bounded(seconds: float) -> float:
    return min(LONGEST, max(0.0, seconds))
