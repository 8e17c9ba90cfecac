"""What an answer needs is read beside the thread, where the ledger knows of no answer yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import Label, Thread
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import OPENED, Bench

COMMENTED = trigger(7, "issue_comment", "created", is_pull=False, comment=31)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def wait_before_the_thread(bench: Bench, *methods: str) -> None:
    """GitHub does not show the thread before these requests are there."""
    asked = {name: Event() for name in methods}
    shown = bench.github.thread

    def telling(name: str) -> Callable[..., Any]:
        request = getattr(bench.github, name)

        def tell(*arguments: object) -> object:
            asked[name].set()
            return request(*arguments)

        return tell

    def show(thread: ThreadId, is_pull: bool | None = None) -> Thread:
        assert all(each.wait(30) for each in asked.values()), "not asked before the thread was there"
        return shown(thread, is_pull)

    for name in methods:
        setattr(bench.github, name, telling(name))
    bench.github.thread = show  # type: ignore[method-assign]


def test_configuration_and_labels_do_not_wait_for_a_new_issue(bench: Bench) -> None:
    wait_before_the_thread(bench, "file", "labels")
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).status == "done"
    assert (bench.github.calls.count("file"), bench.github.calls.count("labels")) == (2, 1)


def test_the_configuration_does_not_wait_for_the_thread_of_a_new_comment(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}])
    bench.github.calls.clear()
    wait_before_the_thread(bench, "file")
    assert bench.shared(ScriptedModel(model_reply()), 2).answer(COMMENTED).status == "done"
    assert "labels" not in bench.github.calls


@pytest.mark.parametrize("wake", [OPENED, COMMENTED])
def test_a_repeat_asks_for_neither(bench: Bench, wake: Any) -> None:
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}])
    bench.shared(ScriptedModel(model_reply())).answer(wake)
    bench.github.calls.clear()
    assert bench.shared(ScriptedModel(), 2).answer(wake).status == "skipped"
    assert {"file", "labels"}.isdisjoint(bench.github.calls)


def test_labels_are_as_they_were_read_ahead(bench: Bench) -> None:
    bench.github.store_labels((Label("bug", "It fails"),))
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).labels == ("bug",)


def test_claude_is_built_while_the_labels_are_waited_for(bench: Bench) -> None:
    model, built, labels = ScriptedModel(model_reply()), Event(), bench.github.labels

    def build() -> ScriptedModel:
        built.set()
        return model

    def late() -> tuple[Label, ...]:
        assert built.wait(30), "not built before the labels were there"
        return labels()

    bench.github.labels = late  # type: ignore[method-assign]
    assert replace(bench.shared(model), model=build).answer(OPENED).status == "done"


def test_nothing_is_built_where_nothing_is_to_be_asked(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    built: list[str] = []

    def build() -> ScriptedModel:
        built.append("Claude")
        return ScriptedModel()

    for run in (bench.shared(ScriptedModel(), 2), replace(bench.shared(ScriptedModel(), 3), asks=False)):
        assert replace(run, model=build).answer(OPENED).status == "skipped"
    bench.issue(8)
    assert replace(bench.shared(ScriptedModel(), 4), asks=False, model=build).answer(trigger(8)).status == "skipped"
    assert built == []
