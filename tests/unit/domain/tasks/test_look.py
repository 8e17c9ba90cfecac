"""The look by itself: whom it doubts, what it is shown, what counts as a no, and what is taken of a choice."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.conversation import MAX_TITLE, Context
from hls_action.domain.tasks.look import (
    CODE,
    MAX_REASON,
    MAX_WORD,
    MOST_LISTED,
    MOST_WORDS,
    NOTHING,
    SCHEMA,
    Choice,
    chosen,
    compose,
    doubts,
    parse,
)
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.domain.text.secrets import redact
from hls_action.domain.threads.items import Item
from tests.unit.builders import SHA

ISSUE, PULL, COMMENT = Item("issue", "7"), Item("pull", SHA), Item("comment", "31", "2:abc")
READ = Context("It crashes.", ("Me too.",))
TOKEN = "ghp_" + "A1b2C3d4E5f6" * 3


@pytest.mark.parametrize(
    ("unanswered", "expected"),
    [
        pytest.param((ISSUE,), True, id="an issue"),
        pytest.param((PULL,), True, id="a head"),
        pytest.param((ISSUE, PULL), True, id="both"),
        pytest.param((Item("issue", "7", "2:abc"),), False, id="an issue that addresses us"),
        pytest.param((COMMENT,), False, id="a comment that does"),
        pytest.param((Item("label", "hls"),), False, id="a maintainer's label"),
        pytest.param((PULL, COMMENT), False, id="somebody asked, too"),
        pytest.param((Item("pull", SHA, "2:abc"),), True, id="a head is by nobody's request"),
    ],
)
def test_it_doubts_what_nobody_asked_for(unanswered: tuple[Item, ...], expected: bool) -> None:
    assert doubts(unanswered) is expected


# ---- what it is shown ----


def test_it_is_shown_the_thread_and_what_can_be_chosen_by_numbers() -> None:
    prompt = compose("Choose.", READ, "a.py\n1. line 1: def f():", ("It hangs", "No\nway"), redact)
    assert prompt == Prompt(
        system=(Text("Choose."),),
        user=(
            Text(
                "<thread>\nIt crashes.\nMe too.\n</thread>\n\n"
                '<text-0 of="definitions">\na.py\n1. line 1: def f():\n</text-0>\n\n'
                '<text-0 of="issues">\n1. It hangs\n2. No way\n</text-0>'
            ),
        ),
    )


def test_what_there_is_nothing_of_is_not_listed() -> None:
    [block] = compose("Choose.", READ, "", (), redact).user
    assert block.text == "<thread>\nIt crashes.\nMe too.\n</thread>"


def test_of_many_issues_the_likeliest_are_listed_without_secrets_and_cut() -> None:
    many = [f"leaks {TOKEN}", *["x" * (MAX_TITLE + 1)] * MOST_LISTED]
    [block] = compose("Choose.", READ, "", many, redact).user
    assert TOKEN not in block.text
    assert [line.partition(".")[0] for line in block.text.splitlines()[-1 - MOST_LISTED : -1]] == [
        str(place) for place in range(1, MOST_LISTED + 1)
    ]
    assert len(block.text.splitlines()[-2]) == len("20. ") + MAX_TITLE


# ---- what it decides ----


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        pytest.param(
            '{"relevant": false, "reason": " an ad\\n for  pills "}', Choice(False, "an ad for pills"), id="no"
        ),
        pytest.param('{"relevant": false}', Choice(False), id="no reason"),
        pytest.param('{"relevant": false, "reason": 5}', Choice(False, "5"), id="an odd reason"),
        pytest.param(
            json.dumps({"relevant": False, "reason": "y" * 201}), Choice(False, "y" * MAX_REASON), id="a long one"
        ),
        pytest.param('{"relevant": true, "reason": "x"}', NOTHING, id="yes"),
        pytest.param('{"reason": "x"}', NOTHING, id="nothing decided"),
        pytest.param('{"relevant": 0}', NOTHING, id="a number"),
        pytest.param('{"relevant": "false"}', NOTHING, id="a text"),
        pytest.param("[false]", NOTHING, id="no object"),
        pytest.param("no", NOTHING, id="no JSON"),
        pytest.param("[" * 100_000, NOTHING, id="too deep"),
        pytest.param('{"symbols": [3, 1, 3, true, "2", 2.0, null]}', Choice(symbols=(3, 1)), id="numbers, once"),
        pytest.param('{"symbols": 3, "issues": {"1": 1}, "words": "x"}', NOTHING, id="no lists"),
        pytest.param('{"issues": [2, -1, 0]}', Choice(issues=(2, -1, 0)), id="any number: the list decides"),
        pytest.param('{"words": [" a\\n b ", "", 5, "c", "c", "d", "e"]}', Choice(words=("a b", "c", "d")), id="words"),
        pytest.param(json.dumps({"words": ["x" * (MAX_WORD + 1)]}), NOTHING, id="no word is that long"),
        pytest.param('{"relevant": false, "symbols": [1]}', Choice(False, symbols=(1,)), id="a choice all the same"),
    ],
)
def test_what_can_be_read_counts_and_all_else_is_nothing(text: str, choice: Choice) -> None:
    assert parse(text) == choice


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(SCHEMA["required"])) | st.text(), inner),  # type: ignore[call-overload]
)


@given(JSON.map(json.dumps) | st.text())
def test_no_reply_makes_it_fail(text: str) -> None:
    choice = parse(text)
    assert all(type(number) is int for number in (*choice.symbols, *choice.issues))
    assert len(choice.words) <= MOST_WORDS
    assert choice.relevant or '"relevant": false' in text


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((3, 1), ("c", "a")),
        ((0, 4, -1, 2), ("b",)),
        ((1, 2, 3), ("a", "b")),
        ((9, 1, 2, 3), ("a", "b")),
        ((), ()),
    ],
)
def test_numbers_stand_for_what_is_listed_or_for_nothing(numbers: tuple[int, ...], expected: tuple[str, ...]) -> None:
    assert chosen("abc", numbers, 2) == expected


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"relevant": "no"}, False),
        ({"reason": None}, False),
        ({"symbols": ["1"]}, False),
        ({"issues": 1}, False),
        ({"words": [1]}, False),
        ({"sure": True}, False),
    ],
)
def test_the_schema_asks_for_numbers_of_what_is_listed(changes: dict[str, object], valid: bool) -> None:
    reply = {"relevant": False, "reason": "spam", "symbols": [1], "issues": [], "words": ["x"]}
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(reply | changes) is valid
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid({key: reply[key] for key in sorted(reply)[1:]})


def test_outcomes_name_it_by_the_documented_code() -> None:
    assert CODE == "not-relevant"
