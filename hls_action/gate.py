"""The action's first step: does this event deserve an install and a run?

It runs on whatever Python the machine has, before anything is installed, reads the event file and nothing else, and
writes ``decision=work`` or ``decision=skip`` and a ``reason``. This file keeps to syntax that very old Pythons can
read, so that they can say what is wrong instead of showing a SyntaxError.
"""

import gc
import os
import sys

OLDEST = (3, 11)
MAX_EVENT_BYTES = 30 * 1024 * 1024  # GitHub caps a webhook payload at 25 MB


def too_old():
    # type: () -> str
    """The error message when this Python is too old, or ``""``."""
    if sys.version_info >= OLDEST:
        return ""
    return (
        "HLS needs Python %d.%d or newer; this is %d.%d. Add this step before it: "
        "'- uses: actions/setup-python@v6' with 'python-version: 3.13', or set the input 'python' to a newer one."
        % (OLDEST + tuple(sys.version_info[:2]))
    )


class Scanning:
    """What ``json.loads`` tells the scanner, which asks for more from one Python to the next."""

    strict, parse_float, parse_int = True, float, int
    parse_constant = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}.__getitem__
    object_hook = object_pairs_hook = array_hook = None


def parsed(text):
    # type: (str) -> object
    """``text`` as JSON. Errors: those of ``json.loads``.

    By that function's own scanner, which is written in C, where it can be had: ``import json`` and the regular
    expressions behind it take as long as Python itself takes to start. Whatever is odd is left to ``json``.
    """
    try:
        from _json import make_scanner

        bare = text.strip(" \t\r\n")
        payload, end = make_scanner(Scanning)(bare, 0)  # type: ignore[arg-type]
        if end == len(bare):
            return payload
    except (ImportError, AttributeError, TypeError, StopIteration, ValueError, SystemError):
        pass  # without json.decoder, 3.11 has no error to raise, which is a SystemError
    import json

    return json.loads(text)


def read_event(path):
    # type: (str) -> dict[str, object]
    """The payload in the event file. Errors: ``UsageError`` naming the file and what is wrong with it."""
    from hls_action.domain.errors import UsageError

    if not path:
        raise UsageError("GITHUB_EVENT_PATH is not set: HLS runs as a step of a GitHub Actions workflow.")
    try:
        size = os.path.getsize(path)
        if size > MAX_EVENT_BYTES:
            raise UsageError("the event file %s is %d bytes; GitHub sends at most 25 MB." % (path, size))
        with open(path, "rb") as file:
            text = file.read().decode("utf-8-sig")
        payload = parsed(text)
        if "\\ud" in text or "\\uD" in text:
            payload = without_surrogates(payload)
    except OSError as error:
        raise UsageError("cannot read the event file %s: %s." % (path, error.strerror or error))
    except UnicodeDecodeError as error:
        raise UsageError("the event file %s is not UTF-8 text (byte %d)." % (path, error.start))
    except RecursionError:
        raise UsageError("the event file %s is nested too deeply to be an event." % path)
    except ValueError as error:
        raise UsageError("the event file %s is not valid JSON (empty or cut off?): %s." % (path, error))
    if not isinstance(payload, dict):
        raise UsageError("the event file %s contains a JSON %s, not an object." % (path, type(payload).__name__))
    return payload


def without_surrogates(payload):
    # type: (object) -> object
    """``payload`` with a replacement character for each half of a character, which JSON can hold and UTF-8 cannot."""
    import json
    import re

    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(payload, ensure_ascii=False)))


def decide(environ):
    # type: (dict[str, str] | os._Environ[str]) -> tuple[bool, str]
    """Whether to work, and why. Errors: ``UsageError``."""
    from hls_action.config.inputs import gate_rules, stop, thread_number
    from hls_action.domain.errors import UsageError
    from hls_action.domain.events.relevance import STOPPED, MalformedEvent, judge

    if stop(environ):  # before anything else can be wrong
        return False, str(STOPPED)
    rules = gate_rules(environ)
    thread_number(environ, rules.command)
    event = environ.get("GITHUB_EVENT_NAME", "")
    if not event:
        raise UsageError("GITHUB_EVENT_NAME is not set: HLS runs as a step of a GitHub Actions workflow.")
    payload = read_event(environ.get("GITHUB_EVENT_PATH", ""))
    try:
        verdict = judge(event, payload, rules)
    except MalformedEvent as error:
        raise UsageError("the event file is not a valid GitHub event: %s." % error)
    return verdict.work, str(verdict.reason)


def write_outputs(environ, outputs):
    # type: (dict[str, str] | os._Environ[str], dict[str, str]) -> bool
    """Hand values to the steps after this one. The delimiter is random, so that no value can add an output.

    False, after a line that says why, when the file cannot be written.
    """
    path = environ.get("GITHUB_OUTPUT", "")
    if not path:
        return True
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            for name, value in outputs.items():
                delimiter = "hls_" + os.urandom(16).hex()
                file.write("%s<<%s\n%s\n%s\n" % (name, delimiter, value, delimiter))
    except OSError as error:
        print_error("cannot write the step's outputs to %s: %s." % (path, error.strerror or error))
        return False
    return True


def escape(message):
    # type: (str) -> str
    """``message`` as the data of a workflow command, where it cannot start another one."""
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def print_error(message):
    # type: (str) -> None
    """Show an error on the run's page."""
    print("::error title=HLS::" + escape(message))


def print_untrusted(line):
    # type: (str) -> None
    """Print untrusted text between two lines that keep the runner from reading commands in it."""
    token = os.urandom(16).hex()
    print("::stop-commands::%s\n%s\n::%s::" % (token, line, token))


def main():
    # type: () -> int
    """Exit status: 0 with a decision, 1 if it cannot be written, 2 for an invalid event or input."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a log that knows only ASCII is no reason to fail
    problem = too_old()
    if problem:
        print_error(problem)
        return 2
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from hls_action.domain import reasons
    from hls_action.domain.errors import UsageError
    from hls_action.domain.events.relevance import one_line

    try:
        work, reason = decide(os.environ)
    except UsageError as error:
        print_error(str(error))
        write_outputs(os.environ, {"outcome": "failed", "reason": one_line(str(reasons.of(error)), reasons.WHOLE)})
        return 2
    if work:  # the outcome of a run that gets no further; one that does writes its own, which counts
        not_finished = str(reasons.Reason("not-finished", "the run ended before it could report its outcome"))
        said, outputs = "work to do", {"decision": "work", "outcome": "failed", "reason": not_finished}
    else:
        said, outputs = "nothing to do", {"decision": "skip", "outcome": "skipped", "reason": reason}
    if not write_outputs(os.environ, outputs):
        return 1
    print_untrusted("HLS: %s (%s)." % (said, reason))
    return 0


if __name__ == "__main__":
    gc.disable()  # it would go through all that is compiled and imported, and once more at the end
    status = main()
    if hasattr(gc, "freeze"):
        gc.freeze()
    sys.exit(status)
