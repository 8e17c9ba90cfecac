"""What a service says about its rate limits: headers in, a typed value out. Odd headers are as if they were not there.

Sources: https://platform.claude.com/docs/en/api/rate-limits and
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import math
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
LONGEST = 86_400.0
"""Seconds. A header that names a time farther away is read as this."""


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
        """Seconds to wait after a refusal: as asked, else until what is exhausted is full again, else a minute."""
        if self.retry_after is not None:
            return self.retry_after
        exhausted = [quota.resets_in for quota in self.quotas.values() if quota.remaining < 1]
        return max((seconds for seconds in exhausted if seconds is not None), default=MINUTE)


NO_LIMITS = RateLimits()
"""Nothing was said."""


def claude_limits(headers: Mapping[str, str], now: datetime) -> RateLimits:
    """Read ``anthropic-ratelimit-*`` and ``retry-after``. ``now``, UTC, stands in for a missing ``date``."""
    told = {name.lower(): value for name, value in headers.items()}
    server_now = _date(told.get("date")) or now
    quotas: dict[Meter, Quota] = {}
    for meter, name in CLAUDE_METERS.items():
        prefix = f"anthropic-ratelimit-{name}"
        quota = _quota(told, prefix, lambda text: (datetime.fromisoformat(text) - server_now).total_seconds(), MINUTE)
        if quota is not None:
            quotas[meter] = quota
    return RateLimits(quotas, _retry_after(told, server_now))


def github_limits(headers: Mapping[str, str], now: datetime) -> RateLimits:
    """Read ``x-ratelimit-*`` and ``retry-after``. ``now``, UTC, stands in for a missing ``date``."""
    told = {name.lower(): value for name, value in headers.items()}
    server_now = _date(told.get("date")) or now
    quotas: dict[Meter, Quota] = {}
    if told.get("x-ratelimit-resource", "core") == "core":  # GraphQL and search have limits of their own
        quota = _quota(told, "x-ratelimit", lambda text: float(text) - server_now.timestamp(), None)
        if quota is not None:
            quotas["requests"] = quota
    return RateLimits(quotas, _retry_after(told, server_now))


def _quota(
    told: Mapping[str, str], prefix: str, seconds_until: Callable[[str], float], per: float | None
) -> Quota | None:
    limit, remaining = _number(told.get(f"{prefix}-limit")), _number(told.get(f"{prefix}-remaining"))
    if limit is None or remaining is None or limit < 1:
        return None
    try:
        resets_in = _bounded(seconds_until(told[f"{prefix}-reset"]))
    except (KeyError, ValueError, TypeError, OverflowError):
        resets_in = None
    return Quota(limit, min(limit, remaining), resets_in, per)


def _retry_after(told: Mapping[str, str], server_now: datetime) -> float | None:
    """In seconds, or as a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after"""
    text = told.get("retry-after")
    seconds = _number(text)
    if seconds is None and (when := _date(text)) is not None:
        seconds = (when - server_now).total_seconds()
    return None if seconds is None else _bounded(seconds)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _date(text: str | None) -> datetime | None:
    try:
        when = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _bounded(seconds: float) -> float | None:
    return min(LONGEST, max(0.0, seconds)) if math.isfinite(seconds) else None
