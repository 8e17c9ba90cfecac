"""Items and the marker that says which of them have their answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.drafts.rendering import notice
from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.items import (
    Item,
    digest,
    label_id,
    latest_reply_to,
    marked_keys,
    marker,
    marker_authors,
    marker_keys,
    notice_key,
    replies,
)
from tests.unit.builders import bot_comment, comment, thread

ITEMS = st.one_of(
    st.builds(Item, st.just("issue"), st.integers(1, 10**9).map(str), st.sampled_from(["", digest("what?")])),
    st.builds(Item, st.just("comment"), st.integers(1, 10**12).map(str), st.text(min_size=1).map(digest)),
    st.builds(Item, st.just("pull"), st.text("0123456789abcdef", min_size=40, max_size=40)),
    st.builds(Item, st.just("label"), st.text(min_size=1, max_size=50).map(label_id)),
)


@given(st.lists(ITEMS, min_size=1, max_size=20).map(tuple))
def test_a_marker_names_its_items_and_nothing_else(items: tuple[Item, ...]) -> None:
    keys = tuple(item.key for item in items)
    assert (marker_keys(marker(keys)), marked_keys(marker(keys))) == (keys, frozenset(keys))
    assert marker_keys(f"{marker(keys)}\nAn answer.") == keys


def test_the_marker_is_an_html_comment_that_starts_as_promised() -> None:
    line = marker(["issue/7", "comment/31@abc"])
    assert line == "<!-- hls:1 issue/7 comment/31@abc -->"


def test_a_notice_in_a_thread_of_another_space_has_a_marker_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.domain.identity.SPACES", ("thread", "discussion"))
    keys = {notice_key(ThreadId(7)), notice_key(ThreadId(7, "discussion"))}
    assert keys == {"notice/7", "notice/discussion%2f7"}
    assert {
        key
        for body in (notice(thread, None, mention="/hls") for thread in (ThreadId(7), ThreadId(7, "discussion")))
        for key in marked_keys(body)
    } == keys


@given(st.text(min_size=1, max_size=50))
def test_a_label_name_cannot_end_its_marker(name: str) -> None:
    encoded = label_id(name)
    assert re.fullmatch(r"[A-Za-z0-9_.%-]+", encoded)
    assert "--" not in encoded or "--" in name


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("An answer.", id="no marker"),
        pytest.param("", id="empty"),
        pytest.param("Hello\n<!-- hls:1 issue/7 -->", id="on the second line"),
        pytest.param("> <!-- hls:1 issue/7 -->", id="quoted"),
        pytest.param("<!-- hls:2 issue/7 -->", id="another version"),
        pytest.param("<!-- hls:1 -->", id="no items"),
        pytest.param("<!-- hls:1 issue/7 --> and more", id="text after it"),
        pytest.param("<!-- hls:1 issue/7", id="not closed"),
        pytest.param("<!-- hls:1 issue -->", id="an item without an id"),
    ],
)
def test_what_is_no_marker_answers_nothing(body: str) -> None:
    assert marked_keys(body) == frozenset()


def test_a_marker_survives_windows_line_breaks() -> None:
    assert marked_keys("<!-- hls:1 issue/7 -->\r\nAn answer.") == {"issue/7"}


def test_a_copied_marker_counts_for_nothing() -> None:
    copied, ours = comment(1, "<!-- hls:1 issue/7 -->\nlol"), bot_comment(2, "<!-- hls:1 issue/7 -->\nYes.")
    conversation = thread(copied, ours, bot_comment(3, "no marker"))
    assert marker_authors(conversation) == ("ann", "github-actions[bot]")
    assert replies(conversation, frozenset({"github-actions[bot]"})) == (ours,)


@given(st.text(), st.text(" \t", max_size=4))
def test_white_space_at_line_ends_does_not_change_a_digest(text: str, space: str) -> None:
    trailing = "\n".join(line + space for line in text.split("\n"))
    assert digest(f"\n{trailing}\r\n") == digest(text)


def test_half_a_surrogate_pair_has_a_digest() -> None:
    """JSON can spell one, and so can whoever writes an event file by hand."""
    assert re.fullmatch("3:[0-9a-f]{12}", digest("\ud83d?"))


def test_a_digest_tells_requests_apart() -> None:
    assert digest("why?") != digest("how?")
    assert digest("a\nb") != digest("a b")
    assert re.fullmatch("3:[0-9a-f]{12}", digest("why?"))
    assert digest("") == digest(" \n") == ""


def test_the_latest_reply_to_any_of_the_items_is_the_one_to_write_anew() -> None:
    unanswered = (Item("issue", "7"), Item("comment", "31", "2:abc"), Item("comment", "32", "2:def"))
    answered = {
        "issue/7": bot_comment(40, ""),
        "comment/31@2:abc": bot_comment(42, ""),
        "comment/9": bot_comment(50, ""),
    }
    assert latest_reply_to(unanswered, answered) == 42
    assert latest_reply_to(unanswered, dict(reversed(answered.items()))) == 42
    assert latest_reply_to(unanswered[2:], answered) is None
