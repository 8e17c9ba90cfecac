"""Every kind of event. The gate has a table of its own (`relevance.EVENTS`), since it cannot import this one."""

from __future__ import annotations

from hls_action.domain.events.comments import COMMENTS
from hls_action.domain.events.delivery import EventKind
from hls_action.domain.events.issues import ISSUES
from hls_action.domain.events.pulls import PULLS
from hls_action.domain.events.timed import DISPATCH, SCHEDULE

EVENT_KINDS: dict[str, EventKind] = {
    "issues": ISSUES,
    "issue_comment": COMMENTS,
    "pull_request": PULLS,
    "pull_request_target": PULLS,
    "schedule": SCHEDULE,
    "workflow_dispatch": DISPATCH,
}
"""By event."""

SETTINGS = {kind.setting: kind.actions for kind in EVENT_KINDS.values() if kind.setting}
"""The keys under ``events:`` in the configuration, with the actions that each may name."""
