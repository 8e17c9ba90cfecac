"""Writes what a version of HLS leaves behind, as files that later versions are tried on.

Run in a checkout of the version in question: ``python -m tests.unit.state_recorder FOLDER``. Claude's answers are the
tests' usual script; threads, ledger and markers are what the real line makes of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hls_action.domain.budget.prices import Usage
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import OPENED, Bench

ASKED = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error", retry_after=7200.0))
REFUSAL = model_reply("", stop_reason="refusal", refusal="That is nothing to ask.")
REQUEST = "\n\n/hls Which folder does it mean?"


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def die() -> None:
    raise Killed


def comment(number: int, body: str, minute: int) -> dict[str, Any]:
    """A person's comment, written so many minutes after eight."""
    stamp = f"2026-11-02T08:{minute:02}:00+00:00"
    return {"id": number, "author": {"login": "bob"}, "body": body, "created_at": stamp, "updated_at": stamp}


def ask(bench: Bench) -> None:
    """An issue that asks, with a comment that does."""
    bench.issue(body=BODY + REQUEST, comments=[comment(31, "Me too.\n\n/hls Why does it need that folder?", 30)])


def answered(bench: Bench) -> None:
    """The issue and the comment have their reply, which is on record."""
    ask(bench)
    bench.shared(ScriptedModel(model_reply())).answer(ASKED)


def answered_apart(bench: Bench) -> None:
    """An issue without a request has a reply, and a comment below another."""
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    raw = json.loads((bench.root / "threads" / "7.json").read_text("utf-8"))
    later = comment(31, "/hls Why does it need that folder?", 30) | {"created_at": bench.clock.now().isoformat()}
    bench.issue(comments=[*raw["comments"], later | {"updated_at": None}])
    bench.clock.sleep(60)
    bench.shared(ScriptedModel(model_reply()), 2).answer(ASKED)


def answered_without_a_ledger(bench: Bench) -> None:
    """Only the marker tells."""
    ask(bench)
    bench.answer(ScriptedModel(model_reply()), ASKED)


def claimed(bench: Bench) -> None:
    """The run died while Claude was asked."""
    ask(bench)
    try:
        bench.shared(ScriptedModel(model_reply(), meanwhile=die)).answer(ASKED)
    except Killed:
        return


def written(bench: Bench) -> None:
    """The run died with an answer on record that is not posted."""
    ask(bench)
    bench.github.before_post = die
    try:
        bench.shared(ScriptedModel(model_reply())).answer(ASKED)
    except Killed:
        return


def posted(bench: Bench) -> None:
    """The run died when its reply was there and not yet on record."""
    ask(bench)
    bench.github.after_post = die
    try:
        bench.shared(ScriptedModel(model_reply())).answer(ASKED)
    except Killed:
        return


def deferred(bench: Bench) -> None:
    """Claude was overloaded and asked for two hours; a second run tried in vain as well."""
    ask(bench)
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(ASKED)
    bench.clock.sleep(7_200)
    bench.shared(ScriptedModel(*[OVERLOADED] * 6), 2).answer(ASKED)


def failed(bench: Bench) -> None:
    """Claude refused, and refused again when somebody asked for another try."""
    ask(bench)
    bench.shared(ScriptedModel(REFUSAL)).answer(ASKED)
    bench.clock.sleep(60)
    raw = json.loads((bench.root / "threads" / "7.json").read_text("utf-8"))
    again = comment(32, "/hls retry", 0) | {"created_at": bench.clock.now().isoformat(), "updated_at": None}
    bench.issue(body=raw["body"], comments=[*raw["comments"], again])
    bench.clock.sleep(60)
    bench.shared(ScriptedModel(REFUSAL), 2).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=32))


def skipped(bench: Bench) -> None:
    """What the thread may cost is spent, and that cap is never over."""
    bench.configure("budget: {per_thread_usd: 0.15}")
    bench.shared(ScriptedModel(model_reply(usage=Usage(output=10_000)))).answer(OPENED)
    raw = json.loads((bench.root / "threads" / "7.json").read_text("utf-8"))
    bench.issue(comments=[*raw["comments"], comment(31, "/hls Why does it need that folder?", 30)])
    bench.shared(ScriptedModel(), 2).answer(ASKED)


SCENES: tuple[Callable[[Bench], None], ...] = (
    answered,
    answered_apart,
    answered_without_a_ledger,
    claimed,
    written,
    posted,
    deferred,
    failed,
    skipped,
)


def record(scene: Callable[[Bench], None]) -> dict[str, object]:
    """What is there after ``scene``: the thread, the configuration and the state's documents, but for its page."""
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        scene(bench)
        settings = Path(folder) / ".github" / "hls.yml"
        documents = bench.store.read().documents
        return {
            "what": (scene.__doc__ or "").strip(),
            "seconds": sum(bench.clock.slept),
            "configuration": settings.read_text("utf-8") if settings.exists() else "",
            "thread": json.loads((Path(folder) / "threads" / "7.json").read_text("utf-8")),
            "state": {path: json.loads(text) for path, text in documents.items() if path.endswith(".json")},
        }


def main(folder: Path) -> None:
    """Write all scenes, each to a file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        text = json.dumps(record(scene), indent=1, ensure_ascii=False)
        (folder / f"{scene.__name__}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
