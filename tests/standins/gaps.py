"""What GitHub does and emulate 0.12.2 does not, added in the proxy from emulate's own data.

Each rule links to or names the behaviour of GitHub it supplies; the README lists what stays missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.standins.client import Answer, JsonObject
from tests.standins.emulate import BOT_LOGIN, Emulate
from tests.standins.exchange import Forward, Request, page_of, reply
from tests.standins.graphql_api import GraphQL
from tests.standins.payloads import as_issue, whole_seconds
from tests.standins.proxy import Proxy

MAX_BODY = 65_536  # characters in an issue, comment or review

TYPES = ("Bug", "Feature", "Task")
"""Those that an organization begins with."""

_ASSOCIATION = re.compile(rb'"author_?[aA]ssociation"')

_Rule = Callable[[Request, Forward, str], Answer]


def github(emulate: Emulate, *, delay_ms: float = 0.0) -> Proxy:
    """A proxy in front of emulate that behaves like GitHub where emulate alone does not (not started yet)."""
    return Proxy(emulate.url, delay_ms=delay_ms, fallback=Gaps(emulate))


class Gaps:
    """The responder behind `github`: the first rule that fits, else emulate; times in whole seconds."""

    def __init__(self, emulate: Emulate) -> None:
        self._emulate = emulate
        self._graphql = GraphQL(emulate)
        self._types: dict[str, str] = {}
        repo = r"(/repos/[^/]+/[^/]+)"
        self._rules: list[tuple[str, re.Pattern[str], _Rule]] = [
            (method, re.compile(pattern + "$"), rule)
            for method, pattern, rule in (
                ("GET", r"(/user)", self._user),
                ("POST", r"(/graphql)", lambda request, forward, _: self._graphql(request, forward)),
                ("GET", repo + r"/issues", _list_issues),
                ("GET", repo + r"/issues/\d+", self._read_issue),
                ("PATCH", repo + r"/issues/\d+", self._edit_issue),
                ("GET", repo + r"/issues/(?:\d+/)?comments", _list_comments),
                ("POST", repo + r"/issues/\d+/comments", _create_comment),
                ("PATCH", repo + r"/issues/comments/\d+", _bounded),
                ("POST", repo + r"/issues/(?:comments/)?\d+/reactions", self._react),
                ("DELETE", repo + r"/issues/(?:comments/)?\d+/reactions/\d+", self._take_back),
                ("GET", repo + r"/pulls", _list_pulls),
                ("GET", repo + r"/pulls/\d+", _read_pull),
                ("GET", repo + r"/pulls/\d+/files", _list_files),
                ("POST", repo + r"/pulls/\d+/reviews", _create_review),
                ("GET", repo + r"/collaborators/[^/]+/permission", _permission),
            )
        ]

    def __call__(self, request: Request, forward: Forward) -> Answer:
        token = request.headers.get("authorization", "").split(" ")[-1]
        if token and not token.startswith("eyJ") and self._emulate.knows(token) is None:
            return reply(401, {"message": "Bad credentials", "status": "401"})
        answer = None
        for method, pattern, rule in self._rules:
            if request.method == method and (found := pattern.match(request.path)):
                answer = rule(request, forward, found[1])
                break
        answer = answer or forward(request)
        return Answer(answer.status, answer.headers, whole_seconds(self._associated(answer.body)))

    def _associated(self, body: bytes) -> bytes:
        """Who has a commit in the repository is a contributor, unless they are more.

        https://docs.github.com/graphql/reference/enums#commentauthorassociation
        """
        if not self._emulate.contributors or not _ASSOCIATION.search(body):
            return body
        return json.dumps(self._with_contributors(json.loads(body))).encode()

    def _with_contributors(self, found: Any) -> Any:
        if isinstance(found, list):
            return [self._with_contributors(each) for each in found]
        if not isinstance(found, dict):
            return found
        found = {name: self._with_contributors(value) for name, value in found.items()}
        for who, name in (("user", "author_association"), ("author", "authorAssociation")):
            if found.get(name) == "NONE" and (found.get(who) or {}).get("login") in self._emulate.contributors:
                found[name] = "CONTRIBUTOR"
        return found

    def _user(self, request: Request, forward: Forward, path: str) -> Answer:
        token = request.headers.get("authorization", "").split(" ")[-1]
        if self._emulate.knows(token) == "bot":
            return reply(403, {"message": "Resource not accessible by integration", "status": "403"})
        return forward(request)

    def _react(self, request: Request, forward: Forward, repo: str) -> Answer:
        """An account reacts to something in the same way once.

        https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue
        """
        about = request.path.removesuffix("/reactions")
        asked = replace(request, method="GET", target=about, body=b"")
        found = forward(asked) if "/comments/" in about else _read_issue(asked, forward, repo)
        if found.status != 200:
            return found
        kind = self._emulate.knows(request.headers.get("authorization", "").split(" ")[-1])
        said = f"{BOT_LOGIN if kind == 'bot' else kind} {request.json()['content']}"
        reactions = self._emulate.reactions.setdefault(about, {})
        known = next((number for number, each in reactions.items() if each == said), None)
        number = known or 1 + max((number for each in self._emulate.reactions.values() for number in each), default=0)
        reactions[number] = said
        return reply(200 if known else 201, {"id": number, "content": request.json()["content"]})

    def _take_back(self, request: Request, forward: Forward, repo: str) -> Answer:
        about, _, number = request.path.rpartition("/reactions/")
        found = self._emulate.reactions.get(about, {}).pop(int(number), None)
        return reply(204, "") if found else reply(404, {"message": "Not Found", "status": "404"})

    def _read_issue(self, request: Request, forward: Forward, repo: str) -> Answer:
        return self._typed(request, _read_issue(request, forward, repo))

    def _edit_issue(self, request: Request, forward: Forward, repo: str) -> Answer:
        """An issue has one of the organization's types, by its name; another is refused.

        https://docs.github.com/rest/issues/issues#update-an-issue
        """
        wanted = request.json().get("type")
        if wanted and wanted not in TYPES:
            return reply(422, {"message": "Validation Failed", "errors": [{"field": "type"}], "status": "422"})
        answer = forward(request)
        if wanted and answer.status == 200:
            self._types[request.path] = wanted
        return self._typed(request, answer)

    def _typed(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or request.path not in self._types:
            return answer
        return reply(200, {**answer.json(), "type": {"id": 1, "name": self._types[request.path]}})


def _get(request: Request, forward: Forward, target: str) -> Any:
    answer = forward(replace(request, method="GET", target=target, body=b""))
    return answer.json() if answer.status == 200 else None


def _everything(request: Request, forward: Forward, path: str, query: str = "") -> list[JsonObject]:
    found: list[JsonObject] = []
    while batch := _get(request, forward, f"{path}?per_page=100&page={len(found) // 100 + 1}{query}"):
        found += batch
        if len(batch) < 100:
            break
    return found


def _since(request: Request, items: list[JsonObject]) -> list[JsonObject]:
    since = request.param("since").rstrip("Z")
    return [item for item in items if item["updated_at"][:19] >= since[:19]]


def _list_issues(request: Request, forward: Forward, repo: str) -> Answer:
    """Pull requests are listed among the issues, with a `pull_request` key; `since` is obeyed."""
    kept = "".join(f"&{k}={v}" for k, v in request.query if k not in ("page", "per_page", "since", "sort", "direction"))
    pulls = _everything(request, forward, f"{repo}/pulls", f"&state={request.param('state', 'open')}")
    wanted = {label for label in request.param("labels").split(",") if label}
    chosen = [
        issue
        for issue in map(as_issue, pulls)
        if wanted <= {label["name"] for label in issue["labels"]}
        and request.param("creator") in ("", issue["user"]["login"])
    ]
    chosen = _since(request, _everything(request, forward, f"{repo}/issues", kept) + chosen)
    key = {"updated": "updated_at", "comments": "comments"}.get(request.param("sort"), "created_at")
    chosen.sort(key=lambda issue: (issue[key], issue["number"]), reverse=request.param("direction", "desc") == "desc")
    return page_of(request, chosen)


def _read_issue(request: Request, forward: Forward, repo: str) -> Answer:
    """A pull request is an issue, too."""
    answer = forward(request)
    if answer.status != 404:
        return answer
    pull = _get(request, forward, request.target.replace("/issues/", "/pulls/"))
    return reply(200, as_issue(pull)) if pull else answer


def _list_comments(request: Request, forward: Forward, repo: str) -> Answer:
    """`since` is obeyed."""
    if not request.param("since"):
        return forward(request)
    kept = "".join(f"&{k}={v}" for k, v in request.query if k in ("sort", "direction"))
    return page_of(request, _since(request, _everything(request, forward, request.path, kept)))


def _create_comment(request: Request, forward: Forward, repo: str) -> Answer:
    """A locked conversation takes no comments."""
    issue = _read_issue(replace(request, method="GET", target=request.path.removesuffix("/comments")), forward, repo)
    if issue.status == 200 and issue.json()["locked"]:
        return reply(403, {"message": "Unable to create comment because issue is locked.", "status": "403"})
    return _bounded(request, forward, repo)


def _bounded(request: Request, forward: Forward, repo: str) -> Answer:
    """A body has at most 65,536 characters."""
    sent = request.json()
    if isinstance(sent, dict) and len(str(sent.get("body") or "")) > MAX_BODY:
        message = f"body is too long (maximum is {MAX_BODY} characters)"
        errors = [{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}]
        return reply(422, {"message": "Validation Failed", "errors": errors, "status": "422"})
    return forward(request)


def _list_pulls(request: Request, forward: Forward, repo: str) -> Answer:
    """The head is the branch's tip, not what it was when the pull request was opened."""
    answer = forward(request)
    if answer.status != 200:
        return answer
    pulls = [_with_head(request, forward, pull) for pull in answer.json()]
    return Answer(200, answer.headers, json.dumps(pulls).encode())


def _read_pull(request: Request, forward: Forward, repo: str) -> Answer:
    """Head, counts and the diff media type come from the branches."""
    answer = forward(replace(request, headers={**request.headers, "accept": "application/json"}))
    if answer.status != 200:
        return answer
    pull = _with_head(request, forward, answer.json())
    files, commits = _compare(request, forward, repo, pull)
    if "diff" in request.headers.get("accept", ""):
        return reply(200, "".join(map(_diff, files)), {"content-type": "application/vnd.github.diff; charset=utf-8"})
    counts = {name: sum(file[name] for file in files) for name in ("additions", "deletions")}
    return reply(200, {**pull, **counts, "changed_files": len(files), "commits": commits})


def _list_files(request: Request, forward: Forward, repo: str) -> Answer:
    """The changed files, computed from the branches."""
    pull = _get(request, forward, request.path.removesuffix("/files"))
    if pull is None:
        return forward(request)
    return page_of(request, _compare(request, forward, repo, _with_head(request, forward, pull))[0])


def _with_head(request: Request, forward: Forward, pull: JsonObject) -> JsonObject:
    head = pull["head"]
    source = head["repo"]["full_name"] if head["repo"] else None
    ref = _get(request, forward, f"/repos/{source}/git/ref/heads/{head['ref']}") if source else None
    return {**pull, "head": {**head, "sha": ref["object"]["sha"] if ref else head["sha"]}}


def _compare(request: Request, forward: Forward, repo: str, pull: JsonObject) -> tuple[list[JsonObject], int]:
    found = _get(request, forward, f"{repo}/compare/{pull['base']['ref']}...{pull['head']['label']}") or _get(
        request, forward, f"{repo}/compare/{pull['base']['ref']}...{pull['head']['sha']}"
    )
    return (found["files"], found["total_commits"]) if found else ([], pull["commits"])


def _diff(file: JsonObject) -> str:
    name = file["filename"]
    old = "/dev/null" if file["status"] == "added" else f"a/{name}"
    new = "/dev/null" if file["status"] == "removed" else f"b/{name}"
    mode = {"added": "new file mode 100644\n", "removed": "deleted file mode 100644\n"}.get(file["status"], "")
    return f"diff --git a/{name} b/{name}\n{mode}--- {old}\n+++ {new}\n{file.get('patch', '')}\n"


def _create_review(request: Request, forward: Forward, repo: str) -> Answer:
    """A review comment may name a `line`; emulate asks for the older `position`."""
    sent = request.json()
    for comment in sent.get("comments") or []:
        comment.setdefault("position", comment.get("line", 1))
    return _bounded(replace(request, body=json.dumps(sent).encode()), forward, repo)


def _permission(request: Request, forward: Forward, repo: str) -> Answer:
    """On a public repository everybody may read; `permission` knows four levels, `role_name` all of them."""
    answer = forward(request)
    login = request.path.split("/")[-2]
    if answer.status == 404 and (user := _get(request, forward, f"/users/{login}")):
        return reply(200, {"permission": "read", "role_name": "read", "user": user})
    if answer.status != 200:
        return answer
    found = answer.json()
    role = {"push": "write", "pull": "read"}.get(found["role_name"], found["role_name"])
    level = {"maintain": "write", "triage": "read"}.get(role, role)
    return reply(200, {**found, "permission": level, "role_name": role})
