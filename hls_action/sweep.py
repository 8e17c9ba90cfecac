"""Looking for work instead of being woken by it: what a cancelled run, an outage or a fork left open."""

from __future__ import annotations

from datetime import timedelta

from hls_action.domain.outcome import Outcome, combine, failed, skipped
from hls_action.errors import HLSError, UsageError
from hls_action.pipeline import Line, Wake

SCANNED_PER_ANSWERED = 6
"""How many threads a sweep looks at for each that it may answer; looking costs two requests of 1,000 an hour."""

QUIET = timedelta(minutes=15)
"""How long a thread must have rested before a scheduled sweep touches it: its own run may still be answering."""


def sweep(line: Line, *, scheduled: bool) -> Outcome:
    """Answer what is open in any thread, the longest waiting first, within the configured limits.

    Only what was written within the configured hours counts: a new remark on an old issue asks for no answer to the
    issue. ``scheduled``: runs by the clock leave threads alone that changed just now.
    """
    now = line.now
    try:
        settings = line.settings()
        since = now - timedelta(hours=settings.sweep_hours)
        numbers = line.threads(since, settings.sweep_threads * SCANNED_PER_ANSWERED)
    except UsageError:
        raise
    except HLSError as error:
        return failed(error.code, str(error))
    outcomes: list[Outcome] = []
    answered = 0
    for number in numbers:
        if answered >= settings.sweep_threads or line.out_of_time:
            break
        outcome = line.answer(Wake(number, since=since, settled_by=now - QUIET if scheduled else None))
        answered += outcome.status != "skipped"
        outcomes.append(outcome)
    if numbers and not outcomes:
        return skipped("no-time: the next sweep begins with the same threads")
    return combine(tuple(outcomes))
