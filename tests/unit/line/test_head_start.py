"""A thread whose reading began before the run did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import Thread
from hls_action.line.respond import answer
from hls_action.resilience.background import Early
from tests.fakes import BAD_GATEWAY, ScriptedModel, model_reply
from tests.unit.line_bench import OPENED, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_it_is_not_read_again(bench: Bench) -> None:
    thread = bench.github.thread(ThreadId(7))
    bench.github.calls.clear()
    run = replace(bench.shared(ScriptedModel(model_reply())), early_thread=Early(ThreadId(7), lambda: thread))
    assert answer(run, OPENED).status == "done"
    assert "thread" not in bench.github.calls


def test_another_is(bench: Bench) -> None:
    other = replace(bench.github.thread(ThreadId(7)), id=ThreadId(8), title="Something else")
    model = ScriptedModel(model_reply())
    run = replace(bench.shared(model), early_thread=Early(ThreadId(8), lambda: other))
    assert answer(run, OPENED).status == "done"
    assert "Something else" not in str(model.requests[0].prompt)


def test_an_attempt_that_failed_is_the_first_of_several(bench: Bench) -> None:
    def failed() -> Thread:
        raise UpstreamError(BAD_GATEWAY)

    bench.github.calls.clear()
    run = replace(bench.shared(ScriptedModel(model_reply())), early_thread=Early(ThreadId(7), failed))
    assert answer(run, OPENED).status == "done"
    assert bench.github.calls.count("thread") == 1
