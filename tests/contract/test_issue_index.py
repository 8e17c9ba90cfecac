"""The index of issues in each kind of store, beside the ledger's and apart from it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hls_action.adapters.state.folder import FolderStateStore
from hls_action.adapters.state.git import GitStateStore
from hls_action.domain.knowledge import issue_documents
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.knowledge.issue_upkeep import KeptIndex, Progress
from hls_action.domain.ledger.errors import Conflict
from hls_action.line.issues import read_stored
from hls_action.ports import IssueIndexStore
from tests.fakes import START
from tests.unit.domain.knowledge.indexed import indexed

Open = Callable[[], IssueIndexStore]


@pytest.fixture(params=["git", "folder"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Another run's store each time."""
    if request.param == "folder":
        return lambda: FolderStateStore(tmp_path / "index")
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path], check=True)
    GitStateStore(str(tmp_path), "hls-state").compare_and_swap("", {"README.md": "# The ledger's"})
    return lambda: GitStateStore(str(tmp_path), "hls-state-index")


def kept(*numbers: int) -> KeptIndex:
    issues = {number: indexed(number, text="Ünïcode 🎣\n\0") for number in numbers}
    return KeptIndex(IssueIndex(issues, START), Progress("closed", older="Y3Vyc29yOjI="))


def test_is_read_as_it_was_written(opened: Open) -> None:
    assert read_stored(opened()).kept == KeptIndex()
    version = opened().compare_and_swap("", issue_documents.changes({}, kept(1, 700)))
    found = read_stored(opened())
    assert (found.kept, found.note, found.version) == (kept(1, 700), "", version)
    opened().compare_and_swap(version, issue_documents.changes(found.documents, kept(1)))
    assert read_stored(opened()).kept == kept(1)


def test_of_two_writers_the_later_one_writes_nothing(opened: Open) -> None:
    late = read_stored(opened())
    opened().compare_and_swap("", issue_documents.changes({}, kept(1)))
    with pytest.raises(Conflict):
        opened().compare_and_swap(late.version, issue_documents.changes(late.documents, kept(2)))
    assert read_stored(opened()).kept == kept(1)
