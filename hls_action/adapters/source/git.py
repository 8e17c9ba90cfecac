"""The repository's files at one commit, read as git objects: no working tree, no links followed. docs/adr/040.

Every object is compared with its id, so that it does not matter who could write where it is read from.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Self

from hls_action.adapters.git_objects import (
    Absent,
    GitObject,
    Interrupted,
    ask,
    entries,
    object_folder,
    read_object,
    read_size,
)
from hls_action.adapters.git_process import Git, Result, Situation
from hls_action.domain.errors import UsageError
from hls_action.domain.knowledge.source import (
    BOUNDS,
    Bounds,
    Contents,
    File,
    Reading,
    SourceUnavailable,
    Tree,
    Why,
    choose,
    hindrance,
)

TIP = "refs/hls/tip"
MOST_WANTED = 5_000
"""Blobs in one request: as many names stay below what git sends without asking twice."""
TREE_BYTES = 16 * 2**20
"""The most in one folder's listing."""
_FOLDER = "40000"


class _Incomplete(Exception):
    """A commit or folder is not to be had from where it was looked for."""


class GitSource:
    """Files of ``remote``, a URL or a path. Safe to use from several threads, one at a time.

    ``want``: ``HEAD`` (the default branch), a ref in full, or a commit's id from GitHub. ``whole``: fetch contents with
    the names, which saves a round where most are wanted; too large a repository is read by names all the same.
    ``checkout``: a folder that may hold the commit ``want`` already. ``deadline_seconds`` bounds each call.
    """

    def __init__(
        self,
        remote: str,
        token: str = "",
        *,
        want: str = "HEAD",
        whole: bool = True,
        checkout: Path | None = None,
        bounds: Bounds = BOUNDS,
        deadline_seconds: float = 30,
    ) -> None:
        """Start nothing yet. Errors: `UsageError` for a remote or a name that git must not see."""
        if not re.fullmatch(r"HEAD|refs/[\w][^\s:^~?*\[\\]*|[0-9a-f]{40}", want) or ".." in want:
            raise UsageError(f"{want!r} is neither a ref nor a commit.")
        self._git = Git(remote, token, _error, setting="The repository's address")
        self._want, self._whole, self._bounds = want, whole, bounds
        self._deadline, self._ends = deadline_seconds, 0.0
        self._elsewhere = object_folder(checkout) if checkout and len(want) == 40 else None
        self._lock = threading.Lock()
        self._tree: Tree | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was fetched; it goes with the process anyway."""
        with self._lock:
            self._git.close()
            self._tree = None

    def tree(self) -> Tree:
        """The files there are to read: two rounds for a commit, three for a ref, none for a checkout of the commit."""
        with self._lock:
            self._ends = time.monotonic() + self._deadline
            return self._known()

    def read(self, paths: Iterable[str]) -> Contents:
        """The contents of these files. Two rounds for all that is not here yet."""
        with self._lock:
            self._ends = time.monotonic() + self._deadline
            tree = self._known()
            chosen, left_out = choose(tree, paths, self._bounds)
            reading = Reading(self._bounds.read, left_out)
            absent = self._collect(tree, chosen, reading)
            if absent and self._elsewhere is None and self._whole:
                reading.leave(absent, "large")  # so the server left them out
            elif absent:
                here = absent[: self._fetch_blobs([tree.files[path].blob for path in absent[:MOST_WANTED]])]
                reading.leave(absent[len(here) :], "bounds")
                reading.leave(self._collect(tree, here, reading, own=True), "missing")
            return reading.contents

    def _known(self) -> Tree:
        if self._tree is None:
            self._tree = self._open()
        return self._tree

    def _open(self) -> Tree:
        if self._elsewhere is not None:
            with suppress(_Incomplete, SourceUnavailable):
                return self._walk(self._want)
            self._elsewhere = None
        if not self._fetch():
            return Tree()
        try:
            return self._walk(TIP)
        except _Incomplete as error:
            raise SourceUnavailable(
                f"The code of {self._git.remote} did not arrive whole.", cause=str(error)
            ) from error

    def _fetch(self) -> bool:
        """Bring the commit here; False when there is none. Where all is too much, bring the names alone."""
        result = None
        if self._whole:
            result = self._fetched(f"blob:limit={self._bounds.file + 1}", share=2 / 3)
        if result is None or result.status is None or self._overflowed():
            self._whole = False
            result = self._fetched("blob:none")
        if result.has_no_ref and self._want == "HEAD":
            return False
        if self._overflowed():
            raise SourceUnavailable(f"The code of {self._git.remote} is too large to be read.", cause=result.detail)
        if result.status != 0:
            raise self._git.failure(result, "read", "the code", "contents: read")
        return True

    def _fetched(self, chosen: str, share: float = 1.0) -> Result:
        return self._run("--depth=1", f"--filter={chosen}", "source", f"+{self._want}:{TIP}", share=share)

    def _fetch_blobs(self, blobs: Sequence[str]) -> int:
        """Bring blobs here, in one request, and say how many: where all are too much, those at the front."""
        while True:
            result = self._run("--filter=blob:none", "--stdin", "source", stdin="\n".join([*blobs, ""]).encode())
            if not self._overflowed():
                break
            blobs = blobs[: len(blobs) // 4]
            if not blobs:
                return 0
        if result.status != 0:
            raise self._git.failure(result, "read", "the code", "contents: read")
        return len(blobs)

    def _run(self, *arguments: str, stdin: bytes = b"", share: float = 1.0) -> Result:
        # Said for this command alone, git may miss objects and looks for none of them by itself.
        config = {
            "fetch.negotiationAlgorithm": "noop",
            "remote.source.url": self._git.remote,
            "remote.source.promisor": "true",
            "remote.source.partialCloneFilter": "blob:none",
        }
        return self._git.run(
            *("fetch", "--quiet", "--no-tags", *arguments),
            stdin=stdin,
            seconds=self._left() * share,
            config=config,
            largest=self._bounds.fetched,
        )

    def _overflowed(self) -> bool:
        """Whether a fetch was stopped for its size. What it has left is removed."""
        if self._git.home is None:
            return False
        left = [*(self._git.home / "objects/pack").glob("tmp_pack_*")]
        sizes = [path.stat().st_size for path in left]
        for path in left:
            path.unlink()
        return any(size >= self._bounds.fetched for size in sizes)

    def _left(self) -> float:
        return max(self._ends - time.monotonic(), 0.01)

    def _walk(self, name: str) -> Tree:
        with self._objects("--batch") as pipes:
            read = partial(read_object, largest=TREE_BYTES)
            commit = _expected("commit", next(ask(pipes, [name], read)))
            listing = _Listing(self._bounds.entries)
            level = [("", commit.data[5:45].decode())]
            while level:
                found = ask(pipes, [tree for _, tree in level], read)
                folders = zip(level, found, strict=True)
                level = [
                    below for (path, _), each in folders for below in listing.add(path, _expected("tree", each).data)
                ]
        return Tree(commit.id, self._with_sizes(listing.blobs), listing.left_out)

    def _with_sizes(self, blobs: Mapping[str, str]) -> dict[str, File]:
        if not self._whole and self._elsewhere is None:
            return {path: File(blob) for path, blob in blobs.items()}
        with self._objects("--batch-check") as pipes:
            sizes = ask(pipes, list(blobs.values()), read_size)
            return {path: File(blob, size) for (path, blob), size in zip(blobs.items(), sizes, strict=True)}

    def _collect(self, tree: Tree, paths: Sequence[str], reading: Reading, *, own: bool = False) -> list[str]:
        """Read what is here of these files; returns what is not."""
        try:
            with self._objects("--batch", own=own) as pipes:
                read = partial(read_object, largest=self._bounds.file)
                found = ask(pipes, [tree.files[path].blob for path in paths], read)
                for path, each in zip(paths, found, strict=True):
                    if each != "missing":
                        reading.take(path, each.data if isinstance(each, GitObject) else each)
        except SourceUnavailable:
            if own or self._elsewhere is None:  # a checkout that is broken is none
                raise
        return [path for path in paths if path not in reading]

    @contextmanager
    def _objects(self, form: str, *, own: bool = False) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """A ``cat-file`` of our repository and, unless ``own``, of the checkout's objects and nothing else there."""
        elsewhere = None if own else self._elsewhere
        variables = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(elsewhere or "")}
        seconds = self._left() / (3 if elsewhere else 1)  # a fetch may follow
        try:
            with self._git.conversation("cat-file", form, seconds=seconds, variables=variables) as pipes:
                yield pipes
        except (OSError, Interrupted) as error:
            late = f"not read within {self._deadline:g} s" if time.monotonic() >= self._ends else str(error)
            raise SourceUnavailable(f"Cannot read the code of {self._git.remote}.", cause=late) from error


class _Listing:
    """Files found in folders, up to a number of entries: the higher ones first, as folders are added by their depth."""

    def __init__(self, entries_left: int) -> None:
        self._left = entries_left
        self.blobs: dict[str, str] = {}
        self.left_out: Counter[Why] = Counter()

    def add(self, folder: str, tree: bytes) -> list[tuple[str, str]]:
        """Take in a folder; returns the folders in it, with their trees."""
        below = []
        for mode, name, found in entries(tree):
            self._left -= 1
            path = folder + name.replace(b"/", b"\0").decode("utf-8", "surrogateescape")  # a slash is in no name
            if self._left < 0:
                self.left_out["bounds"] += 1
            elif mode == _FOLDER:
                below.append((f"{path}/", found))
            elif why := hindrance(path, mode):
                self.left_out[why] += 1
            else:
                self.blobs[path] = found
        return below


def _error(situation: Situation, message: str, cause: str) -> SourceUnavailable:
    del situation  # whatever it is, an answer can do without
    return SourceUnavailable(message, cause=cause)


def _expected(kind: str, found: GitObject | Absent) -> GitObject:
    if not isinstance(found, GitObject) or found.kind != kind:
        raise _Incomplete(f"a {kind} is {found if isinstance(found, str) else found.kind}")
    return found
