"""The git host in small: fetches and pushes go through, and go wrong on demand."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.ledger.errors import Conflict, StateUnavailable
from tests.standins.git_http import bare_repository, hosting
from tests.standins.process import program
from tests.standins.proxy import Proxy

PUSH = ("POST", "/git-receive-pack$")


@pytest.fixture
def git(tmp_path: Path) -> Iterator[Proxy]:
    bare_repository(tmp_path / "state.git")
    with hosting(tmp_path) as proxy:
        yield proxy


def connect(git: Proxy) -> GitStateStore:
    return GitStateStore(f"{git.url}/state.git", "state", "a-token", deadline_seconds=10)


def test_state_is_read_and_written_through_it(git: Proxy, tmp_path: Path) -> None:
    with connect(git) as store, GitStateStore(str(tmp_path / "state.git"), "state") as direct:
        assert store.read().version == ""
        version = store.compare_and_swap("", {"a": "x" * 100_000})
        assert store.read() == direct.read()
        assert direct.read().version == version
    assert len(git.exchanges.matching(*PUSH)) == 1
    assert all("a-token" not in repr(each) for each in git.exchanges)


@pytest.mark.parametrize("kind", ["apply_then_refuse", "apply_then_drop"])  # dropped, git sends it once more
def test_a_push_whose_answer_is_lost_took_effect(git: Proxy, tmp_path: Path, kind: str) -> None:
    fault = git.fault(kind, *PUSH)  # type: ignore[arg-type]
    with connect(git) as store, GitStateStore(str(tmp_path / "state.git"), "state") as direct:
        store.compare_and_swap("", {"a": "1"})
        assert direct.read().documents == {"a": "1"}
    assert fault.hits == 1


def test_a_push_that_never_arrives(git: Proxy) -> None:
    git.fault("refuse", *PUSH)
    with connect(git) as store:
        with pytest.raises(StateUnavailable):
            store.compare_and_swap("", {"a": "1"})
        assert store.read().version == ""


def test_a_delayed_push_comes_too_late(git: Proxy) -> None:
    fault = git.fault("delay", *PUSH)
    lost: list[Exception] = []

    def push() -> None:
        with connect(git) as store:
            try:
                store.compare_and_swap("", {"a": "late"})
            except Conflict as error:
                lost.append(error)

    thread = threading.Thread(target=push)
    thread.start()
    assert fault.reached.wait(10)
    with connect(git) as store:
        store.compare_and_swap("", {"a": "in time"})
        fault.released.set()
        thread.join(10)
        assert store.read().documents == {"a": "in time"}
    assert len(lost) == 1


def test_a_hanging_request_is_let_go_when_the_proxy_ends(tmp_path: Path) -> None:
    bare_repository(tmp_path / "state.git")
    git = hosting(tmp_path).start()
    fault = git.fault("hang")
    command = [program("git"), "ls-remote", f"{git.url}/state.git"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert fault.reached.wait(10)
        assert process.poll() is None
        git.stop()
        assert process.wait(10) != 0
