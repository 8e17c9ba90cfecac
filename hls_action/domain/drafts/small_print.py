"""What a reply says of the files behind it: which were read, and which the maintainers leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hls_action.domain.drafts.permalinks import code_span

NAMED = 4
"""How many paths of each sort are named."""


@dataclass(frozen=True)
class FilesBehind:
    """``read``: files of the default branch; ``ignored``: changed ones that no review reads; a few of each, with
    ``more_read`` and ``more_ignored`` for the rest.
    """

    read: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    more_read: int = 0
    more_ignored: int = 0

    @property
    def shown(self) -> str:
        """As Markdown in which nothing acts; ``""`` where there is nothing to say."""
        sentences = [
            f"{said} {_listed(paths, more)}."
            for said, paths, more in (
                ("Also read:", self.read, self.more_read),
                ("Not read, as the maintainers want it:", self.ignored, self.more_ignored),
            )
            if paths
        ]
        return f"<sub>{' '.join(sentences)}</sub>" if sentences else ""


NO_FILES = FilesBehind()


def files_behind(read: Sequence[str], ignored: Sequence[str]) -> FilesBehind:
    """The first `NAMED` of each, and how many more."""
    return FilesBehind(
        tuple(read[:NAMED]), tuple(ignored[:NAMED]), max(0, len(read) - NAMED), max(0, len(ignored) - NAMED)
    )


def _listed(paths: Sequence[str], more: int) -> str:
    return ", ".join(map(code_span, paths[:NAMED])) + (f" and {more:,} more" if more > 0 else "")
