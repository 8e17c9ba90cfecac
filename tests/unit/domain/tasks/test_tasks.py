"""The tasks one by one: which items each answers, in which words, and what it takes from an answer."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from hls_action import data
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.tasks.checks import CHECKS
from hls_action.domain.tasks.table import TASKS, concerned, describe
from hls_action.domain.tasks.task import EARLIER_REVIEWS, Case, Field
from hls_action.domain.threads.items import Item, ItemKind
from tests.unit.builders import SHA, bot_comment

ISSUE, LABEL = Item("issue", "7"), Item("label", "hls")
COMMENT, PULL = Item("comment", "31", "2:abc"), Item("pull", SHA)
OLD = "0" * 40


def test_every_kind_of_item_has_exactly_one_task() -> None:
    assert sorted(kind for task in TASKS for kind in task.kinds) == sorted(get_args(ItemKind))


@pytest.mark.parametrize(
    ("items", "names"),
    [
        pytest.param((ISSUE,), ["triage"], id="an issue"),
        pytest.param((LABEL,), ["triage"], id="a label"),
        pytest.param((PULL,), ["review"], id="a head"),
        pytest.param((COMMENT,), ["reply"], id="a comment"),
        pytest.param((LABEL, ISSUE), ["triage"], id="one task once"),
        pytest.param((COMMENT, ISSUE, COMMENT), ["triage", "reply"], id="several, in the order of the table"),
        pytest.param((COMMENT, PULL), ["review", "reply"], id="a pull request with a comment"),
        pytest.param((), [], id="nothing"),
    ],
)
def test_which_tasks_items_ask_for(items: tuple[Item, ...], names: list[str]) -> None:
    assert [task.name for task in concerned(items)] == names


@pytest.mark.parametrize(
    ("item", "since", "words"),
    [
        (ISSUE, "", "the issue itself (its title and body)"),
        (LABEL, "", "the issue itself: a maintainer asked for an answer by setting a label"),
        (COMMENT, "", "the comment with id 31"),
        (PULL, "", "the pull request at commit 6f1c0a9d2b7e: review the change"),
        (
            PULL,
            OLD,
            (
                "the pull request at commit 6f1c0a9d2b7e: a comment of yours in this thread reviews it at commit "
                "000000000000, and the diff shows only what changed since; review that, and say what it settles"
            ),
        ),
    ],
)
def test_items_in_words(item: Item, since: str, words: str) -> None:
    assert describe(item, since) == words


@pytest.mark.parametrize(
    ("name", "unused"), [("triage", {"findings"}), ("reply", {"findings"}), ("review", set[Field]())]
)
def test_what_each_task_has_no_use_for(name: str, unused: set[Field]) -> None:
    (task,) = (task for task in TASKS if task.name == name)
    assert set(CHECKS) - task.uses == unused


def test_every_field_that_is_checked_is_one_that_some_task_uses() -> None:
    assert set(CHECKS) == set(get_args(Field)) == {name for task in TASKS for name in task.uses}


# ---- their prompts ----


def test_every_task_has_a_prompt_and_every_prompt_a_task() -> None:
    folder = Path(data.__file__).parent / "prompts" / "tasks"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(task.name for task in TASKS)
    assert len({task.name for task in TASKS}) == len(TASKS)


def test_the_system_prompt_says_once_what_a_good_reply_does_for_each() -> None:
    system = data.templates().whole_system({})
    _, said, rest = system.partition("# What a good reply does\n")
    assert said
    assert "$" not in system
    for task in TASKS:
        prompt = data.text(task.prompt).strip()
        assert prompt
        assert rest.partition("\n# ")[0].count(prompt) == 1


# ---- what a review knows of those before it ----


def test_a_review_is_told_of_our_earlier_ones_oldest_first() -> None:
    first, second, other = bot_comment(40, "First."), bot_comment(42, "Second."), bot_comment(41, "Yes.")
    answered = {f"pull/{SHA}": second, "comment/30@2:def": other, f"pull/{OLD}": first}
    assert Case((PULL,), Referable(7), answered=answered).reviews == (first, second)
    assert Case((PULL,), Referable(7), answered={**answered, "comment/31@2:abc": second}).reviews == (first,)
    assert Case((PULL,), Referable(7)).reviews == ()


@pytest.mark.parametrize(
    ("items", "replaced"),
    [
        pytest.param((PULL,), 42, id="answered before"),
        pytest.param((Item("pull", "1" * 40),), None, id="another head"),
        pytest.param((Item("comment", "30", "2:def"), PULL), 42, id="the latest of several"),
    ],
)
def test_a_reply_takes_the_place_of_the_one_to_the_same_items(items: tuple[Item, ...], replaced: int | None) -> None:
    answered = {f"pull/{SHA}": bot_comment(42, "Second."), "comment/30@2:def": bot_comment(41, "Yes.")}
    assert Case(items, Referable(7), answered=answered).replaces == replaced


def test_the_default_for_earlier_reviews_is_the_first_choice() -> None:
    assert Case((), Referable(7)).review == EARLIER_REVIEWS[0] == "fold"
