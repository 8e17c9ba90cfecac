"""From an answer to effects, and from a draft to the comment that GitHub will show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Template

from hls_action.domain.answer import Answer
from hls_action.domain.effects import Comment, Effect, Labels
from hls_action.domain.identity import ThreadId
from hls_action.domain.items import Item, marker, notice_key, replied_by
from hls_action.domain.ledger import Draft
from hls_action.domain.references import Shown, duplicate
from hls_action.domain.relevance import MARKER_PREFIX
from hls_action.domain.text import outgoing
from hls_action.domain.text.cut import cut
from hls_action.domain.text.secrets import Redact, in_words, redact
from hls_action.domain.thread import Comment as Reply

MAX_COMMENT = 65_536
"""GitHub refuses longer comments with 422."""

MAX_LABELS_SET = 5
SYNTHETIC_FOOTER = "<sub>Sample text. With an API key, Claude answers here.</sub>"
CUT_NOTE = "*The rest of this reply was cut: it was longer than GitHub allows.*"
SYNTHETIC_NOTICE = (
    "> [!CAUTION]\n> **Offline sample, not an answer.** No model was asked: this text was made by a fixed rule."
)


NOTHING_ANSWERED: Mapping[str, Reply] = {}


@dataclass(frozen=True)
class Plan:
    """What one answer does. ``effects``: labels that the thread does not have yet, and the comment.

    ``fields``: what the answer says besides, as JSON has it. ``dropped_labels`` were proposed but may not be set,
    ``number 99`` where there is none of that number. ``notes``: what else is not posted, and why.
    """

    effects: tuple[Effect, ...]
    fields: Mapping[str, object]
    dropped_labels: tuple[str, ...] = ()
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
    answered: Mapping[str, Reply] = NOTHING_ANSWERED,
    redact: Redact = redact,
) -> Plan:
    """Turn the answer to ``items`` into effects.

    ``shown``: what it may refer to; ``present``: labels the thread has; ``answered``: which reply of ours answers which
    key; ``redact``: takes the secrets out.
    """
    by_number = dict(enumerate(shown.labels, 1))
    proposed = dict.fromkeys(answer.labels)  # each once
    known = [by_number[number] for number in proposed if number in by_number]
    unknown = [f"number {number}" for number in proposed if number not in by_number]
    has = {name.lower() for name in present}
    new = tuple(name for name in known[:MAX_LABELS_SET] if name.lower() not in has)
    named, note = duplicate(answer.possible_duplicate_of, shown)
    redacted = redact(answer.comment)
    comment = Comment(outgoing(redacted.text), replied_by(items, answered))
    return Plan(
        effects=(Labels(new), comment) if new else (comment,),
        fields=_fields(answer, named),
        dropped_labels=(*known[MAX_LABELS_SET:], *unknown),
        notes=tuple(note for note in (note, *_of_secrets(shown.redacted, redacted.kinds)) if note),
    )


def _fields(answer: Answer, named: int | None) -> dict[str, object]:
    return {
        "category": answer.category,
        "priority": answer.priority,
        "needs_info": answer.needs_info,
        "missing": list(answer.missing),
        "duplicate": named,
        "confidence": answer.confidence,
    }


def _of_secrets(read: Mapping[str, int], written: Mapping[str, int]) -> Iterator[str]:
    if read:
        yield f"the thread shows secrets, which Claude was not shown: {in_words(read)}. Have them revoked."
    if written:
        yield f"secrets were taken out of the reply: {in_words(written)}"


def render(draft: Draft, *, footer: str, mention: str) -> str:
    """The comment, at most ``MAX_COMMENT`` characters: marker, text, footer. What is in ``draft`` was checked.

    ``footer``: a template that has a place for the model and for how HLS is spoken to, the ``mention``.
    """
    first = marker(draft.keys)
    footer = SYNTHETIC_FOOTER if draft.synthetic else _filled(footer, draft.model, mention)
    notice = f"{SYNTHETIC_NOTICE}\n\n" if draft.synthetic else ""
    room = MAX_COMMENT - len(first) - len(notice) - len(footer) - 4
    text = cut(draft.comment.text, room, CUT_NOTE)
    line = _duplicate_line(draft.fields.get("duplicate"), text)
    text += line if len(text) + len(line) <= room else ""
    return f"{first}\n{notice}{text}\n\n{footer}"


def _filled(footer: str, model: str, mention: str) -> str:
    return Template(footer).substitute(model=model, mention=mention).strip()


def _duplicate_line(number: object, text: str) -> str:
    """What names the issue that this may be the same as, unless the text does."""
    if not isinstance(number, int) or re.search(rf"#{number}\b", text):
        return ""
    return f"\n\nPossibly the same as #{number}."
