"""Why something ended as it did: a code, by which HLS decides, and a detail, which only people read.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import.
"""

from __future__ import annotations

import re
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from hls_action.errors import HLSError

CODES = {
    # The gate, and why a thread is looked at
    "timed": "the clock or a person asks for a look at open threads",
    "labeled": "the issue got the trigger label",
    "addressed": "the issue speaks to HLS",
    "issue": "an issue is there to be answered",
    "comment": "a comment asks something of HLS",
    "pull-request": "a pull request is there to be reviewed",
    # The gate, and why an event is not
    "unsupported-event": "HLS does not answer this kind of event",
    "unsupported-action": "HLS does not answer this action of the event",
    "bot-sender": "a machine caused the event",
    "other-label": "the label is not the trigger label",
    "own-comment": "the comment is a reply of ours",
    "comments-off": "the maintainers want no comments answered",
    "not-addressed": "the comment does not speak to HLS",
    "same-request": "the edit did not change what is asked",
    "automated-content": "a dependency updater wrote it",
    "fork": "events of forks come without secrets",
    # The thread itself
    "closed": "the thread is closed",
    "locked": "the conversation is locked",
    "ignored-label": "the thread has a label by which HLS leaves it alone",
    "bot-author": "a machine opened the thread",
    "draft": "the pull request is a draft",
    "too-short": "the issue says too little",
    "checklist": "a maintainer's own list of tasks",
    "old-thread": "it is too old for a first answer that nobody asks for",
    "answered-by-maintainer": "a maintainer has answered, and nobody asks HLS",
    # What the line found, or did
    "answered": "the reply stands in the thread",
    "already-answered": "another run was faster, or nothing new was asked",
    "nothing-open": "nothing asks for an answer",
    "event-off": "the maintainers switched this event off",
    "in-progress": "another run has it in hand",
    "until": "the next try is not due yet",
    "too-fresh": "a run of its own may be answering it",
    "failed-before": "it failed, and waits for a person",
    "dry-run": "an answer was written and not posted, as ordered",
    # How an item ended
    "not-relevant": "the pre-check found that it deserves no answer",
    "nothing-new": "a review found no problem, and neither did the one before it, so it was not posted",
    "withdrawn": "it is no longer asked",
    "gave-up": "too many tries led to nothing",
    "notice": "the thread was told of a cap",
    # Sweeps
    "sweep": "how the threads of a sweep ended",
    "fan-out": "which threads are for other jobs",
    "no-time": "the time was over before the first thread",
    # Errors, by their classes in `hls_action.errors`
    "failed": "a failure without a name of its own",
    "usage": "a wrong input, option or event file",
    "config": "the configuration file is wrong",
    "answer-rejected": "Claude's answer must not be posted",
    "model-refused": "Claude declined",
    "answer-truncated": "the answer was cut off",
    "answer-invalid": "the answer is not what was asked for",
    "budget": "the call could cost more than a cap allows",
    "claim-lost": "another run took the items over",
    "synthetic-answer": "no model wrote the answer",
    "deadline": "the run's time was over",
    "upstream": "GitHub or Claude failed a request",
    "cooling-down": "a service asked for a longer pause than a run has time for",
    "thread-unavailable": "nothing can be posted in the thread",
    "conflict": "the state was changed by others, again and again",
    "state-unavailable": "the state cannot be read or written now",
    "state-forbidden": "the token may not write the state branch",
    "state-unreadable": "the state is not what this version understands",
    # Runs that could not say how they ended
    "not-started": "the first step ended before it could say how",
    "not-finished": "the run ended before it could say how",
    "bug": "HLS itself is wrong",
}
"""Every code that HLS gives, with what it says. Codes are promised to workflows: none is given another meaning."""

LINE = 200
"""Characters that fit in a line of the log, or in an output."""

_STORED = r"(?s)([a-z]+(?:-[a-z]+)*):(?: (.*)|\Z)"
_MARK = "…"


class Reason(namedtuple("Reason", "code detail")):
    """``code``: one of `CODES`; ``detail``: for people, and nothing is decided by it. ``Reason()`` is none, and false.

    A reason that was stored may have a code that only another version knows, or none. Errors: ``ValueError`` for a
    code that is not in `CODES`.
    """

    __slots__ = ()
    __contains__ = None  # type: ignore[assignment]  # or a word looked for would never be found, and nobody be told
    code: str
    detail: str

    def __new__(cls, code: str = "", detail: str = "") -> Self:
        """A reason of this version's."""
        if code not in CODES and (code or detail):
            raise ValueError(f"{code!r} is not among the codes of reasons")
        return super().__new__(cls, code, detail)

    def __str__(self) -> str:
        """``code: detail``, or what of it there is."""
        return f"{self.code}: {self.detail}" if self.code and self.detail else self.code or self.detail

    def __bool__(self) -> bool:
        """Whether there is one."""
        return bool(self.code or self.detail)

    def cut(self, size: int) -> Self:
        """The same in at most ``size`` characters, or as many as the code has: only the detail's end is cut off."""
        room = max(0, size - len(f"{self.code}: "))
        return self if len(self.detail) <= room else self._replace(detail=self.detail[:room])

    def advised(self, advice: str) -> Self:
        """With what to do, or to expect, at its end; for that, the detail before it is cut to what a line has room for.

        ``advice``: a few words of ours.
        """
        before = self.detail
        room = max(0, LINE - len(f"{self.code}: ; {advice}"))
        if len(before) > room:
            before = before[: max(0, room - len(_MARK))] + _MARK
        return self._replace(detail=f"{before}; {advice}" if before else advice)


NONE = Reason()


def of(error: HLSError) -> Reason:
    """The reason that an error is."""
    return Reason(error.code, str(error))


def restored(code: str, detail: str) -> Reason:
    """What is stored, whoever wrote it: a code that this version does not know is kept."""
    return Reason._make((code, detail))


def parse(text: str) -> Reason:
    """Read a reason of a state of the first schema, where it was a text: a mere sentence is kept, too."""
    match = re.match(_STORED, text)
    return restored(match[1], match[2] or "") if match else restored("", text)
