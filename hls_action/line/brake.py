"""Who asks for what is open, so that floods, loops and storms can be told from people."""

from __future__ import annotations

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.ledger.brakes import NO_BRAKES, Asker, Brakes
from hls_action.domain.ledger.claims import MAX_ASKED
from hls_action.domain.limits.brakes import NO_LIMITS, Limits
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.loops import looping
from hls_action.domain.threads.thread import Author
from hls_action.line.run import Run
from hls_action.line.view import View


def brakes_for(run: Run, view: View, work: tuple[Item, ...], limits: Limits, trigger: Trigger) -> Brakes:
    """The brakes on ``work``, but for what a maintainer ordered: by the thread's number, or by asking for a retry.

    Without a ledger nothing is counted.
    """
    if trigger.ordered:
        return NO_BRAKES
    thread, rules = view.thread, run.materials.rules
    loops = looping(thread, view.own, rules)
    askers = {
        item.key: _asker(items.requester_of(thread, item), item, loops)
        for item in work
        if not _is_ordered(run, view, item)
    }
    notice = run.has_ledger and not run.materials.dry_run
    return Brakes(limits if run.has_ledger else NO_LIMITS, askers, notice)


def _asker(author: Author, item: Item, loops: frozenset[str]) -> Asker:
    """A label is set by somebody who may, whoever opened the thread. Only comments keep a loop going."""
    is_trusted = author.is_maintainer or item.kind == "label"
    return Asker(author.login, is_trusted, item.kind == "comment" and author.login in loops)


def _is_ordered(run: Run, view: View, item: Item) -> bool:
    """Whether a maintainer asks for another try of what was braked."""
    retries = [each for each in items.retries(view.thread, run.materials.rules) if each.author.is_maintainer]
    known = (record for record in view.records if record.key == item.key and record.asked < MAX_ASKED)
    return bool(retries) and any(retries[-1].written_at > record.at for record in known)
