"""How people are told of items."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.ledger import wording
from hls_action.domain.threads.items import Item, label_id
from tests.unit.builders import NOON, SHA, comment, thread
from tests.unit.domain.ledger.test_documents import record

CONVERSATION = thread(replace(comment(31, "/hls why?"), created_at=NOON.replace(month=5, day=3)))


@pytest.mark.parametrize(
    ("unanswered", "said"),
    [
        ((), ""),
        ((Item("issue", "7"),), "the issue"),
        ((Item("issue", "7", "3:0a"),), "the issue"),
        ((Item("pull", SHA),), "the pull request at 6f1c0a9"),
        ((Item("label", label_id("ask hls")),), "the trigger label"),
        ((Item("comment", "31", "3:0a"),), "the comment of 3 May 2026"),
        ((Item("comment", "99", "3:0a"),), "a comment"),
        ((Item("issue", "7"), Item("comment", "31")), "the issue and the comment of 3 May 2026"),
        (
            tuple(Item("comment", str(number)) for number in (31, 32, 33, 34)),
            "the comment of 3 May 2026, a comment, a comment and a comment",
        ),
        (
            tuple(Item("comment", str(number)) for number in range(27, 32)),
            "a comment, a comment, the comment of 3 May 2026 and 2 others",
        ),
    ],
)
def test_items_in_a_sentence(unanswered: tuple[Item, ...], said: str) -> None:
    assert wording.of_items(unanswered, CONVERSATION) == said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("issue/7@3:0a", "the issue"),
        ("comment/31@3:0a", "the comment first seen on 2 November 2026"),
        ("thread/7", "the thread"),
        ("notice/7", "the notice"),
        ("discussion/7@9:0a", "discussion 7"),
        ("discussion/a/b@9@0a", "discussion a/b"),
    ],
)
def test_what_is_on_record_in_a_row(key: str, said: str) -> None:
    assert wording.of_record(record(key=key)) == said


def test_records_in_a_sentence_begin_with_the_opening() -> None:
    said = wording.of_records([record(key="comment/31@3:0a"), record(key="issue/7")])
    assert said == "the issue and the comment first seen on 2 November 2026"


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=12))
def test_no_digest_is_ever_shown(kind: str, name: str, digest: str) -> None:
    shown = wording.of_key(f"{kind}/{name}@3:{digest}zz")
    assert f"3:{digest}zz" not in shown or f"3:{digest}zz" in f"{kind} {name}"
