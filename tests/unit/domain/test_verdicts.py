"""How a run ends, in words, as a table: what was decided or what went wrong, and the one sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain import verdicts
from hls_action.domain.claims import Situation, Standing
from hls_action.domain.faults import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.items import OpenItems
from hls_action.domain.ledger import Claimant, Record, State
from hls_action.domain.outcome import Outcome, deferred, skipped
from hls_action.domain.pricing import Usage
from hls_action.domain.purse import Bill, Costs
from hls_action.domain.reasons import NONE, Reason
from hls_action.errors import AnswerInvalid, CapReached, HLSError, ThreadUnavailable, UpstreamError
from tests.unit.builders import comment, thread

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
LATEST = NOON + timedelta(hours=6)
OTHER = Claimant(3, 1, "other")
SEEN = Situation("o/r", ThreadId(7), (), (), {}, NONE, NOON, Claimant(5, 1, "me"))
CLOSED = Reason("closed", "the thread is closed")
OFF = Reason("event-off", "switched off")


def record(state: State, key: str = "issue/7", **changes: Any) -> Record:
    base = Record("o/r", ThreadId(7), key, state, OTHER, first=NOON, at=NOON, tries=1)
    return replace(base, **changes)


HELD = record("claimed", until=LATER)
PARKED = record("deferred", until=LATEST, reason=Reason("upstream", "Claude is overloaded"))
DUE_SOONER = record("deferred", "comment/31@2:aa", until=LATER, reason=Reason("deadline", "no time"))
DEAD = record("failed", reason=Reason("answer-invalid", "'comment' is empty"))
PASSED_OVER = record("skipped", reason=Reason("budget", "too dear"))
GIVEN_UP = record("failed", "comment/32@2:bb", reason=Reason("gave-up", "8 runs took it up"))
SETTLED = record("published", "comment/33@2:cc")
NOTHING_OWED = OpenItems(())
AGAIN = "run it with the number, or comment 'retry', to try again"


@dataclass(frozen=True)
class Row:
    """``shown``: which records the outcome shows."""

    rule: str
    standing: Standing
    said: str
    owed: OpenItems = NOTHING_OWED
    refusal: Reason = NONE
    shown: tuple[Record, ...] = ()


NOTHING_TO_DO = (
    Row("nothing is open", Standing(), "skipped already-answered: another run was faster"),
    Row("the thread says why", Standing(), "skipped closed: the thread is closed", OpenItems((), CLOSED, unfit=CLOSED)),
    Row("the settings do", Standing(), "skipped event-off: switched off", OpenItems((), CLOSED), OFF),
    Row(
        "another run is at work",
        Standing(held=(HELD,)),
        "skipped in-progress: run 3 is answering this; "
        "should it die, the next run takes over after 2026-11-02 12:10 UTC",
        shown=(HELD,),
    ),
    Row("at work without an end", Standing(held=(record("claimed"),)), "after soon", shown=(record("claimed"),)),
    Row(
        "the next try is not due",
        Standing(parked=(PARKED,)),
        "deferred until: 2026-11-02 18:00 UTC; upstream: Claude is overloaded",
        shown=(PARKED,),
    ),
    Row(
        "of several, the one due first counts",
        Standing(parked=(PARKED, DUE_SOONER)),
        "deferred until: 2026-11-02 12:10 UTC; deadline: no time",
        shown=(PARKED, DUE_SOONER),
    ),
    Row(
        "it failed before",
        Standing(dead=(DEAD,)),
        f"skipped failed-before: answer-invalid: 'comment' is empty; {AGAIN}",
        shown=(DEAD,),
    ),
    Row(
        "it was passed over for good",
        Standing(dead=(PASSED_OVER,)),
        f"skipped budget: too dear; {AGAIN}",
        shown=(PASSED_OVER,),
    ),
    Row(
        "in a closed thread nobody need try again",
        Standing(dead=(DEAD,)),
        "skipped closed: the thread is closed",
        OpenItems((), CLOSED, unfit=CLOSED),
        shown=(DEAD,),
    ),
    Row("given up just now", Standing(given_up=(GIVEN_UP,)), "failed gave-up: 8 runs took it up", shown=(GIVEN_UP,)),
    Row(
        "what failed comes before what waits",
        Standing(given_up=(GIVEN_UP,), held=(HELD,), parked=(PARKED,), dead=(DEAD,), settled=(SETTLED,)),
        "failed gave-up: 8 runs took it up",
        shown=(GIVEN_UP, HELD, PARKED, DEAD, SETTLED),
    ),
    Row(
        "what is at work comes before what waits",
        Standing(held=(HELD,), parked=(PARKED,)),
        "skipped in-progress: run 3",
        shown=(HELD, PARKED),
    ),
    Row("what waits before what failed", Standing(parked=(PARKED,), dead=(DEAD,)), "deferred", shown=(PARKED, DEAD)),
    Row("what ended by itself is shown", Standing(settled=(SETTLED,)), "skipped already-answered", shown=(SETTLED,)),
)


def said(outcome: Outcome) -> str:
    return f"{outcome.status} {outcome.reason}"


@pytest.mark.parametrize("row", NOTHING_TO_DO, ids=lambda row: row.rule)
def test_why_there_is_nothing_to_do(row: Row) -> None:
    outcome = verdicts.nothing_to_do(SEEN, row.standing, row.owed, row.refusal)
    assert row.said in said(outcome)
    assert (outcome.number, outcome.records) == (7, row.shown)


def test_an_answered_thread_leads_to_its_answer() -> None:
    reply = comment(90, "…")
    found = verdicts.nothing_to_do(SEEN, Standing(), OpenItems((), verdicts.ALREADY, answered_by=reply))
    assert found.comment_url == reply.url


# ---- what went wrong ----

OUTAGE = UpstreamError(Fault("claude", "status", "overloaded", 529))
DAILY = CapReached("daily_usd", Decimal(5), Decimal(5), Decimal("0.1"), LATEST)
INVALID = AnswerInvalid("'comment' is empty")


@dataclass(frozen=True)
class Setback:
    rule: str
    records: tuple[Record, ...]
    said: str
    error: HLSError = field(default=OUTAGE)


SET_BACK = (
    Setback("all of it waits", (PARKED,), "deferred upstream: Claude answered 529: overloaded; the next try is due at"),
    Setback("until the first is due", (PARKED, DUE_SOONER), "the next try is due at 2026-11-02 12:10 UTC"),
    Setback("one of them failed", (PARKED, DEAD), "failed answer-invalid: 'comment' is empty", INVALID),
    Setback("nothing is on record", (), "failed upstream: Claude answered 529: overloaded"),
    Setback("all of it is passed over", (PASSED_OVER,), "skipped budget: too dear", DAILY),
    Setback(
        "somebody has it in hand", (HELD, PARKED), "deferred upstream: Claude answered 529: overloaded; another run"
    ),
    Setback("somebody posted it", (SETTLED,), "deferred upstream: Claude answered 529: overloaded; another run has it"),
)


@pytest.mark.parametrize("row", SET_BACK, ids=lambda row: row.rule)
def test_what_an_error_makes_of_it(row: Setback) -> None:
    outcome = verdicts.set_back(row.records, row.error, 7)
    assert row.said in said(outcome)
    assert (outcome.number, outcome.records) == (7, row.records)


def test_at_a_cap_it_is_said_that_the_thread_could_not_be_told() -> None:
    told, untold = (
        verdicts.at_cap((PARKED,), DAILY, 7),
        verdicts.at_cap((PARKED,), DAILY, 7, ThreadUnavailable("locked")),
    )
    assert (told.notes, untold.notes) == ((), ("the notice in the thread could not be posted: locked",))
    assert said(told) == said(untold)
    assert said(told).startswith("deferred budget: a call could cost 0.1000 USD")


@pytest.mark.parametrize(("may_pass", "status"), [(True, "deferred"), (False, "failed")])
def test_what_could_not_be_written_down(may_pass: bool, status: str) -> None:
    assert said(verdicts.unrecorded(OUTAGE, 7, may_pass=may_pass)).startswith(f"{status} upstream: Claude answered 529")


# ---- the rest ----


def test_a_thread_that_changed_just_now_is_left_to_its_own_run() -> None:
    conversation = thread(updated_at=NOON)
    assert verdicts.too_fresh(conversation, None) is None
    assert verdicts.too_fresh(conversation, NOON) is None
    fresh = verdicts.too_fresh(conversation, NOON - timedelta(seconds=1))
    assert fresh is not None
    assert said(fresh) == "skipped too-fresh: a run of its own may be answering it"


def test_a_run_ends_with_the_last_thing_it_did() -> None:
    posted = Outcome("done", Reason("answered", "issue/7"))
    nothing, later = skipped(verdicts.NOTHING_OPEN), deferred(Reason("deadline", "no time"))
    assert verdicts.last(None, nothing) is nothing
    assert verdicts.last(posted, nothing) is posted
    assert verdicts.last(posted, later) is later


def test_a_dry_run_says_what_was_not_posted() -> None:
    outcome = verdicts.not_posted(Outcome("done", Reason("answered", "issue/7")))
    assert (outcome.dry_run, said(outcome)) == (True, "done dry-run: nothing was posted; answered: issue/7")


def test_costs_add_up() -> None:
    first = Costs((Bill("a", Decimal("0.1"), Usage(input=10)),), "cheap")
    unknown = Costs((Bill("b", Decimal("0.5"), known=False),), "dear")
    outcome = verdicts.with_costs(skipped(NONE), first + unknown + Costs((Bill("c"),)))
    assert (outcome.cost_usd, outcome.usage, outcome.model) == (Decimal("0.1"), Usage(input=10), "dear")
    assert verdicts.with_costs(skipped(NONE), unknown).cost_usd is None
    assert verdicts.with_costs(skipped(NONE), Costs()).cost_usd is None
