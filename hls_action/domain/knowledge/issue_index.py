"""What is known of a repository's issues, besides those that a run reads anyway: the pool for what is alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TEXT = 1_200
"""Characters of an issue's text that are kept."""
SETTLED = timedelta(days=7)
"""How old an issue must be to count that no maintainer has touched: who stuffs one with words may wait, but is seen."""


@dataclass(frozen=True)
class IndexedIssue:
    """One issue, never a pull request.

    ``state``: ``open`` or ``closed``; ``text``: its first `TEXT` characters, secrets taken out; ``touched``: whether
    somebody with rights opened it, answered it, or gave it an assignee or a milestone; ``duplicate_of``: the issue it
    was closed for.
    """

    number: int
    state: str
    title: str
    text: str
    labels: tuple[str, ...]
    created: datetime
    updated: datetime
    touched: bool = False
    duplicate_of: int | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it may be shown beside a thread."""
        return self.touched or now - self.created >= SETTLED


@dataclass(frozen=True)
class IssueIndex:
    """Issues by number. ``until``: all that changed before then is in it; None while it is empty."""

    issues: Mapping[int, IndexedIssue] = field(default_factory=dict)
    until: datetime | None = None

    def overlaid(self, newer: Iterable[IndexedIssue]) -> IssueIndex:
        """With what changed since, which replaces what is known of the same issues."""
        return IssueIndex({**self.issues, **{issue.number: issue for issue in newer}}, self.until)

    def without(self, gone: Collection[int]) -> IssueIndex:
        """Without the issues of these numbers."""
        return IssueIndex({number: issue for number, issue in self.issues.items() if number not in gone}, self.until)
