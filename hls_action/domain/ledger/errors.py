"""What can go wrong with the shared state, and with a claim in it."""

from __future__ import annotations

from hls_action.domain.errors import HLSError


class ClaimLost(HLSError):
    """Another run took this one's items over, so that its answer must not be posted."""

    code = "claim-lost"


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
