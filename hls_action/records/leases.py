"""The claims of one run: made by compare-and-swap, and recorded step by step for later runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hls_action.domain.budget.budget import ZERO, Caps, Charge, Reservation
from hls_action.domain.budget.errors import CapReached, ShareReached
from hls_action.domain.budget.shares import check
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.ledger import pause, proposals, transitions
from hls_action.domain.ledger.claims import ClaimDecision, Situation, decide, is_thread_record, last_review
from hls_action.domain.ledger.model import Ledger, next_try
from hls_action.domain.ledger.pause import Order
from hls_action.domain.limits.brakes import Given, Looping
from hls_action.domain.reasons import Reason
from hls_action.domain.tasks.marks import NO_MARKS, Marks
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.threads.items import Item, notice_key
from hls_action.domain.threads.thread import Comment
from hls_action.ports import Clock
from hls_action.records.plans import CallPlan, ClaimResult, Records
from hls_action.records.store import LedgerStore, Step
from hls_action.resilience.retry import Retrier


def cool_down_name(model: str) -> str:
    """What the ledger calls a model that wants no calls for a while: each has limits of its own."""
    return f"claude/{model}"


class Leases:
    """One run's claims on items, until an expiry time that is recorded as well.

    Errors of every method, unless it says otherwise: `StateUnavailable`, `StateUnreadable` and `Conflict`, those of
    `LedgerStore.update`.
    """

    def __init__(self, ledger_store: LedgerStore, retrier: Retrier, clock: Clock, until: datetime) -> None:
        self._ledger_store = ledger_store
        self._retrier = retrier
        self._clock = clock
        self.until = until

    def claim(self, situation: Situation, call_plan: CallPlan) -> ClaimResult:
        """Claim the items, if by what is recorded at that moment just these are to be taken, and put aside what they
        may cost.
        """
        claim = ClaimResult()
        longest = max((len(option.before) for option in call_plan.options), default=0)
        names = tuple(self._ledger_store.next_reservation_id() for _ in range(1 + longest))

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal claim
            records = ledger.of(situation.repository, situation.thread)
            decision = decide(now, records)
            held = call_plan.brakes.held(ledger, now, decision.to_answer)
            free = tuple(item for item in decision.to_answer if item.key not in held)
            decision = replace(decision, drafts_to_post={}, to_answer=free)
            claim = ClaimResult(decision, records, changed=free != call_plan.items or not (free or held))
            if claim.changed:  # an earlier attempt may have taken effect: what it put aside is free again
                return replace(ledger, budget=ledger.budget.released(*names))
            claimed = transitions.claim(ledger, now, decision, self.until, call_plan.relations, call_plan.refused)
            claimed, claim = _braked(transitions.hold(claimed, now, held), now, claim, call_plan)
            # An earlier attempt may have taken effect, with another offer than the one that fits now.
            claimed = replace(claimed, budget=claimed.budget.released(*names))
            after, claim = self._reserved(claimed, now, claim, call_plan, names) if free else (claimed, claim)
            return replace(ledger, budget=ledger.budget.released(*names)) if claim.to_verify else after

        self._apply(situation, step)
        return claim

    def _reserved(
        self, ledger: Ledger, now: Situation, claim: ClaimResult, call_plan: CallPlan, names: tuple[str, ...]
    ) -> tuple[Ledger, ClaimResult]:
        """With money put aside for the first offer that keeps the caps, for each of its steps apart; else the items
        wait for another day.
        """
        keys = {item.key for item in call_plan.items}
        before = sum((record.cost_usd for record in claim.records_before if record.key in keys), ZERO)
        cap_reached: CapReached | None = None
        asker, caps, budget = call_plan.asker, call_plan.caps, ledger.budget.pruned(now.now)
        for offer in call_plan.options:
            option = replace(offer, call=replace(offer.call, standing=asker.standing))
            wanted = self._wanted(option, now)
            try:
                after = budget.reserve(names[0], wanted[0], caps, item=before)
                for name, each in zip(names[1:], wanted[1:], strict=False):
                    after = after.reserve(name, each, caps)
                whole = replace(wanted[0], usd=sum((each.usd for each in wanted), ZERO))
                check(budget, whole, asker, call_plan.shares, caps.daily)
            except CapReached as error:
                if isinstance(error, ShareReached) and not asker.verified:
                    return ledger, replace(claim, to_verify=True)
                cap_reached = error.with_affordable(option.affordable_tokens)
                continue
            steps = names[1 : 1 + len(option.before)]
            account = option.call.actor if asker.standing != "writer" else ""
            answers = ledger.answers.plus(Given(now.now, account, option.call.thread, call_plan.items[-1].key))
            return replace(ledger, budget=after, answers=answers), replace(
                claim, option=option, reservation=names[0], steps=steps
            )
        assert cap_reached is not None  # noqa: S101 - there is at least one offer
        return self._refused(ledger, now, claim, call_plan, cap_reached)

    def _wanted(self, option: CallOption, now: Situation) -> list[Reservation]:
        """The worst case of a call, and of each step before it, all on one account. An answer that somebody with write
        access wants, as by the trigger label, is none of the few that whoever opened the thread may have.
        """
        bound = option.call.standing != "writer"
        call, before = replace(option.call, answers=int(bound)), [step.call for step in option.before]
        steps = [(replace(each.call, standing=call.standing), each.worst) for each in before]
        return [Reservation(each, usd, now.now, self.until) for each, usd in ((call, option.worst), *steps)]

    def _refused(
        self, ledger: Ledger, now: Situation, claim: ClaimResult, call_plan: CallPlan, cap_reached: CapReached
    ) -> tuple[Ledger, ClaimResult]:
        keys = {item.key for item in call_plan.items}
        if not isinstance(cap_reached, ShareReached):  # the day is not over: what waits for a share gets its turn
            cap_reached.skip = cap_reached.skip or (call_plan.skip_at_cap and not cap_reached.exceeds_cap_alone)
        after = transitions.defer_or_fail(ledger, now, keys, cap_reached)
        after = replace(after, budget=after.budget.with_refusal(cap_reached, now.now))
        put_off_before = {r.key for r in claim.records_before if r.reason.code == cap_reached.code}
        tells = bool(call_plan.told - put_off_before)
        after, given = _with_notice(after, now, next_try(_of(after, now, keys)), wanted=tells)
        return after, replace(claim, cap_reached=cap_reached, records=_of(after, now, keys), notice=given)

    def record_unchanged(self, situation: Situation, items: tuple[Item, ...], reason: Reason) -> ClaimResult:
        """Write down that heads need no review of their own: what the one before found holds for them, too."""
        claim = ClaimResult()
        keys = {item.key for item in items}

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal claim
            records = ledger.of(situation.repository, situation.thread)
            decision = replace(decide(now, records), drafts_to_post={})
            claim = ClaimResult(decision, records, changed=decision.to_answer != items)
            if claim.changed:
                return ledger
            before = last_review(records)
            claimed = transitions.claim(ledger, now, decision, self.until)
            after = transitions.skip(claimed, now, keys, reason, findings=before.findings if before else None)
            claim = replace(claim, records=_of(after, now, keys))
            return after

        self._apply(situation, step)
        return claim

    def obey(
        self,
        situation: Situation,
        commands: tuple[Item, ...],
        refused: Mapping[str, Reason],
        orders: Sequence[Order],
        replies: Callable[[Ledger], tuple[Draft, ...]],
    ) -> tuple[ClaimResult, tuple[Draft, ...]]:
        """Claim ``commands``, do what the ``orders`` among them say, and write their replies ahead, all at once.

        ``refused``: the keys of those that are not obeyed, and why; ``replies``: to the others, by the ledger that has
        the orders. Returns these, too.
        """
        claim, drafts = ClaimResult(), tuple[Draft, ...]()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal claim, drafts
            records = ledger.of(situation.repository, situation.thread)
            decision = replace(decide(now, records), drafts_to_post={})
            claim = ClaimResult(replace(decision, to_answer=commands), records, changed=decision.commands != commands)
            if claim.changed:
                return ledger
            after = transitions.claim(ledger, now, claim.decision, self.until)
            for key, reason in refused.items():
                after = transitions.skip(after, now, {key}, reason)
            for order in orders:
                after = pause.obeyed(after, situation.repository, order)
            drafts = replies(after)
            for draft in drafts:
                after = transitions.write_ahead(after, now, draft.keys, draft, self.until)
            claim = replace(claim, records=_of(after, now, refused))
            return after

        self._ledger_store.update(self._at_present(situation, step), self._retrier, for_people=bool(orders))
        return claim, drafts

    def claim_drafts(self, situation: Situation, known: Collection[str]) -> ClaimResult:
        """Claim the answers that wait to be posted, and nothing else. ``known``: drafts that were there when the thread
        was read; what is stored since may be about what was written since.
        """

        def reduced(decision: ClaimDecision) -> ClaimDecision:
            drafts = {name: records for name, records in decision.drafts_to_post.items() if name in known}
            return replace(decision, to_answer=(), drafts_to_post=drafts)

        claim = self._claim_part(situation, reduced)
        return replace(claim, decision=reduced(claim.decision))

    def record_ended(self, situation: Situation) -> ClaimDecision:
        """Write down what ended by itself, and claim nothing."""
        return self._claim_part(situation, lambda decision: replace(decision, to_answer=(), drafts_to_post={})).decision

    def reserve_again(self, situation: Situation, option: CallOption, charge: Charge, caps: Caps) -> str:
        """A call may have been billed without an answer: count it as spent by ``charge``, and put the same aside for
        another try. Returns what it was put aside as.

        Errors: `CapReached`, too.
        """
        name = self._ledger_store.next_reservation_id()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            wanted = Reservation(option.call, option.worst, now.now, self.until)
            settled = transitions.settle(ledger, charge)
            return replace(settled, budget=settled.budget.reserve(name, wanted, caps))

        try:
            self._apply(situation, step)
        except CapReached:
            self.settle(situation, (charge,))
            raise
        return name

    def settle(self, situation: Situation, charges: Sequence[Charge]) -> None:
        """Settle calls that led to nothing else."""
        self._apply(situation, lambda ledger, _: _settle_all(ledger, charges))

    def write_ahead(
        self, situation: Situation, keys: Collection[str], draft: Draft, charges: Sequence[Charge]
    ) -> Draft:
        """The answer, ahead of its posting, with its bills. Returns it as it is stored, and may be posted. Errors:
        `ClaimLost`, too.
        """
        stored = draft

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal stored
            over = proposals.at_bound(ledger, now.repository, now.thread, now.now)
            stored = proposals.within_bounds(draft, over, now.repository)
            return transitions.write_ahead(_settle_all(ledger, charges), now, keys, stored, self.until)

        self._apply(situation, step)
        return stored

    def drop_draft(self, situation: Situation, keys: Collection[str], reason: Reason) -> None:
        """The stored answer must not be posted, and another is to be asked for."""
        self._apply(situation, lambda ledger, now: transitions.drop_draft(ledger, now, keys, reason))

    def record_published(
        self,
        situation: Situation,
        keys: Collection[str],
        comment: Comment,
        folded: Collection[str] = (),
        unfolded: Collection[str] = (),
        marks: Marks = NO_MARKS,
    ) -> Records:
        """The comment is there, and the ``marks``; of what it makes outdated, some is ``folded`` or cannot be, and some
        is still to be.

        Nobody waits for it: it is written with what comes next, or at the end of the run (`LedgerStore.flush`). Until
        then the comment's marker says it. Errors: none.
        """

        def step(ledger: Ledger, now: Situation) -> Ledger:
            published = transitions.mark(transitions.publish(ledger, now, keys, comment), now, keys, marks)
            return transitions.fold(published, now, comment.id, folded, unfolded)

        after = self._ledger_store.defer(self._at_present(situation, step), for_people=True)
        return _of(after, situation, keys)

    def record_folded(
        self, situation: Situation, comment: int, folded: Collection[str], unfolded: Collection[str]
    ) -> None:
        """What the review in ``comment`` made outdated is ``folded`` or cannot be, or is still to be."""
        self._apply(situation, lambda ledger, now: transitions.fold(ledger, now, comment, folded, unfolded))

    def record_failure(
        self, situation: Situation, keys: Collection[str], error: HLSError, charges: Sequence[Charge] = ()
    ) -> Records:
        """Record a failure, and what it cost."""
        paid = sum((charge.usd for charge in charges if charge.known), ZERO)
        after = self._apply(
            situation,
            lambda ledger, now: transitions.start_cool_down(
                transitions.defer_or_fail(_settle_all(ledger, charges), now, keys, error, cost=paid), error, now.now
            ),
        )
        return _of(after, situation, keys)

    def record_skipped(
        self,
        situation: Situation,
        keys: Collection[str],
        reason: Reason,
        charges: Sequence[Charge] = (),
        findings: int | None = None,
        marks: Marks = NO_MARKS,
    ) -> Records:
        """Record that no answer is needed. ``findings``: how many problems a review found; ``marks``: what the thread
        is marked with all the same.
        """
        paid = sum((charge.usd for charge in charges if charge.known), ZERO)

        def step(ledger: Ledger, now: Situation) -> Ledger:
            settled = _settle_all(ledger, charges)
            skipped = transitions.skip(settled, now, keys, reason, cost=paid, findings=findings)
            return skipped if skipped is settled else transitions.mark(skipped, now, keys, marks)

        return _of(self._apply(situation, step), situation, keys)

    def record_unreadable(self, situation: Situation, error: HLSError) -> Records:
        """The thread could not be read."""
        after = self._apply(
            situation,
            lambda ledger, now: transitions.start_cool_down(
                transitions.mark_unreadable(ledger, now, error), error, now.now
            ),
        )
        return tuple(record for record in after.of(situation.repository, situation.thread) if is_thread_record(record))

    def record_reminder(self, situation: Situation, key: str) -> bool:
        """Write down that the author is reminded of a question. Returns whether this run is to do it, at most once."""
        after = self._apply(situation, lambda ledger, now: transitions.record_reminder(ledger, now, key))
        return any(record.by == situation.me for record in _of(after, situation, {key}))

    def start_cool_down(self, situation: Situation, model: str, seconds: float) -> None:
        """Claude refused a call and asked to wait: so do the other runs."""
        until = timedelta(seconds=seconds)
        self._apply(
            situation, lambda ledger, now: ledger.with_cool_down(cool_down_name(model), now.now, now.now + until)
        )

    def _claim_part(self, situation: Situation, reduced: Callable[[ClaimDecision], ClaimDecision]) -> ClaimResult:
        claim = ClaimResult()

        def step(ledger: Ledger, now: Situation) -> Ledger:
            nonlocal claim
            records = ledger.of(situation.repository, situation.thread)
            claim = ClaimResult(decide(now, records), records)
            return transitions.claim(ledger, now, reduced(claim.decision), self.until)

        self._apply(situation, step)
        return claim

    def _apply(self, situation: Situation, step: Callable[[Ledger, Situation], Ledger]) -> Ledger:
        """Apply ``step`` to the newest ledger."""
        return self._ledger_store.update(self._at_present(situation, step), self._retrier)

    def _at_present(self, situation: Situation, step: Callable[[Ledger, Situation], Ledger]) -> Step:
        """``step`` at the time it is applied, with the present keys of the items."""

        def named(ledger: Ledger) -> Ledger:
            paused = pause.reason(ledger, situation.repository, situation.mention)
            now = replace(situation, now=self._clock.now(), paused=paused)
            return step(transitions.migrate_keys(ledger, now), now)

        return named


def _settle_all(ledger: Ledger, charges: Sequence[Charge]) -> Ledger:
    for charge in charges:
        ledger = transitions.settle(ledger, charge)
    return ledger


def _braked(ledger: Ledger, now: Situation, claim: ClaimResult, call_plan: CallPlan) -> tuple[Ledger, ClaimResult]:
    """With what became of the items that are kept from an answer, and the thread told of a loop, once."""
    found = _of(ledger, now, {item.key for item in call_plan.braked})
    loops = not call_plan.items and any(record.reason.code == Looping.code for record in found)
    ledger, given = _with_notice(ledger, now, wanted=call_plan.brakes.notice and loops, about=Looping.code)
    return ledger, replace(claim, braked=found, notice=given)


def _with_notice(
    ledger: Ledger, now: Situation, until: datetime | None = None, *, wanted: bool, about: str = ""
) -> tuple[Ledger, bool]:
    """With a notice to the thread on record, if one is ``wanted``, and whether it falls to this run to post it."""
    if wanted:
        ledger = transitions.record_notice(ledger, now, until, about)
    return ledger, any(record.by == now.me for record in _of(ledger, now, {notice_key(now.thread, about)}))


def _of(ledger: Ledger, situation: Situation, keys: Collection[str]) -> Records:
    return tuple(record for record in ledger.of(situation.repository, situation.thread) if record.key in keys)
