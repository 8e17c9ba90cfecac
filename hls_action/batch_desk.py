"""A sweep's side of message batches: what is put by for one, handed in together, and collected by a later sweep."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from functools import partial

from hls_action.asking import MAX_CALL_SECONDS, Materials, Offer, read_answer
from hls_action.batching import Basket, Batches, Collected, Reading
from hls_action.delivery import Hand
from hls_action.domain import items
from hls_action.domain.batches import InBatch
from hls_action.domain.ledger import Draft
from hls_action.domain.outcome import Outcome, deferred
from hls_action.domain.policy import Settings
from hls_action.domain.pricing import Price
from hls_action.domain.references import Shown
from hls_action.drafting import Drafter
from hls_action.errors import ConfigError
from hls_action.journal import Journal
from hls_action.ports import BatchModel, Clock, ModelReply
from hls_action.retry import Retrier

WAITING = "in-batch: Claude answers this in a message batch"


class BatchDesk:
    """One run's message batches. ``model`` is called for when first needed; None: there are none to be had.

    ``until``: what the run takes in hand is its own. Errors of all methods: `StateUnavailable` and the like.
    """

    def __init__(
        self,
        model: Callable[[], BatchModel] | None,
        journal: Journal,
        retrier: Retrier,
        clock: Clock,
        until: datetime,
        materials: Materials,
        drafter: Drafter,
    ) -> None:
        self._model = model
        self._journal = journal
        self._retrier = retrier
        self._clock = clock
        self._until = until
        self._materials = materials
        self._drafter = drafter
        self._basket: Basket | None = None

    @property
    def is_open(self) -> bool:
        """Whether answers are put by for a batch, and not asked for at once."""
        return self._basket is not None

    def opened(self) -> BatchDesk:
        """The same, open, if batches can be had: not without a ledger, which is where they are found again."""
        desk = copy(self)
        if self._model is not None and self._journal.shared:
            desk._basket = Basket(self._journal.claimant.token)  # noqa: SLF001 - its own
        return desk

    def put_by(self, hand: Hand, offer: Offer, reservation: str) -> Outcome:
        """Keep what would be asked now. The claim and the ``reservation``, by its name, stand."""
        assert self._basket is not None  # noqa: S101 - it is open
        owed = hand.taken.standing.work
        keys = tuple(item.key for item in owed)
        asked = InBatch(
            thread=hand.seen.thread,
            keys=keys,
            model=offer.model,
            reservation=reservation,
            labels=offer.shown.labels,
            named=tuple(sorted(offer.shown.named | offer.shown.given)),
            replaces=items.replied_by(owed, hand.seen.marked),
        )
        self._basket.put(asked, offer.request(MAX_CALL_SECONDS))
        found = self._journal.read(self._retrier).of(hand.seen.repository, hand.seen.thread)
        records = tuple(record for record in found if record.key in keys)
        return deferred(f"{WAITING}: within a day, mostly within an hour", number=hand.seen.thread, records=records)

    def hand_in(self) -> None:
        """Send what was put by, as one batch; `fallen` tells what became of each thread."""
        if self._basket is None or self._model is None:
            return
        now = self._clock.now()
        sent_until = now + timedelta(seconds=self._retrier.remaining)
        batch, requests = self._basket.empty(self._journal.repository, now, sent_until)
        if requests:
            self._batches(self._model).hand_in(batch, requests)

    def collect(self, settings: Settings) -> Collected:
        """Take in hand what batches answered by now. Errors: `ConfigError`, too."""
        if self._model is None or not self._journal.read(self._retrier).batches:
            return Collected()
        prices = {**self._materials.prices, **settings.prices}

        def price(model: str) -> Price:
            if model not in prices:
                raise ConfigError(f"an open batch asks '{model}', which has no price now: put it back under `prices`.")
            return prices[model].batched

        return self._batches(self._model).collect(Reading(price, partial(self._draft, price)))

    def fallen(self, number: int) -> Outcome | None:
        """How a thread stands whose part of a batch is no answer, or was refused; None when it is neither."""
        records = self._journal.read(self._retrier).of(self._journal.repository, number)
        mine = tuple(record for record in records if record.by == self._journal.claimant)
        for record in mine:
            if record.state == "failed":
                return Outcome("failed", record.reason, number=number, records=mine)
        for record in mine:
            if record.state == "deferred" and record.until is not None:
                return deferred(
                    f"until {record.until:%Y-%m-%d %H:%M} UTC: {record.reason}", number=number, records=mine
                )
        return None

    def _batches(self, model: Callable[[], BatchModel]) -> Batches:
        return Batches(model, self._journal, self._retrier, self._clock, self._until)

    def _draft(self, price: Callable[[str], Price], asked: InBatch, source: ModelReply) -> Draft:
        """The answer to post, of a batch's result. Errors: `AnswerRejected`, `SyntheticAnswerRefused`."""
        shown = Shown(asked.thread, asked.labels, frozenset(asked.named))
        owed = tuple(items.from_key(key) for key in asked.keys)
        planned = self._drafter.plan(read_answer(source), owed, shown, (), source)
        cost = price(asked.model).cost(source.usage)
        return Draft(planned.body, planned.new_labels, source.model, source.usage, cost, asked.replaces)
