"""Eyes under what somebody asked while HLS is at work on it: begun beside Claude's call, taken away at its end.

No reply waits for them, and whatever goes wrong with them is of no account: see `docs/adr/053-the-visible-ear.md`.
"""

from __future__ import annotations

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import ClaimDecision
from hls_action.domain.settings import Settings
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.keys import Place, place_asked
from hls_action.line.run import Run
from hls_action.line.view import View

ATTEMPTS = 2
"""How often it is tried to take them away."""


class Eyes:
    """The eyes at one place of a thread; none where ``place`` is None. ``begun``: whether they may be there."""

    def __init__(self, run: Run, thread: ThreadId, place: Place | None) -> None:
        self._run = run
        self._thread = thread
        self._place = place
        self._reaction: int | None = None
        self._in_doubt = False
        self.begun = place is not None
        self._shown = run.start(self._show) if self.begun else lambda: None

    def _show(self) -> None:
        assert self._place is not None  # noqa: S101 - else it is not begun
        try:
            self._reaction = self._run.github.add_eyes(self._thread, self._place.comment)
        except HLSError as error:
            self._in_doubt = isinstance(error, UpstreamError) and error.fault.may_have_taken_effect

    def close(self) -> None:
        """Take them away. What may be there is set once more, for GitHub then tells which reaction it is."""
        try:
            self._shown()
            if self._reaction is None and self._in_doubt:
                self._show()
            for _ in range(ATTEMPTS if self._reaction is not None else 0):
                if self._take_away(self._reaction or 0):
                    return
        except HLSError:  # the run's time is over
            return

    def _take_away(self, reaction: int) -> bool:
        assert self._place is not None  # noqa: S101 - there is a reaction
        try:
            self._run.github.remove_eyes(self._thread, self._place.comment, reaction)
        except UpstreamError:
            return False
        return True


def open_eyes(run: Run, thread: ThreadId, unanswered: tuple[Item, ...], settings: Settings) -> Eyes:
    """Begin to show that HLS is at work, where somebody asked: at the newest request."""
    wanted = settings.eyes and not run.materials.dry_run
    return Eyes(run, thread, place_asked([item.key for item in unanswered]) if wanted else None)


def close_eyes(run: Run, thread: ThreadId, draft: Draft) -> None:
    """Take away what a run left that wrote this answer, and died. Which reaction that is, GitHub tells: what is stored
    is not trusted with it.
    """
    if draft.eyes:
        Eyes(run, thread, place_asked(draft.keys)).close()


def close_left(run: Run, view: View, decision: ClaimDecision) -> None:
    """The same where the answer was posted, or is not wanted any more."""
    ended = {record.key for record in decision.closed}
    names = {record.draft: record for record in view.records if record.draft and record.key in ended}
    for record in names.values() if not run.materials.dry_run else ():
        draft = run.ledger().draft(record)
        if draft is not None:
            close_eyes(run, view.thread.id, draft)
