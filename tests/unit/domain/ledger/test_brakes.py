"""Which items are braked, each for itself, and what is written down of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hls_action.domain.errors import HLSError
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.brakes import NO_BRAKES, PLACE_KEPT, Asker, Brakes
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.ledger.model import Claimant, Ledger, Record, State
from hls_action.domain.limits.brakes import (
    ActorRateLimited,
    Answers,
    Given,
    Limit,
    Limits,
    Looping,
    RepositoryRateLimited,
    ThreadRateLimited,
)
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.threads.items import Item
from tests.unit.builders import NOON

SEVEN, ME = ThreadId(7), Claimant(1, 1, "me")
ANN, BOB, EVE = (Item("comment", str(number), f"3:{number}") for number in (31, 32, 33))
TRUSTED, LOOPS = Asker("maya", is_trusted=True), Asker("eve", is_looping=True)
LIMITS = Limits(Limit(1, 9), Limit(3, 9), Limit(4, 9))
LATER = NOON + timedelta(minutes=30)


def situation(**changes: Any) -> Situation:
    base = Situation("o/r", SEVEN, (ANN, BOB, EVE), (), {}, NONE, NOON, ME)
    return replace(base, **changes)


def ledger_of(*given: tuple[str, int]) -> Ledger:
    """By whom something was answered in which threads, ten minutes ago and longer."""
    found = [
        Given(NOON - timedelta(minutes=10 + place), actor, f"o/r#{thread}", f"issue/{place}")
        for place, (actor, thread) in enumerate(given)
    ]
    return replace(Ledger(), answers=Answers(tuple(reversed(found))))


def waiting(ledger: Ledger, *threads: int, until: timedelta = timedelta(0), code: str = "", **changes: Any) -> Ledger:
    """With items that were put off for the repository's sake, and are due in so long."""
    for number in threads:
        known = Record("o/r", ThreadId(number), f"issue/{number}", "deferred", ME, NOON, NOON, NOON + until)
        known = replace(known, reason=Reason(code or RepositoryRateLimited.code, "x"), **changes)
        ledger = ledger.put(known.thread, [known])
    return ledger


def askers(ann: Asker | None, bob: Asker | None = None, eve: Asker | None = None) -> dict[str, Asker]:
    return {item.key: asker for item, asker in zip((ANN, BOB, EVE), (ann, bob, eve), strict=True) if asker}


HERE = [("zoe", 7)] * 3
ELSEWHERE = [("zoe", 8), ("zoe", 9), ("zoe", 10), ("zoe", 11)]
PEOPLE = askers(Asker("ann"), Asker("bob"), Asker("eve"))


@pytest.mark.parametrize(
    ("ledger", "asking", "held"),
    [
        pytest.param(Ledger(), PEOPLE, {}, id="nobody"),
        pytest.param(ledger_of(("ann", 9)), PEOPLE, {ANN: ActorRateLimited}, id="who had enough, alone"),
        pytest.param(ledger_of(("maya", 9)), askers(TRUSTED, TRUSTED, TRUSTED), {}, id="who may write has no limit"),
        pytest.param(Ledger(), askers(Asker("ann"), Asker("bob"), LOOPS), {EVE: Looping}, id="who loops, alone"),
        pytest.param(
            ledger_of(("ann", 9), *HERE),
            PEOPLE,
            {ANN: ActorRateLimited, BOB: ThreadRateLimited, EVE: ThreadRateLimited},
            id="the thread had enough",
        ),
        pytest.param(
            ledger_of(*HERE), askers(TRUSTED), {ANN: ThreadRateLimited}, id="whoever asks, the thread had enough"
        ),
        pytest.param(ledger_of(*ELSEWHERE), PEOPLE, dict.fromkeys((ANN, BOB, EVE), RepositoryRateLimited), id="all"),
        pytest.param(ledger_of(*HERE, *ELSEWHERE), {}, {}, id="a maintainer ordered it"),
        pytest.param(
            ledger_of(("ann", 9), *HERE),
            askers(Asker("ann")),
            {ANN: ActorRateLimited},
            id="an order takes others along",
        ),
        pytest.param(waiting(ledger_of(*ELSEWHERE[:2]), 20), PEOPLE, {}, id="there is room for those that wait, too"),
        pytest.param(
            waiting(ledger_of(*ELSEWHERE[:2]), 20, 21),
            PEOPLE,
            dict.fromkeys((ANN, BOB, EVE), RepositoryRateLimited),
            id="others wait for what is left",
        ),
        pytest.param(waiting(ledger_of(*ELSEWHERE[:3]), 20, 21, 7), PEOPLE, {}, id="this thread waits, too"),
        pytest.param(
            waiting(ledger_of(*ELSEWHERE[:2]), 20, 21, until=-PLACE_KEPT), PEOPLE, {}, id="nobody came for them"
        ),
        pytest.param(
            waiting(ledger_of(*ELSEWHERE[:2]), 20, 21, code="rate-limited-actor"),
            PEOPLE,
            {},
            id="they wait by their own",
        ),
        pytest.param(waiting(ledger_of(*ELSEWHERE[:2]), 20, 21, repository="o/x"), PEOPLE, {}, id="elsewhere"),
        pytest.param(waiting(ledger_of(*ELSEWHERE[:2]), 20, 21, state="skipped"), PEOPLE, {}, id="they wait no more"),
    ],
)
def test_who_gets_no_answer_now(ledger: Ledger, asking: dict[str, Asker], held: dict[Item, type[HLSError]]) -> None:
    brakes = Brakes(LIMITS, asking)
    wanted = (ANN, BOB, EVE) if len(asking) != 1 or not held else (ANN,)
    found = brakes.held(ledger, situation(), wanted)
    assert {key: type(error) for key, error in found.items()} == {item.key: kind for item, kind in held.items()}
    free, braked = brakes.split(ledger, situation(), wanted)
    assert set(braked) == held.keys()
    assert [*free, *braked] == sorted(wanted, key=lambda item: (item in held, wanted.index(item))), "in their order"


def test_an_order_takes_along_what_else_is_open() -> None:
    """One reply answers all, so that what a maintainer wants now is not answered apart from the rest."""
    assert Brakes(LIMITS, askers(None, Asker("bob"))).held(ledger_of(*HERE), situation(), (ANN, BOB)) == {}
    assert NO_BRAKES.held(ledger_of(*HERE), situation(), (ANN, BOB)) == {}


# ---- what is written down ----

FULL = ActorRateLimited("ann", 1, timedelta(hours=1), LATER)


def put(state: State, **changes: Any) -> Ledger:
    return Ledger().put(SEVEN, [replace(Record("o/r", SEVEN, ANN.key, state, ME, NOON, NOON, tries=3), **changes)])


def after(ledger: Ledger, error: HLSError, now: timedelta = timedelta(0)) -> Record:
    held = {ANN.key: error}
    once = transitions.hold(ledger, situation(now=NOON + now), held)
    assert transitions.hold(once, situation(now=NOON + now), held) == once, "it is safe to repeat"
    (record,) = once.of("o/r", SEVEN)
    return record


def test_what_finds_no_room_waits_for_it() -> None:
    record = after(Ledger(), FULL)
    assert (record.state, record.until, record.tries, record.reason.code) == ("deferred", LATER, 0, FULL.code)


def test_what_finds_none_again_keeps_its_place() -> None:
    before = put("deferred", until=NOON, reason=Reason(FULL.code, "x"))
    assert after(before, FULL, timedelta(hours=1)).at == NOON
    other = put("deferred", until=NOON, reason=Reason("upstream", "x"))
    assert after(other, FULL, timedelta(hours=1)).at == NOON + timedelta(hours=1)


@pytest.mark.parametrize(("state", "tries"), [("deferred", 3), ("failed", 3), ("skipped", 0)])
def test_waiting_is_no_try(state: State, tries: int) -> None:
    assert after(put(state), FULL).tries == tries


def test_what_keeps_a_loop_going_is_skipped_for_good() -> None:
    record = after(Ledger(), Looping("eve"))
    assert (record.state, record.until, record.reason.code) == ("skipped", None, "loop")
