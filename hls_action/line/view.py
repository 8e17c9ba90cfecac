"""A thread as a run sees it: read once, together with its records in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import claims, key_migration, pause
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.tasks import follow_up
from hls_action.domain.threads import items
from hls_action.domain.threads.away import NEVER_AWAY
from hls_action.domain.threads.commands import CommandRule
from hls_action.domain.threads.items import Item, OpenItems
from hls_action.domain.threads.openings import RECENT, FirstAnswerRule
from hls_action.domain.threads.thread import Thread
from hls_action.line import read
from hls_action.line.ahead import gather_ahead
from hls_action.line.read import Around
from hls_action.line.run import Run
from hls_action.line.who import heard, heard_retries
from hls_action.records.plans import Records
from hls_action.resilience.background import Once

MAX_VIEW_AGE = timedelta(seconds=30)
"""How old a view of a thread may be before anything is claimed by it."""

UNREADABLE_MARGIN = timedelta(days=1)
"""How long before a thread was found to be unreadable what is asked in it may have been written."""


@dataclass(frozen=True)
class View:
    """``open_items``: what the thread asks for; ``situation``: that and what else decides what this run may take up,
    which is held against the ``records`` of the thread. ``own``: the logins whose markers are ours. ``around``: reads,
    once, what happened around the thread.
    """

    thread: Thread
    open_items: OpenItems
    situation: Situation
    records: Records
    own: frozenset[str] = frozenset()
    around: Callable[[], Around] = Around

    def __str__(self) -> str:
        unanswered = ", ".join(item.key for item in self.situation.unanswered) or f"nothing ({self.open_items.reason})"
        recorded = ", ".join(f"{record.key} is {record.state}" for record in self.records) or "nothing"
        return f"comments: {len(self.thread.comments)}; without an answer: {unanswered}; on record: {recorded}"

    def limited_to(self, unanswered: tuple[Item, ...]) -> View:
        """The same thread, of which only this may be answered."""
        return replace(
            self,
            situation=replace(
                self.situation, unanswered=tuple(item for item in self.situation.unanswered if item in unanswered)
            ),
        )


def read_view(run: Run, wanted: ThreadId, trigger: Trigger) -> View:
    """Read the thread, and the ledger at the same time.

    Errors: `ThreadUnavailable` and the last `UpstreamError`, and by then the ledger is known; `StateUnavailable` and
    the like.
    """
    began = run.now
    ledger = run.start(run.ledger)
    around = Once(partial(read.history, run, wanted))
    gather_ahead(run, wanted, trigger, ledger, around)
    try:
        thread = read.thread(run, wanted, trigger)
        ledger()
        _adopt_github_cool_down(run)
        if run.now - began > MAX_VIEW_AGE:  # what waited for a limit or an outage is read as it is by now
            began = run.now
            thread = read.thread(run, wanted, trigger)
        own = read.own(run, thread)
    except (ThreadUnavailable, UpstreamError):
        ledger()
        raise
    view = view_of(run, thread, own, trigger, began)
    if not trigger.just_opened:  # else nothing happened yet
        view = replace(view, around=around)
    holders = claims.holders(view.situation, view.records)
    if not holders or trigger.event:  # an event's run is kept apart from the thread's others by its concurrency group
        return view
    return replace(view, situation=replace(view.situation, ended_runs=read.ended_runs(run, holders)))


def view_of(run: Run, thread: Thread, own: frozenset[str], trigger: Trigger, began: datetime) -> View:
    """What the thread, read when the run ``began`` to, asks for. ``own``: the logins whose markers are ours."""
    rules, now = run.materials.rules, run.now
    records = run.ledger().of(run.repository, thread.id)
    answered = items.answered(thread, own)
    unfinished = [r for r in records if r.is_open or r.state == "failed" or r.reason.code in claims.FINAL_SKIP_CODES]
    unposted = [r.at for r in records if r.state == "skipped" and r.reason.code in claims.WITHHELD_CODES]
    withheld = max(unposted, default=None)
    thread = follow_up.with_heard(thread, answered, rules, {record.key for record in unfinished}, withheld)
    names = items.names(thread, rules, trigger.edited)
    replies_by_key = key_migration.replies_by_key(answered, names, records)
    ledger, busy = run.ledger(), frozenset(names.of(record.key, record.at) for record in unfinished)
    open_items = items.open_items(
        thread,
        replies_by_key,
        rules,
        pushed=trigger.pushed,
        since=_earliest(trigger.since, records) if trigger.since else None,
        known_keys=busy,
        again=trigger.force,
        first_answer_rule=None if trigger.ordered else _first_answer_rule(trigger, records, now),
        command_rule=CommandRule(now, {names.of(record.key, record.at): record.at for record in records}, busy),
        away=NEVER_AWAY
        if trigger.ordered
        else pause.away(ledger.pauses, run.repository, trigger.edited, pushed=trigger.pushed),
    )
    if not trigger.ordered:
        open_items = heard(run, thread, open_items, replies_by_key)
    retries = items.retries(thread, rules) if trigger.ordered else heard_retries(run, thread)
    situation = Situation(
        repository=run.repository,
        thread=thread.id,
        unanswered=open_items.items,
        wanted=open_items.wanted,
        replies_by_key=replies_by_key,
        ineligible=open_items.ineligible,
        now=now,
        me=run.ledger_store.claimant,
        retried_at=retries[-1].written_at if retries else None,
        retry=trigger.retries,
        force=trigger.force,
        dry_run=run.materials.dry_run,
        read_at=began,
        names=names,
        mention=rules.mention,
        paused=pause.reason(ledger, run.repository, rules.mention),
    )
    return View(thread, open_items, situation, records, own)


def _first_answer_rule(trigger: Trigger, records: Records, now: datetime) -> FirstAnswerRule:
    return FirstAnswerRule(_earliest(trigger.since or now - RECENT, records), trigger.opening)


def _earliest(since: datetime, records: Records) -> datetime:
    """``since``, or before: what was asked while the thread could not be read is not too old for an answer."""
    return min([since, *(record.first - UNREADABLE_MARGIN for record in records if claims.is_thread_record(record))])


def _adopt_github_cool_down(run: Run) -> None:
    """No request starts before the time that another run was told to wait for."""
    until = run.ledger().cool_downs.until.get("github")
    if until is not None and run.github_limiter is not None:
        run.github_limiter.cool_down_until(until)
