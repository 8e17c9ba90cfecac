"""The effects of an answer: labels, then one comment. The comment's marker is what says that an item is answered."""

from __future__ import annotations

from collections.abc import Callable

from hls_action.domain import items
from hls_action.domain.faults import Fault
from hls_action.domain.thread import Comment
from hls_action.errors import UpstreamError
from hls_action.ports import Clock, GitHub
from hls_action.retry import Retrier

LOOKS_AFTER_DOUBT = (0.0, 3.0, 7.0)
"""Seconds to wait before each look for a comment that may have been posted: GitHub's lists may lag for seconds."""


class Publisher:
    """Writes to one repository, each thing at most once."""

    def __init__(self, github: GitHub, clock: Clock, retrier: Retrier) -> None:
        self._github = github
        self._clock = clock
        self._retrier = retrier

    def add_labels(self, number: int, names: tuple[str, ...]) -> str:
        """Add labels; safe to repeat. Returns why they could not be set, or ``""``: it does not hold up the comment."""
        if not names:
            return ""
        try:
            self._retrier.call(lambda: self._github.add_labels(number, names))
        except UpstreamError as error:
            return f"the labels {', '.join(names)} could not be set: {error}"
        return ""

    def replace(self, number: int, comment_id: int, body: str) -> Comment:
        """Put ``body`` in the place of an earlier reply; safe to repeat. Errors: the last `UpstreamError`."""
        return self._retrier.call(lambda: self._github.update_comment(number, comment_id, body))

    def post_once(self, number: int, body: str) -> Comment:
        """Post ``body``, whose first line is a marker, and see it there.

        Once a failed request may have taken effect, every repeat looks for the marker first, and so does giving up.
        Errors: the last `UpstreamError`; nothing is posted after a look that failed.
        """
        in_doubt = False
        keys = items.marked_keys(body)

        def look(error: UpstreamError) -> Comment | None:
            nonlocal in_doubt
            in_doubt = in_doubt or error.fault.may_have_taken_effect
            return self._look(number, keys) if in_doubt else None

        def create() -> Comment:
            comment = self._github.create_comment(number, body)
            if not keys <= items.marked_keys(comment.body):
                raise UpstreamError(
                    Fault("github", "unreadable", "the comment that GitHub shows is not the one posted")
                )
            return comment

        try:
            return self._retrier.call(create, again=look)
        except UpstreamError as error:
            found = look(error)
            if found is None:
                raise
            return found

    def find(self, number: int, keys: frozenset[str], *, patiently: bool) -> Comment | None:
        """Our reply whose marker names all ``keys``, if there is one. Errors: `UpstreamError`: nobody can tell.

        ``patiently``: it may have been posted just now.
        """
        waits = LOOKS_AFTER_DOUBT if patiently else LOOKS_AFTER_DOUBT[:1]
        return self._look(number, keys, waits, self._retrier.call)

    def _look(
        self,
        number: int,
        keys: frozenset[str],
        waits: tuple[float, ...] = LOOKS_AFTER_DOUBT,
        call: Callable[[Callable[[], Comment | None]], Comment | None] = lambda look: look(),
    ) -> Comment | None:
        """``call`` repeats a look that failed; between attempts that have a retry of their own, each is made once."""
        for wait in waits:
            if wait:
                self._clock.sleep(wait)
            found = call(lambda: self._once(number, keys))
            if found is not None:
                return found
        return None

    def _once(self, number: int, keys: frozenset[str]) -> Comment | None:
        marked = (c for c in self._github.comments(number) if keys <= items.marked_keys(c.body))
        return next((c for c in marked if self._github.is_own(c.author.login)), None)
