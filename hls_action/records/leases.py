"""The claims of one run: made by compare-and-swap, and recorded step by step for later runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hls_action.domain.budget.budget import NOTHING, Bill, Caps, Costs, Reservation
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import Situation, Standing, last_review, stand, stands_for_thread
from hls_action.domain.ledger.model import Ledger, Record
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.offer import Offer
from hls_action.domain.threads.items import Item, notice_key
from hls_action.domain.threads.thread import Comment
from hls_action.ports import Clock
from hls_action.records.store import Journal
from hls_action.resilience.retry import Retrier

Records = tuple[Record, ...]


def cooling_name(model: str) -> str:
    """What the ledger calls a model that wants no calls for a while: each has limits of its own."""
    return f"claude/{model}"


@dataclass(frozen=True)
class Terms:
    """The plan of a call for ``items``, all of them or none: the possible calls, most expensive first, and what
    may be spent.

    ``skip_at_cap``: what passes a cap gets no later try; ``notice``: the thread is to be told so, once.
    """

    items: tuple[Item, ...]
    offers: Sequence[Offer]
    caps: Caps
    skip_at_cap: bool = False
    notice: bool = False


@dataclass(frozen=True)
class Taken:
    """What was taken: the decision, the thread's records before it, and the call that money was put aside for.

    ``reservation`` and ``precheck``: what the money was put aside as, for the answer and for the question before it.
    ``changed``: nothing was, for by now other items are to be taken. ``refused``: the cap that none of the offers kept;
    the items are on record with it. ``notice``: it falls to this run to tell the thread.
    """

    standing: Standing = field(default_factory=Standing)
    before: Records = ()
    offer: Offer | None = None
    reservation: str = ""
    precheck: str = ""
    changed: bool = False
    refused: CapReached | None = None
    records: Records = ()
    notice: bool = False

    def settling(self, costs: Costs) -> tuple[Bill, ...]:
        """The bill of each reservation: what is not among ``costs`` was not called for, and is free again."""
        known = {bill.name: bill for bill in costs.bills}
        names = dict.fromkeys((self.reservation, self.precheck, *known))
        return tuple(known.get(name, Bill(name)) for name in names if name)


class Custody:
    """One run's claims on items, until an expiry time that is recorded as well.

    Every method: errors are `StateUnavailable`, `StateUnreadable` and `Conflict`, as of `Journal.update`.
    """

    def __init__(self, journal: Journal, retrier: Retrier, clock: Clock, until: datetime) -> None:
        self._journal = journal
        self._retrier = retrier
        self._clock = clock
        self.until = until

    def take(self, seen: Situation, terms: Terms) -> Taken:
        """Claim the items, if by what is recorded at that moment just these are to be taken, and put aside what they
        may cost.
        """
        taken = Taken()
        names = self._journal.next_name(), self._journal.next_name()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal taken
            records = ledger.of(seen.repository, seen.thread)
            standing = replace(stand(now, records), finish={})
            taken = Taken(standing, records, changed=standing.work != terms.items)
            if taken.changed:  # an earlier attempt may have taken effect: what it put aside is free again
                return replace(ledger, purse=ledger.purse.released(*names))
            claimed = transitions.claim(ledger, now, standing, self.until)
            # An earlier attempt may have taken effect, with another offer than the one that fits now.
            claimed = replace(claimed, purse=claimed.purse.released(*names))
            after, taken = self._reserved(claimed, now, taken, terms, names)
            return after

        self._step(seen, step)
        return taken

    def _reserved(
        self, ledger: Ledger, now: Situation, taken: Taken, terms: Terms, names: tuple[str, str]
    ) -> tuple[Ledger, Taken]:
        """With money put aside for the first offer that keeps the caps; else the items wait for another day."""
        keys = {item.key for item in terms.items}
        before = sum((record.cost_usd for record in taken.before if record.key in keys), NOTHING)
        refused: CapReached | None = None
        for offer in terms.offers:
            try:
                purse = ledger.purse.tidied(now.now).reserve(
                    names[0], Reservation(offer.call, offer.worst, now.now, self.until), terms.caps, item=before
                )
                if offer.precheck is not None:
                    first = Reservation(offer.precheck.call, offer.precheck.worst, now.now, self.until)
                    purse = purse.reserve(names[1], first, terms.caps)
            except CapReached as error:
                refused = error.fitting(offer.affordable_tokens)
                continue
            name = names[1] if offer.precheck is not None else ""
            return replace(ledger, purse=purse), replace(taken, offer=offer, reservation=names[0], precheck=name)
        assert refused is not None  # noqa: S101 - there is at least one offer
        return self._refused(ledger, now, taken, terms, refused)

    def _refused(
        self, ledger: Ledger, now: Situation, taken: Taken, terms: Terms, refused: CapReached
    ) -> tuple[Ledger, Taken]:
        keys = {item.key for item in terms.items}
        refused.skip = refused.skip or (terms.skip_at_cap and not refused.hopeless)
        after = transitions.set_back(ledger, now, keys, refused)
        after = replace(after, purse=after.purse.refused(refused, now.now))
        if terms.notice:
            after = transitions.give_notice(after, now)
        given = any(record.by == now.me for record in _of(after, now, {notice_key(now.thread)}))
        return after, replace(taken, refused=refused, records=_of(after, now, keys), notice=given)

    def passed_over(self, seen: Situation, items: tuple[Item, ...], reason: Reason) -> Taken:
        """Write down that heads need no review of their own: what the one before found holds for them, too."""
        taken = Taken()
        keys = {item.key for item in items}

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal taken
            records = ledger.of(seen.repository, seen.thread)
            standing = replace(stand(now, records), finish={})
            taken = Taken(standing, records, changed=standing.work != items)
            if taken.changed:
                return ledger
            before = last_review(records)
            claimed = transitions.claim(ledger, now, standing, self.until)
            after = transitions.end(claimed, now, keys, reason, findings=before.findings if before else None)
            taken = replace(taken, records=_of(after, now, keys))
            return after

        self._step(seen, step)
        return taken

    def take_drafts(self, seen: Situation) -> Taken:
        """Claim the answers that wait to be posted, and nothing else."""
        return self._stand(seen, lambda standing: replace(standing, work=()))

    def tidy(self, seen: Situation) -> Standing:
        """Write down what ended by itself, and claim nothing."""
        return self._stand(seen, lambda standing: replace(standing, work=(), finish={})).standing

    def doubted(self, seen: Situation, offer: Offer, bill: Bill, caps: Caps) -> str:
        """A call may have been billed without an answer: count it as spent by ``bill``, and put the same aside for
        another try. Returns what it was put aside as.

        Errors: `CapReached`, too.
        """
        name = self._journal.next_name()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            wanted = Reservation(offer.call, offer.worst, now.now, self.until)
            settled = transitions.settle(ledger, bill)
            return replace(settled, purse=settled.purse.reserve(name, wanted, caps))

        try:
            self._step(seen, step)
        except CapReached:
            self.settled(seen, (bill,))
            raise
        return name

    def settled(self, seen: Situation, bills: Sequence[Bill]) -> None:
        """Settle calls that led to nothing else."""
        self._step(seen, lambda ledger, _: _settled(ledger, bills))

    def written(self, seen: Situation, keys: Collection[str], draft: Draft, bills: Sequence[Bill]) -> None:
        """The answer, ahead of its posting, with its bills. Errors: `ClaimLost`, too."""
        self._step(seen, lambda ledger, now: transitions.answer(_settled(ledger, bills), now, keys, draft, self.until))

    def dropped(self, seen: Situation, keys: Collection[str], reason: Reason) -> None:
        """The stored answer must not be posted, and another is to be asked for."""
        self._step(seen, lambda ledger, now: transitions.drop(ledger, now, keys, reason))

    def published(
        self,
        seen: Situation,
        keys: Collection[str],
        comment: Comment,
        folded: Collection[str] = (),
        unfolded: Collection[str] = (),
    ) -> Records:
        """The comment is there; of what it makes outdated, some is ``folded`` or cannot be, and some is still to be."""
        after = self._step(
            seen,
            lambda ledger, now: transitions.fold(
                transitions.publish(ledger, now, keys, comment), now, comment.id, folded, unfolded
            ),
        )
        return _of(after, seen, keys)

    def folded(self, seen: Situation, comment: int, folded: Collection[str], unfolded: Collection[str]) -> None:
        """What the review in ``comment`` made outdated is ``folded`` or cannot be, or is still to be."""
        self._step(seen, lambda ledger, now: transitions.fold(ledger, now, comment, folded, unfolded))

    def set_back(self, seen: Situation, keys: Collection[str], error: HLSError, bills: Sequence[Bill] = ()) -> Records:
        """Record a failure, and what it cost."""
        paid = sum((bill.usd for bill in bills if bill.known), NOTHING)
        after = self._step(
            seen,
            lambda ledger, now: transitions.cool(
                transitions.set_back(_settled(ledger, bills), now, keys, error, cost=paid), error, now.now
            ),
        )
        return _of(after, seen, keys)

    def ended(
        self,
        seen: Situation,
        keys: Collection[str],
        reason: Reason,
        bills: Sequence[Bill] = (),
        findings: int | None = None,
    ) -> Records:
        """Record that no answer is needed. ``findings``: how many problems a review found."""
        paid = sum((bill.usd for bill in bills if bill.known), NOTHING)
        after = self._step(
            seen,
            lambda ledger, now: transitions.end(
                _settled(ledger, bills), now, keys, reason, cost=paid, findings=findings
            ),
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


def _settled(ledger: Ledger, bills: Sequence[Bill]) -> Ledger:
    for bill in bills:
        ledger = transitions.settle(ledger, bill)
    return ledger


def _of(ledger: Ledger, seen: Situation, keys: Collection[str]) -> Records:
    return tuple(record for record in ledger.of(seen.repository, seen.thread) if record.key in keys)
