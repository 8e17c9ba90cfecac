"""What people say a thread is not about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.threads import items
from hls_action.domain.threads.refusals import MOST, refused, refused_in
from hls_action.domain.threads.thread import Author
from tests.unit.builders import bot_comment, comment, thread


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        ("/hls not #12", {12}),
        ("/HLS Not #12.", {12}),
        ("Thanks!\n\n/hls not #12, #13 and #14!", {12, 13, 14}),
        ("- /hls: not #12", {12}),
        ("/hls not #12 but why does it fail?", set()),
        ("/hls is it not #12?", set()),
        ("/hls not 12", set()),
        ("/hls not", set()),
        ("not #12", set()),
        ("> /hls not #12", set()),
        ("```\n/hls not #12\n```", set()),
        ("<!-- /hls not #12 -->", set()),
        ("/hls not o/r#12", set()),
        ("/hls not #12345678901", set()),
    ],
)
def test_the_command(body: str, numbers: set[int]) -> None:
    assert refused_in(body, "/hls") == numbers


def test_only_so_many_of_a_comment_count() -> None:
    assert len(refused_in(f"/hls not {' '.join(f'#{n}' for n in range(1, 100))}", "/hls")) == MOST


def test_its_author_and_maintainers_are_heard() -> None:
    owner = replace(comment(34, "/hls not #14"), author=Author("mia", "User", "OWNER"))
    said = (comment(31, "/hls not #12"), comment(32, "/hls not #13", "eve"), bot_comment(33, "/hls not #15"), owner)
    assert refused(thread(*said), DEFAULT_RULES) == {12, 14}


@pytest.mark.parametrize("comments", ["addressed", "all"])
def test_it_is_no_request(comments: str) -> None:
    rules = DEFAULT_RULES._replace(comments=comments)
    assert items.request_in(comment(31, "/hls not #12"), rules) == ""
    assert items.request_in(comment(31, "/hls not #12, but what is it?"), rules) != ""
