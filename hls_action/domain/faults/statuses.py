"""What each failure of GitHub means for what is being answered: one table, by the request and the status.

A status by itself says little. GitHub answers 404 for what was deleted and for what a token may not see, 403 for
locked conversations, missing permissions and rate limits, 422 for nonsense and for diffs that are too large. It is the
request that it answers which tells them apart.

Sources: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and the pages of the requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Literal, get_args

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
from hls_action.domain.faults.fault import Fault

Endpoint = Literal[
    "repository",
    "issue",
    "pull",
    "comments",
    "files",
    "compare",
    "history",
    "linked",
    "issues",
    "labels",
    "contents",
    "open threads",
    "labelled",
    "own issues",
    "closed issues",
    "run",
    "permission",
    "team",
    "team member",
    "user",
    "viewer",
    "add labels",
    "remove label",
    "set type",
    "add eyes",
    "remove eyes",
    "post comment",
    "edit comment",
    "fold",
    "open issue",
    "edit issue",
]
"""Every request that is sent to GitHub, by what it asks for or does."""
ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)


class Meaning(Enum):
    """What a failure says."""

    GONE = "gone"
    """The thread was deleted, unless the token sees nothing of the repository."""
    DELETED = "deleted"
    """What was to be changed was deleted: a comment or an issue of ours. The thread may well stand."""
    ABSENT = "absent"
    """There is no such thing, which is an answer."""
    REFUSED = "refused"
    """The thread takes no comments now, whoever writes them."""
    SWITCHED_OFF = "switched off"
    """The repository has no issues; it may have pull requests."""
    WITHHELD = "withheld"
    """GitHub does not say what a pull request changes: it is too much."""
    OPTIONAL = "optional"
    """It will not work, and the answer can do without."""
    CONFIGURATION = "configuration"
    """The token is wrong, or may not do it: maintainers can cure that."""
    PASSING = "passing"
    """It may work later."""
    FINAL = "final"
    """It will not work, whoever asks and however often."""


Row = Mapping[int, Meaning]

WORDS_OF_LIMITS = ("rate limit", "submitted too quickly", "abuse detection")
"""GitHub has called its secondary limit by each of these; servers of companies still use the last:
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"""
WORDS_OF_REFUSALS = {
    "blocked": "GitHub has blocked the account of the token, or the repository",
    "locked": "the conversation is locked",
    "archived": "the repository is archived",
}
"""By what GitHub says along with 403, why nobody, or not we, can write in a thread. The first that fits counts: one
of these words holds another."""
WORD_OF_SWITCHED_OFF = "disabled"
"""In "Issues are disabled for this repo" and "Issues has been disabled in this repository"."""

_REFUSALS = (400, 403, 404, 410, 422, 451)
_USUAL: Row = {401: Meaning.CONFIGURATION, 403: Meaning.CONFIGURATION} | dict.fromkeys((408, 409, 429), Meaning.PASSING)
_THREAD: Row = dict.fromkeys((404, 410), Meaning.GONE)
_OF_OURS: Row = dict.fromkeys((404, 410), Meaning.DELETED)
_OPTIONAL: Row = dict.fromkeys(_REFUSALS, Meaning.OPTIONAL)

TABLE: Mapping[Endpoint, Row] = {
    "repository": {404: Meaning.CONFIGURATION},
    "issue": _THREAD,
    "pull": _THREAD,
    "comments": _THREAD,
    "files": dict.fromkeys((404, 410, 422), Meaning.WITHHELD),
    "compare": dict.fromkeys((404, 422), Meaning.ABSENT),
    "history": _OPTIONAL,
    "linked": _OPTIONAL,
    "issues": _OPTIONAL,
    "labels": _OPTIONAL,
    "contents": {404: Meaning.ABSENT},
    "open threads": {404: Meaning.CONFIGURATION, 410: Meaning.SWITCHED_OFF},
    "labelled": _OPTIONAL,
    "own issues": _OPTIONAL,
    "closed issues": {404: Meaning.CONFIGURATION},
    "run": {**_OPTIONAL, 401: Meaning.OPTIONAL},
    "permission": {**_OPTIONAL, 404: Meaning.ABSENT},
    "team": {404: Meaning.CONFIGURATION},
    "team member": {404: Meaning.ABSENT},
    "user": {**_OPTIONAL, 401: Meaning.OPTIONAL},
    "viewer": {},
    "add labels": _OPTIONAL,
    "remove label": {**_OPTIONAL, 404: Meaning.ABSENT},
    "set type": _OPTIONAL,
    "add eyes": _OPTIONAL,
    "remove eyes": {**_OPTIONAL, 404: Meaning.ABSENT},
    "post comment": _THREAD,
    "edit comment": _OF_OURS,
    "fold": {**_OPTIONAL, **_OF_OURS},
    "open issue": _OPTIONAL,
    "edit issue": {**_OPTIONAL, **_OF_OURS},
}
"""What is not in a request's row is as usual, and what is not there, either, is final."""

_WRITES_COMMENTS: tuple[Endpoint, ...] = ("post comment", "edit comment")
_ISSUES = "'permissions: issues: write' and 'pull-requests: write'"
_NEEDS: Mapping[Endpoint, str] = {
    "compare": "'permissions: contents: read'",
    "contents": "'permissions: contents: read'",
    "run": "'permissions: actions: read'",
}
_WRONG = "check the input 'github-token': GitHub does not accept the token"
_BLIND = "give 'github-token' a token that can read this repository: the current one cannot see it"
_READ_ONLY = "let the token write issues and pull requests: it can read this thread but not comment on it"


def is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    """Whether GitHub refuses a request for now, because there were too many. ``headers``: by their names in lower case.

    A 422 can be one, too: "was submitted too quickly" comes as a failed validation.
    """
    if status == 429:
        return True
    if status == 403 and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"):
        return True
    return status in (403, 422) and any(words in said.lower() for words in WORDS_OF_LIMITS)


def meaning(endpoint: Endpoint, fault: Fault) -> Meaning:
    """Look a failure up in the table."""
    status, said = fault.status or 0, fault.message.lower()
    if fault.kind != "status" or fault.rate_limited or status >= 500:
        return Meaning.PASSING
    if status == 403 and endpoint in _WRITES_COMMENTS and any(word in said for word in WORDS_OF_REFUSALS):
        return Meaning.REFUSED
    found = TABLE[endpoint].get(status) or _USUAL.get(status) or Meaning.FINAL
    switched_off = status == 410 and WORD_OF_SWITCHED_OFF in said
    if found is Meaning.GONE and switched_off:
        return Meaning.REFUSED
    return Meaning.FINAL if found is Meaning.SWITCHED_OFF and not switched_off else found


def failure(endpoint: Endpoint, fault: Fault) -> HLSError:
    """The error that a failure is, for those who asked."""
    match meaning(endpoint, fault):
        case Meaning.GONE:
            return ThreadGone(f"{fault} (deleted or moved)")
        case Meaning.DELETED:
            return Deleted(fault)
        case Meaning.REFUSED:
            return ThreadUnavailable(_why_refused(fault))
        case Meaning.WITHHELD:
            return FilesWithheld(fault)
        case Meaning.OPTIONAL:
            return Dispensable(fault, advice(endpoint, fault))
        case Meaning.CONFIGURATION:
            return TokenRefused(fault, advice(endpoint, fault), sees_nothing=fault.status in (401, 404))
        case _:
            return UpstreamError(fault)


def contradicted(endpoint: Endpoint, fault: Fault) -> HLSError:
    """The error, where the failure says that a thread is gone, and the thread was seen to stand all the same."""
    if endpoint == "post comment":  # GitHub answers 404 to tokens that may only read
        return TokenRefused(fault, _READ_ONLY)
    return UpstreamError(replace(fault, should_retry=True))


def advice(endpoint: Endpoint, fault: Fault) -> str:
    """What maintainers can do about it, or ``""``."""
    if fault.status == 401:
        return _WRONG
    if fault.status == 403:
        who = "the job" if "by integration" in fault.message else "the token of 'github-token'"
        return f"{who} needs {_NEEDS.get(endpoint, _ISSUES)}"
    return _BLIND if meaning(endpoint, fault) is Meaning.CONFIGURATION else ""


def _why_refused(fault: Fault) -> str:
    said = fault.message.lower()
    if fault.status == 410:
        return "issues are disabled in this repository"
    return next(meant for word, meant in WORDS_OF_REFUSALS.items() if word in said)
