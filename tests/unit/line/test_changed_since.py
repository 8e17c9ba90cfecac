"""What a pull request itself changed since its last review, on real git histories told as GitHub tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hls_action.adapters.github.rest import RestGitHub
from hls_action.domain.text import diff
from hls_action.domain.threads.thread import ChangedFile, Pull
from hls_action.line import read
from hls_action.line.run import Run
from tests.fakes import FakeClock, ScriptedModel, model_factory
from tests.standins.git_history import MAX_COMPARED, GitHistory
from tests.standins.proxy import Proxy
from tests.unit.builders import pull_thread
from tests.unit.line_bench import MATERIALS, bench_run

GONE = "c" * 40
WHOLE = "whole"

LINES = tuple(f"line {number}" for number in range(1, 41))


def text(*changes: tuple[int, str]) -> str:
    """The file that everybody works on, with other lines in some places, counted from 1."""
    new = dict(changes)
    return "".join(f"{new.get(number, line)}\n" for number, line in enumerate(LINES, 1))


MINE, MINE_TOO, THEIRS = (5, "mine"), (20, "mine, too"), (35, "theirs")
"""Changes of the shared file: two that the pull request makes, and one that others make."""


# ---- histories: each has a commit that was reviewed, and ends with the head ----


def start(history: GitHistory) -> str:
    """A pull request that adds a file and changes another."""
    history.commit("main", {"shared.py": text(), "theirs.py": "old\n", "third.py": "third\n"})
    history.branch("topic")
    return history.commit("topic", {"shared.py": text(MINE), "mine.py": "first\n"})


def others(history: GitHistory) -> None:
    """Other people's work arrives on the base, some of it in a file that the pull request changes."""
    history.commit("main", {"shared.py": text(THEIRS), "theirs.py": "new\n", "more.py": "more\n"})


def plain_push(history: GitHistory) -> str:
    reviewed = start(history)
    history.commit("topic", {"mine.py": "first\nsecond\n"})
    return reviewed


def plain_push_while_the_base_moves(history: GitHistory) -> str:
    reviewed = plain_push(history)
    others(history)
    history.git("checkout", "--quiet", "topic")
    return reviewed


def merge(history: GitHistory) -> str:
    reviewed = start(history)
    others(history)
    history.merge("topic")
    return reviewed


def merge_and_push(history: GitHistory) -> str:
    reviewed = merge(history)
    history.commit("topic", {"shared.py": text(MINE, MINE_TOO, THEIRS)})
    return reviewed


def push_and_merge(history: GitHistory) -> str:
    reviewed = plain_push(history)
    others(history)
    history.merge("topic")
    return reviewed


def merge_with_conflict(history: GitHistory) -> str:
    reviewed = start(history)
    history.commit("main", {"shared.py": text((5, "theirs here")), "theirs.py": "new\n"})
    history.merge("topic", files={"shared.py": text((5, "mine and theirs"))})
    return reviewed


def evil_merge(history: GitHistory) -> str:
    """The merge changes a line of the author's that nobody else touched, and one of a file that is not the author's."""
    reviewed = start(history)
    others(history)
    history.merge("topic", files={"shared.py": text((5, "mine, changed"), THEIRS), "theirs.py": "new\nhidden\n"})
    return reviewed


def merge_that_drops_others_work(history: GitHistory) -> str:
    reviewed = start(history)
    others(history)
    history.merge("topic", files={"theirs.py": "old\n"})
    return reviewed


def merge_next_to_mine(history: GitHistory) -> str:
    """Others change what the patch shows around the author's line, so that its context is another."""
    reviewed = start(history)
    history.commit("main", {"shared.py": text((7, "theirs near"), (8, "theirs as well"))})
    history.merge("topic")
    return reviewed


def merge_that_joins_hunks(history: GitHistory) -> str:
    """Others take lines out from between two changes, which git then shows as one."""
    history.commit("main", {"shared.py": text()})
    history.branch("topic")
    reviewed = history.commit("topic", {"shared.py": text((5, "mine"), (16, "mine, too"))})
    kept = "".join(f"{line}\n" for number, line in enumerate(LINES, 1) if not 7 <= number <= 13)
    history.commit("main", {"shared.py": kept})
    history.merge("topic")
    return reviewed


def merge_of_own_other_branch(history: GitHistory) -> str:
    reviewed = start(history)
    history.branch("side", "topic")
    history.commit("side", {"side.py": "side\n"})
    history.merge("topic", "side")
    return reviewed


def rebase(history: GitHistory) -> str:
    reviewed = start(history)
    others(history)
    history.rebase("topic")
    return reviewed


def rebase_and_push(history: GitHistory) -> str:
    reviewed = rebase(history)
    history.commit("topic", {"shared.py": text(MINE, MINE_TOO, THEIRS)})
    return reviewed


def dropped_commit(history: GitHistory) -> str:
    start(history)
    reviewed = history.commit("topic", {"third.py": "mine\n", "shared.py": text(MINE, MINE_TOO)})
    history.drop("topic")
    return reviewed


def amended(history: GitHistory) -> str:
    reviewed = start(history)
    history.commit("topic", {"mine.py": "first, amended\n"}, amend=True)
    return reviewed


def only_the_message_amended(history: GitHistory) -> str:
    reviewed = start(history)
    history.commit("topic", {}, amend=True)
    history.git("commit", "--quiet", "--amend", "--message=Other words")
    return reviewed


def reverted(history: GitHistory) -> str:
    start(history)
    reviewed = history.commit("topic", {"third.py": "mine\n"})
    history.undo("topic")
    return reviewed


def reverted_before_a_merge(history: GitHistory) -> str:
    reviewed = reverted(history)
    others(history)
    history.merge("topic")
    return reviewed


def half_reverted_before_a_merge(history: GitHistory) -> str:
    start(history)
    reviewed = history.commit("topic", {"shared.py": text(MINE, MINE_TOO)})
    history.undo("topic")
    others(history)
    history.merge("topic")
    return reviewed


def landed_elsewhere(history: GitHistory) -> str:
    """Others make the very same change, and it is merged back: the pull request makes it no longer."""
    start(history)
    reviewed = history.commit("topic", {"third.py": "mine\n"})
    history.commit("main", {"third.py": "mine\n"})
    history.merge("topic")
    return reviewed


def retargeted(history: GitHistory) -> str:
    """The base becomes a branch with other people's work that the pull request never saw."""
    reviewed = start(history)
    history.branch("release", "main")
    history.commit("release", {"theirs.py": "released\n", "shared.py": text(THEIRS)})
    history.base = "release"
    history.commit("topic", {"mine.py": "first\nsecond\n"})
    return reviewed


def retargeted_and_merged(history: GitHistory) -> str:
    reviewed = retargeted(history)
    history.merge("topic", "release")
    return reviewed


def renamed_and_edited(history: GitHistory) -> str:
    history.commit("main", {"shared.py": text(), "theirs.py": "old\n"})
    history.branch("topic")
    reviewed = history.commit("topic", {"shared.py": None, "moved.py": text(MINE)})
    history.commit("topic", {"moved.py": text(MINE, MINE_TOO)})
    others_in_another_file(history)
    return reviewed


def others_in_another_file(history: GitHistory) -> None:
    history.commit("main", {"theirs.py": "new\n"})
    history.merge("topic")


def renamed_since(history: GitHistory) -> str:
    reviewed = start(history)
    others_in_another_file(history)
    history.commit("topic", {"shared.py": None, "moved.py": text(MINE)})
    return reviewed


def removed_and_merged(history: GitHistory) -> str:
    """What the pull request removes was changed by nobody else; it removes another file since."""
    history.commit("main", {"shared.py": text(), "theirs.py": "old\n", "third.py": "third\n"})
    history.branch("topic")
    reviewed = history.commit("topic", {"shared.py": None})
    others_in_another_file(history)
    history.commit("topic", {"third.py": None})
    return reviewed


def binary_unchanged(history: GitHistory) -> str:
    history.commit("main", {"shared.py": text(), "logo.png": b"\0one", "theirs.png": b"\0theirs"})
    history.branch("topic")
    reviewed = history.commit("topic", {"logo.png": b"\0two"})
    history.commit("main", {"theirs.png": b"\0new"})
    history.merge("topic")
    return reviewed


def binary_changed(history: GitHistory) -> str:
    reviewed = binary_unchanged(history)
    history.commit("topic", {"logo.png": b"\0three"})
    return reviewed


def too_large(history: GitHistory, *, changed: bool) -> str:
    large = "".join(f"a long line of a large file, number {number}\n" for number in range(1_000))
    history.commit("main", {"shared.py": text(), "theirs.py": "old\n"})
    history.branch("topic")
    reviewed = history.commit("topic", {"large.py": large})
    others_in_another_file(history)
    if changed:
        history.commit("topic", {"large.py": large + "one more\n"})
    return reviewed


def too_large_unchanged(history: GitHistory) -> str:
    return too_large(history, changed=False)


def too_large_changed(history: GitHistory) -> str:
    return too_large(history, changed=True)


def many_files_of_others(history: GitHistory) -> str:
    """The comparison since the review lists no more than so many files, all of them other people's."""
    reviewed = start(history)
    history.commit("main", {f"a/{number:03}.py": "theirs\n" for number in range(MAX_COMPARED + 20)})
    history.merge("topic")
    history.commit("topic", {"mine.py": "first\nsecond\n"})
    return reviewed


def many_files(history: GitHistory) -> str:
    history.commit("main", {"theirs.py": "old\n"})
    history.branch("topic")
    reviewed = history.commit("topic", {f"m/{number:03}.py": "mine\n" for number in range(MAX_COMPARED + 20)})
    history.commit("topic", {"m/000.py": "mine, again\n"})
    return reviewed


def many_files_and_a_merge(history: GitHistory) -> str:
    reviewed = many_files(history)
    others_in_another_file(history)
    return reviewed


def gone(history: GitHistory) -> str:
    start(history)
    return GONE


def empty_commit(history: GitHistory) -> str:
    reviewed = start(history)
    history.commit("topic", {})
    return reviewed


# ---- and what of them is told ----


@dataclass(frozen=True)
class Row:
    """``files``: which must be told, no other may be, each with the lines that are shown as changed (``None``: by name
    alone). ``requests``: how many; ``whole``: the pull request is told as for a first review.
    """

    history: Callable[[GitHistory], str]
    files: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    requests: int = 3
    whole: bool = False


FIRST, SECOND = ("+first",), ("+first", "+second")
ALL = {"mine.py": FIRST, "shared.py": ("-line 5", "+mine")}

ROWS = (
    Row(plain_push, {"mine.py": ("+second",)}, requests=1),
    Row(plain_push_while_the_base_moves, {"mine.py": ("+second",)}, requests=1),
    Row(empty_commit, {}, requests=1),
    Row(merge, {}),
    Row(merge_next_to_mine, {}),
    Row(merge_that_joins_hunks, {}),
    Row(merge_and_push, {"shared.py": ("-line 20", "+mine, too")}),
    Row(push_and_merge, {"mine.py": ("+second",)}),
    Row(merge_with_conflict, {"shared.py": ("-theirs here", "+mine and theirs")}),
    Row(evil_merge, {"shared.py": ("-line 5", "+mine, changed"), "theirs.py": ("+hidden",)}),
    Row(merge_that_drops_others_work, {"theirs.py": ("-new", "+old")}),
    Row(merge_of_own_other_branch, {"side.py": ("+side",)}),
    Row(rebase, {}),
    Row(rebase_and_push, {"shared.py": ("-line 20", "+mine, too")}),
    Row(dropped_commit, {"third.py": None, "shared.py": ("-line 5", "+mine")}),
    Row(amended, {"mine.py": ("+first, amended",)}),
    Row(only_the_message_amended, {}),
    Row(reverted, {"third.py": ("-mine", "+third")}, requests=1),
    Row(reverted_before_a_merge, {"third.py": None}),
    Row(half_reverted_before_a_merge, {"shared.py": ("-line 5", "+mine")}),
    Row(landed_elsewhere, {"third.py": None}),
    Row(retargeted, {"mine.py": ("+second",)}, requests=1),
    Row(retargeted_and_merged, {"mine.py": ("+second",)}),
    Row(renamed_and_edited, {"moved.py": ("-line 20", "+mine, too")}),
    Row(renamed_since, {"moved.py": None}),
    Row(removed_and_merged, {"third.py": ("-third",)}),
    Row(binary_unchanged, {}),
    Row(binary_changed, {"logo.png": None}),
    Row(too_large_unchanged, {}),
    Row(too_large_changed, {"large.py": ("+one more",)}),
    Row(many_files_of_others, {"mine.py": SECOND}),
    Row(many_files, {"m/000.py": ("-mine", "+mine, again")}, requests=1),
    Row(
        many_files_and_a_merge,
        {f"m/{number:03}.py": ("+mine",) for number in range(1, MAX_COMPARED + 20)} | {"m/000.py": ("+mine, again",)},
        requests=6,
        whole=True,
    ),
    Row(gone, ALL, requests=2, whole=True),
)


@pytest.fixture
def history(tmp_path: Path) -> GitHistory:
    return GitHistory(tmp_path / "repository")


@pytest.fixture
def hosted(history: GitHistory) -> Iterator[Proxy]:
    with history.hosting() as proxy:
        yield proxy


def run_on(proxy: Proxy) -> Run:
    github = RestGitHub(proxy.url, "ghs_any", "o/r", job_token=True)
    return bench_run(github, model_factory(ScriptedModel()), FakeClock(), MATERIALS)


def told(history: GitHistory, run: Run, since: str) -> Pull:
    """The pull request as it is now, with what is told of it since a commit."""
    total = len(history.pull_files())
    known = pull_thread(pull=Pull(history.tip(history.head), "topic", history.base, file_total=total))
    found = read.with_files(run, known, since).pull
    assert found is not None
    return found


def lines(file: ChangedFile) -> tuple[str, ...] | None:
    if file.patch is None:
        return None
    return tuple(
        f"{line.side}{line.text}" for hunk in diff.parse(file.patch) for line in hunk.lines if line.side != " "
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.history.__name__.replace("_", " "))
def test_what_is_told_of_a_pull_request_since_its_last_review(row: Row, history: GitHistory, hosted: Proxy) -> None:
    reviewed = row.history(history)
    pull = told(history, run_on(hosted), reviewed)
    assert {file.path: lines(file) for file in pull.files} == dict(row.files)
    assert pull.since == ("" if row.whole else reviewed)
    assert pull.file_total == len(pull.files)
    assert len(hosted.exchanges) == row.requests
