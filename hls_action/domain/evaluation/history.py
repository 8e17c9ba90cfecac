"""A case made of a closed issue: as it was opened, with what the maintainers made of it as what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hls_action.domain.evaluation.cases import EXPECT
from hls_action.domain.knowledge.references import numbers_named
from hls_action.domain.threads.thread import Comment, Thread

_DUPLICATE = re.compile(r"\bduplicate (?:of|to)\b[^\n]{0,200}", re.IGNORECASE)


@dataclass(frozen=True)
class ClosedIssue:
    """``is_duplicate``: it was closed as one."""

    thread: Thread
    is_duplicate: bool = False


def duplicate_of(thread: Thread, comments: Iterable[Comment], repository: str) -> int | None:
    """The issue that a maintainer said it repeats, the last word counting; None where none said so."""
    said = (c.body for c in comments if c.author.is_maintainer)
    found = (
        numbers_named([match[0]], repository) - {thread.number} for text in said for match in _DUPLICATE.finditer(text)
    )
    return next((min(numbers) for numbers in reversed(list(found)) if numbers), None)


def case_of(issue: ClosedIssue, duplicate: int | None) -> dict[str, object]:
    """The issue as a folder holds a thread: open, without labels and comments, which came later.

    What was asked back is not expected: nobody marks whether it was needed.
    """
    thread = issue.thread
    author = thread.author
    repeats = {} if issue.is_duplicate and duplicate is None else {"duplicate": duplicate}
    return {
        "title": thread.title,
        "body": thread.body,
        "author": {"login": author.login, "type": author.type, "association": author.association},
        "created_at": thread.created_at.isoformat(),
        "updated_at": thread.created_at.isoformat(),
        EXPECT: {"labels": list(thread.labels), **repeats},
    }
