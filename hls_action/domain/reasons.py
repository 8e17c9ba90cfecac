"""Why something ended as it did: a code, by which HLS decides, and words, which only people read.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from hls_action.domain.errors import HLSError

CODES = {
    # The gate, and why a thread is looked at
    "timed": "a schedule or a person asks for a sweep of open threads",
    "labeled": "the issue got the trigger label",
    "addressed": "the issue is addressed to HLS",
    "issue": "there is an issue to answer",
    "comment": "a comment asks something of HLS",
    "pull-request": "there is a pull request to review",
    # The gate, and why an event is not
    "stopped": "the emergency stop is set",
    "unsupported-event": "HLS does not answer this kind of event",
    "unsupported-action": "HLS does not answer this action of the event",
    "bot-sender": "a bot caused the event",
    "may-not-ask": "the input 'who' does not let the author ask",
    "other-label": "the label is not the trigger label",
    "own-comment": "the comment is one of HLS's own replies",
    "comments-off": "answering comments is switched off",
    "not-addressed": "the comment is not addressed to HLS",
    "same-request": "the edit did not change the request",
    "automated-content": "a dependency updater wrote it",
    "fork": "events from forks have no access to secrets",
    # The thread itself
    "closed": "the thread is closed",
    "locked": "the conversation is locked",
    "ignored-label": "the thread has a label that tells HLS to ignore it",
    "bot-author": "a bot opened the thread",
    "bot-answered": "HLS has answered that bot, and no person has asked since",
    "draft": "the pull request is a draft",
    "too-short": "the issue has too little text",
    "checklist": "a maintainer's own list of tasks",
    "old-thread": "it is too old for an unrequested first answer",
    "answered-by-maintainer": "a maintainer has answered, and nobody asks HLS",
    # What the line found, or did
    "answered": "the reply is in the thread",
    "sensitive": "Claude takes the thread for a security report; HLS pointed to the private channel",
    "already-answered": "another run was faster, or nothing new was asked",
    "nothing-open": "nothing asks for an answer",
    "switched-off": "the maintainers' budget for a day or a month is zero",
    "event-off": "the maintainers switched this event off",
    "in-progress": "another run is working on it",
    "until": "the next try is not due yet",
    "too-fresh": "the event's own run may be answering it",
    "failed-before": "it failed, and needs a person",
    "dry-run": "an answer was written and, in a dry run, not posted",
    "paused": "somebody with write access paused HLS, or it came while HLS was paused",
    "commanded": "a command was obeyed, and answered without Claude",
    "handed-over": "a job of a split workflow did its part, and the next one goes on",
    # How an item ended
    "not-allowed": "whoever gave the command may not give it, or somebody overruled it",
    "not-relevant": "the look found it not relevant",
    "nothing-new": "a push adds nothing to the review before: it changes nothing, or neither found a problem",
    "no-reply-needed": "Claude found that no reply would help, and nobody asked for one",
    "low-confidence": "Claude was less sure of its reply than `least_confidence` asks, and nobody asked for one",
    "withdrawn": "the request was withdrawn",
    "gave-up": "too many tries failed",
    "loop": "an account only keeps a loop going; a maintainer, or somebody else, has to ask",
    "notice": "the thread was notified, once, why there is no answer",
    "reminder": "the author was reminded of a question",
    # Sweeps
    "sweep": "how the threads of a sweep ended",
    "fan-out": "threads were handed to other jobs",
    "no-time": "time ran out before all threads were checked",
    # Errors, by their classes in `hls_action.errors`
    "failed": "a failure without a name of its own",
    "usage": "a wrong input, option or event file",
    "config": "the configuration file is wrong",
    "answer-rejected": "Claude's answer must not be posted",
    "model-refused": "Claude declined",
    "answer-truncated": "the answer was cut off",
    "answer-invalid": "the answer does not match the schema",
    "budget": "the call could cost more than a cap allows",
    "share": "people without write access have had their share of the day's budget",
    "rate-limited-actor": "the account has had as many answers as `limits.per_actor` allows",
    "rate-limited-thread": "the thread has had as many answers as `limits.per_thread` allows, or many in a few minutes",
    "rate-limited-repository": "the repository has had as many answers as `limits.per_repository` allows",
    "claim-lost": "another run took the items over",
    "synthetic-answer": "no model wrote the answer",
    "deadline": "the run ran out of time",
    "upstream": "GitHub or Claude failed a request",
    "token-refused": "GitHub refuses the token, or what it is used for",
    "spend-limit": "Claude's account has reached a spend limit or has no credit left",
    "cooling-down": "a service asked for a longer pause than the run can wait",
    "thread-unavailable": "nothing can be posted in the thread",
    "conflict": "other runs kept changing the state",
    "source-unavailable": "the repository's files cannot be read",
    "index-unreadable": "the index of issues cannot be read",
    "state-unavailable": "the state cannot be read or written now",
    "state-forbidden": "the token may not write the state branch",
    "secret-refused": "GitHub took something in the answer for a secret, so it was neither stored nor posted",
    "state-unreadable": "this version cannot read the state",
    "state-unreachable": "this runner cannot reach the state branch",
    # Runs that could not begin, or not say how they ended
    "install": "HLS could not be installed on this runner",
    "not-started": "the first step ended before it could report its outcome",
    "not-finished": "the run ended before it could say how",
    "bug": "a bug in HLS",
}
"""Every code that HLS gives, with what it says. Codes are promised to workflows: none is given another meaning."""

LINE = 200
"""Characters that are shown of what strangers wrote, in a line of the log or in an output."""
WHOLE = 4_000
"""Characters that are shown of what HLS says itself, which is never as long: advice that is cut off is no advice."""

_STORED = r"(?s)([a-z]+(?:-[a-z]+)*):(?: (.*)|\Z)"
_MARK = "…"


class Reason(namedtuple("Reason", "code detail cause")):
    """``code``: one of `CODES`. The rest is for people, and nothing is decided by it.

    ``detail`` begins with what to do, if there is anything; ``cause`` is what a service or a program said, word for
    word. ``Reason()`` is none, and false.
    """

    __slots__ = ()
    __contains__ = None  # type: ignore[assignment]  # or a word looked for would never be found, and nobody be told
    code: str
    detail: str
    cause: str

    def __new__(cls, code: str = "", detail: str = "", cause: str = "") -> Self:
        """A reason of this version's."""
        if code not in CODES and (code or detail or cause):
            raise ValueError(f"{code!r} is not among the codes of reasons")
        return super().__new__(cls, code, detail, cause)

    def __str__(self) -> str:
        """``code: detail (cause)``, or what of it there is."""
        return f"{self.without_cause} ({self.cause})" if self.cause else self.without_cause

    @property
    def without_cause(self) -> str:
        """The same without the cause."""
        return f"{self.code}: {self.detail}" if self.code and self.detail else self.code or self.detail

    def __bool__(self) -> bool:
        """Whether there is one."""
        return any(self)

    def within(self, code: str, before: str = "") -> Self:
        """What came of it: the reason ``code``, which says ``before`` and then this one, with its cause."""
        return type(self)(code, "; ".join(part for part in (before, self.without_cause) if part), self.cause)

    def cut(self, size: int) -> Self:
        """The same in at most ``size`` characters of words: the cause is cut first, and the detail from its end."""
        detail = _cut(self.detail, size)
        return self._replace(detail=detail, cause=_cut(self.cause, size - len(detail)))

    def advised(self, advice: str) -> Self:
        """With what to do, or to expect, before all else that is said."""
        return self._replace(detail=f"{advice}; {self.detail}" if self.detail else advice)


NONE = Reason()


def of(error: HLSError) -> Reason:
    """The reason that an error is."""
    return Reason(error.code, error.message, error.cause)


def restored(code: str, detail: str, cause: str = "") -> Reason:
    """What is stored, whoever wrote it: a code that this version does not know is kept."""
    return Reason._make((code, detail, cause))


def parse(text: str) -> Reason:
    """Read a reason of a state of the first schema, where it was a text: a mere sentence is kept, too."""
    import re  # slow to import, and the gate has no state

    match = re.match(_STORED, text)
    return restored(match[1], match[2] or "") if match else restored("", text)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: max(0, size - len(_MARK))]}{_MARK}"[: max(0, size)]
