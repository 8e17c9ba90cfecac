"""When HLS was paused, and what came then: nobody answers that afterwards, unless HLS was resumed to catch up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hls_action.domain.reasons import Reason
from hls_action.domain.threads.thread import Thread

MISSED = Reason("paused", "to get an answer, ask again: this came while HLS was paused")


@dataclass(frozen=True)
class Away:
    """``spans``: from when until when it was paused. ``edited``: when an issue's own text was, if that is known;
    ``pushed``: a push woke this run.
    """

    spans: tuple[tuple[datetime, datetime], ...] = ()
    edited: datetime | None = None
    pushed: bool = False

    def missed(self, thread: Thread, kind: str, written: datetime) -> bool:
        """Whether what is asked came in such a span. ``written``: when it was, at the latest.

        Of an issue's own text, and of a head, GitHub tells no time: what they began with counts, unless it is known
        that they were edited, or pushed to, since.
        """
        if kind == "issue":
            written = self.edited or thread.created_at
        elif kind == "pull":
            pushed_at = thread.pull.pushed_at if thread.pull else None
            written = pushed_at or thread.created_at
        return not (kind == "pull" and self.pushed) and any(since <= written < until for since, until in self.spans)


NEVER_AWAY = Away()
