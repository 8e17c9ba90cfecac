"""The action as maintainers run it: act runs the real `action.yml` against GitHub's and Claude's stand-ins."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import InitVar, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest

from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents
from hls_action.domain.ledger.model import Record
from hls_action.domain.limits.pace import CoolDowns
from tests.standins import payloads
from tests.standins.act import ROOT, ActResult, Workspace
from tests.standins.aimock import Aimock
from tests.standins.client import JsonObject
from tests.standins.emulate import Emulate
from tests.standins.gaps import github as github_proxy
from tests.standins.git_http import bare_repository, hosting
from tests.standins.job import Job
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo

_counter = itertools.count(1)

BRANCH = "hls-state"
"""Where the state is kept, unless a run is told otherwise."""

ACTION = "hook-line-sinker/hls-action@v0"
"""How the example workflows name the action; act serves it from this folder."""


@dataclass
class Stage:
    """Everything one run needs, and what it leaves behind."""

    repo: Repo
    github: Proxy
    claude: Proxy
    token: str
    workspace: Workspace
    tools: Path

    @property
    def env(self) -> dict[str, str]:
        """`RUNNER_TOOL_CACHE` is shared, as on a self-hosted runner: the first run installs, the others find it."""
        return {
            "GITHUB_API_URL": self.github.url,
            "ANTHROPIC_BASE_URL": self.claude.url,
            "RUNNER_TOOL_CACHE": str(self.tools),
        }

    @property
    def secrets(self) -> dict[str, str]:
        return {"GITHUB_TOKEN": self.token, "ANTHROPIC_API_KEY": "sk-test-key"}

    def run(self, event: str, payload: JsonObject, variables: dict[str, str] | None = None, /, **env: str) -> ActResult:
        env = {**self.env, **env}
        return self.workspace.run(event, payload, secrets=self.secrets, env=env, variables=variables)

    def replies(self, number: int) -> list[str]:
        """Bodies of the comments that the action wrote."""
        return [c["body"] for c in self.repo.comments(number) if c["user"]["login"] == "github-actions[bot]"]


def records_in(remote: Path, repo: Repo, number: int) -> tuple[Record, ...]:
    """What the ledger in a bare repository says about a thread."""
    with GitStateStore(str(remote), BRANCH) as store:
        return documents.read(store.read().documents).of(repo.full_name, ThreadId(number))


def example(name: str) -> str:
    """An example workflow as it stands."""
    return (ROOT / "examples" / "workflows" / name).read_text()


@pytest.fixture(scope="session")
def act_workspace() -> Iterator[Workspace]:
    """A checkout with `examples/workflows/act.yml`; runs in it are apart from one another."""
    with Workspace(example("act.yml")) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def recommended_workspace() -> Iterator[Workspace]:
    """A repository that copied `examples/workflows/recommended.yml`."""
    with Workspace(example("recommended.yml"), action=None, local={ACTION: ROOT}) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def tool_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runner's tool cache, empty at first."""
    return tmp_path_factory.mktemp("tools")


@pytest.fixture
def stage(
    repo: Repo, github: Proxy, claude: Proxy, bot_token: str, act_workspace: Workspace, tool_cache: Path
) -> Stage:
    """The stage with the workflow for act."""
    repo.create_label("bug", description="Something isn't working")
    repo.create_label("documentation")
    return Stage(repo, github, claude, bot_token, act_workspace, tool_cache)


@pytest.fixture
def recommended(stage: Stage, recommended_workspace: Workspace) -> Stage:
    """The stage with the recommended workflow."""
    return replace(stage, workspace=recommended_workspace)


# ---- Without act: the same line as a process of its own, with every wire in reach ----

BODY = "Running `notes export` without an output folder ends in a traceback. With 2.3 the folder was created."
Story = Callable[[Repo], tuple[str, int, JsonObject]]
"""Something happens in a repository: the event, the thread's number, the payload."""
Wire = Literal["github", "claude", "git"]


def an_issue(repo: Repo) -> tuple[str, int, JsonObject]:
    """Somebody opens an issue."""
    number = repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    return "issues", number, payloads.issues(repo, number)


def a_request(repo: Repo) -> tuple[str, int, JsonObject]:
    """Somebody asks in an issue that has no answer yet either."""
    number = repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    asked = repo.comment(number, "/hls which release is this fixed in?", by="contributor")
    return "issue_comment", number, payloads.issue_comment(repo, number, asked)


@dataclass
class Scene:
    """One thread, GitHub, Claude and a git remote for the state, each behind a proxy of this scene's own."""

    repo: Repo
    github: Proxy
    claude: Proxy
    git: Proxy
    token: str
    folder: Path
    story: InitVar[Story]
    event: str = field(init=False)
    number: int = field(init=False)

    def __post_init__(self, story: Story) -> None:
        self.repo.create_label("bug", description="Something isn't working")
        self.event, self.number, payload = story(self.repo)
        self.tell(payload)

    def tell(self, payload: JsonObject) -> None:
        """The next runs are for another event of the same kind."""
        (self.folder / "event.json").write_text(json.dumps(payload))

    def wire(self, name: Wire) -> Proxy:
        """The proxy in front of a service."""
        return {"github": self.github, "claude": self.claude, "git": self.git}[name]

    @property
    def remote(self) -> Path:
        """The bare repository behind `git`."""
        return self.folder / "state.git"

    def run(self, *, run: int = 1, attempt: int = 1, command: str = "run", **more: str) -> Job:
        """Begin a run for the event, as the action's last step does; a maintainer starts `rerun`, the clock `sweep`."""
        env = self.env(run, attempt, command, **more)
        return Job(command, env=env, folder=self.next_folder(run, attempt))

    def next_folder(self, run: int, attempt: int) -> Path:
        """Where a run is at home."""
        return self.folder / f"run-{run}-{attempt}-{next(_counter)}"

    def env(self, run: int, attempt: int, command: str, **more: str) -> dict[str, str]:
        """The environment of a run."""
        env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": self.repo.full_name,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_RUN_ID": str(run),
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_API_URL": self.github.url,
            "ANTHROPIC_BASE_URL": self.claude.url,
            "HLS_GITHUB_TOKEN": self.token,
            "HLS_JOB_TOKEN": "true",
            "HLS_ANTHROPIC_API_KEY": "sk-test-key",
            "HLS_STATE_REMOTE": f"{self.git.url}/state.git",
            "HLS_STATE_BRANCH": BRANCH,
            **more,
        }
        if command == "rerun":
            env |= {"GITHUB_EVENT_NAME": "workflow_dispatch", "HLS_NUMBER": str(self.number)}
        elif command == "sweep":
            env |= {"GITHUB_EVENT_NAME": "schedule"}
        return env

    def replies(self) -> list[JsonObject]:
        """The comments that the product wrote."""
        return [each for each in self.repo.comments(self.number) if each["user"]["login"] == "github-actions[bot]"]

    def calls(self) -> int:
        """How many requests have reached Claude."""
        return sum(each.upstream_status is not None for each in self.claude.exchanges)

    def records(self) -> tuple[Record, ...]:
        """What the ledger on the remote says about the thread."""
        return records_in(self.remote, self.repo, self.number)

    def let_time_pass(self) -> None:
        """Rewrite the ledger as if a day had passed: claims expired, what was put off is due, no service wants a rest,
        and what was spent was spent yesterday.
        """
        with GitStateStore(str(self.remote), BRANCH) as store:
            snapshot = store.read()
            now = documents.read(snapshot.documents)
            past = [
                replace(each, until=each.until - timedelta(days=1)) if each.until else each
                for each in now.of(self.repo.full_name, ThreadId(self.number))
            ]
            spent = {f"{date.fromisoformat(day) - timedelta(days=1)}": found for day, found in now.budget.days.items()}
            later = replace(
                now.put(ThreadId(self.number), past), cool_downs=CoolDowns(), budget=replace(now.budget, days=spent)
            )
            store.compare_and_swap(snapshot.version, documents.changes(now, later))


@pytest.fixture(scope="session")
def scene(
    emulate: Emulate, aimock_server: Aimock, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Scene]]:
    """Makes scenes, in any thread: `with scene(an_issue) as here:`; `state` is a bare repository to begin with, and
    `hub` and `model` are servers of a scene's own.
    """
    scenes = tmp_path_factory.mktemp("scenes")

    @contextmanager
    def make(
        story: Story, *, state: Path | None = None, hub: Emulate = emulate, model: Aimock = aimock_server
    ) -> Iterator[Scene]:
        folder = scenes / str(next(_counter))
        folder.mkdir()
        if state is None:
            bare_repository(folder / "state.git")
        else:
            shutil.copytree(state, folder / "state.git")
        with github_proxy(hub) as github, Proxy(model.url) as claude, hosting(folder) as git:
            yield Scene(hub.repo(), github, claude, git, hub.bot_token(), folder, story)

    return make
