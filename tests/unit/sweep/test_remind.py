"""Reminders: an author who has not answered our question is told once, if the maintainers want it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.faults.fault import Fault
from hls_action.domain.ledger import pause
from hls_action.domain.ledger.pause import Order
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.commands import Command
from hls_action.sweep.remind import MOST, remind
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, START, ScriptedModel
from tests.unit.line_bench import Bench

FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
ASKED_AT = START - timedelta(days=10)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.configure("remind_after_days: 7")
    bench.issue(state="closed")
    return bench


def question(**changes: Any) -> dict[str, Any]:
    ours = {
        "id": 30,
        "author": {"login": LOGIN, "type": "Bot"},
        "body": "<!-- hls:1 issue/8 waiting/author -->\nWhich?",
    }
    return ours | {"created_at": ASKED_AT.isoformat()} | changes


def said(login: str, **changes: Any) -> dict[str, Any]:
    return {"id": 40, "author": {"login": login}, "body": "I will look.", "created_at": ASKED_AT.isoformat()} | changes


def waiting(bench: Bench, *later: dict[str, Any], number: int = 8, **changes: Any) -> None:
    """An issue whose author was asked something ten days ago."""
    asked = question(body=f"<!-- hls:1 issue/{number} waiting/author -->\nWhich version?")
    raw = {"labels": ["hls-waiting"], "updated_at": ASKED_AT.isoformat(), "created_at": ASKED_AT.isoformat()}
    bench.issue(number, comments=[asked, *later], **(raw | changes))


def swept(bench: Bench, run: int = 1, **line: Any) -> Outcome:
    return sweep(bench.shared(ScriptedModel(), run, **line), scheduled=True)


def reminders(bench: Bench, number: int = 8) -> list[str]:
    return [body for body in bench.bodies(number) if body.startswith("<!-- hls:1 reminder/")]


def test_an_author_who_says_nothing_is_reminded_once(bench: Bench) -> None:
    waiting(bench)
    assert swept(bench).notes == ()
    (reminder,) = reminders(bench)
    assert reminder.split("\n")[0] == "<!-- hls:1 reminder/30 -->"
    assert "still waits for an answer by the author" in reminder
    for run, days in enumerate((0, 1, 8, 30), 2):
        bench.clock.sleep(86_400 * days)
        bench.github.calls.clear()
        swept(bench, run)
        assert bench.github.calls.count("labelled") == 1
        assert bench.github.calls.count("comments") <= 1, "only where it changed since the last sweep"
    assert len(reminders(bench)) == 1
    assert bench.github.thread(bench.github._ids()[-1]).state == "open"


@pytest.mark.parametrize(
    ("later", "changes"),
    [
        pytest.param([], {"updated_at": (START - timedelta(days=6)).isoformat()}, id="something happened since"),
        pytest.param([said("ann")], {}, id="the author said something"),
        pytest.param([said("ann", body="/hls why?")], {}, id="and to HLS"),
        pytest.param([said("maya", author={"login": "maya", "association": "OWNER"})], {}, id="a maintainer took over"),
        pytest.param([], {"labels": []}, id="the label is off"),
        pytest.param([], {"labels": ["hls-waiting", "hls-ignore"]}, id="HLS is to leave it alone"),
        pytest.param([], {"locked": True}, id="it is locked"),
        pytest.param([], {"state": "closed"}, id="it is closed"),
        pytest.param([question(id=41, body="<!-- hls:1 reminder/30 -->\nStill.")], {}, id="it was, says the thread"),
    ],
)
def test_who_is_not_reminded(bench: Bench, later: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    waiting(bench, *later, **changes)
    before = len(reminders(bench))
    sweep(bench.shared(ScriptedModel()), scheduled=True)
    assert len(reminders(bench)) == before


def test_a_pause_while_a_sweep_is_under_way_keeps_it_from_reminding(bench: Bench) -> None:
    waiting(bench)
    line = bench.shared(ScriptedModel(), 1)
    order = Order(Command("pause"), "maya", START)
    line.ledger_store.update(lambda ledger: pause.obeyed(ledger, line.repository, order), line.retrier)
    assert remind(line, line.settings()) == ()
    assert reminders(bench) == []


def test_what_others_say_does_not_answer_it(bench: Bench) -> None:
    waiting(bench, said("bob"))
    swept(bench)
    assert len(reminders(bench)) == 1


@pytest.mark.parametrize(
    ("config", "line"), [("", {}), ("remind_after_days: 7", {"dry_run": True})], ids=["not wanted", "a dry run"]
)
def test_otherwise_there_is_no_request_for_it(bench: Bench, config: str, line: dict[str, Any]) -> None:
    bench.configure(config)
    waiting(bench)
    swept(bench, **line)
    assert ("labelled" in bench.github.calls, reminders(bench)) == (False, [])


def test_one_that_may_be_posted_or_not_is_not_posted_twice(bench: Bench) -> None:
    waiting(bench)
    bench.github._script = ["after"]
    swept(bench)
    assert len(reminders(bench)) == 1


class Killed(BaseException):
    """The runner is gone."""


def test_a_run_that_dies_before_it_can_remind_leaves_it_at_that(bench: Bench) -> None:
    def die() -> None:
        raise Killed

    waiting(bench)
    bench.github.before_post = die
    with pytest.raises(Killed):
        swept(bench)
    bench.github.before_post = None
    swept(bench, 2)
    assert reminders(bench) == []


@pytest.mark.parametrize(
    ("method", "fault"), [("labelled", FORBIDDEN), ("comments", BAD_GATEWAY)], ids=["the list", "a thread"]
)
def test_what_goes_wrong_is_a_note(bench: Bench, method: str, fault: Fault) -> None:
    waiting(bench)
    bench.github.failing[method] = fault
    (note,) = swept(bench).notes
    assert note.startswith("not every author could be reminded:")


def test_one_sweep_reminds_so_many(bench: Bench) -> None:
    for number in range(8, 8 + MOST + 2):
        waiting(bench, number=number)
    swept(bench)
    told = [len(reminders(bench, number)) for number in range(8, 8 + MOST + 2)]
    assert told == [1] * MOST + [0, 0]
    swept(bench, 2)
    assert [len(reminders(bench, number)) for number in range(8, 8 + MOST + 2)] == [1] * (MOST + 2)


def test_who_hands_threads_out_reminds_as_well(bench: Bench) -> None:
    waiting(bench)
    sweep(bench.shared(ScriptedModel()), scheduled=True, fan_out=True)
    assert len(reminders(bench)) == 1
    assert json.dumps(sorted(bench.records(8))) == '["reminder/30"]'
