"""Looking for work instead of being woken by it: what a cancelled run, an outage or a fork left open."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hls_action.domain import reasons
from hls_action.domain.claims import has_expired
from hls_action.domain.faults import Disposition, disposition
from hls_action.domain.ledger import Ledger
from hls_action.domain.outcome import Outcome, combine, deferred, failed, skipped
from hls_action.domain.policy import Settings
from hls_action.domain.reasons import Reason
from hls_action.domain.thread import ThreadRef
from hls_action.errors import CoolingDown, DeadlineExceeded, HLSError, UpstreamError, UsageError
from hls_action.pipeline import Line
from hls_action.reading import Wake

SCANNED_PER_ANSWERED = 6
"""How many threads a sweep looks at for each that it may answer; looking costs two requests of 1,000 an hour."""

OVERLAP = timedelta(minutes=15)
"""How far before its beginning a sweep's knowledge ends: GitHub's lists lag, and runs of that time may die yet."""

LAST_WAIT = 30.0
"""Seconds that workers may be late after the deadline, before the sweep ends without them."""

QUIET = timedelta(minutes=15)
"""Without a ledger, how long a thread must have rested before a scheduled sweep touches it: its own run may still be
answering, and no claim would tell."""


@dataclass(frozen=True)
class Search:
    """What a sweep looks through. ``since``: what was written before then no longer waits for a first answer.

    ``listed``: threads that changed, the longest untouched first; ``complete``: whether the list was read to its end.
    ``due``: threads that the ledger says are not finished, with the time they were last in hand.
    """

    began: datetime
    since: datetime
    listed: tuple[ThreadRef, ...]
    complete: bool
    due: tuple[ThreadRef, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every thread once, the longest waiting first."""
        found = sorted((*self.due, *self.listed), key=lambda ref: (ref.updated_at, ref.number))
        return tuple(dict.fromkeys(ref.number for ref in found))

    def swept_until(self, seen: frozenset[int]) -> datetime:
        """How far the repository is swept, once the threads ``seen`` are finished or on record."""
        latest = self.began - OVERLAP
        until = self.since
        for ref in self.listed:
            if ref.number not in seen:
                return until
            until = min(ref.updated_at, latest)
        return latest if self.complete else until


def sweep(line: Line, *, scheduled: bool, force: bool = False, fan_out: bool = False) -> Outcome:
    """Answer what is open in any thread, the longest waiting first, within the configured limits.

    ``scheduled``: without a ledger, runs by the clock leave threads alone that changed just now. ``force``: try failed
    items again. ``fan_out``: answer nothing, but tell which threads have work, for a matrix of jobs.
    """
    try:
        settings = line.settings()
        search = _search(line, settings, force=force)
    except UsageError:
        raise
    except HLSError as error:
        return _not_now(error)
    wakes = [
        Wake(
            number,
            since=search.since,
            settled_by=line.now - QUIET if scheduled and not line.has_ledger else None,
            retry=force,
        )
        for number in search.numbers
    ]
    if fan_out:
        return _fan_out(line, search, wakes, settings)
    outcomes = _answer(line, wakes, settings)
    if wakes and not outcomes:
        return skipped(Reason("no-time", "the next sweep begins with the same threads"))
    settled = frozenset(o.number for o in outcomes if o.number and (o.status in ("done", "skipped") or o.records))
    outcome = replace(combine(tuple(outcomes)), waiting=search.numbers[len(outcomes) :])
    return line.watched(_remembered(line, search.swept_until(settled), outcome), settings)


def _search(line: Line, settings: Settings, *, force: bool) -> Search:
    began = line.now
    ledger = line.ledger()
    since, changed_since = _since(ledger, line.repository, settings, began)
    limit = settings.sweep_threads * SCANNED_PER_ANSWERED
    listed = line.threads(changed_since, limit)
    return Search(
        began=began,
        since=since,
        listed=listed,
        complete=len(listed) < limit,
        due=_due(ledger, line.repository, began, force=force),
    )


def _since(ledger: Ledger, repository: str, settings: Settings, now: datetime) -> tuple[datetime, datetime]:
    """Since when what was written waits for a first answer, and since when threads have to have changed."""
    first = now - timedelta(hours=settings.sweep_hours)
    swept = ledger.watermarks.get(repository)
    changed = swept or first
    return min(first, changed), changed


def _due(ledger: Ledger, repository: str, now: datetime, *, force: bool) -> tuple[ThreadRef, ...]:
    return tuple(
        ThreadRef(record.thread.number, record.at)
        for record in ledger.records
        if record.repository == repository
        and ((record.is_open and has_expired(record, now)) or (force and record.state == "failed"))
    )


class _Round:
    """The threads of one sweep, given out in their order to whoever is free, within the limit.

    ``answered``: how many had work; ``under_way``: how many may turn out to have. Nobody begins what could be one too
    many, or when time is over or a service wants a rest.
    """

    def __init__(self, line: Line, wakes: Sequence[Wake], limit: int) -> None:
        self._line = line
        self._wakes = wakes
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
        line = self._line.beside()
        while (place := self._next()) is not None:
            try:
                outcome = line.answer(self._wakes[place])
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
            full = self._answered >= self._limit or self._begun == len(self._wakes)
            if full or self._over or self._line.out_of_time:
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
                self._over = self._over or outcome.reason.code == CoolingDown.code
            self._changed.notify_all()

    def outcomes(self) -> list[Outcome]:
        """How the threads ended that were begun; one still under way is cut off."""
        with self._changed:
            self._over = True
            return [self._outcomes.get(place) or self._cut_off(place) for place in range(self._begun)]

    def _cut_off(self, place: int) -> Outcome:
        number, code = self._wakes[place].number, DeadlineExceeded.code
        if not self._line.has_ledger:
            return failed(Reason(code, "there was no time left for this thread"), number=number)
        return deferred(Reason(code, "no time left; the next run takes it up"), number=number)


def _answer(line: Line, wakes: Sequence[Wake], settings: Settings) -> list[Outcome]:
    """Answer threads, several at once, until enough had work or time is over."""
    given = _Round(line, wakes, settings.sweep_threads)
    for _ in range(min(settings.sweep_workers, len(wakes)) - 1):
        line.start(given.work)
    try:
        given.work()
        given.wait(line.remaining + LAST_WAIT)
    except DeadlineExceeded:  # it can come at any moment: what the workers have in hand is found by the next run
        return given.outcomes()
    return given.outcomes()


def _fan_out(line: Line, search: Search, wakes: Sequence[Wake], settings: Settings) -> Outcome:
    """Threads with work do not count as swept: one whose job dies is found again by the next sweep."""
    found: list[int] = []
    without: set[int] = set()
    unread: HLSError | None = None
    for wake in wakes:
        if len(found) >= settings.sweep_threads or line.out_of_time:
            break
        try:
            if line.has_work(wake, settings.events):
                found.append(wake.number)
            else:
                without.add(wake.number)
        except HLSError as error:
            unread = error
    outcome = skipped(Reason("nothing-open", "no thread needs an answer"))
    if unread is not None:
        outcome = _not_now(unread)
    elif found:
        outcome = skipped(Reason("fan-out", f"{len(found)} threads have work, see the output 'matrix'"))
    outcome = replace(outcome, waiting=tuple(found))
    return line.watched(_remembered(line, search.swept_until(frozenset(without)), outcome), settings)


def _not_now(error: HLSError) -> Outcome:
    """A sweep that could not look everywhere: the watermark stays where it is, so the next one does."""
    if isinstance(error, UpstreamError) and disposition(error.fault) is not Disposition.FAIL:
        return deferred(reasons.of(error).advised("the next sweep looks for the same threads"))
    return failed(reasons.of(error))


def sweep_thread(line: Line, number: int) -> Outcome:
    """One thread of a sweep that was handed out to a matrix of jobs."""
    try:
        since, _ = _since(line.ledger(), line.repository, line.settings(), line.now)
    except UsageError:
        raise
    except UpstreamError as error:
        return line.unread(Wake(number), error)
    except HLSError as error:
        return failed(reasons.of(error), number=number)
    return line.answer(Wake(number, since=since))


def _remembered(line: Line, until: datetime, outcome: Outcome) -> Outcome:
    try:
        line.swept(until)
    except HLSError as error:
        return replace(outcome, notes=(*outcome.notes, f"how far was swept could not be recorded: {error}"))
    return outcome
