"""A line to run on a repository in a folder, with a model that follows a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hls_action import data, settings
from hls_action.adapters.folder import FolderGitHub
from hls_action.asking import Materials
from hls_action.domain import ledger_documents
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import Claimant, Ledger, Record
from hls_action.domain.outcome import Outcome
from hls_action.domain.policy import Settings
from hls_action.domain.prompt import Templates
from hls_action.domain.relevance import DEFAULT_RULES
from hls_action.domain.thread import Label
from hls_action.journal import Journal
from hls_action.pipeline import Line
from hls_action.reading import Wake
from tests.fakes import FakeClock, FlakyGitHub, FlakyStore, ScriptedModel, model_factory
from tests.unit.builders import BODY

OPENED = Wake(7, "issue", "issues", "opened")


def parse_settings(text: str | None) -> Settings:
    """As the action does, but that a sweep has one worker if nothing is said: scripts of replies need an order."""
    parsed = settings.parse(text or "", ".github/hls.yml", data.prices())
    return parsed if "workers" in (text or "") else replace(parsed, sweep_workers=1)


MATERIALS = Materials(
    repository="o/r",
    rules=DEFAULT_RULES,
    templates=Templates(*(data.text(f"prompts/{name}.md") for name in ("system", "repository", "task", "precheck"))),
    footer=data.text("templates/footer.md"),
    schema=data.answer_schema(),
    prices=data.prices(),
    parse_settings=parse_settings,
    config_path=".github/hls.yml",
)


class Bench:
    """A repository in a folder, and a line to run on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = FakeClock()
        self.github = FlakyGitHub(root, self.clock)
        self.store = FlakyStore(root / "state")
        self._lines = 0
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

    def changes(self, base: str, head: str, files: list[dict[str, Any]]) -> None:
        """Say what changed between two commits."""
        folder = self.root / "changes"
        folder.mkdir(exist_ok=True)
        (folder / f"{base}...{head}.json").write_text(json.dumps(files))

    def line(self, model: ScriptedModel, **materials: Any) -> Line:
        return Line(self.github, model_factory(model), self.clock, replace(MATERIALS, **materials))

    def shared(
        self,
        model: ScriptedModel,
        run: int = 1,
        attempt: int = 1,
        webhook: Callable[[str], str] | None = None,
        **materials: Any,
    ) -> Line:
        """The line of a run that shares its ledger with others; each line is another process."""
        self._lines += 1
        journal = Journal(self.store, self.clock, "o/r", Claimant(run, attempt, f"{self._lines:08x}"))
        known = replace(MATERIALS, **materials)
        return Line(self.github, model_factory(model), self.clock, known, journal, webhook=webhook)

    def records(self, number: int = 7) -> dict[str, Record]:
        """What the ledger says of a thread, by item."""
        return {record.key: record for record in self.ledger().of("o/r", ThreadId(number))}

    def ledger(self) -> Ledger:
        return ledger_documents.read(self.store.read().documents)

    def answer(self, model: ScriptedModel, wake: Wake = OPENED, **materials: Any) -> Outcome:
        return self.line(model, **materials).answer(wake)

    def bodies(self, number: int = 7) -> list[str]:
        return [comment.body for comment in FolderGitHub.comments(self.github, number)]
