"""What Claude returns is checked field by field."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from hls_action.domain.tasks.answer import SCHEMA, Answer, AnswerInvalid, Evidence, parse_answer
from tests.fakes import answer_data

GOLDEN = Path(__file__).parents[2] / "golden" / "answer.schema.json"


def test_a_valid_answer() -> None:
    quoted = [{"source": 2, "quotation": "mkdir out"}]
    parsed = parse_answer(
        answer_data(
            evidence=quoted, labels=[3, 1], possible_duplicate_of=4, confidence=1, findings=["a.py:4 loses data. ", " "]
        )
    )
    assert parsed == Answer(
        evidence=(Evidence(2, "mkdir out"),),
        sensitive=False,
        reply=True,
        reason="",
        comment="The folder is missing. Create it with `mkdir out` and try again.",
        labels=(3, 1),
        category="bug",
        priority="medium",
        needs_info=False,
        missing=(),
        possible_duplicate_of=4,
        confidence=1.0,
        findings=("a.py:4 loses data.",),
    )


def test_an_answer_may_lack_what_it_found_and_whether_to_reply() -> None:
    data = answer_data()
    for name in ("evidence", "sensitive", "reply", "reason"):
        del data[name]
    parsed = parse_answer(data)
    assert (parsed.evidence, parsed.sensitive, parsed.reply, parsed.reason) == ((), False, True, "")


MAY_LACK = ("evidence", "sensitive", "reply", "reason", "findings")

AGAINST_THE_SCHEMA = [
    pytest.param({"evidence": [{"source": 1}]}, "'evidence' is [{'source': 1}], not a list of objects", id="no quote"),
    pytest.param({"evidence": [{"source": "1", "quotation": "x"}]}, "not a list of objects", id="a source as text"),
    pytest.param({"reply": "no"}, "'reply' is 'no', not true or false", id="reply as text"),
    pytest.param({"comment": ["Hi"]}, "'comment' is ['Hi'], not a string", id="comment that is a list"),
    pytest.param({"needs_info": "no"}, "'needs_info' is 'no', not true or false", id="text for a truth value"),
    pytest.param({"labels": "bug"}, "'labels' is 'bug', not a list of whole numbers", id="labels that are a text"),
    pytest.param({"labels": {}}, "'labels' is {}, not a list of whole numbers", id="labels that are an object"),
    pytest.param({"labels": ["bug"]}, "'labels' is ['bug'], not a list of whole numbers", id="a label by its name"),
    pytest.param({"labels": [True]}, "'labels' is [True], not a list of whole numbers", id="truth value for a label"),
    pytest.param({"labels": [1, 1.5]}, "'labels' is [1, 1.5], not a list", id="half a label"),
    pytest.param({"missing": [1]}, "'missing' is [1], not a list of strings", id="a number that is missing"),
    pytest.param({"missing": None}, "'missing' is None, not a list of strings", id="nothing missing, as null"),
    pytest.param({"category": "rant"}, "'category' is 'rant', not one of bug, feature", id="unknown category"),
    pytest.param({"category": None}, "'category' is None", id="no category"),
    pytest.param({"priority": "P1"}, "'priority' is 'P1', not one of urgent", id="unknown priority"),
    pytest.param({"possible_duplicate_of": "4"}, "'possible_duplicate_of' is '4'", id="number as text"),
    pytest.param(
        {"possible_duplicate_of": True}, "is True, not an issue number or null", id="truth value for a number"
    ),
    pytest.param({"confidence": "high"}, "not a number from 0 to 1", id="confidence as text"),
    pytest.param({"confidence": True}, "not a number from 0 to 1", id="confidence as truth value"),
    pytest.param({"findings": "none"}, "'findings' is 'none', not a list of strings", id="findings as a text"),
    pytest.param({"findings": None}, "'findings' is None, not a list of strings", id="no findings, as null"),
    pytest.param({"findings": [{"line": 4}]}, "not a list of strings", id="a finding that is an object"),
    pytest.param({"thoughts": "hm"}, "unknown fields: thoughts", id="a field too many"),
]
# Structured output takes no bounds and no lengths, so these are checked here alone.
BEYOND_THE_SCHEMA = [
    pytest.param({"comment": ""}, "'comment' is empty", id="empty comment"),
    pytest.param({"comment": " \n"}, "'comment' is empty", id="blank comment"),
    pytest.param({"comment": "\u200b\u3164&nbsp;\n\n[x]: #"}, "is empty or renders as nothing", id="nothing to see"),
    pytest.param({"confidence": 1.01}, "'confidence' is 1.01, not a number from 0 to 1", id="too sure"),
    pytest.param({"confidence": -0.1}, "not a number from 0 to 1", id="less than unsure"),
    pytest.param({"confidence": float("nan")}, "not a number from 0 to 1", id="not a number"),
]


@pytest.mark.parametrize(("changes", "problem"), AGAINST_THE_SCHEMA + BEYOND_THE_SCHEMA)
def test_an_invalid_answer_says_what_is_wrong(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(AnswerInvalid, match=re.escape(problem)):
        parse_answer(answer_data(**changes))


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**60])
def test_whether_a_number_can_be_posted_is_decided_later(number: int) -> None:
    """An answer that was paid for is not thrown away for it."""
    assert parse_answer(answer_data(labels=[number], possible_duplicate_of=number)).possible_duplicate_of == number


@pytest.mark.parametrize("field", [each.name for each in fields(Answer) if each.name not in MAY_LACK])
def test_every_field_that_says_what_is_posted_is_required(field: str) -> None:
    incomplete = {key: value for key, value in answer_data().items() if key != field}
    with pytest.raises(AnswerInvalid, match=f"the answer lacks {field}"):
        parse_answer(incomplete)


def test_an_answer_that_does_not_say_what_it_found_is_not_one_that_found_nothing() -> None:
    silent = {key: value for key, value in answer_data().items() if key != "findings"}
    assert parse_answer(silent).findings is None
    assert parse_answer(answer_data(findings=[])).findings == ()


@pytest.mark.parametrize(("value", "name"), [([], "list"), ("text", "str"), (None, "NoneType")])
def test_an_answer_is_an_object(value: object, name: str) -> None:
    with pytest.raises(AnswerInvalid, match=f"the answer is a {name}, not an object"):
        parse_answer(value)


@pytest.mark.parametrize("share", [0, 1])
def test_confidence_may_be_none_at_all_or_complete(share: int) -> None:
    assert parse_answer(answer_data(confidence=share)).confidence == share


def test_all_that_is_missing_is_named() -> None:
    with pytest.raises(AnswerInvalid, match=r"^the answer lacks comment, priority$"):
        parse_answer({key: value for key, value in answer_data().items() if key not in ("priority", "comment")})


def test_all_that_is_unknown_is_named() -> None:
    with pytest.raises(AnswerInvalid, match=r"^the answer has unknown fields: mood, thoughts$"):
        parse_answer(answer_data(thoughts="hm", mood="good"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"confidence": "x" * 10_000}, f"'confidence' is '{'x' * 59}, not a number from 0 to 1"),
        ({"x" * 10_000: 1}, f"the answer has unknown fields: {'x' * 100}"),
    ],
)
def test_a_message_quotes_only_the_beginning_of_a_long_value(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(AnswerInvalid) as raised:
        parse_answer(answer_data(**changes))
    assert str(raised.value) == problem


def test_the_schema_that_is_sent_asks_for_what_is_checked() -> None:
    jsonschema.validate(answer_data(), SCHEMA)
    jsonschema.validate(answer_data(labels=[1, 99, 10_000]), SCHEMA)  # it is the same for every list of labels


def test_the_schema_that_is_sent_is_known_to_the_byte() -> None:
    """A change makes every prompt cache start anew. To accept one, set ``UPDATE_GOLDEN=1``."""
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(json.dumps(SCHEMA, indent=2) + "\n")
    assert json.dumps(SCHEMA) == json.dumps(json.loads(GOLDEN.read_text()))


@pytest.mark.parametrize(("changes", "problem"), AGAINST_THE_SCHEMA)
def test_the_schema_refuses_what_is_refused_here(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer_data(**changes), SCHEMA)
