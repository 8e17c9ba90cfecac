"""A written answer on its way to GitHub: in time, once, seen there, and on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from hls_action.custody import Custody, Records, Taken
from hls_action.domain.claims import Situation
from hls_action.domain.keys import spelt_as
from hls_action.domain.ledger import Draft, Ledger
from hls_action.domain.outcome import Outcome, skipped
from hls_action.domain.reasons import Reason
from hls_action.domain.thread import Comment
from hls_action.errors import DeadlineExceeded, HLSError
from hls_action.ports import Clock
from hls_action.publishing import Publisher

GRACE = timedelta(seconds=180)
"""How long a claim outlasts its run's deadline: longer than a run can be late, clocks can differ and lists can lag."""
FENCE = timedelta(seconds=90)
"""How long before its claim ends a run stops posting, so that whoever takes over finds what there is to find."""


@dataclass
class Hand:
    """What a run holds of one thread: what it took, and the keys of it that are not finished."""

    seen: Situation
    taken: Taken
    keys: set[str]


class Delivery:
    """Posts answers that are on record. Errors: the last `UpstreamError`, `ThreadUnavailable`, `DeadlineExceeded`."""

    def __init__(self, publisher: Publisher, custody: Custody, clock: Clock, render: Callable[[Draft], str]) -> None:
        """``render``: makes the comment of a draft, whoever wrote that."""
        self._publisher = publisher
        self._custody = custody
        self._clock = clock
        self._render = render

    def deliver(self, hand: Hand, draft: Draft, outcome: Outcome) -> Outcome:
        """Post what this run wrote, and write down that it is there."""
        self._check_time()
        return self._post(hand, draft, outcome)

    def finish(self, hand: Hand, ledger: Ledger) -> Outcome:
        """Post what earlier runs wrote and could not post, or find that they did."""
        outcome = skipped(Reason("nothing-open", "nothing here asks for an answer"), number=hand.seen.thread.number)
        for records in hand.taken.standing.finish.values():
            draft = ledger.draft(records[0])
            if draft is not None:
                outcome = self._finish(hand, records, draft)
        return outcome

    def _finish(self, hand: Hand, records: Records, draft: Draft) -> Outcome:
        keys = frozenset(draft.keys)
        named = ", ".join(sorted(spelt_as(keys, hand.keys)))
        outcome = Outcome(
            status="done",
            reason=Reason("answered", f"{named}; an earlier run had written it"),
            number=hand.seen.thread.number,
            labels=draft.labels,
            body=self._render(draft),
        )
        self._check_time()
        if draft.comment.replaces is None:  # else the marker is there in any case, and replacing is safe to repeat
            now = self._clock.now()
            recent = any(now < (record.until or record.at) or now - record.at < GRACE for record in records)
            found = self._publisher.find(hand.seen.thread.number, keys, patiently=recent)
            if found is not None:
                return self._seen(hand, keys, found, outcome)
        return self._post(hand, draft, outcome)

    def _check_time(self) -> None:
        if self._clock.now() > self._custody.until - FENCE:
            raise DeadlineExceeded("too late to post: another run may take over any moment; the answer is kept")

    def _post(self, hand: Hand, draft: Draft, outcome: Outcome) -> Outcome:
        number = hand.seen.thread.number
        note = self._publisher.add_labels(number, draft.labels)
        if note:
            outcome = replace(outcome, notes=(*outcome.notes, note), labels=())
        body, replaces = self._render(draft), draft.comment.replaces
        if replaces is None:
            comment = self._publisher.post_once(number, body)
        else:
            comment = self._publisher.replace(number, replaces, body)
        return self._seen(hand, frozenset(draft.keys), comment, outcome)

    def _seen(self, hand: Hand, marked: frozenset[str], comment: Comment, outcome: Outcome) -> Outcome:
        """The comment stands, which is what counts; should the ledger not learn of it now, the next run tells it."""
        held = sorted(spelt_as(marked, hand.keys))  # the answer may have been written under another rule of digests
        hand.keys.difference_update(held)
        outcome = replace(outcome, comment_url=comment.url)
        try:
            return replace(outcome, records=self._custody.published(hand.seen, held, comment))
        except HLSError as error:
            return replace(outcome, notes=(*outcome.notes, f"posted, but not recorded: {error}"))
