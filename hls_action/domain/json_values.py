"""Single values as the ledger's documents hold them, checked on the way in.

Every reader: errors are ``ValueError``, ``TypeError``, ``OverflowError``, `decimal.InvalidOperation`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from hls_action.domain.pricing import Usage


def stamp(when: datetime) -> str:
    """A time, UTC, to the millisecond."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def when(value: object) -> datetime:
    """What `stamp` wrote."""
    found = datetime.fromisoformat(cast(str, value))
    if found.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return found.astimezone(UTC)


def usd(value: object) -> Decimal:
    """An amount of money, exact."""
    amount = Decimal(cast(str, value))
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{value!r} is not an amount")
    return amount


def whole(value: object) -> int:
    """A whole number; truth values are none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return tuple(text(each) for each in value)


def usage_data(usage: Usage) -> dict[str, int]:
    """The counts of tokens that are not zero."""
    return {name: count for name, count in vars(usage).items() if count}


def usage(value: object) -> Usage:
    """What `usage_data` wrote."""
    counts = cast("dict[str, object]", value)
    return Usage(**{name: whole(counts[name]) for name in vars(Usage()) if name in counts})
