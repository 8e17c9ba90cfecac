"""Somebody opened, reopened or pushed to a pull request, or marked it ready for review.

``pull_request_target`` has the same payload, and the base branch's secrets:
https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
"""

from __future__ import annotations

from hls_action.domain.events.delivery import Delivery, EventKind, EventUnreadable, whole_number
from hls_action.domain.events.relevance import EVENTS, is_about_opening, object_of, text_of
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def trigger(delivery: Delivery) -> Trigger:
    """The pull request, which has a head."""
    pull = delivery.object_of("pull_request")
    if not text_of(object_of(pull, "head", delivery.event), "sha"):
        raise EventUnreadable("the pull request's head has no 'sha'")
    return Trigger(
        (ThreadId(whole_number(pull, "number")),),
        delivery.event,
        delivery.action,
        is_pull=True,
        opening=is_about_opening(delivery.action, delivery.payload, pull),
    )


PULLS = EventKind(trigger, "pull_request", EVENTS["pull_request"].actions)
