"""The door to git: what a command is given, and when it ends. What its failures mean: tests/contract."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hls_action.adapters.git_process import Git, Situation
from hls_action.domain.errors import HLSError
from tests.standins.git_http import bare_repository


class GitFailed(HLSError):
    """An error with a situation."""

    code = "failed"


def error(situation: Situation, message: str, cause: str) -> GitFailed:
    return GitFailed(f"{situation}: {message}", cause=cause)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(str(bare_repository(tmp_path / "remote.git")), "", error, setting="state-remote")


def test_a_conversation_speaks_to_nobody(git: Git) -> None:
    commit = b"commit refs/heads/main\ncommitter A <a@b.c> 0 +0000\ndata 1\nx\n"
    git.run("fast-import", "--quiet", seconds=10, stdin=commit)
    git.run("push", "--quiet", git.remote, "refs/heads/main", seconds=10)
    assert b"refs/heads/main" in git.run("ls-remote", git.remote, seconds=10).stdout
    with git.conversation("ls-remote", git.remote, seconds=10, variables={}) as (_, stdout):
        assert stdout.read() == b""


def test_a_conversation_ends_in_time(git: Git) -> None:
    began = time.monotonic()
    with git.conversation("cat-file", "--batch", seconds=0.3, variables={}) as (stdin, stdout):
        stdin.write(b"HEAD\n")
        stdin.flush()
        assert stdout.readline() == b"HEAD missing\n"
        assert stdout.readline() == b""
    assert 0.2 < time.monotonic() - began < 5


def test_a_file_that_grows_too_large_ends_the_command(git: Git, tmp_path: Path) -> None:
    stream = b"blob\ndata 300000\n" + bytes(range(250)) * 1200 + b"\n"
    assert git.run("fast-import", "--quiet", seconds=10, stdin=stream).status == 0
    incompressible = b"blob\ndata 300000\n" + os.urandom(300_000) + b"\n"
    assert git.run("fast-import", "--quiet", seconds=10, stdin=incompressible, largest=200_000).status != 0


def test_a_folder_that_cannot_be_made(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(GitFailed, match=r"^other: Free disk space on the runner"):
        git.run("version", seconds=10)
