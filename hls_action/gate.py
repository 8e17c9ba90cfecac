"""The action's first step: does this event deserve an install and a run?

It runs on whatever Python the machine has, before anything is installed, reads the event file and nothing else, and
writes ``decision=work`` or ``decision=skip`` and a ``reason``. This file keeps to syntax that very old Pythons can
read, so that they can say what is wrong instead of showing a SyntaxError.
"""

import os
import sys

OLDEST = (3, 11)
MAX_EVENT_BYTES = 30 * 1024 * 1024  # GitHub caps a webhook payload at 25 MB


def too_old():
    # type: () -> str
    """What to tell the owner of a Python that is too old, or ``""``."""
    if sys.version_info >= OLDEST:
        return ""
    return (
        "HLS needs Python %d.%d or newer, and this is %d.%d. Add a step before it: "
        "'- uses: actions/setup-python@v6' with 'python-version: 3.13', or set the input 'python' to a newer one."
        % (OLDEST + tuple(sys.version_info[:2]))
    )


def read_event(path):
    # type: (str) -> dict[str, object]
    """The payload in the event file. Errors: ``UsageError`` naming the file and what is wrong with it."""
    import json

    from hls_action.errors import UsageError

    if not path:
        raise UsageError("GITHUB_EVENT_PATH is not set: HLS runs as a step of a GitHub Actions workflow.")
    try:
        size = os.path.getsize(path)
        if size > MAX_EVENT_BYTES:
            raise UsageError("the event file %s is %d bytes; GitHub sends at most 25 MB." % (path, size))
        with open(path, "rb") as file:
            payload = json.loads(file.read().decode("utf-8-sig"))
    except OSError as error:
        raise UsageError("cannot read the event file %s: %s." % (path, error.strerror or error))
    except UnicodeDecodeError as error:
        raise UsageError("the event file %s is not UTF-8 text (byte %d)." % (path, error.start))
    except RecursionError:
        raise UsageError("the event file %s is nested too deeply to be an event." % path)
    except ValueError as error:
        raise UsageError("the event file %s is not valid JSON (empty or cut off?): %s." % (path, error))
    if not isinstance(payload, dict):
        raise UsageError("the event file %s holds a JSON %s, not an object." % (path, type(payload).__name__))
    return payload


def decide(environ):
    # type: (dict[str, str] | os._Environ[str]) -> tuple[bool, str]
    """Whether to work, and why. Errors: ``UsageError``."""
    from hls_action.domain.relevance import MalformedEvent, judge
    from hls_action.errors import UsageError
    from hls_action.inputs import gate_rules

    rules = gate_rules(environ)
    event = environ.get("GITHUB_EVENT_NAME", "")
    if not event:
        raise UsageError("GITHUB_EVENT_NAME is not set: HLS runs as a step of a GitHub Actions workflow.")
    payload = read_event(environ.get("GITHUB_EVENT_PATH", ""))
    try:
        verdict = judge(event, payload, rules)
    except MalformedEvent as error:
        raise UsageError("the event file is not what GitHub sends: %s." % error)
    return verdict.work, verdict.reason


def write_outputs(environ, outputs):
    # type: (dict[str, str] | os._Environ[str], dict[str, str]) -> None
    """Hand values to the steps after this one. The delimiter is random, so that no value can add an output."""
    path = environ.get("GITHUB_OUTPUT", "")
    if not path:
        return
    with open(path, "a", encoding="utf-8") as file:
        for name, value in outputs.items():
            delimiter = "hls_" + os.urandom(16).hex()
            file.write("%s<<%s\n%s\n%s\n" % (name, delimiter, value, delimiter))


def escape(message):
    # type: (str) -> str
    """``message`` as the data of a workflow command, where it cannot start another one."""
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def main():
    # type: () -> int
    """Exit status: 0 with a decision, 2 for an event or an input that makes no sense."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a log that knows only ASCII is no reason to fail
    problem = too_old()
    if problem:
        print("::error title=HLS::" + problem)
        return 2
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from hls_action.errors import UsageError

    try:
        work, reason = decide(os.environ)
    except UsageError as error:
        print("::error title=HLS::" + escape(str(error)))
        write_outputs(os.environ, {"outcome": "failed", "reason": "usage: " + str(error)})
        return 2
    if work:
        print("HLS: work to do (" + reason + ").")
        write_outputs(os.environ, {"decision": "work", "reason": reason})
    else:
        print("HLS: nothing to do (" + reason + ").")
        write_outputs(os.environ, {"decision": "skip", "reason": reason, "outcome": "skipped"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
