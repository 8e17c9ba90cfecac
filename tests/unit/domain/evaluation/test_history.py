"""Cases of closed issues."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hls_action.domain.evaluation.history import ClosedIssue, case_of, duplicate_of
from hls_action.domain.threads.thread import Author, Comment
from tests.unit.builders import BODY, comment, thread


def said(body: str, role: str = "MEMBER") -> Comment:
    return replace(comment(1, body), author=Author("max", "User", role))


@pytest.mark.parametrize(
    ("comments", "number"),
    [
        ((said("Duplicate of #12"),), 12),
        ((said("Thanks! Closing as a duplicate of https://github.com/o/r/issues/12."),), 12),
        ((said("duplicate of #12"), said("No: Duplicate of #13")), 13),
        ((said("Duplicate of #12", "NONE"),), None),
        ((said("Duplicate of #7"),), None),
        ((said("Duplicate of other/repo#12"),), None),
        ((said("See #12.\nIs it a duplicate of something?"),), None),
        ((), None),
    ],
)
def test_a_maintainer_says_of_what_it_is_a_duplicate(comments: tuple[Comment, ...], number: int | None) -> None:
    assert duplicate_of(thread(), comments, "o/r") == number


def test_a_case_is_the_issue_as_it_was_opened() -> None:
    closed = thread(comment(1, "The answer"), state="closed", labels=("bug", "export"), locked=True)
    case = case_of(ClosedIssue(closed), None)
    assert case == {
        "title": "Export crashes",
        "body": BODY,
        "author": {"login": "ann", "type": "User", "association": "NONE"},
        "created_at": "2026-11-02T12:00:00+00:00",
        "updated_at": "2026-11-02T12:00:00+00:00",
        "expect": {"labels": ["bug", "export"], "duplicate": None},
    }


def test_of_a_duplicate_without_a_number_nothing_is_expected() -> None:
    assert case_of(ClosedIssue(thread(), is_duplicate=True), None)["expect"] == {"labels": []}
    assert case_of(ClosedIssue(thread(), is_duplicate=True), 12)["expect"] == {"labels": [], "duplicate": 12}
