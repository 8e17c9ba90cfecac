"""An event that gets an answer at the latencies of the real services: is HLS's own time hidden behind the waiting?"""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import in_turns, spread
from benchmarks.stage import Run, Stage, expect, installed_python
from benchmarks.table import Row, Table, row

REPEATS = 6
GITHUB_MS = 200.0
CLAUDE_MS = 2000.0
PEER = str(Path(__file__).with_name("stdlib_peer.py"))


def measure() -> Table:
    """Run everything; takes about 50 s."""
    python = installed_python()
    with Stage(github_ms=GITHUB_MS, claude_ms=CLAUDE_MS) as stage:
        ours, peers = in_turns(
            REPEATS,
            lambda: expect(stage.hls(stage.issue(), python), "done"),
            lambda: stage.act(stage.issue(), [python, "-S", PEER]),
        )
    return Table(
        f"latency: an event that gets an answer, GitHub takes {GITHUB_MS:.0f} ms and Claude {CLAUDE_MS:.0f} ms",
        (
            row(
                "issue, whole process vs waits on its critical path",
                spread([_stretch(each) for each in ours]),
                "x",
                1.15,
            ),
            row("issue, whole process", spread([each.sample.seconds for each in ours]), "s"),
            row("waits on its critical path", spread([each.waits for each in ours]), "s"),
            *_rest(ours),
            row("standard-library peer vs its waits", spread([_stretch(each) for each in peers]), "x"),
            row(
                "standard-library peer, one request after another", spread([each.sample.seconds for each in peers]), "s"
            ),
        ),
    )


def _stretch(run: Run) -> float:
    return run.sample.seconds / run.waits


def _rest(runs: list[Run]) -> tuple[Row, ...]:
    """Where the time goes in which nothing is awaited."""
    parts: dict[str, list[float]] = {}
    for each in runs:
        for name, seconds in rest(each).items():
            parts.setdefault(name, []).append(seconds * 1000)
    return tuple(row(f"rest: {name}", spread(values), "ms") for name, values in parts.items())


def rest(run: Run) -> dict[str, float]:
    """Seconds of a run outside its waits, by where they fall."""
    exchanges = run.exchanges
    (call,) = run.claude
    read = max(each.ended for each in run.github if each.ended <= call.started)
    parts = {
        "start of the process to the first request": exchanges[0].started - run.sample.began,
        "last read to Claude's request": call.started - read,
        "end of the last request to the end of the process": run.sample.ended - max(e.ended for e in exchanges),
    }
    parts["between other requests"] = run.sample.seconds - run.waits - sum(parts.values())
    return parts
