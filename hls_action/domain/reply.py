"""From an answer to what GitHub will show: effects as values, applied elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hls_action.domain.answer import Answer
from hls_action.domain.identity import ThreadId
from hls_action.domain.items import Item, marker, notice_key
from hls_action.domain.references import Shown, duplicate
from hls_action.domain.relevance import MARKER_PREFIX
from hls_action.domain.text import outgoing
from hls_action.domain.text.cut import cut
from hls_action.domain.text.secrets import Redact, in_words, redact

MAX_COMMENT = 65_536
"""GitHub refuses longer comments with 422."""

MAX_LABELS_SET = 5
SYNTHETIC_FOOTER = "<sub>Sample text. With an API key, Claude answers here.</sub>"
CUT_NOTE = "*The rest of this reply was cut: it was longer than GitHub allows.*"
SYNTHETIC_NOTICE = (
    "> [!CAUTION]\n> **Offline sample, not an answer.** No model was asked: this text was made by a fixed rule."
)


@dataclass(frozen=True)
class Plan:
    """The effects of one answer: labels to add (never to remove), and the comment to post, marker first.

    ``dropped_labels`` were proposed but may not be set, ``number 99`` where there is none of that number;
    ``new_labels`` leaves out those the thread already has. ``notes``: what else is not posted, and why.
    """

    body: str
    new_labels: tuple[str, ...]
    dropped_labels: tuple[str, ...]
    notes: tuple[str, ...] = ()


def notice(thread: ThreadId, again: datetime | None) -> str:
    """What a thread is told whose answer was kept back by a cap. ``again``: when the cap's period is over."""
    when = f"It is taken up again after {again:%Y-%m-%d %H:%M} UTC." if again else "A maintainer may ask for it anew."
    text = f"The maintainers' budget for answers by Claude is used up, so there is none here yet. {when}"
    return f"{MARKER_PREFIX}1 {notice_key(thread)} -->\n{text}"


def plan(
    answer: Answer,
    items: tuple[Item, ...],
    shown: Shown,
    present: Sequence[str],
    *,
    footer: str,
    synthetic: bool = False,
    redact: Redact = redact,
) -> Plan:
    """Turn ``answer`` into effects.

    ``shown``: what it may refer to; ``present``: labels the thread has; ``footer``: the line under every reply;
    ``redact``: takes the secrets out.
    """
    by_number = dict(enumerate(shown.labels, 1))
    proposed = dict.fromkeys(answer.labels)  # each once
    known = [by_number[number] for number in proposed if number in by_number]
    unknown = [f"number {number}" for number in proposed if number not in by_number]
    has = {name.lower() for name in present}
    named, note = duplicate(answer.possible_duplicate_of, shown)
    redacted = redact(answer.comment)
    said = replace(answer, comment=redacted.text, possible_duplicate_of=named)
    return Plan(
        body=render(said, items, footer=footer, synthetic=synthetic),
        new_labels=tuple(name for name in known[:MAX_LABELS_SET] if name.lower() not in has),
        dropped_labels=(*known[MAX_LABELS_SET:], *unknown),
        notes=tuple(note for note in (note, *_of_secrets(shown.redacted, redacted.kinds)) if note),
    )


def _of_secrets(read: Mapping[str, int], written: Mapping[str, int]) -> Iterator[str]:
    if read:
        yield f"the thread shows secrets, which Claude was not shown: {in_words(read)}. Have them revoked."
    if written:
        yield f"secrets were taken out of the reply: {in_words(written)}"


def render(answer: Answer, items: tuple[Item, ...], *, footer: str, synthetic: bool = False) -> str:
    """The comment, at most ``MAX_COMMENT`` characters: marker, text, footer. What ``answer`` refers to was checked."""
    first = marker(items)
    footer = SYNTHETIC_FOOTER if synthetic else footer
    notice = f"{SYNTHETIC_NOTICE}\n\n" if synthetic else ""
    room = MAX_COMMENT - len(first) - len(notice) - len(footer) - 4
    text = cut(outgoing(answer.comment), room, CUT_NOTE)
    if answer.possible_duplicate_of is not None and not re.search(rf"#{answer.possible_duplicate_of}\b", text):
        line = f"\n\nPossibly the same as #{answer.possible_duplicate_of}."
        text += line if len(text) + len(line) <= room else ""
    return f"{first}\n{notice}{text}\n\n{footer}"
