"""Every implementation of `StateStore`, by the same tests; then what only a git remote can do to us."""

from __future__ import annotations

import os
import random
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hls_action.adapters.state.folder import FolderStateStore
from hls_action.adapters.state.git import LINEAGE, MAX_BYTES, GitStateStore
from hls_action.domain.errors import HLSError, UsageError
from hls_action.domain.ledger import documents as ledger_documents
from hls_action.domain.ledger.errors import (
    Conflict,
    SecretRefused,
    StateForbidden,
    StateUnavailable,
    StateUnreachable,
    StateUnreadable,
)
from hls_action.ports import Snapshot, StateStore
from tests.contract.spender import CAPS, WORST
from tests.contract.state_writer import BRANCH, connect, increment

ROOT = Path(__file__).parents[2]
TOKEN = "ghs_0123456789abcdefTOKEN"
BASIC = b64encode(f"x-access-token:{TOKEN}".encode()).decode()
REAL_GIT = shutil.which("git") or ""


def git(place: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What a maintainer would type in that repository."""
    identity = ("-c", "user.name=A Maintainer", "-c", "user.email=maintainer@example.com")
    command = [REAL_GIT, "-C", str(place), *identity, *arguments]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


@dataclass
class Place:
    """Where state is shared. Each `open` is another run's store."""

    kind: str
    path: Path

    def open(self) -> StateStore:
        return connect(self.kind, str(self.path))

    def writer(self, *arguments: str) -> list[str]:
        mode, *rest = arguments
        return [sys.executable, "-m", "tests.contract.state_writer", mode, self.kind, str(self.path), *rest]


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository."""
    path = tmp_path / "remote.git"
    subprocess.run([REAL_GIT, "init", "--quiet", "--bare", path], check=True)
    git(path, "config", "gc.auto", "0")
    return path


@pytest.fixture(params=["git", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    path = request.getfixturevalue("remote") if request.param == "git" else tmp_path / "folder"
    return Place(request.param, path)


# ---- Every store


def test_is_empty_before_the_first_write(place: Place) -> None:
    assert place.open().read() == Snapshot("", {})


def test_is_created_by_the_first_write(place: Place) -> None:
    store = place.open()
    version = store.compare_and_swap("", {"README.md": "# State\n"})
    assert version
    assert store.read() == Snapshot(version, {"README.md": "# State\n"})


def test_cannot_be_created_twice(place: Place) -> None:
    place.open().compare_and_swap("", {"a": "first"})
    with pytest.raises(Conflict):
        place.open().compare_and_swap("", {"a": "second"})
    assert place.open().read().documents == {"a": "first"}


def test_changes_adds_and_deletes_at_once_and_leaves_the_rest(place: Place) -> None:
    store = place.open()
    first = store.compare_and_swap("", {"a": "1", "b": "1", "items/00.json": "{}", "items/01.json": "{}"})
    second = store.compare_and_swap(
        first, {"a": "2", "b": None, "items/00.json": None, "new/deep/er.json": "[]", "never-was": None}
    )
    wanted = {"a": "2", "items/01.json": "{}", "new/deep/er.json": "[]"}
    assert place.open().read() == store.read() == Snapshot(second, wanted)
    third = store.compare_and_swap(second, dict.fromkeys(wanted))
    assert place.open().read() == Snapshot(third, {})
    store.compare_and_swap(third, {"a": "3"})


def test_a_document_may_become_a_folder(place: Place) -> None:
    store = place.open()
    first = store.compare_and_swap("", {"a": "1"})
    second = store.compare_and_swap(first, {"a/b": "2", "a": None})
    assert store.read() == Snapshot(second, {"a/b": "2"})


@pytest.mark.parametrize(
    "text", ["", "\n", "no end of line", "a\r\nb\0c\n", "ü 中 🎣\u2028\ufeff", '"\\\n<!-- hls:1 -->']
)
def test_keeps_every_character(place: Place, text: str) -> None:
    path = 'items/ü 中 "quoted" 🎣.json'
    version = place.open().compare_and_swap("", {path: text})
    assert place.open().read() == Snapshot(version, {path: text})


def test_refuses_text_that_is_none(place: Place) -> None:
    with pytest.raises(UnicodeEncodeError):
        place.open().compare_and_swap("", {"a": "half a character: \ud83c"})
    assert place.open().read().version == ""


def test_a_stale_version_conflicts_and_writes_nothing(place: Place) -> None:
    mine, other = place.open(), place.open()
    version = mine.compare_and_swap("", {"a": "1", "b": "1"})
    assert other.read().version == version
    newer = other.compare_and_swap(version, {"b": "2"})
    with pytest.raises(Conflict):
        mine.compare_and_swap(version, {"a": "lost", "c": "lost"})
    with pytest.raises(Conflict):
        other.compare_and_swap(version, {"a": "lost, though this store knows the newer version"})
    assert mine.read() == other.read() == Snapshot(newer, {"a": "1", "b": "2"})


def test_a_version_that_never_was_conflicts(place: Place) -> None:
    with pytest.raises(Conflict):
        place.open().compare_and_swap("0123456789" * 4, {"a": "1"})
    place.open().compare_and_swap("", {"a": "1"})
    with pytest.raises(Conflict):
        place.open().compare_and_swap("0123456789" * 4, {"a": "2"})


def test_stores_see_each_others_writes(place: Place) -> None:
    one, two = place.open(), place.open()
    version = ""
    for number in range(3):
        version = one.compare_and_swap(version, {"one": str(number)})
        assert two.read().version == version
        version = two.compare_and_swap(version, {"two": str(number)})
        assert one.read() == Snapshot(version, {"one": str(number), "two": str(number)})


def test_goes_on_from_the_version_it_wrote_without_reading(place: Place) -> None:
    store = place.open()
    version = ""
    for number in range(4):
        version = store.compare_and_swap(version, {f"{number}": "x"})
    assert place.open().read() == Snapshot(version, dict.fromkeys("0123", "x"))


def test_goes_on_from_a_version_that_another_store_wrote(place: Place) -> None:
    one = place.open()
    version = one.compare_and_swap("", {"a": "1"})
    version = place.open().compare_and_swap(version, {"b": "2"})
    version = one.compare_and_swap(version, {"c": "3"})
    assert place.open().read() == Snapshot(version, {"a": "1", "b": "2", "c": "3"})


def test_the_same_content_is_another_version(place: Place) -> None:
    store = place.open()
    versions = [store.compare_and_swap("", {"a": "A"})]
    for text in "BABABABA":
        versions.append(store.compare_and_swap(versions[-1], {"a": text}))
    assert len(set(versions)) == len(versions)
    with pytest.raises(Conflict):
        place.open().compare_and_swap(versions[0], {"a": "on top of the first A"})


def test_of_equal_changes_at_once_one_wins(place: Place) -> None:
    stores = [place.open() for _ in range(4)]
    version = stores[0].compare_and_swap("", {"a": "0"})
    for store in stores:
        store.read()

    def attempt(store: StateStore) -> str:
        try:
            return store.compare_and_swap(version, {"a": "1"})
        except Conflict:
            return ""

    with ThreadPoolExecutor(len(stores)) as pool:
        won = [fresh for fresh in pool.map(attempt, stores) if fresh]
    assert won == [place.open().read().version]


def test_threads_may_share_a_store(place: Place) -> None:
    store = place.open()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: increment(store, 0.2), range(12)))
    assert store.read().documents == {"counter": "12"}


@pytest.mark.slow
def test_fifty_writers_at_once_lose_nothing(place: Place) -> None:
    """Takes 8 to 15 s with git on two busy cores."""
    writers, times = 50, {"git": 1, "folder": 4}[place.kind]
    began = time.monotonic()
    subprocess.run(place.writer("count", str(writers), str(times)), cwd=ROOT, check=True, timeout=120)
    seconds = time.monotonic() - began
    assert place.open().read().documents == {"counter": str(writers * times)}
    print(f"{place.kind}: {writers} writers x {times} in {seconds:.1f} s")


@pytest.mark.slow
def test_a_killed_writer_leaves_the_old_state_or_the_new(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # they leave their repositories behind
    chance = random.Random(7)
    for _ in range(8):
        with subprocess.Popen(place.writer("pair"), cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline()]
            time.sleep(chance.uniform(0, 0.15))
            writer.kill()
            said += writer.stdout.readlines()
        acknowledged = int([line for line in said if line.endswith(b"\n")][-1])
        documents = place.open().read().documents
        assert documents["left"] == documents["deep/right"]
        # A push that had begun may still arrive.
        assert int(documents["left"]) in (acknowledged, acknowledged + 1)


# ---- A folder


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StateUnavailable):
        FolderStateStore(tmp_path / "file").compare_and_swap("", {"a": "1"})


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"version": "1", "documents": []}', b"\xff"])
def test_a_folder_of_somebody_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    with pytest.raises(StateUnreadable):
        FolderStateStore(tmp_path).read()
    with pytest.raises(StateUnreadable):
        FolderStateStore(tmp_path).compare_and_swap("", {"a": "1"})
    assert (tmp_path / "state.json").read_bytes() == content


# ---- Git: the branch


def test_the_branch_stays_one_commit_and_clones_stay_small(remote: Path, tmp_path: Path) -> None:
    store = GitStateStore(str(remote), BRANCH)
    version = ""
    for _ in range(LINEAGE + 5):
        version = store.compare_and_swap(version, {"noise.json": random.randbytes(10_000).hex()})
    assert git(remote, "rev-list", "--count", BRANCH) == "1"
    subprocess.run([REAL_GIT, "clone", "--quiet", "--branch", BRANCH, remote.as_uri(), tmp_path / "clone"], check=True)
    assert sum(file.stat().st_size for file in (tmp_path / "clone/.git/objects").rglob("*") if file.is_file()) < 40_000
    assert len(git(remote, "cat-file", "commit", BRANCH)) < 2_000


def test_a_change_sends_what_changed(remote: Path) -> None:
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {f"{n}": random.randbytes(50_000).hex() for n in range(4)})
    before = size_of(remote)
    store.compare_and_swap(version, {"small": "x"})
    assert size_of(remote) - before < 5_000


def size_of(remote: Path) -> int:
    return sum(file.stat().st_size for file in (remote / "objects").rglob("*") if file.is_file())


def test_no_two_commits_are_the_same(remote: Path, shim: Shim) -> None:
    """Red without the nonce: parentless commits of equal content, author and second are one commit.

    Two runs that make the same change would then both take the one that arrived for their own.
    """
    shim.write('[ "$1" = push ] && { for last; do :; done; echo "$last" >> $LOG; exit 1; }')
    for _ in range(6):
        with pytest.raises(StateUnavailable):
            GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "1"})
    pushed = shim.log.read_text().split()
    assert len(set(pushed)) == len(pushed) == 6


def test_a_push_that_changed_nothing_is_no_success(remote: Path, shim: Shim) -> None:
    """What git says, with exit status 0, when the commit is there already: then somebody else put it there."""
    shim.write(f'[ "$1" = push ] && {{ printf "=\\tabc:refs/heads/{BRANCH}\\t[up to date]\\nDone\\n"; exit 0; }}')
    with pytest.raises(Conflict):
        GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "1"})


def test_a_deleted_branch_conflicts_and_can_be_made_again(remote: Path) -> None:
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {"a": "1"})
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    with pytest.raises(Conflict):
        store.compare_and_swap(version, {"a": "2"})
    assert store.read() == Snapshot("", {})
    version = store.compare_and_swap("", {"a": "3"})
    assert store.read() == Snapshot(version, {"a": "3"})


def test_goes_on_after_a_commit_by_hand(remote: Path, tmp_path: Path) -> None:
    GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "1"})
    clone = tmp_path / "clone"
    subprocess.run([REAL_GIT, "clone", "--quiet", "--branch", BRANCH, remote, clone], check=True)
    for text in "23":
        (clone / "a").write_text(text)
        git(clone, "commit", "--quiet", "--all", "--message", "By hand\n\nAfter: lunch")
    git(clone, "push", "--quiet", "origin", BRANCH)
    store = GitStateStore(str(remote), BRANCH)
    snapshot = store.read()
    assert snapshot.documents == {"a": "3"}
    assert store._git.home is not None
    assert git(store._git.home, "rev-list", "--count", "--all") == "1"
    store.compare_and_swap(snapshot.version, {"b": "4"})
    assert GitStateStore(str(remote), BRANCH).read().documents == {"a": "3", "b": "4"}
    assert git(remote, "rev-list", "--count", BRANCH) == "1"


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", "../a", "a/./b", "x/.git/config", ".GIT", "a\nb", "a\\b", "a\0"]
)
def test_refuses_paths_that_are_none(remote: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        GitStateStore(str(remote), BRANCH).compare_and_swap("", {path: "x"})
    assert GitStateStore(str(remote), BRANCH).read().version == ""


def test_refuses_a_document_below_a_document(remote: Path) -> None:
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {"a": "1", "b/c": "1"})
    for path in ("a/b", "b"):
        with pytest.raises(ValueError, match="below"):
            store.compare_and_swap(version, {path: "x"})
    assert store.read().documents == {"a": "1", "b/c": "1"}


def put(remote: Path, mode: str, path: str, content: bytes) -> None:
    """Make the branch hold that, whatever it is."""
    kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
    blob = git(remote, "hash-object", "-w", "--stdin", stdin=content) if kind == "blob" else "1" * 40
    tree = git(remote, "mktree", "--missing", "-z", stdin=f"{mode} {kind} {blob}\t{path}\0".encode())
    git(remote, "update-ref", f"refs/heads/{BRANCH}", git(remote, "commit-tree", tree, "-m", "By hand"))


@pytest.mark.parametrize(
    ("mode", "content", "words"),
    [
        ("100644", b"caf\xe9", "photo is not UTF-8|photo in the state is not UTF-8 text \\(byte 3\\)"),
        ("100644", b"x" * (MAX_BYTES + 1), "16,777,217 bytes"),
        ("120000", b"/etc/passwd", "not a file"),
        ("160000", b"", "not a file"),
    ],
    ids=["latin-1", "huge", "symlink", "submodule"],
)
def test_leaves_alone_what_it_cannot_read(remote: Path, mode: str, content: bytes, words: str) -> None:
    put(remote, mode, "photo", content)
    there = git(remote, "rev-parse", BRANCH)
    store = GitStateStore(str(remote), BRANCH)
    with pytest.raises(StateUnreadable, match=words):
        store.read()
    with pytest.raises(StateUnreadable, match=words):
        store.compare_and_swap(there, {"a": "1"})
    assert git(remote, "rev-parse", BRANCH) == there


def test_writes_nothing_that_it_could_not_read(remote: Path) -> None:
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {"a": "x" * (MAX_BYTES - 10)})
    with pytest.raises(StateUnreadable):
        store.compare_and_swap(version, {"b": "x" * 11})
    assert store.compare_and_swap(version, {"b": "x" * 10})


@pytest.mark.parametrize(
    "branch",
    ["", "-f", "+main", "a:b", "a b", "a..b", "refs/*", "refs/hls", "refs/../x/y", "refs/pull/1/head", "refs/tags/v1"],
)
def test_refuses_names_that_git_would_read_as_something_else(remote: Path, branch: str) -> None:
    with pytest.raises(UsageError):
        GitStateStore(str(remote), branch)


def test_a_ref_that_is_no_branch_is_in_nobodys_clone(remote: Path, tmp_path: Path) -> None:
    store = GitStateStore(str(remote), "refs/hls/state")
    first = store.compare_and_swap("", {"a": "1"})
    other = GitStateStore(str(remote), "refs/hls/state")
    assert (other.read().version, dict(other.read().documents)) == (first, {"a": "1"})
    other.compare_and_swap(first, {"a": "2"})
    with pytest.raises(Conflict):
        store.compare_and_swap(first, {"a": "3"})
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/hls/state"
    subprocess.run([REAL_GIT, "clone", "--quiet", remote.as_uri(), tmp_path / "clone"], check=True)
    assert git(tmp_path / "clone", "for-each-ref") == ""


def test_refuses_credentials_in_the_address() -> None:
    with pytest.raises(UsageError) as caught:
        GitStateStore(f"https://x-access-token:{TOKEN}@git.example/o/r.git", BRANCH)
    assert TOKEN not in str(caught.value)


# ---- Git: the environment


def test_ignores_what_git_would_inherit(remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text('[url "file:///nowhere/"]\n\tinsteadOf = /\n[core]\n\thooksPath = /nowhere\n')
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "NAMESPACE", "ASKPASS"):
        monkeypatch.setenv(f"GIT_{name}", "/nowhere")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "trace"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare'='nonsense'")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "include.path")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(config))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(config))
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "none")
    (tmp_path / ".gitconfig").write_text(config.read_text())
    monkeypatch.setenv("HOME", str(tmp_path))
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {"a": "1"})
    assert store.read() == Snapshot(version, {"a": "1"})
    assert not (tmp_path / "trace").exists()


def test_runs_no_other_transport(tmp_path: Path) -> None:
    with pytest.raises(StateUnavailable):
        GitStateStore(f"ext::touch {tmp_path / 'pwned'}", BRANCH).read()
    with pytest.raises(UsageError, match="ssh is not supported"):
        GitStateStore("ssh://git@git.example/o/r.git", BRANCH)
    assert not list(tmp_path.iterdir())


def test_cleans_up_after_itself(remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with GitStateStore(str(remote), BRANCH) as store:
        assert not list((tmp_path / "tmp").iterdir())
        store.compare_and_swap("", {"a": "1"})
        assert list((tmp_path / "tmp").iterdir())
    assert not list((tmp_path / "tmp").iterdir())
    assert store.read().documents == {"a": "1"}
    del store
    assert not list((tmp_path / "tmp").iterdir())


@dataclass
class Shim:
    """A `git` that comes first on the PATH."""

    folder: Path
    log: Path

    def write(self, script: str) -> None:
        path = self.folder / "git"
        path.write_text(f'#!/bin/sh\nREAL={REAL_GIT} LOG={self.log}\n{script}\nexec $REAL "$@"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shim:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return Shim(tmp_path / "bin", tmp_path / "shim.log")


def test_starts_few_processes(remote: Path, shim: Shim) -> None:
    shim.write('echo "$1" >> $LOG')
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {f"items/{n:02}.json": "{}" for n in range(16)})
    assert shim.log.read_text().split() == ["fast-import", "push"]
    shim.log.unlink()
    store.compare_and_swap(version, {"items/03.json": "[]"})
    assert shim.log.read_text().split() == ["fast-import", "push"]
    shim.log.unlink()
    store.read()
    assert shim.log.read_text().split() == ["fetch", "ls-tree", "cat-file"]


def test_git_sees_no_secret_but_its_token(remote: Path, shim: Shim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    shim.write("env >> $LOG")
    GitStateStore(str(remote), BRANCH, TOKEN).compare_and_swap("", {"a": "1"})
    environment = shim.log.read_text()
    assert "GIT_TERMINAL_PROMPT=0" in environment
    assert "sk-ant" not in environment
    # A local remote takes no token, so it gets none.
    assert TOKEN not in environment
    assert BASIC not in environment


# ---- Git: what goes wrong


def test_a_remote_that_is_not_there(tmp_path: Path) -> None:
    store = GitStateStore(str(tmp_path / "nowhere.git"), BRANCH)
    with failure(StateUnavailable, "does not appear to be a git repository"):
        store.read()
    with failure(StateUnavailable, "not known whether"):
        store.compare_and_swap("", {"a": "1"})


def test_no_git_at_all(remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with failure(StateUnreachable, "Install git on the runner"):
        GitStateStore(str(remote), BRANCH).read()


def test_a_remote_that_does_not_answer(remote: Path, shim: Shim) -> None:
    shim.write('[ "$1" = fetch ] && sleep 60')
    began = time.monotonic()
    with failure(StateUnavailable, r"no answer within 0\.3 s"):
        GitStateStore(str(remote), BRANCH, deadline_seconds=0.3).read()
    assert time.monotonic() - began < 5


def test_a_hook_that_refuses_is_a_ruleset(remote: Path) -> None:
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\necho 'error: GH013: Repository rule violations found for refs/heads/hls-state.' >&2\nexit 1\n"
    )
    hook.chmod(0o755)
    with failure(StateForbidden, r"^Exempt hls-state from the ruleset") as caught:
        GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "1"})
    assert "GH013: Repository rule violations found" in caught.value.cause
    assert GitStateStore(str(remote), BRANCH).read().version == ""


def test_a_remote_that_takes_no_forced_push(remote: Path) -> None:
    git(remote, "config", "receive.denyNonFastForwards", "true")
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {"a": "1"})
    with failure(StateForbidden, "force-pushed"):
        store.compare_and_swap(version, {"a": "2"})


def test_a_branch_that_is_a_folder_of_branches(remote: Path) -> None:
    GitStateStore(str(remote), f"{BRANCH}/old").compare_and_swap("", {"a": "1"})
    with failure(StateUnavailable, "cannot be created"):
        GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "1"})


@contextmanager
def failure(error: type[HLSError], words: str) -> Iterator[pytest.ExceptionInfo[HLSError]]:
    """An error that says so, itself or in the words of git that it repeats."""
    with pytest.raises(error) as caught:
        yield caught
    assert re.search(words, str(caught.value))


REF = f"refs/heads/{BRANCH}"
SAID_BY_GITHUB = {
    "protected": (
        f"!\\tabc:{REF}\\t[remote rejected] (protected branch hook declined)",
        f"remote: error: GH006: Protected branch update failed for {REF}.\\nremote: error: Cannot force-push here",
        StateForbidden,
        "ruleset.*GH006.*Cannot force-push",
    ),
    "ruleset": (
        f"!\\tabc:{REF}\\t[remote rejected] (push declined due to repository rule violations)",
        "remote: error: GH013: Repository rule violations found.\\nremote: - Cannot update this protected ref.",
        StateForbidden,
        "ruleset.*Cannot update this protected ref",
    ),
    "push protection": (
        f"!\\tabc:{REF}\\t[remote rejected] (push declined due to repository rule violations)",
        "remote: error: GH013: Repository rule violations found.\\nremote: - Push cannot contain secrets",
        SecretRefused,
        "^GitHub's push protection detected a secret in this answer",
    ),
    "race": (
        f"!\\tabc:{REF}\\t[remote rejected] (cannot lock ref '{REF}': is at 1111 but expected 2222)",
        "error: failed to push some refs",
        Conflict,
        "cannot lock ref",
    ),
    "read-only token": (
        "",
        "remote: Permission to o/r.git denied to github-actions[bot].\\nfatal: The requested URL returned error: 403",
        StateForbidden,
        "^Give the job `permissions: contents: write`.*denied to github-actions",
    ),
    "outage": (
        f"!\\tabc:{REF}\\t[remote rejected] (Internal Server Error)",
        "remote: Internal Server Error\\nerror: failed to push some refs",
        StateUnavailable,
        r"was not written\. \(\[remote rejected\] \(Internal Server Error\); remote: Internal Server Error\)",
    ),
    "cut": (
        f"!\\tabc:{REF}\\t[remote failure] (remote failed to report status)",
        "fatal: the remote end hung up unexpectedly",
        StateUnavailable,
        "was not written.*hung up",
    ),
    "a hook's own words are not git's": (
        "",
        "remote: The requested URL returned error: 403\\nerror: RPC failed; HTTP 502",
        StateUnavailable,
        r"was not written\. \(remote: .*; error: RPC failed; HTTP 502",
    ),
}


@pytest.mark.parametrize("case", SAID_BY_GITHUB)
def test_understands_refusals(remote: Path, shim: Shim, case: str) -> None:
    stdout, stderr, error, words = SAID_BY_GITHUB[case]
    shim.write(f'[ "$1" = push ] && {{ printf "{stdout}\\n"; printf "{stderr}\\n" >&2; exit 1; }}')
    with failure(error, words) as caught:
        GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "1"})
    assert type(caught.value) is error


ECHO = f"printf '!\\tabc:{REF}\\t[remote rejected] (failed to update ref)\\n'; exit 1"
"""What a server says of a push that git's transport repeated, because the answer to the first one was lost."""


@pytest.mark.parametrize("end", ["exit 1", ECHO, "echo 'error: RPC failed; HTTP 502' >&2; exit 128", "sleep 60"])
def test_a_push_that_took_effect_and_did_not_say_so(remote: Path, shim: Shim, end: str) -> None:
    store = GitStateStore(str(remote), BRANCH, deadline_seconds=5)
    first = store.compare_and_swap("", {"a": "1"})
    shim.write(f'[ "$1" = push ] && {{ $REAL "$@" > /dev/null; {end}; }}')
    second = store.compare_and_swap(first, {"a": "2"})
    assert GitStateStore(str(remote), BRANCH).read() == Snapshot(second, {"a": "2"})
    shim.write("")
    store.compare_and_swap(second, {"a": "3"})


def test_a_push_that_took_effect_and_was_built_upon(remote: Path, shim: Shim) -> None:
    """Nothing of it is left on the branch but its name in the lineage."""
    place = Place("git", remote)
    store = place.open()
    increment(store, 0.1)
    add = f"PATH={Path(REAL_GIT).parent}:$PATH; cd {ROOT}; {' '.join(place.writer('count', '1', '3'))}"
    shim.write(f'[ "$1" = push ] && {{ $REAL "$@" > /dev/null; env -u GIT_DIR sh -c "{add}" >&2; exit 1; }}')
    version = store.read().version
    stale = store.compare_and_swap(version, {"counter": "2"})
    assert place.open().read().documents == {"counter": "5"}
    shim.write("")
    with pytest.raises(Conflict):
        store.compare_and_swap(stale, {"counter": "3"})


def test_a_push_that_was_lost_to_another(remote: Path, shim: Shim) -> None:
    place = Place("git", remote)
    store = place.open()
    version = store.compare_and_swap("", {"counter": "1"})
    add = f"PATH={Path(REAL_GIT).parent}:$PATH; cd {ROOT}; {' '.join(place.writer('count', '1', '3'))}"
    shim.write(f'[ "$1" = push ] && {{ env -u GIT_DIR sh -c "{add}" >&2; exit 1; }}')
    with pytest.raises(Conflict):
        store.compare_and_swap(version, {"counter": "2"})
    assert place.open().read().documents == {"counter": "4"}


def test_a_push_that_a_commit_by_hand_followed(remote: Path, shim: Shim) -> None:
    """Such a commit names no predecessors, so ours may have been among them."""
    put(remote, "100644", "a", b"by hand")
    by_hand = git(remote, "rev-parse", BRANCH)
    git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    shim.write(f'[ "$1" = push ] && {{ $REAL --git-dir={remote} update-ref refs/heads/{BRANCH} {by_hand}; exit 1; }}')
    with failure(StateUnavailable, "not known whether"):
        GitStateStore(str(remote), BRANCH).compare_and_swap("", {"a": "2"})


def test_a_push_that_never_arrived_may_be_tried_again(remote: Path, shim: Shim) -> None:
    store = GitStateStore(str(remote), BRANCH, deadline_seconds=4)
    version = store.compare_and_swap("", {"a": "1"})
    shim.write('[ "$1" = push ] && sleep 60')
    with failure(StateUnavailable, "was not written"):
        store.compare_and_swap(version, {"a": "2"})
    shim.write("")
    store.compare_and_swap(version, {"a": "2"})


def test_a_push_of_which_nothing_can_be_known(remote: Path, shim: Shim) -> None:
    store = GitStateStore(str(remote), BRANCH)
    version = store.compare_and_swap("", {"a": "1"})
    shim.write('case "$1" in push|fetch) echo "fatal: Could not resolve host" >&2; exit 128;; esac')
    with failure(StateUnavailable, "not known whether"):
        store.compare_and_swap(version, {"a": "2"})


def test_git_is_killed_with_all_that_it_started(remote: Path, shim: Shim) -> None:
    shim.write('[ "$1" = fetch ] && { (sleep 2; echo alive >> $LOG) & sleep 60; }')
    with pytest.raises(StateUnavailable):
        GitStateStore(str(remote), BRANCH, deadline_seconds=0.3).read()
    time.sleep(2.5)
    assert not shim.log.exists()


# ---- Git: over HTTP, with credentials


@dataclass
class Hosting:
    """`git http-backend` behind Basic authentication: a hosting service in small."""

    root: Path
    may_push: bool = True
    seen: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.seen.append(request.headers.get("Authorization", ""))
        self.leaks += leaks()
        path, _, query = request.path.partition("?")
        if path.startswith("/moved"):
            self.refuse(request, 301, "Moved", Location=request.path.replace("/moved", "/remote", 1))
        elif self.seen[-1] != f"Basic {BASIC}":
            self.refuse(request, 401, "Who are you?", **{"WWW-Authenticate": 'Basic realm="git"'})
        elif "git-receive-pack" in request.path and not self.may_push:
            self.refuse(request, 403, "Permission to o/r.git denied to github-actions[bot].")
        else:
            self.backend(request, path, query)

    @staticmethod
    def refuse(request: BaseHTTPRequestHandler, status: int, text: str, **headers: str) -> None:
        request.send_response(status)
        for name, value in {**headers, "Content-Type": "text/plain", "Content-Length": str(len(text))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text.encode())

    def backend(self, request: BaseHTTPRequestHandler, path: str, query: str) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "REQUEST_METHOD": request.command,
            "REMOTE_USER": "x-access-token",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
        }
        done = subprocess.run([REAL_GIT, "http-backend"], input=body, env=environment, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        request.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)


def leaks() -> list[str]:
    """Command lines on this machine that hold the token."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if TOKEN in line or BASIC in line:
            found.append(line)
    return found


@pytest.fixture
def hosting(remote: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hosting, str]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    hosting = Hosting(remote.parent)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosting.answer(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield hosting, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_token_goes_as_credentials_and_nowhere_else(hosting: tuple[Hosting, str], shim: Shim) -> None:
    service, address = hosting
    shim.write('echo "$@" >> $LOG')
    version = GitStateStore(f"{address}/remote.git", BRANCH, TOKEN).compare_and_swap("", {"a": "1"})
    assert len(service.seen) == 2
    assert GitStateStore(f"{address}/remote.git", BRANCH, TOKEN).read() == Snapshot(version, {"a": "1"})
    assert len(service.seen) == 2 + 3
    # Sent at once, without being asked: no request is wasted on a 401.
    assert set(service.seen) == {f"Basic {BASIC}"}
    assert service.leaks == []
    assert TOKEN not in shim.log.read_text()
    assert BASIC not in shim.log.read_text()


def test_a_token_that_may_not_write(hosting: tuple[Hosting, str]) -> None:
    service, address = hosting
    service.may_push = False
    store = GitStateStore(f"{address}/remote.git", BRANCH, TOKEN)
    assert store.read().version == ""
    with failure(StateForbidden, r"^Give the job `permissions: contents: write`.*denied to github-actions"):
        store.compare_and_swap("", {"a": "1"})


@pytest.mark.parametrize("token", ["", "ghs_wrong"])
def test_a_token_that_is_not_accepted(hosting: tuple[Hosting, str], token: str) -> None:
    _, address = hosting
    store = GitStateStore(f"{address}/remote.git", BRANCH, token)
    for attempt in (store.read, lambda: store.compare_and_swap("", {"a": "1"})):
        with failure(StateUnavailable, "does not accept it \\(401\\)") as caught:
            attempt()
        assert type(caught.value) is StateUnavailable
        assert "ghs_wrong" not in str(caught.value)


def test_a_repository_that_is_not_there(hosting: tuple[Hosting, str]) -> None:
    _, address = hosting
    with failure(StateUnavailable, r"^Give the job `permissions: contents: write`.*not found"):
        GitStateStore(f"{address}/nowhere.git", BRANCH, TOKEN).read()


def test_a_redirect_is_not_followed_with_the_token(hosting: tuple[Hosting, str]) -> None:
    service, address = hosting
    with failure(StateUnavailable, "301"):
        GitStateStore(f"{address}/moved.git", BRANCH, TOKEN).read()
    assert len(service.seen) == 1


def test_the_token_is_for_one_origin(hosting: tuple[Hosting, str]) -> None:
    """The header is bound to scheme, host and port: configuration that rewrites addresses cannot take it along."""
    service, address = hosting
    store = GitStateStore("https://127.0.0.1:1/remote.git", BRANCH, TOKEN)
    store._git.config["url." + address + "/.insteadOf"] = "https://127.0.0.1:1/"
    with failure(StateUnavailable, "401"):
        store.read()
    assert set(service.seen) == {""}


def test_errors_hold_no_token(remote: Path, shim: Shim) -> None:
    shim.write(
        f'echo "fatal: header Authorization: Basic {BASIC} or {TOKEN} $(printf "\\033[31m::error::\\r")" >&2; exit 1'
    )
    with failure(StateUnavailable, r"Basic \*\*\*") as caught:
        GitStateStore("https://git.example/o/r.git", BRANCH, TOKEN).read()
    assert TOKEN not in str(caught.value)
    assert str(caught.value).isprintable()


# ---- Money


@pytest.mark.slow
def test_fifty_runs_on_a_nearly_empty_budget_never_pass_it(place: Place) -> None:
    command = [sys.executable, "-m", "tests.contract.spender", place.kind, str(place.path), "50"]
    granted = subprocess.run(command, cwd=ROOT, check=True, timeout=280, stdout=subprocess.PIPE).stdout
    assert int(granted) == int(CAPS.daily / WORST) == 9  # type: ignore[operator]
    budget = ledger_documents.read(place.open().read().documents).budget
    assert sum(reservation.usd for reservation in budget.reservations.values()) == Decimal("0.99")
