"""What the burst does to the repository in emulate, the events that GitHub makes of it, and what is owed for it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.burst import Happening
from hls_action.domain.threads.items import Item, ItemKind, digest
from tests.standins import payloads
from tests.standins.repo import Repo

TRIGGER = "hls"
Owed = tuple[int, str]
"""An item that deserves an answer: the thread's number and the item's key."""


@dataclass(frozen=True)
class Webhook:
    """An event as GitHub delivers it."""

    name: str
    number: int
    payload: dict[str, Any]


@dataclass
class Crowd:
    """The people and bots of a repository. ``bot_token``: what other workflows of the repository comment with.

    ``owed``: everything that deserves an answer, with the time (of `time.monotonic`) at which it was written.
    ``superseded``: what did until it was edited, and may have been answered before.
    """

    repo: Repo
    bot_token: str
    owed: dict[Owed, float] = field(default_factory=dict)
    superseded: set[Owed] = field(default_factory=set)
    _threads: dict[int, int] = field(default_factory=dict)
    _comments: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[int, ...]:
        """All threads."""
        return tuple(self._threads.values())

    def number_of(self, thread: int) -> int:
        """GitHub's number of a thread of the burst."""
        return self._threads[thread]

    def does(self, position: int, happening: Happening) -> Webhook:
        """Let something new happen: what is at this position of the burst."""
        what, text = happening.what, happening.text
        if what in ("issue", "short", "robot", "pull"):
            return self._opens(happening)
        number = self._threads[happening.thread]
        match what:
            case "ask":
                return self._asks(position, number, text)
            case "chat":
                return self._comments_on(number, text, by="contributor")
            case "bot":
                return self._comments_on(number, text, token=self.bot_token)
            case "reword" | "touch":
                return self._edits_comment(position, number, happening)
            case "retouch":
                return self._edits_issue(number)
            case "label" | "trigger":
                return self._labels(number, TRIGGER if what == "trigger" else "question")
            case _:
                raise ValueError(f"{what} is nothing new")

    def _opens(self, happening: Happening) -> Webhook:
        title = f"Thread {happening.thread}: a traceback"
        if happening.what == "pull":
            made = self.repo.create_pull(title, happening.text, by="contributor")
            webhook = Webhook("pull_request", made["number"], payloads.pull_request(self.repo, made["number"]))
            self._owes(webhook.number, "pull", webhook.payload["pull_request"]["head"]["sha"])
        else:
            token = self.bot_token if happening.what == "robot" else self.repo.host.user_token("reporter")
            made = self.repo.request("POST", "/issues", {"title": title, "body": happening.text}, token=token)
            webhook = Webhook("issues", made["number"], payloads.issues(self.repo, made["number"]))
            if happening.what == "issue":
                self._owes(webhook.number, "issue", str(webhook.number))
        self._threads[happening.thread] = webhook.number
        return webhook

    def _asks(self, position: int, number: int, text: str) -> Webhook:
        webhook = self._comments_on(number, f"/hls {text}", by="reporter")
        self._comments[position] = webhook.payload["comment"]
        self._owes(number, "comment", str(webhook.payload["comment"]["id"]), text)
        return webhook

    def _comments_on(self, number: int, body: str, *, by: str | None = None, token: str | None = None) -> Webhook:
        comment = self.repo.comment(number, body, by=by, token=token)
        return Webhook("issue_comment", number, payloads.issue_comment(self.repo, number, comment))

    def _edits_comment(self, position: int, number: int, happening: Happening) -> Webhook:
        """A reworded comment asks something else; to one that is only touched, a greeting is added."""
        assert happening.of is not None
        before = self._comments[happening.of]
        body = f"/hls {happening.text}" if happening.what == "reword" else f"Hello,\n{before['body']}"
        path = f"/issues/comments/{before['id']}"
        comment = self.repo.request("PATCH", path, {"body": body}, by="reporter")
        self._comments[happening.of] = self._comments[position] = comment
        if happening.what == "reword":
            gone = {owed for owed in self.owed if owed[1].startswith(f"comment/{before['id']}@")}
            for owed in gone:
                del self.owed[owed]
            self.superseded |= gone
            self._owes(number, "comment", str(before["id"]), happening.text)
        payload = payloads.issue_comment(self.repo, number, comment, "edited")
        return Webhook("issue_comment", number, {**payload, "changes": {"body": {"from": before["body"]}}})

    def _edits_issue(self, number: int) -> Webhook:
        before = self.repo.issue(number)["body"]
        self.repo.edit_issue(number, body=f"{before}\n\nIt is the same on a second machine.")
        changes = {"body": {"from": before}}
        return Webhook("issues", number, payloads.issues(self.repo, number, "edited", changes=changes))

    def _labels(self, number: int, name: str) -> Webhook:
        set_ = self.repo.request("POST", f"/issues/{number}/labels", {"labels": [name]})
        label = next(each for each in set_ if each["name"] == name)
        if name == TRIGGER:
            self._owes(number, "label", name)
        payload = payloads.issues(self.repo, number, "labeled", label=label)
        return Webhook("issues", number, {**payload, "sender": payload["repository"]["owner"]})

    def _owes(self, number: int, kind: ItemKind, name: str, request: str = "") -> None:
        self.owed[number, Item(kind, name, digest(request)).key] = time.monotonic()
