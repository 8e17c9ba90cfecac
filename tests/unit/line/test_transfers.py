"""An issue that came from another repository, with what HLS said there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.events import dispatch
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.items import digest
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import BODY, issue_event, trigger
from tests.unit.line_bench import OPENED, Bench

WHY = "why does this happen?"
ASKED = f"{BODY}\n\n/hls {WHY}"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def said(number: int, body: str, login: str = "bob") -> dict[str, Any]:
    return {"id": number, "author": {"login": login}, "body": body, "created_at": "2026-11-02T08:30:00+00:00"}


def ours(number: int, *keys: str) -> dict[str, Any]:
    return said(number, f"<!-- hls:1 {' '.join(keys)} -->\nCreate the folder first.", LOGIN)


def answered(bench: Bench, *comments: dict[str, Any], **issue: Any) -> Outcome:
    bench.issue(comments=list(comments), **issue)
    return bench.shared(ScriptedModel(model_reply())).answer(OPENED)


@pytest.mark.parametrize(
    ("marker", "body", "status"),
    [
        pytest.param("issue/4711", BODY, "skipped", id="its old number"),
        pytest.param(f"issue/4711@{digest(WHY)}", ASKED, "skipped", id="with the request in it"),
        pytest.param(f"issue/4711@{digest('what?')}", ASKED, "done", id="with another request"),
        pytest.param("issue/4711", ASKED, "done", id="a request that came later"),
        pytest.param("notice/4711", BODY, "done", id="a notice"),
    ],
)
def test_an_issue_that_was_answered_where_it_came_from_is_answered(
    bench: Bench, marker: str, body: str, status: str
) -> None:
    assert answered(bench, ours(31, marker), body=body).status == status


def test_what_strangers_copy_counts_for_nothing(bench: Bench) -> None:
    assert answered(bench, said(31, "<!-- hls:1 issue/4711 -->\nAll answered.")).status == "done"


def test_a_request_after_the_transfer_is_answered(bench: Bench) -> None:
    outcome = answered(bench, ours(31, "issue/4711"), said(32, "/hls and now?"))
    assert (outcome.status, [item.id for item in outcome.items]) == ("done", ["32"])


@pytest.mark.parametrize(
    ("comments", "status"),
    [
        pytest.param([said(40, f"/hls {WHY}"), ours(41, f"comment/12@{digest(WHY)}")], "skipped", id="the same text"),
        pytest.param([said(40, "/hls how?"), ours(41, f"comment/12@{digest(WHY)}")], "done", id="another text"),
        pytest.param([ours(41, f"comment/12@{digest(WHY)}"), said(42, f"/hls {WHY}")], "done", id="asked once more"),
    ],
)
def test_requests_in_comments_are_known_by_their_text_should_they_have_other_ids_now(
    bench: Bench, comments: list[dict[str, Any]], status: str
) -> None:
    assert answered(bench, ours(31, "issue/4711"), *comments).status == status


def test_a_deleted_comments_answer_is_none_to_the_same_words_in_an_issue_that_was_always_here(bench: Bench) -> None:
    comments = [ours(31, "issue/7"), said(40, f"/hls {WHY}"), ours(41, f"comment/12@{digest(WHY)}")]
    assert answered(bench, *comments).status == "done"


def test_it_is_on_record_as_answered_and_stays_so(bench: Bench) -> None:
    answered(bench, ours(31, "issue/4711"))
    assert sweep(bench.shared(ScriptedModel(), 2), scheduled=True).status == "skipped"
    assert len(bench.bodies()) == 1


def test_the_event_of_a_transfer_has_its_comments_read_though_they_may_not_be_counted_yet(bench: Bench) -> None:
    payload = issue_event() | {"changes": {"old_issue": {"number": 4711}, "old_repository": {"full_name": "o/x"}}}
    wake = dispatch.trigger_of("issues", payload)
    bench.github.stale_count = True
    bench.issue(comments=[ours(31, "issue/4711")])
    assert bench.shared(ScriptedModel(model_reply())).answer(wake).status == "skipped"
    assert wake.transferred
    assert not trigger(7, "issues", "opened").transferred
