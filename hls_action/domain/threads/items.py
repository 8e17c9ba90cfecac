"""Items: the things in a thread that deserve one answer each, and the marker that says which have it.

A run asks which items of its thread have no answer yet, whatever event woke it: a cancelled run's work is thus done
by the next one, and a repeated event finds nothing to do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Literal

from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.relevance import MARKER_PREFIX, GateRules, ignored_label, is_automated, too_short
from hls_action.domain.identity import ThreadId
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.text.request import addressed, heard, unticked
from hls_action.domain.threads.away import MISSED, NEVER_AWAY, Away
from hls_action.domain.threads.commands import Command, CommandRule, Given, command_in
from hls_action.domain.threads.keys import RULE, CurrentKeys, stem
from hls_action.domain.threads.openings import FirstAnswerRule
from hls_action.domain.threads.refusals import refused_in
from hls_action.domain.threads.thread import Author, Comment, Thread

ItemKind = Literal["issue", "pull", "label", "comment"]

MAX_ITEMS = 20
"""How many open comments one reply answers; the newest, since the older ones are the more likely settled."""

MAX_OPEN = 200
"""How many one reply's marker names: the older ones beyond `MAX_ITEMS` too, so that they do not come up again."""

REVIEW_PREFIX = "pull/"
"""How the keys of heads of pull requests begin."""

NOTICE, WAITING, REMINDER = "notice", "waiting", "reminder"
"""The kinds of keys in our markers that name no item."""
_NO_ITEMS = (NOTICE, WAITING, REMINDER)
_MARKER_LINE = re.compile(re.escape(MARKER_PREFIX) + r"1((?: [a-z]+/[\w.:@%-]+)+) -->")


@dataclass(frozen=True)
class Item:
    """Something that deserves one answer.

    ``id`` names it within its thread (issue number, head SHA, label name or comment id). ``digest`` changes when what
    is asked of the bot changes, so that an edit which asks something new is a new item and a typo fixed is not; it
    begins with the rule by which it was made. ``command``: the word of one that code answers, not Claude. ``heard``: it
    is a comment that asks nothing, and may answer a question of ours.
    """

    kind: ItemKind
    id: str
    digest: str = ""
    command: str = field(default="", compare=False)
    heard: bool = field(default=False, compare=False)

    @property
    def key(self) -> str:
        """The idempotency key within a thread, as markers spell it."""
        return f"{self.kind}/{self.id}" + (f"@{self.digest}" if self.digest else "")

    @property
    def is_asked(self) -> bool:
        """Whether somebody asked HLS for an answer, and did not merely open a thread."""
        return self.kind == "label" or (self.kind in ("comment", "issue") and bool(self.digest) and not self.heard)


@dataclass(frozen=True)
class OpenItems:
    """What a thread still owes: ``items`` without a reply, oldest first, or none, and then the ``reason``.

    ``wanted``: keys of all items that deserve an answer, replied to or not. ``ineligible``: why none does.
    ``unannounced_heads``: keys of heads that no event told of, after a review: they are only wanted where every push
    is.
    """

    items: tuple[Item, ...]
    reason: Reason = NONE
    answered_by: Comment | None = None
    wanted: frozenset[str] = frozenset()
    ineligible: Reason = NONE
    unannounced_heads: frozenset[str] = frozenset()

    def permitted(self, events: EventPolicy) -> tuple[Item, ...]:
        """Those among ``items`` that Claude is to answer by the maintainers' choice of events, as many as one reply can
        name.
        """
        asked = (item for item in self.items if not item.command)
        return tuple(item for item in asked if self._is_permitted(item, events))[-MAX_OPEN:]

    def _is_permitted(self, item: Item, events: EventPolicy) -> bool:
        match item.kind:
            case "issue":
                return any(action != "labeled" for action in events.of("issues"))
            case "label":
                return "labeled" in events.of("issues")
            case "comment":
                return bool(events.of("issue_comment"))
            case "pull":
                return bool(events.of("pull_request")) and (events.every_push or item.key not in self.unannounced_heads)


def marker(keys: Iterable[str]) -> str:
    """The first line of a reply that answers the items of these ``keys``."""
    return f"{MARKER_PREFIX}1 {' '.join(keys)} -->"


def marker_keys(body: str) -> tuple[str, ...]:
    """The item keys that a reply's first line names, as they stand there; none when it is no marker."""
    match = _MARKER_LINE.fullmatch(body.split("\n", 1)[0].strip())
    return tuple(match[1].split()) if match else ()


def marked_keys(body: str) -> frozenset[str]:
    """The same, in no order."""
    return frozenset(marker_keys(body))


def marker_authors(thread: Thread) -> tuple[str, ...]:
    """Who in ``thread`` wrote comments that carry a marker, rightly or not."""
    return tuple(dict.fromkeys(c.author.login for c in thread.comments if marked_keys(c.body)))


def replies(thread: Thread, own: frozenset[str]) -> tuple[Comment, ...]:
    """Our replies in ``thread``, oldest first: those with a marker by one of the logins ``own``.

    A marker that somebody else copied counts for nothing.
    """
    return tuple(c for c in thread.comments if c.author.login in own and marked_keys(c.body))


def answered(thread: Thread, own: frozenset[str]) -> dict[str, Comment]:
    """Which reply of ours answers each item key. A notice answers nothing, nor does a reminder.

    An issue that was transferred brings its replies along, whose markers name it by the number that it had: no other
    issue's reply is ever in its thread, so one that names another number is about this one.
    """
    marked = [(key, reply) for reply in replies(thread, own) for key in marked_keys(reply.body)]
    found = {key: reply for key, reply in marked if key.partition("/")[0] not in _NO_ITEMS}
    moved = {f"issue/{thread.number}{key[len(stem(key)) :]}": reply for key, reply in found.items() if _is_issue(key)}
    return {**({} if thread.is_pull else moved), **found}


def _is_issue(key: str) -> bool:
    return key.startswith("issue/")


def notice_key(thread: ThreadId, about: str = "") -> str:
    """What marks the notice in a thread about an answer that is kept back. ``about``: why, if not by a cap."""
    return f"{NOTICE}/{label_id(str(thread))}" + (f"-{about}" if about else "")


def is_notice(reply: Comment) -> bool:
    """Whether a reply of ours only says why there is no answer."""
    return all(key.startswith(f"{NOTICE}/") for key in marker_keys(reply.body))


def digest(text: str) -> str:
    """Stands for ``text``: the rule, and twelve hexadecimal digits; white space at line ends does not count."""
    normal = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    return f"{RULE}:{sha256(normal.encode(errors='replace')).hexdigest()[:12]}" if normal else ""


def open_items(
    thread: Thread,
    replied: Mapping[str, Comment],
    rules: GateRules,
    *,
    pushed: bool = False,
    since: datetime | None = None,
    known_keys: Collection[str] = (),
    again: bool = False,
    first_answer_rule: FirstAnswerRule | None = None,
    command_rule: CommandRule | None = None,
    away: Away = NEVER_AWAY,
) -> OpenItems:
    """Work out what in ``thread`` deserves an answer and has none, whatever events the maintainers chose.

    ``replied``: which reply of ours answers each key. ``pushed``: a push woke this run, so that a new head is to be
    reviewed even when an earlier one was. ``since``: what was written before then no longer waits for an answer.
    ``known_keys``: keys of items that some run took up before, for which neither matters. ``again``: what our latest
    reply to anything that is still wanted answers counts as open, and so does a head that nobody reviewed.
    ``first_answer_rule``: which openings wait for a first answer; None when somebody ordered one. ``command_rule``:
    which commands wait for one; None for all. ``away``: when HLS was paused; what came then and no run took up stays
    unanswered.
    """
    ineligible = ineligible_reason(thread, rules)
    if ineligible:
        return OpenItems((), ineligible, ineligible=ineligible)
    wanted = _without_old_commands(_wanted(thread, rules), replied, command_rule)
    first = next((item for item, _ in wanted if _is_first(item, replied, known_keys)), None)
    refusal = first_answer_rule.refusal(thread, rules) if first_answer_rule and first else NONE
    waiting = [entry for entry in wanted if not (refusal and entry[0] is first)]
    recent = [entry for entry in waiting if since is None or entry[1] >= since or entry[0].key in known_keys]
    asked = [entry for entry in recent if not (entry[0].command or entry[0].key in known_keys)]
    missed = [item for item, at in asked if not covers(replied, item) and away.missed(thread, item.kind, at)]
    due = [item for item, _ in recent if item not in missed]
    keys = frozenset(item.key for item, _ in wanted)
    if not due:
        return OpenItems((), MISSED if missed else refusal or _why_nothing(thread, rules), wanted=keys)
    latest = max(replied.values(), key=lambda reply: reply.id, default=None)
    rewritten = latest_reply_to([item for item in due if not item.command], replied) if again else None
    counted = {key: reply for key, reply in replied.items() if reply.id != rewritten}
    missing = tuple(item for item in due if not covers(counted, item))
    if any(not item.command for item in missing):  # there is something to do, by which a retry is heard
        missing = tuple(item for item in missing if item.command != "retry")
    if not missing:
        why = Reason("already-answered", "every item of this thread has its reply")
        return OpenItems((), why, latest, wanted=keys)
    every_head = pushed or again or not any(key.startswith(REVIEW_PREFIX) for key in replied)
    unheard = (i.key for i in missing if i.kind == "pull" and i.key not in known_keys)
    return OpenItems(missing, wanted=keys, unannounced_heads=frozenset() if every_head else frozenset(unheard))


def _without_old_commands(
    wanted: list[tuple[Item, datetime]], replied: Mapping[str, Comment], rule: CommandRule | None
) -> list[tuple[Item, datetime]]:
    given = [Given(item.key, item.command, written) for item, written in wanted if item.command]
    if rule is None or not given:
        return wanted
    due = rule.due(given, replied)
    return [entry for entry in wanted if not entry[0].command or entry[0].key in due]


def _is_first(item: Item, replied: Mapping[str, Comment], known_keys: Collection[str]) -> bool:
    """Whether ``item`` is an opening that asks nothing, and no run ever answered it or took it up."""
    if item.key in known_keys or item.digest or covers(replied, item):
        return False
    return item.kind == "issue" or (item.kind == "pull" and not any(key.startswith(REVIEW_PREFIX) for key in replied))


def newest(unanswered: tuple[Item, ...]) -> tuple[Item, ...]:
    """Those that one reply answers."""
    return unanswered[-MAX_ITEMS:]


def requests(thread: Thread, unanswered: tuple[Item, ...], rules: GateRules) -> dict[int, str]:
    """What each comment among ``unanswered`` asks, by comment id."""
    wanted = {item.id for item in unanswered if item.kind == "comment"}
    return {comment.id: request_in(comment, rules) for comment in thread.comments if str(comment.id) in wanted}


def requester_of(thread: Thread, item: Item) -> Author:
    """Whoever wants ``item`` answered; who set a trigger label is not known, so it is the author."""
    return author_of(thread, item.key)


def author_of(thread: Thread, key: str) -> Author:
    """Who wrote what a ``key`` stands for; of a comment that is gone, and of a label, the thread's author."""
    kind, _, number = stem(key).partition("/")
    comments = thread.comments if kind == "comment" else ()
    return next((comment.author for comment in comments if str(comment.id) == number), thread.author)


def covers(keys: Collection[str], item: Item) -> bool:
    """Whether one of ``keys`` stands for ``item``.

    Any reply to an issue answers it when it asks for nothing in particular; a request needs a reply to just that.
    """
    if item.kind == "issue" and not item.digest:
        return any(key == item.key or key.startswith(f"{item.key}@") for key in keys)
    return item.key in keys


def latest_reply_to(unanswered: Collection[Item], answered: Mapping[str, Comment]) -> int | None:
    """The id of the latest reply that answers any of ``unanswered`` already."""
    found = [reply.id for item in unanswered for key, reply in answered.items() if covers((key,), item)]
    return max(found, default=None)


def last_reviewed_head(unanswered: tuple[Item, ...], answered: Mapping[str, Comment]) -> str:
    """The head that our latest review of a pull request is about, when a later one is all that is owed; else ``""``."""
    if any(item.kind != "pull" for item in unanswered):  # somebody asks, maybe about any part of it
        return ""
    reviews = {reply.id: key for key, reply in answered.items() if key.startswith(REVIEW_PREFIX)}
    latest = reviews[max(reviews)].removeprefix(REVIEW_PREFIX) if reviews else ""
    return "" if any(item.id == latest for item in unanswered) else latest


def retries(thread: Thread, rules: GateRules) -> tuple[Comment, ...]:
    """The comments by people that have the command ``retry`` alone: for another try at what failed. The newest last."""
    return tuple(sorted((c for c in thread.comments if is_retry(c, rules)), key=lambda each: each.written_at))


def is_retry(comment: Comment, rules: GateRules) -> bool:
    """Whether it asks for nothing but another try."""
    command = command_of(comment, rules)
    return command is not None and command.word == "retry"


def commands(thread: Thread, rules: GateRules) -> tuple[Item, ...]:
    """All commands in ``thread``, answered or not."""
    return tuple(item for item, _ in _wanted(thread, rules) if item.command)


def command_keys(thread: Thread, rules: GateRules) -> frozenset[str]:
    """The keys of all commands in ``thread``."""
    return frozenset(item.key for item in commands(thread, rules))


def command_of(comment: Comment, rules: GateRules) -> Command | None:
    """The command that ``comment`` gives, if it does: by a person, in plain text."""
    return _request(comment, rules)[1]


def _request(comment: Comment, rules: GateRules) -> tuple[str, Command | None]:
    """What ``comment`` asks, or ``""``, and the command that this is, if it is one."""
    is_robot = comment.author.is_robot(rules.ignore_actors, rules.allow_bots)
    if rules.comments == "none" or is_robot or comment.body.lstrip().startswith(MARKER_PREFIX):
        return "", None
    if refused_in(comment.body, rules.mention):
        return "", None
    said = heard(comment.body, rules.mention)
    command = command_in(said) if said is not None else None
    if command is not None:
        return said or command.word, command
    is_whole = comment.heard or rules.comments == "all"
    return comment.body.strip() if is_whole else said or "", None


def ineligible_reason(thread: Thread, rules: GateRules) -> Reason:
    """Why nothing in this thread is to be answered, where that is so."""
    if thread.state == "closed":
        return Reason("closed", "the thread is closed")
    if thread.locked:
        return Reason("locked", "the conversation is locked")
    ignored = ignored_label(thread.labels, rules.ignore_labels)
    return Reason("ignored-label", ignored) if ignored else NONE


def names(thread: Thread, rules: GateRules, edited: datetime | None = None) -> CurrentKeys:
    """What those items of ``thread`` are called that an edit can make others of.

    ``edited``: when an issue's own text was, if that is known.
    """
    found = [item for item, _ in _wanted(thread, rules) if item.kind in ("issue", "comment")]
    times = {f"comment/{c.id}": c.updated_at for c in thread.comments if c.updated_at and c.updated_at > c.created_at}
    own = {f"issue/{thread.number}": edited} if edited else {}
    return CurrentKeys({stem(item.key): item.key for item in found}, {**times, **own})


def _wanted(thread: Thread, rules: GateRules) -> list[tuple[Item, datetime]]:
    """Items with the time they were written, at the latest: of a head, a label and an edit of an issue none is told."""
    found: list[tuple[Item, datetime]] = []
    opening = _opening(thread, rules)
    if opening:
        found.append((opening, thread.updated_at if opening.kind == "pull" or opening.digest else thread.created_at))
    if not thread.is_pull and _has_label(thread, rules.trigger_label):
        found.append((Item("label", label_id(rules.trigger_label)), thread.updated_at))
    for comment in thread.comments:
        request, command = _request(comment, rules)
        if request:
            plain = unticked(comment.body)
            asked = request if plain == comment.body else request_in(replace(comment, body=plain), rules)
            word = command.word if command else ""
            item = Item("comment", str(comment.id), digest(asked), word, heard=comment.heard and not word)
            found.append((item, comment.written_at))
    return found


def _has_label(thread: Thread, name: str) -> bool:
    return name in (label.lower() for label in thread.labels)


def label_id(name: str) -> str:
    """A label's name as a marker can carry it: percent-encoded, so that spaces and the like cannot end the marker."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else f"%{ord(c):x}" for c in name)


def request_in(comment: Comment, rules: GateRules) -> str:
    """What ``comment`` asks of the bot, or ``""``. A mention by itself is a call for help."""
    return _request(comment, rules)[0]


def _opening(thread: Thread, rules: GateRules) -> Item | None:
    """The issue or the pull request's head itself, when it deserves an answer."""
    if thread.author.is_robot(rules.ignore_actors, rules.allow_bots) or thread.body.startswith(MARKER_PREFIX):
        return None
    if thread.pull is not None:
        if thread.pull.draft or is_automated(thread.body, thread.pull.head_ref):
            return None
        return Item("pull", thread.pull.head_sha)
    request = addressed(thread.body, rules.mention)
    long_enough = not too_short(thread.title, thread.body, rules)
    if not (request or (long_enough and not is_automated(thread.body))):
        return None
    return Item("issue", str(thread.number), digest(addressed(unticked(thread.body), rules.mention)))


def _why_nothing(thread: Thread, rules: GateRules) -> Reason:
    if thread.author.is_robot(rules.ignore_actors, rules.allow_bots):
        return Reason("bot-author", thread.author.login)
    if thread.pull is not None and thread.pull.draft:
        return Reason("draft", "the pull request is a draft")
    if is_automated(thread.body, thread.pull.head_ref if thread.pull else ""):
        return Reason("automated-content", thread.title)
    if not thread.is_pull and (short := too_short(thread.title, thread.body, rules)):
        return Reason("too-short", short)
    return Reason("nothing-open", "nothing in this thread asks for an answer")
