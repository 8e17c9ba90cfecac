"""The action's second step: install the locked packages into a virtual environment that later jobs can reuse.

Like the gate it runs on whatever Python the machine has, and imports little: on most runs everything is there already.
"""

from __future__ import annotations

import os
import sys

if not __package__:  # run as a file, by an isolated Python
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from hls_action import gate
from hls_action.domain.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from hls_action.install.installation import damage_advice, is_own, usable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCKED = ("requirements.txt", "requirements/uv.txt")


def main(arguments: Sequence[str]) -> int:
    """Install, or find what is installed. Exit status: 0 with an environment, 1 without, 2 for too old a Python."""
    if too_old := gate.too_old():
        gate.print_error(too_old)
        return EXIT_USAGE
    os.umask(os.umask(0o022) | 0o022)
    key = _key()
    try:
        home = _home(os.environ, key)
    except OSError as error:
        return _failed(str(error))
    venv = os.path.join(home, key)
    if not usable(venv):
        from hls_action.install import packages

        problem = packages.install(arguments[0], ROOT, venv)
        if problem is not None:
            return _failed(problem)
    print(f"HLS: installed in {venv}", flush=True)
    return EXIT_OK if gate.write_outputs(os.environ, {"venv": venv}) else EXIT_FAILED


def _key() -> str:
    """A name for the locked requirements and the Python they are for."""
    import zlib

    files = b""
    for name in LOCKED:
        with open(os.path.join(ROOT, name), "rb") as file:
            files += file.read()
    return f"{sys.version_info[0]}.{sys.version_info[1]}-{zlib.crc32(files + sys.executable.encode()):08x}"


def _home(environ: Mapping[str, str], key: str) -> str:
    """The folder to install in: one that this user alone has filled. It outlives the job if it can."""
    for base in (environ.get("RUNNER_TOOL_CACHE"), environ.get("RUNNER_TEMP")):
        if not base:
            continue
        home = os.path.join(base, "hls-action")
        try:
            os.makedirs(home, exist_ok=True)
        except OSError:
            continue
        venv = os.path.join(home, key)
        free = os.path.islink(venv) or not os.path.exists(venv) or is_own(venv)
        if is_own(home) and os.access(home, os.W_OK) and free:
            return home
    import tempfile

    # Not a path that could be known before: in /tmp, another user may have put a Python there.
    return tempfile.mkdtemp(prefix="hls-action-")


def _failed(log: str) -> int:
    """Report the failure on the run's page, in the summary and in the action's outputs."""
    from hls_action.domain.events.relevance import one_line
    from hls_action.domain.install.faults import cause, fault_of, shown
    from hls_action.domain.reasons import WHOLE, Reason

    log = shown(log)
    fault = fault_of(log)
    detail = cause(log, fault)
    gate.print_untrusted(log)
    gate.print_error(f"{fault.advice} HLS could not be installed: {detail}")
    reason = Reason("install", fault.advice, f"{fault.kind}: {detail}")
    gate.write_outputs(os.environ, {"outcome": "failed", "reason": one_line(str(reason), WHOLE)})
    _summarize(f"### HLS: Failed\n\n{fault.advice}\n\nHLS could not be installed. What the installer said:\n\n", log)
    return EXIT_FAILED


def _summarize(markdown: str, log: str = "") -> None:
    """Add to the run's page. The log stands in a block of code that it cannot close."""
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not path:
        return
    shown = "".join("    " + line + "\n" for line in log[-50_000:].splitlines())
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{markdown}{shown}\n")
    except OSError as error:
        gate.print_error(f"cannot write the step's summary to {path}: {error.strerror or error}.")


def report_damage(error: ImportError) -> int:
    """Report a damaged installation like any failure to start. Returns the exit status."""
    from hls_action.domain.reasons import Reason

    message = damage_advice(error)
    gate.print_error(message)
    gate.write_outputs(os.environ, {"outcome": "failed", "reason": str(Reason("install", message))})
    _summarize(f"### HLS: Failed\n\n{message}\n")
    return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["python3"]))
