"""The ledger as documents: JSON under a schema version, checked on the way in, the same bytes for the same content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast, get_args

from hls_action.domain import reasons
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import SHARDS, Claimant, Draft, Folded, Ledger, Record, Shard, State, Told
from hls_action.domain.pace import CoolDowns
from hls_action.domain.pricing import Usage
from hls_action.domain.purse import Call, Purse, Reservation, Spending
from hls_action.domain.text.secrets import Redact, redact
from hls_action.errors import StateUnreadable

T = TypeVar("T")

SCHEMA = 1
BREAKDOWNS = ("models", "kinds", "actors", "threads")
META = "meta.json"
PURSE = "purse.json"
ALERTS = "alerts.json"
BATCHES = "batches.json"
"""An earlier version's, dropped by the first write."""


def path_of(shard: int) -> str:
    """Where a shard is kept."""
    return f"items/{shard:02x}.json"


def changes(before: Ledger, after: Ledger, *, first: bool = False, redact: Redact = redact) -> dict[str, str | None]:
    """The documents that differ, without secrets; None where one is to go. ``first``: nothing was stored yet."""
    found: dict[str, object] = {
        path_of(number): _shard_data(shard)
        for number, (was, shard) in enumerate(zip(before.shards, after.shards, strict=True))
        if shard is not was and shard != was
    }
    if after.purse is not before.purse and after.purse != before.purse:
        found[PURSE] = _purse_data(after.purse)
    if after.told != before.told:
        found[ALERTS] = _told_data(after.told)
    if first or (after.watermarks, after.cool_downs) != (before.watermarks, before.cool_downs):
        marks = {name: _stamp(when) for name, when in after.watermarks.items()}
        cooling = {name: _stamp(until) for name, until in after.cool_downs.until.items()}
        found[META] = {"schema": SCHEMA, "watermarks": marks, "cool_downs": cooling}
    gone = {BATCHES: None} if before.batched is not None and after.batched is None else {}
    return gone | {path: _published(data, redact) for path, data in found.items()}


def read(documents: Mapping[str, str]) -> Ledger:
    """The ledger in the state's documents.

    Errors: `StateUnreadable` for damage, for what a newer version wrote, and for documents that are not ours at all.
    """
    if not documents:
        return Ledger()
    if META not in documents:
        raise StateUnreadable(
            f"the state branch holds something else (there is no {META} in it, but {min(documents)!r}): "
            "name another branch as 'state-branch'"
        )
    shards = list(Ledger().shards)
    for number in range(SHARDS):
        text = documents.get(path_of(number))
        if text is not None:
            shards[number] = _reading(path_of(number), text, _shard)
    purse = _reading(PURSE, documents[PURSE], _purse) if PURSE in documents else Purse()
    told = _reading(ALERTS, documents[ALERTS], _told) if ALERTS in documents else Told()
    watermarks, cool_downs = _reading(META, documents[META], _meta)
    batched = _reading(BATCHES, documents[BATCHES], _batched) if BATCHES in documents else None
    return Ledger(tuple(shards), watermarks, purse, told, cool_downs, batched)


def _reading(path: str, text: str, parse: Callable[[dict[str, object]], T]) -> T:
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or not isinstance(data.get("schema"), int):
            raise ValueError("it names no schema")  # noqa: TRY004 - of a file, not of an argument
        if data["schema"] > SCHEMA:
            raise StateUnreadable(
                f"{path} in the state was written by a newer version (schema {data['schema']}, this one knows "
                f"{SCHEMA}): use the same version of HLS in every workflow"
            )
        return parse(data)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, RecursionError) as error:
        raise StateUnreadable(
            f"{path} in the state is damaged ({type(error).__name__}: {error}); it was left as it is. Restore it, or "
            "delete the branch to begin anew: replies already posted are still recognised"
        ) from error


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
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _when(value: object) -> datetime:
    when = datetime.fromisoformat(cast(str, value))
    if when.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return when


def _meta(data: dict[str, object]) -> tuple[dict[str, datetime], CoolDowns]:
    return _times(data["watermarks"]), CoolDowns(_times(data.get("cool_downs", {})))


def _times(data: object) -> dict[str, datetime]:
    return {name: _when(value) for name, value in cast("dict[str, object]", data).items()}


def _shard_data(shard: Shard) -> dict[str, object]:
    threads: dict[str, dict[str, object]] = {}
    for record in shard.records.values():
        threads.setdefault(f"{record.repository}#{record.thread}", {})[record.key] = _record_data(record)
    return {
        "schema": SCHEMA,
        "threads": threads,
        "drafts": {name: _draft_data(draft) for name, draft in shard.drafts.items()},
        "folded": {"counts": dict(shard.folded.counts), "cost_usd": str(shard.folded.cost_usd)},
    }


def _shard(data: dict[str, object]) -> Shard:
    records = {}
    for name, items in cast("dict[str, dict[str, dict[str, object]]]", data["threads"]).items():
        repository, _, thread = name.rpartition("#")
        for key, entry in items.items():
            record = _record(repository, ThreadId.parse(thread), key, entry)
            records[record.id] = record
    drafts = {name: _draft(entry) for name, entry in cast("dict[str, dict[str, object]]", data["drafts"]).items()}
    lost = sorted({r.draft for r in records.values() if r.draft} - drafts.keys())
    if lost:
        raise ValueError(f"the drafts {', '.join(lost)} are not there")
    folded = cast("dict[str, object]", data["folded"])
    counts = {_state(name): int(cast(int, n)) for name, n in cast("dict[str, object]", folded["counts"]).items()}
    return Shard(records, drafts, Folded(counts, Decimal(cast(str, folded["cost_usd"]))))


def _record_data(record: Record) -> dict[str, object]:
    """Only what says something: most records are those of items that went well."""
    entry: dict[str, object] = {
        "state": record.state,
        "by": str(record.by),
        "first": _stamp(record.first),
        "at": _stamp(record.at),
        "tries": record.tries,
    }
    optional = {
        "until": _stamp(record.until) if record.until else "",
        "asked": record.asked,
        "draft": record.draft,
        "comment_id": record.comment_id,
        "comment_url": record.comment_url,
        "cost_usd": str(record.cost_usd) if record.cost_usd else "",
        "reason": record.reason.stored,
    }
    return entry | {name: value for name, value in optional.items() if value}


def _record(repository: str, thread: ThreadId, key: str, entry: dict[str, object]) -> Record:
    # An earlier version had the item wait for a message batch, which nobody collects any more: that claim is over.
    until = entry["at"] if "batch" in entry else entry.get("until")
    comment = entry.get("comment_id")
    return Record(
        repository=repository,
        thread=thread,
        key=key,
        state=_state(entry["state"]),
        by=Claimant.parse(cast(str, entry["by"])),
        first=_when(entry["first"]),
        at=_when(entry["at"]),
        until=_when(until) if until is not None else None,
        tries=_whole(entry["tries"]),
        asked=_whole(entry.get("asked", 0)),
        draft=str(entry.get("draft", "")),
        comment_id=_whole(comment) if comment is not None else None,
        comment_url=str(entry.get("comment_url", "")),
        cost_usd=Decimal(cast(str, entry.get("cost_usd", "0"))),
        reason=reasons.parse(str(entry.get("reason", ""))),
    )


def _draft_data(draft: Draft) -> dict[str, object]:
    return {
        "body": draft.body,
        "labels": list(draft.labels),
        "model": draft.model,
        "usage": _usage_data(draft.usage),
        "cost_usd": str(draft.cost_usd),
        "replaces": draft.replaces,
    }


def _draft(entry: dict[str, object]) -> Draft:
    replaces = entry["replaces"]
    return Draft(
        body=str(entry["body"]),
        labels=tuple(str(name) for name in cast("list[object]", entry["labels"])),
        model=str(entry["model"]),
        usage=Usage(**cast("dict[str, int]", entry["usage"])),
        cost_usd=Decimal(cast(str, entry["cost_usd"])),
        replaces=_whole(replaces) if replaces is not None else None,
    )


def _purse_data(purse: Purse) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "days": {day: _spending_data(spending) for day, spending in purse.days.items()},
        "months": {month: _spending_data(spending) for month, spending in purse.months.items()},
        "reservations": {
            name: {**vars(r.call), "usd": str(r.usd), "at": _stamp(r.at), "until": _stamp(r.until)}
            for name, r in purse.reservations.items()
        },
    }


def _purse(data: dict[str, object]) -> Purse:
    reservations = {
        name: Reservation(
            call=Call(*(str(entry[part]) for part in ("thread", "actor", "kind", "model"))),
            usd=_usd(entry["usd"]),
            at=_when(entry["at"]),
            until=_when(entry["until"]),
        )
        for name, entry in cast("dict[str, dict[str, object]]", data["reservations"]).items()
    }
    return Purse(_periods(data["days"]), _periods(data["months"]), reservations)


def _periods(data: object) -> dict[str, Spending]:
    return {name: _spending(entry) for name, entry in cast("dict[str, dict[str, object]]", data).items()}


def _spending_data(spending: Spending) -> dict[str, object]:
    entry: dict[str, object] = {
        "usd": str(spending.usd),
        "unsettled": str(spending.unsettled),
        "calls": spending.calls,
        "refused": spending.refused,
        "usage": _usage_data(spending.usage),
    }
    return entry | {
        name: {each: str(usd) for each, usd in cast("Mapping[str, Decimal]", getattr(spending, name)).items()}
        for name in BREAKDOWNS
    }


def _spending(entry: dict[str, object]) -> Spending:
    amounts = {
        name: {each: _usd(usd) for each, usd in cast("dict[str, object]", entry[name]).items()} for name in BREAKDOWNS
    }
    return Spending(
        usd=_usd(entry["usd"]),
        unsettled=_usd(entry["unsettled"]),
        calls=_whole(entry["calls"]),
        refused=_whole(entry.get("refused", 0)),
        usage=Usage(**cast("dict[str, int]", entry["usage"])),
        **amounts,
    )


def _told_data(told: Told) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "levels": {measure: {"period": period, "level": level} for measure, (period, level) in told.levels.items()},
        "issue": told.issue,
        "is_open": told.is_open,
        "by": told.by,
        "until": _stamp(told.until) if told.until else None,
    }


def _told(data: dict[str, object]) -> Told:
    levels = cast("dict[str, dict[str, object]]", data["levels"])
    issue, until = data["issue"], data["until"]
    return Told(
        levels={measure: (str(entry["period"]), _whole(entry["level"])) for measure, entry in levels.items()},
        issue=_whole(issue) if issue is not None else None,
        is_open=data["is_open"] is True,
        by=str(data["by"]),
        until=_when(until) if until is not None else None,
    )


def _batched(data: dict[str, object]) -> frozenset[str]:
    """The reservations of all message batches that an earlier version had open."""
    batches = cast("dict[str, dict[str, dict[str, dict[str, object]]]]", data["batches"]).values()
    return frozenset(str(asked["reservation"]) for batch in batches for asked in batch["requests"].values())


def _usage_data(usage: Usage) -> dict[str, int]:
    return {name: count for name, count in vars(usage).items() if count}


def _usd(value: object) -> Decimal:
    amount = Decimal(cast(str, value))
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{value!r} is not an amount")
    return amount


def _state(value: object) -> State:
    if value not in get_args(State):
        raise ValueError(f"{value!r} is not a state")
    return cast(State, value)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
