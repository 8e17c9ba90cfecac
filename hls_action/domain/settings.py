"""What the maintainers decided, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from hls_action.domain import alerts
from hls_action.domain.budget.budget import Caps
from hls_action.domain.budget.prices import Geo, Price
from hls_action.domain.budget.shares import DEFAULT_SHARES, Shares
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.knowledge.guidance import Instruction
from hls_action.domain.limits.brakes import Limits
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.look import Mode
from hls_action.domain.tasks.marks import TriageRules
from hls_action.domain.tasks.task import EarlierReview
from hls_action.domain.text.hosts import GIVEN
from hls_action.domain.threads.items import ItemKind

DEFAULT_MODEL = "claude-sonnet-5-5"
DEFAULT_CAPS = Caps(daily=Decimal(5))

ITEM_KINDS: Mapping[str, ItemKind] = {"issue": "issue", "comment": "comment", "pull_request": "pull", "label": "label"}
"""What the configuration calls each kind of item."""

CapStep = Literal["cheaper_model", "shorter_context", "defer", "skip"]
CAP_STEPS: tuple[CapStep, ...] = ("cheaper_model", "shorter_context", "defer", "skip")
"""What may be tried when a call would pass a cap, in this order; the last two end it."""


@dataclass(frozen=True)
class KindSettings:
    """How one kind of item is answered, where that differs: what is empty or 0 is as for all."""

    model: str = ""
    effort: str = ""
    max_tokens: int = 0


@dataclass(frozen=True)
class Settings:
    """What the maintainers configured, under the configuration's own names. USD, days, hours.

    - ``max_tokens``: bounds one answer, thinking included. ``inference_geo``: where Claude is to think
    - ``label_allow``: None for any label that the repository has
    - ``triage``: the labels and types by which fields of an answer act
    - ``least_confidence``: below it nothing is posted that nobody asked for
    - ``security_contact``: where holes are reported, an address or a path; ``""`` for the repository's own form
    - ``at_cap``: what is tried when a call would pass one of ``caps``
    - ``shares``: what of a day people without write access may have
    - ``kind_settings``: what differs for some kinds of items
    - ``reference_files``: patterns for the files that Claude looks things up in; None for the usual ones
    - ``code``: whether they are looked up in the project's code; None where that is public
    - ``instructions``: what is wanted for some items alone. ``ignore``: patterns for files that no review reads
    - ``look``: when ``look_model`` chooses first what an answer is shown
    - ``review``: what becomes of an earlier review of ours
    - ``notice``: who asked, and is kept waiting by a cap, is told until when
    - ``follow_up``: what an issue's author answers to a question of HLS's is heard without a mention
    - ``eyes``: what somebody asked has a reaction while HLS is at work on it
    - ``remind_after_days``: when a sweep reminds an author of a question of HLS's, once; 0 for never
    - ``sweep_hours`` and ``sweep_threads`` bound one sweep, ``sweep_workers`` how many threads it answers at once
    - ``limits``: how many answers are given
    - ``issues``: whether sweeps keep an index of the repository's issues, and runs look for related ones
    - ``link_hosts``: where replies may lead, as `hosts.allowed` has it
    """

    model: str = DEFAULT_MODEL
    effort: str = ""
    max_tokens: int = 8_000
    inference_geo: Geo = ""
    events: EventPolicy = field(default_factory=EventPolicy)
    label_allow: tuple[str, ...] | None = None
    triage: TriageRules = field(default_factory=TriageRules)
    least_confidence: float = 0.0
    security_contact: str = ""
    link_hosts: tuple[str, ...] = (GIVEN,)
    caps: Caps = DEFAULT_CAPS
    limits: Limits = field(default_factory=Limits)
    shares: Shares = DEFAULT_SHARES
    at_cap: tuple[CapStep, ...] = ("defer",)
    cheaper_model: str = ""
    prices: Mapping[str, Price] = field(default_factory=dict)
    kind_settings: Mapping[ItemKind, KindSettings] = field(default_factory=dict)
    reference_files: tuple[str, ...] | None = None
    code: bool | None = None
    issues: bool = True
    instructions: tuple[Instruction, ...] = ()
    ignore: tuple[str, ...] = ()
    look: Mode = "auto"
    look_model: str = "claude-haiku-5-5"
    review: EarlierReview = "fold"
    alerts: alerts.Rules = field(default_factory=alerts.Rules)
    notice: bool = True
    follow_up: bool = True
    eyes: bool = True
    remind_after_days: int = 0
    sweep_hours: int = 24
    sweep_threads: int = 10
    sweep_workers: int = 3

    @property
    def switched_off(self) -> Reason:
        """Why nothing at all is answered, where the maintainers allow no money for it."""
        zero = [name for name in ("daily", "monthly") if getattr(self.caps, name) == 0]
        if not zero:
            return NONE
        return Reason(
            "switched-off", f"to get answers, raise `budget.{zero[0]}_usd`, which is 0 USD: HLS answers nothing"
        )

    def for_kind(self, kind: ItemKind) -> Settings:
        """As they are for an answer to an item of this kind."""
        own_settings = self.kind_settings.get(kind, KindSettings())
        return replace(
            self,
            model=own_settings.model or self.model,
            effort=own_settings.effort or self.effort,
            max_tokens=own_settings.max_tokens or self.max_tokens,
        )
