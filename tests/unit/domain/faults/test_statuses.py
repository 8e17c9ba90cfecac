"""What failures of GitHub mean: what holds of the whole table. Each of its rows is met on the wire, in the adapter's
tests.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import (
    Deleted,
    Dispensable,
    FilesWithheld,
    ThreadGone,
    ThreadUnavailable,
    TokenRefused,
    UpstreamError,
)
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from hls_action.domain.faults.statuses import (
    ENDPOINTS,
    Endpoint,
    Meaning,
    advice,
    contradicted,
    failure,
    is_limit,
    meaning,
)

OF_THE_THREAD = {"issue", "pull", "comments", "post comment"}
AROUND_COMMENTS = {"post comment", "edit comment"}

endpoints = st.sampled_from(ENDPOINTS)
statuses = st.integers(400, 599)
messages = st.sampled_from(["", "Not Found", "issue is locked", "Repository was archived", "Issues are disabled"])


NOT_OURS = "Resource not accessible by integration"


def faulted(status: int, message: str = "", *, limited: bool = False) -> Fault:
    return Fault("github", "status", message, status, rate_limited=limited)


# ---- the table ----

MEANINGS = {
    "G": Meaning.GONE,
    "D": Meaning.DELETED,
    "a": Meaning.ABSENT,
    "W": Meaning.WITHHELD,
    "o": Meaning.OPTIONAL,
    "C": Meaning.CONFIGURATION,
    "p": Meaning.PASSING,
    ".": Meaning.FINAL,
}
STATUSES = (400, 401, 403, 404, 408, 409, 410, 418, 422, 429, 451, 499, 500, 503)
MEANT: dict[Endpoint, str] = {
    "repository": ". C C C p p . . . p . . p p",
    "issue": ". C C G p p G . . p . . p p",
    "pull": ". C C G p p G . . p . . p p",
    "comments": ". C C G p p G . . p . . p p",
    "files": ". C C W p p W . W p . . p p",
    "compare": ". C C a p p . . a p . . p p",
    "history": "o C o o p p o . o p o . p p",
    "linked": "o C o o p p o . o p o . p p",
    "issues": "o C o o p p o . o p o . p p",
    "labels": "o C o o p p o . o p o . p p",
    "contents": ". C C a p p . . . p . . p p",
    "open threads": ". C C C p p . . . p . . p p",
    "labelled": "o C o o p p o . o p o . p p",
    "own issues": "o C o o p p o . o p o . p p",
    "closed issues": ". C C C p p . . . p . . p p",
    "run": "o o o o p p o . o p o . p p",
    "permission": "o C o a p p o . o p o . p p",
    "team": ". C C C p p . . . p . . p p",
    "team member": ". C C a p p . . . p . . p p",
    "user": "o o o o p p o . o p o . p p",
    "viewer": ". C C . p p . . . p . . p p",
    "add labels": "o C o o p p o . o p o . p p",
    "remove label": "o C o a p p o . o p o . p p",
    "set type": "o C o o p p o . o p o . p p",
    "add eyes": "o C o o p p o . o p o . p p",
    "remove eyes": "o C o a p p o . o p o . p p",
    "post comment": ". C C G p p G . . p . . p p",
    "edit comment": ". C C D p p D . . p . . p p",
    "fold": "o C o D p p D . o p o . p p",
    "open issue": "o C o o p p o . o p o . p p",
    "edit issue": "o C o D p p D . o p o . p p",
}


@pytest.mark.parametrize(("endpoint", "meant"), MEANT.items())
def test_what_each_status_of_each_request_means(endpoint: Endpoint, meant: str) -> None:
    found = [meaning(endpoint, faulted(status)) for status in STATUSES]
    assert found == [MEANINGS[letter] for letter in meant.split()]


def test_every_request_is_in_the_table_above() -> None:
    assert tuple(MEANT) == ENDPOINTS


@pytest.mark.parametrize(
    ("endpoint", "status", "message", "meant"),
    [
        ("post comment", 403, "Unable to create comment because issue is Locked.", Meaning.REFUSED),
        ("edit comment", 403, "Repository was archived so is read-only.", Meaning.REFUSED),
        ("edit comment", 404, "locked", Meaning.DELETED),
        ("add labels", 403, "issue is locked", Meaning.OPTIONAL),
        ("post comment", 403, NOT_OURS, Meaning.CONFIGURATION),
        ("issue", 410, "Issues are Disabled for this repo", Meaning.REFUSED),
        ("issue", 404, "disabled", Meaning.GONE),
        ("open threads", 410, "Issues has been disabled in this repository.", Meaning.SWITCHED_OFF),
        ("open threads", 410, "Gone", Meaning.FINAL),
        ("edit comment", 410, "disabled", Meaning.DELETED),
    ],
)
def test_what_is_told_by_words(endpoint: Endpoint, status: int, message: str, meant: Meaning) -> None:
    assert meaning(endpoint, faulted(status, message)) is meant


@pytest.mark.parametrize(
    ("endpoint", "fault", "error", "said"),
    [
        ("issue", faulted(404, "Not Found"), ThreadGone, "GitHub answered 404: Not Found (deleted or moved)"),
        ("edit comment", faulted(404, "Not Found"), Deleted, "GitHub answered 404: Not Found"),
        (
            "post comment",
            faulted(403, "Your account was Blocked"),
            ThreadUnavailable,
            "GitHub has blocked the account of the token, or the repository",
        ),
        ("post comment", faulted(403, "is locked"), ThreadUnavailable, "the conversation is locked"),
        ("post comment", faulted(403, "was archived"), ThreadUnavailable, "the repository is archived"),
        ("pull", faulted(410, "disabled"), ThreadUnavailable, "issues are disabled in this repository"),
        ("files", faulted(422, "Too large"), FilesWithheld, "GitHub answered 422: Too large"),
        ("labels", faulted(422, "No"), Dispensable, "GitHub answered 422: No"),
        (
            "run",
            faulted(403, NOT_OURS),
            Dispensable,
            f"the job needs 'permissions: actions: read' (GitHub answered 403: {NOT_OURS})",
        ),
        (
            "contents",
            faulted(403, NOT_OURS),
            TokenRefused,
            f"the job needs 'permissions: contents: read' (GitHub answered 403: {NOT_OURS})",
        ),
        (
            "compare",
            faulted(403, "No"),
            TokenRefused,
            "the token of 'github-token' needs 'permissions: contents: read' (GitHub answered 403: No)",
        ),
        (
            "issue",
            faulted(403, "No"),
            TokenRefused,
            (
                "the token of 'github-token' needs 'permissions: issues: write' and 'pull-requests: write' (GitHub"
                " answered 403: No)"
            ),
        ),
        (
            "issue",
            faulted(401, "Bad credentials"),
            TokenRefused,
            "check the input 'github-token': GitHub does not accept the token (GitHub answered 401: Bad credentials)",
        ),
        (
            "repository",
            faulted(404, "Not Found"),
            TokenRefused,
            (
                "give 'github-token' a token that can read this repository: the current one cannot see it"
                " (GitHub answered 404: Not Found)"
            ),
        ),
        ("issue", faulted(418, "No"), UpstreamError, "GitHub answered 418: No"),
    ],
)
def test_what_is_said_of_a_failure(endpoint: Endpoint, fault: Fault, error: type[HLSError], said: str) -> None:
    found = failure(endpoint, fault)
    assert type(found) is error
    assert f"{found.message} ({found.cause})" == said if found.cause else found.message == said


@pytest.mark.parametrize(("status", "blind"), [(401, True), (403, False), (404, True)])
def test_a_token_that_sees_nothing_is_told_from_one_that_may_not_write(status: int, blind: bool) -> None:
    error = failure("repository", faulted(status))
    assert isinstance(error, TokenRefused)
    assert error.sees_nothing is blind


def test_nothing_is_advised_where_nothing_helps() -> None:
    assert advice("labels", faulted(404)) == advice("issue", faulted(404)) == advice("files", faulted(500)) == ""


# ---- what holds of all of it ----


@given(endpoints, statuses, messages)
def test_only_a_request_for_the_thread_says_that_it_is_gone(endpoint: Endpoint, status: int, message: str) -> None:
    error = failure(endpoint, faulted(status, message))
    if isinstance(error, ThreadGone):
        assert endpoint in OF_THE_THREAD
        assert status in (404, 410)
    elif isinstance(error, ThreadUnavailable):
        assert endpoint in OF_THE_THREAD | AROUND_COMMENTS
        assert status in (403, 410)


@given(endpoints, statuses, messages)
def test_what_passes_here_is_what_is_tried_again(endpoint: Endpoint, status: int, message: str) -> None:
    fault = faulted(status, message)
    error = failure(endpoint, fault)
    passes = isinstance(error, UpstreamError) and disposition(error.fault) is Disposition.RETRY
    assert (meaning(endpoint, fault) is Meaning.PASSING) == passes


@given(endpoints, st.sampled_from([403, 422, 429]), messages)
def test_a_limit_is_never_taken_for_anything_else(endpoint: Endpoint, status: int, message: str) -> None:
    error = failure(endpoint, faulted(status, message, limited=True))
    assert type(error) is UpstreamError


@given(endpoints, st.sampled_from(["timeout", "connection", "unreadable", "unreachable"]))
def test_what_has_no_status_says_nothing_of_the_thread(endpoint: Endpoint, kind: str) -> None:
    fault = Fault("github", kind, "why")  # type: ignore[arg-type]
    assert meaning(endpoint, fault) is Meaning.PASSING
    assert type(failure(endpoint, fault)) is UpstreamError


@given(endpoints)
def test_what_the_token_may_not_do_names_the_cure(endpoint: Endpoint) -> None:
    for status, cures in ((401, ("github-token",)), (403, ("permissions: ",))):
        error = failure(endpoint, faulted(status, "Resource not accessible by integration"))
        assert any(cure in str(error) for cure in cures)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (429, {}, ""),
        (403, {"retry-after": "5"}, ""),
        (403, {"x-ratelimit-remaining": "0"}, ""),
        (403, {}, "You have exceeded a secondary Rate Limit"),
        (422, {}, "Validation Failed: was submitted too quickly"),
        (403, {}, "You have triggered an abuse detection mechanism"),
    ],
)
def test_how_github_says_that_there_were_too_many(status: int, headers: dict[str, str], said: str) -> None:
    assert is_limit(status, headers, said)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_words_make_no_limit_of_other_statuses(status: int) -> None:
    assert not is_limit(status, {"retry-after": "5"}, "You have exceeded a secondary rate limit")


@pytest.mark.parametrize("said", ["", "Resource not accessible by integration", "Unable to create: issue is locked."])
def test_a_403_that_is_no_limit(said: str) -> None:
    assert not is_limit(403, {"x-ratelimit-remaining": "12"}, said)


def test_what_a_thread_that_stands_makes_of_a_404() -> None:
    refused = contradicted("post comment", faulted(404))
    assert isinstance(refused, TokenRefused)
    assert not refused.sees_nothing
    assert refused.message == (
        "let the token write issues and pull requests: it can read this thread but not comment on it"
    )
    passing = contradicted("comments", faulted(404))
    assert isinstance(passing, UpstreamError)
    assert disposition(passing.fault) is Disposition.RETRY
