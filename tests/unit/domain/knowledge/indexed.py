"""Issues of an index as tests write them."""

from __future__ import annotations

from datetime import timedelta

from hls_action.domain.knowledge.issue_index import IndexedIssue
from tests.fakes import START


def indexed(number: int, **changes: object) -> IndexedIssue:
    """An open issue that changed so many minutes after the start as its number says."""
    known: dict[str, object] = {
        "number": number,
        "state": "open",
        "title": f"Export {number} fails",
        "text": "The folder is missing.",
        "labels": ("bug",),
        "created": START,
        "updated": START + timedelta(minutes=number),
    }
    return IndexedIssue(**(known | changes))  # type: ignore[arg-type]
