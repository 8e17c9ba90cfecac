"""Every answer is asked for with the same schema and the same system prompt, to the byte: both are in the cache's key.

The requests are those that the real line makes, whatever the task and the settings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.budget.prices import Usage
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.tasks import look
from hls_action.domain.tasks.prompt import Block
from hls_action.domain.tasks.table import TASKS, concerned
from hls_action.ports import ModelRequest
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.line_bench import Bench

FILES = [{"path": "a.py", "patch": "@@ -1 +1 @@\n-a\n+b"}]
PULL = {"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": FILES}
ASKED = [{"id": 31, "author": {"login": "bob"}, "body": "/hls is it like #12?"}]
RELEVANT = json.dumps({"relevant": True, "reason": "a report"})
CHEAP = "claude-haiku-5-5"

THREADS: dict[str, tuple[dict[str, Any], Trigger]] = {
    "triage": ({}, trigger(7, "issues", "opened", is_pull=False)),
    "triage and reply": ({"comments": ASKED}, trigger(7, "issue_comment", "created", is_pull=False)),
    "review": ({"kind": "pull_request", "pull": PULL}, trigger(7, "pull_request", "opened", is_pull=True)),
    "review and reply": (
        {"kind": "pull_request", "pull": PULL, "comments": ASKED},
        trigger(7, "issue_comment", "created", is_pull=True),
    ),
    "reply": (
        {"body": "?", "comments": ASKED},  # too short to be answered by itself
        trigger(7, "issue_comment", "created", is_pull=False),
    ),
}
SETTINGS = {
    "none": "",
    "labels": "labels: {allow: [question, zoo]}",
    "no labels": "labels: {allow: []}",
    "look": "knowledge: {look: on}",
    "another manner": "kinds:\n  pull_request: {model: claude-opus-5-5, effort: high, max_tokens: 9000}",
    "cheaper model": f"budget: {{daily_usd: 1, newcomers: 0, at_cap: [cheaper_model, defer], cheaper_model: {CHEAP}}}",
    "shorter context": "max_tokens: 2000\nbudget: {per_call_usd: 0.10, at_cap: [shorter_context, defer]}",
}


def asked(root: Path, thread: str, config: str, *, dry_run: bool = False) -> list[ModelRequest]:
    """The requests of a run for this thread under this configuration, those of the look aside."""
    bench = Bench(root)
    bench.configure(config)
    if "cheaper_model" in config:  # most of the day's money is gone
        bench.issue(99, author={"login": "maya", "association": "MEMBER"})
        spent = model_reply(usage=Usage(output=95_000))
        assert (
            bench.shared(ScriptedModel(spent)).answer(trigger(99, "issues", "opened", is_pull=False)).status == "done"
        )
    changes, wake = THREADS[thread]
    bench.issue(**({"body": BODY + " x" * 5_500 if "shorter" in config else BODY} | changes))
    script = [model_reply()] if wake.event == "issue_comment" or "look" not in config else None
    model = ScriptedModel(*(script or [model_reply(RELEVANT, model=CHEAP), model_reply()]))
    line = bench.line(model, dry_run=True) if dry_run else bench.shared(model, 2)
    outcome = line.answer(wake)
    assert outcome.status == "done", outcome.reason
    assert " and ".join(task.name for task in concerned(outcome.items)) == thread
    return [request for request in model.requests if request.schema is not look.SCHEMA]


def key(request: ModelRequest) -> tuple[str, tuple[Block, ...]]:
    """What stands before the thread in a request, as it is sent."""
    return json.dumps(request.schema), request.prompt.system


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, tuple[Block, ...]]:
    (request,) = asked(tmp_path_factory.mktemp("first"), "triage", "")
    return key(request)


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("config", SETTINGS)
def test_all_answers_are_asked_for_alike(
    tmp_path: Path, thread: str, config: str, first: tuple[str, tuple[Block, ...]]
) -> None:
    (request,) = asked(tmp_path, thread, SETTINGS[config])
    assert key(request) == first
    if config == "cheaper model":
        assert request.model == CHEAP
    if config == "shorter context":
        assert len(request.prompt.user[0].text) < 5_000


@pytest.mark.parametrize("thread", THREADS)
def test_a_dry_run_asks_alike(tmp_path: Path, thread: str, first: tuple[str, tuple[Block, ...]]) -> None:
    (request,) = asked(tmp_path, thread, "", dry_run=True)
    assert key(request) == first


def test_every_task_is_among_the_threads() -> None:
    assert {name for thread in THREADS for name in thread.split(" and ")} == {task.name for task in TASKS}
