"""Sets of cases on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.errors import UsageError
from hls_action.domain.evaluation.cases import Expectation
from hls_action.domain.threads.thread import Label
from hls_action.quality.sets import read_set, write_set
from tests.unit.builders import comment_event, pull_event
from tests.unit.quality.claude_server import EXAMPLES, case, written


def put(folder: Path, name: str, value: object) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))


def test_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "threads/12.json", case("T", labels=["bug"]))
    put(tmp_path, "threads/7.json", case("T", duplicate=12))
    put(tmp_path, "threads/9.json", {"title": "Not a case"})
    put(tmp_path, "events/asked.json", {**comment_event("/hls why?"), "expect": {}})
    put(tmp_path, "events/pull.json", {**pull_event(), "expect": {}})
    found = read_set(tmp_path)
    assert [(each.name, each.number, each.opening) for each in found.cases] == [
        ("7", 7, True),
        ("12", 12, True),
        ("pull", 7, True),
        ("asked", 7, False),
    ]
    assert found.cases[1].expected == Expectation(labels=("bug",))
    assert "expect" not in found.cases[0].thread
    assert (found.folder, found.files) == (tmp_path, None)


def test_a_file_with_a_case_a_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case()) + "\n\n" + json.dumps({"name": "two", **case(needs_info=True)}) + "\n")
    assert [(each.name, each.number) for each in read_set(path).cases] == [("line 1", 7), ("two", 7)]


def test_the_digest_is_that_of_all_of_a_case(tmp_path: Path) -> None:
    first = read_set(written(tmp_path / "a.jsonl", case(labels=["bug"]))).cases[0].digest
    assert read_set(written(tmp_path / "b.jsonl", case(labels=["bug"]))).cases[0].digest == first
    assert read_set(written(tmp_path / "c.jsonl", case(labels=["docs"]))).cases[0].digest != first


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "has no cases: add 'expect' to a thread"),
        ({"threads/7.json": "{"}, "threads/7.json is not a JSON object"),
        ({"threads/7.json": "[]"}, "threads/7.json is not a JSON object"),
        ({"threads/7.json": {"expect": {"label": []}}}, "threads/7.json: 'label' is not a key of 'expect'"),
        ({"threads/x.json": {"expect": {}}}, "threads/x.json: 'x' is not a whole number"),
        ({"events/x.json": {"issue": {}, "expect": {}}}, "events/x.json: "),
        (
            {"threads/7.json": case(labels=["bgu"]), "labels.json": [{"name": "bug"}]},
            "case '7' expects the label 'bgu', which ",
        ),
        ({"threads/7.json": case(), "labels.json": ["bug"]}, "labels.json is not a list of labels"),
        ({"threads/7.json": case(), "events/7.json": {**pull_event(), "expect": {}}}, "has two cases by the name '7'"),
    ],
)
def test_what_is_wrong_with_a_folder(files: dict[str, Any], words: str, tmp_path: Path) -> None:
    for name, value in files.items():
        put(tmp_path, name, value)
    with pytest.raises(UsageError) as raised:
        read_set(tmp_path)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "line 1 has no 'expect'"),
        (json.dumps(case()) + "\nnothing", "line 2 is not a JSON object"),
        (json.dumps({**case(), "number": None}), "line 1: 'None' is not a whole number"),
        ("", "has no cases"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_set(path)
    assert words in str(raised.value)


def test_nothing_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither a folder"):
        read_set(tmp_path / "gone")


def test_a_set_that_is_written_is_read_again(tmp_path: Path) -> None:
    write_set(tmp_path / "new", {12: case("T", labels=["bug"])}, (Label("bug", "It fails"),))
    assert [(each.number, each.expected.labels) for each in read_set(tmp_path / "new").cases] == [(12, ("bug",))]


def test_a_set_is_never_written_over(tmp_path: Path) -> None:
    write_set(tmp_path, {12: case()}, ())
    with pytest.raises(UsageError, match="already has threads"):
        write_set(tmp_path, {13: case()}, ())
    assert [path.name for path in (tmp_path / "threads").iterdir()] == ["12.json"]


def test_what_a_killed_run_left_of_a_set_is_in_nobodys_way(tmp_path: Path) -> None:
    put(tmp_path, "threads.new/12.json", case())
    write_set(tmp_path, {13: case()}, ())
    assert [each.number for each in read_set(tmp_path).cases] == [13]


def test_the_examples_are_of_all_kinds() -> None:
    found = read_set(EXAMPLES)
    assert 6 <= len(found.cases) <= 8
    assert any("pull" in each.thread for each in found.cases)
    assert any(each.expected.duplicate for each in found.cases)
    assert {each.expected.needs_info for each in found.cases} == {True, False}
    assert any(not each.opening for each in found.cases)
