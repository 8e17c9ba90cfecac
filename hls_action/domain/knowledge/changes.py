"""Choose what Claude sees of a pull request's changes: whole patches while they fit, the rest by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import accumulate

from hls_action.domain.knowledge.sources import Source, source
from hls_action.domain.text import diff
from hls_action.domain.text.delimiters import attribute, enclosed
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.threads.own_changes import NO_LONGER
from hls_action.domain.threads.thread import ChangedFile, Pull

_GENERATED = re.compile(
    r"(^|/)(vendor|third_party|node_modules|bower_components|dist|build|generated|__generated__|\.yarn|Pods"
    r"|__snapshots__|__image_snapshots__)/"
    r"|\.(min\.(js|css|mjs)|bundle\.js|map|svg|tsbuildinfo)$"
    r"|\.(lock|lockfile|lock\.hcl|snap|ambr|(verified|approved)\.\w+)$"
    r"|(^|/)(package-lock\.json|packages\.lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|conda-lock\.yml"
    r"|Package\.resolved|go(\.work)?\.sum)$"
    r"|\.(pb(\.gw|\.validate)?\.go|pb\.(cc|h)|g\.dart|freezed\.dart|g\.cs|designer\.cs|gen\.(go|tsx?))$"
    r"|_pb2(_grpc)?\.pyi?$|_pb\.(js|d\.ts|ts)$|[._-]generated\.",
    re.IGNORECASE,
)
_NOTEBOOK = re.compile(r"\.ipynb$", re.IGNORECASE)

_WRITTEN, _MADE, _REMOVED, _NOTEBOOKS = _TIERS = range(4)
_MIN_ROOM = 600
"""Characters of a patch that is cut: for less, its name says as much."""
_FRAME = 160
"""Characters of the lines around patches and names, but for the first."""
_WITHHELD = (
    "[GitHub lists none of these changes, as where a diff is too large. You have not seen them: say so, and go by what "
    "people wrote.]"
)
_LONG_NUMBERS = 12
"""Characters that the number of a patch's tags may take beyond one digit each."""

OWN_CHANGES = (
    "[Shown is where the pull request's own change is not what it was at that commit, without what others changed. "
    "A patch is against the base (in a file that the base does not have, against that commit) and may hold lines that "
    "were there before.]"
)
"""Between the tag and the patches of a diff that is not just from one commit to another."""


@dataclass(frozen=True)
class ShownFile:
    """The lines of a file that Claude saw: ``new`` in the new file, ``old`` in the old one, unchanged ones in both."""

    path: str
    new: tuple[diff.Range, ...]
    old: tuple[diff.Range, ...]


@dataclass(frozen=True)
class Changes:
    """``text``: the diff as shown. ``omitted``: how many files are shown by name only, or not at all.

    ``redacted``: how many secrets of each kind were taken out. ``sources``: the patches as shown, in their order.
    """

    text: str
    shown: tuple[ShownFile, ...] = ()
    omitted: int = 0
    redacted: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class _Patch:
    """A file with its patch as shown."""

    file: ChangedFile
    rendering: diff.Rendering
    block: str
    redacted: Mapping[str, int]

    @property
    def size(self) -> int:
        return len(self.block) + 1


Hunks = tuple[tuple[diff.Hunk, ...], Mapping[str, int]]
"""A patch without secrets, and how many of each kind were taken out."""
HunksOf = Callable[[ChangedFile], Hunks]


def _hunks(redact: Redact, file: ChangedFile) -> Hunks:
    kinds: Counter[str] = Counter()
    hunks = []
    for hunk in diff.parse(file.patch or ""):
        redacted = redact("\n".join(line.text for line in hunk.lines))  # as many lines as before
        header = redact(hunk.header)  # git puts a line of the file there
        found = Counter(redacted.kinds) + Counter(header.kinds)
        kinds.update(found)
        texts = redacted.text.split("\n")
        lines = tuple(replace(line, text=text) for line, text in zip(hunk.lines, texts, strict=bool(hunk.lines)))
        hunks.append(replace(hunk, header=header.text, lines=lines) if found else hunk)
    return tuple(hunks), kinds


def describe_changes(pull: Pull, room: int, patch_room: int, redact: Redact = redact) -> Changes:
    """A pull request's files within ``room`` characters, at most ``patch_room`` for the patch of one.

    ``redact``: takes the secrets out.

    What people wrote comes first, then what machines made, then what is gone. Up to a quarter of the room is for names
    of files. Half of the rest is for the largest changes that people wrote, and what they leave goes to the smallest
    first, so that neither hides the other.
    """
    total = max(pull.file_total, len(pull.files))
    opening = _opening(pull, total)
    notes = (*((_WITHHELD,) if pull.withheld else ()), *((_ignored(pull.ignored),) if pull.ignored else ()))
    room -= len(opening) + _FRAME + sum(map(len, notes))
    by_size = sorted(pull.files, key=lambda file: (-_changed_lines(file), file.path))
    names = sum(len(_listed(file)) + 1 for file in by_size)
    patches = _chosen(pull.files, room - min(names, room // 4), patch_room, cache(partial(_hunks, redact)))
    shown = {patch.file for patch in patches}
    lines = [opening, *notes, *(patch.block for patch in patches)]
    left = [file for file in by_size if file not in shown]
    lines += _named(left, room - sum(patch.size for patch in patches), total - len(pull.files))
    return Changes(
        "\n".join([*lines, "</diff>"]),
        tuple(ShownFile(patch.file.path, patch.rendering.new, patch.rendering.old) for patch in patches),
        total - len(patches),
        dict(sum((Counter(patch.redacted) for patch in patches), Counter())),
        tuple(
            source(f"the patch of {patch.file.path}", patch.rendering.text, "patch", patch.file.path)
            for patch in patches
        ),
    )


def _ignored(paths: Sequence[str]) -> str:
    return f"[... {len(paths)} more changed files are left out: the maintainers want no review of them ...]"


def _opening(pull: Pull, total: int) -> str:
    base = f' base="{attribute(pull.base_ref)}"' if pull.against_base or not pull.since else ""
    since = f' since="{attribute(pull.since[:12])}"' if pull.since else ""
    tag = f'<diff{base}{since} files="{total}">'
    return f"{tag}\n{OWN_CHANGES}" if pull.since and pull.against_base else tag


def is_generated(path: str) -> bool:
    """Whether a file was made by a machine or copied in from elsewhere, to judge by its path."""
    return bool(_GENERATED.search(path))


def why_no_patch(file: ChangedFile) -> str:
    """What can be told of a file that GitHub shows no patch of. It tells neither modes nor what is binary."""
    if file.additions or file.deletions:
        return "too large for GitHub to show"
    if file.status in ("renamed", "copied"):
        return "no change of its text"
    if file.status in ("added", "removed"):
        return "empty or binary"
    return "binary, or only its mode changed"


# ---- choosing ----


def _tier(file: ChangedFile) -> int:
    if _NOTEBOOK.search(file.path):
        return _NOTEBOOKS
    if file.status == "removed":
        return _REMOVED
    return _MADE if is_generated(file.path) else _WRITTEN


def _changed_lines(file: ChangedFile) -> int:
    return file.additions + file.deletions


def _chosen(files: Sequence[ChangedFile], room: int, patch_room: int, hunks_of: HunksOf) -> list[_Patch]:
    """The patches that are shown, in order."""
    written = [file for file in files if file.patch and _tier(file) == _WRITTEN]
    written.sort(key=lambda file: (-_changed_lines(file), -len(file.patch or ""), file.path))
    found = _while_they_fit(written, room // 2, patch_room, hunks_of)
    room -= sum(patch.size for patch in found)
    done = {patch.file for patch in found}
    for tier in _TIERS:
        rest = [file for file in files if file.patch and _tier(file) == tier and file not in done]
        fitting = _smallest_first(rest, room, patch_room, hunks_of)
        found += fitting
        room -= sum(patch.size for patch in fitting)
    return sorted(found, key=lambda patch: (_tier(patch.file), patch.file.path))


def _while_they_fit(files: Iterable[ChangedFile], room: int, patch_room: int, hunks_of: HunksOf) -> list[_Patch]:
    """The first of the files, each as far as a patch is ever shown; the very first is cut to the room, if need be."""
    found: list[_Patch] = []
    for file in files:
        patch = _shown(file, hunks_of, patch_room, None if found else room)
        if patch is None or patch.size > room:
            break
        found.append(patch)
        room -= patch.size
    return found


def _smallest_first(files: Iterable[ChangedFile], room: int, patch_room: int, hunks_of: HunksOf) -> list[_Patch]:
    """As many of the files as fit, and as much of one more as there is room for."""
    found: list[_Patch] = []
    for file in sorted(files, key=lambda file: (len(file.patch or ""), file.path)):
        patch = _shown(file, hunks_of, patch_room)
        if patch and patch.size > room:
            cut = _shown(file, hunks_of, patch_room, room)
            return [*found, cut] if cut else found
        if patch:
            found.append(patch)
            room -= patch.size
    return found


def _shown(file: ChangedFile, hunks_of: HunksOf, patch_room: int, room: int | None = None) -> _Patch | None:
    """A file with its patch in ``patch_room`` characters, or in ``room`` with its tags and the line break after them.

    None: there is so little room that nothing worth reading would be left of it.
    """
    hunks, kinds = hunks_of(file)
    if room is not None:
        patch_room = min(patch_room, room - len(_block(file, "", hunks)) - 1 - _LONG_NUMBERS)
        if patch_room < _MIN_ROOM:
            return None
    rendering = diff.render(hunks, patch_room)
    return _Patch(file, rendering, _block(file, rendering.text, hunks), kinds) if rendering.lines else None


def _block(file: ChangedFile, text: str, hunks: Sequence[diff.Hunk]) -> str:
    note = ""
    if diff.looks_like_submodule(hunks):
        note = "a submodule: only its commit changes"
    elif diff.may_be_symlink(hunks):
        note = "may be a symbolic link"
    return enclosed(text, of="patch", path=file.path, status=file.status, was=file.previous_path, note=note)


# ---- naming ----


def _listed(file: ChangedFile) -> str:
    """A file in a line: its name, how much changes, and why GitHub shows no patch of it, if so."""
    if file.status == NO_LONGER:
        return f"{attribute(file.path)} ({NO_LONGER})"
    was = f", was {attribute(file.previous_path)}" if file.previous_path else ""
    why = "" if file.patch else f"; {why_no_patch(file)}"
    return f"{attribute(file.path)} (+{file.additions} -{file.deletions}, {attribute(file.status)}{was}{why})"


def _named(files: Sequence[ChangedFile], room: int, unknown: int) -> list[str]:
    """As many of the files as there is room for, in a text of their own, and how many more there are."""
    names = [_listed(file) for file in files]
    fitting = sum(end <= room for end in accumulate(len(name) + 1 for name in names))
    lines = [enclosed("\n".join(names[:fitting]), of="files", note="changed, patch not shown")] if fitting else []
    unnamed = len(names) - fitting + unknown
    return [*lines, f"[... {unnamed} more files not listed ...]"] if unnamed else lines
