"""What was spent, what is reserved, and which cap a call would pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.budget import (
    DAYS_KEPT,
    DETAILS_KEPT,
    MONTHS_KEPT,
    OTHERS,
    SETTLEMENT_GRACE,
    Budget,
    Call,
    Caps,
    Charge,
    Costs,
    Reservation,
    Spending,
    day_of,
    next_day,
    next_month,
)
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.budget.prices import Usage
from hls_action.domain.ledger.documents import changes, read
from hls_action.domain.ledger.errors import StateUnreadable
from hls_action.domain.ledger.model import Ledger

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
USED = Usage(input=1_000, output=200)


def wanted(usd: str = "0.10", at: datetime = NOON, **call: Any) -> Reservation:
    base: dict[str, Any] = {"thread": "o/r#7", "actor": "ann", "kind": "issue", "model": "claude-sonnet-5-5"}
    return Reservation(Call(**(base | call)), Decimal(usd), at, at + timedelta(minutes=11))


def reserved(*reservations: Reservation, budget: Budget | None = None) -> Budget:
    budget = budget or Budget()
    for number, each in enumerate(reservations):
        budget = budget.reserve(f"r{len(budget.reservations)}-{number}", each, Caps())
    return budget


def test_what_a_call_came_to_takes_the_place_of_what_was_reserved() -> None:
    budget = Budget().reserve("r", wanted("0.10"), Caps())
    assert budget.committed("2026-11-23") == budget.committed("2026-11") == Decimal("0.10")
    settled = budget.settle(Charge("r", Decimal("0.004"), USED))
    assert settled.committed("2026-11-23") == settled.committed("2026-11") == Decimal("0.004")
    day = settled.days["2026-11-23"]
    assert (day.usd, day.unsettled, day.calls, day.usage) == (Decimal("0.004"), Decimal(0), 1, USED)
    assert day.models == {"claude-sonnet-5-5": Decimal("0.004")}
    assert (day.kinds, day.actors, day.threads) == (
        {"issue": Decimal("0.004")},
        {"ann": Decimal("0.004")},
        {"o/r#7": Decimal("0.004")},
    )
    assert settled.months["2026-11"].actors == {"ann": Decimal("0.004")}
    assert settled.months["2026-11"].threads == {}


@pytest.mark.parametrize(
    ("charges", "usd"),
    [
        ((), None),
        ((Charge("free"),), None),
        ((Charge("a", Decimal("0.10"), USED), Charge("b", Decimal("0.02"))), Decimal("0.12")),
        ((Charge("a", Decimal("0.10"), USED), Charge("b", Decimal("0.50"), known=False)), Decimal("0.10")),
        ((Charge("b", Decimal("0.50"), known=False),), None),
        ((Charge("tokens for nothing", usage=USED),), Decimal(0)),
    ],
)
def test_the_costs_of_an_answer_are_those_that_are_known(charges: tuple[Charge, ...], usd: Decimal | None) -> None:
    assert Costs(charges).usd == usd


def test_costs_are_added_up() -> None:
    one, other = Charge("a", Decimal("0.10"), Usage(5, 6)), Charge("b", Decimal("0.02"), Usage(1, 2))
    costs = Costs((one,), "claude-x") + Costs((other,), "claude-y")
    assert costs == Costs((one, other), "claude-y")
    assert (costs + Costs()).model == "claude-y"
    assert costs.usage == Usage(6, 8)
    assert (Costs().charges, Costs().model, Costs().usage) == ((), "", Usage())


@pytest.mark.parametrize(
    ("when", "day", "month"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2027, 2, 28, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_when_days_and_months_begin(when: datetime, day: datetime, month: datetime) -> None:
    assert (next_day(when), next_month(when)) == (day, month)


def test_what_is_spent_counts_as_billed_unless_it_is_said_otherwise() -> None:
    spending = Spending().plus(wanted().call, Decimal(1), USED)
    assert (spending.usd, spending.unsettled) == (Decimal(1), Decimal(0))


def test_how_long_the_books_are_kept() -> None:
    kept = (DAYS_KEPT, MONTHS_KEPT, DETAILS_KEPT, SETTLEMENT_GRACE)
    assert kept == (62, 24, 300, timedelta(hours=24))
    full = Budget(
        {f"2026-{1 + number // 28:02}-{1 + number % 28:02}": Spending() for number in range(62)},
        {f"{2025 + number // 12}-{1 + number % 12:02}": Spending() for number in range(24)},
    )
    assert full.pruned(NOON) is full


def test_settling_twice_is_settling_once() -> None:
    budget = Budget().reserve("r", wanted(), Caps()).settle(Charge("r", Decimal("0.004"), USED))
    assert budget.settle(Charge("r", Decimal("0.004"), USED)) is budget


def test_reserving_twice_under_one_name_is_reserving_once() -> None:
    budget = Budget().reserve("r", wanted("0.10"), Caps(daily=Decimal("0.15")))
    assert budget.reserve("r", wanted("0.10"), Caps(daily=Decimal("0.15"))) is budget


def test_a_call_that_was_not_billed_leaves_nothing() -> None:
    budget = Budget().reserve("r", wanted(), Caps()).settle(Charge("r"))
    assert budget == Budget()


def test_a_call_of_which_nobody_knows_counts_at_its_worst() -> None:
    budget = Budget().reserve("r", wanted("0.10"), Caps()).settle(Charge("r", Decimal("0.10"), known=False))
    day = budget.days["2026-11-23"]
    assert (day.usd, day.unsettled, day.total) == (Decimal(0), Decimal("0.10"), Decimal("0.10"))
    assert (budget.months["2026-11"].usd, budget.months["2026-11"].unsettled) == (Decimal(0), Decimal("0.10"))


def test_a_call_for_nothing_is_counted_all_the_same() -> None:
    budget = Budget().reserve("r", wanted(), Caps()).settle(Charge("r", usage=USED))
    assert (budget.days["2026-11-23"].calls, budget.days["2026-11-23"].usage) == (1, USED)


@pytest.mark.parametrize(
    ("caps", "before", "name", "again"),
    [
        pytest.param({"call": "0.09"}, (), "per_call_usd", None, id="call"),
        pytest.param({"thread": "0.15"}, (wanted(),), "per_thread_usd", None, id="thread"),
        pytest.param({"actor_daily": "0.15"}, (wanted(thread="o/r#8"),), "per_actor_daily_usd", "day", id="actor"),
        pytest.param({"daily": "0.15"}, (wanted(thread="o/r#8", actor="bob"),), "daily_usd", "day", id="day"),
        pytest.param(
            {"daily": "0.15", "monthly": "0.15"},
            (wanted(at=NOON - timedelta(days=2)),),
            "monthly_usd",
            "month",
            id="month",
        ),
    ],
)
def test_a_call_that_could_pass_a_cap_is_refused(
    caps: dict[str, str], before: tuple[Reservation, ...], name: str, again: str | None
) -> None:
    with pytest.raises(CapReached) as raised:
        reserved(*before).reserve("new", wanted("0.10"), Caps(**{key: Decimal(usd) for key, usd in caps.items()}))
    assert raised.value.name == name
    assert str(raised.value).endswith(f": a call could cost 0.1000 USD{' after 0.1000 USD' if before else ''}")
    assert raised.value.resets_at == {"day": next_day(NOON), "month": next_month(NOON), None: None}[again]
    assert f"`budget.{name}`, which is {next(iter(caps.values()))} USD" in str(raised.value)


@pytest.mark.parametrize(
    ("caps", "before"),
    [
        pytest.param({"call": "0.10"}, (), id="what just keeps a cap"),
        pytest.param({"daily": "0.20"}, (wanted(),), id="what just keeps a cap with what is reserved"),
        pytest.param({"thread": "0.15"}, (wanted(thread="o/r#8"),), id="another thread"),
        pytest.param({"actor_daily": "0.15"}, (wanted(actor="bob"),), id="another account"),
        pytest.param({"actor_daily": "0.15"}, (wanted(at=NOON - timedelta(days=1)),), id="the account's day before"),
        pytest.param({"daily": "0.15"}, (wanted(at=NOON - timedelta(days=1)),), id="the day before"),
        pytest.param({"monthly": "0.15"}, (wanted(at=NOON - timedelta(days=23)),), id="the month before"),
    ],
)
def test_what_keeps_the_caps_is_reserved(caps: dict[str, str], before: tuple[Reservation, ...]) -> None:
    budget = reserved(*before)
    after = budget.reserve("new", wanted("0.10"), Caps(**{key: Decimal(usd) for key, usd in caps.items()}))
    assert set(after.reservations) - set(budget.reservations) == {"new"}


def test_what_an_item_cost_before_counts_for_it() -> None:
    with pytest.raises(CapReached, match="per_item_usd") as raised:
        Budget().reserve("r", wanted("0.10"), Caps(item=Decimal("0.15")), item=Decimal("0.06"))
    assert (raised.value.name, raised.value.skip, raised.value.exceeds_cap_alone) == ("per_item_usd", True, False)


def test_how_much_of_the_caps_is_used() -> None:
    budget = reserved(wanted("0.10"), wanted("0.25", NOON - timedelta(days=1)))
    assert budget.summary(Caps(daily=Decimal(1), monthly=Decimal(20)), NOON) == (
        "today 0.1000 of 1 USD, this month 0.3500 of 20 USD"
    )
    assert budget.summary(Caps(monthly=Decimal(20)), NOON) == "this month 0.3500 of 20 USD"
    assert budget.summary(Caps(), NOON) == ""


@pytest.mark.parametrize(
    ("name", "days", "months"),
    [("daily_usd", {"2026-11-23": 1}, {}), ("monthly_usd", {}, {"2026-11": 1}), ("per_call_usd", {}, {})],
)
def test_a_refused_call_is_counted_by_the_period_of_its_cap(
    name: str, days: dict[str, int], months: dict[str, int]
) -> None:
    error = CapReached(name, Decimal(1), Decimal(1), Decimal("0.1"), None)
    once = Budget().with_refusal(error, NOON)
    assert (_refusals(once.days), _refusals(once.months)) == (days, months)
    before = reserved(wanted("0.10"), wanted("0.10", NOON - timedelta(days=40))).settle(Charge("r0-0", Decimal("0.1")))
    before = before.settle(Charge("r1-1", Decimal("0.1")))
    twice = before.with_refusal(error, NOON).with_refusal(error, NOON)
    assert (twice.days.keys(), twice.months.keys()) == (before.days.keys(), before.months.keys())
    assert _refusals(twice.days)["2026-11-23"] == 2 * days.get("2026-11-23", 0)
    assert _refusals(twice.months)["2026-11"] == 2 * months.get("2026-11", 0)
    assert (twice.committed("2026-11-23"), twice.committed("2026-11")) == (Decimal("0.10"), Decimal("0.10"))


def _refusals(periods: Mapping[str, Spending]) -> dict[str, int]:
    return {period: spending.refused for period, spending in periods.items()}


@pytest.mark.parametrize(
    ("at", "day", "month"),
    [
        ("2026-11-23T12:34:56.789012+00:00", "2026-11-24", "2026-12-01"),
        ("2026-11-30T23:59:59+00:00", "2026-12-01", "2026-12-01"),
        ("2026-12-01T00:00:00+00:00", "2026-12-02", "2027-01-01"),
        ("2026-12-31T00:00:00+00:00", "2027-01-01", "2027-01-01"),
        ("2027-01-31T12:00:00+00:00", "2027-02-01", "2027-02-01"),
        ("2026-12-01T01:00:00+02:00", "2026-12-01", "2026-12-01"),
    ],
)
def test_when_the_next_period_begins(at: str, day: str, month: str) -> None:
    when = datetime.fromisoformat(at)
    assert (next_day(when).isoformat(), next_month(when).isoformat()) == (
        f"{day}T00:00:00+00:00",
        f"{month}T00:00:00+00:00",
    )


def test_days_are_those_of_utc() -> None:
    assert day_of(datetime.fromisoformat("2026-12-01T01:00:00+02:00")) == "2026-11-30"


def test_an_expired_reservation_counts_as_spent_until_proven_otherwise_and_then_for_good() -> None:
    budget = Budget().reserve("r", wanted("0.10"), Caps())
    late = NOON + timedelta(minutes=11) + SETTLEMENT_GRACE
    assert budget.pruned(late) is budget
    assert budget.pruned(late).settle(Charge("r", Decimal("0.004"), USED)).committed("2026-11-23") == Decimal("0.004")
    spent = budget.pruned(late + timedelta(seconds=1))
    assert (spent.reservations, spent.committed("2026-11-23")) == ({}, Decimal("0.10"))
    assert spent.days["2026-11-23"].unsettled == Decimal("0.10")


def test_old_days_go_and_the_months_stay() -> None:
    budget = Budget()
    for number in range(DAYS_KEPT + 10):
        budget = budget.reserve("r", wanted(at=NOON + timedelta(days=number)), Caps()).settle(
            Charge("r", Decimal("0.01"), USED)
        )
    budget = budget.pruned(NOON)
    assert (len(budget.days), min(budget.days)) == (DAYS_KEPT, "2026-12-03")
    assert sum(month.usd for month in budget.months.values()) == Decimal("0.01") * (DAYS_KEPT + 10)


def test_old_months_go() -> None:
    budget = Budget(months={f"20{year}-{month:02}": Spending() for year in (24, 25, 26) for month in range(1, 13)})
    budget = replace(budget, days={"2026-12-01": Spending(calls=1)}).pruned(NOON)
    assert (len(budget.months), min(budget.months), max(budget.months)) == (MONTHS_KEPT, "2025-01", "2026-12")
    assert budget.days == {"2026-12-01": Spending(calls=1)}


def test_of_very_many_the_dearest_are_named() -> None:
    budget = Budget()
    for number in range(DETAILS_KEPT + 20):
        usd, name = Decimal(number + 1), f"{number:03}"
        call = wanted(actor=name, thread=name)
        budget = budget.reserve("r", call, Caps()).settle(Charge("r", usd, USED))
        if number == DETAILS_KEPT - 1:
            assert OTHERS not in budget.days["2026-11-23"].actors
    day, month = budget.days["2026-11-23"], budget.months["2026-11"]
    for amounts in (day.actors, day.threads, month.actors):
        assert len(amounts) == DETAILS_KEPT
        assert sum(amounts.values()) == day.usd
        assert min(amounts) == "021"
        assert max(amounts) == "others"


steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "doubt", "release", "expire"]),
        st.integers(0, 5),
        st.decimals("0.0001", "0.5", places=4),
        st.integers(0, 3 * 24 * 60),
    ),
    max_size=40,
)


@given(steps)
def test_no_chain_of_steps_passes_a_cap_or_loses_a_cent(chain: list[tuple[str, int, Decimal, int]]) -> None:
    caps = Caps(daily=Decimal(1), monthly=Decimal(2))
    budget, now, billed = Budget(), NOON, Decimal(0)
    for step, number, usd, minutes in chain:
        name = f"r{number}"
        match step:
            case "reserve":
                try:
                    budget = budget.reserve(name, wanted(str(usd), now), caps)
                except CapReached:
                    continue
            case "settle" | "doubt":
                held = budget.reservations.get(name)
                cost = min(usd, held.usd) if held else usd
                budget = budget.settle(Charge(name, cost, USED, known=step == "settle"))
                billed += cost if held else Decimal(0)
            case "release":
                budget = budget.settle(Charge(name))
            case _:
                now += timedelta(minutes=minutes)
                billed += sum(
                    (r.usd for r in budget.reservations.values() if now > r.until + SETTLEMENT_GRACE), Decimal(0)
                )
                budget = budget.pruned(now)
        assert all(budget.committed(day) <= Decimal(1) for day in budget.days)
        assert all(budget.committed(month) <= Decimal(2) for month in budget.months)
    assert sum((month.total for month in budget.months.values()), Decimal(0)) == billed
    assert read(stored(budget)).budget == budget


def stored(budget: Budget) -> dict[str, str]:
    return {path: text for path, text in changes(Ledger(), Ledger(budget=budget), first=True).items() if text}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.pop("days"), id="no days"),
        pytest.param(lambda data: data["days"]["2026-11-23"].update(usd="-1"), id="debts"),
        pytest.param(lambda data: data["days"]["2026-11-23"].update(usd="NaN"), id="not a number"),
        pytest.param(lambda data: data["days"]["2026-11-23"].update(calls="many"), id="no count"),
        pytest.param(lambda data: data["reservations"].update(x={}), id="half a reservation"),
    ],
)
def test_a_damaged_purse_is_not_taken_for_an_empty_one(change: Any) -> None:
    budget = Budget().reserve("r", wanted(), Caps()).settle(Charge("r", Decimal("0.004"), USED))
    documents = stored(budget)
    data = json.loads(documents["purse.json"])
    change(data)
    with pytest.raises(StateUnreadable, match=r"^purse\.json in the state is damaged"):
        read({**documents, "purse.json": json.dumps(data)})


def test_a_released_reservation_counts_no_more() -> None:
    budget = Budget().reserve("a", wanted("0.10"), Caps()).reserve("b", wanted("0.20"), Caps())
    assert budget.released("a", "never").committed(day_of(NOON)) == Decimal("0.20")
    assert budget.released("never") is budget


def test_what_others_have_put_aside_does_not_count_for_an_account() -> None:
    caps = Caps(actor_daily=Decimal("0.15"))
    budget = reserved(wanted(actor="bob"), wanted(actor="ann", at=NOON - timedelta(days=1)))
    assert len(budget.reserve("new", wanted("0.10", actor="ann"), caps).reservations) == 3


def test_calls_that_were_refused_are_counted_where_their_cap_counts() -> None:
    day, month = (
        CapReached("daily_usd", Decimal(1), Decimal(1), Decimal(1), None),
        CapReached("monthly_usd", Decimal(1), Decimal(1), Decimal(1), None),
    )
    budget = Budget().with_refusal(month, NOON).with_refusal(month, NOON).with_refusal(day, NOON)
    assert ({name: each.refused for name, each in budget.months.items()}, budget.days["2026-11-23"].refused) == (
        {"2026-11": 2},
        1,
    )
    assert budget.with_refusal(CapReached("per_thread_usd", Decimal(1), Decimal(1), Decimal(1), None), NOON) is budget


def test_a_month_names_no_more_accounts_than_a_day() -> None:
    budget = Budget()
    for number in range(DETAILS_KEPT + 20):
        at = NOON.replace(day=1 + number % 20)  # in no day of it are they too many
        budget = budget.with_spending(wanted(at=at, actor=f"a{number}"), Decimal(1 + number), USED)
    month = budget.months["2026-11"]
    assert max(len(day.actors) for day in budget.days.values()) < DETAILS_KEPT == len(month.actors)
    assert month.actors[OTHERS] == sum(range(1, 22))
    assert sum(month.actors.values()) == month.usd
