"""Somebody wrote or edited a comment on an issue or a pull request.

Payload: https://docs.github.com/webhooks/webhook-events-and-payloads#issue_comment
"""

from __future__ import annotations

from hls_action.domain.events.delivery import Delivery, EventKind, whole_number
from hls_action.domain.events.relevance import EVENTS
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def trigger(delivery: Delivery) -> Trigger:
    """The thread that the comment is in, and which comment it is; only a pull request's says that it is one."""
    issue, comment = delivery.object_of("issue"), delivery.object_of("comment")
    return Trigger(
        (ThreadId(whole_number(issue, "number")),),
        delivery.event,
        delivery.action,
        is_pull=isinstance(issue.get("pull_request"), dict),
        comment=whole_number(comment, "id"),
    )


COMMENTS = EventKind(trigger, "issue_comment", EVENTS["issue_comment"].actions)
