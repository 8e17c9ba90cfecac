"""Records and markers by another rule, under the names of now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import Situation
from hls_action.domain.ledger.key_migration import replies_by_key, with_current_keys
from hls_action.domain.ledger.model import WITHDRAWN, Claimant, Ledger, Record
from hls_action.domain.ledger.transitions import migrate_keys, publish
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.threads.keys import CurrentKeys, has_other_rule
from tests.unit.builders import NOON, bot_comment

SEVEN = ThreadId(7)
ME, OTHER = Claimant(2, 1, "me"), Claimant(1, 1, "other")
OLD, OLDER, SAME = "comment/31@b2", "comment/31@a1", "comment/31@now"
NOW, ELSE = "comment/31@3:now", "comment/31@3:else"
EDITED = Reason(WITHDRAWN, "it was edited")
NAMES = CurrentKeys({"comment/31": NOW, "issue/7": "issue/7@3:now"})


def at(minute: int) -> Any:
    return NOON + timedelta(minutes=minute)


def record(key: str, state: Any = "published", first: int = 0, last: int = 0, **changes: Any) -> Record:
    base = Record("o/r", SEVEN, key, state, OTHER, first=at(first), at=at(last or first), cost_usd=Decimal(1), tries=1)
    return replace(base, **changes)


def situation(names: CurrentKeys = NAMES, now: int = 60, **changes: Any) -> Situation:
    return Situation("o/r", SEVEN, (), (), {}, NONE, at(now), ME, names=names, **changes)


RECORDS = st.lists(
    st.builds(
        record,
        st.sampled_from(
            [OLD, OLDER, SAME, NOW, ELSE, "comment/31@4:c", "issue/7@a1", "issue/7", "issue/7@3:now", "label/x"]
        ),
        st.sampled_from(["claimed", "answered", "published", "skipped", "deferred", "failed"]),
        st.integers(0, 3),
        st.integers(3, 6),
        until=st.sampled_from([None, at(30), at(90)]),
        by=st.sampled_from([ME, OTHER]),
        reason=st.sampled_from([NONE, EDITED]),
    ),
    unique_by=lambda record: record.key,
)
EDITS = st.dictionaries(st.sampled_from(["comment/31", "issue/7"]), st.integers(0, 9).map(at))


@given(RECORDS, EDITS)
def test_no_two_records_of_one_name_and_nothing_lost_of_their_cost(records: list[Record], edited: Any) -> None:
    seen = situation(replace(NAMES, edited=edited))
    ledger = Ledger().put(SEVEN, records)
    adopted = migrate_keys(ledger, seen)
    assert sum(r.cost_usd for r in adopted.records) == len(records)
    view = [r.key for r in with_current_keys(ledger.of("o/r", SEVEN), seen.names, seen.now)]
    assert view == sorted(set(view))


@given(RECORDS, EDITS)
def test_adopting_may_be_repeated_and_changes_nothing_that_is_decided_by(records: list[Record], edited: Any) -> None:
    seen = situation(replace(NAMES, edited=edited))
    ledger = Ledger().put(SEVEN, records)
    once = migrate_keys(ledger, seen)
    assert migrate_keys(once, seen) == once
    assert with_current_keys(once.of("o/r", SEVEN), seen.names, seen.now) == with_current_keys(
        ledger.of("o/r", SEVEN), seen.names, seen.now
    )


@given(RECORDS)
def test_without_names_all_stays_as_it_is(records: list[Record]) -> None:
    ledger = Ledger().put(SEVEN, records)
    assert migrate_keys(ledger, situation(CurrentKeys())) == ledger


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([record(OLD)], {NOW: "published"}, id="one"),
        pytest.param(
            [record(OLD, "deferred", 2, 3), record(OLDER, "published", 1, 9)],
            {NOW: "deferred", OLDER: "published"},
            id="of two texts the later, though the earlier was written last",
        ),
        pytest.param(
            [record(OLD, "skipped", 2, reason=EDITED), record(OLDER, "published", 1, 5)],
            {OLD: "skipped", NOW: "published"},
            id="not what was withdrawn",
        ),
        pytest.param(
            [record(OLD, "published", 1, 9), record(NOW, "deferred", 2)],
            {OLD: "published", NOW: "deferred"},
            id="its own was begun later: about another text",
        ),
        pytest.param(
            [record(OLD, "published", 1, 9), record(ELSE, "published", 2)],
            {OLD: "published", ELSE: "published"},
            id="another text was taken up later",
        ),
        pytest.param(
            [record(SAME, "published", 1), record(OLD, "deferred", 2, 9), record(ELSE, "published", 3)],
            {NOW: "published", OLD: "deferred", ELSE: "published"},
            id="the same text, though others were taken up since",
        ),
        pytest.param(
            [record(SAME, "skipped", 1, reason=EDITED), record(OLD, "deferred", 2)],
            {NOW: "skipped", OLD: "deferred"},
            id="the same text, withdrawn and asked again",
        ),
        pytest.param(
            [record(OLD, "published", 3), record(NOW, "deferred", 2)],
            {NOW: "published"},
            id="the other version answered what this one put off",
        ),
        pytest.param(
            [record(OLD, "claimed", 3, until=at(90)), record(NOW, "published", 2)],
            {OLD: "claimed", NOW: "published"},
            id="answered is answered",
        ),
        pytest.param(
            [record(OLD, "deferred", 3), record(NOW, "claimed", 2, until=at(90))],
            {OLD: "deferred", NOW: "claimed"},
            id="a run of this version has it in hand",
        ),
        pytest.param(
            [record(OLD, "published", 3), record(NOW, "claimed", 2, until=at(90))],
            {NOW: "published"},
            id="while a run of this version had it in hand, the other answered it",
        ),
        pytest.param(
            [record(OLD, "deferred", 3), record(NOW, "answered", 2, until=at(90))],
            {OLD: "deferred", NOW: "answered"},
            id="a run of this version is about to post its answer",
        ),
        pytest.param(
            [record(OLD, "failed", 3), record(NOW, "claimed", 2, until=at(60))],
            {NOW: "failed"},
            id="a run of this version had it in hand until now",
        ),
        pytest.param(
            [record(OLD, "failed", 3), record(NOW, "claimed", 2)],
            {NOW: "failed"},
            id="a run of this version had it in hand, nobody knows until when",
        ),
        pytest.param(
            [record(OLD, "failed", 3), record(NOW, "deferred", 2, until=at(90))],
            {NOW: "failed"},
            id="what waits until later is in nobody's hand",
        ),
        pytest.param(
            [record(SAME, "published", 2, 9), record(NOW, "deferred", 2)],
            {SAME: "published", NOW: "deferred"},
            id="of the same text and begun at the same time its own",
        ),
        pytest.param(
            [record(OLD, "published", 2, 9), record(ELSE, "deferred", 2)],
            {OLD: "published", ELSE: "deferred"},
            id="another text was taken up at the same time",
        ),
    ],
)
def test_which_record_stands_for_the_item(records: list[Record], expected: dict[str, str]) -> None:
    found = with_current_keys(tuple(records), NAMES, at(60))
    assert {each.key: each.state for each in found} == expected


def test_a_record_from_before_an_edit_holds_up_none_from_after_it() -> None:
    names = replace(NAMES, edited={"comment/31": at(5)})
    found = with_current_keys((record(OLD, "published", 2, 9), record(OLDER, "failed", 3, 4)), names, at(60))
    assert {each.key: each.state for each in found} == {NOW: "published", OLDER: "failed"}


def test_where_the_name_of_now_has_no_digest_its_record_stands_as_well() -> None:
    records = (record("issue/7", "deferred", 2), record("issue/7@a1", "published", 1, 9))
    assert with_current_keys(records, CurrentKeys({"issue/7": "issue/7"}), at(60)) == records


def test_of_two_records_of_one_item_the_counts_are_kept() -> None:
    mine = record(NOW, "deferred", 1, tries=5, asked=2, cost_usd=Decimal(2))
    (found,) = with_current_keys(
        (record(OLD, "failed", 3, tries=2, reason=Reason("model-refused", "no")), mine), NAMES, at(60)
    )
    assert (found.state, found.reason.detail, found.first) == ("failed", "no", at(3))
    assert (found.tries, found.asked, found.cost_usd) == (5, 2, Decimal(3))


@pytest.mark.parametrize("by", [ME, OTHER])
def test_what_another_live_run_holds_keeps_its_name_in_the_ledger(by: Claimant) -> None:
    ledger = Ledger().put(SEVEN, [record(OLD, "claimed", by=by, until=at(90))])
    assert [r.key for r in migrate_keys(ledger, situation()).records] == [OLD if by == OTHER else NOW]
    assert [r.key for r in migrate_keys(ledger, situation(now=91)).records] == [NOW]


def test_an_answer_posted_after_an_edit_is_not_recorded_as_the_new_texts() -> None:
    seen = situation(replace(NAMES, edited={"comment/31": at(5)}))
    ledger = Ledger().put(SEVEN, [record(OLD, "answered", 1, by=ME)])
    reply = bot_comment(40, f"<!-- hls:1 {OLD} -->\nYes.")
    after = publish(migrate_keys(ledger, seen), seen, [OLD], reply)
    ((key, state),) = [(r.key, r.state) for r in after.records]
    assert (key, state) == (OLD, "skipped")
    late = replace(reply, created_at=at(50))
    assert replies_by_key({OLD: late}, seen.names, after.records) == {OLD: late}


@pytest.mark.parametrize(
    ("key", "records", "stands"),
    [
        pytest.param(OLD, [], True, id="nothing is known of it"),
        pytest.param(OLD, [record(OLD)], True, id="its own record"),
        pytest.param(OLD, [record(OLD), record(OLDER, first=-9)], True, id="an earlier text's"),
        pytest.param(OLDER, [record(OLDER), record(OLD, "deferred", 1)], False, id="a later text's"),
        pytest.param(OLDER, [record(OLD, "deferred", 1)], False, id="a later text's, and its own is forgotten"),
        pytest.param(SAME, [record(OLD, "deferred", 1), record(ELSE, comment_id=40)], True, id="of the same text"),
        pytest.param(OLD, [record(ELSE, comment_id=40)], False, id="the reply is another text's"),
        pytest.param(OLD, [record(NOW, comment_id=40)], True, id="the reply is this text's"),
        pytest.param(OLD, [record(ELSE, first=5)], True, id="of a comment the time of its edit tells"),
        pytest.param("issue/7@a1", [record("issue/7@3:now", "claimed", 5)], False, id="an issue edited since"),
        pytest.param(OLDER, [record(OLDER), record(OLD)], True, id="of two texts taken up together nobody can tell"),
        pytest.param(OLDER, [record(OLD, "skipped", 1, reason=EDITED)], True, id="a text that was withdrawn"),
        pytest.param(OLD, [record("comment/31@4:c", "deferred", 1)], True, id="of a third rule nobody can tell"),
        pytest.param("issue/7@a1", [record("issue/7@3:now", "claimed", -5)], True, id="an issue taken up before"),
        pytest.param("issue/7@a1", [record("issue/7@3:now", "claimed", 0)], True, id="an issue taken up as it came"),
    ],
)
def test_whether_a_marker_by_another_rule_counts(key: str, records: list[Record], stands: bool) -> None:
    reply = bot_comment(40, f"<!-- hls:1 {key} -->\nYes.")  # created at noon
    name = NAMES.of(key, NOON)
    assert has_other_rule(key)
    assert (replies_by_key({key: reply}, NAMES, records).get(name) == reply) is stands


def test_a_later_reply_by_this_rule_shows_that_the_earlier_is_about_another_text() -> None:
    first, second = bot_comment(40, "1"), bot_comment(41, "2")
    assert NOW not in replies_by_key({OLD: first, ELSE: second}, NAMES)
    assert replies_by_key({OLD: second, ELSE: first}, NAMES)[NOW] == second
    assert replies_by_key({SAME: first, ELSE: second}, NAMES)[NOW] == first


def test_of_two_replies_the_later_counts() -> None:
    first, second = bot_comment(40, "1"), bot_comment(41, "2")
    assert replies_by_key({OLD: second, OLDER: first}, NAMES)[NOW] == second
    assert replies_by_key({OLD: first, OLDER: second}, NAMES)[NOW] == second


def test_of_two_replies_the_later_does_not_count_when_it_is_to_an_earlier_text() -> None:
    first, second = bot_comment(40, "1"), bot_comment(41, "2")
    records = (record(OLDER), record(OLD, "deferred", 1))
    assert replies_by_key({OLD: first, OLDER: second}, NAMES, records)[NOW] == first


def test_a_reply_by_the_name_of_now_counts_whatever_came_after_it() -> None:
    first, second = bot_comment(40, "1"), bot_comment(41, "2")
    assert replies_by_key({NOW: first, OLD: second, SAME: second}, NAMES)[NOW] == first


MOVED, HERE = bot_comment(50, "moved"), "comment/40@3:aa"
"""A reply that came along with an issue, to a comment that has another id here."""


@pytest.mark.parametrize(
    ("answered", "known", "found"),
    [
        pytest.param(["issue/3", "issue/7", "comment/31@3:aa"], [HERE], True, id="transferred"),
        pytest.param(["issue/7", "comment/31@3:aa"], [HERE], False, id="never"),
        pytest.param(["label/issue", "issue/7", "comment/31@3:aa"], [HERE], False, id="with another item"),
        pytest.param(["issue/3", "issue/7", "comment/31@3:bb"], [HERE], False, id="another text"),
        pytest.param(["issue/3", "issue/7", "label/31@3:aa"], [HERE], False, id="no comment"),
        pytest.param(["issue/3", "issue/7", "comment/31@3:aa"], [HERE, "comment/31@3:aa"], False, id="it is here, too"),
        pytest.param(["issue/3", "issue/7", "comment/31@3:aa"], ["comment/50@3:aa"], False, id="asked after the reply"),
        pytest.param(["issue/3", "issue/7", "comment/31@3:aa"], ["comment/49@3:aa"], True, id="asked before it"),
        pytest.param(["issue/3", "issue/7", "comment/31@3:aa"], ["label/x@3:aa"], False, id="not asked in a comment"),
    ],
)
def test_a_request_that_was_transferred_keeps_its_reply(answered: list[str], known: list[str], found: bool) -> None:
    names = CurrentKeys({key.partition("@")[0]: key for key in known})
    replies = replies_by_key(dict.fromkeys(answered, MOVED), names)
    assert (replies.get(known[0]) == MOVED) is found
    assert set(replies) == {*answered, *(known[:1] if found else ())}
