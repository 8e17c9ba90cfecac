"""A schedule fired, or somebody dispatched the workflow: no thread is involved.

https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_dispatch
"""

from __future__ import annotations

from hls_action.domain.events.arrival import Arrival, Kind
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def by_clock(_: Arrival) -> Trigger:
    """A sweep, which looks for threads itself."""
    return Trigger()


def by_button(arrival: Arrival) -> Trigger:
    """The thread that the input ``number`` names, tried again; without it, a sweep."""
    return Trigger() if arrival.number is None else Trigger((ThreadId(arrival.number),), retry=True)


CLOCK, BUTTON = Kind(by_clock), Kind(by_button)
