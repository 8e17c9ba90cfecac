"""The example workflows: each job can be stopped in an emergency, before it starts and by the action once it has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = [*sorted((ROOT / "examples" / "workflows").glob("*.yml")), ROOT / ".github" / "workflows" / "hls.yml"]
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
    answers = [step for step in job["steps"] if step.get("uses") == "./" or step["name"].startswith(("Answer", "Find"))]
    assert [step["with"]["stop"] for step in answers] == [STOP]
