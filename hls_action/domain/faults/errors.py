"""A request that failed, by what that means. Each is raised by the adapter that made the request."""

from __future__ import annotations

from hls_action.domain.errors import DeadlineExceeded, HLSError
from hls_action.domain.faults.fault import Fault


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
    """A comment or issue of HLS's own that was to be edited no longer exists."""


class ThreadUnavailable(HLSError):
    """The thread is gone, moved, locked or in an archived repository: nothing can be posted there."""

    code = "thread-unavailable"


class ThreadGone(ThreadUnavailable):
    """The thread does not exist any more, or not in this repository. GitHub was asked whether it only hides it from the
    token.
    """
