"""Questions that HLS itself asks an issue's author, whose answer it hears without a mention.

It hears only what follows a reply of its own that asks, which that reply's marker tells, while the label
`WAITING_LABEL` is set: see `docs/adr/053-the-visible-ear.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hls_action.domain.events.relevance import WAITING_LABEL, GateRules
from hls_action.domain.tasks.effects import AddLabels, Effect, RemoveLabels
from hls_action.domain.text.request import addressed, unticked
from hls_action.domain.threads.items import WAITING, Item, digest, marker_keys
from hls_action.domain.threads.openings import answers_author
from hls_action.domain.threads.thread import Comment, Thread

MAX_ROUNDS = 2
"""How often HLS asks in one thread. Then a person has to."""
WAITING_KEY = f"{WAITING}/author"
"""What the marker of a reply that asks the author names besides its items."""
SETTLED = timedelta(minutes=3)
"""After this, GitHub's lists show what was posted."""

Replies = Mapping[str, Comment]
"""Our replies, by the keys of what they answer."""


def asks(reply: Comment) -> bool:
    """Whether a reply of ours asks the author something, and waits for the answer."""
    return WAITING_KEY in marker_keys(reply.body)


def may_ask(thread: Thread, replies: Replies, fields: Mapping[str, object], replaced: int | None) -> bool:
    """Whether HLS waits for the author after an answer with these ``fields``: it names what is missing, and HLS has not
    asked too often. ``replaced``: the reply whose place it takes.
    """
    asked = {reply.id for reply in replies.values() if asks(reply)} - {replaced}
    says_what = fields.get("needs_info") is True and bool(fields.get("missing"))
    return says_what and not thread.is_pull and len(asked) < MAX_ROUNDS


def effects(thread: Thread, *, waits: bool) -> tuple[Effect, ...]:
    """What has the label say whether HLS ``waits``."""
    label = waiting_label(thread)
    if waits:
        return () if label else (AddLabels((WAITING_LABEL,)),)
    return (RemoveLabels((label,)),) if label else ()


def without_question(found: Iterable[Effect]) -> tuple[Effect, ...]:
    """Effects of an answer that is not posted: what nobody reads asks nothing."""
    labels = (
        AddLabels(tuple(name for name in each.names if name != WAITING_LABEL)) if isinstance(each, AddLabels) else each
        for each in found
    )
    return tuple(each for each in labels if each != AddLabels(()))


def waiting_label(thread: Thread) -> str:
    """The label as the thread has it; ``""`` if it has not."""
    return next((name for name in thread.labels if name.lower() == WAITING_LABEL), "")


def open_question(thread: Thread, replies: Replies, rules: GateRules) -> Comment | None:
    """Our latest reply, if it asks the author, and no maintainer has turned to the author since."""
    latest = max(replies.values(), key=lambda reply: reply.id, default=None)
    if latest is None or thread.is_pull or not asks(latest):
        return None
    later = (comment for comment in thread.comments if comment.id > latest.id)
    return None if any(answers_author(comment, thread, rules) for comment in later) else latest


def with_heard(thread: Thread, replies: Replies, rules: GateRules, unfinished: Collection[str]) -> Thread:
    """The thread, with the author's comments marked that are heard without a mention. ``unfinished``: keys of what some
    run took up, which stays heard, though the label may be off by then.
    """
    question = open_question(thread, replies, rules) if waiting_label(thread) else None
    since = question.id if question else None

    def is_heard(comment: Comment) -> bool:
        if comment.author.login != thread.author.login or addressed(comment.body, rules.mention):
            return False
        return (since is not None and comment.id > since) or _key(comment) in unfinished

    if since is None and not unfinished:
        return thread
    return replace(thread, comments=tuple(replace(each, heard=is_heard(each)) for each in thread.comments))


def stale_label(thread: Thread, replies: Replies, rules: GateRules, now: datetime) -> str:
    """The label, where HLS waits for nothing: a maintainer has turned to the author, or set it. ``""``: there is none,
    or the list of comments may not yet show what it is for.
    """
    label = waiting_label(thread)
    if not label or open_question(thread, replies, rules) is not None:
        return ""
    has_asked = any(asks(reply) for reply in replies.values())
    return label if has_asked or now - thread.updated_at > SETTLED else ""


def _key(comment: Comment) -> str:
    return Item("comment", str(comment.id), digest(unticked(comment.body))).key
