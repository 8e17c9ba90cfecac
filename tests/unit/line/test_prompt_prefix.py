"""What repeats from one request to the next is the same to the byte: a cache reads that, and all else is billed anew.

The requests are those that the real line sends through the real adapter, taken where they arrive. Other processes send
them, too: what depends on the order of a set or a dictionary differs by their hash seeds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.claude.api import Claude
from hls_action.domain.threads.thread import Label
from tests.fakes import answer_data
from tests.standins.prompt_cache import PromptCache
from tests.unit.adapters.loopback import Reply, serve
from tests.unit.builders import SHA, trigger
from tests.unit.line_bench import MATERIALS, Bench, bench_run

ROOT = Path(__file__).resolve().parents[3]
SEEDS = ("0", "4242")
LABELS = tuple(Label(name, f"What is about {name}") for name in ("bug", "question", "area/cli", "Übersetzung", "ui"))
FILES = [
    {"path": f"notes/{name}.py", "patch": f"@@ -1 +1 @@\n-{name}\n+new_{name}"} for name in ("export", "cli", "io")
]
PULL = {"head_sha": SHA, "head_ref": "fix-export", "base_ref": "main", "files": FILES}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "content": [{"type": "text", "text": json.dumps(answer_data())}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1_000, "output_tokens": 200},
}
STEPS = ("issue", "follow-up", "another's follow-up", "other issue", "pull request", "its follow-up")


def play(folder: Path, labels: tuple[Label, ...]) -> dict[str, bytes]:
    """What is sent to Claude in each of the steps, in a repository that lists its labels in this order."""
    bench = Bench(folder)
    bench.github.store_labels(labels)
    bench.issue(8, title="Import is slow", body="Importing ten thousand notes takes an hour, with version 2.4.")
    bench.issue(9, title="Create the output folder", pull=PULL)
    with serve() as server:
        server.on("/v1/messages", Reply(MESSAGE))
        line = bench_run(bench.github, lambda: Claude(server.url, api_key="sk-test"), bench.clock, MATERIALS)

        def answer(number: int, event: str, action: str) -> None:
            outcome = line.answer(trigger(number, event, action))
            assert outcome.status == "done", outcome.reason

        answer(7, "issues", "opened")
        _comment(folder, 7, "ann", "/hls why does the folder matter?")
        answer(7, "issue_comment", "created")
        _comment(folder, 7, "bob", "Not for me.")
        _comment(folder, 7, "bob", "/hls does it matter on macOS?")
        answer(7, "issue_comment", "created")
        answer(8, "issues", "opened")
        answer(9, "pull_request", "opened")
        _comment(folder, 9, "ann", "/hls what about symbolic links?")
        answer(9, "issue_comment", "created")
        return dict(zip(STEPS, (asked.body for asked in server.asked), strict=True))


def _comment(folder: Path, number: int, login: str, body: str) -> None:
    path = folder / "threads" / f"{number}.json"
    raw = json.loads(path.read_text("utf-8"))
    comments = raw.setdefault("comments", [])
    stamp = f"2026-11-{3 + len(comments):02}T10:00:00+00:00"
    comments.append({"id": 1 + len(comments), "author": {"login": login}, "body": body, "created_at": stamp})
    path.write_text(json.dumps(raw), "utf-8")


def main() -> None:
    """What a process of its own does: play, and print what was sent."""
    labels = LABELS[::-1] if sys.argv[1:] == ["reversed"] else LABELS
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({step: body.decode() for step, body in play(Path(folder), labels).items()}))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return play(tmp_path_factory.mktemp("repository"), LABELS)


def blocks(body: bytes) -> list[tuple[str, str]]:
    """Every block in the order in which a cache sees it: its role and its text."""
    request = json.loads(body)
    (message,) = request["messages"]
    return [("system", block["text"]) for block in request["system"]] + [
        ("user", block["text"]) for block in message["content"]
    ]


def cached(body: bytes) -> list[tuple[str, str]]:
    """The blocks up to the last breakpoint."""
    request = json.loads(body)
    marks = ["cache_control" in block for block in (*request["system"], *request["messages"][0]["content"])]
    return blocks(body)[: len(marks) - marks[::-1].index(True)]


def others(body: bytes) -> dict[str, Any]:
    """What a request says besides: part of it is put before the prompt, where no one sees it."""
    return {key: value for key, value in json.loads(body).items() if key not in ("system", "messages")}


@pytest.mark.parametrize(
    ("step", "before"),
    [("follow-up", "issue"), ("another's follow-up", "follow-up"), ("its follow-up", "pull request")],
)
def test_a_follow_up_begins_with_what_was_cached_before(sent: Mapping[str, bytes], step: str, before: str) -> None:
    prefix = cached(sent[before])
    assert prefix == blocks(sent[before])[:-1], "everything but the task"
    assert blocks(sent[step])[: len(prefix)] == prefix
    assert others(sent[step]) == others(sent[before])


@pytest.mark.parametrize("step", STEPS)
def test_all_threads_of_a_repository_begin_alike(sent: Mapping[str, bytes], step: str) -> None:
    first, here = json.loads(sent["issue"]), json.loads(sent[step])
    assert here["system"] == first["system"]
    assert "cache_control" in here["system"][-1]
    assert others(sent[step]) == others(sent["issue"])


@pytest.mark.parametrize(
    ("step", "new"),
    [("issue", None), ("follow-up", 3), ("another's follow-up", 4), ("other issue", 2), ("its follow-up", 3)],
)
def test_a_cache_bills_the_new_blocks_and_reads_the_rest(sent: Mapping[str, bytes], step: str, new: int | None) -> None:
    """``new``: blocks at the end that the cache does not know; at a token a character, with the role before it."""
    cache = PromptCache(minimum=1, characters_per_token=1)
    for each in STEPS[: STEPS.index(step)]:
        cache.usage(json.loads(sent[each]))
    usage = cache.usage(json.loads(sent[step]))
    sizes = [len(f"{role}:{text}") for role, text in blocks(sent[step])]
    billed = sum(sizes if new is None else sizes[-new:])
    assert usage["input_tokens"] + usage["cache_creation_input_tokens"] == billed
    assert usage["cache_read_input_tokens"] == sum(sizes) - billed


def test_what_is_sent_depends_neither_on_the_process_nor_on_the_order_of_labels(sent: Mapping[str, bytes]) -> None:
    command = [sys.executable, "-c", f"from {__name__} import main; main()"]
    orders = [["reversed"] if at % 2 else [] for at, _ in enumerate(SEEDS)]
    started = [
        subprocess.Popen(
            [*command, *order], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True
        )
        for seed, order in zip(SEEDS, orders, strict=True)
    ]
    printed = [process.communicate(timeout=250)[0] for process in started]
    assert [process.returncode for process in started] == [0] * len(SEEDS)
    for seed, said in zip(SEEDS, printed, strict=True):
        assert {step: body.encode() for step, body in json.loads(said).items()} == sent, f"hash seed {seed}"
