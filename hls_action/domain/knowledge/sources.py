"""The texts that Claude was given, each by a name, so that what an answer quotes can be looked up in them."""

from __future__ import annotations

from dataclasses import dataclass

from hls_action.domain.text.delimiters import attribute


@dataclass(frozen=True)
class Source:
    """One text. ``name``: what people call it, such as "comment 31 by ann"; ``text``: as Claude was given it, without
    its tags.
    """

    name: str
    text: str


def source(name: str, text: str) -> Source:
    """A source whose name may hold what strangers chose, such as a path: it is kept on one line, without tags."""
    return Source(attribute(name), text)
