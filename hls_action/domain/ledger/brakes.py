"""What of an answer is braked: by whom each item is asked for, held against the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from hls_action.domain.errors import HLSError
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.ledger.model import Ledger, Record
from hls_action.domain.limits.brakes import NO_LIMITS, ActorRateLimited, Given, Limits, Looping, RepositoryRateLimited
from hls_action.domain.threads.items import Item

Items = tuple[Item, ...]

PLACE_KEPT = timedelta(hours=2)
"""How long a thread that was put off is waited for, once it is due: without sweeps, nobody comes for it."""


@dataclass(frozen=True)
class Asker:
    """Who asks for an item. ``is_trusted``: with write access; ``is_looping``: by which a loop is kept going."""

    login: str
    is_trusted: bool = False
    is_looping: bool = False


@dataclass(frozen=True)
class Brakes:
    """``askers``: by the key of each item that may be braked; of the others a maintainer ordered the answer.

    ``notice``: a thread with a loop is to be told so, once.
    """

    limits: Limits = NO_LIMITS
    askers: Mapping[str, Asker] = field(default_factory=dict)
    notice: bool = False

    def held(self, ledger: Ledger, situation: Situation, wanted: Items) -> dict[str, HLSError]:
        """Which of the items get no answer now, and why, by key. The rest gets one, in one reply."""
        found: dict[str, HLSError] = {}
        for item in wanted:
            why = self._of_asker(ledger, situation, item)
            if why is not None:
                found[item.key] = why
        free = [item for item in wanted if item.key not in found]
        if not free or not all(item.key in self.askers for item in free):
            return found
        place = ledger.answers.for_place(self._given(situation, free[-1]), self.limits, _waiting(ledger, situation))
        return found if place is None else found | dict.fromkeys((item.key for item in free), place)

    def limited(self, ledger: Ledger, situation: Situation, wanted: Items) -> frozenset[str]:
        """The logins of those whom their account's limit holds back."""
        held = self.held(ledger, situation, wanted)
        return frozenset(self.askers[key].login for key, why in held.items() if isinstance(why, ActorRateLimited))

    def split(self, ledger: Ledger, situation: Situation, wanted: Items) -> tuple[Items, Items]:
        """Those that may be answered now, and those that may not."""
        held = self.held(ledger, situation, wanted)
        free = tuple(item for item in wanted if item.key not in held)
        return free, tuple(item for item in wanted if item.key in held)

    def _of_asker(self, ledger: Ledger, situation: Situation, item: Item) -> HLSError | None:
        asker = self.askers.get(item.key)
        if asker is None:
            return None
        if asker.is_looping:
            return Looping(asker.login)
        return None if asker.is_trusted else ledger.answers.for_actor(self._given(situation, item), self.limits)

    def _given(self, situation: Situation, item: Item) -> Given:
        thread = f"{situation.repository}#{situation.thread}"
        return Given(situation.now, self.askers[item.key].login, thread, item.key)


def _waiting(ledger: Ledger, situation: Situation) -> int:
    """How many other threads were put off for the repository's sake before; 0 for one that was so itself."""
    threads = {
        record.thread
        for shard in ledger.shards
        for record in shard.records.values()
        if record.repository == situation.repository and _keeps_place(record, situation)
    }
    return 0 if situation.thread in threads else len(threads)


def _keeps_place(record: Record, situation: Situation) -> bool:
    return (
        record.state == "deferred"
        and record.reason.code == RepositoryRateLimited.code
        and record.until is not None
        and situation.now < record.until + PLACE_KEPT
    )


NO_BRAKES = Brakes()
