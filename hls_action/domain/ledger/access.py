"""Who is known to have write access, or to be in a team: asked of GitHub at most once a day for each account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

MAY_WRITE = ("admin", "write")
"""The permissions that let somebody push, as GitHub's API has them: those who maintain are among the latter."""
VALID = timedelta(days=1)
MAX_KNOWN = 200
"""How many answers are kept; of more, the newest."""


@dataclass(frozen=True)
class Access:
    """What GitHub answered, ``at`` a time."""

    granted: bool
    at: datetime


Known = Mapping[str, Access]
"""By what it is access to, a repository or a team, and a login: ``o/r ann``."""


def name(place: str, login: str) -> str:
    """What an answer is found by."""
    return f"{place} {login}".lower()


def granted(known: Known, place: str, login: str, now: datetime) -> bool | None:
    """Whether an account has access; None where nobody has asked within a day."""
    found = known.get(name(place, login))
    return found.granted if found is not None and now - found.at < VALID else None


def with_answer(known: Known, place: str, login: str, answer: bool, now: datetime) -> Known:
    """With what GitHub answered now, and without what is too old to be used. Safe to repeat."""
    fresh = {key: each for key, each in known.items() if now - each.at < VALID}
    newest = sorted({**fresh, name(place, login): Access(answer, now)}.items(), key=lambda each: (each[1].at, each[0]))
    return dict(newest[-MAX_KNOWN:])
