"""A delivery: an event with its payload, and how each kind of event becomes a trigger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hls_action.domain.events.relevance import object_of, text_of
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.json_values import HIGHEST_ID


class EventUnreadable(ValueError):
    """The payload passed the gate but lacks something that GitHub always sends."""


@dataclass(frozen=True)
class Delivery:
    """An event with its payload. ``number``: the action's input of that name."""

    event: str
    payload: dict[str, object]
    number: int | None = None

    @property
    def action(self) -> str:
        """What happened; ``""`` for an event that has no actions."""
        return text_of(self.payload, "action")

    def object_of(self, key: str) -> dict[str, object]:
        """An object of the payload. Errors: ``MalformedEvent`` when it is not there."""
        return object_of(self.payload, key, self.event)


@dataclass(frozen=True)
class EventKind:
    """A kind of event, beyond what the gate knows of it.

    ``trigger``: which threads such an event has a run look at, and why; errors: `EventUnreadable` naming what is
    missing, ``MalformedEvent`` when a whole object is. ``setting``: the key under ``events:`` in the configuration by
    which maintainers choose among ``actions``; ``""`` for what they cannot switch off there. Kinds may share it.
    """

    trigger: Callable[[Delivery], Trigger]
    setting: str = ""
    actions: tuple[str, ...] = ()


def whole_number(source: dict[str, object], key: str) -> int:
    """The positive number under ``key``. Errors: `EventUnreadable`."""
    value = source.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= HIGHEST_ID:
        raise EventUnreadable(f"'{key}' is {value!r}, not a positive whole number")
    return value


def time_of(source: dict[str, object], key: str) -> datetime | None:
    """The time under ``key``; None when it is none: what is odd there must not keep a thread from being answered."""
    try:
        when = datetime.fromisoformat(text_of(source, key))
    except ValueError:
        return None
    return when if when.tzinfo else None


def is_public(payload: dict[str, object]) -> bool:
    """Whether everybody may read the event's repository; False where the event does not say."""
    repository = payload.get("repository")
    if not isinstance(repository, dict) or repository.get("private") is not False:
        return False
    return text_of(repository, "visibility") in ("", "public")
