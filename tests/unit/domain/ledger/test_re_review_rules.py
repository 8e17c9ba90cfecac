"""Which reviews are outdated, which say nothing new, and how long it is tried to fold them, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import claims
from hls_action.domain.ledger.claims import FOLD_WINDOW, NOTHING_NEW, ClaimDecision, Situation
from hls_action.domain.ledger.model import Claimant, Record, State
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks import look
from hls_action.domain.tasks.effects import PostComment
from hls_action.domain.threads.items import Item, marker
from hls_action.domain.threads.thread import Comment
from hls_action.domain.verdicts import is_nothing_new
from tests.unit.builders import bot_comment

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FIRST, SECOND_HEAD, HEAD = (digit * 40 for digit in "abc")
ME, OTHER = Claimant(5, 1, "me"), Claimant(3, 1, "other")


def review(head: str, state: State = "published", number: int | None = None, **changes: Any) -> Record:
    """The record of a review, posted or not."""
    base = Record("o/r", ThreadId(7), f"pull/{head}", state, OTHER, first=NOON, at=NOON, comment_id=number)
    return replace(base, **changes)


def reply(number: int, *keys: str) -> Comment:
    """A reply of ours, whose marker names these keys."""
    return replace(bot_comment(number, f"{marker(keys)}\n…"), node_id=f"N{number}")


def folded_by(record: Record, *numbers: int) -> Record:
    return replace(record, folded=tuple(f"N{number}" for number in numbers))


# ---- which are folded ----

OLD, NEW = review(FIRST, number=1), review(HEAD, number=3)
BOTH = {f"pull/{FIRST}": reply(1), f"pull/{HEAD}": reply(3)}
THREE = {**BOTH, f"pull/{SECOND_HEAD}": reply(2)}


@dataclass(frozen=True)
class Outdated:
    """``replies_by_key``: what each reply of ours answers. ``expected``: the replies that have something to fold."""

    rule: str
    expected: tuple[str, ...]
    replies_by_key: Mapping[str, Comment]
    records: tuple[Record, ...] = (NEW,)
    now: datetime = NOON
    head: str = HEAD


OUTDATED = (
    Outdated("where nothing was posted nothing is", (), {}),
    Outdated("the only review is not", (), {f"pull/{HEAD}": reply(3)}),
    Outdated("a review is, by a later one", ("N1",), BOTH),
    Outdated("all but that of the head are, oldest first", ("N1", "N2"), THREE),
    Outdated("though a late run posted an older head's after it", ("N1", "N3"), THREE, (NEW,), head=SECOND_HEAD),
    Outdated("while the head has none, the latest posted stays", ("N1",), BOTH, head="d" * 40),
    Outdated("not what was folded", ("N2",), THREE, (replace(NEW, folded=("N1",)),)),
    Outdated("nor by an earlier one", ("N2",), THREE, (NEW, replace(OLD, folded=("N1",)))),
    Outdated(
        "the head's stays, unless it was folded before the branch went back", (), BOTH, (folded_by(NEW, 1),), head=FIRST
    ),
    Outdated("then the latest that is open does", ("N2",), THREE, (folded_by(NEW, 1),), head=FIRST),
    Outdated("and if all are folded, nothing is left to do", (), BOTH, (folded_by(NEW, 1, 3),)),
    Outdated("nor what answers somebody, too", (), {**BOTH, "comment/31@2:aa": reply(1)}),
    Outdated("whoever answers that as well", (), {**BOTH, f"pull/{FIRST}": reply(1, "comment/31@2:aa")}),
    Outdated("nor by a review that is not on record as posted", (), BOTH, (replace(NEW, state="answered"),)),
    Outdated("nor by one that is on record of another comment", (), BOTH, (OLD,)),
    Outdated("for as long as it is tried", ("N1",), BOTH, now=NOON + FOLD_WINDOW),
    Outdated("and no longer", (), BOTH, now=NOON + FOLD_WINDOW + SECOND),
)


@pytest.mark.parametrize("row", OUTDATED, ids=lambda row: row.rule)
def test_which_reviews_are_outdated(row: Outdated) -> None:
    seen = Situation("o/r", ThreadId(7), (), (), row.replies_by_key, NONE, row.now, ME)
    assert claims.outdated(seen, row.records, row.head) == row.expected


def test_what_is_folded_is_known_from_all_records() -> None:
    records = (replace(NEW, folded=("N1", "N2")), replace(OLD, folded=("N2", "N9")), review(SECOND_HEAD))
    assert claims.folded(records) == {"N1", "N2", "N9"}


@pytest.mark.parametrize(
    ("record", "found"),
    [
        pytest.param(replace(NEW, unfolded=("N1",), at=NOON - timedelta(days=1)), True, id="for a day"),
        pytest.param(replace(NEW, unfolded=("N1",), at=NOON - timedelta(days=1) - SECOND), False, id="and no longer"),
        pytest.param(NEW, False, id="nothing is left"),
        pytest.param(replace(NEW, unfolded=("N1",), state="answered"), False, id="not before it is posted"),
    ],
)
def test_whether_a_review_left_something_to_fold(record: Record, found: bool) -> None:
    assert claims.is_to_fold(record, NOON) is found


def test_a_reply_that_answers_somebody_by_now_is_known_from_the_records() -> None:
    """It was a mere review when this run read the thread."""
    seen = Situation("o/r", ThreadId(7), (), (), THREE, NONE, NOON, ME)
    answer = replace(OLD, key="comment/31@2:aa")
    assert claims.replies_to_requests(seen, (answer, NEW)) == {"N1"}
    assert (
        claims.replies_to_requests(seen, (replace(answer, state="answered"), NEW, replace(answer, comment_id=99)))
        == set()
    )


@pytest.mark.parametrize(
    ("record", "overtaken"),
    [
        pytest.param(replace(NEW, comment_id=1, at=NOON + SECOND), True, id="another head's took its place"),
        pytest.param(replace(NEW, comment_id=1), False, id="before it was decided to"),
        pytest.param(replace(NEW, comment_id=3, at=NOON + SECOND), False, id="in another comment"),
        pytest.param(replace(OLD, at=NOON + SECOND), False, id="by this very answer"),
        pytest.param(replace(NEW, comment_id=1, at=NOON + SECOND, state="answered"), False, id="not posted yet"),
    ],
)
def test_a_comment_whose_place_another_answer_took(record: Record, overtaken: bool) -> None:
    assert claims.was_replaced_since(1, (OLD.key,), (record,), NOON) is overtaken
    assert not claims.was_replaced_since(1, (OLD.key,), (record,), None)


# ---- which say nothing new ----

QUIET = review(FIRST, findings=0)
LATE = replace(QUIET, first=NOON + 2 * SECOND)
SETTLED_LATE = replace(QUIET, at=NOON + 2 * SECOND)
QUIETLY = review(HEAD, "skipped", reason=Reason(NOTHING_NEW, "…"), findings=0, first=NOON + SECOND, at=NOON + SECOND)


@pytest.mark.parametrize(
    ("records", "found"),
    [
        pytest.param((), None, id="none"),
        pytest.param((QUIET,), QUIET, id="the one that was posted"),
        pytest.param((QUIET, QUIETLY), QUIETLY, id="one that said nothing new, if it is later"),
        pytest.param((LATE, QUIETLY), LATE, id="by time, not by key"),
        pytest.param((SETTLED_LATE, QUIETLY), QUIETLY, id="by when it was begun, not by when that was on record"),
        pytest.param((QUIET, replace(QUIETLY, reason=Reason(look.CODE))), QUIET, id="not one that was passed over"),
        pytest.param((QUIET, replace(QUIETLY, state="failed", reason=NONE)), QUIET, id="nor one that failed"),
        pytest.param((replace(QUIET, key="comment/31@2:aa"),), None, id="nor a reply to somebody"),
    ],
)
def test_the_latest_review_on_record(records: tuple[Record, ...], found: Record | None) -> None:
    assert claims.last_review(records) == found


def draft(*findings: str, says: bool = True) -> Draft:
    fields: dict[str, object] = {"findings": list(findings)} if says else {}
    return Draft((f"pull/{HEAD}",), (PostComment("Fine."),), fields, "claude-sonnet-5-5", Usage(), Decimal(0))


@dataclass(frozen=True)
class Quiet:
    """Whether an answer that finds ``draft`` says nothing new after what ``records`` tell."""

    rule: str
    expected: bool
    draft: Draft = field(default_factory=draft)
    records: tuple[Record, ...] = (QUIET,)
    work: tuple[Item, ...] = (Item("pull", HEAD),)
    asked: frozenset[str] = frozenset()
    ordered: bool = False


RULES = (
    Quiet("nothing found twice is nothing new", True),
    Quiet("something found is new", False, draft("a.py:1 leaks")),
    Quiet("that it is settled is new", False, records=(replace(QUIET, findings=1),)),
    Quiet("a first review is new", False, records=()),
    Quiet("what does not say what it found may be", False, draft(says=False)),
    Quiet("and so may be what comes after such", False, records=(replace(QUIET, findings=None),)),
    Quiet("both", False, draft(says=False), (replace(QUIET, findings=None),)),
    Quiet("a maintainer wants it in any case", False, ordered=True),
    Quiet("so does who asked for another try", False, asked=frozenset({f"pull/{HEAD}"})),
    Quiet("so does who asked something", False, work=(Item("pull", HEAD), Item("comment", "31", "2:aa"))),
)


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.rule)
def test_whether_an_answer_says_nothing_new(row: Quiet) -> None:
    decision = ClaimDecision(to_answer=row.work, asked=row.asked)
    assert is_nothing_new(decision, row.draft, row.records, ordered=row.ordered) is row.expected
