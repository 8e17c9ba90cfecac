"""The index of issues as documents."""

from __future__ import annotations

import json
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge import issue_documents
from hls_action.domain.knowledge.issue_documents import META, IndexUnreadable, path_of
from hls_action.domain.knowledge.issue_index import IndexedIssue, IssueIndex
from hls_action.domain.knowledge.issue_upkeep import KeptIndex, Progress
from tests.fakes import START
from tests.unit.domain.knowledge.indexed import indexed

FIRST, LAST = START.replace(year=2010, tzinfo=None), START.replace(year=2100, tzinfo=None)
TIMES = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(lambda time: time.replace(microsecond=0))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
ISSUES = st.builds(
    IndexedIssue,
    number=st.integers(1, 3_000),
    state=st.sampled_from(["open", "closed"]),
    title=TEXTS,
    text=TEXTS,
    labels=st.lists(TEXTS, max_size=2).map(tuple),
    created=TIMES,
    updated=TIMES,
    touched=st.booleans(),
    duplicate_of=st.none() | st.integers(1, 3_000),
)
PROGRESS = st.builds(
    Progress,
    stage=st.sampled_from(["open", "closed", "done"]),
    older=TEXTS,
    newer=TEXTS,
    checked=st.integers(0, 3_000),
)
KEPT = st.builds(
    lambda issues, until, progress: KeptIndex(IssueIndex({each.number: each for each in issues}, until), progress),
    st.lists(ISSUES, max_size=4),
    st.none() | TIMES,
    PROGRESS,
)


def kept(*issues: IndexedIssue) -> KeptIndex:
    return KeptIndex(IssueIndex({each.number: each for each in issues}, START))


def written(*issues: IndexedIssue) -> dict[str, str]:
    return {path: text for path, text in issue_documents.changes({}, kept(*issues)).items() if text is not None}


def after(stored: dict[str, str], now: KeptIndex) -> dict[str, str]:
    """What is stored once the changes are written."""
    swapped = {**stored, **issue_documents.changes(stored, now)}
    return {path: text for path, text in swapped.items() if text is not None}


@given(KEPT)
def test_what_is_written_is_read(index: KeptIndex) -> None:
    assert issue_documents.read(after({}, index)) == index


@given(KEPT, KEPT)
def test_changes_lead_from_any_index_to_any_other(before: KeptIndex, now: KeptIndex) -> None:
    stored = after(after({}, before), now)
    assert stored == after({}, now)
    assert issue_documents.changes(stored, now) == {}


def test_a_change_rewrites_the_documents_that_it_touches_alone() -> None:
    stored = written(indexed(1), indexed(700), indexed(2_000))
    changed = issue_documents.changes(stored, kept(indexed(1), indexed(700, title="Import fails"), indexed(2_000)))
    assert changed.keys() == {path_of(700)}


def test_each_issue_has_a_line() -> None:
    lines = written(indexed(1), indexed(2))[path_of(1)].splitlines()
    assert [line[:4] for line in lines[1:-1]] == ['"1":', '"2":']


def test_the_last_issue_of_a_document_takes_it_along() -> None:
    assert issue_documents.changes(written(indexed(1), indexed(700)), kept(indexed(1))) == {path_of(700): None}


def test_what_a_later_version_added_is_kept() -> None:
    stored = written(indexed(1), indexed(2))
    rows = json.loads(stored[path_of(1)])
    rows["tongue"] = "en"
    rows["issues"]["1"]["mood"] = "cross"
    stored[path_of(1)] = json.dumps(rows)
    stored[META] = json.dumps({**json.loads(stored[META]), "made": "by hand"})
    stored["later.json"] = "{}"
    now = after(stored, kept(indexed(1, title="Import fails"), indexed(2)))
    found = json.loads(now[path_of(1)])
    assert (found["tongue"], found["issues"]["1"]["mood"]) == ("en", "cross")
    assert found["issues"]["1"]["title"] == "Import fails"
    assert json.loads(now[META])["made"] == "by hand"
    assert now["later.json"] == "{}"


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        (META, "{", "index.json is damaged"),
        (META, '{"schema":1,"progress":{"stage":"none"}}', "index.json is damaged: progress: stage: 'none'"),
        (path_of(1), "[]", "issues/0000.json is damaged"),
        (path_of(1), '{"schema":1,"issues":{"1":{"number":1}}}', "issues/0000.json is damaged: 1: state"),
        (path_of(1), '{"schema":"1","issues":{}}', "issues/0000.json is damaged"),
        (path_of(1), '{"issues":{}}', "issues/0000.json is damaged"),
        (path_of(1), "[" * 100_000, "issues/0000.json is damaged"),
    ],
)
def test_damage_is_named_and_overwritten(path: str, text: str, place: str) -> None:
    stored = {**written(indexed(1)), path: text}
    with pytest.raises(IndexUnreadable, match=f"^{place}") as raised:
        issue_documents.read(stored)
    assert not raised.value.is_newer
    assert issue_documents.read(after(stored, kept(indexed(2)))) == kept(indexed(2))


def test_an_issue_under_a_number_that_is_not_its_own_is_damage() -> None:
    stored = written(indexed(1))
    stored[path_of(1)] = stored[path_of(1)].replace('"1":', '"7":')
    with pytest.raises(IndexUnreadable, match="7: it is another issue"):
        issue_documents.read(stored)


def test_documents_without_the_first_of_them_are_damage() -> None:
    stored = written(indexed(1))
    del stored[META]
    with pytest.raises(IndexUnreadable, match=r"index\.json is damaged"):
        issue_documents.read(stored)


def test_what_a_later_version_wrote_is_told_from_damage() -> None:
    stored = written(indexed(1))
    stored[META] = '{"schema":2}'
    with pytest.raises(IndexUnreadable, match="update HLS") as raised:
        issue_documents.read(stored)
    assert raised.value.is_newer


def test_times_are_kept_to_the_second_at_least() -> None:
    late = START + timedelta(seconds=1)
    assert issue_documents.read(written(indexed(1, updated=late))).index.issues[1].updated == late
