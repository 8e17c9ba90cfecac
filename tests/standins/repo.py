"""One repository in emulate: what people do in it, read back as GitHub would show it."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from tests.standins.client import Answer, JsonObject
from tests.standins.payloads import as_issue


class Host(Protocol):
    """The part of the server a repository needs."""

    @property
    def url(self) -> str: ...
    def user_token(self, login: str | None = None) -> str: ...
    def request(
        self, method: str, target: str, body: Any = None, *, token: str | None = None, check: bool = True
    ) -> Answer: ...


class Repo:
    """A repository. Methods that write take `by`, a login, or `token`, which wins; the default is the owner."""

    def __init__(self, host: Host, owner: str, name: str) -> None:
        self.host = host
        self.owner = owner
        self.name = name
        self.full_name = f"{owner}/{name}"
        self._token = host.user_token(owner)
        self._branches = itertools.count(1)

    def request(
        self, method: str, path: str, body: Any = None, *, by: str | None = None, token: str | None = None
    ) -> Any:
        """A request below `/repos/OWNER/NAME`, its answer as JSON; `HttpError` for 400 and above."""
        token = token or (self.host.user_token(by) if by else self._token)
        return self.host.request(method, f"/repos/{self.full_name}{path}", body, token=token).json()

    def read(self) -> JsonObject:
        """The repository itself."""
        answer: JsonObject = self.request("GET", "")
        return answer

    def create_label(self, name: str, color: str = "ededed", description: str = "") -> JsonObject:
        """Define a label."""
        label = {"name": name, "color": color, "description": description}
        answer: JsonObject = self.request("POST", "/labels", label)
        return answer

    def create_issue(
        self, title: str, body: str | None = None, *, by: str | None = None, labels: Sequence[str] = ()
    ) -> JsonObject:
        """Open an issue."""
        issue = {"title": title, "body": body, "labels": list(labels)}
        answer: JsonObject = self.request("POST", "/issues", issue, by=by)
        return answer

    def issue(self, number: int) -> JsonObject:
        """Read an issue, or the issue side of a pull request."""
        found = self.host.request("GET", f"/repos/{self.full_name}/issues/{number}", token=self._token, check=False)
        answer: JsonObject = found.json() if found.status == 200 else as_issue(self.pull(number))
        return answer

    def edit_issue(self, number: int, **fields: Any) -> JsonObject:
        """Change fields, e.g. `state="closed"`."""
        answer: JsonObject = self.request("PATCH", f"/issues/{number}", fields)
        return answer

    def lock(self, number: int) -> None:
        """Lock the conversation."""
        self.request("PUT", f"/issues/{number}/lock", {})

    def labels(self, number: int) -> list[str]:
        """Names of an issue's labels."""
        return [label["name"] for label in self.issue(number)["labels"]]

    def comment(self, number: int, body: str, *, by: str | None = None, token: str | None = None) -> JsonObject:
        """Comment on an issue or pull request."""
        path = f"/issues/{number}/comments"
        answer: JsonObject = self.request("POST", path, {"body": body}, by=by, token=token)
        return answer

    def comments(self, number: int) -> list[JsonObject]:
        """All comments of an issue or pull request, oldest first, every page."""
        found: list[JsonObject] = []
        for page in itertools.count(1):
            batch = self.request("GET", f"/issues/{number}/comments?per_page=100&page={page}")
            found += batch
            if len(batch) < 100:
                break
        return found

    def head(self, branch: str = "main") -> str:
        """SHA at the tip of a branch."""
        sha: str = self.request("GET", f"/git/ref/heads/{quote(branch)}")["object"]["sha"]
        return sha

    def push(self, branch: str, files: Mapping[str, str], *, message: str = "Change", base: str = "main") -> str:
        """Write files in one commit each on `branch`, made from `base` if it is new; gives the new tip."""
        existing = {item["name"] for item in self.request("GET", "/branches?per_page=100")}
        if branch not in existing:
            self.request("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": self.head(base)})
        for path, text in files.items():
            found = self.host.request(
                "GET", f"/repos/{self.full_name}/contents/{quote(path)}?ref={quote(branch)}", check=False
            )
            change = {
                "message": message,
                "branch": branch,
                "content": base64.b64encode(text.encode()).decode(),
            }
            if found.status == 200:
                change["sha"] = found.json()["sha"]
            self.request("PUT", f"/contents/{quote(path)}", change)
        return self.head(branch)

    def create_pull(
        self,
        title: str,
        body: str | None = None,
        *,
        files: Mapping[str, str] | None = None,
        branch: str | None = None,
        by: str | None = None,
        draft: bool = False,
    ) -> JsonObject:
        """Push a branch of this repository with `files` and open a pull request from it to `main`."""
        branch = branch or f"change-{next(self._branches)}"
        self.push(branch, files if files is not None else {"change.txt": f"{title}\n"}, message=title)
        pull = {"title": title, "body": body, "head": branch, "base": "main", "draft": draft}
        answer: JsonObject = self.request("POST", "/pulls", pull, by=by)
        return answer

    def pull(self, number: int) -> JsonObject:
        """Read a pull request; its head is the branch's tip (emulate's own answer keeps the first one)."""
        answer: JsonObject = self.request("GET", f"/pulls/{number}")
        head = answer["head"]
        return {**answer, "head": {**head, "sha": self.head(head["ref"])}}

    def reviews(self, number: int) -> list[JsonObject]:
        """The reviews of a pull request (first 100)."""
        answer: list[JsonObject] = self.request("GET", f"/pulls/{number}/reviews?per_page=100")
        return answer

    def add_collaborator(self, login: str, permission: str = "push") -> None:
        """Give a user a permission: `pull`, `triage`, `push`, `maintain` or `admin`."""
        self.request("PUT", f"/collaborators/{login}", {"permission": permission})

    def add_webhook(self, url: str, events: Sequence[str] = ("*",), *, secret: str | None = None) -> JsonObject:
        """Have emulate deliver events to `url` from now on."""
        config = {"url": url, "content_type": "json", **({"secret": secret} if secret else {})}
        hook = {"name": "web", "active": True, "events": list(events), "config": config}
        answer: JsonObject = self.request("POST", "/hooks", hook)
        return answer
