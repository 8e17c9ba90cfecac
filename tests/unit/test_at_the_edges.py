"""Where two things happen at once, or one of them by half: what is promised holds there, too."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import FolderGitHub
from hls_action.adapters.state.folder import FolderStateStore
from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Claimant, Record
from hls_action.domain.threads.items import digest
from hls_action.records.store import LedgerStore
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import trigger
from tests.unit.line.test_re_reviews import Killed
from tests.unit.line_bench import OPENED, Bench

SEVEN = ThreadId(7)
TIMEOUT = UpstreamError(Fault("claude", "timeout", "no answer within 300 s"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def elsewhere(bench: Bench, run: int, step: Any) -> None:
    """Another run changes the ledger."""
    ledger_store = LedgerStore(FolderStateStore(bench.root / "state"), bench.clock, "o/r", Claimant(run, 1, "other"))
    ledger_store.update(step, bench.shared(ScriptedModel()).retrier)


def claimed(bench: Bench, run: int, key: str) -> Any:
    now = bench.clock.now()
    record = Record("o/r", SEVEN, key, "claimed", Claimant(run, 1, "other"), now, now, now + timedelta(minutes=5), 1)
    return lambda: elsewhere(bench, run, lambda ledger: ledger.put(SEVEN, [record]))


def asking(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": n, "author": {"login": "bob"}, "body": f"/hls question {n}"} for n in numbers]


def key_of(bench: Bench, request: str | int) -> str:
    """What the comment 31, or that of a number, is called."""
    if isinstance(request, int):
        return f"comment/{request}@{digest(f'question {request}')}"
    return f"comment/31@{digest(request)}"


# ---- the budget ----


def test_a_claim_of_unknown_outcome_that_no_longer_fits_leaves_no_reservation(bench: Bench) -> None:
    """The swap took effect and its answer was lost; by the second attempt, another item has come due."""
    bench.issue(comments=asking(31))
    now = bench.clock.now()
    parked = Record(
        "o/r", SEVEN, key_of(bench, 31), "deferred", Claimant(9, 1, "x"), now, now, now + timedelta(seconds=0.5), 1
    )
    elsewhere(bench, 9, lambda ledger: ledger.put(SEVEN, [parked]))
    bench.store.script = ["after"]
    outcome = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert outcome.status == "done"
    assert bench.ledger().budget.reservations == {}


def test_a_look_that_was_cut_off_may_have_been_billed(bench: Bench) -> None:
    bench.configure("knowledge: {look: on}")
    bench.shared(ScriptedModel(DeadlineExceeded("the run took longer than 600 s"))).answer(OPENED)
    budget = bench.ledger().budget
    day = budget.days.get("2026-11-02")
    counted = (day.total if day else Decimal(0)) + sum((r.usd for r in budget.reservations.values()), Decimal(0))
    assert counted > 0


def test_a_call_in_doubt_counts_when_the_run_is_cut_off_before_that_is_on_record(bench: Bench) -> None:
    run = bench.shared(ScriptedModel(TIMEOUT, model_reply()))

    def ring() -> None:
        raise DeadlineExceeded("the run took longer than 600 s")

    bench.store.between = [lambda: None, ring]
    assert run.answer(OPENED).status == "deferred"
    budget = bench.ledger().budget
    day = budget.days.get("2026-11-02")
    counted = (day.total if day else Decimal(0)) + sum((r.usd for r in budget.reservations.values()), Decimal(0))
    assert counted > 0


def test_a_look_that_was_held_back_costs_nothing(bench: Bench) -> None:
    bench.configure("knowledge: {look: on}\nsweep: {threads: 2}")
    bench.issue(8)
    limited = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=3_600.0))
    sweep(bench.shared(ScriptedModel(limited, model_reply(), model_reply())), scheduled=False)
    assert bench.ledger().budget.days["2026-11-02"].unsettled == 0


# ---- nothing lost, honest outcome ----


def test_a_run_that_others_outran_each_time_leaves_the_thread_to_a_later_one(bench: Bench) -> None:
    bench.issue(comments=asking(31, 32, 33, 34))
    bench.store.between = [claimed(bench, 20 + n, key_of(bench, 30 + n)) for n in (1, 2, 3)]
    outcome = bench.shared(ScriptedModel()).answer(OPENED)
    look = bench.records()["thread/7"]
    assert (outcome.status, look.state) == ("deferred", "deferred")


def test_after_an_earlier_answer_what_could_not_be_taken_up_is_on_record(bench: Bench) -> None:
    bench.github.before_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.before_post = None
    bench.clock.sleep(3_600)
    bench.issue(comments=asking(31, 32, 33))
    first, second = (claimed(bench, 20 + n, key_of(bench, 30 + n)) for n in (1, 2))
    bench.store.between = [lambda: None, first, lambda: None, second]
    bench.shared(ScriptedModel(), 2).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=33))
    assert {"thread/7", key_of(bench, 33)} & bench.records().keys()


def test_an_answer_that_was_posted_is_told_though_the_thread_is_gone_right_after(bench: Bench) -> None:
    bench.github.before_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.before_post = None
    bench.clock.sleep(3_600)

    def gone() -> None:
        (bench.root / "threads" / "7.json").rename(bench.root / "moved.json")

    bench.store.between = [lambda: None, gone]  # claimed; and right before it is on record as published
    outcome = bench.shared(ScriptedModel(), 2).answer(OPENED)
    assert (outcome.status, bool(outcome.comment_url)) == ("done", True)


def test_two_workers_of_a_sweep_open_one_alert_issue(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.configure("budget: {daily_usd: 0.001}")
    for number in (8, 9):
        bench.issue(number)
    run = bench.shared(ScriptedModel())
    create, opened = FolderGitHub.create_issue, list[int]()

    def other_worker_meanwhile(github: FolderGitHub, title: str, body: str) -> int:
        opened.append(0)
        if len(opened) == 1:
            run.answer(trigger(8))
        return create(github, title, body)

    monkeypatch.setattr(FolderGitHub, "create_issue", other_worker_meanwhile)
    run.answer(trigger(7))
    assert len(opened) == 1


def test_nothing_is_said_of_a_model_that_was_not_asked(bench: Bench) -> None:
    run = bench.shared(ScriptedModel())
    run.claude_limiters.of("claude-sonnet-5-5").cool_down_until(bench.clock.now() + timedelta(hours=1))
    outcome = run.answer(OPENED)
    assert (outcome.reason.code, outcome.model) == ("cooling-down", "")


# ---- the state ----


@pytest.mark.parametrize(
    ("field", "odd"),
    [
        pytest.param("cost_usd", "NaN", id="not an amount"),
        pytest.param("first", "0001-01-01T00:00:00+23:59", id="no time of UTC"),
    ],
)
def test_a_record_that_is_damaged_is_told_as_damage(bench: Bench, field: str, odd: str) -> None:
    """And not as a bug of ours, with a traceback."""
    bench.configure("budget: {per_item_usd: 3}")
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply(), meanwhile=lambda: (_ for _ in ()).throw(Killed()))).answer(OPENED)
    snapshot = bench.store.read()
    shard = json.loads(snapshot.documents["items/07.json"])
    shard["threads"]["o/r#7"]["issue/7"][field] = odd
    bench.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(shard)})
    bench.clock.sleep(3_600)
    outcome = bench.shared(ScriptedModel(model_reply()), 2).answer(OPENED)
    assert outcome.reason.code == "state-unreadable"


@pytest.mark.parametrize("lacking", ["replaces", "labels", "usage"])
def test_a_draft_of_the_first_schema_that_is_not_whole_is_dropped(bench: Bench, lacking: str) -> None:
    bench.github.before_post = lambda: (_ for _ in ()).throw(Killed())
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.before_post = None
    snapshot = bench.store.read()
    shard = json.loads(snapshot.documents["items/07.json"])
    ((name, _),) = shard["drafts"].items()
    old: dict[str, Any] = {
        "body": "<!-- hls:1 issue/7 -->\nCreate the folder.\n\n<sub>footer</sub>",
        "labels": [],
        "model": "claude-sonnet-5-5",
        "usage": {},
        "cost_usd": "0.004",
        "replaces": None,
    }
    del old[lacking]
    shard |= {"schema": 1, "drafts": {name: old}}
    bench.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(shard)})
    bench.clock.sleep(3_600)
    assert bench.shared(ScriptedModel(model_reply()), 2).answer(OPENED).status == "done"


def test_advice_names_the_word_by_which_people_address_it_here(bench: Bench) -> None:
    rules = DEFAULT_RULES._replace(mention="@helper")
    bench.shared(ScriptedModel(model_reply("", stop_reason="refusal")), rules=rules).answer(OPENED)
    again = bench.shared(ScriptedModel(), 2, rules=rules).answer(OPENED)
    assert again.reason.detail.startswith("run it with the number, or comment '@helper retry', to try again; ")
