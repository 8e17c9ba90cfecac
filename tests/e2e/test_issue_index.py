"""The index of issues, by the real process against real git: a sweep writes it, and a run reads it."""

from __future__ import annotations

from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.knowledge import issue_documents
from tests.e2e.conftest import BODY, an_issue
from tests.e2e.steps import Scenes
from tests.standins import graphql_api, payloads

INDEX = "hls-state-index-42"


def test_a_sweep_writes_the_index_and_a_run_reads_it(scene: Scenes) -> None:
    graphql_api.schema()  # slow to read, and no request should wait for it
    with scene(an_issue) as here:
        here.repo.create_pull("Export to a folder", files={"export.py": "open('out/a')\n"}, by="contributor")
        swept = here.run(command="sweep", GITHUB_REPOSITORY_ID="42").wait()
        assert swept.status == 0, str(swept)
        with GitStateStore(str(here.remote), INDEX) as store:
            kept = issue_documents.read(store.read().documents)
        assert list(kept.index.issues) == [here.number], str(swept)
        assert kept.progress.stage == "done"

        second = here.repo.create_issue("Export fails again", BODY, by="reporter")["number"]
        here.tell(payloads.issues(here.repo, second))
        begun = len(here.git.exchanges)
        answered = here.run(run=2, GITHUB_REPOSITORY_ID="42").wait()
        assert (answered.outcome, "::warning" in answered.log) == ("done", False), str(answered)
        assert any(INDEX.encode() in each.request.body for each in here.git.exchanges[begun:])
        asked = [each.request for each in here.github.exchanges if each.request.path == graphql_api.PATH]
        assert [problem for request in asked for problem in graphql_api.problems(request)] == []
