"""The example workflows: each job can be stopped in an emergency, before it starts and by the action once it has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "workflows"
WORKFLOWS = [*sorted(EXAMPLES.glob("*.yml")), ROOT / ".github" / "workflows" / "hls.yml"]
NOT_STOPPED = "(vars.HLS_STOP || 'false') == 'false' && (vars.HLS_STOP_ALL || 'false') == 'false'"
STOP = "${{ vars.HLS_STOP != 'false' && vars.HLS_STOP || vars.HLS_STOP_ALL }}"
JOBS = [
    pytest.param(job, id=f"{path.name}-{name}")
    for path in WORKFLOWS
    for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()
]


@pytest.mark.parametrize("job", JOBS)
def test_no_job_starts_and_no_step_answers_while_stopped(job: dict[str, Any]) -> None:
    """What the two expressions come to is for act to say: `tests/e2e/test_recommended_workflow.py`."""
    first, _, others = " ".join(job["if"].split()).partition(NOT_STOPPED)
    assert first == ""
    assert others == "" or others.startswith(" && ")
    while others != (others := re.sub(r"[a-zA-Z]*\([^()]*\)", "", others)):
        pass
    assert "||" not in others, "nothing that is asked besides goes around it"
    if "uses" in job:  # the workflow that it calls asks again
        assert job["uses"] == "./.github/workflows/hls.yml"
        return
    answers = [step for step in job["steps"] if step.get("uses") == "./" or step["name"].startswith(("Answer", "Find"))]
    assert [step["with"]["stop"] for step in answers] == [STOP]


def test_the_workflow_for_forks_is_the_recommended_one_with_another_trigger_and_no_condition_on_the_head() -> None:
    target, usual = (_read(EXAMPLES / name) for name in ("pull-request-target.yml", "recommended.yml"))
    events = target[True]  # "on" is a truth value in YAML 1.1
    events["pull_request"] = events.pop("pull_request_target")
    job, same_head = target["jobs"]["hls"], "github.event.pull_request.head.repo.full_name == github.repository"
    only_own = f" && ( github.event_name != 'pull_request' || {same_head} )"
    usual["jobs"]["hls"]["if"] = " ".join(usual["jobs"]["hls"]["if"].split()).replace(only_own, "")
    job["if"] = " ".join(job["if"].split())
    assert target == usual


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_where_forks_meet_secrets_nothing_is_checked_out_or_run(path: Path) -> None:
    workflow = _read(path)
    if not {"pull_request_target", "workflow_run"} & set(workflow[True]):
        assert "pull_request_target" not in path.read_text("utf-8")
        return
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert {step.get("uses") for step in steps} == {"hook-line-sinker/hls-action@v0"}


def test_no_job_of_a_split_workflow_has_both_the_key_and_a_token_that_can_write() -> None:
    jobs = _read(EXAMPLES / "split.yml")["jobs"]
    with_key = [name for name, job in jobs.items() if "anthropic-api-key" in job["steps"][0]["with"]]
    can_write = [name for name, job in jobs.items() if "write" in job["permissions"].values()]
    assert (with_key, can_write) == (["ask"], ["claim", "publish"])
    assert [name for name, right in jobs["claim"]["permissions"].items() if right == "write"] == ["contents"]
    assert jobs["ask"]["permissions"].items() <= {**jobs["claim"]["permissions"], "contents": "read"}.items()
    assert [job["steps"][0]["with"]["command"] for job in jobs.values()] == ["claim", "ask", "publish"]


def _read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found
