"""Plays the burst: lets things happen at their times, and runs as real processes the jobs that GitHub would start."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.actions_queue import group_of, starts_job
from benchmarks.burst import Happening
from benchmarks.crowd import TRIGGER, Crowd, Webhook
from benchmarks.measure import BASE_PYTHON, Broken, Sample, checkout, run
from benchmarks.reckoning import Reply
from benchmarks.runners import Runners
from benchmarks.stage import Event, Stage, outputs
from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.ledger import documents
from hls_action.domain.ledger.model import Record
from hls_action.domain.threads.items import marked_keys
from tests.standins import payloads
from tests.standins.emulate import Emulate
from tests.standins.git_http import bare_repository
from tests.standins.proxy import Proxy

BRANCH = "hls-state"
MAX_SWEEPS = 12


@dataclass
class Job:
    """One attempt of a workflow run, and what became of it.

    ``steps``: the processes that ran to their end; ``began``: when the one after the gate did, of `time.monotonic`.
    """

    hook: Webhook
    event: Event
    run: int
    attempt: int = 1
    steps: list[Sample] = field(default_factory=list)
    began: float | None = None
    said: dict[str, str] = field(default_factory=dict)
    log: str = ""

    @property
    def group(self) -> str:
        """Its concurrency group."""
        return group_of(self.hook.payload)

    @property
    def outcome(self) -> str:
        """The action's output."""
        return self.said.get("outcome", "failed")

    @property
    def cpu(self) -> float:
        """Seconds of processor time, with the processes it started."""
        return sum(step.cpu for step in self.steps)

    def __str__(self) -> str:
        return f"run {self.run}.{self.attempt} ({self.event.name} of #{self.hook.number})"


class Play:
    """The burst and its jobs on a stage. ``git`` serves the stage's folder, where the state is; jobs run ``python``.

    ``crowd`` knows what is owed; ``filtered`` counts the events for which no job starts.
    """

    def __init__(self, stage: Stage, git: Proxy, python: str) -> None:
        emulate = stage.repo.host
        assert isinstance(emulate, Emulate)
        self.crowd = Crowd(stage.repo, emulate.bot_token())
        self.filtered = 0
        self._emulate = emulate
        self._stage = stage
        self._git = git
        self._remote = f"{git.url}/{bare_repository(stage.folder / 'state.git').name}"
        self._python = python
        self._action = checkout(stage.folder / "action")
        self._runs = itertools.count(1000)
        self._hooks: dict[int, tuple[Webhook, Job | None]] = {}
        stage.repo.create_label(TRIGGER)

    # ---- what happens, and the jobs that follow ----

    def burst(self, happenings: Sequence[Happening], runners: Runners[Job]) -> None:
        """Let everything happen, each thing at its time or as soon as possible, and wait for the jobs."""
        began = time.monotonic()
        for position, happening in enumerate(happenings):
            time.sleep(max(0.0, began + happening.at - time.monotonic()))
            self._happen(position, happening, runners)
        runners.wait()

    def sweep(self, runners: Runners[Job]) -> Job:
        """Sweep until nothing is left to do, a dozen times at most. Returns the last sweep, which is then `skipped`."""
        last = self._sweep_once(runners)
        for _ in range(MAX_SWEEPS - 1):
            if last.outcome in ("skipped", "failed"):
                break
            last = self._sweep_once(runners)
        return last

    def _sweep_once(self, runners: Runners[Job]) -> Job:
        job = self._job(Webhook("workflow_dispatch", 0, payloads.workflow_dispatch(self._stage.repo, {})))
        runners.add(job)
        runners.wait()
        return job

    def _happen(self, position: int, happening: Happening, runners: Runners[Job]) -> None:
        before: Job | None = None
        if happening.what == "again":
            assert happening.of is not None
            position = happening.of
            hook, before = self._hooks[position]
        else:
            hook = self.crowd.does(position, happening)
        if happening.lost:
            return
        if not starts_job(hook.name, hook.payload):
            self.filtered += 1
            self._hooks[position] = hook, None
            return
        if before is not None and runners.is_over(before):
            job = self._job(hook, before.run, before.attempt + 1)  # the same run is run again
        else:
            job = self._job(hook)  # something new, or the same event delivered twice
        self._hooks[position] = hook, job
        runners.add(job)

    def _job(self, hook: Webhook, run: int | None = None, attempt: int = 1) -> Job:
        run = run or next(self._runs)
        path = self._stage.folder / f"hook-{run}-{attempt}.json"
        path.write_text(json.dumps(hook.payload))
        return Job(hook, Event(hook.name, hook.number, path), run, attempt)

    # ---- what a runner does ----

    def work(self, job: Job) -> None:
        """The action's steps, with a token of the job's own; one that fails ends the job."""
        environment = self._stage.environment(job.event, self._action) | {
            "GITHUB_RUN_ID": str(job.run),
            "GITHUB_RUN_ATTEMPT": str(job.attempt),
            "HLS_GITHUB_TOKEN": self._emulate.bot_token(),
            "HLS_STATE_REMOTE": self._remote,
            "HLS_STATE_BRANCH": BRANCH,
        }
        said = Path(environment["GITHUB_OUTPUT"])
        gate = [BASE_PYTHON, "-I", "-S", "-B", str(self._action / "hls_action" / "gate.py")]
        answer = [self._python, "-I", str(self._action / "hls_action" / "__main__.py"), "auto"]
        try:
            job.steps.append(run(gate, environment, cwd=self._stage.folder))
            if outputs(said).get("decision") == "work":
                job.began = time.monotonic()
                job.steps.append(run(answer, environment, cwd=self._stage.folder))
            job.log = job.steps[-1].output
        except Broken as error:
            job.log = str(error)
        job.said = outputs(said)

    # ---- what there is at the end ----

    def replies(self) -> tuple[Reply, ...]:
        """Our comments, as they stand in the repository."""
        posted = {
            each.answer.json()["id"]: each.ended
            for each in self._stage.github.exchanges.matching("POST", r"/issues/\d+/comments$")
            if each.answer is not None and each.answer.status == 201
        }
        return tuple(
            Reply(number, comment["id"], marked_keys(comment["body"]), posted[comment["id"]])
            for number in self.crowd.numbers
            for comment in self._stage.repo.comments(number)
            if comment["id"] in posted
        )

    def records(self) -> tuple[Record, ...]:
        """What the ledger says."""
        with GitStateStore(self._remote, BRANCH, self._emulate.bot_token()) as store:
            return documents.read(store.read().documents).records

    def pushes(self) -> tuple[int, int]:
        """Pushes of the state: how many were begun, and how many took effect; who lost often knows before sending."""
        asked = self._git.exchanges.matching("GET", r"/info/refs$")
        sent = self._git.exchanges.matching("POST", r"/git-receive-pack$")
        begun = sum(each.request.param("service") == "git-receive-pack" for each in asked)
        return begun, sum(each.answer is not None and b"ok refs/heads/" in each.answer.body for each in sent)
