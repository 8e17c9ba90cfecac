"""act runs real workflows offline, side by side, and a webhook starts one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standins.act import ROOT, Workspace
from tests.standins.process import wait_until
from tests.standins.repo import Repo
from tests.standins.webhook_bridge import Delivery, WebhookBridge, run_act

ACTION = """
name: trivial
description: says hello
inputs: {who: {description: whom to greet}}
outputs: {greeting: {description: the greeting, value: "${{ steps.say.outputs.greeting }}"}}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      env: {WHO: "${{ inputs.who }}"}
      run: |
        printf 'greeting=hello %s\\nlines<<END\\na\\nb\\nEND\\n' "$WHO" >> "$GITHUB_OUTPUT"
        echo "# greeted" >> "$GITHUB_STEP_SUMMARY"
        echo "leaked: ${HLS_STANDIN_CANARY:-nothing} ${INPUT_CANARY:-nothing}, api: $GITHUB_API_URL"
"""
WORKFLOW = """
on: [issues, issue_comment]
jobs:
  answer:
    if: github.event.issue.number != 999
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {id: hls, uses: ./, with: {who: "${{ github.event.sender.login }}"}}
      - run: echo "token $TOKEN"
        env: {TOKEN: "${{ secrets.API_KEY }}"}
"""
ISSUE_EVENT = {"action": "opened", "issue": {"number": 7}, "sender": {"login": "reporter"}}


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with Workspace(WORKFLOW, action=None, files={"action.yml": ACTION}) as made:
        yield made


@pytest.mark.e2e
def test_act_runs_a_composite_action(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLS_STANDIN_CANARY", "canary")
    monkeypatch.setenv("INPUT_CANARY", "canary")
    api = "http://127.0.0.1:9"
    result = workspace.run("issues", ISSUE_EVENT, secrets={"API_KEY": "sk-hidden"}, env={"GITHUB_API_URL": api})
    assert (result.code, result.jobs) == (0, {"answer": "success"})
    assert result.outputs("hls")["greeting"] == "hello reporter"
    assert result.outputs("hls", "say")["lines"] == "a\nb"
    assert result.summary == "# greeted\n"
    assert f"leaked: nothing nothing, api: {api}" in result.output_text("hls")
    assert "token ***" in result.log
    assert "sk-hidden" not in result.log


@pytest.mark.e2e
def test_act_skips_and_refuses(workspace: Workspace) -> None:
    skipped = workspace.run("issues", {**ISSUE_EVENT, "issue": {"number": 999}})
    assert (skipped.code, skipped.jobs) == (0, {})
    unknown = workspace.run("push", {})
    assert (unknown.code, unknown.jobs) == (1, {})
    assert "Could not find any stages" in unknown.log


@pytest.mark.e2e
def test_runs_side_by_side(workspace: Workspace) -> None:
    runs = [workspace.start("issues", {**ISSUE_EVENT, "sender": {"login": f"user{at}"}}) for at in range(4)]
    greetings = [run.wait().outputs("hls")["greeting"] for run in runs]
    assert greetings == [f"hello user{at}" for at in range(4)]


@pytest.mark.e2e
def test_a_remote_action_is_served_from_a_folder(workspace: Workspace) -> None:
    workflow = WORKFLOW.replace("uses: ./", "uses: octo/hls@v1")
    with Workspace(workflow, action=None, local={"octo/hls@v1": workspace.path}) as theirs:
        assert theirs.run("issues", ISSUE_EVENT).outputs("hls")["greeting"] == "hello reporter"


@pytest.mark.e2e
def test_a_killed_runner_leaves_nothing_running(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    workflow = "on: issues\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n      - run: "
    workflow += f"while sleep 0.02; do date +%N > {beat}; done\n"
    with Workspace(workflow, action=None) as mine:
        run = mine.start("issues", ISSUE_EVENT)
        wait_until(beat.exists, timeout=20, what="the step to run")
        run.kill()
        last = beat.read_text()
        time.sleep(0.2)
        assert beat.read_text() == last
        assert not run.running()


def test_a_workspace_holds_this_project_but_not_what_git_ignores() -> None:
    with Workspace(WORKFLOW) as mine:
        assert (mine.path / "tests/standins/act.py").read_bytes() == (ROOT / "tests/standins/act.py").read_bytes()
        assert not list(mine.path.glob("**/node_modules"))
        assert not list(mine.path.glob("**/__pycache__"))


@pytest.mark.e2e
def test_a_delivered_webhook_starts_a_run(repo: Repo, workspace: Workspace, bot_token: str) -> None:
    with WebhookBridge(run_act(workspace, repo=repo)) as bridge:
        repo.add_webhook(bridge.url, ["issues", "issue_comment"])
        number = repo.create_issue("Crash", by="reporter")["number"]
        repo.comment(number, "/hls hello", by="contributor")
        results = bridge.wait(2)
        repo.comment(number, "an answer", token=bot_token)
        repo.comment(number, "thanks", by="reporter")
        bridge.wait(3)
    assert all(result is not None and result.jobs == {"answer": "success"} for _, result in results)
    assert {(each.event, each.sender) for each, _ in results} == {
        ("issues", "reporter"),
        ("issue_comment", "contributor"),
    }
    assert [each.payload["comment"]["body"] for each in bridge.ignored] == ["an answer"]


def test_the_bridge_passes_errors_on() -> None:
    def react(delivery: Delivery) -> None:
        raise ZeroDivisionError(delivery.event)

    with WebhookBridge(react) as bridge:
        bridge.deliver("ping", {})
        bridge.deliver("issues", ISSUE_EVENT)
        with pytest.raises(ZeroDivisionError, match="issues"):
            bridge.wait(1)
