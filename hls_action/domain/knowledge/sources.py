"""The texts that Claude was given, each by a name, so that what an answer quotes can be looked up in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hls_action.domain.text.delimiters import attribute
from hls_action.domain.text.diff import Range

SourceKind = Literal["opening", "patch", "comment", "reply", "issue", "other"]
"""What a text is: a thread's title and body, the patch of a file, a comment by people, a reply of ours, what another
issue or pull request says, or another.
"""
HEARSAY: frozenset[SourceKind] = frozenset({"reply", "issue"})
"""What vouches for nothing: a reply of ours would vouch for what it made up, and other issues are others' word."""


@dataclass(frozen=True)
class Source:
    """One text. ``name``: what people call it, such as "comment 31 by ann"; ``text``: as Claude was given it, without
    its tags. ``path``: of the file that it shows, if it shows one, and ``commit``: as of which, if that is known.
    """

    name: str
    text: str
    kind: SourceKind = "other"
    path: str = ""
    commit: str = ""


def source(name: str, text: str, kind: SourceKind = "other", path: str = "", commit: str = "") -> Source:
    """A source whose name may hold what strangers chose, such as a path: it is kept on one line, without tags."""
    return Source(attribute(name), text, kind, path, commit)


@dataclass(frozen=True)
class Shown:
    """What Claude saw of a file as it is at a commit: these ``lines``, as ranges. Without a ``commit``, it is not there
    any more, so that nothing can lead to it.
    """

    path: str
    lines: tuple[Range, ...]
    commit: str = ""
