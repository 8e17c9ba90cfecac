"""Who may have how much of a day: bounds for people without write access."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.budget import Budget, Call, Caps, Charge, Reservation
from hls_action.domain.budget.errors import CapReached, ShareReached
from hls_action.domain.budget.prices import Usage
from hls_action.domain.budget.shares import UNBOUND, Asker, Shares, Standing, check, was_met

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY, TOMORROW = "2026-11-23", datetime(2026, 11, 24, tzinfo=UTC)
CAP = Decimal(5)
NEWCOMER, KNOWN, BOT, WRITER = Asker("new"), Asker("known"), Asker("bot"), Asker("writer")


def wanted(usd: str, asker: Asker, actor: str = "ann", at: datetime = NOON) -> Reservation:
    call = Call("o/r#7", actor, "issue", "claude-sonnet-5-5", asker.standing, 1)
    return Reservation(call, Decimal(usd), at, at + timedelta(minutes=11))


def spent(*reservations: Reservation) -> Budget:
    """What such calls came to."""
    budget = Budget()
    for place, each in enumerate(reservations):
        budget = budget.reserve(f"r{place}", each, Caps()).settle(Charge(f"r{place}", each.usd, Usage(1)))
    return budget


def refused(budget: Budget, call: Reservation, asker: Asker, shares: Shares, cap: Decimal | None = CAP) -> str:
    """The bound that a call does not keep; ``""`` for none."""
    try:
        check(budget, call, asker, shares, cap)
    except ShareReached as error:
        return error.name
    return ""


BOUNDS = [
    pytest.param("per_stranger", NEWCOMER, [wanted("0.4", NEWCOMER)], "0.1", [BOT, WRITER], id="one account"),
    pytest.param("per_stranger", KNOWN, [wanted("0.4", KNOWN)], "0.1", [BOT, WRITER], id="one that was met before"),
    pytest.param(
        "newcomers", NEWCOMER, [wanted("1.9", NEWCOMER, "eve")], "0.1", [KNOWN, BOT], id="new accounts together"
    ),
    pytest.param("bots", BOT, [wanted("0.4", BOT, "ci[bot]")], "0.1", [KNOWN, NEWCOMER], id="bots together"),
    pytest.param(
        "kept_for_writers", KNOWN, [wanted("3.9", KNOWN, "eve")], "0.1", [WRITER], id="all without write access"
    ),
    pytest.param(
        "kept_for_writers", BOT, [wanted("0.1", BOT), wanted("3.7", KNOWN, "eve")], "0.2", [], id="bots among them"
    ),
    pytest.param(
        "kept_for_issues",
        replace(KNOWN, follow_up=True),
        [wanted("4.4", KNOWN, "eve")],
        "0.1",
        [KNOWN, replace(WRITER, follow_up=True)],
        id="follow-ups, after first answers",
    ),
]
WORDS = {
    "per_stranger": "ann has had what one account without write access gets, 10 % of the day's budget",
    "newcomers": "accounts that HLS had not met before today have had their share, 40 % of the day's budget",
    "bots": "bots have had their share, 10 % of the day's budget",
    "kept_for_writers": "20 % of the day's budget is kept for people with write access",
    "kept_for_issues": "10 % of the day's budget is kept for first answers to issues and pull requests",
}
OFF = {"per_stranger": 0, "newcomers": 0, "bots": 0, "kept_for_writers": 0, "kept_for_issues": 0}


@pytest.mark.parametrize(("name", "asker", "before", "usd", "others"), BOUNDS)
def test_a_bound(name: str, asker: Asker, before: list[Reservation], usd: str, others: list[Asker]) -> None:
    alone = replace(Shares(), **{each: 0 for each in OFF if each != name})
    budget, more = spent(*before), str(Decimal(usd) + Decimal("0.0001"))
    assert refused(budget, wanted(usd, asker), asker, alone) == "", "what just keeps it"
    assert refused(budget, wanted(more, asker), asker, alone) == name
    assert refused(budget, wanted(more, asker), asker, replace(alone, **{name: 0})) == "", "switched off"
    assert refused(budget, wanted(more, asker), asker, alone, cap=None) == "", "of what would it be a share?"
    assert [refused(budget, wanted(more, each), each, alone) for each in others] == [""] * len(others)
    with pytest.raises(ShareReached, match=re.escape(f": {WORDS[name]} (`budget.{name}`)")):
        check(budget, wanted(more, asker), asker, alone, CAP)
    tomorrow = wanted("5", asker, at=NOON + timedelta(days=1))
    assert refused(budget, tomorrow, asker, alone) == ""
    reserved = Budget()
    for place, each in enumerate(before):
        reserved = reserved.reserve(f"r{place}", each, Caps())
    assert refused(reserved, wanted(more, asker), asker, alone) == name, "what is under way counts as well"


def test_one_account_gets_so_many_answers() -> None:
    shares = replace(Shares(), **OFF)
    budget = spent(*[wanted("0.001", NEWCOMER)] * 4)
    assert refused(budget, wanted("0.001", NEWCOMER), NEWCOMER, shares) == ""
    five = budget.reserve("under way", wanted("0.001", NEWCOMER), Caps())
    assert refused(five, wanted("0.001", NEWCOMER), NEWCOMER, shares, cap=None) == "answers_per_stranger"
    assert refused(five, wanted("0.001", NEWCOMER, "bob"), NEWCOMER, shares) == ""
    assert refused(five, wanted("0.001", BOT), BOT, shares) == "", "bots have a bound of their own"
    assert refused(five, wanted("0.001", NEWCOMER), NEWCOMER, replace(shares, answers_per_stranger=0)) == ""
    one = replace(shares, answers_per_stranger=1)
    assert refused(spent(wanted("0.001", NEWCOMER)), wanted("0.001", NEWCOMER), NEWCOMER, one) == "answers_per_stranger"
    with pytest.raises(ShareReached, match=": ann has had 5 answers today, which is what one account without write "):
        check(five, wanted("0.001", NEWCOMER), NEWCOMER, shares, CAP)


def test_a_bound_that_only_calls_under_way_have_reached_holds_until_they_have_ended() -> None:
    """They put aside ten times what they cost: nobody waits a day for that."""
    budget = spent(wanted("0.2", NEWCOMER)).reserve("under way", wanted("0.2", NEWCOMER), Caps())
    for settled, until in ((budget, NOON + timedelta(minutes=11)), (spent(wanted("0.4", NEWCOMER)), TOMORROW)):
        with pytest.raises(ShareReached) as raised:
            check(settled, wanted("0.13", NEWCOMER), NEWCOMER, Shares(), CAP)
        assert raised.value.resets_at == until
    late = NOON + timedelta(hours=11, minutes=55)
    with pytest.raises(ShareReached) as raised:
        check(budget, wanted("0.13", NEWCOMER, at=late), NEWCOMER, Shares(), CAP)
    assert raised.value.resets_at == TOMORROW, "when all begins anew"


def test_what_is_kept_for_first_answers_is_kept_besides() -> None:
    budget, follow_up = spent(wanted("3.4", KNOWN, "eve")), replace(KNOWN, follow_up=True)
    assert refused(budget, wanted("0.1", follow_up), follow_up, Shares()) == ""
    assert refused(budget, wanted("0.11", follow_up), follow_up, Shares()) == "kept_for_issues"
    assert refused(budget, wanted("0.11", KNOWN), KNOWN, Shares()) == ""


def test_what_people_with_write_access_spend_is_not_taken_from_others() -> None:
    budget = spent(wanted("3.9", WRITER, "maya"))
    assert refused(budget, wanted("0.5", KNOWN), KNOWN, Shares()) == ""


def test_a_share_that_nobody_has_used_yet_lets_one_answer_through() -> None:
    for asker in (NEWCOMER, KNOWN, BOT, replace(KNOWN, follow_up=True)):
        assert refused(Budget(), wanted("0.13", asker), asker, Shares(), cap=Decimal("0.14")) == ""
        assert refused(spent(wanted("0.001", asker)), wanted("0.13", asker), asker, Shares(), Decimal("0.1")) != ""


def test_what_an_earlier_version_has_spent_counts_for_people_without_write_access() -> None:
    old = replace(wanted("4", KNOWN, "eve"), call=Call("o/r#7", "eve", "issue", "claude-sonnet-5-5"))
    assert refused(spent(old), wanted("0.1", KNOWN), KNOWN, Shares()) == "kept_for_writers"


def test_a_refusal_says_who_which_share_and_until_when() -> None:
    with pytest.raises(ShareReached) as raised:
        check(spent(wanted("0.45", NEWCOMER)), wanted("0.1", NEWCOMER), NEWCOMER, Shares(), CAP)
    assert str(raised.value) == (
        "wait until 2026-11-24 00:00 UTC, or have somebody with write access address HLS in this thread: ann has had "
        "what one account without write access gets, 10 % of the day's budget (`budget.per_stranger`)"
    )
    assert (raised.value.exceeds_cap_alone, raised.value.skip) == (False, False), "it gets its turn"


def test_who_was_met_before() -> None:
    budget = spent(wanted("0.01", NEWCOMER, at=NOON - timedelta(days=1)), wanted("0.01", NEWCOMER, "bob"))
    assert [was_met(budget, actor, TODAY) for actor in ("ann", "bob", "eve")] == [True, False, False]
    earlier = [wanted("0.01", NEWCOMER, actor, NOON - timedelta(days=day)) for day, actor in ((2, "ann"), (1, "bob"))]
    assert [was_met(spent(*earlier), actor, TODAY) for actor in ("ann", "bob", "eve")] == [True, True, False]
    assert not was_met(Budget(), "ann", TODAY), "nobody was"


def test_who_has_no_bound_has_none() -> None:
    budget = spent(*[wanted("1", WRITER)] * 5)
    assert refused(budget, wanted("9", UNBOUND), UNBOUND, replace(Shares(), answers_per_stranger=1)) == ""


asks = st.tuples(
    st.sampled_from(("ann", "bob", "eve", "ida", "maya")),
    st.sampled_from(get_args(Standing)),
    st.booleans(),
    st.integers(1, 60),
    st.integers(0, 100),
)


@given(st.lists(asks, max_size=40), st.integers(60, 500))
def test_whoever_asks_nobody_takes_more_than_a_share_or_one_answer(
    asked: list[tuple[str, Standing, bool, int, int]], cents: int
) -> None:
    """``asked``: by whom, whether it follows up, the worst case in cents, and the percent that it came to."""
    cap, budget, had = Decimal(cents) / 100, Budget(), list[tuple[str, Standing, Decimal]]()
    for place, (name, standing, follow_up, worst, percent) in enumerate(asked):
        actor = f"{name}-{standing}"
        call = wanted(str(Decimal(worst) / 100), Asker(standing), actor)
        try:
            after = budget.reserve(f"r{place}", call, Caps(daily=cap))
            check(budget, call, Asker(standing, follow_up), Shares(), cap)
        except CapReached:
            continue
        usd = call.usd * percent / 100
        budget = after.settle(Charge(f"r{place}", usd, Usage(1)))
        had.append((actor, standing, usd))
    strangers = [(actor, usd) for actor, standing, usd in had if standing in ("new", "known")]
    for actor in {actor for actor, _ in strangers}:
        own = [usd for each, usd in strangers if each == actor]
        assert len(own) <= 5
        assert sum(own) <= cap / 10 or len([usd for usd in own if usd]) == 1
    for standings, most in ((("new",), 40), (("bot",), 10), (("new", "known", "bot"), 80)):
        group = [usd for _, standing, usd in had if standing in standings and usd]
        assert sum(group) <= cap * most / 100 or len(group) == 1
