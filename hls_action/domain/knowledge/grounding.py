"""What of an answer Claude was given, held against that by plain code."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import islice

from hls_action.domain.knowledge import mentions, quotations, reported
from hls_action.domain.knowledge.mentions import Mention
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.knowledge.reported import Reported
from hls_action.domain.knowledge.sources import HEARSAY, Shown, Source
from hls_action.domain.text.edits import unified
from hls_action.domain.text.markdown import parse

MAX_PLACES = 100
"""Files and lines that are led to, and that are marked, in one reply."""
MAX_QUOTATIONS = 3
"""Quotations that a reply shows."""
LONGEST_QUOTATION = 200
LONGEST_PATH = 500
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ODD_PARTS = frozenset({"", ".", ".."})


@dataclass(frozen=True)
class Place:
    """A file, or lines of it where ``first`` is not 0. ``commit``: at which it is shown; ``""``: nothing leads to it.

    Errors: ``ValueError`` for what could lead out of the repository, and for lines that are none.
    """

    path: str
    first: int = 0
    last: int = 0
    commit: str = ""

    def __post_init__(self) -> None:
        if self.commit and not is_linkable(self.path, self.commit):
            raise ValueError(f"{self.path[:80]!r} at {self.commit[:80]!r} is no file of a commit")
        if self.last < self.first or len(self.path) > LONGEST_PATH:
            raise ValueError("a place is too long, or its lines are none")

    def is_named_by(self, mention: Mention) -> bool:
        """Whether a text means it: the end of a path will do, as long as only one that was shown ends so."""
        is_at = self.commit.startswith(mention.commit)
        return is_at and mention.names[1:] == (self.first, self.last) and _ends_in(self.path, mention.path)


@dataclass(frozen=True)
class Quotation:
    """A passage that is in what Claude was given, ``source`` by name, and its place in a file, if it has one."""

    text: str
    source: str
    place: Place | None = None


@dataclass(frozen=True)
class Counts:
    """How many quotations were there, in another source than was said (``corrected``, of these), and nowhere; how many
    issues lost their link, how many lines are led to or marked as not checked, and how many links were shown as text
    because of where they led (``foreign``).
    """

    verified: int = 0
    corrected: int = 0
    made_up: int = 0
    unlinked: int = 0
    linked: int = 0
    marked: int = 0
    foreign: int = 0

    def plus(self, other: Counts) -> Counts:
        """Both."""
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Grounds:
    """What a reply rests on: the ``places`` it names that Claude was shown, those ``unchecked`` that it was not,
    the ``quotations`` to show, and what is only ``reported``. Errors: ``ValueError`` for more than a reply has.
    """

    places: tuple[Place, ...] = ()
    unchecked: tuple[Place, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    counts: Counts = Counts()
    reported: tuple[Reported, ...] = ()

    def __post_init__(self) -> None:
        rows = ((self.places, MAX_PLACES), (self.unchecked, MAX_PLACES), (self.quotations, MAX_QUOTATIONS))
        if any(len(row) > most for row, most in (*rows, (self.reported, reported.MOST))):
            raise ValueError("a reply rests on more than it can have")

    def limited_to(self, commits: Collection[str]) -> Grounds:
        """The same, which leads to places at these commits alone."""
        return replace(
            self,
            places=tuple(place for place in self.places if place.commit in commits),
            quotations=tuple(
                each if each.place and each.place.commit in commits else replace(each, place=None)
                for each in self.quotations
            ),
        )


NOTHING = Grounds()


def is_linkable(path: str, commit: str) -> bool:
    """Whether the two can only lead to a file of this repository."""
    whole = _COMMIT.fullmatch(commit) is not None and len(path) <= LONGEST_PATH
    return whole and path.isprintable() and _ODD_PARTS.isdisjoint(path.split("/"))


def ground(text: str, evidence: Iterable[tuple[int, str]], referable: Referable, unlinked: int = 0) -> Grounds:
    """Hold a reply, as it is posted, against what Claude was given. ``evidence``: number of a source, and quotation;
    ``unlinked``: how many references lost their link.
    """
    document = parse(unified(text)[0])
    known = mentions.in_markdown(document, {shown.path for shown in referable.shown})
    places, unchecked = _places((*known, *mentions.in_definitions(document)), referable)
    asked = [(number, quotations.find(quotation, number, referable.sources)) for number, quotation in evidence]
    found = [(number, each) for number, each in asked if each is not None]
    shown = _to_show((each for _, each in found), referable)
    return Grounds(
        places,
        unchecked,
        tuple(islice(shown, MAX_QUOTATIONS)),
        Counts(
            verified=len(found),
            corrected=sum(number != each.source for number, each in found),
            made_up=len(asked) - len(found),
            unlinked=unlinked,
            linked=sum(place.first > 0 for place in places),
            marked=len(unchecked),
        ),
        reported.found(document, reported.reports(referable.sources, referable.repository)),
    )


# ---- files and lines ----


def _places(known: Iterable[Mention], referable: Referable) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Those that Claude was shown, and those that it was not given at all; each once."""
    places: dict[Place, None] = {}
    unchecked: dict[Place, None] = {}
    named = _Named(referable)
    for mention in known:
        if len(mention.path) > LONGEST_PATH or not (mention.first or re.search("[/.]", mention.path)):
            continue
        place = _shown(mention, referable)
        if place is not None:
            if place.commit and not mention.home:
                places[place] = None
        elif mention.first and mention.is_file and not named.has(mention):
            unchecked[Place(mention.path, mention.first, mention.last)] = None
    return tuple(islice(places, MAX_PLACES)), tuple(islice(unchecked, MAX_PLACES))


def _shown(mention: Mention, referable: Referable) -> Place | None:
    """What a mention means of the files that were shown; without a commit where several files end in its path."""
    meant = [shown for shown in referable.shown if _means(mention, shown, referable.repository)]
    found = [shown for shown in meant if not mention.first or _has_lines(shown, mention)]
    if not found:
        return None
    only = found[0] if len({shown.path for shown in meant}) == 1 else Shown("", ())
    commit = only.commit if is_linkable(only.path, only.commit) else ""
    return Place(only.path if commit else "", mention.first, mention.last, commit)


def _means(mention: Mention, shown: Shown, repository: str) -> bool:
    if mention.home:  # the branch that an address names may have a slash, and its commit may be one of a fork
        is_there = mention.home == repository.lower() and shown.commit.startswith(mention.commit)
        return is_there and _ends_in(mention.path, shown.path)
    return _ends_in(shown.path, mention.path)


def _ends_in(path: str, end: str) -> bool:
    return path == end or path.endswith(f"/{end}")


def _has_lines(shown: Shown, mention: Mention) -> bool:
    return all(any(first <= n <= last for first, last in shown.lines) for n in (mention.first, mention.last))


class _Named:
    """The lines that what Claude was given names itself, as a stack trace does; read when first asked for.

    Our own earlier replies are not read: what was once made up would vouch for itself. Nor are other threads, which
    anybody may open.
    """

    def __init__(self, referable: Referable) -> None:
        self._texts = [each.text for each in referable.sources if each.kind not in HEARSAY]
        self._found: Mapping[str, list[Mention]] | None = None

    def has(self, mention: Mention) -> bool:
        """Whether it is named, whatever folders stand before it there."""
        if self._found is None:
            self._found = defaultdict(list)
            for each in (found for text in self._texts for found in mentions.in_text(text)):
                self._found[_name(each.path)].append(each)
        return any(
            _ends_in(each.path, mention.path)
            and mention.commit in ("", each.commit)
            and 0 < each.first <= mention.first <= mention.last <= each.last
            for each in self._found.get(_name(mention.path), ())
        )


def _name(path: str) -> str:
    return path.rpartition("/")[2]


# ---- quotations ----


def _to_show(found: Iterable[quotations.Found], referable: Referable) -> Iterator[Quotation]:
    """Those that tell a reader something, files first: what the thread itself begins with is above the reply anyway,
    and what we said before proves nothing. What another thread says is shown as that.
    """
    once = list(dict.fromkeys(found))
    for each in sorted(once, key=lambda each: not referable.sources[each.source - 1].path):
        source = referable.sources[each.source - 1]
        if source.kind not in ("opening", "reply"):
            name = f"reported in {source.name}" if source.kind == "issue" else source.name
            yield Quotation(each.text[:LONGEST_QUOTATION], name, _place(each, source, referable))


def _place(found: quotations.Found, source: Source, referable: Referable) -> Place | None:
    commit = source.commit or next((shown.commit for shown in referable.shown if shown.path == source.path), "")
    if not is_linkable(source.path, commit):
        return None
    return Place(source.path, *(found.lines or (0, 0)), commit)
