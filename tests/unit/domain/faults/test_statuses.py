"""What failures of GitHub mean: what holds of the whole table. Each of its rows is met on the wire, in the adapter's
tests.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.faults.errors import ThreadGone, ThreadUnavailable, TokenRefused, UpstreamError
from hls_action.domain.faults.fault import Disposition, Fault, disposition
from hls_action.domain.faults.statuses import ENDPOINTS, Endpoint, Meaning, contradicted, failure, is_limit, meaning

OF_THE_THREAD = {"issue", "pull", "comments", "post comment"}
AROUND_COMMENTS = {"post comment", "edit comment"}

endpoints = st.sampled_from(ENDPOINTS)
statuses = st.integers(400, 599)
messages = st.sampled_from(["", "Not Found", "issue is locked", "Repository was archived", "Issues are disabled"])


def faulted(status: int, message: str = "", *, limited: bool = False) -> Fault:
    return Fault("github", "status", message, status, rate_limited=limited)


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
    assert type(failure(endpoint, Fault("github", kind, "why"))) is UpstreamError  # type: ignore[arg-type]


@given(endpoints)
def test_what_the_token_may_not_do_names_the_cure(endpoint: Endpoint) -> None:
    for status, cures in ((401, ("github-token",)), (403, ("permissions: ",))):
        error = failure(endpoint, faulted(status, "Resource not accessible by integration"))
        assert any(cure in str(error) for cure in cures)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_words_make_no_limit_of_other_statuses(status: int) -> None:
    assert not is_limit(status, {"retry-after": "5"}, "You have exceeded a secondary rate limit")


@pytest.mark.parametrize("said", ["", "Resource not accessible by integration", "Unable to create: issue is locked."])
def test_a_403_that_is_no_limit(said: str) -> None:
    assert not is_limit(403, {"x-ratelimit-remaining": "12"}, said)


def test_what_a_thread_that_stands_makes_of_a_404() -> None:
    assert isinstance(contradicted("post comment", faulted(404)), TokenRefused)
    passing = contradicted("comments", faulted(404))
    assert isinstance(passing, UpstreamError)
    assert disposition(passing.fault) is Disposition.RETRY
