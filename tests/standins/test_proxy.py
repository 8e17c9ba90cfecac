"""The proxy in front of emulate: what it records, what it lets go wrong, and the gaps it fills."""

from __future__ import annotations

import http.client
import threading
import time
from typing import Any

import pytest

from tests.standins.client import Answer, send
from tests.standins.exchange import canned, merged, paged
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo


def as_token(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def create_comment(proxy: Proxy, repo: Repo, number: int, token: str, body: str = "hi", check: bool = True) -> Answer:
    path = f"/repos/{repo.full_name}/issues/{number}/comments"
    return send(proxy.url, "POST", path, {"body": body}, headers=as_token(token), check=check, timeout=5)


@pytest.fixture
def pull(repo: Repo) -> dict[str, Any]:
    repo.push("main", {"a.txt": "one\ntwo\n"})
    return repo.create_pull("Fix", files={"a.txt": "one\n2\n", "b.txt": "new\n"}, by="contributor")


def read(proxy: Proxy, target: str, token: str, accept: str = "application/json") -> Answer:
    return send(proxy.url, "GET", target, headers={**as_token(token), "accept": accept}, check=False)


def test_a_pull_request_is_an_issue_too(github: Proxy, repo: Repo, pull: dict[str, Any], bot_token: str) -> None:
    base, number = f"/repos/{repo.full_name}", pull["number"]
    repo.create_issue("Plain")
    assert "pull_request" in read(github, f"{base}/issues/{number}", bot_token).json()
    listed = read(github, f"{base}/issues?state=all", bot_token).json()
    assert {(each["number"], "pull_request" in each) for each in listed} == {
        (number, True),
        (number + 1, False),
    }
    assert read(github, f"{base}/issues?since=2100-01-01T00:00:00Z", bot_token).json() == []


def test_files_counts_and_diff_come_from_the_branches(
    github: Proxy, repo: Repo, pull: dict[str, Any], bot_token: str
) -> None:
    target = f"/repos/{repo.full_name}/pulls/{pull['number']}"
    full = read(github, target, bot_token).json()
    assert (full["changed_files"], full["additions"], full["deletions"]) == (2, 2, 1)
    assert [file["filename"] for file in read(github, f"{target}/files", bot_token).json()] == [
        "a.txt",
        "b.txt",
    ]
    diff = read(github, target, bot_token, "application/vnd.github.diff").body.decode()
    assert "--- a/a.txt\n+++ b/a.txt\n" in diff
    assert "-two\n+2\n" in diff
    assert "--- /dev/null\n+++ b/b.txt" in diff


def test_refusals_emulate_does_not_know(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    assert read(github, f"/repos/{repo.full_name}", "invented").status == 401
    assert read(github, "/user", bot_token).status == 403
    assert create_comment(github, repo, number, bot_token, "x" * 65_537, check=False).status == 422
    assert create_comment(github, repo, number, bot_token, "x" * 65_536).status == 201
    repo.lock(number)
    assert create_comment(github, repo, number, bot_token, check=False).status == 403
    assert len(repo.comments(number)) == 1


def test_comments_since(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    comment = repo.comment(number, "x")
    target = f"/repos/{repo.full_name}/issues/{number}/comments?since="
    found = read(github, target + comment["updated_at"][:19] + "Z", bot_token).json()
    assert [each["id"] for each in found] == [comment["id"]]
    assert "." not in found[0]["created_at"]
    assert read(github, target + "2100-01-01T00:00:00Z", bot_token).json() == []


def test_permissions(github: Proxy, repo: Repo, bot_token: str) -> None:
    repo.add_collaborator("contributor", "push")
    for login, expected in (("maintainer", "admin"), ("contributor", "write"), ("reporter", "read")):
        target = f"/repos/{repo.full_name}/collaborators/{login}/permission"
        assert read(github, target, bot_token).json()["permission"] == expected


def test_pages_lead_back_through_the_proxy(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    for at in range(3):
        repo.comment(number, str(at))
    first = read(github, f"/repos/{repo.full_name}/issues/{number}/comments?per_page=2", bot_token)
    assert (
        f'<{github.url}/repos/{repo.full_name}/issues/{number}/comments?per_page=2&page=2>; rel="next"'
        in (first.headers["link"])
    )
    assert all(each["url"].startswith(github.url) for each in first.json())
    assert repo.host.url not in first.body.decode()


def test_the_recording_holds_what_was_sent_but_no_secret(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    with github.recording() as log:
        create_comment(github, repo, number, bot_token, "naïve")
    read(github, "/meta", bot_token)
    assert len(log) == 1
    assert len(github.exchanges) == 2
    (exchange,) = log.matching("POST", r"/comments$")
    assert exchange.request.json() == {"body": "naïve"}
    assert exchange.answer is not None
    assert exchange.answer.status == exchange.upstream_status == 201
    assert exchange.request.headers["authorization"] == "Bearer [redacted]"
    assert bot_token not in repr(exchange)


def test_a_refusal_does_not_reach_the_server(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    fault = github.fault("refuse", "POST", r"/comments$", status=429, headers={"retry-after": "3"}, times=2)
    for _ in range(2):
        refused = create_comment(github, repo, number, bot_token, check=False)
        assert (refused.status, refused.headers["retry-after"]) == (429, "3")
    assert repo.comments(number) == []
    assert fault.hits == 2
    create_comment(github, repo, number, bot_token)
    assert len(repo.comments(number)) == 1


def test_a_502_after_the_comment_took_effect(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    github.fault("apply_then_refuse", "POST", r"/comments$", skip=1)
    create_comment(github, repo, number, bot_token, "first")
    assert create_comment(github, repo, number, bot_token, "second", check=False).status == 502
    assert [each["body"] for each in repo.comments(number)] == ["first", "second"]
    last = github.exchanges[-1]
    assert (last.fault, last.upstream_status) == ("apply_then_refuse", 201)


@pytest.mark.parametrize(("kind", "applied"), [("drop", 0), ("apply_then_drop", 1)])
def test_dropped_connections(github: Proxy, repo: Repo, bot_token: str, kind: Any, applied: int) -> None:
    number = repo.create_issue("Crash")["number"]
    github.fault(kind, "POST", r"/comments$")
    with pytest.raises((OSError, http.client.HTTPException)):
        create_comment(github, repo, number, bot_token)
    assert len(repo.comments(number)) == applied
    assert github.exchanges[-1].answer is None


@pytest.mark.parametrize(("kind", "applied"), [("hang", 0), ("apply_then_hang", 1)])
def test_silence(github: Proxy, repo: Repo, bot_token: str, kind: Any, applied: int) -> None:
    number = repo.create_issue("Crash")["number"]
    github.fault(kind, "POST", r"/comments$")
    path = f"/repos/{repo.full_name}/issues/{number}/comments"
    with pytest.raises(TimeoutError):
        send(github.url, "POST", path, {"body": "x"}, headers=as_token(bot_token), timeout=0.2)
    assert len(repo.comments(number)) == applied


def test_a_delayed_request_arrives_when_it_is_released(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    fault = github.fault("delay", "POST", r"/comments$")
    client = threading.Thread(target=create_comment, args=(github, repo, number, bot_token))
    client.start()
    assert fault.reached.wait(5)
    assert repo.comments(number) == []
    fault.released.set()
    client.join(5)
    assert len(repo.comments(number)) == 1


@pytest.mark.parametrize(("kind", "applied"), [("delay", 0), ("hang", 0), ("apply_then_hang", 1)])
def test_what_is_held_is_let_go_when_the_proxy_ends(
    github: Proxy, repo: Repo, bot_token: str, kind: Any, applied: int
) -> None:
    number = repo.create_issue("Crash")["number"]
    fault = github.fault(kind, "POST", r"/comments$")
    broken: list[Exception] = []

    def post() -> None:
        try:
            create_comment(github, repo, number, bot_token)
        except (OSError, http.client.HTTPException) as error:
            broken.append(error)

    client = threading.Thread(target=post)
    client.start()
    assert fault.reached.wait(5)
    assert len(repo.comments(number)) == applied
    github.stop()
    client.join(4)  # by itself the client would wait for 5 s
    assert (len(broken), len(repo.comments(number))) == (1, applied)


def test_overlays(github: Proxy, repo: Repo, bot_token: str) -> None:
    base = f"/repos/{repo.full_name}"
    number = repo.create_issue("Crash")["number"]
    github.overlay("GET", r"/pulls/1$", "the diff", accept="diff")
    github.overlay("GET", r"/pulls/\d+/files$", paged([{"filename": str(at)} for at in range(150)]))
    github.overlay("GET", r"/issues/\d+$", merged({"user": {"login": "Copilot"}}))
    github.overlay("GET", r"/teapot$", canned(418, {"message": "short and stout"}))
    assert read(github, f"{base}/pulls/1", bot_token, "application/vnd.github.diff").body == b"the diff"
    assert read(github, f"{base}/pulls/1", bot_token).status == 404
    page = read(github, f"{base}/pulls/1/files?per_page=100&page=2", bot_token)
    assert len(page.json()) == 50
    assert 'rel="prev"' in page.headers["link"]
    issue = read(github, f"{base}/issues/{number}", bot_token).json()
    assert (issue["user"]["login"], issue["user"]["type"], issue["title"]) == ("Copilot", "User", "Crash")
    assert read(github, "/teapot", bot_token).status == 418
    github.clear()
    assert read(github, "/teapot", bot_token).status == 404
    assert read(github, "/user", bot_token).status == 403, "the gaps stay filled"


def test_delay_and_many_clients(github: Proxy, repo: Repo, bot_token: str) -> None:
    number = repo.create_issue("Crash")["number"]
    github.delay_ms = 100
    threads = [
        threading.Thread(target=create_comment, args=(github, repo, number, bot_token, str(at))) for at in range(20)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.1 <= time.monotonic() - started < 1.5
    assert {each["body"] for each in repo.comments(number)} == {str(at) for at in range(20)}
    assert all(each.seconds >= 0.1 for each in github.exchanges)
    assert len(github.exchanges) == 20
