"""The budget, held across runs: reserved before a call, settled after it, and what happens at a cap."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.budget.budget import Budget, Spending
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.reporting import report
from hls_action.sweep.sweep import sweep
from tests.fakes import FakeClock, ScriptedModel, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import OPENED, Bench

TODAY = "2026-11-02"
FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
TIMEOUT = UpstreamError(Fault("claude", "timeout", "slow"))
OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))
MAYA = {"login": "maya", "association": "MEMBER"}
"""Somebody who may spend all of the day."""
OTHER_EVENT = trigger(7, "issues", "edited", is_pull=False)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def budget(bench: Bench) -> Budget:
    return bench.ledger().budget


def test_a_call_is_reserved_for_before_it_is_made_and_settled_after_it(bench: Bench) -> None:
    seen: list[Budget] = []
    model = ScriptedModel(model_reply(), meanwhile=lambda: seen.append(budget(bench)))
    assert bench.shared(model).answer(OPENED).cost_usd == Decimal("0.004")
    (reservation,) = seen[0].reservations.values()
    assert reservation.usd > Decimal("0.08"), "8,000 tokens out at 10 USD a million, and the prompt"
    assert (reservation.call.thread, reservation.call.actor, reservation.call.kind) == ("o/r#7", "ann", "issue")
    after = budget(bench)
    assert (after.reservations, after.days[TODAY].usd, after.days[TODAY].usage) == (
        {},
        Decimal("0.004"),
        Usage(1_000, 200),
    )
    assert bench.store.writes == 3, "reserved with the claim, settled with the answer"


def test_a_run_says_how_much_of_the_budget_is_used(bench: Bench) -> None:
    bench.configure("budget: {monthly_usd: 20}")
    outcome = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert outcome.budget == "today 0.0040 of 5 USD, this month 0.0040 of 20 USD"
    assert "| Budget used | today 0.0040 of 5 USD, this month 0.0040 of 20 USD |" in report.summary(outcome)


@pytest.mark.parametrize("key", ["daily_usd", "monthly_usd"])
@pytest.mark.parametrize("wake", [OPENED, OTHER_EVENT, Trigger((ThreadId(7),), retry=True, force=True)], ids=str)
def test_a_budget_of_zero_answers_nothing_and_is_green(bench: Bench, key: str, wake: Trigger) -> None:
    bench.configure(f"budget: {{{key}: 0}}")
    outcome = bench.shared(ScriptedModel()).answer(wake)
    assert (outcome.status, outcome.reason.code, outcome.green) == ("skipped", "switched-off", True)
    assert f"raise `budget.{key}`" in outcome.reason.detail
    assert (bench.bodies(), bench.store.writes) == ([], 0)
    bench.configure("")
    assert bench.shared(ScriptedModel(model_reply()), 2).answer(wake).status == "done"


def test_a_sweep_without_a_budget_looks_at_nothing_and_the_next_one_with_one_at_all(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0}")
    off = sweep(bench.shared(ScriptedModel()), scheduled=True)
    assert (off.status, off.reason.code, "open_threads" in bench.github.calls) == ("skipped", "switched-off", False)
    bench.configure("")
    assert sweep(bench.shared(ScriptedModel(model_reply()), 2), scheduled=True).status == "done"


def test_runs_share_one_budget(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    bench.issue(8)
    bench.shared(ScriptedModel(model_reply(usage=Usage(output=95_000))), 1).answer(OPENED)
    model = ScriptedModel()
    outcome = bench.shared(model, 2).answer(trigger(8, "issues", "opened", is_pull=False))
    assert (outcome.status, model.requests) == ("deferred", [])
    assert "raise `budget.daily_usd`, which is 1 USD, or" in outcome.reason.detail
    record = bench.records(8)["issue/8"]
    assert (record.state, f"{record.until:%Y-%m-%d %H:%M}", record.tries) == ("deferred", "2026-11-03 00:00", 0)
    bench.clock.sleep(timedelta(hours=16).total_seconds())
    assert bench.shared(ScriptedModel(model_reply()), 3).answer(trigger(8)).status == "done"


def test_a_reservation_counts_while_the_call_is_under_way(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.16}")
    bench.issue(8)
    outcomes = []
    other = ScriptedModel()

    def meanwhile() -> None:
        outcomes.append(bench.shared(other, 2).answer(trigger(8, "issues", "opened", is_pull=False)).status)

    assert bench.shared(ScriptedModel(model_reply(), meanwhile=meanwhile), 1).answer(OPENED).status == "done"
    assert (outcomes, other.requests) == (["deferred"], [])


def test_a_dead_runs_reservation_counts_as_spent(bench: Bench) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    bench.configure("budget: {daily_usd: 0.16}")
    with pytest.raises(KeyboardInterrupt):
        bench.shared(ScriptedModel(model_reply(), meanwhile=die), 1).answer(OPENED)
    bench.clock.sleep(3_600)
    assert bench.shared(ScriptedModel(), 2).answer(OTHER_EVENT).status == "deferred"


@pytest.mark.parametrize(
    ("errors", "unsettled"),
    [
        pytest.param([OVERLOADED] * 6, 0, id="errors that came as an answer are not billed"),
        pytest.param([TIMEOUT] * 6, 6, id="of a call whose answer was lost nobody knows"),
        pytest.param([TIMEOUT, OVERLOADED, TIMEOUT, *[OVERLOADED] * 3], 2, id="some of each"),
        pytest.param([DeadlineExceeded("600 s are over")], 1, id="nor of one that the run's end cut off"),
    ],
)
def test_what_may_have_been_billed_counts_at_its_worst(bench: Bench, errors: list[Exception], unsettled: int) -> None:
    seen: list[Decimal] = []
    model = ScriptedModel(*errors, meanwhile=lambda: seen.extend(r.usd for r in budget(bench).reservations.values()))
    assert bench.shared(model).answer(OPENED).status == "deferred"
    after = budget(bench)
    assert after.reservations == {}
    assert (after.days[TODAY].unsettled if TODAY in after.days else 0) == unsettled * seen[0]


def test_a_post_that_fails_after_the_answer_was_paid_counts_it_once(bench: Bench) -> None:
    bench.github.script_posts = [FORBIDDEN]
    outcome = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert (outcome.status, outcome.cost_usd) == ("failed", Decimal("0.004"))
    assert (bench.records()["issue/7"].cost_usd, budget(bench).days[TODAY].usd) == (Decimal("0.004"), Decimal("0.004"))


def test_a_refused_answer_is_billed(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply("", stop_reason="refusal"))).answer(OPENED)
    assert (budget(bench).days[TODAY].usd, budget(bench).reservations) == (Decimal("0.004"), {})


def test_an_answer_that_came_too_late_is_billed_all_the_same(bench: Bench) -> None:
    def meanwhile() -> None:
        bench.clock.sleep(700)
        bench.shared(ScriptedModel(model_reply()), 2).answer(OTHER_EVENT)

    assert bench.shared(ScriptedModel(model_reply(), meanwhile=meanwhile), 1).answer(OPENED).reason.code == "claim-lost"
    assert (budget(bench).days[TODAY].usd, budget(bench).reservations) == (Decimal("0.008"), {})


# ---- at a cap ----


def spend(bench: Bench, usd: str, actor: str = "bob") -> None:
    bench.issue(99, author={"login": actor})
    tokens = int(Decimal(usd) / 10 * 1_000_000)
    bench.shared(ScriptedModel(model_reply(usage=Usage(output=tokens))), 90).answer(
        trigger(99, "issues", "opened", is_pull=False)
    )


def test_a_cheaper_model_is_taken_before_anything_is_put_off(bench: Bench) -> None:
    spend(bench, "0.95")
    bench.issue(author=MAYA)
    bench.configure(
        "budget: {daily_usd: 1, at_cap: [cheaper_model, defer], cheaper_model: claude-haiku-5-5}\neffort: low"
    )
    model = ScriptedModel(model_reply(model="claude-haiku-5-5"))
    outcome = bench.shared(model).answer(OPENED)
    assert (outcome.status, outcome.cost_usd) == ("done", Decimal("0.0002"))
    assert (model.requests[0].model, model.requests[0].effort) == ("claude-haiku-5-5", "")


def test_a_shorter_context_is_taken_before_anything_is_put_off(bench: Bench) -> None:
    spend(bench, "0.918")
    bench.issue(body=BODY + "x" * 11_000, author=MAYA)
    bench.configure("max_tokens: 2000\nbudget: {daily_usd: 1.02, at_cap: [shorter_context, defer]}")
    model = ScriptedModel(model_reply())
    assert bench.shared(model).answer(OPENED).status == "done"
    assert len(model.requests[0].prompt.user[0].text) < 5_000


@pytest.mark.parametrize(
    ("config", "status", "state"),
    [
        ("{daily_usd: 1}", "deferred", "deferred"),
        ("{daily_usd: 1, at_cap: [skip]}", "skipped", "skipped"),
        ("{daily_usd: 0.01, at_cap: [skip]}", "failed", "failed"),
        ("{per_call_usd: 0.01}", "failed", "failed"),
        ("{per_actor_daily_usd: 1}", "done", "published"),
        ("{per_thread_usd: 1}", "done", "published"),
    ],
)
def test_what_happens_when_nothing_else_helps(bench: Bench, config: str, status: str, state: str) -> None:
    spend(bench, "0.95")
    bench.configure(f"budget: {config}")
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).status == status
    assert bench.records()["issue/7"].state == state


def test_what_a_cap_skipped_is_tried_again_only_when_somebody_asks(bench: Bench) -> None:
    bench.configure("budget: {per_thread_usd: 0.17}")
    asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}
    bench.shared(ScriptedModel(model_reply(usage=Usage(output=10_000)))).answer(OPENED)
    (ours,) = [{"id": 1, "author": {"login": LOGIN, "type": "Bot"}, "body": body} for body in bench.bodies()]
    bench.issue(comments=[ours, asked])
    first, second = (bench.shared(ScriptedModel(), run).answer(trigger()) for run in (2, 3))
    assert (first.status, first.reason.code) == ("skipped", "budget")
    assert (second.status, second.reason.code) == ("skipped", "budget")
    writes = bench.store.writes
    bench.shared(ScriptedModel(), 4).answer(trigger())
    assert bench.store.writes == writes, "and costs nothing meanwhile"
    bench.configure("")
    assert bench.shared(ScriptedModel(model_reply()), 5).answer(trigger(retry=True)).status == "done"


def test_one_account_cannot_spend_it_all(bench: Bench) -> None:
    spend(bench, "0.95", actor="ann")
    bench.configure("budget: {per_actor_daily_usd: 1}")
    assert bench.shared(ScriptedModel()).answer(OPENED).status == "deferred"
    bench.issue(8, author={"login": "eve"})
    assert (
        bench.shared(ScriptedModel(model_reply())).answer(trigger(8, "issues", "opened", is_pull=False)).status
        == "done"
    )


def test_a_maintainer_may_pass_the_caps(bench: Bench) -> None:
    spend(bench, "0.95")
    bench.configure("budget: {daily_usd: 1}")
    assert bench.shared(ScriptedModel()).answer(trigger(retry=True)).status == "deferred"
    assert bench.shared(ScriptedModel(model_reply()), 2).answer(trigger(retry=True, force=True)).status == "done"


def test_nothing_is_claimed_before_the_configuration_is_read(bench: Bench) -> None:
    clock = bench.clock
    assert isinstance(clock, FakeClock)
    bench.github.failing["file"] = Fault("github", "status", "Bad Gateway", 502)
    assert bench.shared(ScriptedModel()).answer(OPENED).status == "deferred"
    assert list(bench.records()) == ["thread/7"]


def test_a_reservation_of_unknown_outcome_is_for_the_call_that_is_made(bench: Bench) -> None:
    """The first write took effect with the cheaper model; the second must not take that for the dear one's."""
    bench.configure("budget: {daily_usd: 0.05, at_cap: [cheaper_model, defer], cheaper_model: claude-haiku-5-5}")
    bench.store.script = ["after"]
    reserved: list[str] = []
    model = ScriptedModel(
        model_reply(), meanwhile=lambda: reserved.extend(r.call.model for r in budget(bench).reservations.values())
    )
    assert bench.shared(model).answer(OPENED).status == "done"
    assert [request.model for request in model.requests] == reserved == ["claude-haiku-5-5"]


# ---- what one call may cost ----


def test_a_cap_too_small_for_one_call_says_which_max_tokens_fits(bench: Bench) -> None:
    bench.configure("budget: {per_call_usd: 0.10}")
    outcome = bench.shared(ScriptedModel()).answer(OPENED)
    assert outcome.status == "failed"
    found = re.search(r"set `max_tokens` to (\d+) or less, raise `budget", outcome.reason.detail)
    assert found, outcome.reason
    fits = int(found[1])
    for run, (tokens, status) in enumerate(((fits + 1, "failed"), (fits, "done")), 2):
        bench.configure(f"max_tokens: {tokens}\nbudget: {{per_call_usd: 0.10}}")
        again = replace(OPENED, retry=True)
        assert bench.shared(ScriptedModel(model_reply()), run).answer(again).status == status


def test_where_no_max_tokens_fits_none_is_advised(bench: Bench) -> None:
    bench.configure("budget: {per_call_usd: 0.001}")
    outcome = bench.shared(ScriptedModel()).answer(OPENED)
    assert outcome.status == "failed"
    assert "max_tokens" not in outcome.reason.detail


# ---- where Claude thinks ----


@pytest.mark.parametrize(
    ("config", "ran_in", "usd"),
    [
        pytest.param("", "us", "0.0044", id="as the workspace has it, which is the US alone"),
        pytest.param("", "global", "0.004", id="as the workspace has it, which is anywhere"),
        pytest.param("inference_geo: us", "", "0.0044", id="as it was told, where the answer does not say"),
        pytest.param("inference_geo: global", "global", "0.004", id="anywhere"),
    ],
)
def test_the_place_is_priced(bench: Bench, config: str, ran_in: str, usd: str) -> None:
    bench.configure(config)
    model = ScriptedModel(replace(model_reply(), inference_geo=ran_in))
    assert bench.shared(model).answer(OPENED).cost_usd == Decimal(usd)
    assert budget(bench).days[TODAY].usd == Decimal(usd)
    assert model.requests[0].inference_geo == config.partition(": ")[2]


def reserved(bench: Bench, number: int, config: str) -> Decimal:
    """What is put aside for the call of an issue."""
    seen: list[Decimal] = []
    bench.issue(number)
    bench.configure(config)
    model = ScriptedModel(
        model_reply(), meanwhile=lambda: seen.extend(r.usd for r in budget(bench).reservations.values())
    )
    assert bench.shared(model, number).answer(trigger(number, "issues", "opened", is_pull=False)).status == "done"
    (usd,) = seen
    return usd


def test_where_the_us_alone_is_possible_its_price_is_reserved(bench: Bench) -> None:
    plain, unsaid, in_the_us = (
        reserved(bench, number, config)
        for number, config in ((7, "inference_geo: global"), (8, ""), (9, "inference_geo: us"))
    )
    assert unsaid == in_the_us == plain * Decimal("1.1")


def test_a_model_that_cannot_be_told_where_to_run_is_not_told(bench: Bench) -> None:
    bench.configure("inference_geo: global\nmodel: claude-haiku-4-5")
    model = ScriptedModel(model_reply(model="claude-haiku-4-5"))
    assert bench.shared(model).answer(OPENED).status == "done"
    assert model.requests[0].inference_geo == ""


@settings(max_examples=30, deadline=None)
@given(
    geo=st.sampled_from(["", "inference_geo: us", "inference_geo: global"]),
    calls=st.lists(st.tuples(st.sampled_from(["us", "global", ""]), st.floats(0, 1)), min_size=1, max_size=8),
)
def test_a_cap_is_never_passed_wherever_claude_thinks(geo: str, calls: list[tuple[str, float]]) -> None:
    """Each call uses some part of what it may; a call told to run anywhere never runs in the US alone."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.configure(f"budget: {{daily_usd: 0.3}}\n{geo}")
        for run, (ran_in, part) in enumerate(calls, 1):
            place = "global" if "global" in geo else ran_in
            used = Usage(cache_write_1h=int(part * 9_000), output=int(part * 8_000))
            reply = replace(model_reply(usage=used), inference_geo=place)
            bench.issue(run)
            bench.shared(ScriptedModel(reply), run).answer(trigger(run, "issues", "opened", is_pull=False))
            assert budget(bench).days.get(TODAY, Spending()).total <= Decimal("0.3")
