"""Who may have how much of a day: bounds for people without write access, so that nobody takes it all.

By what was settled and what is reserved, as the caps are. Everything here is percent of the day's cap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from hls_action.domain.budget.budget import Budget, Reservation, day_of, next_day
from hls_action.domain.budget.errors import ShareReached

Standing = Literal["writer", "known", "new", "bot"]
"""What an account is to the repository: it has write access, HLS has met it before, it has not, or it is a machine."""

WHOLE = 100


@dataclass(frozen=True)
class Shares:
    """Percent of the day's cap, and answers a day; 0 for no such bound.

    ``kept_for_writers``: what others leave to people with write access. ``kept_for_issues``: what follow-ups of others
    leave to first answers, besides. ``newcomers``: for all accounts together that HLS has not met before; ``bots``: for
    all bots together. ``per_stranger`` and ``answers_per_stranger``: for one account without write access.
    """

    kept_for_writers: int = 20
    kept_for_issues: int = 10
    per_stranger: int = 10
    answers_per_stranger: int = 5
    newcomers: int = 40
    bots: int = 10


@dataclass(frozen=True)
class Asker:
    """On whose account a call goes. A ``writer`` has no bounds but the caps.

    ``follow_up``: nothing but comments is answered. ``verified``: GitHub was asked whether they have write access.
    """

    standing: Standing = "writer"
    follow_up: bool = False
    verified: bool = False


DEFAULT_SHARES = Shares()
UNBOUND = Asker()


def was_met(budget: Budget, actor: str, day: str) -> bool:
    """Whether an account was answered on an earlier day, of those that are kept."""
    return any(actor in spending.actors for earlier, spending in budget.days.items() if earlier < day)


def check(budget: Budget, wanted: Reservation, asker: Asker, shares: Shares, cap: Decimal | None) -> None:
    """Whether a call keeps the bounds. ``wanted``: with all that goes before it; ``cap``: the day's.

    A share that nobody has used yet today lets one call through, however small it is. Errors: `ShareReached`, until the
    next day, or until calls under way have ended that may turn out to cost less.
    """
    if asker.standing == "writer":
        return
    found = _refusal(budget, wanted, asker, shares, cap)
    if found is not None:
        tomorrow = next_day(wanted.at)
        settled = replace(budget, reservations={})
        passes = _refusal(settled, wanted, asker, shares, cap) is None
        raise ShareReached(*found, min(wanted.until, tomorrow) if passes else tomorrow)


def _refusal(
    budget: Budget, wanted: Reservation, asker: Asker, shares: Shares, cap: Decimal | None
) -> tuple[str, str] | None:
    """The first bound that does not hold, by its key, and what it says of people."""
    actor = wanted.call.actor
    had = budget.answers(actor, day_of(wanted.at))
    if asker.standing != "bot" and 0 < shares.answers_per_stranger <= had:
        return (
            "answers_per_stranger",
            f"{actor} has had {had} answers today, which is what one account without write access gets",
        )
    for name, percent, used, why in _bounds(budget, wanted, asker, shares) if cap is not None else ():
        if used and used + wanted.usd > (cap or 0) * percent / WHOLE:
            return name, why
    return None


def _bounds(
    budget: Budget, wanted: Reservation, asker: Asker, shares: Shares
) -> Iterator[tuple[str, int, Decimal, str]]:
    """Each bound that holds: its key, the percent it allows, what of them is used, and why it is there."""
    actor, day = wanted.call.actor, day_of(wanted.at)
    if asker.standing != "bot" and shares.per_stranger:
        why = f"{actor} has had what one account without write access gets, {shares.per_stranger} % of the day's budget"
        yield "per_stranger", shares.per_stranger, budget.committed_by_actor(actor, day), why
    for standing, name, percent, who in (
        ("new", "newcomers", shares.newcomers, "accounts that HLS had not met before today"),
        ("bot", "bots", shares.bots, "bots"),
    ):
        if asker.standing == standing and percent:
            why = f"{who} have had their share, {percent} % of the day's budget"
            yield name, percent, budget.committed_by_standing(standing, day), why
    used = budget.committed(day) - budget.committed_by_standing("writer", day)
    left = WHOLE - shares.kept_for_writers
    why = f"{shares.kept_for_writers} % of the day's budget is kept for people with write access"
    yield "kept_for_writers", left, used, why
    if asker.follow_up:
        why = f"{shares.kept_for_issues} % of the day's budget is kept for first answers to issues and pull requests"
        yield "kept_for_issues", left - shares.kept_for_issues, used, why
