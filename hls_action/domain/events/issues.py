"""Somebody opened, edited or reopened an issue, or gave it a label.

Payload: https://docs.github.com/webhooks/webhook-events-and-payloads#issues
"""

from __future__ import annotations

from hls_action.domain.events.delivery import Delivery, EventKind, time_of, whole_number
from hls_action.domain.events.relevance import EVENTS, is_about_opening
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def trigger(delivery: Delivery) -> Trigger:
    """The issue, and when its text was edited, if that is what happened."""
    issue = delivery.object_of("issue")
    changes = delivery.payload.get("changes")
    text_edited = delivery.action == "edited" and isinstance(changes, dict) and "body" in changes
    return Trigger(
        (ThreadId(whole_number(issue, "number")),),
        delivery.event,
        delivery.action,
        is_pull=False,
        opening=is_about_opening(delivery.action, delivery.payload, issue),
        edited=time_of(issue, "updated_at") if text_edited else None,
        transferred=isinstance(changes, dict) and "old_issue" in changes,
    )


ISSUES = EventKind(trigger, "issues", EVENTS["issues"].actions)
