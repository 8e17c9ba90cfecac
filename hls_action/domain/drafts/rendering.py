"""What GitHub will show of us: the comment made of a draft, and the notice of a cap."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from string import Template

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.events.relevance import MARKER_PREFIX
from hls_action.domain.identity import ThreadId
from hls_action.domain.json_values import is_name
from hls_action.domain.knowledge.references import NUMBERS
from hls_action.domain.text import outgoing
from hls_action.domain.text.cut import cut
from hls_action.domain.threads.items import marker, notice_key

MAX_COMMENT = 65_536
"""GitHub refuses longer comments with 422."""

SYNTHETIC_FOOTER = "<sub>Sample text. With an API key, Claude answers here.</sub>"
CUT_NOTE = "*The rest of this reply was cut: it was longer than GitHub allows.*"
SYNTHETIC_NOTICE = (
    "> [!CAUTION]\n> **Offline sample, not an answer.** No model was asked: this text was made by a fixed rule."
)


def notice(thread: ThreadId, next_try: datetime | None, *, mention: str) -> str:
    """What a thread is told whose answer was kept back by a cap. ``next_try``: None if there is none by itself."""
    if next_try is not None:
        text = (
            "The maintainers' budget for answers by Claude is used up, so there is none here yet. "
            f"This is taken up again after {next_try:%Y-%m-%d %H:%M} UTC."
        )
    else:
        text = (
            "The maintainers' budget leaves no room for an answer by Claude here. It is not tried again by itself; "
            f"a comment `{mention} retry` asks for another try."
        )
    return f"{MARKER_PREFIX}1 {notice_key(thread)} -->\n{text}"


def render(draft: Draft, *, footer: str, mention: str) -> str:
    """The comment, at most ``MAX_COMMENT`` characters: marker, text, footer.

    Whatever of ``draft`` is shown is made harmless here, for it may come from where others can write: the text is
    cleaned, which changes nothing of what was cleaned before, and of its fields none is shown as it stands.

    ``footer``: a template that has a place for the model and for how HLS is spoken to, the ``mention``.
    """
    first = marker(draft.keys)
    footer = SYNTHETIC_FOOTER if draft.synthetic else _filled(footer, draft.model, mention)
    notice = f"{SYNTHETIC_NOTICE}\n\n" if draft.synthetic else ""
    room = MAX_COMMENT - len(first) - len(notice) - len(footer) - 4
    text = cut(_cleaned(draft.comment.text), room, CUT_NOTE)
    line = _duplicate_line(draft.fields.get("duplicate"), text)
    text += line if len(text) + len(line) <= room else ""
    return f"{first}\n{notice}{text}\n\n{footer}"


@lru_cache(maxsize=8)  # it is made once to be shown, and once to be posted
def _cleaned(text: str) -> str:
    return outgoing(text)


def _filled(footer: str, model: str, mention: str) -> str:
    return Template(footer).substitute(model=model if is_name(model) else "Claude", mention=mention).strip()


def _duplicate_line(number: object, text: str) -> str:
    """What names the issue that this may be the same as, unless the text does."""
    if type(number) is not int or number not in NUMBERS or re.search(rf"#{number}\b", text):
        return ""
    return f"\n\nPossibly the same as #{number}."
