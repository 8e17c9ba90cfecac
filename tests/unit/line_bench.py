"""A line to run on a repository in a folder, with a model that follows a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hls_action import data
from hls_action.adapters.github.folder import FolderGitHub
from hls_action.adapters.source.folder import FolderSource
from hls_action.config import hls_yml
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents
from hls_action.domain.ledger.model import Claimant, Ledger, Record
from hls_action.domain.outcome import Outcome
from hls_action.domain.settings import Settings
from hls_action.domain.tasks.answer import SCHEMA
from hls_action.domain.threads.thread import Label
from hls_action.line.materials import Materials
from hls_action.line.respond import answer
from hls_action.line.run import Run, begin
from hls_action.records.store import LedgerStore
from hls_action.reporting import dashboard
from tests.fakes import FakeClock, FlakyGitHub, FlakyStore, ScriptedModel, model_factory
from tests.unit.builders import BODY, trigger

OPENED = trigger(7, "issues", "opened", is_pull=False, opening=True)


def parse_settings(text: str | None) -> Settings:
    """As the action does, but that a sweep has one worker if nothing is said: scripts of replies need an order."""
    parsed = hls_yml.parse(text or "", ".github/hls.yml", data.prices())
    return parsed if "workers" in (text or "") else replace(parsed, sweep_workers=1)


MATERIALS = Materials(
    repository="o/r",
    rules=DEFAULT_RULES,
    templates=data.templates(),
    footer=data.text("templates/footer.md"),
    schema=SCHEMA,
    prices=data.prices(),
    parse_settings=parse_settings,
    config_path=".github/hls.yml",
)


class BenchRun(Run):
    """A run, which the tests ask for answers one after another."""

    def answer(self, trigger: Trigger) -> Outcome:
        return answer(self, trigger)


def bench_run(*ports: Any, **more: Any) -> BenchRun:
    """As `begin` does."""
    return BenchRun(**vars(begin(*ports, **more)))


class Bench:
    """A repository in a folder, and runs that work on it. ``by_git``: which read its files as git does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = FakeClock()
        self.github = FlakyGitHub(root, self.clock)
        self.store = FlakyStore(root / "state")
        self.index = FlakyStore(root / "index")
        self._lines = 0
        self.by_git = False
        self.github.store_labels((Label("bug", "It fails"), Label("question")))
        self.issue()

    def issue(self, number: int = 7, **changes: Any) -> None:
        raw = {
            "title": "Export crashes",
            "body": BODY,
            "author": {"login": "ann"},
            "created_at": "2026-11-02T08:00:00+00:00",
            "updated_at": "2026-11-02T08:00:00+00:00",
        }
        self.github.store_thread(number, raw | changes)

    def configure(self, text: str) -> None:
        path = self.root / ".github" / "hls.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def changes(self, base: str, head: str, files: list[dict[str, Any]], **more: bool) -> None:
        """Say what changed between two commits; ``plain=False``: by a merge, too, ``ahead=False``: not even that."""
        folder = self.root / "changes"
        folder.mkdir(exist_ok=True)
        (folder / f"{base}...{head}.json").write_text(json.dumps({"files": files, **more}))

    def line(self, model: ScriptedModel, **materials: Any) -> BenchRun:
        """A run without a ledger."""
        return bench_run(self.github, model_factory(model), self.clock, replace(MATERIALS, **materials))

    def shared(
        self,
        model: ScriptedModel,
        run: int = 1,
        attempt: int = 1,
        webhook: Callable[[str], str] | None = None,
        **materials: Any,
    ) -> BenchRun:
        """A run that shares its ledger with others; each is another process."""
        self._lines += 1
        ledger_store = LedgerStore(
            self.store, self.clock, "o/r", Claimant(run, attempt, f"{self._lines:08x}"), pages=dashboard.pages
        )
        known = replace(MATERIALS, **materials)
        source = FolderSource(self.root) if self.by_git else None
        ports = (self.github, model_factory(model), self.clock, known, ledger_store)
        return bench_run(*ports, webhook=webhook, source=source, issue_store=self.index)

    def records(self, number: int = 7) -> dict[str, Record]:
        """What the ledger says of a thread, by item."""
        return {record.key: record for record in self.ledger().of("o/r", ThreadId(number))}

    def ledger(self) -> Ledger:
        return documents.read(self.store.read().documents)

    def answer(self, model: ScriptedModel, wake: Trigger = OPENED, **materials: Any) -> Outcome:
        return self.line(model, **materials).answer(wake)

    def bodies(self, number: int = 7) -> list[str]:
        return [comment.body for comment in FolderGitHub.comments(self.github, ThreadId(number))]
