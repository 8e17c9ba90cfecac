"""A conversation: what is told of it, and what holds where nobody tells."""

from __future__ import annotations

from datetime import timedelta

from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import Author, ChangedFile, Comment, Comparison, Label, Pull, Thread
from tests.unit.builders import NOON, SHA, pull_thread, thread


def test_a_comment_says_what_it_says_since_it_was_last_changed() -> None:
    comment = Comment(31, Author("ann"), "Why?", NOON)
    assert comment.written_at == NOON
    assert Comment(31, Author("ann"), "Why?", NOON, updated_at=NOON + timedelta(1)).written_at == NOON + timedelta(1)


def test_who_is_a_machine() -> None:
    assert not Author("ann").is_robot()
    assert Author("ann").is_robot(("an*",))
    assert Author("ann", "Bot").is_robot()
    assert Author("dependabot[bot]").is_robot()


def test_what_a_thread_is() -> None:
    assert (thread().number, thread().is_pull) == (7, False)
    assert (pull_thread(id=ThreadId(8)).number, pull_thread().is_pull) == (8, True)


def test_what_nobody_tells_is_nothing_special() -> None:
    assert Author("ann") == Author("ann", "User", "NONE")
    assert Comment(1, Author("ann"), "x", NOON) == Comment(1, Author("ann"), "x", NOON, "", None, "")
    assert ChangedFile("a", "added", 1, 0) == ChangedFile("a", "added", 1, 0, None, "", "")
    assert Comparison(()) == Comparison((), is_complete=True, is_ahead=True, has_no_merges=True)
    assert Label("bug") == Label("bug", "")


def test_a_pull_request_is_ready_whole_and_listed_unless_it_is_told_otherwise() -> None:
    pull = Pull(SHA, "fix", "main")
    assert (pull.draft, pull.against_base, pull.withheld) == (False, False, False)
    assert (pull.file_total, pull.files, pull.since, pull.pushed_at) == (0, (), "", None)


def test_a_thread_without_a_word_on_comments_has_none() -> None:
    bare = Thread(ThreadId(7), "Broken", "", Author("ann"), "open", False, (), "", NOON, NOON)
    assert (bare.comment_total, bare.comments, bare.pull) == (0, (), None)
