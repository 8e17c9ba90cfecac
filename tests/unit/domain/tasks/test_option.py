"""What is known of a call before it is made: how short an answer would do, and what it will have cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hls_action.domain.budget.budget import Call
from hls_action.domain.budget.prices import Geo, Price, Tier, Usage
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.limits.pace import Demand
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.tasks.prompt import Prompt

PRICE = Price("plain", (Tier(Decimal(3), Decimal(15), Decimal("3.75"), Decimal(6), Decimal("0.30")),))
OFFER = CallOption(
    "plain", Prompt((), ()), {}, PRICE, Decimal("0.198"), Demand(1, 10_000, 8_000), Call("o/r#7", "ann", "issue", "m"),
    max_tokens=8_000, effort="low", referable=Referable(7),
)  # fmt: skip


@pytest.mark.parametrize(
    ("usd", "geo", "tokens"),
    [
        pytest.param("0.179985", "global", 7_999, id="a token less: 0.06 + 0.119985"),
        pytest.param("0.179985", "us", 6_908, id="for more where it is dearer"),
        pytest.param("0.18", "global", 0, id="no fewer are needed"),
        pytest.param("0.06384", "global", 256, id="the fewest that make an answer: 0.06 + 0.00384"),
        pytest.param("0.063825", "global", 0, id="one fewer makes none"),
        pytest.param("0.01", "global", 0, id="not even the request"),
    ],
)
def test_with_how_many_tokens_it_could_be_paid(usd: str, geo: Geo, tokens: int) -> None:
    assert replace(OFFER, geo=geo).affordable_tokens(Decimal(usd)) == tokens


@pytest.mark.parametrize(
    ("offer", "ran_in", "usd"),
    [
        pytest.param(OFFER, "", "3", id="nothing is said of where"),
        pytest.param(OFFER, "us", "3.3", id="the API says so"),
        pytest.param(replace(OFFER, geo="us"), "", "3.3", id="where it was told to"),
        pytest.param(replace(OFFER, geo="us"), "global", "3", id="the API knows better"),
    ],
)
def test_what_it_cost_goes_by_where_it_ran(offer: CallOption, ran_in: str, usd: str) -> None:
    assert offer.cost(Usage(input=1_000_000), ran_in) == Decimal(usd)
