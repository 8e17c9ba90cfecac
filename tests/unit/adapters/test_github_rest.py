"""GitHub's odder answers. What an orderly GitHub does, `tests/contract` covers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hls_action.adapters.github.rest import RestGitHub
from hls_action.domain.errors import ConfigError
from hls_action.domain.faults.errors import CoolingDown, Deleted, Dispensable, ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_pages import IssueQuery
from hls_action.domain.threads.facts import History, Linked
from hls_action.domain.threads.thread import Author, ChangedFile
from hls_action.resilience.limiter import Limiter
from hls_action.resilience.retry import Retrier
from tests.fakes import FakeClock
from tests.standins import graphql_api
from tests.standins.exchange import Request
from tests.unit.adapters.loopback import Loopback, Reply

PUSHED = "2026-11-02T09:00:00+00:00"
THREAD = "/repos/o/r/issues/7"
COMMENTS = f"{THREAD}/comments"
SETTINGS = "/repos/o/r/contents/.github/hls.yml"
HTML = Reply(b"<html><body>Please sign in</body></html>", 200, {"content-type": "text/html"})
NOW = "Mon, 02 Nov 2026 09:00:00 GMT"
RESET = "1793610030"  # half a minute after NOW


@pytest.fixture
def github(server: Loopback) -> RestGitHub:
    return RestGitHub(server.url, "ghs_secret", "o/r", job_token=True, is_real=False)


def error_of(github: RestGitHub) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        github.thread(ThreadId(7), is_pull=False)
    return caught.value


def fault_of(github: RestGitHub) -> Fault:
    return error_of(github).fault


def issue(server: Loopback) -> Reply:
    return Reply(
        {
            "url": f"{server.url}{THREAD}",
            "repository_url": f"{server.url}/repos/o/r",
            "number": 7,
            "title": "Export crashes",
            "body": None,
            "user": {"login": "ann", "type": "User"},
            "state": "open",
            "created_at": "2026-11-02T09:00:00Z",
            "updated_at": "2026-11-02T09:00:00Z",
            "comments": 0,
        }
    )


# ---- how long to wait ----


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        pytest.param(429, {"retry-after": "1.5"}, 1.5, id="a decimal"),
        pytest.param(403, {"retry-after": "60"}, 60.0, id="the secondary limit"),
        pytest.param(429, {"retry-after": "-3"}, 0.0, id="in the past"),
        pytest.param(429, {"retry-after": "soon"}, 60.0, id="no number"),
        pytest.param(429, {}, 60.0, id="nothing said"),
        pytest.param(
            429, {"retry-after": "Mon, 02 Nov 2026 09:01:30 GMT", "date": NOW}, 90.0, id="a date, by the server's clock"
        ),
        pytest.param(429, {"retry-after": "inf"}, 60.0, id="infinity"),
        pytest.param(429, {"retry-after": "1e12"}, 60.0, id="an exponent, which HTTP does not have"),
        pytest.param(429, {"retry-after": "9" * 500}, 604_800.0, id="longer than anything lasts"),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 30, "date": NOW},
            604_800.0,
            id="a reset that is never",
        ),
        pytest.param(
            403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": NOW}, 30.0, id="until the reset"
        ),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": "Mon, 02 Nov 2026 09:00:29 GMT"},
            1.0,
            id="by the server's clock",
        ),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": "Mon, 02 Nov 2026 10:00:00 GMT"},
            1.0,
            id="a reset that is over",
        ),
        pytest.param(403, {"x-ratelimit-remaining": "0", "date": NOW}, 60.0, id="no reset"),
        pytest.param(
            403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": "now"}, 60.0, id="no date"
        ),
        pytest.param(
            429,
            {"retry-after": "2", "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": NOW},
            2.0,
            id="both: what it asks for counts",
        ),
    ],
)
def test_how_long_a_limit_lasts(
    server: Loopback, github: RestGitHub, status: int, headers: dict[str, str], wait: float
) -> None:
    server.on(THREAD, Reply({"message": "API rate limit exceeded"}, status, headers))
    fault = fault_of(github)
    assert (fault.retry_after, fault.rate_limited, fault.may_have_taken_effect) == (wait, True, False)
    assert disposition(fault) is Disposition.RETRY


def test_a_refusal_is_no_limit(server: Loopback, github: RestGitHub) -> None:
    refused = {"message": "Resource not accessible by integration"}
    server.on(THREAD, Reply(refused, 403, {"x-ratelimit-remaining": "900"}))
    error = error_of(github)
    fault = error.fault
    assert (fault.retry_after, fault.rate_limited) == (None, False)
    assert str(error).startswith("the job needs 'permissions: issues: write' and 'pull-requests: write' (")
    assert disposition(fault) is Disposition.FAIL


@pytest.mark.parametrize("odd", ["inf", "-inf", "nan", "1e999", "", "soon", "9" * 5_000, "\u0661"])
def test_no_rate_limit_header_brings_a_request_down(server: Loopback, github: RestGitHub, odd: str) -> None:
    """PyGithub reads some of them itself, and stumbles."""
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")
    server.on(THREAD, replace(issue(server), headers={name: odd.encode().decode("latin-1") for name in names}))
    numbers = list[int]()
    with suppress(UpstreamError):
        numbers.append(github.thread(ThreadId(7), is_pull=False).number)
    assert numbers in ([], [7])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("number", value) for value in (-7, True, 7.0, "7", None, 2**63, 10**400)),
        *(("created_at", value) for value in ("", 5, "2026-11-02", "2026-11-02T09:00:00", "0001-01-01T00:00:00+14:00")),
        ("updated_at", "9999-12-31T23:59:59-14:00"),
        ("updated_at", "9999-12-31T23:59:59Z"),
    ],
)
def test_numbers_and_times_that_make_no_sense_are_unreadable(
    server: Loopback, github: RestGitHub, field: str, value: object
) -> None:
    right = issue(server)
    assert isinstance(right.body, dict)
    server.on(THREAD, Reply(right.body | {field: value}))
    fault = fault_of(github)
    assert (fault.kind, disposition(fault)) == ("unreadable", Disposition.RETRY)


@pytest.mark.parametrize("total", [-1, 10**400, True, "3", 1.5, None, []])
def test_a_count_that_makes_no_sense_is_none(server: Loopback, github: RestGitHub, total: object) -> None:
    right = issue(server)
    assert isinstance(right.body, dict)
    server.on(THREAD, Reply(right.body | {"comments": total}))
    assert github.thread(ThreadId(7), is_pull=False).comment_total == 0


# ---- when a fork was pushed to ----


@pytest.mark.parametrize(
    ("head", "pushed_at"),
    [
        pytest.param({"full_name": "ann/r", "pushed_at": PUSHED}, datetime.fromisoformat(PUSHED), id="a fork"),
        pytest.param({"full_name": "o/r", "pushed_at": PUSHED}, None, id="a branch: others push there, too"),
        pytest.param({"full_name": "ann/r", "pushed_at": None}, None, id="nobody tells"),
        pytest.param(None, None, id="a deleted fork"),
    ],
)
def test_when_the_head_of_a_pull_request_was_pushed_at_the_latest(
    server: Loopback, github: RestGitHub, head: object, pushed_at: datetime | None
) -> None:
    told = issue(server).body
    assert isinstance(told, dict)
    base = {"ref": "main", "repo": {"full_name": "o/r"}}
    pull = told | {"head": {"sha": "a" * 40, "ref": "fix", "repo": head}, "base": base}
    server.on("/repos/o/r/pulls/7", Reply(pull))
    found = github.thread(ThreadId(7), is_pull=True).pull
    assert found is not None
    assert found.pushed_at == pushed_at


# ---- a proxy's page in place of GitHub's answer ----


def test_a_page_in_place_of_a_thread_is_asked_for_again(server: Loopback, github: RestGitHub) -> None:
    server.on(THREAD, HTML, HTML, issue(server))
    clock = FakeClock()
    assert Retrier(clock, 100).call(lambda: github.thread(ThreadId(7), is_pull=False)).title == "Export crashes"
    assert (len(server.to(THREAD)), len(clock.slept)) == (3, 2)


@pytest.mark.parametrize("answer", [HTML, Reply({}), Reply([]), Reply(b"{"), Reply(b"null")])
def test_what_is_no_thread_is_unreadable(server: Loopback, github: RestGitHub, answer: Reply) -> None:
    server.on(THREAD, answer)
    fault = fault_of(github)
    assert (fault.kind, disposition(fault)) == ("unreadable", Disposition.RETRY)


@pytest.mark.parametrize("answer", [HTML, Reply({})])
def test_what_is_no_list_is_unreadable(server: Loopback, github: RestGitHub, answer: Reply) -> None:
    server.on(COMMENTS, answer)
    with pytest.raises(UpstreamError) as caught:
        github.comments(ThreadId(7))
    assert caught.value.fault.kind == "unreadable"


def test_a_page_in_place_of_the_configuration_is_no_fault_of_the_maintainers(
    server: Loopback, github: RestGitHub
) -> None:
    server.on(SETTINGS, HTML)
    with pytest.raises(UpstreamError) as caught:
        github.file(".github/hls.yml")
    assert caught.value.fault.kind == "unreadable"


def test_a_folder_in_place_of_the_configuration_is(server: Loopback, github: RestGitHub) -> None:
    server.on(SETTINGS, Reply([{"type": "file", "name": "x"}]))
    with pytest.raises(ConfigError, match="is not a text file"):
        github.file(".github/hls.yml")


def test_a_page_after_a_post_leaves_doubt(server: Loopback, github: RestGitHub) -> None:
    server.on(COMMENTS, HTML)
    with pytest.raises(UpstreamError) as caught:
        github.create_comment(ThreadId(7), "Hello")
    assert caught.value.fault.may_have_taken_effect


# ---- GraphQL ----


def graphql_error(github: RestGitHub) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        github.fold("IC_1")
    return caught.value


def graphql_fault(github: RestGitHub) -> Fault:
    return graphql_error(github).fault


def refused(message: str, kind: str = "", **more: object) -> Reply:
    """An answer of GraphQL: its status says nothing of what went wrong."""
    error = ({"type": kind} if kind else {}) | {"path": ["minimizeComment"], "message": message} | more
    return Reply({"data": {"minimizeComment": None}, "errors": [error]})


FOLDED = Reply({"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}})


def test_a_comment_is_folded_by_one_request_that_fits_the_schema(server: Loopback, github: RestGitHub) -> None:
    server.on("/graphql", FOLDED)
    github.fold("IC_1")
    (asked,) = server.asked
    assert (asked.method, asked.json["variables"]) == (
        "POST",
        {"input": {"subjectId": "IC_1", "classifier": "OUTDATED"}},
    )
    assert graphql_api.problems(Request(asked.method, asked.path, {}, asked.body)) == []


@pytest.mark.parametrize(
    ("root", "path"),
    [("", "/graphql"), ("/api/v3", "/api/graphql"), ("/api/v3/", "/api/graphql")],
    ids=["github.com and a loopback server", "GitHub Enterprise Server", "with a slash"],
)
def test_where_graphql_is(server: Loopback, root: str, path: str) -> None:
    server.on(path, FOLDED)
    RestGitHub(server.url + root, "ghs_secret", "o/r", job_token=True, is_real=False).fold("IC_1")
    assert [asked.path for asked in server.asked] == [path]


AROUND = {"nameWithOwner": "o/r", "thread": {"timelineItems": {"nodes": []}, "closing": {"nodes": []}}}
FORBIDDEN = {"type": "FORBIDDEN", "path": ["repository", "thread", "head", "nodes", 0], "message": "Not for you"}


def test_the_history_of_a_thread_is_one_request_that_fits_the_schema(server: Loopback, github: RestGitHub) -> None:
    server.on("/graphql", Reply({"data": {"repository": AROUND}}))
    assert github.history(ThreadId(7)) == History()
    (asked,) = server.asked
    assert asked.json["variables"] == {"owner": "o", "name": "r", "number": 7}
    assert graphql_api.problems(Request(asked.method, asked.path, {}, asked.body)) == []


def test_what_the_token_may_not_read_of_the_history_is_named(server: Loopback, github: RestGitHub) -> None:
    server.on("/graphql", Reply({"data": {"repository": AROUND}, "errors": [FORBIDDEN]}))
    assert github.history(ThreadId(7)) == History(unread=("checks",))


def test_of_numbers_that_nothing_has_the_others_are_read(server: Loopback, github: RestGitHub) -> None:
    gone = {"type": "NOT_FOUND", "path": ["repository", "n4"], "message": "Could not resolve"}
    issue = {"number": 3, "title": "T", "body": "B", "issueState": "OPEN", "authorAssociation": "NONE"}
    known = {"nameWithOwner": "o/r", "n3": {**issue, "repository": {"nameWithOwner": "o/r"}}, "n4": None}
    server.on("/graphql", Reply({"data": {"repository": known}, "errors": [gone]}))
    assert github.linked((3, 4)) == (Linked(3, "T", "B", Author("ghost"), "open"),)
    assert github.linked((4,)) == ()
    assert [asked.json["variables"] for asked in server.asked] == [{"owner": "o", "name": "r"}] * 2


LISTED = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
NO_ISSUE = {"type": "NOT_FOUND", "path": ["repository", "n4"], "message": "Could not resolve"}
BROKEN = {"path": ["repository", "n3"], "message": "Something went wrong"}


def test_of_issues_only_those_that_github_cannot_find_are_gone(server: Loopback, github: RestGitHub) -> None:
    known = {"nameWithOwner": "o/r", "hasIssuesEnabled": True, "issues": LISTED, "n3": None, "n4": None}
    server.on("/graphql", Reply({"data": {"repository": known}, "errors": [BROKEN, NO_ISSUE]}))
    assert github.issues(IssueQuery(check=(3, 4))).gone == {4}


def test_a_list_of_issues_that_the_token_may_not_read_is_none(server: Loopback, github: RestGitHub) -> None:
    refused = {"type": "FORBIDDEN", "path": ["repository", "issues"], "message": "Not for you"}
    known = {"nameWithOwner": "o/r", "hasIssuesEnabled": True, "issues": None}
    server.on("/graphql", Reply({"data": {"repository": known}, "errors": [refused]}))
    with pytest.raises(Dispensable, match="Not for you"):
        github.issues(IssueQuery())


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"data": {"repository": None}, "errors": [FORBIDDEN]}, id="nothing is told"),
        pytest.param({"data": {"repository": AROUND}, "errors": [{**FORBIDDEN, "type": "RATE_LIMIT"}]}, id="a limit"),
        pytest.param({"data": {"repository": {**AROUND, "thread": 7}}}, id="not GitHub's"),
        pytest.param([], id="no object"),
    ],
)
def test_a_history_that_cannot_be_read_is_an_error(server: Loopback, github: RestGitHub, answer: object) -> None:
    server.on("/graphql", Reply(answer))
    with pytest.raises(UpstreamError):
        github.history(ThreadId(7))


def test_a_comment_that_is_gone_for_graphql(server: Loopback, github: RestGitHub) -> None:
    server.on("/graphql", refused("Could not resolve to a node with the global id of 'IC_1'", "NOT_FOUND"))
    with pytest.raises(Deleted, match="Could not resolve to a node"):
        github.fold("IC_1")


def test_a_job_that_may_not_fold_is_told_what_it_lacks(server: Loopback, github: RestGitHub) -> None:
    server.on("/graphql", refused("Resource not accessible by integration", "FORBIDDEN"))
    error = graphql_error(github)
    fault = error.fault
    assert (fault.status, fault.code, disposition(fault)) == (403, "FORBIDDEN", Disposition.FAIL)
    assert "permissions: issues: write" in str(error)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(refused("The required scopes are: ['repo']", "INSUFFICIENT_SCOPES"), "INSUFFICIENT_SCOPES"),
        pytest.param(refused("It is not a comment", "UNPROCESSABLE"), "UNPROCESSABLE"),
        pytest.param(
            Reply({"errors": [{"message": "No such field", "extensions": {"code": "undefinedField"}}]}),
            "undefinedField",
            id="a query that does not fit",
        ),
    ],
)
def test_what_graphql_will_never_do(server: Loopback, github: RestGitHub, answer: Reply, code: str) -> None:
    server.on("/graphql", answer)
    fault = graphql_fault(github)
    assert (fault.kind, fault.code, fault.may_have_taken_effect) == ("status", code, False)
    assert disposition(fault) is Disposition.FAIL


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_a_rate_limit_of_graphql_is_one(server: Loopback, kind: str) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET, "date": NOW}
    limited = refused("API rate limit exceeded for installation ID 1.", kind)
    server.on("/graphql", replace(limited, headers=headers))
    clock = FakeClock()
    pacer = Limiter(clock, "github", lambda: 0.0)
    github = RestGitHub(server.url, "ghs_secret", "o/r", job_token=True, is_real=False, limiter=pacer)
    fault = graphql_fault(github)
    assert (fault.rate_limited, fault.retry_after, fault.may_have_taken_effect) == (True, 30.0, False)
    assert disposition(fault) is Disposition.RETRY
    with pytest.raises(CoolingDown):
        github.fold("IC_1")
    assert len(server.asked) == 1, "the limiter learned of it, and sends nothing more"


@pytest.mark.parametrize("message", ["Something went wrong while executing your query.", ""])
def test_an_error_of_graphql_without_a_name_is_tried_again(server: Loopback, github: RestGitHub, message: str) -> None:
    server.on("/graphql", refused(message), FOLDED)
    Retrier(FakeClock(), 100).call(lambda: github.fold("IC_1"))
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        Reply({}),
        Reply([]),
        Reply(b"{"),
        Reply(b"null"),
        Reply({"data": None}),
        Reply({"data": []}),
        Reply({"data": {"minimizeComment": None}}),
        Reply({"data": {"minimizeComment": {"minimizedComment": {"isMinimized": False}}}}),
        Reply({"errors": "many"}),
        Reply({"errors": []}),
    ],
)
def test_what_is_no_answer_of_graphql_is_unreadable(server: Loopback, github: RestGitHub, answer: Reply) -> None:
    server.on("/graphql", answer)
    fault = graphql_fault(github)
    assert (fault.kind, disposition(fault)) == ("unreadable", Disposition.RETRY)


def test_a_token_whose_login_only_graphql_tells(server: Loopback) -> None:
    server.on("/user", Reply({"message": "Resource not accessible by integration"}, 403))
    server.on("/graphql", Reply({"data": {"viewer": {"login": "octo[bot]"}}}))
    github = RestGitHub(server.url, "ghs_secret", "o/r", job_token=False, is_real=False)
    assert github.is_own("octo[bot]")
    (asked,) = server.to("/graphql")
    assert graphql_api.problems(Request(asked.method, asked.path, {}, asked.body)) == []


# ---- threads that take no comment ----


def test_a_locked_thread_takes_no_comment(server: Loopback, github: RestGitHub) -> None:
    server.on(COMMENTS, Reply({"message": "Unable to create comment because issue is locked."}, 403))
    with pytest.raises(ThreadUnavailable, match="locked"):
        github.create_comment(ThreadId(7), "Too late")


def test_a_thread_that_was_moved(server: Loopback, github: RestGitHub) -> None:
    moved = issue(server).body
    assert isinstance(moved, dict)
    server.on(THREAD, Reply(moved | {"repository_url": f"{server.url}/repos/o/elsewhere"}))
    server.on("/repos/o/r", Reply({"url": f"{server.url}/repos/o/r"}))
    with pytest.raises(ThreadUnavailable, match="moved to another repository"):
        github.thread(ThreadId(7), is_pull=False)


def test_a_thread_of_a_repository_that_was_renamed_meanwhile_is_still_this_ones(
    github: RestGitHub, server: Loopback
) -> None:
    renamed = f"{server.url}/repos/team/r2"
    server.on(THREAD, Reply(b"", 301, {"location": f"{server.url}/repositories/1/issues/7"}))
    server.on("/repositories/1/issues/7", Reply(issue(server).body | {"repository_url": renamed}))  # type: ignore[operator]
    server.on("/repos/o/r", Reply(b"", 301, {"location": f"{server.url}/repositories/1"}))
    server.on("/repositories/1", Reply({"url": renamed}))
    assert github.thread(ThreadId(7), is_pull=False).title == "Export crashes"


def test_a_renamed_file_and_what_it_was_called(server: Loopback, github: RestGitHub) -> None:
    renamed = {"filename": "new.py", "previous_filename": "old.py", "status": "renamed", "additions": 0, "deletions": 0}
    server.on("/repos/o/r/pulls/7/files", Reply([renamed]))
    assert github.files(ThreadId(7), 10) == (ChangedFile("new.py", "renamed", 0, 0, None, "old.py"),)


def compared(commits: int = 1, parents: int = 1, files: int = 1, **changes: object) -> Reply:
    """A comparison of two commits, with so many of everything."""
    commit = {"sha": "c" * 40, "parents": [{"sha": "d" * 40}] * parents}
    file = {"sha": "b1", "status": "added", "additions": 1, "deletions": 0}
    listed = [file | {"filename": f"{number}.py"} for number in range(files)]
    told = {"status": "ahead", "total_commits": commits, "commits": [commit] * min(commits, 250), "files": listed}
    return Reply(told | changes)


@pytest.mark.parametrize(
    ("answer", "whole", "ahead", "plain"),
    [
        pytest.param(compared(), True, True, True, id="a plain push"),
        pytest.param(compared(status="identical", commits=0), True, True, True, id="nothing"),
        pytest.param(compared(parents=2), True, True, False, id="with a merge"),
        pytest.param(compared(parents=0), True, True, False, id="with a second root"),
        pytest.param(compared(commits=250), True, True, True, id="as many commits as are listed"),
        pytest.param(compared(commits=251), True, True, False, id="more, of which nobody knows"),
        pytest.param(compared(status="diverged"), True, False, False, id="rebased"),
        pytest.param(compared(status="behind"), True, False, False, id="set back"),
        pytest.param(compared(files=299), True, True, True, id="fewer files than the limit"),
        pytest.param(compared(files=300), False, True, True, id="maybe more files"),
    ],
)
def test_what_a_comparison_tells(
    server: Loopback, github: RestGitHub, answer: Reply, whole: bool, ahead: bool, plain: bool
) -> None:
    server.on("/repos/o/r/compare/release/1.0%23a...abc", answer)
    found = github.changes("release/1.0#a", "abc")
    assert found is not None
    assert (found.is_complete, found.is_ahead, found.has_no_merges) == (whole, ahead, plain)
    assert found.files[0] == ChangedFile("0.py", "added", 1, 0, sha="b1")


@pytest.mark.parametrize("status", [404, 422])
def test_commits_that_cannot_be_compared(server: Loopback, github: RestGitHub, status: int) -> None:
    server.on("/repos/o/r/compare/abc...def", Reply({"message": "No common ancestor"}, status))
    assert github.changes("abc", "def") is None


@pytest.mark.parametrize("answer", [Reply({}), Reply([]), Reply(b"<html>", headers={"content-type": "text/html"})])
def test_what_is_no_comparison_is_unreadable(server: Loopback, github: RestGitHub, answer: Reply) -> None:
    server.on("/repos/o/r/compare/abc...def", answer)
    with pytest.raises(UpstreamError) as caught:
        github.changes("abc", "def")
    assert caught.value.fault.kind == "unreadable"


# ---- the list of threads ----


def listed(server: Loopback, link: str = "", date: str = NOW) -> Reply:
    entries = [{"number": 7, "updated_at": "2026-11-02T08:00:00Z"}]
    return Reply(entries, 200, {"link": link, "date": date})


@pytest.mark.parametrize(
    ("link", "is_last", "total"),
    [
        pytest.param("", True, 1, id="one page"),
        pytest.param('<https://x/issues?page=2>; rel="next"', False, 2, id="another"),
        pytest.param('<https://x/i?page=2>; rel="next", <https://x/i?a=b&page=9>; rel="last"', False, 801, id="many"),
    ],
)
def test_a_page_of_threads_says_how_many_there_are_at_least(
    github: RestGitHub, server: Loopback, link: str, is_last: bool, total: int
) -> None:
    server.on("/repos/o/r/issues", listed(server, link))
    found = github.open_threads(datetime(2026, 11, 1, tzinfo=UTC))
    assert (found.is_last, found.total, [ref.id.number for ref in found.refs]) == (is_last, total, [7])


@pytest.mark.parametrize(("date", "at"), [(NOW, datetime(2026, 11, 2, 9, tzinfo=UTC)), ("soon", None)])
def test_a_page_of_threads_tells_githubs_time(
    github: RestGitHub, server: Loopback, date: str, at: datetime | None
) -> None:
    server.on("/repos/o/r/issues", listed(server, date=date))
    assert github.open_threads(datetime(2026, 11, 1, tzinfo=UTC)).at == at


def test_a_type_that_github_drops_without_a_word_is_told(server: Loopback, github: RestGitHub) -> None:
    """Without the right to write it answers as if all were well."""
    server.on("PATCH /repos/o/r/issues/7", Reply({"number": 7, "type": None}))
    with pytest.raises(Dispensable, match="did not change"):
        github.set_type(ThreadId(7), "Bug")
    (asked,) = server.to("/repos/o/r/issues/7")
    assert asked.json == {"type": "Bug"}


# ---- closed issues ----


def closed(server: Loopback, number: int, *labels: str, **more: object) -> dict[str, object]:
    raw = issue(server).body
    assert isinstance(raw, dict)
    return {**raw, "number": number, "state": "closed", "labels": [{"name": name} for name in labels], **more}


def test_the_newest_closed_issues_that_have_labels(github: RestGitHub, server: Loopback) -> None:
    entries = [
        closed(server, 9, "bug", state_reason="duplicate"),
        closed(server, 8, "bug", pull_request={"url": "x"}),
        closed(server, 7),
        closed(server, 6, "question", state_reason="completed"),
        closed(server, 5, "bug"),
    ]
    server.on("/repos/o/r/issues", Reply(entries))
    found = github.closed_issues(2)
    assert [(each.thread.number, each.thread.labels, each.is_duplicate) for each in found] == [
        (9, ("bug",), True),
        (6, ("question",), False),
    ]
    (asked,) = server.asked
    query = asked.path.partition("?")[2].split("&")
    assert {"state=closed", "sort=created", "direction=desc", "per_page=100"} <= set(query)


def test_as_many_pages_of_closed_issues_as_it_takes(github: RestGitHub, server: Loopback) -> None:
    link = {"link": f'<{server.url}/repos/o/r/issues?page=2>; rel="next"'}
    pages = [Reply([closed(server, 9)], headers=link), Reply([closed(server, 8, "bug")], headers=link)]
    server.on("/repos/o/r/issues", *pages)
    assert [each.thread.number for each in github.closed_issues(1)] == [8]
    assert len(server.asked) == 2, "the third page is not asked for"
