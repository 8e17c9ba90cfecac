"""Who asks for the items of a thread, who of them may, and whether a maintainer stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from hls_action.domain.events.asking import may_ask, not_heard
from hls_action.domain.events.relevance import GateRules
from hls_action.domain.reasons import Reason
from hls_action.domain.text.request import addressed
from hls_action.domain.threads.items import Item, OpenItems, author_of
from hls_action.domain.threads.thread import Author, Comment, Thread

PLACES: Mapping[str, int] = {"issue": 0, "comment": 1, "pull": 2}
"""Which of `ASKED_IN` a kind of item is; a trigger label is none, for only maintainers can set it."""


def is_trusted(author: Author, rules: GateRules) -> bool:
    """Whether somebody counts as having write access, by their tie to the repository or the allow list."""
    return may_ask(author.login, author.association, "members", rules.allow_actors)


def unsure(open_items: OpenItems, thread: Thread, rules: GateRules) -> tuple[Author, ...]:
    """Who asks, and may not unless they turn out to have access; the newest last."""
    found = [author_of(thread, item.key) for item in open_items.items if not _is_heard(item, thread, rules)]
    return tuple(dict.fromkeys(reversed(found)))[::-1]


def without_unheard(
    open_items: OpenItems, thread: Thread, rules: GateRules, access: Collection[Author] = ()
) -> OpenItems:
    """``open_items`` without what the authors may not ask. ``access``: those who have some, though nothing shows it."""
    refused = [
        item
        for item in open_items.items
        if not _is_heard(item, thread, rules) and author_of(thread, item.key) not in access
    ]
    if not refused:
        return open_items
    last = refused[-1]
    why = not_heard(author_of(thread, last.key).login, _who(last, rules))
    return _without(open_items, refused, Reason("may-not-ask", why))


def is_heard_in_comments(author: Author, rules: GateRules) -> bool:
    """Whether somebody may ask by a comment, by what is known here."""
    return may_ask(author.login, author.association, rules.who[PLACES["comment"]], rules.allow_actors)


def _is_heard(item: Item, thread: Thread, rules: GateRules) -> bool:
    author = author_of(thread, item.key)  # a bot is one that is named, or it would ask nothing
    return author.is_robot() or may_ask(author.login, author.association, _who(item, rules), rules.allow_actors)


def _who(item: Item, rules: GateRules) -> str:
    place = PLACES.get(item.kind)
    return "all" if place is None else str(rules.who[place])


def without_chatter(open_items: OpenItems, thread: Thread, replied: Mapping[str, Comment]) -> OpenItems:
    """``open_items`` without those of bots that HLS has answered since it last answered a person: machines would go on
    among themselves. ``replied``: which reply of ours answers each key.
    """
    of_bots = [item for item in open_items.items if _is_by_bot(thread, item.key)]
    silent = _answered_bots(thread, replied) if of_bots else frozenset()
    refused = [item for item in of_bots if author_of(thread, item.key).login in silent]
    why = f"{', '.join(sorted(silent))} has its answer, and no person has asked since"
    return _without(open_items, refused, Reason("bot-answered", why)) if refused else open_items


def _is_by_bot(thread: Thread, key: str) -> bool:
    return key.partition("/")[0] in PLACES and author_of(thread, key).is_robot()


def _answered_bots(thread: Thread, replied: Mapping[str, Comment]) -> frozenset[str]:
    """The bots that our replies answer, from the newest back to one that answers a person."""
    found: set[str] = set()
    for reply in sorted({reply.id: reply for reply in replied.values()}.values(), key=lambda each: -each.id):
        keys = [key for key, each in replied.items() if each.id == reply.id]
        found.update(author_of(thread, key).login for key in keys if _is_by_bot(thread, key))
        if not all(_is_by_bot(thread, key) for key in keys):
            break
    return frozenset(found)


def _without(open_items: OpenItems, refused: Collection[Item], why: Reason) -> OpenItems:
    left = tuple(item for item in open_items.items if item not in refused)
    return replace(open_items, items=left, reason=open_items.reason if left else why)


def is_backed(thread: Thread, work: Iterable[Item], rules: GateRules, trusted: Callable[[Author], bool]) -> bool:
    """Whether somebody with write access wants ``work`` answered: asks for some of it, has set the trigger label, or
    has addressed HLS in the thread since. ``trusted``: who has write access.
    """
    wanted = tuple(work)
    if any(item.kind == "label" or trusted(author_of(thread, item.key)) for item in wanted):
        return True
    since = max(_written(thread, item) for item in wanted)
    later = (comment for comment in thread.comments if comment.written_at >= since and trusted(comment.author))
    return any(
        not comment.author.is_robot(rules.ignore_actors) and addressed(comment.body, rules.mention) for comment in later
    )


def _written(thread: Thread, item: Item) -> datetime:
    """When; of an issue and a pull request, when it was opened, whatever was edited or pushed since."""
    return next(
        (c.written_at for c in thread.comments if f"comment/{c.id}" == f"{item.kind}/{item.id}"), thread.created_at
    )
