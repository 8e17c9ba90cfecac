"""The ledger's steps with batches: intended before it is created, then known by its id, then collected one by one.

Each may be applied again. A request and its batch are forgotten in the same step that settles its reservation and
writes what became of its items, so that whatever dies in between is found by the next sweep as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from hls_action.domain import transitions
from hls_action.domain.batches import InBatch, OpenBatch
from hls_action.domain.claims import Situation
from hls_action.domain.keys import spelt_as
from hls_action.domain.ledger import Claimant, Draft, Ledger, Record
from hls_action.domain.purse import Bill
from hls_action.errors import HLSError

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Hand:
    """A run that takes a step: who it is, the time, and how long what it takes in hand is its own."""

    me: Claimant
    now: datetime
    until: datetime


def intend(ledger: Ledger, batch: OpenBatch, hand: Hand) -> Ledger:
    """Write down that ``batch`` is about to be created, with those of its requests that this run still holds whole.

    Their claims and their reservations last as long as the batch may take. Without any the ledger stays as it was.
    """
    if batch.nonce in ledger.batches:
        return _kept(ledger, batch.nonce)
    kept: dict[str, InBatch] = {}
    for name, asked in batch.requests.items():
        mine = [r for r in ledger.of(batch.repository, asked.thread) if r.key in asked.keys and _is_held(r, hand)]
        reservation = ledger.purse.reservations.get(asked.reservation)
        if len(mine) < len(asked.keys) or reservation is None:
            continue
        kept[name] = asked
        ledger = ledger.put(asked.thread, [replace(r, until=batch.until, at=hand.now, batch=name) for r in mine])
        held = {**ledger.purse.reservations, asked.reservation: replace(reservation, until=batch.until)}
        ledger = replace(ledger, purse=replace(ledger.purse, reservations=held))
    if not kept:
        return ledger
    return replace(ledger, batches={**ledger.batches, batch.nonce: replace(batch, requests=kept, size=len(kept))})


def _kept(ledger: Ledger, nonce: str) -> Ledger:
    """An intent that was written before, without the requests whose items somebody took out of it meanwhile."""
    for name, asked in ledger.batches[nonce].requests.items():
        batch = ledger.batches[nonce]
        waiting = _waiting(ledger, batch, name)
        if len(waiting) < len(asked.keys):
            freed = [replace(record, until=record.at, batch="") for record in waiting]
            ledger = transitions.settle(_without(ledger, batch, name), Bill(asked.reservation))
            ledger = ledger.put(asked.thread, freed)
            if nonce not in ledger.batches:
                return ledger
    left = ledger.batches[nonce]
    if left.size == len(left.requests):
        return ledger
    return replace(ledger, batches={**ledger.batches, nonce: replace(left, size=len(left.requests))})


def created(ledger: Ledger, nonce: str, batch_id: str) -> Ledger:
    """Write down which batch an intent became."""
    batch = ledger.batches.get(nonce)
    if batch is None or batch.id:
        return ledger
    return replace(ledger, batches={**ledger.batches, nonce: replace(batch, id=batch_id)})


def answered(ledger: Ledger, nonce: str, name: str, hand: Hand, draft: Draft, bill: Bill) -> Ledger:
    """Write down a request's answer, which is now this run's to post, and its bill.

    Where somebody took one of its items out of the batch meanwhile, the answer is paid for and not posted: it speaks of
    all of them. The others are free.
    """
    batch, asked = _asked(ledger, nonce, name)
    if batch is None or asked is None:
        return ledger
    waiting = _waiting(ledger, batch, name)
    ledger = transitions.settle(_without(ledger, batch, name), replace(bill, name=asked.reservation))
    if len(waiting) < len(asked.keys):
        return ledger.put(asked.thread, [replace(r, until=hand.now, batch="") for r in waiting])
    ledger = ledger.put(asked.thread, [replace(r, by=hand.me) for r in waiting])
    keys = spelt_as(asked.keys, [record.key for record in waiting])
    return transitions.answer(ledger, _seen(batch, asked, hand), keys, draft, hand.until)


def set_back(ledger: Ledger, nonce: str, name: str, hand: Hand, error: HLSError, bill: Bill) -> Ledger:
    """Write down why a request has no answer, and what it cost all the same: its items are deferred, or have failed."""
    batch, asked = _asked(ledger, nonce, name)
    if batch is None or asked is None:
        return ledger
    waiting = _waiting(ledger, batch, name)
    ledger = transitions.settle(_without(ledger, batch, name), replace(bill, name=asked.reservation))
    ledger = ledger.put(asked.thread, [replace(r, by=hand.me) for r in waiting])
    keys = [record.key for record in waiting]
    paid = bill.usd if bill.known else NOTHING
    return transitions.set_back(ledger, _seen(batch, asked, hand), keys, error, cost=paid)


def refused(ledger: Ledger, nonce: str, hand: Hand, error: HLSError) -> Ledger:
    """Write down that a batch was certainly not created: nothing was spent."""
    batch = ledger.batches.get(nonce)
    for name in batch.requests if batch else ():
        ledger = set_back(ledger, nonce, name, hand, error, Bill())
    return ledger


def lost(ledger: Ledger, nonce: str, hand: Hand, error: HLSError) -> Ledger:
    """Write down that nobody will learn what became of a batch: what was reserved for it counts as spent."""
    batch = ledger.batches.get(nonce)
    for name in batch.requests if batch else ():
        ledger = doubted(ledger, nonce, name, hand, error)
    return ledger


def doubted(ledger: Ledger, nonce: str, name: str, hand: Hand, error: HLSError) -> Ledger:
    """Write down that nobody will learn what became of one request: what was reserved for it counts as spent."""
    _, asked = _asked(ledger, nonce, name)
    reservation = ledger.purse.reservations.get(asked.reservation) if asked is not None else None
    bill = Bill(usd=reservation.usd, known=False) if reservation is not None else Bill()
    return set_back(ledger, nonce, name, hand, error, bill)


def _asked(ledger: Ledger, nonce: str, name: str) -> tuple[OpenBatch | None, InBatch | None]:
    batch = ledger.batches.get(nonce)
    return batch, batch.requests.get(name) if batch is not None else None


def _is_held(record: Record, hand: Hand) -> bool:
    return record.by == hand.me and record.state == "claimed" and not record.batch


def _waiting(ledger: Ledger, batch: OpenBatch, name: str) -> Sequence[Record]:
    """The records that still wait for a request: nobody has taken them out of the batch."""
    asked = batch.requests[name]
    return [r for r in ledger.of(batch.repository, asked.thread) if r.batch == name and r.state == "claimed"]


def _without(ledger: Ledger, batch: OpenBatch, name: str) -> Ledger:
    """Without a request, and without its batch once that was the last."""
    left = {each: asked for each, asked in batch.requests.items() if each != name}
    others = {nonce: each for nonce, each in ledger.batches.items() if nonce != batch.nonce}
    return replace(ledger, batches={**others, batch.nonce: replace(batch, requests=left)} if left else others)


def _seen(batch: OpenBatch, asked: InBatch, hand: Hand) -> Situation:
    return Situation(batch.repository, asked.thread, (), asked.keys, {}, "", hand.now, hand.me)
