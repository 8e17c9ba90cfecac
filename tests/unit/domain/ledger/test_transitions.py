"""From one state of the ledger to the next: what each step of a run leaves on record, as whole records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain.budget.budget import Budget, Call, Charge, Reservation
from hls_action.domain.budget.errors import CapReached
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import (
    CoolingDown,
    SpendLimitReached,
    ThreadUnavailable,
    TokenRefused,
    UpstreamError,
)
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.grounding import Counts, Grounds
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import ClaimDecision, Situation
from hls_action.domain.ledger.errors import ClaimLost, Conflict
from hls_action.domain.ledger.model import Claimant, Ledger, Record, State, Tally
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.answer import AnswerInvalid
from hls_action.domain.tasks.effects import AddLabels, Effect, PostComment
from hls_action.domain.threads.items import Item
from tests.unit.builders import bot_comment

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LONG_AGO, UNTIL = NOON - timedelta(hours=3), NOON + timedelta(minutes=15)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEVEN = ThreadId(7)
ME, OTHER = Claimant(5, 1, "me"), Claimant(3, 1, "other")
ISSUE, QUESTION, REVIEW = "issue/7", "comment/31@3:aa", "pull/3544c6a"
KEYS = (ISSUE, QUESTION, REVIEW)
ITEM = Item("issue", "7")
SEEN = Situation("o/r", SEVEN, (), (), {}, NONE, NOON, ME)
WHY = Reason("upstream", "Claude is overloaded")
REPLY, OLDER = bot_comment(90, "…"), bot_comment(80, "…")


def draft(*effects: Effect, **changes: Any) -> Draft:
    base = Draft(KEYS, (AddLabels(("bug",)), *(effects or (PostComment("Fine."),))), {}, "model", Usage(), Decimal(2))
    return replace(base, **changes)


def record(state: State, key: str = ISSUE, **changes: Any) -> Record:
    """Begun and last touched long ago, by another run."""
    base = Record("o/r", SEVEN, key, state, OTHER, first=LONG_AGO, at=LONG_AGO, tries=1, cost_usd=Decimal(1))
    return replace(base, **changes)


def mine(state: State, key: str = ISSUE, **changes: Any) -> Record:
    """As this run leaves it."""
    return record(state, key, **({"by": ME, "at": NOON} | changes))


def ledger(*records: Record) -> Ledger:
    """With one written answer, by the name of ``d``."""
    return Ledger().put(SEVEN, records, drafts={"d": draft()})


# ---- claims ----


@dataclass(frozen=True)
class Claim:
    rule: str
    was: Record | None
    now: Record
    asked: frozenset[str] = frozenset()
    retry: bool = False


PUT_OFF = record("deferred", tries=2, asked=1, until=NOON, reason=WHY, draft="d", findings=3)
TAKEN_UP = mine("claimed", until=UNTIL)
CLAIMS = (
    Claim("what nobody saw before", None, replace(TAKEN_UP, first=NOON, cost_usd=Decimal(0))),
    Claim("what was put off has one more try", PUT_OFF, replace(TAKEN_UP, tries=3, asked=1)),
    Claim("and is counted where people ask", PUT_OFF, replace(TAKEN_UP, tries=3, asked=2), frozenset({ISSUE})),
    Claim("for what they ask", PUT_OFF, replace(TAKEN_UP, tries=3, asked=1), frozenset({QUESTION})),
    Claim("a maintainer gives it no more tries", PUT_OFF, replace(TAKEN_UP, tries=3, asked=1), retry=True),
    Claim("but so to what failed", record("failed", tries=8, reason=WHY), TAKEN_UP, retry=True),
    Claim("people only one", record("failed", tries=8), replace(TAKEN_UP, tries=9, asked=1), frozenset({ISSUE})),
    Claim("what was answered starts anew", record("published", tries=4), TAKEN_UP),
    Claim("and so does what was skipped", record("skipped", tries=4, reason=WHY), TAKEN_UP),
    Claim("what another run left", record("claimed"), replace(TAKEN_UP, tries=2)),
    Claim("what this run wrote before", mine("answered"), replace(TAKEN_UP, tries=2)),
    Claim("twice is once", replace(TAKEN_UP, asked=1), replace(TAKEN_UP, asked=1), frozenset({ISSUE})),
)


@pytest.mark.parametrize("row", CLAIMS, ids=lambda row: row.rule)
def test_a_claim(row: Claim) -> None:
    standing = ClaimDecision(to_answer=(ITEM,), asked=row.asked)
    before = ledger(*([row.was] if row.was else []))
    after = transitions.claim(before, replace(SEEN, retry=row.retry), standing, UNTIL)
    assert after.records == (row.now,)


def test_a_claim_of_what_is_written_keeps_the_answer_and_writes_down_what_ended() -> None:
    waiting = replace(PUT_OFF, key=REVIEW)
    settled, given_up = mine("published", "comment/1@3:aa"), mine("failed", "comment/2@3:aa", reason=WHY)
    forgotten, untouched = record("deferred", "thread/7"), record("published", "comment/3@3:aa")
    standing = ClaimDecision(
        drafts_to_post={"d": (waiting,)},
        closed=(settled,),
        given_up=(given_up,),
        to_remove=(forgotten,),
        asked=frozenset(),
    )
    after = transitions.claim(ledger(waiting, forgotten, untouched), SEEN, standing, UNTIL)
    taken = mine("answered", REVIEW, until=UNTIL, tries=3, asked=1, draft="d", findings=3)
    assert after.of("o/r", SEVEN) == (settled, given_up, untouched, taken)


# ---- answers ----


def test_an_answer_is_written_ahead_and_the_first_item_bears_its_cost() -> None:
    held = [mine("claimed", key, at=LONG_AGO, until=NOON, reason=WHY) for key in (ISSUE, REVIEW)]
    written = draft(PostComment("Fine.", replaces=80), fields={"findings": [{}, {}]})
    name = draft_id("o/r", SEVEN, KEYS)
    after = transitions.write_ahead(ledger(*held), SEEN, KEYS, written, UNTIL)
    changes: dict[str, Any] = {"until": UNTIL, "draft": name, "comment_id": 80}
    expected = (
        mine("answered", QUESTION, first=NOON, tries=0, **{**changes, "cost_usd": Decimal(0)}),
        mine("answered", ISSUE, **{**changes, "cost_usd": Decimal(3)}),
        mine("answered", REVIEW, findings=2, **changes),
    )
    assert after.of("o/r", SEVEN) == expected
    assert after.draft(expected[0]) == written
    assert transitions.write_ahead(after, SEEN, KEYS, written, UNTIL) == after


@pytest.mark.parametrize(
    "taken", [record("claimed", QUESTION), record("answered", QUESTION), mine("failed", QUESTION)], ids=str
)
def test_an_answer_to_what_another_run_took_over_is_not_written(taken: Record) -> None:
    with pytest.raises(ClaimLost) as lost:
        transitions.write_ahead(ledger(TAKEN_UP, taken), SEEN, (ISSUE, QUESTION), draft(), UNTIL)
    assert str(lost.value) == (
        f"run {taken.by.run} took over the comment first seen on 2 November 2026; this run's answer was not posted"
    )


def test_an_answer_that_must_not_be_posted_is_dropped_and_the_items_wait_for_another() -> None:
    held = [mine("answered", key, at=LONG_AGO, draft="d", comment_id=80, comment_url="x", until=UNTIL) for key in KEYS]
    others = [record("answered", "comment/1@3:aa", draft="d"), mine("claimed", "comment/2@3:aa", until=UNTIL)]
    before = ledger(*held, *others)
    keys = (ISSUE, QUESTION, "comment/1@3:aa", "comment/2@3:aa")
    seen = replace(SEEN, replies_by_key={ISSUE: REPLY})
    after = transitions.drop_draft(before, seen, keys, Reason("answer-rejected", "x" * 2000))
    waits = mine("deferred", QUESTION, until=NOON, reason=Reason("answer-rejected", "x" * 999 + "…"))
    shown: dict[str, Any] = {"comment_id": 90, "comment_url": REPLY.url}
    assert after.of("o/r", SEVEN) == (*others, waits, replace(waits, key=ISSUE, **shown), held[2])
    assert transitions.drop_draft(after, seen, keys, WHY) == after


def test_a_posted_answer_answers_what_it_names_and_nothing_else() -> None:
    was = [
        record("answered", ISSUE, draft="d", until=UNTIL),
        record("published", "comment/31@aa", comment_id=80),
        record("published", "comment/1@3:aa", comment_id=90),
        record("published", "comment/2@3:aa", comment_id=90),
        record("published", "comment/3@3:aa", comment_id=80),
        record("answered", "comment/4@3:aa", comment_id=90),
    ]
    seen = replace(SEEN, replies_by_key={"comment/1@3:aa": REPLY, "comment/2@3:aa": OLDER, ISSUE: OLDER})
    keys = (ISSUE, REVIEW, "comment/31@aa")
    after = transitions.publish(ledger(*was), seen, keys, REPLY)
    shown: dict[str, Any] = {"comment_id": 90, "comment_url": REPLY.url}
    assert after.of("o/r", SEVEN) == (
        mine("skipped", "comment/1@3:aa", reason=Reason("withdrawn", "its reply was rewritten without it")),
        mine("published", "comment/2@3:aa", comment_id=80, comment_url=OLDER.url),
        mine(
            "skipped", "comment/31@aa", reason=Reason("withdrawn", "the text was edited before its answer was posted")
        ),
        was[4],
        was[5],
        mine("published", ISSUE, **shown),
        mine("published", REVIEW, first=NOON, tries=0, **{**shown, "cost_usd": Decimal(0)}),
    )
    assert transitions.publish(after, seen, keys, REPLY) == after


# ---- what was folded ----

POSTED = record("published", REVIEW, comment_id=90, folded=("A",), unfolded=("B",))
BEFORE = record("published", "pull/0000000", comment_id=80, unfolded=("B", "C"))
ASKED = record("published", ISSUE, comment_id=90)


@pytest.mark.parametrize(
    ("folded", "unfolded", "expected"),
    [
        pytest.param(("B", "A"), (), ((("A", "B"), ()), (("B", "A"), ("C",))), id="done"),
        pytest.param((), ("D", "B"), ((("A",), ("B", "D")), ((), ("B", "C"))), id="still to be done"),
        pytest.param(("C",), ("C", "D"), ((("A", "C"), ("B", "D")), (("C",), ("B",))), id="both"),
        pytest.param((), (), ((("A",), ("B",)), ((), ("B", "C"))), id="nothing"),
    ],
)
def test_what_was_folded_is_on_record_of_the_review_that_did(
    folded: tuple[str, ...], unfolded: tuple[str, ...], expected: tuple[tuple[Any, Any], tuple[Any, Any]]
) -> None:
    (its, left), (others, others_left) = expected
    before = ledger(ASKED, POSTED, BEFORE)
    after = transitions.fold(before, SEEN, 90, folded, unfolded)
    assert (after is before) is (not folded and not unfolded)
    assert set(after.records) == {
        ASKED,
        replace(POSTED, folded=its, unfolded=left),
        replace(BEFORE, folded=others, unfolded=others_left),
    }
    assert transitions.fold(after, SEEN, 90, folded, unfolded) == after


def test_a_review_that_left_nothing_to_fold_may_be_told_of_more() -> None:
    done = replace(POSTED, unfolded=())
    after = transitions.fold(ledger(done), SEEN, 90, ("B",), ("C",))
    assert after.records == (replace(done, folded=("A", "B"), unfolded=("C",)),)


@pytest.mark.parametrize("found", [ASKED, replace(POSTED, state="answered"), replace(POSTED, comment_id=91)], ids=str)
def test_nothing_is_folded_for_what_is_no_review_in_the_comment(found: Record) -> None:
    before = ledger(found)
    assert transitions.fold(before, SEEN, 90, ("A",), ("B",)) is before


# ---- what went wrong ----


def fault(status: int = 529, **changes: Any) -> Fault:
    return replace(Fault("claude", "status", "overloaded", status), **changes)


def cap(again: datetime | None, worst: int = 1) -> CapReached:
    return CapReached("daily_usd", Decimal(5), Decimal(5), Decimal(worst), again)


OVERLOADED = UpstreamError(fault())
NOT_FOUND = UpstreamError(fault(404))
TOMORROW = datetime(2026, 11, 3, tzinfo=UTC)


def said(error: HLSError) -> Reason:
    return Reason(error.code, error.message, error.cause)


@dataclass(frozen=True)
class Setback:
    """``until``: None where it ends as ``state``. ``tries``: after, of as many as there were in ``changes``, or 1."""

    rule: str
    error: HLSError
    until: datetime | None
    tries: int = 1
    state: State = "deferred"
    changes: dict[str, Any] = field(default_factory=dict)


def after_tries(tries: int, pause: timedelta) -> Setback:
    return Setback(f"after {tries} tries", OVERLOADED, NOON + pause, tries, changes={"tries": tries})


SETBACKS = (
    after_tries(0, 10 * MINUTE),
    after_tries(1, 10 * MINUTE),
    after_tries(2, 20 * MINUTE),
    after_tries(6, 320 * MINUTE),
    after_tries(7, 360 * MINUTE),
    Setback("as long as the service asks", UpstreamError(fault(retry_after=3600.0)), NOON + HOUR),
    Setback("but not less", UpstreamError(fault(retry_after=5.0)), NOON + 10 * MINUTE),
    Setback("nor for ever", UpstreamError(fault(retry_after=1e12)), NOON + 7 * DAY),
    Setback("no time", DeadlineExceeded("no time"), NOON + 10 * MINUTE, 3, changes={"tries": 3}),
    Setback("others were faster", Conflict("changed"), NOON + 10 * MINUTE, 3, changes={"tries": 3}),
    Setback("at a cap until its period is over", cap(TOMORROW), TOMORROW, 0),
    Setback("that no period ends", cap(None), None, state="skipped"),
    Setback("that the call alone exceeds", cap(TOMORROW, worst=6), None, state="failed"),
    Setback("spent, until the next day", SpendLimitReached(fault(400, credit_exhausted=True)), TOMORROW, 0),
    Setback(
        "or as the service says",
        SpendLimitReached(fault(credit_exhausted=True, until=NOON + 5 * DAY)),
        NOON + 5 * DAY,
        0,
    ),
    Setback("if that is to come", SpendLimitReached(fault(credit_exhausted=True, until=NOON)), TOMORROW, 0),
    Setback("and credible", SpendLimitReached(fault(credit_exhausted=True, until=NOON + 99 * DAY)), NOON + 32 * DAY, 0),
    Setback(
        "no sooner than it asks",
        SpendLimitReached(fault(credit_exhausted=True, retry_after=2 * 86_400)),
        NOON + 2 * DAY,
        0,
    ),
    Setback("held back", CoolingDown(fault(rate_limited=True)), NOON + 10 * MINUTE, 0),
    Setback("a cap is no try, nor the last", cap(TOMORROW), TOMORROW, 7, changes={"tries": 8}),
    Setback("nor a spent account", SpendLimitReached(fault(credit_exhausted=True)), TOMORROW, 7, changes={"tries": 8}),
    Setback("nor being held back", CoolingDown(fault(rate_limited=True)), NOON + 6 * HOUR, 7, changes={"tries": 8}),
    Setback("for good", NOT_FOUND, None, state="failed"),
    Setback("for good, with an answer to post", NOT_FOUND, None, state="failed", changes={"draft": "d"}),
    Setback("a wrong answer", AnswerInvalid("'comment' is empty"), None, state="failed"),
    Setback(
        "the token saw it before", TokenRefused(fault(404), sees_nothing=True), NOON + 20 * MINUTE, 2,
        changes={"tries": 2, "draft": "d"},
    ),
    Setback("it may do too little", TokenRefused(fault(403)), None, state="failed", changes={"draft": "d"}),
    Setback("and where nothing is written", TokenRefused(fault(404), sees_nothing=True), None, state="failed"),
)  # fmt: skip


@pytest.mark.parametrize("row", SETBACKS, ids=lambda row: row.rule)
def test_what_an_error_leaves_on_record(row: Setback) -> None:
    was = mine("claimed", **{"at": LONG_AGO, "until": UNTIL, **row.changes})
    after = transitions.defer_or_fail(ledger(was), SEEN, (ISSUE,), row.error, cost=Decimal(4))
    cost = Decimal(1) if row.state == "skipped" else Decimal(5)
    assert after.records == (
        replace(was, state=row.state, at=NOON, until=row.until, tries=row.tries, reason=said(row.error), cost_usd=cost),
    )
    assert transitions.defer_or_fail(after, SEEN, (ISSUE,), row.error, cost=Decimal(4)) == after


@pytest.mark.parametrize("tries", [8, 1_000_000])
def test_the_last_try(tries: int) -> None:
    was = mine("answered", tries=tries, draft="d", until=UNTIL)
    (after,) = transitions.defer_or_fail(ledger(was), SEEN, (ISSUE,), OVERLOADED).records
    why = Reason("gave-up", f"after {tries} tries; upstream: Claude answered 529: overloaded")
    assert after == replace(was, state="failed", until=None, reason=why)


def test_an_error_is_that_of_what_this_run_holds_and_the_first_bears_its_cost() -> None:
    held = [mine("claimed", key) for key in KEYS]
    others = [record("claimed", "comment/1@3:aa"), mine("published", "comment/2@3:aa")]
    long = UpstreamError(fault(message="x" * 2000))
    keys = (QUESTION, ISSUE, "comment/1@3:aa", "comment/2@3:aa")
    after = transitions.defer_or_fail(ledger(*held, *others), SEEN, keys, long, cost=Decimal(4))
    why = Reason("upstream", f"Claude answered 529: {'x' * 978}…")
    waits = mine("deferred", QUESTION, until=NOON + 10 * MINUTE, reason=why)
    expected = (*others, replace(waits, cost_usd=Decimal(5)), replace(waits, key=ISSUE), held[2])
    assert after.of("o/r", SEVEN) == expected


@pytest.mark.parametrize(
    ("error", "tries", "found"),
    [
        (OVERLOADED, (), True),
        (OVERLOADED, (2, 6), True),
        (OVERLOADED, (7, 2), False),
        (NOT_FOUND, (), False),
        (cap(None), (), False),
        (cap(TOMORROW), (), True),
        (cap(TOMORROW), (7, 2), True),
    ],
)
def test_whether_items_are_put_off_by_an_error(error: HLSError, tries: tuple[int, ...], found: bool) -> None:
    assert transitions.may_pass(error, tuple(record("deferred", tries=each) for each in tries), NOON) is found


# ---- no answer is due ----


@pytest.mark.parametrize(("gone", "kept"), [(False, "d"), (True, "")])
def test_what_needs_no_answer(gone: bool, kept: str) -> None:
    held = [mine("answered", key, draft="d", until=UNTIL, findings=1) for key in KEYS]
    others = [record("claimed", "comment/1@3:aa"), mine("published", "comment/2@3:aa")]
    keys = (QUESTION, REVIEW, "comment/1@3:aa", "comment/2@3:aa")
    closed = Reason("closed", "it was closed")
    seen = replace(SEEN, gone=gone)
    after = transitions.skip(ledger(*held, *others), seen, keys, closed, cost=Decimal(4), findings=0)
    skipped = mine("skipped", QUESTION, reason=closed, draft=kept, findings=1)
    expected = (*others, replace(skipped, cost_usd=Decimal(5)), held[0], replace(skipped, key=REVIEW, findings=0))
    assert after.of("o/r", SEVEN) == expected
    (plain,) = transitions.skip(ledger(held[2]), SEEN, (REVIEW,), closed).records
    assert (plain.findings, plain.cost_usd) == (1, Decimal(1))


# ---- a thread that could not be read ----

LOOK = "thread/7"
GONE = ThreadUnavailable("it was deleted")
FAILED = record("failed", LOOK, reason=said(GONE), until=LONG_AGO + HOUR)
NEW = mine("failed", LOOK, first=NOON, cost_usd=Decimal(0), until=NOON + 6 * HOUR, reason=said(GONE))
WAITS = replace(NEW, state="deferred", until=NOON + 10 * MINUTE, reason=said(OVERLOADED))
OLD: dict[str, Any] = {"first": NOON - 30 * DAY}
ANEW = mine("failed", LOOK, until=NOON + 6 * HOUR, reason=said(GONE))


@dataclass(frozen=True)
class Unread:
    rule: str
    was: Record | None
    error: HLSError
    now: Record
    seen: dict[str, Any] = field(default_factory=dict)


UNREAD = (
    Unread("it may pass", None, OVERLOADED, WAITS),
    Unread("it will not", None, GONE, NEW),
    Unread("this run knows", replace(FAILED, by=ME), GONE, replace(FAILED, by=ME), {"retry": True}),
    Unread("it still fails so", FAILED, GONE, replace(FAILED, until=NOON + 6 * HOUR)),
    Unread("and is not due", replace(FAILED, until=UNTIL), GONE, replace(FAILED, until=UNTIL)),
    Unread("after a month no more", replace(FAILED, **OLD), GONE, replace(FAILED, **OLD, until=None)),
    Unread("for a month", replace(FAILED, first=NOON - 30 * DAY + MINUTE), GONE, replace(
        FAILED, first=NOON - 30 * DAY + MINUTE, until=NOON + 6 * HOUR)),
    Unread("it fails otherwise", FAILED, NOT_FOUND, replace(ANEW, reason=said(NOT_FOUND))),
    Unread("by what may pass", replace(FAILED, reason=said(OVERLOADED)), OVERLOADED, replace(
        ANEW, state="deferred", until=NOON + 10 * MINUTE, reason=said(OVERLOADED))),
    Unread("a maintainer asks", FAILED, GONE, ANEW, {"retry": True}),
    Unread("people ask", FAILED, GONE, ANEW, {"retried_at": NOON}),
    Unread("they asked before", FAILED, GONE, replace(FAILED, until=NOON + 6 * HOUR), {"retried_at": LONG_AGO}),
    Unread("a second try", record("deferred", LOOK), OVERLOADED, mine(
        "deferred", LOOK, tries=2, until=NOON + 20 * MINUTE, reason=said(OVERLOADED))),
    Unread("it could pass, and cannot now", record("deferred", LOOK, reason=said(GONE)), GONE, replace(ANEW, tries=2)),
)  # fmt: skip


@pytest.mark.parametrize("row", UNREAD, ids=lambda row: row.rule)
def test_a_thread_that_could_not_be_read(row: Unread) -> None:
    other = record("published", ISSUE)
    before = ledger(other, *([row.was] if row.was else []))
    assert transitions.mark_unreadable(before, replace(SEEN, **row.seen), row.error).of("o/r", SEVEN) == (
        other,
        row.now,
    )


@pytest.mark.parametrize(
    ("due", "holds"),
    [(NOON + 20 * MINUTE, 20 * MINUTE), (None, timedelta(hours=12))],
    ids=["until it is tried again", "for the day"],
)
def test_a_thread_is_told_of_a_cap_once(due: datetime | None, holds: timedelta) -> None:
    before = ledger(record("deferred"))
    after = transitions.record_notice(before, SEEN, due)
    told = Reason("notice", "the thread is told once")
    notice = Record("o/r", SEVEN, "notice/7", "skipped", ME, first=NOON, at=NOON, until=NOON + holds, reason=told)
    assert after.of("o/r", SEVEN) == (record("deferred"), notice)
    later = replace(SEEN, me=OTHER, now=NOON + holds - MINUTE)
    assert transitions.record_notice(after, later, due) is after
    again = transitions.record_notice(after, replace(later, now=NOON + holds), due).of("o/r", SEVEN)[-1]
    assert (again.key, again.by, again.at) == ("notice/7", OTHER, NOON + holds)


# ---- what others are to know ----

LIMITED = Fault("github", "status", "slow down", 403, rate_limited=True)


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        pytest.param(UpstreamError(replace(LIMITED, retry_after=90.0)), timedelta(seconds=90), id="as asked"),
        pytest.param(UpstreamError(LIMITED), MINUTE, id="a minute, if nothing is said"),
        pytest.param(UpstreamError(replace(LIMITED, rate_limited=False, retry_after=90.0)), None, id="no limit"),
        pytest.param(UpstreamError(replace(LIMITED, service="claude", retry_after=90.0)), None, id="not GitHub's"),
        pytest.param(Conflict("changed"), None, id="another error"),
    ],
)
def test_other_runs_wait_as_github_asks(error: HLSError, pause: timedelta | None) -> None:
    after = transitions.start_cool_down(Ledger(), error, NOON)
    assert after.cool_downs.until == ({"github": NOON + pause} if pause else {})


def test_answers_are_counted_by_version_of_the_prompts_the_newest_ten() -> None:
    ledger = Ledger()
    for hour in range(12):
        ledger = ledger.with_answer(grounded(f"v{hour:02}"), NOON + timedelta(hours=hour))
    ledger = ledger.with_answer(grounded("v02", marked=2), NOON + timedelta(hours=12))
    ledger = ledger.with_answer(grounded("v13"), NOON + timedelta(hours=13))
    assert sorted(ledger.grounding) == ["v02", *(f"v{n:02}" for n in range(4, 12)), "v13"]
    assert ledger.grounding["v02"] == Tally(NOON + timedelta(hours=12), 2, Counts(marked=3))
    assert ledger.with_answer(grounded(""), NOON) is ledger, "an answer of which no version is known"


def grounded(prompt: str, marked: int = 1) -> Draft:
    counts = Grounds(counts=Counts(marked=marked))
    return Draft(("issue/7",), (PostComment("Yes."),), {}, "m", Usage(), Decimal(0), grounds=counts, prompt=prompt)


def test_a_bill_is_settled_once() -> None:
    reserved = Reservation(Call("o/r#7", "ann", "issue", "model"), Decimal(3), NOON, UNTIL)
    before = Ledger(budget=Budget(reservations={"r": reserved}))
    after = transitions.settle(before, Charge("r", Decimal(2)))
    assert after.budget == before.budget.settle(Charge("r", Decimal(2)))
    assert after.budget.reservations == {}
    assert transitions.settle(after, Charge("r", Decimal(2))) is after


def test_what_a_reply_no_longer_answers_is_not_published_once_its_new_answer_is_seen() -> None:
    """The run that rewrote it died before it could say so."""
    old, new, other = (
        record("published", key, comment_id=comment)
        for key, comment in (("pull/a", 90), ("pull/b", 90), ("comment/1", 80))
    )
    now = replace(SEEN, replies_by_key={"pull/b": REPLY, "comment/1": OLDER})
    after = transitions.claim(ledger(old, other), now, ClaimDecision(closed=(new,)), UNTIL)
    states = {each.key: (each.state, each.reason.detail) for each in after.of("o/r", SEVEN)}
    assert states == {
        "pull/a": ("skipped", "its reply was rewritten without it"),
        "pull/b": ("published", ""),
        "comment/1": ("published", ""),
    }
