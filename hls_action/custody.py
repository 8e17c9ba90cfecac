"""What a run has in hand: taken by compare-and-swap, and written down step by step for whoever comes after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from hls_action.asking import Offer
from hls_action.domain import transitions
from hls_action.domain.claims import Situation, Standing, stand, stands_for_thread
from hls_action.domain.items import Item, notice_key
from hls_action.domain.ledger import Draft, Ledger, Record
from hls_action.domain.pricing import Usage
from hls_action.domain.purse import Bill, Caps, Reservation
from hls_action.domain.reasons import Reason
from hls_action.domain.thread import Comment
from hls_action.errors import CapReached, HLSError
from hls_action.journal import Journal
from hls_action.ports import Clock
from hls_action.retry import Retrier

Records = tuple[Record, ...]


def cooling_name(model: str) -> str:
    """What the ledger calls a model that wants no calls for a while: each has limits of its own."""
    return f"claude/{model}"


NOTHING = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """On what terms items may be taken: how they could be asked about, dearest first, and what may be spent.

    ``skip_at_cap``: what passes a cap gets no later try; ``notice``: the thread is to be told so, once.
    """

    offers: Callable[[tuple[Item, ...]], Sequence[Offer]]
    caps: Caps
    skip_at_cap: bool = False
    notice: bool = False


@dataclass(frozen=True)
class Taken:
    """What was taken: the decision, the thread's records before it, and the call that money was put aside for.

    ``refused``: the cap that none of the offers kept; the items are on record with it. ``notice``: it falls to this run
    to tell the thread.
    """

    standing: Standing = field(default_factory=Standing)
    before: Records = ()
    offer: Offer | None = None
    refused: CapReached | None = None
    records: Records = ()
    notice: bool = False


class Custody:
    """One run's hand on the items of threads, until a time that is also written down.

    Every method: errors are `StateUnavailable`, `StateUnreadable` and `Conflict`, as of `Journal.update`.
    """

    def __init__(self, journal: Journal, retrier: Retrier, clock: Clock, until: datetime) -> None:
        self._journal = journal
        self._retrier = retrier
        self._clock = clock
        self._reservation = ""
        self._precheck = Bill()
        self.until = until

    def take(self, seen: Situation, terms: Terms) -> Taken:
        """Claim what there is to answer, by what is recorded at that moment, and put aside what it may cost."""
        taken = Taken()
        name = self._next_reservation()
        self._precheck = Bill(self._journal.next_name())

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal taken
            records = ledger.of(seen.repository, seen.thread)
            standing = replace(stand(now, records), finish={})
            claimed = transitions.claim(ledger, now, standing, self.until)
            # An earlier attempt may have taken effect, with another offer than the one that fits now.
            claimed = replace(claimed, purse=claimed.purse.released(name, self._precheck.name))
            taken = Taken(standing, records)
            if not standing.work:
                return claimed
            keys = {item.key for item in standing.work}
            before = sum((record.cost_usd for record in records if record.key in keys), NOTHING)
            refused: CapReached | None = None
            for offer in terms.offers(standing.work):
                wanted = Reservation(offer.call, offer.worst, now.now, self.until)
                try:
                    purse = claimed.purse.tidied(now.now).reserve(name, wanted, terms.caps, item=before)
                    if offer.precheck is not None:
                        first = Reservation(offer.precheck.call, offer.precheck.worst, now.now, self.until)
                        purse = purse.reserve(self._precheck.name, first, terms.caps)
                except CapReached as error:
                    refused = error
                    continue
                taken = replace(taken, offer=offer)
                return replace(claimed, purse=purse)
            assert refused is not None  # noqa: S101 - there is at least one offer
            refused.skip = refused.skip or (terms.skip_at_cap and not refused.hopeless)
            after = transitions.set_back(claimed, now, keys, refused)
            after = replace(after, purse=after.purse.refused(refused, now.now))
            if terms.notice:
                after = transitions.give_notice(after, now)
            given = any(record.by == seen.me for record in _of(after, seen, {notice_key(seen.thread)}))
            taken = replace(taken, refused=refused, records=_of(after, seen, keys), notice=given)
            return after

        self._step(seen, step)
        return taken

    def take_drafts(self, seen: Situation) -> Taken:
        """Claim the answers that wait to be posted, and nothing else."""
        return self._stand(seen, lambda standing: replace(standing, work=()))

    def tidy(self, seen: Situation) -> Standing:
        """Write down what ended by itself, and claim nothing."""
        return self._stand(seen, lambda standing: replace(standing, work=(), finish={})).standing

    def doubted(self, seen: Situation, offer: Offer, caps: Caps) -> None:
        """A call may have been billed without an answer: count it as spent, and put the same aside for another try.

        Errors: `CapReached`, too.
        """
        bill = self.bill(offer.worst, known=False)
        name = self._next_reservation()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            wanted = Reservation(offer.call, offer.worst, now.now, self.until)
            settled = self._settled(ledger, bill)
            return replace(settled, purse=settled.purse.reserve(name, wanted, caps))

        try:
            self._step(seen, step)
        except CapReached:
            self.settled(seen, bill)
            raise

    def bill(self, usd: Decimal = NOTHING, *, known: bool = True) -> Bill:
        """What the last reserved call came to."""
        return Bill(self._reservation, usd, known=known)

    def settled(self, seen: Situation, bill: Bill) -> None:
        """What a call came to of which nothing else comes."""
        self._step(seen, lambda ledger, _: self._settled(ledger, bill))

    def written(self, seen: Situation, keys: Collection[str], draft: Draft, bill: Bill) -> None:
        """The answer, ahead of its posting, with its bill. Errors: `ClaimLost`, too, and the bill is settled."""
        self._step(
            seen,
            lambda ledger, now: transitions.answer(self._settled(ledger, bill), now, keys, draft, self.until),
        )

    def published(self, seen: Situation, keys: Collection[str], comment: Comment) -> Records:
        """The comment is there."""
        after = self._step(seen, lambda ledger, now: transitions.publish(ledger, now, keys, comment))
        return _of(after, seen, keys)

    def set_back(self, seen: Situation, keys: Collection[str], error: HLSError, bill: Bill) -> Records:
        """It did not work out, and what it cost all the same."""
        paid = bill.usd if bill.known else NOTHING
        after = self._step(
            seen,
            lambda ledger, now: transitions.cool(
                transitions.set_back(self._settled(ledger, bill), now, keys, error, cost=paid), error, now.now
            ),
        )
        return _of(after, seen, keys)

    def ended(self, seen: Situation, keys: Collection[str], reason: Reason) -> Records:
        """No answer is due any more."""
        after = self._step(
            seen, lambda ledger, now: transitions.end(self._settled(ledger, self.bill()), now, keys, reason)
        )
        return _of(after, seen, keys)

    def overlooked(self, seen: Situation, error: HLSError) -> Records:
        """The thread could not be read."""
        after = self._step(
            seen, lambda ledger, now: transitions.cool(transitions.overlook(ledger, now, error), error, now.now)
        )
        return tuple(record for record in after.of(seen.repository, seen.thread) if stands_for_thread(record))

    def cooled(self, seen: Situation, model: str, seconds: float) -> None:
        """Claude refused a call and asked to wait: so do the other runs."""
        until = timedelta(seconds=seconds)
        self._step(seen, lambda ledger, now: ledger.cooled(cooling_name(model), now.now, now.now + until))

    def checked(self, usd: Decimal, usage: Usage, *, known: bool) -> None:
        """What the pre-check came to; it is written down with whatever comes next."""
        self._precheck = replace(self._precheck, usd=usd, usage=usage, known=known)

    def _settled(self, ledger: Ledger, bill: Bill) -> Ledger:
        return transitions.settle(transitions.settle(ledger, bill), self._precheck)

    def _next_reservation(self) -> str:
        self._reservation = self._journal.next_name()
        return self._reservation

    def _stand(self, seen: Situation, reduced: Callable[[Standing], Standing]) -> Taken:
        taken = Taken()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal taken
            records = ledger.of(seen.repository, seen.thread)
            taken = Taken(stand(now, records), records)
            return transitions.claim(ledger, now, reduced(taken.standing), self.until)

        self._step(seen, step)
        return taken

    def _step(self, seen: Situation, step: Callable[[Ledger, Situation], Ledger]) -> Ledger:
        """Apply ``step`` to the newest ledger, as of the time it is applied, with the items called as they are now."""

        def named(ledger: Ledger) -> Ledger:
            now = replace(seen, now=self._clock.now())
            return step(transitions.adopt(ledger, now), now)

        return self._journal.update(named, self._retrier)


def _of(ledger: Ledger, seen: Situation, keys: Collection[str]) -> Records:
    return tuple(record for record in ledger.of(seen.repository, seen.thread) if record.key in keys)
