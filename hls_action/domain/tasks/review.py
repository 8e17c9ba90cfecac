"""Review: what is wrong with the change that a pull request makes, at its head."""

from __future__ import annotations

from hls_action.domain.effects import Effect
from hls_action.domain.items import Item
from hls_action.domain.tasks.task import OF_ANY_THREAD, Case, Said, Task, labels_and_comment


def _describe(item: Item, since: str) -> str:
    if not since:
        return f"the pull request at commit {item.id[:12]}: review the change"
    return (
        f"the pull request at commit {item.id[:12]}: a comment of yours in this thread reviews it at commit "
        f"{since[:12]}, and the diff shows only what changed since; review that, and say what it settles"
    )


def _effects(said: Said, case: Case) -> tuple[Effect, ...]:
    """Earlier reviews (``case.reviews``) stay as they are, whatever ``case.review`` says: that is not heeded yet."""
    return labels_and_comment(said, case)


TASK = Task("review", ("pull",), _describe, OF_ANY_THREAD | {"findings"}, _effects)
