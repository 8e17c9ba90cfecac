"""What a run knows of the repository's other issues: in few requests, and never at an answer's cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.fault import Fault
from hls_action.domain.knowledge import alike
from hls_action.domain.knowledge.alike import labels_by_use
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.ledger.errors import StateUnavailable
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, ScriptedModel, model_reply
from tests.unit.builders import SHA, trigger
from tests.unit.line_bench import OPENED, Bench

PULL = {"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": []}
PULLED = trigger(7, "pull_request", "opened", is_pull=True, opening=True)
COMMENTED = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
ASKED = [{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}]
LONG_AGO = "2026-01-01T00:00:00+00:00"


@dataclass
class Seen:
    """What was known of the repository's issues for the answers of a test."""

    indexes: list[IssueIndex]

    @property
    def issues(self) -> IssueIndex:
        return self.indexes[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.issue(5, title="Older crash", state="closed", updated_at=LONG_AGO)
    return bench


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    found = Seen([])

    def kept(index: IssueIndex) -> tuple[str, ...]:
        found.indexes.append(index)
        return labels_by_use(index)

    monkeypatch.setattr(alike, "labels_by_use", kept)
    return found


def index(bench: Bench) -> None:
    """Have a sweep index what there is, a day before what follows."""
    bench.issue(body="short")
    sweep(bench.shared(ScriptedModel()), scheduled=True)
    bench.clock.sleep(86_400)
    bench.issue(updated_at=bench.clock.now().isoformat())
    bench.github.calls.clear()


def answer(bench: Bench, wake: Trigger = OPENED) -> tuple[str, ...]:
    outcome = bench.shared(ScriptedModel(model_reply()), 2).answer(wake)
    assert outcome.status == "done"
    return outcome.notes


@pytest.mark.parametrize(
    ("wake", "thread", "pages"),
    [
        pytest.param(OPENED, {}, 1, id="an issue"),
        pytest.param(PULLED, {"pull": PULL}, 1, id="a pull request"),
        pytest.param(COMMENTED, {"comments": ASKED}, 0, id="a comment"),
    ],
)
def test_what_is_known_of_issues_costs_one_request_at_most(
    bench: Bench, seen: Seen, wake: Trigger, thread: dict[str, Any], pages: int
) -> None:
    index(bench)
    bench.issue(updated_at=bench.clock.now().isoformat(), **thread)
    assert answer(bench, wake) == ()
    assert {5, 7} <= seen.issues.issues.keys()
    assert bench.github.calls.count("issues") == pages
    bench.github.calls.clear()
    assert bench.shared(ScriptedModel(), 3).answer(wake).status == "skipped"
    assert "issues" not in bench.github.calls, "a repeat costs none"


def test_what_changed_since_is_laid_over_the_index(bench: Bench, seen: Seen) -> None:
    index(bench)
    bench.issue(8, title="Crash of today", updated_at=bench.clock.now().isoformat())
    bench.issue(5, title="Older crash, edited", updated_at=bench.clock.now().isoformat())
    answer(bench)
    assert {number: issue.title for number, issue in seen.issues.issues.items()} == {
        5: "Older crash, edited",
        7: "Export crashes",
        8: "Crash of today",
    }


def test_without_an_index_the_page_is_all_there_is(bench: Bench, seen: Seen) -> None:
    assert answer(bench) == ()
    assert seen.issues.issues.keys() == {5, 7}
    bench.line(ScriptedModel(model_reply())).answer(trigger(7, "issues", "opened", opening=True, force=True))
    assert seen.issues.issues.keys() == {5, 7}


def test_a_branch_that_cannot_be_read_is_a_note(bench: Bench, seen: Seen) -> None:
    bench.index.failing = StateUnavailable("Cannot read hls-state-index.")
    (note,) = answer(bench)
    assert note == "Claude was not shown what the index has of other issues: Cannot read hls-state-index."
    assert seen.issues.issues.keys() == {5, 7}


def test_damage_is_a_note_that_names_its_place(bench: Bench, seen: Seen) -> None:
    index(bench)
    bench.index.compare_and_swap(bench.index.read().version, {"issues/0000.json": "["})
    (note,) = answer(bench)
    assert "issues/0000.json is damaged" in note


@pytest.mark.parametrize("fault", [BAD_GATEWAY, Fault("github", "status", "Forbidden", 403)])
def test_a_page_that_cannot_be_read_is_a_note_after_one_attempt(bench: Bench, seen: Seen, fault: Fault) -> None:
    index(bench)
    bench.github.failing["issues"] = fault
    (note,) = answer(bench)
    assert note.startswith("Claude was not shown the issues that changed last: ")
    assert bench.github.calls.count("issues") == 1
    assert 5 in seen.issues.issues


def test_it_can_be_switched_off(bench: Bench, seen: Seen) -> None:
    bench.configure("knowledge: {issues: false}")
    assert answer(bench) == ()
    assert (seen.issues, "issues" in bench.github.calls) == (IssueIndex(), False)
