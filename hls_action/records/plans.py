"""What a run wants to take up, and what it got: the plan of a call, and the result of its claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hls_action.domain.budget.budget import Caps, Charge, Costs
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.budget.shares import DEFAULT_SHARES, UNBOUND, Asker, Shares
from hls_action.domain.ledger.brakes import NO_BRAKES, Brakes
from hls_action.domain.ledger.claims import ClaimDecision
from hls_action.domain.ledger.model import Record
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.threads.facts import Relation
from hls_action.domain.threads.items import Item

Records = tuple[Record, ...]


@dataclass(frozen=True)
class CallPlan:
    """The plan of a call for ``items``, all of them or none: the possible calls, most expensive first, and what
    may be spent. Without items, there is no call.

    ``brakes``: what keeps items from an answer; ``braked``: those that it kept when this was planned. ``skip_at_cap``:
    what passes a cap gets no later try; ``told``: keys of the items about which the thread is told so, once.
    ``relations``: what the thread is to others, for the record, and ``refused``: what people said it is not about;
    ``ignored``: changed files that no review reads. ``asker``: on whose account it goes, and
    ``shares``: what of the day such people may have.
    """

    items: tuple[Item, ...]
    options: Sequence[CallOption]
    caps: Caps
    skip_at_cap: bool = False
    told: frozenset[str] = frozenset()
    relations: tuple[Relation, ...] = ()
    ignored: tuple[str, ...] = ()
    refused: tuple[int, ...] = ()
    brakes: Brakes = NO_BRAKES
    braked: tuple[Item, ...] = ()
    asker: Asker = UNBOUND
    shares: Shares = DEFAULT_SHARES


@dataclass(frozen=True)
class ClaimResult:
    """What was taken: the decision, the thread's records before it, and the call that money was put aside for.

    ``reservation`` and ``steps``: what the money was put aside as, for the answer and for each step before it.
    ``changed``: nothing was, for by now other items are to be taken. ``cap_reached``: the cap that none of the offers
    kept; the items are on record with it. ``braked``: the records of what is kept from an answer. ``notice``: it falls
    to this run to tell the thread. ``to_verify``: nothing was taken, for a bound holds unless the asker turns out to
    have write access.
    """

    decision: ClaimDecision = field(default_factory=ClaimDecision)
    records_before: Records = ()
    option: CallOption | None = None
    reservation: str = ""
    steps: tuple[str, ...] = ()
    changed: bool = False
    cap_reached: CapReached | None = None
    records: Records = ()
    braked: Records = ()
    notice: bool = False
    to_verify: bool = False

    def __str__(self) -> str:
        if self.changed:
            return "nothing is claimed, as other items are open by now"
        if self.to_verify:
            return "nothing is claimed before it is known whether the author has write access"
        if self.cap_reached is not None:
            return f"nothing is claimed: {self.cap_reached}"
        if not self.decision.to_answer:
            return f"nothing is claimed: {', '.join(str(record.reason) for record in self.braked)}"
        option = self.option
        reserved = f"; {option.worst} USD are reserved for {option.model}" if option is not None else ""
        return f"claimed {', '.join(item.key for item in self.decision.to_answer)}{reserved}"

    def charges_for(self, costs: Costs) -> tuple[Charge, ...]:
        """The bill of each reservation: what is not among ``costs`` was not called for, and is free again."""
        known = {charge.name: charge for charge in costs.charges}
        names = dict.fromkeys((self.reservation, *self.steps, *known))
        return tuple(known.get(name, Charge(name)) for name in names if name)
