"""Answers that are kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action import data
from hls_action.domain.budget.budget import Call
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import UsageError
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.limits.pace import Demand
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.quality.answers import KeptAnswers, PaidAnswer, key
from tests.fakes import model_reply

OPTION = CallOption(
    model="claude-sonnet-5-5",
    prompt=Prompt((Text("rules"),), (Text("thread", cache=True), Text("task"))),
    schema={"type": "object"},
    price=data.prices()["claude-sonnet-5-5"],
    worst=Decimal("0.10"),
    demand=Demand(1, 100, 100),
    call=Call("o/r#7", "ann", "issue", "claude-sonnet-5-5"),
    max_tokens=8_000,
    effort="low",
    referable=Referable(7),
)
PAID = PaidAnswer(model_reply("Ä text", usage=Usage(1, 2, 3, 4, 5, 6)), Decimal("0.012345"))


def test_an_answer_is_found_again(tmp_path: Path) -> None:
    KeptAnswers(tmp_path / "answers").keep(OPTION, PAID)
    assert KeptAnswers(tmp_path / "answers").find(OPTION) == PAID


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "claude-opus-5-5"},
        {"effort": "high"},
        {"schema": {"type": "array"}},
        {"prompt": Prompt((Text("rules."),), OPTION.prompt.user)},
        {"prompt": Prompt(OPTION.prompt.system, (Text("thread"), Text("another task")))},
        {"prompt": Prompt((), (Text("rules"), *OPTION.prompt.user))},
    ],
)
def test_to_another_question_it_is_no_answer(changes: dict[str, Any], tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path)
    kept.keep(OPTION, PAID)
    assert kept.find(replace(OPTION, **changes)) is None


def test_what_the_answer_does_not_depend_on_makes_no_other_key() -> None:
    unmarked = Prompt(OPTION.prompt.system, (Text("thread"), Text("task")))
    assert key(replace(OPTION, prompt=unmarked, max_tokens=500, worst=Decimal(9))) == key(OPTION)


def test_of_a_sample_nothing_is_kept(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path)
    kept.keep(OPTION, replace(PAID, reply=replace(PAID.reply, synthetic=True)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{}", '{"text": "cut of', '{"text": 3, "usage": {}, "usd": "1"}'])
def test_a_damaged_file_is_named_and_not_paid_for_again(text: str, tmp_path: Path) -> None:
    (tmp_path / f"{key(OPTION)}.json").write_text(text)
    with pytest.raises(UsageError, match=f"{key(OPTION)}.json is damaged"):
        KeptAnswers(tmp_path).find(OPTION)
