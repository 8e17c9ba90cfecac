"""The repository's files at one commit: their names first, and the contents of those that are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hls_action.domain.errors import HLSError
from hls_action.domain.knowledge.secret_files import looks_secret

Why = Literal["secret", "link", "submodule", "name", "lfs", "large", "bounds", "missing"]
"""Why a file is not read. The words are in `WORDS`."""

WORDS: Mapping[Why, str] = {
    "secret": "named like a secret",
    "link": "symbolic link",
    "submodule": "submodule",
    "name": "name that cannot be shown",
    "lfs": "in Git LFS",
    "large": "too large",
    "bounds": "beyond what is read of one repository",
    "missing": "not there",
}

_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins whose content is elsewhere: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""
_LONGEST_POINTER = 1024
"""Bytes."""
_LONGEST_PATH = 1000
"""Characters. Nobody means anything by more."""
_LINK, _SUBMODULE = "120000", "160000"
"""Modes by which git marks what is no file."""


class SourceUnavailable(HLSError):
    """The repository's files cannot be read now. An answer can do without them; the message says what would help."""

    code = "source-unavailable"


@dataclass(frozen=True)
class Bounds:
    """How much is read of a repository. ``fetched``: bytes of one fetch, as git packs them; the others are plain."""

    entries: int = 200_000
    file: int = 512 * 1024
    read: int = 32 * 2**20
    fetched: int = 64 * 2**20


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class File:
    """A regular file: the id of its blob, and its bytes where they are known without its content."""

    blob: str
    size: int | None = None


@dataclass(frozen=True)
class Tree:
    """The files that may be read, by path, and how many entries were left out, by reason.

    ``commit`` is ``""`` where there is none: the repository is empty, or its default branch is.
    """

    commit: str = ""
    files: Mapping[str, File] = field(default_factory=dict)
    left_out: Mapping[Why, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Contents:
    """What was read, and why each of the other paths was not."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    left_out: Mapping[str, Why] = field(default_factory=dict)


def hindrance(path: str, mode: str) -> Why | None:
    """Why an entry of a tree is none to read; None when it is one. ``mode``: as git writes it."""
    if mode == _SUBMODULE:
        return "submodule"
    if mode == _LINK:
        return "link"
    parts = path.split("/")
    if not path.isprintable() or len(path) > _LONGEST_PATH or any(part in ("", ".", "..", ".git") for part in parts):
        return "name"
    return "secret" if looks_secret(path) else None


def is_pointer(data: bytes) -> bool:
    """Whether a file only points to its content in Git LFS."""
    return data.startswith(_POINTER) and len(data) <= _LONGEST_POINTER


def choose(tree: Tree, paths: Iterable[str], bounds: Bounds) -> tuple[tuple[str, ...], dict[str, Why]]:
    """Those of ``paths`` to read, in their order as far as known sizes fit ``bounds.read``; the others, and why."""
    chosen, left_out, room = list[str](), dict[str, Why](), bounds.read
    for path in dict.fromkeys(paths):
        file = tree.files.get(path)
        size = (file and file.size) or 0
        if file is None:
            left_out[path] = "missing"
        elif size > bounds.file:
            left_out[path] = "large"
        elif size > room:
            left_out[path] = "bounds"
        else:
            chosen.append(path)
            room -= size
    return tuple(chosen), left_out


class Reading:
    """What arrives of chosen files, taken in while there is ``room`` for so many bytes."""

    def __init__(self, room: int, left_out: dict[str, Why]) -> None:
        self._room = room
        self._files: dict[str, bytes] = {}
        self._left_out = left_out

    def __contains__(self, path: str) -> bool:
        return path in self._files or path in self._left_out

    def take(self, path: str, found: bytes | Why) -> None:
        """Take in a file's content, or why there is none."""
        if not isinstance(found, bytes):
            self._left_out[path] = found
        elif is_pointer(found):
            self._left_out[path] = "lfs"
        elif len(found) > self._room:
            self._left_out[path] = "bounds"
        else:
            self._files[path] = found
            self._room -= len(found)

    def leave(self, paths: Iterable[str], why: Why) -> None:
        """Leave files out."""
        self._left_out |= dict.fromkeys(paths, why)

    @property
    def contents(self) -> Contents:
        """All that was taken in."""
        return Contents(self._files, self._left_out)


def account(left_out: Mapping[Why, int]) -> str:
    """What people are told of files that were not read: ``"in Git LFS: 3; too large: 1"``; ``""`` for none."""
    return "; ".join(f"{words}: {left_out[why]:,}" for why, words in WORDS.items() if left_out.get(why))


def counted(left_out: Mapping[str, Why]) -> dict[Why, int]:
    """How many paths were left out, by reason."""
    return dict(Counter(left_out.values()))
