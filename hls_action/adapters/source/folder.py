"""A folder in place of a repository, for trying things out: its files are what they are when they are read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

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


class FolderSource:
    """The files below ``root``. What stands for a commit's id is a digest of the names and sizes."""

    def __init__(self, root: Path, bounds: Bounds = BOUNDS) -> None:
        self._root = root
        self._bounds = bounds

    def tree(self) -> Tree:
        """The files there are to read. Errors: `SourceUnavailable`, where the folder cannot be read."""
        files, left_out = dict[str, File](), Counter[Why]()
        for number, (path, mode, size) in enumerate(self._entries()):
            why = hindrance(path, mode) if number < self._bounds.entries else "bounds"
            if why:
                left_out[why] += 1
            else:
                files[path] = File(hashlib.sha1(f"{path}\0{size}".encode(), usedforsecurity=False).hexdigest(), size)
        names = "".join(file.blob for file in files.values()).encode()
        return Tree(hashlib.sha1(names, usedforsecurity=False).hexdigest() if files else "", files, left_out)

    def read(self, paths: Iterable[str]) -> Contents:
        """The contents of these files. Errors: `SourceUnavailable`."""
        chosen, left_out = choose(self.tree(), paths, self._bounds)
        reading = Reading(self._bounds.read, left_out)
        for path in chosen:
            try:
                reading.take(path, (self._root / path).read_bytes())
            except OSError:
                reading.leave([path], "missing")
        return reading.contents

    def _entries(self) -> Iterator[tuple[str, str, int]]:
        """Path, mode as git would write it, and size of all there is, the higher ones first."""
        below = [self._root]
        while below:
            folder = below.pop(0)
            try:
                found = sorted(folder.iterdir())
            except OSError as error:
                raise SourceUnavailable(f"Cannot read the folder {folder}.", cause=str(error)) from error
            for each in found:
                path = each.relative_to(self._root).as_posix()
                if each.is_symlink():
                    yield path, "120000", 0
                elif each.is_dir() and (each / ".git").exists():
                    yield path, "160000", 0
                elif each.is_dir():
                    below += [each] if each.name != ".git" else []
                elif each.is_file():
                    yield path, "100644", each.stat().st_size
