"""What GitHub's list of issues is asked, and what its answers say. Its own schema judges the queries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hls_action.domain.knowledge.issue_index import TEXT, IndexedIssue
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery, read_page
from hls_action.domain.text.secrets import redact
from tests.fakes import START
from tests.standins import graphql_api
from tests.standins.exchange import Request
from tests.unit.domain.knowledge.indexed import indexed

HOME, AWAY = {"nameWithOwner": "o/r"}, {"nameWithOwner": "eve/bait"}
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def nodes(*entries: Any) -> dict[str, Any]:
    return {"nodes": list(entries)}


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "number": 3,
        "state": "OPEN",
        "title": "It breaks",
        "body": "Every time.",
        "createdAt": "2026-11-02T09:00:00Z",
        "updatedAt": "2026-11-02T09:00:00Z",
        "authorAssociation": "NONE",
        "labels": nodes({"name": "bug"}),
        "assignees": {"totalCount": 0},
        "milestone": None,
        "comments": nodes(),
        "timelineItems": nodes(),
        **changes,
    }


def page(*issues: Any, query: IssueQuery = IssueQuery(), missing: tuple[str, ...] = (), **more: Any) -> IssuePage:  # noqa: B008
    listed = {"pageInfo": {"hasNextPage": False, "endCursor": None}, **nodes(*issues)}
    return read_page(query, {**HOME, "hasIssuesEnabled": True, "issues": listed, **more}, missing)


def read(**changes: Any) -> IndexedIssue:
    return page(raw(**changes)).issues[0]


QUERIES = [
    IssueQuery(),
    IssueQuery(since=START, after="Y3Vyc29yOjI=", check=(3, 12)),
    IssueQuery(state="closed", newest_first=True),
]


@pytest.mark.parametrize("query", QUERIES)
def test_the_schema_knows_every_word_of_a_query(query: IssueQuery) -> None:
    sent = {"query": query.graphql, "variables": {"owner": "o", "name": "r", **query.variables}}
    assert graphql_api.problems(Request("POST", "/graphql", {}, json.dumps(sent).encode())) == []


def test_a_query_says_what_is_wanted_and_no_more() -> None:
    assert [query.variables for query in QUERIES] == [
        {"direction": "ASC"},
        {"direction": "ASC", "since": "2026-11-02T09:00:00Z", "after": "Y3Vyc29yOjI="},
        {"direction": "DESC", "states": ["CLOSED"]},
    ]


def test_an_issue_is_read_as_it_is() -> None:
    known = {"title": "It breaks", "text": "Every time.", "labels": ("bug",), "created": START, "updated": START}
    assert read() == indexed(3, **known)


@pytest.mark.parametrize(
    "changes",
    [
        {"authorAssociation": "OWNER"},
        {"comments": nodes({"authorAssociation": "NONE"}, None, {"authorAssociation": "COLLABORATOR"})},
        {"assignees": {"totalCount": 1}},
        {"milestone": {"number": 2}},
    ],
)
def test_somebody_with_rights_was_there(changes: dict[str, Any]) -> None:
    assert read(**changes).touched


@pytest.mark.parametrize(
    "changes",
    [{"authorAssociation": "CONTRIBUTOR"}, {"comments": nodes({"authorAssociation": "NONE"})}, {"labels": nodes()}],
)
def test_what_anybody_can_do_is_no_such_sign(changes: dict[str, Any]) -> None:
    assert not read(**changes).touched


@pytest.mark.parametrize(
    ("state", "event", "original"),
    [
        ("CLOSED", {"isCrossRepository": False, "canonical": {"number": 1}}, 1),
        ("OPEN", {"isCrossRepository": False, "canonical": {"number": 1}}, None),
        ("CLOSED", {"isCrossRepository": True, "canonical": {"number": 1}}, None),
        ("CLOSED", {"isCrossRepository": False, "canonical": {}}, None),
        ("CLOSED", {"isCrossRepository": False, "canonical": None}, None),
        ("CLOSED", {}, None),
        ("CLOSED", None, None),
    ],
)
def test_a_closed_duplicate_names_its_original_here(state: str, event: Any, original: int | None) -> None:
    assert read(state=state, timelineItems=nodes(event)).duplicate_of == original


def test_only_what_is_said_to_be_missing_or_elsewhere_is_gone() -> None:
    query = IssueQuery(check=(1, 2, 3, 4))
    found = {"n1": {"repository": HOME}, "n2": {"repository": AWAY}, "n3": None, "n4": None}
    assert page(query=query, missing=("n3", "n9"), **found).gone == {2, 3}


def test_a_page_says_where_it_ends() -> None:
    listed = {"pageInfo": {"hasNextPage": True, "endCursor": "abc"}, **nodes(None, raw())}
    found = read_page(IssueQuery(), {**HOME, "hasIssuesEnabled": True, "issues": listed}, (), START)
    assert (len(found.issues), found.end, found.is_last, found.at) == (1, "abc", False, START)
    assert (page().end, page().is_last, page().is_off) == ("", True, False)


def test_a_repository_can_have_no_issues() -> None:
    assert page(hasIssuesEnabled=False).is_off


def test_secrets_are_taken_out_even_where_a_text_is_cut() -> None:
    text = "x " * ((TEXT - 10) // 2) + SECRET
    found = page(raw(title=f"It says {SECRET}", body=text)).cleaned(redact).issues[0]
    assert "ghp_" not in found.title + found.text
    assert "[redacted" in found.title
    assert len(found.text) == TEXT


def test_half_a_character_is_replaced() -> None:
    assert read(title="\ud83d breaks").title == "? breaks"
