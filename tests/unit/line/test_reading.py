"""What a run reads of GitHub."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls_action.adapters.github.folder import FolderGitHub
from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import Thread
from hls_action.line import read
from tests.fakes import FakeClock, ScriptedModel, model_factory
from tests.unit.builders import trigger
from tests.unit.line_bench import MATERIALS, Bench, bench_run


@pytest.mark.parametrize("is_pull", [True, False, None])
def test_what_is_known_of_a_thread_need_not_be_asked(tmp_path: Path, is_pull: bool | None) -> None:
    """Only of a thread of which nothing is known, the port has to find out what it is."""
    asked: list[bool | None] = []

    class Watched(FolderGitHub):
        def thread(self, thread: ThreadId, is_pull: bool | None = None) -> Thread:
            asked.append(is_pull)
            return super().thread(thread, is_pull)

    Bench(tmp_path)
    clock = FakeClock()
    run = bench_run(Watched(tmp_path, clock), model_factory(ScriptedModel()), clock, MATERIALS)
    assert read.thread(run, ThreadId(7), trigger(is_pull=is_pull)).number == 7
    assert asked == [is_pull]
