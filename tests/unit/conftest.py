"""Settings of all unit tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A slow machine is no bug in what is tested; the same examples every time keep a red run repeatable.
settings.register_profile("hls", deadline=None, derandomize=True, print_blob=False)
settings.register_profile("explore", deadline=None, max_examples=3_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "hls"))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own configuration reaches a test."""
    prefixes = ("HLS_", "INPUT_", "GITHUB_", "ACTIONS_", "ANTHROPIC_", "RUNNER_")
    for name in [name for name in os.environ if name.startswith(prefixes)]:
        monkeypatch.delenv(name)
