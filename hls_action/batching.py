"""Message batches: handed in behind an intent in the ledger, found again by whoever comes later, and collected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from hls_action.domain import batch_transitions as steps
from hls_action.domain.batch_transitions import Hand
from hls_action.domain.batches import LONGEST, MARGIN, SKEW, InBatch, OpenBatch, is_ours, may_be, request_name
from hls_action.domain.faults import Fault
from hls_action.domain.ledger import Draft, Ledger
from hls_action.domain.pricing import Price
from hls_action.domain.purse import Bill
from hls_action.errors import DeadlineExceeded, HLSError, UpstreamError
from hls_action.journal import Journal
from hls_action.ports import Batch, BatchModel, BatchResult, Clock, ModelReply, ModelRequest
from hls_action.retry import TIME_TO_RECORD, Retrier

MAX_SECONDS = 120.0
"""How long handing in may take."""
UNLISTED = timedelta(hours=1)
"""How long a batch may take to be listed."""
NEVER_FOUND = Fault("claude", "unreadable", "the batch that was to be created cannot be found")
GONE = Fault("claude", "unreadable", "the batch's results are no longer there")
NO_RESULT = Fault("claude", "unreadable", "the batch ended without a result of this request")


@dataclass(frozen=True)
class Reading:
    """How results are read. ``price``: of a model, in a batch; ``draft``: the answer that a reply makes.

    Errors of ``draft``: `AnswerRejected`.
    """

    price: Callable[[str], Price]
    draft: Callable[[InBatch, ModelReply], Draft]


@dataclass(frozen=True)
class Collected:
    """What a look at the open batches found. ``ready``: threads with an answer to post; ``set_back``: without one;
    ``waiting``: threads still in a batch; ``notes``: batches that could not be looked at, and why.
    """

    ready: frozenset[int] = frozenset()
    set_back: frozenset[int] = frozenset()
    waiting: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    def plus(self, other: Collected) -> Collected:
        """Both."""
        return Collected(
            self.ready | other.ready,
            self.set_back | other.set_back,
            self.waiting | other.waiting,
            (*self.notes, *other.notes),
        )


class Basket:
    """What the threads of a sweep put by for its batch. Safe to use from several threads."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._asked: dict[str, InBatch] = {}
        self._requests: dict[str, ModelRequest] = {}
        self._lock = Lock()

    def put(self, asked: InBatch, request: ModelRequest) -> None:
        """One more request."""
        with self._lock:
            name = request_name(self._nonce, len(self._asked))
            self._asked[name], self._requests[name] = asked, request

    def empty(self, repository: str, now: datetime, sent_until: datetime) -> tuple[OpenBatch, dict[str, ModelRequest]]:
        """All of them, as one batch that is to be sent by then."""
        with self._lock:
            until = now + LONGEST + MARGIN
            batch = OpenBatch(repository, self._nonce, now, sent_until, until, len(self._asked), dict(self._asked))
            return batch, dict(self._requests)


class Batches:
    """One run's hand on batches. ``model`` is called for when first needed; ``until``: what it takes is its own.

    Every method: errors are `StateUnavailable`, `StateUnreadable` and `Conflict`, as of `Journal.update`.
    """

    def __init__(
        self, model: Callable[[], BatchModel], journal: Journal, retrier: Retrier, clock: Clock, until: datetime
    ) -> None:
        self._model = model
        self._journal = journal
        self._retrier = retrier
        self._clock = clock
        self._until = until

    def hand_in(self, batch: OpenBatch, requests: Mapping[str, ModelRequest]) -> frozenset[int]:
        """Create ``batch``, once, and return the threads that wait in it, or may: nobody knows of a create whose answer
        was lost, so its intent stays until a later look finds the batch or gives it up.
        """
        ledger = self._update(lambda ledger, hand: steps.intend(ledger, batch, hand))
        intended = ledger.batches.get(batch.nonce)
        if intended is None:
            return frozenset()
        try:
            made = self._create({name: requests[name] for name in intended.requests})
        except (UpstreamError, DeadlineExceeded) as error:
            if isinstance(error, UpstreamError) and error.fault.may_have_taken_effect:
                return _threads(intended)
            failure = error
            self._update(lambda ledger, hand: steps.refused(ledger, batch.nonce, hand, failure))
            return frozenset()
        self._update(lambda ledger, _: steps.created(ledger, batch.nonce, made.id))
        return _threads(intended)

    def _create(self, requests: Mapping[str, ModelRequest]) -> Batch:
        if self._retrier.remaining <= TIME_TO_RECORD:
            raise DeadlineExceeded("too late to hand in a batch; nothing was sent")
        seconds = min(MAX_SECONDS, self._retrier.remaining - TIME_TO_RECORD)
        return self._model().create_batch(requests, max(1.0, seconds))

    # ---- later ----

    def collect(self, reading: Reading) -> Collected:
        """Look at every open batch of this repository, and take in hand what was answered. One breaks no other."""
        found = Collected()
        for batch in self._journal.read(self._retrier).batches.values():
            if batch.repository != self._journal.repository:
                continue
            try:
                found = found.plus(self._look(batch, reading))
            except UpstreamError as error:
                found = found.plus(Collected(waiting=_threads(batch), notes=(f"a batch could not be read: {error}",)))
        return found

    def _look(self, batch: OpenBatch, reading: Reading) -> Collected:
        now = self._clock.now()
        if not batch.id:
            return self._search(batch, reading)
        stands = self._retrier.call(lambda: self._model().batch(batch.id))
        if stands is None or stands.expired:
            return self._lose(batch, GONE)
        if not stands.ended:
            return self._lose(batch, GONE) if batch.is_lost(now) else Collected(waiting=_threads(batch))
        return self._take(batch, self._results(batch.id), reading)

    def _search(self, batch: OpenBatch, reading: Reading) -> Collected:
        """Find the batch that an intent became; what is in one shows only once it has ended."""
        now = self._clock.now()
        ledger = self._journal.read(self._retrier)
        known = {each.id for each in ledger.batches.values()}
        listed = self._retrier.call(lambda: self._model().batches(batch.at - SKEW))
        possible = set(may_be(batch, listed, known))
        for each in listed:
            if each.id not in possible or not each.ended:
                continue
            results = [] if each.expired else self._results(each.id)
            if is_ours(batch, [result.id for result in results]):
                return self._take(batch, results, reading)
            possible.discard(each.id)
        if batch.is_lost(now) or (not possible and now > batch.sent_until + SKEW + UNLISTED):
            return self._lose(batch, NEVER_FOUND)
        return Collected(waiting=_threads(batch))

    def _results(self, batch_id: str) -> list[BatchResult]:
        return list(self._retrier.call(lambda: self._model().results(batch_id)))

    def _lose(self, batch: OpenBatch, fault: Fault) -> Collected:
        error = UpstreamError(fault)
        self._update(lambda ledger, hand: steps.lost(ledger, batch.nonce, hand, error))
        return Collected(set_back=_threads(batch))

    def _take(self, batch: OpenBatch, results: list[BatchResult], reading: Reading) -> Collected:
        """Write down all that a batch came to in one step: the answers, the bills, and what has none."""
        by_name = {result.id: result for result in results}
        taken = [
            (asked.thread, _step(batch, name, asked, by_name.get(name), reading))
            for name, asked in batch.requests.items()
        ]

        def step(ledger: Ledger, hand: Hand) -> Ledger:
            for _, (_, each) in taken:
                ledger = each(ledger, hand)
            return ledger

        self._update(step)
        ready = frozenset(thread for thread, (answered, _) in taken if answered)
        return Collected(ready=ready, set_back=_threads(batch) - ready)

    def _update(self, step: Callable[[Ledger, Hand], Ledger]) -> Ledger:
        def now() -> Hand:
            return Hand(self._journal.claimant, self._clock.now(), self._until)

        return self._journal.update(lambda ledger: step(ledger, now()), self._retrier)


Step = Callable[[Ledger, Hand], Ledger]


def _step(
    batch: OpenBatch, name: str, asked: InBatch, result: BatchResult | None, reading: Reading
) -> tuple[bool, Step]:
    """Whether a request was answered, and what is to be written down about it."""
    fault = result.fault if result is not None else NO_RESULT
    if result is None or result.reply is None:
        error = UpstreamError(fault or NO_RESULT)
        if error.fault.kind == "unreadable":
            return False, lambda ledger, hand: steps.doubted(ledger, batch.nonce, name, hand, error)
        return False, lambda ledger, hand: steps.set_back(ledger, batch.nonce, name, hand, error, Bill())
    reply = replace(result.reply, model=result.reply.model or asked.model)
    bill = Bill(usd=reading.price(asked.model).cost(reply.usage), usage=reply.usage)
    try:
        draft = reading.draft(asked, reply)
    except HLSError as rejected:
        failure = rejected
        return False, lambda ledger, hand: steps.set_back(ledger, batch.nonce, name, hand, failure, bill)
    return True, lambda ledger, hand: steps.answered(ledger, batch.nonce, name, hand, draft, bill)


def _threads(batch: OpenBatch) -> frozenset[int]:
    return frozenset(asked.thread for asked in batch.requests.values())
