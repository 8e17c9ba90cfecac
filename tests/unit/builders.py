"""Values for tests: what GitHub sends, and what the domain makes of it, each with the fewest words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.tasks.answer import Answer, parse_answer
from hls_action.domain.threads.thread import Author, ChangedFile, Comment, Pull, Thread
from tests.fakes import answer_data

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
BODY = "The export command ends in a traceback when the output folder does not exist yet."
SHA = "6f1c0a9d2b7e4f5a8c3d1e0b9a8f7c6d5e4f3a2b"

DASHBOARD = f"{BODY}\n\n## Open\n\n - [ ] <!-- rebase-branch=renovate/x -->[Update dependency x to v2](../pull/9)\n"
"""As Renovate writes its dashboard, under whatever account it runs."""
CHECKLIST = f"{BODY}\n\n## Release\n\n- [x] Tag it\n- [ ] Publish it\n- [ ] Tell people\n"

# ---- the domain ----


def comment(number: int, body: str, login: str = "ann", kind: str = "User") -> Comment:
    """A comment by a person, unless said otherwise."""
    return Comment(number, Author(login, kind), body, NOON, f"https://github.com/o/r/issues/7#issuecomment-{number}")


def bot_comment(number: int, body: str) -> Comment:
    """A comment by the job's own account."""
    return comment(number, body, "github-actions[bot]", "Bot")


def thread(*comments: Comment, **changes: Any) -> Thread:
    """Issue 7, by a person, open and long enough to answer."""
    base = Thread(
        id=ThreadId(7),
        title="Export crashes",
        body=BODY,
        author=Author("ann"),
        state="open",
        locked=False,
        labels=(),
        url="https://github.com/o/r/issues/7",
        created_at=NOON,
        updated_at=NOON,
        comment_total=len(comments),
        comments=comments,
    )
    return replace(base, **changes)


def pull_thread(*comments: Comment, pull: Pull | None = None, **changes: Any) -> Thread:
    """Pull request 7, by a person, not a draft."""
    return thread(*comments, pull=pull or Pull(SHA, "fix-export", "main"), **changes)


def trigger(number: int = 7, event: str = "", action: str = "", **changes: Any) -> Trigger:
    """Why a run looks at one thread: of itself, unless an event is named."""
    return replace(Trigger((ThreadId(number),), event, action, opening=action == "opened"), **changes)


def changed(path: str, patch: str | None = "@@ -1 +1 @@\n-a\n+b", **changes: Any) -> ChangedFile:
    """A file that a pull request changes."""
    return replace(ChangedFile(path, "modified", 1, 1, patch), **changes)


def answer(**changes: Any) -> Answer:
    """A valid answer."""
    return replace(parse_answer(answer_data(comment="Create the folder first.", labels=[])), **changes)


# ---- payloads ----

ANN = {"login": "ann", "type": "User"}
ROBOT = {"login": "dependabot[bot]", "type": "Bot"}


def issue_event(action: str = "opened", *, sender: object = None, label: str = "", **changes: Any) -> dict[str, object]:
    """An ``issues`` payload."""
    payload: dict[str, object] = {"action": action, "issue": _issue(**changes), "sender": sender or ANN}
    return payload | ({"label": {"name": label}} if label else {})


def comment_event(
    body: str = "/hls why does this happen?",
    action: str = "created",
    *,
    user: object = None,
    sender: object = None,
    before: str | None = None,
    **issue: Any,
) -> dict[str, object]:
    """An ``issue_comment`` payload. ``before``: the body before an edit; the rest goes to the issue."""
    payload: dict[str, object] = {
        "action": action,
        "issue": _issue(**issue),
        "comment": {
            "id": 31,
            "body": body,
            "user": user or ANN,
            "author_association": "NONE",
            "created_at": "2026-11-02T10:00:00Z",
        },
        "sender": sender or user or ANN,
    }
    return payload | ({"changes": {"body": {"from": before}}} if before is not None else {})


def pull_event(action: str = "opened", *, sender: object = None, **changes: Any) -> dict[str, object]:
    """A ``pull_request`` payload, from a branch of the same repository."""
    repository = {"full_name": "o/r"}
    pull = _issue(
        draft=False,
        head={"sha": SHA, "ref": "fix-export", "repo": repository},
        base={"sha": "b" * 40, "ref": "main", "repo": repository},
    )
    return {"action": action, "pull_request": pull | changes, "sender": sender or ANN}


def _issue(**changes: Any) -> dict[str, object]:
    issue: dict[str, object] = {
        "number": 7,
        "title": "Export crashes",
        "body": BODY,
        "state": "open",
        "locked": False,
        "labels": [],
        "user": ANN,
        "author_association": "NONE",
        "created_at": "2026-11-02T09:00:00Z",
        "updated_at": "2026-11-02T09:00:00Z",
    }
    return issue | changes


# ---- the runner ----


def read_outputs(path: Path) -> dict[str, str]:
    """The outputs in a ``GITHUB_OUTPUT`` file, read as the runner reads them: name, delimiter, value, delimiter."""
    lines = path.read_text("utf-8").split("\n")
    found: dict[str, str] = {}
    position = 0
    while position < len(lines) and lines[position]:
        name, _, delimiter = lines[position].partition("<<")
        end = lines.index(delimiter, position + 1)
        found[name] = "\n".join(lines[position + 1 : end])
        position = end + 1
    return found
