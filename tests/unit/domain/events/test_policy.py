"""Which events the maintainers want answered."""

from __future__ import annotations

import pytest

from hls_action.domain.events.kinds import EVENT_KINDS, SETTINGS
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.relevance import EVENTS


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_is_refused_unless_it_was_switched_off(event: str) -> None:
    for action in EVENTS[event].actions or ("",):
        assert not EventPolicy().refusal(event, action)
        assert not EventPolicy(SETTINGS).refusal(event, action)


@pytest.mark.parametrize(
    ("event", "setting"), [(event, kind.setting) for event, kind in EVENT_KINDS.items() if kind.setting]
)
def test_each_event_is_switched_off_by_its_setting_alone(event: str, setting: str) -> None:
    for other in SETTINGS:
        policy = EventPolicy({other: ()})
        for action in EVENTS[event].actions:
            assert policy.refusal(event, action).code == ("event-off" if other == setting else "")


def test_what_is_not_named_is_wanted_whole() -> None:
    policy = EventPolicy({"issues": ("opened",)})
    assert policy.of("issues") == ("opened",)
    assert policy.of("issue_comment") == EVENTS["issue_comment"].actions


@pytest.mark.parametrize(
    ("policy", "every_push"),
    [
        pytest.param(EventPolicy(), False, id="by default, a push is reviewed by its own run"),
        pytest.param(EventPolicy({"pull_request": ("opened",)}), False, id="named without pushes"),
        pytest.param(EventPolicy({"pull_request": ("opened", "synchronize")}), True, id="named with pushes"),
        pytest.param(EventPolicy({"issues": ("opened",)}), False, id="another event is named"),
        pytest.param(EventPolicy(SETTINGS), True, id="everything is wanted"),
    ],
)
def test_every_push_is_wanted_by_whoever_names_it(policy: EventPolicy, every_push: bool) -> None:
    assert policy.every_push is every_push


@pytest.mark.parametrize(
    ("event", "action", "wanted"),
    [
        ("issues", "opened", True),
        ("issues", "edited", False),
        ("issue_comment", "created", False),
        ("pull_request", "synchronize", True),
        ("pull_request_target", "opened", False),
        ("schedule", "", True),
        ("", "", True),
    ],
)
def test_the_policy_refuses_what_is_switched_off(event: str, action: str, wanted: bool) -> None:
    policy = EventPolicy({"issues": ("opened",), "issue_comment": (), "pull_request": ("synchronize",)})
    refusal = policy.refusal(event, action)
    assert bool(refusal) is not wanted
    assert (
        wanted or str(refusal) == f"event-off: '{event}' with action '{action}' is not in `events` of the configuration"
    )
