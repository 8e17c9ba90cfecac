"""The workflow that maintainers copy, with what it lets through and what it stops before a job starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.e2e.conftest import Stage, example
from tests.standins import payloads
from tests.standins.act import Workspace
from tests.standins.aimock import Aimock, answer
from tests.standins.webhook_bridge import WebhookBridge, run_act

pytestmark = pytest.mark.e2e

BODY = "Running `notes export` without an output folder ends in a traceback. With 2.3 the folder was created."


def test_a_delivered_webhook_starts_a_run_that_answers_and_the_answer_starts_nothing(recommended: Stage) -> None:
    react = run_act(recommended.workspace, repo=recommended.repo, secrets=recommended.secrets, env=recommended.env)
    with WebhookBridge(react) as bridge:
        recommended.repo.add_webhook(bridge.url, ["issues", "issue_comment"])
        number = recommended.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
        ((delivery, result),) = bridge.wait(1)
        assert (delivery.event, delivery.payload["action"]) == ("issues", "opened")
        assert result is not None
        assert result.outputs("hls")["outcome"] == "done", result.log

        recommended.repo.comment(number, "/hls and on Windows?", by="reporter")
        bridge.wait(2)

    assert len(recommended.replies(number)) == 2
    assert {ignored.sender for ignored in bridge.ignored} == {"github-actions[bot]"}


def test_an_unaddressed_comment_and_a_bot_start_no_job(recommended: Stage) -> None:
    number = recommended.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    chat = recommended.repo.comment(number, "Thanks, that helped.", by="reporter")
    payload = payloads.issue_comment(recommended.repo, number, chat)
    unaddressed = recommended.run("issue_comment", payload)
    bot = recommended.run(
        "issues", {**payloads.issues(recommended.repo, number), "sender": {"login": "x", "type": "Bot"}}
    )

    assert (unaddressed.code, unaddressed.jobs) == (0, {}), unaddressed.log
    assert (bot.code, bot.jobs) == (0, {}), bot.log
    assert len(recommended.github.exchanges) == 0


@pytest.mark.parametrize(
    ("variables", "starts"),
    [
        ({"HLS_STOP": "true"}, False),
        ({"HLS_STOP": "0"}, False),
        ({"HLS_STOP_ALL": "incident 42"}, False),
        ({"HLS_STOP": "false", "HLS_STOP_ALL": "yes"}, False),
        ({"HLS_STOP": "False", "HLS_STOP_ALL": ""}, True),
    ],
    ids=str,
)
def test_the_emergency_stop_starts_no_job(recommended: Stage, variables: dict[str, str], starts: bool) -> None:
    number = recommended.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    payload = payloads.issues(recommended.repo, number)
    result = recommended.run("issues", payload, variables)
    assert result.code == 0, result.log
    assert (result.jobs, len(recommended.replies(number))) == (({"hls": "success"}, 1) if starts else ({}, 0)), (
        result.log
    )


def test_an_action_that_is_told_to_stop_answers_nothing_and_is_green(stage: Stage) -> None:
    """As in a workflow whose `if:` does not ask: the input alone, which a composite action needs to learn of it."""
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    without = example("act.yml").replace(
        next(line for line in example("act.yml").split("\n") if "HLS_STOP ||" in line), ""
    )
    with Workspace(without) as workspace:
        result = replace(stage, workspace=workspace).run(
            "issues", payloads.issues(stage.repo, number), {"HLS_STOP_ALL": "1"}
        )
    assert (result.code, result.jobs) == (0, {"hls": "success"}), result.log
    assert result.outputs("hls")["reason"].startswith("stopped: ")
    assert (result.outputs("hls")["outcome"], len(stage.github.exchanges), stage.replies(number)) == ("skipped", 0, [])


def test_the_author_who_answers_what_hls_asked_is_heard_without_a_mention(recommended: Stage, aimock: Aimock) -> None:
    asking = {"comment": "Which version is it?", "needs_info": True, "missing": ["the version"], "labels": []}
    aimock.use(answer(asking))
    number = recommended.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    asked = recommended.run("issues", payloads.issues(recommended.repo, number))
    assert (asked.outputs("hls")["outcome"], recommended.repo.labels(number)) == ("done", ["hls-waiting"]), asked.log

    other = recommended.repo.comment(number, "Mine is 2.2.", by="contributor")
    ignored = recommended.run("issue_comment", payloads.issue_comment(recommended.repo, number, other))
    assert (ignored.code, ignored.jobs) == (0, {}), ignored.log

    aimock.use(answer({"comment": "Then update to 2.4.", "labels": []}))
    said = recommended.repo.comment(number, "It is 2.3.", by="reporter")
    heard = recommended.run("issue_comment", payloads.issue_comment(recommended.repo, number, said))
    assert heard.outputs("hls")["outcome"] == "done", heard.log
    assert (len(recommended.replies(number)), recommended.repo.labels(number)) == (2, [])

    thanks = recommended.repo.comment(number, "That was it.", by="reporter")
    over = recommended.run("issue_comment", payloads.issue_comment(recommended.repo, number, thanks))
    assert (over.code, over.jobs) == (0, {}), over.log
