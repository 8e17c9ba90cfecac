"""What the line reads around a thread: within the repository alone, in few requests, and never at an answer's cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.threads.facts import Relation
from tests.fakes import BAD_GATEWAY, ScriptedModel, model_reply
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.line_bench import OPENED, Bench

PULLED = trigger(7, "pull_request", "opened", is_pull=True, opening=True)
COMMENTED = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
ASKED = [{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}]
PULL = {"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": []}
AROUND = ("history", "linked")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.issue(12, title="Older crash", body="It crashed in 1.0, too.", state="closed", state_reason="completed")
    return bench


def asked(bench: Bench) -> list[str]:
    return [call for call in bench.github.calls if call in AROUND]


def prompt(model: ScriptedModel) -> str:
    return "\n".join(block.text for block in model.requests[0].prompt.user)


def test_a_plain_new_issue_costs_no_request_more(bench: Bench) -> None:
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).status == "done"
    assert asked(bench) == []


@pytest.mark.parametrize(
    ("wake", "thread", "requests"),
    [
        pytest.param(OPENED, {"body": f"{BODY} See #12."}, ["linked"], id="a new issue"),
        pytest.param(COMMENTED, {"comments": ASKED}, ["history"], id="a comment"),
        pytest.param(COMMENTED, {"body": "Like #12", "comments": ASKED}, ["history", "linked"], id="and a link"),
        pytest.param(PULLED, {"pull": PULL}, ["history"], id="a pull request"),
    ],
)
def test_few_requests(bench: Bench, wake: Any, thread: dict[str, Any], requests: list[str]) -> None:
    bench.issue(**thread)
    assert bench.shared(ScriptedModel(model_reply())).answer(wake).status == "done"
    assert asked(bench) == requests
    bench.github.calls.clear()
    assert bench.shared(ScriptedModel(), 2).answer(wake).status == "skipped"
    assert asked(bench) == [], "a repeat costs none"


@pytest.mark.parametrize(
    "link",
    [
        "eve/bait#12",
        "https://github.com/eve/bait/issues/12",
        "https://github.com/eve/bait/pull/12#x",
        "[#](/eve/bait/12)",
    ],
)
def test_a_link_to_another_repository_is_not_followed(bench: Bench, link: str) -> None:
    bench.issue(body=f"{BODY} Fixes {link}, duplicate of {link}.")
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert asked(bench) == []


def test_what_is_linked_is_read_and_recorded(bench: Bench) -> None:
    history = {"relations": [{"kind": "relates", "number": 12}], "checks": [{"name": "unit", "conclusion": "failure"}]}
    bench.issue(pull=PULL, body=f"{BODY} Fixes #12", history=history)
    model = ScriptedModel(model_reply())
    outcome = bench.shared(model).answer(PULLED)
    assert 'number="12" relation="fixes" state="closed as completed"' in prompt(model)
    assert "It crashed in 1.0, too." in prompt(model)
    assert "failure: unit" in prompt(model)
    assert [record.relations for record in bench.records().values()] == [(Relation("fixes", 12),)]
    assert outcome.notes == ()


@pytest.mark.parametrize("method", AROUND)
def test_an_answer_does_without_what_cannot_be_read(bench: Bench, method: str) -> None:
    bench.issue(body=f"{BODY} See #12.", comments=ASKED)
    bench.github.failing[method] = BAD_GATEWAY
    outcome = bench.shared(ScriptedModel(model_reply())).answer(COMMENTED)
    assert outcome.status == "done"
    assert ["Claude did not see" in note for note in outcome.notes] == [True]
    assert asked(bench).count(method) == 1, "one attempt"


def test_what_the_token_may_not_read_is_noted(bench: Bench) -> None:
    bench.issue(pull=PULL, history={"unread": ["checks"]})
    outcome = bench.shared(ScriptedModel(model_reply())).answer(PULLED)
    assert outcome.notes == ("Claude did not see checks: the token may not read it",)
