"""The gate as a process of its own, as the action starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.unit.builders import read_outputs

ROOT = Path(__file__).parents[2]
GATE = ROOT / "hls_action" / "gate.py"
ERROR = "::error title=HLS::"


@dataclass(frozen=True)
class Run:
    """What a gate's process left behind."""

    status: int
    log: str
    errors: str
    outputs: dict[str, str]
    raw: str


@dataclass(frozen=True)
class Gate:
    """Starts the gate in a folder of its own."""

    folder: Path

    def __call__(
        self,
        event: str,
        payload: object,
        environment: Mapping[str, str] | None = None,
        *,
        python: tuple[str, ...] = (sys.executable, "-I", "-S"),
    ) -> Run:
        """``payload``: bytes are the event file as it is, anything else becomes JSON, None leaves the file out."""
        file, output = self.folder / "event.json", self.folder / "output"
        output.write_text("")
        if payload is not None:
            file.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        variables = {
            "PATH": os.environ["PATH"],
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_OUTPUT": str(output),
            **(environment or {}),
        }
        done = subprocess.run(
            [*python, str(GATE)], env=variables, cwd=self.folder, capture_output=True, timeout=60, check=False
        )
        raw = output.read_text("utf-8")
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), read_outputs(output), raw)
