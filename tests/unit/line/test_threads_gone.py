"""What becomes of an answer that was written for a thread which is no more: others may read the branch it stands in."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.faults.errors import ThreadGone, ThreadUnavailable
from hls_action.domain.faults.fault import Fault
from hls_action.domain.ledger.model import Claimant
from hls_action.records.store import LedgerStore
from tests.fakes import ScriptedModel, model_factory, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import MATERIALS, OPENED, Bench, BenchRun, bench_run

SAID = "Create it with `mkdir out`"
OTHER_EVENT = trigger(7, "issues", "edited", is_pull=False)


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def die() -> None:
    raise Killed


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def stored(bench: Bench) -> str:
    return "".join(bench.store.read().documents.values())


def written_ahead(bench: Bench) -> None:
    bench.github.before_post = die
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.before_post = None
    bench.clock.sleep(3_600)


def given_up(bench: Bench) -> None:
    bench.github.script_posts = [Fault("github", "status", "Resource not accessible by integration", 403)]
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert bench.records()["issue/7"].state == "failed"


def deferred(bench: Bench) -> None:
    bench.github.script_posts = [Fault("github", "status", "Bad Gateway", 502)] * 6
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert bench.records()["issue/7"].state == "deferred"


def locked_first(bench: Bench) -> None:
    """Its draft is kept, for a locked thread may be unlocked."""
    written_ahead(bench)
    bench.issue(locked=True)
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).reason.code == "locked"
    assert bench.records()["issue/7"].state == "skipped"


@pytest.mark.parametrize("before", [written_ahead, given_up, deferred, locked_first])
def test_nothing_written_for_it_is_kept(bench: Bench, before: Callable[[Bench], None]) -> None:
    before(bench)
    assert SAID in stored(bench)
    (bench.root / "threads" / "7.json").unlink()
    writes = bench.store.writes
    bench.shared(ScriptedModel(), run=3).answer(OTHER_EVENT)
    record = bench.records()["issue/7"]
    assert (record.state, record.draft, SAID in stored(bench)) == ("skipped", "", False)
    assert bench.store.writes == writes + 1, "its items end in the same commit"
    assert record.cost_usd, "what it cost stays in the books"


def test_nor_where_it_goes_just_before_it_is_posted(bench: Bench) -> None:
    bench.github.before_post = lambda: (bench.root / "threads" / "7.json").unlink()
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    record = bench.records()["issue/7"]
    assert (record.state, record.reason.code, SAID in stored(bench)) == ("skipped", "thread-unavailable", False)


@pytest.mark.parametrize("kept", [True, False])
def test_only_a_thread_that_is_gone_takes_its_answer_along(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> None:
    """And not one that is locked, or in a repository that is archived: both may be undone."""
    written_ahead(bench)
    error = ThreadUnavailable("the repository is archived") if kept else ThreadGone("deleted")

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(bench.github, "create_comment", refuse)
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).reason.code == "thread-unavailable"
    assert (SAID in stored(bench)) is kept


def test_an_outage_takes_nothing_along(bench: Bench) -> None:
    written_ahead(bench)
    bench.github.failing["comments"] = Fault("github", "status", "Bad Gateway", 502)
    bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT)
    assert SAID in stored(bench)


def test_a_thread_that_comes_back_is_answered_anew(bench: Bench) -> None:
    written_ahead(bench)
    (bench.root / "threads" / "7.json").unlink()
    bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT)
    bench.issue()
    assert bench.shared(ScriptedModel(model_reply()), run=3).answer(OPENED).status == "done"


# ---- on a branch ----


def git(remote: Path, *arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(remote), *arguments], check=True, capture_output=True, text=True)
    return run.stdout


def on_branch(bench: Bench, remote: Path, model: ScriptedModel, run: int) -> BenchRun:
    ledger_store = LedgerStore(GitStateStore(str(remote), "hls-state"), bench.clock, "o/r", Claimant(run, 1, "a"))
    return bench_run(bench.github, model_factory(model), bench.clock, MATERIALS, ledger_store)


def test_the_branch_has_no_history_that_would_still_show_it(bench: Bench, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    bench.github.before_post = die
    with pytest.raises(Killed):
        on_branch(bench, remote, ScriptedModel(model_reply()), 1).answer(OPENED)
    bench.github.before_post = None
    bench.clock.sleep(3_600)
    assert SAID in git(remote, "grep", "-h", "mkdir", "hls-state")
    (bench.root / "threads" / "7.json").unlink()
    on_branch(bench, remote, ScriptedModel(), 2).answer(OTHER_EVENT)
    assert git(remote, "rev-list", "--all", "--count").strip() == "1"
    reachable = git(remote, "rev-list", "--all", "--objects").split("\n")
    contents = [git(remote, "cat-file", "-p", line.split()[0]) for line in reachable if line]
    assert not any(SAID in content for content in contents)
