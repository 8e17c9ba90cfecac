"""A thread as a run sees it: read once, together with its records in the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import claims, renaming
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item, OpenItems
from hls_action.domain.threads.openings import RECENT, Unasked
from hls_action.domain.threads.thread import Thread
from hls_action.line import read
from hls_action.line.run import Run
from hls_action.records.leases import Records

FRESH = timedelta(seconds=30)
"""How old a view of a thread may be before anything is claimed by it."""

EARLIER = timedelta(days=1)
"""How long before a thread was found to be unreadable what is asked in it may have been written."""


@dataclass(frozen=True)
class View:
    """``owed``: what the thread asks for; ``seen``: that and what else decides what this run may take up, which is held
    against the ``records`` of the thread.
    """

    thread: Thread
    owed: OpenItems
    seen: Situation
    records: Records

    def limited_to(self, owed: tuple[Item, ...]) -> View:
        """The same thread, of which only this may be answered."""
        return replace(self, seen=replace(self.seen, owed=tuple(item for item in self.seen.owed if item in owed)))


def look(run: Run, wanted: ThreadId, trigger: Trigger) -> View:
    """Read the thread, and the ledger at the same time.

    Errors: `ThreadUnavailable` and the last `UpstreamError`, and by then the ledger is known; `StateUnavailable` and
    the like.
    """
    began = run.now
    ledger = run.start(run.ledger)
    try:
        thread = read.thread(run, wanted, trigger)
        ledger()
        _heed_github(run)
        if run.now - began > FRESH:  # what waited for a limit or an outage is read as it is by now
            began = run.now
            thread = read.thread(run, wanted, trigger)
        own = read.own(run, thread)
    except (ThreadUnavailable, UpstreamError):
        ledger()
        raise
    view = see(run, thread, own, trigger, began)
    holders = claims.holders(view.seen, view.records)
    if not holders or trigger.event:  # an event's run is kept apart from the thread's others by its concurrency group
        return view
    return replace(view, seen=replace(view.seen, ended=read.ended(run, holders)))


def see(run: Run, thread: Thread, own: frozenset[str], trigger: Trigger, began: datetime) -> View:
    """What the thread, read when the run ``began`` to, asks for. ``own``: the logins whose markers are ours."""
    rules, now = run.materials.rules, run.now
    records = run.ledger().of(run.repository, thread.id)
    names = items.names(thread, rules, trigger.edited)
    marked = renaming.marked(items.answered(thread, own), names, records)
    unfinished = (r for r in records if r.is_open or r.state == "failed" or r.reason.code in claims.DECIDED)
    owed = items.open_items(
        thread,
        marked,
        rules,
        pushed=trigger.pushed,
        since=_earliest(trigger.since, records) if trigger.since else None,
        remembered={names.of(record.key, record.at) for record in unfinished},
        again=trigger.force,
        unasked=None if trigger.ordered else _unasked(trigger, records, now),
    )
    seen = Situation(
        repository=run.repository,
        thread=thread.id,
        owed=owed.items,
        wanted=owed.wanted,
        marked=marked,
        unfit=owed.unfit,
        now=now,
        me=run.journal.claimant,
        retried_at=items.retried_at(thread, rules),
        retry=trigger.retry or trigger.force,
        force=trigger.force,
        dry_run=run.materials.dry_run,
        read_at=began,
        names=names,
        mention=rules.mention,
    )
    return View(thread, owed, seen, records)


def _unasked(trigger: Trigger, records: Records, now: datetime) -> Unasked:
    return Unasked(_earliest(trigger.since or now - RECENT, records), trigger.opening)


def _earliest(since: datetime, records: Records) -> datetime:
    """``since``, or before: what was asked while the thread could not be read is not too old for an answer."""
    return min([since, *(record.first - EARLIER for record in records if claims.stands_for_thread(record))])


def _heed_github(run: Run) -> None:
    """No request starts before the time that another run was told to wait for."""
    until = run.ledger().cool_downs.until.get("github")
    if until is not None and run.limits is not None:
        run.limits.cool(until)
