"""The threads that sweeps looked at, as JSON has them: by the time they were listed with, their numbers as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from hls_action.domain.identity import ThreadId
from hls_action.domain.json_codec import read_at
from hls_action.domain.json_values import entries, stamp, text, when
from hls_action.domain.threads.thread import ThreadRef

MAX_THREADS = 100_000
"""Threads that one time can have; a range that names more is damage."""


def encode(refs: Iterable[ThreadRef]) -> dict[str, str]:
    """As `decode` reads it. A bulk edit of thousands of threads takes one line."""
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


def decode(data: object) -> frozenset[ThreadRef]:
    """Errors: those of `hls_action.domain.json_codec`."""
    times = [(read_at(time, when, time), read_at(time, _threads, names)) for time, names in entries(data).items()]
    return frozenset(ThreadRef(thread, time) for time, threads in times for thread in threads)


def _threads(names: object) -> list[ThreadId]:
    """The threads that are named, but for those of a kind that only a later version knows."""
    return [thread for name in text(names).split() for thread in _range(name)]


def _range(name: str) -> Iterable[ThreadId]:
    first, dash, last = name.partition("-")
    if not dash:
        return filter(None, [ThreadId.known(name)])
    numbers = range(int(first), int(last) + 1)
    if len(numbers) > MAX_THREADS:
        raise ValueError(f"{name} are too many threads")
    return map(ThreadId, numbers)
