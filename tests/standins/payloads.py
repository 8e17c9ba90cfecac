"""Event payloads as GitHub delivers them, built from what a repository holds now."""

from __future__ import annotations

import re
from typing import Any, Protocol

from tests.standins.client import JsonObject

_MILLISECONDS = re.compile(rb'("[a-z_]+_at":\s*"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z"')
_ISSUE_FIELDS = (
    *("number", "title", "body", "user", "labels", "state", "locked", "active_lock_reason", "assignee", "assignees"),
    *("milestone", "comments", "created_at", "updated_at", "closed_at", "author_association", "draft"),
)


class Readable(Protocol):
    """The part of a repository that payloads are made of."""

    def read(self) -> JsonObject: ...
    def issue(self, number: int) -> JsonObject: ...
    def pull(self, number: int) -> JsonObject: ...


def whole_seconds(body: bytes) -> bytes:
    """JSON text with GitHub's times, which have no fractions of seconds, in place of emulate's."""
    return _MILLISECONDS.sub(rb'\1Z"', body)


def as_issue(pull: JsonObject) -> JsonObject:
    """The issue side of a pull request: on GitHub every pull request is an issue with a `pull_request` key."""
    links = {name: pull[name] for name in ("url", "html_url", "diff_url", "patch_url", "merged_at")}
    urls = {
        "id": pull["id"],
        "node_id": pull["node_id"],
        "url": pull["issue_url"],
        "html_url": pull["html_url"],
        "labels_url": pull["issue_url"] + "/labels{/name}",
        "events_url": pull["issue_url"] + "/events",
        "comments_url": pull["comments_url"],
        "repository_url": pull["url"].rsplit("/pulls/", 1)[0],
        "state_reason": None,
    }
    return {**urls, **{field: pull.get(field) for field in _ISSUE_FIELDS}, "pull_request": links}


def issues(repo: Readable, number: int, action: str = "opened", **extra: Any) -> JsonObject:
    """The payload of an `issues` event, sent by the issue's author."""
    issue = repo.issue(number)
    return {"action": action, "issue": issue, "repository": repo.read(), "sender": issue["user"], **extra}


def issue_comment(repo: Readable, number: int, comment: JsonObject, action: str = "created") -> JsonObject:
    """The payload of an `issue_comment` event, sent by the comment's author; also for pull requests."""
    shared = {"issue": repo.issue(number), "repository": repo.read(), "sender": comment["user"]}
    return {"action": action, "comment": comment, **shared}


def pull_request(repo: Readable, number: int, action: str = "opened", **extra: Any) -> JsonObject:
    """The payload of a `pull_request` or `pull_request_target` event, sent by the author."""
    pull = repo.pull(number)
    shared = {"repository": repo.read(), "sender": pull["user"]}
    return {"action": action, "number": number, "pull_request": pull, **shared, **extra}


def workflow_dispatch(repo: Readable, inputs: dict[str, str], sender: JsonObject | None = None) -> JsonObject:
    """The payload of a `workflow_dispatch` event, sent by the owner; all inputs are strings."""
    repository = repo.read()
    shared = {"repository": repository, "sender": sender or repository["owner"]}
    return {"inputs": inputs, "ref": "refs/heads/main", "workflow": ".github/workflows/standin.yml", **shared}


def schedule(repo: Readable, cron: str = "17 * * * *") -> JsonObject:
    """What GITHUB_EVENT_PATH holds in a scheduled run."""
    return {"schedule": cron, "repository": repo.read()}
