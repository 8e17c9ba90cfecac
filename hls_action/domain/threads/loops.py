"""Loops: accounts that go on only because HLS answers them, as bots do under the name of a person.

Each reply of ours that somebody answers is a round. A round is mechanical where nobody could have read the reply and
written that in the time, or where it repeats what was said, or says nothing. People have such rounds, too, and so it
takes `ROUNDS` of them without a break, by whomever. It also takes `QUICK_ROUNDS` in which one account alone answers
within a minute, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from hls_action.domain.events.relevance import GateRules
from hls_action.domain.threads.items import is_notice, is_retry, replies
from hls_action.domain.threads.thread import Comment, Thread

ROUNDS = 3
"""So many mechanical rounds are a loop: the last of them gets no answer."""
QUICK_ROUNDS, QUICK = 5, timedelta(minutes=1)
"""So many rounds so quick are one, too."""
LEAST_SECONDS, WRITTEN, READ, MOST_READ = 5.0, 10.0, 100.0, 1_000
"""What anybody takes for a reply at least, how many characters a second the quickest write and skim, and how many of a
text they skim before they write.
"""
ALIKE = 0.9
"""From which similarity on a text is a repetition. Two short questions about different versions are less alike."""
LOOKED_BACK = 15
"""Replies of ours before which nothing is looked at: a thread may have thousands of comments."""
GRAM, COMPARED, LOOKED_AT = 3, 2_000, 4
"""Characters of an n-gram, those of a text that are compared, and how many earlier texts of an account."""
TELLING, COPIED = 20, 60
"""How many characters of its own a text needs to be told by them, and how many to be told from a chance likeness."""
_QUOTED = re.compile(r"(?ms)^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)|^ {0,3}>[^\n]*")
"""What nobody types: quotations, and blocks of code."""
_PLEASANTRY = re.compile(
    r"(?:[\W_]|\b(?:a|again|all|and|answer|appreciated?|awesome|clear|cool|for|glad|good|got|great|happy|help(?:ful|ing)?"
    r"|i|is|it|lot|many|much|nice|no|noted|of|ok|okay|perfect|problem|reply|so|sounds|sure|thanks?|thank|that|the|this|to"
    r"|understood|very|welcome|well|worries|yes|you|your)\b)*",
    re.IGNORECASE,
)
"""A text of these words alone asks nothing."""


@dataclass(frozen=True)
class _Said:
    """What somebody said: ``after`` what somebody else did last, and after the account's own ``earlier`` texts. None
    mentions us. ``may_repeat``: in a pull request, people ask for the same after each push.
    """

    comment: Comment
    after: Comment
    earlier: tuple[Comment, ...]
    may_repeat: bool

    @property
    def login(self) -> str:
        """Of the account."""
        return self.comment.author.login

    @property
    def taken(self) -> timedelta:
        """How long it took, at most."""
        return self.comment.written_at - max(each.created_at for each in (self.after, *self.earlier))

    @property
    def read(self) -> int:
        """Characters that were to be read before, unless the account has said something to that already."""
        is_read = any(each.created_at > self.after.created_at for each in self.earlier)
        return 0 if is_read else min(len(self.after.body), MOST_READ)


def looping(thread: Thread, own: frozenset[str], rules: GateRules) -> frozenset[str]:
    """The logins of the accounts whose newest comments only keep a loop going. ``own``: those whose markers are ours.

    What somebody else wants after the latest reply is for itself: a loop does not take the floor from anybody.
    """
    *earlier, newest = _rounds(thread, own, rules) or [[]]
    if len(earlier) < ROUNDS - 1:
        return frozenset()
    is_mechanical = all(map(_is_mechanical, _flat(earlier[1 - ROUNDS :])))
    alone = _quick_alone(earlier)
    by_login: dict[str, list[_Said]] = {}
    for said in newest:
        by_login.setdefault(said.login, []).append(said)
    return frozenset(
        login
        for login, found in by_login.items()
        if (is_mechanical and all(map(_is_mechanical, found))) or (login == alone and _are_quick(found))
    )


def _quick_alone(earlier: list[list[_Said]]) -> str:
    """The one account that answered each of our last replies at once, if there is one."""
    found = _flat(earlier[1 - QUICK_ROUNDS :]) if len(earlier) >= QUICK_ROUNDS - 1 else []
    logins = {said.login for said in found}
    return logins.pop() if len(logins) == 1 and _are_quick(found) else ""


def _are_quick(found: list[_Said]) -> bool:
    return all(said.taken < QUICK for said in found)


def _rounds(thread: Thread, own: frozenset[str], rules: GateRules) -> list[list[_Said]]:
    """What people said after each reply of ours, oldest first; the last is what nobody has answered yet, if anything.

    Other robots say what they always say, and are passed over, as is who asks for another try. A notice is no reply.
    """
    ours = {reply.id: not is_notice(reply) for reply in replies(thread, own)[-LOOKED_BACK:]}
    found: list[list[_Said]] = []
    last: dict[str, Comment] = {}  # by login, ours by ""; the latest is at the end
    texts: dict[str, tuple[Comment, ...]] = {}
    for known in _since(min(ours, default=0), thread.comments):
        comment, login = replace(known, body=known.body.replace(rules.mention, "")), known.author.login
        if comment.id in ours:
            login = ""
            if ours[comment.id] and (not found or found[-1]):
                found.append([])
        elif comment.author.is_robot(rules.ignore_actors) or is_retry(known, rules):
            continue
        elif found:
            after = next(each for name, each in reversed(last.items()) if name != login)
            found[-1].append(_Said(comment, after, texts.get(login, ()), may_repeat=thread.is_pull))
        last.pop(login, None)
        last[login] = comment
        texts[login] = (*texts.get(login, ()), comment)[-LOOKED_AT:]
    return found


def _since(reply: int, comments: tuple[Comment, ...]) -> list[Comment]:
    """A reply, by its id, and what came after it; nothing where there is no such comment."""
    ordered = sorted(comments, key=lambda each: (each.created_at, each.id))
    place = next((place for place, each in enumerate(ordered) if each.id == reply), len(ordered))
    return ordered[place:]


def _flat(rounds: Iterable[list[_Said]]) -> list[_Said]:
    return [said for each in rounds for said in each]


def _is_mechanical(said: _Said) -> bool:
    body = said.comment.body
    return (
        _is_too_fast(said)
        or _PLEASANTRY.fullmatch(body) is not None
        or (not said.may_repeat and any(_are_alike(body, each.body) for each in said.earlier))
        or _is_copied(_typed(body), _typed(said.after.body))
    )


def _is_too_fast(said: _Said) -> bool:
    needed = len(_typed(said.comment.body)) / WRITTEN + said.read / READ
    return said.taken.total_seconds() < max(LEAST_SECONDS, needed)


def _is_copied(text: str, source: str) -> bool:
    """Whether a text of some length has hardly a word of its own, whatever else the source says."""
    grams = _grams(text)
    return len(text) >= COPIED and len(grams & _grams(source)) >= ALIKE * len(grams)


def _are_alike(one: str, other: str) -> bool:
    return similarity(_telling(one), _telling(other)) >= ALIKE


def _telling(body: str) -> str:
    """What a text is told by: what was typed, unless that is hardly anything, as beside a pasted log."""
    typed = _typed(body)
    return typed if len(typed) >= TELLING else _plain(body)


def _typed(body: str) -> str:
    return _plain(_QUOTED.sub(" ", body))


def _plain(text: str) -> str:
    """In small letters, with single blanks."""
    return " ".join(text.lower().split())


def similarity(one: str, other: str) -> float:
    """How much two texts have in common, from 0 to 1: Dice's coefficient of their character n-grams."""
    first, second = _grams(one), _grams(other)
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 1.0


def _grams(text: str) -> frozenset[str]:
    text = f" {text[:COMPARED]} "
    return frozenset(text[place : place + GRAM] for place in range(len(text) - GRAM + 1))
