"""How a run ends, in words, as a table: what was decided or what went wrong, and the one sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Charge, Costs
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import ClaimDecision, Situation
from hls_action.domain.ledger.model import Claimant, Record, State
from hls_action.domain.outcome import Outcome, deferred, skipped
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.effects import AddLabels, PostComment
from hls_action.domain.tasks.table import Interpretation
from hls_action.domain.threads.items import MAX_ITEMS, Item, OpenItems
from tests.unit.builders import answer, comment, thread

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
HELD_TOO = replace(HELD, by=Claimant(4, 1, "another"))
PARKED = record("deferred", until=LATEST, reason=Reason("upstream", "Claude is overloaded"))
UNTIMED = record("deferred", "comment/34@2:dd", reason=PARKED.reason)
OUT = "upstream: Claude is overloaded"
AT_WORK = "skipped in-progress: run 3 is answering this; if it dies, another run can take over after"
DUE_SOONER = record("deferred", "comment/31@2:aa", until=LATER, reason=Reason("deadline", "no time"))
DEAD = record("failed", reason=Reason("answer-invalid", "'comment' is empty"))
PASSED_OVER = record("skipped", reason=Reason("budget", "too dear"))
UNPOSTED = record("skipped", reason=Reason("nothing-new", "no problem"))
TRIED = record("skipped", reason=Reason("dry-run", "nothing was posted"))
WRITTEN, WRITTEN_TOO = record("answered", draft="d"), record("answered", "comment/36@2:ff", draft="e")
GIVEN_UP = record("failed", "comment/32@2:bb", reason=Reason("gave-up", "8 runs tried and none finished"))
SETTLED = record("published", "comment/33@2:cc")
NOTHING_OWED = OpenItems(())
AGAIN = "run it with the number, or comment '/hls retry', to try again"


@dataclass(frozen=True)
class Row:
    """``shown``: which records the outcome shows."""

    rule: str
    decision: ClaimDecision
    said: str
    unanswered: OpenItems = NOTHING_OWED
    refusal: Reason = NONE
    shown: tuple[Record, ...] = ()


NOTHING_TO_DO = (
    Row("nothing is open", ClaimDecision(), f"skipped {verdicts.ON_RECORD}"),
    Row(
        "the thread says why",
        ClaimDecision(),
        "skipped closed: the thread is closed",
        OpenItems((), CLOSED, ineligible=CLOSED),
    ),
    Row("the settings do", ClaimDecision(), "skipped event-off: switched off", OpenItems((), CLOSED), OFF),
    Row(
        "another run is at work",
        ClaimDecision(held=(HELD,)),
        f"{AT_WORK} 2026-11-02 12:10 UTC",
        shown=(HELD,),
    ),
    Row(
        "at work without an end",
        ClaimDecision(held=(record("claimed"), HELD_TOO)),
        f"{AT_WORK} soon",
        shown=(record("claimed"), HELD_TOO),
    ),
    Row(
        "the next try is not due",
        ClaimDecision(not_due=(PARKED,)),
        "deferred until: 2026-11-02 18:00 UTC; upstream: Claude is overloaded",
        shown=(PARKED,),
    ),
    Row(
        "of several, the one due first counts",
        ClaimDecision(not_due=(PARKED, DUE_SOONER)),
        "deferred until: 2026-11-02 12:10 UTC; deadline: no time",
        shown=(PARKED, DUE_SOONER),
    ),
    Row(
        "it failed before",
        ClaimDecision(dead_letters=(DEAD, PASSED_OVER)),
        f"skipped failed-before: {AGAIN}; answer-invalid: 'comment' is empty",
        shown=(DEAD, PASSED_OVER),
    ),
    Row(
        "it was passed over for good",
        ClaimDecision(dead_letters=(PASSED_OVER,)),
        f"skipped budget: {AGAIN}; too dear",
        shown=(PASSED_OVER,),
    ),
    Row(
        "a review said nothing new",
        ClaimDecision(dead_letters=(UNPOSTED,)),
        "skipped nothing-new: run it with the number, or comment '/hls retry', to get one posted; no problem",
        shown=(UNPOSTED,),
    ),
    Row(
        "a dry run wrote an answer before",
        ClaimDecision(dead_letters=(TRIED,)),
        "skipped dry-run: run it with the number, or comment '/hls retry', to get another one written; "
        "nothing was posted",
        shown=(TRIED,),
    ),
    Row(
        "another run wrote an answer just now, and will post it",
        ClaimDecision(drafts_to_post={"d": (WRITTEN,)}),
        f"skipped {verdicts.ON_RECORD}",
    ),
    Row(
        "in a closed thread nobody need try again",
        ClaimDecision(dead_letters=(DEAD,)),
        "skipped closed: the thread is closed",
        OpenItems((), CLOSED, ineligible=CLOSED),
        shown=(DEAD,),
    ),
    Row(
        "given up just now",
        ClaimDecision(given_up=(GIVEN_UP, DEAD)),
        "failed gave-up: 8 runs tried and none finished",
        shown=(GIVEN_UP, DEAD),
    ),
    Row(
        "what is due at no time is due now",
        ClaimDecision(not_due=(PARKED, UNTIMED)),
        f"deferred until: soon; {OUT}",
        shown=(PARKED, UNTIMED),
    ),
    Row(
        "what failed comes before what waits",
        ClaimDecision(given_up=(GIVEN_UP,), held=(HELD,), not_due=(PARKED,), dead_letters=(DEAD,), closed=(SETTLED,)),
        "failed gave-up: 8 runs tried and none finished",
        shown=(GIVEN_UP, HELD, PARKED, DEAD, SETTLED),
    ),
    Row(
        "what is at work comes before what waits",
        ClaimDecision(held=(HELD,), not_due=(PARKED,)),
        f"{AT_WORK} 2026-11-02 12:10 UTC",
        shown=(HELD, PARKED),
    ),
    Row(
        "what waits before what failed",
        ClaimDecision(not_due=(PARKED,), dead_letters=(DEAD,)),
        f"deferred until: 2026-11-02 18:00 UTC; {OUT}",
        shown=(PARKED, DEAD),
    ),
    Row(
        "what ended by itself is shown",
        ClaimDecision(closed=(SETTLED,)),
        f"skipped {verdicts.ON_RECORD}",
        shown=(SETTLED,),
    ),
)


def said(outcome: Outcome) -> str:
    return f"{outcome.status} {outcome.reason}"


@pytest.mark.parametrize("row", NOTHING_TO_DO, ids=lambda row: row.rule)
def test_why_there_is_nothing_to_do(row: Row) -> None:
    outcome = verdicts.nothing_to_do(SEEN, row.decision, row.unanswered, row.refusal)
    assert said(outcome) == row.said
    assert (outcome.number, outcome.records, outcome.comment_url) == (7, row.shown, "")


def test_an_answered_thread_leads_to_its_answer() -> None:
    reply = comment(90, "…")
    found = verdicts.nothing_to_do(SEEN, ClaimDecision(), OpenItems((), verdicts.ANSWERED_ELSEWHERE, answered_by=reply))
    assert found.comment_url == reply.url


def test_what_was_written_and_waits_is_not_posted_by_a_dry_run() -> None:
    seen = replace(SEEN, dry_run=True)
    outcome = verdicts.nothing_to_do(
        seen, ClaimDecision(drafts_to_post={"d": (WRITTEN,), "e": (WRITTEN_TOO,)}), NOTHING_OWED
    )
    assert said(outcome) == (
        "skipped dry-run: an earlier run's answer is waiting to be posted, and a dry run posts nothing"
    )
    assert (outcome.number, outcome.records) == (7, (WRITTEN, WRITTEN_TOO))
    nothing = verdicts.nothing_to_do(seen, ClaimDecision(), OpenItems((), CLOSED))
    assert said(nothing) == "skipped closed: the thread is closed"


# ---- what went wrong ----

TEN_PAST = "2026-11-02 12:10 UTC"
CLOSED_NOW = record("skipped", "comment/35@2:ee", reason=CLOSED)
OUTAGE = UpstreamError(Fault("claude", "status", "overloaded", 529))
DAILY = CapReached("daily_usd", Decimal(5), Decimal(5), Decimal("0.1"), LATEST)


@dataclass(frozen=True)
class Setback:
    rule: str
    records: tuple[Record, ...]
    said: str
    error: HLSError = field(default=OUTAGE)


OVERLOADED = "Claude answered 529: overloaded"
BUSY = f"upstream: {OVERLOADED}"

SET_BACK = (
    Setback(
        "all of it waits",
        (PARKED,),
        f"deferred upstream: the next try is due at 2026-11-02 18:00 UTC; {OVERLOADED}",
    ),
    Setback(
        "until the first is due",
        (PARKED, DUE_SOONER),
        f"deferred upstream: the next try is due at {TEN_PAST}; {OVERLOADED}",
    ),
    Setback(
        "at some time",
        (UNTIMED, DUE_SOONER),
        f"deferred upstream: the next try is due at {TEN_PAST}; {OVERLOADED}",
    ),
    Setback("one of them failed", (PARKED, DEAD, GIVEN_UP), "failed answer-invalid: 'comment' is empty", OUTAGE),
    Setback("with others that were passed over", (PASSED_OVER, DEAD), "failed answer-invalid: 'comment' is empty"),
    Setback("nothing is on record", (), f"failed {BUSY}"),
    Setback("all of it is passed over", (PASSED_OVER, CLOSED_NOW), "skipped budget: too dear", DAILY),
    Setback(
        "somebody has it in hand",
        (HELD, PARKED),
        f"deferred upstream: another run has taken it over; {OVERLOADED}",
    ),
    Setback(
        "somebody posted it",
        (SETTLED,),
        f"deferred upstream: another run has taken it over; {OVERLOADED}",
    ),
)


@pytest.mark.parametrize("row", SET_BACK, ids=lambda row: row.rule)
def test_what_an_error_makes_of_it(row: Setback) -> None:
    outcome = verdicts.deferred_or_failed(row.records, row.error, 7)
    assert said(outcome) == row.said
    assert (outcome.number, outcome.records) == (7, row.records)


def test_at_a_cap_it_is_said_that_the_thread_could_not_be_told() -> None:
    outcome = verdicts.deferred_or_failed((PARKED,), DAILY, 7)
    told, untold = (verdicts.with_untold(outcome, why) for why in (None, ThreadUnavailable("locked")))
    assert (told.notes, untold.notes) == ((), ("the notice in the thread could not be posted: locked",))
    assert said(told) == said(untold)
    assert said(told).startswith(
        "deferred budget: the next try is due at 2026-11-02 18:00 UTC; raise `budget.daily_usd`, which is 5 USD"
    )
    assert (told.number, told.records, untold.number, untold.records) == (7, (PARKED,), 7, (PARKED,))


@pytest.mark.parametrize(
    ("may_pass", "expected"),
    [
        (True, f"deferred upstream: this could not be recorded; {OVERLOADED}"),
        (False, f"failed {BUSY}"),
    ],
)
def test_what_could_not_be_written_down(may_pass: bool, expected: str) -> None:
    outcome = verdicts.unrecorded(OUTAGE, 7, may_pass=may_pass)
    assert (said(outcome), outcome.number) == (expected, 7)


MINE = replace(DEAD, by=SEEN.me)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param((DEAD, GIVEN_UP), f"skipped failed-before: {AGAIN}; answer-invalid: 'comment' is empty", id="old"),
        pytest.param(
            (PARKED, GIVEN_UP), f"skipped failed-before: {AGAIN}; gave-up: 8 runs tried and none finished", id="by now"
        ),
        pytest.param((MINE,), "failed answer-invalid: 'comment' is empty", id="new"),
        pytest.param((), f"failed {BUSY}", id="not on record"),
        pytest.param((PARKED,), said(verdicts.deferred_or_failed((PARKED,), OUTAGE, 7)), id="it may pass"),
    ],
)
def test_a_thread_that_could_not_be_read_is_red_once(records: tuple[Record, ...], expected: str) -> None:
    outcome = verdicts.unreadable(SEEN, records, OUTAGE)
    assert (said(outcome), outcome.number, outcome.records) == (expected, 7, records)


# ---- what was answered ----

MANY = tuple(Item("comment", str(number), "2:aa") for number in range(MAX_ITEMS + 1))


def draft(*keys: str) -> Draft:
    effects = (AddLabels(("bug",)), PostComment("Fine."))
    return Draft(keys, effects, {}, "claude-sonnet-5-5", Usage(), Decimal(0), synthetic=True)


def test_an_answer_that_was_asked_for() -> None:
    said_by_claude, planned = (
        answer(),
        Interpretation((), {}, dropped_labels=("number 99",), notes=("secrets were taken out",)),
    )
    outcome = verdicts.answered(said_by_claude, MANY, planned, draft("issue/7"), thread(comment(20, "/hls why?")))
    assert outcome == Outcome(
        "done",
        Reason("answered", "a comment, a comment, the comment of 2 November 2026 and 17 others"),
        number=7,
        labels=("bug",),
        dropped_labels=("number 99",),
        items=MANY[1:],
        answer=said_by_claude,
        notes=("secrets were taken out",),
        synthetic=True,
    )


def test_an_answer_that_an_earlier_run_wrote_names_what_is_on_record() -> None:
    written = draft("issue/7", "comment/31@aaaaaaaaaaaa")
    outcome = verdicts.posted_stored_draft(
        written, (record("answered"), record("answered", "comment/31@2:bbbbbbbbbbbb")), 7
    )
    assert outcome == Outcome(
        "done",
        Reason("answered", "the issue and the comment first seen on 2 November 2026; an earlier run had written it"),
        number=7,
        labels=("bug",),
    )


def test_a_review_with_nothing_new_shows_the_one_that_stands() -> None:
    first, latest = comment(90, "…"), comment(91, "…")
    seen = replace(SEEN, replies_by_key={"pull/a": first, "pull/b": latest, "issue/7": first})
    outcome = verdicts.nothing_new(seen, (UNPOSTED,), ("secrets were taken out",))
    shown = {"number": 7, "comment_url": latest.url, "records": (UNPOSTED,)}
    assert outcome == skipped(verdicts.NOTHING_NEW, notes=("secrets were taken out",), **shown)
    assert verdicts.nothing_new(SEEN, (), ()).comment_url == ""
    unasked = verdicts.as_reviewed(seen, (UNPOSTED,))
    assert said(unasked) == (
        "skipped nothing-new: the pull request has the same changes as at the last review, so Claude was not asked"
    )
    assert unasked == replace(outcome, reason=unasked.reason, notes=())


def test_an_answer_that_hls_did_not_write_so_is_not_posted_and_why() -> None:
    assert str(verdicts.draft_rejected("it names a person")) == (
        "answer-rejected: an answer stored in the state branch was not posted: it names a person. HLS would not have "
        "written that, and will ask Claude again; check who can push to that branch"
    )


# ---- the rest ----


def test_a_thread_that_changed_just_now_is_left_to_its_own_run() -> None:
    conversation = thread(updated_at=NOON)
    assert verdicts.too_fresh(conversation, None) is None
    assert verdicts.too_fresh(conversation, NOON) is None
    fresh = verdicts.too_fresh(conversation, NOON - timedelta(seconds=1))
    assert fresh is not None
    assert fresh.number == 7
    assert said(fresh) == "skipped too-fresh: the event's own run may be answering it"


def test_a_run_ends_with_the_last_thing_it_did() -> None:
    posted = Outcome("done", Reason("answered", "issue/7"))
    nothing, later = skipped(verdicts.NOTHING_OPEN), deferred(Reason("deadline", "no time"))
    assert verdicts.merged_with_earlier(None, nothing) is nothing
    assert verdicts.merged_with_earlier(posted, nothing) == posted
    assert verdicts.merged_with_earlier(posted, later) == replace(later, comment_url=posted.comment_url)


def test_what_a_run_did_before_is_not_forgotten_over_what_came_after() -> None:
    posted = Outcome("done", Reason("answered", "issue/7"), comment_url="https://github.com/o/r/issues/7#1")
    told = verdicts.merged_with_earlier(posted, replace(skipped(verdicts.NOTHING_OPEN), notes=("a note",)))
    assert (told.status, told.comment_url, told.notes) == ("done", posted.comment_url, ("a note",))
    later = replace(deferred(Reason("deadline", "no time")), comment_url="https://github.com/o/r/issues/7#2")
    assert verdicts.merged_with_earlier(posted, later) == later
    assert verdicts.merged_with_earlier(posted, replace(later, comment_url="")) == replace(
        later, comment_url=posted.comment_url
    )


def test_a_dry_run_says_what_was_not_posted() -> None:
    outcome = verdicts.not_posted(Outcome("done", Reason("answered", "the issue")))
    assert (outcome.dry_run, said(outcome)) == (
        True,
        "done dry-run: an answer to the issue was written but not posted",
    )


def test_costs_add_up() -> None:
    first = Costs((Charge("a", Decimal("0.1"), Usage(input=10)),), "cheap")
    unknown = Costs((Charge("b", Decimal("0.5"), known=False),), "dear")
    outcome = verdicts.with_costs(skipped(NONE), first + unknown + Costs((Charge("c"),)))
    assert (outcome.cost_usd, outcome.usage, outcome.model) == (Decimal("0.1"), Usage(input=10), "dear")
    assert verdicts.with_costs(skipped(NONE), unknown).cost_usd is None
    assert verdicts.with_costs(skipped(NONE), Costs()).cost_usd is None


def test_what_need_not_be_answered_says_why_and_what_became_of_it() -> None:
    outcome = verdicts.not_needed(7, CLOSED, (SETTLED,))
    assert (said(outcome), outcome.number, outcome.records) == ("skipped closed: the thread is closed", 7, (SETTLED,))


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (verdicts.NOTHING_OPEN, "nothing-open: nothing here asks for an answer"),
        (
            verdicts.NOTHING_NEW,
            "nothing-new: this review found no problem, and neither did the one before it, so it was not posted",
        ),
        (verdicts.ANSWERED_ELSEWHERE, "already-answered: another run was faster"),
        (
            verdicts.ON_RECORD,
            (
                "already-answered: run it with the number and 'force' to have it answered again; it is recorded as "
                "answered, by another run just now or by a reply that was deleted since"
            ),
        ),
        (
            verdicts.POSTPONED,
            "other runs kept changing what is open in this thread while this run was about to claim it",
        ),
    ],
)
def test_what_is_said_where_nothing_else_is(reason: Reason | str, text: str) -> None:
    assert str(reason) == text
