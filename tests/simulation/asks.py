"""What people ask, as the simulation knows it: it wrote the texts itself, so it need not read them.

Every ask has a token of its own (``q7``) in its text. Claude's stand-in finds the tokens in what it is asked to answer
and repeats them in its answer, so that what an answer really covers can be told from what its marker claims.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

TOKEN = re.compile(r"\bq\d+\b")
NOTHING = "nothing"
"""The key of what nobody asks."""


@dataclass
class Ask:
    """Something that deserves exactly one answer. ``key`` is spelt as markers and records spell it.

    ``poison``: how Claude fails whenever it is asked this, or ``""``. ``drafted``: an answer to it was in the store.
    ``calls``: how often Claude was asked; ``findings``: how many problems it last said that there are.
    """

    token: str
    number: int
    key: str
    poison: str = ""
    drafted: bool = False
    calls: int = 0
    findings: int | None = None

    def __str__(self) -> str:
        return f"{self.token} (thread {self.number}, {self.key})"


@dataclass
class Asks:
    """All that was ever asked, by token and by thread and key; ``commands``: of what code answers, thread and key."""

    by_token: dict[str, Ask] = field(default_factory=dict)
    by_key: dict[tuple[int, str], Ask] = field(default_factory=dict)
    commands: set[tuple[int, str]] = field(default_factory=set)

    def fresh_token(self) -> str:
        """A token that no ask has."""
        return f"q{len(self.by_token) + 1}"

    def take(self, token: str, number: int) -> None:
        """The token is that of a text which asks nothing so far."""
        self.by_token[token] = Ask(token, number, NOTHING)

    def add(self, token: str, number: int, key: str, poison: str = "") -> Ask:
        """Note a new ask, or find the one that was asked before in the same words."""
        known = self.by_key.get((number, key))
        ask = known or Ask(token, number, key, poison)
        if self.by_token.get(token, ask).key == NOTHING:
            del self.by_token[token]
        self.by_token.setdefault(token, ask)
        self.by_key[number, key] = ask
        return ask


DONE, TO_DO = "- [x] on the newest release", "- [ ] on the newest release"


def request(token: str) -> str:
    """What follows the mention; one request in three has a box below it that people tick."""
    text = f"why does this happen, {token}?"
    return f"{text}\n\n{TO_DO}" if int(token[1:]) % 3 == 0 else text


def issue_body(token: str, asked: str = "") -> str:
    """An issue that is long enough to answer, with a request if ``asked`` is a token."""
    text = f"The export command ends in a traceback when the folder does not exist yet ({token})."
    return f"{text}\n\n/hls {request(asked)}" if asked else text


def comment_body(token: str, preface: str = "") -> str:
    """A comment that asks."""
    return f"{preface}\n/hls {request(token)}" if preface else f"/hls {request(token)}"


def digest(text: str) -> str:
    """The digest in an item's key, worked out here once more: it is part of what is promised."""
    text = text.replace("- [", "[")
    return f"3:{sha256(text.encode()).hexdigest()[:12]}"


def issue_key(number: int, asked: str = "") -> str:
    """The key of an issue, and of the request in it."""
    return f"issue/{number}@{digest(request(asked))}" if asked else f"issue/{number}"


def comment_key(comment_id: int, token: str) -> str:
    """The key of a comment's request."""
    return f"comment/{comment_id}@{digest(request(token))}"


def follow_up(token: str) -> str:
    """What an author answers to a question of ours, without a mention."""
    return f"It is 2.3 ({token})."


def follow_up_key(comment_id: int, token: str) -> str:
    """The key of such a comment."""
    return f"comment/{comment_id}@{digest(follow_up(token))}"


def head_sha(token: str) -> str:
    """The commit that a push made."""
    return sha256(token.encode()).hexdigest()[:40]


def pull_key(token: str) -> str:
    """The key of a pull request's head."""
    return f"pull/{head_sha(token)}"


def command_key(comment_id: int, words: str) -> str:
    """The key of a command that a comment gives."""
    return f"comment/{comment_id}@{digest(words)}"


LABEL_KEY = "label/hls"
