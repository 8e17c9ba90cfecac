"""Processes that die, answers that get lost, services that fail, runs in a crowd: one reply each time, and no less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import BODY, Scene, Stage, Story, Wire, a_request, an_issue
from tests.e2e.steps import Scenes, Step, interrupt, side_by_side, steps
from tests.standins import payloads
from tests.standins.aimock import Aimock
from tests.standins.client import Answer
from tests.standins.exchange import Forward, Request, Responder, canned
from tests.standins.git_http import bare_repository
from tests.standins.job import Ended
from tests.standins.process import wait_until
from tests.standins.proxy import FaultKind

pytestmark = pytest.mark.e2e

COMMENT = ("POST", r"/issues/\d+/comments$")
PUSH = ("POST", r"/git-receive-pack$")
CALL = ("POST", r"^/v1/messages$")


@dataclass(frozen=True)
class Found:
    """What a run left behind."""

    calls: int
    settled: bool
    replied: bool

    @classmethod
    def of(cls, scene: Scene) -> Found:
        """What there is now. Settled: an answer is in the ledger, so that Claude need not be asked again."""
        states = {record.state for record in scene.records()}
        return cls(scene.calls(), bool(states & {"answered", "published"}), bool(scene.replies()))


def check_recovery(scene: Scene, before: Found, ended: Ended) -> None:
    """The run after the one that died has finished the work, once."""
    expected = ("skipped", "already-answered") if before.replied else ("done", "answered")
    assert (ended.status, ended.outcome, ended.reason) == (0, *expected), str(ended)
    check_answered(scene)
    assert scene.calls() == before.calls + (not before.settled), str(ended)
    assert scene.calls() <= 2


def check_answered(scene: Scene) -> None:
    """One reply, its label, and the ledger says so."""
    (reply,) = scene.replies()
    records = scene.records()
    assert {(record.state, record.comment_id) for record in records} == {("published", reply["id"])}
    assert {record.key for record in records} <= set(reply["body"].split("\n")[0].split())
    assert sum(record.cost_usd for record in records) > 0
    assert scene.repo.labels(scene.number) == (["bug"] if scene.event == "issues" else [])


def check_at_once(scene: Scene, ended: Ended) -> None:
    """All went well, as far as anybody can see, with a single call."""
    assert (ended.status, ended.outcome, ended.reason) == (0, "done", "answered"), str(ended)
    check_answered(scene)
    assert scene.calls() == 1


# ---- The process dies ----


@pytest.fixture(scope="module", autouse=True)
def claude_answers(aimock_server: Aimock) -> None:
    """Whatever other tests had it say: what goes wrong here goes wrong in each scene's own proxies."""
    aimock_server.use()


@dataclass(frozen=True)
class Plain:
    """How a run goes when nothing happens to it: an event, the state it finds, and its steps."""

    story: Story
    state: Path | None
    steps: tuple[Step, ...]


@pytest.fixture(scope="module")
def issue(scene: Scenes) -> Plain:
    """An issue is opened, and there is no state branch yet."""
    return undisturbed(scene, an_issue, None)


@pytest.fixture(scope="module")
def question(scene: Scenes) -> Plain:
    """Somebody asks in an issue that has no answer yet, either; the state holds another repository's."""
    with scene(an_issue) as earlier:
        assert earlier.run().wait().outcome == "done"
    return undisturbed(scene, a_request, earlier.remote)


def undisturbed(scene: Scenes, story: Story, state: Path | None) -> Plain:
    """The steps, learnt from a run."""
    with scene(story, state=state) as here:
        check_at_once(here, here.run().wait())
        found = steps(here)
    assert sum(step.is_push for step in found) == 3, "claim, settle, publish"
    assert sum(step.wire == "claude" for step in found) == 1
    return Plain(story, state, tuple(found))


def test_killed_at_any_step_the_next_attempt_finishes(scene: Scenes, subtests: pytest.Subtests, issue: Plain) -> None:
    """Killed with all that it started: what was not sent by then is never sent.

    A read has no effect, so that before and after it are the same.
    """

    def case(step: Step, kind: FaultKind) -> None:
        with scene(issue.story, state=issue.state) as here:
            _, fault = interrupt(here, step, kind, family=True)
            fault.released.set()
            before = Found.of(here)
            check_recovery(here, before, here.run(attempt=2).wait())

    cases = {f"before {step}": partial(case, step, "hang") for step in issue.steps}
    cases |= {f"after {step}": partial(case, step, "apply_then_hang") for step in issue.steps if step.has_effect}
    side_by_side(subtests, cases)


def test_killed_alone_its_git_lives_on(scene: Scenes, subtests: pytest.Subtests, issue: Plain, question: Plain) -> None:
    """A fetch or a push in flight may still arrive, even after the next attempt has done all the work."""

    def early(plain: Plain, step: Step) -> None:
        with scene(plain.story, state=plain.state) as here:
            job, fault = interrupt(here, step, "delay", family=False)
            assert job.orphans, "git died with its parent"
            fault.released.set()
            job.wait_for_orphans()
            before = Found.of(here)
            check_recovery(here, before, here.run(attempt=2).wait())

    def late(plain: Plain, step: Step, kind: FaultKind) -> None:
        with scene(plain.story, state=plain.state) as here:
            job, fault = interrupt(here, step, kind, family=False)
            before = Found.of(here)
            recovered = here.run(attempt=2).wait()
            assert job.orphans, "git died with its parent"
            fault.released.set()
            job.wait_for_orphans()
            check_recovery(here, before, recovered)

    cases: dict[str, Callable[[], None]] = {}
    for plain in (issue, question):
        for step in plain.steps:
            name = f"{plain.story.__name__}, {step}"
            if step.is_push or (step.wire == "git" and plain is issue):
                cases[f"{name} arrives after the next attempt"] = partial(late, plain, step, "delay")
            if step.is_push and plain is issue:
                cases[f"{name} arrives before the next attempt"] = partial(early, plain, step)
                cases[f"{name} arrives in time, and once more after it"] = partial(late, plain, step, "apply_then_hang")
    side_by_side(subtests, cases)


def test_taken_over(scene: Scenes, subtests: pytest.Subtests, question: Plain) -> None:
    """What other runs make of the work of a dead one."""
    cases = {
        f"by another run, after {step}": partial(wait_for_a_claim, scene, question, step)
        for step in question.steps
        if step.has_effect
    }
    cases["by hand, known to have ended"] = partial(by_hand, scene)
    cases["five die one after the other"] = partial(five_die, scene)
    cases["a comment is on its way"] = partial(comment_on_its_way, scene)
    side_by_side(subtests, cases)


def wait_for_a_claim(scene: Scenes, plain: Plain, step: Step) -> None:
    """Another run leaves a dead one's work alone until the claim has expired."""
    with scene(plain.story, state=plain.state) as here:
        _, fault = interrupt(here, step, "apply_then_hang", family=True)
        fault.released.set()
        before, records = Found.of(here), here.records()
        ended = here.run(run=2).wait()
        if {record.state for record in records} & {"claimed", "answered"}:
            assert (ended.outcome, ended.reason) == ("skipped", "in-progress"), str(ended)
            assert (Found.of(here), here.records()) == (before, records)
            here.let_time_pass()
            ended = here.run(run=3).wait()
        check_recovery(here, before, ended)


def by_hand(scene: Scenes) -> None:
    """A re-run by a maintainer asks whether the other run has ended, and does not wait if it has."""
    with scene(an_issue) as here:
        _, fault = interrupt(here, Step("claude", "POST", "/v1/messages", 0), "hang", family=True)
        fault.released.set()
        before = Found.of(here)
        assert here.run(run=2, command="rerun").wait().reason == "in-progress"
        here.github.overlay("GET", r"/actions/runs/1/attempts/1$", {"id": 1, "status": "completed"})
        check_recovery(here, before, here.run(run=3, command="rerun").wait())


def five_die(scene: Scenes) -> None:
    """Each comes one step further, and the sixth finishes."""
    push = Step("git", "POST", "/state.git/git-receive-pack", 0)
    deaths = (
        push,
        Step("claude", "POST", "/v1/messages", 0),
        replace(push, nth=1),  # before the answer is settled: it is paid for again
        Step("github", "POST", "/issues/1/comments", 0),
        replace(push, nth=1),  # before the comment is written down
    )
    with scene(an_issue) as here:
        for attempt, step in enumerate(deaths, 1):
            _, fault = interrupt(here, step, "hang", family=True, attempt=attempt)
            fault.released.set()
        before = Found.of(here)
        assert before == Found(calls=2, settled=True, replied=True)
        check_recovery(here, before, here.run(attempt=len(deaths) + 1).wait())


def comment_on_its_way(scene: Scenes) -> None:
    """It arrives while the next attempt looks for it, which is three times within 10 s."""
    with scene(an_issue) as here:
        _, fault = interrupt(here, Step("github", "POST", "/issues/1/comments", 0), "delay", family=True)
        before = Found.of(here)
        attempt = here.run(attempt=2)
        looks = partial(here.github.exchanges.matching, "GET", COMMENT[1])
        wait_until(lambda: len(looks()) == 2, timeout=30, what="it to read the thread, and to look in vain")
        fault.released.set()
        check_recovery(here, before, attempt.wait())


# ---- Services fail ----


def test_services_fail(scene: Scenes, subtests: pytest.Subtests) -> None:
    """Up to 40 s each, of waiting for the most part."""
    cases: dict[str, Callable[[], None]] = {}
    for flag in FLAGS:
        cases[f"Claude, for good: {flag}"] = partial(claude_stays_down, scene, Chaos(flag, times=100))
        cases[f"Claude, twice: {flag}"] = partial(claude_recovers, scene, Chaos(flag, times=2))
    cases["Claude, for an hour: retry-after"] = partial(claude_stays_down, scene, canned(429, headers=AN_HOUR))
    for break_ in (gone, down, read_only):
        cases[f"the state is {break_.__name__}"] = partial(state_unreachable, scene, break_)
    cases["comment, answered by silence"] = partial(answer_lost, scene, "github", COMMENT, 0, "apply_then_hang")
    lost: dict[str, FaultKind] = {"502": "apply_then_refuse", "dropped": "apply_then_drop"}
    for name, kind in lost.items():
        cases[f"comment, answered by {name}"] = partial(answer_lost, scene, "github", COMMENT, 0, kind)
        for nth in range(3):
            cases[f"push {nth + 1}, answered by {name}"] = partial(answer_lost, scene, "git", PUSH, nth, kind)
    side_by_side(subtests, cases, workers=10)


FLAGS = ("drop", "malformed", "disconnect", "ratelimit")
AN_HOUR = {"retry-after": "3600"}


class Chaos:
    """Puts aimock's chaos headers on the first `times` requests."""

    def __init__(self, flag: str, times: int) -> None:
        self._flag = flag
        self._left = times

    def __call__(self, request: Request, forward: Forward) -> Answer:
        self._left -= 1
        headers = {f"x-aimock-chaos-{self._flag}": "1"} if self._left >= 0 else {}
        return forward(replace(request, headers={**request.headers, **headers}))


def claude_recovers(scene: Scenes, failing: Responder) -> None:
    """The run itself tries again."""
    with scene(an_issue) as here:
        here.claude.overlay(*CALL, failing)
        ended = here.run().wait()
        assert (ended.outcome, ended.reason) == ("done", "answered"), str(ended)
        check_answered(here)
        assert len(here.claude.exchanges) == 3


def claude_stays_down(scene: Scenes, failing: Responder) -> None:
    """The run puts it off, says so, and is green. Nothing is tried until it is due; then a later run answers."""
    with scene(an_issue) as here:
        here.claude.overlay(*CALL, failing)
        ended = here.run().wait(120)
        assert (ended.status, ended.outcome) == (0, "deferred"), str(ended)
        (record,) = here.records()
        assert (record.state, here.replies()) == ("deferred", [])
        here.claude.clear()
        tried = len(here.claude.exchanges)
        early = here.run(run=2).wait()
        assert (early.status, len(here.claude.exchanges), here.replies()) == (0, tried, []), str(early)
        here.let_time_pass()
        assert here.run(run=3).wait().outcome == "done"
        check_answered(here)


def answer_lost(scene: Scenes, wire: Wire, request: tuple[str, str], nth: int, kind: FaultKind) -> None:
    """What took effect is found, and not done again."""
    with scene(an_issue) as here:
        fault = here.wire(wire).fault(kind, *request, skip=nth)
        check_at_once(here, here.run().wait())
        assert fault.hits == 1


def state_unreachable(scene: Scenes, break_: Callable[[Scene], Callable[[], object]]) -> None:
    """Without its state a run asks nothing, posts nothing, and is red. The next attempt finds it mended."""
    with scene(an_issue) as here:
        mend = break_(here)
        ended = here.run().wait(120)
        assert (ended.status, ended.outcome) == (1, "failed"), str(ended)
        assert ended.reason.startswith("state-"), str(ended)
        assert (len(here.claude.exchanges), here.replies(), here.repo.labels(here.number)) == (0, [], [])
        mend()
        check_at_once(here, here.run(attempt=2).wait())


def gone(scene: Scene) -> Callable[[], object]:
    """The repository with the state is not there. What is returned brings it back."""
    elsewhere = scene.remote.rename(scene.folder / "elsewhere.git")
    return lambda: elsewhere.rename(scene.remote)


def down(scene: Scene) -> Callable[[], object]:
    """The git host is out of order."""
    scene.git.fault("refuse", status=503, times=1000)
    return scene.git.clear


def read_only(scene: Scene) -> Callable[[], object]:
    """The token may read the state and not write it."""
    scene.git.fault("refuse", *PUSH, status=403, times=1000)
    return scene.git.clear


# ---- Runs in a crowd ----


def test_twenty_runs_of_one_thread_at_once(stage: Stage, tmp_path: Path) -> None:
    """The real action under act, which keeps no runs apart. Claude answers when all others have given way."""
    env = {**stage.env, "HLS_STATE_REMOTE": str(bare_repository(tmp_path / "state.git"))}
    first, number = (stage.repo.create_issue("Export crashes", BODY, by="reporter")["number"] for _ in range(2))
    installed = stage.run("issues", payloads.issues(stage.repo, first), **env)
    assert installed.outputs("hls")["outcome"] == "done", installed.log
    payload = payloads.issues(stage.repo, number)
    call = stage.claude.fault("delay", *CALL, seconds=150)

    runs = [stage.workspace.start("issues", payload, secrets=stage.secrets, env=env) for _ in range(20)]
    wait_until(lambda: sum(run.running() for run in runs) <= 1, timeout=150, what="19 of 20 runs to end")
    call.released.set()
    results = [run.wait() for run in runs]

    assert [result.jobs for result in results] == [{"hls": "success"}] * 20
    outputs = [result.outputs("hls") for result in results]
    ends = Counter((each["outcome"], each["reason"].partition(":")[0]) for each in outputs)
    assert ends == {("done", "answered"): 1, ("skipped", "in-progress"): 19}
    assert len(stage.replies(number)) == 1
    assert call.hits == 1
    assert len(stage.claude.exchanges) == 2, "one for each issue"
    assert stage.repo.labels(number) == ["bug"]
