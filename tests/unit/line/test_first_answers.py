"""First answers that nobody asks for: the whole line, in threads that are old, answered, or lists of tasks."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.sweep.sweep import sweep
from tests.fakes import START, ScriptedModel, model_reply
from tests.unit.builders import CHECKLIST, trigger
from tests.unit.line_bench import OPENED, Bench

OLD: dict[str, Any] = {"created_at": (START - timedelta(days=730)).isoformat(), "updated_at": START.isoformat()}
MAYA: dict[str, Any] = {"login": "maya", "association": "MEMBER"}
EDITED = trigger(7, "issues", "edited", is_pull=False, edited=START)
DISPATCHED = trigger(7, retry=True)
REFUSAL = model_reply("", stop_reason="refusal", refusal="That is nothing to ask.")
OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error", retry_after=7200.0))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def said(number: int, body: str, at: datetime = START, **author: Any) -> dict[str, Any]:
    """A comment, by somebody from outside unless said otherwise."""
    return {"id": number, "author": author or {"login": "bob"}, "body": body, "created_at": at.isoformat()}


def reason(bench: Bench, wake: Trigger) -> str:
    """Why Claude is not asked."""
    return bench.shared(ScriptedModel()).answer(wake).reason.code


def test_an_edit_of_a_two_year_old_issue_gets_no_first_answer(bench: Bench) -> None:
    bench.issue(comments=[said(31, "It is fixed in 2.0.", **MAYA)], **OLD)
    assert reason(bench, EDITED) == "answered-by-maintainer"
    bench.issue(**OLD)
    assert reason(bench, EDITED) == "old-thread"
    assert sweep(bench.shared(ScriptedModel()), scheduled=True).status == "skipped"
    assert sweep(bench.shared(ScriptedModel()), scheduled=False, force=True).status == "skipped"
    assert bench.records() == {}


def test_whoever_asks_in_it_is_answered_and_nobody_else(bench: Bench) -> None:
    bench.issue(comments=[said(31, "/hls is it?")], **OLD)
    asked = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
    outcome = bench.shared(ScriptedModel(model_reply())).answer(asked)
    assert [item.kind for item in outcome.items] == ["comment"]


@pytest.mark.parametrize("issue", [OLD, {"body": CHECKLIST, "author": MAYA}])
def test_a_maintainer_who_names_it_has_it_answered(bench: Bench, issue: dict[str, Any]) -> None:
    bench.issue(**issue)
    assert bench.shared(ScriptedModel(model_reply())).answer(DISPATCHED).status == "done"


def test_a_stale_bots_label_on_twelve_pull_requests_asks_for_no_review(bench: Bench) -> None:
    pull = {"head_sha": "a" * 40, "head_ref": "fix", "base_ref": "main", "files": []}
    for number in range(1, 13):
        bench.issue(number, pull=pull, labels=["stale"], **OLD)
    assert sweep(bench.shared(ScriptedModel()), scheduled=True).status == "skipped"
    assert bench.ledger().records == ()


def test_a_maintainers_own_list_of_tasks_is_left_to_them(bench: Bench) -> None:
    bench.issue(body=CHECKLIST, author=MAYA)
    assert reason(bench, OPENED) == "checklist"
    assert sweep(bench.shared(ScriptedModel()), scheduled=True).status == "skipped"


def test_a_maintainer_who_answers_first_is_not_answered_again(bench: Bench) -> None:
    bench.issue(comments=[said(31, "That is by design.", **MAYA)])
    assert reason(bench, OPENED) == "answered-by-maintainer"


def test_what_was_put_off_is_answered_though_a_maintainer_was_faster(bench: Bench) -> None:
    """The thread may have been told that it will be."""
    assert bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED).status == "deferred"
    bench.clock.sleep(7_300)
    bench.issue(comments=[said(31, "That is by design.", **MAYA)])
    assert sweep(bench.shared(ScriptedModel(model_reply()), 2), scheduled=True).status == "done"


def test_a_second_try_that_people_ask_for_is_made_as_well(bench: Bench) -> None:
    comments: list[dict[str, Any]] = []
    assert bench.shared(ScriptedModel(REFUSAL)).answer(OPENED).status == "failed"
    for number in (31, 32):
        bench.clock.sleep(60)
        comments.append(said(number, "/hls retry", bench.clock.now()))
        bench.issue(comments=comments)
        bench.clock.sleep(60)
        asked = trigger(7, "issue_comment", "created", is_pull=False, comment=number)
        assert bench.shared(ScriptedModel(REFUSAL), number).answer(asked).status == "failed"
        assert reason(bench, asked) == "failed-before", "once for each"
    assert [record.asked for record in bench.records().values()] == [2]
