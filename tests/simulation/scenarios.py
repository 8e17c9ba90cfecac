"""Schedules that are told and not drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.simulation.oracle import marked
from tests.simulation.world import World


@dataclass(frozen=True)
class Cost:
    """``covered``: items with a reply; ``runs``: those that got a runner; ``calls``: of Claude."""

    covered: int
    runs: int
    calls: int


def burst(world: World, comments: int) -> Cost:
    """An issue, and so many comments in it within the time of the run that the issue woke."""
    thread = world.people.open_issue()
    for place in range(comments):
        world.scheduler.at(2.0 + place, partial(world.people.comment, thread))
    world.scheduler.run(1_800.0)
    world.oracle.final()
    covered = {key for comment in world.repository.our_comments(thread.number) for key in marked(comment)}
    runs = sum(run.job is not None for run in world.actions.runs)
    return Cost(len(covered), runs, world.oracle.calls)
