"""The workflow that maintainers copy, with what it lets through and what it stops before a job starts."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Stage
from tests.standins import payloads
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
