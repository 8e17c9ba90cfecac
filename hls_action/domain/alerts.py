"""When to alert people: which threshold was passed in which period, each reported once, in one issue.

An alert is due by what the ledger says now and not by what one run did, so that it does not matter which run tells it,
or how often one dies on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from hls_action.domain.budget.budget import MONTH_LENGTH, Caps, Spending, day_of
from hls_action.domain.budget.errors import BudgetExceeded, ShareReached
from hls_action.domain.faults.claude_errors import SPEND_LIMIT_ADVICE
from hls_action.domain.faults.errors import SpendLimitReached
from hls_action.domain.ledger.model import AlertState, Claimant, Ledger, Record
from hls_action.domain.limits.brakes import RATE_LIMITED, Looping

MARKER = "<!-- hls:1 alerts/all -->"
"""The first line of the alert issue, by which it is found and by which no run takes it for somebody's issue."""
ALERT_LEASE = timedelta(minutes=10)
"""How long a run may hold the alerts; then another run may send them."""
LEAST_ITEMS = 5
"""With fewer items in a day, an error rate is meaningless."""
FULL_PERCENT = 100


@dataclass(frozen=True)
class Rules:
    """What the maintainers want to hear of.

    ``at``: percent of the day's and the month's cap. ``failed``: so many dead letters in a day; ``error_rate``: percent
    of a day's items that failed or wait for another try; ``sweep_days``: so many days without a sweep where there was
    one before, once a month; 0 for never. ``issue``: whether there is to be an alert issue.
    """

    at: tuple[int, ...] = (50, 80, FULL_PERCENT)
    failed: int = 5
    error_rate: int = 50
    sweep_days: int = 3
    issue: bool = True


@dataclass(frozen=True)
class Alert:
    """A threshold that was passed. ``text``: one line for people."""

    measure: str
    period: str
    level: int
    text: str

    @property
    def key(self) -> str:
        """What marks the comment that tells it."""
        return f"alert/{self.measure}.{self.period}.{self.level}"


def passed(ledger: Ledger, repository: str, rules: Rules, caps: Caps, now: datetime, mention: str) -> tuple[Alert, ...]:
    """Every threshold that is passed at this time, the highest of each measure. ``mention``: how HLS is addressed."""
    day = day_of(now)
    month = day[:MONTH_LENGTH]
    budgets = (
        ("daily_usd", day, "today", caps.daily, ledger.budget.days),
        ("monthly_usd", month, "this month", caps.monthly, ledger.budget.months),
    )
    found = [
        _budget(rules, measure, period, name, cap, periods.get(period, Spending()))
        for measure, period, name, cap, periods in budgets
        if cap is not None
    ]
    troubles = (
        _spent(ledger, repository, day),
        _loops(ledger, repository, day, mention),
        *_troubles(ledger, repository, rules, day),
    )
    return tuple(alert for alert in (*found, *troubles) if alert is not None)


def _budget(rules: Rules, measure: str, period: str, name: str, cap: Decimal, spending: Spending) -> Alert | None:
    used = spending.total * FULL_PERCENT / cap if cap else Decimal(0)
    if spending.refused:
        used = max(used, Decimal(FULL_PERCENT))
    level = max((each for each in rules.at if each <= used), default=None)
    if level is None:
        return None
    text = f"Claude has cost {spending.total:.2f} USD {name} ({period}): `budget.{measure}` is {cap} USD."
    if spending.refused:
        calls = "1 call was" if spending.refused == 1 else f"{spending.refused} calls were"
        text += f" {calls} not made because of this cap."
    return Alert(measure, period, level, text)


def _spent(ledger: Ledger, repository: str, day: str) -> Alert | None:
    """Reported whatever the rules say: nothing else would show it, and nothing is answered until then."""
    waiting = [record for record in ledger.records if record.repository == repository and _waits_for_money(record)]
    if not any(day_of(record.at) == day for record in waiting):
        return None
    first = min((record.until for record in waiting if record.until is not None), default=None)
    when = f" at {first:%Y-%m-%d %H:%M} UTC" if first else ""
    items = "1 item waits" if len(waiting) == 1 else f"{len(waiting)} items wait"
    text = f"{items} because the Claude account is out of credit: {SPEND_LIMIT_ADVICE}{when}."
    return Alert("spend_limit", day, 1, text)


def _loops(ledger: Ledger, repository: str, day: str, mention: str) -> Alert | None:
    """Reported whatever the rules say, and again for another thread: only a person can tell who is a machine."""
    found = {
        str(record.thread)
        for record in ledger.records
        if record.repository == repository
        and day_of(record.at) == day
        and (record.state, record.reason.code) == ("skipped", Looping.code)
    }
    if not found:
        return None
    text = (
        f"Check who answers whom in #{', #'.join(sorted(found))}: an account there answers HLS at once, repeats itself "
        f"or says nothing, and gets no answer any more. A maintainer's comment `{mention} retry` has it answered."
    )
    return Alert("loops", day, len(found), text)


def _waits_for_money(record: Record) -> bool:
    return record.state == "deferred" and record.reason.code == SpendLimitReached.code


def _troubles(ledger: Ledger, repository: str, rules: Rules, day: str) -> Iterable[Alert | None]:
    today = [
        record
        for record in ledger.records
        if record.repository == repository
        and day_of(record.at) == day
        and record.state in ("published", "deferred", "failed")
        and record.reason.code not in (BudgetExceeded.code, ShareReached.code)
        and not (record.state == "deferred" and record.reason.code in RATE_LIMITED)
        and not _waits_for_money(record)
    ]
    states = Counter(record.state for record in today)
    if rules.failed and states["failed"] >= rules.failed:
        yield Alert("failed", day, rules.failed, f"{states['failed']} items failed today ({day}) and need a person.")
    troubled = states["failed"] + states["deferred"]
    if rules.error_rate and len(today) >= LEAST_ITEMS and troubled * FULL_PERCENT >= rules.error_rate * len(today):
        text = f"{troubled} of {len(today)} items failed or were deferred today ({day})."
        yield Alert("error_rate", day, rules.error_rate, text)


def overdue(ledger: Ledger, repository: str, rules: Rules, now: datetime) -> tuple[Alert, ...]:
    """That no sweep ran for long, where one is on record: GitHub switches schedules off without a word to anybody."""
    sweep_progress = ledger.sweep_progress.get(repository)
    if sweep_progress is None or not rules.sweep_days:
        return ()
    days = (now - sweep_progress.at).days
    if days < rules.sweep_days:
        return ()
    text = (
        "Re-enable the scheduled workflow in the Actions tab, or dispatch it manually: no sweep has run since "
        f"{sweep_progress.at:%Y-%m-%d %H:%M} UTC ({days} {'day' if days == 1 else 'days'}), and whatever no run was "
        "started for since then has no answer. GitHub switches schedules off after 60 days without activity in a "
        "repository. If you want no sweeps, set `alerts.sweep_days: 0`."
    )
    return (Alert("sweep", day_of(now)[:MONTH_LENGTH], FULL_PERCENT, text),)


def due(ledger: Ledger, found: Iterable[Alert]) -> tuple[Alert, ...]:
    """The alerts among ``found`` not sent yet: each threshold once a period, the highest only."""
    told = ledger.alerts.levels
    return tuple(alert for alert in found if _level(told, alert) < alert.level)


def _level(told: Mapping[str, tuple[str, int]], alert: Alert) -> int:
    period, level = told.get(alert.measure, ("", 0))
    return level if period == alert.period else 0


def is_over(ledger: Ledger, now: datetime) -> bool:
    """Whether the alert issue is open though all it tells of is of a period that has ended."""
    day = day_of(now)
    return ledger.alerts.is_open and not any(day.startswith(period) for period, _ in ledger.alerts.levels.values())


def is_held(ledger: Ledger, me: Claimant, now: datetime) -> bool:
    """Whether another run is telling."""
    told = ledger.alerts
    return told.by not in ("", str(me)) and told.until is not None and now < told.until


def acquire(ledger: Ledger, me: Claimant, now: datetime) -> Ledger:
    """Have the alerts to oneself for a time. The same ledger where another run has them."""
    if is_held(ledger, me, now):
        return ledger
    return replace(ledger, alerts=replace(ledger.alerts, by=str(me), until=now + ALERT_LEASE))


def record_sent(ledger: Ledger, me: Claimant, told: Collection[Alert], issue: int | None, *, is_open: bool) -> Ledger:
    """Write down what was told (nothing: the issue was closed), and let go. Safe to repeat.

    It is without effect for a run whose time to tell was over and another's came.
    """
    if ledger.alerts.by != str(me):
        return ledger
    levels = dict(ledger.alerts.levels) if told else {}
    for alert in told:
        levels[alert.measure] = (alert.period, alert.level)
    return replace(ledger, alerts=AlertState(levels, issue, is_open))


def release(ledger: Ledger, me: Claimant, issue: int | None) -> Ledger:
    """Let go without having told: the next run tries again. The issue, if it is known by now, is remembered."""
    if ledger.alerts.by != str(me):
        return ledger
    return replace(ledger, alerts=replace(ledger.alerts, issue=issue, by="", until=None))
