"""What an evaluation may cost, and what is left of it when it is killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hls_action.domain.budget.errors import BudgetExceeded
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import HLSError
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.option import CallOption, Step
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.line.run import Run, begin
from hls_action.ports import ModelReply
from hls_action.quality.answers import KeptAnswers, PaidAnswer
from hls_action.quality.asking import Purse, ask_all
from tests.fakes import FakeClock, FlakyGitHub, ScriptedModel, model_factory, model_reply
from tests.unit.line_bench import MATERIALS
from tests.unit.quality.test_answers import OPTION

WORST = OPTION.worst
NEARLY_ALL = Usage(output=6_000)
"""What costs nearly as much as is reserved."""
LOST = UpstreamError(Fault("claude", "timeout", "no answer within 60 s"))
REFUSED = UpstreamError(Fault("claude", "status", "bad request", 400))


def cases(count: int) -> dict[str, CallOption]:
    prompts = (Prompt((), (Text(f"thread {number}"),)) for number in range(count))
    return {f"case {number}": replace(OPTION, prompt=prompt) for number, prompt in enumerate(prompts)}


def runs(folder: Path, model: ScriptedModel) -> Callable[[], Run]:
    github = FlakyGitHub(folder, FakeClock())
    return lambda: begin(github, model_factory(model), FakeClock(), MATERIALS)


class Asked:
    """Cases that were asked about, with a purse of so many USD."""

    def __init__(self, folder: Path, count: int, cap: str, *script: ModelReply | Exception) -> None:
        self.model = ScriptedModel(*script)
        self.purse = Purse(Decimal(cap))
        kept = KeptAnswers(folder / "answers")
        self.answers = ask_all(cases(count), runs(folder, self.model), kept, self.purse)

    @property
    def errors(self) -> list[HLSError]:
        return [each for each in self.answers.values() if isinstance(each, HLSError)]


def test_every_case_is_asked_once_and_never_again(tmp_path: Path) -> None:
    first = Asked(tmp_path, 3, "1", *[model_reply()] * 3)
    assert len(first.model.requests) == 3
    again = Asked(tmp_path, 3, "0")
    assert again.answers == first.answers
    assert again.model.requests == []
    assert again.purse.committed == 0


def test_the_cost_is_that_of_the_calls(tmp_path: Path) -> None:
    asked = Asked(tmp_path, 2, "1", model_reply(), model_reply())
    paid = [each.usd for each in asked.answers.values() if isinstance(each, PaidAnswer)]
    assert asked.purse.committed == sum(paid) == 2 * OPTION.cost(model_reply().usage, "")


def test_what_could_pass_the_cap_is_not_asked(tmp_path: Path) -> None:
    """Three at once, of 0.10 USD at worst, with 0.20: two are asked; a third only once they turned out cheap."""
    asked = Asked(tmp_path, 5, "0.20", *[model_reply(usage=NEARLY_ALL)] * 5)
    assert asked.purse.committed <= Decimal("0.20")
    assert len(asked.model.requests) == 2
    assert [type(error) for error in asked.errors] == [BudgetExceeded] * 3
    assert "raise --max-usd, which is 0.20: the call could cost 0.1000 USD after" in str(asked.errors[0])


def test_a_cap_of_nothing_asks_nothing(tmp_path: Path) -> None:
    asked = Asked(tmp_path, 2, "0")
    assert (asked.model.requests, len(asked.errors)) == ([], 2)


def test_an_attempt_that_was_lost_counts_as_billed_and_the_next_is_reserved_for(tmp_path: Path) -> None:
    asked = Asked(tmp_path, 1, "1", LOST, model_reply())
    assert asked.purse.committed == WORST + OPTION.cost(model_reply().usage, "")


def test_after_lost_attempts_the_cap_holds(tmp_path: Path) -> None:
    asked = Asked(tmp_path, 1, "0.15", LOST, model_reply())
    assert len(asked.model.requests) == 1
    assert asked.purse.committed == WORST
    assert len(asked.errors) == 1


def test_a_refusal_costs_nothing_and_keeps_nobody_else(tmp_path: Path) -> None:
    asked = Asked(tmp_path, 2, "1", REFUSED, model_reply())
    assert [type(each).__name__ for each in sorted(asked.answers.values(), key=repr)].count("UpstreamError") == 1
    assert asked.purse.committed == OPTION.cost(model_reply().usage, "")


class Killed(BaseException):
    """What nobody handles."""


def test_what_was_paid_for_before_a_crash_is_kept(tmp_path: Path) -> None:
    class Dying(ScriptedModel):
        def complete(self, request: object) -> ModelReply:
            if len(self.requests) == 2:
                raise Killed
            return super().complete(request)  # type: ignore[arg-type]

    kept, dying = KeptAnswers(tmp_path / "answers"), Dying(model_reply(), model_reply())
    with pytest.raises(Killed):
        ask_all(cases(20), runs(tmp_path, dying), kept, Purse(Decimal(9)))
    assert len(list((tmp_path / "answers").iterdir())) == 2
    assert len(Asked(tmp_path, 20, "9", *[model_reply()] * 18).model.requests) == 18


def test_one_purse_for_everybody() -> None:
    purse = Purse(Decimal("0.25"))
    purse.reserve(WORST)
    purse.reserve(WORST)
    with pytest.raises(BudgetExceeded):
        purse.reserve(WORST)
    purse.settle(WORST, Decimal("0.05"))
    purse.reserve(WORST)
    assert purse.committed == Decimal("0.25")


def test_without_a_cap_nothing_is_refused() -> None:
    purse = Purse(None)
    purse.reserve(Decimal(1_000_000))
    assert purse.committed == 1_000_000


def test_somebody_hears_how_far_it_is(tmp_path: Path) -> None:
    heard: list[str] = []
    begin_run = runs(tmp_path, ScriptedModel(*[model_reply()] * 21))
    ask_all(cases(21), begin_run, KeptAnswers(tmp_path / "answers"), Purse(None), heard.append)
    assert heard == ["10 of 21 cases are through", "20 of 21 cases are through"]


# ---- a step before the answer ----

LOOK = replace(OPTION, prompt=Prompt((), (Text("look"),)), worst=Decimal("0.01"))
CHOSEN = replace(OPTION, prompt=Prompt((), (Text("what was chosen"),)))


def with_look(folder: Path, cap: str, *script: ModelReply | Exception, ends: Reason = NONE) -> tuple[object, Asked]:
    asked = Asked(folder, 0, cap, *script)
    option = replace(OPTION, before=(Step("look", LOOK, lambda _: ends, lambda _: CHOSEN),))
    kept = KeptAnswers(folder / "answers")
    return ask_all({"case": option}, runs(folder, asked.model), kept, asked.purse)["case"], asked


def test_a_look_is_made_as_in_a_run_and_neither_call_is_paid_twice(tmp_path: Path) -> None:
    paid, asked = with_look(tmp_path, "1", model_reply(), model_reply())
    each = OPTION.cost(model_reply().usage, "")
    assert [request.prompt for request in asked.model.requests] == [LOOK.prompt, CHOSEN.prompt]
    assert isinstance(paid, PaidAnswer)
    assert (paid.option, paid.usd, asked.purse.committed) == (CHOSEN, 2 * each, 2 * each)
    again, later = with_look(tmp_path, "0")
    assert (again, later.model.requests) == (paid, [])


def test_where_it_fails_the_planned_call_is_made(tmp_path: Path) -> None:
    paid, asked = with_look(tmp_path, "1", LOST, model_reply())
    assert isinstance(paid, PaidAnswer)
    assert paid.option is None
    assert asked.purse.committed == paid.usd == LOOK.worst + OPTION.cost(model_reply().usage, "")


def test_what_is_not_relevant_is_not_answered(tmp_path: Path) -> None:
    error, asked = with_look(tmp_path, "1", model_reply(), ends=Reason("not-relevant", "spam"))
    assert str(error) == "not-relevant: spam"
    assert len(asked.model.requests) == 1


def test_a_look_that_could_pass_the_cap_is_not_made(tmp_path: Path) -> None:
    error, asked = with_look(tmp_path, "0.005")
    assert isinstance(error, BudgetExceeded)
    assert asked.model.requests == []
