"""The pre-check by itself: whom it is asked about, what it is shown, and what counts as a no."""

from __future__ import annotations

import json

import jsonschema
import pytest

from hls_action.domain.knowledge.conversation import Context
from hls_action.domain.tasks.precheck import CODE, SCHEMA, Relevance, applies, compose, parse
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.domain.threads.items import Item
from tests.unit.builders import SHA

ISSUE, PULL, COMMENT = Item("issue", "7"), Item("pull", SHA), Item("comment", "31", "2:abc")
YES = Relevance(relevant=True, reason="")


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
def test_it_is_asked_about_what_nobody_asked_for(unanswered: tuple[Item, ...], expected: bool) -> None:
    assert applies(unanswered) is expected


def test_it_is_shown_what_the_thread_begins_with() -> None:
    expected = Prompt(system=(Text("Is it spam?"),), user=(Text("<thread>\nIt crashes.\n</thread>"),))
    assert compose("Is it spam?", Context("It crashes.", ("Me too.",))) == expected


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param(
            '{"relevant": false, "reason": " an ad\\n for  pills "}', Relevance(False, "an ad for pills"), id="no"
        ),
        pytest.param('{"relevant": false}', Relevance(False, ""), id="no reason"),
        pytest.param('{"relevant": false, "reason": 5}', Relevance(False, "5"), id="an odd reason"),
        pytest.param(
            json.dumps({"relevant": False, "reason": "y" * 201}), Relevance(False, "y" * 200), id="a long one"
        ),
        pytest.param('{"relevant": true, "reason": "x"}', YES, id="yes"),
        pytest.param('{"reason": "x"}', YES, id="nothing decided"),
        pytest.param('{"relevant": 0}', YES, id="a number"),
        pytest.param('{"relevant": "false"}', YES, id="a text"),
        pytest.param("[false]", YES, id="no object"),
        pytest.param("no", YES, id="no JSON"),
        pytest.param("[" * 100_000, YES, id="too deep"),
    ],
)
def test_what_is_not_clearly_a_no_is_a_yes(text: str, verdict: Relevance) -> None:
    assert parse(text) == verdict


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        ({"relevant": False, "reason": "spam"}, True),
        ({"relevant": "no", "reason": "spam"}, False),
        ({"relevant": False, "reason": None}, False),
        ({"relevant": False}, False),
        ({"reason": "spam"}, False),
        ({"relevant": True, "reason": "", "sure": True}, False),
        ([], False),
    ],
)
def test_the_schema_asks_for_a_verdict_with_its_reason(data: object, valid: bool) -> None:
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(data) is valid


def test_outcomes_name_it_by_the_documented_code() -> None:
    assert CODE == "not-relevant"
