"""A call to Claude as it could be made, with the most that it can cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hls_action.domain.pace import Demand
from hls_action.domain.pricing import Price
from hls_action.domain.prompt import Prompt
from hls_action.domain.purse import Call
from hls_action.domain.references import Shown


@dataclass(frozen=True)
class Offer:
    """A call as it could be made. ``worst``: USD it can cost at most, what Claude thinks before it writes included;
    ``demand``: what it can take of the rate limits at most; ``shown``: what its answer may refer to; ``precheck``: the
    call that comes before it, if any.
    """

    model: str
    prompt: Prompt
    schema: Mapping[str, object]
    price: Price
    worst: Decimal
    demand: Demand
    call: Call
    max_tokens: int
    effort: str
    shown: Shown
    precheck: Offer | None = None
