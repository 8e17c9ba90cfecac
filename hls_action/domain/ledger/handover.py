"""What the jobs of a split workflow hand to each other: which items are claimed, and what came of asking about them.

The second comes from a job that read what strangers wrote, so the job that posts it believes none of it unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self, TypeVar

from hls_action.domain.budget.budget import ZERO, Charge, Reservation
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.json_codec import Codec
from hls_action.domain.json_values import parsed
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import DRY_RUN, FINAL_SKIP_CODES, MAX_REASON
from hls_action.domain.ledger.codecs import CODECS
from hls_action.domain.ledger.errors import StateUnavailable
from hls_action.domain.ledger.model import Claimant, Ledger, Record
from hls_action.domain.reasons import CODES, NONE, Reason

T = TypeVar("T")

MAX_BYTES = 100_000
"""Of a text that is handed over: Linux gives a program variables of 128 KiB at most."""
CLAIM_LIFE = timedelta(hours=1)
"""How long a claim waits for the jobs after it: each may wait for a runner, install, and take its time."""


@dataclass(frozen=True)
class HeldClaim:
    """Items of a thread that a run has claimed. ``reservation`` and ``steps``: what money was put aside as for the
    answer and for what is asked before it; ``asked``: keys of items that people asked for again.
    """

    by: Claimant
    thread: ThreadId
    keys: tuple[str, ...]
    reservation: str
    steps: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def reservations(self) -> tuple[str, ...]:
        """The names of all of them."""
        return (self.reservation, *self.steps)

    def held(self, ledger: Ledger, repository: str) -> tuple[Record, ...]:
        """The records of its items that nobody has taken further."""
        records = ledger.of(repository, self.thread)
        return tuple(r for r in records if r.key in self.keys and r.by == self.by and r.state == "claimed")

    def is_whole(self, ledger: Ledger, repository: str, now: datetime) -> bool:
        """Whether all of it still holds, its money included."""
        held = [r for r in self.held(ledger, repository) if r.until is not None and now < r.until]
        return len(held) == len(self.keys) and ledger.budget.reservations.keys() >= set(self.reservations)


@dataclass(frozen=True)
class Failure:
    """An error, for another process. ``passes``: a later run may do better."""

    code: str
    message: str
    cause: str = ""
    fault: Fault | None = None
    passes: bool = False

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code[:80]!r} is not the code of a reason")

    @classmethod
    def of(cls, error: HLSError, now: datetime) -> Self:
        """The same in values."""
        passes = isinstance(error, ThreadUnavailable | StateUnavailable) or transitions.may_pass(error, (), now)
        fault = (
            replace(error.fault, message=error.fault.message[:MAX_REASON]) if isinstance(error, UpstreamError) else None
        )
        return cls(error.code, error.message[:MAX_REASON], error.cause[:MAX_REASON], fault, passes)

    def error(self) -> HLSError:
        """The error again: what becomes of the items follows from it as if it had happened here."""
        if self.fault is not None:
            found: HLSError = UpstreamError(self.fault)
        else:
            found = (DeadlineExceeded if self.passes else HLSError)(self.message)
        found.code, found.message, found.cause = self.code, self.message, self.cause
        return found


@dataclass(frozen=True)
class WrittenAnswer:
    """What came of asking: a ``draft``, or why there is none. ``skipped``: why it is not to be posted, if there is one;
    ``charges``: the bills. Errors: ``ValueError`` for what no asking comes to.
    """

    charges: tuple[Charge, ...]
    draft: Draft | None = None
    skipped: Reason = NONE
    failure: Failure | None = None

    def __post_init__(self) -> None:
        if self.skipped and self.skipped.code not in (*FINAL_SKIP_CODES, DRY_RUN):
            raise ValueError(f"{str(self.skipped.code)[:80]!r} is not why an answer is not posted")
        if (self.failure is None) == (self.draft is None and not self.skipped):
            raise ValueError("it is neither an answer nor a failure, or both")


CLAIM: Codec[HeldClaim] = CODECS.of(HeldClaim)
ANSWER: Codec[WrittenAnswer] = CODECS.of(WrittenAnswer)


def text_of(codec: Codec[T], value: T) -> str:
    """A value as text for another job, on one line."""
    return json.dumps(codec.encode(value), ensure_ascii=False, separators=(",", ":"))


def fits(text: str) -> bool:
    """Whether a text is short enough to be handed over."""
    return len(text.encode("utf-8", "replace")) <= MAX_BYTES


def value_of(codec: Codec[T], text: str) -> T:
    """Read what `text_of` wrote. Errors: ``ValueError``."""
    if not fits(text):
        raise ValueError(f"it is longer than {MAX_BYTES:,} bytes")
    try:
        return codec.decode(parsed(text))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except (ArithmeticError, LookupError, TypeError) as error:
        raise ValueError(str(error)) from error


def checked(
    answer: WrittenAnswer, claim: HeldClaim, reserved: Mapping[str, Reservation], now: datetime
) -> WrittenAnswer:
    """The same, held against what was claimed and ``reserved``. Errors: ``ValueError``, for other items, other bills,
    or more money than was put aside.

    What it says of itself and nobody can check is not taken over: its cost is that of its bills, it was not written
    later than now, and nothing was shown under what it answers.
    """
    names = [charge.name for charge in answer.charges]
    if len(set(names)) < len(names) or not set(names) <= set(claim.reservations):
        raise ValueError("its bills are not for what was put aside for it")
    if any(c.usd > reserved[c.name].usd for c in answer.charges if c.name in reserved):
        raise ValueError("it costs more than was put aside for it")
    draft = answer.draft
    if draft is None:
        return answer
    if sorted(draft.keys) != sorted(claim.keys):
        raise ValueError("it is not about the items that are claimed")
    cost = sum((charge.usd for charge in answer.charges if charge.known), ZERO)
    written = min(draft.written or now, now)
    return replace(answer, draft=replace(draft, cost_usd=cost, written=written, eyes=False))


def bills(claim: HeldClaim, answer: WrittenAnswer | None, reserved: Mapping[str, Reservation]) -> tuple[Charge, ...]:
    """A bill for all that was put aside: what nobody told of is counted at its worst, as for a run that died."""
    told = {charge.name: charge for charge in answer.charges} if answer else {}
    return tuple(
        told.get(name) or Charge(name, reserved[name].usd, known=False)
        for name in claim.reservations
        if name in reserved
    )
