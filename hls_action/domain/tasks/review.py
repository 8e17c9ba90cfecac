"""Review: what is wrong with the change that a pull request makes, at its head."""

from __future__ import annotations

from dataclasses import replace

from hls_action.domain.tasks.effects import Effect, FoldComments, PostComment
from hls_action.domain.tasks.task import OF_ANY_THREAD, Case, CheckedAnswer, Task, labels_and_comment
from hls_action.domain.threads.items import Item


def _describe(item: Item, since: str) -> str:
    if not since:
        return f"the pull request at commit {item.id[:12]}: review the change"
    return (
        f"the pull request at commit {item.id[:12]}: a comment of yours in this thread reviews it at commit "
        f"{since[:12]}, and the diff shows only what changed since; review that, and say what it settles"
    )


def _effects(checked_answer: CheckedAnswer, case: Case) -> tuple[Effect, ...]:
    """The comment, and what it makes of our earlier reviews, unless it is itself one of them, written anew."""
    effects = labels_and_comment(checked_answer, case)
    if case.replaces is not None or not case.reviews:
        return effects
    match case.review:
        case "fold":
            outdated = tuple(review.node_id for review in case.reviews if review.node_id not in case.folded)
            return (*effects, FoldComments(outdated)) if outdated else effects
        case "replace" if all(item.kind == "pull" for item in case.items):  # who asked finds the answer below
            return tuple(_in_place_of(effect, case.reviews[-1].id) for effect in effects)
        case _:
            return effects


def _in_place_of(effect: Effect, review: int) -> Effect:
    return replace(effect, replaces=review) if isinstance(effect, PostComment) else effect


TASK = Task("review", ("pull",), _describe, OF_ANY_THREAD | {"findings"}, _effects)
