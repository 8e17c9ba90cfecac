"""Why an installation failed, from what the installers said, and what to do about it.

Runs before anything is installed: standard library only.
"""

from __future__ import annotations

import re
from collections import namedtuple

LINE = 300


class InstallFault(namedtuple("InstallFault", "kind advice passing")):
    """``kind``: short and stable; ``advice``: what to do, for people; ``passing``: it may go away by itself."""

    __slots__ = ()
    kind: str
    advice: str
    passing: bool


CERTIFICATE = InstallFault(
    "certificate",
    "Have the runner trust the package index's certificate: add your company's CA to the system's store, or name a"
    " file with it in the variable SSL_CERT_FILE.",
    False,
)
HASH = InstallFault(
    "hash",
    "Check the package index (a mirror?): what it serves does not match the hashes that HLS has locked, "
    "so nothing was installed.",
    False,
)
DISK = InstallFault("disk", "Free disk space on the runner: the installation needs 200 MB.", False)
WRITE = InstallFault(
    "write", "Give the runner's user write access to the folder in RUNNER_TOOL_CACHE or RUNNER_TEMP.", False
)
DENIED = InstallFault(
    "denied",
    "Check the user and the password of the package index or the proxy (PIP_INDEX_URL, UV_DEFAULT_INDEX,"
    " HTTPS_PROXY): it refuses them.",
    False,
)
NO_PIP = InstallFault(
    "no-pip",
    "Give the runner a Python with pip or venv. GitHub Actions: a step 'uses: actions/setup-python@v6' before this one."
    " Debian, Ubuntu: apt install python3-venv.",
    False,
)
NETWORK = InstallFault(
    "network",
    "Run the job again. If it fails each time, check that the runner can reach the package index: PIP_INDEX_URL names a"
    " mirror, HTTPS_PROXY a proxy.",
    True,
)
MISSING = InstallFault(
    "missing",
    "Check the package index: it lacks a package that HLS needs for this Python and machine, or does not let the runner"
    " see it. PIP_INDEX_URL or UV_DEFAULT_INDEX names another one.",
    False,
)
OTHER = InstallFault("other", "Run the job again. If it fails each time, report the lines in the log above.", False)

_DENIED = r"""
    \b(?:401|403|407)\ (?:Client\ )?(?:Error|Unauthorized|Forbidden|Proxy\ Authentication)
    | HTTP\ status\ client\ error\ \((?:401|403|407) | HTTP\ error\ (?:401|403|407)
    | Tunnel\ connection\ failed:\ (?:401|403|407) | tunnel\ error:\ (?:proxy\ authorization|unsuccessful)
    | Credentials\ not\ correct
"""
_CERTIFICATE = r"""
    CERTIFICATE_VERIFY_FAILED | invalid\ peer\ certificate | certificate\ verify\ failed
    | confirming\ the\ ssl\ certificate | UnknownIssuer | SSLCertVerificationError | CertificateError
"""
_NETWORK = r"""(?i)
    timed?\ ?out | connection\ (?:refused|reset|aborted|broken|closed) | failed\ to\ establish | dns\ error
    | name\ resolution | name\ or\ service\ not\ known | network\ is\ unreachable | no\ route\ to\ host
    | unexpected\ eof | IncompleteRead | error\ sending\ request | error\ decoding\ response\ body
    | remote\ end\ closed | too\ many\ 5\d\d | \b(?:429|5\d\d)\ (?:client|server)\ error | HTTP\ error\ (?:429|5\d\d)
    | HTTP\ status\ (?:client|server)\ error\ \((?:429|5\d\d) | no\ answer\ within
"""
_MISSING = r"""
    No\ matching\ distribution | Could\ not\ find\ a\ version | not\ found\ in\ the\ package\ registry
    | No\ solution\ found
    | 404\ (?:Client\ Error|Not\ Found) | HTTP\ status\ client\ error\ \(404 | HTTP\ error\ 404
    | not\ a\ supported\ wheel
"""
_TABLE = tuple(
    (fault, re.compile(pattern, re.VERBOSE))
    for fault, pattern in (
        (NO_PIP, r"No\ module\ named\ '?(?:pip|ensurepip|venv)\b | ensurepip\ is\ not\ available"),
        (DISK, r"No\ space\ left\ on\ device | Disk\ quota\ exceeded"),
        (CERTIFICATE, _CERTIFICATE),
        (HASH, r"DO\ NOT\ MATCH\ THE\ HASHES | Hash\ mismatch"),
        (DENIED, _DENIED),
        (NETWORK, _NETWORK),
        (MISSING, _MISSING),
        (WRITE, r"Permission\ denied | Read-only\ file\ system | Operation\ not\ permitted"),
    )
)
"""The first row that fits decides. pip ends with "No matching distribution" whatever came before it."""


def fault_of(log: str) -> InstallFault:
    """Classify the log of a failed installation; `OTHER` if nothing matches."""
    return next((fault for fault, pattern in _TABLE if pattern.search(log)), OTHER)


def cause(log: str, fault: InstallFault) -> str:
    """The most informative line of the log, or the last one."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if any(row is fault and pattern.search(line) for row, pattern in _TABLE)]
    return next(reversed(telling or lines), "")[:LINE]


def shown(log: str) -> str:
    """The log for people: without the user and the password in an address, and without every file that did not fit."""
    log = re.sub(r"(?m)^ *(?:Skipping link|Found link|Link requires a different Python).*\n", "", log)
    return re.sub(r"(?<=://)[^\s/@]+@", "***@", log)
