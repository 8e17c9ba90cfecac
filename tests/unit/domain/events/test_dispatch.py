"""What each event has a run look at, and the table of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
    pytest.param("issues", issue_event() | {"changes": {"body": {"from": "?"}}}, ISSUE, id="opened, with a text"),
    pytest.param("issues", issue_event("edited") | {"changes": None}, EDITED, id="edited, who knows what"),
    pytest.param(
        "issues",
        issue_event() | {"changes": {"old_issue": {"number": 3}, "old_repository": {}}},
        replace(ISSUE, transferred=True),
        id="issue from another repository",
    ),
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
        "pull_request",
        pull_event("reopened", sender={"login": "maya"}),
        trigger(7, "pull_request", "reopened", is_pull=True),
        id="pull request that a maintainer reopened",
    ),
    pytest.param(
        "pull_request",
        pull_event("reopened"),
        trigger(7, "pull_request", "reopened", is_pull=True, opening=True),
        id="pull request that its author reopened",
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
        pytest.param("issues", issue_event(number=2**63), "'number' is 9223372036854775808", id="too large"),
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


@pytest.mark.parametrize("number", [1, 2**63 - 1])
def test_any_number_that_fits_is_readable(number: int) -> None:
    assert dispatch.trigger_of("issues", issue_event(number=number)).threads == (ThreadId(number),)


def test_a_missing_object_is_malformed() -> None:
    with pytest.raises(MalformedEvent, match="no 'head' object"):
        dispatch.trigger_of("pull_request", pull_event(head=None))


# ---- what a trigger says of itself ----


@pytest.mark.parametrize(
    ("changes", "just_opened"),
    [
        ({"event": "issues", "action": "opened"}, True),
        ({"event": "issues", "action": "edited"}, False),
        ({"event": "pull_request", "action": "opened"}, False),
        ({"event": "issues", "action": "opened", "repeated": True}, False),
        ({"event": "issues", "action": "opened", "transferred": True}, False),
        ({}, False),
    ],
)
def test_an_issue_is_just_opened_when_that_woke_the_first_run(changes: dict[str, Any], just_opened: bool) -> None:
    assert Trigger(**changes).just_opened is just_opened


@pytest.mark.parametrize(
    ("changes", "ordered"),
    [
        ({}, False),
        ({"retry": True}, True),
        ({"force": True}, True),
        ({"retry": True, "force": True}, True),
        ({"retry": True, "since": NOON}, False),
        ({"force": True, "since": NOON}, False),
    ],
)
def test_an_order_names_a_thread_not_a_time(changes: dict[str, Any], ordered: bool) -> None:
    assert Trigger(**changes).ordered is ordered


def test_a_push_is_told_from_other_events_of_a_pull_request() -> None:
    assert trigger(7, "pull_request", "synchronize").pushed
    assert not trigger(7, "pull_request", "opened").pushed


def test_one_thread_of_several_is_looked_at_for_the_same_reason() -> None:
    both = Trigger((ThreadId(7), ThreadId(8)), retry=True, since=NOON)
    assert both.for_one(1) == Trigger((ThreadId(8),), retry=True, since=NOON)


def test_of_itself_a_trigger_claims_nothing() -> None:
    plain = Trigger()
    assert (plain.threads, plain.event, plain.action) == ((), "", "")
    claims = (plain.repeated, plain.opening, plain.transferred, plain.retry, plain.force)
    assert not any(claims)
    assert (plain.is_pull, plain.comment, plain.since, plain.quiet_before, plain.edited) == (None,) * 5
