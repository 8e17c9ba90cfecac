"""Every implementation of `Source`, by the same tests; then what only git, a server or a checkout can do to it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from hls_action.adapters.source.folder import FolderSource
from hls_action.adapters.source.git import GitSource
from hls_action.domain.errors import UsageError
from hls_action.domain.knowledge.source import Bounds, Contents, SourceUnavailable, Tree
from hls_action.ports import Source
from tests.standins.client import Answer
from tests.standins.exchange import Forward, Request
from tests.standins.git_http import bare_repository, hosting
from tests.standins.process import program
from tests.standins.proxy import Proxy

GIT = program("git")
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
FETCH = ("POST", "/git-upload-pack$")


def git(place: Path, *arguments: str, stdin: bytes = b"") -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ("-c", "user.name=A Maintainer", "-c", "user.email=maintainer@example.com")
    command = [GIT, "-C", str(place), *identity, *arguments]
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, env=environment, check=True)
    return done.stdout.decode(errors="replace").strip()


def commit(
    remote: Path,
    files: Mapping[str, bytes] | Mapping[bytes, bytes],
    branch: str = "main",
    *,
    links: Mapping[str, bytes] | None = None,
    submodule: str = "",
) -> str:
    """Make a branch hold just these files and links, and a submodule. Returns the commit."""
    stream = [b"commit refs/heads/%s\ncommitter A <a@b.c> 0 +0000\ndata 1\nx\ndeleteall\n" % branch.encode()]
    entries = [(b"100644", *each) for each in files.items()] + [(b"120000", *each) for each in (links or {}).items()]
    for mode, path, data in entries:
        raw = path if isinstance(path, bytes) else path.encode()
        quoted = raw.replace(b"\n", b"\\n")
        stream.append(b'M %s inline "%s"\ndata %d\n%s\n' % (mode, quoted, len(data), data))
    if submodule:
        stream.append(b"M 160000 %s %s\n" % (b"1" * 40, submodule.encode()))
    git(remote, "fast-import", "--quiet", "--force", stdin=b"".join(stream))
    return git(remote, "rev-parse", f"refs/heads/{branch}")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A hosted repository, without a commit."""
    (tmp_path / "served").mkdir()
    path = bare_repository(tmp_path / "served/code.git")
    git(path, "config", "uploadpack.allowFilter", "true")
    git(path, "config", "fastimport.unpackLimit", "1")
    git(path, "symbolic-ref", "HEAD", "refs/heads/main")
    return path


@pytest.fixture
def service(remote: Path) -> Iterator[Proxy]:
    with hosting(remote.parent) as proxy:
        yield proxy


@dataclass
class World:
    """A repository as the tests prepare it, and the ways to look at it."""

    put: Callable[..., None]
    open: Callable[[Bounds], Source]


def in_a_folder(root: Path) -> World:
    def put(files: Mapping[str, bytes], links: Mapping[str, bytes] | None = None) -> None:
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        for path, target in (links or {}).items():
            (root / path).symlink_to(target.decode())

    root.mkdir()
    return World(put, lambda bounds: FolderSource(root, bounds))


@pytest.fixture(params=["folder", "whole", "names", "commit", "checkout"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "folder":
        return in_a_folder(tmp_path / "folder")
    remote: Path = request.getfixturevalue("remote")
    url = f"{request.getfixturevalue('service').url}/code.git"

    def put(files: Mapping[str, bytes], links: Mapping[str, bytes] | None = None) -> None:
        commit(remote, files, links=links or {})

    def connect(bounds: Bounds) -> Source:
        want = "HEAD" if request.param in ("whole", "names") else git(remote, "rev-parse", "main")
        checkout = remote if request.param == "checkout" else None
        return GitSource(url, want=want, whole=request.param != "names", checkout=checkout, bounds=bounds)

    return World(put, connect)


# ---- Every source


def test_lists_files_and_reads_those_that_are_asked_for(world: World) -> None:
    files = {
        "README.md": b"# Hello\r\n",
        "src/a.py": b"",
        "src/deep/\xc3\xbc.py".encode("latin-1").decode(): b"caf\xe9\0",
    }
    world.put(files)
    source = world.open(Bounds())
    tree = source.tree()
    assert len(tree.commit) == 40
    assert (set(tree.files), tree.left_out) == (set(files), {})
    assert all(file.size in (None, len(files[path])) for path, file in tree.files.items())
    assert source.read(files) == Contents(files, {})
    some = source.read(["src/a.py", "nowhere.py", "src", "../README.md"])
    assert some == Contents({"src/a.py": b""}, dict.fromkeys(["nowhere.py", "src", "../README.md"], "missing"))
    assert source.read([]) == Contents()


def test_equal_repositories_have_equal_trees(world: World) -> None:
    world.put({"a": b"1", "b": b"2"})
    assert world.open(Bounds()).tree() == world.open(Bounds()).tree()


def test_what_is_no_file_and_what_looks_secret_is_not_there(world: World, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("root:x:0:0")
    links = {"link": str(tmp_path / "outside").encode(), "folder": b"..", "dangling": b"nowhere"}
    world.put({"a.py": b"1", ".env": b"KEY=1", "deep/id_rsa": b"-----BEGIN", "odd\nname": b"x"}, links)
    source = world.open(Bounds())
    tree = source.tree()
    assert list(tree.files) == ["a.py"]
    assert tree.left_out == {"link": 3, "secret": 2, "name": 1}
    read = source.read(["link", "folder/code.git", ".env", "deep/id_rsa"])
    assert (read.files, set(read.left_out.values())) == ({}, {"missing"})


def test_pointers_to_lfs_are_left_out(world: World) -> None:
    world.put({"model.bin": POINTER, "docs.md": POINTER + b"\n" * 1024})
    assert world.open(Bounds()).read(["model.bin", "docs.md"]) == Contents(
        {"docs.md": POINTER + b"\n" * 1024}, {"model.bin": "lfs"}
    )


def test_large_files_are_left_out(world: World) -> None:
    world.put({"large": b"x" * 101, "just": b"y" * 100, "small": b"z"})
    read = world.open(Bounds(file=100)).read(["large", "just", "small"])
    assert read == Contents({"just": b"y" * 100, "small": b"z"}, {"large": "large"})


def test_reads_the_most_wanted_while_there_is_room(world: World) -> None:
    world.put({"a": b"a" * 60, "b": b"b" * 60, "c": b"c" * 40})
    source = world.open(Bounds(read=100))
    assert source.read(["b", "a", "c"]) == Contents({"b": b"b" * 60, "c": b"c" * 40}, {"a": "bounds"})
    assert source.read(["a"]).files == {"a": b"a" * 60}


def test_of_very_many_files_the_higher_ones_are_listed(world: World) -> None:
    world.put({f"{deep}{number}": b"x" for deep in ("", "one/", "one/two/") for number in range(4)})
    tree = world.open(Bounds(entries=6)).tree()
    assert {"0", "1", "2", "3"} <= set(tree.files) <= {*"0123", "one/0", "one/1"}
    assert tree.left_out["bounds"] >= 1


# ---- Git: which commit


def test_the_default_branch_under_whichever_name(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"main"})
    trunk = commit(remote, {"a": b"trunk"}, "trunk")
    before = GitSource(f"{service.url}/code.git")
    assert before.read(["a"]).files == {"a": b"main"}
    git(remote, "symbolic-ref", "HEAD", "refs/heads/trunk")
    git(remote, "update-ref", "-d", "refs/heads/main")
    assert before.read(["a"]).files == {"a": b"main"}, "one commit, chosen once"
    assert GitSource(f"{service.url}/code.git").tree().commit == trunk


@pytest.mark.parametrize("whole", [True, False])
def test_an_empty_repository_and_one_without_a_default_branch(remote: Path, service: Proxy, whole: bool) -> None:
    assert GitSource(f"{service.url}/code.git", whole=whole).tree() == Tree()
    commit(remote, {"a": b"1"}, "other")
    source = GitSource(f"{service.url}/code.git", whole=whole)
    assert source.tree() == Tree()
    assert source.read(["a"]) == Contents({}, {"a": "missing"})


def test_a_commit_without_files(remote: Path, service: Proxy) -> None:
    there = commit(remote, {})
    assert GitSource(f"{service.url}/code.git").tree() == Tree(there)


def test_a_branch_or_a_commit_of_a_pull_requests_base(remote: Path, service: Proxy) -> None:
    old = commit(remote, {"a": b"old"}, "stable")
    new = commit(remote, {"a": b"new"}, "stable")
    commit(remote, {"a": b"main"})
    for want, expected, text in (("refs/heads/stable", new, b"new"), (old, old, b"old")):
        source = GitSource(f"{service.url}/code.git", want=want)
        assert (source.tree().commit, source.read(["a"]).files) == (expected, {"a": text})


@pytest.mark.parametrize("want", ["refs/heads/gone", "1" * 40])
def test_a_branch_or_commit_that_is_gone(remote: Path, service: Proxy, want: str) -> None:
    commit(remote, {"a": b"1"})
    with pytest.raises(SourceUnavailable, match=r"^Cannot read the code of http.*(couldn't find|not our ref)"):
        GitSource(f"{service.url}/code.git", want=want).tree()


def test_an_id_that_is_no_commits(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"1"})
    for name in ("main:a", "main^{tree}"):
        with pytest.raises(SourceUnavailable):
            GitSource(f"{service.url}/code.git", want=git(remote, "rev-parse", name)).tree()


@pytest.mark.parametrize("want", ["", "main", "--upload-pack=x", "refs/heads/a b", "refs/heads/a:b", "refs/heads/../x"])
def test_refuses_names_that_git_would_read_as_something_else(want: str) -> None:
    with pytest.raises(UsageError):
        GitSource("https://git.example/o/r.git", want=want)


def test_a_push_between_the_list_and_the_fetch(remote: Path, service: Proxy) -> None:
    """What was listed is fetched, for the server still has it; one that has forgotten it says so."""
    old = commit(remote, {"a": b"old"})
    pushed: list[str] = []

    def push_first(request: Request, forward: Forward) -> Answer:
        if b"command=fetch" in request.body and not pushed:
            pushed.append(commit(remote, {"a": b"new"}))
        return service._fallback(request, forward)  # type: ignore[misc]

    service.overlay(*FETCH, push_first)
    source = GitSource(f"{service.url}/code.git")
    assert (source.tree().commit, source.read(["a"]).files) == (old, {"a": b"old"})
    assert pushed != [old]


def test_a_server_that_has_forgotten_what_it_listed(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"old"})

    def forget(request: Request, forward: Forward) -> Answer:
        if b"command=fetch" in request.body:
            git(remote, "update-ref", "-d", "refs/heads/main")
            git(remote, "prune", "--expire=now")
            for pack in (remote / "objects/pack").iterdir():
                pack.unlink()
        return service._fallback(request, forward)  # type: ignore[misc]

    service.overlay(*FETCH, forget)
    with pytest.raises(SourceUnavailable, match="not our ref"):
        GitSource(f"{service.url}/code.git").tree()


# ---- Git: how much is fetched


def rounds(service: Proxy) -> int:
    return len(service.exchanges)


@pytest.mark.parametrize(("whole", "listed", "read"), [(True, 2, 2), (False, 2, 4)])
def test_takes_few_rounds(remote: Path, service: Proxy, whole: bool, listed: int, read: int) -> None:
    there = commit(remote, {f"{n}": b"%d" % n for n in range(50)})
    for want, more in ((there, 0), ("HEAD", 1)):
        with service.recording() as seen:
            source = GitSource(f"{service.url}/code.git", want=want, whole=whole)
            source.tree()
            assert len(seen) == listed + more
            source.tree()
            assert len(source.read([f"{n}" for n in range(40)]).files) == 40
            assert len(seen) == read + more
            source.read(["3", "4"])
            assert len(seen) == read + more, "what is here is not asked for again"


def test_names_come_without_contents_and_contents_alone(remote: Path, service: Proxy) -> None:
    files = {f"{n}": os.urandom(20_000) for n in range(10)}
    commit(remote, {**files, "same/4": files["4"]})
    source = GitSource(f"{service.url}/code.git", whole=False)
    source.tree()
    assert received(service) < 5_000
    source.read(["3", "4", "same/4"])
    assert 40_000 < received(service) < 50_000


def received(service: Proxy) -> int:
    return sum(len(each.answer.body) for each in service.exchanges if each.answer)


def test_large_files_are_not_even_fetched(remote: Path, service: Proxy) -> None:
    commit(remote, {"large": os.urandom(100_000), "small": b"x"})
    source = GitSource(f"{service.url}/code.git", bounds=Bounds(file=50_000))
    assert source.read(["large", "small"]) == Contents({"small": b"x"}, {"large": "large"})
    assert received(service) < 5_000


def test_a_repository_that_is_too_large_is_read_by_names(remote: Path, service: Proxy) -> None:
    files = {f"{n}": os.urandom(20_000) for n in range(30)}
    commit(remote, files)
    source = GitSource(f"{service.url}/code.git", bounds=Bounds(fetched=100_000))
    assert len(source.tree().files) == 30
    assert source.read(["3", "29"]).files == {name: files[name] for name in ("3", "29")}
    read = source.read(files)
    assert set(read.files) == {"0", "3", "29"}, "what is here, and of the rest a part that fits"
    assert read.left_out == dict.fromkeys(files.keys() - read.files.keys(), "bounds")


def test_a_server_that_cannot_send_less(remote: Path, service: Proxy) -> None:
    git(remote, "config", "uploadpack.allowFilter", "false")
    commit(remote, {f"{n}": os.urandom(20_000) for n in range(10)})
    for whole in (True, False):
        source = GitSource(f"{service.url}/code.git", whole=whole)
        assert len(source.read(["3", "4"]).files) == 2
        with pytest.raises(SourceUnavailable, match="too large to be read"):
            GitSource(f"{service.url}/code.git", whole=whole, bounds=Bounds(fetched=100_000)).tree()


def test_a_folder_that_contains_itself_many_times_over_ends(remote: Path, service: Proxy) -> None:
    blob = git(remote, "hash-object", "-w", "--stdin", stdin=b"x")
    tree = git(remote, "mktree", stdin="".join(f"100644 blob {blob}\t{n}\n" for n in range(10)).encode())
    for _ in range(9):
        tree = git(remote, "mktree", stdin="".join(f"040000 tree {tree}\t{n}\n" for n in range(10)).encode())
    git(remote, "update-ref", "refs/heads/main", git(remote, "commit-tree", tree, "-m", "A thousand million files"))
    found = GitSource(f"{service.url}/code.git", bounds=Bounds(entries=5_000)).tree()
    assert (found.files, set(found.left_out)) == ({}, {"bounds"})


def test_odd_entries(remote: Path, service: Proxy) -> None:
    names = [b"caf\xe9/a.py", b"ok.py", "right\u202eleft".encode(), b"x" * 1001]
    commit(remote, dict.fromkeys(names, b"x"), submodule="private")
    tree = GitSource(f"{service.url}/code.git").tree()
    assert (list(tree.files), tree.left_out) == (["ok.py"], {"name": 3, "submodule": 1})
    assert {each.request.path.split(".git")[0] for each in service.exchanges} == {"/code"}


@pytest.mark.parametrize("name", ["..", ".", ".git", "a/b"])
def test_names_that_no_checkout_would_have(remote: Path, service: Proxy, name: str) -> None:
    blob = git(remote, "hash-object", "-w", "--stdin", stdin=b"x")
    raw = b"100644 " + name.encode() + b"\0" + bytes.fromhex(blob)
    tree = git(remote, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    git(remote, "update-ref", "refs/heads/main", git(remote, "commit-tree", tree, "-m", "Odd"))
    found = GitSource(f"{service.url}/code.git").tree()
    assert found.left_out == {"name": 1}


# ---- Git: what goes wrong


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, r"^Give the job `permissions: contents: read`: the token may not read the code\."),
        (401, r"^Check that 'github-token' is right and not expired: .*\(401\)"),
        (404, r"^Give the job `permissions: contents: read`, else it cannot read the code of http"),
        (503, r"^Cannot read the code of http.*503"),
    ],
)
def test_a_server_that_refuses(remote: Path, service: Proxy, status: int, words: str) -> None:
    commit(remote, {"a": b"1"})
    service.fault("refuse", times=9, status=status, headers={"www-authenticate": 'Basic realm="x"'})
    source = GitSource(f"{service.url}/code.git", "a-token")
    with pytest.raises(SourceUnavailable, match=words) as caught:
        source.tree()
    assert "a-token" not in str(caught.value)
    assert rounds(service) == 1
    service.clear()
    assert source.read(["a"]).files == {"a": b"1"}, "it may be asked again"


def test_contents_that_are_refused_later(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"1"})
    source = GitSource(f"{service.url}/code.git", "a-token", whole=False)
    source.tree()
    service.fault("refuse", status=403)
    with pytest.raises(SourceUnavailable, match="permissions: contents: read"):
        source.read(["a"])


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_server_that_hangs(remote: Path, service: Proxy, skip: int) -> None:
    commit(remote, {"a": b"1"})
    service.fault("hang", skip=skip, times=9)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="no answer within"):
        GitSource(f"{service.url}/code.git", deadline_seconds=1).tree()
    assert time.monotonic() - began < 5


def test_a_fetch_that_takes_too_long_leaves_time_for_the_names(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"1"})
    service.fault("hang", *FETCH, times=1, skip=1)
    source = GitSource(f"{service.url}/code.git", deadline_seconds=6)
    assert list(source.tree().files) == ["a"]
    assert source.read(["a"]).files == {"a": b"1"}


def test_a_connection_that_breaks(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"1"})
    service.fault("drop", *FETCH, times=9)
    with pytest.raises(SourceUnavailable, match="Cannot read the code of"):
        GitSource(f"{service.url}/code.git").tree()


def test_no_git_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailable, match=r"^Install git on the runner"):
        GitSource("https://git.example/o/r.git").tree()


def test_cleans_up_after_itself(remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(remote, {"a": b"1"})
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with GitSource(str(remote)) as source:
        source.tree()
        assert list((tmp_path / "tmp").iterdir())
    assert not list((tmp_path / "tmp").iterdir())


# ---- Git: a checkout in place of the fetch


@pytest.fixture
def checkout(remote: Path, tmp_path: Path) -> Path:
    """What `actions/checkout` leaves behind: one commit, and a working tree."""
    commit(remote, {"README.md": b"old"})
    commit(remote, {"README.md": b"# Hello", "src/a.py": b"print()"})
    git(tmp_path, "clone", "--quiet", "--depth=1", remote.as_uri(), "checkout")
    return tmp_path / "checkout"


def of(checkout: Path, remote: Path, service: Proxy) -> GitSource:
    return GitSource(f"{service.url}/code.git", want=git(remote, "rev-parse", "main"), checkout=checkout)


def test_a_checkout_of_that_commit_saves_the_fetch(remote: Path, service: Proxy, checkout: Path) -> None:
    (checkout / "README.md").write_text("Not committed")
    source = of(checkout, remote, service)
    assert source.read(["README.md", "src/a.py"]).files == {"README.md": b"# Hello", "src/a.py": b"print()"}
    assert rounds(service) == 0


def test_a_checkout_that_is_none_or_of_another_commit(
    remote: Path, service: Proxy, checkout: Path, tmp_path: Path
) -> None:
    newer = commit(remote, {"README.md": b"newer"})
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree/.git").write_text("gitdir: /nowhere")
    for folder in (checkout, tmp_path / "nowhere", tmp_path / "worktree", tmp_path):
        source = of(folder, remote, service)
        assert (source.tree().commit, source.read(["README.md"]).files) == (newer, {"README.md": b"newer"})


def test_a_checkout_with_names_alone_gets_the_contents(
    remote: Path, service: Proxy, checkout: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", remote.as_uri(), "partial")
    source = of(tmp_path / "partial", remote, service)
    assert source.read(["src/a.py"]).files == {"src/a.py": b"print()"}
    assert rounds(service) == 2


def test_nothing_in_a_checkout_is_run_or_believed_but_its_objects(
    remote: Path, service: Proxy, checkout: Path, tmp_path: Path
) -> None:
    """Its settings would run commands, its refs and replacements would show another commit's files."""
    ran = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand", "uploadpack.packObjectsHook"):
        git(checkout, "config", key, f"touch {ran}; false")
    git(checkout, "config", "extensions.partialClone", "origin")
    git(checkout, "config", "remote.origin.promisor", "true")
    git(checkout, "config", "remote.origin.url", f"ext::touch {ran}")
    there = git(remote, "rev-parse", "main")
    (checkout / "README.md").write_text("Planted")
    git(checkout, "-c", "core.fsmonitor=", "commit", "--quiet", "--all", "-m", "Planted")
    git(checkout, "-c", "core.fsmonitor=", "replace", there, "HEAD")
    ran.unlink(missing_ok=True)
    (checkout / ".git/objects/info/alternates").write_text("/nowhere\n")
    source = GitSource(f"{service.url}/code.git", want=there, checkout=checkout)
    assert source.read(["README.md"]).files == {"README.md": b"# Hello"}
    assert not ran.exists()


def plant(checkout: Path, name: str, other: str) -> None:
    """Have the object ``name`` show the content of ``other``, which git would not notice as it reads."""
    for pack in (checkout / ".git/objects/pack").glob("*.pack"):
        content = pack.read_bytes()
        for each in (checkout / ".git/objects/pack").glob("*"):
            each.chmod(0o600)
            each.unlink()
        git(checkout, "unpack-objects", "-q", stdin=content)
    folder = checkout / ".git/objects"
    target = folder / name[:2] / name[2:]
    target.chmod(0o600)
    target.write_bytes((folder / other[:2] / other[2:]).read_bytes())


@pytest.mark.parametrize("which", ["", "^{tree}", ":README.md"])
def test_objects_that_were_tampered_with_are_fetched(remote: Path, service: Proxy, checkout: Path, which: str) -> None:
    there = git(remote, "rev-parse", "main")
    name = git(remote, "rev-parse", f"main{which}")
    kind = git(remote, "cat-file", "-t", name)
    (checkout / "README.md").write_text("Planted")
    git(checkout, "commit", "--quiet", "--all", "-m", "Planted")
    other = git(checkout, "rev-parse", f"HEAD{which}")
    assert git(checkout, "cat-file", "-t", other) == kind
    plant(checkout, name, other)
    assert git(checkout, "cat-file", kind, name) == git(checkout, "cat-file", kind, other), "git is taken in"
    source = GitSource(f"{service.url}/code.git", want=there, checkout=checkout)
    assert source.read(["README.md"]).files == {"README.md": b"# Hello"}
    assert rounds(service) == 2


@pytest.mark.parametrize("which", ["", "^{tree}", ":README.md"])
def test_a_broken_checkout_is_none(remote: Path, service: Proxy, checkout: Path, which: str) -> None:
    name = git(remote, "rev-parse", f"main{which}")
    plant(checkout, name, name)
    (checkout / ".git/objects" / name[:2] / name[2:]).write_bytes(b"not zlib")
    source = of(checkout, remote, service)
    assert source.read(["README.md", "src/a.py"]).files == {"README.md": b"# Hello", "src/a.py": b"print()"}
    assert rounds(service) == 2


def test_a_checkout_that_blocks_whoever_reads_it_is_none(remote: Path, service: Proxy, checkout: Path) -> None:
    name = git(remote, "rev-parse", "main")
    plant(checkout, name, name)
    blocked = checkout / ".git/objects" / name[:2] / name[2:]
    blocked.unlink()
    os.mkfifo(blocked)
    source = GitSource(f"{service.url}/code.git", want=name, checkout=checkout, deadline_seconds=6)
    assert source.read(["README.md"]).files == {"README.md": b"# Hello"}


# ---- Git: its processes


SHIM = """#!/bin/sh
echo "$1 ${{GIT_CONFIG_VALUE_9-}} ${{ANTHROPIC_API_KEY-}}" >> {log}
[ "$1" = cat-file ] && {reading}
exec {real} "$@"
"""


@dataclass
class Shim:
    """A `git` that comes first on the PATH."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def write(self, reading: str = "true") -> None:
        (self.folder / "git").write_text(SHIM.format(log=self.log, reading=reading, real=GIT))
        (self.folder / "git").chmod(0o755)


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shim:
    (tmp_path / "bin").mkdir()
    made = Shim(tmp_path / "bin")
    made.write()
    monkeypatch.setenv("PATH", str(made.folder), prepend=os.pathsep)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    return made


def test_starts_few_processes_and_only_the_fetch_has_the_token(remote: Path, service: Proxy, shim: Shim) -> None:
    commit(remote, {"a": b"1"})
    shim.log.unlink(missing_ok=True)
    source = GitSource(f"{service.url}/code.git", "a-token")
    source.tree()
    source.read(["a"])
    lines = shim.log.read_text().splitlines()
    ours = [line for line in lines if line.split()[0] in ("fetch", "cat-file")]
    assert [line.split()[0] for line in ours] == ["fetch", "cat-file", "cat-file", "cat-file"]
    assert ["Authorization" in line for line in ours] == [True, False, False, False]
    assert "sk-ant-secret" not in shim.log.read_text()


@pytest.mark.parametrize(
    ("reading", "words"),
    [("sleep 60", "not read within 3 s"), ("exit 1", "^Cannot read"), ("{ read name; echo what; exit; }", "what")],
)
def test_reading_that_breaks_off(remote: Path, shim: Shim, reading: str, words: str) -> None:
    commit(remote, {"a": b"1"})
    shim.write(reading)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=words):
        GitSource(str(remote), deadline_seconds=3).tree()
    assert time.monotonic() - began < 8


def test_threads_may_share_a_source(remote: Path, service: Proxy) -> None:
    commit(remote, {"a": b"1"})
    source = GitSource(f"{service.url}/code.git", want=git(remote, "rev-parse", "main"))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: source.read(["a"]), range(8)))
    assert found == [Contents({"a": b"1"})] * 8
    assert rounds(service) == 2
