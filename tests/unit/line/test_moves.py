"""A repository that is renamed while items wait: the first run under the new name takes them along."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Claimant
from hls_action.ports import ModelReply
from hls_action.records.store import LedgerStore
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, model_factory, model_reply
from tests.unit.line_bench import MATERIALS, OPENED, Bench, BenchRun, bench_run

OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))
FORBIDDEN = Fault("github", "status", "Bad Gateway", 502)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def run_of(bench: Bench, name: str, run: int, *script: ModelReply | Exception, number: int | None = 7) -> BenchRun:
    """A run of the repository under a name of its own."""
    ledger_store = LedgerStore(
        bench.store, bench.clock, name, Claimant(run, 1, f"{run:08x}"), number=number, own_branch=True
    )
    materials = replace(MATERIALS, repository=name)
    return bench_run(bench.github, model_factory(ScriptedModel(*script)), bench.clock, materials, ledger_store)


@pytest.mark.parametrize("number", [7, None], ids=["by its number", "as the only other name"])
def test_what_waits_is_taken_up_under_the_new_name(bench: Bench, number: int | None) -> None:
    run_of(bench, "o/r", 1, *[OVERLOADED] * 6, number=number).answer(OPENED)
    bench.issue(updated_at="2026-10-01T08:00:00+00:00")
    bench.clock.sleep(timedelta(hours=1).total_seconds())
    assert sweep(run_of(bench, "team/r2", 2, model_reply(), number=number), scheduled=True).status == "done"
    assert {each.repository for each in bench.ledger().records} == {"team/r2"}
    assert set(bench.ledger().watermarks) == {"team/r2"}


def test_an_answer_that_was_written_is_posted_under_the_new_name_and_not_asked_for_again(bench: Bench) -> None:
    bench.github.script_posts = [FORBIDDEN] * 9
    run_of(bench, "o/r", 1, model_reply()).answer(OPENED)
    bench.github.script_posts = []
    bench.clock.sleep(timedelta(hours=1).total_seconds())
    assert run_of(bench, "team/r2", 2).answer(OPENED).status == "done"
    assert len(bench.bodies()) == 1
    assert sum(day.calls for day in bench.ledger().budget.days.values()) == 1


def test_two_runs_that_race_over_the_renaming_lose_nothing(bench: Bench) -> None:
    for number in (7, 8):
        bench.issue(number)
        run_of(bench, "o/r", number, *[OVERLOADED] * 6).answer(replace(OPENED, threads=(ThreadId(number),)))
    bench.clock.sleep(timedelta(hours=1).total_seconds())
    first, second = run_of(bench, "team/r2", 20, model_reply()), run_of(bench, "team/r2", 21, model_reply())
    second.ledger()
    bench.store.between = [lambda: second.answer(replace(OPENED, threads=(ThreadId(8),)))]
    assert first.answer(OPENED).status == "done"
    assert [len(bench.bodies(number)) for number in (7, 8)] == [1, 1]
    found = {(each.repository, each.thread.number, each.state) for each in bench.ledger().records}
    assert found == {("team/r2", 7, "published"), ("team/r2", 8, "published")}


def test_a_run_that_began_under_the_old_name_ends_what_it_has_in_hand(bench: Bench) -> None:
    bench.issue(8)

    def meanwhile() -> None:
        run_of(bench, "team/r2", 2, model_reply()).answer(replace(OPENED, threads=(ThreadId(8),)))

    ledger_store = LedgerStore(bench.store, bench.clock, "o/r", Claimant(1, 1, "a"), number=7, own_branch=True)
    model = ScriptedModel(model_reply(), meanwhile=meanwhile)
    run = bench_run(bench.github, model_factory(model), bench.clock, MATERIALS, ledger_store)
    assert run.answer(OPENED).status == "done"
    assert [len(bench.bodies(number)) for number in (7, 8)] == [1, 1]
    run_of(bench, "team/r2", 3).answer(OPENED)
    assert sum(each.state == "published" for each in bench.ledger().records) == 2


def test_a_repository_whose_number_is_known_costs_no_write_where_there_is_nothing_to_do(bench: Bench) -> None:
    run_of(bench, "o/r", 1, model_reply(), number=None).answer(OPENED)
    writes = bench.store.writes
    assert run_of(bench, "o/r", 2).answer(OPENED).status == "skipped"
    assert bench.store.writes == writes
