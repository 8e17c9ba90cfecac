"""Which alerts are due by what the ledger says, and who tells them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain import alerts
from hls_action.domain.alerts import Alert, Rules
from hls_action.domain.budget.budget import Budget, Caps, Spending
from hls_action.domain.faults.claude_errors import SPEND_LIMIT_ADVICE
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.cursor import SweepProgress
from hls_action.domain.ledger.model import AlertState, Claimant, Ledger, Record
from hls_action.domain.reasons import NONE, Reason
from tests.unit.builders import NOON

ME, OTHER = Claimant(1, 1, "me"), Claimant(2, 1, "other")
DAY, MONTH = "2026-11-02", "2026-11"
LATER = timedelta(minutes=10)
QUIET = Rules(at=(), failed=0, error_rate=0)
MONEY = Reason("spend-limit", "no credit")


def spent(usd: str, *, month: str | None = None, refused: int = 0) -> Ledger:
    """A ledger of what a day and its month cost."""
    day = Spending(Decimal(usd), Decimal("0.01"), refused=refused)
    whole = Spending(Decimal(usd if month is None else month), Decimal("0.01"), refused=refused)
    return Ledger(budget=Budget({DAY: day, "2026-11-01": Spending(Decimal(99))}, {MONTH: whole}))


def ended(*states: str, reason: Reason = NONE, **changes: Any) -> Ledger:
    """A ledger of items that ended so at noon, each of a thread of its own."""
    ledger = Ledger()
    for number, state in enumerate(states, 1):
        base = Record("o/r", ThreadId(number), f"issue/{number}", state, ME, NOON, NOON, reason=reason)  # type: ignore[arg-type]
        ledger = ledger.put(ThreadId(number), [replace(base, **changes)])
    return ledger


def both(one: Ledger, other: Ledger) -> Ledger:
    """The records of both."""
    for place, each in enumerate(other.records, 50):
        one = one.put(ThreadId(place), [replace(each, thread=ThreadId(place))])
    return one


def standing(ledger: Ledger, rules: Rules = QUIET, caps: Caps | None = None) -> tuple[Alert, ...]:
    return alerts.passed(ledger, "o/r", rules, caps or Caps(), NOON, "/hls")


# ---- loops ----

LOOP = Reason("loop", "check whether eve is a machine")


@pytest.mark.parametrize(
    ("ledger", "level", "said"),
    [
        (ended("skipped", reason=LOOP), 1, "Check who answers whom in #1: an account there answers HLS at once,"),
        (ended("skipped", "skipped", reason=LOOP), 2, "Check who answers whom in #1, #2: "),
        (ended("skipped", reason=LOOP, thread=ThreadId(7)), 1, "Check who answers whom in #7: "),
    ],
)
def test_a_loop_is_told_whatever_the_rules_say_and_each_thread_anew(ledger: Ledger, level: int, said: str) -> None:
    (alert,) = standing(ledger)
    assert (alert.measure, alert.period, alert.level) == ("loops", DAY, level)
    assert alert.text.startswith(said)


@pytest.mark.parametrize(
    "ledger",
    [
        ended("skipped", reason=LOOP, repository="o/x"),
        ended("skipped", reason=LOOP, at=NOON - timedelta(days=1)),
        ended("skipped", reason=Reason("budget")),
        ended(*["deferred"] * 9, reason=Reason("rate-limited-actor")),
    ],
)
def test_what_is_no_loop_of_today_here_is_not_told_and_what_waits_by_a_limit_is_no_error(ledger: Ledger) -> None:
    assert standing(ledger, Rules(at=(), failed=1, error_rate=1)) == ()


# ---- the budget ----


@pytest.mark.parametrize(
    ("usd", "level"),
    [("0.98", None), ("0.99", 50), ("1.58", 50), ("1.59", 80), ("1.98", 80), ("1.99", 100), ("7", 100)],
)
def test_of_a_cap_the_highest_threshold_that_is_reached_is_told(usd: str, level: int | None) -> None:
    found = standing(spent(usd), Rules(), Caps(daily=Decimal(2)))
    assert [(each.measure, each.period, each.level) for each in found] == ([("daily_usd", DAY, level)] if level else [])


def test_the_day_and_the_month_are_held_against_their_own_caps() -> None:
    found = standing(spent("0.99", month="7.99"), Rules(), Caps(daily=Decimal(2), monthly=Decimal(10)))
    assert [(each.key, each.text) for each in found] == [
        (
            "alert/daily_usd.2026-11-02.50",
            "Claude has cost 1.00 USD today (2026-11-02): `budget.daily_usd` is 2 USD.",
        ),
        (
            "alert/monthly_usd.2026-11.80",
            "Claude has cost 8.00 USD this month (2026-11): `budget.monthly_usd` is 10 USD.",
        ),
    ]


@pytest.mark.parametrize(
    ("refused", "said"),
    [(1, " 1 call was not made because of this cap."), (2, " 2 calls were not made because of this cap.")],
)
def test_what_was_refused_uses_up_a_cap(refused: int, said: str) -> None:
    (alert,) = standing(spent("0", refused=refused), Rules(), Caps(daily=Decimal(2)))
    assert alert.level == 100
    assert alert.text == f"Claude has cost 0.01 USD today (2026-11-02): `budget.daily_usd` is 2 USD.{said}"


def test_a_cap_of_nothing_is_used_up_by_a_refusal_alone() -> None:
    none = Caps(daily=Decimal(0))
    assert standing(Ledger(), Rules(), none) == standing(spent("0"), Rules(at=(1,)), none) == ()
    (alert,) = standing(spent("0", refused=1), Rules(at=(50, 150)), none)
    assert alert.level == 50


# ---- an account that is spent ----


@pytest.mark.parametrize(
    ("ledger", "said"),
    [
        pytest.param(
            ended("deferred", reason=MONEY),
            f"1 item waits because the Claude account is out of credit: {SPEND_LIMIT_ADVICE}.",
            id="one",
        ),
        pytest.param(
            both(
                ended("deferred", reason=MONEY, until=NOON + timedelta(days=2)),
                both(
                    ended("deferred", reason=MONEY, until=NOON + timedelta(days=1)),
                    ended("deferred", reason=MONEY, at=NOON - timedelta(days=1)),
                ),
            ),
            f"3 items wait because the Claude account is out of credit: {SPEND_LIMIT_ADVICE} at 2026-11-03 12:00 UTC.",
            id="three, of which one since yesterday",
        ),
        pytest.param(ended("deferred", reason=MONEY, at=NOON - timedelta(days=1)), "", id="since yesterday alone"),
        pytest.param(ended("failed", reason=MONEY), "", id="no longer waiting"),
        pytest.param(ended("deferred", reason=Reason("upstream")), "", id="waiting for something else"),
        pytest.param(ended("deferred", reason=MONEY, repository="o/x"), "", id="of another repository"),
    ],
)
def test_a_spent_account_is_told_whatever_the_rules_say(ledger: Ledger, said: str) -> None:
    found = standing(ledger)
    assert [each.text for each in found] == ([said] if said else [])
    assert [each.key for each in found] == (["alert/spend_limit.2026-11-02.1"] if said else [])


# ---- errors ----


@pytest.mark.parametrize(
    ("rules", "ledger", "told"),
    [
        pytest.param(Rules(failed=2), ended("failed"), "", id="fewer"),
        pytest.param(Rules(failed=2, error_rate=0), ended("failed", "failed", "published"), "failed.2", id="enough"),
        pytest.param(Rules(failed=0, error_rate=0), ended(*["failed"] * 9), "", id="switched off"),
        pytest.param(Rules(failed=1), ended("failed", repository="o/x"), "", id="in another repository"),
        pytest.param(Rules(failed=1), ended("failed", at=NOON - timedelta(days=1)), "", id="yesterday"),
        pytest.param(Rules(failed=1), ended("failed", reason=Reason("budget")), "", id="for a cap"),
        pytest.param(
            Rules(failed=0), ended("failed", "deferred", "published", "published"), "", id="a half of too few"
        ),
        pytest.param(
            Rules(failed=0),
            ended("failed", "deferred", "deferred", "published", "published"),
            "error_rate.50",
            id="more than a half",
        ),
        pytest.param(
            Rules(failed=0),
            ended("failed", "deferred", "deferred", "published", "published", "published"),
            "error_rate.50",
            id="just a half",
        ),
        pytest.param(
            Rules(failed=0),
            ended("failed", "failed", "deferred", "published", "published", "claimed", "skipped"),
            "error_rate.50",
            id="more than a half of those that ended or wait",
        ),
        pytest.param(
            Rules(failed=0),
            ended("failed", "deferred", "published", "published", "published", "claimed", "skipped"),
            "",
            id="less than a half",
        ),
        pytest.param(Rules(failed=0), ended(*["published"] * 9), "", id="none"),
        pytest.param(
            Rules(failed=0),
            both(ended("failed", "failed", "published", "published"), ended("deferred", reason=Reason("budget"))),
            "",
            id="what waits for a cap does not count",
        ),
    ],
)
def test_when_items_that_failed_are_told(rules: Rules, ledger: Ledger, told: str) -> None:
    assert [f"{each.measure}.{each.level}" for each in standing(ledger, rules)] == ([told] if told else [])


def test_what_waits_for_money_is_told_as_that_alone() -> None:
    ledger = both(ended("published"), ended(*["deferred"] * 6, reason=MONEY))
    assert [each.measure for each in standing(ledger, Rules())] == ["spend_limit"]


def test_how_errors_are_told() -> None:
    found = standing(ended("failed", "failed", "deferred", "published", "published"), Rules(failed=2))
    assert [each.text for each in found] == [
        "2 items failed today (2026-11-02) and need a person.",
        "3 of 5 items failed or were deferred today (2026-11-02).",
    ]
    assert {each.period for each in found} == {DAY}


# ---- sweeps ----


@pytest.mark.parametrize(
    ("ago", "days", "said"),
    [
        (timedelta(days=3), 3, "no sweep has run since 2026-10-30 12:00 UTC (3 days)"),
        (timedelta(days=1), 1, "no sweep has run since 2026-11-01 12:00 UTC (1 day)"),
        (timedelta(days=3, seconds=-1), 3, ""),
        (timedelta(days=400), 0, ""),
        (None, 3, ""),
    ],
)
def test_a_sweep_that_is_overdue(ago: timedelta | None, days: int, said: str) -> None:
    ledger = Ledger(sweep_progress={"o/x": SweepProgress(NOON)} if ago is None else {"o/r": SweepProgress(NOON - ago)})
    found = alerts.overdue(ledger, "o/r", Rules(sweep_days=days), NOON)
    assert [each.key for each in found] == (["alert/sweep.2026-11.100"] if said else [])
    assert [each.text for each in found] == (
        [
            (
                f"Re-enable the scheduled workflow in the Actions tab, or dispatch it manually: {said}, and whatever"
                " no run was started for since then has no answer. GitHub switches schedules off after 60 days without"
                " activity in a repository. If you want no sweeps, set `alerts.sweep_days: 0`."
            )
        ]
        if said
        else []
    )


def test_what_is_told_by_default() -> None:
    assert Rules() == Rules(at=(50, 80, 100), failed=5, error_rate=50, sweep_days=3, issue=True)


# ---- told once ----


def test_the_issue_is_found_by_the_line_that_every_version_writes() -> None:
    assert alerts.MARKER == "<!-- hls:1 alerts/all -->"


@pytest.mark.parametrize(
    ("told", "due"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"daily_usd": (DAY, 50)}, True, id="a lower threshold"),
        pytest.param({"daily_usd": (DAY, 80)}, False, id="this one"),
        pytest.param({"daily_usd": (DAY, 100)}, False, id="a higher one"),
        pytest.param({"daily_usd": ("2026-11-01", 100)}, True, id="one of yesterday"),
        pytest.param({"monthly_usd": (DAY, 80)}, True, id="one of another measure"),
    ],
)
def test_each_threshold_is_due_once_a_period(told: dict[str, tuple[str, int]], due: bool) -> None:
    alert = Alert("daily_usd", DAY, 80, "")
    assert alerts.due(Ledger(alerts=AlertState(told)), [alert]) == ((alert,) if due else ())


@pytest.mark.parametrize("told", [{}, {"spend_limit": ("2026-11-01", 1)}])
def test_the_lowest_level_is_due_like_any_other(told: dict[str, tuple[str, int]]) -> None:
    alert = Alert("spend_limit", DAY, 1, "")
    assert alerts.due(Ledger(alerts=AlertState(told)), [alert]) == (alert,)


@pytest.mark.parametrize(
    ("told", "over"),
    [
        (AlertState({"daily_usd": ("2026-11-01", 80)}, 5, is_open=True), True),
        (AlertState({"daily_usd": ("2026-11-01", 80)}, 5), False),
        (AlertState({"daily_usd": (DAY, 80), "failed": ("2026-11-01", 5)}, 5, is_open=True), False),
        (AlertState({"monthly_usd": (MONTH, 80)}, 5, is_open=True), False),
        (AlertState({}, 5, is_open=True), True),
    ],
)
def test_when_the_issue_is_over(told: AlertState, over: bool) -> None:
    assert alerts.is_over(Ledger(alerts=told), NOON) is over


def test_a_run_has_the_alerts_to_itself_for_a_time() -> None:
    mine = alerts.acquire(Ledger(alerts=AlertState({"failed": (DAY, 5)}, 5)), ME, NOON)
    assert mine.alerts == AlertState({"failed": (DAY, 5)}, 5, by="1.1.me", until=NOON + LATER)
    assert not alerts.is_held(Ledger(), OTHER, NOON)
    assert not alerts.is_held(mine, ME, NOON)
    assert alerts.is_held(mine, OTHER, NOON + LATER - timedelta(seconds=1))
    assert alerts.acquire(mine, OTHER, NOON) is mine
    assert not alerts.is_held(mine, OTHER, NOON + LATER)
    assert alerts.acquire(mine, OTHER, NOON + LATER).alerts.by == "2.1.other"


def test_what_was_told_is_written_down_and_the_alerts_let_go() -> None:
    mine = alerts.acquire(Ledger(alerts=AlertState({"failed": ("2026-11-01", 5)}, 5)), ME, NOON)
    news = [Alert("daily_usd", DAY, 80, "x")]
    told = alerts.record_sent(mine, ME, news, 9, is_open=True)
    assert told.alerts == AlertState({"failed": ("2026-11-01", 5), "daily_usd": (DAY, 80)}, 9, is_open=True)
    assert alerts.record_sent(told, ME, news, 9, is_open=True) is told
    assert alerts.record_sent(mine, ME, [], 9, is_open=False).alerts == AlertState({}, 9)
    assert alerts.record_sent(mine, OTHER, news, 9, is_open=True) is mine


def test_what_could_not_be_told_is_left_to_the_next_run() -> None:
    mine = alerts.acquire(Ledger(alerts=AlertState({"failed": (DAY, 5)}, None)), ME, NOON)
    assert alerts.release(mine, ME, 9).alerts == AlertState({"failed": (DAY, 5)}, 9)
    assert alerts.release(mine, OTHER, 9) is mine
