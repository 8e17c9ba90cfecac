"""Search open threads for work that no event will bring: left by a cancelled run, an outage or a fork."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from hls_action.domain import reasons
from hls_action.domain.errors import HLSError, UsageError
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import cursor
from hls_action.domain.outcome import Outcome, combine, deferred, failed, skipped
from hls_action.domain.reasons import Reason
from hls_action.domain.settings import Settings
from hls_action.line.alert import with_alerts
from hls_action.line.endings import record_unreadable
from hls_action.line.respond import answer, has_work
from hls_action.line.run import Run
from hls_action.sweep.indexing import keep_index
from hls_action.sweep.remind import remind
from hls_action.sweep.search import Search, find
from hls_action.sweep.workers import answer_all

MIN_IDLE = timedelta(minutes=15)
"""Without a ledger, how long a thread must have rested before a scheduled sweep touches it: its own run may still be
answering, and no claim would tell."""


def sweep(run: Run, *, scheduled: bool, force: bool = False, fan_out: bool = False) -> Outcome:
    """Answer what is open in any thread, the longest waiting first, within the configured limits.

    ``scheduled``: without a ledger, runs by the clock leave threads alone that changed just now. ``force``: try failed
    items again. ``fan_out``: answer nothing, but tell which threads have work, for a matrix of jobs.
    """
    try:
        settings = run.settings()
        if off := settings.switched_off or run.paused:  # and what is not looked at, the next sweep looks at
            return skipped(off)
        search = find(run, settings, force=force)
    except UsageError:
        raise
    except HLSError as error:
        return _not_now(error)
    quiet = run.now - MIN_IDLE if scheduled and not run.has_ledger else None
    trigger = Trigger(search.threads, since=search.since, quiet_before=quiet, retry=force)
    run = run.as_sweep()
    if fan_out:
        return _indexed(run, _fan_out(run, search, trigger, settings), settings)
    outcomes = answer_all(run, trigger, settings)
    if trigger.threads and not outcomes:
        return skipped(Reason("no-time", "the next sweep begins with the same threads"))
    settled = frozenset(thread for thread, outcome in outcomes if _is_settled(outcome))
    waiting = tuple(thread.number for thread in trigger.threads[len(outcomes) :])
    outcome = replace(combine(tuple(outcome for _, outcome in outcomes)), waiting=waiting)
    left = search.backlog_notes(run, [thread for thread, _ in outcomes], settings)
    new_notes = (*search.notes, *left, *remind(run, settings))
    swept = with_alerts(run, _record_progress(run, search, settled, outcome, new_notes), settings)
    return _indexed(run, swept, settings)


def _indexed(run: Run, outcome: Outcome, settings: Settings) -> Outcome:
    """``outcome``, once the index of issues is as up to date as there was time for."""
    if not settings.issues or run.out_of_time:
        return outcome
    return replace(outcome, notes=(*outcome.notes, *keep_index(run)))


def _is_settled(outcome: Outcome) -> bool:
    """Whether all that is open in a thread is answered, or on record for a later run."""
    return not outcome.unfinished and (outcome.status in ("done", "skipped") or bool(outcome.records))


def _fan_out(run: Run, search: Search, trigger: Trigger, settings: Settings) -> Outcome:
    """Threads with work do not count as swept: one whose job dies is found again by the next sweep."""
    found: list[ThreadId] = []
    without: set[ThreadId] = set()
    problem: HLSError | None = None
    for thread in trigger.threads:
        if len(found) >= settings.sweep_threads or run.out_of_time:
            break
        try:
            if has_work(run, thread, trigger, settings.events):
                found.append(thread)
            else:
                without.add(thread)
        except HLSError as error:
            problem = error
    outcome = skipped(Reason("nothing-open", "no thread needs an answer"))
    if len(found) + len(without) < len(trigger.threads):
        outcome = skipped(Reason("no-time", "there was no time for all threads; the next sweep checks the rest"))
    if problem is not None:
        outcome = _not_now(problem)
    elif found:
        have = "thread has" if len(found) == 1 else "threads have"
        outcome = skipped(Reason("fan-out", f"{len(found)} {have} work, see the output 'matrix'"))
    outcome = replace(outcome, waiting=tuple(thread.number for thread in found))
    new_notes = (*search.notes, *search.backlog_notes(run, (*found, *without), settings), *remind(run, settings))
    return with_alerts(run, _record_progress(run, search, without, outcome, new_notes), settings)


def _not_now(error: HLSError) -> Outcome:
    """A sweep that could not look everywhere: the watermark stays where it is, so the next one does."""
    if isinstance(error, UpstreamError) and disposition(error.fault) is not Disposition.FAIL:
        return deferred(reasons.of(error).advised("the next sweep looks for the same threads"))
    return failed(reasons.of(error))


def sweep_thread(run: Run, thread: ThreadId) -> Outcome:
    """One thread of a sweep that was handed out to a matrix of jobs."""
    try:
        trigger = trigger_for(run, thread)
    except UsageError:
        raise
    except UpstreamError as error:
        return record_unreadable(run, thread, error)
    except HLSError as error:
        return failed(reasons.of(error), number=thread.number)
    return answer(run, trigger)


def trigger_for(run: Run, thread: ThreadId) -> Trigger:
    """Why one thread of a sweep is looked at. Errors: `ConfigError`, `UpstreamError`; those of reading the ledger."""
    first = run.now - timedelta(hours=run.settings().sweep_hours)
    swept = run.ledger().cursor(run.repository)
    return Trigger((thread,), since=min(first, swept.until) if swept is not None else first)


def _record_progress(
    run: Run, search: Search, settled: Collection[ThreadId], outcome: Outcome, new_notes: tuple[str, ...]
) -> Outcome:
    """``outcome``, once it is on record how far the repository is swept, with what people are ``new_notes`` of it."""
    outcome = replace(outcome, notes=(*outcome.notes, *new_notes))
    found = cursor.advanced(search.cursor, search.listed, settled)
    try:
        run.ledger_store.update(
            lambda ledger: ledger.swept(run.repository, found, run.now), run.retrier, for_people=True
        )
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"the progress of the sweep could not be recorded: {error}"))
    return outcome
