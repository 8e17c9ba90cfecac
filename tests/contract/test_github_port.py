"""What every `GitHub` does, asked of the folder and of PyGithub against a GitHub REST server alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from hls_action.adapters.clock import SystemClock
from hls_action.adapters.github.folder import FolderGitHub
from hls_action.adapters.github.rest import RestGitHub
from hls_action.domain import identity
from hls_action.domain.faults.errors import Deleted, Dispensable, ThreadGone, ThreadUnavailable
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_pages import IssueQuery
from hls_action.domain.threads.facts import History
from hls_action.domain.threads.thread import Label
from hls_action.ports import GitHub
from tests.standins.emulate import Emulate
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class World(Protocol):
    """A repository as the tests prepare it, and the adapter that looks at it."""

    github: GitHub

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> ThreadId: ...
    def open_pull(self, title: str, files: dict[str, str]) -> ThreadId: ...
    def comment(self, thread: ThreadId, body: str) -> None: ...
    def close(self, thread: ThreadId) -> None: ...
    def lock(self, thread: ThreadId) -> None: ...
    def define_labels(self, *labels: Label) -> None: ...
    def write_file(self, path: str, text: str) -> None: ...
    def two_commits(self, path: str, text: str) -> tuple[str, str]: ...
    def merge(self, path: str, text: str) -> tuple[str, str]: ...
    def review(self, thread: ThreadId, state: str, body: str) -> None: ...
    def folded(self) -> list[str]: ...
    def let_write(self, login: str) -> None: ...
    def eyes(self, thread: ThreadId, comment: int | None) -> int: ...


class FolderWorld:
    """A folder that the tests write by hand."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._github = FolderGitHub(root, SystemClock())
        self.github: GitHub = self._github
        self._count = 0

    def _open(self, thread: dict[str, object]) -> ThreadId:
        self._count += 1
        now = (datetime.now(UTC) + timedelta(milliseconds=self._count)).isoformat()
        author = {"login": "reporter", "type": "User"}
        base = {"author": author, "state": "open", "created_at": now, "updated_at": now, "comments": []}
        self._github.store_thread(self._count, {**base, **thread})
        return ThreadId(self._count)

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> ThreadId:
        return self._open({"title": title, "body": body, "labels": list(labels)})

    def open_pull(self, title: str, files: dict[str, str]) -> ThreadId:
        changed = [
            {"path": path, "status": "added", "additions": 1, "patch": f"+{text}"} for path, text in files.items()
        ]
        pull = {"head_sha": "a" * 40, "head_ref": "topic", "base_ref": "main", "files": changed}
        return self._open({"title": title, "body": "", "labels": [], "pull": pull})

    def _change(self, thread: ThreadId, **changes: object) -> None:
        self._github.store_thread(thread.number, {**self._github._load(thread.number), **changes})

    def comment(self, thread: ThreadId, body: str) -> None:
        comments = list(self._github._load(thread.number)["comments"])  # type: ignore[call-overload]
        stamp = datetime.now(UTC).isoformat()
        entry = {"id": len(comments) + 1, "author": {"login": "reporter"}, "body": body, "created_at": stamp}
        self._change(thread, comments=[*comments, entry])

    def close(self, thread: ThreadId) -> None:
        self._change(thread, state="closed")

    def lock(self, thread: ThreadId) -> None:
        self._change(thread, locked=True)

    def define_labels(self, *labels: Label) -> None:
        self._github.store_labels(labels)

    def write_file(self, path: str, text: str) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def two_commits(self, path: str, text: str) -> tuple[str, str]:
        base, head = "a" * 40, "b" * 40
        changed = [{"path": path, "status": "added", "additions": 1, "patch": f"@@ -0,0 +1 @@\n+{text}"}]
        self._compared(base, head, changed)
        self._compared(head, base, {"files": [], "ahead": False})
        return base, head

    def merge(self, path: str, text: str) -> tuple[str, str]:
        before, after = "a" * 40, "b" * 40
        self._compared(before, after, {"files": [{"path": path, "status": "added"}], "plain": False})
        return before, after

    def _compared(self, base: str, head: str, found: object) -> None:
        folder = self._root / "changes"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{base}...{head}.json").write_text(json.dumps(found))

    def review(self, thread: ThreadId, state: str, body: str) -> None:
        review = {"author": {"login": "maintainer"}, "state": state, "body": body}
        self._change(thread, history={"reviews": [review], "commits": ["a1b2c3d Add a page"]})

    def folded(self) -> list[str]:
        found = []
        for path in sorted((self._root / "threads").glob("*.json")):
            shown = self.github.comments(ThreadId(int(path.stem)))
            marked = [comment.get("folded", False) for comment in json.loads(path.read_text())["comments"]]
            found += [comment.node_id for comment, is_folded in zip(shown, marked, strict=True) if is_folded]
        return found

    def let_write(self, login: str) -> None:
        (self._root / "collaborators.json").write_text(json.dumps({login: "write"}))

    def eyes(self, thread: ThreadId, comment: int | None) -> int:
        return len(self._github._eyes(thread) & {comment or 0})


class RestWorld:
    """A repository of a GitHub REST server."""

    def __init__(self, repo: Repo, github: Proxy, emulate: Emulate) -> None:
        self._repo = repo
        self._minimized = emulate.minimized
        self._reactions = emulate.reactions
        self._before = dict(emulate.minimized)
        token = emulate.bot_token()
        self.github: GitHub = RestGitHub(github.url, token, repo.full_name, job_token=True)

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> ThreadId:
        return ThreadId(self._repo.create_issue(title, body, by="reporter", labels=labels)["number"])

    def open_pull(self, title: str, files: dict[str, str]) -> ThreadId:
        return ThreadId(self._repo.create_pull(title, files=files)["number"])

    def comment(self, thread: ThreadId, body: str) -> None:
        self._repo.comment(thread.number, body, by="reporter")

    def close(self, thread: ThreadId) -> None:
        self._repo.edit_issue(thread.number, state="closed")

    def lock(self, thread: ThreadId) -> None:
        self._repo.lock(thread.number)

    def define_labels(self, *labels: Label) -> None:
        for label in labels:
            self._repo.create_label(label.name, description=label.description)

    def write_file(self, path: str, text: str) -> None:
        self._repo.push("main", {path: text})

    def two_commits(self, path: str, text: str) -> tuple[str, str]:
        return self._repo.head("main"), self._repo.push("topic", {path: text})

    def merge(self, path: str, text: str) -> tuple[str, str]:
        before = self._repo.push("topic", {"mine.md": "Mine"})
        self._repo.push("main", {path: text})
        tree = self._repo.request("GET", f"/git/commits/{before}")["tree"]["sha"]
        entry = {"path": path, "mode": "100644", "type": "blob", "content": text}
        both = self._repo.request("POST", "/git/trees", {"base_tree": tree, "tree": [entry]})["sha"]
        merge = {"message": "Merge", "tree": both, "parents": [before, self._repo.head("main")]}
        sha = self._repo.request("POST", "/git/commits", merge)["sha"]
        self._repo.request("PATCH", "/git/refs/heads/topic", {"sha": sha})
        return before, sha

    def review(self, thread: ThreadId, state: str, body: str) -> None:
        event = {"approved": "APPROVE", "changes requested": "REQUEST_CHANGES"}[state]
        self._repo.request("POST", f"/pulls/{thread.number}/reviews", {"event": event, "body": body})

    def folded(self) -> list[str]:
        fresh = {node_id: why for node_id, why in self._minimized.items() if node_id not in self._before}
        assert set(fresh.values()) <= {"OUTDATED"}
        return list(fresh)

    def let_write(self, login: str) -> None:
        self._repo.add_collaborator(login, "push")

    def eyes(self, thread: ThreadId, comment: int | None) -> int:
        where = f"comments/{comment}" if comment is not None else thread.number
        found = self._reactions.get(f"/repos/{self._repo.full_name}/issues/{where}", {}).values()
        assert set(found) <= {"github-actions[bot] eyes"}
        return len(found)


@pytest.fixture(params=["folder", "rest"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "folder":
        return FolderWorld(tmp_path)
    emulate: Emulate = request.getfixturevalue("emulate")
    return RestWorld(request.getfixturevalue("repo"), request.getfixturevalue("github"), emulate)


def test_reads_an_issue(world: World) -> None:
    issue = world.open_issue("It breaks", "Every time.\r\nReally.")
    thread = world.github.thread(issue)
    assert (thread.id, thread.is_pull, thread.title) == (issue, False, "It breaks")
    assert thread.body.splitlines() == ["Every time.", "Really."]
    assert (thread.author.login, thread.author.is_robot()) == ("reporter", False)
    assert (thread.state, thread.locked, thread.labels, thread.pull) == ("open", False, (), None)
    assert thread.created_at.tzinfo is not None
    assert thread.comment_total == 0


def test_reads_a_pull_request_with_or_without_knowing_that_it_is_one(world: World) -> None:
    pull = world.open_pull("Add a page", {"page.md": "Hello"})
    told, found = world.github.thread(pull, is_pull=True), world.github.thread(pull)
    assert told == found
    assert told.is_pull
    assert told.pull is not None
    assert len(told.pull.head_sha) == 40
    assert told.pull.base_ref == "main"
    assert not told.pull.draft


def test_lists_the_files_of_a_pull_request_up_to_a_limit(world: World) -> None:
    pull = world.open_pull("Add pages", {f"page-{n}.md": f"Page {n}" for n in range(3)})
    files = world.github.files(pull, 10)
    assert sorted(file.path for file in files) == ["page-0.md", "page-1.md", "page-2.md"]
    assert all(file.status == "added" and file.patch and "+Page" in file.patch for file in files)
    assert len(world.github.files(pull, 2)) == 2


def test_a_file_that_is_called_as_before_has_no_other_name(world: World) -> None:
    pull = world.open_pull("Add a page", {"page.md": "Hello"})
    assert [file.previous_path for file in world.github.files(pull, 10)] == [""]


def test_tells_what_became_of_a_pull_request(world: World) -> None:
    pull = world.open_pull("Add a page", {"page.md": "Hello"})
    world.review(pull, "changes requested", "Name it index.md.")
    found = world.github.history(pull)
    assert [(each.author.login, each.state, each.body) for each in found.reviews] == [
        ("maintainer", "changes requested", "Name it index.md.")
    ]
    assert re.fullmatch("[0-9a-f]{7} Add a page", found.commits[-1])
    assert (found.relations, found.checks, found.unread) == ((), (), ())


def test_nothing_happened_yet_around_a_new_issue(world: World) -> None:
    assert world.github.history(world.open_issue("It breaks", "Every time.")) == History()


def test_reads_what_a_thread_is_linked_to_at_once(world: World) -> None:
    closed, pull = world.open_issue("It breaks", "Every time."), world.open_pull("Mend it", {"a.txt": "a"})
    world.close(closed)
    found = world.github.linked((pull.number, 4_242, closed.number))
    assert [(each.number, each.title, each.state.split(" ")[0], each.is_pull) for each in found] == [
        (pull.number, "Mend it", "open", True),
        (closed.number, "It breaks", "closed", False),
    ]
    assert (found[1].body, found[1].author.login) == ("Every time.", "reporter")


def test_lists_issues_and_no_pull_request(world: World) -> None:
    first = world.open_issue("It breaks", "Every time.", ["bug"])
    world.open_pull("Mend it", {"a.txt": "a"})
    second = world.open_issue("It breaks again", "Now and then.")
    world.close(second)
    found = world.github.issues(IssueQuery())
    assert [each.number for each in found.issues] == [first.number, second.number]
    issue = found.issues[0]
    assert (issue.title, issue.text, issue.state, issue.labels) == ("It breaks", "Every time.", "open", ("bug",))
    assert (issue.touched, issue.duplicate_of, found.is_last, found.is_off) == (False, None, True, False)
    assert found.issues[1].state == "closed"
    assert issue.created.tzinfo is not None
    assert issue.created <= issue.updated


def test_lists_issues_as_they_are_asked_for(world: World) -> None:
    first, second = world.open_issue("One", "1"), world.open_issue("Two", "2")
    world.close(first)
    newest_first = world.github.issues(IssueQuery(newest_first=True))
    assert {each.number for each in newest_first.issues} == {first.number, second.number}
    (only,) = world.github.issues(IssueQuery(state="closed")).issues
    assert only.number == first.number
    later = newest_first.issues[0].updated + timedelta(days=1)
    assert world.github.issues(IssueQuery(since=later)).issues == ()
    assert len(world.github.issues(IssueQuery(since=LONG_AGO)).issues) == 2


def test_a_list_of_issues_goes_on_where_it_ended(world: World) -> None:
    world.open_issue("One", "1")
    for newest_first in (True, False):
        page = world.github.issues(IssueQuery(newest_first=newest_first))
        assert page.end
        assert world.github.issues(IssueQuery(newest_first=newest_first, after=page.end)).issues == ()


def test_says_which_issues_are_gone(world: World) -> None:
    here = world.open_issue("One", "1")
    assert world.github.issues(IssueQuery(check=(here.number, 987_654))).gone == {987_654}


def test_lists_what_changed_from_a_commit_to_one_that_builds_on_it(world: World) -> None:
    base, head = world.two_commits("page.md", "Hello")
    found = world.github.changes(base, head)
    assert found is not None
    assert (found.is_complete, found.is_ahead, found.has_no_merges) == (True, True, True)
    (file,) = found.files
    assert (file.path, file.status) == ("page.md", "added")
    assert "+Hello" in (file.patch or "")


def test_a_commit_that_another_builds_on_changed_nothing_since_they_parted(world: World) -> None:
    base, head = world.two_commits("page.md", "Hello")
    found = world.github.changes(head, base)
    assert found is not None
    assert (found.files, found.is_ahead, found.has_no_merges) == ((), False, False)


def test_a_merge_is_no_plain_change(world: World) -> None:
    found = world.github.changes(*world.merge("theirs.md", "Theirs"))
    assert found is not None
    assert [file.path for file in found.files] == ["theirs.md"]
    assert (found.is_complete, found.is_ahead, found.has_no_merges) == (True, True, False)


def test_lists_no_changes_since_a_commit_that_is_gone(world: World) -> None:
    _, head = world.two_commits("page.md", "Hello")
    assert world.github.changes("c" * 40, head) is None


def test_lists_comments_oldest_first_beyond_a_page(world: World) -> None:
    issue = world.open_issue("Long", "A long conversation.")
    for n in range(102):
        world.comment(issue, f"comment {n}")
    comments = world.github.comments(issue)
    assert [comment.body for comment in comments] == [f"comment {n}" for n in range(102)]
    assert [comment.id for comment in comments] == sorted(comment.id for comment in comments)
    assert world.github.thread(issue).comment_total == 102


def test_posts_a_comment_as_its_own(world: World) -> None:
    issue = world.open_issue("Hello", "Is anybody there?")
    posted = world.github.create_comment(issue, "<!-- hls:1 issue/1 -->\nYes.")
    (read,) = world.github.comments(issue)
    assert read == posted
    assert read.body == "<!-- hls:1 issue/1 -->\nYes."
    assert read.url
    assert world.github.is_own(read.author.login)
    assert read.author.is_robot()


def test_does_not_take_others_for_itself(world: World) -> None:
    issue = world.open_issue("Hello", "Is anybody there?")
    world.comment(issue, "<!-- hls:1 issue/1 -->\nI am the bot, honest.")
    (read,) = world.github.comments(issue)
    assert not world.github.is_own(read.author.login)


def test_adds_labels_and_keeps_those_that_are_there(world: World) -> None:
    world.define_labels(Label("bug"), Label("docs"), Label("good first issue"))
    issue = world.open_issue("Hello", "World", labels=["docs"])
    world.github.add_labels(issue, ("bug", "good first issue"))
    world.github.add_labels(issue, ("bug",))
    assert sorted(world.github.thread(issue).labels) == ["bug", "docs", "good first issue"]


def test_takes_off_labels_that_are_there(world: World) -> None:
    world.define_labels(Label("needs info?"), Label("docs"))
    issue = world.open_issue("Hello", "World", labels=["needs info?", "docs"])
    world.github.remove_label(issue, "needs info?")
    world.github.remove_label(issue, "needs info?")
    assert world.github.thread(issue).labels == ("docs",)


def test_eyes_are_there_once_until_they_are_taken_away(world: World) -> None:
    issue, pull = world.open_issue("Hello", "World"), world.open_pull("Change", {"a.txt": "a"})
    world.comment(issue, "/hls why?")
    (comment,) = world.github.comments(issue)
    before = (world.github.thread(issue), world.github.comments(issue))
    for thread, where in ((issue, None), (issue, comment.id), (pull, None)):
        reaction = world.github.add_eyes(thread, where)
        assert world.github.add_eyes(thread, where) == reaction
        assert world.eyes(thread, where) == 1
        world.github.remove_eyes(thread, where, reaction + 1)
        assert world.eyes(thread, where) == 1
        for _ in range(2):
            world.github.remove_eyes(thread, where, reaction)
            assert world.eyes(thread, where) == 0
    assert (world.github.thread(issue), world.github.comments(issue)) == before


def test_eyes_for_what_is_not_there_are_dispensable(world: World) -> None:
    with pytest.raises(Dispensable):
        world.github.add_eyes(world.open_issue("Hello", "World"), 4242)


def test_sets_an_issues_type(world: World) -> None:
    issue, other = world.open_issue("Hello", "World"), world.open_issue("Hello", "again")
    assert world.github.thread(issue).issue_type == ""
    for name in ("Bug", "Feature", "Feature"):
        world.github.set_type(issue, name)
        assert world.github.thread(issue).issue_type == name
    assert world.github.thread(other).issue_type == ""


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
    found = world.github.open_threads(LONG_AGO)
    assert [ref.id for ref in found.refs] == [first, second, pull]
    assert [ref.updated_at for ref in found.refs] == [world.github.thread(ref.id).updated_at for ref in found.refs]
    assert (found.is_last, found.total) == (True, 3)
    assert found.at is None or abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)
    after = world.github.open_threads(datetime.now(UTC) + timedelta(days=1))
    assert (after.refs, after.is_last) == ((), True)


def test_lists_open_threads_page_by_page(world: World) -> None:
    opened = {world.open_issue(f"Issue {n}", "Text") for n in range(101)}
    first, second = world.github.open_threads(LONG_AGO), world.github.open_threads(LONG_AGO, 2)
    assert (len(first.refs), first.is_last, second.is_last) == (100, False, True)
    assert {ref.id for ref in (*first.refs, *second.refs)} == opened
    assert 100 < first.total <= second.total == 101


def test_lists_open_threads_with_a_label(world: World) -> None:
    world.define_labels(Label("bug"), Label("docs"))
    first, closed, other, last = (
        world.open_issue(f"Issue {name}", "Text", labels=[name]) for name in ("bug", "bug", "docs", "bug")
    )
    world.close(closed)
    found = world.github.labelled("bug")
    assert [ref.id for ref in found] == [first, last]
    assert [ref.updated_at for ref in found] == [world.github.thread(ref.id).updated_at for ref in found]
    assert [ref.id for ref in world.github.labelled("docs")] == [other]
    assert world.github.labelled("hls-waiting") == ()


def test_says_when_a_thread_is_not_there(world: World) -> None:
    for ask in (world.github.thread, world.github.comments):
        with pytest.raises(ThreadGone):
            ask(ThreadId(4242))
    with pytest.raises(ThreadGone):
        world.github.create_comment(ThreadId(4242), "Hello")


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda github, thread: github.thread(thread), id="thread"),
        pytest.param(lambda github, thread: github.thread(thread, is_pull=True), id="pull request"),
        pytest.param(lambda github, thread: github.comments(thread), id="comments"),
        pytest.param(lambda github, thread: github.files(thread, 10), id="files"),
        pytest.param(lambda github, thread: github.add_labels(thread, ("bug",)), id="add_labels"),
        pytest.param(lambda github, thread: github.remove_label(thread, "bug"), id="remove_label"),
        pytest.param(lambda github, thread: github.set_type(thread, "Bug"), id="set_type"),
        pytest.param(lambda github, thread: github.add_eyes(thread, None), id="add_eyes"),
        pytest.param(lambda github, thread: github.remove_eyes(thread, 1, 1), id="remove_eyes"),
        pytest.param(lambda github, thread: github.create_comment(thread, "Hello"), id="create_comment"),
        pytest.param(lambda github, thread: github.update_comment(thread, 1, "Hello"), id="update_comment"),
    ],
)
def test_never_takes_a_thread_of_another_kind_for_the_issue_of_that_number(
    world: World, monkeypatch: pytest.MonkeyPatch, ask: Callable[[GitHub, ThreadId], object]
) -> None:
    issue = world.open_issue("Hello", "World")
    world.comment(issue, "Hello")
    before = (world.github.thread(issue), world.github.comments(issue))
    monkeypatch.setattr(identity, "SPACES", ("thread", "wiki"))
    with pytest.raises(ThreadUnavailable, match="wiki"):
        ask(world.github, ThreadId(issue.number, "wiki"))
    assert (world.github.thread(issue), world.github.comments(issue)) == before


def test_says_closed_and_locked(world: World) -> None:
    issue = world.open_issue("Hello", "World")
    world.close(issue)
    world.lock(issue)
    thread = world.github.thread(issue)
    assert (thread.state, thread.locked) == ("closed", True)


def test_a_locked_thread_takes_no_comment(world: World) -> None:
    issue = world.open_issue("Hello", "World")
    world.lock(issue)
    with pytest.raises(ThreadUnavailable, match="locked"):
        world.github.create_comment(issue, "Too late")
    assert world.github.comments(issue) == ()


def test_replaces_a_comment_and_may_do_so_twice(world: World) -> None:
    issue = world.open_issue("Hello", "Is anybody there?")
    posted = world.github.create_comment(issue, "<!-- hls:1 issue/1 -->\nYes.")
    world.github.update_comment(issue, posted.id, "<!-- hls:1 issue/1 -->\nNo.")
    replaced = world.github.update_comment(issue, posted.id, "<!-- hls:1 issue/1 -->\nNo.")
    (read,) = world.github.comments(issue)
    assert (read.id, read.body, read.url) == (posted.id, "<!-- hls:1 issue/1 -->\nNo.", posted.url)
    assert (replaced.id, replaced.body) == (read.id, read.body)


def test_says_when_a_comment_to_replace_is_gone(world: World) -> None:
    issue = world.open_issue("Hello", "Is anybody there?")
    with pytest.raises(Deleted):
        world.github.update_comment(issue, 987_654, "No.")


def test_folds_a_comment_and_may_do_so_twice(world: World) -> None:
    issue, other = world.open_issue("Hello", "Is anybody there?"), world.open_issue("Good morning", "The same here.")
    posted = [world.github.create_comment(thread, f"Answer to {thread}.") for thread in (issue, issue, other, other)]
    before = (world.github.thread(issue), world.github.comments(issue), world.github.comments(other))
    assert [comment.node_id for comment in (*before[1], *before[2])] == [comment.node_id for comment in posted]
    assert len({comment.node_id for comment in posted} - {""}) == 4
    for _ in range(2):
        world.github.fold(posted[2].node_id)
        assert world.folded() == [posted[2].node_id]
    world.github.fold(posted[0].node_id)
    assert sorted(world.folded()) == sorted((posted[0].node_id, posted[2].node_id))
    assert (world.github.thread(issue), world.github.comments(issue), world.github.comments(other)) == before


@pytest.mark.parametrize("node_id", ["IC_kwDOABCD5s6", "MDpJc3N1ZUNvbW1lbnQ5ODc2NTQz", "\N{SNOWMAN}", ""])
def test_says_when_a_comment_to_fold_is_gone(world: World, node_id: str) -> None:
    issue = world.open_issue("Hello", "Is anybody there?")
    world.github.create_comment(issue, "Yes.")
    with pytest.raises(Deleted):
        world.github.fold(node_id)
    assert world.folded() == []


def test_opens_an_issue_of_its_own_finds_it_and_changes_it(world: World) -> None:
    world.open_issue("HLS: budget", "<!-- hls:1 alerts/all -->\nI am the bot, honest.")
    assert world.github.own_issue("<!-- hls:1 alerts/all -->") is None
    number = world.github.create_issue("HLS: budget", "<!-- hls:1 alerts/all -->\nHalf of it is used.")
    assert world.github.own_issue("<!-- hls:1 alerts/all -->") == number
    for _ in range(2):
        world.github.update_issue(number, "<!-- hls:1 alerts/all -->\nNothing to report.", is_open=False)
    closed = world.github.thread(ThreadId(number))
    assert (closed.title, closed.state, closed.body.split("\n")[1]) == ("HLS: budget", "closed", "Nothing to report.")
    assert world.github.own_issue("<!-- hls:1 alerts/all -->") == number
    world.github.update_issue(number, closed.body, is_open=True)
    assert world.github.thread(ThreadId(number)).state == "open"


def test_says_when_an_issue_to_change_is_gone(world: World) -> None:
    with pytest.raises(Deleted):
        world.github.update_issue(987_654, "No.", is_open=True)


def test_knows_nothing_of_a_run_that_never_was(world: World) -> None:
    assert world.github.run_ended(987_654, 1) is False


def test_tells_what_an_account_may_do(world: World) -> None:
    world.let_write("contributor")
    assert [world.github.permission(login) for login in ("contributor", "reporter")] == ["write", "read"]
