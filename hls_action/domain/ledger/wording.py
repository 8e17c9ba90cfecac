"""Describe items to people: without keys, and with commit ids as short as on GitHub."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from hls_action.domain.ledger.model import Record
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Thread

SHORT_SHA = 7
NAMED = 3
"""How many items are named one by one."""


def of_items(unanswered: Collection[Item], thread: Thread) -> str:
    """Items of a thread: "the issue and the comment of 3 May 2026"."""
    written = {str(comment.id): comment.created_at for comment in thread.comments}
    return _listed([_spelt(item.kind, item.id, _dated("of", written.get(item.id))) for item in unanswered])


def of_records(records: Iterable[Record]) -> str:
    """The same by what is on record, which is when a run first saw them."""
    ordered = sorted(records, key=lambda record: (record.key.startswith("comment/"), record.first, record.key))
    return _listed([of_record(record) for record in ordered])


def of_record(record: Record) -> str:
    """One of them: "the pull request at 3544c6a"."""
    return of_key(record.key, record.first)


def of_key(key: str, first: datetime | None = None) -> str:
    """An item by its key. ``first``: when a run first saw it."""
    kind, _, rest = key.partition("/")
    return _spelt(kind, rest.partition("@")[0], _dated("first seen on", first))


def _spelt(kind: str, name: str, when: str) -> str:
    match kind:
        case "issue":
            return "the issue"
        case "pull":
            return f"the pull request at {name[:SHORT_SHA]}"
        case "label":
            return "the trigger label"
        case "comment":
            return f"the comment {when}" if when else "a comment"
        case "thread":
            return "the thread"
        case "notice":
            return "the notice"
        case "reminder":
            return "the reminder of a question"
        case _:  # of another version
            return f"{kind} {name}"


def _dated(word: str, when: datetime | None) -> str:
    return f"{word} {when.day} {when:%B %Y}" if when else ""


def _listed(names: list[str]) -> str:
    """Names in a sentence; of many, the newest."""
    left = len(names) - NAMED
    if left > 1:
        return f"{', '.join(names[-NAMED:])} and {left} others"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
