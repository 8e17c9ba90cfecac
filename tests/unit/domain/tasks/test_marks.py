"""What an answer's fields mark a thread with, as a rule: never in a group in which a person has chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.tasks import marks
from hls_action.domain.tasks.answer import Category, Priority
from hls_action.domain.tasks.effects import AddLabels, RemoveLabels, SetType
from hls_action.domain.tasks.marks import TYPE, Marked, TriageRules
from hls_action.domain.threads.thread import Thread
from tests.unit.builders import pull_thread, thread

TYPES: dict[Category, str] = {"bug": "Bug", "feature": "Feature"}
RULES = TriageRules({"urgent": "P0", "high": "P1"}, {"bug": "kind/bug"}, "needs info", TYPES)
GROUPS = {"priority": {"P0", "P1"}, "category": {"kind/bug"}, "needs_info": {"needs info"}}
NAMES = sorted({name for names in GROUPS.values() for name in names})

fields = st.fixed_dictionaries(
    {
        "priority": st.sampled_from(get_args(Priority)),
        "category": st.sampled_from(get_args(Category)),
        "needs_info": st.booleans(),
        "confidence": st.floats(0, 1),
    }
)
labels = st.lists(st.sampled_from([*NAMES, "other", "p0", "Needs Info"]), unique_by=str.lower).map(tuple)
types = st.sampled_from(["", "Bug", "Task"])
made = st.dictionaries(st.sampled_from([*GROUPS, TYPE]), st.sampled_from(["", *NAMES, "Bug"]))
threads = st.builds(lambda names, kind: replace(thread(), labels=names, issue_type=kind), labels, types)
marked = st.builds(Marked, st.just(RULES), threads, made)


def after(seen: Marked, change: marks.Marks) -> Thread:
    """The thread once the effects are done, as GitHub does them."""
    names, kind = set(seen.thread.labels), seen.thread.issue_type
    for effect in seen.effects(change):
        match effect:
            case AddLabels(added):
                names |= set(added)
            case RemoveLabels(removed):
                assert set(removed) <= names
                names -= set(removed)
            case SetType(kind):
                pass
            case _:
                raise AssertionError(effect)
    return replace(seen.thread, labels=tuple(sorted(names)), issue_type=kind)


def of_group(names: tuple[str, ...], group: str) -> set[str]:
    return {name.lower() for name in names} & {name.lower() for name in GROUPS[group]}


@given(marked, fields)
def test_a_group_changes_only_as_we_left_it(seen: Marked, said: dict[str, Any]) -> None:
    change = seen.changes(said)
    then = after(seen, change)
    for group, known in GROUPS.items():
        was, now = of_group(seen.thread.labels, group), of_group(then.labels, group)
        left = {seen.made[group].lower()} & {name.lower() for name in known} if seen.made.get(group) else set()
        assert now == was or was == left
        assert now == ({change[group].lower()} - {""} if group in change else was)
    assert set(seen.thread.labels) - set(NAMES) - {"p0", "Needs Info"} <= set(then.labels)
    if then.issue_type != seen.thread.issue_type:
        assert seen.thread.issue_type.lower() == seen.made.get(TYPE, "").lower()


@given(marked, fields)
def test_the_same_answer_again_changes_nothing_more(seen: Marked, said: dict[str, Any]) -> None:
    change = seen.changes(said)
    again = Marked(RULES, after(seen, change), {**seen.made, **change})
    assert again.changes(said) == {}


@given(marked, fields, st.booleans())
def test_what_was_begun_is_ended_from_wherever_it_stopped(seen: Marked, said: dict[str, Any], untouched: bool) -> None:
    change = seen.changes(said)
    steps = seen.effects(change)
    for done in range(len(steps) + 1):
        halfway = seen.thread
        for effect in steps[:done]:
            match effect:
                case AddLabels(added):
                    halfway = replace(halfway, labels=(*halfway.labels, *added))
                case RemoveLabels(removed):
                    halfway = replace(halfway, labels=tuple(n for n in halfway.labels if n not in removed))
                case SetType(kind):
                    halfway = replace(halfway, issue_type=kind)
                case _:
                    raise AssertionError(effect)
        seen_again = replace(seen, thread=halfway)
        due = seen_again.unfinished(change, said, untouched=untouched)
        if untouched or done == len(steps):
            assert set(after(seen_again, due).labels) == set(after(seen, change).labels)
        assert due.items() <= change.items()
        assert seen_again.valid(change, said) == change


@given(marked, fields, st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.booleans())
def test_what_no_answer_would_set_is_not_set(
    seen: Marked, said: dict[str, Any], planted: dict[str, str], untouched: bool
) -> None:
    wanted = RULES.wanted(said)
    for found in (seen.unfinished(planted, said, untouched=untouched), seen.valid(planted, said)):
        assert found.items() <= wanted.items()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"priority": "urgent", "category": "bug", "needs_info": True}, ["P0", "kind/bug", "needs info", "Bug"]),
        ({"priority": "low", "category": "question", "needs_info": False}, ["", "", "", None]),
        ({"priority": "none", "category": "feature", "needs_info": False}, [None, "", "", "Feature"]),
        ({}, [None, None, None, None]),
        ({"priority": ["urgent"], "category": 7, "needs_info": "yes", "confidence": 2}, [None, None, None, None]),
    ],
)
def test_which_marks_fields_stand_for(said: dict[str, object], wanted: list[str | None]) -> None:
    found = RULES.wanted(said)
    assert [found.get(group) for group in (*GROUPS, TYPE)] == wanted


def test_a_priority_that_cannot_be_told_may_have_its_label() -> None:
    assert TriageRules({"none": "untriaged"}).wanted({"priority": "none"}) == {"priority": "untriaged"}


def test_pull_requests_have_no_type() -> None:
    assert TYPE not in Marked(RULES, pull_thread()).changes({"category": "bug"})


@given(st.dictionaries(st.sampled_from([*GROUPS, TYPE]), st.sampled_from([*NAMES, "Bug", ""])))
def test_only_labels_that_are_there_are_set(change: dict[str, str]) -> None:
    absent = marks.unknown(change, ["p0", "Needs Info"])
    assert set(absent.values()) <= {"P1", "kind/bug", "Bug"}
    kept = marks.without(change, absent)
    assert {name for group, name in kept.items() if group != TYPE} <= {"P0", "needs info", ""}
    assert {**kept, **absent} == change


def test_marks_of_effects_that_failed_are_not_made() -> None:
    change = {"priority": "P0", "needs_info": "", TYPE: "Bug"}
    assert marks.of_effects(change, {AddLabels}) == {"needs_info": "", TYPE: "Bug"}
    assert marks.of_effects(change, {RemoveLabels}) == {"priority": "P0", TYPE: "Bug"}
    assert marks.of_effects(change, {SetType}) == {"priority": "P0", "needs_info": ""}
