"""What is told since a review, of histories made by chance: every line says whose it is, so that no rule is needed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hls_action.domain.text import diff
from hls_action.domain.threads.thread import ChangedFile
from tests.standins.git_history import GitHistory
from tests.unit.line.test_changed_since import run_on, told

PATHS = ("one.py", "two.py")
LINES = 24
OWN, THEIRS = "own", "their"

Op = tuple[str, int, int]
"""What happens, in which file, and where in it."""

WHAT = (
    "insert",
    "insert",
    "replace",
    "delete",
    "new file",
    "amend",
    "theirs",
    "theirs",
    "merge",
    "evil merge",
    "rebase",
)
ops = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 1), st.integers(0, LINES - 1)), min_size=2, max_size=9)


@dataclass
class Story:
    """A history that is lived through, a step after another."""

    history: GitHistory
    count: int = 0
    added: list[str] = field(default_factory=list)

    def begin(self) -> None:
        blocks = {path: "".join(f"{path} {n}\n" if n % 3 else "}\n" for n in range(LINES)) for path in PATHS}
        self.history.commit("main", blocks)
        self.history.branch("topic")
        self.history.commit("topic", {"own.py": self.line(OWN)})

    def line(self, whose: str) -> str:
        self.count += 1
        return f"{whose} {self.count}\n"

    def live(self, op: Op) -> None:
        what, file, at = op
        match what:
            case "new file":
                self.history.commit("topic", {f"own-{self.count}.py": self.line(OWN)})
            case "theirs":
                self.history.commit("main", self.edited("main", THEIRS, PATHS[file], at, ("insert", "replace")[at % 2]))
            case "merge":
                self.merge()
            case "evil merge":
                if self.merge():
                    self.history.commit("topic", self.edited("topic", OWN, PATHS[file], at, "replace"), amend=True)
            case "rebase":
                self.rebase()
            case "amend":
                if self.history.git("rev-list", "--merges", "-1", "topic") != self.history.tip("topic"):
                    self.history.commit("topic", self.edited("topic", OWN, "own.py", at, "insert"), amend=True)
            case _:
                self.history.commit("topic", self.edited("topic", OWN, PATHS[file], at, what))

    def edited(self, branch: str, whose: str, path: str, at: int, how: str) -> dict[str, str]:
        lines = [f"{line}\n" for line in self.history.text(branch, path).split("\n")]
        at %= len(lines)
        lines[at : at + (how != "insert")] = [] if how == "delete" else [self.line(whose)]
        return {path: "".join(lines)}

    def merge(self) -> bool:
        """Where both changed the same, the author's stands. Whether there was anything to merge."""
        before = self.history.tip("topic")
        self.history.git("checkout", "--quiet", "topic")
        self.history.git("merge", "--quiet", "--no-ff", "--strategy-option=ours", "--message=Merge", "main")
        return self.history.tip("topic") != before

    def rebase(self) -> None:
        self.history.git("checkout", "--quiet", "topic")
        self.history.git("rebase", "--quiet", "--strategy-option=theirs", "main", check=False)
        self.history.git("rebase", "--abort", check=False)

    def lines_of(self, ref: str) -> set[str]:
        """Every line of every file."""
        paths = self.history.git("ls-tree", "-r", "--name-only", ref).splitlines()
        return {line for path in paths for line in self.history.text(ref, path).split("\n")}

    def own_change(self, head: str) -> tuple[set[str], set[str], set[str]]:
        """Lines that the pull request adds at a commit, lines that it removes, and files."""
        files = self.history.changed(self.history.git("merge-base", "main", head), head)
        patches = [str(file["patch"]) for file in files]
        return signed(patches, "+"), signed(patches, "-"), {str(file["filename"]) for file in files}


def signed(patches: list[str], sign: str) -> set[str]:
    """The changed lines, but for those that are anywhere."""
    rows = (line for patch in patches for hunk in diff.parse(patch) for line in hunk.lines if line.side == sign)
    return {line.text for line in rows if line.text != "}"}


@given(before=ops, after=ops)
@settings(max_examples=25)
def test_no_line_of_others_is_told_and_no_new_one_of_the_authors_is_missed(before: list[Op], after: list[Op]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(GitHistory(Path(folder) / "repository"))
        story.begin()
        for op in before:
            story.live(op)
        reviewed = story.history.tip("topic")
        for op in after:
            story.live(op)
        with story.history.hosting() as proxy:
            pull = told(story.history, run_on(proxy), reviewed)
        check(story, reviewed, pull.files)


def check(story: Story, reviewed: str, files: tuple[ChangedFile, ...]) -> None:
    patches = [file.patch for file in files if file.patch]
    added, removed = signed(patches, "+"), signed(patches, "-")
    adds, removes, paths = story.own_change("topic")
    _, removed_then, paths_then = story.own_change(reviewed)
    own = {line for line in removed if line.startswith(OWN)}
    known = story.lines_of(reviewed)
    assert added <= adds, "others' lines are shown as added"
    assert removed - own <= removes, "others' removals are shown"
    assert {line for line in adds if line.startswith(OWN)} - known <= added, "an own new line is missed"
    assert (removes & known) - removed_then <= removed, "an own removal is missed"
    assert {file.path for file in files} <= paths | paths_then, "others' files are told"
