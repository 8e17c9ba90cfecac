"""What changed in a pull request since its last review, when other commits may have come in between.

After the base branch was merged into it, or it was rebased, the difference between the reviewed commit and the head
holds other people's work. So the pull request's own change now, which GitHub shows against the merge base, is held
against its own change then (docs/adr/029).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hls_action.domain.text import diff
from hls_action.domain.threads.thread import ChangedFile, Comparison, Pull, Thread

NO_LONGER = "no longer changed"
"""The status of a file that the pull request changed then and does not now: reverted, or the base has the same."""

Block = tuple[str | None, tuple[tuple[str, str, bool], ...], str | None]
"""Changed lines in a row, each with its side, its text and whether a line break ends it; before and after them the
nearest unchanged line. Where in the file they are does not count, nor what is further away: what others change there
does not make it another change, while what is next to it would be a conflict for git, too.
"""


def changed_since(now: Pull, since: str, then: Comparison | None, between: Comparison) -> Pull:
    """The pull request with those of its files that are not changed as they were at ``since``.

    ``now``: with all its files; ``then``: the reviewed commit against the base; ``between``: the head against the
    reviewed commit. When files are missing in either, nothing is left out.
    """
    if then is None or not then.is_complete or now.withheld or now.file_total > len(now.files):
        return now
    steps = {file.path: file for file in between.files} if between.is_ahead else {}
    files = _news(now.files, then.files, steps)
    return replace(now, files=files, file_total=len(files), since=since, against_base=True)


def is_as_reviewed(thread: Thread) -> bool:
    """Whether the pull request changes just what it changed when it was reviewed, as after a mere merge of its base."""
    pull = thread.pull
    return pull is not None and bool(pull.since) and not pull.files


def _news(
    now: Sequence[ChangedFile], then: Sequence[ChangedFile], steps: Mapping[str, ChangedFile]
) -> tuple[ChangedFile, ...]:
    before = {file.path: file for file in then}
    found, known = [], set()
    for file in now:
        was = before.get(file.path) or before.get(file.previous_path)
        if was is None:
            found.append(file)
            continue
        known.add(was.path)
        if not _is_same(file, was):
            found.append(_narrowed(file, was, steps))
    gone = [ChangedFile(file.path, NO_LONGER, 0, 0) for file in then if file.path not in known]
    return (*found, *gone)


def _is_same(now: ChangedFile, then: ChangedFile) -> bool:
    """Whether both are the same change. Of what GitHub shows no patch, the same content and extent say so."""
    if _kind(now) != _kind(then):
        return False
    if now.status == "removed":
        return True  # whatever others had made of it meanwhile
    if now.patch and then.patch:
        return _blocks(diff.parse(now.patch)) == _blocks(diff.parse(then.patch))
    return bool(now.sha) and _extent(now) == _extent(then)


def _kind(file: ChangedFile) -> tuple[str, str]:
    return file.status, file.previous_path


def _extent(file: ChangedFile) -> tuple[str, int, int]:
    return file.sha, file.additions, file.deletions


def _narrowed(now: ChangedFile, then: ChangedFile, steps: Mapping[str, ChangedFile]) -> ChangedFile:
    """A file that is not changed as it was, with no more of its patch than it takes to see that.

    What the base has no version of, nobody else can have changed: there the patch since the review is the author's.
    """
    step = steps.get(now.path)
    if step is not None and step.patch and now.status == then.status == "added":
        return step
    if not (now.patch and then.patch):
        return now
    hunks = diff.parse(now.patch)
    present, past = _blocks(hunks), _blocks(diff.parse(then.patch))
    fresh, gone = present - past, past - present
    if fresh.total() < gone.total():  # something was taken back, and only the whole shows that it is missing
        return now
    if not fresh:
        return replace(now, patch=None, additions=0, deletions=0)  # it was renamed
    news = [hunk for hunk in hunks if not fresh.keys().isdisjoint(_blocks([hunk]))]
    sides = Counter(line.side for hunk in news for line in hunk.lines)
    return replace(now, patch=diff.written(news), additions=sides["+"], deletions=sides["-"])


def _blocks(hunks: Sequence[diff.Hunk]) -> Counter[Block]:
    """The changes in hunks, however git put them together."""
    return Counter(block for hunk in hunks for block in _blocks_of(hunk))


def _blocks_of(hunk: diff.Hunk) -> list[Block]:
    found: list[Block] = []
    before: str | None = None
    changed: list[tuple[str, str, bool]] = []
    for line in hunk.lines:
        if line.side != " ":
            changed.append((line.side, line.text, line.ends))
            continue
        if changed:
            found.append((before, tuple(changed), line.text))
            changed = []
        before = line.text
    return [*found, (before, tuple(changed), None)] if changed else found
