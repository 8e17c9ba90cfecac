"""What calls cost: cases computed by hand, exact to the last digit, and properties against arithmetic in whole numbers.

The whole numbers are picodollars, 10^-12 USD: one token at 1 USD per million is a million of them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple, get_args

import pytest
from anthropic.resources.messages.messages import DEPRECATED_MODELS
from hypothesis import given
from hypothesis import strategies as st

from hls_action import data
from hls_action.domain.budget.prices import GEOS, RATES, Geo, Price, Tier, Usage, prices_from, token_bound
from hls_action.domain.settings import DEFAULT_MODEL

PLAIN = Price("plain", (Tier(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.30")),))
TIERED = Price(
    "tiered",
    (
        Tier(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.30"), up_to=200_000),
        Tier(Decimal(6), Decimal("22.50"), Decimal("7.50"), Decimal(12), Decimal("0.60")),
    ),
)
HEAD = {"date": date(2026, 11, 23), "source": "a price list", "efforts": ["low"]}
TYPICAL = Usage(input=10_000, output=1_000, cache_write_5m=4_000, cache_write_1h=2_000, cache_read=50_000)
TODAY = datetime.now(UTC).date()

# ---- cases computed by hand ----


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
        pytest.param(TIERED, Usage(input=200_000, output=999_999), "15.599985", id="output tokens do not"),
    ],
)
def test_cost(price: Price, usage: Usage, usd: str) -> None:
    assert price.cost(usage) == Decimal(usd)


@pytest.mark.parametrize(
    ("models", "usd"),
    [
        (["claude-haiku-5-5"], "0.0029"),  # 0.001 + 0.0005 + 0.0005 + 0.0004 + 0.0005
        (["claude-haiku-4-5"], "0.029"),  # 0.01 + 0.005 + 0.005 + 0.004 + 0.005
        (["claude-sonnet-5"], "0.058"),  # 0.02 + 0.01 + 0.01 + 0.008 + 0.01
        (["claude-sonnet-5-5"], "0.053"),  # 0.02 + 0.01 + 0.01 + 0.008 + 0.005
        (["claude-sonnet-4-6"], "0.087"),  # 0.03 + 0.015 + 0.015 + 0.012 + 0.015
        (["claude-opus-5-5"], "0.106"),  # 0.04 + 0.02 + 0.02 + 0.016 + 0.01
        (
            ["claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"],
            "0.145",  # 0.05 + 0.025 + 0.025 + 0.02 + 0.025
        ),
        (["claude-fable-5-2"], "0.202"),  # 0.08 + 0.04 + 0.04 + 0.032 + 0.01
        (["claude-fable-5-1", "claude-mythos-5-1"], "0.2525"),  # 0.10 + 0.05 + 0.05 + 0.04 + 0.0125
        (["claude-fable-5", "claude-mythos-5"], "0.29"),  # 0.10 + 0.05 + 0.05 + 0.04 + 0.05
    ],
)
def test_a_typical_call_by_model(models: list[str], usd: str) -> None:
    """10,000 tokens read at full price, 1,000 written, 4,000 and 2,000 put into the caches, 50,000 read from one."""
    assert {model: data.prices()[model].cost(TYPICAL) for model in models} == dict.fromkeys(models, Decimal(usd))


@pytest.mark.parametrize(("tokens", "usd"), [(100_000, "0.01"), (100_001, "0.0500005")])
def test_the_long_requests_of_the_cheapest_model(tokens: int, usd: str) -> None:
    assert data.prices()["claude-haiku-5-5"].cost(Usage(input=tokens)) == Decimal(usd)


@pytest.mark.parametrize(
    ("price", "input_tokens", "max_tokens", "usd"),
    [
        pytest.param(PLAIN, 10_000, 8_000, "0.18", id="all written to an hour's cache: 0.06 + 0.12"),
        pytest.param(TIERED, 200_001, 1_000, "2.422512", id="the dearer tier"),
        pytest.param(TIERED, 200_000, 1_000, "1.215", id="the cheaper one, to its last token"),
        pytest.param(PLAIN, 0, 0, "0", id="nothing"),
    ],
)
def test_worst_case(price: Price, input_tokens: int, max_tokens: int, usd: str) -> None:
    assert price.worst_case(input_tokens, max_tokens, "global") == Decimal(usd)
    assert price.worst_case(input_tokens, max_tokens) == Decimal(usd) * Decimal("1.1"), "the workspace may say US only"


FREE = Price("free", (Tier(Decimal(0), Decimal(0), Decimal(0), Decimal(0), Decimal(0)),))


@pytest.mark.parametrize(
    ("price", "usd", "input_tokens", "max_tokens"),
    [
        pytest.param(PLAIN, "0.18", 10_000, 8_000, id="to the last cent: 0.06 + 0.12"),
        pytest.param(PLAIN, "0.179999", 10_000, 7_999, id="a token less"),
        pytest.param(PLAIN, "0.060015", 10_000, 1, id="one"),
        pytest.param(PLAIN, "0.06", 10_000, 0, id="the request alone"),
        pytest.param(PLAIN, "0.01", 10_000, 0, id="not even the request"),
        pytest.param(FREE, "1", 10_000, 0, id="any number, which is none to advise"),
    ],
)
def test_how_much_may_be_written_for_so_much(price: Price, usd: str, input_tokens: int, max_tokens: int) -> None:
    assert price.affordable_tokens(Decimal(usd), input_tokens, "global") == max_tokens
    if price is PLAIN:
        assert price.affordable_tokens(Decimal(usd) * Decimal("1.1"), input_tokens) == max_tokens, "US only"


@pytest.mark.parametrize(("efforts", "takes"), [(None, True), (("low", "high"), True), (("low",), False), ((), False)])
def test_which_efforts_a_model_takes(efforts: tuple[str, ...] | None, takes: bool) -> None:
    assert Price("m", (), efforts=efforts).takes("high") is takes


def test_the_places_that_can_be_asked_for() -> None:
    assert set(get_args(Geo)) == {"", *GEOS}


# ---- properties ----


class Rates(NamedTuple):
    """A tier in picodollars per token."""

    up_to: int | None
    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int

    def entry(self) -> dict[str, object]:
        """As ``prices.toml`` has it."""
        amounts = {rate: getattr(self, rate) for rate in RATES}
        texts = {rate: f"{amount // 1_000_000}.{amount % 1_000_000:06}" for rate, amount in amounts.items()}
        return texts | ({} if self.up_to is None else {"up_to": self.up_to})


AMOUNTS = st.integers(0, 60_000_000)
COUNTS = st.integers(0, 300_000)
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


@st.composite
def tables(draw: st.DrawFn) -> list[Rates]:
    """One to three tiers, in which a longer request may even be the cheaper one."""
    limits = sorted(draw(st.sets(st.integers(1, 400_000), max_size=2)))
    return [Rates(limit, *(draw(AMOUNTS) for _ in RATES)) for limit in (*limits, None)]


@st.composite
def usages_near(draw: st.DrawFn, table: list[Rates]) -> Usage:
    """A usage whose whole input is at a tier's boundary, next to one, or anywhere, split between the fields at will."""
    edges = [rates.up_to + step for rates in table if rates.up_to is not None for step in (-1, 0, 1)]
    total = draw(st.sampled_from(edges) | st.integers(0, 800_000)) if edges else draw(st.integers(0, 800_000))
    first, second, third = sorted(draw(st.tuples(*[st.integers(0, total)] * 3)))
    return Usage(first, draw(COUNTS), second - first, third - second, total - third)


def price_of(table: Iterable[Rates]) -> Price:
    return prices_from(HEAD | {"models": {"m": {"tier": [rates.entry() for rates in table]}}})["m"]


def picodollars(table: list[Rates], usage: Usage) -> int:
    """What ``usage`` costs, in whole numbers."""
    whole = usage.input + usage.cache_write_5m + usage.cache_write_1h + usage.cache_read
    billed = table[-1]
    for rates in reversed(table[:-1]):
        assert rates.up_to is not None
        if whole <= rates.up_to:
            billed = rates
    return sum(getattr(usage, rate) * getattr(billed, rate) for rate in RATES)


@given(st.data())
def test_costs_are_exact(chosen: st.DataObject) -> None:
    table = chosen.draw(tables())
    usage = chosen.draw(usages_near(table))
    assert price_of(table).cost(usage) * 10**12 == picodollars(table, usage)


@given(st.data(), st.integers(0, 100_000), st.integers(0, 100_000))
def test_no_call_that_fits_the_request_costs_more_than_its_worst_case(
    chosen: st.DataObject, unread: int, unwritten: int
) -> None:
    table = chosen.draw(tables())
    usage = chosen.draw(usages_near(table))
    ran_in: Mapping[Geo, tuple[str, ...]] = {"global": ("global", ""), "us": ("us",), "": ("", "global", "us", "mars")}
    for price in (price_of(table), TIERED, *data.prices().values()):
        for geo, places in ran_in.items():
            worst = price.worst_case(usage.total_input + unread, usage.output + unwritten, geo)
            assert all(price.cost(usage, place) <= worst for place in places)


@pytest.mark.parametrize(
    ("model", "ran_in", "usd"),
    [
        ("claude-sonnet-5-5", "", "2"),
        ("claude-sonnet-5-5", "global", "2"),
        ("claude-sonnet-5-5", "not_available", "2"),
        ("claude-sonnet-5-5", "us", "2.2"),
        ("claude-sonnet-5-5", "somewhere new", "2.2"),
        ("claude-haiku-4-5", "not_available", "1"),
        ("claude-haiku-4-5", "us", "1"),
    ],
)
def test_inference_in_the_us_alone_costs_more(model: str, ran_in: str, usd: str) -> None:
    assert data.prices()[model].cost(Usage(input=1_000_000), ran_in) == Decimal(usd)


@given(USAGES, USAGES)
def test_usages_add_up(one: Usage, other: Usage) -> None:
    assert PLAIN.cost(one + other) == PLAIN.cost(one) + PLAIN.cost(other)
    assert (one + other).total_input == one.total_input + other.total_input


def test_what_was_thought_adds_up() -> None:
    assert (Usage(output=5, thinking=3) + Usage(output=7, thinking=4)).thinking == 7


@given(st.lists(USAGES, max_size=50))
def test_sums_of_costs_lose_nothing(usages: list[Usage]) -> None:
    table = [Rates(200_000, 100_000, 500_000, 125_000, 200_000, 10_000), Rates(None, *[7] * 5)]
    assert sum(map(price_of(table).cost, usages)) * 10**12 == sum(picodollars(table, usage) for usage in usages)


def test_the_whole_input_includes_what_was_cached() -> None:
    assert Usage(input=1, output=99, cache_write_5m=2, cache_write_1h=4, cache_read=8).total_input == 15


@given(st.text())
def test_the_token_bound_is_above_the_bytes(text: str) -> None:
    assert token_bound(len(text.encode())) > len(text.encode())


# ---- the table that ships ----


def test_shipped_prices_are_complete_and_sensible() -> None:
    prices = data.prices()
    assert DEFAULT_MODEL in prices
    for name, price in prices.items():
        assert price.model == name
        assert price.as_of
        assert price.as_of <= TODAY
        assert price.source
        assert [tier.up_to is None for tier in price.tiers] == [False] * (len(price.tiers) - 1) + [True]
        limits = [tier.up_to for tier in price.tiers if tier.up_to is not None]
        assert limits == sorted(limits)
        for tier in price.tiers:
            assert 0 < tier.cache_read < tier.input < tier.cache_write_5m < tier.cache_write_1h < tier.output


def test_prices_are_read_from_texts_so_that_they_stay_exact() -> None:
    entry = {"input": "0.1", "output": "0.7", "cache_write_5m": "0.125", "cache_write_1h": "0.2", "cache_read": "0.01"}
    prices = prices_from(HEAD | {"models": {"m": {"tier": [entry | {"up_to": 10}, entry]}}})
    assert prices["m"].tiers[0].up_to == 10
    assert prices["m"].cost(Usage(input=3)) == Decimal("0.0000003")


def test_a_model_may_differ_from_the_head_of_the_table() -> None:
    tiers = {"tier": [Rates(None, 1, 2, 3, 4, 5).entry()]}
    prices = prices_from(HEAD | {"models": {"usual": tiers, "other": {**tiers, "source": "a friend"}}})
    usual, other = prices["usual"], prices["other"]
    assert (usual.source, usual.as_of) == ("a price list", date(2026, 11, 23))
    assert (other.source, other.as_of) == ("a friend", date(2026, 11, 23))
    assert (usual.efforts, usual.us_inference) == (("low",), True)


@pytest.mark.parametrize(("said", "us_inference"), [({}, True), ({"us_inference": False}, False)])
def test_a_model_may_have_no_choice_of_where_it_runs(said: dict[str, object], us_inference: bool) -> None:
    tiers = {"tier": [Rates(None, 1, 2, 3, 4, 5).entry()]}
    assert prices_from(HEAD | {"models": {"m": {**tiers, **said}}})["m"].us_inference is us_inference


@pytest.mark.parametrize(
    "table",
    [
        {},
        HEAD,
        HEAD | {"models": {"m": {"tier": [{"input": "1"}]}}},
        HEAD | {"models": {"m": {}}},
        *({key: HEAD[key] for key in HEAD if key != left_out} | {"models": {"m": {"tier": []}}} for left_out in HEAD),
    ],
)
def test_an_incomplete_table_is_an_error(table: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        prices_from(table)


# ---- models that come to their end ----


class PastItsEnd(UserWarning):
    """A model that HLS has a price for is no longer served."""


def end_date(text: str) -> date:
    """The SDK's way of writing a day: ``November 30th, 2026``."""
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text)
    return datetime.strptime(plain, "%B %d, %Y").replace(tzinfo=UTC).date()


def past_their_end(models: Iterable[str], ends: Mapping[str, str], today: date) -> dict[str, date]:
    """Those of ``models`` that ended before ``today``, by the name itself or by that of a dated version."""
    days = {
        model: [end_date(ends[name]) for name in ends if re.fullmatch(f"{model}(-20\\d{{6}})?", name)]
        for model in models
    }
    return {model: max(found) for model, found in days.items() if found and max(found) < today}


@pytest.mark.filterwarnings("always:.*is no longer served:UserWarning")
def test_models_past_their_end_are_pointed_out() -> None:
    """A warning in the summary and no failure: a day that comes by itself must not turn a build red."""
    for model, ended in past_their_end(data.prices(), DEPRECATED_MODELS, TODAY).items():
        warnings.warn(f"{model} in prices.toml is no longer served since {ended}", PastItsEnd, stacklevel=1)


def test_which_models_are_past_their_end() -> None:
    ends = {"m": "November 30th, 2026", "n-20250929": "June 1st, 2026", "n-mini": "May 2nd, 2026"}
    assert past_their_end(["m", "n", "other"], ends, date(2026, 11, 30)) == {"n": date(2026, 6, 1)}
    assert past_their_end(["m"], ends, date(2026, 12, 1)) == {"m": date(2026, 11, 30)}


def test_the_sdks_days_can_be_read() -> None:
    assert DEPRECATED_MODELS
    assert all(end_date(text).year > 2020 for text in DEPRECATED_MODELS.values())
