"""The ledger as documents: JSON under a schema version, checked on the way in, the same bytes for the same content.

What a later version of the same schema adds to them is kept (`hls_action.domain.ledger.unknown_keys`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from hls_action.domain.budget.budget import Budget
from hls_action.domain.drafts.documents import DRAFT
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import ThreadId
from hls_action.domain.json_codec import DAMAGE, LONGEST_WORDS, Codec, Misfit, read_at
from hls_action.domain.json_values import entries, parsed, text, whole_number
from hls_action.domain.ledger import schema_1
from hls_action.domain.ledger.codecs import CODECS, SHAPES
from hls_action.domain.ledger.errors import StateUnreadable
from hls_action.domain.ledger.model import SCHEMA, SHARDS, AlertState, Ledger, Record, Shard, Totals
from hls_action.domain.ledger.unknown_keys import carried
from hls_action.domain.limits.brakes import Answers
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.threads.keys import names_all

Data = dict[str, object]
Threads = dict[str, dict[str, Data]]

META = "meta.json"
BUDGET = "purse.json"
ALERTS = "alerts.json"
ANSWERS = "answers.json"
BATCHES = "batches.json"
"""An earlier version's, dropped by the first write."""
DAMAGE_ADVICE = (
    "it was left untouched. Restore it, or delete the branch to start over: existing replies are still recognised"
)


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
    return {**shards, BUDGET: ledger.budget, ALERTS: ledger.alerts, ANSWERS: ledger.answers, META: _meta(ledger)}


def _meta(ledger: Ledger) -> Ledger:
    """What of it has no document of its own."""
    empty = Ledger()
    return replace(ledger, **{name: getattr(empty, name) for name in SHAPES[Ledger].outside})


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
    return carried(_prepared(path, found, found["schema"]), codec.encode(was), data)


def _codec(path: str) -> Codec[Any]:
    return _CODECS.get(path, _SHARD)


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
    found = {path: _reading(path, documents[path]) for path in parts if path in documents}
    parts |= {path: value for path, (_, value) in found.items()}
    meta: Ledger = parts[META]
    return replace(
        meta,
        shards=tuple(parts[path_of(number)] for number in range(SHARDS)),
        budget=parts[BUDGET],
        alerts=parts[ALERTS],
        answers=parts[ANSWERS],
        batched=_reading(BATCHES, documents[BATCHES])[1] if BATCHES in documents else None,
        schema=min(schema for schema, _ in found.values()),
        stored=documents,
    )


def _reading(path: str, text: str) -> tuple[int, Any]:
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
        return schema, _codec(path).decode(_prepared(path, data, schema))
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> StateUnreadable:
    words = str(error) if isinstance(error, Misfit) else f"{type(error).__name__}: {error}"
    return StateUnreadable(f"{path} in the state is damaged ({words[:LONGEST_WORDS]}); {DAMAGE_ADVICE}")


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


def _shard_data(shard: Shard) -> Data:
    threads: dict[str, Data] = {}
    for record in shard.records.values():
        threads.setdefault(f"{record.repository}#{record.thread}", {})[record.key] = _RECORD.encode(record)
    return {"threads": threads, "drafts": _DRAFTS.encode(shard.drafts), "folded": _TOTALS.encode(shard.totals)}


def _shard(data: Data) -> Shard:
    records = {record.id: record for record in _records(_threads(data))}
    named = {record.draft for record in records.values() if record.draft}
    stored = _drafts(data)
    lost = sorted(named - stored.keys())
    if lost:
        raise ValueError(f"the drafts {', '.join(lost)} are not there")
    drafts = read_at("drafts", _DRAFTS.decode, {name: entry for name, entry in stored.items() if name in named})
    return Shard(records, drafts, read_at("folded", _TOTALS.decode, data["folded"]))


def _records(threads: Threads) -> Iterator[Record]:
    for name, (repository, thread) in _known(threads).items():
        for key, entry in read_at(name, entries, threads[name]).items():
            decode = partial(_RECORD.decode, repository=repository, thread=thread, key=key)
            yield read_at(f"{name}: {key}", decode, entry)


def _prepared(path: str, data: Data, schema: int) -> Data:
    """The data as its codec takes it, of whatever schema it is."""
    if _codec(path) is not _SHARD:
        return data
    return _usable(schema_1.upgraded(data) if schema < SCHEMA else data)


def _threads(data: Data) -> Threads:
    return cast(Threads, read_at("threads", entries, data["threads"]))


def _drafts(data: Data) -> dict[str, Data]:
    return cast("dict[str, Data]", read_at("drafts", entries, data["drafts"]))


def _known(threads: Threads) -> dict[str, tuple[str, ThreadId]]:
    """The threads whose kind this version knows, by their names."""
    found = {}
    for name in threads:
        repository, _, text = name.rpartition("#")
        thread = ThreadId.known(text)
        if thread is not None:
            if str(thread) != text:  # written again, it would be another thread's
                raise ValueError(f"{text[:40]!r} is not the number of a thread")
            whole_number(thread.number)
            found[name] = repository, thread
    return found


def _usable(data: Data) -> Data:
    """Without the drafts that no record names, and those that this version cannot post as their records want it. Of
    those in threads that only a later version knows, nothing is judged.

    A record that named one of the latter waits for another answer. Its claim ends when it would have: the run that
    wrote the draft may be about to post it.
    """
    drafts = _drafts(data)
    if not drafts:
        return data
    threads = _threads(data)
    named = {str(entry.get("draft")) for items in threads.values() for entry in items.values()}
    known = [(key, entry) for name in _known(threads) for key, entry in threads[name].items()]
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
        return names_all(DRAFT.decode(draft).keys, keys)
    except DAMAGE:
        return False


def _batched(data: Data) -> frozenset[str]:
    """The reservations of all message batches that an earlier version had open."""
    batches = cast("dict[str, dict[str, dict[str, Data]]]", data["batches"]).values()
    return frozenset(text(asked["reservation"]) for batch in batches for asked in batch["requests"].values())


_RECORD, _TOTALS, _DRAFTS = CODECS.of(Record), CODECS.of(Totals), CODECS.of(Mapping[str, Draft])
_SHARD = Codec(_shard_data, _shard)
_CODECS: Mapping[str, Codec[Any]] = {
    META: CODECS.of(Ledger),
    BUDGET: CODECS.of(Budget),
    ALERTS: CODECS.of(AlertState),
    ANSWERS: CODECS.of(Answers),
    BATCHES: Codec(lambda _: {}, _batched),
}
