"""Send alerts: in one issue that is opened, commented on and closed, and by a webhook.

It comes after everything else: what became of the items is on record by then, and nothing here puts that at risk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hls_action.domain import alerts
from hls_action.domain.alerts import MARKER, Alert
from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import Deleted, ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Ledger
from hls_action.domain.outcome import Outcome
from hls_action.domain.settings import Settings
from hls_action.domain.threads.items import marked_keys
from hls_action.line import publish
from hls_action.line.run import Run

TITLE = "HLS: budget and errors"
AFTER = (
    "Items waiting for a cap are answered automatically once the day or month is over. Failed items stay listed on the "
    "page of the state branch, with the reason; run the workflow manually with the number to try again."
)
FOOTER = (
    "<sub>HLS maintains this issue: it closes it at the end of the period and reopens it when there is news. `budget` "
    "and `alerts` in the configuration set the thresholds.</sub>"
)


@dataclass(frozen=True)
class Notified:
    """What this run told people. ``notes``: what did not work out."""

    alerts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def with_alerts(run: Run, outcome: Outcome, settings: Settings | None = None) -> Outcome:
    """``outcome``, with what people were told of by now. What happened stays as it is, whatever becomes of that."""
    if run.materials.dry_run or run.out_of_time:
        return outcome
    if not run.alert_lock.acquire(blocking=False):  # another worker of this run is at it
        return outcome
    try:
        heard = send_due_alerts(run, settings or run.settings())
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"alerts are left to a later run: {error}"))
    finally:
        run.alert_lock.release()
    alerts, notes = (*outcome.alerts, *heard.alerts), (*outcome.notes, *heard.notes)
    return replace(outcome, alerts=alerts, notes=notes)


def send_due_alerts(run: Run, settings: Settings) -> Notified:
    """Tell what is due by the ledger as this run last knew it, each threshold once a period, whichever run it is; most
    often nothing, and then nothing is asked.

    Errors: `UpstreamError` that may pass, and then a later run tells it; `StateUnavailable` and the like.
    """
    known = run.ledger_store.cached
    if known is None or not run.has_ledger or not _has_work(run, known, settings):
        return Notified()
    mine, found = False, tuple[Alert, ...]()

    def step(ledger: Ledger) -> Ledger:
        nonlocal mine, found
        now, me = run.now, run.ledger_store.claimant
        found = alerts.due(ledger, _passed(run, ledger, settings))
        mine = _has_work(run, ledger, settings) and not alerts.is_held(ledger, me, now)
        return alerts.acquire(ledger, me, now) if mine else ledger

    ledger = run.ledger_store.update(step, run.retrier)
    return _tell(run, ledger, settings, found) if mine else Notified()


def _passed(run: Run, ledger: Ledger, settings: Settings) -> tuple[Alert, ...]:
    """A sweep that is under way is late at most, and writes down that it ran when it ends."""
    overdue = () if run.sweeping else alerts.overdue(ledger, run.repository, settings.alerts, run.now)
    mention = run.materials.rules.mention
    return alerts.passed(ledger, run.repository, settings.alerts, settings.caps, run.now, mention) + overdue


def _has_work(run: Run, ledger: Ledger, settings: Settings) -> bool:
    due = alerts.due(ledger, _passed(run, ledger, settings))
    return bool(due) or alerts.is_over(ledger, run.now)


def _tell(run: Run, ledger: Ledger, settings: Settings, found: tuple[Alert, ...]) -> Notified:
    me, issue, notes = run.ledger_store.claimant, ledger.alerts.issue, list[str]()
    page = _page(_passed(run, ledger, settings))
    try:
        if not found:
            issue = _closed(run, issue, page)
        elif settings.alerts.issue:
            issue = _opened(run, issue, page, found)
    except UpstreamError as error:
        if disposition(error.fault) is not Disposition.FAIL:
            run.ledger_store.update(lambda now: alerts.release(now, me, issue), run.retrier)
            raise
        notes.append(f"the alert issue could not be written: {error}")
    except ThreadUnavailable as error:
        notes.append(f"the alert issue could not be written: {error}")
    lines = tuple(alert.text for alert in found)
    if found and run.webhook is not None:
        problem = run.webhook(f"HLS, {run.repository}: {' '.join(lines)}")
        notes += [f"the alert webhook failed: {problem}"] if problem else []
    is_open = bool(found) and settings.alerts.issue and issue is not None
    run.ledger_store.update(lambda now: alerts.record_sent(now, me, found, issue, is_open=is_open), run.retrier)
    return Notified(lines, tuple(notes))


def _opened(run: Run, issue: int | None, page: str, found: tuple[Alert, ...]) -> int:
    """The issue, open, saying ``page``, with one comment for what is new. An issue that is new says it itself."""
    number = issue if issue is not None else run.retrier.call(lambda: run.github.own_issue(MARKER))
    if number is None:
        return _created(run, page)
    try:
        run.retrier.call(lambda: run.github.update_issue(number, page, is_open=True))
    except Deleted as error:
        if run.retrier.call(lambda: run.github.own_issue(MARKER)) == number:  # GitHub contradicts itself
            raise UpstreamError(replace(error.fault, should_retry=True)) from error
        return _created(run, page)
    body, thread = _comment(found), ThreadId(number)
    if publish.find(run, thread, publish.with_marker_for(marked_keys(body)), may_be_recent=False) is None:
        publish.post_once(run, thread, body)
    return number


def _created(run: Run, page: str) -> int:
    return run.retrier.call(
        lambda: run.github.create_issue(TITLE, page),
        again=lambda error: _find_issue(run) if error.fault.may_have_taken_effect else None,
    )


def _find_issue(run: Run) -> int | None:
    """After a request that may have opened it: lists lag."""
    for wait in publish.LOOKUP_DELAYS:
        run.clock.sleep(wait)
        number = run.github.own_issue(MARKER)
        if number is not None:
            return number
    return None


def _closed(run: Run, issue: int | None, page: str) -> int | None:
    if issue is None:
        return None
    try:
        run.retrier.call(lambda: run.github.update_issue(issue, page, is_open=False))
    except Deleted:
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
