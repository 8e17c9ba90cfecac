"""The ledger as documents: JSON under a schema version, checked on the way in, the same bytes for the same content.

What a later version of the same schema adds to them is kept (`hls_action.domain.unknown_keys`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar, cast, get_args

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Budget, Call, Reservation, Spending
from hls_action.domain.drafts import documents as draft_documents
from hls_action.domain.identity import ThreadId
from hls_action.domain.json_values import (
    count,
    entries,
    flag,
    parsed,
    stamp,
    text,
    texts,
    usage,
    usage_data,
    usd,
    when,
    whole_number,
)
from hls_action.domain.ledger import schema_1, sweep_documents
from hls_action.domain.ledger.cursor import SweepProgress
from hls_action.domain.ledger.errors import StateUnreadable
from hls_action.domain.ledger.model import SCHEMA, SHARDS, AlertState, Claimant, Ledger, Record, Shard, State, Totals
from hls_action.domain.ledger.unknown_keys import carried
from hls_action.domain.limits.pace import CoolDowns
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.threads.keys import names_all

T = TypeVar("T")
Data = dict[str, object]
Threads = dict[str, dict[str, Data]]

BREAKDOWNS = ("models", "kinds", "actors", "threads")
META = "meta.json"
BUDGET = "purse.json"
ALERTS = "alerts.json"
BATCHES = "batches.json"
"""An earlier version's, dropped by the first write."""
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, OverflowError, RecursionError)
"""What reading raises of data that is not as it was written."""
DAMAGE_ADVICE = (
    "it was left untouched. Restore it, or delete the branch to start over: existing replies are still recognised"
)
_PERIOD = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")


@dataclass(frozen=True)
class _Codec(Generic[T]):
    """How a document is written and read.

    ``prepared``: the data as ``decode`` takes it, of whatever schema it is.
    """

    encode: Callable[[T], Data]
    decode: Callable[[Data], T]
    prepared: Callable[[Data, int], Data] = lambda data, schema: data  # noqa: ARG005 - the names of a type


def path_of(shard: int) -> str:
    """Where a shard is kept."""
    return f"items/{shard:02x}.json"


def changes(before: Ledger, after: Ledger, *, first: bool = False, redact: Redact = redact) -> dict[str, str | None]:
    """The documents that differ, without secrets; None where one is to go. ``first``: nothing was stored yet.

    When a schema gives way to another, all of them. Errors: `StateUnreadable`, where what a document held could be read
    and not be kept.
    """
    was = _parts(before)
    changed = {
        path: part
        for path, part in _parts(after).items()
        if before.schema != after.schema or (first and path == META) or (part is not was[path] and part != was[path])
    }
    gone = {BATCHES: None} if before.batched is not None and after.batched is None else {}
    return gone | {path: _written(path, was[path], part, before.stored, redact) for path, part in changed.items()}


def as_written(ledger: Ledger, changed: Mapping[str, str | None]) -> Ledger:
    """``ledger`` once its documents that `changes` found are stored."""
    stored = {path: text for path, text in {**ledger.stored, **changed}.items() if text is not None}
    return replace(ledger, stored=stored)


def _parts(ledger: Ledger) -> dict[str, object]:
    """What each document is made of."""
    shards: dict[str, object] = {path_of(number): shard for number, shard in enumerate(ledger.shards)}
    return {**shards, BUDGET: ledger.budget, ALERTS: ledger.alerts, META: _Meta.of(ledger)}


def _written(path: str, was: object, now: object, stored: Mapping[str, str], redact: Redact) -> str:
    """A document as it is stored."""
    try:
        return _published(_document(path, was, now, stored), redact)
    except RecursionError as error:  # of what this version does not know, and carries along
        raise _damaged(path, error) from error


def _document(path: str, was: object, now: object, stored: Mapping[str, str]) -> object:
    codec = _codec(path)
    data = {**codec.encode(now), "schema": SCHEMA}
    if path not in stored:
        return data
    found = json.loads(stored[path])
    return carried(codec.prepared(found, found["schema"]), codec.encode(was), data)


def _codec(path: str) -> _Codec[Any]:
    codecs: dict[str, _Codec[Any]] = {META: _META, BUDGET: _PURSE, ALERTS: _ALERTS}
    return codecs.get(path, _SHARD)


def read(documents: Mapping[str, str]) -> Ledger:
    """The ledger in the state's documents.

    Errors: `StateUnreadable` for damage, for what a newer version wrote, and for documents that are not ours at all.
    """
    if not documents:
        return Ledger()
    if META not in documents:
        raise StateUnreadable(
            f"the state branch is used for something else (it contains {min(documents)!r} but no {META}): "
            "name another branch as 'state-branch'"
        )
    parts: dict[str, Any] = _parts(Ledger())
    found = {path: _reading(path, documents[path], _codec(path)) for path in parts if path in documents}
    parts |= {path: value for path, (_, value) in found.items()}
    meta: _Meta = parts[META]
    batched = _reading(BATCHES, documents[BATCHES], _BATCHES)[1] if BATCHES in documents else None
    return Ledger(
        shards=tuple(parts[path_of(number)] for number in range(SHARDS)),
        watermarks=meta.watermarks,
        budget=parts[BUDGET],
        alerts=parts[ALERTS],
        cool_downs=meta.cool_downs,
        sweep_progress=meta.sweep_progress,
        repositories=meta.repositories,
        batched=batched,
        schema=min(schema for schema, _ in found.values()),
        stored=documents,
    )


def _reading(path: str, text: str, codec: _Codec[T]) -> tuple[int, T]:
    """The schema of a document, and what it says."""
    try:
        data = entries(parsed(text))
        schema = whole_number(data["schema"])
        if schema > SCHEMA:
            raise StateUnreadable(
                f"{path} in the state was written by a newer version (schema {schema}; this version supports "
                f"{SCHEMA}): use the same version of HLS in every workflow"
            )
        if schema < 1:
            raise ValueError("it names no schema")
        return schema, codec.decode(codec.prepared(data, schema))
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> StateUnreadable:
    return StateUnreadable(
        f"{path} in the state is damaged ({type(error).__name__}: {str(error)[:200]}); {DAMAGE_ADVICE}"
    )


def _published(data: object, redact: Redact) -> str:
    """A document as it is stored: a look at all of its text is cheaper than one at each of its values."""
    text = _dump(data)
    return _dump(_without_secrets(data, redact)) if redact(text).kinds else text


def _without_secrets(data: object, redact: Redact) -> object:
    """The same data with each text redacted; keys are ours."""
    match data:
        case str():
            return redact(data).text
        case dict():
            return {key: _without_secrets(value, redact) for key, value in data.items()}
        case list() | tuple():
            return [_without_secrets(value, redact) for value in data]
        case _:
            return data


def _dump(data: object) -> str:
    """With a question mark for half a character, which no file holds: Claude may have written one."""
    written = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return written if written.isascii() else written.encode(errors="replace").decode()


@dataclass(frozen=True)
class _Meta:
    """What the document of that name holds of a ledger."""

    watermarks: Mapping[str, datetime]
    cool_downs: CoolDowns
    sweep_progress: Mapping[str, SweepProgress]
    repositories: Mapping[str, int]

    @classmethod
    def of(cls, ledger: Ledger) -> _Meta:
        return cls(ledger.watermarks, ledger.cool_downs, ledger.sweep_progress, ledger.repositories)


def _meta_data(meta: _Meta) -> Data:
    """What is empty and was added later is left out, so that an older state stays as it is."""
    optional: Data = {
        "looked": {
            name: sweep_documents.encode(sweep_progress) for name, sweep_progress in meta.sweep_progress.items()
        },
        "repositories": dict(meta.repositories),
    }
    return {
        "watermarks": _times_data(meta.watermarks),
        "cool_downs": _times_data(meta.cool_downs.until),
        **{name: value for name, value in optional.items() if value},
    }


def _times_data(times: Mapping[str, datetime]) -> Data:
    return {name: stamp(time) for name, time in times.items()}


def _meta(data: Data) -> _Meta:
    sweep_progress = cast("Data", data.get("looked", {}))
    return _Meta(
        watermarks=_times(data["watermarks"]),
        cool_downs=CoolDowns(_times(data.get("cool_downs", {}))),
        sweep_progress={name: sweep_documents.decode(entry) for name, entry in sweep_progress.items()},
        repositories={
            name: whole_number(number) for name, number in cast("Data", data.get("repositories", {})).items()
        },
    )


def _times(data: object) -> dict[str, datetime]:
    return {name: when(value) for name, value in entries(data).items()}


def _shard_data(shard: Shard) -> Data:
    threads: dict[str, Data] = {}
    for record in shard.records.values():
        threads.setdefault(f"{record.repository}#{record.thread}", {})[record.key] = _record_data(record)
    return {
        "threads": threads,
        "drafts": {name: draft_documents.encode(draft) for name, draft in shard.drafts.items()},
        "folded": {"counts": dict(shard.totals.counts), "cost_usd": str(shard.totals.cost_usd)},
    }


def _shard(data: Data) -> Shard:
    records = {}
    for (repository, thread), items in _known(_threads(data)).items():
        for key, entry in items.items():
            record = _record(repository, thread, key, entry)
            records[record.id] = record
    named = {record.draft for record in records.values() if record.draft}
    stored = cast("dict[str, Data]", data["drafts"])
    lost = sorted(named - stored.keys())
    if lost:
        raise ValueError(f"the drafts {', '.join(lost)} are not there")
    drafts = {name: draft_documents.decode(entry) for name, entry in stored.items() if name in named}
    folded = entries(data["folded"])
    counts = {_state(name): count(total) for name, total in entries(folded["counts"]).items()}
    return Shard(records, drafts, Totals(counts, usd(folded["cost_usd"])))


def _prepared(data: Data, schema: int) -> Data:
    return _usable(schema_1.upgraded(data) if schema < SCHEMA else data)


def _threads(data: Data) -> Threads:
    return cast(Threads, data["threads"])


def _known(threads: Threads) -> dict[tuple[str, ThreadId], dict[str, Data]]:
    """The threads whose kind this version knows."""
    found = {}
    for name, items in threads.items():
        repository, _, text = name.rpartition("#")
        thread = ThreadId.known(text)
        if thread is not None:
            if str(thread) != text:  # written again, it would be another thread's
                raise ValueError(f"{text[:40]!r} is not the number of a thread")
            whole_number(thread.number)
            found[repository, thread] = items
    return found


def _usable(data: Data) -> Data:
    """Without the drafts that no record names, and those that this version cannot post as their records want it. Of
    those in threads that only a later version knows, nothing is judged.

    A record that named one of the latter waits for another answer. Its claim ends when it would have: the run that
    wrote the draft may be about to post it.
    """
    drafts = cast("dict[str, Data]", data["drafts"])
    if not drafts:
        return data
    entries = [entry for items in _threads(data).values() for entry in items.values()]
    named = {str(entry.get("draft")) for entry in entries}
    known = [(key, entry) for items in _known(_threads(data)).values() for key, entry in items.items()]
    holders: dict[str, list[str]] = {}
    for key, entry in known:
        holders.setdefault(str(entry.get("draft")), []).append(key)
    kept = {
        name: draft
        for name, draft in drafts.items()
        if name in named and (name not in holders or _can_be_posted(draft, holders[name]))
    }
    for _, entry in known:
        if entry.get("draft") in drafts and entry["draft"] not in kept:
            del entry["draft"]
            entry["state"] = "claimed" if entry["state"] == "answered" else entry["state"]
    return data | {"drafts": kept}


def _can_be_posted(draft: Data, keys: Collection[str]) -> bool:
    """Whether this version knows all that a draft does, and its marker names the ``keys`` of its records."""
    try:
        return names_all(draft_documents.decode(draft).keys, keys)
    except DAMAGE:
        return False


def _record_data(record: Record) -> Data:
    """Only what says something: most records are those of items that went well."""
    entry: Data = {
        "state": record.state,
        "by": str(record.by),
        "first": stamp(record.first),
        "at": stamp(record.at),
        "tries": record.tries,
    }
    optional: Data = {
        "until": stamp(record.until) if record.until else "",
        "asked": record.asked,
        "draft": record.draft,
        "comment_id": record.comment_id,
        "comment_url": record.comment_url,
        "cost_usd": str(record.cost_usd) if record.cost_usd else "",
        "reason": _reason_data(record.reason) if record.reason else None,
        "folded": list(record.folded),
        "unfolded": list(record.unfolded),
    }
    if record.findings is not None:
        entry["findings"] = record.findings
    return entry | {name: value for name, value in optional.items() if value}


def _record(repository: str, thread: ThreadId, key: str, entry: Data) -> Record:
    until, comment, findings = entry.get("until"), entry.get("comment_id"), entry.get("findings")
    reason = entries(entry["reason"]) if "reason" in entry else None
    return Record(
        repository=repository,
        thread=thread,
        key=key,
        state=_state(entry["state"]),
        by=_claimant(entry["by"]),
        first=when(entry["first"]),
        at=when(entry["at"]),
        until=when(until) if until is not None else None,
        tries=count(entry["tries"]),
        asked=count(entry.get("asked", 0)),
        draft=text(entry.get("draft", "")),
        comment_id=whole_number(comment) if comment is not None else None,
        comment_url=text(entry.get("comment_url", "")),
        cost_usd=usd(entry.get("cost_usd", "0")),
        reason=_reason(reason) if reason else NONE,
        folded=texts(entry.get("folded", [])),
        unfolded=texts(entry.get("unfolded", [])),
        findings=count(findings) if findings is not None else None,
    )


def _reason_data(reason: Reason) -> Data:
    data: Data = {"code": reason.code, "detail": reason.detail}
    return data | ({"cause": reason.cause} if reason.cause else {})


def _reason(data: Data) -> Reason:
    return reasons.restored(text(data["code"]), text(data["detail"]), text(data.get("cause", "")))


def _purse_data(budget: Budget) -> Data:
    return {
        "days": {day: _spending_data(spending) for day, spending in budget.days.items()},
        "months": {month: _spending_data(spending) for month, spending in budget.months.items()},
        "reservations": {
            name: {**vars(r.call), "usd": str(r.usd), "at": stamp(r.at), "until": stamp(r.until)}
            for name, r in budget.reservations.items()
        },
    }


def _purse(data: Data) -> Budget:
    reservations = {
        name: Reservation(
            call=Call(*(text(entry[part]) for part in ("thread", "actor", "kind", "model"))),
            usd=usd(entry["usd"]),
            at=when(entry["at"]),
            until=when(entry["until"]),
        )
        for name, entry in cast("dict[str, Data]", data["reservations"]).items()
    }
    return Budget(_periods(data["days"]), _periods(data["months"]), reservations)


def _periods(data: object) -> dict[str, Spending]:
    """Spending by day or month. Errors: ``ValueError`` for what is neither: it would count for no cap."""
    found = {name: _spending(entries(entry)) for name, entry in entries(data).items()}
    odd = [name for name in found if not _PERIOD.fullmatch(name)]
    if odd:
        raise ValueError(f"{odd[0][:40]!r} is neither a day nor a month")
    return found


def _spending_data(spending: Spending) -> Data:
    entry: Data = {
        "usd": str(spending.usd),
        "unsettled": str(spending.unsettled),
        "calls": spending.calls,
        "refused": spending.refused,
        "usage": usage_data(spending.usage),
    }
    return entry | {
        name: {each: str(usd) for each, usd in cast("Mapping[str, Decimal]", getattr(spending, name)).items()}
        for name in BREAKDOWNS
    }


def _spending(entry: Data) -> Spending:
    amounts = {name: {each: usd(amount) for each, amount in entries(entry[name]).items()} for name in BREAKDOWNS}
    return Spending(
        usd=usd(entry["usd"]),
        unsettled=usd(entry["unsettled"]),
        calls=count(entry["calls"]),
        refused=count(entry.get("refused", 0)),
        usage=usage(entry["usage"]),
        **amounts,
    )


def _alert_state_data(told: AlertState) -> Data:
    return {
        "levels": {measure: {"period": period, "level": level} for measure, (period, level) in told.levels.items()},
        "issue": told.issue,
        "is_open": told.is_open,
        "by": told.by,
        "until": stamp(told.until) if told.until else None,
    }


def _alert_state(data: Data) -> AlertState:
    levels = cast("dict[str, Data]", data["levels"])
    issue, until = data["issue"], data["until"]
    return AlertState(
        levels={measure: (text(entry["period"]), count(entry["level"])) for measure, entry in levels.items()},
        issue=whole_number(issue) if issue is not None else None,
        is_open=flag(data["is_open"]),
        by=text(data["by"]),
        until=when(until) if until is not None else None,
    )


def _batched(data: Data) -> frozenset[str]:
    """The reservations of all message batches that an earlier version had open."""
    batches = cast("dict[str, dict[str, dict[str, Data]]]", data["batches"]).values()
    return frozenset(text(asked["reservation"]) for batch in batches for asked in batch["requests"].values())


def _claimant(value: object) -> Claimant:
    found = Claimant.parse(text(value))
    if str(found) != value:
        raise ValueError(f"{str(value)[:80]!r} is not a run")
    return found


def _state(value: object) -> State:
    if value not in get_args(State):
        raise ValueError(f"{value!r} is not a state")
    return cast(State, value)


_META = _Codec(_meta_data, _meta)
_PURSE = _Codec(_purse_data, _purse)
_ALERTS = _Codec(_alert_state_data, _alert_state)
_SHARD = _Codec(_shard_data, _shard, _prepared)
_BATCHES = _Codec(lambda _: {}, _batched)
