"""An event file as a thread in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls_action.adapters.github.folder import FolderGitHub
from hls_action.domain.errors import UsageError
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import MalformedEvent
from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import Author, ChangedFile, Label
from hls_action.trial import SAMPLE_LABELS, event_name, prepare, thread_in
from tests.fakes import FakeClock
from tests.unit.builders import BODY, SHA, comment_event, issue_event, pull_event


@pytest.mark.parametrize(
    ("payload", "name"),
    [(issue_event(), "issues"), (comment_event(), "issue_comment"), (pull_event(), "pull_request")],
)
def test_an_event_is_known_by_its_shape(payload: dict[str, object], name: str) -> None:
    assert event_name(payload) == name


@pytest.mark.parametrize("payload", [{}, {"issue": 5}, {"comment": {}}, {"ref": "main"}])
def test_another_event_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="this is not an issue, comment or pull request event"):
        event_name(payload)


@pytest.fixture
def github(tmp_path: Path) -> FolderGitHub:
    return FolderGitHub(tmp_path, FakeClock())


def put(github: FolderGitHub, folder: Path, payload: dict[str, object]) -> int:
    number, thread = thread_in(payload)
    prepare(github, folder, number, thread)
    return number


def test_an_issue(github: FolderGitHub, tmp_path: Path) -> None:
    number = put(github, tmp_path, issue_event(labels=[{"name": "bug"}], author_association="OWNER"))
    thread = github.thread(ThreadId(number))
    assert (thread.number, thread.is_pull, thread.title, thread.body) == (7, False, "Export crashes", BODY)
    assert (thread.author, thread.labels) == (Author("ann", "User", "OWNER"), ("bug",))
    assert (thread.state, thread.locked, thread.comment_total) == ("open", False, 0)
    assert thread.created_at.isoformat() == "2026-11-02T09:00:00+00:00"
    assert github.labels() == SAMPLE_LABELS


def test_a_comment(github: FolderGitHub, tmp_path: Path) -> None:
    put(github, tmp_path, comment_event("/hls why?", user={"login": "bob", "type": "User"}))
    (comment,) = github.comments(ThreadId(7))
    assert (comment.id, comment.author.login, comment.body) == (31, "bob", "/hls why?")


def test_a_pull_request(github: FolderGitHub, tmp_path: Path) -> None:
    files = [{"path": "a.py", "additions": 2, "patch": "+x"}]
    put(github, tmp_path, pull_event(hls_files=files, locked=True))
    thread = github.thread(ThreadId(7))
    assert thread.pull is not None
    assert (thread.locked, thread.pull.head_sha, thread.pull.file_total) == (True, SHA, 1)
    assert (thread.pull.head_ref, thread.pull.base_ref, thread.pull.draft) == ("fix-export", "main", False)
    assert [(file.path, file.additions, file.patch) for file in github.files(ThreadId(7), 10)] == [("a.py", 2, "+x")]


def test_a_renamed_file_keeps_its_old_name(github: FolderGitHub, tmp_path: Path) -> None:
    files = [{"path": "new.py", "previous_path": "old.py", "status": "renamed"}]
    put(github, tmp_path, pull_event(hls_files=files))
    assert github.files(ThreadId(7), 10) == (ChangedFile("new.py", "renamed", 0, 0, None, "old.py"),)


def test_a_deleted_author_is_a_ghost(github: FolderGitHub, tmp_path: Path) -> None:
    put(github, tmp_path, issue_event(user=None))
    assert github.thread(ThreadId(7)).author.login == "ghost"


def test_what_is_in_the_folder_stays(github: FolderGitHub, tmp_path: Path) -> None:
    github.store_labels((Label("mine"),))
    put(github, tmp_path, issue_event())
    github.create_comment(ThreadId(7), "An answer.")
    put(github, tmp_path, issue_event(title="Another title"))
    assert github.thread(ThreadId(7)).title == "Export crashes"
    assert [comment.body for comment in github.comments(ThreadId(7))] == ["An answer."]
    assert github.labels() == (Label("mine"),)


@pytest.mark.parametrize(
    ("payload", "error"),
    [(issue_event(number="7"), EventUnreadable), (pull_event(base=None), MalformedEvent)],
)
def test_an_incomplete_event_is_an_error(payload: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        thread_in(payload)
