"""From an event to an answer, through the real action."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import Stage
from tests.standins import openapi, payloads
from tests.standins.aimock import Aimock, answer, text

pytestmark = pytest.mark.e2e

BODY = "Running `notes export` without an output folder ends in a traceback. With 2.3 the folder was created."


def test_an_opened_issue_gets_one_comment_and_labels_and_a_second_run_adds_nothing(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    payload = payloads.issues(stage.repo, number)

    first = stage.run("issues", payload)

    assert first.jobs == {"hls": "success"}, first.log
    outputs = first.outputs("hls")
    (comment,) = stage.repo.comments(number)
    assert comment["user"]["login"] == "github-actions[bot]"
    assert comment["body"].startswith(f"<!-- hls:1 issue/{number} -->\n")
    assert "crash comes from reading an empty file" in comment["body"]
    assert stage.repo.labels(number) == ["bug"]
    assert outputs["outcome"] == "done"
    link = urlsplit(comment["html_url"])
    assert outputs["comment-url"].endswith(f"{link.path}#{link.fragment}")
    assert json.loads(outputs["labels"]) == ["bug"]
    assert float(outputs["cost-usd"]) > 0
    assert (int(outputs["input-tokens"]) > 0, int(outputs["output-tokens"]) > 0) == (True, True)
    assert outputs["model"] == "claude-sonnet-5-5"
    assert "Answered" in first.summary
    assert "USD" in first.summary

    second = stage.run("issues", payload)

    assert second.jobs == {"hls": "success"}, second.log
    assert second.outputs("hls")["outcome"] == "skipped"
    assert second.outputs("hls")["reason"].startswith("already-answered")
    assert second.outputs("hls")["comment-url"] == outputs["comment-url"]
    assert len(stage.repo.comments(number)) == 1
    assert len(stage.claude.exchanges) == 1


def test_a_comment_gets_a_reply_that_knows_the_thread(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    stage.repo.comment(number, "I see this on macOS too, only when the disk is nearly full.", by="contributor")
    asked = stage.repo.comment(number, "/hls which release is this fixed in?", by="reporter")

    result = stage.run("issue_comment", payloads.issue_comment(stage.repo, number, asked))

    assert result.outputs("hls")["outcome"] == "done", result.log
    (reply,) = stage.replies(number)
    assert f"comment/{asked['id']}@" in reply.split("\n")[0]
    (call,) = stage.claude.exchanges
    sent = json.dumps(call.request.json())
    assert "only when the disk is nearly full" in sent
    assert "which release is this fixed in?" in sent
    assert f"the comment with id {asked['id']}" in sent
    reactions = rf"/issues/comments/{asked['id']}/reactions"
    (shown,) = stage.github.exchanges.matching("POST", f"{reactions}$")
    (taken,) = stage.github.exchanges.matching("DELETE", rf"{reactions}/\d+$")
    (posted,) = stage.github.exchanges.matching("POST", rf"/issues/{number}/comments$")
    assert shown.request.json() == {"content": "eyes"}
    assert taken.started > posted.started, "nobody waits for it"
    assert [openapi.problems(each) for each in (shown, taken)] == [[], []]


def test_a_pull_request_is_reviewed_from_its_patch(stage: Stage, aimock: Aimock) -> None:
    aimock.use(
        answer({"comment": "`export.py:1` opens a folder that may not exist.", "category": "review", "labels": []})
    )
    files = {"export.py": "open('out/a')\n", "package-lock.json": '{"lock": true}\n'}
    number = stage.repo.create_pull("Export to a folder", "Adds the export.", files=files, by="contributor")["number"]

    result = stage.run("pull_request", payloads.pull_request(stage.repo, number))

    assert result.outputs("hls")["outcome"] == "done", result.log
    (reply,) = stage.replies(number)
    assert reply.startswith(f"<!-- hls:1 pull/{stage.repo.pull(number)['head']['sha']} -->")
    assert "opens a folder that may not exist" in reply
    (call,) = stage.claude.exchanges
    sent = json.dumps(call.request.json())
    assert "open('out/a')" in sent
    assert sent.index("export.py") < sent.index("package-lock.json")

    again = stage.run("pull_request", payloads.pull_request(stage.repo, number))

    assert again.outputs("hls")["reason"].startswith("already-answered"), again.log
    assert len(stage.replies(number)) == 1


def test_a_bot_event_installs_nothing_and_requests_nothing(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    bot = {"login": "renovate[bot]", "type": "Bot", "id": 7}
    payload = {**payloads.issues(stage.repo, number), "sender": bot}

    result = stage.run("issues", payload)

    assert result.jobs == {"hls": "success"}, result.log
    assert result.outputs("hls")["outcome"] == "skipped"
    assert result.outputs("hls")["reason"] == "bot-sender: renovate[bot]"
    assert [step.path for step in result.steps if "install" in step.path or "run" in step.path] == []
    assert len(stage.github.exchanges) == 0
    assert len(stage.claude.exchanges) == 0


def test_a_dispatch_with_a_number_answers_that_thread(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    other = stage.repo.create_issue("Something else", BODY, by="reporter")["number"]

    result = stage.run("workflow_dispatch", payloads.workflow_dispatch(stage.repo, {"number": str(number)}))

    assert result.outputs("hls")["outcome"] == "done", result.log
    assert len(stage.replies(number)) == 1
    assert stage.replies(other) == []


def test_a_dispatch_without_a_number_sweeps_what_is_open(stage: Stage) -> None:
    numbers = [stage.repo.create_issue(f"Export crashes {n}", BODY, by="reporter")["number"] for n in range(2)]
    short = stage.repo.create_issue("Hm", "short", by="reporter")["number"]

    result = stage.run("workflow_dispatch", payloads.workflow_dispatch(stage.repo, {}))

    assert result.outputs("hls")["outcome"] == "done", result.log
    assert [len(stage.replies(number)) for number in (*numbers, short)] == [1, 1, 0]


def test_a_dry_run_writes_nothing_and_shows_what_it_would_write(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    inputs = {"number": str(number), "dry-run": "true"}

    result = stage.run("workflow_dispatch", payloads.workflow_dispatch(stage.repo, inputs))

    assert result.outputs("hls")["outcome"] == "done", result.log
    assert result.outputs("hls")["reason"].startswith("dry-run")
    assert stage.replies(number) == []
    assert stage.repo.labels(number) == []
    assert "crash comes from reading an empty file" in result.summary


def test_the_configuration_of_the_default_branch_counts_and_a_mistake_in_it_is_told(stage: Stage) -> None:
    stage.repo.push("main", {".github/hls.yml": "model: claude-haiku-5-5\nlabels:\n  allow: [documentation]\n"})
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    payload = payloads.issues(stage.repo, number)

    good = stage.run("issues", payload)

    assert good.outputs("hls")["model"] == "claude-haiku-5-5", good.log
    assert stage.repo.labels(number) == ["documentation"]

    stage.repo.push("main", {".github/hls.yml": "modle: claude-haiku-5-5\n"})
    number = stage.repo.create_issue("Export crashes again", BODY, by="reporter")["number"]

    bad = stage.run("issues", payloads.issues(stage.repo, number))

    assert bad.jobs == {"hls": "failure"}
    assert "`modle` is not a known key. Did you mean 'model'?" in bad.log
    assert stage.replies(number) == []


def test_a_look_comes_before_the_answer_and_may_end_it(stage: Stage, aimock: Aimock) -> None:
    stage.repo.push("main", {".github/hls.yml": "knowledge: {look: on}\n"})
    looked = {"relevant": True, "reason": "", "symbols": [1], "issues": [], "words": []}
    refused = {**looked, "relevant": False, "reason": "an advertisement"}
    advertisement = stage.repo.create_issue("Cheap pills", BODY, by="reporter")["number"]
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    a_look = {"systemMessage": "You prepare the answer"}
    aimock.use(
        text(json.dumps(refused), match={**a_look, "userMessage": "Cheap pills"}),
        text(json.dumps(looked), match=a_look),
        answer(),
    )

    ended = stage.run("issues", payloads.issues(stage.repo, advertisement))
    assert ended.outputs("hls")["reason"] == "not-relevant: an advertisement", ended.log
    assert (len(stage.claude.exchanges), stage.replies(advertisement)) == (1, [])

    answered = stage.run("issues", payloads.issues(stage.repo, number))
    assert answered.outputs("hls")["outcome"] == "done", answered.log
    models = [exchange.request.json()["model"] for exchange in stage.claude.exchanges]
    assert models == ["claude-haiku-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"]
    assert len(stage.replies(number)) == 1


def test_an_answer_that_must_not_be_posted_is_a_red_run_with_its_cost(stage: Stage, aimock: Aimock) -> None:
    aimock.use(answer(stop_reason="refusal"))
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]

    result = stage.run("issues", payloads.issues(stage.repo, number))

    assert result.jobs == {"hls": "failure"}
    assert result.outputs("hls", "run")["outcome"] == "failed"
    assert result.outputs("hls", "run")["reason"].startswith("model-refused")
    assert float(result.outputs("hls", "run")["cost-usd"]) > 0
    assert stage.repo.comments(number) == []


def test_every_request_is_one_that_github_describes(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    stage.repo.comment(number, "Some comment", by="contributor")
    stage.run("issues", payloads.issues(stage.repo, number))
    pull = stage.repo.create_pull("Change", files={"a.txt": "a"}, by="contributor")["number"]
    stage.run("pull_request", payloads.pull_request(stage.repo, pull))
    stage.run("workflow_dispatch", payloads.workflow_dispatch(stage.repo, {}))

    assert {exchange.request.method for exchange in stage.github.exchanges} == {"GET", "POST"}
    problems = [problem for exchange in stage.github.exchanges for problem in openapi.problems(exchange)]
    assert problems == []


def test_secrets_reach_neither_log_nor_prompt_nor_comment(stage: Stage) -> None:
    number = stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    result = stage.run("issues", payloads.issues(stage.repo, number))

    printed = result.log.replace(f"::add-mask::{stage.token}", "").replace("::add-mask::sk-test-key", "")
    for secret in (stage.token, "sk-test-key"):
        assert secret not in printed.replace(f"--secret=GITHUB_TOKEN={secret}", "")
        assert secret not in stage.replies(number)[0]
        assert all(secret not in json.dumps(call.request.json()) for call in stage.claude.exchanges)
