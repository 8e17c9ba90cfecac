"""The code that goes with a thread: read as the ranking wants it, and never a reason for having no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hls_action.domain.errors import HLSError, as_bug
from hls_action.domain.knowledge.code import lookup, rank_files
from hls_action.domain.knowledge.code.lookup import NOTHING_FOUND, Found
from hls_action.domain.knowledge.query import Query
from hls_action.domain.knowledge.source import SourceUnavailable
from hls_action.resilience.background import Once

if TYPE_CHECKING:  # `evidence` looks things up without a run
    from hls_action.domain.tasks.look import Mode
    from hls_action.domain.threads.thread import Thread
    from hls_action.line.committed import Committed
    from hls_action.line.run import Run
    from hls_action.ports import Source

GUESSED = 8_000
"""Bytes of a file whose size nobody tells, as where only the names were fetched."""
NOT_SHOWN = "Claude was shown no code: {}"
TOO_MANY = "{:,} source files were not looked through for this answer: the repository is too large"


@dataclass(frozen=True)
class OpenCode:
    """The files of ``commit`` that are ranked; it is ``""`` where there is none."""

    commit: str
    tree: rank_files.Tree


def look_up(run: Run, committed: Committed, thread: Thread, with_files: Callable[[], Thread]) -> tuple[Found, str]:
    """What to show Claude, and a note for people, each if any. ``with_files``: waits for what a pull request changes.

    Where git could not read what is committed, it is not asked again.
    """
    wanted = run.materials.public if committed.settings.code is None else committed.settings.code
    if not wanted or run.source is None or not committed.guidance.commit:
        return NOTHING_FOUND, ""
    try:
        query = lookup.query_of(thread)
        opened = open_code(run.source, query)
        whole = with_files() if thread.pull else thread
        found = lookup.look_up(query, whole, opened.commit, opened.tree, run.materials.redact)
        found = _to_choose_from(found, committed.settings.look)
    except SourceUnavailable as error:
        return NOTHING_FOUND, NOT_SHOWN.format(error)
    except HLSError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever somebody committed, an answer can do without it
        return NOTHING_FOUND, NOT_SHOWN.format(as_bug(error))
    run.debug(f"thread {thread.id}: {len(found.code.passages)} passages of code were found")
    return found, TOO_MANY.format(found.left_out) if found.left_out else ""


def _to_choose_from(found: Found, mode: Mode) -> Found:
    """With what a look may choose from where one is wanted for that, and else without: it is large."""
    likely = found.likely
    if likely and mode == "auto" and likely.is_unsure(found.code):
        return found
    return found if likely and mode == "on" and likely.listing.lines else replace(found, likely=None)


def open_code(source: Source, query: Query) -> OpenCode:
    """What is ranked for ``query``. Errors, of reading its files as well: `SourceUnavailable`.

    Each file is read once, for one reading of a few megabytes costs less than to look for the best of them again; where
    only names were fetched, the contents come in one request.
    """
    names = source.tree()
    sizes = {path: GUESSED if file.size is None else file.size for path, file in names.files.items()}
    wanted = rank_files.choose(query, sizes)
    contents = Once(lambda: source.read(wanted.paths).files)

    def read(paths: Sequence[str]) -> Mapping[str, bytes]:
        files = contents()
        return {path: files[path] for path in paths if path in files}

    return OpenCode(names.commit, rank_files.Tree({path: sizes[path] for path in wanted.paths}, read, wanted.left_out))
