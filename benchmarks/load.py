"""The recorded burst through a model of the Actions queue, with real processes: is anything lost or doubled?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from benchmarks import burst
from benchmarks.burst import Happening
from benchmarks.measure import Broken, spread
from benchmarks.play import Job, Play
from benchmarks.reckoning import Reckoning, Reply, overlooked, reckon
from benchmarks.runners import Runners
from benchmarks.stage import Stage, installed_python
from benchmarks.table import Row, Table, render, row
from tests.standins.git_http import hosting

RUNNERS = 8
CLAUDE_MS = 300.0


@dataclass(frozen=True)
class Seen:
    """What was measured. Times in seconds; counts are of the burst, without the sweeps after it.

    ``replies`` and ``swept``: posted during the burst, and by the sweeps, of which ``last`` is the last one.
    ``unheard``: threads whose last event never started a run. ``waits``: from writing an item to its answer.
    """

    burst: Sequence[Happening]
    seconds: float
    jobs: Sequence[Job]
    cancelled: int
    filtered: int
    owed: int
    replies: Sequence[Reply]
    swept: Sequence[Reply]
    last: Job
    unheard: Collection[int]
    waits: Sequence[float]
    requests: int
    calls: int
    pushes: int
    accepted: int
    reckoning: Reckoning
    overlooked: Sequence[str]


def measure(events: int | None = None, python: str | None = None) -> Table:
    """Run everything, or only the first so many events; takes about 3 minutes.

    ``python``: one that has the packages, instead of the action's own.

    Errors: `Broken`, after the table was printed, when an item was lost or doubled, or a run failed.
    """
    seen = _seen(burst.recorded(events), python or installed_python())
    table = Table(
        f"load: {len(seen.burst)} events on {RUNNERS} runners", (*_counts(seen), *_checks(seen), *_costs(seen))
    )
    failed = [job for job in seen.jobs if job.outcome == "failed"]
    failed += [] if seen.last.outcome == "skipped" else [seen.last]  # sweeps that came to no end
    problems = [*seen.reckoning.problems, *seen.overlooked]
    problems += [f"{job.outcome}: {job}: {job.said.get('reason')}\n{job.log[-2000:]}" for job in failed]
    if problems:
        print(f"\n{render(table)}", flush=True)
        raise Broken("\n".join([f"{len(problems)} things are wrong:", *problems]))
    return table


def _seen(happenings: Sequence[Happening], python: str) -> Seen:
    with Stage() as stage, hosting(stage.folder) as git:
        play = Play(stage, git, python)
        stage.claude.delay_ms = CLAUDE_MS
        with Runners(RUNNERS, play.work) as runners:
            began = time.monotonic()
            play.burst(happenings, runners)
            ended = time.monotonic()
            jobs, requests, calls = tuple(runners.ended), len(stage.github.exchanges), len(stage.claude.exchanges)
            pushes, accepted = play.pushes()
            last = play.sweep(runners)
        posted, owed = play.replies(), play.crowd.owed
        replies = [reply for reply in posted if reply.posted <= ended]
        answered = {(reply.number, key): reply.posted for reply in replies for key in reply.keys}
        starts = [(job.hook.number, job.began) for job in jobs if job.began is not None]
        return Seen(
            burst=happenings,
            seconds=ended - began,
            jobs=jobs,
            cancelled=len(runners.cancelled),
            filtered=play.filtered,
            owed=len(owed),
            replies=replies,
            swept=[reply for reply in posted if reply.posted > ended],
            last=last,
            unheard={play.crowd.number_of(each.thread) for each in happenings if each.lost},
            waits=sorted(answered[item] - since for item, since in owed.items() if item in answered),
            requests=requests,
            calls=calls,
            pushes=pushes,
            accepted=accepted,
            reckoning=reckon(owed, play.crowd.superseded, posted, play.records()),
            overlooked=overlooked(owed, answered, starts),
        )


def _counts(seen: Seen) -> tuple[Row, ...]:
    """What happened to the events and the items."""
    swept = sum(len(reply.keys) for reply in seen.swept)
    heard = sum(len(reply.keys) for reply in seen.swept if reply.number not in seen.unheard)
    return (
        Row("events", len(seen.burst), "events", note=_listed(each.what for each in seen.burst)),
        Row("stopped by the job's `if:`", seen.filtered, "events"),
        Row("runs cancelled while pending", seen.cancelled, "runs"),
        Row("runs started", len(seen.jobs), "runs", note=_listed(job.outcome for job in seen.jobs)),
        Row("of them, ended by the gate", len(seen.jobs) - len(_working(seen)), "runs"),
        Row("items that deserve an answer", seen.owed, "items", note="as they stand at the end"),
        Row("items answered", _items(seen), "items", note="some were edited after that, and are answered again"),
        Row("left to the sweep, no run having started for them", swept - heard, "items"),
        Row("left to the sweep, a run that ended at the gate having pushed theirs out", heard, "items"),
    )


def _checks(seen: Seen) -> tuple[Row, ...]:
    """What must not be."""
    wrong = seen.reckoning
    failed = sum(job.outcome == "failed" for job in seen.jobs)
    return (
        Row("items lost", len(wrong.lost), "items", 0),
        Row("items answered twice, or without reason", len(wrong.doubled) + len(wrong.unowed), "items", 0),
        Row("items overlooked by a run that began after them", len(seen.overlooked), "items", 0),
        Row("records that disagree with the comments", len(wrong.ledger), "records", 0),
        Row("runs failed", failed, "runs", 0),
    )


def _costs(seen: Seen) -> tuple[Row, ...]:
    """What it took."""
    items, working = _items(seen), _working(seen)
    return (
        Row("throughput: events", 60 * len(seen.burst) / seen.seconds, "a minute", note=f"{seen.seconds:.0f} s in all"),
        Row("throughput: items", 60 * items / seen.seconds, "a minute"),
        row("event to answer", spread(seen.waits), "s"),
        Row("event to answer, 95 of 100 within", seen.waits[int(0.95 * (len(seen.waits) - 1))], "s"),
        Row("calls of Claude", seen.calls, "calls"),
        Row("calls saved by answering together", items - seen.calls, "calls"),
        Row("GitHub requests vs items answered", seen.requests / items, "x", 5),
        Row("GitHub requests vs runs past the gate", seen.requests / len(working), "x"),
        Row("pushes an answer, those lost to races included", seen.pushes / len(seen.replies), "x"),
        Row("pushes an answer, of those that took effect", seen.accepted / len(seen.replies), "x"),
        Row("state pushes that took effect", seen.accepted, "pushes", note=f"{seen.accepted / items:.2f} an item"),
        Row("state pushes that lost a race", seen.pushes - seen.accepted, "pushes"),
        row("processor time of a run past the gate", spread([job.cpu for job in working]), "s"),
    )


def _items(seen: Seen) -> int:
    return sum(len(reply.keys) for reply in seen.replies)


def _working(seen: Seen) -> list[Job]:
    return [job for job in seen.jobs if job.began is not None]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(names).most_common())
