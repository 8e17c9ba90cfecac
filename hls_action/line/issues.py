"""What is known of the repository's other issues: what sweeps keep, and the page of what changed since.

An answer can do without either, so each is one attempt, and what went wrong is a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.knowledge import issue_documents
from hls_action.domain.knowledge.issue_documents import IndexUnreadable
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.knowledge.issue_upkeep import KeptIndex
from hls_action.domain.text.secrets import Redact
from hls_action.ports import GitHub, IssueIndexStore

UNREAD = "Claude was not shown what the index has of other issues: {}"
UNSEEN = "Claude was not shown the issues that changed last: {}"


@dataclass(frozen=True)
class StoredIssues:
    """The index as it is stored. ``note``: why it could not be read; ``is_ours``: whether a sweep may replace it."""

    version: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    kept: KeptIndex = field(default_factory=KeptIndex)
    note: str = ""
    is_ours: bool = True


@dataclass(frozen=True)
class ChangedIssues:
    """What GitHub answered to ``query``; ``error``: why it did not."""

    query: IssueQuery
    page: IssuePage = field(default_factory=lambda: IssuePage(()))
    error: UpstreamError | None = None


def read_stored(store: IssueIndexStore | None) -> StoredIssues:
    """What sweeps stored; nothing where there is no store."""
    if store is None:
        return StoredIssues(is_ours=False)
    try:
        snapshot = store.read()
    except HLSError as error:
        return StoredIssues(note=UNREAD.format(error), is_ours=False)
    found = StoredIssues(snapshot.version, snapshot.documents)
    try:
        return StoredIssues(found.version, found.documents, issue_documents.read(found.documents))
    except IndexUnreadable as error:
        return StoredIssues(found.version, found.documents, note=UNREAD.format(error), is_ours=not error.is_newer)


def read_changed(github: GitHub, redact: Redact, query: IssueQuery) -> ChangedIssues:
    """A page of issues, without secrets."""
    try:
        return ChangedIssues(query, github.issues(query).cleaned(redact))
    except UpstreamError as error:
        return ChangedIssues(query, error=error)


def together(stored: StoredIssues, changed: ChangedIssues | None) -> tuple[IssueIndex, tuple[str, ...]]:
    """What is known, and notes for people. ``changed``: None where it is not asked for."""
    index = stored.kept.index
    if changed is None:
        return index, tuple(filter(None, (stored.note,)))
    unseen = UNSEEN.format(changed.error) if changed.error else ""
    known = index.overlaid(changed.page.issues).without(changed.page.gone)
    return known, tuple(filter(None, (stored.note, unseen)))
