"""Commands: exit statuses, outputs, and what is printed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from hls_action import __version__, bootstrap, cli, head_start
from hls_action import job as job_module
from hls_action.config import environment as config
from hls_action.config.environment import Config
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome, skipped
from hls_action.domain.reasons import Reason
from hls_action.domain.threads.thread import Thread
from hls_action.head_start import HeadStart
from hls_action.line import respond
from hls_action.line.respond import answer
from hls_action.line.run import Run, begin
from hls_action.reporting import report
from hls_action.resilience import retry
from tests.fakes import (
    BAD_GATEWAY,
    START,
    FakeClock,
    FlakyGitHub,
    ScriptedModel,
    answer_data,
    model_factory,
    model_reply,
)
from tests.unit.builders import BODY, NOON, comment_event, issue_event, pull_event, read_outputs, trigger
from tests.unit.line_bench import MATERIALS

ROOT = Path(__file__).parents[2]
NO_COMMIT = {"sha": "a b", "ref": "fix", "repo": {"full_name": "o/r"}}


class Job:
    """A job on a runner, with a folder in place of GitHub and a scripted model in place of Claude."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.github = FlakyGitHub(folder / "repo", FakeClock())
        self.github.store_thread(7, {"title": "Export crashes", "body": BODY, "author": {"login": "ann"}})
        self.model = ScriptedModel(model_reply())
        self.repositories: list[str] = []
        monkeypatch.setattr(head_start, "begin", lambda *_, **__: None)
        monkeypatch.setattr(bootstrap, "run", self._begun)

    def _begun(self, settings: Config, _: HeadStart | None) -> Run:
        self.repositories.append(settings.repository)
        materials = replace(MATERIALS, dry_run=settings.dry_run)
        return begin(self.github, model_factory(self.model), FakeClock(), materials)

    def run(self, *arguments: str, event: str = "issues", payload: object = None, **environ: str) -> int:
        file = self.folder / "event.json"
        file.write_text(json.dumps(issue_event() if payload is None else payload))
        return cli.main(
            arguments,
            {
                "GITHUB_REPOSITORY": "o/r",
                "GITHUB_EVENT_NAME": event,
                "GITHUB_EVENT_PATH": str(file),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                "GITHUB_TOKEN": "ghs_secret",
                "ANTHROPIC_API_KEY": "sk-secret",
                **environ,
            },
        )

    @property
    def outputs(self) -> dict[str, str]:
        return read_outputs(self.folder / "output")


def woken_by(monkeypatch: pytest.MonkeyPatch) -> list[Trigger]:
    """The triggers of all runs from now on, which answer as ever."""
    woken: list[Trigger] = []

    def watched(run: Run, trigger: Trigger) -> Outcome:
        woken.append(trigger)
        return answer(run, trigger)

    monkeypatch.setattr(respond, "answer", watched)
    return woken


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    return Job(tmp_path, monkeypatch)


def test_an_answer(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.run("auto") == 0
    assert (job.outputs["outcome"], job.outputs["reason"]) == ("done", "answered: the issue")
    assert job.outputs["comment-url"] == job.github.comments(ThreadId(7))[0].url
    assert (job.folder / "summary").read_text().startswith("### HLS #7: Answered")
    log = capsys.readouterr().out
    assert log.startswith("::add-mask::ghs_secret\n::add-mask::sk-secret\n")
    assert "HLS #7: done (answered: the issue)" in log


@pytest.mark.parametrize(
    ("event", "payload", "is_pull"),
    [
        ("issues", issue_event(), False),
        ("issues", issue_event("edited", updated_at="2026-11-02T12:00:00Z") | {"changes": {"body": {}}}, False),
        ("issue_comment", comment_event(), False),
        ("issue_comment", comment_event(pull_request={"url": "x"}), True),
        ("pull_request", pull_event(), True),
    ],
)
def test_an_event_wakes_its_thread(
    job: Job, monkeypatch: pytest.MonkeyPatch, event: str, payload: dict[str, Any], is_pull: bool
) -> None:
    woken = woken_by(monkeypatch)
    assert job.run("run", event=event, payload=payload) == 0
    edited = NOON if payload["action"] == "edited" else None
    comment = 31 if event == "issue_comment" else None
    opening = payload["action"] == "opened"
    action = payload["action"]
    assert woken == [trigger(7, event, action, is_pull=is_pull, comment=comment, edited=edited, opening=opening)]


def test_the_button_with_a_number_names_a_thread_for_run_too(job: Job) -> None:
    assert job.run("run", event="workflow_dispatch", payload={}, HLS_NUMBER="7") == 0
    assert (job.outputs["outcome"], job.outputs["reason"]) == ("done", "answered: the issue")


def test_an_event_that_needs_nothing(job: Job) -> None:
    assert job.run("run", payload=issue_event(state="closed")) == 0
    assert (job.outputs["outcome"], job.outputs["reason"]) == ("skipped", "closed: the thread is closed")
    assert job.model.requests == []


@pytest.mark.parametrize("command", ["auto", "run", "sweep", "rerun"])
def test_the_emergency_stop_holds_for_every_command(job: Job, command: str) -> None:
    assert job.run(command, HLS_STOP="true", HLS_NUMBER="7", HLS_FORCE="true") == 0
    assert (job.outputs["outcome"], job.outputs["reason"].partition(":")[0]) == ("skipped", "stopped")
    assert (job.github.calls, job.model.requests) == ([], [])


@pytest.mark.parametrize(
    ("command", "environ"),
    [
        ("rerun", {"HLS_NUMBER": "7"}),
        ("auto", {"HLS_NUMBER": "7", "GITHUB_EVENT_NAME": "workflow_dispatch"}),
        ("sweep", {}),
        ("sweep", {"HLS_NUMBER": "7"}),
        ("auto", {"GITHUB_EVENT_NAME": "schedule"}),
    ],
)
def test_other_ways_to_the_same_answer(job: Job, command: str, environ: dict[str, str]) -> None:
    job.github.store_thread(
        7,
        {
            "title": "T",
            "body": BODY,
            "author": {"login": "ann"},
            "created_at": "2026-11-02T08:00:00+00:00",
            "updated_at": "2026-11-02T08:00:00+00:00",
        },
    )
    assert job.run(command, **environ) == 0
    assert (job.outputs["outcome"], len(job.github.comments(ThreadId(7)))) == ("done", 1)


def test_a_re_run_tries_again_and_answers_anew_when_forced(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    woken = woken_by(monkeypatch)
    job.model = ScriptedModel(model_reply(), model_reply(json.dumps(answer_data(comment="Better."))))
    assert [job.run("rerun", HLS_NUMBER="7"), job.run("rerun", HLS_NUMBER="7", HLS_FORCE="true")] == [0, 0]
    assert woken == [trigger(retry=True), trigger(retry=True, force=True)]
    (comment,) = job.github.comments(ThreadId(7))
    assert "Better." in comment.body


def test_a_failure_is_red_and_said(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.model = ScriptedModel(model_reply("nonsense"))
    assert job.run("auto") == 1
    assert job.outputs["outcome"] == "failed"
    assert job.outputs["reason"].startswith("answer-invalid:")
    assert re.search(r"^::error title=HLS::answer-invalid: ", capsys.readouterr().out, re.MULTILINE)


def test_a_dry_run_shows_the_comment_where_it_cannot_act(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.model = ScriptedModel(model_reply(json.dumps(answer_data(comment="Hi\n::error::gotcha"))))
    assert job.run("auto", HLS_DRY_RUN="true") == 0
    log = capsys.readouterr().out
    assert re.search(r"^::stop-commands::(\w+)\n(?:.*\n)*?::error::gotcha\n(?:.*\n)*?::\1::$", log, re.MULTILINE)
    assert job.github.comments(ThreadId(7)) == ()


def test_notes_become_warnings(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    (job.folder / "repo" / ".github").mkdir()
    (job.folder / "repo" / ".github" / "hls.yml").write_text("labels: {allow: [bug]}")
    job.github.failing["add_labels"] = BAD_GATEWAY
    assert job.run("auto") == 0
    assert "\n::warning title=HLS::the labels bug could not be set" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "payload", "environ", "reason"),
    [
        ("auto", None, {"HLS_DRY_RUN": "maybe"}, "usage: input 'dry-run' is 'maybe'"),
        ("rerun", None, {}, "usage: the command 'rerun' needs the input 'number'"),
        ("run", None, {"GITHUB_EVENT_NAME": ""}, "usage: GITHUB_EVENT_NAME is not set"),
        (
            "run",
            {"action": "opened"},
            {},
            "usage: the event file is not a valid GitHub event: the 'issues' event has no",
        ),
        ("run", issue_event(number=0), {}, "usage: the event file is not a valid GitHub event: 'number' is 0"),
        ("run", None, {"GITHUB_EVENT_NAME": "schedule"}, "usage: the command 'run' needs a thread"),
        ("run", None, {"GITHUB_EVENT_NAME": "workflow_dispatch"}, "usage: the command 'run' needs a thread"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    job: Job,
    capsys: pytest.CaptureFixture[str],
    command: str,
    payload: object,
    environ: dict[str, str],
    reason: str,
) -> None:
    assert job.run(command, payload=payload, **environ) == 2
    assert job.outputs["outcome"] == "failed"
    assert job.outputs["reason"].startswith(reason)
    assert "::error title=HLS::" in capsys.readouterr().out
    assert job.model.requests == []


def test_a_wrong_configuration_file_is_a_usage_error(job: Job) -> None:
    (job.folder / "repo" / ".github").mkdir()
    (job.folder / "repo" / ".github" / "hls.yml").write_text("modle: x")
    assert job.run("auto") == 2
    assert job.outputs["reason"].startswith("config: .github/hls.yml, line 1: `modle` is not a known key.")


def test_an_interruption(job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> Run:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "run", interrupted)
    assert job.run("auto") == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_module_that_is_missing_is_a_damaged_installation_and_no_bug(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where a clean-up took files of it: most modules are imported late."""

    def lacking(*_: object, **__: object) -> None:
        import_module("a_package_that_is_gone")

    monkeypatch.setattr(bootstrap, "run", lacking)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "hls-complete").touch()
    assert job.run("auto") == 1
    assert job.outputs["outcome"] == "failed"
    assert job.outputs["reason"].startswith("install: Run the job again, which installs HLS anew")
    assert not (tmp_path / "hls-complete").exists(), "the next job's install step finds it wanting"


def test_a_bug_is_red_and_said(job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(thread: ThreadId, is_pull: bool | None = None) -> Thread:
        raise ZeroDivisionError("::error::by a stranger")

    monkeypatch.setattr(job.github, "thread", broken)
    assert job.run("auto") == 1
    assert job.outputs["outcome"] == "failed"
    assert job.outputs["reason"] == "bug: ZeroDivisionError; please report the traceback in the log above"
    assert set(job.outputs) == set(report.outputs(skipped(Reason("closed")))), "every output is set"
    assert "### HLS: Failed" in (job.folder / "summary").read_text()
    log = capsys.readouterr().out
    assert "Traceback (most recent call last)" in log
    assert re.search(r"^::stop-commands::(\w+)\n(?:.*\n)*?.*by a stranger\n(?:.*\n)*?::\1::$", log, re.MULTILINE)
    assert re.search(r"^::error title=HLS::bug: ZeroDivisionError", log, re.MULTILINE)


# ---- the last call ----


@pytest.fixture
def over() -> Iterator[Event]:
    """What a server that never comes to an end waits for, until the test is over."""
    event = Event()
    yield event
    event.set()


def test_a_run_that_hangs_is_ended(job: Job, monkeypatch: pytest.MonkeyPatch, over: Event) -> None:
    monkeypatch.setattr(job_module, "LAST_CALL_SECONDS", 0.2)
    job.model = ScriptedModel(model_reply(), meanwhile=lambda: over.wait(30))
    before = signal.getsignal(signal.SIGALRM)
    assert job.run("auto") == 1
    assert (job.outputs["outcome"], job.outputs["reason"].split(":")[0]) == ("failed", "deadline")
    assert job.github.comments(ThreadId(7)) == ()
    assert not over.is_set()
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0), "nothing rings later"


@pytest.mark.parametrize("hanging", [("labels",), ("file",), ("file", "labels")])
def test_a_run_whose_reading_hangs_is_ended(
    job: Job, monkeypatch: pytest.MonkeyPatch, over: Event, hanging: tuple[str, ...]
) -> None:
    """What is read beside something else is read in threads, which no signal interrupts."""
    returned: list[str] = []
    for name in hanging:

        def hang(*_: object, name: str = name) -> tuple[()]:
            over.wait(3)
            returned.append(name)
            return ()

        monkeypatch.setattr(job.github, name, hang)
    monkeypatch.setattr(job_module, "LAST_CALL_SECONDS", 0.2)
    assert job.run("auto") == 1
    assert job.outputs["reason"].split(":")[0] == "deadline"
    assert returned == [], "it was not waited for"


@pytest.mark.parametrize(
    ("environment", "named", "repository"),
    [
        pytest.param("o/r", "octo/other", "o/r", id="the environment counts"),
        pytest.param("/home/ann/clone", "octo/other", "octo/other", id="act in a clone of a folder"),
        pytest.param("", "octo/other", "octo/other", id="none in the environment"),
        pytest.param("", "x", "", id="none anywhere"),
    ],
)
def test_which_repository_it_is(job: Job, environment: str, named: str, repository: str) -> None:
    payload = issue_event() | {"repository": {"full_name": named}}
    job.run("auto", payload=payload, GITHUB_REPOSITORY=environment)
    assert job.repositories == [repository]


def test_outside_of_the_main_thread_no_alarm_is_set(job: Job) -> None:
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(job.run("auto")))
    thread.start()
    thread.join(30)
    assert statuses == [0]


# ---- sweeps ----


def stored(job: Job, number: int, minutes: int) -> None:
    """An issue that was written and last changed so many minutes ago."""
    at = (START - timedelta(minutes=minutes)).isoformat()
    raw = {"title": "T", "body": BODY, "author": {"login": "ann"}, "created_at": at, "updated_at": at}
    job.github.store_thread(number, raw)


def test_a_sweep_says_how_each_thread_ended(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    stored(job, 7, 60)
    stored(job, 8, 50)
    job.model = ScriptedModel(model_reply(), model_reply("nonsense"))
    assert job.run("sweep") == 1
    log = capsys.readouterr().out
    assert "\nHLS #7: done (answered: the issue)\nHLS #8: failed (answer-invalid: " in log
    assert "\nHLS: failed (sweep: 1 done, 1 failed)\n" in log
    summary = (job.folder / "summary").read_text()
    assert "| #7 | done | " in summary
    assert "| #8 | failed | " in summary


def test_a_sweep_on_trial_shows_every_comment(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    stored(job, 7, 60)
    stored(job, 8, 50)
    texts = ("For the first.", "For the second.")
    job.model = ScriptedModel(*(model_reply(json.dumps(answer_data(comment=text))) for text in texts))
    assert job.run("sweep", HLS_DRY_RUN="true") == 0
    log, summary = capsys.readouterr().out, (job.folder / "summary").read_text()
    for text in texts:
        assert text in log
        assert text in summary
    assert (job.github.comments(ThreadId(7)), job.github.comments(ThreadId(8))) == ((), ())


@pytest.mark.parametrize(("event", "outcome"), [("schedule", "skipped"), ("workflow_dispatch", "done")])
def test_only_the_clock_waits_until_a_thread_has_rested(job: Job, event: str, outcome: str) -> None:
    stored(job, 7, 5)
    assert job.run("auto", GITHUB_EVENT_NAME=event) == 0
    assert job.outputs["outcome"] == outcome


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "ANTHROPIC_API_KEY", "GITHUB_REPOSITORY"])
def test_what_a_job_lacks_is_named(tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps(issue_event()))
    environ = {
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": "x",
        "ANTHROPIC_API_KEY": "x",
        "GITHUB_EVENT_NAME": "issues",
        "GITHUB_EVENT_PATH": str(event),
        missing: "",
    }
    assert cli.main(["auto"], environ) == 2
    assert "::error title=HLS::usage: " in capsys.readouterr().out


# ---- by hand ----


@pytest.fixture
def event(tmp_path: Path) -> Path:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(issue_event()))
    return path


def test_try_prints_what_it_would_post(event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["try", str(event)], {}) == 0
    printed = capsys.readouterr().out
    assert "<!-- hls:1 issue/7 waiting/author -->" in printed
    assert "Offline sample, not an answer." in printed
    assert "outcome  done (answered: the issue)" in printed
    assert "estimated: no model was asked and nothing was spent" in printed


def test_try_keeps_a_folder_and_finds_its_answer_again(
    event: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for expected in ("outcome  done (answered", "outcome  skipped (already-answered"):
        assert cli.main(["try", str(event), "--folder", str(tmp_path / "kept")], {}) == 0
        assert expected in capsys.readouterr().out


def test_try_says_why_nothing_is_done(event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event.write_text(json.dumps(issue_event(body="short")))
    assert cli.main(["try", str(event)], {}) == 0
    assert "outcome  skipped (too-short: about 5 characters written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is not valid JSON"),
        ("{}", "this is not an issue, comment or pull request event"),
        (json.dumps(issue_event(number="x")), "is not a valid GitHub event: 'number' is 'x'"),
        (
            json.dumps(issue_event(number=10**30)),
            "is not a valid GitHub event: 'number' is 1000000000000000000000000000000",
        ),
        (json.dumps(issue_event(created_at="yesterday")), "created_at"),
        (json.dumps(pull_event(head=NO_COMMIT)), "the head's 'sha' is 'a b', not a commit"),
    ],
)
def test_try_names_what_is_wrong_with_a_file(
    event: Path, content: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    event.write_text(content)
    assert cli.main(["try", str(event)], {}) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert problem in captured.err


def test_try_names_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["try", str(tmp_path / "none.json")], {}) == 2
    assert "cannot read the event file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--version"], 0, f"hls-action {__version__}"),
        (["--help"], 0, "usage: python -m hls_action"),
        ([], 2, "the following arguments are required: COMMAND"),
        (["swim"], 2, "invalid choice: 'swim'"),
    ],
)
def test_the_command_line_as_a_process(arguments: list[str], status: int, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-s", "-P", "-m", "hls_action", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == status
    assert text in done.stdout + done.stderr


# ---- the ledger ----


def answered(folder: Path) -> dict[str, str]:
    """Where the ledger of a repository with one answered issue is."""
    remote = folder / "state.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    environ = {"GITHUB_REPOSITORY": "o/r", "HLS_STATE_REMOTE": str(remote), "GITHUB_TOKEN": "x"}
    ledger_store = bootstrap.ledger_store(config.load(environ))
    github = FlakyGitHub(folder / "repo", FakeClock())
    opened = {"title": "Export crashes", "body": BODY, "author": {"login": "ann"}, "created_at": NOON.isoformat()}
    github.store_thread(7, opened)
    run = begin(github, model_factory(ScriptedModel(model_reply())), FakeClock(), MATERIALS, ledger_store)
    answer(run, trigger())
    return environ


ITEM = {
    "repository", "number", "key", "kind", "id", "digest", "state", "run_id", "run_attempt", "tries", "first_seen",
    "updated", "claimed_until", "retry_at", "comment_id", "comment_url", "cost_usd", "reason",
    "reason_code",
}  # fmt: skip
"""What programs are told of an item, however the state keeps it."""


def test_the_ledger_is_printed_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ledger", "--json"], answered(tmp_path)) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["schema"], set(printed)) == (
        1,
        {"schema", "items", "totals", "grounding", "cooling_until", "swept_until"},
    )
    (item,) = printed["items"]
    assert set(item) == ITEM
    assert (item["repository"], item["number"], item["key"], item["kind"]) == ("o/r", 7, "issue/7", "issue")
    assert (item["state"], item["tries"], item["cost_usd"], item["comment_id"]) == ("published", 1, "0.004", 1)
    totals = printed["totals"]
    assert (totals["items"]["published"], totals["cost_usd"], totals["reserved_usd"]) == (1, "0.004", "0")
    day = {"cost_usd": "0.004", "unsettled_usd": "0", "calls": 1, "refused_calls": 0}
    tokens = {"input_tokens": 1000, "cached_tokens": 0, "output_tokens": 200, "thinking_tokens": 0}
    assert totals["by_day"] == {"2026-11-02": day | tokens}
    assert totals["by_month"] == {"2026-11": day | tokens}
    assert totals["by_model"] == {"claude-sonnet-5-5": "0.004"}
    assert (totals["by_event"], totals["by_actor"], totals["by_thread"]) == (
        {"issue": "0.004"},
        {"ann": "0.004"},
        {"o/r#7": "0.004"},
    )


def test_the_ledger_is_printed_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["ledger"], answered(tmp_path)) == 0
    assert "| published | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "status", "message"),
    [
        ({"HLS_STATE_BRANCH": "none"}, 2, "there is no ledger"),
        ({"GITHUB_REPOSITORY": ""}, 2, "GITHUB_REPOSITORY is ''"),
        ({"HLS_STATE_REMOTE": "/nowhere/state.git"}, 1, "Cannot read hls-state of /nowhere/state.git"),
    ],
)
def test_a_ledger_that_is_not_there(
    environ: dict[str, str],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(head_start, "READ_SECONDS", 0.0)
    monkeypatch.setattr(retry, "TIME_TO_RECORD", 0.0)
    assert cli.main(["ledger", "--json"], {"GITHUB_REPOSITORY": "o/r", **environ}) == status
    assert message in capsys.readouterr().err
