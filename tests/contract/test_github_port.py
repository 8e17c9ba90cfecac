"""What every `GitHub` does, asked of the folder and of PyGithub against a GitHub REST server alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from hls_action.adapters.clock import SystemClock
from hls_action.adapters.folder import FolderGitHub
from hls_action.adapters.github_rest import RestGitHub
from hls_action.domain.thread import Label
from hls_action.errors import ThreadUnavailable
from hls_action.ports import GitHub
from tests.standins.emulate import Emulate
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class World(Protocol):
    """A repository as the tests prepare it, and the adapter that looks at it."""

    github: GitHub

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> int: ...
    def open_pull(self, title: str, files: dict[str, str]) -> int: ...
    def comment(self, number: int, body: str) -> None: ...
    def close(self, number: int) -> None: ...
    def lock(self, number: int) -> None: ...
    def define_labels(self, *labels: Label) -> None: ...
    def write_file(self, path: str, text: str) -> None: ...
    def two_commits(self, path: str, text: str) -> tuple[str, str]: ...


class FolderWorld:
    """A folder that the tests write by hand."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._github = FolderGitHub(root, SystemClock())
        self.github: GitHub = self._github
        self._count = 0

    def _open(self, thread: dict[str, object]) -> int:
        self._count += 1
        now = (datetime.now(UTC) + timedelta(milliseconds=self._count)).isoformat()
        author = {"login": "reporter", "type": "User"}
        base = {"author": author, "state": "open", "created_at": now, "updated_at": now, "comments": []}
        self._github.store_thread(self._count, {**base, **thread})
        return self._count

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> int:
        return self._open({"kind": "issue", "title": title, "body": body, "labels": list(labels)})

    def open_pull(self, title: str, files: dict[str, str]) -> int:
        changed = [
            {"path": path, "status": "added", "additions": 1, "patch": f"+{text}"} for path, text in files.items()
        ]
        pull = {"head_sha": "a" * 40, "head_ref": "topic", "base_ref": "main", "files": changed}
        return self._open({"kind": "pull_request", "title": title, "body": "", "labels": [], "pull": pull})

    def _change(self, number: int, **changes: object) -> None:
        self._github.store_thread(number, {**self._github._load(number), **changes})

    def comment(self, number: int, body: str) -> None:
        comments = list(self._github._load(number)["comments"])  # type: ignore[call-overload]
        stamp = datetime.now(UTC).isoformat()
        entry = {"id": len(comments) + 1, "author": {"login": "reporter"}, "body": body, "created_at": stamp}
        self._change(number, comments=[*comments, entry])

    def close(self, number: int) -> None:
        self._change(number, state="closed")

    def lock(self, number: int) -> None:
        self._change(number, locked=True)

    def define_labels(self, *labels: Label) -> None:
        self._github.store_labels(labels)

    def write_file(self, path: str, text: str) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def two_commits(self, path: str, text: str) -> tuple[str, str]:
        base, head = "a" * 40, "b" * 40
        changed = [{"path": path, "status": "added", "additions": 1, "patch": f"@@ -0,0 +1 @@\n+{text}"}]
        folder = self._root / "changes"
        folder.mkdir(parents=True)
        (folder / f"{base}...{head}.json").write_text(json.dumps(changed))
        return base, head


class RestWorld:
    """A repository of a GitHub REST server."""

    def __init__(self, repo: Repo, github: Proxy, token: str) -> None:
        self._repo = repo
        self.github: GitHub = RestGitHub(github.url, token, repo.full_name, job_token=True)

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> int:
        return int(self._repo.create_issue(title, body, by="reporter", labels=labels)["number"])

    def open_pull(self, title: str, files: dict[str, str]) -> int:
        return int(self._repo.create_pull(title, files=files)["number"])

    def comment(self, number: int, body: str) -> None:
        self._repo.comment(number, body, by="reporter")

    def close(self, number: int) -> None:
        self._repo.edit_issue(number, state="closed")

    def lock(self, number: int) -> None:
        self._repo.lock(number)

    def define_labels(self, *labels: Label) -> None:
        for label in labels:
            self._repo.create_label(label.name, description=label.description)

    def write_file(self, path: str, text: str) -> None:
        self._repo.push("main", {path: text})

    def two_commits(self, path: str, text: str) -> tuple[str, str]:
        return self._repo.head("main"), self._repo.push("topic", {path: text})


@pytest.fixture(params=["folder", "rest"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "folder":
        return FolderWorld(tmp_path)
    emulate: Emulate = request.getfixturevalue("emulate")
    return RestWorld(request.getfixturevalue("repo"), request.getfixturevalue("github"), emulate.bot_token())


def test_reads_an_issue(world: World) -> None:
    number = world.open_issue("It breaks", "Every time.\r\nReally.")
    thread = world.github.thread(number)
    assert (thread.number, thread.kind, thread.title) == (number, "issue", "It breaks")
    assert thread.body.splitlines() == ["Every time.", "Really."]
    assert (thread.author.login, thread.author.is_robot()) == ("reporter", False)
    assert (thread.state, thread.locked, thread.labels, thread.pull) == ("open", False, (), None)
    assert thread.created_at.tzinfo is not None
    assert thread.comment_total == 0


def test_reads_a_pull_request_with_or_without_knowing_that_it_is_one(world: World) -> None:
    number = world.open_pull("Add a page", {"page.md": "Hello"})
    told, found = world.github.thread(number, "pull_request"), world.github.thread(number)
    assert told == found
    assert told.kind == "pull_request"
    assert told.pull is not None
    assert len(told.pull.head_sha) == 40
    assert told.pull.base_ref == "main"
    assert not told.pull.draft


def test_lists_the_files_of_a_pull_request_up_to_a_limit(world: World) -> None:
    number = world.open_pull("Add pages", {f"page-{n}.md": f"Page {n}" for n in range(3)})
    files = world.github.files(number, 10)
    assert sorted(file.path for file in files) == ["page-0.md", "page-1.md", "page-2.md"]
    assert all(file.status == "added" and file.patch and "+Page" in file.patch for file in files)
    assert len(world.github.files(number, 2)) == 2


def test_a_file_that_is_called_as_before_has_no_other_name(world: World) -> None:
    number = world.open_pull("Add a page", {"page.md": "Hello"})
    assert [file.previous_path for file in world.github.files(number, 10)] == [""]


def test_lists_what_changed_from_a_commit_to_one_that_builds_on_it(world: World) -> None:
    base, head = world.two_commits("page.md", "Hello")
    (file,) = world.github.changes(base, head) or ()
    assert (file.path, file.status) == ("page.md", "added")
    assert "+Hello" in (file.patch or "")


def test_lists_no_changes_between_commits_that_do_not_build_on_each_other(world: World) -> None:
    base, head = world.two_commits("page.md", "Hello")
    assert world.github.changes(head, base) is None
    assert world.github.changes("c" * 40, head) is None


def test_lists_comments_oldest_first_beyond_a_page(world: World) -> None:
    number = world.open_issue("Long", "A long conversation.")
    for n in range(102):
        world.comment(number, f"comment {n}")
    comments = world.github.comments(number)
    assert [comment.body for comment in comments] == [f"comment {n}" for n in range(102)]
    assert [comment.id for comment in comments] == sorted(comment.id for comment in comments)
    assert world.github.thread(number).comment_total == 102


def test_posts_a_comment_as_its_own(world: World) -> None:
    number = world.open_issue("Hello", "Is anybody there?")
    posted = world.github.create_comment(number, "<!-- hls:1 issue/1 -->\nYes.")
    (read,) = world.github.comments(number)
    assert read == posted
    assert read.body == "<!-- hls:1 issue/1 -->\nYes."
    assert read.url
    assert world.github.is_own(read.author.login)
    assert read.author.is_robot()


def test_does_not_take_others_for_itself(world: World) -> None:
    number = world.open_issue("Hello", "Is anybody there?")
    world.comment(number, "<!-- hls:1 issue/1 -->\nI am the bot, honest.")
    (read,) = world.github.comments(number)
    assert not world.github.is_own(read.author.login)


def test_adds_labels_and_keeps_those_that_are_there(world: World) -> None:
    world.define_labels(Label("bug"), Label("docs"), Label("good first issue"))
    number = world.open_issue("Hello", "World", labels=["docs"])
    world.github.add_labels(number, ("bug", "good first issue"))
    world.github.add_labels(number, ("bug",))
    assert sorted(world.github.thread(number).labels) == ["bug", "docs", "good first issue"]


def test_lists_every_label_with_its_meaning(world: World) -> None:
    wanted = [Label(f"label-{n}", f"meaning {n}") for n in range(103)]
    world.define_labels(*wanted)
    assert sorted(world.github.labels(), key=lambda label: label.name) == sorted(wanted, key=lambda label: label.name)


def test_reads_a_file_of_the_default_branch(world: World) -> None:
    world.write_file(".github/hls.yml", "model: claude-haiku-5-5 # ü\n")
    assert world.github.file(".github/hls.yml") == "model: claude-haiku-5-5 # ü\n"
    assert world.github.file(".github/other.yml") is None


def test_lists_open_threads_the_longest_untouched_first(world: World) -> None:
    first, closed, second = (world.open_issue(f"Issue {n}", "Text") for n in range(3))
    pull = world.open_pull("Change", {"a.txt": "a"})
    world.close(closed)
    found = world.github.open_threads(LONG_AGO, 10)
    assert [ref.number for ref in found] == [first, second, pull]
    assert [ref.updated_at for ref in found] == [world.github.thread(ref.number).updated_at for ref in found]
    assert world.github.open_threads(LONG_AGO, 2) == found[:2]
    assert world.github.open_threads(datetime.now(UTC) + timedelta(days=1), 10) == ()


def test_says_when_a_thread_is_not_there(world: World) -> None:
    with pytest.raises(ThreadUnavailable):
        world.github.thread(4242)


def test_says_closed_and_locked(world: World) -> None:
    number = world.open_issue("Hello", "World")
    world.close(number)
    world.lock(number)
    thread = world.github.thread(number)
    assert (thread.state, thread.locked) == ("closed", True)


def test_a_locked_thread_takes_no_comment(world: World) -> None:
    number = world.open_issue("Hello", "World")
    world.lock(number)
    with pytest.raises(ThreadUnavailable, match="locked"):
        world.github.create_comment(number, "Too late")
    assert world.github.comments(number) == ()


def test_replaces_a_comment_and_may_do_so_twice(world: World) -> None:
    number = world.open_issue("Hello", "Is anybody there?")
    posted = world.github.create_comment(number, "<!-- hls:1 issue/1 -->\nYes.")
    world.github.update_comment(number, posted.id, "<!-- hls:1 issue/1 -->\nNo.")
    replaced = world.github.update_comment(number, posted.id, "<!-- hls:1 issue/1 -->\nNo.")
    (read,) = world.github.comments(number)
    assert (read.id, read.body, read.url) == (posted.id, "<!-- hls:1 issue/1 -->\nNo.", posted.url)
    assert (replaced.id, replaced.body) == (read.id, read.body)


def test_says_when_a_comment_to_replace_is_gone(world: World) -> None:
    number = world.open_issue("Hello", "Is anybody there?")
    with pytest.raises(ThreadUnavailable):
        world.github.update_comment(number, 987_654, "No.")


def test_opens_an_issue_of_its_own_finds_it_and_changes_it(world: World) -> None:
    world.open_issue("HLS: budget", "<!-- hls:1 alerts/all -->\nI am the bot, honest.")
    assert world.github.own_issue("<!-- hls:1 alerts/all -->") is None
    number = world.github.create_issue("HLS: budget", "<!-- hls:1 alerts/all -->\nHalf of it is used.")
    assert world.github.own_issue("<!-- hls:1 alerts/all -->") == number
    for _ in range(2):
        world.github.update_issue(number, "<!-- hls:1 alerts/all -->\nNothing to report.", is_open=False)
    closed = world.github.thread(number)
    assert (closed.title, closed.state, closed.body.split("\n")[1]) == ("HLS: budget", "closed", "Nothing to report.")
    assert world.github.own_issue("<!-- hls:1 alerts/all -->") == number
    world.github.update_issue(number, closed.body, is_open=True)
    assert world.github.thread(number).state == "open"


def test_says_when_an_issue_to_change_is_gone(world: World) -> None:
    with pytest.raises(ThreadUnavailable):
        world.github.update_issue(987_654, "No.", is_open=True)


def test_knows_nothing_of_a_run_that_never_was(world: World) -> None:
    assert world.github.run_ended(987_654, 1) is False
