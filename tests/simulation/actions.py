"""Actions: from a webhook to a job on a runner, with GitHub's queueing as its documentation and experiments have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from tests.simulation.climate import HOUR
from tests.simulation.job import Job
from tests.simulation.scheduler import Cancelled

if TYPE_CHECKING:
    from tests.simulation.github import Delivery
    from tests.simulation.world import World

Status = Literal["queued", "pending", "running", "completed"]
Conclusion = Literal["", "success", "failure", "cancelled", "skipped"]

TIME_TO_CANCEL = 7.5
"""Seconds between the runner's SIGINT and the end."""
TIMED_EVENTS = ("schedule", "workflow_dispatch")
"""The clock and the button."""
LAST_BOUNDARY = 30
"""A handled event passes about so many I/O boundaries."""


@dataclass
class Run:
    """A workflow run, or one job of a sweep's matrix, which has its run's id.

    ``number``: of the thread it is about; ``force``: the input of that name.
    """

    id: int
    event: str
    payload: Mapping[str, object]
    number: int | None = None
    force: bool = False
    matrix: bool = False
    attempt: int = 1
    status: Status = "queued"
    conclusion: Conclusion = ""
    job: Job | None = None

    def __str__(self) -> str:
        return f"run {self.id}.{self.attempt}" + (f" [{self.number}]" if self.matrix else "")

    @property
    def what(self) -> str:
        """The event, for people."""
        action = self.payload.get("action", "")
        what = "matrix" if self.matrix else f"{self.event} {action}".strip()
        return what + (f" on {self.number}" if self.number else "")

    @property
    def by_bot(self) -> bool:
        """Whether a machine caused it."""
        sender = self.payload.get("sender")
        return isinstance(sender, dict) and sender["type"] == "Bot"

    @property
    def wanted(self) -> bool:
        """The recommended workflow's ``if:``."""
        if self.event in TIMED_EVENTS:
            return True
        comment, label = self.payload.get("comment"), self.payload.get("label")
        if self.by_bot or (isinstance(comment, dict) and "/hls" not in str(comment["body"])):
            return False
        return self.payload["action"] != "labeled" or (isinstance(label, dict) and label["name"] == "hls")


@dataclass
class Group:
    """A concurrency group: one runs, one waits."""

    running: Run | None = None
    pending: Run | None = None


@dataclass
class Actions:
    """The queue, its groups and its runners."""

    world: World
    runs: list[Run] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)

    # ---- what starts runs ----

    def deliver(self, delivery: Delivery) -> None:
        """A webhook, which may come late, twice or never."""
        random, climate = self.world.random, self.world.climate
        copies = 1 + (climate.duplicates > 0 and random.random() < climate.duplicates)
        for _ in range(copies):
            if climate.lost_events and random.random() < climate.lost_events:
                self.world.note("GitHub", "loses an event of thread %s", delivery.number)
                continue
            slow = climate.slow_events and random.random() < climate.slow_events
            delay = random.uniform(30.0, 1_200.0) if slow else random.uniform(0.2, 4.0)
            self.world.scheduler.after(delay, partial(self._trigger, delivery))

    def _trigger(self, delivery: Delivery) -> None:
        if delivery.payload["action"] == "synchronize" and not self.world.climate.pushes_wake:
            return  # the workflow does not run for it
        self._admit(self._new(delivery.event, delivery.payload, delivery.number))

    def dispatch(self, number: int | None = None, *, force: bool = False) -> None:
        """Somebody presses the button."""
        self._admit(self._new("workflow_dispatch", {}, number, force=force))

    def tick(self) -> None:
        """The hourly schedule."""
        self._admit(self._new("schedule", {}))

    def keep_time(self, first: float, until: float) -> None:
        """Plan the schedule's runs, which come late or not at all."""
        when = first
        while when < until:
            if self.world.random.random() >= self.world.climate.dropped_schedules:
                self.world.scheduler.at(when + self.world.random.uniform(0, 900), self.tick)
            when += HOUR

    def rerun(self, run: Run) -> None:
        """Somebody runs a run again, which can be done once all of it is over."""
        if run.matrix or not self._is_over(run):
            return
        run.attempt += 1
        run.status, run.conclusion = "queued", ""
        self._admit(run)

    def _new(self, event: str, payload: Mapping[str, object], number: int | None = None, *, force: bool = False) -> Run:
        run = Run(1 + max((run.id for run in self.runs), default=0), event, payload, number, force)
        self.runs.append(run)
        return run

    # ---- groups ----

    def _admit(self, run: Run) -> None:
        self.world.note(run, "is queued: %s", run.what)
        mode = self.world.climate.concurrency
        if mode == "none":
            self._start(run)
        elif mode == "job" and not run.wanted:
            self._complete(run, "skipped")
        else:
            self._enter(run)

    def _enter(self, run: Run) -> None:
        group = self.groups.setdefault(_group_name(run), Group())
        if group.running is None:
            group.running = run
            self._start(run)
            return
        if group.pending is not None:
            self.world.note(group.pending, "is cancelled while waiting: %s came", run)
            group.pending.status = "completed"
            self._complete(group.pending, "cancelled")
        group.pending = run
        run.status = "pending"

    def _leave(self, run: Run) -> None:
        group = self.groups.get(_group_name(run))
        if group is None or group.running is not run:
            return
        group.running, group.pending = group.pending, None
        if group.running is not None:
            self._start(group.running)

    def _complete(self, run: Run, conclusion: Conclusion) -> None:
        run.status, run.conclusion = "completed", conclusion
        if run.number is None and conclusion == "success" and self.world.climate.fan_out:
            self._fan_out(run)
        if self._is_over(run):
            self.world.repository.ended_runs.add((run.id, run.attempt))
        self.world.note(run, "is over: %s", conclusion)
        self._leave(run)

    def _fan_out(self, run: Run) -> None:
        """The jobs of the matrix that a sweep put out."""
        assert run.job is not None
        assert run.job.outcome is not None
        for number in run.job.outcome.waiting:
            job = Run(run.id, run.event, {}, number, matrix=True, attempt=run.attempt)
            self.runs.append(job)
            self._admit(job)

    def _is_over(self, run: Run) -> bool:
        return all(each.status == "completed" for each in self.runs if each.id == run.id)

    # ---- runners ----

    def _start(self, run: Run) -> None:
        run.status = "running"
        if self.world.climate.concurrency == "workflow" and not run.wanted:
            self.world.scheduler.after(1.0, partial(self._complete, run, "skipped"))
            return
        random, climate = self.world.random, self.world.climate
        slow = climate.slow_runners and random.random() < climate.slow_runners
        delay = random.uniform(60.0, 900.0) if slow else random.uniform(2.0, 20.0)
        self.world.scheduler.after(delay, partial(self._run_job, run))

    def _run_job(self, run: Run) -> None:
        if run.status != "running":
            return  # cancelled before a runner was found
        random, climate = self.world.random, self.world.climate
        dies = climate.deaths and random.random() < climate.deaths
        job = Job(self.world, run, random.randint(1, LAST_BOUNDARY) if dies else 0, self._job_ended)
        run.job = job
        self.world.note(job, "starts: %s", run.what)
        if climate.cancellations and random.random() < climate.cancellations:
            self.world.scheduler.after(random.uniform(0.0, 60.0), partial(self.cancel, run))
        job.start()

    def _job_ended(self, job: Job) -> None:
        random, climate = self.world.random, self.world.climate
        self.world.note(job, "ends: %s", _ending(job))
        self.world.oracle.ended(job)
        lost = job.process.ending == "killed" and climate.lost_runners and random.random() < climate.lost_runners
        noticed = random.uniform(600.0, 900.0) if lost else random.uniform(0.5, 3.0)
        self.world.scheduler.after(noticed, partial(self._complete, job.run, job.conclusion))

    def cancel(self, run: Run) -> None:
        """Somebody presses cancel."""
        if run.status == "running" and (run.job is None or run.job.attempt != run.attempt):
            self._complete(run, "cancelled")
        elif run.status == "running" and run.job is not None and run.job.process.alive:
            self.world.note(run, "is told to stop")
            run.job.process.throw(Cancelled())
            self.world.scheduler.after(TIME_TO_CANCEL, run.job.process.kill)

    @property
    def busy(self) -> bool:
        """Whether any run has not ended."""
        return any(run.status != "completed" for run in self.runs)


def _group_name(run: Run) -> str:
    return f"hls-{run.number or 'sweep'}"


def _ending(job: Job) -> str:
    if job.process.error is not None:
        return f"bug: {job.process.error!r}"
    if job.usage_error:
        return f"usage: {job.usage_error}"
    if job.outcome is None:
        return job.process.ending
    parts = "".join(f"\n{'':24}{part.number}: {part.status}, {part.reason}" for part in job.outcome.parts)
    return f"{job.outcome.status}, {job.outcome.reason}{parts}"
