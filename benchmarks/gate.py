"""An event that deserves nothing: the gate as action.yml runs it, against a Python that does nothing at all."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.measure import (
    BASE_PYTHON,
    ROOT,
    Broken,
    Sample,
    Spread,
    checkout,
    clean_environment,
    in_turns,
    ratio,
    run,
    seconds,
)
from benchmarks.stage import BUG
from benchmarks.table import Row, Table, row

REPEATS = 30
GATE = str(ROOT / "hls_action" / "gate.py")

# Python itself tells of every socket and every process (PEP 578): https://docs.python.org/3/library/audit_events.html
_WATCHED = f"""
import sys
seen = {{"requests": 0, "processes": 0}}
def watch(event, arguments):
    if event == "import":
        return
    if event.startswith("socket.") or event == "urllib.Request":
        seen["requests"] += 1
    if event.startswith(("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.")):
        seen["processes"] += 1
sys.addaudithook(watch)
source = open({GATE!r}).read()
sys.argv = [{GATE!r}]
try:
    exec(compile(source, {GATE!r}, "exec"), {{"__name__": "__main__", "__file__": {GATE!r}}})
except SystemExit as error:
    print("status", error.code)
import json
import shutil
print(json.dumps({{**seen, "modules": len(sys.modules)}}))
"""


def measure(repeats: int = REPEATS) -> Table:
    """Run everything; takes about 6 s."""
    with tempfile.TemporaryDirectory(prefix="hls-benchmark-") as folder:
        environment = _bot_event(Path(folder))
        fresh = str(checkout(Path(folder) / "action") / "hls_action" / "gate.py")
        clean = Path(folder) / "environment"
        run([BASE_PYTHON, "-I", "-m", "venv", "--without-pip", str(clean)])

        ours, first, plain, empty, bare = in_turns(
            repeats,
            lambda: run([BASE_PYTHON, "-I", "-S", GATE], environment),
            lambda: run([BASE_PYTHON, "-I", "-S", "-B", fresh], environment),  # -B, as the action: nothing is written
            lambda: run([BASE_PYTHON, "-c", "pass"], environment),
            lambda: run([str(clean / "bin" / "python"), "-c", "pass"], environment),
            lambda: run([BASE_PYTHON, "-I", "-S", "-c", "pass"], environment),
        )
        decided = Path(environment["GITHUB_OUTPUT"]).read_text()
        watched = run([BASE_PYTHON, "-I", "-S", "-c", _WATCHED], environment)
    if "work" in decided or "bot-sender" not in ours[-1].output or "status 0" not in watched.output:
        raise Broken(f"the gate did not skip the bot's event:\n{ours[-1].output}{watched.output}")
    seen = json.loads(watched.output.splitlines()[-1])
    return Table(
        "gate: an event that deserves nothing",
        (
            row("gate vs `python3 -I -S -c pass`", ratio(ours, bare), "x", 2.5),
            row("gate, not compiled yet, vs the same", ratio(first, bare), "x", 2.8, "as on a fresh runner"),
            row("gate vs `python3 -c pass`, no packages at all", ratio(ours, empty), "x", note="an empty environment"),
            row("gate vs `python3 -c pass`", ratio(ours, plain), "x", note="with the packages of this machine"),
            Row("requests (sockets made)", seen["requests"], "sockets", 0, note="audit hook of the interpreter"),
            Row("installs (processes started)", seen["processes"], "processes", 0, note="audit hook; decision=skip"),
            row("gate, whole process", _milliseconds(ours), "ms"),
            row("gate, not compiled yet", _milliseconds(first), "ms"),
            row("`python3 -c pass`, no packages at all", _milliseconds(empty), "ms"),
            row("`python3 -c pass`", _milliseconds(plain), "ms"),
            row("`python3 -I -S -c pass`", _milliseconds(bare), "ms"),
        ),
    )


def _milliseconds(samples: list[Sample]) -> Spread:
    found = seconds(samples)
    return Spread(found.median * 1000, found.low * 1000, found.high * 1000)


def _bot_event(folder: Path) -> dict[str, str]:
    """The environment of the action's first step for an issue that a bot opened."""
    bot = {"login": "renovate[bot]", "type": "Bot"}
    issue = {"number": 1, "title": BUG.title, "body": BUG.body, "state": "open", "labels": [], "user": bot}
    payload = {"action": "opened", "issue": issue, "sender": bot, "repository": {"full_name": "octo/project"}}
    event = folder / "event.json"
    event.write_text(json.dumps(payload))
    return {
        **clean_environment(),
        "GITHUB_EVENT_NAME": "issues",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(folder / "output"),
        "HLS_COMMAND": "auto",
        "HLS_COMMENTS": "addressed",
        "HLS_MENTION": "/hls",
        "HLS_MIN_BODY_CHARS": "50",
    }
