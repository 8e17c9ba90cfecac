"""What the maintainers decided, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hls_action.domain.items import EventPolicy
from hls_action.domain.pricing import Price

DEFAULT_MODEL = "claude-sonnet-5-5"
DEFAULT_DAILY_USD = Decimal(5)


@dataclass(frozen=True)
class Settings:
    """What the maintainers configured. Money is in USD; ``label_allow`` None means any label the repository has.

    ``max_tokens`` bounds one answer, thinking included. ``sweep_hours`` and ``sweep_threads`` bound one sweep.
    """

    model: str = DEFAULT_MODEL
    effort: str = ""
    max_tokens: int = 8_000
    events: EventPolicy = field(default_factory=EventPolicy)
    label_allow: tuple[str, ...] | None = None
    daily_usd: Decimal = DEFAULT_DAILY_USD
    monthly_usd: Decimal | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    sweep_hours: int = 24
    sweep_threads: int = 10
