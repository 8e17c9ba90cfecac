"""Servers and processes: emulate, aimock, the webhook bridge's errors, and that nothing outlives the tests."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.standins import aimock as fixtures_of
from tests.standins import openapi
from tests.standins.act import ROOT
from tests.standins.aimock import ANSWER, Aimock
from tests.standins.client import Answer, HttpError, send
from tests.standins.emulate import BOT_LOGIN, Emulate
from tests.standins.process import ServerProcess, StandinError, node, wait_until
from tests.standins.prompt_cache import PromptCache
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo


def test_the_bot_token_writes_as_github_actions(repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash", "It crashes", by="reporter")["number"]
    user = repo.comment(number, "Thanks", token=bot_token)["user"]
    assert (user["login"], user["type"]) == (BOT_LOGIN, "Bot")
    assert repo.comment(number, "More", by="reporter")["user"]["type"] == "User"
    assert [each["body"] for each in repo.comments(number)] == ["Thanks", "More"]


def test_a_pull_request_has_a_head_that_follows_its_branch(repo: Repo) -> None:
    pull = repo.create_pull("Fix", files={"a.txt": "1\n"}, branch="fix", by="contributor")
    assert pull["user"]["login"] == "contributor"
    assert pull["head"]["sha"] == repo.head("fix") != repo.head("main")
    tip = repo.push("fix", {"a.txt": "2\n"})
    assert repo.pull(pull["number"])["head"]["sha"] == tip != pull["head"]["sha"]


def test_labels(repo: Repo, bot_token: str) -> None:
    repo.create_label("bug")
    number = repo.create_issue("Crash", labels=["bug"])["number"]
    repo.request("POST", f"/issues/{number}/labels", ["late"], token=bot_token)
    assert repo.labels(number) == ["bug", "late"]


def ask_graphql(github: Proxy, token: str, query: str, **variables: object) -> Any:
    sent = {"query": query, "variables": variables}
    return send(github.url, "POST", "/graphql", sent, headers={"authorization": f"Bearer {token}"}).json()


MINIMIZE = (
    "mutation($input: MinimizeCommentInput!) { minimizeComment(input: $input) "
    "{ clientMutationId minimizedComment { isMinimized minimizedReason ... on IssueComment { id } } } }"
)


def test_comments_are_minimized_over_graphql(emulate: Emulate, github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    first, second = (repo.comment(number, body)["node_id"] for body in ("one", "two"))
    for reason in ("SPAM", "OUTDATED"):
        answer = ask_graphql(github, bot_token, MINIMIZE, input={"subjectId": first, "classifier": reason})
        shown = {"isMinimized": True, "minimizedReason": reason.lower(), "id": first}
        assert answer == {"data": {"minimizeComment": {"clientMutationId": None, "minimizedComment": shown}}}
    assert (emulate.minimized[first], second in emulate.minimized) == ("OUTDATED", False)


def test_a_comment_that_was_deleted_is_no_node(emulate: Emulate, github: Proxy, repo: Repo, bot_token: str) -> None:
    comment = repo.comment(repo.create_issue("Crash")["number"], "x")
    repo.host.request("DELETE", f"/repos/{repo.full_name}/issues/comments/{comment['id']}")
    given = {"subjectId": comment["node_id"], "classifier": "OUTDATED"}
    answer = ask_graphql(github, bot_token, MINIMIZE, input=given)
    (error,) = answer["errors"]
    assert (answer["data"], error["type"], error["path"]) == (
        {"minimizeComment": None},
        "NOT_FOUND",
        ["minimizeComment"],
    )
    assert comment["node_id"] not in emulate.minimized


GIVEN = {"subjectId": "IC_1", "classifier": "OUTDATED"}


@pytest.mark.parametrize(
    ("query", "given", "said"),
    [
        (MINIMIZE.replace("isMinimized", "isFolded"), GIVEN, "Cannot query field 'isFolded' on type 'Minimizable'"),
        (MINIMIZE.replace("minimizeComment(", "foldComment("), GIVEN, "Cannot query field 'foldComment'"),
        (MINIMIZE.replace("CommentInput", "Input"), GIVEN, "Unknown type 'MinimizeInput'"),
        (MINIMIZE.replace("input: $input", "input: $given"), GIVEN, r"Variable '\$given' is not defined"),
        (MINIMIZE, GIVEN | {"classifier": "OLD"}, "Value 'OLD' does not exist in 'ReportedContentClassifiers' enum"),
        (MINIMIZE, {"classifier": "OUTDATED"}, "'subjectId'"),
        (MINIMIZE, GIVEN | {"reason": "old"}, "'reason'"),
        (MINIMIZE.removesuffix("}"), GIVEN, "Syntax Error"),
    ],
)
def test_graphql_that_does_not_fit_the_schema_is_refused(
    emulate: Emulate, github: Proxy, bot_token: str, query: str, given: object, said: str
) -> None:
    answer = ask_graphql(github, bot_token, query, input=given)
    assert "data" not in answer
    assert re.search(said, " ".join(error["message"] for error in answer["errors"])), answer
    assert any(re.search(said, problem) for problem in openapi.problems(github.exchanges[-1]))
    assert "IC_1" not in emulate.minimized


def test_graphql_knows_who_asks_and_says_what_it_does_not_answer(
    emulate: Emulate, github: Proxy, bot_token: str
) -> None:
    query = "query { viewer { login } }"
    assert ask_graphql(github, bot_token, query) == {"data": {"viewer": {"login": BOT_LOGIN}}}
    assert ask_graphql(github, emulate.user_token("reporter"), query) == {"data": {"viewer": {"login": "reporter"}}}
    (error,) = ask_graphql(github, bot_token, "query { viewer { login databaseId } }")["errors"]
    assert error["message"] == "the stand-in does not answer User.databaseId"
    assert openapi.problems(github.exchanges[-1]) == []
    assert send(github.url, "POST", "/graphql", {"query": query}, check=False).status == 401


def test_repositories_and_tokens_are_new_each_time(emulate: Emulate) -> None:
    assert emulate.repo().full_name != emulate.repo().full_name
    assert emulate.bot_token() != emulate.bot_token()
    assert emulate.user_token("reporter") != emulate.user_token("reporter")
    left = emulate.request("GET", "/meta", token=emulate.bot_token()).headers["x-ratelimit-remaining"]
    assert left == "4999"


def test_restart_goes_back_to_the_seed() -> None:
    with Emulate() as server:
        full_name = server.repo().full_name
        server.restart()
        assert server.request("GET", f"/repos/{full_name}", check=False).status == 404
        again = server.repo()
        number = again.create_issue("x")["number"]
        assert again.comment(number, "y", token=server.bot_token())["user"]["login"] == BOT_LOGIN


PROMPT = {
    "model": "claude-x",
    "max_tokens": 9,
    "system": "be brief",
    "messages": [{"role": "user", "content": "hi"}],
}


def ask(proxy: Proxy, prompt: Any = PROMPT) -> Answer:
    return send(proxy.url, "POST", "/v1/messages", prompt, headers={"x-api-key": "sk-ant-secret"}, check=False)


def test_the_default_answer(aimock: Aimock, claude: Proxy) -> None:
    message = ask(claude).json()
    assert json.loads(message["content"][0]["text"]) == ANSWER
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("end_turn", 150)
    assert aimock.calls() == 1
    assert aimock.journal()[0]["body"]["messages"][0] == {"role": "system", "content": "be brief"}
    assert claude.exchanges[0].request.json() == PROMPT
    assert "sk-ant-secret" not in repr(claude.exchanges[0])


def test_errors_and_stop_reasons(aimock: Aimock, claude: Proxy) -> None:
    aimock.use(
        *fixtures_of.sequence(
            fixtures_of.error(429, "rate_limit_error", retry_after=7),
            fixtures_of.error(529, "overloaded_error"),
            fixtures_of.text("cut o", stop_reason="max_tokens"),
            fixtures_of.text("no", stop_reason="refusal"),
            fixtures_of.answer({"category": "question"}),
        )
    )
    limited, overloaded, cut, refused, good, again = (ask(claude) for _ in range(6))
    assert (limited.status, limited.headers["retry-after"]) == (429, "7")
    assert (overloaded.status, overloaded.json()["error"]["type"]) == (529, "overloaded_error")
    assert [each.json()["stop_reason"] for each in (cut, refused, good)] == [
        "max_tokens",
        "refusal",
        "end_turn",
    ]
    assert json.loads(again.json()["content"][0]["text"])["category"] == "question"
    aimock.use(fixtures_of.answer(match={"userMessage": "something else"}))
    assert ask(claude).status == 404


def test_chaos(aimock: Aimock, claude: Proxy) -> None:
    aimock.chaos(rate_limit=1)
    assert ask(claude).status == 429
    aimock.chaos(drop=1)
    assert ask(claude).status == 500
    aimock.chaos(malformed=1)
    with pytest.raises(json.JSONDecodeError):
        ask(claude).json()
    aimock.chaos(disconnect=1)
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(claude)
    aimock.calm()
    assert ask(claude).status == 200


def test_cached_tokens_are_counted_as_claude_does() -> None:
    cache = PromptCache(minimum=10, characters_per_token=1)
    end = {"cache_control": {"type": "ephemeral"}}
    system = [{"type": "text", "text": "s" * 43, **end}]  # "system:" makes 50

    def usage(*messages: dict[str, Any]) -> tuple[int, int, int]:
        counted = cache.usage({"system": system, "messages": [{"role": "user", "content": list(messages)}]})
        names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        return counted[names[0]], counted[names[1]], counted[names[2]]

    old, new = {"type": "text", "text": "o" * 25, **end}, {"type": "text", "text": "n" * 15}  # 30 and 20
    assert usage(old) == (0, 80, 0)
    assert usage(old) == (0, 0, 80)
    assert usage(old, new) == (20, 0, 80)
    assert usage(new) == (20, 0, 50)
    cache.forget()
    assert usage(new) == (20, 50, 0)


def test_a_server_that_fails_shows_its_log() -> None:
    server = ServerProcess("broken", lambda port: [node(), "-e", "console.log('no luck'); process.exit(3)"], ready="x")
    with pytest.raises(StandinError, match=r"ended while starting[\s\S]*no luck"):
        server.start()


def serves(url: str) -> bool:
    try:
        return send(url, "GET", "/health", timeout=1).status == 200
    except OSError:
        return False


def test_servers_die_with_their_parent() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux kills children with their parent")
    code = "from tests.standins.aimock import Aimock; a = Aimock().start(); print(a.url, flush=True); input()"
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    url = parent.stdout.readline().strip()
    assert send(url, "GET", "/health").status == 200
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    wait_until(lambda: not serves(url), timeout=5, what="the orphan's end")


def test_http_errors_name_the_request(emulate: Emulate) -> None:
    with pytest.raises(HttpError, match=r"GET .*/repos/o/none -> 404"):
        emulate.request("GET", "/repos/o/none")
