"""Which threads wait for a first answer though nobody speaks to HLS in them, as a table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.reasons import NONE
from hls_action.domain.text.plain import is_checklist
from hls_action.domain.threads import items
from hls_action.domain.threads.items import Item, marker, open_items
from hls_action.domain.threads.openings import RECENT, FirstAnswerRule
from hls_action.domain.threads.thread import Author, Comment, Pull, Thread
from tests.unit.builders import BODY, CHECKLIST, NOON, SHA, bot_comment, comment, pull_thread, thread

OWN = frozenset({"github-actions[bot]"})
SINCE, TOLD = FirstAnswerRule(NOON), FirstAnswerRule(NOON, about_opening=True)
OLD: dict[str, Any] = {"created_at": NOON - timedelta(seconds=1)}
HEAD = f"pull/{SHA}"


def by(login: str, association: str, body: str = "That is by design.", kind: str = "User") -> Comment:
    """Somebody's comment."""
    return replace(comment(31, body), author=Author(login, kind, association))


def by_maintainer(body: str = "That is by design.") -> Comment:
    return by("maya", "MEMBER", body)


def reviewed(head: str) -> Comment:
    return bot_comment(30, f"{marker([Item('pull', head).key])}\nFine.")


def fork(seconds: int) -> Pull:
    """A fork that was last pushed to so long after noon."""
    return Pull(SHA, "fix", "main", pushed_at=NOON + timedelta(seconds=seconds))


MAYAS: dict[str, Any] = {"author": Author("maya", association="OWNER")}

ROWS = [
    # how old it is
    ("a new issue", thread(), SINCE, "issue/7"),
    ("an old issue", thread(**OLD), SINCE, "old-thread"),
    ("updated by whomever", thread(updated_at=NOON + timedelta(days=1), **OLD), SINCE, "old-thread"),
    ("that the event is about", thread(**OLD), TOLD, "issue/7"),
    ("a new pull request", pull_thread(), SINCE, HEAD),
    ("an old pull request", pull_thread(**OLD), SINCE, "old-thread"),
    ("labelled by whomever", pull_thread(updated_at=NOON + timedelta(days=1), **OLD), SINCE, "old-thread"),
    ("pushed to", pull_thread(**OLD), TOLD, HEAD),
    ("from a fork pushed to since", pull_thread(pull=fork(0), **OLD), SINCE, HEAD),
    ("from a fork at rest", pull_thread(pull=fork(-1), **OLD), SINCE, "old-thread"),
    ("an old one that was reviewed before", pull_thread(reviewed("e" * 40), **OLD), SINCE, HEAD),
    ("an old one that has its review", pull_thread(reviewed(SHA), **OLD), SINCE, "already-answered"),
    ("an old issue that has its answer", thread(bot_comment(30, f"{marker(['issue/7'])}\nYes."), **OLD), SINCE,
     "already-answered"),
    # who answered
    ("by a maintainer", thread(by_maintainer()), SINCE, "answered-by-maintainer"),
    ("by an owner", thread(by("olga", "OWNER")), SINCE, "answered-by-maintainer"),
    ("by a collaborator", thread(by("carl", "COLLABORATOR")), SINCE, "answered-by-maintainer"),
    ("by somebody else", thread(by("bob", "CONTRIBUTOR")), SINCE, "issue/7"),
    ("though the issue is new", thread(by_maintainer()), TOLD, "answered-by-maintainer"),
    ("a pull request", pull_thread(by_maintainer()), SINCE, "answered-by-maintainer"),
    ("a head before this one", pull_thread(by_maintainer()), TOLD, HEAD),
    ("by a maintainer who opened it", thread(by_maintainer(), **MAYAS), SINCE, "issue/7"),
    ("a maintainer's, by another", thread(by("olga", "OWNER"), **MAYAS), SINCE, "answered-by-maintainer"),
    ("by a machine", thread(by("ci[bot]", "MEMBER", kind="Bot")), SINCE, "issue/7"),
    ("by HLS under a maintainer's account", thread(by_maintainer("<!-- hls:1 notice/7 -->\nLater.")), SINCE, "issue/7"),
    ("by asking HLS to try again", thread(by_maintainer("/hls retry")), SINCE, "issue/7"),
    ("by asking HLS", thread(by_maintainer("/hls why?")), SINCE, "issue/7 comment/31"),
    ("and asks HLS later", thread(by_maintainer(), replace(comment(32, "/hls why?"))), SINCE, "comment/32"),
    # whose list of tasks it is
    ("a maintainer's issue", thread(**MAYAS), SINCE, "issue/7"),
    ("a maintainer's list of tasks", thread(body=CHECKLIST, **MAYAS), TOLD, "checklist"),
    ("somebody else's", thread(body=CHECKLIST), TOLD, "issue/7"),
    ("of a pull request", pull_thread(body=CHECKLIST, **MAYAS), TOLD, HEAD),
    # what always wins
    ("an old issue with a request", thread(body=f"{BODY}\n/hls why?", **OLD), SINCE, "issue/7"),
    ("an old one with the trigger label", thread(labels=("hls",), **OLD), SINCE, "label/hls"),
    ("an old one by a machine with it", thread(author=Author("ci[bot]"), labels=("hls",), **OLD), SINCE, "label/hls"),
    ("an old one by a machine without it", thread(author=Author("ci[bot]"), **OLD), SINCE, "bot-author"),
    ("a list of tasks with it", thread(body=CHECKLIST, labels=("hls",), **MAYAS), SINCE, "label/hls"),
    ("a request in an old thread", thread(comment(31, "/hls why?"), **OLD), SINCE, "comment/31"),
    ("a maintainer's order", thread(by_maintainer(), body=CHECKLIST, **OLD, **MAYAS), None, "issue/7"),
]  # fmt: skip


def found(conversation: Thread, first_answer_rule: FirstAnswerRule | None, known_keys: Collection[str] = ()) -> str:
    """The items, or why there are none."""
    unanswered = open_items(
        conversation,
        items.answered(conversation, OWN),
        DEFAULT_RULES,
        first_answer_rule=first_answer_rule,
        known_keys=known_keys,
    )
    return " ".join(item.key.partition("@")[0] for item in unanswered.items) or unanswered.reason.code


@pytest.mark.parametrize(
    ("conversation", "first_answer_rule", "expected"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS]
)
def test_what_waits_for_a_first_answer(
    conversation: Thread, first_answer_rule: FirstAnswerRule | None, expected: str
) -> None:
    assert found(conversation, first_answer_rule) == expected


@pytest.mark.parametrize(
    ("conversation", "why"),
    [
        (thread(**OLD), "old-thread: opened on 2026-11-02; to get an answer, start a comment with /hls"),
        (
            thread(by_maintainer()),
            "answered-by-maintainer: maya did; to get an answer from HLS as well, start a comment with /hls",
        ),
        (thread(by_maintainer("\n<!-- hls:1 notice/7 -->\nLater.")), ""),
    ],
)
def test_what_is_said_of_a_thread_that_waits_for_none(conversation: Thread, why: str) -> None:
    assert str(SINCE.refusal(conversation, DEFAULT_RULES)) == why


@pytest.mark.parametrize("conversation", [thread(**OLD), thread(by_maintainer()), thread(body=CHECKLIST, **MAYAS)])
def test_what_a_run_took_up_before_is_finished_all_the_same(conversation: Thread) -> None:
    """It was deferred with a promise, or is written and paid for."""
    assert found(conversation, SINCE, known_keys={"issue/7"}) == "issue/7"


def test_a_thread_is_recent_for_a_week() -> None:
    assert timedelta(days=7) == RECENT


def test_nothing_is_held_against_a_first_answer_where_one_is_due() -> None:
    for first_answer_rule, due in ((TOLD, pull_thread(**OLD)), (TOLD, thread(**OLD)), (SINCE, thread())):
        assert first_answer_rule.refusal(due, DEFAULT_RULES) == NONE


def test_what_waits_for_no_answer_is_not_withdrawn_by_those_who_hold_it() -> None:
    unanswered = open_items(thread(**OLD), {}, DEFAULT_RULES, first_answer_rule=SINCE)
    assert unanswered.items == ()
    assert unanswered.wanted == {"issue/7"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (CHECKLIST, True),
        ("- [ ] a\n* [x] b\n1. [X] c", True),
        ("## Release\n\n- [ ] a\n- [ ] b\n  - [ ] c\n", True),
        ("- [ ] a\n- [ ] b", False),
        ("- a\n- b\n- c", False),
        ("It fails.\nIn this way.\nAnd so.\n\n- [x] a\n- [x] b\n- [x] c", False),
        ("```\n- [ ] a\n- [ ] b\n- [ ] c\n```", False),
        ("<!--\n- [ ] a\n- [ ] b\n- [ ] c\n-->", False),
        ("> - [ ] a\n> - [ ] b\n> - [ ] c", False),
        ("", False),
    ],
)
def test_what_a_list_of_tasks_is(body: str, expected: bool) -> None:
    assert is_checklist(body) is expected
