"""A repository's issues as GitHub's GraphQL lists them, 100 in a request, and never a pull request.

REST would list both, without who answered an issue and without the original of a duplicate.
https://docs.github.com/graphql/reference/objects#repository
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from hls_action.domain.events.relevance import MAINTAINERS
from hls_action.domain.json_values import when, whole_number
from hls_action.domain.knowledge.issue_index import TEXT, IndexedIssue
from hls_action.domain.text.secrets import Redact

Json = Mapping[str, Any]
State = Literal["open", "closed"]

READ = 4 * TEXT
"""Characters of a text that are looked through for secrets: one that is cut in two would not be recognised."""
TITLE = 256
"""Characters of a title, which is as long as GitHub allows."""

_ISSUE = """number state title body createdAt updatedAt authorAssociation
      labels(first: 20) { nodes { name } } assignees(first: 1) { totalCount } milestone { number }
      comments(first: 20) { nodes { authorAssociation } }
      timelineItems(last: 1, itemTypes: [MARKED_AS_DUPLICATE_EVENT, UNMARKED_AS_DUPLICATE_EVENT]) { nodes {
        ... on MarkedAsDuplicateEvent { isCrossRepository canonical { ... on Issue { number } } } } }"""
_PAGE = """query Issues($owner: String!, $name: String!, $since: DateTime, $after: String, $states: [IssueState!],
    $direction: OrderDirection!) {
  repository(owner: $owner, name: $name) { nameWithOwner hasIssuesEnabled
    issues(first: 100, after: $after, states: $states, filterBy: { since: $since },
      orderBy: { field: UPDATED_AT, direction: $direction }) {
      pageInfo { hasNextPage endCursor } nodes { ISSUE } }
    CHECK }
}""".replace("ISSUE }", f"{_ISSUE} }}")


@dataclass(frozen=True)
class IssueQuery:
    """Which issues are asked for, by the time of their last change.

    ``since``: changed no earlier; ``state``: in this state alone; ``newest_first``: the last changed first, else last.
    ``after``: the `IssuePage.end` of the page before; ``check``: issues of which is asked whether they are still there.
    """

    since: datetime | None = None
    state: State | None = None
    newest_first: bool = False
    after: str = ""
    check: tuple[int, ...] = ()

    @property
    def graphql(self) -> str:
        """The request's text."""
        each = " ".join(
            f"n{number}: issue(number: {number}) {{ repository {{ nameWithOwner }} }}" for number in self.check
        )
        return _PAGE.replace("CHECK", each)

    @property
    def variables(self) -> dict[str, object]:
        """What it is sent with, besides the repository. What is not asked for is left out."""
        since = self.since and self.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        states = self.state and [self.state.upper()]
        chosen = {"since": since, "after": self.after, "states": states}
        return {"direction": "DESC" if self.newest_first else "ASC"} | {
            key: each for key, each in chosen.items() if each
        }


@dataclass(frozen=True)
class IssuePage:
    """Issues as they were asked for. ``end``: how GitHub names the place after the last of them.

    ``gone``: those that were to be checked and were deleted or moved away; ``is_off``: the repository has no issues.
    ``at``: the time by GitHub's clock, if it is told.
    """

    issues: tuple[IndexedIssue, ...]
    end: str = ""
    is_last: bool = True
    gone: frozenset[int] = frozenset()
    is_off: bool = False
    at: datetime | None = None

    def cleaned(self, redact: Redact) -> IssuePage:
        """Without secrets, and no longer than what is kept."""
        return replace(self, issues=tuple(_cleaned(issue, redact) for issue in self.issues))


def _cleaned(issue: IndexedIssue, redact: Redact) -> IndexedIssue:
    return replace(issue, title=redact(issue.title[:TITLE]).text[:TITLE], text=redact(issue.text[:READ]).text[:TEXT])


def read_page(query: IssueQuery, repository: Json, missing: Iterable[str], at: datetime | None = None) -> IssuePage:
    """What the answer to a query says. ``missing``: its fields of which GitHub says that there is no such thing.

    Errors: ``KeyError``, ``TypeError``, ``ValueError`` and ``AttributeError`` for what is not GitHub's.
    """
    listed, home, missing = repository["issues"], repository["nameWithOwner"], frozenset(missing)
    found = {number: repository.get(f"n{number}") for number in query.check}
    gone = {
        number for number, raw in found.items() if (not raw and f"n{number}" in missing) or _is_elsewhere(raw, home)
    }
    return IssuePage(
        issues=tuple(_issue(raw) for raw in listed["nodes"] if raw),
        end=listed["pageInfo"]["endCursor"] or "",
        is_last=listed["pageInfo"]["hasNextPage"] is not True,
        gone=frozenset(gone),
        is_off=repository["hasIssuesEnabled"] is False,
        at=at,
    )


def _is_elsewhere(raw: Json | None, home: str) -> bool:
    return raw is not None and raw["repository"]["nameWithOwner"] != home


def _issue(raw: Json) -> IndexedIssue:
    answered = {each["authorAssociation"] for each in raw["comments"]["nodes"] if each}
    by_maintainers = not answered.isdisjoint(MAINTAINERS) or raw["authorAssociation"] in MAINTAINERS
    state = raw["state"].lower()
    return IndexedIssue(
        number=whole_number(raw["number"]),
        state=state,
        title=_text(raw["title"]),
        text=_text(raw["body"]),
        labels=tuple(_text(each["name"]) for each in raw["labels"]["nodes"] if each),
        created=when(raw["createdAt"]),
        updated=when(raw["updatedAt"]),
        touched=by_maintainers or raw["assignees"]["totalCount"] > 0 or bool(raw["milestone"]),
        duplicate_of=_original(raw) if state == "closed" else None,
    )


def _original(raw: Json) -> int | None:
    """The issue here that it was last marked as a duplicate of, unless that was undone."""
    for event in raw["timelineItems"]["nodes"]:
        if event and event.get("isCrossRepository") is False:
            number: int | None = (event.get("canonical") or {}).get("number")
            return number
    return None


def _text(value: str) -> str:
    """The text, without halves of characters, which JSON can hold and UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode()
