"""Running schedules, many in several processes or one with its trace."""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from tests.simulation.text_cache import remembered_texts
from tests.simulation.world import Report, World

CHUNK = 1_000
"""Schedules for each process, which keeps about 0.2 MB of each."""


@dataclass(frozen=True)
class Campaign:
    """What many schedules came to. ``broken``: the reports of those that broke a promise."""

    schedules: int
    runs: int
    calls: int
    broken: tuple[Report, ...]
    seconds: float

    def __str__(self) -> str:
        rate = self.schedules / self.seconds if self.seconds else 0.0
        return (
            f"{self.schedules:,} schedules with {self.runs:,} runs and {self.calls:,} Claude calls "
            f"in {self.seconds:.0f} s ({rate:.0f} a second): {len(self.broken)} broke a promise"
        )


def replay(seed: int, *, tracing: bool = False) -> Report:
    """One schedule."""
    with remembered_texts():
        return World(seed, tracing=tracing).run()


def _chunk(seeds: range) -> list[Report]:
    """What a process does before it is replaced: looking for garbage would cost more than a new process."""
    gc.disable()
    with remembered_texts():
        return [_report(seed) for seed in seeds]


def _report(seed: int) -> Report:
    try:
        return World(seed).run()
    except Exception as error:
        error.add_note(f"To see it again: {command(seed)}")
        raise


def campaign(seeds: range, jobs: int) -> Campaign:
    """Run a schedule for each of ``seeds``, in so many processes."""
    began = time.perf_counter()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        found = [report for reports in pool.map(_chunk, chunks) for report in reports]
    broken = tuple(report for report in found if report.broken)
    runs, calls = sum(report.runs for report in found), sum(report.calls for report in found)
    return Campaign(len(found), runs, calls, broken, time.perf_counter() - began)


def command(seed: int) -> str:
    """What shows a schedule again."""
    return f"python -m tests.simulation --seed {seed} --trace"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit status: 0 when every promise was kept, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this schedule")
    parser.add_argument("--trace", action="store_true", help="with --seed: print everything that happens")
    parser.add_argument("--schedules", type=int, default=1_000, help="how many to run (default: %(default)s)")
    parser.add_argument("--start", type=int, default=1, help="the first seed (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        report = replay(options.seed, tracing=options.trace)
        print("\n".join(report.trace), end="\n" if report.trace else "")
        print(f"seed {report.seed}: {'; '.join(report.broken) or 'every promise was kept'}")
        return 1 if report.broken else 0
    result = campaign(range(options.start, options.start + options.schedules), options.jobs)
    for report in result.broken:
        print(f"seed {report.seed}: {'; '.join(report.broken)}\n    {command(report.seed)}")
    print(result)
    return 1 if result.broken else 0
