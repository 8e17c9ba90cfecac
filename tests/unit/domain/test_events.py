"""Payloads as typed events."""

from __future__ import annotations

import pytest

from hls_action.domain.events import (
    CommentEvent,
    DispatchEvent,
    Event,
    EventUnreadable,
    IssueEvent,
    PullEvent,
    ScheduleEvent,
    parse,
)
from hls_action.domain.relevance import MalformedEvent
from tests.unit.builders import NOON, SHA, comment_event, issue_event, pull_event


def edited(updated_at: str = "2026-11-02T12:00:00Z", **changes: object) -> dict[str, object]:
    """An edit of an issue that changed these."""
    return issue_event("edited", updated_at=updated_at) | {"changes": changes}


@pytest.mark.parametrize(
    ("name", "payload", "number", "event"),
    [
        pytest.param("issues", issue_event(), None, IssueEvent(7, "opened"), id="issue"),
        pytest.param("issues", edited(body={"from": "?"}), None, IssueEvent(7, "edited", NOON), id="its text edited"),
        pytest.param("issues", edited(title={"from": "?"}), None, IssueEvent(7, "edited"), id="its title edited"),
        pytest.param("issues", edited("gestern", body={}), None, IssueEvent(7, "edited"), id="edited at an odd time"),
        pytest.param("issues", edited("2026-11-02", body={}), None, IssueEvent(7, "edited"), id="edited some day"),
        pytest.param(
            "issue_comment", comment_event(), None, CommentEvent(7, "created", 31, on_pull=False), id="comment"
        ),
        pytest.param(
            "issue_comment",
            comment_event(pull_request={"url": "https://api.github.com/repos/o/r/pulls/7"}),
            None,
            CommentEvent(7, "created", 31, on_pull=True),
            id="comment on a pull request",
        ),
        pytest.param("pull_request", pull_event(), None, PullEvent(7, "opened", SHA), id="pull request"),
        pytest.param(
            "pull_request_target", pull_event("synchronize"), None, PullEvent(7, "synchronize", SHA), id="target"
        ),
        pytest.param("schedule", {}, None, ScheduleEvent(), id="clock"),
        pytest.param("workflow_dispatch", {"sender": {"login": "ann"}}, 5, DispatchEvent(5), id="button"),
        pytest.param("workflow_dispatch", {"sender": None}, None, DispatchEvent(None), id="button, by nobody"),
    ],
)
def test_parse(name: str, payload: dict[str, object], number: int | None, event: Event) -> None:
    assert parse(name, payload, number) == event


@pytest.mark.parametrize(
    ("name", "payload", "problem"),
    [
        pytest.param("push", {}, "'push' is not an event HLS answers", id="another event"),
        pytest.param("issues", issue_event(number="7"), "'number' is '7', not a positive whole number", id="text"),
        pytest.param("issues", issue_event(number=True), "'number' is True", id="a truth value"),
        pytest.param("issues", issue_event(number=0), "'number' is 0", id="zero"),
        pytest.param("issues", issue_event(number=None), "'number' is None", id="null"),
        pytest.param(
            "issue_comment",
            comment_event() | {"comment": {"id": None}},
            "'id' is None, not a positive whole number",
            id="a comment without an id",
        ),
        pytest.param("pull_request", pull_event(head={"sha": ""}), "head has no 'sha'", id="no commit"),
    ],
)
def test_what_is_unreadable_is_named(name: str, payload: dict[str, object], problem: str) -> None:
    with pytest.raises(EventUnreadable, match=problem):
        parse(name, payload)


def test_a_missing_object_is_malformed() -> None:
    with pytest.raises(MalformedEvent, match="no 'head' object"):
        parse("pull_request", pull_event(head=None))
