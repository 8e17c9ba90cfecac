"""What a run waits for first is begun before the modules that take it are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hls_action import head_start
from hls_action.config import environment
from hls_action.domain.errors import UsageError
from hls_action.domain.identity import ThreadId
from tests.unit.adapters.loopback import Reply, serve
from tests.unit.builders import trigger

ROOT = Path(__file__).parents[2]
JOB = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_TOKEN": "ghs_job",
    "ANTHROPIC_API_KEY": "sk-test",
    "HLS_STATE_BRANCH": "none",
}
LATER = (
    "hls_action.bootstrap",
    "hls_action.line",
    "anthropic",
    "github",
    "markdown_it",
    "pydantic",
    "requests",
    "tenacity",
)


def test_nothing_is_imported_that_can_be_imported_later() -> None:
    seen = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import hls_action.job; print(*sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hls_action.head_start" in seen.stdout.split()
    assert set(LATER).isdisjoint(seen.stdout.split())


def test_the_thread_is_being_read() -> None:
    with serve() as github:
        where = {"url": f"{github.url}/repos/o/r/issues/7", "repository_url": f"{github.url}/repos/o/r"}
        times = {"created_at": "2026-11-02T08:00:00Z", "updated_at": "2026-11-02T08:00:00Z"}
        issue = {"number": 7, "title": "Export crashes", "user": {"login": "ann"}, "state": "open", "comments": 0}
        github.on("/repos/o/r/issues/7", Reply(where | times | issue))
        settings = environment.load(JOB | {"GITHUB_API_URL": github.url})
        early = head_start.begin(settings, trigger(7, "issues", "opened", is_pull=False)).thread
        assert early is not None
        read = early.take(ThreadId(7))
        assert read is not None
        assert read().title == "Export crashes"
        assert len(github.asked) == 1


@pytest.mark.parametrize(("action", "fetched"), [("opened", 1), ("edited", 0)])
def test_the_files_are_being_fetched_for_what_is_new(
    monkeypatch: pytest.MonkeyPatch, action: str, fetched: int
) -> None:
    begun: list[object] = []
    monkeypatch.setattr(head_start, "Background", begun.append)
    environ = JOB | {"GITHUB_API_URL": "https://api.example.test", "GITHUB_SERVER_URL": "https://git.example.test"}
    source = head_start.begin(environment.load(environ), trigger(7, "issues", action, is_pull=False)).source
    assert source is not None
    assert begun.count(source.tree) == fetched


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "ANTHROPIC_API_KEY"])
def test_nothing_is_begun_where_something_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    begun: list[object] = []
    monkeypatch.setattr(head_start, "Background", begun.append)
    with pytest.raises(UsageError):
        head_start.begin(environment.load(JOB | {missing: "", "HLS_STATE_BRANCH": "hls-state"}), trigger(7))
    assert begun == []
