"""Errors, named for the situation. Each carries a message a maintainer can act on.

Imported by the gate: standard library only, and nothing that is slow to import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from hls_action.domain.faults.fault import Fault

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class HLSError(Exception):
    """The base of every expected failure. ``code`` is short and stable; the message is for people.

    ``cause``: what a service or a program said, word for word, where that helps. The message does without it; the error
    as a text has both.
    """

    code = "failed"
    exit_status = EXIT_FAILED

    def __init__(self, message: str = "", *, cause: str = "") -> None:
        super().__init__(f"{message} ({cause})" if cause else message)
        self.message = message
        self.cause = cause


class UsageError(HLSError):
    """A wrong input, option or event file: nothing was read from GitHub, nothing was posted."""

    code = "usage"
    exit_status = EXIT_USAGE


class ConfigError(UsageError):
    """The configuration file is wrong. The message names the key, the line and what would be right."""

    code = "config"


class AnswerRejected(HLSError):
    """Claude answered, and was paid, but what came back must not be posted."""

    code = "answer-rejected"


class ModelRefused(AnswerRejected):
    """Claude declined to answer."""

    code = "model-refused"


class AnswerTruncated(AnswerRejected):
    """The answer was cut off, by ``max_tokens``, the context window or a broken connection."""

    code = "answer-truncated"


class AnswerInvalid(AnswerRejected):
    """The answer is not what the schema asks for. The message names the field."""

    code = "answer-invalid"


class BudgetExceeded(HLSError):
    """The worst case of a call costs more than the cap allows. No call was made."""

    code = "budget"


class CapReached(BudgetExceeded):
    """With what was spent and reserved before, a call could exceed a cap.

    ``name``: the cap's key in the configuration. ``again``: when the period it counts for is over; None, when it counts
    for no period. ``hopeless``: the call alone is dearer than the cap. ``skip``: the maintainers want no later try.
    ``fits``: the largest `max_tokens` by which the call alone keeps the cap, where one does.
    """

    def __init__(
        self, name: str, cap: Decimal, committed: Decimal, worst: Decimal, again: datetime | None, fits: int = 0
    ) -> None:
        before = f" after {committed:.4f} USD" if committed else ""
        self.hopeless = worst > cap
        advice = f"raise `budget.{name}`, which is {cap} USD, or choose a cheaper `model`"
        if self.hopeless and fits:
            advice = f"set `max_tokens` to {fits} or less, {advice}"
        super().__init__(f"{advice}: a call could cost {worst:.4f} USD{before}")
        self.name = name
        self.again = again
        self.skip = again is None and not self.hopeless
        self._bounds = (cap, committed, worst)

    def fitting(self, affordable: Callable[[Decimal], int]) -> CapReached:
        """The same, with what would fit. ``affordable``: the largest `max_tokens` for so many USD; 0 for none."""
        cap, committed, worst = self._bounds
        error = CapReached(self.name, cap, committed, worst, self.again, affordable(cap))
        error.skip = self.skip
        return error


class ClaimLost(HLSError):
    """Another run took this one's items over, so that its answer must not be posted."""

    code = "claim-lost"


class SyntheticAnswerRefused(HLSError):
    """An answer that no model wrote was about to be posted to a real repository. It was not."""

    code = "synthetic-answer"


class DeadlineExceeded(HLSError):
    """The run's own deadline passed."""

    code = "deadline"


class CutOff(DeadlineExceeded):
    """The deadline passed while a request was under way, which may have taken effect all the same."""


class UpstreamError(HLSError):
    """GitHub or Claude failed a request. ``fault`` says how, in terms the retry table knows.

    ``advice``: what helps, where the fault does not say so itself. With either, what the service said is the cause.
    """

    code = "upstream"

    def __init__(self, fault: Fault, advice: str = "") -> None:
        advice = advice or fault.advice
        super().__init__(advice or str(fault), cause=str(fault) if advice else "")
        self.fault = fault


class SpendLimitReached(UpstreamError):
    """Claude refused a call because the account's money is used up, or its limit reached. Nothing was billed."""

    code = "spend-limit"


class CoolingDown(UpstreamError):
    """A request was held back by rate limits for longer than a run can wait. Nothing was sent."""

    code = "cooling-down"


class TokenRefused(UpstreamError):
    """GitHub does not accept the token, shows it nothing of the repository, or does not let it do something.

    ``sees_nothing``: not even to read. The message begins with the input or the permission that cures it.
    """

    code = "token-refused"

    def __init__(self, fault: Fault, advice: str = "", *, sees_nothing: bool = False) -> None:
        super().__init__(fault, advice)
        self.sees_nothing = sees_nothing


class Dispensable(UpstreamError):
    """A request failed for good that an answer can do without."""


class FilesWithheld(UpstreamError):
    """GitHub does not list what a pull request changes, as when its diff is too large."""


class Deleted(UpstreamError):
    """A comment or an issue of ours that was to be changed is gone."""


class ThreadUnavailable(HLSError):
    """The thread is gone, moved, locked or in an archived repository: nothing can be posted there."""

    code = "thread-unavailable"


class ThreadGone(ThreadUnavailable):
    """The thread does not exist any more, or not in this repository. GitHub was asked whether it only hides it from the
    token.
    """


class Conflict(HLSError):
    """Somebody else changed the state first. Read it again, decide again, and try again."""

    code = "conflict"


class StateUnavailable(HLSError):
    """The state cannot be read or written now. Without it no call is made and nothing is posted."""

    code = "state-unavailable"


class StateForbidden(StateUnavailable):
    """The token may not write the state branch. The message names the line to add to the workflow."""

    code = "state-forbidden"


class StateUnreachable(StateUnavailable):
    """This runner lacks what it takes: git, or trust in a certificate. The message says what to do about it."""

    code = "state-unreachable"


class SecretRefused(HLSError):
    """GitHub took something in what was to be stored for a secret, and did not store it, nor will it."""

    code = "secret-refused"


class StateUnreadable(HLSError):
    """The state is there and is not what this version understands. It is left as it is."""

    code = "state-unreadable"
