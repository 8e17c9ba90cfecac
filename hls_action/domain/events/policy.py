"""Which events the maintainers want answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hls_action.domain.events.kinds import EVENT_KINDS, SETTINGS
from hls_action.domain.reasons import NONE, Reason


@dataclass(frozen=True)
class EventPolicy:
    """Which actions of each event the maintainers want answered (``events`` in the configuration).

    ``named``: by setting, the actions they wrote down themselves.
    """

    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, setting: str) -> tuple[str, ...]:
        """The actions that are wanted, by the key of `SETTINGS`: all that HLS knows unless some are named."""
        return self.named.get(setting, SETTINGS[setting])

    @property
    def every_push(self) -> bool:
        """Whether they named ``synchronize`` themselves, so that any run picks up a head nobody reviewed.

        Without it, a push is reviewed when the workflow runs for it.
        """
        return "synchronize" in self.named.get("pull_request", ())

    def refusal(self, event: str, action: str) -> Reason:
        """Why an event is one that the maintainers switched off, if it is; the clock and the button always count."""
        setting = EVENT_KINDS[event].setting if event in EVENT_KINDS else ""
        if not setting or action in self.of(setting):
            return NONE
        return Reason("event-off", f"'{event}' with action '{action}' is not in `events` of the configuration")
