"""Which threads are due a first answer, or a review, although nobody addressed HLS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hls_action.domain.events.relevance import CHECKLIST, MARKER_PREFIX, RECENT_DAYS, GateRules
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.text.plain import is_checklist
from hls_action.domain.text.request import heard
from hls_action.domain.threads.thread import Comment, Thread

RECENT = timedelta(days=RECENT_DAYS)
"""How old a thread may be that some event has a run look at."""


@dataclass(frozen=True)
class FirstAnswerRule:
    """When a thread gets a first answer though nobody in it asked HLS for one.

    ``since``: threads opened before then are too old for one; ``about_opening``: the run's event is about the opening
    itself, whose age does not matter then.
    """

    since: datetime
    about_opening: bool = False

    def refusal(self, thread: Thread, rules: GateRules) -> Reason:
        """Why the opening of ``thread`` waits for no first answer, where that is so."""
        if not thread.is_pull and thread.author.is_maintainer and is_checklist(thread.body):
            return Reason("checklist", CHECKLIST)
        if thread.is_pull and self.about_opening:  # what was said of an earlier head is no review of this one
            return NONE
        answer = next((comment for comment in thread.comments if answers_author(comment, thread, rules)), None)
        if answer is not None:
            why = f"{answer.author.login} did; to get an answer from HLS as well, start a comment with {rules.mention}"
            return Reason("answered-by-maintainer", why)
        return NONE if self.about_opening or _is_new(thread, self.since) else self._too_old(thread, rules)

    def _too_old(self, thread: Thread, rules: GateRules) -> Reason:
        why = f"opened on {thread.created_at:%Y-%m-%d}; to get an answer, start a comment with {rules.mention}"
        return Reason("old-thread", why)


def _is_new(thread: Thread, since: datetime) -> bool:
    """By when it was opened, or pushed to where that is known: anybody and any machine can have updated it since."""
    pushed_at = thread.pull.pushed_at if thread.pull else None
    return thread.created_at >= since or (pushed_at is not None and pushed_at >= since)


def answers_author(comment: Comment, thread: Thread, rules: GateRules) -> bool:
    """Whether a maintainer says something here to whoever opened the thread, and not to HLS."""
    author = comment.author
    if not author.is_maintainer or author.login == thread.author.login:
        return False
    if author.is_robot(rules.ignore_actors) or comment.body.lstrip().startswith(MARKER_PREFIX):
        return False
    return heard(comment.body, rules.mention) is None
