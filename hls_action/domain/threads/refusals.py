"""What people say a thread is not about, by ``/hls not #12``: a command, which asks for no answer."""

from __future__ import annotations

import re

from hls_action.domain.events.relevance import GateRules
from hls_action.domain.text.request import addressed
from hls_action.domain.threads.thread import Thread

_NOT = re.compile(r"not(?:[\s,]+(?:and[\s,]+)?#[0-9]{1,10})+[.!]?", re.IGNORECASE)
MOST = 20
"""How many numbers of one comment count, and are kept of a thread."""


def refused_in(body: str, mention: str) -> frozenset[int]:
    """The numbers of issues in a comment that is such a command, and nothing else."""
    found = _NOT.fullmatch(addressed(body, mention))
    return frozenset(map(int, re.findall("[0-9]+", found[0])[:MOST])) if found else frozenset()


def refused(thread: Thread, rules: GateRules) -> frozenset[int]:
    """What its author and the maintainers say that ``thread`` is not about; nobody else is heard."""
    heard = (
        comment
        for comment in thread.comments
        if comment.author.login == thread.author.login or comment.author.is_maintainer
    )
    return frozenset[int]().union(*(refused_in(comment.body, rules.mention) for comment in heard))
