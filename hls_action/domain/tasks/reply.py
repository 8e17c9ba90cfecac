"""Reply: an answer to comments addressed to HLS, in an issue or a pull request."""

from __future__ import annotations

from hls_action.domain.tasks.task import OF_ANY_THREAD, Task, labels_and_comment
from hls_action.domain.threads.items import Item


def _describe(item: Item, _: str) -> str:
    heard = ", which may answer what you asked; it is not addressed to you" if item.heard else ""
    return f"the comment with id {item.id}{heard}"


TASK = Task("reply", ("comment",), _describe, OF_ANY_THREAD, labels_and_comment)
