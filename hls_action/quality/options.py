"""The arguments of `prompt` and `eval`. Imported with every command, so that it imports nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

COMMANDS = ("prompt", "eval")


def add_to(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    prompt = commands.add_parser("prompt", help="print what would be sent to Claude for an event file; nothing is sent")
    prompt.add_argument("event", type=Path, metavar="EVENT.json", help="a webhook payload")
    prompt.add_argument("--folder", type=Path, metavar="DIR", help="a folder in place of GitHub, as for `try`")
    prompt.add_argument("--json", action="store_true", help="the calls, for programs")
    cases = commands.add_parser("eval", help="answer labelled cases and say how good the answers are")
    cases.add_argument("cases", type=Path, metavar="CASES", help="a folder with threads/N.json, or a JSONL file")
    cases.add_argument("--model", default="", metavar="M", help="the Claude model that answers, whatever is configured")
    cases.add_argument("--folder", type=Path, metavar="DIR", help="the project's files: configuration, guidance, code")
    cases.add_argument("--out", type=Path, default=Path(".hls-eval"), metavar="DIR", help="keeps answers and results")
    cases.add_argument("--baseline", type=Path, metavar="FILE", help="a results.json to compare with")
    cases.add_argument("--max-usd", default="1", metavar="USD", help="what this run may cost at most (default: 1)")
    cases.add_argument("--retrieval", action="store_true", help="measure what is found by plain code; asks nobody")
    cases.add_argument("--from-history", type=int, metavar="N", help="make CASES of the N newest closed issues instead")
    cases.add_argument("--json", action="store_true", help="the results, for programs")
