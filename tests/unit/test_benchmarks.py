"""The benchmarks are code like any other: each runs, at a small size, and has the rows that are written about.

How large the values are is not for tests to say: they depend on the machine.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from benchmarks import (
    code,
    contention,
    gate,
    handled,
    imports,
    install,
    latency,
    ledger,
    load,
    long,
    pace,
    sweeps,
    turns,
)
from benchmarks.__main__ import BENCHMARKS
from benchmarks.measure import in_turns
from benchmarks.nominal import AT_ONCE, REAL, Latencies, nominal_minimum, nominal_whole
from benchmarks.table import Table, render

ROOT = Path(__file__).resolve().parents[2]
QUICK = Latencies(github=1.0, claude=1.0, git=1.0)
COLUMNS = 5
"""Of the table of results: benchmark, row, measured, bar, verdict."""
ONCE = 0
"""Repeats: the round that otherwise does not count is all there is."""

SMALL: dict[str, Callable[[], Table]] = {
    "gate": lambda: gate.measure(ONCE),
    "handled": lambda: handled.measure(sys.executable, ONCE),
    "latency": lambda: latency.measure(sys.executable, QUICK, ONCE),
    "imports": lambda: imports.measure(sys.executable, ONCE),
    "install": lambda: install.measure(QUICK, ONCE),
    "long": lambda: long.measure(sys.executable, (30, 40), (30, 40), QUICK, ONCE),
    "sweep": lambda: sweeps.measure(sys.executable, 1, 2, QUICK),
    "ledger": lambda: ledger.measure(300, ONCE),
    "load": lambda: load.measure(1, sys.executable),
    "turns": lambda: turns.measure(comments=2, many=58),
    "code": lambda: code.measure(sys.executable, 40_000, 20_000, ONCE),
    "contention": lambda: contention.measure(runs=5, seeds=1),
    "pace": lambda: pace.measure(minutes=0.5, seeds=(1,)),
}


def results() -> Iterator[tuple[str, str]]:
    """The benchmark and the row of each line in the table of results."""
    for line in (ROOT / "benchmarks" / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == COLUMNS and (found := re.fullmatch(r"`(\w+)`", cells[0])):
            yield found[1], cells[1]


def sizeless(rows: Iterable[str]) -> set[str]:
    """The names of rows, whatever the sizes and the models in them."""
    return {re.sub(r"\d[\d,]*", "N", row) for row in rows}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs_and_has_the_rows_that_are_written_about(name: str) -> None:
    table = SMALL[name]()
    rows = [row.what for row in table.rows]
    assert len(set(rows)) == len(rows)
    assert all(math.isfinite(row.value) for row in table.rows)
    assert sizeless(row for benchmark, row in results() if benchmark == name) - sizeless(rows) == set()
    assert len(render(table).splitlines()) == len(rows) + 3


def test_every_benchmark_is_described_and_has_results() -> None:
    described = (ROOT / "benchmarks" / "README.md").read_text()
    assert [name for name in BENCHMARKS if f"\n| `{name}` |" not in described] == []
    assert {benchmark for benchmark, _ in results()} == set(BENCHMARKS)


def test_the_nominal_minimum_adds_up_what_must_wait_for_one_another() -> None:
    assert nominal_minimum(REAL) == pytest.approx(3.1)
    assert nominal_whole(REAL) == pytest.approx(3.4)
    assert nominal_minimum(AT_ONCE) == 0
    assert nominal_minimum(Latencies(claude=500.0)) == pytest.approx(0.5)
    # GitHub and git are read at the same time: the slower one counts.
    assert nominal_minimum(Latencies(github=100.0)) == pytest.approx(0.2)
    assert nominal_minimum(Latencies(git=100.0)) == pytest.approx(0.3)
    assert nominal_minimum(Latencies(github=100.0, git=50.0)) == pytest.approx(0.3)


def test_contestants_take_turns_and_the_first_round_counts_only_when_it_is_the_only_one() -> None:
    numbers = iter(range(10))
    assert in_turns(2, lambda: next(numbers), lambda: -next(numbers)) == ([2, 4], [-3, -5])
    assert in_turns(0, lambda: next(numbers), lambda: -next(numbers)) == ([6], [-7])
