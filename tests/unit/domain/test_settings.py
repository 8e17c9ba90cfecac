"""What the maintainers decided, and what holds where they did not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hls_action.domain.alerts import Rules
from hls_action.domain.budget.budget import Caps
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.settings import CAP_STEPS, ITEM_KINDS, KindSettings, Settings
from hls_action.domain.tasks.task import EARLIER_REVIEWS


@pytest.mark.parametrize(
    ("manner", "model", "effort", "tokens"),
    [
        (None, "claude-a", "low", 1_000),
        (KindSettings(), "claude-a", "low", 1_000),
        (KindSettings(model="claude-b"), "claude-b", "low", 1_000),
        (KindSettings(effort="high"), "claude-a", "high", 1_000),
        (KindSettings(max_tokens=9), "claude-a", "low", 9),
    ],
)
def test_a_kind_of_item_is_answered_as_all_are_but_for_what_differs(
    manner: KindSettings | None, model: str, effort: str, tokens: int
) -> None:
    settings = Settings(
        "claude-a", "low", 1_000, kind_settings={"pull": manner} if manner else {"issue": KindSettings("claude-c")}
    )
    found = settings.for_kind("pull")
    assert (found.model, found.effort, found.max_tokens) == (model, effort, tokens)
    assert found.kind_settings == settings.kind_settings


def test_what_nobody_decided() -> None:
    settings = Settings()
    assert settings.caps == Caps(daily=Decimal(5))
    assert (settings.effort, settings.max_tokens, settings.inference_geo) == ("", 8_000, "")
    assert (settings.label_allow, settings.at_cap, settings.cheaper_model) == (None, ("defer",), "")
    assert (settings.look, settings.review, settings.notice) == ("auto", "fold", True)
    assert (settings.sweep_hours, settings.sweep_threads, settings.sweep_workers) == (24, 10, 3)
    assert (settings.events, settings.alerts, settings.prices, settings.kind_settings) == (
        EventPolicy(),
        Rules(),
        {},
        {},
    )


def test_what_can_be_written_in_the_configuration() -> None:
    assert ITEM_KINDS == {"issue": "issue", "comment": "comment", "pull_request": "pull", "label": "label"}
    assert CAP_STEPS == ("cheaper_model", "shorter_context", "defer", "skip")
    assert EARLIER_REVIEWS == ("fold", "replace", "new")
