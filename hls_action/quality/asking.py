"""Ask Claude about many cases, a few at once, within a cap that is never passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Lock

from hls_action.domain.budget.budget import ZERO, Charge, Costs
from hls_action.domain.budget.errors import BudgetExceeded
from hls_action.domain.errors import HLSError, UsageError
from hls_action.domain.tasks.option import CallOption, Step
from hls_action.line.ask import StepResult, ask, follow, take_step
from hls_action.line.materials import quiet
from hls_action.line.run import Run
from hls_action.quality.answers import KeptAnswers, PaidAnswer

AT_ONCE = 3
TELL_EVERY = 10


class Purse:
    """What one evaluation may cost. ``cap`` in USD; None for no cap, where nothing is paid."""

    def __init__(self, cap: Decimal | None) -> None:
        self._cap = cap
        self._lock = Lock()
        self._committed = ZERO

    @property
    def committed(self) -> Decimal:
        """What was spent or may have been, and what calls under way may still cost, in USD."""
        return self._committed

    def reserve(self, worst: Decimal) -> None:
        """Put aside the most that a call can cost. Errors: `BudgetExceeded`, and then nothing is."""
        with self._lock:
            if self._cap is not None and self._committed + worst > self._cap:
                raise BudgetExceeded(
                    f"raise --max-usd, which is {self._cap}: the call could cost {worst:.4f} USD after "
                    f"{self._committed:.4f} USD"
                )
            self._committed += worst

    def settle(self, worst: Decimal, spent: Decimal) -> None:
        """Put what was reserved for a call in order, now that its cost is known."""
        with self._lock:
            self._committed += spent - worst


def ask_all(
    options: Mapping[str, CallOption],
    begin: Callable[[], Run],
    kept: KeptAnswers,
    purse: Purse,
    tell: Callable[[str], None] = quiet,
) -> dict[str, PaidAnswer | HLSError]:
    """Answers by the names of their cases, or the error in their place. ``begin``: a run with a deadline of its own;
    ``tell``: hears how far it is.

    Each answer is kept as soon as it is there. An interruption starts no further call. Errors: `UsageError`.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="case")
    try:
        asked = {name: pool.submit(_answer, option, begin, kept, purse) for name, option in options.items()}
        answers = {}
        for name, future in asked.items():
            answers[name] = future.result()
            if len(answers) % TELL_EVERY == 0:
                tell(f"{len(answers)} of {len(asked)} cases are through")
        return answers
    finally:
        pool.shutdown(cancel_futures=True)


def _answer(option: CallOption, begin: Callable[[], Run], kept: KeptAnswers, purse: Purse) -> PaidAnswer | HLSError:
    planned, looked = option, ZERO
    try:
        for step in option.before:
            taken, usd = _step(step, begin, kept, purse)
            looked += usd
            if ends := taken.ends_or_raise():
                return HLSError(str(ends))
            option = taken.option or option
        found = kept.find(option)
        if found is None:
            purse.reserve(option.worst)
            found = _paid(option, begin(), kept, purse)
        return replace(found, usd=found.usd + looked, option=None if option is planned else option)
    except UsageError:
        raise
    except HLSError as error:
        return error


def _step(step: Step, begin: Callable[[], Run], kept: KeptAnswers, purse: Purse) -> tuple[StepResult, Decimal]:
    """What comes of a step, and what it cost in USD when it was made."""
    found = kept.find(step.call)
    if found is not None:
        return follow(step, found.reply, Costs()), found.usd
    purse.reserve(step.call.worst)
    taken = take_step(begin(), step, "")
    spent = sum((charge.usd for charge in taken.costs.charges), ZERO)
    purse.settle(step.call.worst, spent)
    if taken.reply is not None:
        kept.keep(step.call, PaidAnswer(taken.reply, spent))
    return taken, spent


def _paid(option: CallOption, run: Run, kept: KeptAnswers, purse: Purse) -> PaidAnswer:
    """Errors: what kept Claude from answering."""

    def reserve_again(_: Charge) -> str:
        """The attempt before may have been billed: what was reserved for it stays, and the next has its own."""
        purse.reserve(option.worst)
        return ""

    asked = ask(run, option, "", reserve_again, on_rate_limit=lambda _: None)
    spent = sum((charge.usd for charge in asked.costs.charges), ZERO)
    if asked.reply is not None:
        kept.keep(option, PaidAnswer(asked.reply, spent))
    purse.settle(option.worst, spent)
    return PaidAnswer(asked.reply_or_raise(), spent)
