"""What a call costs, in exact decimal arithmetic. Prices are data: ``data/prices.toml``, or the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

RATES = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
MILLION = Decimal(1_000_000)

Geo = Literal["", "global", "us"]
"""Where Claude is to think: anywhere, in the US alone, or (``""``) as the workspace has it."""
GEOS: tuple[Geo, ...] = ("global", "us")
US_SURCHARGE = Decimal("1.1")
"""What inference in the US alone costs times: https://platform.claude.com/docs/en/manage-claude/data-residency"""
WITHOUT_SURCHARGE = ("", "global", "not_available")
"""What the API says of where a call ran that costs the plain price; ``""``: nothing."""


@dataclass(frozen=True)
class Usage:
    """Tokens of one call, as the API reports them. The input counts do not overlap: their sum is the whole input.

    ``thinking``: of the output, what the model thought before it wrote.
    """

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    thinking: int = 0

    @property
    def total_input(self) -> int:
        """Tokens of the whole request, which is what price tiers go by."""
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cache_write_5m + other.cache_write_5m,
            self.cache_write_1h + other.cache_write_1h,
            self.cache_read + other.cache_read,
            self.thinking + other.thinking,
        )


@dataclass(frozen=True)
class Tier:
    """USD per million tokens, for requests of at most ``up_to`` input tokens (None: of any length)."""

    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    up_to: int | None = None

    @property
    def dearest_input(self) -> Decimal:
        """The highest price of an input token, cached or not."""
        return max(self.input, self.cache_write_5m, self.cache_write_1h, self.cache_read)


@dataclass(frozen=True)
class Price:
    """A model's tiers, shortest requests first; the last has no upper bound.

    ``as_of`` and ``source``: when and where the price was found, for those that ship with HLS. ``efforts``: those that
    the model has; None where that is not known. ``us_inference``: it can be told to run in the US alone, for more.
    """

    model: str
    tiers: tuple[Tier, ...]
    as_of: date | None = None
    source: str = ""
    efforts: tuple[str, ...] | None = None
    us_inference: bool = True

    def takes(self, effort: str) -> bool:
        """Whether the model has this effort, as far as that is known."""
        return self.efforts is None or effort in self.efforts

    def tier(self, total_input: int) -> Tier:
        """The tier that a request of ``total_input`` tokens is billed at, as a whole."""
        return next(t for t in self.tiers if t.up_to is None or total_input <= t.up_to)

    def cost(self, usage: Usage, ran_in: str = "") -> Decimal:
        """USD for a call that used ``usage`` and ran there, by the API's word for it.

        An unknown place counts as one with the surcharge.
        """
        tier = self.tier(usage.total_input)
        return (
            (
                usage.input * tier.input
                + usage.output * tier.output
                + usage.cache_write_5m * tier.cache_write_5m
                + usage.cache_write_1h * tier.cache_write_1h
                + usage.cache_read * tier.cache_read
            )
            * self._factor(dear=ran_in not in WITHOUT_SURCHARGE)
            / MILLION
        )

    def worst_case(self, input_tokens: int, max_tokens: int, geo: Geo = "") -> Decimal:
        """The most a call can cost that reads and writes at most so many tokens: all at the highest rate that could
        apply.

        ``geo``: where it is told to run. If nowhere, the workspace decides that, which may be the US alone.
        That is looked for in the tiers of shorter requests, too: nothing but custom makes them the cheaper ones.
        """
        tiers = self.tiers[: self.tiers.index(self.tier(input_tokens)) + 1]
        dearest = max(tier.dearest_input for tier in tiers)
        plain = input_tokens * dearest + max_tokens * max(tier.output for tier in tiers)
        return plain * self._factor(dear=geo != "global") / MILLION

    def affordable_tokens(self, usd: Decimal, input_tokens: int, geo: Geo = "") -> int:
        """The largest ``max_tokens`` whose worst case is at most ``usd``; 0 where not even one is."""
        nothing = self.worst_case(input_tokens, 0, geo)
        one = self.worst_case(input_tokens, 1, geo) - nothing
        return max(0, int((usd - nothing) // one)) if one else 0

    def _factor(self, *, dear: bool) -> Decimal:
        return US_SURCHARGE if dear and self.us_inference else Decimal(1)


def token_bound(content: int) -> int:
    """A safe upper bound for the input tokens of a call. ``content``: those that what is sent can take at most.

    The constant covers what the API adds around it (roles, schema instructions).
    """
    return content + 2_000


def prices_from(table: Mapping[str, object]) -> dict[str, Price]:
    """Read ``prices.toml``, whose amounts are texts so that they stay exact. What a model says of itself goes first.

    Errors: ``KeyError``, ``ValueError`` or ``decimal.InvalidOperation`` for a malformed table, which ships with the
    project and is therefore a bug.
    """
    models = table["models"]
    assert isinstance(models, dict)  # noqa: S101
    return {name: _price(name, {**table, **entry}) for name, entry in models.items()}


def _price(model: str, entry: Mapping[str, object]) -> Price:
    tiers, as_of = entry["tier"], entry["date"]
    assert isinstance(tiers, list)  # noqa: S101
    assert isinstance(as_of, date)  # noqa: S101
    efforts = entry["efforts"]
    assert isinstance(efforts, list)  # noqa: S101
    return Price(
        model,
        tuple(map(_tier, tiers)),
        as_of,
        str(entry["source"]),
        efforts=tuple(map(str, efforts)),
        us_inference=entry.get("us_inference") is not False,
    )


def _tier(entry: Mapping[str, object]) -> Tier:
    limit = entry.get("up_to")
    rates = {rate: Decimal(str(entry[rate])) for rate in RATES}
    return Tier(**rates, up_to=limit if isinstance(limit, int) else None)
