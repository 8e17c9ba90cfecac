"""GitHub's own descriptions accept what is right and name what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standins import openapi, payloads, webhooks
from tests.standins.client import send
from tests.standins.exchange import Request
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo


def request(method: str, target: str, body: Any = None) -> Request:
    return Request(method, target, {}, b"" if body is None else json.dumps(body).encode())


COMMENTS = "/repos/o/r/issues/1/comments"


@pytest.mark.parametrize(
    "good",
    [
        request("POST", COMMENTS, {"body": "x"}),
        request("GET", COMMENTS + "?per_page=100&page=2&since=2026-01-01T00:00:00Z"),
        request("POST", "/repos/o/r/issues/1/labels", ["bug"]),
        request("POST", "/repos/o/r/issues/1/labels", {"labels": ["bug"]}),
        request("PATCH", "/repos/o/r/issues/comments/5", {"body": "x"}),
        request("GET", "/repos/o/r/contents/.github/hls.yml?ref=main"),
        request("GET", "/repos/o/r/issues?state=all&sort=updated&direction=asc"),
    ],
    ids=lambda each: f"{each.method} {each.target} {each.body.decode()}",
)
def test_the_description_allows(good: Request) -> None:
    assert openapi.problems(good) == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (request("POST", COMMENTS, {"bdy": "x"}), "'body' is a required property"),
        (request("POST", COMMENTS, {"body": "x", "colour": 1}), "'colour' was unexpected"),
        (request("POST", COMMENTS, {"body": 1}), "1 is not of type 'string'"),
        (request("POST", COMMENTS), "a body is required"),
        (request("GET", COMMENTS + "?newest=1"), "unknown query parameter 'newest'"),
        (request("GET", COMMENTS + "?per_page=all"), "'all' is not of type 'integer'"),
        (request("GET", "/repos/o/r/issues?state=any"), "'any' is not one of"),
        (request("GET", "/repos/o/r/nonsense"), "no such operation"),
        (request("POST", "/repos/o/r/issues/1/labels", {"labelz": ["bug"]}), "not valid under any"),
    ],
)
def test_the_description_forbids(bad: Request, said: str) -> None:
    assert any(said in problem for problem in openapi.problems(bad)), openapi.problems(bad)


def test_recorded_exchanges_are_checked(github: Proxy, repo: Repo, bot_token: str) -> None:
    path = f"/repos/{repo.full_name}/issues/{repo.create_issue('Crash')['number']}/comments"
    for body in ({"body": "x"}, {"body": "x", "colour": "red"}):
        send(github.url, "POST", path, body, headers={"authorization": f"Bearer {bot_token}"})
    good, bad = map(openapi.problems, github.exchanges)
    assert good == []
    assert bad == [f"POST {path}: body: Unevaluated properties are not allowed ('colour' was unexpected)"]


def test_every_example_loads() -> None:
    found = webhooks.examples("issues", "issue_comment", "pull_request")
    assert {"issues.opened", "issue_comment.created", "pull_request.synchronize"} <= set(map(str, found))
    assert len(found) > 60
    assert all(each.payload["repository"]["full_name"] for each in found)
    assert len(webhooks.examples()) > 300


def test_payloads_are_checked_against_the_schema() -> None:
    opened = [each for each in webhooks.examples("issues") if each.payload["action"] == "opened"]
    assert any(webhooks.problems(*each) == [] for each in opened)
    assert webhooks.problems("issues", {"action": "opened"})[0].endswith("'issue' is a required property")
    assert webhooks.problems("isues", {}) == ["there is no schema of an event 'isues'"]


def test_payloads_built_from_a_repository(repo: Repo) -> None:
    pull = repo.create_pull("Fix", by="contributor")
    issue = repo.create_issue("Crash", "It crashes", by="reporter")["number"]
    event = payloads.issues(repo, issue)
    assert (event["sender"]["login"], event["repository"]["full_name"]) == ("reporter", repo.full_name)
    comment = repo.comment(pull["number"], "/hls review", by="contributor")
    assert payloads.issue_comment(repo, pull["number"], comment)["issue"]["pull_request"]
    assert payloads.pull_request(repo, pull["number"])["pull_request"]["head"]["sha"] == pull["head"]["sha"]
