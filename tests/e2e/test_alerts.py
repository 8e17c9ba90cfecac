"""Alerts, by the real process, in a real issue of the stand-in for GitHub."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.e2e.conftest import Scene, an_issue
from tests.standins import openapi

pytestmark = pytest.mark.e2e


def test_a_used_up_budget_is_told_in_one_issue(scene: Callable[..., AbstractContextManager[Scene]]) -> None:
    with scene(an_issue) as here:
        here.repo.push("main", {".github/hls.yml": "budget: {daily_usd: 0.30}\nalerts: {at: [1, 2]}\n"})
        first = here.run(run=1).wait()
        assert first.outcome == "done", first
        alert = here.number + 1
        issue = here.repo.issue(alert)
        assert (issue["title"], issue["state"], issue["user"]["type"]) == ("HLS: budget and errors", "open", "Bot")
        assert "`budget.daily_usd` is 0.30 USD." in issue["body"]
        assert "::warning title=HLS::Claude has cost" in first.log

        here.repo.comment(here.number, "/hls and on Windows?", by="reporter")
        second = here.run(run=2, command="rerun").wait()
        assert second.outcome == "done", second
        (comment,) = here.repo.comments(alert)
        assert comment["body"].split("\n")[0].startswith("<!-- hls:1 alert/daily_usd.")
        problems = [problem for exchange in here.github.exchanges for problem in openapi.problems(exchange)]
        assert problems == []
