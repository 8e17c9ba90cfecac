"""A folder in place of GitHub that is thrown away afterwards: the line gets ready for a call there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hls_action import bootstrap, trial
from hls_action.config.environment import Config
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.reasons import Reason
from hls_action.line.preview import Planned, preview
from hls_action.line.run import Run, begin

Raw = Mapping[str, object]
"""A thread as a folder holds it."""


class Rehearsal:
    """Threads one after another, each as if it had just been opened, or commented on."""

    def __init__(self, config: Config, root: Path, files: Path) -> None:
        self.run, self._github = bootstrap.local_run(config, root, files)
        self._root = root

    def preview(self, number: int, thread: Raw, *, opening: bool) -> Planned | Reason:
        """What would be asked about a thread, or why nothing; one that is there already stays as it is."""
        trial.prepare(self._github, self._root, number, dict(thread))
        return preview(self.run, ThreadId(number), Trigger((ThreadId(number),), opening=opening))

    def put(self, number: int, thread: Raw) -> None:
        """Put a thread there, whatever was there by its number."""
        self._github.store_thread(number, thread)

    def another(self) -> Run:
        """A run with a deadline of its own."""
        run = self.run
        return replace(begin(run.github, run.model, run.clock, run.materials), committed=run.committed)


@contextmanager
def rehearse(config: Config, threads: Path | None, files: Path | None) -> Iterator[Rehearsal]:
    """A rehearsal until the block ends. ``threads``: a folder whose threads, labels and comparisons are copied;
    ``files``: where the project's files are. Neither is changed.
    """
    with tempfile.TemporaryDirectory(prefix="hls-rehearsal-") as scratch:
        root, nothing = Path(scratch, "github"), Path(scratch, "files")
        root.mkdir()
        nothing.mkdir()
        for name in ("threads", "changes"):
            if threads and (threads / name).is_dir():
                shutil.copytree(threads / name, root / name)
        labels = (folder / "labels.json" for folder in (threads, files) if folder)
        if known := next((path for path in labels if path.is_file()), None):
            shutil.copy(known, root / "labels.json")
        yield Rehearsal(config, root, (files or nothing).resolve())
