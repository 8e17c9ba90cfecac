"""Telling people of alerts: in one issue that is opened, added to and closed, and by a webhook.

It comes after everything else: what became of the items is on record by then, and nothing here puts that at risk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hls_action.domain import alerts
from hls_action.domain.alerts import MARKER, Alert
from hls_action.domain.faults import Disposition, disposition
from hls_action.domain.items import marked_keys
from hls_action.domain.ledger import Ledger
from hls_action.domain.policy import Settings
from hls_action.errors import ThreadUnavailable, UpstreamError
from hls_action.journal import Journal
from hls_action.ports import Clock, GitHub
from hls_action.publishing import LOOKS_AFTER_DOUBT, Publisher
from hls_action.retry import Retrier

TITLE = "HLS: budget and errors"
AFTER = (
    "What waits for a cap is answered by itself once the day or the month is over. What failed stays listed on the "
    "page of the state branch, with the reason; run the workflow by hand with its number to try again."
)
FOOTER = (
    "<sub>HLS keeps this issue: it is closed when the period is over, and opened again when there is news. `budget` "
    "and `alerts` in the configuration say when.</sub>"
)

Webhook = Callable[[str], str]
"""Sends a line of text to wherever the maintainers want it. Returns what went wrong, or ``""``."""


@dataclass(frozen=True)
class Heard:
    """What this run told people. ``notes``: what did not work out."""

    alerts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Alerter:
    """Tells people of what the ledger shows, each threshold once a period, whichever run it is."""

    def __init__(
        self,
        github: GitHub,
        publisher: Publisher,
        journal: Journal,
        retrier: Retrier,
        clock: Clock,
        webhook: Webhook | None = None,
    ) -> None:
        self._github = github
        self._publisher = publisher
        self._journal = journal
        self._retrier = retrier
        self._clock = clock
        self._webhook = webhook

    def watch(self, settings: Settings) -> Heard:
        """Tell what is due by the ledger as this run last knew it; most often nothing, and then nothing is asked.

        Errors: `UpstreamError` that may pass, and then a later run tells it; `StateUnavailable` and the like.
        """
        known = self._journal.known
        if known is None or not self._journal.shared or not self._has_work(known, settings):
            return Heard()
        mine, found = False, tuple[Alert, ...]()

        def step(ledger: Ledger) -> Ledger:
            nonlocal mine, found
            now = self._clock.now()
            found = alerts.due(ledger, self._standing(ledger, settings))
            mine = self._has_work(ledger, settings) and not alerts.is_held(ledger, self._journal.claimant, now)
            return alerts.take(ledger, self._journal.claimant, now) if mine else ledger

        ledger = self._journal.update(step, self._retrier)
        return self._tell(ledger, settings, found) if mine else Heard()

    def _standing(self, ledger: Ledger, settings: Settings) -> tuple[Alert, ...]:
        return alerts.standing(ledger, self._journal.repository, settings.alerts, settings.caps, self._clock.now())

    def _has_work(self, ledger: Ledger, settings: Settings) -> bool:
        due = alerts.due(ledger, self._standing(ledger, settings))
        return bool(due) or alerts.is_over(ledger, self._clock.now())

    def _tell(self, ledger: Ledger, settings: Settings, found: tuple[Alert, ...]) -> Heard:
        me, issue, notes = self._journal.claimant, ledger.told.issue, list[str]()
        page = _page(self._standing(ledger, settings))
        try:
            if not found:
                issue = self._closed(issue, page)
            elif settings.alerts.issue:
                issue = self._opened(issue, page, found)
        except UpstreamError as error:
            if disposition(error.fault) is not Disposition.FAIL:
                self._journal.update(lambda now: alerts.keep(now, me, issue), self._retrier)
                raise
            notes.append(f"the alert issue could not be written: {error}")
        except ThreadUnavailable as error:
            notes.append(f"the alert issue could not be written: {error}")
        lines = tuple(alert.text for alert in found)
        if found and self._webhook is not None:
            problem = self._webhook(f"HLS, {self._journal.repository}: {' '.join(lines)}")
            notes += [f"the alert webhook could not be told: {problem}"] if problem else []
        is_open = bool(found) and settings.alerts.issue and issue is not None
        self._journal.update(lambda now: alerts.tell(now, me, found, issue, is_open=is_open), self._retrier)
        return Heard(lines, tuple(notes))

    def _opened(self, issue: int | None, page: str, found: tuple[Alert, ...]) -> int:
        """The issue, open, saying ``page``, with one comment for what is new. An issue that is new says it itself."""
        number = issue if issue is not None else self._find()
        if number is None:
            return self._created(page)
        try:
            self._retrier.call(lambda: self._github.update_issue(number, page, is_open=True))
        except ThreadUnavailable:
            return self._created(page)
        body = _comment(found)
        if self._publisher.find(number, marked_keys(body), patiently=False) is None:
            self._publisher.post_once(number, body)
        return number

    def _created(self, page: str) -> int:
        return self._retrier.call(
            lambda: self._github.create_issue(TITLE, page),
            again=lambda error: self._look() if error.fault.may_have_taken_effect else None,
        )

    def _look(self) -> int | None:
        """After a request that may have opened it: lists lag."""
        for wait in LOOKS_AFTER_DOUBT:
            self._clock.sleep(wait)
            number = self._github.own_issue(MARKER)
            if number is not None:
                return number
        return None

    def _find(self) -> int | None:
        return self._retrier.call(lambda: self._github.own_issue(MARKER))

    def _closed(self, issue: int | None, page: str) -> int | None:
        if issue is None:
            return None
        try:
            self._retrier.call(lambda: self._github.update_issue(issue, page, is_open=False))
        except ThreadUnavailable:
            return None
        return issue


def _page(standing: Iterable[Alert]) -> str:
    """What the issue says."""
    lines = [f"- {alert.text}" for alert in standing] or ["Nothing to report."]
    return "\n".join([MARKER, *lines, "", AFTER, "", FOOTER])


def _comment(found: Iterable[Alert]) -> str:
    told = tuple(found)
    marker = f"<!-- hls:1 {' '.join(alert.key for alert in told)} -->"
    return "\n".join([marker, *(alert.text for alert in told)])
