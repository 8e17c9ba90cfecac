"""Labels and types by which an answer's fields act: set, changed and taken off, and never over a person's choice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import FolderGitHub
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.thread import Label
from tests.fakes import ScriptedModel, answer_data, model_reply
from tests.unit.builders import SHA, trigger
from tests.unit.line_bench import OPENED, Bench

RULES = """\
triage:
  priority: {urgent: P0, high: P1}
  category: {bug: kind/bug, feature: enhancement}
  needs_info: needs info
  types: {bug: Bug, feature: Feature}
"""
LABELS = ("bug", "P0", "P1", "kind/bug", "enhancement", "needs info", "question")
SEVEN = ThreadId(7)
REFUSED = Fault("github", "status", "Resource not accessible by integration", 403)


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.github.store_labels(tuple(map(Label, LABELS)))
    bench.configure(RULES)
    return bench


def says(**fields: object) -> ScriptedModel:
    base: dict[str, object] = {"labels": [], "priority": "high", "category": "bug", "needs_info": True}
    return ScriptedModel(model_reply(json.dumps(answer_data(**(base | fields)))))


def asks(bench: Bench, comment: int, model: ScriptedModel, run: int, **materials: Any) -> Outcome:
    """Somebody asks by a comment, and a run answers."""
    thread = json.loads((bench.root / "threads" / "7.json").read_text())
    stamp = bench.clock.now().isoformat()
    asked = {"id": comment, "author": {"login": "bob"}, "body": f"/hls and {comment}?", "created_at": stamp}
    bench.issue(**{**thread, "comments": [*thread.get("comments", []), asked], "updated_at": stamp})
    wake = trigger(7, "issue_comment", "created", is_pull=False, comment=comment)
    return bench.shared(model, run, **materials).answer(wake)


def labels(bench: Bench) -> set[str]:
    return set(FolderGitHub.thread(bench.github, SEVEN).labels)


def person(bench: Bench, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = (), **changes: object) -> None:
    """A person changes labels, or something else."""
    thread = json.loads((bench.root / "threads" / "7.json").read_text())
    kept = [*(label for label in thread.get("labels", []) if label not in remove), *add]
    bench.clock.sleep(60)
    bench.issue(**{**thread, "labels": kept, "updated_at": bench.clock.now().isoformat(), **changes})


def test_an_answer_sets_what_the_maintainers_named(bench: Bench) -> None:
    outcome = bench.shared(says()).answer(OPENED)
    assert labels(bench) == {"P1", "kind/bug", "needs info"}
    assert bench.github.thread(SEVEN).issue_type == "Bug"
    assert (outcome.status, set(outcome.labels), outcome.issue_type) == ("done", labels(bench), "Bug")
    (record,) = bench.records().values()
    assert record.marks == {"priority": "P1", "category": "kind/bug", "needs_info": "needs info", "type": "Bug"}


def test_it_changes_and_takes_off_what_it_set_itself(bench: Bench) -> None:
    bench.shared(says()).answer(OPENED)
    outcome = asks(bench, 31, says(priority="urgent", category="feature", needs_info=False), 2)
    assert labels(bench) == {"P0", "enhancement"}
    assert bench.github.thread(SEVEN).issue_type == "Feature"
    assert set(outcome.removed_labels) == {"P1", "kind/bug", "needs info"}
    asks(bench, 32, says(priority="low", category="question", needs_info=True), 3)
    assert labels(bench) == {"needs info"}, "values without a label take off"
    assert bench.github.thread(SEVEN).issue_type == "Feature", "a type is never taken off"
    asks(bench, 33, says(priority="none", category="question", needs_info=False), 4)
    assert labels(bench) == set()
    marked = [record.marks for record in bench.records().values() if record.marks]
    assert marked == [{"priority": "", "category": "", "needs_info": "", "type": "Feature"}]


def test_a_priority_that_cannot_be_told_changes_nothing(bench: Bench) -> None:
    bench.shared(says()).answer(OPENED)
    asks(bench, 31, says(priority="none"), 2)
    assert "P1" in labels(bench)


CHOICES: list[tuple[str, Callable[[Bench], object], set[str]]] = [
    ("another one", lambda bench: person(bench, add=("P0",), remove=("P1",)), {"P0", "kind/bug"}),
    ("one more", lambda bench: person(bench, add=("P0",)), {"P0", "P1", "kind/bug"}),
    ("none", lambda bench: person(bench, remove=("P1", "needs info")), {"kind/bug"}),
]


@pytest.mark.parametrize(("choose", "left"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_what_a_person_chose_later_stays(bench: Bench, choose: Callable[[Bench], object], left: set[str]) -> None:
    bench.shared(says()).answer(OPENED)
    choose(bench)
    asks(bench, 31, says(priority="urgent", needs_info=False), 2)
    asks(bench, 32, says(priority="high", needs_info=False), 3)
    assert labels(bench) == left


def test_what_a_person_chooses_while_claude_thinks_stays(bench: Bench) -> None:
    model = says()
    model._meanwhile = lambda: person(bench, add=("P0", "needs info"), type="Task")
    bench.shared(model).answer(OPENED)
    assert labels(bench) == {"P0", "needs info", "kind/bug"}
    asks(bench, 31, says(priority="urgent", needs_info=False), 2)
    assert labels(bench) == {"P0", "needs info", "kind/bug"}, "it is not HLS's own, though it would have set the same"
    assert bench.github.thread(SEVEN).issue_type == "Task"


def test_what_a_person_chose_before_stays(bench: Bench) -> None:
    person(bench, add=("p0", "needs info"), type="Task")
    bench.shared(says(needs_info=False)).answer(OPENED)
    assert labels(bench) == {"p0", "needs info", "kind/bug"}
    assert bench.github.thread(SEVEN).issue_type == "Task"
    asks(bench, 31, says(priority="urgent", needs_info=True), 2)
    asks(bench, 32, says(priority="low", needs_info=False), 3)
    assert labels(bench) == {"p0", "needs info", "kind/bug"}, "even what HLS would have set itself"


def test_a_label_taken_off_after_the_answer_came_is_set_again_when_more_is_missing(bench: Bench) -> None:
    bench.shared(says()).answer(OPENED)
    asks(bench, 31, says(needs_info=False), 2)
    asks(bench, 32, says(), 3)
    assert "needs info" in labels(bench)
    person(bench, remove=("needs info",))
    asks(bench, 33, says(), 4)
    assert "needs info" not in labels(bench)


def test_no_label_is_created(bench: Bench) -> None:
    bench.github.store_labels(tuple(map(Label, ("P-1", "kind/bug", "needs info"))))
    outcome = bench.shared(says()).answer(OPENED)
    assert labels(bench) == {"kind/bug", "needs info"}
    assert outcome.notes == (
        "`triage.priority` names the label 'P1', which the repository does not have. Did you mean 'P-1'?",
    )
    assert "priority" not in bench.records()["issue/7"].marks


def test_claude_is_not_offered_labels_that_its_fields_set(bench: Bench) -> None:
    model = says(labels=[1, 2])
    bench.shared(model).answer(OPENED)
    asked = model.requests[0].prompt.user[-1].text
    assert "\n1. bug\n2. question\n" in asked
    assert not any(name in asked for name in ("P0", "kind/bug", "needs info"))
    assert {"bug", "question"} < labels(bench)


def test_machine_words_are_set_where_a_maintainer_named_them(bench: Bench) -> None:
    bench.github.store_labels((Label("security"),))
    bench.configure("triage: {category: {bug: security}}")
    assert bench.shared(says()).answer(OPENED).labels == ("security",)


def test_a_pull_request_gets_labels_and_no_type(bench: Bench) -> None:
    bench.issue(pull={"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": [{"path": "a.py"}]})
    outcome = bench.shared(says()).answer(trigger(7, "pull_request", "opened", is_pull=True))
    assert labels(bench) == {"P1", "kind/bug", "needs info"}
    assert (outcome.issue_type, "set_type" in bench.github.calls) == ("", False)


@pytest.mark.parametrize(
    ("method", "note", "made"),
    [
        ("add_labels", "could not be set", {"type": "Bug"}),
        (
            "set_type",
            "does the organization have it?",
            {"priority": "P1", "category": "kind/bug", "needs_info": "needs info"},
        ),
        ("labels", "GitHub did not tell what is there", {}),
    ],
)
def test_what_github_refuses_is_told_and_the_reply_is_posted(
    bench: Bench, method: str, note: str, made: dict[str, str]
) -> None:
    bench.github.failing[method] = REFUSED
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}])
    outcome = bench.shared(says()).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=31))
    assert (outcome.status, len(bench.bodies())) == ("done", 2)
    assert any(note in each for each in outcome.notes)
    assert [record.marks for record in bench.records().values() if record.marks] == ([made] if made else [])


def test_what_could_not_be_taken_off_is_taken_off_later(bench: Bench) -> None:
    bench.shared(says()).answer(OPENED)
    bench.github.failing["remove_label"] = REFUSED
    outcome = asks(bench, 31, says(needs_info=False), 2)
    assert any("needs info could not be taken off" in note for note in outcome.notes)
    bench.github.failing.clear()
    asks(bench, 32, says(needs_info=False), 3)
    assert labels(bench) == {"P1", "kind/bug"}


# ---- killed, and posted by a later run ----


def killed_at(bench: Bench, method: str, *, after: bool = False) -> Callable[..., None]:
    """The next call of a method of GitHub's is the run's last, before or after it takes effect."""
    real = getattr(FolderGitHub, method)

    def dies(*args: Any) -> None:
        delattr(bench.github, method)
        bench.clock.sleep(1)
        if after:
            real(bench.github, *args)
        raise Killed

    setattr(bench.github, method, dies)
    return dies


CHANGED: dict[str, object] = {"priority": "urgent", "category": "feature", "needs_info": False}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["add_labels", "remove_label", "set_type", "create_comment"])
def test_killed_at_any_effect_a_later_run_ends_it(bench: Bench, method: str, after: bool) -> None:
    bench.shared(says()).answer(OPENED)
    bench.clock.sleep(60)
    killed_at(bench, method, after=after)
    with pytest.raises(Killed):
        asks(bench, 31, says(**CHANGED), 2)
    bench.clock.sleep(3_600)
    model = ScriptedModel()
    wake = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
    bench.shared(model, 3).answer(wake)
    assert (model.requests, len(bench.bodies())) == ([], 3), "it was paid for, and is posted once"
    in_between = after and method in ("add_labels", "remove_label")
    somebody_may_have_set_it = {"needs info"} if in_between else set[str]()
    assert labels(bench) == {"P0", "enhancement"} | somebody_may_have_set_it
    asks(bench, 32, says(**CHANGED), 4)
    assert labels(bench) == {"P0", "enhancement"} | somebody_may_have_set_it
    asks(bench, 33, says(), 5)
    assert labels(bench) == {"P1", "kind/bug", "needs info"}, "it is still known to be HLS's own"


def test_what_a_person_took_off_while_the_answer_waited_is_not_set_again(bench: Bench) -> None:
    killed_at(bench, "create_comment")
    with pytest.raises(Killed):
        bench.shared(says()).answer(OPENED)
    person(bench, remove=("P1", "needs info"), type="")
    bench.clock.sleep(3_600)
    outcome = bench.shared(ScriptedModel(), 2).answer(OPENED)
    assert (outcome.status, labels(bench), outcome.issue_type) == ("done", {"kind/bug"}, "")
    asks(bench, 31, says(priority="urgent"), 3)
    assert labels(bench) == {"kind/bug"}


PLANTED: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("a label to take off", lambda d: d["effects"].insert(0, {"kind": "unlabel", "names": ["question", "P0"]})),
    ("a type", lambda d: d["effects"].insert(0, {"kind": "type", "type": "Epic"})),
    ("a label of a group", lambda d: d["effects"].insert(0, {"kind": "labels", "names": ["P0", "enhancement"]})),
    ("marks", lambda d: d.update(marks={"priority": "question", "type": "Epic", "needs_info": "hls", "x": "bug"})),
]


@pytest.mark.parametrize("plant", [row[1] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_a_planted_answer_marks_nothing_else(bench: Bench, plant: Callable[[dict[str, Any]], object]) -> None:
    person(bench, add=("question", "P0"))
    killed_at(bench, "add_labels")
    with pytest.raises(Killed):
        bench.shared(says()).answer(OPENED)
    snapshot = bench.store.read()
    shard = json.loads(snapshot.documents["items/07.json"])
    (draft,) = shard["drafts"].values()
    plant(draft)
    bench.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(shard)})
    bench.clock.sleep(3_600)
    bench.shared(ScriptedModel(), 2).answer(OPENED)
    assert len(bench.bodies()) == 1
    assert {"question", "P0"} <= labels(bench) <= {"question", "P0", "kind/bug", "needs info"}
    assert bench.github.thread(SEVEN).issue_type in ("", "Bug")


def test_without_a_ledger_nothing_that_is_there_is_changed(bench: Bench) -> None:
    bench.line(says()).answer(OPENED)
    assert labels(bench) == {"P1", "kind/bug", "needs info"}
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls and?"}], labels=["P1"], type="Bug")
    bench.line(says(**CHANGED)).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=31))
    assert labels(bench) == {"P1", "enhancement"}


def test_a_dry_run_marks_nothing(bench: Bench) -> None:
    bench.shared(says(), dry_run=True).answer(OPENED)
    assert (labels(bench), [record.marks for record in bench.records().values()]) == (set(), [{}])


def test_a_rule_that_changed_begins_anew(bench: Bench) -> None:
    bench.shared(says()).answer(OPENED)
    bench.configure("triage: {priority: {high: question}}")
    bench.clock.sleep(timedelta(minutes=1).total_seconds())
    asks(bench, 31, says(), 2)
    assert labels(bench) == {"P1", "kind/bug", "needs info", "question"}
