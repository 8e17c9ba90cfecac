"""A call to Claude as it could be made, with the most that it can cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hls_action.domain.budget.budget import Call
from hls_action.domain.budget.prices import Geo, Price, Usage
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.limits.pace import Demand
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.prompt import Prompt

LEAST_TOKENS = 256
"""Of ``max_tokens``: with fewer there is no answer."""


@dataclass(frozen=True)
class CallOption:
    """A call as it could be made. ``worst``: USD it can cost at most, what Claude thinks before it writes included;
    ``demand``: what it can take of the rate limits at most; ``referable``: what its answer may refer to; ``before``:
    the steps of the chain that it ends, each with a call of its own. ``geo``: where it is to run, if anything is said
    about that; ``read``: paths of the default branch's files that its prompt shows.

    What a step may change of the prompt is in ``worst`` and ``demand``.
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
    referable: Referable
    before: tuple[Step, ...] = ()
    geo: Geo = ""
    read: tuple[str, ...] = ()

    def affordable_tokens(self, usd: Decimal) -> int:
        """The largest ``max_tokens`` by which this call costs no more than so many USD; 0 where no useful one is needed
        or left.
        """
        fits = self.price.affordable_tokens(usd, self.demand.input_tokens, self.geo)
        return fits if LEAST_TOKENS <= fits < self.max_tokens else 0

    def cost(self, usage: Usage, ran_in: str) -> Decimal:
        """USD for the call, which used ``usage``. ``ran_in``: where, in the API's words; ``""``: as it was told."""
        return self.price.cost(usage, ran_in or self.geo)


@dataclass(frozen=True)
class Step:
    """A call whose reply decides whether the chain goes on, and with what: the next step, and at the end the answer.

    ``name``: for people; ``ends``: by the text of the reply, why the chain ends here without an answer, or `NONE`;
    ``then``: by the same, the answer's call, which costs no more than the one planned, or None where that stays. A step
    that fails decides nothing; ``advice``: what to do where it never works, for people.
    """

    name: str
    call: CallOption
    ends: Callable[[str], Reason]
    then: Callable[[str], CallOption | None]
    advice: str = ""
