"""What a run says of its steps to whoever looks for a fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.ledger.model import Claimant
from hls_action.line.respond import answer
from hls_action.line.run import begin
from hls_action.records.store import LedgerStore
from tests.fakes import ScriptedModel, model_factory, model_reply
from tests.unit.line_bench import MATERIALS, OPENED, Bench

OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def debugged(bench: Bench, model: ScriptedModel) -> list[str]:
    """The lines of a run, without what differs."""
    lines: list[str] = []
    store = LedgerStore(bench.store, bench.clock, "o/r", Claimant(len(bench.github.calls) + 1, 1, "ab"))
    answer(begin(bench.github, model_factory(model), bench.clock, MATERIALS, store, debug=lines.append), OPENED)
    return [re.sub(r"\d+\.\d+", "N", line) for line in lines]


def test_each_step_says_what_it_came_to(bench: Bench) -> None:
    assert debugged(bench, ScriptedModel(OVERLOADED, model_reply())) == [
        "N s: thread 7 is read, and the ledger: comments: 0; without an answer: issue/7; on record: nothing",
        "N s: thread 7: configuration, labels and changes are read",
        "N s: thread 7: claimed issue/7; N USD are reserved for claude-sonnet-5-5",
        "N s: again in N s, after Claude answered 529: overloaded_error: Overloaded",
        "N s: thread 7: claude-sonnet-5-5 answered, for N USD",
        "N s: thread 7: the answer is stored",
    ]
    (repeated,) = debugged(bench, ScriptedModel())
    assert "without an answer: nothing (already-answered: " in repeated
    assert repeated.endswith("on record: issue/7 is published")


def test_nobodys_text_is_in_it(bench: Bench) -> None:
    bench.issue(title="PLANTED", body="PLANTED, and long enough to be answered by anybody who reads it.")
    lines = debugged(bench, ScriptedModel(model_reply()))
    assert lines
    assert "PLANTED" not in "".join(lines)
