"""A sweep that has Claude answer in a message batch, and the runs that come after it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action import dashboard, report
from hls_action.domain.batches import LONGEST, MARGIN
from hls_action.domain.faults import Fault
from hls_action.domain.outcome import Outcome
from hls_action.domain.pricing import Usage
from hls_action.domain.thread import Label
from hls_action.errors import UpstreamError
from hls_action.reading import Wake
from hls_action.sweep import sweep
from tests.fakes import ScriptedModel, answer_data, model_reply
from tests.unit.line_bench import OPENED, Bench
from tests.unit.test_batching import FakeBatches

ON = "sweep: {batch: true}"
HALF = Decimal("0.002")
LOST = UpstreamError(Fault("claude", "timeout", "no answer within 120 s"))
EXPIRED = Fault("claude", "status", "the request was not answered", code="expired", should_retry=True)
TODAY = "2026-11-02"


class Stage(Bench):
    """Two issues, and batches that end when a test says so."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.api = FakeBatches(self.clock)
        self.configure(ON)
        self.issue(8)
        self._runs = 100

    def sweep(self, model: ScriptedModel | None = None, **options: Any) -> Outcome:
        """Another scheduled run."""
        self._runs += 1
        return sweep(self.shared(model or ScriptedModel(), self._runs, batches=self.api), scheduled=True, **options)

    def answer(self, wake: Wake, model: ScriptedModel | None = None) -> Outcome:  # type: ignore[override]
        """A run of its own."""
        self._runs += 1
        return self.shared(model or ScriptedModel(), self._runs, batches=self.api).answer(wake)

    def states(self) -> list[str]:
        return [record.state for number in (7, 8) for record in self.records(number).values()]

    def replies(self) -> list[int]:
        return [len(self.bodies(number)) for number in (7, 8)]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_one_batch_for_all_threads_and_the_answers_by_a_later_sweep(stage: Stage) -> None:
    outcome = stage.sweep()
    assert (outcome.status, outcome.reason) == ("deferred", "sweep: 2 deferred")
    assert all(part.reason.startswith("in-batch: ") for part in outcome.parts)
    ((_, requests),) = stage.api.asked.items()
    assert [request.model for request in requests.values()] == ["claude-sonnet-5-5"] * 2
    assert (stage.states(), stage.replies()) == (["claimed", "claimed"], [0, 0])

    waiting = stage.sweep()
    assert (waiting.status, waiting.reason.split(":")[0], len(stage.api.made)) == ("skipped", "nothing-open", 1)

    stage.api.end("b0")
    done = stage.sweep()
    assert (done.status, done.reason) == ("done", "sweep: 2 done")
    assert (stage.states(), stage.replies()) == (["published", "published"], [1, 1])
    ledger = stage.ledger()
    assert (ledger.batches, ledger.purse.reservations) == ({}, {})
    assert ledger.purse.days[TODAY].usd == 2 * HALF
    assert [record.cost_usd for record in ledger.records] == [HALF, HALF]
    assert ledger.purse.days[TODAY].usage == Usage(2_000, 400)


def test_what_an_answer_refers_to_is_what_its_request_showed(stage: Stage) -> None:
    """Labels come and go while a batch is under way, and threads change."""
    stage.github.store_labels((Label("question"), Label("hls"), Label("bug")))
    stage.issue(7, body="It crashes as in #12, though the folder is there and may be written to.")
    stage.sweep()
    stage.github.store_labels((Label("a new one"), Label("bug"), Label("question")))
    said = model_reply(json.dumps(answer_data(labels=[2, 3], possible_duplicate_of=12)), model="")
    stage.api.end("b0", r0=said, r1=said)
    stage.sweep()
    assert [stage.github.thread(number).labels for number in (7, 8)] == [("question",), ("question",)]
    assert ["Possibly the same as #12" in stage.bodies(number)[0] for number in (7, 8)] == [True, False]


def test_what_is_reserved_is_half_of_it_too(stage: Stage) -> None:
    stage.sweep()
    batched = [reservation.usd for reservation in stage.ledger().purse.reservations.values()]
    stage.configure("")
    stage.issue(9)
    seen: list[Decimal] = []
    model = ScriptedModel(
        model_reply(), meanwhile=lambda: seen.extend(r.usd for r in stage.ledger().purse.reservations.values())
    )
    stage.answer(Wake(9), model)
    assert max(seen) == 2 * batched[0]


def test_other_runs_leave_alone_what_is_in_a_batch(stage: Stage) -> None:
    stage.sweep()
    stage.clock.sleep(timedelta(hours=20).total_seconds())
    for wake in (OPENED, Wake(7), Wake(7, retry=True)):
        outcome = stage.answer(wake)
        assert (outcome.status, outcome.reason.split(":")[0]) == ("skipped", "in-batch")
    stage.clock.sleep((LONGEST + MARGIN).total_seconds())
    assert stage.answer(OPENED, ScriptedModel(model_reply())).status == "done", "nothing waits for ever"


def test_a_maintainers_order_takes_it_out_and_the_batch_posts_nothing(stage: Stage) -> None:
    stage.sweep()
    assert stage.answer(Wake(7, force=True), ScriptedModel(model_reply())).status == "done"
    stage.api.end("b0")
    stage.sweep()
    assert stage.replies() == [1, 1]
    assert stage.ledger().purse.days[TODAY].usd == 2 * HALF + Decimal("0.004"), "both are paid for"


@pytest.mark.parametrize("listed", [True, False])
def test_a_create_of_unknown_outcome_is_never_repeated(stage: Stage, listed: bool) -> None:
    stage.api.script = [("after" if listed else "before", LOST)]
    assert stage.sweep().status == "deferred"
    assert stage.sweep().status == "skipped"
    if listed:
        stage.api.end("b0")
    stage.clock.sleep(timedelta(hours=2).total_seconds())
    stage.sweep()
    assert stage.replies() == ([1, 1] if listed else [0, 0])
    if not listed:  # it was never there; what it may have cost counts, and the items come again
        assert stage.states() == ["deferred", "deferred"]
        assert stage.ledger().purse.days[TODAY].unsettled > 0
        assert stage.ledger().purse.reservations == {}


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_sweep_that_dies_while_handing_in(stage: Stage, when: str) -> None:
    stage.api.script = [(when, Killed())]
    with pytest.raises(Killed):
        stage.sweep()
    assert len(stage.ledger().batches) == 1
    if when == "after":
        stage.api.end("b0")
        assert stage.sweep().status == "done"
        assert (stage.replies(), len(stage.api.made)) == ([1, 1], 1)


def test_a_batch_that_is_refused_lets_the_items_go(stage: Stage) -> None:
    stage.api.script = [("before", UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True)))]
    outcome = stage.sweep()
    assert [part.reason.split(": ")[1] for part in outcome.parts] == ["upstream"] * 2
    assert (stage.states(), stage.ledger().purse.reservations) == (["deferred", "deferred"], {})
    stage.clock.sleep(timedelta(minutes=11).total_seconds())
    stage.sweep()
    assert len(stage.api.made) == 1


def test_a_batch_that_is_refused_for_good_is_red_once(stage: Stage) -> None:
    stage.api.script = [("before", UpstreamError(Fault("claude", "status", "no credit", 400, "invalid_request_error")))]
    assert (stage.sweep().status, stage.states()) == ("failed", ["failed", "failed"])
    assert stage.sweep().status == "skipped"


def test_one_bad_result_keeps_no_other_back(stage: Stage) -> None:
    stage.sweep()
    stage.api.end("b0", r0=EXPIRED)
    outcome = stage.sweep()
    assert sorted(stage.states()) == ["deferred", "published"]
    assert (outcome.status, outcome.reason) == ("deferred", "sweep: 1 done, 1 deferred")
    assert stage.ledger().purse.days[TODAY].usd == HALF, "what expired is not billed"


def test_an_answer_that_must_not_be_posted_fails_with_its_cost(stage: Stage) -> None:
    stage.sweep()
    stage.api.end("b0", r0=model_reply("", stop_reason="refusal"), r1=model_reply("nonsense"))
    outcome = stage.sweep()
    assert (outcome.status, outcome.reason) == ("failed", "sweep: 2 failed"), "red once"
    assert (stage.states(), stage.replies()) == (["failed", "failed"], [0, 0])
    assert stage.sweep().status == "skipped"
    assert stage.ledger().purse.days[TODAY].usd == 2 * HALF


def test_a_thread_that_was_closed_meanwhile_gets_no_reply(stage: Stage) -> None:
    stage.sweep()
    stage.issue(7, state="closed")
    stage.api.end("b0")
    stage.sweep()
    assert stage.replies() == [0, 1]
    stage.clock.sleep(timedelta(minutes=15).total_seconds())  # it was on record before the thread was read
    stage.sweep()
    assert (sorted(stage.states()), stage.replies()) == (["published", "skipped"], [0, 1])


def test_batches_are_collected_when_they_are_switched_off(stage: Stage) -> None:
    stage.sweep()
    stage.api.end("b0")
    stage.configure("")
    assert stage.sweep().status == "done"
    assert stage.replies() == [1, 1]


def test_without_a_ledger_nothing_is_put_into_a_batch(stage: Stage) -> None:
    model = ScriptedModel(model_reply(), model_reply())
    assert sweep(stage.line(model), scheduled=False).reason == "sweep: 2 done"
    assert stage.api.made == {}


def test_the_pre_check_comes_before_the_batch(stage: Stage) -> None:
    stage.configure(f"{ON}\nprecheck: {{model: claude-haiku-5-5}}")
    no = model_reply('{"relevant": false, "reason": "spam"}')
    yes = model_reply('{"relevant": true, "reason": ""}')
    outcome = stage.sweep(ScriptedModel(no, yes))
    assert sorted(part.reason.split(":")[0] for part in outcome.parts) == ["in-batch", "not-relevant"]
    ((_, requests),) = stage.api.asked.items()
    assert len(requests) == 1
    (reservation,) = stage.ledger().purse.reservations.values()
    assert reservation.call.model == "claude-sonnet-5-5"


def test_a_batch_counts_against_the_budget(stage: Stage) -> None:
    stage.configure(f"{ON}\nbudget: {{daily_usd: 0.08}}")  # a call's worst case is 0.056
    outcome = stage.sweep()
    assert sorted(part.reason.split(":")[0] for part in outcome.parts) == ["budget", "in-batch"]
    ((_, requests),) = stage.api.asked.items()
    assert len(requests) == 1


def test_open_batches_are_there_to_see(stage: Stage) -> None:
    outcome = stage.sweep()
    assert "in-batch" in report.summary(outcome)
    page = dashboard.render(stage.ledger(), stage.clock.now())
    assert "| b0 | 2026-11-02 09:00 | 2 |" in page
    batches = json.loads(json.dumps(dashboard.as_data(stage.ledger())))["batches"]
    assert [(batch["id"], batch["threads"]) for batch in batches] == [("b0", [7, 8])]
