"""Message batches under way: what the ledger knows of each, and which of the batches that the API lists may be it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

LONGEST = timedelta(hours=24)
"""A batch ends by then: https://platform.claude.com/docs/en/build-with-claude/batch-processing"""
MARGIN = timedelta(hours=2)
"""How long after that its items stay claimed, so that a sweep or two can still collect what it answered."""
SKEW = timedelta(minutes=5)
"""What a runner's clock and the API's may differ, and more."""


@dataclass(frozen=True)
class InBatch:
    """One request of a batch: of which items of a thread, what is reserved for it, and what its reply needs.

    ``reservation``: its name in the purse; ``labels``: those an answer may set, in the order in which they were shown;
    ``named``: issues it may name; ``replaces``: the comment whose place the reply takes.
    """

    thread: int
    keys: tuple[str, ...]
    model: str
    reservation: str
    labels: tuple[str, ...] = ()
    replaces: int | None = None
    named: tuple[int, ...] = ()


@dataclass(frozen=True)
class OpenBatch:
    """A batch whose results are not all collected. Without an ``id`` it is an intent: it may have been created or not.

    ``nonce``: what its requests' names are derived from; ``at``: when it was intended; ``sent_until``: later than this
    the run did not send it; ``until``: its items are claimed; ``size``: how many requests it had; ``requests``: those
    still to be collected, by name.
    """

    repository: str
    nonce: str
    at: datetime
    sent_until: datetime
    until: datetime
    size: int
    requests: Mapping[str, InBatch]
    id: str = ""

    def is_lost(self, now: datetime) -> bool:
        """Whether it is too late to wait for it any longer."""
        return now >= self.until


class Listed(Protocol):
    """A batch as the API lists it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        ...

    @property
    def size(self) -> int:
        """How many requests it has."""
        ...


def request_name(nonce: str, place: int) -> str:
    """The name of a request, by which its result is known."""
    return f"hls-{nonce}-{place}"


def is_ours(batch: OpenBatch, names: Collection[str]) -> bool:
    """Whether results by these names are those of ``batch``: the nonce in them is nobody else's."""
    return any(name.startswith(f"hls-{batch.nonce}-") for name in names)


def may_be(batch: OpenBatch, listed: Iterable[Listed], known: Collection[str]) -> tuple[str, ...]:
    """The ids of those ``listed`` that an intent may have become. ``known``: ids that are spoken for.

    What is in a batch shows only in its results, so until then its time and its size have to do.
    """
    first, last = batch.at - SKEW, batch.sent_until + SKEW
    return tuple(
        each.id
        for each in listed
        if each.id not in known and each.size == batch.size and first <= each.created_at <= last
    )
