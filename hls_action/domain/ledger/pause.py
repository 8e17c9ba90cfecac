"""Pauses: between a ``pause`` and the ``resume`` after it, HLS takes up nothing in a repository.

Orders count by when they were written, whichever run comes to them first: a run that was held up undoes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hls_action.domain.ledger.model import Ledger, Pause, Pauses
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.threads.away import Away
from hls_action.domain.threads.commands import Command, Word

KEPT = 20
"""Pauses of a repository that are remembered, for what came in them."""
SUPERSEDED = "superseded"
CATCH_UP: Word = "resume catch up"


@dataclass(frozen=True)
class Order:
    """A command to pause or to resume. ``by``: the login of who gave it; ``at``: when it was written."""

    command: Command
    by: str
    at: datetime


def obeyed(ledger: Ledger, repository: str, order: Order) -> Ledger:
    """With one more order: the same ledger where a later one is known. Safe to repeat."""
    before = ledger.pauses.get(repository, ())
    after = _obeyed(before, order)
    return ledger if after == before else replace(ledger, pauses={**ledger.pauses, repository: after[-KEPT:]})


def _obeyed(pauses: Pauses, order: Order) -> Pauses:
    last = pauses[-1] if pauses else None
    if last is not None and order.at <= last.ordered:
        return pauses
    open_pause, word = last if last is not None and last.until is None else None, order.command.word
    if word == "pause" and open_pause is not None:
        return (*pauses[:-1], replace(open_pause, renewed=order.at))
    if word == "pause":
        return (*pauses, Pause(order.by, order.at, order.command.reason))
    if open_pause is None:  # it is remembered as a pause of no time, for a pause from before may come yet
        others = pauses[:-1] if last is not None and last.since == last.until else pauses
        return (*others, Pause(order.by, order.at, until=order.at))
    return (*pauses[:-1], replace(open_pause, until=order.at, caught_up=word == CATCH_UP))


def answer_to(ledger: Ledger, repository: str, order: Order) -> str:
    """Which text acknowledges an order that is obeyed: that another one counts where it is not so, or not any more."""
    if (present(ledger, repository) is not None) != (order.command.word == "pause"):
        return SUPERSEDED
    if order.command.word == CATCH_UP:
        last = next(reversed(ledger.pauses.get(repository, ())), None)
        return CATCH_UP if last is not None and last.caught_up else "resume"
    return order.command.word


def present(ledger: Ledger, repository: str) -> Pause | None:
    """The pause that holds in a repository, if one does."""
    last = next(reversed(ledger.pauses.get(repository, ())), None)
    return last if last is not None and last.until is None else None


def reason(ledger: Ledger, repository: str, mention: str) -> Reason:
    """Why nothing is taken up now, if that is so."""
    pause = present(ledger, repository)
    if pause is None:
        return NONE
    return Reason(
        "paused", f"comment '{mention} resume' to go on: {pause.by} paused HLS at {pause.since:%Y-%m-%d %H:%M} UTC"
    )


def away(pauses: Mapping[str, Pauses], repository: str, edited: datetime | None, *, pushed: bool) -> Away:
    """When HLS was paused in a repository, but for what it was to catch up on."""
    over = (each for each in pauses.get(repository, ()) if not each.caught_up)
    return Away(tuple((each.since, each.until) for each in over if each.until is not None), edited, pushed)
