"""Sweeps: every thread with something open, the longest waiting first, within limits."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import ConfigError
from hls_action.domain.faults.errors import SpendLimitReached, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge import issue_documents
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.knowledge.issue_upkeep import KeptIndex, Progress
from hls_action.domain.ledger.cursor import OVERLAP
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.thread import ThreadPage
from hls_action.ports import ModelReply
from hls_action.resilience.retry import TIME_TO_RECORD
from hls_action.sweep.search import SCANNED_PER_ANSWERED
from hls_action.sweep.sweep import MIN_IDLE, sweep, sweep_thread
from tests.fakes import START, FlakyGitHub, ScriptedModel, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import MATERIALS, OPENED, Bench

OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_sweep_answers_what_is_open_and_adds_it_up(bench: Bench) -> None:
    bench.issue(8, updated_at="2026-11-02T07:00:00+00:00")
    bench.issue(9, body="short", updated_at="2026-11-02T06:00:00+00:00")
    bench.issue(10, updated_at="2026-10-01T06:00:00+00:00")
    bench.issue(11, state="closed")
    model = ScriptedModel(model_reply(), model_reply("nonsense"))
    outcome = sweep(bench.line(model), scheduled=False)
    assert (outcome.status, str(outcome.reason)) == ("failed", "sweep: 1 skipped, 1 done, 1 failed")
    assert outcome.cost_usd == Decimal("0.008")
    assert outcome.usage == Usage(2_000, 400)
    assert [len(bench.bodies(number)) for number in (7, 8, 9, 10)] == [0, 1, 0, 0], "the longest waiting comes first"


def test_a_sweep_keeps_its_limits(bench: Bench) -> None:
    bench.issue(8, updated_at="2026-11-01T12:00:00+00:00")
    bench.configure("sweep: {threads: 1, hours: 2}")
    assert str(sweep(bench.line(ScriptedModel(model_reply())), scheduled=False).reason) == "sweep: 1 done"
    assert [len(bench.bodies(number)) for number in (7, 8)] == [1, 0]


def test_a_sweep_with_nothing_to_do(bench: Bench) -> None:
    bench.answer(ScriptedModel(model_reply()))
    assert str(sweep(bench.line(ScriptedModel()), scheduled=False).reason) == "sweep: 1 skipped"
    bench.issue(state="closed")
    assert sweep(bench.line(ScriptedModel()), scheduled=False).reason.code == "nothing-open"


def test_a_sweep_that_cannot_list_is_a_failure(bench: Bench) -> None:
    bench.github.failing["open_threads"] = Fault("github", "status", "Not Found", 404)
    outcome = sweep(bench.line(ScriptedModel()), scheduled=False)
    assert (outcome.status, outcome.reason.code) == ("failed", "token-refused")
    assert outcome.reason.detail.startswith("give 'github-token' a token that can read this repository")


def test_a_sweep_begins_no_thread_it_has_no_time_for(bench: Bench) -> None:
    bench.issue(8, updated_at="2026-11-02T07:00:00+00:00")
    busy = UpstreamError(Fault("claude", "status", "busy", 529, retry_after=90.0))
    model = ScriptedModel(busy, model_reply())
    outcome = sweep(bench.line(model, seconds=90.0 + TIME_TO_RECORD + 5), scheduled=False)
    assert str(outcome.reason) == "sweep: 1 done"
    assert [len(bench.bodies(number)) for number in (7, 8)] == [0, 1]


def test_a_sweep_without_time_does_not_say_that_nothing_is_open(bench: Bench) -> None:
    model = ScriptedModel(model_reply())
    outcome = sweep(bench.line(model, seconds=10.0), scheduled=False)
    assert model.requests == []
    assert outcome.reason.code != "nothing-open"


# ---- what it looks at ----


def ours(number: int) -> dict[str, Any]:
    return {"id": 1, "author": {"login": LOGIN, "type": "Bot"}, "body": f"<!-- hls:1 issue/{number} -->\nYes."}


def ago(**time: int) -> str:
    return (START - timedelta(**time)).isoformat()


def test_answered_threads_do_not_keep_a_sweep_from_an_open_one(bench: Bench) -> None:
    for number in range(20, 30):
        bench.issue(number, comments=[ours(number)], updated_at=ago(hours=9))
    outcome = sweep(bench.line(ScriptedModel(model_reply())), scheduled=False)
    assert (outcome.status, str(outcome.reason)) == ("done", "sweep: 10 skipped, 1 done")
    assert len(bench.bodies(7)) == 1


def test_a_sweep_looks_at_some_threads_for_each_that_it_may_answer(bench: Bench) -> None:
    bench.configure("sweep: {threads: 1}")
    for number in range(20, 20 + SCANNED_PER_ANSWERED):
        bench.issue(number, comments=[ours(number)], updated_at=ago(hours=9))
    assert str(sweep(bench.line(ScriptedModel()), scheduled=False).reason) == f"sweep: {SCANNED_PER_ANSWERED} skipped"


@pytest.mark.parametrize("answer", ["done", "failed"])
def test_a_sweep_answers_no_more_threads_than_it_may(bench: Bench, answer: str) -> None:
    bench.configure("sweep: {threads: 2}")
    for number in (8, 9, 10):
        bench.issue(number)
    replies = [model_reply() if answer == "done" else model_reply("nonsense") for _ in range(4)]
    model = ScriptedModel(*replies)
    assert str(sweep(bench.line(model), scheduled=False).reason) == f"sweep: 2 {answer}"
    assert len(model.requests) == 2


def test_a_new_remark_on_an_old_issue_gets_no_reply(bench: Bench) -> None:
    remark = {"id": 31, "author": {"login": "bob"}, "body": "Me too.", "created_at": ago(hours=1)}
    bench.issue(created_at=ago(days=400), comments=[remark])
    model = ScriptedModel()
    assert sweep(bench.line(model), scheduled=False).status == "skipped"
    assert model.requests == []


def test_a_new_question_on_an_old_issue_gets_its_reply_and_an_old_one_does_not(bench: Bench) -> None:
    old = {"id": 31, "author": {"login": "bob"}, "body": "/hls when?", "created_at": ago(days=2)}
    new = {"id": 32, "author": {"login": "bob"}, "body": "/hls why?", "created_at": ago(hours=2)}
    bench.issue(created_at=ago(days=400), comments=[old, new])
    outcome = sweep(bench.line(ScriptedModel(model_reply())), scheduled=False)
    assert outcome.status == "done"
    assert [item.id for part in outcome.parts for item in part.items] == ["32"]


@pytest.mark.parametrize(
    ("age", "scheduled", "status"),
    [
        (MIN_IDLE - timedelta(seconds=1), True, "skipped"),
        (MIN_IDLE, True, "done"),
        (MIN_IDLE - timedelta(seconds=1), False, "done"),
    ],
)
def test_the_clock_leaves_alone_what_changed_just_now(
    bench: Bench, age: timedelta, scheduled: bool, status: str
) -> None:
    bench.issue(updated_at=(START - age).isoformat())
    outcome = sweep(bench.line(ScriptedModel(model_reply())), scheduled=scheduled)
    assert outcome.status == status
    if status == "skipped":
        assert outcome.parts[0].reason.code == "too-fresh"


# ---- how it ends ----


def test_a_sweep_says_how_each_thread_ended(bench: Bench) -> None:
    bench.issue(8, body="short", updated_at=ago(hours=5))
    outcome = sweep(bench.line(ScriptedModel(model_reply())), scheduled=False)
    assert [(part.number, part.status) for part in outcome.parts] == [(8, "skipped"), (7, "done")]


def test_a_sweep_drops_a_reply_that_somebody_else_posted_meanwhile(bench: Bench) -> None:
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.issue(comments=[ours(7)]))
    outcome = sweep(bench.line(model), scheduled=True)
    assert (outcome.status, len(bench.bodies())) == ("skipped", 1)
    assert outcome.cost_usd == Decimal("0.004")


def test_a_sweep_keeps_one_budget(bench: Bench) -> None:
    bench.issue(8, updated_at=ago(hours=5))
    bench.configure("budget: {daily_usd: 1}")
    model = ScriptedModel(model_reply(usage=Usage(output=95_000)), model_reply())
    outcome = sweep(bench.line(model), scheduled=False)
    assert (str(outcome.reason), len(model.requests)) == ("sweep: 1 done, 1 failed", 1)
    assert outcome.parts[1].reason.code == "budget"


def test_a_thread_that_goes_away_does_not_fail_a_sweep(bench: Bench) -> None:
    (bench.root / "threads" / "8.json").write_text((bench.root / "threads" / "7.json").read_text())
    gone = ScriptedModel(model_reply(), meanwhile=lambda: (bench.root / "threads" / "8.json").unlink(missing_ok=True))
    bench.issue(7, updated_at=ago(hours=5))
    outcome = sweep(bench.line(gone), scheduled=False)
    assert (outcome.status, str(outcome.reason)) == ("done", "sweep: 1 skipped, 1 done")
    assert outcome.parts[1].reason.code == "thread-unavailable"


# ---- with a ledger ----


def swept(bench: Bench, *replies: ModelReply | Exception, run: int = 1, **options: bool) -> Outcome:
    return sweep(bench.shared(ScriptedModel(*replies), run), **({"scheduled": True} | options))


def later(bench: Bench, **time: int) -> None:
    bench.clock.sleep(timedelta(**time).total_seconds())


def test_a_sweep_begins_where_the_last_one_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []
    listed = FlakyGitHub.open_threads

    def watched(github: FlakyGitHub, since: datetime, page: int = 1) -> ThreadPage:
        asked.append(since)
        return listed(github, since, page)

    monkeypatch.setattr(FlakyGitHub, "open_threads", watched)
    swept(bench, model_reply())
    later(bench, hours=80)
    swept(bench, run=2)
    assert asked == [START - timedelta(hours=24), START - OVERLAP], "nothing of three days without a sweep is lost"


@pytest.mark.parametrize("apart", [timedelta(seconds=1), timedelta(minutes=20)])
def test_more_threads_than_a_sweep_may_look_at_are_left_to_the_next_ones(bench: Bench, apart: timedelta) -> None:
    """As when somebody labels the whole tracker in a minute; the last of them is a question nobody has answered."""
    bench.configure("sweep: {threads: 1}")
    count = 2 * SCANNED_PER_ANSWERED + 1
    for place in range(count):
        changed = START - timedelta(hours=8) + place * apart
        bench.issue(7 + place, body="short" if place < count - 1 else BODY, updated_at=changed.isoformat())
    statuses = [sweep(bench.shared(ScriptedModel(model_reply()), run), scheduled=True).status for run in range(1, 5)]
    assert "done" in statuses
    assert len(bench.bodies(7 + count - 1)) == 1


# ---- several at once, and limits ----


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_answer_several_threads_at_once(bench: Bench, workers: int) -> None:
    """Each call waits until as many are under way as there are workers, from the first one on."""
    bench.configure(f"sweep: {{workers: {workers}}}")
    for number in (8, 9, 10):
        bench.issue(number, author={"login": f"u{number}"})
    together = threading.Barrier(workers, timeout=20)
    outcome = sweep(bench.shared(ScriptedModel(*[model_reply()] * 4, meanwhile=together.wait)), scheduled=True)
    assert str(outcome.reason) == "sweep: 4 done"
    assert [len(bench.bodies(number)) for number in (7, 8, 9, 10)] == [1, 1, 1, 1]
    budget = bench.ledger().budget
    assert (budget.reservations, budget.days["2026-11-02"].calls) == ({}, 4)
    assert not together.broken


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_workers_together_answer_no_more_than_a_sweep_may(bench: Bench, workers: int) -> None:
    bench.configure(f"sweep: {{threads: 4, workers: {workers}}}")
    for number in range(8, 18):
        bench.issue(number, body="short" if number % 2 else BODY)
    outcome = sweep(bench.shared(ScriptedModel(*[model_reply()] * 6)), scheduled=True)
    assert sum(part.status == "done" for part in outcome.parts) == 4
    assert set(outcome.waiting).isdisjoint(part.number for part in outcome.parts)
    assert len(outcome.waiting) + len(outcome.parts) == 11


def test_a_sweep_does_not_wait_for_a_worker_that_hangs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.sweep.workers.WORKER_GRACE_SECONDS", 0.01)
    bench.configure("sweep: {workers: 2}")
    bench.issue(8)
    hanging, released = threading.Event(), threading.Event()

    def meanwhile() -> None:
        if threading.current_thread() is threading.main_thread():
            hanging.wait(20)
            bench.clock.sleep(MATERIALS.seconds)
        else:
            hanging.set()
            released.wait(20)

    outcome = sweep(bench.shared(ScriptedModel(model_reply(), model_reply(), meanwhile=meanwhile)), scheduled=True)
    released.set()
    assert sorted(part.status for part in outcome.parts) == ["deferred", "done"]
    (hung,) = (part for part in outcome.parts if part.status == "deferred")
    assert str(hung.reason) == "deadline: no time left; the next run will pick it up"
    assert bench.ledger().watermarks.get("o/r", START) <= bench.github.thread(ThreadId(hung.number or 0)).updated_at


def test_all_threads_of_a_sweep_have_the_same_settings_read_once(bench: Bench) -> None:
    bench.configure("sweep: {workers: 4}")
    for number in range(8, 12):
        bench.issue(number, author={"login": f"u{number}"})
    bench.github.after_post = lambda: bench.configure("modle: x")
    outcome = sweep(bench.shared(ScriptedModel(*[model_reply()] * 5)), scheduled=True)
    assert str(outcome.reason) == "sweep: 5 done"
    assert (bench.github.calls.count("file"), bench.github.calls.count("labels")) == (2, 1)
    with pytest.raises(ConfigError, match="modle"):
        sweep(bench.shared(ScriptedModel(), 2), scheduled=True)


def test_settings_that_could_not_be_read_are_read_again(bench: Bench) -> None:
    line = bench.shared(ScriptedModel())
    bench.configure("modle: x")
    with pytest.raises(ConfigError, match="modle"):
        line.settings()
    bench.configure("sweep: {workers: 3}")
    assert line.settings().sweep_workers == 3


def test_a_refusal_makes_later_runs_wait_and_counts_for_none_of_their_tries(bench: Bench) -> None:
    limited = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=1_800.0))
    assert bench.shared(ScriptedModel(limited)).answer(OPENED).status == "deferred"
    assert bench.ledger().cool_downs.until == {"claude/claude-sonnet-5-5": START + timedelta(minutes=30)}
    bench.issue(8)
    outcome = bench.shared(ScriptedModel(), 2).answer(trigger(8, "issues", "opened", is_pull=False))
    assert (outcome.status, outcome.reason.code) == ("deferred", "cooling-down")
    (record,) = bench.records(8).values()
    assert (record.tries, record.until) == (0, START + timedelta(minutes=30))
    assert bench.ledger().budget.reservations == {}
    later(bench, minutes=31)
    assert str(swept(bench, model_reply(), model_reply(), run=3).reason) == "sweep: 2 done"


def test_a_short_pause_is_waited_for(bench: Bench) -> None:
    limited = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=20.0))
    assert bench.shared(ScriptedModel(limited, model_reply())).answer(OPENED).status == "done"
    bench.issue(8)
    bench.clock.sleep(-15)
    began = bench.clock.now()
    assert (
        bench.shared(ScriptedModel(model_reply()), 2).answer(trigger(8, "issues", "opened", is_pull=False)).status
        == "done"
    )
    assert bench.clock.now() - began >= timedelta(seconds=15)


def test_a_sweep_stops_when_nothing_more_can_be_asked(bench: Bench) -> None:
    limited = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=1_800.0))
    bench.shared(ScriptedModel(limited)).answer(OPENED)
    for number in (8, 9, 10):
        bench.issue(number)
    outcome = swept(bench, run=2)
    assert [(part.number, part.reason.code) for part in outcome.parts][-1] == (8, "cooling-down")
    assert outcome.waiting == (9, 10)


def test_a_sweep_stops_when_the_account_is_spent(bench: Bench) -> None:
    for number in (8, 9, 10):
        bench.issue(number)
    spent = SpendLimitReached(Fault("claude", "status", "Your credit balance is too low", 400, credit_exhausted=True))
    outcome = swept(bench, model_reply(), spent, run=2)
    assert [part.reason.code for part in outcome.parts] == ["answered", "spend-limit"]
    assert len(outcome.waiting) == 2


def test_what_nobody_noticed_is_found_however_long_no_sweep_ran(bench: Bench) -> None:
    swept(bench, model_reply())
    later(bench, hours=1)
    stamp = bench.clock.now().isoformat()
    bench.issue(8, created_at=stamp, updated_at=stamp)
    later(bench, hours=80)
    assert swept(bench, model_reply(), run=2).status == "done"
    assert len(bench.bodies(8)) == 1


def test_a_thread_whose_answer_nobody_recorded_is_looked_at_again(bench: Bench) -> None:
    bench.issue(8, updated_at=ago(hours=5))
    bench.store.script = ["ok", "ok", *["before"] * 6, "ok"]  # 8 is answered; the claim of 7 cannot be written
    outcome = swept(bench, model_reply())
    assert [(part.number, part.status) for part in outcome.parts] == [(8, "done"), (7, "failed")]
    assert bench.ledger().watermarks["o/r"] <= bench.github.thread(ThreadId(7)).updated_at
    assert swept(bench, model_reply(), run=2).status == "done"


@pytest.mark.parametrize(("pause", "status"), [({"minutes": 5}, "skipped"), ({"minutes": 20}, "done")])
def test_what_waits_is_taken_up_when_it_is_due(bench: Bench, pause: dict[str, int], status: str) -> None:
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED)
    bench.issue(updated_at=ago(days=9))
    later(bench, **pause)
    assert swept(bench, model_reply(), run=2).status == status


def test_a_dead_runs_work_is_taken_up(bench: Bench) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.shared(ScriptedModel(model_reply(), meanwhile=die)).answer(OPENED)
    bench.issue(updated_at=ago(days=9))
    later(bench, minutes=12)
    assert swept(bench, model_reply(), run=2).status == "done"


def test_what_ended_in_a_closed_thread_is_put_on_record(bench: Bench) -> None:
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED)
    bench.issue(state="closed")
    later(bench, hours=1)
    assert swept(bench, run=2).status == "skipped"
    assert bench.records()["issue/7"].state == "skipped"


@pytest.mark.parametrize(("force", "status"), [(False, "skipped"), (True, "done")])
def test_failed_items_are_tried_again_only_when_told(bench: Bench, force: bool, status: str) -> None:
    bench.shared(ScriptedModel(model_reply("nonsense"))).answer(OPENED)
    bench.issue(updated_at=ago(days=9))
    assert swept(bench, model_reply(), run=2, force=force).status == status


def test_with_a_ledger_no_thread_is_too_fresh(bench: Bench) -> None:
    bench.issue(updated_at=START.isoformat())
    assert swept(bench, model_reply()).status == "done"


def test_a_sweep_that_cannot_write_how_far_it_came_says_so(bench: Bench) -> None:
    bench.store.script = ["ok", "ok", *["before"] * 6]
    outcome = swept(bench, model_reply())
    assert (outcome.status, len(outcome.notes)) == ("done", 1)
    assert outcome.notes[0].startswith("the progress of the sweep could not be recorded:")


def test_a_passing_outage_defers_a_sweep(bench: Bench) -> None:
    bench.github.failing["open_threads"] = Fault("github", "status", "Bad Gateway", 502)
    assert swept(bench).status == "deferred"


def test_threads_that_are_left_for_the_next_run_are_named(bench: Bench) -> None:
    bench.configure("sweep: {threads: 1}")
    for number in (8, 9):
        bench.issue(number, updated_at=ago(hours=1))
    outcome = swept(bench, model_reply())
    assert (len(outcome.parts), outcome.waiting) == (1, (8, 9))


def test_a_sweep_can_hand_out_its_threads_to_a_matrix_of_jobs(bench: Bench) -> None:
    bench.issue(8, updated_at=ago(hours=3))
    bench.issue(9, body="short")
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(trigger(8))
    later(bench, hours=1)
    outcome = swept(bench, run=2, fan_out=True)
    assert (outcome.status, sorted(outcome.waiting)) == ("skipped", [7, 8])
    assert outcome.reason.detail == "2 threads have work, see the output 'matrix'"
    for number in outcome.waiting:
        assert sweep_thread(bench.shared(ScriptedModel(model_reply()), run=3), ThreadId(number)).status == "done"
    assert swept(bench, run=4, fan_out=True).waiting == ()
    assert bench.clock.now() - OVERLAP - bench.ledger().watermarks["o/r"] < timedelta(seconds=1)


def test_a_job_of_the_matrix_leaves_old_threads_alone_as_the_sweep_does(bench: Bench) -> None:
    remark = {"id": 31, "author": {"login": "bob"}, "body": "Me too.", "created_at": ago(hours=1)}
    bench.issue(created_at=ago(days=400), comments=[remark])
    assert sweep_thread(bench.shared(ScriptedModel()), ThreadId(7)).status == "skipped"


def test_handing_out_threads_puts_on_record_what_ended(bench: Bench) -> None:
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED)
    bench.issue(state="closed")
    later(bench, hours=1)
    swept(bench, run=2, fan_out=True)
    assert bench.records()["issue/7"].state == "skipped"


def test_an_outage_while_threads_are_handed_out_is_not_red_and_keeps_what_was_found(bench: Bench) -> None:
    bench.issue(8, updated_at=ago(hours=3))
    bench.github.break_after_first("comments", Fault("github", "status", "Bad Gateway", 502))
    outcome = swept(bench, fan_out=True)
    assert (outcome.status, outcome.waiting) == ("deferred", (8,))
    assert bench.ledger().watermarks["o/r"] <= bench.github.thread(ThreadId(8)).updated_at


def test_a_dry_run_hands_out_no_thread_whose_answer_only_waits_to_be_posted(bench: Bench) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    bench.github.before_post = die
    with pytest.raises(KeyboardInterrupt):
        bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.before_post = None
    later(bench, hours=1)
    dry = bench.shared(ScriptedModel(), run=2, dry_run=True)
    assert sweep(dry, scheduled=True, fan_out=True).waiting == ()
    assert swept(bench, run=3, fan_out=True).waiting == (7,)


def test_what_the_settings_do_not_want_is_not_handed_out(bench: Bench) -> None:
    bench.configure("events: {issues: []}\nsweep: {threads: 1}")
    asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls why?", "created_at": ago(hours=1)}
    bench.issue(8, comments=[asked])
    assert swept(bench, fan_out=True).waiting == (8,)


# ---- more than it looks at ----


def labelled_at_once(bench: Bench, count: int, *, last: str = BODY) -> None:
    """As when somebody labels the whole tracker: one second for all; the last of them is a question."""
    for place in range(count):
        body = "short" if place < count - 1 else last
        bench.issue(7 + place, body=body, updated_at=ago(hours=8))


def test_more_threads_of_one_second_than_a_sweep_looks_at_do_not_hold_it_up(bench: Bench) -> None:
    bench.configure("sweep: {threads: 1}")
    labelled_at_once(bench, 3 * SCANNED_PER_ANSWERED + 1)
    looked = [[part.number for part in swept(bench, model_reply(), run=run).parts] for run in range(1, 5)]
    assert len(bench.bodies(7 + 3 * SCANNED_PER_ANSWERED)) == 1
    assert sorted(number or 0 for each in looked for number in each) == list(range(7, 7 + 3 * SCANNED_PER_ANSWERED + 1))


def test_more_threads_of_one_second_than_a_page_of_githubs_list(bench: Bench) -> None:
    bench.configure("sweep: {threads: 8}")
    labelled_at_once(bench, 120)
    for run in range(1, 4):
        swept(bench, model_reply(), run=run)
    assert len(bench.bodies(126)) == 1


def test_a_sweep_says_how_far_it_is_behind(bench: Bench) -> None:
    bench.configure("sweep: {threads: 1}")
    labelled_at_once(bench, SCANNED_PER_ANSWERED + 5)
    (note,) = swept(bench).notes
    assert note == (
        "Sweep more often, or raise `sweep.threads`: 5 threads that changed since 2026-11-02 01:00 UTC are still to be "
        "checked. One sweep checks 6 of them at most and answers 1; the next one goes on from there."
    )
    assert swept(bench, model_reply(), run=2).notes == ()


def test_a_sweep_that_did_not_read_the_whole_list_says_at_least(bench: Bench) -> None:
    bench.configure("sweep: {threads: 1}")
    labelled_at_once(bench, 130)
    (note,) = swept(bench).notes
    assert "at least 124 threads that changed since 2026-11-02 01:00 UTC" in note


@pytest.mark.parametrize("mark", [timedelta(days=400), timedelta(hours=1)], ids=["of next year", "of today"])
def test_a_watermark_from_the_future_does_not_keep_a_sweep_from_looking(bench: Bench, mark: timedelta) -> None:
    far = bench.clock.now() + mark
    ledger_store = bench.shared(ScriptedModel()).ledger_store
    ledger_store.update(lambda ledger: replace(ledger, watermarks={"o/r": far}), bench.shared(ScriptedModel()).retrier)
    outcome = swept(bench, model_reply(), run=2)
    assert outcome.status == "done"
    assert f"swept until {far:%Y-%m-%d %H:%M} UTC, which is in the future" in outcome.notes[0]
    assert bench.ledger().watermarks["o/r"] <= bench.clock.now() - OVERLAP


def test_what_was_looked_at_too_soon_is_looked_at_once_more_and_not_again(bench: Bench) -> None:
    bench.issue(body="short", updated_at=START.isoformat())
    looked = []
    for run in range(1, 4):
        looked.append([part.number for part in swept(bench, run=run).parts])
        later(bench, hours=1)
    assert looked == [[7], [7], []]


def besides(bench: Bench) -> list[str]:
    """The requests that are not for a thread of its own. The folder reads each thread to list them."""
    own = ("thread", "comments", "history", "linked", "add_labels", "is_own")
    return sorted(call for call in bench.github.calls if call not in own)


def indexed(bench: Bench) -> None:
    """Leave an index of issues that is complete, as earlier sweeps do."""
    complete = KeptIndex(IssueIndex({}, START - timedelta(hours=1)), Progress("done"))
    bench.index.compare_and_swap("", issue_documents.changes({}, complete))


BY_API = ["file", "file"]
"""The configuration and the maintainers' instructions, where git does not read them."""


@pytest.mark.parametrize(("by_git", "files"), [(True, []), (False, BY_API)])
def test_an_idle_sweep_takes_a_request_for_either_list(bench: Bench, by_git: bool, files: list[str]) -> None:
    indexed(bench)
    bench.issue(state="closed")
    bench.by_git = by_git
    swept(bench)
    assert besides(bench) == [*files, "issues", "open_threads"]


@pytest.mark.parametrize(("by_git", "files"), [(True, []), (False, BY_API)])
def test_a_sweep_of_forty_threads_takes_three_requests_besides_the_threads_own(
    bench: Bench, by_git: bool, files: list[str]
) -> None:
    indexed(bench)
    bench.by_git = by_git
    bench.configure("sweep: {threads: 40}\nlimits: {per_actor: {hour: 0, day: 0}}")
    for number in range(8, 47):
        bench.issue(number, updated_at=ago(minutes=number), author={"login": f"u{number}"})
    assert str(swept(bench, *[model_reply()] * 40).reason) == "sweep: 40 done"
    assert besides(bench) == [*files, "issues", "labels", "open_threads"]


def test_without_a_ledger_a_sweep_that_is_behind_does_not_promise_that_the_next_one_goes_on(bench: Bench) -> None:
    bench.configure("sweep: {threads: 1}")
    labelled_at_once(bench, SCANNED_PER_ANSWERED + 5)
    (note,) = sweep(bench.line(ScriptedModel()), scheduled=False).notes
    assert note.endswith("the next one starts over, because there is no ledger.")


def test_what_was_asked_behind_an_answer_that_cannot_be_posted_is_not_passed_over(bench: Bench) -> None:
    """The draft fails for good, and nothing more is asked in that run. The next sweep answers what is open besides."""
    bench.github.script_posts = [Fault("github", "status", "Not Found", 502)] * 9
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).status == "deferred"
    later(bench, hours=1)
    asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls and now?", "created_at": bench.clock.now().isoformat()}
    bench.issue(comments=[asked], updated_at=bench.clock.now().isoformat())
    later(bench, hours=1)
    bench.github.script_posts = [Fault("github", "status", "Not allowed", 403)]
    assert swept(bench, run=2).status == "failed"
    later(bench, hours=1)
    assert swept(bench, model_reply(), run=3).status == "done"
    assert {key.split("@")[0]: r.state for key, r in bench.records().items()} == {
        "issue/7": "failed",
        "comment/31": "published",
    }
