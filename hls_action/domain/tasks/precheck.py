"""The pre-check: a cheap call before the expensive one, asking whether an unaddressed item deserves an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from hls_action.domain.knowledge.conversation import Context
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.prompt import Prompt, Text
from hls_action.domain.threads.items import Item

MAX_TOKENS = 1_000
"""Of an answer of a dozen words; the rest is for a model that thinks before it writes."""
MAX_REASON = 200
CODE = "not-relevant"

SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"relevant": {"type": "boolean"}, "reason": {"type": "string"}},
    "required": ["relevant", "reason"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Relevance:
    """``reason``: why it is not relevant, in the model's words, which a stranger may have put into its mouth."""

    relevant: bool = True
    reason: str = ""


def applies(unanswered: tuple[Item, ...]) -> bool:
    """Whether all that is owed came about without anybody asking us for it."""
    return all(item.kind == "pull" or (item.kind == "issue" and not item.digest) for item in unanswered)


def compose(template: str, read: Context) -> Prompt:
    """The question. ``read``: the thread, cut short."""
    return Prompt(system=(Text(template),), user=(Text(f"<thread>\n{read.opening}\n</thread>"),))


def ends(text: str) -> Reason:
    """Why no answer is due, by the model's reply; `NONE` where one is."""
    verdict = parse(text)
    return NONE if verdict.relevant else Reason(CODE, verdict.reason)


def parse(text: str) -> Relevance:
    """What the model decided. Anything but a clear no counts as yes: losing an item would be worse than one call too
    many.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Relevance()
    if not isinstance(data, dict) or data.get("relevant") is not False:
        return Relevance()
    return Relevance(False, " ".join(str(data.get("reason", "")).split())[:MAX_REASON])
