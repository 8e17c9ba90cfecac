"""Who asks, and how much of the day is theirs.

GitHub is asked about an account only where that decides something, and in each run of a thread about one who asks
something and one who asks for another try, the newest that nothing is known of; the ledger keeps what it says for a
day.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hls_action.domain.budget.budget import day_of
from hls_action.domain.budget.shares import UNBOUND, Asker, was_met
from hls_action.domain.events.asking import CONTRIBUTORS
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import Dispensable
from hls_action.domain.ledger import access
from hls_action.domain.ledger.access import MAY_WRITE
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.ledger.model import Ledger
from hls_action.domain.settings import Settings
from hls_action.domain.threads import askers, items
from hls_action.domain.threads.items import Item, OpenItems, author_of
from hls_action.domain.threads.thread import Author, Comment, Thread
from hls_action.line.run import Run
from hls_action.records.plans import CallPlan, ClaimResult

Replied = dict[str, Comment]


def heard(run: Run, thread: Thread, open_items: OpenItems, replied: Replied) -> OpenItems:
    """Of ``open_items``, what the maintainers let its author ask. ``replied``: which reply of ours answers each key.

    Errors: `ConfigError`, where a team cannot be read; the last `UpstreamError`.
    """
    rules = run.materials.rules
    found = askers.without_chatter(open_items, thread, replied) if rules.allow_bots else open_items
    unsure = askers.unsure(found, thread, rules)
    new = [author for author in unsure if not _is_known(run, author.login)][-1:]
    trusted = [author for author in unsure if has_access(run, author.login, ask=author in new)]
    return askers.without_unheard(found, thread, rules, trusted)


def heard_retries(run: Run, thread: Thread) -> tuple[Comment, ...]:
    """The last comment that asks for another try by somebody who may ask by a comment; none if there is none.

    Errors: those of `heard`.
    """
    rules, may_look = run.materials.rules, True
    for retry in reversed(items.retries(thread, rules)):
        author = retry.author
        if askers.is_heard_in_comments(author, rules) or has_access(run, author.login, ask=may_look):
            return (retry,)
        may_look = False
    return ()


def bounded(
    run: Run, thread: Thread, work: tuple[Item, ...], trigger: Trigger, settings: Settings, call_plan: CallPlan
) -> CallPlan:
    """``call_plan``, with on whose account it goes. Without a ledger nobody knows what of the day is spent."""
    bound = run.has_ledger and not trigger.ordered
    return replace(call_plan, asker=_asker(run, thread, work) if bound else UNBOUND, shares=settings.shares)


def claim(run: Run, thread: Thread, situation: Situation, call_plan: CallPlan) -> ClaimResult:
    """Take the items of ``call_plan`` up; before a bound holds somebody back, GitHub is asked who they are.

    Errors: those of `heard`, and of `Leases.claim`.
    """
    taken = run.leases.claim(situation, call_plan)
    if not taken.to_verify:
        return taken
    writes = has_access(run, author_of(thread, call_plan.items[-1].key).login, ask=True)
    asker = UNBOUND if writes else replace(call_plan.asker, verified=True)
    return run.leases.claim(situation, replace(call_plan, asker=asker))


def _asker(run: Run, thread: Thread, work: tuple[Item, ...]) -> Asker:
    author = author_of(thread, work[-1].key)
    if askers.is_backed(thread, work, run.materials.rules, partial(is_trusted, run)):
        return UNBOUND
    follow_up = all(item.kind == "comment" for item in work)
    if author.is_robot():
        return Asker("bot", follow_up, verified=True)
    met = author.association in CONTRIBUTORS or was_met(run.ledger().budget, author.login, day_of(run.now))
    return Asker("known" if met else "new", follow_up)


def _places(run: Run) -> tuple[str, ...]:
    return (run.repository, *(name for name in run.materials.rules.allow_actors if name.startswith("@")))


def _is_known(run: Run, login: str) -> bool:
    """Whether the ledger still knows what GitHub would say."""
    return all(access.granted(run.ledger().access, place, login, run.now) is not None for place in _places(run))


def is_trusted(run: Run, author: Author) -> bool:
    """Whether somebody counts as having write access, by what is known without asking."""
    return askers.is_trusted(author, run.materials.rules) or has_access(run, author.login, ask=False)


def has_access(run: Run, login: str, *, ask: bool) -> bool:
    """Whether an account may write to the repository, or is in a team of the allow list, as far as that is known.

    Errors, where it is to ``ask``: those of `heard`.
    """
    for place in _places(run):
        found = access.granted(run.ledger().access, place, login, run.now)
        if found or (found is None and ask and _asked(run, place, login)):
            return True
    return False


def may_write(run: Run, login: str) -> bool:
    """What GitHub says now, whatever is known; False where the token may not ask. Errors: the last `UpstreamError`."""
    return bool(_told(run, run.repository, login))


def _asked(run: Run, place: str, login: str) -> bool:
    """What GitHub says; False where the token may not ask, which is not kept: maintainers can cure that."""
    answer = _told(run, place, login)
    if answer is None:
        return False
    told, now = answer, run.now

    def step(ledger: Ledger) -> Ledger:
        return replace(ledger, access=access.with_answer(ledger.access, place, login, told, now))

    run.ledger_store.defer(step)
    return told


def _told(run: Run, place: str, login: str) -> bool | None:
    """Whether somebody has access to a place; None where the token may not ask."""
    github, team = run.github, place.removeprefix("@")
    try:
        return run.retrier.call(
            lambda: github.is_in_team(team, login) if team != place else github.permission(login) in MAY_WRITE
        )
    except Dispensable as error:
        run.debug(f"whether {login} has write access is not known: {error}")
        return None
