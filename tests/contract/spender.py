"""Many processes that each want to make one call, on a budget that is nearly used up. Prints how many may."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from decimal import Decimal

from hls_action.adapters.clock import SystemClock
from hls_action.domain.budget.budget import Call, Caps, Reservation
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.ledger.model import Claimant, Ledger
from hls_action.records.store import LedgerStore
from hls_action.resilience.retry import Retrier
from tests.contract.state_writer import connect

CAPS = Caps(daily=Decimal("1.00"))
WORST = Decimal("0.11")
CALL = Call("o/r#7", "ann", "issue", "claude-sonnet-5-5")


def may_spend(kind: str, place: str, number: int) -> bool:
    """Reserve the worst case of one call, as a run of its own."""
    clock = SystemClock()
    store = connect(kind, place)
    name = f"run-{number}"

    def step(ledger: Ledger) -> Ledger:
        now = clock.now()
        budget = ledger.budget.reserve(name, Reservation(CALL, WORST, now, now + timedelta(minutes=11)), CAPS)
        return Ledger(ledger.shards, ledger.watermarks, budget)

    ledger_store = LedgerStore(store, clock, "o/r", Claimant(number, 1, "ab"))
    try:
        ledger_store.update(step, Retrier(clock, 300))
    except CapReached:
        return False
    return True


def main(kind: str, place: str, spenders: int) -> int:
    """Fork the spenders and count those that may. Exit status 1 when one of them broke."""
    children = []
    for number in range(1, spenders + 1):
        child = os.fork()
        if not child:
            status = 2
            try:
                status = 0 if may_spend(kind, place, number) else 1
            finally:
                os._exit(status)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(ends.count(0))
    return int(any(end not in (0, 1) for end in ends))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
