"""Commands: what the action runs, and what people run by hand. Results go out, errors become exit statuses."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hls_action import __version__, bootstrap, gate
from hls_action.config import environment as config
from hls_action.config.environment import Config
from hls_action.domain import reasons
from hls_action.domain.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    DeadlineExceeded,
    HLSError,
    UsageError,
)
from hls_action.domain.events import dispatch
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import MalformedEvent, judge, text_of
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome, failed, skipped
from hls_action.domain.reasons import Reason
from hls_action.domain.text.secrets import redact
from hls_action.install import installation
from hls_action.line.respond import answer
from hls_action.quality import options as quality
from hls_action.reporting import dashboard, report
from hls_action.sweep.sweep import sweep, sweep_thread

LAST_CALL_SECONDS = 600.0
"""Above the line's own deadline, which leaves it time to finish, and below the workflow's ``timeout-minutes``."""

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
        return _run_in_job(options.command, environ)
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


# ---- as the action ----


def _run_in_job(asked: str, environ: Mapping[str, str]) -> int:
    """Run ``asked`` in a job, and report where the runner reads."""
    try:
        settings = config.load(environ)
    except UsageError as error:
        print(f"::error title=HLS::{gate.escape(_shown(error))}")
        gate.write_outputs(dict(environ), {"outcome": "failed", "reason": report.reason_line(reasons.of(error))})
        return EXIT_USAGE
    settings = _with_repository(settings)
    runner = bootstrap.runner(settings)
    runner.mask(settings.secrets)
    status = EXIT_FAILED
    try:
        with _deadline(LAST_CALL_SECONDS):
            outcome = _outcome(settings, asked)
        status = EXIT_OK if outcome.green else EXIT_FAILED
    except HLSError as error:
        outcome = failed(reasons.of(error))
        status = error.exit_status
    except ImportError as error:
        runner.log_untrusted(traceback.format_exc())
        outcome = failed(Reason("install", installation.damage_advice(error)))
    except Exception as error:  # noqa: BLE001 - the one place that tells bugs from expected failures
        runner.log_untrusted(traceback.format_exc())
        outcome = failed(Reason("bug", f"{type(error).__name__}; please report the traceback in the log above"))
    _report(settings, outcome)
    return status


def _with_repository(settings: Config) -> Config:
    """Fill in the repository from the event if the environment names none, as under act in a clone without a remote."""
    if config.is_repository(settings.repository):
        return settings
    try:
        named = gate.read_event(settings.event_path).get("repository")
    except UsageError:
        return settings
    name = text_of(named, "full_name") if isinstance(named, dict) else ""
    return replace(settings, repository=name) if config.is_repository(name) else settings


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Stop the run after this many seconds: a server that drips bytes outlives every read timeout."""

    def ring(*_: object) -> None:
        raise DeadlineExceeded(
            f"the run took longer than {seconds:.0f} s; the next one will pick up what is still open"
        )

    if threading.current_thread() is not threading.main_thread():  # only there can an alarm be heard
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _outcome(settings: Config, asked: str) -> Outcome:
    match config.command(settings, "" if asked == "auto" else asked):
        case "sweep":
            run = bootstrap.run(settings, sweeping=True)
            if settings.number is not None:  # one job of a sweep's matrix
                return sweep_thread(run, ThreadId(settings.number))
            scheduled = settings.event_name == "schedule"
            return sweep(run, scheduled=scheduled, force=settings.force, fan_out=settings.fan_out)
        case "rerun":
            assert settings.number is not None  # noqa: S101 - config.command said so
            trigger = Trigger((ThreadId(settings.number),), retry=True, force=settings.force)
            return answer(bootstrap.run(settings), trigger)
        case _:
            return _run(settings)


def _run(settings: Config) -> Outcome:
    """Apply the gate again, for callers that skipped it, then answer the event's thread."""
    if not settings.event_name:
        raise UsageError("GITHUB_EVENT_NAME is not set: HLS runs as a step of a GitHub Actions workflow.")
    payload = gate.read_event(settings.event_path)
    try:
        verdict = judge(settings.event_name, payload, settings.rules)
        if not verdict.work:
            return skipped(verdict.reason)
        trigger = dispatch.trigger_of(settings.event_name, payload, settings.number, repeated=settings.repeated)
    except (MalformedEvent, EventUnreadable) as error:
        raise UsageError(f"the event file is not a valid GitHub event: {error}.") from error
    if not trigger.threads:
        raise UsageError(f"the command 'run' needs a thread, and the event '{settings.event_name}' has none.")
    return answer(bootstrap.run(settings), trigger)


def _report(settings: Config, outcome: Outcome) -> None:
    runner = bootstrap.runner(settings)
    runner.log_untrusted("\n".join(report.line(each) for each in (*outcome.parts, outcome)))
    if outcome.status == "failed":
        runner.annotate("error", "HLS", str(outcome.reason))
    for note in (*outcome.alerts, *outcome.notes):
        runner.annotate("warning", "HLS", note)
    for each in outcome.parts or (outcome,):
        if text := report.not_posted(each):
            runner.log_untrusted(text)
    runner.outputs(report.outputs(outcome))
    runner.summary(report.summary(outcome))


def _shown(error: HLSError) -> str:
    """An error in words, for a log that others may read."""
    return redact(str(error)).text


# ---- by hand ----


def _ledger(environ: Mapping[str, str], *, as_json: bool) -> int:
    """Print the ledger. The environment says where it is, as in a job."""
    try:
        ledger, now = bootstrap.ledger(_with_repository(config.load(environ)))
    except HLSError as error:
        print(f"error: {_shown(error)}", file=sys.stderr)
        return error.exit_status
    if as_json:
        print(json.dumps(dashboard.as_data(ledger), indent=2))
    else:
        print(dashboard.render(ledger, now))
    return EXIT_OK


def _try(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
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

    from hls_action import trial

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
        found = evidence.find(payload, bootstrap.local_source(options.git, options.commit), options.issues)
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
        bootstrap.runner(config.load(environ)).log_untrusted(text)
    else:
        print(text)
    return status
