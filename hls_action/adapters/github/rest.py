"""GitHub over REST, by PyGithub. One attempt a call: PyGithub's own retries would repeat a POST, so they are off.

What REST cannot do goes to GraphQL.

What a failure means is for the table in `domain.statuses` to say, never for a method here.

PyGithub's requester is used as it is, without the objects above it: a call is one request, or one a page of 100, and
never builds on an address that an answer's body holds. Of PyGithub only its modules are imported that are used here.
"""

from __future__ import annotations

import re
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, partial
from itertools import islice, takewhile
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote

import requests
from github.GithubException import GithubException
from github.Requester import Requester

from hls_action.domain.errors import ConfigError
from hls_action.domain.faults import statuses
from hls_action.domain.faults.certificates import REMEDY, untrusted
from hls_action.domain.faults.errors import Dispensable, ThreadGone, ThreadUnavailable, TokenRefused, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.faults.statuses import Endpoint, Meaning
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery, read_page
from hls_action.domain.limits.headers import answered_at, github_limits, github_pause
from hls_action.domain.threads import graphql
from hls_action.domain.threads.facts import History, Linked
from hls_action.domain.threads.rest_json import (
    Json,
    part,
    parts,
    read_author,
    read_comment,
    read_comparison,
    read_file,
    read_pull,
    read_ref,
    read_thread,
    text_of,
    whole_of,
)
from hls_action.domain.threads.thread import (
    ChangedFile,
    Comment,
    Comparison,
    Label,
    Thread,
    ThreadPage,
    ThreadRef,
)
from hls_action.ports import ONE, CallReport, RateLimiter

if TYPE_CHECKING:
    from github.Auth import Auth

    from hls_action.domain.evaluation.history import ClosedIssue

API_VERSION = "2022-11-28"
TIMEOUT_SECONDS = 20
PER_PAGE = 100
AT_ONCE = 8
"""How many pages of a list are asked for at once."""
FORESEEN = 40
"""How many more pages GitHub is believed to have, before it is asked again: nobody's comments or files fill as many."""
JOB_LOGIN = "github-actions[bot]"
"""Who the job's own token comments as: https://docs.github.com/actions/concepts/security/github_token"""

FOLD = """
mutation Fold($input: MinimizeCommentInput!) {
  minimizeComment(input: $input) {
    minimizedComment { isMinimized }
  }
}
"""
"""https://docs.github.com/graphql/reference/mutations#minimizecomment

It decides whether a comment is shown at once, and is not documented to mind that the comment is minimized already."""

STATUS_OF = {
    "NOT_FOUND": 404,
    "FORBIDDEN": 403,
    "INSUFFICIENT_SCOPES": 403,
    "RATE_LIMIT": 429,
    "RATE_LIMITED": 429,
}
"""What REST answers where GraphQL names such an error. GitHub has used both words for its rate limits."""
OTHER_ERROR = 422
"""GraphQL names an error that is not in the table, as for a query that it does not understand."""
UNNAMED_ERROR = 500
"""An error without a name is GitHub's own: "Something went wrong while executing your query"."""

UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, AttributeError, AssertionError, RuntimeError)
"""What reading raises of an answer that is not GitHub's. PyGithub itself overflows by a header that says ``inf``."""

Page = tuple[str, list[Json]]
"""The links beside a page of a list, and its entries."""
T = TypeVar("T")


class _Token:
    """What PyGithub's ``Auth.Token`` does, whose module imports nearly all others, and cryptography for its JWTs."""

    def __init__(self, token: str) -> None:
        self._token = token

    def authentication(self, headers: dict[str, str]) -> None:
        """Sign a request."""
        headers["Authorization"] = f"token {self._token}"

    def mask_authentication(self, headers: dict[str, str]) -> None:
        """Take the signature out of what PyGithub logs."""
        headers["Authorization"] = "token (removed)"


class RestGitHub:
    """One repository over REST. Safe to use from several threads: each has its own connection."""

    def __init__(
        self,
        api_url: str,
        token: str,
        repository: str,
        *,
        job_token: bool,
        is_real: bool = True,
        limiter: RateLimiter | None = None,
    ) -> None:
        """``job_token``: whether ``token`` is the job's own, whose login is known without asking.

        ``is_real``: whether ``api_url`` leads beyond this machine. ``limiter``: keeps requests within GitHub's limits.
        """
        self._limiter = limiter
        self.is_real = is_real
        self._api_url = api_url
        self._token = token
        self._name = repository
        self._path = f"/repos/{repository}"
        self._job_token = job_token
        self._local = threading.local()
        self._login = cache(self._ask_login)

    def is_own(self, login: str) -> bool:
        """Compare with the login of the token; the job's own is known, any other is asked for, once."""
        if self._job_token and login == JOB_LOGIN:
            return True
        return login.lower() == self._login().lower()

    def thread(self, thread: ThreadId, is_pull: bool | None = None) -> Thread:
        """Read the issue, or the pull request behind it: one request, two when nobody said that it is a pull.

        GitHub answers 404 for what a token may not see, too. Only where it shows the repository, and then says once
        more that there is no such thread, the thread is gone: two more requests, which only a 404 or 410 costs.
        """
        number = _number(thread)
        try:
            return self._thread(number, is_pull)
        except ThreadGone:
            with _translated("repository"):
                self._get(self._path)
            return self._thread(number, is_pull)

    def _thread(self, number: int, is_pull: bool | None) -> Thread:
        if not is_pull:
            with _translated("issue"):
                issue = self._here(self._get(f"{self._path}/issues/{number}"))
                if not isinstance(issue.get("pull_request"), dict):
                    return read_thread(issue)
        with _translated("pull"):
            raw = self._here(self._get(f"{self._path}/pulls/{number}"))
            return read_thread(raw, read_pull(raw))

    def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """All comments, oldest first, 100 a request. A 404 or 410 has the thread looked at."""
        path = f"{self._path}/issues/{_number(thread)}/comments"
        with _translated("comments", lambda: self.thread(thread)):
            return _once((read_comment(raw) for raw in self._pages(path, ahead=FORESEEN)), lambda comment: comment.id)

    def files(self, thread: ThreadId, limit: int) -> tuple[ChangedFile, ...]:
        """The first ``limit`` changed files, 100 a request."""
        path = f"{self._path}/pulls/{_number(thread)}/files"
        ahead = min(FORESEEN, -(-limit // PER_PAGE) - 1)
        with _translated("files"):
            found = islice(self._pages(path, ahead=ahead), limit)
            return _once(map(read_file, found), lambda file: file.path)

    def history(self, thread: ThreadId) -> History:
        """By GraphQL, which has in one answer what REST has in seven."""
        with _translated("history"):
            repository, errors, _ = self._known_of_repository(graphql.HISTORY, number=_number(thread))
            return graphql.read_history(repository, [field for path, _ in errors for field in path[:3]])

    def linked(self, numbers: tuple[int, ...]) -> tuple[Linked, ...]:
        """By GraphQL, all at once, and under this repository alone."""
        with _translated("linked"):
            repository, _, _ = self._known_of_repository(graphql.linked_query(numbers))
            return graphql.read_linked(repository, numbers)

    def issues(self, query: IssueQuery) -> IssuePage:
        """By GraphQL, whose list has no pull requests in it, and says who answered an issue."""
        with _translated("issues"):
            repository, errors, at = self._known_of_repository(query.graphql, "issues", **query.variables)
            return read_page(query, repository, [path[-1] for path, kind in errors if kind == "NOT_FOUND"], at)

    def _known_of_repository(
        self, query: str, needed: str = "", /, **variables: object
    ) -> tuple[Json, list[tuple[list[str], str]], datetime | None]:
        """What is told of the repository, and when; and which fields are not, with the kind of the error: where some
        fail, GraphQL answers the rest. ``needed``: the field without which all has failed.
        """
        owner, _, name = self._name.partition("/")
        body: dict[str, object] = {"query": query, "variables": {"owner": owner, "name": name, **variables}}
        check = partial(_check_repository, needed=needed)
        headers, answer = self._request("POST", self._requester.graphql_url, body=body, check=check)
        data = cast(Json, answer)
        failed = ((error.get("path"), text_of(error, "type")) for error in parts(data, "errors"))
        errors = [([str(field) for field in path], kind) for path, kind in failed if isinstance(path, list) and path]
        return part(part(data, "data"), "repository"), errors, answered_at(headers)

    def changes(self, base: str, head: str) -> Comparison | None:
        """By a comparison with three dots, which is against the merge base."""
        with _translated("compare"):
            raw = self._found("compare", f"{self._path}/compare/{quote(base)}...{quote(head)}")
            return read_comparison(raw) if raw is not None else None

    def labels(self) -> tuple[Label, ...]:
        """The repository's labels, 100 a request."""
        with _translated("labels"):
            found = self._pages(f"{self._path}/labels", ahead=FORESEEN)
            labels = (Label(text_of(raw, "name"), text_of(raw, "description")) for raw in found)
            return _once(labels, lambda label: label.name)

    def file(self, path: str) -> str | None:
        """A file of the default branch, whatever branch the event came from."""
        with _translated("contents"):
            raw = self._found("contents", f"{self._path}/contents/{quote(path)}")
            if raw is None:
                return None
        if isinstance(raw, dict) and "type" not in raw:
            raise UpstreamError(Fault("github", "unreadable", "an answer that is not GitHub's"))
        if not isinstance(raw, dict) or raw.get("encoding") != "base64":
            raise ConfigError(f"{path} is not a text file.")
        try:
            return b64decode(text_of(raw, "content")).decode("utf-8-sig")
        except ValueError as error:
            raise ConfigError(f"{path} is not UTF-8 text.") from error

    def open_threads(self, since: datetime, page: int = 1) -> ThreadPage:
        """A page of 100 open issues and pull requests updated since, the longest untouched first."""
        query: dict[str, object] = {
            "state": "open",
            "sort": "updated",
            "direction": "asc",
            "since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "per_page": PER_PAGE,
            "page": page,
        }
        with _translated("open threads"):
            try:
                headers, entries = self._request("GET", f"{self._path}/issues", query)
            except GithubException as error:
                if statuses.meaning("open threads", _fault(error)) is not Meaning.SWITCHED_OFF:
                    raise
                return self._open_pulls(since)
            if not isinstance(entries, list):
                raise TypeError("no list")
            refs, link = tuple(read_ref(raw) for raw in entries), headers.get("link", "")
            is_last = not refs or 'rel="next"' not in link
            return ThreadPage(refs, is_last, _least(link, page, len(refs)), answered_at(headers))

    def _open_pulls(self, since: datetime) -> ThreadPage:
        """What a repository without issues has: pull requests, whose list cannot be asked to begin at a time."""
        query = {"state": "open", "sort": "updated", "direction": "desc"}
        newest_first = (read_ref(raw) for raw in self._pages(f"{self._path}/pulls", query))
        found = tuple(takewhile(lambda ref: ref.updated_at >= since, newest_first))[::-1]
        return ThreadPage(found, is_last=True, total=len(found))

    def closed_issues(self, limit: int) -> tuple[ClosedIssue, ...]:
        """Pages of 100 issues and pull requests, as many as it takes."""
        from hls_action.domain.evaluation.history import ClosedIssue

        query = {"state": "closed", "sort": "created", "direction": "desc"}
        with _translated("closed issues"):
            found = (raw for raw in self._pages(f"{self._path}/issues", query) if "pull_request" not in raw)
            labelled = islice((raw for raw in found if parts(raw, "labels")), limit)
            issues = (ClosedIssue(read_thread(raw), text_of(raw, "state_reason") == "duplicate") for raw in labelled)
            return _once(issues, lambda issue: issue.thread.id)

    def labelled(self, label: str) -> tuple[ThreadRef, ...]:
        """By GitHub's list of issues, which has pull requests in it."""
        query = {"state": "open", "labels": label, "sort": "updated", "direction": "asc"}
        with _translated("labelled"):
            return tuple(map(read_ref, self._page(f"{self._path}/issues", query, 1)[1]))

    def add_labels(self, thread: ThreadId, names: tuple[str, ...]) -> None:
        """Add labels; those already there stay."""
        path = f"{self._path}/issues/{_number(thread)}/labels"
        with _translated("add labels"):
            self._send("POST", path, {"labels": list(names)})

    def remove_label(self, thread: ThreadId, name: str) -> None:
        """Take a label off; 404 says that it is not there."""
        path = f"{self._path}/issues/{_number(thread)}/labels/{quote(name, safe='')}"
        with _translated("remove label"):
            left = self._delete("remove label", path)
            if left is not None and not isinstance(left, list):
                raise TypeError("no list of labels")

    def set_type(self, thread: ThreadId, name: str) -> None:
        """Set an issue's type. GitHub drops it without a word for a token that may not, so its answer is looked at."""
        with _translated("set type"):
            issue = self._send("PATCH", f"{self._path}/issues/{_number(thread)}", {"type": name})
            if text_of(part(issue, "type"), "name").lower() != name.lower():
                raise Dispensable(Fault("github", "unreadable", "GitHub did not change the issue's type"))

    def add_eyes(self, thread: ThreadId, comment: int | None) -> int:
        """Of the token's own account there is one such reaction at most, which GitHub shows when asked for another.

        https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment
        """
        with _translated("add eyes"):
            return whole_of(self._send("POST", self._reactions(thread, comment), {"content": "eyes"}), "id")

    def remove_eyes(self, thread: ThreadId, comment: int | None, reaction: int) -> None:
        """Take a reaction away; 404 says that it is gone."""
        with _translated("remove eyes"):
            if self._delete("remove eyes", f"{self._reactions(thread, comment)}/{reaction}") is not None:
                raise TypeError("no empty answer")

    def _reactions(self, thread: ThreadId, comment: int | None) -> str:
        number = _number(thread)
        return f"{self._path}/issues/{f'comments/{comment}' if comment is not None else number}/reactions"

    def create_comment(self, thread: ThreadId, body: str) -> Comment:
        """Post a comment. A 404 or 410 has the thread looked at."""
        path = f"{self._path}/issues/{_number(thread)}/comments"
        with _translated("post comment", lambda: self.thread(thread)):
            return read_comment(self._send("POST", path, {"body": body}))

    def update_comment(self, thread: ThreadId, comment_id: int, body: str) -> Comment:
        """Replace a comment's body."""
        _number(thread)  # of the thread, GitHub needs no more than the kind
        with _translated("edit comment"):
            return read_comment(self._send("PATCH", f"{self._path}/issues/comments/{comment_id}", {"body": body}))

    def fold(self, node_id: str) -> None:
        """Minimize a comment as outdated, which only GraphQL can do."""
        variables: dict[str, object] = {"input": {"subjectId": node_id, "classifier": "OUTDATED"}}
        with _translated("fold"):
            done = part(part(self._graphql(FOLD, variables), "minimizeComment"), "minimizedComment")
            if done.get("isMinimized") is not True:
                raise TypeError("nothing was minimized")

    def create_issue(self, title: str, body: str) -> int:
        """Open an issue."""
        with _translated("open issue"):
            return whole_of(self._send("POST", f"{self._path}/issues", {"title": title, "body": body}), "number")

    def update_issue(self, number: int, body: str, *, is_open: bool) -> None:
        """Replace an issue's body and state."""
        with _translated("edit issue"):
            self._send(
                "PATCH", f"{self._path}/issues/{number}", {"body": body, "state": "open" if is_open else "closed"}
            )

    def own_issue(self, first_line: str) -> int | None:
        """Among the newest 100 issues and pull requests."""
        query = {"state": "all", "sort": "created", "direction": "desc"}
        with _translated("own issues"):
            newest = list(islice(self._pages(f"{self._path}/issues", query), PER_PAGE))
        found = (raw for raw in newest if text_of(raw, "body").split("\n", 1)[0].strip() == first_line)
        return next((whole_of(raw, "number") for raw in found if self.is_own(read_author(raw).login)), None)

    def permission(self, login: str) -> str:
        """Of an account that GitHub does not know, or that has nothing to do here, it says 404."""
        path = f"{self._path}/collaborators/{quote(login, safe='')}/permission"
        with _translated("permission"):
            found = self._found("permission", path)
            return _told(found, "permission") if found is not None else "none"

    def is_in_team(self, team: str, login: str) -> bool:
        """A 404 says so of nobody's membership, and of a team that the token may not see: then the team is looked at.

        An invitation that is not accepted yet is no membership.
        """
        path = "/orgs/{}/teams/{}".format(*(quote(part, safe="") for part in team.split("/")))
        try:
            with _translated("team member"):
                found = self._found("team member", f"{path}/memberships/{quote(login, safe='')}")
                if found is not None:
                    return _told(found, "state") == "active"
            with _translated("team"):
                self._get(path)
        except TokenRefused as error:
            raise ConfigError(
                f"give 'github-token' a token that may read the members of @{team}, or take the team out of "
                f"'allow-actors': {error}"
            ) from error
        return False

    def _found(self, endpoint: Endpoint, path: str) -> Json | None:
        """What is there; None where there is no such thing."""
        try:
            return self._get(path)
        except GithubException as error:
            if statuses.meaning(endpoint, _fault(error)) is Meaning.ABSENT:
                return None
            raise

    def run_ended(self, run: int, attempt: int) -> bool:
        """Ask for that attempt; without `actions: read`, or of a run nobody knows, it cannot be told."""
        try:
            with _translated("run"):
                return (
                    text_of(self._get(f"{self._path}/actions/runs/{run}/attempts/{attempt}"), "status") == "completed"
                )
        except UpstreamError:
            return False

    @property
    def _requester(self) -> Requester:
        """PyGithub's requester of this thread: it keeps the state of a request in itself."""
        requester: Requester | None = getattr(self._local, "requester", None)
        if requester is None:
            requester = self._local.requester = Requester(
                auth=cast("Auth", _Token(self._token)),
                base_url=self._api_url,
                timeout=TIMEOUT_SECONDS,
                user_agent="hls-action",
                per_page=PER_PAGE,
                verify=True,
                retry=None,
                pool_size=None,
                api_version=API_VERSION,
            )
        return requester

    def _get(self, path: str) -> Json:
        _, data = self._request("GET", path)
        return cast(Json, data)

    def _send(self, verb: str, path: str, body: dict[str, object]) -> Json:
        _, data = self._request(verb, path, body=body)
        return cast(Json, data)

    def _delete(self, endpoint: Endpoint, path: str) -> object:
        """What is left by GitHub's answer; None also where there was nothing to delete."""
        try:
            return self._request("DELETE", path)[1]
        except GithubException as error:
            if statuses.meaning(endpoint, _fault(error)) is Meaning.ABSENT:
                return None
            raise

    def _graphql(self, query: str, variables: dict[str, object]) -> Json:
        """The data that GraphQL answers. Its errors come with status 200, and are raised as REST's would be."""
        body: dict[str, object] = {"query": query, "variables": variables}
        _, answer = self._request("POST", self._requester.graphql_url, body=body, check=_check_graphql)
        return part(cast(Json, answer), "data")

    def _request(
        self,
        verb: str,
        path: str,
        query: dict[str, object] | None = None,
        body: dict[str, object] | None = None,
        check: Callable[[Mapping[str, str], object], None] = lambda _headers, _data: None,
    ) -> tuple[Mapping[str, str], object]:
        """One request, when the limits allow it: the answer's headers, and its JSON.

        ``check`` raises what an answer says in its JSON alone, so that the limits learn of it.
        """
        with self._limiter.call() if self._limiter else nullcontext(CallReport()) as report:
            try:
                headers, data = self._requester.requestJsonAndCheck(verb, path, query, input=body)
                check(headers, data)
            except GithubException as error:
                headers, report.refused = error.headers or {}, _is_limited(error)
                report.limits = github_limits(headers, datetime.now(UTC))
                raise
            report.limits, report.used = github_limits(headers, datetime.now(UTC)), ONE
            return headers, data

    def _pages(self, path: str, query: dict[str, str] | None = None, *, ahead: int = 1) -> Iterator[Json]:
        """Every entry of a list, page by page, for as long as GitHub says that there is a next one.

        By number, not by the links GitHub gives: those name a host, which a proxy in between need not share. ``ahead``:
        how many pages may be read, eight at a time, before an entry of theirs is wanted, if GitHub says that there are
        as many.
        """
        page, (links, entries) = 1, self._page(path, query, 1)
        yield from entries
        while 'rel="next"' in links:
            first, page = page + 1, min(max(_last(links), page + 1), page + max(1, ahead))
            for read in _at_once(lambda number: self._page(path, query, number), range(first, page + 1)):
                links, entries = read
                yield from entries

    def _page(self, path: str, query: dict[str, str] | None, number: int) -> Page:
        headers, entries = self._request("GET", path, {**(query or {}), "per_page": PER_PAGE, "page": number})
        if not isinstance(entries, list):
            raise TypeError("no list")
        return headers.get("link", ""), entries

    def _ask_login(self) -> str:
        """The token's login. An installation token may not ask REST, but GraphQL tells it."""
        try:
            with _translated("user"):
                return text_of(self._get("/user"), "login")
        except Dispensable:
            if self._job_token:
                return JOB_LOGIN
        with _translated("viewer"):
            viewer = part(self._graphql("query { viewer { login } }", {}), "viewer")
            return str(viewer["login"])

    def _here(self, raw: Json) -> Json:
        """GitHub redirects to where a transferred issue went; an answer there was never asked for."""
        url = text_of(raw, "repository_url") or text_of(raw, "url").rpartition("/pulls/")[0]
        if not url:
            raise TypeError("no thread")
        if not url.lower().endswith(self._path.lower()) and not self._is_renamed_to(url):
            raise ThreadGone(f"the thread was moved to another repository ({url})")
        return raw

    def _is_renamed_to(self, url: str) -> bool:
        """Whether that is this repository, renamed since the run began: GitHub redirects what is asked of it."""
        return text_of(self._get(self._path), "url").lower() == url.lower()


def _at_once(read: Callable[[int], Page], numbers: range) -> Iterator[Page]:
    """Several pages, in order, each thread keeping its connection.

    Errors: the first one, at once. No page is asked for after it; what is on its way then ends by itself.
    """
    if len(numbers) == 1:
        yield read(numbers[0])
        return
    left, came = deque(numbers), SimpleQueue[tuple[int, Page | BaseException]]()

    def work() -> None:
        while left:
            try:
                number = left.popleft()
            except IndexError:  # another thread was faster
                return
            try:
                came.put((number, read(number)))
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                left.clear()
                came.put((number, error))

    for _ in numbers[:AT_ONCE]:
        threading.Thread(target=work, daemon=True, name="page").start()
    pages = dict[int, Page]()
    for number, page in (came.get() for _ in numbers):
        if isinstance(page, BaseException):
            raise page
        pages[number] = page
    yield from (pages[number] for number in numbers)


def _once(found: Iterable[T], key: Callable[[T], object]) -> tuple[T, ...]:
    """Each one once, in order: what moved from one page to the next while both were read is in both."""
    return tuple({key(each): each for each in found}.values())


def _last(links: str) -> int:
    """The number of a list's last page, by the links beside another; 0 when they do not tell."""
    found = re.search(r'[?&]page=(\d{1,9})[^>]*>; rel="last"', links)
    return int(found[1]) if found else 0


def _least(link: str, page: int, shown: int) -> int:
    """How many entries a list has at least, by what is on a page of it and the links beside that."""
    if last := _last(link):
        return (last - 1) * PER_PAGE + 1
    return (page - 1) * PER_PAGE + shown + ('rel="next"' in link)


def _told(raw: Json, key: str) -> str:
    """The text that must be under ``key``."""
    if not (found := text_of(raw, key)):
        raise TypeError(f"no {key}")
    return found


def _number(thread: ThreadId) -> int:
    """Under which issues and pull requests are found. Errors: `ThreadUnavailable` for threads of any other kind."""
    if thread.kind != "thread":
        raise ThreadUnavailable(f"HLS cannot read or answer a {thread.kind} over GitHub's REST interface ({thread})")
    return thread.number


@contextmanager
def _translated(endpoint: Endpoint, look_at_thread: Callable[[], object] | None = None) -> Iterator[None]:
    """PyGithub's, requests' and our own reading errors, as the errors the rest of HLS knows.

    ``look_at_thread``: raises what is true of the thread, where a failure beside it says that it is gone.
    """
    try:
        yield
    except GithubException as error:
        fault = _fault(error)
        failure = statuses.failure(endpoint, fault)
        if isinstance(failure, ThreadGone) and look_at_thread is not None:
            look_at_thread()
            failure = statuses.contradicted(endpoint, fault)
        raise failure from error
    except requests.Timeout as error:
        raise UpstreamError(Fault("github", "timeout", f"no answer within {TIMEOUT_SECONDS} s")) from error
    except OSError as error:  # all of requests' own are
        if said := untrusted(error):
            raise UpstreamError(Fault("github", "certificate", said, advice=REMEDY)) from error
        raise UpstreamError(Fault("github", "connection", f"cannot be reached ({type(error).__name__})")) from error
    except UNREADABLE as error:
        raise UpstreamError(Fault("github", "unreadable", f"an answer that is not GitHub's ({error})")) from error


def _check_graphql(headers: Mapping[str, str], answer: object) -> None:
    """Raise the first error of a GraphQL answer. https://spec.graphql.org/October2021/#sec-Errors"""
    if not isinstance(answer, dict):
        raise TypeError("no GraphQL")
    errors = parts(answer, "errors")
    if not errors:
        return
    kind = text_of(errors[0], "type") or text_of(part(errors[0], "extensions"), "code")
    status = STATUS_OF.get(kind, OTHER_ERROR if kind else UNNAMED_ERROR)
    raise GithubException(status, {"message": text_of(errors[0], "message"), "code": kind}, dict(headers))


def _check_repository(headers: Mapping[str, str], answer: object, needed: str) -> None:
    """Raise what a GraphQL answer says that tells nothing of the repository, or not what is ``needed`` of it, or that
    there were too many requests.
    """
    found = cast(Json, answer) if isinstance(answer, dict) else {}
    kinds = {text_of(error, "type") for error in parts(found, "errors")}
    told = part(part(found, "data"), "repository")
    if not told or (needed and not told.get(needed)) or not kinds.isdisjoint(("RATE_LIMIT", "RATE_LIMITED")):
        _check_graphql(headers, answer)


def _fault(error: GithubException) -> Fault:
    """What GitHub answered, with how long to wait when there were too many requests."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    data = error.data if isinstance(error.data, dict) else {}
    limited = _is_limited(error)
    return Fault(
        "github",
        "status",
        _said(error)[:300],
        status=error.status,
        code=text_of(data, "code"),
        retry_after=github_pause(headers, datetime.now(UTC)) if limited else None,
        rate_limited=limited,
        request_id=headers.get("x-github-request-id", ""),
    )


def _is_limited(error: GithubException) -> bool:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return statuses.is_limit(error.status, headers, _said(error))


def _said(error: GithubException) -> str:
    """GitHub's message, and those of the single errors that a failed validation is made of."""
    data = error.data if isinstance(error.data, dict) else {}
    details = (text_of(detail, "message") for detail in parts(data, "errors"))
    return "; ".join(filter(None, (text_of(data, "message") or str(error.message or ""), *details)))
