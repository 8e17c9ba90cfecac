"""Brakes: how many answers an account, a thread and a repository get, counted in the ledger before Claude is asked.

Money has caps of its own; these bound what a flood, a loop or a storm of edits does to the threads. Values only: the
time is an argument, UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from hls_action.domain.errors import HLSError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BURST, COOL_DOWN = 4, timedelta(minutes=5)
"""After so many answers to one thread within that time the next waits until it is over, and answers all that came."""
MAX_COUNTED = 1_000
"""Answers that are remembered, and so the highest limit."""


@dataclass(frozen=True)
class Limit:
    """The most answers in any hour and in any 24 hours; 0 for no limit."""

    hour: int = 0
    day: int = 0

    def __str__(self) -> str:
        """As the configuration file has it."""
        return f"{{hour: {self.hour}, day: {self.day}}}"


@dataclass(frozen=True)
class Limits:
    """Those of an account, a thread and a repository; by default more than an honest busy project meets."""

    per_actor: Limit = Limit(10, 30)
    per_thread: Limit = Limit(10, 30)
    per_repository: Limit = Limit(60, 300)


NO_LIMITS = Limits(Limit(), Limit(), Limit())


class RateLimited(HLSError):
    """A limit is reached, and Claude was not asked. ``until``: when there is room for one more answer."""

    advice: ClassVar[str]

    def __init__(self, who: str, most: int, length: timedelta, until: datetime) -> None:
        super().__init__(f"{self.advice}: {who} has had {most} answers within {_spelt(length)}, which is the limit")
        self.until = until


class ActorRateLimited(RateLimited):
    """One account asks too much."""

    code = "rate-limited-actor"
    advice = "raise `limits.per_actor` unless this is a flood"


class ThreadRateLimited(RateLimited):
    """One thread is answered too often, by whomever."""

    code = "rate-limited-thread"
    advice = "wait, and one reply answers all that is asked until then"


class RepositoryRateLimited(RateLimited):
    """The repository has had enough answers for now."""

    code = "rate-limited-repository"
    advice = "raise `limits.per_repository` unless this is a flood"


RATE_LIMITED = frozenset((ActorRateLimited.code, ThreadRateLimited.code, RepositoryRateLimited.code))
"""The codes of what waits until a limit leaves room. It has not failed."""


class Looping(HLSError):
    """An account only keeps a loop going. No time ends that: somebody else or a maintainer has to ask."""

    code = "loop"

    def __init__(self, login: str) -> None:
        super().__init__(f"check whether {login} is a machine: it answers HLS at once, repeats itself or says nothing")


@dataclass(frozen=True)
class Given:
    """One answer: when it was taken up, for which account, in which thread (``owner/name#7``), to which item, by its
    key. Two with the same thread and key are one that was tried again.
    """

    at: datetime
    actor: str
    thread: str
    key: str

    @property
    def repository(self) -> str:
        """As owner/name."""
        return self.thread.rpartition("#")[0]


@dataclass(frozen=True)
class Answers:
    """The answers of the last 24 hours, oldest first, `MAX_COUNTED` at most."""

    given: tuple[Given, ...] = ()

    def plus(self, one: Given) -> Answers:
        """With one more, and without those that no limit looks at any more. Safe to repeat."""
        recent = [*_within(DAY, one.at, self._others(one)), one]
        return Answers(tuple(sorted(recent, key=lambda each: each.at)[-MAX_COUNTED:]))

    def for_actor(self, wanted: Given, limits: Limits) -> RateLimited | None:
        """Why its account gets no other answer now, if so."""
        asked = [each for each in self._others(wanted) if each.actor == wanted.actor]
        found = [each for each in asked if each.repository == wanted.repository]
        return _refusal(ActorRateLimited, wanted.actor, _bounds(limits.per_actor), found, wanted.at)

    def for_place(self, wanted: Given, limits: Limits, waiting: int = 0) -> RateLimited | None:
        """Why its thread or its repository gets none. ``waiting``: so many threads of the repository were put off
        before, and come first.
        """
        there = [each for each in self._others(wanted) if each.repository == wanted.repository]
        here = [each for each in there if each.thread == wanted.thread]
        burst = ((BURST, COOL_DOWN),) if limits.per_thread.hour else ()
        of_thread = _refusal(ThreadRateLimited, "this thread", (*burst, *_bounds(limits.per_thread)), here, wanted.at)
        bounds = _bounds(limits.per_repository)
        return of_thread or _refusal(RepositoryRateLimited, "this repository", bounds, there, wanted.at, waiting)

    def renamed(self, old: str, new: str) -> Answers:
        """Once a repository has another name."""
        moved = (
            replace(each, thread=f"{new}#{each.thread.rpartition('#')[2]}") if each.repository == old else each
            for each in self.given
        )
        return replace(self, given=tuple(moved))

    def _others(self, wanted: Given) -> list[Given]:
        """All but earlier tries of the same answer."""
        return [each for each in self.given if (each.thread, each.key) != (wanted.thread, wanted.key)]


def _bounds(limit: Limit) -> tuple[tuple[int, timedelta], ...]:
    return (limit.hour, HOUR), (limit.day, DAY)


def _refusal(
    kind: type[RateLimited],
    who: str,
    bounds: Iterable[tuple[int, timedelta]],
    given: Sequence[Given],
    now: datetime,
    waiting: int = 0,
) -> RateLimited | None:
    """By whichever of the ``bounds`` leaves room last; None where each has some."""
    found = [kind(who, most, length, _room_at(most, length, given, now, waiting)) for most, length in bounds if most]
    latest = max(found, key=lambda each: each.until, default=None)
    return latest if latest is not None and latest.until > now else None


def _room_at(most: int, length: timedelta, given: Sequence[Given], now: datetime, waiting: int) -> datetime:
    """When one more fits, behind those ``waiting``: ``now`` if it does."""
    times = [each.at for each in _within(length, now, given)]
    if len(times) + waiting < most:
        return now
    fit = max(0, most - 1 - waiting)
    return (times[-1 - fit] if len(times) > fit else now) + length


def _within(length: timedelta, now: datetime, given: Iterable[Given]) -> list[Given]:
    """Those so close to ``now``. Clocks of runners differ, and a wrong one must not stop everybody for long."""
    return [each for each in given if now - length < each.at < now + length]


def _spelt(length: timedelta) -> str:
    minutes = int(length / timedelta(minutes=1))
    return {60: "an hour", 24 * 60: "24 hours"}.get(minutes, f"{minutes} minutes")
