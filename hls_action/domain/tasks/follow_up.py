"""Questions that HLS itself asks an issue's author, whose answer it hears without a mention.

It hears only what follows a reply of its own that asks, as that reply's marker tells, while the label `WAITING_LABEL`
is set: see `docs/adr/053-the-visible-ear.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hls_action.domain.events.relevance import WAITING_LABEL, GateRules
from hls_action.domain.tasks.effects import AddLabels, Effect, RemoveLabels
from hls_action.domain.text.request import addressed, unticked
from hls_action.domain.threads.items import REMINDER, WAITING, Item, digest, marker_keys
from hls_action.domain.threads.keys import stem
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


def effects(thread: Thread, keys: Iterable[str], *, waits: bool) -> tuple[Effect, ...]:
    """What has the label say whether HLS ``waits``, after an answer to items of these ``keys``: it stays on where they
    are others' requests alone.
    """
    label = waiting_label(thread)
    if waits:
        return () if label else (AddLabels((WAITING_LABEL,)),)
    return (RemoveLabels((label,)),) if label and not _by_author(thread).isdisjoint(map(stem, keys)) else ()


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


def with_heard(
    thread: Thread,
    replies: Replies,
    rules: GateRules,
    unfinished: Collection[str],
    withheld: datetime | None = None,
) -> Thread:
    """The thread, with the author's comments marked that are heard without a mention.

    Of what was said before our next reply to the author, the label tells nothing any more, which that took off, and
    nothing of what some run took up before: ``unfinished``, by keys. ``withheld``: when an answer to the author was
    last kept back, which takes the label off as well.
    """
    turns = _turns(thread, replies)
    if not any(map(asks, turns)):
        return thread
    named, taken = {stem(key) for key in replies}, {stem(key) for key in unfinished}
    waits = bool(waiting_label(thread))
    is_open = {turn.id: _is_open(turns[: place + 1], thread, rules) for place, turn in enumerate(turns)}

    def is_heard(comment: Comment) -> bool:
        if comment.author.login != thread.author.login or addressed(comment.body, rules.mention):
            return False
        if (key := _key(comment)) in unfinished:
            return True
        before = max((turn.id for turn in turns if turn.id < comment.id), default=0)
        beside = withheld is not None and comment.created_at <= withheld and stem(key) not in taken
        crossed = turns[-1].id > comment.id or beside
        return is_open.get(before, False) and stem(key) not in named and (waits or crossed)

    return replace(thread, comments=tuple(replace(each, heard=is_heard(each)) for each in thread.comments))


def stale_label(thread: Thread, replies: Replies, rules: GateRules, now: datetime) -> str:
    """The label, where HLS waits for nothing: a maintainer has turned to the author, or set it. ``""``: there is none,
    or the list of comments may not yet show what it is for.
    """
    label, turns = waiting_label(thread), _turns(thread, replies)
    if not label or _is_open(turns, thread, rules):
        return ""
    return label if any(map(asks, turns)) or now - thread.updated_at > SETTLED else ""


def unanswered_question(thread: Thread, replies: Replies, rules: GateRules) -> Comment | None:
    """Our question that is open while the author says nothing at all."""
    turns = _turns(thread, replies)
    if not waiting_label(thread) or not _is_open(turns, thread, rules):
        return None
    later = (comment for comment in thread.comments if comment.id > turns[-1].id)
    return None if any(comment.author.login == thread.author.login for comment in later) else turns[-1]


def reminder_key(question: Comment) -> str:
    """What marks the reminder of a question of ours."""
    return f"{REMINDER}/{question.id}"


def _turns(thread: Thread, replies: Replies) -> list[Comment]:
    """Our replies that ask the author, or answer a comment of the author's; oldest first. No pull request has any."""
    found, mine = {reply.id: reply for reply in replies.values()}, _by_author(thread)
    turns = (found[number] for number in sorted(found) if not thread.is_pull)
    return [each for each in turns if asks(each) or not mine.isdisjoint(map(stem, marker_keys(each.body)))]


def _is_open(turns: Sequence[Comment], thread: Thread, rules: GateRules) -> bool:
    """Whether the last of our ``turns`` is a question, and no maintainer has turned to the author since."""
    if not turns or not asks(turns[-1]):
        return False
    later = (comment for comment in thread.comments if comment.id > turns[-1].id)
    return not any(answers_author(comment, thread, rules) for comment in later)


def _by_author(thread: Thread) -> frozenset[str]:
    """The comments of the author's, as keys begin."""
    return frozenset(f"comment/{each.id}" for each in thread.comments if each.author.login == thread.author.login)


def _key(comment: Comment) -> str:
    return Item("comment", str(comment.id), digest(unticked(comment.body))).key
