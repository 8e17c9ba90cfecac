"""One attempt of one workflow run on one runner: the real line, with this world behind every port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal, TypeVar

from hls_action.domain import reasons
from hls_action.domain.errors import DeadlineExceeded, HLSError, UsageError
from hls_action.domain.events import dispatch
from hls_action.domain.events.relevance import judge
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Claimant
from hls_action.domain.outcome import Outcome, skipped
from hls_action.line.respond import answer
from hls_action.line.run import Run as LineRun
from hls_action.line.run import begin
from hls_action.records.store import LedgerStore
from hls_action.sweep.sweep import sweep, sweep_thread
from tests.simulation.claude import SimulatedClaude
from tests.simulation.climate import LOOK
from tests.simulation.github import SimulatedGitHub
from tests.simulation.scheduler import Process, ProcessClock
from tests.simulation.source import SimulatedSource
from tests.simulation.state import SimulatedState
from tests.simulation.text_cache import MATERIALS

if TYPE_CHECKING:
    from tests.simulation.actions import Run
    from tests.simulation.world import World

T = TypeVar("T")

LAST_CALL_SECONDS = 600.0
"""When the command itself ends what still runs (``hls_action.job``)."""
SECRET = "ghs_0123456789abcdefPLANTED"
"""The job's token. Client libraries hold it, and so do their errors; it must get no further."""
NUMBER = 4_711
"""GitHub's of the repository, whatever its name."""
JOB_TIMEOUT = 900.0
"""The workflow's ``timeout-minutes``."""

Conclusion = Literal["", "success", "failure", "cancelled"]


class Job:
    """What a run does, and what it was seen doing.

    ``began``: at which second; ``requests``: sent to GitHub; ``folds``: those of them that fold something; ``marks``:
    those that set labels, types or reactions; ``listed_comments``: whether comments were among them; ``posts``:
    comments written; ``cut_off``: it ran out of time; ``outcome``: None until it ended by itself; ``alerted``: it wrote
    to the alert issue; ``compared``: how often it asked what changed since the last review; ``denied``: it was refused
    for good, or so GitHub said; ``lost_swaps``: how often the state had changed since it was read; ``verified``: how
    often it asked who may write; ``usage_error``: it
    ended with exit status 2.
    """

    def __init__(self, world: World, run: Run, dies_at: int, ended: Callable[[Job], None]) -> None:
        self.world = world
        self.run = run
        self.attempt = run.attempt
        counted = (1, 1) if world.climate.concurrency == "none" else (run.id, run.attempt)  # act counts no runs
        self.claimant = Claimant(*counted, nonce=f"n{run.id}x{run.attempt}x{run.number}")
        self.began = 0.0
        self.requests = 0
        self.folds = 0
        self.marks = 0
        self.verified = 0
        self.listed_comments = False
        self.posts = 0
        self.cut_off = False
        self.alerted = False
        self.compared = 0
        self.denied = False
        self.lost_swaps = 0
        self.outcome: Outcome | None = None
        self.usage_error = ""
        self.process = Process(world.scheduler, self._program, partial(ended, self), dies_at)

    def __str__(self) -> str:
        return f"run {self.run.id}.{self.attempt}" + (f" [{self.run.number}]" if self.run.matrix else "")

    @property
    def conclusion(self) -> Conclusion:
        """What GitHub shows."""
        if self.process.ending in ("", "returned"):
            green = self.outcome is not None and self.outcome.green
            return "success" if green else "failure"
        return "cancelled" if self.process.ending == "cancelled" else "failure"

    def start(self) -> None:
        """Begin; the clocks that will end it begin to tick, too."""
        self.began = self.world.scheduler.now
        self.world.scheduler.after(LAST_CALL_SECONDS, self._ring)
        self.world.scheduler.after(JOB_TIMEOUT, self.process.kill)
        self.process.start()

    def _ring(self) -> None:
        self.cut_off = self.process.alive
        self.process.throw(DeadlineExceeded(f"the run took longer than {LAST_CALL_SECONDS:.0f} s"))

    # ---- what the ports do ----

    def exchange(
        self,
        what: str,
        effect: Callable[[], T],
        error: Exception | None = None,
        *,
        lost: float = 0.5,
        seconds: float | None = None,
    ) -> T:
        """One request: on its way, its effect, and the answer on its way back. The job may be killed on either way.

        ``error``: what is raised in place of the answer; ``lost``: how likely it is then that there was no effect.
        ``seconds``: how long the answer takes, if not as long as usual.
        """
        random, latency = self.world.random, self.world.climate.latency
        if error is not None:
            error.__cause__ = OSError(f"request failed, sent with 'Authorization: Bearer {SECRET}'")
        self.process.pause(latency * random.uniform(0.5, 1.5))
        back = latency * random.uniform(0.5, 1.5) if seconds is None else seconds
        if error is not None and random.random() < lost:
            self.world.note(self, "%s -> not done, %s", what, error)
            self.process.pause(back)
            raise error
        try:
            result = effect()
        except HLSError as refused:
            self.world.note(self, "%s -> %s", what, refused)
            self.process.pause(back)
            raise
        self.world.note(self, "%s -> done%s", what, f", but {error}" if error else "")
        self.process.pause(back)
        if error is not None:
            raise error
        return result

    def begin(self, work: Callable[[], T], /) -> Callable[[], T]:
        """The line's ``start``: the work is done at once or when it is waited for, by chance."""
        if self.world.random.random() < 0.5:
            return cache(work)
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            raised = error

            def fail() -> T:
                raise raised

            return fail
        return lambda: result

    # ---- the program ----

    def _program(self) -> None:
        try:
            self.outcome = self._outcome()
        except UsageError as error:
            self.usage_error = str(error)
        except HLSError as error:
            self.outcome = Outcome("failed", reasons.of(error))

    def _outcome(self) -> Outcome:
        """As the command line has it."""
        run = self.run
        if run.matrix:
            return sweep_thread(self._begun(), ThreadId(run.number or 0))
        if run.number is None:
            fan_out = self.world.climate.fan_out
            return sweep(self._begun(), scheduled=run.event == "schedule", force=run.force, fan_out=fan_out)
        payload = dict(run.payload)
        verdict = judge(run.event, payload, MATERIALS.rules)
        if not verdict.work:
            return skipped(verdict.reason)
        trigger = dispatch.trigger_of(run.event, payload, run.number, repeated=run.attempt > 1)
        return answer(self._begun(), replace(trigger, force=run.force))

    def _begun(self) -> LineRun:
        world = self.world
        skew = world.climate.skew
        clock = ProcessClock(world.scheduler, self.process, world.random.uniform(-skew, skew) if skew else 0.0)
        state, name = SimulatedState(world.state, self), world.repository.name
        ledger_store = LedgerStore(state, clock, name, self.claimant, number=NUMBER, own_branch=True)
        model, materials = SimulatedClaude(self), replace(MATERIALS, repository=name, public=True)
        source = SimulatedSource(self) if LOOK in (world.climate.config or "") else None
        return begin(
            SimulatedGitHub(world.repository, self),
            lambda: model,
            clock,
            materials,
            ledger_store,
            self.begin,
            source=source,
            issue_store=SimulatedState(world.index, self),
        )
