"""What GitHub's answers by GraphQL say. That it understands the queries is for its own schema to say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hls_action.domain.threads.facts import Check, History, LineComment, Linked, Relation, Review
from hls_action.domain.threads.graphql import HISTORY, linked_query, read_history, read_linked
from hls_action.domain.threads.thread import Author
from tests.standins import graphql_api
from tests.standins.exchange import Request

HOME, AWAY = {"nameWithOwner": "o/r"}, {"nameWithOwner": "eve/bait"}
BY_MIA = {"author": {"login": "mia", "__typename": "User"}, "authorAssociation": "MEMBER"}
MIA = Author("mia", "User", "MEMBER")


def nodes(*entries: Any) -> dict[str, Any]:
    return {"nodes": list(entries)}


def crossed(number: int, *, elsewhere: object = False, closes: bool = False) -> dict[str, Any]:
    return {"isCrossRepository": elsewhere, "willCloseTarget": closes, "source": {"number": number}}


def history(failed: tuple[str, ...] = (), **thread: Any) -> History:
    return read_history({**HOME, "thread": {"timelineItems": nodes(), "closing": nodes(), **thread}}, failed)


@pytest.mark.parametrize("query", [HISTORY, linked_query([3, 12])])
def test_the_schema_knows_every_word_of_a_query(query: str) -> None:
    variables = {"owner": "o", "name": "r", **({"number": 7} if query is HISTORY else {})}
    request = Request("POST", "/graphql", {}, graphql_body(query, variables))
    assert graphql_api.problems(request) == []


def graphql_body(query: str, variables: dict[str, Any]) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def test_the_timeline_tells_relations_within_the_repository_alone() -> None:
    duplicate = {"isCrossRepository": False, "canonical": {"number": 4}}
    bait = {"isCrossRepository": True, "canonical": {"number": 6}}
    events = nodes(
        crossed(3), crossed(5, closes=True), crossed(9, elsewhere=True), crossed(8, elsewhere=None), duplicate
    )
    events["nodes"] += [bait, None, {}, {"isCrossRepository": False, "canonical": None}]
    closing = nodes({"number": 10, "repository": HOME}, {"number": 11, "repository": AWAY})
    assert history(timelineItems=events, closing=closing).relations == (
        Relation("relates", 3),
        Relation("fixed_by", 5),
        Relation("duplicates", 4),
        Relation("fixed_by", 10),
    )
    assert history(closing=closing, reviews=nodes()).relations == (Relation("fixes", 10),)


def test_a_pull_request_has_commits_reviews_comments_and_checks() -> None:
    found = history(
        commits=nodes({"commit": {"abbreviatedOid": "a1b2c3d", "messageHeadline": "Mend it"}}),
        reviews=nodes(
            {**BY_MIA, "state": "CHANGES_REQUESTED", "body": "No."}, {**BY_MIA, "state": "COMMENTED", "body": ""}
        ),
        reviewThreads=nodes(
            {"isResolved": False, "path": "a.py", "line": 4, "comments": nodes({**BY_MIA, "body": "Why?"})},
            {"isResolved": True, "path": "b.py", "line": None, "comments": nodes({**BY_MIA, "body": "Oh."})},
        ),
        head=nodes(
            {
                "commit": {
                    "statusCheckRollup": {
                        "contexts": nodes(
                            {"name": "unit", "status": "COMPLETED", "conclusion": "TIMED_OUT"},
                            {"name": "lint", "status": "IN_PROGRESS", "conclusion": None},
                            {"context": "ci/old", "state": "ERROR"},
                        )
                    }
                }
            }
        ),
    )
    assert found == History(
        commits=("a1b2c3d Mend it",),
        reviews=(Review(MIA, "changes requested", "No."),),
        line_comments=(
            LineComment(MIA, "a.py", "Why?", 4, resolved=False),
            LineComment(MIA, "b.py", "Oh.", None, resolved=True),
        ),
        checks=(Check("unit", "timed out"), Check("lint", "in progress"), Check("ci/old", "error")),
    )
    assert [each.failed for each in found.checks] == [True, False, True]


def test_what_the_token_may_not_read_is_missing_and_named() -> None:
    head = nodes({"commit": {"statusCheckRollup": None}})
    found = history(("repository", "thread", "head", "head"), reviews=None, reviewThreads=None, commits=None, head=head)
    assert found == History(unread=("checks",))


def test_linked_threads_are_those_that_still_are_here() -> None:
    text = {"title": "T", "body": "B", "author": None, "authorAssociation": "NONE"}
    issue = {**text, "number": 3, "issueState": "CLOSED", "stateReason": "NOT_PLANNED", "repository": HOME}
    pull = {**text, "number": 4, "pullState": "MERGED", "repository": HOME}
    moved = {**issue, "number": 5, "repository": AWAY}
    app = {
        **issue,
        "number": 7,
        "issueState": "OPEN",
        "stateReason": None,
        "author": {"login": "x", "__typename": "Bot"},
    }
    answer = {**HOME, "n3": issue, "n4": pull, "n5": moved, "n6": None, "n7": app}
    ghost = Author("ghost")
    assert read_linked(answer, (4, 3, 5, 6, 7, 8)) == (
        Linked(4, "T", "B", ghost, "merged", is_pull=True),
        Linked(3, "T", "B", ghost, "closed as not planned"),
        Linked(7, "T", "B", Author("x[bot]", "Bot"), "open"),
    )
