"""Who asks for what is open, so that floods, loops and storms can be told from people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.ledger.brakes import NO_BRAKES, Asker, Brakes
from hls_action.domain.ledger.claims import MAX_ASKED
from hls_action.domain.limits.brakes import NO_LIMITS, Limits
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.loops import looping
from hls_action.domain.threads.thread import Author, Thread
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.line.who import has_access, is_trusted


def brakes_for(run: Run, view: View, work: tuple[Item, ...], limits: Limits, trigger: Trigger) -> Brakes:
    """The brakes on ``work``, but for what a maintainer ordered: by the thread's number, or by asking for a retry.

    Without a ledger nothing is counted. Before a limit holds an account back, GitHub is asked whether it has write
    access: a member may hide it. Errors: those of `who.heard`.
    """
    if trigger.ordered:
        return NO_BRAKES
    thread, rules = view.thread, run.materials.rules
    loops, ordered_at = looping(thread, view.own, rules), _ordered_at(run, thread)
    askers = {
        item.key: _asker(run, items.requester_of(thread, item), item, loops)
        for item in work
        if not _is_ordered(view, item, ordered_at)
    }
    notice = run.has_ledger and not run.materials.dry_run
    brakes = Brakes(limits if run.has_ledger else NO_LIMITS, askers, notice)
    hidden = {login for login in brakes.limited(run.ledger(), view.situation, work) if has_access(run, login, ask=True)}
    if not hidden:
        return brakes
    known = {key: replace(each, is_trusted=each.is_trusted or each.login in hidden) for key, each in askers.items()}
    return replace(brakes, askers=known)


def _asker(run: Run, author: Author, item: Item, loops: frozenset[str]) -> Asker:
    """A label is set by somebody who may, whoever opened the thread. Only comments keep a loop going."""
    trusted = item.kind == "label" or is_trusted(run, author)
    return Asker(author.login, trusted, item.kind == "comment" and author.login in loops)


def _ordered_at(run: Run, thread: Thread) -> datetime | None:
    """When somebody with write access last asked for another try."""
    retries = items.retries(thread, run.materials.rules)
    return max((each.written_at for each in retries if is_trusted(run, each.author)), default=None)


def _is_ordered(view: View, item: Item, asked: datetime | None) -> bool:
    """Whether a maintainer asks for another try of what was braked."""
    known = (record for record in view.records if record.key == item.key and record.asked < MAX_ASKED)
    return asked is not None and any(asked > record.at for record in known)
