"""A run as a step of a job: what to do by the event, and how it ended, said where the runner reads.

A service is asked before the modules are imported that take its answer, so most imports are in the functions here.
"""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from hls_action import gate, head_start
from hls_action.config import environment as config
from hls_action.config.environment import Config
from hls_action.domain import reasons
from hls_action.domain.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, DeadlineExceeded, HLSError, UsageError
from hls_action.domain.events import dispatch
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import STOPPED, MalformedEvent, judge, text_of
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome, failed, skipped
from hls_action.domain.reasons import Reason
from hls_action.domain.text.secrets import redact

if TYPE_CHECKING:
    from hls_action.line.run import Run

LAST_CALL_SECONDS = 600.0
"""Above the line's own deadline, which leaves it time to finish, and below the workflow's ``timeout-minutes``."""


def run(asked: str, environ: Mapping[str, str]) -> int:
    """Run the command ``asked``, or by the event, and report. Exit status: 0 done, skipped or deferred; 1 failed; 2 bad
    configuration.
    """
    try:
        settings = config.load(environ)
    except UsageError as error:
        return _report_misuse(error, environ)
    settings = with_repository(settings.for_command(asked))
    runner = head_start.runner(settings)
    runner.mask(settings.secrets)
    status = EXIT_FAILED
    try:
        with deadline(LAST_CALL_SECONDS):
            outcome = _outcome(settings)
        status = EXIT_OK if outcome.green else EXIT_FAILED
    except HLSError as error:
        outcome = failed(reasons.of(error))
        status = error.exit_status
    except ImportError as error:
        from hls_action.install import installation

        runner.log_untrusted(traceback.format_exc())
        outcome = failed(Reason("install", installation.damage_advice(error)))
    except Exception as error:  # noqa: BLE001 - the one place that tells bugs from expected failures
        runner.log_untrusted(traceback.format_exc())
        outcome = failed(Reason("bug", f"{type(error).__name__}; please report the traceback in the log above"))
    _report(settings, outcome)
    return status


def with_repository(settings: Config) -> Config:
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
def deadline(seconds: float) -> Iterator[None]:
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


def _outcome(settings: Config) -> Outcome:
    if settings.stop:
        return skipped(STOPPED)
    match config.command(settings):
        case "sweep":
            begun = _begun(settings, sweeping=True)
            from hls_action.sweep.sweep import sweep, sweep_thread

            if settings.number is not None:  # one job of a sweep's matrix
                return sweep_thread(begun, ThreadId(settings.number))
            scheduled = settings.event_name == "schedule"
            return sweep(begun, scheduled=scheduled, force=settings.force, fan_out=settings.fan_out)
        case "rerun":
            assert settings.number is not None  # noqa: S101 - config.command said so
            return _answered(settings, Trigger((ThreadId(settings.number),), retry=True, force=settings.force))
        case "run":
            found = _woken(settings)
            return _answered(settings, found) if isinstance(found, Trigger) else found
        case "claim" | "ask" | "publish" as step:
            return _split(settings, step)


def _woken(settings: Config) -> Trigger | Outcome:
    """Apply the gate again, for callers that skipped it: why the event's thread is looked at, or how it ends here."""
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
    return trigger


def _split(settings: Config, step: Literal["claim", "ask", "publish"]) -> Outcome:
    """One job of a split workflow: for the event's thread, or for the one that is named."""
    thread, by_hand = settings.number and ThreadId(settings.number), settings.event_name == "workflow_dispatch"
    found = Trigger((thread,), retry=by_hand, force=settings.force) if thread else _woken(settings)
    if isinstance(found, Outcome):
        return found
    begun = _begun(settings, found)
    from hls_action.line import split
    from hls_action.sweep import sweep

    if thread and not by_hand:  # one job of a sweep's matrix
        found = sweep.trigger_for(begun, thread)
    held = split.claim_of(settings.claim)
    if step == "claim":
        return split.claim(begun, found.threads[0], found)
    if step == "publish":
        return split.publish(begun, held, settings.answer, found)
    if held is None:
        raise UsageError("the command 'ask' needs the input 'claim', the output of the job that claimed.")
    return split.ask(begun, held, found)


def _answered(settings: Config, trigger: Trigger) -> Outcome:
    begun = _begun(settings, trigger)
    from hls_action.line.respond import answer

    return answer(begun, trigger)


def _begun(settings: Config, trigger: Trigger | None = None, *, sweeping: bool = False) -> Run:
    started = head_start.begin(settings, trigger, sweeping=sweeping)
    from hls_action import bootstrap

    return bootstrap.run(settings, started)


def _report(settings: Config, outcome: Outcome) -> None:
    from hls_action.reporting import report

    runner = head_start.runner(settings)
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


def _report_misuse(error: UsageError, environ: Mapping[str, str]) -> int:
    from hls_action.reporting import report

    gate.print_error(redact(str(error)).text)
    gate.write_outputs(dict(environ), {"outcome": "failed", "reason": report.reason_line(reasons.of(error))})
    return EXIT_USAGE
