"""A pause by the real process: the order in a comment, the permission asked of GitHub, the ledger on a remote."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.e2e.conftest import Scene
from tests.standins import openapi, payloads
from tests.standins.client import JsonObject
from tests.standins.repo import Repo

pytestmark = pytest.mark.e2e

BODY = "Running `notes export` without an output folder ends in a traceback. With 2.3 the folder was created."


def a_pause_by_a_reporter(repo: Repo) -> tuple[str, int, JsonObject]:
    """Somebody who may only read has HLS pause."""
    number = repo.create_issue("Export crashes", BODY, by="reporter")["number"]
    return (
        "issue_comment",
        number,
        payloads.issue_comment(repo, number, repo.comment(number, "/hls pause", by="reporter")),
    )


def test_who_may_write_pauses_and_resumes(scene: Callable[..., AbstractContextManager[Scene]]) -> None:
    with scene(a_pause_by_a_reporter) as here:

        def says(body: str, by: str) -> None:
            here.tell(payloads.issue_comment(here.repo, here.number, here.repo.comment(here.number, body, by=by)))

        first = here.run(run=1).wait()
        assert first.outcome == "done", "it is refused, and the issue is answered as ever"
        says("/hls pause: what is this", "maintainer")
        assert here.run(run=2).wait().outcome == "done"
        says("/hls and on Windows?", "reporter")
        paused = here.run(run=3).wait()
        assert (paused.outcome, paused.outputs["reason"].split(":")[0]) == ("skipped", "paused")
        assert here.run(run=4, command="sweep").wait().outputs["reason"].startswith("paused: ")
        says("/hls resume catch up", "maintainer")
        assert here.run(run=5).wait().outcome == "done", "and what waits in the same thread is answered at once"

        bodies = [reply["body"].partition("\n")[2] for reply in here.replies()]
        assert [body.startswith("HLS is") for body in bodies] == [False, True, True, False]
        assert here.calls() == 2
        assert [problem for exchange in here.github.exchanges for problem in openapi.problems(exchange)] == []
