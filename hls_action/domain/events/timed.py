"""A schedule fired, or somebody dispatched the workflow: no thread is involved.

https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_dispatch
"""

from __future__ import annotations

from hls_action.domain.events.delivery import Delivery, EventKind
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId


def from_schedule(_: Delivery) -> Trigger:
    """A sweep, which looks for threads itself."""
    return Trigger()


def from_dispatch(delivery: Delivery) -> Trigger:
    """The thread that the input ``number`` names, tried again; without it, a sweep."""
    return Trigger() if delivery.number is None else Trigger((ThreadId(delivery.number),), retry=True)


SCHEDULE, DISPATCH = EventKind(from_schedule), EventKind(from_dispatch)
