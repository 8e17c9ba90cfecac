"""Follow a renamed repository: move its part of the ledger from the old name to the new one.

GitHub's number of a repository outlasts every name, and the ledger keeps it beside the name. A state that several
repositories share is never guessed about: only the number says what belongs to whom. In a state from before there were
numbers, which is the repository's own branch, a single other name is the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from hls_action.domain.budget.budget import Budget, Reservation, Spending
from hls_action.domain.ledger.cursor import Cursor, SweepProgress
from hls_action.domain.ledger.model import Id, Ledger, Pauses, Record, Shard


@dataclass(frozen=True)
class RepositoryIdentity:
    """The repository of this run. ``number``: GitHub's, None where nobody tells; ``own_branch``: whether the ledger is
    in a branch of its own repository, so that no other one writes there.
    """

    name: str
    number: int | None = None
    own_branch: bool = False


def follow_rename(ledger: Ledger, here: RepositoryIdentity) -> Ledger:
    """``ledger`` with what belongs to this repository under its name of now: the same one where nothing is to be done.

    What has our name and another repository's number is kept under a name that no repository can have, until that one
    comes for it. Doing it again, or by runs under both names in turn, changes nothing but the name.
    """
    stranger = ledger.repositories.get(here.name)
    if here.number is not None and stranger not in (None, here.number):
        ledger = _renamed(ledger, here.name, f"{here.name}@{stranger}")
    for name in _old_names(ledger, here):
        ledger = _renamed(ledger, name, here.name)
    return ledger


def with_repository_number(ledger: Ledger, here: RepositoryIdentity) -> Ledger:
    """With this repository's number beside its name."""
    if here.number is None or ledger.repositories.get(here.name) == here.number:
        return ledger
    return replace(ledger, repositories={**ledger.repositories, here.name: here.number})


def _old_names(ledger: Ledger, here: RepositoryIdentity) -> tuple[str, ...]:
    numbers = ledger.repositories
    if here.number is not None and here.number in numbers.values():
        return tuple(name for name, number in numbers.items() if number == here.number and name != here.name)
    if not here.own_branch:
        return ()
    names = {record.repository for shard in ledger.shards for record in shard.records.values()}
    others = names | ledger.watermarks.keys() | numbers.keys()
    if len(others) != 1 or here.name in others:
        return ()
    (name,) = others
    return () if here.number is not None and name in numbers else (name,)


def _renamed(ledger: Ledger, old: str, new: str) -> Ledger:
    marks, sweep_progress = dict(ledger.watermarks), dict(ledger.sweep_progress)
    cursor = _joined(ledger.cursor(old), ledger.cursor(new))
    times = [each.at for name in (old, new) if (each := sweep_progress.get(name)) is not None]
    marks.pop(old, None)
    sweep_progress.pop(old, None)
    if cursor is not None:
        marks[new] = cursor.until
    if cursor is not None and times:
        sweep_progress[new] = SweepProgress(max(times), cursor.settled, cursor.provisional)
    numbers = {name: number for name, number in ledger.repositories.items() if name != old}
    if old in ledger.repositories:
        numbers[new] = ledger.repositories[old]
    return replace(
        ledger,
        shards=tuple(_renamed_shard(shard, old, new) for shard in ledger.shards),
        watermarks=marks,
        sweep_progress=sweep_progress,
        repositories=numbers,
        pauses=_renamed_pauses(ledger.pauses, old, new),
        budget=_renamed_purse(ledger.budget, old, new),
        answers=ledger.answers.renamed(old, new),
    )


def _renamed_pauses(pauses: Mapping[str, Pauses], old: str, new: str) -> Mapping[str, Pauses]:
    """Where both names have some, all of them by their time, so that the latest decides."""
    moved = sorted({*pauses.get(old, ()), *pauses.get(new, ())}, key=lambda each: each.since)
    others = {name: each for name, each in pauses.items() if name != old}
    return {**others, new: tuple(moved)} if moved else others


def _joined(old: Cursor | None, new: Cursor | None) -> Cursor | None:
    return old.joined(new) if old is not None and new is not None else old or new


def _renamed_shard(shard: Shard, old: str, new: str) -> Shard:
    """Where both names have a record of one item, as when runs of both were at work, the one that came further."""
    moving = [record for record in shard.records.values() if record.repository == old]
    if not moving:
        return shard
    records: dict[Id, Record] = {record.id: record for record in shard.records.values() if record.repository != old}
    for record in moving:
        moved = replace(record, repository=new)
        rival = records.get(moved.id)
        if rival is None or _weight(rival) < _weight(moved):
            records[moved.id] = moved
    named = {record.draft for record in records.values()}
    return replace(shard, records=records, drafts={name: d for name, d in shard.drafts.items() if name in named})


def _weight(record: Record) -> tuple[bool, bool, str]:
    return record.state == "published", bool(record.draft), record.at.isoformat()


def _renamed_purse(budget: Budget, old: str, new: str) -> Budget:
    return Budget(
        days=_mapped(budget.days, old, new),
        months=_mapped(budget.months, old, new),
        reservations={name: _renamed_reservation(each, old, new) for name, each in budget.reservations.items()},
    )


def _mapped(periods: Mapping[str, Spending], old: str, new: str) -> Mapping[str, Spending]:
    return {period: replace(each, threads=_renamed_threads(each.threads, old, new)) for period, each in periods.items()}


def _renamed_threads(threads: Mapping[str, Decimal], old: str, new: str) -> Mapping[str, Decimal]:
    renamed: dict[str, Decimal] = {}
    for thread, usd in threads.items():
        name = _renamed_thread(thread, old, new)
        renamed[name] = renamed.get(name, Decimal(0)) + usd
    return renamed


def _renamed_reservation(reservation: Reservation, old: str, new: str) -> Reservation:
    call = reservation.call
    return replace(reservation, call=replace(call, thread=_renamed_thread(call.thread, old, new)))


def _renamed_thread(thread: str, old: str, new: str) -> str:
    name, number, rest = thread.rpartition("#")
    return f"{new}#{rest}" if number and name == old else thread
