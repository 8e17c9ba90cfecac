"""A folder on this machine in place of GitHub, for trying things out: threads as JSON files, labels, configuration.

Layout: ``labels.json``, ``collaborators.json`` with the permission of each login, ``teams.json`` with the teams of
each, ``threads/NUMBER.json`` for issues and pull requests, which are the only threads a folder keeps so far, and any
file of the repository at its own path. A comment that is folded says ``"folded": true`` in its thread's file.
``eyes/NUMBER.json``: what in a thread HLS reacts to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import quote

from hls_action.domain.errors import ConfigError
from hls_action.domain.faults.errors import Deleted, Dispensable, ThreadGone, ThreadUnavailable
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.json_codec import Codecs
from hls_action.domain.knowledge.issue_index import IndexedIssue
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.threads.facts import History, Linked
from hls_action.domain.threads.thread import (
    Author,
    ChangedFile,
    Comment,
    Comparison,
    Label,
    Pull,
    Thread,
    ThreadPage,
    ThreadRef,
)
from hls_action.ports import Clock

LOGIN = "github-actions[bot]"
PER_PAGE = 100

HISTORY = Codecs({}, {}).of(History)

Json = Mapping[str, object]


class FolderGitHub:
    """One repository in a folder. Comments are written by ``github-actions[bot]``, as a job's token writes them."""

    is_real = False

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root = root
        self._clock = clock

    def is_own(self, login: str) -> bool:
        """Only one login ever writes here."""
        return login == LOGIN

    def thread(self, thread: ThreadId, is_pull: bool | None = None) -> Thread:  # noqa: ARG002 - costs nothing here
        """The thread, without comments and files."""
        number = _number(thread)
        raw = self._load(number)
        comments = cast("list[Json]", raw.get("comments", []))
        return Thread(
            id=thread,
            title=str(raw.get("title", "")),
            body=str(raw.get("body") or ""),
            author=_author(raw),
            state=str(raw.get("state", "open")),
            locked=raw.get("locked") is True,
            labels=tuple(cast("list[str]", raw.get("labels", []))),
            url=f"{self._root.as_uri()}/threads/{number}.json",
            created_at=_time(raw, "created_at"),
            updated_at=_time(raw, "updated_at"),
            comment_total=len(comments),
            pull=_pull(cast(Json, raw["pull"])) if raw.get("pull") else None,
            milestone=str(raw.get("milestone") or ""),
            issue_type=str(raw.get("type") or ""),
        )

    def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """All comments, oldest first."""
        number = _number(thread)
        return tuple(self._comment(number, raw) for raw in cast("list[Json]", self._load(number).get("comments", [])))

    def files(self, thread: ThreadId, limit: int) -> tuple[ChangedFile, ...]:
        """The changed files of a pull request."""
        pull = cast(Json, self._load(_number(thread)).get("pull") or {})
        return _files(cast("list[Json]", pull.get("files", []))[:limit])

    def history(self, thread: ThreadId) -> History:
        """As the thread's file has it under ``history``, by the names of the fields."""
        return cast(History, HISTORY.decode(self._load(_number(thread)).get("history", {})))

    def linked(self, numbers: tuple[int, ...]) -> tuple[Linked, ...]:
        """Those that there are files of; why one is closed stands under ``state_reason``."""
        return tuple(_linked(number, self._load(number)) for number in numbers if self._path(number).exists())

    def issues(self, query: IssueQuery) -> IssuePage:
        """The issues that there are files of, 100 a page. Who answered one is not looked at."""
        numbers = frozenset(each.number for each in self._ids())
        threads = (FolderGitHub.thread(self, each) for each in self._ids())
        found = [thread for thread in threads if not thread.is_pull and _is_wanted(thread, query)]
        found.sort(key=_place, reverse=query.newest_first)
        if query.after:
            found = [each for each in found if _is_after(_place(each), query)]
        shown = found[:PER_PAGE]
        return IssuePage(
            issues=tuple(map(self._indexed, shown)),
            end=_place(shown[-1]) if shown else "",
            is_last=len(found) <= PER_PAGE,
            gone=frozenset(query.check) - numbers,
            at=self._clock.now(),
        )

    def _indexed(self, thread: Thread) -> IndexedIssue:
        original = self._load(thread.number).get("duplicate_of")
        return IndexedIssue(
            number=thread.number,
            state=thread.state,
            title=thread.title,
            text=thread.body,
            labels=thread.labels,
            created=thread.created_at,
            updated=thread.updated_at,
            touched=thread.author.is_maintainer or bool(thread.milestone),
            duplicate_of=original if isinstance(original, int) else None,
        )

    def changes(self, base: str, head: str) -> Comparison | None:
        """As ``changes/BASE...HEAD.json`` has it, where there is such a file: a list of files like a pull request's.

        Or an object with such ``files``, and with ``plain`` or ``ahead`` where that is not so.
        """
        path = self._root / "changes" / f"{quote(base, safe='')}...{quote(head, safe='')}.json"
        if not path.exists():
            return None
        raw = json.loads(path.read_text("utf-8"))
        comparison = raw if isinstance(raw, dict) else {"files": raw}
        is_ahead = comparison.get("ahead") is not False
        return Comparison(
            _files(comparison["files"]),
            is_ahead=is_ahead,
            has_no_merges=is_ahead and comparison.get("plain") is not False,
        )

    def labels(self) -> tuple[Label, ...]:
        """The labels in ``labels.json``."""
        path = self._root / "labels.json"
        entries = json.loads(path.read_text("utf-8")) if path.exists() else []
        return tuple(Label(entry["name"], entry.get("description") or "") for entry in entries)

    def file(self, path: str) -> str | None:
        """A file of the repository."""
        target = self._root / path
        try:
            return target.read_text("utf-8-sig") if target.is_file() else None
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}).") from error

    def open_threads(self, since: datetime, page: int = 1) -> ThreadPage:
        """Open threads updated since, the longest untouched first, 100 a page."""
        threads = map(self.thread, self._ids())
        found = [each for each in threads if each.state == "open" and each.updated_at >= since]
        found.sort(key=lambda thread: (thread.updated_at, thread.id))
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        refs = tuple(ThreadRef(thread.id, thread.updated_at) for thread in shown)
        return ThreadPage(refs, len(found) <= page * PER_PAGE, len(found), self._clock.now())

    def labelled(self, label: str) -> tuple[ThreadRef, ...]:
        """Open threads with that label, whatever its case."""
        threads = map(self.thread, self._ids())
        found = [t for t in threads if t.state == "open" and label.lower() in (name.lower() for name in t.labels)]
        found.sort(key=lambda thread: (thread.updated_at, thread.id))
        return tuple(ThreadRef(thread.id, thread.updated_at) for thread in found[:PER_PAGE])

    def add_labels(self, thread: ThreadId, names: tuple[str, ...]) -> None:
        """Add labels to the thread's file."""
        has = cast("list[str]", self._load(_number(thread)).get("labels", []))
        self._change(thread, labels=list(dict.fromkeys([*has, *names])))

    def remove_label(self, thread: ThreadId, name: str) -> None:
        """Take a label out of the thread's file."""
        has = cast("list[str]", self._load(_number(thread)).get("labels", []))
        self._change(thread, labels=[label for label in has if label.lower() != name.lower()])

    def set_type(self, thread: ThreadId, name: str) -> None:
        """Name the type in the thread's file."""
        self._change(thread, type=name)

    def add_eyes(self, thread: ThreadId, comment: int | None) -> int:
        """Write down what is reacted to, by a file for each thread, beside what else goes on in it; 0 is the thread."""
        known = {each.id for each in self.comments(thread)}
        if comment is not None and comment not in known:
            raise Dispensable(Fault("github", "status", f"there is no comment {comment} in thread {thread}", 404))
        self._keep_eyes(thread, {*self._eyes(thread), comment or 0})
        return (comment or 0) + 1

    def remove_eyes(self, thread: ThreadId, comment: int | None, reaction: int) -> None:
        """Take it out again."""
        self._keep_eyes(thread, {each for each in self._eyes(thread) if (each, each + 1) != (comment or 0, reaction)})

    def _eyes(self, thread: ThreadId) -> set[int]:
        path = self._root / "eyes" / f"{_number(thread)}.json"
        return set(json.loads(path.read_text("utf-8"))) if path.exists() else set()

    def _keep_eyes(self, thread: ThreadId, eyes: set[int]) -> None:
        path = self._root / "eyes" / f"{_number(thread)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(sorted(eyes)), "utf-8")

    def _change(self, thread: ThreadId, **changes: object) -> None:
        """Change a thread's file, and say when, if that makes a difference."""
        raw = self._load(_number(thread))
        if any(raw.get(name) != value for name, value in changes.items()):
            self._store(thread.number, {**raw, **changes, "updated_at": self._clock.now().isoformat()})

    def create_comment(self, thread: ThreadId, body: str) -> Comment:
        """Add a comment to the thread's file. Errors: `ThreadUnavailable` when the thread is locked."""
        number = _number(thread)
        raw = dict(self._load(number))
        if raw.get("locked") is True:
            raise ThreadUnavailable("the conversation is locked")
        comments = list(cast("list[Json]", raw.get("comments", [])))
        stamp = self._clock.now().isoformat()
        entry = {
            "id": 1 + max((int(str(comment["id"])) for comment in comments), default=0),
            "author": {"login": LOGIN, "type": "Bot", "association": "NONE"},
            "body": body,
            "created_at": stamp,
        }
        raw["comments"] = [*comments, entry]
        raw["updated_at"] = stamp
        self._store(number, raw)
        return self._comment(number, entry)

    def update_comment(self, thread: ThreadId, comment_id: int, body: str) -> Comment:
        """Replace a comment's body. Errors: `ThreadUnavailable` when it is gone, or its thread locked."""
        number = _number(thread)
        raw = dict(self._load(number))
        if raw.get("locked") is True:
            raise ThreadUnavailable("the conversation is locked")
        stamp = self._clock.now().isoformat()
        comments = [dict(comment) for comment in cast("list[Json]", raw.get("comments", []))]
        entry = next((comment for comment in comments if comment["id"] == comment_id), None)
        if entry is None:
            raise _deleted(f"there is no comment {comment_id} in thread {number}")
        entry.update(body=body, updated_at=stamp)
        self._store(number, {**raw, "comments": comments, "updated_at": stamp})
        return self._comment(number, entry)

    def fold(self, node_id: str) -> None:
        """Mark a comment as folded, in whichever thread's file it is."""
        for thread in self._ids():
            raw = self._load(thread.number)
            comments = [dict(comment) for comment in cast("list[Json]", raw.get("comments", []))]
            entry = next((each for each in comments if _node_id(thread.number, each) == node_id), None)
            if entry is not None:
                entry["folded"] = True
                self._store(thread.number, {**raw, "comments": comments})
                return
        raise _deleted(f"there is no comment {node_id} in {self._root}")

    def create_issue(self, title: str, body: str) -> int:
        """A file for a new issue."""
        number = 1 + max((thread.number for thread in self._ids()), default=0)
        stamp = self._clock.now().isoformat()
        author = {"login": LOGIN, "type": "Bot", "association": "NONE"}
        raw = {"title": title, "body": body, "author": author, "created_at": stamp, "updated_at": stamp}
        self.store_thread(number, raw)
        return number

    def update_issue(self, number: int, body: str, *, is_open: bool) -> None:
        """Replace the body and the state in the issue's file."""
        state = "open" if is_open else "closed"
        if not self._path(number).exists():
            raise _deleted(f"there is no issue {number} in {self._root}")
        self._store(number, {**self._load(number), "body": body, "state": state})

    def own_issue(self, first_line: str) -> int | None:
        """The newest of ours that begins so."""
        newest_first = sorted(self._ids(), reverse=True)
        found = (each for each in map(self.thread, newest_first) if each.body.split("\n", 1)[0].strip() == first_line)
        return next((each.number for each in found if self.is_own(each.author.login)), None)

    def permission(self, login: str) -> str:
        """As ``collaborators.json`` has it, by login; everybody may read."""
        return cast("dict[str, str]", self._document("collaborators.json")).get(login, "read")

    def is_in_team(self, team: str, login: str) -> bool:
        """Whether ``teams.json`` says so."""
        return team in cast("dict[str, list[str]]", self._document("teams.json")).get(login.lower(), [])

    def _document(self, name: str) -> object:
        path = self._root / name
        return json.loads(path.read_text("utf-8")) if path.exists() else {}

    def run_ended(self, run: int, attempt: int) -> bool:  # noqa: ARG002 - there are no runs here
        """Nothing is known of runs in a folder."""
        return False

    def store_thread(self, number: int, raw: Json) -> None:
        """Put a thread into the folder, replacing one of that number."""
        self._store(number, raw)

    def store_labels(self, labels: tuple[Label, ...]) -> None:
        """Say which labels the repository has."""
        self._root.mkdir(parents=True, exist_ok=True)
        entries = [{"name": label.name, "description": label.description} for label in labels]
        (self._root / "labels.json").write_text(json.dumps(entries, indent=2), "utf-8")

    def _comment(self, number: int, raw: Json) -> Comment:
        return Comment(
            id=int(str(raw["id"])),
            author=_author(raw),
            body=str(raw.get("body") or ""),
            created_at=_time(raw, "created_at"),
            url=f"{self._root.as_uri()}/threads/{number}.json#comment-{raw['id']}",
            updated_at=_time(raw, "updated_at") if raw.get("updated_at") else None,
            node_id=_node_id(number, raw),
        )

    def _ids(self) -> list[ThreadId]:
        """The threads there are; a file of any other name is none."""
        stems = (path.stem for path in (self._root / "threads").glob("*.json"))
        return [ThreadId(int(stem)) for stem in stems if stem.isdecimal()]

    def _path(self, number: int) -> Path:
        return self._root / "threads" / f"{number}.json"

    def _load(self, number: int) -> Json:
        try:
            return cast(Json, json.loads(self._path(number).read_text("utf-8")))
        except FileNotFoundError as error:
            raise ThreadGone(f"there is no thread {number} in {self._root}") from error

    def _store(self, number: int, raw: Json) -> None:
        path = self._path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(raw, indent=2, ensure_ascii=False), "utf-8")
        fresh.replace(path)


def _is_wanted(thread: Thread, query: IssueQuery) -> bool:
    return query.state in (None, thread.state) and (query.since is None or thread.updated_at >= query.since)


def _place(thread: Thread) -> str:
    """Where a thread is in the order of the changes, which is what the end of a page names."""
    return f"{thread.updated_at.astimezone(UTC).isoformat(timespec='microseconds')} {thread.number:09d}"


def _is_after(place: str, query: IssueQuery) -> bool:
    return place < query.after if query.newest_first else place > query.after


def _deleted(message: str) -> Deleted:
    return Deleted(Fault("github", "status", message, 404))


def _number(thread: ThreadId) -> int:
    """What a thread's file is called. Errors: `ThreadUnavailable` for a kind of thread that has no files here."""
    if thread.kind != "thread":
        raise ThreadUnavailable(f"a folder keeps no {thread.kind}s ({thread})")
    return thread.number


def _node_id(number: int, raw: Json) -> str:
    """What the file says, else made from the thread's number and the comment's id, which are its own only together."""
    return str(raw.get("node_id") or f"IC_{number}_{raw['id']}")


def _files(entries: list[Json]) -> tuple[ChangedFile, ...]:
    return tuple(
        ChangedFile(
            path=str(raw["path"]),
            status=str(raw.get("status", "modified")),
            additions=int(str(raw.get("additions", 0))),
            deletions=int(str(raw.get("deletions", 0))),
            patch=cast("str | None", raw.get("patch")),
            previous_path=str(raw.get("previous_path") or ""),
            sha=str(raw.get("sha") or ""),
        )
        for raw in entries
    )


def _linked(number: int, raw: Json) -> Linked:
    state, reason = str(raw.get("state", "open")), raw.get("state_reason")
    state = f"{state} as {reason}" if state == "closed" and reason else state
    return Linked(
        number, str(raw.get("title", "")), str(raw.get("body") or ""), _author(raw), state, bool(raw.get("pull"))
    )


def _author(raw: Json) -> Author:
    author = cast(Json, raw.get("author") or {})
    return Author(
        str(author.get("login", "ghost")), str(author.get("type", "User")), str(author.get("association", "NONE"))
    )


def _pull(raw: Json) -> Pull:
    return Pull(
        head_sha=str(raw.get("head_sha", "")),
        head_ref=str(raw.get("head_ref", "")),
        base_ref=str(raw.get("base_ref", "")),
        draft=raw.get("draft") is True,
        file_total=len(cast("list[object]", raw.get("files", []))),
    )


def _time(raw: Json, key: str) -> datetime:
    value = raw.get(key)
    return datetime.fromisoformat(str(value)) if value else datetime(2020, 1, 1, tzinfo=UTC)
