"""A review: its words in the request, and what becomes of those before it, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import pytest

from hls_action.domain.knowledge.references import Referable
from hls_action.domain.tasks.effects import AddLabels, Effect, FoldComments, PostComment
from hls_action.domain.tasks.review import TASK
from hls_action.domain.tasks.task import Case, CheckedAnswer, EarlierReview, Field
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Comment as Reply
from tests.unit.builders import SHA, bot_comment

PULL, ASKED = Item("pull", SHA), Item("comment", "31", "2:abc")
FIRST, SECOND = (replace(bot_comment(number, "Fine."), node_id=f"N{number}") for number in (40, 42))
BOTH = {f"pull/{'1' * 40}": SECOND, f"pull/{'0' * 40}": FIRST}


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("", "the pull request at commit 6f1c0a9d2b7e: review the change"),
        (
            "0" * 40,
            (
                "the pull request at commit 6f1c0a9d2b7e: a comment of yours in this thread reviews it at commit "
                "000000000000, and the diff shows only what changed since; review that, and say what it settles"
            ),
        ),
    ],
)
def test_a_head_in_words(since: str, words: str) -> None:
    assert TASK.describe(PULL, since) == words


def test_it_is_of_heads_and_has_a_use_for_all_that_an_answer_holds() -> None:
    assert (TASK.name, TASK.kinds) == ("review", ("pull",))
    assert TASK.uses == set(get_args(Field))


@dataclass(frozen=True)
class Row:
    rule: str
    expected: tuple[Effect, ...]
    review: EarlierReview = "fold"
    answered: Mapping[str, Reply] = field(default_factory=lambda: BOTH)
    items: tuple[Item, ...] = (PULL,)
    folded: frozenset[str] = frozenset()


ROWS = (
    Row("a first review has nothing to fold", (PostComment("Good."),), answered={}),
    Row("nor to replace", (PostComment("Good."),), "replace", {}),
    Row("those before it are folded", (PostComment("Good."), FoldComments(("N40", "N42")))),
    Row("but those that are", (PostComment("Good."), FoldComments(("N42",))), folded=frozenset({"N40", "N7"})),
    Row("and nothing where all are", (PostComment("Good."),), folded=frozenset({"N40", "N42"})),
    Row(
        "a reply to somebody is none of them",
        (PostComment("Good."), FoldComments(("N40",))),
        answered={**BOTH, "issue/7": SECOND},
    ),
    Row("the only one is replaced", (PostComment("Good.", 40),), "replace", {"pull/0": FIRST}),
    Row("the latest is replaced", (PostComment("Good.", 42),), "replace"),
    Row("but for who asked as well", (PostComment("Good."),), "replace", items=(PULL, ASKED)),
    Row("or stays", (PostComment("Good."),), "new"),
    Row("one that is given anew folds none", (PostComment("Good.", 40),), answered={**BOTH, f"pull/{SHA}": FIRST}),
    Row("nor replaces another", (PostComment("Good.", 40),), "replace", {**BOTH, f"pull/{SHA}": FIRST}),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
@pytest.mark.parametrize(("labels", "set_"), [((), ()), (("ui",), (AddLabels(("ui",)),))])
def test_what_a_review_does(row: Row, labels: tuple[str, ...], set_: tuple[Effect, ...]) -> None:
    case = Case(row.items, Referable(7), answered=row.answered, review=row.review, folded=row.folded)
    assert TASK.effects(CheckedAnswer("Good.", {"labels": labels}), case) == (*set_, *row.expected)
