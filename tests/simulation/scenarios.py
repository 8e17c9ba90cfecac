"""Schedules that are told and not drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from tests.simulation.climate import LOOK, draw
from tests.simulation.github import OURS
from tests.simulation.oracle import marked, named
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


def loop(world: World) -> Cost:
    """An issue, and a machine under a person's account that answers each answer within a second, for an hour."""
    thread = world.people.open_issue()

    def go_on() -> None:
        comments = world.repository.latest(thread.number).comments
        if comments and comments[-1].author == OURS:
            world.people.comment(thread)

    for second in range(3_600):
        world.scheduler.at(second + 1.0, go_on)
    world.scheduler.run(3_600.0)
    world.oracle.final()
    covered = {key for comment in world.repository.our_comments(thread.number) for key in named(comment)}
    return Cost(len(covered), sum(run.job is not None for run in world.actions.runs), world.oracle.calls)


def flood(world: World, issues: int) -> Cost:
    """So many issues within a few seconds; then sweeps, until nothing waits."""

    def open_one() -> None:
        world.people.open_issue()

    for place in range(issues):
        world.scheduler.at(place / 10, open_one)
    world.scheduler.run(1_800.0)
    at_once = world.oracle.calls
    world.settle()
    world.oracle.final()
    covered = {
        key for number in world.people.topics for c in world.repository.our_comments(number) for key in marked(c)
    }
    return Cost(len(covered), 0, at_once)


def two_calls(seed: int) -> World:
    """A schedule as any, in which runs die often and a look comes before each answer."""
    climate = draw(Scheduler(seed).random)
    config = f"{LOOK}budget: {{daily_usd: 0.60}}\n"
    world = World(seed, replace(climate, calm=False, deaths=0.7, config=config), tracing=True)
    world.run()
    return world


def tampered(seed: int) -> tuple[World, Tampering]:
    """A schedule as any, in which runs die often and somebody changes the state between them."""
    climate = draw(Scheduler(seed).random)
    world = World(seed, replace(climate, calm=False, deaths=0.7))
    tampering = Tampering(world)
    tampering.plan(2 * 3_600.0)
    world.run()
    return world, tampering
