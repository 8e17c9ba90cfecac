"""One run of HLS, and what went over the wire meanwhile."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Broken, Sample
from tests.standins.exchange import Exchange


@dataclass(frozen=True)
class Run:
    """One run of HLS and what it said and did. Exchanges are in the order they began; ``git``: with git's server."""

    sample: Sample
    outputs: dict[str, str]
    github: tuple[Exchange, ...]
    claude: tuple[Exchange, ...]
    git: tuple[Exchange, ...]

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """With all of them."""
        return tuple(sorted((*self.github, *self.claude, *self.git), key=lambda each: each.started))

    @property
    def rounds(self) -> tuple[tuple[Exchange, ...], ...]:
        """The exchanges with git's server, fetch by fetch and push by push: each begins by asking what is there."""
        return _rounds(self.git)

    @property
    def push_rounds(self) -> tuple[tuple[Exchange, ...], ...]:
        """Of them, the pushes; fetches may go on beside one another."""
        return _rounds([each for each in self.git if "git-receive-pack" in each.request.target])

    @property
    def waits(self) -> float:
        """Seconds in which at least one answer was awaited: what no program could save, asking the same."""
        return union([(each.started, each.ended) for each in self.exchanges])

    @property
    def waits_for_git(self) -> float:
        """Of the waits, those in which nothing but git was awaited."""
        return self.waits - union([(each.started, each.ended) for each in (*self.github, *self.claude)])

    @property
    def comment(self) -> Exchange:
        """The request that posted the reply. Errors: `Broken` unless there is just one."""
        posts = [
            each
            for each in self.github
            if each.request.method == "POST" and re.search(r"/issues/\d+/comments$", each.request.path)
        ]
        if len(posts) != 1:
            raise Broken(f"{len(posts)} comments were posted, not one:\n{self.requests}")
        return posts[0]

    @property
    def pushes(self) -> tuple[Exchange, ...]:
        """What git's server was sent. A push that had lost its race before it sent anything is not among it."""
        return tuple(each for each in self.git if each.request.path.endswith("/git-receive-pack"))

    @property
    def characters(self) -> int:
        """Characters of text sent to Claude, system and messages."""
        return sum(len(text) for each in self.claude for text in _texts(each.request.json()))

    @property
    def requests(self) -> list[str]:
        """Method and path of what GitHub was asked."""
        return [f"{each.request.method} {each.request.path}" for each in self.github]


def expect(run: Run, outcome: str) -> Run:
    """The same run. Errors: `Broken` when it did not end as it should."""
    if run.outputs.get("outcome") != outcome:
        raise Broken(f"the run did not end as '{outcome}':\n{run.outputs}\n{run.sample.output[-3000:]}")
    return run


def union(intervals: Sequence[tuple[float, float]]) -> float:
    """How long at least one of the intervals lasted."""
    total, reached = 0.0, float("-inf")
    for began, ended in sorted(intervals):
        total += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return total


def _texts(body: dict[str, Any]) -> list[str]:
    parts = [body.get("system") or [], *(message["content"] for message in body["messages"])]
    blocks = [block for part in parts for block in ([part] if isinstance(part, str) else part)]
    return [block if isinstance(block, str) else block.get("text", "") for block in blocks]


def _rounds(exchanges: Sequence[Exchange]) -> tuple[tuple[Exchange, ...], ...]:
    starts = [at for at, each in enumerate(exchanges) if each.request.method == "GET"]
    return tuple(tuple(exchanges[start:end]) for start, end in itertools.pairwise([*starts, len(exchanges)]))
