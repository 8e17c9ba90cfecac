"""Effects, done: what is done, what is left for a later run, and what people are told, as a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import CoolingDown, Deleted, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.tasks.effects import FoldComments
from hls_action.line.apply_effects import Applied, apply
from tests.fakes import BAD_GATEWAY, FakeClock, FlakyGitHub, ScriptedModel, model_factory
from tests.unit.line_bench import MATERIALS, bench_run

GONE = Deleted(Fault("github", "status", "Could not resolve to a node", 404))
PASSING = UpstreamError(BAD_GATEWAY)
HELD_BACK = CoolingDown(
    Fault("github", "held back", "its rate limits allow no request", retry_after=900.0, rate_limited=True)
)
REFUSED = UpstreamError(Fault("github", "status", "Resource not accessible by integration", 403))
TOLD = "earlier reviews could not be folded: GitHub answered 403: Resource not accessible by integration"


class Folding(FlakyGitHub):
    """Comments by node id, with what folding each of them meets. ``tried``: in their order."""

    def __init__(self, root: Path, meets: dict[str, HLSError]) -> None:
        super().__init__(root, FakeClock())
        self.meets = meets
        self.tried: list[str] = []

    def fold(self, node_id: str) -> None:
        self.tried.append(node_id)
        if node_id in self.meets:
            raise self.meets[node_id]


@pytest.mark.parametrize(
    ("meets", "done", "tried"),
    [
        pytest.param({}, Applied(("a", "b", "c")), "abc", id="all of them"),
        pytest.param({"a": GONE, "b": GONE}, Applied(("a", "b", "c")), "abc", id="one that is gone needs no folding"),
        pytest.param({"b": PASSING}, Applied(("a",), ("b", "c")), "ab", id="a passing fault leaves the rest for later"),
        pytest.param({"a": PASSING}, Applied((), ("a", "b", "c")), "a", id="even all of them"),
        pytest.param({"b": HELD_BACK}, Applied(("a",), ("b", "c")), "ab", id="and so does a limit"),
        pytest.param(
            {"b": REFUSED}, Applied(("a", "b", "c"), note=TOLD), "ab", id="a refusal is told, and tried no more"
        ),
        pytest.param({"c": DeadlineExceeded("600 s")}, Applied(("a", "b"), ("c",)), "abc", id="so does the run's end"),
    ],
)
def test_what_comes_of_folding(tmp_path: Path, meets: dict[str, HLSError], done: Applied, tried: str) -> None:
    github = Folding(tmp_path, meets)
    run = bench_run(github, model_factory(ScriptedModel()), FakeClock(), MATERIALS)
    assert apply(run, ThreadId(7), FoldComments(("a", "b", "c"))) == done
    assert "".join(github.tried) == tried
