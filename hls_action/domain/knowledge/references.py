"""What an answer may refer to: only what Claude was shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hls_action.domain.knowledge.sources import HEARSAY, Shown, Source
from hls_action.domain.text.plain import strip_code_blocks

NUMBERS = range(1, 2**31)
"""What can be the number of an issue."""

_NUMBER = r"([0-9]{1,10})(?!\w)"
REFERENCE = re.compile(
    r"(https?://[^\s<>\"'`()\[\]]+)"  # whole, so that what follows a # in it is taken for nothing else
    rf"|(?<![\w./-])([\w.-]+/[\w.-]+)#{_NUMBER}"
    rf"|(?<![\w/&#])(?:\#|GH-){_NUMBER}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(rf"https?://[^/]+/([^/]+/[^/]+)/(?:issues|pull)/{_NUMBER}", re.IGNORECASE)

Reference = tuple[str, int]
"""A repository, in lower case, and the number of an issue or a pull request there."""


@dataclass(frozen=True)
class Referable:
    """What Claude was shown, and what is named in that.

    ``thread``: the thread's own number; ``labels``: names of those that may be set, the first is number 1; ``named``:
    issues of ``repository`` that people named in what was shown, ``elsewhere``: those of others; ``given``: issues that
    were put before Claude besides; ``redacted``: how many secrets of each kind were taken out of all this;
    ``sources``: its texts, the first is number 1; ``shown``: its files; ``wanted``: the maintainers' instructions for
    this item.

    ``alike``: which of those given nobody named, so that to name one is to propose it; ``proposed``: what replies here
    proposed before; ``refused``: what people said the thread is not about.
    """

    thread: int
    labels: tuple[str, ...] = ()
    named: frozenset[int] = frozenset()
    given: frozenset[int] = frozenset()
    redacted: Mapping[str, int] = field(default_factory=dict)
    repository: str = ""
    elsewhere: frozenset[Reference] = frozenset()
    sources: tuple[Source, ...] = ()
    shown: tuple[Shown, ...] = ()
    alike: frozenset[int] = frozenset()
    proposed: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    wanted: tuple[str, ...] = ()

    @property
    def given_texts(self) -> tuple[str, ...]:
        """The texts whose addresses Claude may repeat."""
        return (*self.wanted, *(each.text for each in self.sources if each.kind not in HEARSAY))

    def has(self, reference: Reference) -> bool:
        """Whether Claude was given an issue, if only by name."""
        home, number = reference
        if home == self.repository.lower():
            return number == self.thread or number in self.named | self.given
        return reference in self.elsewhere


@dataclass(frozen=True)
class AllBut(Referable):
    """Everything there is, but for the ``unwanted`` issues of the repository."""

    unwanted: frozenset[int] = frozenset()

    def has(self, reference: Reference) -> bool:
        """Whether an issue is none of these."""
        return reference[0] != self.repository.lower() or reference[1] not in self.unwanted


def referred(found: re.Match[str], repository: str) -> Reference | None:
    """What a match of `REFERENCE` leads to, in a text of ``repository``; None for an address of anything else."""
    address = _ADDRESS.match(found[1]) if found[1] else None
    home, number = (address[1], address[2]) if address else (found[2] or repository, found[3] or found[4])
    return (home.lower(), int(number)) if number and int(number) in NUMBERS else None


def references(prose: Iterable[str], repository: str) -> frozenset[Reference]:
    """The issues and pull requests that texts name: ``#12``, ``GH-12``, ``owner/name#12``, or an address on whatever
    server. As on GitHub, fenced code names none: ``#12`` may be a line of a stack trace there.
    """
    matches = (match for text in prose for match in REFERENCE.finditer(strip_code_blocks(text)))
    return frozenset(found for match in matches if (found := referred(match, repository)))


def numbers_named(prose: Iterable[str], repository: str) -> frozenset[int]:
    """The numbers of those that are of ``repository``."""
    return frozenset(number for home, number in references(prose, repository) if home == repository.lower())


def places_named(text: str, repository: str) -> Iterator[tuple[int, int]]:
    """Each number of ``repository`` that ``text`` names, in whatever way, code or not, and where that begins."""
    for match in REFERENCE.finditer(text):
        found = referred(match, repository)
        if found and found[0] == repository.lower():
            yield found[1], match.start()


LISTED = 50
"""How many issues a task lists: nobody names more and means each."""


def listed(referable: Referable) -> str:
    """The issues that an answer may name as what its thread repeats, as the task lists them: `LISTED` at most. Issues
    that are alike have a list of their own.
    """
    left_out = {referable.thread} | referable.alike | referable.proposed | referable.refused
    numbers = sorted(number for number in (referable.named | referable.given) - left_out if number in NUMBERS)
    if not numbers:
        return " none"
    more = f", and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    return " " + ", ".join(f"#{number}" for number in numbers[:LISTED]) + more


def proposed(text: str, duplicate: object, referable: Referable) -> tuple[int, ...]:
    """The issues that an answer is the first to name, in its ``text`` or as what the thread is a ``duplicate`` of."""
    named = numbers_named((text,), referable.repository) | {duplicate}
    return tuple(sorted(referable.alike & named))


def duplicate(proposed: int | None, referable: Referable) -> tuple[int | None, str]:
    """The number to post as a possible duplicate, if any, and why the one ``proposed`` is not posted, or ``""``."""
    if proposed is None:
        return None, ""
    if proposed not in NUMBERS:
        return None, f"Claude named as a duplicate of #{referable.thread} a number that no issue can have"
    if proposed == referable.thread:
        return None, f"Claude named #{proposed} as a duplicate of itself, so it was not posted"
    if proposed not in referable.named | referable.given:
        why = "the thread does not mention it, so it was not posted"
        return None, f"Claude named #{proposed} as a duplicate of #{referable.thread}; {why}"
    if proposed in referable.refused:
        return None, f"Claude named #{proposed} as a duplicate of #{referable.thread}, which people said it is not"
    if proposed in referable.proposed:
        return None, f"Claude named #{proposed} as a duplicate of #{referable.thread}, where that was said before"
    return proposed, ""
