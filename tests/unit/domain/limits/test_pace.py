"""When a request may start, by what earlier ones were told; `benchmarks pace` plays whole hours of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.prices import Usage
from hls_action.domain.limits.headers import MINUTE, Meter, Quota, RateLimits
from hls_action.domain.limits.pace import Bucket, Concurrency, CoolDowns, Demand, Pace, Permit, UsageRatio

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ONE = Demand()


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def requests_left(remaining: float, limit: float = 60, resets_in: float | None = None) -> RateLimits:
    return RateLimits({"requests": Quota(limit, remaining, resets_in, None if resets_in is not None else MINUTE)})


def after_one(limits: RateLimits, *, refused: bool = False, used: Demand | None = ONE, **parts: object) -> Pace:
    """A pace that knows what one answer told at noon."""
    pace, permit = Pace(**parts).started(NOON, ONE)  # type: ignore[arg-type]
    return pace.finished(NOON, permit, limits=limits, refused=refused, used=None if refused else used)


# ---- token buckets ----


def test_what_nobody_has_told_of_holds_nothing_back() -> None:
    assert Pace().wait(NOON, Demand(1, 10**9, 10**9)) == 0


def test_an_empty_bucket_is_waited_for_as_long_as_it_takes_to_fill() -> None:
    pace = after_one(requests_left(0), headroom=0.0)
    assert pace.wait(NOON, ONE) == pytest.approx(1.0)  # one a second
    assert pace.wait(later(1.0), ONE) == 0


def test_some_of_every_limit_is_left_to_others() -> None:
    pace = after_one(requests_left(5))
    assert pace.wait(NOON, ONE) == pytest.approx(2.0), "6 of 60 stay, and 1 is for this request"


def test_a_limit_that_fills_at_once_is_waited_for_until_it_does() -> None:
    pace = after_one(requests_left(0, 1_000, resets_in=1_200.0), headroom=0.2)
    assert pace.wait(NOON, ONE) == pytest.approx(1_201.0)
    assert pace.wait(later(1_201.0), ONE) == 0


def test_the_scarcest_of_the_limits_decides() -> None:
    told = RateLimits({"requests": Quota(60, 60, None, MINUTE), "output_tokens": Quota(6_000, 0, None, MINUTE)})
    pace = after_one(told, headroom=0.0)
    assert pace.wait(NOON, Demand(1, 0, 500)) == pytest.approx(5.0)


def test_what_calls_under_way_may_take_is_not_there_for_others() -> None:
    pace = after_one(requests_left(2), headroom=0.0)
    for _ in range(2):
        assert pace.wait(NOON, ONE) == 0
        pace, _permit = pace.started(NOON, ONE)
    assert pace.wait(NOON, ONE) == math.inf, "two at once are enough to begin with"


def test_what_a_call_did_not_take_is_put_back() -> None:
    told = RateLimits({"output_tokens": Quota(8_000, 8_000, None, MINUTE)})
    pace = after_one(told, headroom=0.0)
    pace, permit = pace.started(NOON, Demand(1, 0, 8_000))
    assert pace.wait(NOON, Demand(1, 0, 1_000)) > 0
    pace = pace.finished(NOON, permit, used=Demand(1, 0, 500))
    assert pace.wait(NOON, Demand(1, 0, 7_000)) == 0


@pytest.mark.parametrize(
    ("bucket", "seconds", "level", "full_at"),
    [
        pytest.param(Bucket(60, 30, NOON, rate=1.0), 10, 40, None, id="by and by"),
        pytest.param(Bucket(60, 30, NOON, rate=1.0, flow=0.5), 10, 35, None, id="others have the half of it"),
        pytest.param(Bucket(60, 30, NOON, rate=1.0), 31, 60, None, id="no more than it holds"),
        pytest.param(Bucket(60, 30, NOON), 10, 30, None, id="nobody knows how"),
        pytest.param(Bucket(60, 30, NOON, full_at=later(20)), 19, 30, later(20), id="not yet"),
        pytest.param(Bucket(60, 30, NOON, full_at=later(20)), 20, 60, None, id="at once"),
    ],
)
def test_how_a_bucket_fills(bucket: Bucket, seconds: float, level: float, full_at: datetime | None) -> None:
    filled = bucket.refilled(later(seconds))
    assert (filled.level, filled.at, filled.full_at) == (level, later(seconds), full_at)
    assert bucket.refilled(NOON) is bucket.refilled(later(-9)) is bucket


def test_a_bucket_is_never_below_empty_nor_above_full() -> None:
    bucket = Bucket(60, 30, NOON)
    assert [bucket.drawn(amount).level for amount in (5, 31, -5, -31)] == [25, 0, 35, 60]


@pytest.mark.parametrize(
    ("quota", "told"),
    [
        pytest.param(Quota(100, 10, None, 50), Bucket(100, 10, NOON, 2.0, 0.4), id="others took some"),
        pytest.param(Quota(100, 50, None, 50), Bucket(100, 30, NOON, 2.0, 0.6), id="others left some"),
        pytest.param(Quota(30, 0, None, 60), Bucket(30, 0, NOON, 0.5, 0.1), id="others took all, and leave a little"),
        pytest.param(Quota(30, 90, None, 60), Bucket(30, 30, NOON, 0.5, 1.0), id="others took nothing"),
        pytest.param(Quota(100, 30, 20.0), Bucket(100, 30, NOON, 0.0, 0.5, later(21)), id="it will be full at once"),
        pytest.param(Quota(100, 30), Bucket(100, 30, NOON, 0.0, 0.5), id="nobody knows when it will be full"),
        pytest.param(Quota(100, 30, 20.0, 50), Bucket(100, 30, NOON, 2.0, 0.5), id="it fills by and by"),
    ],
)
def test_what_a_bucket_learns_of_an_answer(quota: Quota, told: Bucket) -> None:
    bucket = Bucket(60, 30, NOON, rate=1.0, flow=0.5)
    learnt = bucket.with_quota(quota)
    assert learnt.flow == pytest.approx(told.flow)
    assert replace(learnt, flow=told.flow) == told


@pytest.mark.parametrize(
    ("bucket", "amount", "seconds"),
    [
        pytest.param(Bucket(60, 30, NOON, rate=2.0, flow=0.5), 40, 16, id="what is wanted and what is left to others"),
        pytest.param(Bucket(60, 30, NOON, rate=2.0, flow=0.5), 100, 30, id="until it is full"),
        pytest.param(Bucket(60, 30, NOON, rate=2.0, flow=0.5), 24, 0, id="just enough"),
        pytest.param(Bucket(60, 30, NOON, full_at=later(20)), 25, 20, id="until it is full at once"),
        pytest.param(Bucket(60, 30, NOON), 25, 60, id="a minute where nobody knows"),
    ],
)
def test_how_long_a_bucket_is_waited_for(bucket: Bucket, amount: float, seconds: float) -> None:
    assert bucket.wait(amount, 0.1) == seconds


@pytest.mark.parametrize(
    ("meter", "amount"), [("requests", 1), ("input_tokens", 20), ("output_tokens", 300), ("tokens", 320)]
)
def test_what_a_call_takes_of_each_limit(meter: Meter, amount: int) -> None:
    assert Demand(1, 20, 300).of(meter) == amount
    assert Demand().of(meter) == (1 if meter == "requests" else 0)


def test_a_refused_call_took_nothing_and_one_that_was_lost_all_it_could() -> None:
    told = RateLimits({"output_tokens": Quota(8_000, 8_000, None, MINUTE)})
    pace, permit = after_one(told).started(NOON, Demand(1, 0, 3_000))
    assert pace.buckets["output_tokens"].level == 5_000
    assert pace.finished(NOON, permit, refused=True).buckets["output_tokens"].level == 8_000
    assert pace.finished(NOON, permit).buckets["output_tokens"].level == 5_000


def test_what_is_read_from_the_cache_takes_nothing_of_the_limits() -> None:
    assert Demand.of_usage(Usage(10, 20, cache_write_5m=5, cache_write_1h=1, cache_read=900)) == Demand(1, 16, 20)


def test_calls_that_take_less_than_they_could_are_reserved_for_less() -> None:
    share = UsageRatio()
    assert share.of(8_000) == 8_000
    for _ in range(50):
        share = share.observed(800, 8_000)
    assert 800 <= share.of(8_000) < 1_000


def test_a_share_is_a_mean_and_two_deviations_of_it() -> None:
    one = UsageRatio().observed(1_000, 8_000)
    assert one == UsageRatio(0.125, 0.0625)
    two = one.observed(3_000, 8_000)
    assert two == UsageRatio(0.15625, 0.109375)
    assert two.of(8_192) == 3_072
    assert UsageRatio(0.5, 0.3).of(8_192) == 8_192
    assert UsageRatio().observed(1, 1) == UsageRatio(1.0, 0.5)
    assert two.observed(1, 0) is two


def test_a_call_is_reserved_for_by_the_share_of_each_kind_of_token() -> None:
    worst = Demand(1, 100, 80)
    pace, permit = Pace().started(NOON, worst)
    pace = pace.finished(NOON, permit, used=Demand(1, 50, 10))
    assert (pace.input_share, pace.output_share) == (UsageRatio(0.5, 0.25), UsageRatio(0.125, 0.0625))
    pace = replace(pace, input_share=UsageRatio(0.25))
    assert pace.started(NOON, worst)[1] == Permit(NOON, worst, Demand(1, 25, 20))


# ---- how many at once ----


def answered(pace: Pace, times: int) -> Pace:
    for _ in range(times):
        permits = []
        while not pace.wait(NOON, ONE):
            pace, permit = pace.started(NOON, ONE)
            permits.append(permit)
        for permit in permits:
            pace = pace.finished(NOON, permit, used=ONE)
    return pace


def test_it_grows_while_there_is_room() -> None:
    assert [answered(Pace(), rounds).concurrency.calls for rounds in range(4)] == [2, 3, 4, 5]


def test_it_grows_to_eight() -> None:
    assert answered(Pace(), 9).concurrency.calls == 8


@pytest.mark.parametrize(
    ("before", "seconds", "under_way", "limit"),
    [
        pytest.param(
            Concurrency(3.0, threshold=4.0, halved_at=NOON), 1, 3, 4.0, id="by one a call below the threshold"
        ),
        pytest.param(Concurrency(4.0, threshold=4.0, halved_at=NOON), 1, 4, 4.25, id="by one a round trip from there"),
        pytest.param(
            Concurrency(4.0, threshold=4.0, halved_at=NOON), 0, 4, 4.0, id="not by a call of the refused ones"
        ),
        pytest.param(Concurrency(4.0, threshold=4.0, halved_at=NOON), 1, 3, 4.0, id="not while it is not used"),
        pytest.param(Concurrency(2.0, 8), 1, 2, 3.0, id="while nothing was refused"),
        pytest.param(Concurrency(7.5, 8), 1, 7, 8.0, id="not beyond what is allowed"),
    ],
)
def test_how_it_grows(before: Concurrency, seconds: float, under_way: int, limit: float) -> None:
    assert before.increased(Permit(later(seconds), ONE, ONE), under_way) == replace(before, limit=limit)


@pytest.mark.parametrize(("limit", "half"), [(8.0, 4.0), (5.0, 2.5), (1.5, 1.0), (1.0, 1.0)])
def test_how_it_is_halved(limit: float, half: float) -> None:
    halved = Concurrency(limit).decreased(Permit(NOON, ONE, ONE), later(1))
    assert halved == Concurrency(half, threshold=half, halved_at=later(1))
    assert halved.decreased(Permit(later(1), ONE, ONE), later(2)) is halved
    assert halved.decreased(Permit(later(2), ONE, ONE), later(3)).halved_at == later(3)


def test_calls_under_way_are_counted() -> None:
    one, first = Pace().started(NOON, ONE)
    two, _ = one.started(NOON, ONE)
    assert [pace.under_way for pace in (one, two, two.finished(NOON, first), one.finished(NOON, first))] == [1, 2, 1, 0]


def test_a_limit_that_is_not_used_does_not_grow() -> None:
    pace = Pace()
    for _ in range(20):
        pace, permit = pace.started(NOON, ONE)
        pace = pace.finished(NOON, permit, used=ONE)
    assert pace.concurrency.calls == 2


def test_a_refusal_halves_it_once_a_round_trip() -> None:
    pace = Pace(Concurrency(limit=8.0))
    permits: list[Permit] = []
    for _ in range(8):
        pace, permit = pace.started(NOON, ONE)
        permits.append(permit)
    for permit in permits:  # all of them were on their way when the first was refused
        pace = pace.finished(later(1), permit, refused=True, limits=RateLimits(retry_after=0.0))
    assert pace.concurrency.calls == 4


def test_there_is_always_one() -> None:
    pace = Pace(Concurrency(limit=1.0))
    for second in range(5):
        pace, permit = pace.started(later(second), ONE)
        pace = pace.finished(later(second), permit, refused=True, limits=RateLimits(retry_after=0.0))
    assert pace.concurrency.calls == 1
    assert pace.wait(later(9), ONE) == 0


# ---- cool-downs ----


def test_after_a_refusal_nothing_starts_before_it_was_asked_for() -> None:
    pace = after_one(RateLimits(retry_after=30.0), refused=True)
    assert pace.wait(later(10), ONE) == 20
    assert pace.wait(later(30), ONE) == 0


def test_a_cool_down_is_never_shortened_nor_longer_than_an_hour() -> None:
    pace = Pace().with_cool_down(NOON, later(60)).with_cool_down(NOON, later(30))
    assert pace.wait(NOON, ONE) == 60
    assert Pace().with_cool_down(NOON, later(10**6)).wait(NOON, ONE) == 3_600
    assert Pace().with_cool_down(NOON, later(60)).with_cool_down(NOON, later(90)).wait(NOON, ONE) == 90
    assert pace.with_cool_down(NOON, later(60)) is pace


def test_of_two_cool_downs_by_one_name_the_later_end_wins() -> None:
    one = CoolDowns().begun("github", later(60))
    assert one.begun("github", later(30)) is one.begun("github", later(60)) is one
    assert one.begun("github", later(90)).until == {"github": later(90)}
    both = one.merged(CoolDowns().begun("claude/x", later(5)))
    assert both.until == {"github": later(60), "claude/x": later(5)}
    assert both.pruned(later(5)).until == {"github": later(60)}
    assert both.pruned(later(10)).until == {"github": later(60)}
    assert one.pruned(NOON) is one


# ---- whatever comes ----

steps = st.lists(
    st.tuples(
        st.floats(-5, 120),
        st.sampled_from(["answered", "refused", "lost"]),
        st.floats(0, 100),
        st.none() | st.floats(0, 4_000),
    ),
    max_size=40,
)


@given(steps)
def test_whatever_it_is_told_it_says_when_to_go_on(events: list[tuple[float, str, float, float | None]]) -> None:
    """It never waits for ever with nothing under way, nor counts below nothing; even when the clock goes back."""
    pace, now = Pace(), NOON
    for passed, end, left, retry_after in events:
        now += timedelta(seconds=passed)
        waited = 0.0
        while wait := pace.wait(now, ONE):
            assert waited <= 3_700, "an hour's limit, and a little"
            waited += wait
            now += timedelta(seconds=wait)
        pace, permit = pace.started(now, ONE)
        limits = RateLimits(requests_left(left, 100).quotas, retry_after)
        used = ONE if end == "answered" else None
        pace = pace.finished(now, permit, used=used, limits=limits, refused=end == "refused")
        assert pace.under_way == 0
        assert all(0 <= bucket.level <= bucket.capacity for bucket in pace.buckets.values())


def test_what_fills_by_and_by_is_not_waited_for_until_it_is_full() -> None:
    """Claude says when each limit is full again, which is not when there is something in it."""
    pace = after_one(RateLimits({"requests": Quota(60, 0, 60.0, MINUTE)}), headroom=0.0)
    assert pace.wait(NOON, ONE) == pytest.approx(1.0)
    assert pace.buckets["requests"].refilled(later(30)).level == pytest.approx(30.0)
    assert pace.buckets["requests"].refilled(later(60)).level == 60.0
    pace = after_one(RateLimits({"requests": Quota(60, 60, 0.0, MINUTE)}), headroom=0.0)
    pace, permit = pace.started(NOON, ONE)
    pace = pace.finished(NOON, permit, used=ONE, limits=RateLimits({"requests": Quota(60, 0, 60.0, MINUTE)}))
    assert pace.buckets["requests"].refilled(later(62)).level < 40, "others have their part of what flows in"
