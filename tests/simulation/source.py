"""The repository's files, as git has them: the configuration, and a little code to look things up in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hls_action.domain.knowledge.source import Contents, File, SourceUnavailable, Tree

if TYPE_CHECKING:
    from tests.simulation.job import Job

COMMIT = "c" * 40
CONFIG = ".github/hls.yml"
CODE = {
    "src/export.py": b"def export(folder):\n    return write(folder)\n\n\ndef write(folder):\n    raise OSError\n",
    "src/load.py": b"def load(folder):\n    return folder.read()\n",
}


class SimulatedSource:
    """The `Source` port of one job. A token that does not see the repository cannot fetch it, either."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def tree(self) -> Tree:
        """The files there are at the time."""
        files = self._job.exchange("git fetch", self._files)
        return Tree(COMMIT, {path: File(path, len(data)) for path, data in files.items()})

    def read(self, paths: Iterable[str]) -> Contents:
        """Their contents."""
        files = self._job.exchange("git cat-file", self._files)
        return Contents({path: files[path] for path in paths if path in files})

    def _files(self) -> dict[str, bytes]:
        world = self._job.world
        if world.climate.is_blind(world.scheduler.now):
            raise SourceUnavailable("the repository was not found")
        config = world.repository.config
        return CODE if config is None else CODE | {CONFIG: config.encode()}
