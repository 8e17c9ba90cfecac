"""Somebody opened, reopened or pushed to a pull request, or marked it ready for review.

``pull_request_target`` has the same payload, and the base branch's secrets:
https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
"""

from __future__ import annotations

from hls_action.domain.events.arrival import Arrival, EventUnreadable, Kind, whole
from hls_action.domain.events.relevance import EVENTS, brings_opening, object_of, text_of
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def trigger(arrival: Arrival) -> Trigger:
    """The pull request, which has a head."""
    pull = arrival.object_of("pull_request")
    if not text_of(object_of(pull, "head", arrival.event), "sha"):
        raise EventUnreadable("the pull request's head has no 'sha'")
    return Trigger(
        (ThreadId(whole(pull, "number")),),
        arrival.event,
        arrival.action,
        is_pull=True,
        opening=brings_opening(arrival.action, arrival.payload, pull),
    )


PULLS = Kind(trigger, "pull_request", EVENTS["pull_request"].actions)
