"""How the index of issues is built over many sweeps, and kept: what to ask GitHub for next, and what follows from it.

It is built from the newest to the oldest, the open issues first, so that it is of use from the first page on and never
reads more than it keeps. What changes meanwhile and later is read in the order of the changes, from the time on until
which all is known: by time and not by page, so that nothing that moves while it is read is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Literal

from hls_action.domain.knowledge.issue_index import IndexedIssue, IssueIndex
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery, State

MAX_BYTES = 6_000_000
"""Of all issues together: 4,000 where every text is as long as may be. docs/adr/048 has what more would cost a run."""
OVERLAP = timedelta(minutes=15)
"""How long after a change it is read again: lists lag."""
CHECKED = 100
"""How many issues one sweep asks GitHub for, whether they are still there."""
_ROW = 250
"""Bytes that an issue takes besides its title and text, about."""

Stage = Literal["open", "closed", "done"]


@dataclass(frozen=True)
class Progress:
    """How far it is built. ``stage``: which issues are being read, the last changed first; ``older``: where that goes
    on. ``newer``: where the changes of a second go on that fills more than a page. ``checked``: the number up to which
    it was last looked whether the issues are still there.
    """

    stage: Stage = "open"
    older: str = ""
    newer: str = ""
    checked: int = 0


@dataclass(frozen=True)
class KeptIndex:
    """The index as sweeps keep it."""

    index: IssueIndex = field(default_factory=IssueIndex)
    progress: Progress = field(default_factory=Progress)

    @property
    def first_query(self) -> IssueQuery:
        """What a sweep begins with: what changed, or where nothing is known yet, the newest."""
        if self.index.until is None:
            return self._building
        return replace(self._changes, check=self._to_check)

    @property
    def _changes(self) -> IssueQuery:
        return IssueQuery(since=self.index.until, after=self.progress.newer)

    @property
    def _building(self) -> IssueQuery:
        state: State = "closed" if self.progress.stage == "closed" else "open"
        return IssueQuery(state=state, newest_first=True, after=self.progress.older)

    @property
    def _to_check(self) -> tuple[int, ...]:
        """The next ones by their numbers, and after the last the first again."""
        numbers = sorted(self.index.issues)
        return tuple([number for number in numbers if number > self.progress.checked] or numbers)[:CHECKED]

    def next_query(self, query: IssueQuery, page: IssuePage) -> IssueQuery | None:
        """What to ask for after that page was taken in; None when all is known."""
        if page.is_off:
            return None
        if query.state is None and not page.is_last:
            return self._changes
        return None if self.progress.stage == "done" else self._building

    def taken(self, query: IssueQuery, page: IssuePage, now: datetime) -> KeptIndex:
        """With what a page says. ``now``: for where GitHub does not tell the time. Without any issues it is empty."""
        if page.is_off:
            return KeptIndex()
        known = self.index.without(page.gone)
        here = (issue for issue in page.issues if issue.number not in page.gone)  # lists lag
        newer = [issue for issue in here if not _is_outdated(issue, known)]
        latest = (page.at or now).replace(microsecond=0) - OVERLAP
        if query.state is not None:
            grown = trimmed(known.overlaid(newer))
            is_full = any(issue.number not in grown.issues for issue in page.issues)
            return KeptIndex(replace(grown, until=known.until or latest), self._built(page, is_full=is_full))
        until, after = (latest, "") if page.is_last else _reached(query, page)
        checked = query.check[-1] if query.check else self.progress.checked
        progress = replace(self.progress, newer=after, checked=checked)
        return KeptIndex(replace(trimmed(known.overlaid(newer)), until=until), progress)

    def _built(self, page: IssuePage, *, is_full: bool) -> Progress:
        if is_full or (page.is_last and self.progress.stage == "closed"):
            return replace(self.progress, stage="done", older="")
        if page.is_last:
            return replace(self.progress, stage="closed", older="")
        return replace(self.progress, older=page.end)

    def begun_again(self, query: IssueQuery) -> KeptIndex:
        """From the beginning of a list, where GitHub no longer knows the place in it."""
        known = self.progress
        return replace(self, progress=replace(known, newer="") if query.state is None else replace(known, older=""))


def _is_outdated(issue: IndexedIssue, known: IssueIndex) -> bool:
    """Whether a list that lags still has an issue as it was."""
    return issue.number in known.issues and known.issues[issue.number].updated > issue.updated


def _reached(query: IssueQuery, page: IssuePage) -> tuple[datetime | None, str]:
    """From when the changes are to be read on, and after which of that second."""
    latest = max((issue.updated.replace(microsecond=0) for issue in page.issues), default=query.since)
    if latest is not None and query.since is not None and latest > query.since:
        return latest, ""
    return query.since, page.end


def trimmed(index: IssueIndex) -> IssueIndex:
    """As much as is kept: before all others the open issues, and of each the last changed."""
    ranked = sorted(index.issues.values(), key=lambda issue: (issue.state == "open", issue.updated), reverse=True)
    sizes = accumulate(map(_size, ranked))
    kept = {issue.number for issue, size in zip(ranked, sizes, strict=True) if size <= MAX_BYTES}
    return index if len(kept) == len(ranked) else index.without(index.issues.keys() - kept)


def _size(issue: IndexedIssue) -> int:
    """Bytes that it takes, about."""
    return _ROW + len(f"{issue.title}{issue.text}{''.join(issue.labels)}".encode())
