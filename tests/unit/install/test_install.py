"""``script/install``: where it installs, what it takes for installed, and what it does when two run at once.

Most of these run the real script with a Python that plays pip.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.install.machine import ROOT, Machine, entries, new_machine, outputs, reported

NOBODY = 65534


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return new_machine(tmp_path)


# ---- where ----


def test_it_installs_into_the_tool_cache_and_only_once(machine: Machine) -> None:
    venv = machine.install()
    assert venv.parent == machine.cache
    assert machine.install() == venv
    assert machine.log() == ["uv", "packages"]
    assert entries(machine.cache) == [venv.name]


def test_it_keeps_to_the_job_without_a_tool_cache(machine: Machine) -> None:
    venv = machine.install(RUNNER_TOOL_CACHE="")
    assert venv.parent == machine.folder / "temp" / "hls-action"
    assert machine.install(RUNNER_TOOL_CACHE="") == venv
    assert machine.log() == ["uv", "packages"]


def test_it_keeps_to_the_job_when_the_tool_cache_cannot_be_used(machine: Machine) -> None:
    machine.cache.write_text("a file")
    assert machine.install().parent == machine.folder / "temp" / "hls-action"


def test_outside_of_a_runner_it_goes_where_nobody_can_have_been(machine: Machine) -> None:
    """A path in /tmp that can be known before is a path where another user has put a Python already."""
    machine.cache.parent.rename(machine.folder / "tmp" / "tools")
    known = machine.install(RUNNER_TOOL_CACHE=str(machine.folder / "tmp"))
    assert known.parent == machine.folder / "tmp" / "hls-action"
    first, second = (machine.install(RUNNER_TOOL_CACHE="", RUNNER_TEMP="") for _ in range(2))
    assert len({known, first, second}) == 3
    for venv in (first, second):
        assert venv.parent.parent == machine.folder / "tmp"
        assert venv.parent.name.startswith("hls-action-")
        assert venv.parent.stat().st_mode & 0o077 == 0


# ---- what counts as installed ----


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("whose", ["environment", "folder"])
def test_what_another_user_has_put_there_is_not_used(machine: Machine, whose: str) -> None:
    venv = machine.install()
    os.chown(venv if whose == "environment" else machine.cache, NOBODY, NOBODY)
    (venv / "theirs").touch()
    assert machine.install().parent == machine.folder / "temp" / "hls-action"
    assert (venv / "theirs").exists(), "nor is it touched"


def test_a_tool_cache_that_points_elsewhere_is_not_used(machine: Machine) -> None:
    elsewhere = machine.folder / "elsewhere"
    elsewhere.mkdir()
    machine.cache.symlink_to(elsewhere)
    assert machine.install().parent == machine.folder / "temp" / "hls-action"
    assert entries(elsewhere) == []


def broken_link(venv: Path) -> None:
    """The Python it was made from is gone."""
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python3")


def broken_python(venv: Path) -> None:
    """There is a Python, which fails."""
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    (venv / "bin" / "python").chmod(0o755)


def emptied(venv: Path) -> None:
    """A clean-up took the files and left the folder."""
    shutil.rmtree(venv / "bin")


def empty(venv: Path) -> None:
    """An empty folder."""
    shutil.rmtree(venv)
    venv.mkdir()


def a_file(venv: Path) -> None:
    """A file."""
    shutil.rmtree(venv)
    venv.write_text("")


def a_link(venv: Path) -> None:
    """A link to an environment somewhere else."""
    venv.rename(venv.parent.parent / "moved")
    venv.symlink_to("../moved")


@pytest.mark.parametrize("damage", [broken_link, broken_python, emptied, empty, a_file, a_link])
def test_a_broken_environment_is_replaced(machine: Machine, damage: object) -> None:
    assert callable(damage)
    venv = machine.install()
    (venv / "old").touch()
    damage(venv)
    assert machine.install() == venv
    assert machine.log() == ["uv", "packages"] * 2
    assert entries(venv) == ["bin", "hls-complete"], "nothing of the old one is left, and nothing is nested in it"
    assert entries(machine.cache) == [venv.name]
    assert not venv.is_symlink()


# ---- two at once ----


@pytest.mark.parametrize("broken", [False, True], ids=["none", "a broken one"])
def test_two_at_once_leave_one_good_environment(machine: Machine, broken: bool) -> None:
    if broken:
        broken_python(machine.install())
        (machine.folder / "log").unlink()
    both = [machine.start(FAKE_SECONDS="0.7") for _ in range(2)]
    first, second = (reported(process) for process in both)
    assert machine.log().count("packages") == 2, "they did run at once"
    assert first == second
    assert entries(machine.cache) == [first.name]
    assert entries(first) == ["bin", "hls-complete"]


def test_a_killed_installation_is_no_installation(machine: Machine) -> None:
    process = machine.start(FAKE_SECONDS="60")
    while not list(machine.cache.glob(".new-*/venv/bin/python")):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert machine.install().parent == machine.cache


# ---- a Python without pip ----


def test_without_pip_an_environment_brings_its_own(machine: Machine) -> None:
    assert machine.install(FAKE_PIP="").parent == machine.cache
    assert machine.log() == ["ensurepip", "uv", "packages"]


def test_without_pip_and_ensurepip_it_says_what_to_add(machine: Machine) -> None:
    told = machine.failure(FAKE_PIP="", FAKE_VENV="")
    assert told.annotation.startswith("Give the runner a Python with pip or venv.")
    assert "actions/setup-python" in told.annotation
    assert "apt install python3-venv" in told.annotation
    assert told.reason.startswith("install: Give the runner a Python with pip or venv.")
    assert told.reason.endswith(" (no-pip: ensurepip is not available)")
    assert machine.log() == []


# ---- a failure ----


def test_a_failure_is_told_like_every_other_one(machine: Machine) -> None:
    """On the run's page with the advice first, in the summary, and as the action's outputs; the cause whole."""
    said = "error: Hash mismatch for `six`\n::error::forged\n```\n  from https://me:secret@pypi.example.org/six"
    told = machine.failure(FAKE_ERROR=said)
    assert told.annotation.startswith("Check the package index")
    assert told.annotation.endswith("error: Hash mismatch for `six`")
    assert told.reason.startswith("install: Check the package index")
    assert told.reason.endswith(" (hash: error: Hash mismatch for `six`)")
    assert told.summary.startswith("### HLS: Failed\n\nCheck the package index")
    for text in (told.summary, told.log):
        assert "forged" in text, "the cause is there, whole"
        assert "https://***@pypi.example.org/six" in text
    stop, inside, end = told.log.partition(said.split("\n", 1)[0])
    assert re.search(r"::stop-commands::(\w+)\n$", stop)
    assert inside
    assert re.search(r"^::\w{32}::$", end, re.MULTILINE)
    assert machine.log().count("packages") == 1, "no second attempt for what will not pass"
    assert machine.install().parent == machine.cache, "and nothing is in the way of the next job"


def test_a_passing_failure_of_the_network_is_tried_once_more(machine: Machine) -> None:
    venv = machine.install(FAKE_ERROR="error: Failed to fetch: dns error", FAKE_ERRORS="1")
    assert machine.log() == ["uv", "packages"] * 2
    assert entries(venv.parent) == [venv.name]


def test_what_fails_twice_is_told(machine: Machine) -> None:
    told = machine.failure(FAKE_ERROR="error: Failed to fetch: dns error", FAKE_ERRORS="2")
    assert machine.log() == ["uv", "packages"] * 2
    assert told.annotation.startswith("Run the job again.")
    assert told.reason.startswith("install: Run the job again.")
    assert told.reason.endswith(" (network: error: Failed to fetch: dns error)")


def test_a_disk_without_room_is_told(machine: Machine) -> None:
    told = machine.failure(FAKE_ERROR="error: failed to write: No space left on device (os error 28)")
    assert told.annotation.startswith("Free disk space on the runner: the installation needs 200 MB.")


def test_what_a_killed_installation_left_is_removed(machine: Machine) -> None:
    for name, age in ((".new-old", 7200), (".new-fresh", 60)):
        (machine.cache / name / "uv").mkdir(parents=True)
        then = time.time() - age
        os.utime(machine.cache / name, (then, then))
    venv = machine.install()
    assert entries(machine.cache) == [".new-fresh", venv.name], "the fresh one may be another job's, at this moment"


# ---- what a run finds missing ----


def test_an_environment_that_lacks_something_is_told_and_installed_anew(machine: Machine) -> None:
    venv = machine.install()
    output, summary = machine.folder / "output", machine.folder / "summary"
    (venv / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    output.unlink()
    done = subprocess.run(
        [venv / "bin" / "python", "-I", ROOT / "hls_action" / "__main__.py", "auto"],
        env=machine.environment(),
        cwd=machine.folder / "workspace",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("::error title=HLS::Run the job again, which installs HLS anew:")
    told = outputs(output)
    assert told["outcome"] == "failed"
    assert told["reason"].startswith("install: Run the job again")
    assert "No module named" in told["reason"]
    assert summary.read_text().startswith("### HLS: Failed")
    assert machine.install() == venv
    assert machine.log() == ["uv", "packages"] * 2
