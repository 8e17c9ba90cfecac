"""When a request may start, by what earlier ones were told; `benchmarks pace` plays whole hours of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.prices import Usage
from hls_action.domain.limits.headers import MINUTE, Quota, RateLimits
from hls_action.domain.limits.pace import LONGEST_COOL_DOWN, Concurrency, CoolDowns, Demand, Pace, Permit, UsageRatio

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
    pace = after_one(requests_left(5), headroom=0.1)
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


def test_what_is_read_from_the_cache_takes_nothing_of_the_limits() -> None:
    assert Demand.of_usage(Usage(10, 20, cache_write_5m=5, cache_write_1h=1, cache_read=900)) == Demand(1, 16, 20)


def test_calls_that_take_less_than_they_could_are_reserved_for_less() -> None:
    share = UsageRatio()
    assert share.of(8_000) == 8_000
    for _ in range(50):
        share = share.observed(800, 8_000)
    assert 800 <= share.of(8_000) < 1_000


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
    assert Pace().with_cool_down(NOON, later(10**6)).wait(NOON, ONE) == LONGEST_COOL_DOWN.total_seconds()


def test_of_two_cool_downs_by_one_name_the_later_end_wins() -> None:
    one = CoolDowns().begun("github", later(60))
    assert one.begun("github", later(30)) is one
    assert one.begun("github", later(90)).until == {"github": later(90)}
    both = one.merged(CoolDowns().begun("claude/x", later(5)))
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
