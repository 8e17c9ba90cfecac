"""A conversation with an issue's author: HLS asks, the author answers without a mention, twice at most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, ScriptedModel, answer_data, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import OPENED, Bench

SEVEN = ThreadId(7)
QUESTION: dict[str, object] = {"needs_info": True, "missing": ["the version"], "comment": "Which version is it?"}
THANKS: dict[str, object] = {"reply": False, "reason": "thanks", "comment": ""}
FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def says(**fields: object) -> ScriptedModel:
    return ScriptedModel(model_reply(json.dumps(answer_data(**{"labels": []} | fields))))


def labels(bench: Bench) -> tuple[str, ...]:
    return bench.github.thread(SEVEN).labels


def comment(bench: Bench, number: int, login: str = "ann", **changes: Any) -> Trigger:
    """Somebody says something, without a mention."""
    path = bench.root / "threads" / "7.json"
    raw = json.loads(path.read_text())
    said = {
        "id": number,
        "author": {"login": login},
        "body": f"It is 2.{number}.",
        "created_at": "2026-11-02T08:30:00Z",
    }
    bench.issue(**(raw | {"comments": [*raw.get("comments", []), said | changes]}))
    return trigger(7, "issue_comment", "created", is_pull=False, comment=number)


def asked(bench: Bench, **fields: object) -> Outcome:
    return bench.shared(says(**QUESTION | fields), 1).answer(OPENED)


def first_line(bench: Bench) -> str:
    return bench.bodies()[-1].split("\n")[0]


def test_an_answer_that_asks_the_author_sets_the_label_in_one_request_with_the_others(bench: Bench) -> None:
    outcome = asked(bench, labels=[1])
    assert (outcome.status, outcome.labels, labels(bench)) == ("done", ("bug", "hls-waiting"), ("bug", "hls-waiting"))
    assert first_line(bench) == "<!-- hls:1 issue/7 waiting/author -->"


@pytest.mark.parametrize("by", ["a ledger", "markers alone"])
def test_the_author_is_heard_without_a_mention_and_the_label_comes_off(bench: Bench, by: str) -> None:
    asked(bench)
    model = says(comment="Then update.")
    wake = comment(bench, 50)
    outcome = (bench.shared(model, 2) if by == "a ledger" else bench.line(model)).answer(wake)
    assert (outcome.status, len(bench.bodies()), labels(bench)) == ("done", 3, ())
    assert "- the comment with id 50, which may answer what you asked" in model.requests[0].prompt.user[-1].text
    assert first_line(bench).startswith("<!-- hls:1 comment/50@3:")
    again = bench.shared(ScriptedModel(), 3).answer(comment(bench, 60))
    assert (again.status, again.reason.code) == ("skipped", "already-answered")


def test_what_the_author_adds_while_hls_writes_is_heard_as_well(bench: Bench) -> None:
    asked(bench)
    wake = comment(bench, 50)
    adding = ScriptedModel(model_reply(json.dumps(answer_data(labels=[]))), meanwhile=lambda: comment(bench, 60))
    assert bench.shared(adding, 2).answer(wake).status == "done"
    assert labels(bench) == ()
    outcome = bench.shared(says(), 3).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=60))
    assert (outcome.status, first_line(bench).startswith("<!-- hls:1 comment/60@3:")) == ("done", True)


def test_an_answer_to_somebody_else_leaves_the_question_open(bench: Bench) -> None:
    asked(bench)
    wake = comment(bench, 50, "bob", body="/hls why?")
    assert bench.shared(says(), 2).answer(wake).status == "done"
    assert labels(bench) == ("hls-waiting",)
    assert bench.shared(says(), 3).answer(comment(bench, 60)).status == "done"
    assert labels(bench) == ()


def test_two_rounds_and_then_a_person(bench: Bench) -> None:
    asked(bench)
    second = bench.shared(says(**QUESTION), 2).answer(comment(bench, 50))
    assert (second.status, labels(bench)) == ("done", ("hls-waiting",))
    third = bench.shared(says(**QUESTION), 3).answer(comment(bench, 60))
    assert (third.status, labels(bench)) == ("done", ())
    assert "waiting" not in first_line(bench)


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        pytest.param(THANKS, (), id="thanks"),
        pytest.param(THANKS | {"needs_info": True, "missing": ["the version"]}, ("hls-waiting",), id="no answer yet"),
    ],
)
def test_what_needs_no_reply_gets_none(bench: Bench, fields: dict[str, object], left: tuple[str, ...]) -> None:
    asked(bench)
    outcome = bench.shared(says(**fields), 2).answer(comment(bench, 50))
    assert (outcome.status, outcome.reason.code) == ("skipped", "no-reply-needed")
    assert (len(bench.bodies()), labels(bench)) == (2, left)
    assert sweep(bench.shared(ScriptedModel(), 3), scheduled=True).status == "skipped"


def test_a_withheld_answer_asks_nothing(bench: Bench) -> None:
    bench.configure("least_confidence: 0.9")
    assert (asked(bench, labels=[1]).status, labels(bench)) == ("skipped", ("bug",))


def test_who_is_not_the_author_is_not_asked(bench: Bench) -> None:
    asked(bench, needs_info=False)
    wake = comment(bench, 50, "bob", body="/hls why?")
    assert bench.shared(says(**QUESTION), 2).answer(wake).status == "done"
    assert (labels(bench), "waiting" in first_line(bench)) == ((), False)


@pytest.mark.parametrize("config", ["follow_up: false", "events: {issue_comment: []}"])
def test_where_hls_hears_nothing_it_does_not_wait(bench: Bench, config: str) -> None:
    bench.configure(config)
    assert (asked(bench).status, labels(bench)) == ("done", ())


def test_who_may_not_ask_by_a_comment_is_not_asked_either(bench: Bench) -> None:
    rules = DEFAULT_RULES._replace(who=("all", "known", "all"))
    assert bench.shared(says(**QUESTION), 1, rules=rules).answer(OPENED).status == "done"
    assert (labels(bench), "waiting" in first_line(bench)) == ((), False)
    assert bench.shared(says(**QUESTION), 2).answer(comment(bench, 50)).status == "skipped"


def test_a_maintainer_who_turns_to_the_author_takes_over(bench: Bench) -> None:
    asked(bench)
    comment(bench, 50, author={"login": "maya", "association": "MEMBER"}, body="I can reproduce this.")
    outcome = bench.shared(ScriptedModel(), 2).answer(comment(bench, 60))
    assert (outcome.status, outcome.notes, labels(bench)) == ("skipped", (), ())


def test_a_label_that_cannot_be_taken_off_is_a_note(bench: Bench) -> None:
    asked(bench)
    comment(bench, 50, author={"login": "maya", "association": "MEMBER"}, body="I can reproduce this.")
    bench.github.failing["remove_label"] = FORBIDDEN
    outcome = bench.shared(ScriptedModel(), 2).answer(comment(bench, 60))
    assert outcome.notes[0].startswith("the label hls-waiting could not be taken off:")
    bench.github.failing.clear()
    bench.shared(ScriptedModel(), 3).answer(comment(bench, 70))
    assert labels(bench) == ()


def test_what_the_author_said_is_not_lost_when_the_run_dies_after_the_label_came_off(bench: Bench) -> None:
    asked(bench)
    wake = comment(bench, 50)
    bench.github.script_posts = [BAD_GATEWAY] * 20
    assert bench.shared(says(comment="Then update."), 2).answer(wake).status == "deferred"
    assert (len(bench.bodies()), labels(bench)) == (2, ())
    bench.github.script_posts = []
    bench.clock.sleep(3_600)
    assert sweep(bench.shared(ScriptedModel(), 3), scheduled=True).status == "done"
    assert (len(bench.bodies()), "Then update." in bench.bodies()[-1]) == (3, True)


def test_a_question_that_another_run_posts_still_waits(bench: Bench) -> None:
    bench.github.script_posts = [BAD_GATEWAY] * 20
    assert asked(bench).status == "deferred"
    bench.github.remove_label(SEVEN, "hls-waiting")
    bench.github.script_posts = []
    bench.clock.sleep(3_600)
    assert sweep(bench.shared(ScriptedModel(), 2), scheduled=True).status == "done"
    assert (first_line(bench), labels(bench)) == ("<!-- hls:1 issue/7 waiting/author -->", ("hls-waiting",))


ANSWERED = {"id": 30, "author": {"login": LOGIN, "type": "Bot"}, "body": "<!-- hls:1 issue/7 -->\nYes."}


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_label_that_nothing_waits_by_comes_off(bench: Bench, dry_run: bool) -> None:
    bench.issue(labels=["hls-waiting"], comments=[ANSWERED])
    outcome = bench.shared(ScriptedModel(), dry_run=dry_run).answer(Trigger((SEVEN,)))
    assert (outcome.status, labels(bench)) == ("skipped", ("hls-waiting",) if dry_run else ())


def test_a_label_stays_while_another_run_may_be_about_to_ask(bench: Bench) -> None:
    bench.issue(labels=["hls-waiting"], comments=[ANSWERED])
    wake = comment(bench, 50, "bob", body="/hls why?")
    looked: list[Outcome] = []

    def look() -> None:
        looked.append(bench.shared(ScriptedModel(), 2).answer(Trigger((SEVEN,))))
        assert labels(bench) == ("hls-waiting",)

    asking = ScriptedModel(model_reply(), meanwhile=look)
    assert bench.shared(asking, 1).answer(wake).status == "done"
    assert [outcome.reason.code for outcome in looked] == ["in-progress"]
