"""Work in processes of its own, which end as exit statuses, by themselves or when they take too long."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial
from traceback import print_exc

CPU_SECONDS = 20
"""What one process may compute: a loop without an end is stopped then, however busy the machine is."""
WALL_SECONDS = 300


class Verdict(Enum):
    """How the tests ended on a mutant; the values are exit statuses."""

    SURVIVED = 0
    KILLED = 1
    TIMEOUT = -1
    AFRESH = 3
    """Unknown, until everything is imported afresh."""


Task = Callable[[], Verdict]


def forked(tasks: Sequence[Task], jobs: int) -> list[Verdict]:
    """Run each task in a process of its own, ``jobs`` at a time. The verdicts, in the order of the tasks."""
    tasks = [partial(_limited, task) for task in tasks]
    return [verdict for _, verdict in sorted(_ended(tasks, jobs), key=lambda each: each[0])]


def _ended(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Verdict]]:
    running: dict[int, int] = {}
    waiting = list(enumerate(tasks))[::-1]
    while waiting or running:
        while waiting and len(running) < jobs:
            index, task = waiting.pop()
            running[_fork(task)] = index
        pid, status = os.wait()
        if pid in running:
            yield running.pop(pid), _verdict(os.waitstatus_to_exitcode(status))


def _verdict(status: int) -> Verdict:
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return Verdict.TIMEOUT
    return {0: Verdict.SURVIVED, 3: Verdict.AFRESH}.get(status, Verdict.KILLED)


def in_a_fork(task: Task) -> Verdict:
    """Run one task in a process of its own, however long it takes."""
    return next(verdict for _, verdict in _ended([task], 1))


def _limited(task: Task) -> Verdict:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(WALL_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    return task()


def _fork(task: Task) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = Verdict.KILLED
    try:
        status = task()
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as its parent
        print_exc(file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(abs(status.value))
