"""Commands, which code answers: who may give them, what they do, and the replies. No call is made for any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, partial

from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.ledger import pause, status
from hls_action.domain.ledger.claims import NOT_ALLOWED
from hls_action.domain.ledger.model import Ledger
from hls_action.domain.ledger.pause import Order
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.effects import PostComment
from hls_action.domain.threads import items
from hls_action.domain.threads.commands import FOR_WRITERS
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Comment
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.line.who import may_write
from hls_action.records.plans import ClaimResult

OWN_NAME = "hls"
"""In the place of a model's name, in drafts that none wrote."""


@dataclass(frozen=True)
class Hearing:
    """Commands in a thread, and what else a reply to them depends on. ``given``: each with its comment, by key;
    ``daily``: the day's cap, None for none.
    """

    run: Run
    view: View
    given: Mapping[str, tuple[Item, Comment]]
    daily: Decimal | None = None

    def text(self, ledger: Ledger, key: str) -> tuple[str, str]:
        """Which text replies to a command, by the ledger that has it, and what is told in it."""
        item, _ = self.given[key]
        if item.command in FOR_WRITERS:
            return self._acknowledgement(ledger, key), ""
        if item.command == "ignore":
            return "ignore", self.run.materials.rules.ignore_labels[0]
        return item.command, self._status(ledger) if item.command == "status" else ""

    def order(self, key: str) -> Order:
        """What a command to pause or to resume says."""
        _, comment = self.given[key]
        command = items.command_of(comment, self.run.materials.rules)
        assert command is not None  # noqa: S101 - its item says so
        return Order(command, comment.author.login, comment.written_at)

    def _acknowledgement(self, ledger: Ledger, key: str) -> str:
        if not self.run.has_ledger:
            return "no-ledger"
        return pause.answer_to(ledger, self.run.repository, self.order(key))

    def _status(self, ledger: Ledger) -> str:
        run, view = self.run, self.view
        return status.lines(
            ledger.of(run.repository, view.thread.id),
            view.situation.unanswered,
            items.command_keys(view.thread, run.materials.rules),
            pause.present(ledger, run.repository),
            status.share_left(ledger.budget, self.daily, run.now),
        )


def obey(run: Run, view: View, commands: tuple[Item, ...]) -> tuple[ClaimResult, tuple[Draft, ...]]:
    """Do what commands say, and write the replies ahead; nothing of it where others have by now.

    Who may give a command is asked now, whatever was true when it was given. Errors: the last `UpstreamError` and those
    of writing the ledger, and then nothing is taken up.
    """
    hearing = _hearing(run, view, commands)
    writes = cache(partial(may_write, run))
    refused = {key: why for key in hearing.given if (why := _refusal(hearing, key, writes))}
    obeyed = [key for key in hearing.given if key not in refused]
    chosen = {hearing.given[key][0].command for key in obeyed}
    if "ignore" in chosen:  # first, for the reply says so; safe to repeat
        run.retrier.call(lambda: run.github.add_labels(view.thread.id, run.materials.rules.ignore_labels[:1]))
    orders = [hearing.order(key) for key in obeyed if hearing.given[key][0].command in FOR_WRITERS]
    orders.sort(key=lambda order: order.at)
    return run.leases.obey(
        view.situation, commands, refused, orders if run.has_ledger else (), partial(_replies, hearing, obeyed)
    )


def rewritten(run: Run, view: View, draft: Draft) -> Draft | None:
    """A reply that an earlier run stored, as it would be written now; None where nobody gave such a command."""
    rules = run.materials.rules
    named = [item for item in items.commands(view.thread, rules) if item.key in draft.keys]
    named = [item for item in named if item.command != "ignore" or rules.ignore_labels]
    hearing = _hearing(run, view, tuple(named))
    texts = {hearing.text(run.ledger(), key) for key in draft.keys if key in hearing.given}
    if len(hearing.given) != len(draft.keys) or len(texts) != 1:
        return None
    ((name, told),) = texts
    return replace(draft, effects=(PostComment(told, fixed=name),), fields={})


def overruled(run: Run, view: View, reply: Draft) -> Reason:
    """Why a `rewritten` reply is not true any more, if that is so: what the command did was undone meanwhile."""
    labels = run.materials.rules.ignore_labels
    if reply.comment.fixed != "ignore" or any(label.lower() in labels for label in view.thread.labels):
        return NONE
    why = f"set the label `{reply.comment.text}` to have HLS ignore this thread: it was taken off after the command"
    return Reason(NOT_ALLOWED, why)


def _hearing(run: Run, view: View, commands: tuple[Item, ...]) -> Hearing:
    comments = {str(comment.id): comment for comment in view.thread.comments}
    given = {item.key: (item, comments[item.id]) for item in commands}
    daily = _daily_cap(run) if any(item.command == "status" for item in commands) else None
    return Hearing(run, view, given, daily)


def _daily_cap(run: Run) -> Decimal | None:
    """The reply can do without: what is wrong with the configuration is told elsewhere."""
    try:
        return run.settings().caps.daily
    except HLSError:
        return None


def _refusal(hearing: Hearing, key: str, writes: Callable[[str], bool]) -> Reason:
    """Why somebody may not give a command, if that is so. ``writes``: whether an account has write access."""
    item, comment = hearing.given[key]
    login, rules = comment.author.login, hearing.run.materials.rules
    if item.command == "ignore" and not rules.ignore_labels:
        return Reason(NOT_ALLOWED, "name a label in the input 'ignore-labels': without one, no thread can be ignored")
    if item.command not in (*FOR_WRITERS, "ignore"):
        return NONE
    if item.command == "ignore" and login == hearing.view.thread.author.login:
        return NONE
    if writes(login):
        return NONE
    command = f"{rules.mention} {item.command}"
    return Reason(NOT_ALLOWED, f"ask somebody with write access to comment '{command}': {login} has none")


def _replies(hearing: Hearing, obeyed: list[str], ledger: Ledger) -> tuple[Draft, ...]:
    """One reply for all commands that it answers."""
    keys: dict[tuple[str, str], list[str]] = {}
    for key in obeyed:
        keys.setdefault(hearing.text(ledger, key), []).append(key)
    return tuple(
        Draft(
            keys=tuple(named),
            effects=(PostComment(told, fixed=name),),
            fields={},
            model=OWN_NAME,
            usage=Usage(),
            cost_usd=Decimal(0),
            written=hearing.run.now,
        )
        for (name, told), named in keys.items()
    )
