"""What a run may take up, as a table: one item of a thread, what the ledger says of it, and where that puts it.

One row for each rule of `claims.decide`, and for each side of its limits. A row that fails names the rule that is
wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import (
    CLOCK_TOLERANCE,
    DRY_RUN,
    MAX_ASKED,
    MAX_TRIES,
    NOTHING_NEW,
    UNREADABLE,
    ClaimDecision,
    Situation,
    decide,
)
from hls_action.domain.ledger.model import Claimant, Record, State
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks import look
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Author, Comment

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LONG_AGO = NOON - timedelta(hours=3)
ITEM, QUESTION = Item("issue", "7"), Item("comment", "31", "2:cccccccccccc")
ME, OTHER = Claimant(5, 2, "me"), Claimant(3, 1, "other")
EARLIER, LATER, UNDER_ACT = Claimant(5, 1, "earlier"), Claimant(5, 3, "later"), Claimant(5, 2, "another")
REPLY = Comment(90, Author("github-actions[bot]", "Bot"), "…", LONG_AGO)

# ---- the thread: is the item asked for, and is there a reply of ours? ----

OPEN: Mapping[str, Any] = {"unanswered": (ITEM,), "wanted": (ITEM.key,)}
ANSWERED: Mapping[str, Any] = {"wanted": (ITEM.key,), "replies_by_key": {ITEM.key: REPLY}}
ANSWERED_AMONG_OTHERS: Mapping[str, Any] = {**ANSWERED, "unanswered": (QUESTION,), "wanted": (ITEM.key, QUESTION.key)}
ANSWERED_BUT_OWED: Mapping[str, Any] = {**OPEN, "replies_by_key": {ITEM.key: REPLY}}
ALL_OWED: Mapping[str, Any] = {**ANSWERED_AMONG_OTHERS, "unanswered": (ITEM, QUESTION)}
BEYOND: Mapping[str, Any] = {"wanted": (ITEM.key,)}
"""Asked for, and more than one reply answers."""
GONE: Mapping[str, Any] = {}
RENAMED: Mapping[str, Any] = {**OPEN, "replies_by_key": {f"{ITEM.key}@2:aaaaaaaaaaaa": REPLY}}
"""Answered when it asked for something in particular."""
CLOSED: Mapping[str, Any] = {"ineligible": Reason("closed", "the thread is closed")}
NO_MORE: Mapping[str, Any] = {"ineligible": Reason("thread-unavailable", "it was deleted"), "gone": True}

# ---- what else the run knows ----

RETRY: Mapping[str, Any] = {"retry": True}
FORCE: Mapping[str, Any] = {"retry": True, "force": True}
DRY: Mapping[str, Any] = {"dry_run": True}
OTHER_ENDED: Mapping[str, Any] = {"ended_runs": frozenset({OTHER})}


def asked(when: datetime) -> Mapping[str, Any]:
    """Somebody wrote a comment with the command ``retry`` then."""
    return {"retried_at": when}


@dataclass(frozen=True)
class Row:
    """``expected``: the pile, with the state and the code of the reason where the record is written as it ends."""

    rule: str
    thread: Mapping[str, Any]
    record: Record | None
    expected: str
    more: Mapping[str, Any] = field(default_factory=dict)


def record(state: State, **changes: Any) -> Record:
    """Begun and last touched long ago, by another run, whose claim is over."""
    base = Record("o/r", ThreadId(7), ITEM.key, state, OTHER, first=LONG_AGO, at=LONG_AGO, until=None, tries=1)
    return replace(base, **changes)


def claimed(**changes: Any) -> Record:
    """The claim is over, unless ``until`` says otherwise."""
    return record("claimed", **({"until": NOON - SECOND} | changes))


def written(**changes: Any) -> Record:
    """The answer is there, and not yet posted."""
    return record("answered", **({"until": NOON - SECOND, "draft": "d"} | changes))


def deferred(**changes: Any) -> Record:
    """Not due yet."""
    return record("deferred", **({"until": NOON + SECOND} | changes))


def skipped(code: str, **changes: Any) -> Record:
    return record("skipped", reason=Reason(code, "…"), **changes)


ALIVE = {"until": NOON + SECOND}
NOW = {"at": NOON - CLOCK_TOLERANCE + SECOND}
"""Touched so short a time ago that this run's view of the thread may be the older one."""
LIMIT = {"at": NOON - CLOCK_TOLERANCE}
UNTIMED: Mapping[str, Any] = {"read_at": None}
"""Nobody knows when the thread was read, as when it could not be."""
CALLED_BEFORE = {"key": f"{ITEM.key}@2:aaaaaaaaaaaa"}

TABLE = (
    Row("what nobody took up is work", OPEN, None, "to_answer"),
    Row("a reply answers without a record", ANSWERED, None, "nothing"),
    Row("nothing is owed in a closed thread", CLOSED, None, "nothing"),
    # published
    Row("published is done", ANSWERED, record("published"), "nothing"),
    Row("a deleted reply does not come back", OPEN, record("published"), "nothing"),
    Row("by force a deleted reply does", OPEN, record("published"), "to_answer", FORCE),
    Row(
        "by force an answered item is answered anew", ANSWERED_BUT_OWED, record("published", **NOW), "to_answer", FORCE
    ),
    Row("force is not meant for what was posted meanwhile", OPEN, record("published", **NOW), "nothing", FORCE),
    Row("nor for what may have been", OPEN, record("published", **LIMIT), "nothing", FORCE),
    Row("nor where nobody knows", OPEN, record("published"), "nothing", {**FORCE, **UNTIMED}),
    Row(
        "nor is a deleted reply written anew only to be thrown away",
        OPEN,
        record("published"),
        "nothing",
        {**FORCE, **DRY},
    ),
    Row("a try anew is not force", OPEN, record("published"), "nothing", RETRY),
    # held by other runs
    Row("another run's claim is respected", OPEN, claimed(**ALIVE), "held"),
    Row("to the last moment", OPEN, claimed(until=NOON), "to_answer"),
    Row("a claim without an end is over", OPEN, claimed(until=None), "to_answer"),
    Row("of a run that is known to have ended, it is over", OPEN, claimed(**ALIVE), "to_answer", OTHER_ENDED),
    Row("this run's own claim is no obstacle", OPEN, claimed(by=ME, **ALIVE), "to_answer"),
    Row("an earlier attempt of this run is dead", OPEN, claimed(by=EARLIER, **ALIVE), "to_answer"),
    Row("a later attempt of this run is not", OPEN, claimed(by=LATER, **ALIVE), "held"),
    Row("runs that nobody counts are told apart", OPEN, claimed(by=UNDER_ACT, **ALIVE), "held"),
    Row("a written answer in another's hand is respected", OPEN, written(**ALIVE), "held"),
    Row("force takes nothing from another run", OPEN, claimed(**ALIVE), "held", FORCE),
    Row("a claim is respected in a closed thread, too", CLOSED, claimed(**ALIVE), "held"),
    Row("and where a reply is there already", ANSWERED, claimed(**ALIVE), "held"),
    # taken up, and not finished
    Row("a reply settles a claim", ANSWERED, claimed(), "closed published"),
    Row("whatever else is owed", ANSWERED_AMONG_OTHERS, claimed(), "closed published to_answer"),
    Row("of a new answer that was never written, too", ANSWERED, claimed(comment_id=90), "closed published"),
    Row("by force the reply does not", ANSWERED_BUT_OWED, claimed(), "to_answer", FORCE),
    Row("whatever else is to be answered", ALL_OWED, claimed(), "to_answer", FORCE),
    Row("unless it is an older one, of which none is wanted anew", ANSWERED, claimed(), "closed published", FORCE),
    Row(
        "by force it is answered anew by another name",
        RENAMED,
        claimed(**CALLED_BEFORE),
        "closed published to_answer",
        FORCE,
    ),
    Row("what is no longer asked is withdrawn", GONE, claimed(), "closed skipped withdrawn"),
    Row("unless the record is newer than the view", GONE, claimed(**NOW), "newer"),
    Row("or nobody knows how old that is", GONE, claimed(**NOW), "closed skipped withdrawn", UNTIMED),
    Row("just as old as the view can be", GONE, claimed(at=NOON - CLOCK_TOLERANCE), "closed skipped withdrawn"),
    Row("a closed thread ends it", CLOSED, claimed(), "closed skipped closed"),
    Row("unless the record is newer than that", CLOSED, claimed(**NOW), "newer"),
    Row("beyond one reply's room it is the next run's", BEYOND, claimed(), "nothing"),
    Row("however new it is", BEYOND, claimed(**NOW), "nothing"),
    Row("asking does not count while a run may be at work", OPEN, claimed(), "to_answer", asked(NOON)),
    Row("the last try that an item has", OPEN, claimed(tries=MAX_TRIES - 1), "to_answer"),
    Row("one more is too many", OPEN, claimed(tries=MAX_TRIES), "given_up failed gave-up"),
    Row("but a maintainer may ask for it", OPEN, claimed(tries=MAX_TRIES), "to_answer", RETRY),
    # written, and not posted
    Row("a written answer is posted", OPEN, written(), "drafts_to_post"),
    Row("a marker says that it was", ANSWERED, written(), "closed published"),
    Row("but not of one that takes a reply's place", ANSWERED, written(comment_id=90), "drafts_to_post"),
    Row("by force it is asked anew", OPEN, written(), "to_answer", FORCE),
    Row("but a dry run loses nothing that was paid for", OPEN, written(), "drafts_to_post", {**FORCE, **DRY}),
    Row("it goes with what it answers", GONE, written(), "closed skipped withdrawn"),
    Row("and with its thread", NO_MORE, written(), "closed skipped thread-unavailable"),
    Row("but a closed thread may open again", CLOSED, written(), "closed skipped closed d"),
    # deferred
    Row("not before it is due", OPEN, deferred(), "not_due"),
    Row("then it is work", OPEN, deferred(until=NOON), "to_answer"),
    Row("and so it is without a time", OPEN, deferred(until=None), "to_answer"),
    Row("a maintainer need not wait", OPEN, deferred(), "to_answer", RETRY),
    Row("people need not, if they ask", OPEN, deferred(), "to_answer asked", asked(NOON)),
    Row("asking before it was deferred does not count", OPEN, deferred(), "not_due", asked(LONG_AGO)),
    Row("people may ask three times", OPEN, deferred(asked=2), "to_answer asked", asked(NOON)),
    Row("and no more", OPEN, deferred(asked=3), "not_due", asked(NOON)),
    Row("what is written is posted when due", OPEN, deferred(until=NOON, draft="d"), "drafts_to_post"),
    Row("a reply settles it", ANSWERED, deferred(), "closed published"),
    # failed
    Row("what failed stays so", OPEN, record("failed"), "dead_letters"),
    Row("until a maintainer asks", OPEN, record("failed"), "to_answer", RETRY),
    Row("or people do", OPEN, record("failed"), "to_answer asked", asked(NOON)),
    Row("a paid answer is then posted", OPEN, record("failed", draft="d"), "drafts_to_post", RETRY),
    Row("what failed may be withdrawn", GONE, record("failed"), "closed skipped withdrawn"),
    # skipped
    Row("what was skipped may be asked again", OPEN, skipped("closed"), "to_answer"),
    Row("a cap without a period stands", OPEN, skipped("budget"), "dead_letters"),
    Row("and so does the look", OPEN, skipped(look.CODE), "dead_letters"),
    Row("until a maintainer asks for an answer", OPEN, skipped("budget"), "to_answer", RETRY),
    Row("or people ask for it", OPEN, skipped(look.CODE), "to_answer asked", asked(NOON)),
    Row("a few times", OPEN, skipped(look.CODE, asked=MAX_ASKED), "dead_letters", asked(NOON)),
    Row("a review with nothing new to say stays unposted", OPEN, skipped(NOTHING_NEW), "dead_letters"),
    Row(
        "asking what was skipped for a closed thread counts for nothing",
        OPEN,
        skipped("closed"),
        "to_answer",
        asked(NOON),
    ),
    Row("a paid answer is posted once the thread opens", OPEN, skipped("closed", draft="d"), "drafts_to_post"),
    Row("not in a thread that is closed", CLOSED, skipped("closed", draft="d"), "nothing"),
    Row("nor twice", ANSWERED, skipped("closed", draft="d"), "nothing"),
    Row("nor if it is not asked any more", GONE, skipped("closed", draft="d"), "nothing"),
    Row("nor by force", OPEN, skipped("closed", draft="d"), "to_answer", FORCE),
    Row("where the thread is no more it is not kept", NO_MORE, skipped("closed", draft="d"), "closed skipped closed"),
    Row("and what had none stays as it is", NO_MORE, skipped("closed"), "nothing"),
    Row("what a dry run wrote and did not keep does for the next", OPEN, skipped(DRY_RUN), "dead_letters", DRY),
    Row("but not for a run that posts", OPEN, skipped(DRY_RUN), "to_answer"),
    Row("nor does what was skipped for anything else", OPEN, skipped("closed"), "to_answer", DRY),
    # names
    Row(
        "a thread that was read needs no record for itself",
        OPEN,
        record("deferred", key=f"{UNREADABLE}/7"),
        "to_remove to_answer",
    ),
    Row("any answer to an issue answers it", OPEN, record("published", **CALLED_BEFORE), "nothing"),
    Row("and any claim of it keeps others off", OPEN, claimed(**CALLED_BEFORE, **ALIVE), "held"),
    Row("even one that this run's view is too old to tell of", OPEN, claimed(**CALLED_BEFORE, **NOW), "newer"),
)


def placed(decision: ClaimDecision) -> str:
    """Every pile that has something, in words."""
    found = [f"closed {r.state} {r.reason.code} {r.draft}".split() for r in decision.closed]
    found += [f"given_up {r.state} {r.reason.code}".split() for r in decision.given_up]
    others = ("to_remove", "held", "newer", "not_due", "dead_letters")
    found += [[pile] for pile in (*others, "drafts_to_post", "to_answer") if getattr(decision, pile)]
    found += [["asked"]] if decision.asked else []
    return " ".join(word for words in found for word in words) or "nothing"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_what_a_run_may_take_up(row: Row) -> None:
    base = Situation("o/r", ThreadId(7), (), (), {}, NONE, NOON, ME, read_at=NOON)
    seen = replace(base, **{**row.thread, **row.more})
    assert placed(decide(seen, (row.record,) if row.record else ())) == row.expected


def test_items_are_answered_in_the_order_in_which_they_are_owed() -> None:
    items = (Item("comment", "12", "2:bb"), Item("comment", "11", "2:aa"), Item("comment", "13", "2:cc"))
    seen = Situation("o/r", ThreadId(7), items, [item.key for item in items], {}, NONE, NOON, ME)
    deferred_first = record("deferred", key=items[2].key, until=LONG_AGO)
    assert decide(seen, (deferred_first,)).to_answer == items


@pytest.mark.parametrize(
    ("decision", "found"),
    [
        (ClaimDecision(to_answer=(ITEM,)), True),
        (ClaimDecision(drafts_to_post={"d": (written(),)}), True),
        (ClaimDecision(held=(claimed(),), closed=(claimed(),), not_due=(deferred(),)), False),
    ],
)
def test_work_is_what_is_to_be_answered_or_posted(decision: ClaimDecision, found: bool) -> None:
    assert decision.is_work is found


@pytest.mark.parametrize(
    ("thread", "taken_up", "said"),
    [
        (GONE, claimed(), "withdrawn: the request was edited, deleted or superseded before it was answered"),
        (OPEN, claimed(tries=MAX_TRIES), "gave-up: 8 runs tried and none finished"),
    ],
)
def test_what_is_written_down_of_what_ends_by_itself(thread: Mapping[str, Any], taken_up: Record, said: str) -> None:
    decision = decide(replace(Situation("o/r", ThreadId(7), (), (), {}, NONE, NOON, ME), **thread), (taken_up,))
    assert [str(each.reason) for each in (*decision.closed, *decision.given_up)] == [said]
