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
    answered,
    covers,
    digest,
    label_id,
    last_reviewed_head,
    latest_reply_to,
    marked_keys,
    marker,
    marker_authors,
    marker_keys,
    notice_key,
    replies,
)
from hls_action.domain.threads.thread import Comment, Thread
from tests.unit.builders import bot_comment, comment, pull_thread, thread

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
    for name, ending in (("cap-for-good", ""), ("loop", "-loop")):
        bodies = [notice(thread, name, mention="/hls") for thread in (ThreadId(7), ThreadId(7, "discussion"))]
        assert {key for body in bodies for key in marked_keys(body)} == {f"{key}{ending}" for key in keys}


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
    conversation = thread(copied, ours, bot_comment(3, "no marker"), comment(4, "Thanks!", "eve"))
    assert marker_authors(conversation) == ("ann", "github-actions[bot]")
    assert replies(conversation, frozenset({"github-actions[bot]"})) == (ours,)


def reply(number: int, *keys: str) -> Comment:
    return bot_comment(number, f"{marker(keys)}\nYes.")


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        pytest.param(thread(reply(1, "issue/7", "comment/31@3:aa")), {"issue/7": 1, "comment/31@3:aa": 1}, id="each"),
        pytest.param(thread(reply(1, "issue/7"), reply(2, "issue/7")), {"issue/7": 2}, id="the latest"),
        pytest.param(thread(reply(1, "notice/7"), reply(2, "label/notice")), {"label/notice": 2}, id="no notice"),
        pytest.param(thread(reply(1, "issue/3@3:aa")), {"issue/3@3:aa": 1, "issue/7@3:aa": 1}, id="transferred"),
        pytest.param(
            thread(reply(1, "issue/7"), reply(2, "issue/3")), {"issue/3": 2, "issue/7": 1}, id="answered since"
        ),
        pytest.param(thread(reply(1, "label/issue")), {"label/issue": 1}, id="about something else"),
        pytest.param(pull_thread(reply(1, "issue/3")), {"issue/3": 1}, id="no pull request is transferred"),
    ],
)
def test_which_reply_answers_what(conversation: Thread, expected: dict[str, int]) -> None:
    found = answered(conversation, frozenset({"github-actions[bot]"}))
    assert {key: reply.id for key, reply in found.items()} == expected


@pytest.mark.parametrize(
    ("keys", "item", "found"),
    [
        (["issue/7"], Item("issue", "7"), True),
        (["issue/7@3:aa"], Item("issue", "7"), True),
        (["issue/70", "comment/7"], Item("issue", "7"), False),
        (["issue/7", "issue/7@3:bb"], Item("issue", "7", "3:aa"), False),
        (["issue/7", "issue/7@3:aa"], Item("issue", "7", "3:aa"), True),
        (["label/x@y"], Item("label", "x"), False),
        (["label/y", "label/x"], Item("label", "x"), True),
    ],
)
def test_what_a_reply_stands_for(keys: list[str], item: Item, found: bool) -> None:
    assert covers(keys, item) is found


PULL, OTHER_PULL = Item("pull", "b" * 40), Item("pull", "c" * 40)
REVIEWS = {"pull/first": bot_comment(40, ""), "issue/7": bot_comment(60, ""), "pull/second": bot_comment(50, "")}


@pytest.mark.parametrize(
    ("unanswered", "answers", "head"),
    [
        pytest.param((PULL,), REVIEWS, "second", id="the latest"),
        pytest.param((PULL,), dict(reversed(REVIEWS.items())), "second", id="in whatever order"),
        pytest.param((PULL, Item("comment", "31", "3:aa")), REVIEWS, "", id="not where somebody asks"),
        pytest.param((PULL, Item("pull", "second")), REVIEWS, "", id="nor where it is to be written anew"),
        pytest.param((PULL, OTHER_PULL), REVIEWS, "second", id="of whichever heads"),
        pytest.param((PULL,), {"label/pull": bot_comment(40, "")}, "", id="there is none"),
    ],
)
def test_which_head_was_reviewed_before(unanswered: tuple[Item, ...], answers: dict[str, Comment], head: str) -> None:
    assert last_reviewed_head(unanswered, answers) == head


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


@pytest.mark.parametrize("text", ["why?\n\nnow", " \nwhy? \r\n\r\nnow\t\n"])
def test_a_digest_does_not_change_from_version_to_version(text: str) -> None:
    """It is on record, and in markers: another one would have everything answered again."""
    assert digest(text) == "3:e15145e2718a"


def test_how_a_label_is_spelt_in_a_marker() -> None:
    assert label_id("a_b.c-d e/ü") == "a_b.c-d%20e%2f%fc"


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
