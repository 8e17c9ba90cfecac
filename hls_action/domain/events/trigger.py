"""Why a run looks at threads, and at which."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from hls_action.domain.identity import ThreadId


@dataclass(frozen=True)
class Trigger:
    """Why a run looks at ``threads``: most often one, and none for a sweep, which looks for them itself.

    ``event`` and ``action`` are empty for a sweep and for a re-run by hand, which no concurrency group keeps apart from
    the thread's own runs. ``is_pull``: whether the thread is a pull request, where that is known. ``comment``: the id
    of the comment that woke the run. ``repeated``: somebody ran the same event's run again. ``since``: leave alone what
    is older. ``opening``: the event is about what the thread begins with. ``quiet_before``: leave the whole thread
    alone when it changed after this. ``edited``: when the issue's own text was, if that woke the run. ``transferred``:
    the issue came from another repository. ``retry``: try again what failed or waits. ``force``: answer anew what has
    its answer.
    """

    threads: tuple[ThreadId, ...] = ()
    event: str = ""
    action: str = ""
    is_pull: bool | None = None
    comment: int | None = None
    repeated: bool = False
    since: datetime | None = None
    opening: bool = False
    quiet_before: datetime | None = None
    edited: datetime | None = None
    transferred: bool = False
    retry: bool = False
    force: bool = False

    @property
    def is_new(self) -> bool:
        """Whether, by the event, it is about something that nobody can have answered before."""
        return self.action in ("opened", "created") and not (self.repeated or self.transferred)

    @property
    def just_opened(self) -> bool:
        """Whether an issue whose count says that it has no comments is believed: right after an answer, it may lag."""
        return self.event == "issues" and self.action == "opened" and not (self.repeated or self.transferred)

    @property
    def retries(self) -> bool:
        """Whether what failed is to be tried again. Who forces an answer wants that, too."""
        return self.retry or self.force

    @property
    def ordered(self) -> bool:
        """Whether a maintainer named the thread, and so asks for whatever in it has no answer."""
        return self.since is None and self.retries

    @property
    def pushed(self) -> bool:
        """Whether a push woke the run, so that a new head is to be reviewed even when an earlier one was."""
        return self.action == "synchronize"

    def for_one(self, place: int) -> Trigger:
        """The same for one of its threads, by its place among them."""
        return replace(self, threads=(self.threads[place],))
