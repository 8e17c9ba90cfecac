"""The split workflow: as maintainers copy it, under act, and its three jobs as processes with every wire in reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.e2e.conftest import ACTION, BODY, Scene, Stage, an_issue, example, records_in
from tests.standins import payloads
from tests.standins.act import ROOT, Workspace
from tests.standins.exchange import Request
from tests.standins.git_http import bare_repository

pytestmark = pytest.mark.e2e


def with_ledger(text: str) -> str:
    """The example with a place for its ledger, which a repository at a stand-in has none of its own."""
    return re.sub(r"( +)command: (\w+)\n", r"\1command: \2\n\1state-remote: ${{ env.STATE }}\n", text)


def test_three_jobs_answer_once(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    with Workspace(with_ledger(example("split.yml")), action=None, local={ACTION: ROOT}) as workspace:
        remote = workspace.base / "state.git"
        bare_repository(remote)
        env, payload = {**stage.env, "STATE": str(remote)}, payloads.issues(stage.repo, number)
        result = workspace.run("issues", payload, secrets=stage.secrets, env=env)
        assert result.jobs == {"claim": "success", "ask": "success", "publish": "success"}, result.log
        (reply,), (record,) = stage.replies(number), records_in(remote, stage.repo, number)
        assert (record.state, reply.startswith("<!-- hls:1 issue/")) == ("published", True)
        assert len(stage.claude.exchanges) == 1

        again = workspace.run("issues", payload, secrets=stage.secrets, env=env)
        assert (again.jobs, len(stage.replies(number))) == ({"claim": "success"}, 1), again.log


def is_write(request: Request) -> bool:
    """Whether it is refused to a token that can only read."""
    if request.path.endswith("/graphql"):
        return "mutation" in str(request.json()["query"])
    return request.method != "GET" and not request.path.endswith("/git-upload-pack")


def test_the_job_with_the_key_only_reads_and_the_others_never_meet_claude(
    scene: Callable[..., AbstractContextManager[Scene]],
) -> None:
    with scene(an_issue) as here:
        claimed = here.run(command="claim", HLS_ANTHROPIC_API_KEY="").wait()
        assert (claimed.outcome, here.calls(), here.replies()) == ("done", 0, [])

        wires, seen = (here.github, here.git), (len(here.github.exchanges), len(here.git.exchanges))
        asked = here.run(command="ask", HLS_CLAIM=claimed.outputs["claim"]).wait()
        made = [each.request for wire, before in zip(wires, seen, strict=True) for each in wire.exchanges[before:]]
        assert (asked.outcome, here.calls(), len(made) > 1) == ("done", 1, True)
        assert [request for request in made if is_write(request)] == []

        claim, answer = claimed.outputs["claim"], asked.outputs["answer"]
        posted = here.run(command="publish", HLS_CLAIM=claim, HLS_ANSWER=answer, HLS_ANTHROPIC_API_KEY="").wait()
        assert (posted.outcome, here.calls(), len(here.replies())) == ("done", 1, 1)
        assert [record.state for record in here.records()] == ["published"]


def test_a_job_that_is_handed_nonsense_says_so(scene: Callable[..., AbstractContextManager[Scene]]) -> None:
    with scene(an_issue) as here:
        claimed = here.run(command="claim", HLS_ANTHROPIC_API_KEY="").wait()
        odd = here.run(
            command="publish", HLS_CLAIM=claimed.outputs["claim"], HLS_ANSWER="{", HLS_ANTHROPIC_API_KEY=""
        ).wait()
        assert (odd.status, odd.outputs["reason"][:30], here.replies()) == (2, "usage: input 'answer' is not s", [])
        assert [record.state for record in here.records()] == ["deferred"]
        missing = here.run(command="ask").wait()
        assert (missing.status, "needs the input 'claim'" in missing.outputs["reason"]) == (2, True)
