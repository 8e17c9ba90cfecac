"""The index of issues as documents: how far it is built, and the issues of each range of numbers, one a line.

A page of changes so rewrites few of them, and git stores what is new in each. What a later version adds is kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import cast

from hls_action.domain.errors import HLSError
from hls_action.domain.json_codec import DAMAGE, LONGEST_WORDS, Codecs, Misfit, read_at
from hls_action.domain.json_values import entries, parsed, whole_number
from hls_action.domain.knowledge.issue_index import IndexedIssue, IssueIndex
from hls_action.domain.knowledge.issue_upkeep import KeptIndex, Progress

SCHEMA = 1
META = "index.json"
FOLDER = "issues/"
RANGE = 500
"""Numbers, pull requests' among them, whose issues share a document."""

Data = dict[str, object]


@dataclass(frozen=True)
class _Meta:
    until: datetime | None = None
    progress: Progress = field(default_factory=Progress)


_CODECS = Codecs({}, {})
_META, _ISSUE = _CODECS.of(_Meta), _CODECS.of(IndexedIssue)


class IndexUnreadable(HLSError):
    """The index of issues is damaged, which the next sweep mends, or ``is_newer`` than this version understands."""

    code = "index-unreadable"

    def __init__(self, message: str, *, is_newer: bool = False) -> None:
        super().__init__(message)
        self.is_newer = is_newer


def path_of(number: int) -> str:
    """Where an issue is kept."""
    return f"{FOLDER}{number // RANGE:04d}.json"


def read(documents: Mapping[str, str]) -> KeptIndex:
    """The index in these documents; empty where there are none. Errors: `IndexUnreadable`, which names the place."""
    if not documents:
        return KeptIndex()
    meta, issues = _Meta(), dict[int, IndexedIssue]()
    for path in (META, *filter(_holds_issues, documents)):
        try:
            data = entries(parsed(documents[path]))
            if whole_number(data["schema"]) > SCHEMA:
                raise IndexUnreadable(f"{path} was written by a later version of HLS; update HLS", is_newer=True)
            if path == META:
                meta = cast(_Meta, _META.decode(data))
            else:
                issues |= _issues(entries(data["issues"]))
        except DAMAGE as error:
            raise IndexUnreadable(f"{path} is damaged: {str(error)[:LONGEST_WORDS]}") from error
    return KeptIndex(IssueIndex(issues, meta.until), meta.progress)


def _issues(rows: Data) -> dict[int, IndexedIssue]:
    found = {int(key): cast(IndexedIssue, read_at(key, _ISSUE.decode, row)) for key, row in rows.items()}
    if strange := next((number for number, issue in found.items() if number != issue.number), None):
        raise Misfit(f"{strange}: it is another issue")
    return found


def changes(stored: Mapping[str, str], now: KeptIndex) -> dict[str, str | None]:
    """The documents that differ from the ``stored`` ones, which may be damaged; None where one is to go."""
    rows: dict[str, Data] = defaultdict(dict)
    for number, issue in sorted(now.index.issues.items()):
        path = path_of(number)
        rows[path][str(number)] = _ISSUE.encode(issue)
    wanted = {path: _document(_loaded(stored.get(path)), issues) for path, issues in rows.items()}
    wanted[META] = _meta(_loaded(stored.get(META)), now)
    gone: dict[str, str | None] = {path: None for path in filter(_holds_issues, stored) if path not in wanted}
    return gone | {path: text for path, text in wanted.items() if stored.get(path) != text}


def _holds_issues(path: str) -> bool:
    return path.startswith(FOLDER)


def _meta(before: Data, now: KeptIndex) -> str:
    data = {"schema": SCHEMA, **_META.encode(_Meta(now.index.until, now.progress))}
    return f"{_compact(_unknown(before, _Meta) | data)}\n"


def _document(before: Data, issues: Data) -> str:
    known = before.get("issues")
    old = known if isinstance(known, dict) else {}
    lines = [
        f"{_compact(key)}:{_compact(_unknown(old.get(key), IndexedIssue) | cast(Data, row))}"
        for key, row in issues.items()
    ]
    head = {key: value for key, value in before.items() if key != "issues"} | {"schema": SCHEMA}
    return f'{_compact(head)[:-1]},"issues":{{\n' + ",\n".join(lines) + "\n}}\n"


def _unknown(data: object, kind: type) -> Data:
    """What this version does not know of an object."""
    known = {each.name for each in fields(kind)}
    return {key: value for key, value in data.items() if key not in known} if isinstance(data, dict) else {}


def _loaded(document: str | None) -> Data:
    """What is stored; nothing where it is damaged."""
    try:
        return entries(parsed(document or "{}"))
    except DAMAGE:
        return {}


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
