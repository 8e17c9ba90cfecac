"""Who asks for the items of a thread, who of them may, and whether a maintainer stands behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.threads import askers, items
from hls_action.domain.threads.items import Item, OpenItems, marker
from hls_action.domain.threads.thread import Author, Comment, Thread
from tests.unit.builders import NOON, bot_comment, comment, pull_thread, thread

MAYA, EVE = Author("maya", association="MEMBER"), Author("eve", association="CONTRIBUTOR")
SENTRY, CI = "sentry[bot]", "ci[bot]"
MEMBERS = DEFAULT_RULES._replace(who=("members",) * 3)


def by(author: Author, number: int, body: str = "/hls why?", minutes: int = 0) -> Comment:
    return replace(comment(number, body), author=author, created_at=NOON + timedelta(minutes=minutes))


def owed(*keys: str) -> OpenItems:
    parts = (key.partition("/") for key in keys)
    return OpenItems(tuple(Item(kind, number) for kind, _, number in parts))  # type: ignore[arg-type]


def left(open_items: OpenItems) -> list[str]:
    return [item.key for item in open_items.items]


def test_each_kind_of_item_has_its_own_choice() -> None:
    conversation, asked = thread(by(EVE, 31)), owed("issue/7", "comment/31", "label/hls")
    for place, found in enumerate((["comment/31", "label/hls"], ["issue/7", "label/hls"])):
        who = tuple("members" if place == each else "all" for each in range(3))
        assert left(askers.without_unheard(asked, conversation, DEFAULT_RULES._replace(who=who))) == found
    only_pulls = DEFAULT_RULES._replace(who=("all", "all", "members"))
    assert left(askers.without_unheard(owed("pull/abc"), pull_thread(), only_pulls)) == []


def test_of_those_who_may_not_ask_the_newest_is_last() -> None:
    conversation = thread(by(EVE, 31), by(MAYA, 32), by(Author("ida"), 33), by(EVE, 34))
    asked = owed("issue/7", "comment/31", "comment/32", "comment/33", "comment/34")
    unsure = askers.unsure(asked, conversation, MEMBERS)
    assert [author.login for author in unsure] == ["ann", "ida", "eve"]
    found = askers.without_unheard(asked, conversation, MEMBERS, access=unsure[-1:])
    assert left(found) == ["comment/31", "comment/32", "comment/34"]
    assert askers.unsure(asked, conversation, DEFAULT_RULES) == ()


# ---- bots ----


def conversation(*said: tuple[str, str]) -> tuple[Thread, dict[str, Comment]]:
    """An issue by a bot with comments: who wrote each, or ``us``, and then what our reply answers."""
    comments = [
        bot_comment(number, marker(text.split())) if login == "us" else comment(number, text, login)
        for number, (login, text) in enumerate(said, 31)
    ]
    found = thread(*comments, author=Author(SENTRY, "Bot"))
    return found, items.answered(found, frozenset({"github-actions[bot]"}))


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        pytest.param([], ["issue/7"], id="its first"),
        pytest.param([("us", "issue/7"), (SENTRY, "/hls sure?")], [], id="not what it says to the answer"),
        pytest.param([("us", "issue/7"), (CI, "/hls sure?")], ["comment/32"], id="but another's first"),
        pytest.param(
            [("us", "issue/7"), (CI, "/hls a?"), ("us", "comment/32"), (SENTRY, "/hls b?")], [], id="two take no turns"
        ),
        pytest.param(
            [("us", "issue/7"), ("ann", "/hls a?"), ("us", "comment/32"), (SENTRY, "/hls b?")],
            ["comment/34"],
            id="again, once a person has been answered",
        ),
        pytest.param(
            [(CI, "/hls a?"), ("ann", "/hls b?"), ("us", "comment/31 comment/32"), (CI, "/hls c?")],
            [],
            id="not one that was answered along with a person",
        ),
        pytest.param([("us", "label/hls"), (SENTRY, "/hls a?")], ["comment/32"], id="a label is a person's"),
        pytest.param([("us", "issue/7"), ("ann", "/hls a?")], ["comment/32"], id="a person is always heard"),
    ],
)
def test_machines_do_not_go_on_among_themselves(said: list[tuple[str, str]], heard: list[str]) -> None:
    found, replied = conversation(*said)
    last = f"comment/{30 + len(said)}" if said else "issue/7"
    assert left(askers.without_chatter(owed(last), found, replied)) == heard


# ---- who backs what is asked ----


@pytest.mark.parametrize(
    ("work", "said", "rules", "backed"),
    [
        pytest.param(["comment/31"], [by(EVE, 31)], {}, False, id="nobody"),
        pytest.param(["comment/31"], [by(EVE, 31), by(MAYA, 32, minutes=1)], {}, True, id="a member who asked since"),
        pytest.param(["comment/31"], [by(EVE, 31, minutes=1), by(MAYA, 32)], {}, False, id="not one who asked before"),
        pytest.param(["comment/31"], [by(EVE, 31), by(MAYA, 32, "I see.", 1)], {}, False, id="nor one who just talks"),
        pytest.param(["comment/31"], [by(EVE, 31), by(Author("bob"), 32, minutes=1)], {}, False, id="nor anybody"),
        pytest.param(
            ["comment/31"],
            [by(EVE, 31), by(MAYA, 32, minutes=1)],
            {"ignore_actors": ("maya",)},
            False,
            id="nor who is ignored",
        ),
        pytest.param(["comment/31", "comment/32"], [by(MAYA, 31), by(EVE, 32)], {}, True, id="who asks along with it"),
        pytest.param(["issue/7", "label/hls"], [], {}, True, id="who set the label"),
        pytest.param(["issue/7"], [by(MAYA, 31)], {}, True, id="whoever asks in a stranger's issue"),
        pytest.param(["issue/7"], [], {"allow_actors": ("ann",)}, True, id="the allow list"),
    ],
)
def test_who_backs_it(work: list[str], said: list[Comment], rules: dict[str, Any], backed: bool) -> None:
    chosen = DEFAULT_RULES._replace(**rules)

    def trusted(author: Author) -> bool:
        return askers.is_trusted(author, chosen)

    assert askers.is_backed(thread(*said), owed(*work).items, chosen, trusted) is backed
