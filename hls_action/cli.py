"""Commands: what the action runs, which is in `job`, and what people run by hand. Errors become exit statuses.

Each command imports what it needs itself: a job waits for the one it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hls_action import __version__, gate, head_start, job
from hls_action.config import environment as config
from hls_action.domain.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, HLSError, UsageError
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import MalformedEvent, judge
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.text.secrets import redact
from hls_action.quality import options as quality

if TYPE_CHECKING:
    from hls_action.domain.outcome import Outcome

DESCRIPTION = "Answers issues, pull requests and comments with Claude, from inside a repository's own CI."


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run a command. Exit status: 0 done, skipped or deferred; 1 failed; 2 bad usage; 130 interrupted."""
    options = _parser().parse_args(arguments)
    environ = os.environ if environ is None else environ
    try:
        if options.command == "try":
            return _try(options, environ)
        if options.command == "evidence":
            return _evidence(options)
        if options.command == "ledger":
            return _ledger(environ, as_json=options.json)
        if options.command in quality.COMMANDS:
            return _quality(options, environ)
        return job.run(options.command, environ)
    except KeyboardInterrupt:
        print("HLS: interrupted; the next run on this thread will pick up what is still open.", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hls_action", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"hls-action {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("auto", help="choose the command by the event, as the action does")
    commands.add_parser("run", help="answer what is open in the event's thread")
    commands.add_parser("rerun", help="answer what is open in the thread given by the input 'number'")
    commands.add_parser("sweep", help="answer what is open in any thread, within limits")
    commands.add_parser("claim", help="split workflow: claim what is open in the thread, for the jobs after this one")
    commands.add_parser("ask", help="split workflow: ask Claude about what is claimed, and write nothing")
    commands.add_parser("publish", help="split workflow: post what was written, and record what came of it")
    books = commands.add_parser("ledger", help="show how every item ended")
    books.add_argument("--json", action="store_true", help="records and totals, for programs")
    attempt = commands.add_parser("try", help="run the whole line on an event file, with a folder in place of GitHub")
    attempt.add_argument("event", type=Path, metavar="EVENT.json", help="a webhook payload")
    attempt.add_argument("--folder", type=Path, help="keep the thread here; a second try then finds the answer there")
    found = commands.add_parser("evidence", help="show which files, symbols and issues an event is likely about")
    found.add_argument("event", type=Path, metavar="EVENT.json", help="a webhook payload")
    found.add_argument("--git", type=Path, default=Path(), metavar="DIR", help="a working copy or a bare repository")
    found.add_argument("--commit", default="", metavar="SHA", help="which commit to read; by default its HEAD")
    found.add_argument("--issues", type=Path, metavar="FILE.jsonl", help="number, state, title and body, one a line")
    found.add_argument("--json", action="store_true", help="all of it, for programs")
    quality.add_to(commands)
    return parser


def _shown(error: HLSError) -> str:
    """An error in words, for a log that others may read."""
    return redact(str(error)).text


def _ledger(environ: Mapping[str, str], *, as_json: bool) -> int:
    """Print the ledger. The environment says where it is, as in a job."""
    from hls_action import bootstrap
    from hls_action.reporting import dashboard

    try:
        ledger, now = bootstrap.ledger(job.with_repository(config.load(environ)))
    except HLSError as error:
        print(f"error: {_shown(error)}", file=sys.stderr)
        return error.exit_status
    if as_json:
        print(json.dumps(dashboard.as_data(ledger), indent=2))
    else:
        print(dashboard.render(ledger, now))
    return EXIT_OK


def _try(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from hls_action.reporting import report

    started = time.monotonic()
    try:
        outcome = _trial(options, environ)
    except HLSError as error:
        print(f"error: {_shown(error)}", file=sys.stderr)
        return error.exit_status
    for text in report.trial(outcome, time.monotonic() - started):
        print(text)
    return EXIT_OK if outcome.green else EXIT_FAILED


def _trial(options: argparse.Namespace, environ: Mapping[str, str]) -> Outcome:
    import tempfile

    from hls_action import bootstrap, trial
    from hls_action.domain.outcome import skipped
    from hls_action.line.respond import answer

    payload = gate.read_event(str(options.event))
    name = trial.event_name(payload)
    settings = config.load({"GITHUB_REPOSITORY": "local/folder", **environ})
    settings = replace(settings, event_name=name, event_path=str(options.event), dry_run=False)
    try:
        verdict = judge(name, payload, settings.rules)
        if not verdict.work:
            return skipped(verdict.reason)
        number, thread = trial.thread_in(payload)
    except (MalformedEvent, EventUnreadable) as error:
        raise UsageError(f"{options.event} is not a valid GitHub event: {error}.") from error
    with tempfile.TemporaryDirectory(prefix="hls-try-") as scratch:
        folder = options.folder or Path(scratch)
        run, github = bootstrap.local_run(settings, folder.resolve())
        trial.prepare(github, folder, number, thread)
        opening = name != "issue_comment"  # the gate has already checked the age of the thread
        return answer(run, Trigger((ThreadId(number),), opening=opening))


def _evidence(options: argparse.Namespace) -> int:
    from hls_action import evidence

    try:
        payload = gate.read_event(str(options.event))
        found = evidence.find(payload, head_start.local_source(options.git, options.commit), options.issues)
    except HLSError as error:
        print(f"error: {_shown(error)}", file=sys.stderr)
        return error.exit_status
    print(evidence.printed(found, as_json=options.json))
    return EXIT_OK


def _quality(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from hls_action.quality import commands

    try:
        text, status = commands.run(options, environ, lambda line: print(line, file=sys.stderr))
    except HLSError as error:
        print(f"error: {_shown(error)}", file=sys.stderr)
        return error.exit_status
    if environ.get("GITHUB_ACTIONS") == "true" and not options.json:  # it holds what strangers wrote
        head_start.runner(config.load(environ)).log_untrusted(text)
    else:
        print(text)
    return status
