"""What a failed request means: try again, leave it for later, or give up. One table for both services.

Sources: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and the Claude API's error
reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from hls_action.domain.limits.headers import NO_LIMITS, RateLimits

Service = Literal["github", "claude"]
FaultKind = Literal["status", "unreachable", "connection", "timeout", "unreadable", "held back", "certificate"]
"""``unreachable``: no connection came about, so that nothing was sent; ``connection``: one broke; ``held back``: we did
not send it; ``certificate``: whoever answered could not prove who it is, so that nothing was sent."""


class Disposition(Enum):
    """What to do about a fault."""

    RETRY = "retry"
    """It may pass within this run."""
    DEFER = "defer"
    """It will pass, but not within this run."""
    FAIL = "fail"
    """It will not pass by itself."""


@dataclass(frozen=True)
class Fault:
    """A request that failed.

    ``code``: the service's own word for it. ``retry_after``: seconds the service asked us to wait. ``should_retry``:
    what ``x-should-retry`` said, if anything, or a second look. ``rate_limited``: a limit, not a refusal. ``limits``:
    what the answer said about them. ``credit_exhausted``: the account's money is used up, or its limit reached;
    ``until``: when the service said that this is over, UTC. ``unsent``: what failed came before the request itself, as
    when signing in. ``advice``: what a maintainer can do about it, in a few words.
    """

    service: Service
    kind: FaultKind
    message: str
    status: int | None = None
    code: str = ""
    retry_after: float | None = None
    should_retry: bool | None = None
    rate_limited: bool = False
    request_id: str = ""
    limits: RateLimits = NO_LIMITS
    credit_exhausted: bool = False
    until: datetime | None = None
    unsent: bool = False
    advice: str = ""

    def __str__(self) -> str:
        """What happened, without the advice."""
        name = {"github": "GitHub", "claude": "Claude"}[self.service]
        where = f"{name} answered {self.status}" if self.status else f"{name}: {self.kind}"
        parts = [where, self.code, self.message, f"request {self.request_id}" if self.request_id else ""]
        return ": ".join(part for part in parts if part)

    @property
    def may_have_taken_effect(self) -> bool:
        """Whether a write that met this fault could have happened all the same."""
        if self.unsent or self.kind in ("unreachable", "certificate"):
            return False
        if self.kind != "status":
            return True
        return not self.rate_limited and (self.status in (408, 409) or (self.status or 0) >= 500)


def disposition(fault: Fault) -> Disposition:
    """Look ``fault`` up in the table; the first line that fits decides."""
    if fault.credit_exhausted:
        return Disposition.DEFER
    if fault.rate_limited or fault.kind in ("unreachable", "connection", "timeout"):
        return Disposition.RETRY
    if fault.kind == "certificate":
        return Disposition.FAIL
    if fault.kind == "unreadable":  # a proxy's HTML in place of JSON
        return Disposition.RETRY
    if fault.should_retry is not None:
        return Disposition.RETRY if fault.should_retry else Disposition.FAIL
    status = fault.status or 0
    if status in (408, 409, 429) or status >= 500 or fault.code in ("overloaded_error", "api_error"):
        return Disposition.RETRY
    return Disposition.FAIL
