"""A sweep: what it asks of GitHub besides the threads themselves, and how often it pushes."""

from __future__ import annotations

import re
from collections import Counter

from benchmarks.measure import Broken
from benchmarks.nominal import AT_ONCE, REAL, Latencies
from benchmarks.runs import Run, expect
from benchmarks.stage import Stage, installed_python
from benchmarks.table import Row, Table

ANSWERED = 10
"""As many as a sweep answers unless it is told otherwise."""
THREADS = 40


def measure(
    python: str | None = None, answered: int = ANSWERED, threads: int = THREADS, latencies: Latencies = REAL
) -> Table:
    """Run everything; takes about a minute. ``python``: one that has the packages, instead of the action's own.

    How often the ``answered`` threads push depends on when their steps meet: ``latencies`` should decide that, not
    the machine.
    """
    python = python or installed_python()
    with Stage(latencies) as stage:
        few = _sweep(stage, python, answered)
        stage.begin_anew()
        stage.latencies = AT_ONCE
        stage.serve({}, f"sweep: {{threads: {threads}}}\n")
        many = _sweep(stage, python, threads)
    others = [each for each in many.requests if not _is_own(each)]
    own = len(many.requests) - len(others)
    return Table(
        "sweep: threads that nobody was woken for",
        (
            Row(f"sweep of {answered}: pushes an answer", len(few.pushes) / answered, "x", 2.2, note=_begun(few)),
            Row(f"sweep of {threads}: pushes an answer", len(many.pushes) / threads, "x", note=_begun(many)),
            Row(
                f"sweep of {threads}: requests besides the threads' own",
                len(others),
                "requests",
                3,
                note=_besides(others),
            ),
            Row(f"sweep of {threads}: requests a thread", own / threads, "x"),
            Row(f"sweep of {answered}, whole process", few.sample.seconds, "s", note="at real latencies"),
            Row(f"sweep of {threads}, whole process", many.sample.seconds, "s", note="peers answer at once"),
        ),
    )


def _sweep(stage: Stage, python: str, threads: int) -> Run:
    """Sweep so many new issues, all of which get an answer."""
    for _ in range(threads):
        stage.issue()
    run = expect(stage.hls(stage.dispatch(), python), "done")
    replies = sum(
        bool(re.search(r"/issues/\d+/comments$", asked)) for asked in run.requests if asked.startswith("POST")
    )
    if replies != threads:
        raise Broken(f"{replies} of {threads} threads were answered:\n{run.sample.output[-3000:]}")
    return run


def _is_own(request: str) -> bool:
    """Whether a request is one that the thread's own run would make: it names it, or asks what happened there."""
    return re.search(r"/(issues|pulls)/\d+(/|$)|/graphql$", request) is not None


def _besides(requests: list[str]) -> str:
    """What is asked for the sweep as a whole, in a few words."""
    names = Counter(re.sub(r"/repos/[^/]+/[^/]+/?", "", request) for request in requests)
    return ", ".join(f"{name} x{count}" if count > 1 else name for name, count in names.items())


def _begun(run: Run) -> str:
    """How many pushes were begun: who lost a race often knows before anything is sent."""
    begun = sum(each.request.param("service") == "git-receive-pack" for each in run.git)
    return f"{len(run.pushes)} sent, {begun - len(run.pushes)} more knew that they had lost a race"
