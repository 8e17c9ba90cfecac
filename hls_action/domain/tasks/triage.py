"""Triage: a first answer to an issue, asked for or not."""

from __future__ import annotations

from hls_action.domain.tasks.task import OF_ANY_THREAD, Task, labels_and_comment
from hls_action.domain.threads.items import Item


def _describe(item: Item, _: str) -> str:
    if item.kind == "label":
        return "the issue itself: a maintainer asked for an answer by setting a label"
    return "the issue itself (its title and body)"


TASK = Task("triage", ("issue", "label"), _describe, OF_ANY_THREAD, labels_and_comment)
