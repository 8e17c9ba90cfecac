"""The job's runner: its log, outputs, summary and annotations.

Workflow commands: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import secrets as randomness
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TextIO

from hls_action.domain.text.secrets import Redact, redact

Level = Literal["notice", "warning", "error"]

MAX_SUMMARY_BYTES = 1_000_000
"""GitHub keeps 1 MiB a step."""


class Runner:
    """Writes where a GitHub runner reads. Outside of one, outputs and summary go nowhere and the log remains."""

    def __init__(
        self, output: Path | None, summary: Path | None, stream: TextIO | None = None, redact: Redact = redact
    ) -> None:
        """``redact``: takes secrets out of all that is written, which anybody may read who may read the repository."""
        self._redact = redact
        self._output = output
        self._summary = summary
        self._stream = stream or sys.stdout

    def mask(self, values: tuple[str, ...]) -> None:
        """Have the runner star out ``values`` wherever they would show. Elsewhere this would print them."""
        if self._output is None:
            return
        for value in values:
            self._write(f"::add-mask::{_escape(value)}")

    def log(self, line: str) -> None:
        """A line of ours."""
        self._write(self._clean(line))

    def debug(self, line: str) -> None:
        """A line for whoever looks for a fault: the runner shows it when debug logging is on."""
        self._write(f"::debug::{_escape(self._clean(line))}")

    def log_untrusted(self, text: str) -> None:
        """Text by strangers or by Claude, which cannot act as a workflow command."""
        token = randomness.token_hex(16)
        self._write(f"::stop-commands::{token}")
        self._write(self._clean(text))
        self._write(f"::{token}::")

    def annotate(self, level: Level, title: str, message: str) -> None:
        """A line that GitHub shows on the run's page."""
        self._write(f"::{level} title={_escape_property(title)}::{_escape(self._clean(message))}")

    def outputs(self, values: Mapping[str, str]) -> None:
        """Hand values to the steps after this one, each between random delimiters that it cannot contain."""
        if self._output is None:
            return
        with self._output.open("a", encoding="utf-8") as file:
            for name, value in values.items():
                delimiter = f"hls_{randomness.token_hex(16)}"
                file.write(f"{name}<<{delimiter}\n{self._clean(value)}\n{delimiter}\n")

    def summary(self, markdown: str) -> None:
        """Add to the page that GitHub shows for the run."""
        if self._summary is None:
            return
        text = self._clean(markdown).encode()[:MAX_SUMMARY_BYTES].decode(errors="ignore")
        with self._summary.open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def _clean(self, text: str) -> str:
        return self._redact(text).text

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def _escape(data: str) -> str:
    return data.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(value: str) -> str:
    return _escape(value).replace(":", "%3A").replace(",", "%2C")
