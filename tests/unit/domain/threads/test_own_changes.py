"""When a file is changed as it was at the last review, and how little of it shows that it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hls_action.domain.threads.own_changes import NO_LONGER, changed_since, is_as_reviewed
from hls_action.domain.threads.thread import ChangedFile, Comparison, Pull
from tests.unit.builders import SHA, changed, pull_thread, thread

SINCE = "c" * 40
MERGED = Comparison((), has_no_merges=False)
REBASED = Comparison((), is_ahead=False, has_no_merges=False)

HUNK = "@@ -9,5 +9,5 @@ def f():\n far\n near\n-a\n+b\n next"
OTHER = "@@ -40,3 +40,3 @@\n up\n-c\n+d\n down"


def since(
    now: tuple[ChangedFile, ...], then: tuple[ChangedFile, ...], between: Comparison = MERGED, **pull: Any
) -> tuple[ChangedFile, ...]:
    """What is told of a pull request."""
    known = replace(Pull(SHA, "fix", "main", file_total=len(now), files=now), **pull)
    found = changed_since(known, SINCE, Comparison(then, is_ahead=False), between)
    assert (found.since, found.against_base, found.file_total) == (SINCE, True, len(found.files))
    return found.files


@pytest.mark.parametrize(
    ("patch", "same"),
    [
        pytest.param(HUNK, True, id="the same"),
        pytest.param(HUNK.replace("9,5", "99,5"), True, id="elsewhere in the file"),
        pytest.param(HUNK.replace("def f():", "def g():"), True, id="under another heading"),
        pytest.param(HUNK.replace("far", "changed by others"), True, id="others change what is not next to it"),
        pytest.param(f"{HUNK}\n afterwards", True, id="others add what is not next to it"),
        pytest.param(HUNK.replace("near", "changed by others"), False, id="others change what is next to it before"),
        pytest.param(HUNK.replace("next", "changed by others"), False, id="or after"),
        pytest.param(HUNK.replace("+b", "+B"), False, id="another line is added"),
        pytest.param(HUNK.replace("-a", "-A"), False, id="another line is removed"),
        pytest.param(HUNK + "\n-x\n+y\n z", False, id="a second change"),
        pytest.param(HUNK.replace("+b", "+b\n\\ No newline at end of file"), False, id="without its line break"),
    ],
)
def test_when_a_patch_is_the_same_change(patch: str, same: bool) -> None:
    assert (since((changed("a.py", patch),), (changed("a.py", HUNK),)) == ()) is same


@pytest.mark.parametrize(
    ("now", "then", "same"),
    [
        pytest.param({}, {}, True, id="of the same content"),
        pytest.param({"sha": "2"}, {}, False, id="of other content"),
        pytest.param({"additions": 9}, {}, False, id="that changes more of the base"),
        pytest.param({"sha": ""}, {"sha": ""}, False, id="when nobody tells the content"),
        pytest.param({"status": "renamed", "previous_path": "b"}, {}, False, id="renamed"),
        pytest.param({"patch": HUNK}, {}, True, id="with a patch only now"),
        pytest.param({}, {"patch": HUNK}, True, id="with a patch only then"),
        pytest.param({"status": "removed", "sha": "2"}, {"status": "removed"}, True, id="removed, whatever it held"),
        pytest.param({"status": "removed"}, {}, False, id="removed since"),
    ],
)
def test_when_a_file_without_a_patch_is_the_same_change(now: dict[str, Any], then: dict[str, Any], same: bool) -> None:
    plain = changed("a.bin", None, sha="1")
    assert (since((replace(plain, **now),), (replace(plain, **then),)) == ()) is same


def test_only_the_hunks_that_are_news_are_told_and_counted() -> None:
    (file,) = since((changed("a.py", f"{HUNK}\n{OTHER}", additions=7, deletions=8),), (changed("a.py", HUNK),))
    assert file == changed("a.py", OTHER)


def test_a_file_that_is_new_in_the_pull_request_is_told_whole() -> None:
    new = changed("new.py", HUNK)
    assert since((changed("a.py", HUNK), new), (changed("a.py", HUNK),)) == (new,)


@pytest.mark.parametrize(("now", "then"), [(HUNK, None), (None, HUNK), (None, None), ("odd", None), (None, "odd")])
def test_a_file_without_a_patch_then_or_now_is_told_whole(now: str | None, then: str | None) -> None:
    file = changed("a.bin", now, sha="2")
    assert since((file,), (changed("a.bin", then, sha="1"),)) == (file,)


def test_of_two_equal_changes_that_were_one_both_are_told() -> None:
    both = f"{OTHER}\n{OTHER.replace('40,3', '50,3')}"
    (file,) = since((changed("a.py", both),), (changed("a.py", OTHER),))
    assert file.patch == both


def test_a_file_of_which_something_was_taken_back_is_told_whole() -> None:
    (file,) = since((changed("a.py", HUNK),), (changed("a.py", f"{HUNK}\n{OTHER}"),))
    assert file.patch == HUNK


def test_a_file_that_was_merely_renamed_is_told_by_name() -> None:
    now = changed("new.py", HUNK, status="renamed", previous_path="old.py")
    assert since((now,), (changed("old.py", HUNK),)) == (replace(now, patch=None, additions=0, deletions=0),)


def test_a_file_that_left_the_pull_request_is_told_by_name() -> None:
    assert since((), (changed("a.py", HUNK),)) == (ChangedFile("a.py", NO_LONGER, 0, 0),)


def test_of_a_file_that_the_base_has_not_the_patch_since_the_review_is_told() -> None:
    now, then = (changed("a.py", f"@@ -0,0 +1 @@\n+{text}", status="added", deletions=0) for text in ("one", "two"))
    step = changed("a.py", "@@ -1 +1 @@\n-two\n+one")
    assert since((now,), (then,), replace(MERGED, files=(step,))) == (step,)
    assert since((now,), (then,), replace(REBASED, files=(step,))) == (now,)
    assert since((now,), (then,), replace(MERGED, files=(replace(step, patch=None),))) == (now,)
    assert since((now,), (replace(then, status="modified"),), replace(MERGED, files=(step,))) == (now,)


def test_a_patch_that_is_no_patch_is_told_when_it_is_another() -> None:
    odd = changed("a.py", "not a patch")
    assert since((odd,), (odd,)) == ()
    assert [file.patch for file in since((odd,), (changed("a.py", HUNK),))] == ["not a patch"]


@pytest.mark.parametrize(
    ("then", "total"),
    [
        pytest.param(None, 1, id="the commit is gone"),
        pytest.param(Comparison((changed("a.py", HUNK),), is_complete=False), 1, id="not all files of then are known"),
        pytest.param(Comparison((changed("a.py", HUNK),)), 2, id="not all files of now are known"),
    ],
)
def test_when_it_cannot_be_told_the_pull_request_is_whole(then: Comparison | None, total: int) -> None:
    now = Pull(SHA, "fix", "main", file_total=total, files=(changed("a.py", HUNK),))
    assert changed_since(now, SINCE, then, MERGED) == now


def test_when_github_lists_no_files_the_pull_request_is_whole() -> None:
    now = Pull(SHA, "fix", "main", withheld=True)
    assert changed_since(now, SINCE, Comparison((changed("a.py", HUNK),)), MERGED) == now


def test_what_changes_nothing_else_than_at_its_review() -> None:
    assert is_as_reviewed(pull_thread(pull=Pull(SHA, "fix", "main", since=SINCE)))
    assert not is_as_reviewed(pull_thread(pull=Pull(SHA, "fix", "main", since=SINCE, files=(changed("a.py"),))))
    assert not is_as_reviewed(pull_thread(pull=Pull(SHA, "fix", "main"))), "a pull request without files is new"
    assert not is_as_reviewed(thread())
