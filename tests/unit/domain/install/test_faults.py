"""What installers say when they fail, and what is made of it. The lines are pip's and uv's own."""

from __future__ import annotations

import pytest

from hls_action.domain.install.faults import (
    CERTIFICATE,
    DENIED,
    DISK,
    HASH,
    MISSING,
    NETWORK,
    NO_PIP,
    OTHER,
    WRITE,
    InstallFault,
    cause,
    fault_of,
    shown,
)

NOT_FOUND = (
    "ERROR: Could not find a version that satisfies the requirement uv==0.13.9 (from versions: none)\n"
    "ERROR: No matching distribution found for uv==0.13.9\n"
)
"""How pip ends whatever came before."""
UNFETCHED = "  Could not fetch URL https://index.example.org/simple/uv/: {} - skipping\n" + NOT_FOUND
POOL = (
    "HTTPSConnectionPool(host='index.example.org', port=443): Max retries exceeded with url: /simple/uv/ (Caused by {})"
)
UV_REQUEST = (
    "error: Failed to fetch: https://index.example.org/simple/six/\n  cause: error sending request\n  cause: {}\n"
)
UV_STATUS = "error: Failed to fetch: https://index.example.org/simple/six/\n  cause: HTTP status {} for url (https://index.example.org/)\n"
UV_UNSOLVED = (
    "error: No solution found when resolving dependencies\n"
    "  cause: Because six was not found in the package registry and you require six==1.17.0, we can conclude that your"
    " requirements are unsatisfiable.\n"
)

SAID = [
    ("pip: refused", UNFETCHED.format(f"connection error: {POOL.format('[Errno 111] Connection refused')}"), NETWORK),
    ("pip: no name", UNFETCHED.format(POOL.format("[Errno -2] Name or service not known")), NETWORK),
    ("pip: timeout", UNFETCHED.format("ReadTimeoutError: Read timed out. (read timeout=15)"), NETWORK),
    (
        "pip: 503",
        UNFETCHED.format("503 Server Error: Service Unavailable for url: https://index.example.org/simple/uv/"),
        NETWORK,
    ),
    ("pip: 503 each time", UNFETCHED.format(POOL.format("too many 503 error responses")), NETWORK),
    (
        "pip: 401",
        UNFETCHED.format("401 Client Error: Unauthorized for url: https://index.example.org/simple/uv/"),
        DENIED,
    ),
    ("pip: 403", UNFETCHED.format("403 Client Error: Forbidden for url: https://index.example.org/simple/uv/"), DENIED),
    ("pip: 407", UNFETCHED.format(POOL.format("OSError('Tunnel connection failed: 407 Proxy Auth')")), DENIED),
    (
        "pip: 404",
        UNFETCHED.format("404 Client Error: Not Found for url: https://index.example.org/simple/uv/"),
        MISSING,
    ),
    ("pip: none", NOT_FOUND, MISSING),
    (
        "pip: certificate",
        UNFETCHED.format(f"There was a problem confirming the ssl certificate: {POOL.format('SSLError')}"),
        CERTIFICATE,
    ),
    ("pip: hash", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    uv==0.13.9\n", HASH),
    ("pip: disk", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", DISK),
    ("uv: refused", UV_REQUEST.format("tcp connect error\n  cause: Connection refused (os error 111)"), NETWORK),
    ("uv: no name", UV_REQUEST.format("dns error"), NETWORK),
    ("uv: certificate", UV_REQUEST.format("invalid peer certificate: UnknownIssuer"), CERTIFICATE),
    (
        "uv: 407",
        UV_REQUEST.format("client error (Connect)\n  cause: tunnel error: proxy authorization required"),
        DENIED,
    ),
    ("uv: no proxy", UV_REQUEST.format("tunnel error: failed to create underlying connection"), NETWORK),
    ("uv: 429", UV_STATUS.format("client error (429 Too Many Requests)"), NETWORK),
    ("uv: 503", UV_STATUS.format("server error (503 Service Unavailable)"), NETWORK),
    ("uv: 404", UV_UNSOLVED, MISSING),
    (
        "uv: 401",
        UV_UNSOLVED
        + "\nhint: An index URL (https://index.example.org/simple) could not be queried (401 Unauthorized)\n",
        DENIED,
    ),
    (
        "uv: 403",
        UV_UNSOLVED + "\nhint: An index (https://index.example.org/simple) returned a 403 Forbidden error.\n",
        DENIED,
    ),
    ("uv: hash", "error: Hash mismatch for `six==1.17.0`\n\nExpected:\n  sha256:47\n\nComputed:\n  sha256:11\n", HASH),
    ("uv: disk", "error: Failed to write to the client cache\n  cause: No space left on device (os error 28)\n", DISK),
    ("venv", "The virtual environment was not created successfully because ensurepip is not available.\n", NO_PIP),
    ("nobody's folder", "[Errno 13] Permission denied: '/opt/hostedtoolcache/hls-action/.new-1'", WRITE),
    ("ours", "uv: no answer within 240 s\n", NETWORK),
    ("anything else", "error: the moon is full\n", OTHER),
    ("nothing", "", OTHER),
]


@pytest.mark.parametrize(("log", "fault"), [pytest.param(log, fault, id=name) for name, log, fault in SAID])
def test_what_an_installer_says_decides_what_people_are_told(log: str, fault: InstallFault) -> None:
    assert fault_of(log).kind == fault.kind


def test_only_the_network_may_be_better_the_next_time() -> None:
    assert {fault.kind for _, _, fault in SAID if fault.passing} == {"network"}


@pytest.mark.parametrize(
    ("fault", "kind", "begins"),
    [
        (CERTIFICATE, "certificate", "Have the runner trust the package index's certificate: "),
        (
            HASH,
            "hash",
            "Check the package index (a mirror?): what it serves does not match the hashes that HLS has locked, ",
        ),
        (DISK, "disk", "Free disk space on the runner: "),
        (WRITE, "write", "Give the runner's user write access to the folder in RUNNER_TOOL_CACHE or RUNNER_TEMP."),
        (DENIED, "denied", "Check the user and the password of the package index or the proxy (PIP_INDEX_URL, "),
        (NO_PIP, "no-pip", "Give the runner a Python with pip or venv. "),
        (NETWORK, "network", "Run the job again. If it fails each time, check that the runner can reach the package"),
        (MISSING, "missing", "Check the package index: it lacks a package that HLS needs for this Python and machine"),
        (OTHER, "other", "Run the job again. If it fails each time, report the lines in the log above."),
    ],
)
def test_what_people_are_told_begins_with_what_to_do(fault: InstallFault, kind: str, begins: str) -> None:
    assert fault.kind == kind
    assert fault.advice.startswith(begins)
    assert fault.passing is (kind == "network")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("SSLError: certificate verify failed: CertificateError", CERTIFICATE),
        ("CERTIFICATE_VERIFY_FAILED", CERTIFICATE),
        ("CertificateError", CERTIFICATE),
        ("ERROR: No matching distribution found for x", MISSING),
        ("x.whl is not a supported wheel on this platform.", MISSING),
    ],
)
def test_the_first_and_the_last_words_of_a_row_count_too(line: str, fault: InstallFault) -> None:
    assert fault_of(line) is fault


def test_the_cause_is_one_line_of_some_length() -> None:
    assert cause(f"  {'x' * 301}  \n \n", OTHER) == "x" * 300
    assert cause("  No space left on device \nthe end\n", DISK) == "No space left on device"


def test_the_cause_is_the_line_that_says_it() -> None:
    log = "Looking in indexes\n" + UNFETCHED.format("503 Server Error: Service Unavailable")
    assert cause(log, fault_of(log)).endswith("503 Server Error: Service Unavailable - skipping")
    assert cause("error: the moon is full\n\n", OTHER) == "error: the moon is full"
    assert cause("", OTHER) == ""


def test_what_is_shown_has_no_password_and_no_list_of_files_that_did_not_fit() -> None:
    log = "Looking in indexes: https://me:p%40ss@pypi.example.org/simple\n  Skipping link: none of the tags\nEnd\n"
    assert shown(log) == "Looking in indexes: https://***@pypi.example.org/simple\nEnd\n"
