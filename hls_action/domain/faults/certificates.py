"""Advice for a server whose certificate the machine does not trust. Retrying does not help."""

from __future__ import annotations

REMEDY = (
    "make the runner trust its certificate: add your company's CA to the system's store, or name a file with it in the"
    " variable SSL_CERT_FILE"
)

_NAMES = {"SSLCertVerificationError", "CertificateError"}
"""The classes by which Python's ``ssl`` and urllib3 say so."""
_NO_FILE = "CA certificate bundle"
"""What requests says when it was told of a file with certificates that is not there, by a bare ``OSError``."""


def untrusted(error: BaseException) -> str:
    """The message of a certificate error, also if it is wrapped in ``error``; ``""`` for other errors."""
    seen = list[BaseException]()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if any(each is known for known in seen):
            continue
        if any(kind.__name__ in _NAMES for kind in type(each).__mro__) or _NO_FILE in str(each):
            return str(each)
        seen.append(each)
        inside = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        waiting += [part for part in inside if isinstance(part, BaseException)]
    return ""
