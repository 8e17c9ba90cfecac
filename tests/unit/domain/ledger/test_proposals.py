"""In how many threads an issue is proposed, and where people said no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import ClaimDecision, Situation
from hls_action.domain.ledger.model import Claimant, Ledger, Record
from hls_action.domain.ledger.proposals import at_bound, proposed_in, refused_by, within_bounds
from hls_action.domain.reasons import NONE
from hls_action.domain.tasks.effects import AddLabels, PostComment
from hls_action.domain.threads.items import Item
from tests.unit.builders import NOON

SEVEN, ME = ThreadId(7), Claimant(5, 1, "me")
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)


def record(thread: int, key: str = "", **changes: Any) -> Record:
    base = Record("o/r", ThreadId(thread), key or f"issue/{thread}", "published", ME, first=NOON, at=NOON)
    return replace(base, **{"proposed": (12,), **changes})


def ledger(*records: Record) -> Ledger:
    found = Ledger()
    for each in records:
        found = found.put(each.thread, [each])
    return found


FULL = [record(thread) for thread in range(20, 25)]


@pytest.mark.parametrize(
    ("records", "over"),
    [
        pytest.param(FULL, True, id="five"),
        pytest.param(FULL[1:], False, id="four"),
        pytest.param([*FULL[1:], record(21, "comment/1@3:aa")], False, id="twice in one thread"),
        pytest.param([*FULL[1:], record(7)], False, id="and this thread itself"),
        pytest.param([*FULL[1:], record(19, repository="o/other")], False, id="and another repository's"),
        pytest.param([*FULL[1:], record(19, at=NOON - WEEK)], False, id="and one a week ago"),
        pytest.param([*FULL[1:], record(19, at=NOON - WEEK + SECOND)], True, id="and one just within"),
        pytest.param([*FULL[1:], record(19, proposed=(13, 12))], True, id="and one beside another"),
    ],
)
def test_an_issue_is_at_its_bound_once_five_threads_of_a_week_were_pointed_to_it(
    records: list[Record], over: bool
) -> None:
    assert at_bound(ledger(*records), "o/r", SEVEN, NOON) == (frozenset({12}) if over else frozenset())


def test_what_a_thread_was_pointed_to_but_for_the_reply_that_is_written_anew() -> None:
    records = (record(7), record(7, "comment/31@3:aa", proposed=(13,)))
    assert proposed_in(records) == {12, 13}
    assert proposed_in(records, {"issue/7"}) == {13}


def test_a_no_concerns_both_threads() -> None:
    known = ledger(record(20, refused=(7, 9)), record(21, refused=(8,)), record(22, refused=(7,), repository="o/other"))
    assert refused_by(known, "o/r", SEVEN) == {20}


DRAFT = Draft(
    keys=("issue/7",),
    effects=(AddLabels(("bug",)), PostComment("Possibly #12, [this](https://github.com/o/r/issues/12), or #13.")),
    fields={"duplicate": 12, "category": "bug"},
    model="model",
    usage=Usage(),
    cost_usd=Decimal(0),
    proposes=(12, 13),
)


def test_what_is_over_its_bound_is_named_without_a_link() -> None:
    limited = within_bounds(DRAFT, {12, 99}, "o/r")
    assert limited.comment.text == (
        "Possibly #\u200b12, \\[this](https:\u200b//redirect.github.com/o/r/issues/12), or #13."
    )
    assert (limited.fields, limited.proposes) == ({"duplicate": None, "category": "bug"}, (13,))
    assert limited.labels == ("bug",)
    assert within_bounds(DRAFT, {99}, "o/r") is DRAFT


def test_another_duplicate_and_other_fields_stay() -> None:
    fields = {"duplicate": 13, "confidence": 12}
    assert within_bounds(replace(DRAFT, fields=fields), {12}, "o/r").fields == fields


# ---- the steps of the ledger ----

SITUATION = Situation("o/r", SEVEN, (), (), {}, NONE, NOON, ME)
UNTIL = NOON + timedelta(minutes=15)


def claimed(*records: Record, refused: tuple[int, ...] = ()) -> Ledger:
    decision = ClaimDecision(to_answer=(Item("issue", "7"), Item("comment", "31", "3:aa")))
    return transitions.claim(ledger(*records), SITUATION, decision, UNTIL, refused=refused)


def test_what_is_refused_is_on_the_record_of_the_newest_item_and_stays() -> None:
    assert [each.refused for each in claimed(refused=(12,)).of("o/r", SEVEN)] == [(12,), ()]
    again = claimed(record(7, "comment/31@3:aa", refused=(13,)))
    assert [each.refused for each in again.of("o/r", SEVEN)] == [(13,), ()]


def test_what_is_proposed_is_written_ahead_and_adds_up() -> None:
    keys = ["issue/7", "comment/31@3:aa"]
    draft = replace(DRAFT, keys=tuple(keys))
    before = claimed(record(7, proposed=(11,)))
    once = transitions.write_ahead(before, SITUATION, keys, draft, UNTIL)
    assert {each.key: each.proposed for each in once.of("o/r", SEVEN)} == {keys[0]: (11, 12, 13), keys[1]: ()}
    assert transitions.write_ahead(once, SITUATION, keys, draft, UNTIL) == once, "safe to repeat"
