"""Eyes under a request: there while HLS is at work on it, gone however that ends, and of no account to all else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.line.respond import respond
from hls_action.ports import ModelReply
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import OPENED, Bench, BenchRun

ASKED: dict[str, Any] = {"comments": [{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}]}
ASKING: dict[str, Any] = {"body": f"/hls why?\n\n{BODY}"}
WAKE = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
AUTH = Fault("claude", "status", "invalid x-api-key", 401, "authentication_error")
FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
UNSAID = Fault("github", "timeout", "no answer within 20 s")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.issue(**ASKED)
    return bench


def eyes(bench: Bench) -> list[int]:
    """What has eyes: the ids of comments, 0 for the issue itself."""
    return sorted(bench.github._eyes(ThreadId(7)))


def at_once(work: Callable[[], Any]) -> Callable[[], Any]:
    """Begin something, and have it done."""
    result = work()
    return lambda: result


def run(bench: Bench, model: ScriptedModel, number: int = 1, **line: Any) -> BenchRun:
    return replace(bench.shared(model, number, **line), start=at_once)


def requests(bench: Bench) -> list[str]:
    return [call for call in bench.github.calls if call.endswith("_eyes")]


class Watching(ScriptedModel):
    """Claude, who sees where the eyes are meanwhile."""

    def __init__(self, bench: Bench, *script: ModelReply | Exception) -> None:
        super().__init__(*script, meanwhile=lambda: self.seen.append(eyes(bench)))
        self.seen: list[list[int]] = []


@pytest.mark.parametrize(
    ("issue", "wake", "where"),
    [
        pytest.param(ASKED, WAKE, [31], id="a comment"),
        pytest.param(ASKING, OPENED, [0], id="an issue"),
        pytest.param({"labels": ["hls"]}, OPENED, [0], id="a label"),
        pytest.param({}, OPENED, [], id="nobody asked"),
    ],
)
def test_they_are_there_while_claude_thinks_and_gone_once_it_is_answered(
    bench: Bench, issue: dict[str, Any], wake: Trigger, where: list[int]
) -> None:
    bench.issue(**issue)
    model = Watching(bench, model_reply())
    assert run(bench, model).answer(wake).status == "done"
    assert (model.seen, eyes(bench)) == ([where], [])
    assert requests(bench) == (["add_eyes", "remove_eyes"] if where else [])


def test_the_reply_waits_for_none_of_them(bench: Bench) -> None:
    """What is begun beside Claude's call may hang until somebody waits for it."""
    before_the_reply: list[str] = []
    bench.github.after_post = lambda: before_the_reply.extend(requests(bench))
    late = replace(bench.shared(ScriptedModel(model_reply())), start=lambda work: work)
    assert late.answer(WAKE).status == "done"
    assert (before_the_reply, requests(bench)) == ([], ["add_eyes", "remove_eyes"])


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        pytest.param(AUTH, "failed", id="failed"),
        pytest.param(Fault("claude", "status", "Overloaded", 529, "overloaded_error"), "deferred", id="put off"),
    ],
)
def test_they_are_gone_when_it_fails_or_is_put_off(bench: Bench, reply: Fault, status: str) -> None:
    model = Watching(bench, *[UpstreamError(reply)] * 9)
    assert run(bench, model).answer(WAKE).status == status
    assert (model.seen[0], eyes(bench)) == ([31], [])


def test_the_newest_request_has_them(bench: Bench) -> None:
    bench.issue(comments=[*ASKED["comments"], {"id": 32, "author": {"login": "ann"}, "body": "/hls and how?"}])
    model = Watching(bench, model_reply())
    run(bench, model).answer(WAKE)
    assert model.seen == [[32]]


@pytest.mark.parametrize(("config", "line"), [("eyes: false", {}), ("", {"dry_run": True})], ids=["setting", "dry run"])
def test_where_they_are_not_wanted_there_is_no_request(bench: Bench, config: str, line: dict[str, Any]) -> None:
    bench.configure(config)
    run(bench, ScriptedModel(model_reply()), **line).answer(WAKE)
    assert requests(bench) == []


@pytest.mark.parametrize("method", ["add_eyes", "remove_eyes"])
@pytest.mark.parametrize("fault", [FORBIDDEN, BAD_GATEWAY, UNSAID], ids=["refused", "failed", "not answered"])
def test_what_goes_wrong_with_them_changes_nothing_else(bench: Bench, method: str, fault: Fault) -> None:
    bench.github.failing[method] = fault
    outcome = run(bench, ScriptedModel(model_reply())).answer(WAKE)
    assert (outcome.status, outcome.notes, len(bench.bodies()), bench.clock.slept) == ("done", (), 2, [])


def test_eyes_that_github_set_without_saying_so_are_found_and_taken_away(bench: Bench) -> None:
    bench.github.failing_after["add_eyes"] = UNSAID
    model = Watching(bench, model_reply())
    run(bench, model).answer(WAKE)
    assert (model.seen, eyes(bench), requests(bench)) == ([[31]], [], ["add_eyes", "add_eyes", "remove_eyes"])


def test_what_github_refused_is_not_tried_again(bench: Bench) -> None:
    bench.github.failing["add_eyes"] = FORBIDDEN
    run(bench, ScriptedModel(model_reply())).answer(WAKE)
    assert requests(bench) == ["add_eyes"]


def test_one_that_could_not_be_taken_away_is_tried_once_more(bench: Bench) -> None:
    bench.github.hiccups["remove_eyes"] = 1
    run(bench, ScriptedModel(model_reply())).answer(WAKE)
    assert (eyes(bench), requests(bench)) == ([], ["add_eyes", "remove_eyes", "remove_eyes"])


class Killed(BaseException):
    """The runner is gone."""


def die() -> None:
    raise Killed


def killed(bench: Bench, model: ScriptedModel) -> None:
    """A run that ends in the middle, an hour ago."""
    with pytest.raises(Killed):
        respond(run(bench, model, 1), ThreadId(7), WAKE)
    assert eyes(bench) == [31]
    bench.github.before_post = bench.github.after_post = None
    bench.clock.sleep(3_600)


def test_a_run_that_died_while_claude_thought_leaves_them_to_the_next(bench: Bench) -> None:
    killed(bench, ScriptedModel(model_reply(), meanwhile=die))
    assert sweep(run(bench, ScriptedModel(model_reply()), 2), scheduled=True).status == "done"
    assert eyes(bench) == []


@pytest.mark.parametrize(("moment", "fan_out"), [("before_post", False), ("after_post", False), ("after_post", True)])
def test_a_run_that_died_over_its_comment_leaves_them_to_whoever_publishes(
    bench: Bench, moment: str, fan_out: bool
) -> None:
    setattr(bench.github, moment, die)
    killed(bench, ScriptedModel(model_reply()))
    sweep(run(bench, ScriptedModel(), 2), scheduled=True, fan_out=fan_out)
    assert (len(bench.bodies()), eyes(bench)) == (2, [])
    before = len(requests(bench))
    run(bench, ScriptedModel(), 3).answer(WAKE)
    assert len(requests(bench)) == before, "nobody asks for them again"


def test_where_a_run_that_died_had_none_nobody_looks_for_them(bench: Bench) -> None:
    bench.configure("eyes: false")
    bench.github.before_post = die
    with pytest.raises(Killed):
        respond(run(bench, ScriptedModel(model_reply()), 1), ThreadId(7), WAKE)
    bench.github.before_post = None
    bench.clock.sleep(3_600)
    sweep(run(bench, ScriptedModel(), 2), scheduled=True)
    assert (len(bench.bodies()), requests(bench)) == (2, [])


def test_a_dry_run_takes_none_away(bench: Bench) -> None:
    bench.github.after_post = die
    killed(bench, ScriptedModel(model_reply()))
    run(bench, ScriptedModel(), 2, dry_run=True).answer(WAKE)
    assert eyes(bench) == [31]


def test_the_end_of_the_runs_time_changes_nothing_of_what_was_posted(bench: Bench) -> None:
    def late(*_: object) -> None:
        raise DeadlineExceeded("the run took longer than 480 s")

    bench.github.remove_eyes = late  # type: ignore[method-assign, assignment]
    assert run(bench, ScriptedModel(model_reply())).answer(WAKE).status == "done"


def test_no_stored_answer_decides_whose_reaction_is_taken_away(bench: Bench) -> None:
    """What is stored says that there may be eyes, and the account's own are asked for anew."""
    bench.github.script_posts = [BAD_GATEWAY] * 20
    assert run(bench, ScriptedModel(model_reply(json.dumps(answer_data(labels=[]))))).answer(WAKE).status == "deferred"
    assert '"eyes": true' in json.dumps(dict(bench.store.read().documents)).replace("\\", "")
    bench.github.script_posts, bench.github.calls = [], []
    bench.clock.sleep(3_600)
    assert sweep(run(bench, ScriptedModel(), 2), scheduled=True).status == "done"
    assert (requests(bench), eyes(bench)) == (["add_eyes", "remove_eyes"], [])
