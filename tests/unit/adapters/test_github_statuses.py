"""What each failure of GitHub means: every request by every status, as the adapter meets them on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from hls_action.adapters.github.rest import JOB_LOGIN, RestGitHub
from hls_action.domain.errors import ConfigError, HLSError
from hls_action.domain.faults.errors import (
    Deleted,
    Dispensable,
    FilesWithheld,
    ThreadGone,
    ThreadUnavailable,
    TokenRefused,
    UpstreamError,
)
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.faults.statuses import ENDPOINTS, Endpoint
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_pages import IssueQuery
from tests.unit.adapters.loopback import Loopback, Reply

REPOSITORY = "/repos/o/r"
THREAD = f"{REPOSITORY}/issues/7"
COMMENTS = f"{THREAD}/comments"
PULL = f"{REPOSITORY}/pulls/7"
SEVEN = ThreadId(7)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOT_FOUND = Reply({"message": "Not Found"}, 404)
DELETED = Reply({"message": "This issue was deleted"}, 410)
SWITCHED_OFF = Reply({"message": "Issues has been disabled in this repository."}, 410)


@pytest.fixture
def github(server: Loopback) -> RestGitHub:
    server.on(REPOSITORY, Reply({"full_name": "o/r"}))
    server.on(THREAD, Reply(thread_at(server)))
    return RestGitHub(server.url, "ghs_secret", "o/r", job_token=True, is_real=False)


def thread_at(server: Loopback, number: int = 7) -> dict[str, object]:
    return {
        "url": f"{server.url}{REPOSITORY}/issues/{number}",
        "repository_url": f"{server.url}{REPOSITORY}",
        "number": number,
        "title": "Export crashes",
        "user": {"login": "ann", "type": "User"},
        "state": "open",
        "created_at": "2026-11-02T09:00:00Z",
        "updated_at": "2026-11-02T09:00:00Z",
    }


# ---- the table ----


@dataclass(frozen=True)
class Asking:
    """How a request comes about: what is answered to ``path``, and who ``asks``."""

    path: str
    asks: Callable[[RestGitHub], object]


STATUSES = "400 401 403 404 408 409 410 422 429 451 500 502 503"
LINES: dict[Endpoint, tuple[Asking, str]] = {
    "issue": (
        Asking(f"GET {THREAD}", lambda github: github.thread(SEVEN, is_pull=False)),
        "never token token gone wait wait gone never wait never wait wait wait",
    ),
    "pull": (
        Asking(f"GET {PULL}", lambda github: github.thread(SEVEN, is_pull=True)),
        "never token token gone wait wait gone never wait never wait wait wait",
    ),
    "comments": (  # while the thread stands
        Asking(f"GET {COMMENTS}", lambda github: github.comments(SEVEN)),
        "never token token wait wait wait wait never wait never wait wait wait",
    ),
    "files": (
        Asking(f"GET {PULL}/files", lambda github: github.files(SEVEN, 10)),
        "never token token withheld wait wait withheld withheld wait never wait wait wait",
    ),
    "history": (
        Asking("POST /graphql", lambda github: github.history(SEVEN)),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "linked": (
        Asking("POST /graphql", lambda github: github.linked((8,))),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "issues": (
        Asking("POST /graphql", lambda github: github.issues(IssueQuery())),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "labels": (
        Asking(f"GET {REPOSITORY}/labels", lambda github: github.labels()),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "contents": (
        Asking(f"GET {REPOSITORY}/contents/.github/hls.yml", lambda github: github.file(".github/hls.yml")),
        "never token token None wait wait never never wait never wait wait wait",
    ),
    "open threads": (
        Asking(f"GET {REPOSITORY}/issues", lambda github: github.open_threads(LONG_AGO, 10)),
        "never token token token wait wait never never wait never wait wait wait",
    ),
    "labelled": (
        Asking(f"GET {REPOSITORY}/issues", lambda github: github.labelled("bug")),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "own issues": (
        Asking(f"GET {REPOSITORY}/issues", lambda github: github.own_issue("<!-- hls:1 alerts/all -->")),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "closed issues": (
        Asking(f"GET {REPOSITORY}/issues", lambda github: github.closed_issues(10)),
        "never token token token wait wait never never wait never wait wait wait",
    ),
    "run": (
        Asking(f"GET {REPOSITORY}/actions/runs/5/attempts/1", lambda github: github.run_ended(5, 1)),
        "False False False False False False False False False False False False False",
    ),
    "permission": (
        Asking(f"GET {REPOSITORY}/collaborators/ann/permission", lambda github: github.permission("ann")),
        "without token without none wait wait without without wait without wait wait wait",
    ),
    "team member": (  # of a team that cannot be seen
        Asking("GET /orgs/org/teams/triage/memberships/ann", lambda github: github.is_in_team("org/triage", "ann")),
        "never config config config wait wait never never wait never wait wait wait",
    ),
    "user": (
        Asking("GET /user", lambda github: github.is_own(JOB_LOGIN.upper())),
        "True True True True wait wait True True wait True wait wait wait",
    ),
    "add labels": (
        Asking(f"POST {THREAD}/labels", lambda github: github.add_labels(SEVEN, ("bug",))),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "remove label": (
        Asking(f"DELETE {THREAD}/labels/needs%20info", lambda github: github.remove_label(SEVEN, "needs info")),
        "without token without None wait wait without without wait without wait wait wait",
    ),
    "set type": (
        Asking(f"PATCH {THREAD}", lambda github: github.set_type(SEVEN, "Bug")),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "add eyes": (
        Asking(f"POST {THREAD}/reactions", lambda github: github.add_eyes(SEVEN, None)),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "remove eyes": (
        Asking(f"DELETE {REPOSITORY}/issues/comments/31/reactions/5", lambda github: github.remove_eyes(SEVEN, 31, 5)),
        "without token without None wait wait without without wait without wait wait wait",
    ),
    "post comment": (  # while the thread stands
        Asking(f"POST {COMMENTS}", lambda github: github.create_comment(SEVEN, "Hello")),
        "never token token token wait wait token never wait never wait wait wait",
    ),
    "edit comment": (
        Asking(f"PATCH {REPOSITORY}/issues/comments/5", lambda github: github.update_comment(SEVEN, 5, "Hello")),
        "never token token deleted wait wait deleted never wait never wait wait wait",
    ),
    "fold": (
        Asking("POST /graphql", lambda github: github.fold("IC_1")),
        "without token without deleted wait wait deleted without wait without wait wait wait",
    ),
    "open issue": (
        Asking(f"POST {REPOSITORY}/issues", lambda github: github.create_issue("Title", "Body")),
        "without token without without wait wait without without wait without wait wait wait",
    ),
    "edit issue": (
        Asking(f"PATCH {THREAD}", lambda github: github.update_issue(7, "Body", is_open=True)),
        "without token without deleted wait wait deleted without wait without wait wait wait",
    ),
}
"""What comes of each of the `STATUSES`."""
ELSEWHERE = {"repository", "viewer", "compare", "team"}
"""Requests that have tests of their own: they are only sent because of others, or ask what changed since a commit."""


def test_every_request_has_its_line() -> None:
    assert LINES.keys() | ELSEWHERE == set(ENDPOINTS)


@pytest.mark.parametrize(
    ("asking", "status", "meaning"),
    [
        pytest.param(asking, int(status), meaning, id=f"{endpoint} {status}")
        for endpoint, (asking, line) in LINES.items()
        for status, meaning in zip(STATUSES.split(), line.split(), strict=True)
    ],
)
def test_what_a_status_means(server: Loopback, github: RestGitHub, asking: Asking, status: int, meaning: str) -> None:
    server.on(asking.path, Reply({"message": "Said so"}, status))
    assert outcome_of(github, asking) == meaning


@pytest.mark.parametrize("asking", [each for each, _ in LINES.values() if "actions" not in each.path])
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        pytest.param(403, {"retry-after": "60"}, {"message": "Forbidden"}, id="told when to come again"),
        pytest.param(403, {"x-ratelimit-remaining": "0"}, {"message": "Forbidden"}, id="nothing remains"),
        pytest.param(403, {}, {"message": "API rate limit exceeded for installation ID 1."}, id="the primary limit"),
        pytest.param(403, {}, {"message": "You have exceeded a secondary rate limit."}, id="the secondary limit"),
        pytest.param(
            403,
            {},
            {"message": "You have triggered an abuse detection mechanism. Please wait a few minutes."},
            id="as servers of companies call it",
        ),
        pytest.param(403, {}, {"message": "was submitted too quickly"}, id="too quickly"),
        pytest.param(
            422,
            {},
            {
                "message": "Validation Failed",
                "errors": [
                    {"resource": "IssueComment", "code": "unprocessable", "message": "was submitted too quickly"}
                ],
            },
            id="too quickly, as a failed validation",
        ),
    ],
)
def test_a_limit_is_one_however_it_is_worded(
    server: Loopback, github: RestGitHub, asking: Asking, status: int, headers: dict[str, str], said: dict[str, object]
) -> None:
    server.on(asking.path, Reply(said, status, headers))
    with pytest.raises(UpstreamError) as caught:
        asking.asks(github)
    fault = caught.value.fault
    assert (fault.rate_limited, fault.retry_after, fault.may_have_taken_effect) == (True, 60.0, False)
    assert disposition(fault) is Disposition.RETRY


def outcome_of(github: RestGitHub, asking: Asking) -> str:
    """In a word: what came of it, and for errors what they mean for whoever asked."""
    try:
        return f"{asking.asks(github)}"
    except HLSError as error:
        if isinstance(error, UpstreamError) and disposition(error.fault) is Disposition.RETRY:
            return "wait"
        words = {
            ThreadGone: "gone",
            Deleted: "deleted",
            FilesWithheld: "withheld",
            Dispensable: "without",
            TokenRefused: "token",
            ConfigError: "config",
            UpstreamError: "never",
        }
        return words[type(error)]


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirection_that_leads_nowhere_is_no_answer(server: Loopback, github: RestGitHub, status: int) -> None:
    for asking, _ in LINES.values():
        server.on(asking.path, Reply({"message": "Moved Permanently"}, status))
    found = {endpoint: outcome_of(github, asking) for endpoint, (asking, _) in LINES.items()}
    silent = {"run": "False", "add labels": "None", "edit issue": "None", "user": "False"}
    assert {name: word for name, word in found.items() if word != "wait"} == silent


# ---- who has write access, and who is in a team ----


@pytest.mark.parametrize("permission", ["admin", "write", "read", "none"])
def test_what_an_account_may_do(server: Loopback, github: RestGitHub, permission: str) -> None:
    server.on(f"{REPOSITORY}/collaborators/a%5Bbot%5D/permission", Reply({"permission": permission}))
    assert github.permission("a[bot]") == permission
    assert len(server.asked) == 1


MEMBERSHIP = "/orgs/org/teams/triage/memberships/ann"


@pytest.mark.parametrize(
    ("answer", "requests", "found"),
    [
        pytest.param(Reply({"state": "active", "role": "member"}), 1, True, id="a member"),
        pytest.param(Reply({"state": "pending"}), 1, False, id="one who is invited"),
        pytest.param(NOT_FOUND, 2, False, id="nobody, in a team that can be seen"),
    ],
)
def test_who_is_in_a_team(server: Loopback, github: RestGitHub, answer: Reply, requests: int, found: bool) -> None:
    server.on(MEMBERSHIP, answer)
    server.on("/orgs/org/teams/triage", Reply({"slug": "triage"}))
    assert github.is_in_team("org/triage", "ann") is found
    assert len(server.asked) == requests


def test_a_team_that_the_token_may_not_see_says_what_to_do(server: Loopback, github: RestGitHub) -> None:
    server.on(MEMBERSHIP, NOT_FOUND)
    with pytest.raises(ConfigError, match=r"^give 'github-token' a token that may read the members of @org/triage, or"):
        github.is_in_team("org/triage", "ann")


# ---- is the thread gone, or does the token see nothing? ----


@pytest.mark.parametrize("answer", [NOT_FOUND, DELETED], ids=["404", "410"])
@pytest.mark.parametrize(
    ("asks", "requests"),
    [
        pytest.param(lambda github: github.thread(SEVEN), 3, id="read"),
        pytest.param(lambda github: github.comments(SEVEN), 4, id="listed"),
        pytest.param(lambda github: github.create_comment(SEVEN, "Hello"), 4, id="answered"),
    ],
)
def test_a_thread_that_is_gone(
    server: Loopback, github: RestGitHub, answer: Reply, asks: Callable[[RestGitHub], object], requests: int
) -> None:
    server.on(THREAD, answer)
    server.on(COMMENTS, answer)
    with pytest.raises(ThreadGone, match=f"GitHub answered {answer.status}"):
        asks(github)
    assert len(server.to(REPOSITORY)) == 1, "one look at the repository"
    assert len(server.asked) == requests


@pytest.mark.parametrize(
    "asks",
    [
        pytest.param(lambda github: github.thread(SEVEN), id="read"),
        pytest.param(lambda github: github.comments(SEVEN), id="listed"),
        pytest.param(lambda github: github.create_comment(SEVEN, "Hello"), id="answered"),
    ],
)
def test_a_token_that_sees_nothing(server: Loopback, github: RestGitHub, asks: Callable[[RestGitHub], object]) -> None:
    server.replies.clear()  # so that everything is 404
    with pytest.raises(TokenRefused, match="give 'github-token' a token that can read this repository") as caught:
        asks(github)
    assert caught.value.sees_nothing


def test_a_thread_that_stands_costs_no_look(server: Loopback, github: RestGitHub) -> None:
    server.on(COMMENTS, Reply([]))
    github.thread(SEVEN)
    github.comments(SEVEN)
    assert [asked.path.partition("?")[0] for asked in server.asked] == [THREAD, COMMENTS]


def test_one_404_is_not_believed(server: Loopback, github: RestGitHub) -> None:
    """The token may have seen the repository only since, and a replica may not know a new thread yet."""
    server.on(THREAD, NOT_FOUND, Reply(thread_at(server)))
    assert github.thread(SEVEN).title == "Export crashes"


@pytest.mark.parametrize(
    ("look", "meaning"),
    [(Reply({}, 502), Disposition.RETRY), (Reply({"message": "Bad credentials"}, 401), Disposition.FAIL)],
)
def test_a_look_that_fails_tells_nothing_of_the_thread(
    server: Loopback, github: RestGitHub, look: Reply, meaning: Disposition
) -> None:
    server.on(THREAD, NOT_FOUND)
    server.on(REPOSITORY, look)
    with pytest.raises(UpstreamError) as caught:
        github.thread(SEVEN)
    assert (caught.value.fault.status, disposition(caught.value.fault)) == (look.status, meaning)


def test_a_token_that_may_read_and_not_comment(server: Loopback, github: RestGitHub) -> None:
    server.on(f"POST {COMMENTS}", NOT_FOUND)
    with pytest.raises(TokenRefused, match="let the token write issues and pull requests") as caught:
        github.create_comment(SEVEN, "Hello")
    assert not caught.value.sees_nothing


def test_a_token_that_github_does_not_accept(server: Loopback, github: RestGitHub) -> None:
    server.on(THREAD, Reply({"message": "Bad credentials"}, 401))
    with pytest.raises(TokenRefused, match=r"^check the input 'github-token'") as caught:
        github.thread(SEVEN)
    assert caught.value.sees_nothing


@pytest.mark.parametrize(
    ("said", "path", "asks", "needs"),
    [
        (
            "Resource not accessible by integration",
            THREAD,
            lambda g: g.thread(SEVEN),
            "the job needs 'permissions: issu",
        ),
        (
            "Resource not accessible by personal access token",
            THREAD,
            lambda g: g.thread(SEVEN),
            "the token of 'github-token' needs 'permissions: issues: write'",
        ),
        (
            "Resource not accessible by integration",
            f"{REPOSITORY}/contents/.github/hls.yml",
            lambda g: g.file(".github/hls.yml"),
            "the job needs 'permissions: contents: read'",
        ),
    ],
)
def test_what_a_token_lacks(
    server: Loopback, github: RestGitHub, said: str, path: str, asks: Callable[[RestGitHub], object], needs: str
) -> None:
    server.on(path, Reply({"message": said}, 403))
    with pytest.raises(TokenRefused) as caught:
        asks(github)
    assert str(caught.value).startswith(needs)


def test_a_login_that_nobody_tells_is_not_guessed(server: Loopback) -> None:
    """Taken for somebody else's, its own answers would be written once more."""
    github = RestGitHub(server.url, "ghp_secret", "o/r", job_token=False, is_real=False)
    with pytest.raises(UpstreamError):
        github.is_own("octo")


# ---- threads that take no comment, and repositories without issues ----


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Unable to create comment because issue is locked.", "the conversation is locked"),
        ("Repository was archived so is read-only.", "the repository is archived"),
        ("You have been blocked from commenting on this issue.", "GitHub has blocked"),
    ],
)
@pytest.mark.parametrize("endpoint", ["post comment", "edit comment"])
def test_a_thread_that_takes_no_comment(
    server: Loopback, github: RestGitHub, endpoint: Endpoint, said: str, meant: str
) -> None:
    asking, _ = LINES[endpoint]
    server.on(asking.path, Reply({"message": said}, 403))
    with pytest.raises(ThreadUnavailable, match=meant) as caught:
        asking.asks(github)
    assert not isinstance(caught.value, ThreadGone), "it may take one again"


def test_an_issue_where_issues_are_switched_off_is_not_gone(server: Loopback, github: RestGitHub) -> None:
    server.on(THREAD, SWITCHED_OFF)
    with pytest.raises(ThreadUnavailable, match="issues are disabled in this repository") as caught:
        github.thread(SEVEN)
    assert not isinstance(caught.value, ThreadGone)


def test_where_issues_are_switched_off_pull_requests_are_listed(server: Loopback, github: RestGitHub) -> None:
    server.on(f"{REPOSITORY}/issues", SWITCHED_OFF)
    times = ("2026-11-02T09:00:00Z", "2026-11-02T08:00:00Z", "2026-11-02T07:00:00Z", "2026-11-01T09:00:00Z")
    server.on(
        f"{REPOSITORY}/pulls",
        Reply([thread_at(server, 9 - place) | {"updated_at": when} for place, when in enumerate(times)]),
    )
    since = datetime(2026, 11, 2, tzinfo=UTC)
    page = github.open_threads(since)
    assert [ref.id.number for ref in page.refs] == [7, 8, 9], "the longest untouched first"
    assert (page.is_last, page.total) == (True, 3)
