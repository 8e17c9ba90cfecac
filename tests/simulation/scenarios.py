"""Schedules that are told and not drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from tests.simulation.climate import draw
from tests.simulation.oracle import marked
from tests.simulation.scheduler import Scheduler
from tests.simulation.tampering import Tampering
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


def tampered(seed: int) -> tuple[World, Tampering]:
    """A schedule as any, in which runs die often and somebody changes the state between them."""
    climate = draw(Scheduler(seed).random)
    world = World(seed, replace(climate, calm=False, deaths=0.7))
    tampering = Tampering(world)
    tampering.plan(2 * 3_600.0)
    world.run()
    return world, tampering
