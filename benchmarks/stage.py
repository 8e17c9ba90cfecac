"""The stage: stand-ins for GitHub, git and Claude, threads in them, and HLS run on their events as action.yml does."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.measure import BASE_PYTHON, ROOT, Broken, clean_environment, run
from benchmarks.nominal import AT_ONCE, Latencies
from benchmarks.runs import Run
from tests.standins import gaps, payloads
from tests.standins.aimock import Aimock
from tests.standins.client import Answer
from tests.standins.emulate import Emulate
from tests.standins.exchange import Forward, Request, reply
from tests.standins.git_http import bare_repository, commit, hosting
from tests.standins.proxy import Proxy

KEY = "sk-benchmark"
NO_LEDGER = {"HLS_STATE_BRANCH": "none"}
LABELS = {
    "bug": "Something isn't working",
    "documentation": "Improvements or additions to documentation",
    "duplicate": "This issue or pull request already exists",
    "enhancement": "New feature or request",
    "good first issue": "Good for newcomers",
    "help wanted": "Extra attention is needed",
    "invalid": "This doesn't seem right",
    "question": "Further information is requested",
    "wontfix": "This will not be worked on",
}
"""What GitHub gives every new repository."""


@dataclass(frozen=True)
class Text:
    """An issue's title and body."""

    title: str
    body: str


BUG = Text(
    "Export crashes when the output folder does not exist",
    """\
### What happened
Running `notes export --to out/html` in a fresh clone ends in a traceback. With 2.3 the folder was created.

```
Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/notes/cli.py", line 88, in main
    return options.run(options)
  File "/usr/lib/python3/site-packages/notes/export.py", line 41, in run
    with open(target / page.slug, "w", encoding="utf-8") as file:
FileNotFoundError: [Errno 2] No such file or directory: 'out/html/index.html'
```

### What I expected
Either the folder is made, as the manual says, or a message tells me that I have to make it.

### Versions
notes 2.4.1, Python 3.12, Ubuntu 24.04. It also happens with an absolute path, but not when `out/html` is there.
""",
)
"""An issue as people write them: about 800 characters."""


PROJECT = {
    "README.md": "# Notes\n\nWrite notes as text files, and export them as pages with `notes export`.\n",
    "CONTRIBUTING.md": "# Contributing\n\nEach change comes with a test. Ask for the output of `notes --version`.\n",
    "notes/cli.py": """\
from notes import export


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    return options.run(options)
""",
    "notes/export.py": """\
from pathlib import Path


def write_all(pages: list["Page"], target: Path) -> int:
    for page in pages:
        with open(target / page.slug, "w", encoding="utf-8") as file:
            file.write(page.html)
    return 0
""",
}
"""What the issue is about, in small."""

CONFIGURATION = ".github/hls.yml"
UNLIMITED = "limits: {per_actor: {hour: 0, day: 0}, per_thread: {hour: 0, day: 0}, per_repository: {hour: 0, day: 0}}\n"


@dataclass(frozen=True)
class Event:
    """An event waiting to be handled: its name, the thread's number and the file with its payload."""

    name: str
    number: int
    path: Path


class Stage:
    """A repository in the stand-ins; a context manager.

    ``latencies`` hold during `hls` and `act` only, and may be changed between them.
    """

    def __init__(self, latencies: Latencies = AT_ONCE) -> None:
        self.latencies = latencies
        self._open = contextlib.ExitStack()
        self._files = itertools.count(1)

    def __enter__(self) -> Self:
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="hls-benchmark-")))
        emulate = self._open.enter_context(Emulate())
        self.aimock = self._open.enter_context(Aimock())
        self.github = self._open.enter_context(gaps.github(emulate))
        self.claude = self._open.enter_context(Proxy(self.aimock.url))
        self._state = bare_repository(self.folder / "ledger.git")
        behind = self._open.enter_context(hosting(self.folder))
        self.git = self._open.enter_context(Proxy(behind.url, fallback=self._late))
        # emulate leaves a pull request's comments out of its count.
        complete = gaps.Gaps(emulate)
        self.github.overlay("GET", r"/pulls/\d+$", lambda asked, forward: self._counted(complete(asked, forward)))
        self.token = emulate.bot_token()
        self._emulate = emulate
        self.begin_anew()
        return self

    def begin_anew(self) -> None:
        """From now on in a new repository, with the same ledger."""
        self.repo = self._emulate.repo()
        self.server = "https://github.com"
        for name, description in LABELS.items():
            if name not in {label["name"] for label in self.repo.request("GET", "/labels?per_page=100")}:
                self.repo.create_label(name, description=description)
        self.configure()

    def configure(self, text: str = "") -> None:
        """Let as much be answered as is measured, and besides what ``text`` says."""
        self.repo.push("main", {CONFIGURATION: UNLIMITED + text})

    def serve(self, files: Mapping[str, str], text: str = "") -> None:
        """From now on git has the repository's files, as on GitHub; without this, only GitHub's API has any.

        ``text``: the rest of their configuration.
        """
        path = self.folder / f"{self.repo.full_name}.git"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            bare_repository(path)
        all_ = {**files, CONFIGURATION: UNLIMITED + text}
        commit(path, {name: content.encode() for name, content in all_.items()})
        self.server = self.git.url

    @property
    def state_remote(self) -> str:
        """Where the ledger is: what the input `state-remote` says."""
        return f"{self.git.url}/{self._state.name}"

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._open.close()

    def _late(self, request: Request, forward: Forward) -> Answer:
        """A fetch is three requests and a push two, so that either takes as long."""
        writes = "git-receive-pack" in request.target
        time.sleep(self.latencies.seconds("git") / (2 if writes else 3))
        return forward(request)

    def _counted(self, pull: Answer) -> Answer:
        if pull.status != 200:
            return pull
        found = pull.json()
        return reply(200, {**found, "comments": len(self.repo.comments(found["number"]))})

    # ---- events ----

    def issue(self, text: Text = BUG) -> Event:
        """A new issue was opened."""
        number = self.repo.create_issue(text.title, text.body, by="reporter")["number"]
        return self._event("issues", number, payloads.issues(self.repo, number))

    def comment(self, number: int, body: str = "/hls which release is this fixed in?") -> Event:
        """Somebody asked the bot something in a thread."""
        comment = self.repo.comment(number, body, by="reporter")
        return self._event("issue_comment", number, payloads.issue_comment(self.repo, number, comment))

    def pull(self, files: dict[str, str]) -> Event:
        """A pull request was opened, from a branch of the same repository."""
        number = self.repo.create_pull("Make the export folder", BUG.body, files=files, by="contributor")["number"]
        return self._event("pull_request", number, payloads.pull_request(self.repo, number))

    def dispatch(self) -> Event:
        """Somebody started the workflow by hand, without a number: a sweep."""
        return self._event("workflow_dispatch", 0, payloads.workflow_dispatch(self.repo, {}))

    def _event(self, name: str, number: int, payload: dict[str, Any]) -> Event:
        path = self.folder / f"event-{next(self._files)}.json"
        path.write_text(json.dumps(payload))
        return Event(name, number, path)

    # ---- runs ----

    def hls(self, event: Event, python: str, changed: Mapping[str, str] | None = None) -> Run:
        """What the action's last step does. Errors: `Broken` when it fails."""
        return self.act(event, [python, "-I", str(ROOT / "hls_action" / "__main__.py"), "auto"], changed)

    def act(
        self,
        event: Event,
        command: Sequence[str],
        changed: Mapping[str, str] | None = None,
        *,
        source: Path = ROOT,
    ) -> Run:
        """Run any program in the environment of the action's last step, but for what is ``changed``.

        ``source`` is where the action's code is.
        """
        environment = self.environment(event, source) | dict(changed or {})
        self.github.delay_ms, self.claude.delay_ms = self.latencies.github, self.latencies.claude
        try:
            with self.github.recording() as github, self.claude.recording() as claude, self.git.recording() as git:
                sample = run(command, environment, cwd=self.folder)
        finally:
            self.github.delay_ms = self.claude.delay_ms = 0.0
        begun = [tuple(sorted(log, key=lambda each: each.started)) for log in (github, claude, git)]
        return Run(sample, outputs(Path(environment["GITHUB_OUTPUT"])), *begun)

    def environment(self, event: Event, source: Path = ROOT) -> dict[str, str]:
        """What the runner and action.yml set, with every input at its default, but that two people may ask for all."""
        number = next(self._files)
        return {
            **clean_environment(),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": self.server,
            "GITHUB_REPOSITORY": self.repo.full_name,
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_EVENT_PATH": str(event.path),
            "GITHUB_RUN_ID": str(number),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(self.folder / f"output-{number}"),
            "GITHUB_STEP_SUMMARY": str(self.folder / f"summary-{number}.md"),
            "ANTHROPIC_BASE_URL": self.claude.url,
            "HLS_ANTHROPIC_API_KEY": KEY,
            "HLS_GITHUB_TOKEN": self.token,
            "HLS_JOB_TOKEN": "true",
            "HLS_COMMAND": "auto",
            "HLS_CONFIG": ".github/hls.yml",
            "HLS_DRY_RUN": "false",
            "HLS_MENTION": "/hls",
            "HLS_COMMENTS": "addressed",
            "HLS_MIN_BODY_CHARS": "50",
            "HLS_ALLOW_ACTORS": "reporter, contributor",
            "HLS_IGNORE_LABELS": "hls-ignore",
            "HLS_TRIGGER_LABEL": "hls",
            "HLS_STATE_REMOTE": self.state_remote,
            "HLS_STATE_BRANCH": "hls-state",
            "PYTHONPATH": str(source),
        }


def installed_python() -> str:
    """The Python of an environment that script/install made, as the action does; kept for the next time."""
    command = [str(ROOT / "script" / "install"), BASE_PYTHON]
    tools = Path(tempfile.gettempdir()) / f"hls-benchmarks-{os.getuid()}"
    environment = {**clean_environment(), "RUNNER_TOOL_CACHE": str(tools)}
    found = re.search(r"^HLS: installed in (.*)$", run(command, environment).output, re.MULTILINE)
    if found is None:
        raise Broken("script/install did not say where it installed")
    return str(Path(found[1]) / "bin" / "python")


def outputs(file: Path) -> dict[str, str]:
    """The outputs in a file the runner would read; empty when there is none."""
    if not file.exists():
        return {}
    return dict(re.findall(r"^([\w-]+)<<(?:\S+)\n(.*?)\nhls_[0-9a-f]+$", file.read_text(), re.MULTILINE | re.DOTALL))
