"""What GitHub's GraphQL is asked about a thread, and what its answers say.

Of other repositories no text is asked for, and the number of none is kept: whoever can write a link must not decide
what is read with the job's rights. https://docs.github.com/graphql/reference/objects#pullrequest
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hls_action.domain.threads.facts import Check, History, LineComment, Linked, Relation, RelationKind, Review
from hls_action.domain.threads.thread import Author

Json = Mapping[str, Any]

PARTS = {
    "timelineItems": "its timeline",
    "closing": "what it closes",
    "commits": "commit messages",
    "reviews": "reviews",
    "reviewThreads": "line comments",
    "head": "checks",
}
"""By the field that an error names, what is missing then, for people."""

_WHO = "author { login __typename } authorAssociation"
_TIMELINE = """timelineItems(last: 50, itemTypes: [CROSS_REFERENCED_EVENT, MARKED_AS_DUPLICATE_EVENT]) { nodes {
      ... on CrossReferencedEvent { isCrossRepository willCloseTarget source {
        ... on Issue { number } ... on PullRequest { number } } }
      ... on MarkedAsDuplicateEvent { isCrossRepository canonical {
        ... on Issue { number } ... on PullRequest { number } } }
    } }"""
HISTORY = f"""query History($owner: String!, $name: String!, $number: Int!) {{
  repository(owner: $owner, name: $name) {{ nameWithOwner thread: issueOrPullRequest(number: $number) {{
  ... on Issue {{
    {_TIMELINE}
    closing: closedByPullRequestsReferences(first: 10) {{ nodes {{ number repository {{ nameWithOwner }} }} }}
  }}
  ... on PullRequest {{
    {_TIMELINE}
    closing: closingIssuesReferences(first: 10) {{ nodes {{ number repository {{ nameWithOwner }} }} }}
    commits(last: 20) {{ nodes {{ commit {{ abbreviatedOid messageHeadline }} }} }}
    reviews(last: 30, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) {{
      nodes {{ {_WHO} state body }} }}
    reviewThreads(last: 20) {{ nodes {{ isResolved path line comments(first: 5) {{ nodes {{ {_WHO} body }} }} }} }}
    head: commits(last: 1) {{ nodes {{ commit {{ statusCheckRollup {{ contexts(first: 100) {{ nodes {{
      ... on CheckRun {{ name status conclusion }} ... on StatusContext {{ context state }} }} }} }} }} }} }}
  }} }} }}
}}"""
_LINKED = f"""fragment Linked on IssueOrPullRequest {{
  ... on Issue {{ number title body issueState: state stateReason(enableDuplicate: true) {_WHO}
    repository {{ nameWithOwner }} }}
  ... on PullRequest {{ number title body pullState: state {_WHO} repository {{ nameWithOwner }} }}
}}"""


def linked_query(numbers: Iterable[int]) -> str:
    """The query for the threads of these numbers, all in one repository, which is named by its variables."""
    each = " ".join(f"n{number}: issueOrPullRequest(number: {number}) {{ ...Linked }}" for number in numbers)
    asked = f"repository(owner: $owner, name: $name) {{ nameWithOwner {each} }}"
    return f"query Linked($owner: String!, $name: String!) {{ {asked} }}\n{_LINKED}"


def read_history(repository: Json, failed: Iterable[str] = ()) -> History:
    """What ``repository`` in the answer to `HISTORY` says. ``failed``: fields that errors name.

    Errors: ``KeyError``, ``TypeError`` and ``AttributeError`` for what is not GitHub's.
    """
    thread = repository["thread"]
    is_pull = "reviews" in thread
    home = repository["nameWithOwner"]
    return History(
        relations=(*_of_timeline(thread), *_of_closing(thread, home, "fixes" if is_pull else "fixed_by")),
        commits=tuple(f"{each['abbreviatedOid']} {each['messageHeadline']}" for each in _commits(thread, "commits")),
        reviews=tuple(
            _review(each) for each in _nodes(thread, "reviews") if each["body"] or each["state"] != "COMMENTED"
        ),
        line_comments=tuple(_line_comments(_nodes(thread, "reviewThreads"))),
        checks=tuple(_checks(thread)),
        unread=tuple(dict.fromkeys(PARTS[field] for field in failed if field in PARTS)),
    )


def read_linked(repository: Json, numbers: Iterable[int]) -> tuple[Linked, ...]:
    """What the answer to `linked_query` says, without those that are not there, or in another repository by now."""
    home = repository["nameWithOwner"]
    found = (repository.get(f"n{number}") for number in numbers)
    return tuple(_linked(raw) for raw in found if raw and raw["repository"]["nameWithOwner"] == home)


def _nodes(raw: Json | None, key: str) -> list[Json]:
    """The entries of a connection; none where GitHub has null, as for what the token may not read."""
    connection = (raw or {}).get(key) or {}
    return [each for each in connection.get("nodes") or () if each]


def _commits(thread: Json, key: str) -> Iterator[Json]:
    yield from (each["commit"] for each in _nodes(thread, key))


def _of_timeline(thread: Json) -> Iterator[Relation]:
    for event in _nodes(thread, "timelineItems"):
        if event.get("isCrossRepository") is not False:
            continue
        kind: RelationKind = "fixed_by" if event.get("willCloseTarget") else "relates"
        if "canonical" in event:
            kind = "duplicates"
        number = (event.get("canonical") or event.get("source") or {}).get("number")
        if number:
            yield Relation(kind, number)


def _of_closing(thread: Json, home: str, kind: RelationKind) -> Iterator[Relation]:
    for each in _nodes(thread, "closing"):
        if each["repository"]["nameWithOwner"] == home:
            yield Relation(kind, each["number"])


def _author(raw: Json) -> Author:
    """GraphQL leaves out what REST puts after the name of an app's account."""
    who = raw.get("author") or {}
    login, kind = who.get("login", "ghost"), who.get("__typename", "User")
    return Author(f"{login}[bot]" if kind == "Bot" else login, kind, raw["authorAssociation"])


def _review(raw: Json) -> Review:
    return Review(_author(raw), _words(raw["state"]), raw["body"])


def _line_comments(threads: Iterable[Json]) -> Iterator[LineComment]:
    for each in threads:
        for raw in _nodes(each, "comments"):
            yield LineComment(_author(raw), each["path"], raw["body"], each["line"], each["isResolved"])


def _checks(thread: Json) -> Iterator[Check]:
    for commit in _commits(thread, "head"):
        for each in _nodes(commit.get("statusCheckRollup"), "contexts"):
            if "context" in each:
                yield Check(each["context"], _words(each["state"]))
            elif "name" in each:
                yield Check(each["name"], _words(each["conclusion"] or each["status"]))


def _linked(raw: Json) -> Linked:
    state = _words(raw.get("pullState") or raw["issueState"])
    reason = _words(raw.get("stateReason") or "")
    state = f"closed as {reason}" if state == "closed" and reason else state
    return Linked(raw["number"], raw["title"], raw["body"], _author(raw), state, "pullState" in raw)


def _words(name: str) -> str:
    """A value of an enumeration as people read it."""
    return name.lower().replace("_", " ")
