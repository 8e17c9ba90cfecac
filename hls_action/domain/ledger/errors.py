"""What can go wrong with the shared state, and with a claim in it."""

from __future__ import annotations

from hls_action.domain.errors import HLSError


class ClaimLost(HLSError):
    """Another run took over this run's items, so its answer must not be posted."""

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
    """The runner lacks a prerequisite: git, or trust in a certificate. The message says what to do."""

    code = "state-unreachable"


class SecretRefused(HLSError):
    """GitHub took something to be stored for a secret and rejected it, and will again."""

    code = "secret-refused"


class StateUnreadable(HLSError):
    """The state exists but this version cannot read it. It is left untouched."""

    code = "state-unreadable"
