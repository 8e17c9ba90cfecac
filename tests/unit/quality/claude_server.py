"""Claude on this machine, for the commands that ask it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hls_action import cli, head_start
from tests.fakes import answer_data
from tests.unit.adapters.loopback import Loopback, Reply, serve

MESSAGES = "/v1/messages"
COUNT = "/v1/messages/count_tokens"
ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples" / "eval"


def message(**answer: object) -> Reply:
    """An answer that used 1,000 tokens in and 200 out: 0.0055 USD at the price of the default model, or some such."""
    return Reply(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-5-5",
            "content": [{"type": "text", "text": json.dumps(answer_data(**answer))}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1_000, "output_tokens": 200},
        }
    )


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that stands in for Claude, and answers every call alike."""
    monkeypatch.setattr(head_start, "trust_the_machine", lambda: None)  # it changes the whole process
    with serve() as server:
        server.on(MESSAGES, message(comment="Create the folder first.", labels=[1]))
        yield server


def signed_in(server: Loopback) -> dict[str, str]:
    """The environment of somebody who has a key."""
    return {"ANTHROPIC_API_KEY": "sk-test", "ANTHROPIC_BASE_URL": server.url, "GITHUB_REPOSITORY": "o/r"}


def case(title: str = "Export crashes", **expect: object) -> dict[str, Any]:
    """An issue with what is expected, as a line of a JSONL file."""
    body = f"{title}: the export command ends in a traceback when the output folder does not exist yet."
    return {"number": 7, "title": title, "body": body, "author": {"login": "ann"}, "expect": expect}


def written(path: Path, *cases: dict[str, Any]) -> Path:
    """A JSONL file of cases, which have names."""
    lines = [json.dumps({"name": f"case {number}", **each}) for number, each in enumerate(cases, 1)]
    path.write_text("\n".join(lines))
    return path


def command(capsys: pytest.CaptureFixture[str], environ: dict[str, str], *arguments: object) -> tuple[int, str, str]:
    """The exit status, what was printed and what was printed as an error."""
    status = cli.main([str(each) for each in arguments], environ)
    printed = capsys.readouterr()
    return status, printed.out, printed.err
