"""What a sweep does for the index of issues when it is done with its threads: it reads on, and writes once.

Nothing else depends on it. Killed anywhere, or overtaken by another sweep, it leaves the index as it was, or as the
other left it, and the next sweep reads on from there.
"""

from __future__ import annotations

from dataclasses import replace

from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import Dispensable
from hls_action.domain.knowledge import issue_documents
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.knowledge.issue_upkeep import KeptIndex
from hls_action.domain.ledger.errors import Conflict, SecretRefused
from hls_action.line.issues import ChangedIssues, StoredIssues, read_changed
from hls_action.line.run import Run

PAGES = 10
"""How many pages of 100 issues a sweep reads at most: GitHub counts 5 points for each, of 1,000 an hour."""
SWITCHED_OFF = "The repository has no issues any more: what the index had of them was deleted."
UNREAD = "The index of issues could not be brought up to date: {}"
UNWRITTEN = "The index of issues could not be written; `knowledge: {{issues: false}}` switches it off: {}"
WITHOUT_TEXTS = (
    "GitHub took something in the newest issues for a secret: the index has their titles without their texts."
)


def keep_index(run: Run) -> tuple[str, ...]:
    """Bring the index up to date, as far as there are pages and time. Returns notes for people; never fails."""
    try:
        return _keep(run)
    except Conflict:  # another sweep was faster
        return ()
    except HLSError as error:
        return (UNWRITTEN.format(error),)


def _keep(run: Run) -> tuple[str, ...]:
    if run.issue_store is None:
        return ()
    stored = run.stored_issues()
    if not stored.is_ours:
        return (stored.note,)
    changed = run.changed_issues()
    kept = _read_on(run, stored.kept, changed)
    notes = [stored.note, UNREAD.format(changed.error) if changed.error else ""]
    if kept != stored.kept:
        notes += [_write(run, stored, kept), SWITCHED_OFF if changed.page.is_off else ""]
    return tuple(filter(None, notes))


def _read_on(run: Run, kept: KeptIndex, changed: ChangedIssues) -> KeptIndex:
    """With what GitHub lists, up to `PAGES` pages of it."""
    for left in reversed(range(PAGES)):
        if changed.error is not None:
            lost_place = isinstance(changed.error, Dispensable) and changed.query.after
            return kept.begun_again(changed.query) if lost_place else kept
        kept = kept.taken(changed.query, changed.page, run.now)
        query = kept.next_query(changed.query, changed.page)
        if query is None or not left or run.out_of_time:
            break
        changed = read_changed(run.github, run.materials.redact, query)
    return kept


def _write(run: Run, stored: StoredIssues, kept: KeptIndex) -> str:
    """Swap the index. Returns a note, if any. Errors: those of the store."""
    assert run.issue_store is not None  # noqa: S101 - it was read from there
    try:
        run.issue_store.compare_and_swap(stored.version, issue_documents.changes(stored.documents, kept))
    except SecretRefused:
        bare = issue_documents.changes(stored.documents, _without_new_texts(kept, stored.kept.index))
        run.issue_store.compare_and_swap(stored.version, bare)
        return WITHOUT_TEXTS
    return ""


def _without_new_texts(kept: KeptIndex, before: IssueIndex) -> KeptIndex:
    issues = {
        number: issue if before.issues.get(number) == issue else replace(issue, text="")
        for number, issue in kept.index.issues.items()
    }
    return replace(kept, index=IssueIndex(issues, kept.index.until))
