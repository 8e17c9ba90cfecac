"""What threads are called, and what may be the id of a commit."""

from __future__ import annotations

import pytest

from hls_action.domain.identity import ThreadId, is_commit


@pytest.mark.parametrize(
    ("text", "commit"),
    [
        ("6f1c0a9", True),
        ("Z", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("a b", False),
        ("a-->", False),
        ("abc\n", False),
        ("\u0663", False),
    ],
)
def test_what_may_be_a_commit(text: str, commit: bool) -> None:
    assert is_commit(text) is commit


def test_a_thread_is_called_by_its_number_where_that_is_enough() -> None:
    assert str(ThreadId(7)) == "7"
    assert ThreadId.parse("7") == ThreadId.parse("thread/7") == ThreadId.known("7") == ThreadId(7, "thread")


@pytest.mark.parametrize("text", ["", "seven", "thread/", "thread/x"])
def test_what_is_no_number_is_no_thread(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        ThreadId.known(text)


def test_a_kind_of_a_later_version_is_left_to_it() -> None:
    assert ThreadId.known("discussion/7") is ThreadId.known("thread/of/7") is None
    with pytest.raises(ValueError, match=r"^'discussion' is not a kind of thread$"):
        ThreadId.parse("discussion/7")


def test_another_kind_is_said_with_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.domain.identity.SPACES", ("thread", "discussion"))
    other = ThreadId(7, "discussion")
    assert str(other) == "discussion/7"
    assert ThreadId.parse("discussion/7") == ThreadId.known("discussion/7") == other != ThreadId(7)
    assert sorted([ThreadId(9), other, ThreadId(8)]) == [other, ThreadId(8), ThreadId(9)]
