"""What an error of the Claude API means, beyond its status: whether the account is spent, and what to do about it.

Sources: https://platform.claude.com/docs/en/api/errors and https://platform.claude.com/docs/en/api/rate-limits
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

SPENT_CODES = frozenset(
    {"contract_spend_limit_reached", "enforced_spend_limit_reached", "linked_organization_spend_limit_reached"}
)
"""Codes of spend limits: the tier's monthly cap, and what is agreed in contracts."""
PAYMENT_REQUIRED = 402

# A limit that the customer set, and a lack of credit, have no code: by the documents the message begins like this.
_SPENT = re.compile(
    r"you have reached your specified (?:\w+ ){0,3}usage limits|your credit balance is too low", re.IGNORECASE
)
_RETURNS = re.compile(r"regain access on (\d{4}-\d{2}-\d{2})(?: at (\d{2}:\d{2}))? UTC", re.IGNORECASE)

SPEND_LIMIT_ADVICE = (
    "add credit or raise the spend limit in the Claude Console (Billing, or the workspace's own limits), or wait: HLS "
    "will retry automatically"
)

FEDERATION_ADVICE = (
    "check the federation rule that 'anthropic-federation-rule-id' names: its subject must fit this run's event, see "
    "the README; and 'anthropic-organization-id', 'anthropic-workspace-id' and 'anthropic-service-account-id'"
)


def is_spent(status: int, code: str, message: str) -> bool:
    """Whether calls are refused until somebody pays or raises a limit, or its period is over.

    ``code``: the API's own, the error's type where it has none.
    """
    if status == PAYMENT_REQUIRED or code in SPENT_CODES:
        return True
    return status // 100 == 4 and _SPENT.match(message) is not None


def access_returns(message: str) -> datetime | None:
    """When calls are accepted again, UTC, by what the API says of a spend limit; None where it names no time."""
    found = _RETURNS.search(message)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=UTC)
    except ValueError:
        return None


def advice(status: int, code: str, message: str, *, federated: bool) -> str:
    """What a maintainer can do, in a few words; ``""`` where nothing is known to help. ``federated``: without a key."""
    if is_spent(status, code, message):
        return SPEND_LIMIT_ADVICE
    match status:
        case 401 if federated:
            return "check what 'anthropic-federation-rule-id' names in the Claude Console"
        case 401:
            return "check the secret ANTHROPIC_API_KEY (input 'anthropic-api-key'): the key is not valid"
        case 403 if federated:
            return "check in the Claude Console what the service account of 'anthropic-federation-rule-id' may use"
        case 403:
            return (
                "check in the Claude Console what the key in the secret ANTHROPIC_API_KEY is allowed to use, "
                "or use another key"
            )
        case 404 if code:
            return "check `model` in the configuration and the input 'model': your account has no model of that name"
        case 404:
            return "check the variable ANTHROPIC_BASE_URL: it does not lead to the Claude API"
        case _:
            return ""
