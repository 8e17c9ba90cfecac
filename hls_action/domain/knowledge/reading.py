"""A text that people wrote, as Claude may read it: cleaned, and without secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hls_action.domain.text.inbound import clean
from hls_action.domain.text.secrets import Redact


@dataclass(frozen=True)
class Read:
    """A text, not yet cut. ``hidden``: what the page does not show of it, in words. ``redacted``: how many secrets of
    each kind were taken out.
    """

    text: str
    hidden: str = ""
    redacted: Mapping[str, int] = field(default_factory=dict)


def read_markdown(markdown: str, redact: Redact) -> Read:
    """``markdown`` as it may be read."""
    cleaned = clean(markdown)
    redacted = redact(cleaned.text)
    return Read(redacted.text, cleaned.hidden_in_words, redacted.kinds)


def total(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The sum of counts by kind."""
    found: Counter[str] = Counter()
    for each in counts:
        found.update(each)
    return dict(found)
