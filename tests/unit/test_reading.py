"""What a run reads of GitHub."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from hls_action.adapters.folder import FolderGitHub
from hls_action.domain.thread import Thread, ThreadKind
from hls_action.reading import Reader
from hls_action.retry import Retrier
from tests.fakes import FakeClock
from tests.unit.builders import trigger
from tests.unit.line_bench import Bench


@pytest.mark.parametrize(("is_pull", "kind"), [(True, "pull_request"), (False, "issue"), (None, None)])
def test_what_is_known_of_a_thread_need_not_be_asked(tmp_path: Path, is_pull: bool | None, kind: str | None) -> None:
    """Only of a thread of which nothing is known, the port has to find out what it is."""
    asked: list[ThreadKind | None] = []

    class Watched(FolderGitHub):
        def thread(self, number: int, kind: ThreadKind | None = None) -> Thread:
            asked.append(kind)
            return super().thread(number, kind)

    Bench(tmp_path)
    clock = FakeClock()
    reader = Reader(Watched(tmp_path, clock), clock, Retrier(clock, 60), cache)
    assert reader.thread(trigger(is_pull=is_pull)).number == 7
    assert asked == [kind]
