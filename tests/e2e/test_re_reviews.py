"""A pull request that is pushed to again and again: the latest review stands, and one without news is not posted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import Scene, Stage, records_in
from tests.e2e.steps import Scenes, Step, interrupt, side_by_side
from tests.standins import openapi, payloads
from tests.standins.aimock import Aimock, answer, sequence
from tests.standins.client import JsonObject
from tests.standins.emulate import Emulate
from tests.standins.exchange import Recording
from tests.standins.git_http import bare_repository
from tests.standins.proxy import FaultKind
from tests.standins.repo import Repo

pytestmark = pytest.mark.e2e

FOLD = Step("github", "POST", "/graphql", 2)
"""Of the second run: what happened around the pull request is asked for first."""
FOUND = answer({"comment": "`export.py:1` opens a folder that may not exist.", "findings": ["a missing folder"]})
SETTLED = answer({"comment": "That is settled, and nothing else is wrong.", "findings": []})


def foldings(exchanges: Recording) -> int:
    """How often something was asked to be folded."""
    asked = (json.dumps(each.request.json()) for each in exchanges.matching("POST", "/graphql$"))
    return sum("minimizeComment" in query for query in asked)


def pushed(repo: Repo, number: int, text: str) -> JsonObject:
    """The author pushes to the pull request: the payload of the event that says so."""
    repo.push(repo.pull(number)["head"]["ref"], {"export.py": text})
    return payloads.pull_request(repo, number, "synchronize")


def test_a_review_folds_the_one_before_and_the_next_has_nothing_to_add(
    stage: Stage, emulate: Emulate, aimock: Aimock, tmp_path: Path
) -> None:
    aimock.use(*sequence(FOUND, SETTLED))
    remote = bare_repository(tmp_path / "state.git")
    repo, files = stage.repo, {"export.py": "open('out/a')\n"}
    number = repo.create_pull("Export to a folder", "Adds the export.", files=files, by="contributor")["number"]
    run = partial(stage.run, "pull_request", HLS_STATE_REMOTE=str(remote))

    first = run(payloads.pull_request(repo, number))
    assert first.outputs("hls")["outcome"] == "done", first.log
    second = run(pushed(repo, number, "mkdir('out')\nopen('out/a')\n"))
    assert second.outputs("hls")["outcome"] == "done", second.log

    earlier, latest = (comment["node_id"] for comment in repo.comments(number))
    assert emulate.minimized[earlier] == "OUTDATED"
    assert latest not in emulate.minimized
    head = repo.pull(number)["head"]["sha"]
    (record,) = (each for each in records_in(remote, repo, number) if each.key == f"pull/{head}")
    assert (record.state, record.folded, record.unfolded) == ("published", (earlier,), ())

    third = run(pushed(repo, number, "mkdir('out')\nopen('out/a')  # as asked\n"))

    assert (third.code, third.jobs) == (0, {"hls": "success"}), third.log
    outputs = third.outputs("hls")
    assert (outputs["outcome"], outputs["reason"].partition(":")[0]) == ("skipped", "nothing-new")
    assert float(outputs["cost-usd"]) > 0
    assert f"HLS #{number}: Nothing new" in third.summary
    assert len(repo.comments(number)) == 2
    assert latest not in emulate.minimized
    assert "# as asked" in json.dumps(stage.claude.exchanges[2].request.json())
    assert foldings(stage.github.exchanges) == 1, "nothing was folded twice"
    assert [problem for exchange in stage.github.exchanges for problem in openapi.problems(exchange)] == []


# ---- The folding does not work out: the real process, without act ----


def a_pull(repo: Repo) -> tuple[str, int, JsonObject]:
    """Somebody opens a pull request."""
    number = repo.create_pull("Export to a folder", files={"export.py": "open('out/a')\n"}, by="contributor")["number"]
    return "pull_request", number, payloads.pull_request(repo, number)


def test_what_was_not_folded_is_left_to_the_sweep(
    scene: Scenes, subtests: pytest.Subtests, emulate: Emulate, aimock: Aimock
) -> None:
    """It folds what it finds, and Claude is not asked for that."""
    aimock.use(FOUND)

    def case(second_review: Callable[[Scene], None], *, folds: bool = True) -> None:
        with scene(a_pull) as here:
            assert here.run().wait().outcome == "done"
            here.tell(pushed(here.repo, here.number, "open('out/b')\n"))
            second_review(here)
            ended = here.run(run=3, command="sweep").wait()
            assert (ended.status, ended.outcome, here.calls()) == (0, "skipped", 2), str(ended)
            earlier, latest = (reply["node_id"] for reply in here.replies())
            assert emulate.minimized.get(earlier) == ("OUTDATED" if folds else None)
            assert latest not in emulate.minimized
            assert foldings(here.github.exchanges) == 1 + folds
            check_recorded(here, earlier)

    side_by_side(
        subtests,
        {
            "killed before the folding": partial(case, partial(killed, kind="hang")),
            "killed after the folding": partial(case, partial(killed, kind="apply_then_hang")),
            "the token may not": partial(case, refused, folds=False),
        },
    )


def check_recorded(scene: Scene, earlier: str) -> None:
    """Both reviews are on record, and for the latest that nothing is left to fold."""
    records = {record.key: record for record in scene.records()}
    assert {record.state for record in records.values()} == {"published"}
    latest = records[f"pull/{scene.repo.pull(scene.number)['head']['sha']}"]
    assert (len(records), latest.folded, latest.unfolded) == (2, (earlier,), ())
    assert [problem for exchange in scene.github.exchanges for problem in openapi.problems(exchange)] == []


def killed(scene: Scene, *, kind: FaultKind) -> None:
    """The job dies at the folding: its comment stands, and neither is on record. GitHub says that the run is over."""
    _, fault = interrupt(scene, FOLD, kind, family=True, run=2)
    fault.released.set()
    assert Counter(record.state for record in scene.records()) == {"published": 1, "answered": 1}
    scene.github.overlay("GET", r"/actions/runs/2/attempts/1$", {"id": 2, "status": "completed"})


def refused(scene: Scene) -> None:
    """The token may not fold, which the run says."""
    error = {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}
    scene.github.overlay(FOLD.method, f"{FOLD.path}$", {"data": {"minimizeComment": None}, "errors": [error]})
    ended = scene.run(run=2).wait()
    assert ended.outcome == "done", str(ended)
    assert "earlier reviews could not be folded" in ended.log
    assert "'permissions: issues: write' and 'pull-requests: write'" in ended.log
