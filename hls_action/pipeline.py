"""The line, straight: what is open in this thread, what does Claude say, and what follows from it.

A run is only woken by an event; what it does follows from the thread and the ledger as they are now. It therefore makes
no difference whether it runs for the event, for a repeat of it, for a later one, or from a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from hls_action.alerting import Alerter, Webhook
from hls_action.asking import Asker, Materials, Offer, Spent, read_answer
from hls_action.custody import Custody, Records, Taken, Terms, cooling_name
from hls_action.delivery import GRACE, Delivery, Hand
from hls_action.domain import claims, items, labelling, naming, precheck, reasons, reply, transitions
from hls_action.domain.answer import Answer
from hls_action.domain.claims import Situation
from hls_action.domain.identity import ThreadId
from hls_action.domain.items import EventPolicy, Item, OpenItems
from hls_action.domain.keys import Names
from hls_action.domain.labelling import Offered
from hls_action.domain.ledger import Draft, Ledger
from hls_action.domain.outcome import Outcome, deferred, failed, skipped
from hls_action.domain.policy import Settings
from hls_action.domain.purse import Bill, Caps
from hls_action.domain.reasons import Reason
from hls_action.domain.references import Shown
from hls_action.domain.thread import Comment, Label, Thread, ThreadRef
from hls_action.early import Early, Once
from hls_action.errors import (
    CapReached,
    ClaimLost,
    Conflict,
    DeadlineExceeded,
    HLSError,
    StateUnavailable,
    SyntheticAnswerRefused,
    ThreadUnavailable,
    UpstreamError,
    UsageError,
)
from hls_action.journal import Journal, unshared
from hls_action.limiter import Limiter
from hls_action.ports import ChatModel, Clock, GitHub, ModelReply
from hls_action.publishing import Publisher
from hls_action.reading import Reader, Start, Wake
from hls_action.retry import TIME_TO_RECORD, Retrier

WIDEST = EventPolicy(every_push=True)
"""Finds everything that any settings could make open: a duplicate is known before the settings are read."""


NOTHING_OPEN = Reason("nothing-open", "nothing here asks for an answer")
ALREADY = Reason("already-answered", "another run was faster")

FRESH = timedelta(seconds=30)
"""How old a view of a thread may be before anything is claimed by it."""


@dataclass(frozen=True)
class View:
    """A thread as a run read it. ``names``: what its items are called; ``marked``: which reply of ours answers each."""

    thread: Thread
    names: Names
    marked: Mapping[str, Comment]


@dataclass(frozen=True)
class Material:
    """What an answer needs besides the ledger. ``thread`` has its files; ``offered``: labels the answer may set."""

    settings: Settings
    thread: Thread
    offered: Offered


class Line:
    """Answers threads of one repository, within one deadline for all of them.

    ``model`` is called for when first needed: it is slow to build. Without a ``journal`` only the markers in threads
    outlast the run. ``start`` begins what is needed later.
    """

    def __init__(
        self,
        github: GitHub,
        model: Callable[[], ChatModel],
        clock: Clock,
        materials: Materials,
        journal: Journal | None = None,
        start: Start = Early,
        webhook: Webhook | None = None,
        limits: Limiter | None = None,
    ) -> None:
        self._github = github
        self._clock = clock
        self._materials = materials
        self._start = start
        self._journal = journal or unshared(clock, materials.repository)
        self._retrier = Retrier(clock, materials.seconds)
        self._reader = Reader(github, clock, self._retrier, start)
        self._settings = Once(self._read_settings)
        self._asker = Asker(model, self._retrier, materials, clock)
        self._limits = limits
        self._until = clock.now() + timedelta(seconds=materials.seconds) + GRACE
        self._publisher = Publisher(github, clock, self._retrier)
        self._begin()
        self._alerter = Alerter(github, self._publisher, self._journal, self._retrier, clock, webhook)

    def _begin(self) -> None:
        self._custody = Custody(self._journal, self._retrier, self._clock, self._until)
        self._delivery = Delivery(self._publisher, self._custody, self._clock, self._render)

    def beside(self) -> Line:
        """Another line of the same run, for another thread of it: same deadline, same ledger, same limits."""
        line = copy(self)
        line._begin()  # what one line has in hand is not another's  # noqa: SLF001
        return line

    @property
    def start(self) -> Start:
        """Begins something beside what goes on."""
        return self._start

    @property
    def now(self) -> datetime:
        """The current time, UTC."""
        return self._clock.now()

    @property
    def repository(self) -> str:
        """The repository whose threads this answers, as owner/name."""
        return self._materials.repository

    @property
    def has_ledger(self) -> bool:
        """Whether what this records is there for later runs."""
        return self._journal.shared

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return self._retrier.remaining

    @property
    def out_of_time(self) -> bool:
        """Whether there is no time left to begin another thread."""
        return self._retrier.remaining <= 2 * TIME_TO_RECORD

    def settings(self) -> Settings:
        """What the maintainers configured, on the default branch: read once, and so the same for all threads of a run.

        Errors: `ConfigError`, `UpstreamError`.
        """
        return self._settings()

    def _read_settings(self) -> Settings:
        return self._materials.parse_settings(self._reader.file(self._materials.config_path))

    def threads(self, since: datetime, limit: int) -> tuple[ThreadRef, ...]:
        """Open threads that changed since, the longest untouched first."""
        return self._reader.threads(since, limit)

    def ledger(self) -> Ledger:
        """The ledger as this run last knew it. Errors: `StateUnavailable`, `StateUnreadable`."""
        return self._journal.read(self._retrier)

    def swept(self, until: datetime) -> None:
        """Write down how far the repository was swept. Errors: `StateUnavailable` and the like."""
        self._journal.update(lambda ledger: ledger.swept(self.repository, until), self._retrier)

    def answer(self, wake: Wake) -> Outcome:
        """Answer whatever is open in a thread, in one reply. Expected errors end as a deferred or failed outcome."""
        spent = Spent()
        try:
            outcome = self._answer(wake, spent)
        except UsageError:
            raise
        except DeadlineExceeded as error:
            outcome = self._cut_off(wake, error)
        except HLSError as error:
            outcome = failed(reasons.of(error), number=wake.number)
        return replace(outcome, model=spent.model, usage=spent.usage + spent.check_usage, cost_usd=spent.total)

    def _cut_off(self, wake: Wake, error: DeadlineExceeded) -> Outcome:
        """The run was ended anywhere: what it claimed is taken over, and what it did not is looked at again."""
        try:
            return self.unread(wake, error)
        except HLSError:
            return failed(reasons.of(error), number=wake.number)

    def has_work(self, wake: Wake, events: EventPolicy) -> bool:
        """Whether there is something to answer or to post in a thread; what ended by itself is written down.

        Errors: `UpstreamError` and the like.
        """
        try:
            thread = self._reader.thread(wake)
        except ThreadUnavailable as error:
            self.unread(wake, error)
            return False
        own = self._reader.own(thread)
        records = self.ledger().of(self.repository, ThreadId(wake.number))
        view = self._view(thread, own, wake, records)
        owed = self._open(view, events, wake, records)
        seen = self._situation(view, owed, wake, records, self.now)
        if claims.stand(seen, records).is_work:
            return True
        self._nothing_to_do(seen, owed)
        return False

    def _answer(self, wake: Wake, spent: Spent) -> Outcome:
        began = self.now
        ledger = self._start(self.ledger)
        try:
            thread = self._reader.thread(wake)
            ledger()
            self._heed_github()
            if self.now - began > FRESH:  # what waited for a limit or an outage is read as it is by now
                began = self.now
                thread = self._reader.thread(wake)
            own = self._reader.own(thread)
        except (ThreadUnavailable, UpstreamError) as error:
            ledger()
            return self.unread(wake, error)
        if wake.settled_by is not None and thread.updated_at > wake.settled_by:
            return skipped(Reason("too-fresh", "a run of its own may be answering it"), number=thread.number)
        records = ledger().of(self.repository, ThreadId(wake.number))
        view = self._view(thread, own, wake, records)
        owed = self._open(view, WIDEST, wake, records)  # what nobody could want needs no further request
        seen = self._situation(view, owed, wake, records, began)
        standing = claims.stand(seen, records)
        if standing.finish:
            return self._finish(seen, wake, spent)
        if standing.work:
            return self._work(view, seen, wake, spent)
        return self._nothing_to_do(seen, owed)

    # ---- what is open ----

    def _view(self, thread: Thread, own: frozenset[str], wake: Wake, records: Records) -> View:
        names = items.names(thread, self._materials.rules, wake.edited)
        return View(thread, names, naming.marked(items.answered(thread, own), names, records))

    def _open(self, view: View, events: EventPolicy, wake: Wake, records: Records) -> OpenItems:
        unfinished = (record for record in records if record.is_open or record.state == "failed")
        return items.open_items(
            view.thread,
            view.marked,
            self._materials.rules,
            events,
            pushed=wake.action == "synchronize",
            since=wake.since,
            remembered={view.names.of(record.key, record.at) for record in unfinished},
            again=wake.force,
        )

    def _situation(self, view: View, owed: OpenItems, wake: Wake, records: Records, began: datetime) -> Situation:
        seen = Situation(
            repository=self.repository,
            thread=ThreadId(view.thread.number),
            owed=owed.items,
            wanted=owed.wanted,
            marked=view.marked,
            unfit=owed.unfit,
            now=self.now,
            me=self._journal.claimant,
            retried_at=items.retried_at(view.thread, self._materials.rules),
            retry=wake.retry or wake.force,
            force=wake.force,
            read_at=began,
            names=view.names,
        )
        held = claims.stand(seen, records).held
        if not held or wake.event:
            return seen
        return replace(seen, ended=self._reader.ended(frozenset(record.by for record in held)))

    def _nothing_to_do(self, seen: Situation, owed: OpenItems) -> Outcome:
        """Write down what ended by itself, and say why there is nothing to do."""
        standing = self._custody.tidy(seen)
        number = seen.thread.number
        shown = (*standing.given_up, *standing.held, *standing.parked, *standing.dead, *standing.settled)
        if standing.given_up:
            return failed(standing.given_up[0].reason or Reason("gave-up"), number=number, records=shown)
        if standing.held:
            run, until = standing.held[0].by.run, standing.held[0].until
            why = Reason("in-progress", f"run {run} is answering this").advised(
                f"should it die, the next run takes over after {_time(until)}"
            )
            return skipped(why, number=number, records=shown)
        if standing.parked:
            first = min(standing.parked, key=lambda record: record.until or seen.now)
            return deferred(Reason("until", f"{_time(first.until)}; {first.reason}"), number=number, records=shown)
        if standing.dead and not owed.unfit:
            dead = standing.dead[0]
            why = Reason("failed-before", str(dead.reason)) if dead.state == "failed" else dead.reason
            why = why.advised("run it with the number, or comment 'retry', to try again")
            return skipped(why, number=number, records=shown)
        url = owed.answered_by.url if owed.answered_by else ""
        why = owed.reason or ALREADY
        return skipped(why, number=number, comment_url=url, records=shown)

    def unread(self, wake: Wake, error: HLSError) -> Outcome:
        """The thread could not be read: what it owes is not known, and not lost.

        Errors: ``error``, when there is no ledger to put it in; `StateUnavailable` and the like.
        """
        seen = Situation(
            self.repository, ThreadId(wake.number), (), (), {}, reasons.of(error), self.now, self._journal.claimant
        )
        if isinstance(error, ThreadUnavailable):
            if self.ledger().of(self.repository, ThreadId(wake.number)):
                self._custody.tidy(seen)
            return skipped(seen.unfit, number=wake.number)
        if not self.has_ledger:
            raise error
        overlooked = self._custody.overlooked(seen, error)
        return _setback(overlooked, error, wake.number)

    # ---- what is in hand ----

    def _finish(self, seen: Situation, wake: Wake, spent: Spent) -> Outcome:
        """Post what earlier runs wrote, then begin again with the thread as it is then."""
        taken = self._custody.take_drafts(seen)
        if not taken.standing.finish:
            return self._answer(wake, spent)
        hand = Hand(seen, taken, {r.key for records in taken.standing.finish.values() for r in records})
        outcome = self._held(hand, spent, lambda: self._delivery.finish(hand, self.ledger()))
        if outcome.status != "done" or self.out_of_time:
            return outcome
        rest = self._answer(wake, spent)
        return outcome if rest.status == "skipped" else rest

    def _work(self, view: View, seen: Situation, wake: Wake, spent: Spent) -> Outcome:
        """Read what an answer needs, claim the items with what they may cost, and answer them."""
        records = self.ledger().of(self.repository, ThreadId(wake.number))
        try:
            material = self._material(view.thread, claims.stand(seen, records).work, seen, wake)
        except (ThreadUnavailable, UpstreamError) as error:
            return self.unread(wake, error)
        settings = material.settings
        refusal = settings.events.refusal(wake.event, wake.action)
        wanted = OpenItems((), refusal) if refusal else self._open(view, settings.events, wake, records)
        seen = replace(seen, owed=tuple(item for item in seen.owed if item in wanted.items))
        if not claims.stand(seen, records).work:
            return self._nothing_to_do(seen, replace(wanted, reason=wanted.reason or NOTHING_OPEN))
        offers = partial(
            self._asker.offers,
            material.thread,
            offered=material.offered,
            settings=settings,
            ordered=wake.retry or wake.force,
        )
        caps = Caps() if wake.force else settings.caps
        terms = Terms(offers, caps, skip_at_cap=settings.at_cap[-1] == "skip", notice=settings.notice)
        taken = self._custody.take(seen, terms)
        if taken.refused is not None:
            if not self.has_ledger:
                raise taken.refused
            return self.watched(self._refused(taken, taken.refused, view.thread), settings)
        if taken.offer is None:
            return self._nothing_to_do(seen, OpenItems(()))
        hand = Hand(seen, taken, {item.key for item in taken.standing.work})
        offer = taken.offer
        outcome = self._held(hand, spent, lambda: self._ask(hand, material.thread, offer, caps, wake, spent))
        known = self._journal.known  # what became of the items is not put at risk for this
        budget = known.purse.standing(settings.caps, self.now) if known else ""
        return self.watched(replace(outcome, budget=budget), settings)

    def _refused(self, taken: Taken, error: CapReached, thread: Thread) -> Outcome:
        """At a cap: the thread's items are on record with it, and the thread is told so if that is wanted."""
        outcome = _setback(taken.records, error, thread.number)
        if taken.notice:
            try:
                self._publisher.post_once(thread.number, reply.notice(ThreadId(thread.number), error.again))
            except HLSError as failure:  # it is told at most once, and nothing depends on it
                return replace(outcome, notes=(f"the notice in the thread could not be posted: {failure}",))
        return outcome

    def watched(self, outcome: Outcome, settings: Settings) -> Outcome:
        """``outcome``, with what people were told of by now. What happened stays as it is, whatever becomes of that."""
        if self.out_of_time:
            return outcome
        try:
            heard = self._alerter.watch(settings)
        except HLSError as error:
            return replace(outcome, notes=(*outcome.notes, f"alerts wait for a later run: {error}"))
        alerts, notes = (*outcome.alerts, *heard.alerts), (*outcome.notes, *heard.notes)
        return replace(outcome, alerts=alerts, notes=notes)

    def _held(self, hand: Hand, spent: Spent, work: Callable[[], Outcome]) -> Outcome:
        """Do ``work`` with what is in hand, and write down how it ended, whatever happens."""
        try:
            return work()
        except ThreadUnavailable as error:
            reason = reasons.of(error)
            records = self._custody.ended(hand.seen, hand.keys, reason)
            return skipped(reason, number=hand.seen.thread.number, records=records)
        except ClaimLost:
            self._custody.settled(hand.seen, self._bill(hand, spent))
            raise
        except (StateUnavailable, Conflict):
            raise  # nothing more can be written
        except HLSError as error:
            return self._set_back(hand, error, spent)

    def _material(self, thread: Thread, owed: tuple[Item, ...], seen: Situation, wake: Wake) -> Material:
        """What an answer needs besides the thread, read at the same time.

        Labels only where an answer may set them: on an issue that is answered as such. Pull requests and replies to
        comments are labelled only from a configured list, which needs no request.
        """
        since = "" if wake.force else items.reviewed_before(owed, seen.marked)
        files = self._start(partial(self._reader.with_files, thread, since))
        labelled = wake.event != "issue_comment" and any(item.kind in ("issue", "label") for item in owed)
        labels = self._start(self._reader.labels) if labelled else tuple[Label, ...]
        settings = self.settings()
        allowed = labelling.settable(settings.label_allow, labels(), self._materials.rules)
        return Material(settings, files(), labelling.offer(allowed))

    # ---- answering ----

    def _ask(self, hand: Hand, thread: Thread, offer: Offer, caps: Caps, wake: Wake, spent: Spent) -> Outcome:
        owed = hand.taken.standing.work
        until = self.ledger().cool_downs.until.get(cooling_name(offer.model))
        if until is not None:
            self._asker.cool(offer.model, until)
        irrelevant = self._prechecked(hand, offer, spent)
        if irrelevant is not None:
            return irrelevant
        source = self._asker.ask(
            offer,
            spent,
            in_doubt=lambda: self._custody.doubted(hand.seen, offer, caps),
            asked_to_wait=lambda seconds: self._tell_others_to_wait(hand, offer, seconds),
        )
        draft, outcome = self._draft(hand, thread, offer, read_answer(source), source, spent)
        if self._materials.dry_run:
            return replace(outcome, dry_run=True, reason=Reason("dry-run", f"nothing was posted; {outcome.reason}"))
        self._custody.written(hand.seen, tuple(item.key for item in owed), draft, self._bill(hand, spent))
        if not (self.has_ledger or wake.event or wake.force) and not self._still_open(thread, owed):
            return skipped(ALREADY, number=thread.number)
        return self._delivery.deliver(hand, draft, outcome)

    def _prechecked(self, hand: Hand, offer: Offer, spent: Spent) -> Outcome | None:
        """How it ends when the pre-check, if there is one, says that it deserves no answer."""
        if offer.precheck is None:
            return None
        verdict = self._asker.check(offer.precheck, spent)
        if spent.checked is not None:
            self._custody.checked(spent.checked, spent.check_usage, known=not spent.check_in_doubt)
        if verdict.relevant:
            return None
        reason = Reason(precheck.CODE, verdict.reason)
        return skipped(
            reason, number=hand.seen.thread.number, records=self._custody.ended(hand.seen, hand.keys, reason)
        )

    def _tell_others_to_wait(self, hand: Hand, offer: Offer, seconds: float) -> None:
        try:
            self._custody.cooled(hand.seen, offer.model, seconds)
        except (StateUnavailable, Conflict):  # they will find out by themselves
            return

    def _heed_github(self) -> None:
        until = self.ledger().cool_downs.until.get("github")
        if until is not None and self._limits is not None:
            self._limits.cool(until)

    def _bill(self, hand: Hand, spent: Spent) -> Bill:
        """What the call came to: its cost, or, where it may have been billed without an answer, the worst of it."""
        if spent.cost is not None:
            return replace(self._custody.bill(spent.cost), usage=spent.usage)
        if spent.in_doubt and hand.taken.offer is not None:
            return self._custody.bill(hand.taken.offer.worst, known=False)
        return self._custody.bill()

    def _still_open(self, thread: Thread, owed: Collection[Item]) -> bool:
        """Look once more right before posting, where neither ledger nor concurrency group keeps other runs off."""
        now = self._reader.again(thread)
        names = items.names(now, self._materials.rules)
        answered = naming.marked(items.answered(now, self._reader.own(now)), names)
        return not all(items.covers(answered, item) for item in owed)

    def _draft(
        self, hand: Hand, thread: Thread, offer: Offer, answer: Answer, source: ModelReply, spent: Spent
    ) -> tuple[Draft, Outcome]:
        owed = hand.taken.standing.work
        planned = self._planned(answer, hand, offer.shown, thread, source)
        draft = Draft(
            keys=tuple(item.key for item in owed),
            effects=planned.effects,
            fields=planned.fields,
            model=source.model,
            usage=source.usage,
            cost_usd=spent.total or Decimal(0),
            synthetic=source.synthetic,
        )
        outcome = Outcome(
            status="done",
            reason=Reason("answered", ", ".join(item.key for item in items.newest(owed))),
            number=thread.number,
            labels=draft.labels,
            dropped_labels=planned.dropped_labels,
            items=items.newest(owed),
            answer=answer,
            body=self._render(draft),
            notes=planned.notes,
            synthetic=source.synthetic,
        )
        return draft, outcome

    def _planned(self, answer: Answer, hand: Hand, shown: Shown, thread: Thread, source: ModelReply) -> reply.Plan:
        if source.synthetic and self._github.is_real:
            raise SyntheticAnswerRefused("an offline sample answer is never posted to a real repository")
        return reply.plan(
            answer,
            hand.taken.standing.work,
            shown,
            thread.labels,
            answered=hand.seen.marked,
            redact=self._materials.redact,
        )

    def _render(self, draft: Draft) -> str:
        return reply.render(draft, footer=self._materials.footer, mention=self._materials.rules.mention)

    # ---- when it does not work out ----

    def _set_back(self, hand: Hand, error: HLSError, spent: Spent) -> Outcome:
        number = hand.seen.thread.number
        try:
            records = self._custody.set_back(hand.seen, hand.keys, error, self._bill(hand, spent))
        except DeadlineExceeded:  # what is known now must be said now
            before = tuple(record for record in hand.taken.before if record.key in hand.keys)
            if self.has_ledger and transitions.may_pass(error, before, self.now):
                return deferred(reasons.of(error).advised("that could not be recorded"), number=number)
            return failed(reasons.of(error), number=number)
        if not self.has_ledger:
            raise error
        return _setback(records, error, number)


def _setback(records: Records, error: HLSError, number: int) -> Outcome:
    """Deferred when every item is, so that a later run takes it further by itself; failed otherwise."""
    parked = [record for record in records if record.state == "deferred"]
    if parked and len(parked) == len(records):
        due = min(record.until for record in parked if record.until)
        why = reasons.of(error).advised(f"the next try is due at {_time(due)}")
        return deferred(why, number=number, records=records)
    if records and all(record.state == "skipped" for record in records):
        return skipped(records[0].reason, number=number, records=records)
    if records and all(record.state != "failed" for record in records):  # somebody took some of them up meanwhile
        why = reasons.of(error).advised("another run has it in hand by now")
        return deferred(why, number=number, records=records)
    lost = next((record.reason for record in records if record.state == "failed"), reasons.of(error))
    return failed(lost, number=number, records=records)


def _time(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when else "soon"
