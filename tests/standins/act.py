"""act: runs a real workflow on this machine, without Docker and without the network.

    with Workspace(workflow_text) as workspace:
        result = workspace.run("issues", payload, secrets={...}, env={"GITHUB_API_URL": proxy.url})
        assert result.outputs("hls")["outcome"] == "done"

Every run has its own home, act cache and checkout, so runs may go on at the same time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.standins.client import JsonObject
from tests.standins.process import StandinError, dies_with_parent, kill_tree, program

ROOT = Path(__file__).resolve().parents[2]
_NEVER_COPIED = {"node_modules", ".git", "__pycache__", ".venv"}
_PASSED_ON = re.compile(
    r"(PIP_|UV_|SSL_|GIT_SSL_|LC_).*|(LANG|TZ|TMPDIR|PYENV_ROOT)|.*_CA_BUNDLE|((HTTPS?|ALL|NO)_PROXY)",
    re.IGNORECASE,
)
_run_ids = itertools.count(1000)


@dataclass(frozen=True)
class Step:
    """One step's end; `path` is the ids from the job down, e.g. `("hls", "gate")` inside a composite action."""

    path: tuple[str, ...]
    stage: str
    result: str
    seconds: float


@dataclass(frozen=True)
class ActResult:
    """What one run of act did.

    `code` is act's exit code: 0 also when every job was skipped, 1 when a job failed *or* when the workflow
    has no job for the event (then `jobs` is empty). `log` reads like act's own.
    """

    code: int
    log: str
    seconds: float
    entries: tuple[JsonObject, ...]

    @property
    def jobs(self) -> dict[str, str]:
        """`success` or `failure` of each job that ran; a job whose `if` was false is missing."""
        return {entry["jobID"]: entry["jobResult"] for entry in self.entries if "jobResult" in entry}

    @property
    def steps(self) -> list[Step]:
        """The steps that ran, in the order they ended."""
        return [
            Step(tuple(e["stepID"]), e.get("stage", ""), e["stepResult"], e.get("executionTime", 0) / 1e9)
            for e in self.entries
            if "stepResult" in e and "stepID" in e
        ]

    def outputs(self, *path: str) -> dict[str, str]:
        """Outputs of a step by its ids: `outputs("hls")`, or `outputs("hls", "gate")` for an inner step.

        act shows the inner steps' outputs as the outer step's, too: a declared output of the action that
        is missing here is missing on GitHub, but not the other way round.
        """
        return {
            entry["name"]: entry["arg"]
            for entry in self.entries
            if entry.get("command") == "set-output" and tuple(entry.get("stepID", ())) == path
        }

    def output_text(self, *path: str) -> str:
        """What a step printed, and the steps inside it."""
        return "".join(
            entry["msg"]
            for entry in self.entries
            if entry.get("raw_output") and tuple(entry.get("stepID", ()))[: len(path)] == path
        )

    @property
    def summary(self) -> str:
        """The step summaries of all outermost steps, one after the other."""
        chosen = [e for e in self.entries if e.get("command") == "summary" and len(e.get("stepID", ())) == 1]
        return "\n".join(entry["content"] for entry in chosen)


class Run:
    """A run of act that has begun."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, home: Path) -> None:
        self._home = home
        self._output = home / "act.log"
        self._started = time.monotonic()
        with self._output.open("wb") as log:
            self._process = subprocess.Popen(
                dies_with_parent(command, "TERM"),
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, timeout: float = 180.0) -> ActResult:
        """The result; after `timeout` seconds the run is killed and `StandinError` raised, with the log."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise StandinError(f"act ran for more than {timeout:g} s\n{self.result(-9).log[-5000:]}") from None
        result = self.result(code)
        shutil.rmtree(self._home, ignore_errors=True)
        return result

    def kill(self) -> None:
        """Let the runner die: act, the step and its children are killed at once."""
        kill_tree(self._process)

    def running(self) -> bool:
        """Whether act is still at it."""
        return self._process.poll() is None

    def result(self, code: int) -> ActResult:
        """What the log holds so far."""
        entries, lines = [], []
        text = self._output.read_text(errors="replace") if self._output.exists() else ""
        for line in text.splitlines():
            entry: Any = None
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
            if not isinstance(entry, dict):
                lines.append(line)
                continue
            entries.append(entry)
            prefix = f"[{entry['jobID']}] " if "jobID" in entry else ""
            bar = "  | " if entry.get("raw_output") else ""
            lines.append(f"{prefix}{bar}{str(entry.get('msg', '')).rstrip()}")
        return ActResult(code, "\n".join(lines), time.monotonic() - self._started, tuple(entries))


class Workspace:
    """A git repository for act to work in: the action's own files (for `uses: ./`) and one workflow.

    `action` is the folder to copy, by default this project, as git sees it; None copies nothing. `files` are
    added on top. `local` serves remote actions from git folders, e.g. `{"owner/hls@v1": ROOT}`.
    """

    def __init__(
        self,
        workflow: str,
        *,
        action: Path | None = ROOT,
        files: Mapping[str, str] | None = None,
        local: Mapping[str, Path] | None = None,
    ) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="hls-act-"))
        self.path = self.base / "repo"
        self.path.mkdir()
        self._local: dict[str, Path] = {}
        if action is not None:
            copy_sources(action, self.path)
        for name, folder in (local or {}).items():  # act would copy all of a folder, ignored files, too
            self._local[name] = self.base / "served" / str(len(self._local))
            copy_sources(folder, self._local[name])
        for name, text in {**(files or {}), ".github/workflows/standin.yml": workflow}.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        _commit_all(self.path)

    def start(
        self,
        event: str,
        payload: JsonObject,
        *,
        secrets: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        job: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Run:
        """Begin a run for an event; repository and actor are the payload's, the run id is new.

        `env` is what the steps see (GITHUB_API_URL, GITHUB_RUN_ID, ...) and goes before what is passed on from
        this process: package index settings and certificates, nothing else. GITHUB_TOKEN is a dummy unless
        among the `secrets`. With RUNNER_TOOL_CACHE in `env`, runs share that folder. `variables` are the
        repository's, which expressions read as `vars`.
        """
        home = Path(tempfile.mkdtemp(prefix="run-", dir=self.base))
        _share_tools(home, (env or {}).get("RUNNER_TOOL_CACHE"))
        (home / "event.json").write_text(json.dumps(payload))
        (home / "empty").touch()
        base = {"GITHUB_REPOSITORY": (payload.get("repository") or {}).get("full_name", "octo/example")}
        base |= {"GITHUB_RUN_ID": str(next(_run_ids))}
        given = {f"--env={name}={value}": None for name, value in {**base, **(env or {})}.items()}
        hidden = [f"--secret={k}={v}" for k, v in {"GITHUB_TOKEN": "dummy", **(secrets or {})}.items()]
        hidden += [f"--var={name}={value}" for name, value in (variables or {}).items()]
        served = [f"--local-repository={name}={folder}" for name, folder in self._local.items()]
        files = [f"--{kind}-file={home / 'empty'}" for kind in ("env", "secret", "var", "input")]
        command = [
            program("act"),
            event,
            "--json",
            "--pull=false",
            "--no-cache-server",
            "--container-daemon-socket=-",
        ]
        command += ["-P", "ubuntu-latest=-self-hosted", "-W", ".github/workflows/standin.yml"]
        command += [
            "-e",
            str(home / "event.json"),
            "--actor",
            (payload.get("sender") or {}).get("login", "octocat"),
        ]
        command += ["--job", job] if job else []
        return Run([*command, *given, *hidden, *served, *files], env=_environment(home), cwd=self.path, home=home)

    def run(
        self,
        event: str,
        payload: JsonObject,
        *,
        secrets: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        job: str | None = None,
        variables: Mapping[str, str] | None = None,
        timeout: float = 180.0,
    ) -> ActResult:
        """`start` and wait."""
        return self.start(event, payload, secrets=secrets, env=env, job=job, variables=variables).wait(timeout)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.base, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def copy_sources(source: Path, target: Path) -> None:
    """Copy what git tracks in `source`, and what is new there and not ignored."""
    command = ["git", "-C", str(source), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        file = source / name
        if file.is_file() and not _NEVER_COPIED & set(Path(name).parts):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target / name)


def _share_tools(home: Path, tools: str | None) -> None:
    """Put `tools` where act has its tool cache: in a run's own cache, whatever RUNNER_TOOL_CACHE says."""
    if tools is not None:
        link = home / ".cache" / "act" / "tool_cache"
        link.parent.mkdir(parents=True)
        link.symlink_to(tools, target_is_directory=True)


def _commit_all(folder: Path) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    env = {name: value for name, value in env.items() if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")}
    identity = ["-c", "user.name=standin", "-c", "user.email=standin@example.invalid"]
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        [*identity, "commit", "-q", "-m", "Workspace"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, env=env, check=True, capture_output=True)


def _environment(home: Path) -> dict[str, str]:
    """What the act process, and with it every step, gets of ours: enough to install packages, no more."""
    user = Path.home()
    kept = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    caches = {"UV_CACHE_DIR": user / ".cache" / "uv", "PIP_CACHE_DIR": user / ".cache" / "pip"}
    configs = {
        "PIP_CONFIG_FILE": [user / ".config" / "pip" / "pip.conf", user / ".pip" / "pip.conf"],
        "UV_CONFIG_FILE": [user / ".config" / "uv" / "uv.toml"],
    }
    found = {name: next((str(f) for f in files if f.exists()), "") for name, files in configs.items()}
    ours = {str(Path(sys.prefix) / "bin"), str(Path(sys.executable).parent)} - {str(Path(sys.base_prefix) / "bin")}
    path = [f for f in os.environ.get("PATH", os.defpath).split(os.pathsep) if f not in ours]  # not the tests' packages
    return {
        **{name: str(folder) for name, folder in caches.items()},
        **{name: file for name, file in found.items() if file},
        **kept,
        "PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), *path]),
        "HOME": str(home),
    }
