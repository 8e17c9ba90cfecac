"""What each event has a run look at, and the table of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hls_action.domain.events import dispatch
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.kinds import EVENT_KINDS
from hls_action.domain.events.relevance import EVENTS, MalformedEvent
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from tests.unit.builders import NOON, comment_event, issue_event, pull_event, trigger


def edited(updated_at: str = "2026-11-02T12:00:00Z", **changes: object) -> dict[str, object]:
    """An edit of an issue that changed these."""
    return issue_event("edited", updated_at=updated_at) | {"changes": changes}


ISSUE = trigger(7, "issues", "opened", is_pull=False, opening=True)
EDITED = trigger(7, "issues", "edited", is_pull=False)
COMMENT = trigger(7, "issue_comment", "created", is_pull=False, comment=31)

ROWS = [
    pytest.param("issues", issue_event(), ISSUE, id="issue"),
    pytest.param("issues", edited(body={"from": "?"}), replace(EDITED, edited=NOON), id="its text edited"),
    pytest.param("issues", edited(title={"from": "?"}), EDITED, id="its title edited"),
    pytest.param("issues", edited("gestern", body={}), EDITED, id="edited at an odd time"),
    pytest.param("issues", edited("2026-11-02", body={}), EDITED, id="edited some day"),
    pytest.param("issue_comment", comment_event(), COMMENT, id="comment"),
    pytest.param(
        "issue_comment",
        comment_event(pull_request={"url": "https://api.github.com/repos/o/r/pulls/7"}),
        replace(COMMENT, is_pull=True),
        id="comment on a pull request",
    ),
    pytest.param(
        "pull_request",
        pull_event(),
        trigger(7, "pull_request", "opened", is_pull=True, opening=True),
        id="pull request",
    ),
    pytest.param(
        "issues",
        issue_event("reopened", sender={"login": "maya"}),
        trigger(7, "issues", "reopened", is_pull=False),
        id="issue that a maintainer reopened",
    ),
    pytest.param(
        "pull_request_target",
        pull_event("synchronize"),
        trigger(7, "pull_request_target", "synchronize", is_pull=True, opening=True),
        id="target",
    ),
    pytest.param("schedule", {}, Trigger(), id="clock"),
    pytest.param("workflow_dispatch", {"sender": None}, Trigger(), id="button, by nobody"),
]


@pytest.mark.parametrize(("name", "payload", "expected"), ROWS)
def test_what_an_event_has_a_run_look_at(name: str, payload: dict[str, object], expected: Trigger) -> None:
    assert dispatch.trigger_of(name, payload) == expected
    assert dispatch.trigger_of(name, payload, repeated=True) == replace(expected, repeated=True)


@pytest.mark.parametrize(("name", "payload", "expected"), ROWS)
def test_only_the_button_heeds_the_number(name: str, payload: dict[str, object], expected: Trigger) -> None:
    heeded = dispatch.trigger_of(name, payload, 5) != expected
    assert heeded is (name == "workflow_dispatch")


def test_the_button_with_a_number_is_another_try_at_that_thread() -> None:
    sent: dict[str, object] = {"sender": {"login": "ann"}}
    assert dispatch.trigger_of("workflow_dispatch", sent, 5) == Trigger((ThreadId(5),), retry=True)


def test_the_gate_and_the_line_know_the_same_events() -> None:
    assert EVENT_KINDS.keys() == EVENTS.keys()
    assert {row.values[0] for row in ROWS} == EVENTS.keys(), "each has its rows above"


@pytest.mark.parametrize("event", EVENTS)
def test_maintainers_may_choose_among_the_actions_that_get_through_the_gate(event: str) -> None:
    kind = EVENT_KINDS[event]
    assert kind.actions == EVENTS[event].actions
    assert bool(kind.setting) == bool(kind.actions)


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
        dispatch.trigger_of(name, payload)


def test_a_missing_object_is_malformed() -> None:
    with pytest.raises(MalformedEvent, match="no 'head' object"):
        dispatch.trigger_of("pull_request", pull_event(head=None))
