"""How long the services take, and the least time in which any program could have its comment posted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Service = Literal["github", "claude", "git"]


@dataclass(frozen=True)
class Latencies:
    """What a request to GitHub, a call of Claude, and a fetch or a push of git take longer, in milliseconds."""

    github: float = 0.0
    claude: float = 0.0
    git: float = 0.0

    def seconds(self, service: Service) -> float:
        """What one step takes that waits for a service."""
        seconds: float = getattr(self, service) / 1000
        return seconds


AT_ONCE = Latencies()
REAL = Latencies(github=200.0, claude=2_000.0, git=300.0)
"""About what the real services take for a new issue."""

STEPS: tuple[tuple[str, tuple[Service, ...]], ...] = (
    ("read the thread, and the ledger beside it", ("github", "git")),
    ("push the claim: nobody is asked for what another run may have taken", ("git",)),
    ("ask Claude", ("claude",)),
    ("push the answer: nothing is posted that is not on record", ("git",)),
    ("post the comment; labels could be set at the same time", ("github",)),
)
"""The steps of a new issue that must wait for one another, and what each waits for, all at once."""
AFTERWARDS: tuple[tuple[str, tuple[Service, ...]], ...] = (
    ("push that it is published: else a deleted reply would come back", ("git",)),
)


def nominal_minimum(latencies: Latencies) -> float:
    """Seconds to the comment for a program that takes no time itself, and waits only where it has to."""
    return _sum(latencies, STEPS)


def nominal_whole(latencies: Latencies) -> float:
    """The same to the end of the process."""
    return _sum(latencies, (*STEPS, *AFTERWARDS))


def _sum(latencies: Latencies, steps: Iterable[tuple[str, tuple[Service, ...]]]) -> float:
    return sum(max(map(latencies.seconds, services)) for _, services in steps)
