"""Whether every item got exactly one answer: what was owed, held against the comments and the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.crowd import Owed
from hls_action.domain.ledger.model import Record


@dataclass(frozen=True)
class Reply:
    """A comment of ours. ``posted``: when it stood, of `time.monotonic`."""

    number: int
    id: int
    keys: frozenset[str]
    posted: float


@dataclass(frozen=True)
class Reckoning:
    """What is wrong, one line a case: items without an answer, with several, and where ledger and comments differ."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unowed: tuple[str, ...]
    ledger: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """All of it, by kind."""
        return tuple(
            f"{kind}: {what}"
            for kind, found in (
                ("lost", self.lost),
                ("doubled", self.doubled),
                ("answered without reason", self.unowed),
                ("the ledger disagrees", self.ledger),
            )
            for what in found
        )


def reckon(
    owed: Mapping[Owed, float], superseded: Collection[Owed], replies: Sequence[Reply], records: Sequence[Record]
) -> Reckoning:
    """Check that each of ``owed`` is named by one reply, and that each record says what became of its item.

    What was ``superseded`` by an edit may have been answered before, once.
    """
    named: Counter[Owed] = Counter((reply.number, key) for reply in replies for key in reply.keys)
    return Reckoning(
        lost=tuple(_name(item) for item in owed if not named[item]),
        doubled=tuple(f"{_name(item)}, {count} times" for item, count in named.items() if count > 1),
        unowed=tuple(_name(item) for item in named if item not in owed and item not in superseded),
        ledger=_disagreements({(reply.number, key): reply.id for reply in replies for key in reply.keys}, records),
    )


def overlooked(
    owed: Mapping[Owed, float], answered: Collection[Owed], starts: Iterable[tuple[int, float]]
) -> tuple[str, ...]:
    """Items without an answer, though a run looked at their thread later.

    ``starts``: threads and times of the runs.
    """
    last: dict[int, float] = {}
    for number, began in starts:
        last[number] = max(began, last.get(number, 0.0))
    return tuple(
        f"overlooked: {_name(item)}"
        for item, since in owed.items()
        if item not in answered and last.get(item[0], 0.0) > since
    )


def _disagreements(answered: Mapping[Owed, int], records: Sequence[Record]) -> tuple[str, ...]:
    known = {(record.thread.number, record.key): record for record in records}
    found = [f"{_name(item)} has no record" for item in answered if item not in known]
    for item, record in known.items():
        if record.state == "published" and item not in answered:
            found.append(f"{_name(item)} is recorded as published and has no reply")
        elif record.state == "published" and record.comment_id != answered[item]:
            found.append(f"{_name(item)} is recorded with comment {record.comment_id}, not {answered[item]}")
        elif record.state != "published" and (item in answered or record.state != "skipped"):
            found.append(f"{_name(item)} is recorded as {record.state}: {record.reason}")
    return tuple(found)


def _name(item: Owed) -> str:
    number, key = item
    return f"#{number} {key}"
