"""Map records and markers written under another digest rule to the present keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hls_action.domain.ledger.model import Record
from hls_action.domain.threads.keys import RULE, CurrentKeys, digits, is_same_text, rule_of, stem
from hls_action.domain.threads.thread import Comment


@dataclass(frozen=True)
class Renaming:
    """A record by another rule, and the same by the rule of now, with what a record of that name held before."""

    was: Record
    now: Record


def renamings(records: Iterable[Record], names: CurrentKeys, now: datetime) -> tuple[Renaming, ...]:
    """Which of a thread's ``records`` stand for an item that has another name now.

    For each item, of those by another rule it is the one about the same text, else the one that was begun last: the
    others are about earlier texts. It gives way to a record by the rule of now that was begun no earlier, and to one of
    the item's own name that has come further: both rules may be at work side by side for a while.
    """
    own: dict[str, list[Record]] = {}
    foreign: dict[str, list[Record]] = {}
    for record in records:
        if names.of(record.key, record.at) != record.key:
            if not record.is_withdrawn or is_same_text(record.key, names.keys[stem(record.key)]):
                foreign.setdefault(stem(record.key), []).append(record)
        elif rule_of(record.key) == RULE or record.key == names.keys.get(stem(record.key)):
            own.setdefault(stem(record.key), []).append(record)
    found = (_renaming(foreign[each], own.get(each, []), names.keys[each], now) for each in foreign)
    return tuple(renaming for renaming in found if renaming is not None)


def _renaming(foreign: list[Record], own: list[Record], name: str, now: datetime) -> Renaming | None:
    was = max(foreign, key=lambda record: (is_same_text(record.key, name), record.first, record.at))
    rival = next((record for record in own if record.key == name), None)
    if rival is not None and (rival.first >= was.first or _weight(rival, now) > _weight(was, now)):
        return None
    if not is_same_text(was.key, name) and any(record.first >= was.first for record in own):
        return None
    begun = max(record.first for record in foreign)  # so that none of the others takes its place later
    renamed = replace(was, key=name, first=begun)
    if rival is None:
        return Renaming(was, renamed)
    return Renaming(
        was,
        replace(
            renamed,
            tries=max(rival.tries, was.tries),
            asked=max(rival.asked, was.asked),
            cost_usd=rival.cost_usd + was.cost_usd,
        ),
    )


def _weight(record: Record, now: datetime) -> tuple[bool, bool]:
    in_hand = record.state in ("claimed", "answered") and record.until is not None and now < record.until
    return record.state == "published", in_hand


def with_current_keys(records: tuple[Record, ...], names: CurrentKeys, now: datetime) -> tuple[Record, ...]:
    """The ``records`` of a thread under the names of now, by key."""
    renamed = renamings(records, names, now)
    if not renamed:
        return records
    replaced = {record.id for each in renamed for record in (each.was, each.now)}
    kept = (record for record in records if record.id not in replaced)
    return tuple(sorted((*kept, *(each.now for each in renamed)), key=lambda record: record.key))


def replies_by_key(
    answered: Mapping[str, Comment], names: CurrentKeys, records: Iterable[Record] = ()
) -> dict[str, Comment]:
    """Which reply answers each item: as ``answered`` has it, and under the name of now beside one by another rule.

    A reply's marker is as old as the reply: it may be written anew, but then for the same items. ``records``: the
    thread's, for they may know that a reply was about an earlier text.
    """
    newest: dict[str, int] = {}
    for key, reply in answered.items():
        if rule_of(key) == RULE:
            newest[stem(key)] = max(newest.get(stem(key), 0), reply.id)
    known: dict[str, list[Record]] = {}
    for record in records:
        known.setdefault(stem(record.key), []).append(record)
    found = {**_brought_along(answered, names), **answered}
    for key, reply in sorted(answered.items(), key=lambda entry: entry[1].id):
        name = names.of(key, reply.created_at)
        if name in answered or (newest.get(stem(key), 0) > reply.id and not is_same_text(key, name)):
            continue
        if is_same_text(key, name) or not _is_about_earlier_text(key, name, reply, known.get(stem(key), [])):
            found[name] = reply
    return found


def _brought_along(answered: Mapping[str, Comment], names: CurrentKeys) -> dict[str, Comment]:
    """Which reply answers the requests in comments of an issue that was transferred, should they have other ids now:
    one to the same text that came after them and names a comment that is not there.
    """
    if len({stem(key) for key in answered if key.startswith("issue/")}) < 2:  # its old number and the one of now
        return {}
    lost = {digits(key): reply for key, reply in answered.items() if _is_comment(key) and stem(key) not in names.keys}
    found = ((name, lost.get(digits(name))) for name in names.keys.values() if _is_comment(name))
    return {name: reply for name, reply in found if reply is not None and _id_of(name) < reply.id}


def _is_comment(key: str) -> bool:
    return key.startswith("comment/")


def _id_of(key: str) -> int:
    return int(stem(key).removeprefix("comment/"))


def _is_about_earlier_text(key: str, name: str, reply: Comment, records: list[Record]) -> bool:
    """Whether the ``records`` of an item show that its text was another when ``reply``, marked ``key``, was written."""
    mine = next((record for record in records if record.key == key), None)
    if mine is not None and mine.is_withdrawn:
        return True
    rule, begun = rule_of(key), mine.first if mine is not None else None
    return any(
        _is_of_another_text(record, name, reply)
        if rule_of(record.key) == RULE
        else rule_of(record.key) == rule and not record.is_withdrawn and (begun is None or record.first > begun)
        for record in records
    )


def _is_of_another_text(record: Record, name: str, reply: Comment) -> bool:
    """Whether a record by the rule of now has the reply as another text's, or begins after it with a text of its own.

    The latter tells only of an issue's own text, of which nobody else tells when it was edited.
    """
    taken = record.key != name and record.comment_id == reply.id
    return taken or (record.key.startswith("issue/") and record.first > reply.created_at)
