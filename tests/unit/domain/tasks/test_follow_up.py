"""Which comments are heard without a mention, and when the label that says so is set and taken off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.tasks import follow_up
from hls_action.domain.tasks.effects import AddLabels, Effect, RemoveLabels
from hls_action.domain.threads import items
from hls_action.domain.threads.items import digest
from hls_action.domain.threads.thread import Author, Comment, Thread
from tests.unit.builders import NOON, bot_comment, comment, pull_thread, thread

OWN = frozenset({"github-actions[bot]"})
QUESTION = bot_comment(30, "<!-- hls:1 issue/7 waiting/author -->\nWhich version?")
AGAIN = bot_comment(40, "<!-- hls:1 comment/31@3:abc waiting/author -->\nAnd which system?")
ANSWER = bot_comment(40, "<!-- hls:1 comment/31@3:abc -->\nThen update.")
FORGED = comment(30, "<!-- hls:1 issue/7 waiting/author -->\nWhich version?", "eve")
NOTICE = bot_comment(32, "<!-- hls:1 notice/7 -->\nLater.")
SAID = comment(31, "2.3, on Linux.")
BESIDE = comment(32, "And it is on Linux.")
TO_BOB = bot_comment(40, "<!-- hls:1 comment/35@3:abc -->\nYes, Bob.")
LATER = comment(41, "On Linux.")
WAITING: dict[str, Any] = {"labels": ("bug", "HLS-waiting")}
ASKS = {"needs_info": True, "missing": ["the version"]}


def by(association: str, number: int = 31, body: str = "I know this one.", login: str = "maya") -> Comment:
    return replace(comment(number, body), author=Author(login, "User", association))


def heard(known: Thread, *unfinished: str, withheld: datetime | None = None, **rules: Any) -> list[int]:
    answered = items.answered(known, OWN)
    found = follow_up.with_heard(known, answered, DEFAULT_RULES._replace(**rules), unfinished, withheld)
    assert replace(found, comments=known.comments) == known
    return [each.id for each in found.comments if each.heard]


KEY = f"comment/31@{digest(SAID.body)}"
HEARD = [
    ("what the author says to our question", thread(QUESTION, SAID, **WAITING), (), [31]),
    ("all that the author says", thread(QUESTION, SAID, LATER, **WAITING), (), [31, 41]),
    ("a notice in between changes nothing", thread(QUESTION, NOTICE, LATER, **WAITING), (), [41]),
    ("after our second question the answer to that", thread(QUESTION, SAID, AGAIN, LATER, **WAITING), (), [41]),
    ("what others say in between", thread(QUESTION, by("NONE"), LATER, **WAITING), (), [41]),
    ("what somebody else says", thread(QUESTION, by("NONE"), **WAITING), (), []),
    ("what was said before we asked", thread(replace(SAID, id=29), QUESTION, **WAITING), (), []),
    ("without the label", thread(QUESTION, SAID), (), []),
    ("what was said while we wrote, though the label is off by now", thread(QUESTION, SAID, BESIDE, ANSWER), (), [32]),
    ("what others asked meanwhile changes nothing", thread(QUESTION, TO_BOB, LATER, **WAITING), (), [41]),
    ("nor that it was answered only then", thread(QUESTION, SAID, TO_BOB, **WAITING), (), [31]),
    ("once it was answered, however it is edited", thread(QUESTION, SAID, AGAIN, **WAITING), (), []),
    ("by the label alone", thread(SAID, **WAITING), (), []),
    ("a question that is not ours", thread(FORGED, SAID, **WAITING), (), []),
    ("once we said something else", thread(QUESTION, SAID, ANSWER, LATER, **WAITING), (), []),
    ("once a maintainer turned to the author", thread(QUESTION, by("MEMBER"), LATER, **WAITING), (), []),
    ("though a maintainer asked HLS", thread(QUESTION, by("MEMBER", body="/hls and?"), LATER, **WAITING), (), [41]),
    ("in a pull request", pull_thread(QUESTION, SAID, **WAITING), (), []),
    ("what addresses HLS anyway", thread(QUESTION, comment(31, "/hls it is 2.3"), **WAITING), (), []),
    ("what a run took up, though the label is off", thread(QUESTION, SAID), (KEY,), [31]),
    ("but as it was then", thread(QUESTION, replace(SAID, body="2.4")), (KEY,), []),
    ("and by the author alone", thread(QUESTION, replace(SAID, author=Author("bob"))), (KEY,), []),
]


@pytest.mark.parametrize(("known", "unfinished", "numbers"), [row[1:] for row in HEARD], ids=[row[0] for row in HEARD])
def test_what_is_heard_without_a_mention(known: Thread, unfinished: tuple[str, ...], numbers: list[int]) -> None:
    assert heard(known, *unfinished) == numbers


@pytest.mark.parametrize(
    ("withheld", "numbers"),
    [(None, []), (NOON - timedelta(seconds=1), []), (NOON, [41]), (NOON + timedelta(days=9), [41])],
)
def test_what_crosses_with_an_answer_that_is_not_posted_is_heard(withheld: datetime | None, numbers: list[int]) -> None:
    """That answer took the label off, and nothing in the thread tells when."""
    known = thread(QUESTION, SAID, replace(LATER, created_at=NOON))
    assert heard(known, KEY, withheld=withheld) == [31, *numbers]
    assert heard(replace(known, comments=(*known.comments, by("MEMBER", 50))), KEY, withheld=withheld) == [31]


def test_what_an_answer_was_kept_back_for_is_not_heard_again_by_an_edit() -> None:
    edited = replace(SAID, body="2.4, on Linux.")
    assert heard(thread(QUESTION, edited), KEY, withheld=NOON) == []
    assert heard(thread(QUESTION, edited, BESIDE), KEY, withheld=NOON) == [32], "but what was said beside it is"


def test_what_is_heard_is_an_item_that_nobody_asked_for() -> None:
    known = thread(QUESTION, SAID, **WAITING)
    answered = items.answered(known, OWN)
    found = items.open_items(follow_up.with_heard(known, answered, DEFAULT_RULES, ()), answered, DEFAULT_RULES)
    assert [(item.key, item.is_asked) for item in found.items] == [(KEY, False)]
    assert items.requests(follow_up.with_heard(known, answered, DEFAULT_RULES, ()), found.items, DEFAULT_RULES) == {
        31: SAID.body
    }


@pytest.mark.parametrize("changes", [{"comments": "none"}, {"ignore_actors": ("ann",)}], ids=["none", "a robot"])
def test_who_is_not_listened_to_is_not_heard_either(changes: dict[str, Any]) -> None:
    rules = DEFAULT_RULES._replace(**changes)
    known = thread(QUESTION, SAID, **WAITING)
    answered = items.answered(known, OWN)
    assert not items.open_items(follow_up.with_heard(known, answered, rules, ()), answered, rules).items


@pytest.mark.parametrize(
    ("known", "fields", "replaced", "asks"),
    [
        pytest.param(thread(), ASKS, None, True, id="what is missing is named"),
        pytest.param(thread(), ASKS | {"missing": []}, None, False, id="it is not named"),
        pytest.param(thread(), ASKS | {"needs_info": False}, None, False, id="nothing is missing"),
        pytest.param(thread(), {}, None, False, id="nothing is said of it"),
        pytest.param(pull_thread(), ASKS, None, False, id="a pull request"),
        pytest.param(thread(QUESTION, SAID), ASKS, None, True, id="a second round"),
        pytest.param(thread(QUESTION, SAID, AGAIN, LATER), ASKS, None, False, id="no third one"),
        pytest.param(thread(QUESTION, SAID, AGAIN, LATER), ASKS, 40, True, id="but the second anew"),
        pytest.param(thread(FORGED, SAID, AGAIN, LATER), ASKS, None, True, id="by our own questions"),
    ],
)
def test_hls_waits_for_the_author_in_two_rounds(
    known: Thread, fields: dict[str, object], replaced: int | None, asks: bool
) -> None:
    assert follow_up.may_ask(known, items.answered(known, OWN), fields, replaced) is asks


MINE, OTHERS = ("issue/7", KEY), ("issue/7", "comment/35@3:abc")


@pytest.mark.parametrize(
    ("labels", "waits", "keys", "effects"),
    [
        ((), True, MINE, (AddLabels(("hls-waiting",)),)),
        (("HLS-waiting",), True, MINE, ()),
        (("HLS-waiting",), False, MINE, (RemoveLabels(("HLS-waiting",)),)),
        (("HLS-waiting",), False, OTHERS, ()),
        (("bug",), False, MINE, ()),
    ],
)
def test_what_sets_the_label_and_takes_it_off(
    labels: tuple[str, ...], waits: bool, keys: tuple[str, ...], effects: tuple[Effect, ...]
) -> None:
    known = thread(SAID, comment(35, "/hls and?", "bob"), labels=labels)
    assert follow_up.effects(known, keys, waits=waits) == effects


def test_what_nobody_reads_asks_nothing() -> None:
    off = RemoveLabels(("bug",))
    assert follow_up.without_question((AddLabels(("bug", "hls-waiting")), off)) == (AddLabels(("bug",)), off)
    assert follow_up.without_question((AddLabels(("hls-waiting",)), off)) == (off,)


SOON, LONG = NOON + follow_up.SETTLED, NOON + follow_up.SETTLED + timedelta(seconds=1)
STALE = [
    ("our question is open", thread(QUESTION, **WAITING), LONG, ""),
    ("the author has answered", thread(QUESTION, SAID, **WAITING), LONG, ""),
    ("a maintainer has", thread(QUESTION, by("OWNER"), **WAITING), SOON, "HLS-waiting"),
    ("we have said something else", thread(QUESTION, SAID, ANSWER, **WAITING), SOON, "HLS-waiting"),
    ("a maintainer set it", thread(**WAITING), LONG, "HLS-waiting"),
    ("our question may not be listed yet", thread(**WAITING), SOON, ""),
    ("there is none", thread(QUESTION, by("OWNER")), LONG, ""),
]


@pytest.mark.parametrize(("known", "now", "label"), [row[1:] for row in STALE], ids=[row[0] for row in STALE])
def test_when_the_label_is_out_of_place(known: Thread, now: Any, label: str) -> None:
    assert follow_up.stale_label(known, items.answered(known, OWN), DEFAULT_RULES, now) == label
