"""What the Claude API's refusals mean, and what a maintainer is advised to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hls_action.domain.faults.claude_errors import (
    FEDERATION_ADVICE,
    SPEND_LIMIT_ADVICE,
    access_returns,
    advice,
    is_spent,
)

LIMIT = "You have reached your specified API usage limits."
CREDIT = "Your credit balance is too low to access the Claude API."


@pytest.mark.parametrize(
    ("status", "code", "message", "credit_exhausted"),
    [
        (402, "billing_error", "", True),
        (429, "contract_spend_limit_reached", "", True),
        (429, "enforced_spend_limit_reached", "", True),
        (429, "linked_organization_spend_limit_reached", "", True),
        (429, "rate_limit_error", "Slow down.", False),
        (400, "invalid_request_error", LIMIT, True),
        (400, "invalid_request_error", "You have reached your specified workspace API usage limits.", True),
        (400, "invalid_request_error", CREDIT, True),
        (403, "permission_error", CREDIT.upper(), True),
        (400, "invalid_request_error", f"The prompt says: {CREDIT}", False),
        (399, "", LIMIT, False),
        (500, "api_error", LIMIT, False),
    ],
)
def test_when_an_account_is_spent(status: int, code: str, message: str, credit_exhausted: bool) -> None:
    assert is_spent(status, code, message) is credit_exhausted
    assert (advice(status, code, message, federated=False) == SPEND_LIMIT_ADVICE) is credit_exhausted


@pytest.mark.parametrize(
    ("message", "returns"),
    [
        (f"{LIMIT} You will regain access on 2026-12-01 at 06:30 UTC.", datetime(2026, 12, 1, 6, 30, tzinfo=UTC)),
        (f"{LIMIT} You will regain access on 2026-12-01 UTC.", datetime(2026, 12, 1, tzinfo=UTC)),
        (f"{LIMIT} You will REGAIN access on 2026-12-01 utc.", datetime(2026, 12, 1, tzinfo=UTC)),
        (f"{LIMIT} You will regain access on 2026-13-01 UTC.", None),
        (LIMIT, None),
    ],
)
def test_when_calls_are_accepted_again(message: str, returns: datetime | None) -> None:
    assert access_returns(message) == returns


@pytest.mark.parametrize(
    ("status", "code", "federated", "said"),
    [
        (401, "authentication_error", True, "check what 'anthropic-federation-rule-id' names in the Claude Console"),
        (
            401,
            "authentication_error",
            False,
            "check the secret ANTHROPIC_API_KEY (input 'anthropic-api-key'): the key is not valid",
        ),
        (
            403,
            "permission_error",
            True,
            "check in the Claude Console what the service account of 'anthropic-federation-rule-id' may use",
        ),
        (
            403,
            "permission_error",
            False,
            (
                "check in the Claude Console what the key in the secret ANTHROPIC_API_KEY is allowed to use, "
                "or use another key"
            ),
        ),
        (
            404,
            "not_found_error",
            False,
            "check `model` in the configuration and the input 'model': your account has no model of that name",
        ),
        (404, "", False, "check the variable ANTHROPIC_BASE_URL: it does not lead to the Claude API"),
        (
            402,
            "",
            False,
            (
                "add credit or raise the spend limit in the Claude Console (Billing, or the workspace's own"
                " limits), or wait: HLS will retry automatically"
            ),
        ),
        (400, "invalid_request_error", False, ""),
        (529, "overloaded_error", True, ""),
    ],
)
def test_what_a_maintainer_is_advised(status: int, code: str, federated: bool, said: str) -> None:
    assert advice(status, code, "", federated=federated) == said


def test_a_refused_sign_in_begins_with_the_rule_to_check_and_names_inputs_of_ours() -> None:
    assert FEDERATION_ADVICE.startswith(
        "check the federation rule that 'anthropic-federation-rule-id' names: its subject must"
    )
    inputs = set(re.findall(r"(?m)^  ([a-z-]+):$", (Path(__file__).parents[4] / "action.yml").read_text("utf-8")))
    assert set(re.findall("'([a-z-]{8,})'", FEDERATION_ADVICE)) <= inputs
