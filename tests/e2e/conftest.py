"""The action as maintainers run it: act runs the real `action.yml` against GitHub's and Claude's stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.standins.act import ROOT, ActResult, Workspace
from tests.standins.client import JsonObject
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo

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

    def run(self, event: str, payload: JsonObject, **env: str) -> ActResult:
        return self.workspace.run(event, payload, secrets=self.secrets, env={**self.env, **env})

    def replies(self, number: int) -> list[str]:
        """Bodies of the comments that the action wrote."""
        return [c["body"] for c in self.repo.comments(number) if c["user"]["login"] == "github-actions[bot]"]


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
