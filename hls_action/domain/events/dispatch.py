"""Events: what each has a run look at. Past this boundary nobody digs in dictionaries.

A kind of event is a module with a row in `kinds.EVENT_KINDS`. Payload shapes:
https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from dataclasses import replace

from hls_action.domain.events.delivery import Delivery, EventUnreadable
from hls_action.domain.events.kinds import EVENT_KINDS
from hls_action.domain.events.trigger import Trigger


def trigger_of(event: str, payload: dict[str, object], number: int | None = None, *, repeated: bool = False) -> Trigger:
    """Why a run looks at threads, and at which, by its event.

    ``number``: the action's input of that name. ``repeated``: somebody ran the same event's run again.
    Errors: ``EventUnreadable`` naming what is missing; ``MalformedEvent`` when a whole object is.
    """
    kind = EVENT_KINDS.get(event)
    if kind is None:
        raise EventUnreadable(f"'{event}' is not an event HLS answers")
    return replace(kind.trigger(Delivery(event, payload, number)), repeated=repeated)
