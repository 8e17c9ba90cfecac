"""Somebody opened, edited or reopened an issue, or gave it a label.

Payload: https://docs.github.com/webhooks/webhook-events-and-payloads#issues
"""

from __future__ import annotations

from hls_action.domain.events.arrival import Arrival, Kind, time_of, whole
from hls_action.domain.events.relevance import EVENTS, brings_opening
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def trigger(arrival: Arrival) -> Trigger:
    """The issue, and when its text was edited, if that is what happened."""
    issue = arrival.object_of("issue")
    changes = arrival.payload.get("changes")
    text_edited = arrival.action == "edited" and isinstance(changes, dict) and "body" in changes
    return Trigger(
        (ThreadId(whole(issue, "number")),),
        arrival.event,
        arrival.action,
        is_pull=False,
        opening=brings_opening(arrival.action, arrival.payload, issue),
        edited=time_of(issue, "updated_at") if text_edited else None,
        transferred=isinstance(changes, dict) and "old_issue" in changes,
    )


ISSUES = Kind(trigger, "issues", EVENTS["issues"].actions)
