"""Looking for work instead of being woken by it: what a cancelled run, an outage or a fork left open."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from hls_action.domain import reasons
from hls_action.domain.errors import (
    CoolingDown,
    DeadlineExceeded,
    HLSError,
    SpendLimitReached,
    UpstreamError,
    UsageError,
)
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import cursor
from hls_action.domain.ledger.claims import has_expired, is_to_fold, is_to_look_again
from hls_action.domain.ledger.cursor import Cursor, Listed
from hls_action.domain.ledger.model import Ledger
from hls_action.domain.outcome import Outcome, combine, deferred, failed, skipped
from hls_action.domain.reasons import Reason
from hls_action.domain.settings import Settings
from hls_action.domain.threads.thread import ThreadRef
from hls_action.line import read
from hls_action.line.alert import watched
from hls_action.line.respond import answer, has_work, unread
from hls_action.line.run import Run

SCANNED_PER_ANSWERED = 6
"""How many threads a sweep looks at for each that it may answer; looking costs two requests of 1,000 an hour."""

RESTS = (CoolingDown.code, SpendLimitReached.code)
"""Codes by which a service wants a rest, or to be paid: the next thread would be refused as well."""
LAST_WAIT = 30.0
"""Seconds that workers may be late after the deadline, before the sweep ends without them."""

QUIET = timedelta(minutes=15)
"""Without a ledger, how long a thread must have rested before a scheduled sweep touches it: its own run may still be
answering, and no claim would tell."""


@dataclass(frozen=True)
class Search:
    """What a sweep looks through. ``since``: what was written before then no longer waits for a first answer.

    ``cursor``: where it begins in GitHub's list of the threads that changed; ``listed``: what that held; ``most``: how
    many of these it looks at. ``due``: threads that the ledger says are not finished, with the time they were last in
    hand. ``notes``: what people should know of it.
    """

    since: datetime
    cursor: Cursor
    listed: Listed
    most: int
    due: tuple[ThreadRef, ...]
    notes: tuple[str, ...] = ()

    @property
    def threads(self) -> tuple[ThreadId, ...]:
        """Every thread once, the longest waiting first, and those that are looked at once more at the end."""
        chosen = (*self.due, *cursor.to_look_at(self.listed, self.cursor, self.most))
        found = sorted(chosen, key=lambda ref: (ref in self.cursor.glanced, ref.updated_at, ref.id))
        return tuple(dict.fromkeys(ref.id for ref in found))

    def behind(self, run: Run, looked: Collection[ThreadId], settings: Settings) -> tuple[str, ...]:
        """How much a sweep that ``looked`` at so much leaves to the next ones, in words."""
        count, since, is_least = cursor.left(self.cursor, self.listed, looked)
        if not count or since is None:
            return ()
        number = f"{'at least ' if is_least else ''}{count:,} {'thread' if count == 1 else 'threads'}"
        note = (
            f"Sweep more often, or raise `sweep.threads`: {number} that changed since {since:%Y-%m-%d %H:%M} UTC "
            f"{'is' if count == 1 else 'are'} still to be looked at. One sweep looks at {self.most:,} of them at most "
            f"and answers {settings.sweep_threads}; "
            f"the next one {'goes on from there' if run.has_ledger else 'begins anew, as there is no ledger'}."
        )
        return (note,)


def sweep(run: Run, *, scheduled: bool, force: bool = False, fan_out: bool = False) -> Outcome:
    """Answer what is open in any thread, the longest waiting first, within the configured limits.

    ``scheduled``: without a ledger, runs by the clock leave threads alone that changed just now. ``force``: try failed
    items again. ``fan_out``: answer nothing, but tell which threads have work, for a matrix of jobs.
    """
    try:
        settings = run.settings()
        search = _search(run, settings, force=force)
    except UsageError:
        raise
    except HLSError as error:
        return _not_now(error)
    quiet = run.now - QUIET if scheduled and not run.has_ledger else None
    trigger = Trigger(search.threads, since=search.since, settled_by=quiet, retry=force)
    if fan_out:
        return _fan_out(run, search, trigger, settings)
    run = replace(run, sweeping=True)
    outcomes = _answer(run, trigger, settings)
    if trigger.threads and not outcomes:
        return skipped(Reason("no-time", "the next sweep begins with the same threads"))
    settled = frozenset(thread for thread, outcome in outcomes if _is_settled(outcome))
    waiting = tuple(thread.number for thread in trigger.threads[len(outcomes) :])
    outcome = replace(combine(tuple(outcome for _, outcome in outcomes)), waiting=waiting)
    told = (*search.notes, *search.behind(run, [thread for thread, _ in outcomes], settings))
    return watched(run, _remembered(run, search, settled, outcome, told), settings)


def _is_settled(outcome: Outcome) -> bool:
    """Whether all that is open in a thread is answered, or on record for a later run."""
    return not outcome.unfinished and (outcome.status in ("done", "skipped") or bool(outcome.records))


def _search(run: Run, settings: Settings, *, force: bool) -> Search:
    began, ledger, notes = run.now, run.ledger(), list[str]()
    most = settings.sweep_threads * SCANNED_PER_ANSWERED
    first = Cursor(began - timedelta(hours=settings.sweep_hours))
    start = ledger.cursor(run.repository) or first
    ask = partial(read.threads, run)
    listed = cursor.read(ask, start, most, began)
    if cursor.is_of_the_future(start, listed):
        notes.append(
            f"The ledger said that everything was swept until {start.until:%Y-%m-%d %H:%M} UTC, which is yet to come: "
            f"this sweep looked back {settings.sweep_hours} hours instead (`sweep.hours`)."
        )
        start = Cursor(listed.at - timedelta(hours=settings.sweep_hours))
        listed = cursor.read(ask, start, most, began)
    if listed.unsure is not None:
        notes.append(
            f"Run the workflow by hand for threads that wait: so many changed at {listed.unsure:%Y-%m-%d %H:%M:%S} UTC "
            "that GitHub's list of them could not be read for certain."
        )
    return Search(
        since=min(first.until, start.until),
        cursor=start,
        listed=listed,
        most=most,
        due=_due(ledger, run.repository, began, force=force),
        notes=tuple(notes),
    )


def _due(ledger: Ledger, repository: str, now: datetime, *, force: bool) -> tuple[ThreadRef, ...]:
    return tuple(
        ThreadRef(record.thread, record.at)
        for record in ledger.records
        if record.repository == repository
        and (
            (record.is_open and has_expired(record, now))
            or (force and record.state == "failed")
            or is_to_fold(record, now)
            or is_to_look_again(record, now)
        )
    )


class _Round:
    """The threads of one sweep, given out in their order to whoever is free, within the limit.

    ``answered``: how many had work; ``under_way``: how many may turn out to have. Nobody begins what could be one too
    many, or when time is over or a service wants a rest.
    """

    def __init__(self, run: Run, trigger: Trigger, limit: int) -> None:
        self._run = run
        self._trigger = trigger
        self._limit = limit
        self._begun = 0
        self._under_way = 0
        self._answered = 0
        self._over = False
        self._error: BaseException | None = None
        self._outcomes: dict[int, Outcome] = {}
        self._changed = threading.Condition()

    def work(self) -> None:
        """Answer threads for as long as there are any."""
        while (place := self._next()) is not None:
            try:
                outcome = answer(self._run, self._trigger.only(place))
            except BaseException as error:
                self._ended(place, error)
                raise
            self._ended(place, outcome)

    def wait(self, seconds: float) -> None:
        """Wait for the workers, who may hang, so long and no longer. Errors: what one of them raised."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, timeout=seconds)
            if self._error is not None:
                raise self._error

    def _next(self) -> int | None:
        with self._changed:
            while self._answered + self._under_way >= self._limit and self._under_way and not self._over:
                self._changed.wait()
            full = self._answered >= self._limit or self._begun == len(self._trigger.threads)
            if full or self._over or self._run.out_of_time:
                return None
            self._begun += 1
            self._under_way += 1
            return self._begun - 1

    def _ended(self, place: int, outcome: Outcome | BaseException) -> None:
        with self._changed:
            self._under_way -= 1
            if isinstance(outcome, BaseException):  # wrong settings and the like: the sweep is over for all
                self._over, self._error = True, outcome
            else:
                self._outcomes[place] = outcome
                self._answered += outcome.status != "skipped"
                self._over = self._over or outcome.reason.code in RESTS
            self._changed.notify_all()

    def outcomes(self) -> list[tuple[ThreadId, Outcome]]:
        """How the threads ended that were begun; one still under way is cut off."""
        with self._changed:
            self._over = True
            begun = enumerate(self._trigger.threads[: self._begun])
            return [(thread, self._outcomes.get(place) or self._cut_off(thread)) for place, thread in begun]

    def _cut_off(self, thread: ThreadId) -> Outcome:
        number, code = thread.number, DeadlineExceeded.code
        if not self._run.has_ledger:
            return failed(Reason(code, "there was no time left for this thread"), number=number)
        return deferred(Reason(code, "no time left; the next run takes it up"), number=number)


def _answer(run: Run, trigger: Trigger, settings: Settings) -> list[tuple[ThreadId, Outcome]]:
    """Answer threads, several at once, until enough had work or time is over."""
    given = _Round(run, trigger, settings.sweep_threads)
    for _ in range(min(settings.sweep_workers, len(trigger.threads)) - 1):
        run.start(given.work)
    try:
        given.work()
        given.wait(run.remaining + LAST_WAIT)
    except DeadlineExceeded:  # it can come at any moment: what the workers have in hand is found by the next run
        return given.outcomes()
    return given.outcomes()


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
        outcome = skipped(Reason("no-time", "there was no time for all threads; the next sweep looks at the rest"))
    if problem is not None:
        outcome = _not_now(problem)
    elif found:
        have = "thread has" if len(found) == 1 else "threads have"
        outcome = skipped(Reason("fan-out", f"{len(found)} {have} work, see the output 'matrix'"))
    outcome = replace(outcome, waiting=tuple(thread.number for thread in found))
    told = (*search.notes, *search.behind(run, (*found, *without), settings))
    return watched(run, _remembered(run, search, without, outcome, told), settings)


def _not_now(error: HLSError) -> Outcome:
    """A sweep that could not look everywhere: the watermark stays where it is, so the next one does."""
    if isinstance(error, UpstreamError) and disposition(error.fault) is not Disposition.FAIL:
        return deferred(reasons.of(error).advised("the next sweep looks for the same threads"))
    return failed(reasons.of(error))


def sweep_thread(run: Run, thread: ThreadId) -> Outcome:
    """One thread of a sweep that was handed out to a matrix of jobs."""
    try:
        first = run.now - timedelta(hours=run.settings().sweep_hours)
        swept = run.ledger().cursor(run.repository)
    except UsageError:
        raise
    except UpstreamError as error:
        return unread(run, thread, error)
    except HLSError as error:
        return failed(reasons.of(error), number=thread.number)
    return answer(run, Trigger((thread,), since=min(first, swept.until) if swept is not None else first))


def _remembered(
    run: Run, search: Search, settled: Collection[ThreadId], outcome: Outcome, told: tuple[str, ...]
) -> Outcome:
    """``outcome``, once it is on record how far the repository is swept, with what people are ``told`` of it."""
    outcome = replace(outcome, notes=(*outcome.notes, *told))
    found = cursor.advanced(search.cursor, search.listed, settled)
    try:
        run.journal.update(lambda ledger: ledger.swept(run.repository, found, run.now), run.retrier)
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"how far was swept could not be recorded: {error}"))
    return outcome
