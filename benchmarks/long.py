"""Threads that are far longer than what Claude is given to read: what grows, and what does not."""

from __future__ import annotations

import re
from collections.abc import Callable

from benchmarks.handled import CHANGE
from benchmarks.measure import Broken, in_turns, seconds
from benchmarks.nominal import REAL, Latencies
from benchmarks.runs import Run, expect
from benchmarks.stage import Event, Stage, installed_python
from benchmarks.table import Row, Table, row
from tests.standins.exchange import Exchange, merged, paged

COMMENTS = (250, 2_500)
FILES = (300, 3_000)
PAGE = 100
LINE = "I see the same here, with version 2.4 on Linux, when the folder is not there before the export starts.\n"
COMMENT = LINE * 10
PATCH = "@@ -1,12 +1,24 @@\n" + "".join(f"+    write(page_{number}, folder)\n" for number in range(40))


GITHUB = Latencies(github=REAL.github)
"""As slow as the real one, and Claude and git answer at once: what is left is how pages are waited for."""
REPEATS = 3


def measure(
    python: str | None = None,
    comments: tuple[int, int] = COMMENTS,
    files: tuple[int, int] = FILES,
    latencies: Latencies = GITHUB,
    repeats: int = REPEATS,
) -> Table:
    """Run everything; takes about a minute. ``python``: one that has the packages, instead of the action's own.

    ``comments`` and ``files``: a long thread's, and those of one that is longer still.
    """
    python = python or installed_python()
    with Stage() as stage:

        def read_thread(size: int) -> Run:
            return expect(stage.hls(_thread(stage, size), python), "done")

        def read_pull(size: int) -> Run:
            return expect(stage.hls(_pull(stage, size), python), "done")

        rows = [
            *_growth("comments", comments, read_thread, r"/comments$"),
            *_growth("files", files, read_pull, r"/files$"),
        ]
        stage.latencies = latencies
        slow = in_turns(repeats, lambda: read_thread(comments[1]).sample, lambda: read_pull(files[1]).sample)
    wait = f"{latencies.github:.0f} ms a request"
    rows += [
        row(f"{comments[1]:,} comments at {wait}: whole process", seconds(slow[0]), "s", 4.5),
        row(f"{files[1]:,} files at {wait}: whole process", seconds(slow[1]), "s", 5.0),
    ]
    return Table("long: threads longer than what Claude reads", tuple(rows))


def _growth(what: str, sizes: tuple[int, int], handle: Callable[[int], Run], pages: str) -> list[Row]:
    short, long = (handle(size) for size in sizes)
    listed = [sum(each.request.method == "GET" for each in _matching(run, pages)) for run in (short, long)]
    others = len(long.github) - listed[1]
    if others != len(short.github) - listed[0]:
        raise Broken(f"{what}: other requests grow, too: {short.requests} {long.requests}")
    small, large = sizes
    return [
        Row(f"{large:,} {what}: requests for them", listed[1], "requests", -(-large // PAGE), note="bar: one a page"),
        Row(f"{large:,} {what}: other requests", others, "requests", note=f"the same with {small:,}"),
        Row(f"{large:,} {what}: text sent vs {small:,}", long.characters / short.characters, "x", 1.1),
        Row(f"{large:,} {what}: text sent", long.characters, "characters"),
        Row(f"{large:,} {what}: peak memory", long.sample.peak, "MB", 300),
        Row(
            f"{large:,} {what}: whole process",
            long.sample.seconds,
            "s",
            note=f"{short.sample.seconds:.2f} s with {small:,}",
        ),
    ]


def _matching(run: Run, pattern: str) -> list[Exchange]:
    return [each for each in run.github if re.search(pattern, each.request.path)]


def _thread(stage: Stage, size: int) -> Event:
    """A question at the end of a thread of so many comments."""
    event = stage.comment(stage.issue().number)
    (asked,) = stage.repo.comments(event.number)
    chat = [
        {**asked, "id": 10_000_000 + number, "body": f"{number}: {COMMENT}", "created_at": "2026-01-01T00:00:00Z"}
        for number in range(size - 1)
    ]
    stage.github.overlay("GET", rf"/issues/{event.number}$", merged({"comments": size}))
    stage.github.overlay("GET", rf"/issues/{event.number}/comments$", paged([*chat, asked]))
    return event


def _pull(stage: Stage, size: int) -> Event:
    """A pull request that changes so many files."""
    event = stage.pull(CHANGE)
    files = [
        {
            "sha": f"{number:040x}",
            "filename": f"src/package_{number // 50}/module_{number}.py",
            "status": "modified",
            "additions": 40,
            "deletions": 3,
            "changes": 43,
            "patch": PATCH,
        }
        for number in range(size)
    ]
    stage.github.overlay("GET", rf"/pulls/{event.number}$", merged({"changed_files": size}))
    stage.github.overlay("GET", rf"/pulls/{event.number}/files$", paged(files))
    return event
