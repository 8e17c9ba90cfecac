"""Git objects as `git cat-file` hands them out and as git stores folders:
https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeVar

TOGETHER = 200
"""Names that are asked for at once: 8 KB, which a pipe takes before anybody reads from its other end."""
_PIECE = 2**16
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_T = TypeVar("_T")


class Interrupted(Exception):
    """git ended in the middle of an answer."""


@dataclass(frozen=True, slots=True)
class GitObject:
    """An object whose content was compared with its id. ``kind``: commit, tree, blob or tag."""

    id: str
    kind: str
    data: bytes


Absent = Literal["missing", "large"]


def ask(pipes: tuple[IO[bytes], IO[bytes]], names: Sequence[str], answer: Callable[[IO[bytes]], _T]) -> Iterator[_T]:
    """What a running ``cat-file --batch`` or ``--batch-check`` answers to each name, as it arrives."""
    stdin, stdout = pipes
    for start in range(0, len(names), TOGETHER):
        batch = names[start : start + TOGETHER]
        stdin.write("".join(f"{name}\n" for name in batch).encode())
        stdin.flush()
        for _ in batch:
            yield answer(stdout)


def read_object(stdout: IO[bytes], largest: int) -> GitObject | Absent:
    """The next object, of at most ``largest`` bytes. One whose content does not fit its id counts as missing.

    git itself does not compare them when it reads. Errors: `Interrupted`.
    """
    about = _about(stdout)
    if about is None:
        return "missing"
    name, kind, size = about
    if size > largest:
        for start in range(0, size + 1, _PIECE):
            _exactly(stdout, min(_PIECE, size + 1 - start))
        return "large"
    data = _exactly(stdout, size)
    _exactly(stdout, 1)
    digest = hashlib.sha1(f"{kind} {size}\0".encode(), usedforsecurity=False)
    digest.update(data)
    return GitObject(name, kind, data) if digest.hexdigest() == name else "missing"


def read_size(stdout: IO[bytes]) -> int | None:
    """The size of the next object in bytes; None when it is not there. Errors: `Interrupted`."""
    about = _about(stdout)
    return about and about[2]


def _about(stdout: IO[bytes]) -> tuple[str, str, int] | None:
    match stdout.readline().decode().split():
        case [name, kind, size]:
            return name, kind, int(size)
        case [_, "missing"]:
            return None
        case answer:
            raise Interrupted(" ".join(answer))


def _exactly(stdout: IO[bytes], size: int) -> bytes:
    data = stdout.read(size)
    if len(data) < size:
        raise Interrupted
    return data


def entries(tree: bytes) -> Iterator[tuple[str, bytes, str]]:
    """Mode, name and id of all that is in a folder, in git's order."""
    for entry in _ENTRY.finditer(tree):
        yield entry[1].decode(), entry[2], entry[3].hex()


def objects(output: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each object, from all that ``cat-file --batch`` printed."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        name, _, size = output[position:end].split()
        position = end + 1 + int(size) + 1
        yield name.decode(), output[end + 1 : position - 1]


def object_folder(checkout: Path) -> Path | None:
    """Where a checkout or a bare repository keeps its objects, if in the plain place and by a name git can be told."""
    folders = (checkout.absolute() / name for name in (".git/objects", "objects"))
    return next((each for each in folders if each.is_dir() and not {":", '"'} & set(str(each))), None)
