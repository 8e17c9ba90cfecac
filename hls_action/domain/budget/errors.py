"""A call that could pass a cap. It was not made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from hls_action.domain.errors import HLSError


class BudgetExceeded(HLSError):
    """The worst case of a call costs more than the cap allows. No call was made."""

    code = "budget"


class CapReached(BudgetExceeded):
    """Given what is already spent and reserved, a call could exceed a cap.

    ``name``: the cap's key in the configuration. ``resets_at``: when the cap's period ends; None when the cap has
    none. ``exceeds_cap_alone``: the call alone costs more than the cap. ``skip``: the maintainers want no later try.
    ``fits``: the largest `max_tokens` by which the call alone keeps the cap, where one does.
    """

    def __init__(
        self, name: str, cap: Decimal, committed: Decimal, worst: Decimal, resets_at: datetime | None, fits: int = 0
    ) -> None:
        before = f" after {committed:.4f} USD" if committed else ""
        self.exceeds_cap_alone = worst > cap
        advice = f"raise `budget.{name}`, which is {cap} USD, or choose a cheaper `model`"
        if self.exceeds_cap_alone and fits:
            advice = f"set `max_tokens` to {fits} or less, {advice}"
        super().__init__(f"{advice}: a call could cost {worst:.4f} USD{before}")
        self.name = name
        self.resets_at = resets_at
        self.skip = resets_at is None and not self.exceeds_cap_alone
        self._bounds = (cap, committed, worst)

    def with_affordable(self, affordable: Callable[[Decimal], int]) -> CapReached:
        """The same, with what would fit. ``affordable``: the largest `max_tokens` for so many USD; 0 for none."""
        cap, committed, worst = self._bounds
        error = CapReached(self.name, cap, committed, worst, self.resets_at, affordable(cap))
        error.skip = self.skip
        return error


class ShareReached(CapReached):
    """A call keeps the caps, and would take more of the day than whoever asks for it may have.

    ``name``: the bound's key in the configuration; ``why``: what it says of them, for people.
    """

    code = "share"

    def __init__(self, name: str, why: str, resets_at: datetime) -> None:
        until = f"{resets_at:%Y-%m-%d %H:%M} UTC"
        HLSError.__init__(
            self,
            f"wait until {until}, or have somebody with write access address HLS in this thread: {why} "
            f"(`budget.{name}`)",
        )
        self.name = name
        self.resets_at = resets_at
        self.exceeds_cap_alone = self.skip = False

    def with_affordable(self, affordable: Callable[[Decimal], int]) -> CapReached:  # noqa: ARG002 - no size would fit
        """The same: a bound is not about one call."""
        return self
