"""What calls cost: cases computed by hand, exact to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action import data
from hls_action.domain.policy import DEFAULT_MODEL
from hls_action.domain.pricing import Price, Tier, Usage, prices_from, token_bound

PLAIN = Price("plain", (Tier(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.30")),))
TIERED = Price(
    "tiered",
    (
        Tier(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.30"), up_to=200_000),
        Tier(Decimal(6), Decimal("22.50"), Decimal("7.50"), Decimal(12), Decimal("0.60")),
    ),
)
COUNTS = st.integers(0, 300_000)
USAGES = st.builds(Usage, COUNTS, st.integers(0, 8_000), COUNTS, COUNTS, COUNTS)


@pytest.mark.parametrize(
    ("price", "usage", "usd"),
    [
        pytest.param(PLAIN, Usage(), "0", id="nothing"),
        pytest.param(PLAIN, Usage(input=1), "0.000003", id="one token in"),
        pytest.param(PLAIN, Usage(input=1_000, output=200), "0.006", id="plain: 0.003 + 0.003"),
        pytest.param(PLAIN, Usage(cache_write_5m=4_000), "0.015", id="a cache written for five minutes"),
        pytest.param(PLAIN, Usage(cache_write_1h=4_000), "0.024", id="a cache written for an hour"),
        pytest.param(PLAIN, Usage(cache_read=10_001), "0.0030003", id="a cache read"),
        pytest.param(
            PLAIN,
            Usage(input=7, output=11, cache_write_5m=13, cache_write_1h=17, cache_read=19),
            "0.00034245",  # 21 + 165 + 48.75 + 102 + 5.70 millionths
            id="all five",
        ),
        pytest.param(TIERED, Usage(input=200_000), "0.6", id="the last token of the short tier"),
        pytest.param(TIERED, Usage(input=200_001), "1.200006", id="one more prices the whole request"),
        pytest.param(
            TIERED, Usage(input=1, cache_read=200_000, output=1_000), "0.142506", id="cached tokens count for the tier"
        ),
    ],
)
def test_cost(price: Price, usage: Usage, usd: str) -> None:
    assert price.cost(usage) == Decimal(usd)


@pytest.mark.parametrize(
    ("price", "input_tokens", "max_tokens", "usd"),
    [
        pytest.param(PLAIN, 10_000, 8_000, "0.18", id="all written to an hour's cache: 0.06 + 0.12"),
        pytest.param(TIERED, 200_001, 1_000, "2.422512", id="the dearer tier"),
        pytest.param(PLAIN, 0, 0, "0", id="nothing"),
    ],
)
def test_worst_case(price: Price, input_tokens: int, max_tokens: int, usd: str) -> None:
    assert price.worst_case(input_tokens, max_tokens) == Decimal(usd)


@given(USAGES, st.integers(0, 100_000))
def test_no_call_costs_more_than_its_worst_case(usage: Usage, slack: int) -> None:
    for price in (PLAIN, TIERED, *data.prices().values()):
        assert price.cost(usage) <= price.worst_case(usage.total_input + slack, usage.output)


@given(USAGES, USAGES)
def test_usages_add_up(one: Usage, other: Usage) -> None:
    assert PLAIN.cost(one + other) == PLAIN.cost(one) + PLAIN.cost(other)
    assert (one + other).total_input == one.total_input + other.total_input


def test_the_whole_input_includes_what_was_cached() -> None:
    assert Usage(input=1, output=99, cache_write_5m=2, cache_write_1h=4, cache_read=8).total_input == 15


@given(st.text())
def test_the_token_bound_is_above_the_bytes(text: str) -> None:
    assert token_bound(len(text.encode())) > len(text.encode())


def test_shipped_prices_are_complete_and_sensible() -> None:
    prices = data.prices()
    assert DEFAULT_MODEL in prices
    for name, price in prices.items():
        assert price.model == name
        assert [tier.up_to is None for tier in price.tiers] == [False] * (len(price.tiers) - 1) + [True]
        limits = [tier.up_to for tier in price.tiers if tier.up_to is not None]
        assert limits == sorted(limits)
        for tier in price.tiers:
            assert 0 < tier.cache_read < tier.input < tier.cache_write_5m < tier.cache_write_1h < tier.output


def test_prices_are_read_from_texts_so_that_they_stay_exact() -> None:
    entry = {"input": "0.1", "output": "0.7", "cache_write_5m": "0.125", "cache_write_1h": "0.2", "cache_read": "0.01"}
    prices = prices_from({"models": {"m": {"tier": [entry | {"up_to": 10}, entry]}}})
    assert prices["m"].tiers[0].up_to == 10
    assert prices["m"].cost(Usage(input=3)) == Decimal("0.0000003")


@pytest.mark.parametrize("table", [{}, {"models": {"m": {"tier": [{"input": "1"}]}}}, {"models": {"m": {}}}])
def test_an_incomplete_table_is_an_error(table: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        prices_from(table)
