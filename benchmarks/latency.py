"""An event that gets an answer at the latencies of the real services: is HLS's own time hidden behind the waiting?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import in_turns, spread
from benchmarks.nominal import REAL, STEPS, Latencies, nominal_minimum, nominal_whole
from benchmarks.runs import Run, expect, union
from benchmarks.stage import NO_LEDGER, PROJECT, Stage, installed_python
from benchmarks.table import Row, Table, row
from tests.standins.exchange import Exchange

REPEATS = 6
PEER = str(Path(__file__).with_name("stdlib_peer.py"))


def measure(python: str | None = None, latencies: Latencies = REAL, repeats: int = REPEATS) -> Table:
    """Run everything; takes about 80 s. ``python``: one that has the packages, instead of the action's own.

    ``latencies``: none of them is zero.
    """
    python = python or installed_python()
    with Stage(latencies) as stage:
        stage.serve({"README.md": PROJECT["README.md"]})  # as GitHub does, which asks GitHub's API for less
        ours, bare, peers = in_turns(
            repeats,
            lambda: expect(stage.hls(stage.issue(), python), "done"),
            lambda: expect(stage.hls(stage.issue(), python, NO_LEDGER), "done"),
            lambda: stage.act(stage.issue(), [python, "-S", PEER]),
        )
        stage.serve(PROJECT)
        (looked_up,) = in_turns(repeats, lambda: expect(stage.hls(stage.issue(), python), "done"))
    added = [with_it.sample.seconds - without.sample.seconds for with_it, without in zip(ours, bare, strict=True)]
    return Table(
        f"latency: an event that gets an answer, GitHub takes {latencies.github:.0f} ms, Claude "
        f"{latencies.claude:.0f} ms and a round of git {latencies.git:.0f} ms",
        (
            *_to_the_comment(ours, latencies),
            row(
                "with the project's code, to the comment vs the same",
                spread([posted(each) / nominal_minimum(latencies) for each in looked_up]),
                "x",
                1.15,
                "git has the repository's files, of which the fetch takes a round",
            ),
            *_whole(ours, latencies),
            row("waits on its critical path", spread([each.waits for each in ours]), "s"),
            row("of them, for git alone", spread([each.waits_for_git for each in ours]), "s"),
            *_rest(ours),
            row("what the ledger adds to the whole process", spread(added), "s"),
            row("without a ledger, whole process", spread([each.sample.seconds for each in bare]), "s"),
            row(
                "standard-library peer, one request after another",
                spread([each.sample.seconds for each in peers]),
                "s",
                note="without a ledger",
            ),
        ),
    )


def _to_the_comment(runs: Sequence[Run], latencies: Latencies) -> tuple[Row, ...]:
    """How long somebody waits, against the least that the services alone take."""
    least = nominal_minimum(latencies)
    seconds = [posted(each) for each in runs]
    return (
        row("issue, to the comment vs the nominal minimum", spread([each / least for each in seconds]), "x", 1.16),
        row("issue, to the comment", spread(seconds), "s"),
        Row("nominal minimum", least, "s", note=f"{len(STEPS)} steps that must wait for one another"),
    )


def posted(run: Run) -> float:
    """Seconds from the start of the process until the comment was there."""
    return run.comment.ended - run.sample.began


def _whole(runs: Sequence[Run], latencies: Latencies) -> tuple[Row, ...]:
    """How long a job is kept, against the same."""
    least = nominal_whole(latencies)
    whole = [each.sample.seconds for each in runs]
    return (
        row("issue, whole process vs its nominal minimum", spread([each / least for each in whole]), "x"),
        row("issue, whole process", spread(whole), "s"),
        Row("nominal minimum of the whole process", least, "s", note="with the push that it is published"),
    )


def _rest(runs: list[Run]) -> tuple[Row, ...]:
    """Where the time goes in which nothing is awaited."""
    parts: dict[str, list[float]] = {}
    for each in runs:
        for name, seconds in rest(each).items():
            parts.setdefault(name, []).append(seconds * 1000)
    return tuple(row(f"rest: {name}", spread(values), "ms") for name, values in parts.items())


def rest(run: Run) -> dict[str, float]:
    """Seconds of a run with a ledger outside its waits, by where they fall; together they are all of them."""
    (call,) = run.claude
    claim, ahead, published = (_span(exchanges) for exchanges in run.push_rounds)
    effects = _span([each for each in run.github if each.started > call.ended])
    ready = max(each.ended for each in run.exchanges if each.ended <= call.started)
    milestones = (
        ("start of the process to the first request", run.exchanges[0].started),
        ("first request to the claim's", claim[0]),
        ("between the requests of a push", ready),
        ("last read or claim to Claude's request", call.started),
        ("", call.ended),
        ("Claude's answer to the push of it", ahead[0]),
        ("between the requests of a push", ahead[1]),
        ("that push to the labels", effects[0]),
        ("labels to the comment", effects[1]),
        ("comment to the last push", published[0]),
        ("between the requests of a push", published[1]),
        ("end of the last request to the end of the process", run.sample.ended),
    )
    parts: dict[str, float] = {}
    reached = run.sample.began
    for name, milestone in milestones:
        if name:
            parts[name] = parts.get(name, 0.0) + _idle(run, reached, milestone)
        reached = milestone
    return parts


def _span(exchanges: Sequence[Exchange]) -> tuple[float, float]:
    return min(each.started for each in exchanges), max(each.ended for each in exchanges)


def _idle(run: Run, began: float, ended: float) -> float:
    """Seconds between two moments in which nothing was awaited."""
    waits = [(max(began, each.started), min(ended, each.ended)) for each in run.exchanges]
    return ended - began - union([(start, end) for start, end in waits if start < end])
