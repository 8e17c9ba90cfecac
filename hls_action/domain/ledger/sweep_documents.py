"""What sweeps looked at, as JSON has it: threads by the time they were listed with, their numbers as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import cast

from hls_action.domain.identity import ThreadId
from hls_action.domain.json_values import stamp, text, when
from hls_action.domain.ledger.cursor import SweepProgress
from hls_action.domain.threads.thread import ThreadRef

MAX_THREADS = 100_000
"""Threads that one time can have; a range that names more is damage."""


def encode(sweep_progress: SweepProgress) -> dict[str, object]:
    """As `decode` reads it. A bulk edit of thousands of threads takes one line."""
    return {
        "at": stamp(sweep_progress.at),
        "settled": _refs_data(sweep_progress.settled),
        "glanced": _refs_data(sweep_progress.provisional),
    }


def decode(data: object) -> SweepProgress:
    """Errors: those of `hls_action.domain.json_values`."""
    entry = cast("dict[str, object]", data)
    return SweepProgress(when(entry["at"]), _refs(entry.get("settled", {})), _refs(entry.get("glanced", {})))


def _refs_data(refs: Iterable[ThreadRef]) -> dict[str, str]:
    times: dict[datetime, list[ThreadId]] = {}
    for ref in refs:
        times.setdefault(ref.updated_at, []).append(ref.id)
    return {stamp(time): " ".join(_ranges(sorted(times[time]))) for time in sorted(times)}


def _ranges(threads: list[ThreadId]) -> Iterator[str]:
    """``7-9`` for issues and pull requests that follow each other, any other thread as it is called."""
    first = last = None
    for thread in (*threads, None):
        if last is not None and thread == ThreadId(last.number + 1, last.kind) and last.kind == "thread":
            last = thread
            continue
        if first is not None and last is not None:
            yield str(first) if first == last else f"{first}-{last}"
        first = last = thread


def _refs(data: object) -> frozenset[ThreadRef]:
    entries = cast("Mapping[str, object]", data)
    return frozenset(
        ThreadRef(thread, when(time)) for time, names in entries.items() for thread in _threads(text(names))
    )


def _threads(names: str) -> Iterator[ThreadId]:
    """The threads that are named, but for those of a kind that only a later version knows."""
    for name in names.split():
        first, dash, last = name.partition("-")
        if dash:
            numbers = range(int(first), int(last) + 1)
            if len(numbers) > MAX_THREADS:
                raise ValueError(f"{name} are too many threads")
            yield from map(ThreadId, numbers)
        elif (thread := ThreadId.known(name)) is not None:
            yield thread
