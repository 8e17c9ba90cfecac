"""Runs that share a ledger: who works, who waits, who finishes, and what is on record in the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.errors import ConfigError, DeadlineExceeded
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import SpendLimitReached, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.claims import MAX_TRIES
from hls_action.domain.ledger.errors import StateForbidden, StateUnavailable
from hls_action.domain.tasks.effects import PostComment
from hls_action.line.deliver import POSTING_MARGIN
from hls_action.line.run import CLAIM_GRACE
from hls_action.ports import ModelReply
from hls_action.reporting.report import outputs
from hls_action.resilience.retry import TIME_TO_RECORD
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, START, FlakyGitHub, ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import MATERIALS, OPENED, Bench

OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))
LIMITED = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=3600.0))
LIFE = timedelta(seconds=MATERIALS.seconds) + CLAIM_GRACE
OTHER_EVENT = trigger(7, "issues", "edited", is_pull=False)


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def die() -> None:
    raise Killed


def spent(until: datetime | None = None) -> UpstreamError:
    """Claude's account is spent, and names the time when that is over, or none."""
    return SpendLimitReached(
        Fault("claude", "status", "Limit", 400, "invalid_request_error", credit_exhausted=True, until=until)
    )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def killed_while_asking(bench: Bench, run: int = 1, attempt: int = 1) -> None:
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply(), meanwhile=die), run, attempt).answer(OPENED)


def killed_before_posting(bench: Bench, run: int = 1) -> None:
    """With the answer on record."""
    bench.github.before_post = die
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply()), run).answer(OPENED)
    bench.github.before_post = None


def killed_after_posting(bench: Bench, run: int = 1) -> None:
    bench.github.after_post = die
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply()), run).answer(OPENED)
    bench.github.after_post = None


# ---- what is on record ----


def test_an_answer_is_on_record_with_its_cost_and_its_comment(bench: Bench) -> None:
    outcome = bench.shared(ScriptedModel(model_reply()), run=77, attempt=2).answer(OPENED)
    (record,) = bench.records().values()
    assert (record.state, record.key, record.tries, record.cost_usd) == ("published", "issue/7", 1, Decimal("0.004"))
    assert (record.by.run, record.by.attempt, record.first) == (77, 2, START)
    assert (record.comment_id, record.comment_url) == (1, outcome.comment_url)
    assert outcome.records == (record,)
    assert bench.store.writes == 3, "claimed, answered, published"


def test_the_answer_is_on_record_before_it_is_posted_and_not_after(bench: Bench) -> None:
    killed_before_posting(bench)
    (record,) = bench.records().values()
    draft = bench.ledger().draft(record)
    assert (record.state, record.cost_usd, bench.bodies()) == ("answered", Decimal("0.004"), [])
    assert draft is not None
    assert draft.keys == ("issue/7",)
    assert draft.comment == PostComment("The folder is missing. Create it with `mkdir out` and try again.")
    assert (draft.labels, draft.model, draft.usage.output) == (("bug",), "claude-sonnet-5-5", 200)
    bench.shared(ScriptedModel(), attempt=2).answer(OPENED)
    assert all(not shard.drafts for shard in bench.ledger().shards)


def test_of_items_answered_together_the_first_bears_the_cost(bench: Bench) -> None:
    comments = [{"id": n, "author": {"login": "bob"}, "body": f"/hls question {n}"} for n in (31, 32)]
    bench.issue(comments=comments)
    bench.shared(ScriptedModel(model_reply())).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=31))
    records = bench.records()
    assert {record.state for record in records.values()} == {"published"}
    assert sorted(record.cost_usd for record in records.values()) == [Decimal(0), Decimal(0), Decimal("0.004")]


def test_the_page_of_the_state_branch_shows_it_with_the_next_reply(bench: Bench) -> None:
    bench.issue(8)
    first = bench.shared(ScriptedModel(model_reply("", stop_reason="refusal", refusal="No | <b>*way*</b>")))
    first.answer(trigger(8, "issues", "opened", is_pull=False))
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    page = bench.store.read().documents["README.md"]
    assert "| published | 1 |" in page
    assert "Total cost: 0.0080 USD." in page
    refused = "model-refused: Claude declined to answer this thread (No \\| &lt;b\\>\\*way\\*&lt;/b\\>)"
    assert f"| o/r#8 | the issue | failed | 2026-11-02 09:00 |  | {refused} |" in page


def test_the_page_goes_along_with_no_write_that_posts_nothing(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    before = bench.store.read()
    bench.issue(8)
    bench.clock.sleep(120)
    refused = bench.shared(ScriptedModel(model_reply("", stop_reason="refusal")))
    assert refused.answer(trigger(8, "issues", "opened", is_pull=False)).status == "failed"
    after = bench.store.read()
    assert after.version != before.version
    assert after.documents["README.md"] == before.documents["README.md"]


# ---- no time ----


def test_without_time_to_record_an_answer_claude_is_not_asked(bench: Bench) -> None:
    """What such a call costs would be paid for nothing, and its claim may be over before the answer comes."""
    model = ScriptedModel()
    line = bench.shared(model)
    bench.clock.sleep(MATERIALS.seconds - TIME_TO_RECORD)
    outcome = line.answer(OPENED)
    assert (outcome.status, outcome.reason.code, model.requests) == ("deferred", "deadline", [])
    assert [record.state for record in bench.records().values()] == ["deferred"]
    assert bench.ledger().budget.reservations == {}


def test_answers_to_the_same_label_in_two_threads_are_two_answers(bench: Bench) -> None:
    """Threads 7 and 23 are in one document, and a label's key says nothing of its thread."""
    bench.github.before_post = die
    for number in (7, 23):
        bench.issue(number, labels=["hls"], body="short")
        reply = model_reply(json.dumps(answer_data(comment=f"About {number}.")))
        with pytest.raises(Killed):
            bench.shared(ScriptedModel(reply), number).answer(trigger(number, "issues", "labeled", is_pull=False))
    bench.github.before_post = None
    bench.clock.sleep(3_600)
    for number in (7, 23):
        assert bench.shared(ScriptedModel(), 100 + number).answer(trigger(number)).status == "done"
        assert f"About {number}." in bench.bodies(number)[0]


# ---- two runs at once ----


def test_while_one_run_answers_another_leaves_it_alone(bench: Bench) -> None:
    others: list[object] = []
    second = ScriptedModel()

    def meanwhile() -> None:
        others.append(bench.shared(second, run=2).answer(OTHER_EVENT))

    first = bench.shared(ScriptedModel(model_reply(), meanwhile=meanwhile), run=1).answer(OPENED)
    (other,) = others
    assert first.status == "done"
    assert (other.status, other.reason.code) == ("skipped", "in-progress")  # type: ignore[attr-defined]
    assert "run 1 is answering this" in other.reason.detail  # type: ignore[attr-defined]
    assert (second.requests, len(bench.bodies())) == ([], 1)


def test_of_two_runs_that_claim_at_once_one_works(bench: Bench) -> None:
    """Both saw the item open; the second finds its claim refused, looks again, and leaves it alone."""
    first = ScriptedModel(model_reply())
    bench.store.between = [lambda: bench.shared(first, run=1).answer(OPENED)]
    second = ScriptedModel()
    outcome = bench.shared(second, run=2).answer(OTHER_EVENT)
    assert (outcome.status, str(outcome.reason)) == (
        "skipped",
        "already-answered: every item of this thread has its reply",
    )
    assert (len(first.requests), second.requests, len(bench.bodies())) == (1, [], 1)


def test_a_new_comment_is_answered_while_the_issue_is_in_other_hands(bench: Bench) -> None:
    def meanwhile() -> None:
        asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls on Windows too?"}
        bench.issue(comments=[asked])
        bench.shared(ScriptedModel(model_reply()), run=2).answer(
            trigger(7, "issue_comment", "created", is_pull=False, comment=31)
        )

    bench.shared(ScriptedModel(model_reply(), meanwhile=meanwhile), run=1).answer(OPENED)
    heads = [body.split("\n")[0].split("@")[0] for body in bench.bodies()[1:]]
    assert heads == ["<!-- hls:1 comment/31", "<!-- hls:1 issue/7 -->"]


# ---- dead runs ----


def test_a_dead_runs_work_is_taken_over_when_its_claim_ends(bench: Bench) -> None:
    killed_while_asking(bench, run=1)
    early = bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT)
    assert (early.status, early.reason.code) == ("skipped", "in-progress")
    bench.clock.sleep(LIFE.total_seconds())
    model = ScriptedModel(model_reply())
    assert bench.shared(model, run=3).answer(OTHER_EVENT).status == "done"
    (record,) = bench.records().values()
    assert (record.state, record.tries, record.by.run) == ("published", 2, 3)


def test_an_earlier_attempt_of_the_same_run_is_taken_over_at_once(bench: Bench) -> None:
    killed_while_asking(bench, run=5, attempt=1)
    outcome = bench.shared(ScriptedModel(model_reply()), run=5, attempt=2).answer(replace(OPENED, repeated=True))
    assert (outcome.status, len(bench.bodies())) == ("done", 1)


def test_under_act_every_run_is_the_first_attempt_of_run_one(bench: Bench) -> None:
    killed_while_asking(bench, run=1, attempt=1)
    assert bench.shared(ScriptedModel(), run=1, attempt=1).answer(OPENED).reason.code == "in-progress"


@pytest.mark.parametrize(
    ("wake", "status"),
    [
        pytest.param(trigger(), "done", id="a sweep asks whether the run has ended"),
        pytest.param(OTHER_EVENT, "skipped", id="an event's run, of which there are many, does not"),
    ],
)
def test_a_run_known_to_have_ended_is_taken_over(bench: Bench, wake: Trigger, status: str) -> None:
    killed_while_asking(bench, run=5)
    bench.github.ended = {(5, 1)}
    assert bench.shared(ScriptedModel(model_reply()), run=6).answer(wake).status == status


@pytest.mark.parametrize(("kill", "status"), [(killed_before_posting, "done"), (killed_after_posting, "skipped")])
def test_an_answer_on_record_is_posted_without_asking_again(
    bench: Bench, kill: Callable[[Bench], None], status: str
) -> None:
    kill(bench)
    model = ScriptedModel()
    outcome = bench.shared(model, run=1, attempt=2).answer(OPENED)
    assert (outcome.status, model.requests, len(bench.bodies())) == (status, [], 1)
    assert outcome.comment_url == bench.github.comments(ThreadId(7))[0].url
    (record,) = bench.records().values()
    assert (record.state, record.cost_usd) == ("published", Decimal("0.004"))


def test_a_comment_that_lists_do_not_show_yet_is_waited_for(bench: Bench) -> None:
    killed_after_posting(bench)
    bench.github.stale_looks = 3
    outcome = bench.shared(ScriptedModel(), run=1, attempt=2).answer(replace(OPENED, repeated=True))
    assert (outcome.status, len(bench.bodies())) == ("done", 1)


def test_when_the_look_fails_nothing_is_posted_and_the_answer_is_kept(bench: Bench) -> None:
    killed_before_posting(bench)
    run = bench.shared(ScriptedModel(), run=1, attempt=2)
    bench.github.break_after_first("comments", Fault("github", "status", "Bad Gateway", 502))
    outcome = run.answer(replace(OPENED, repeated=True))
    assert (outcome.status, bench.bodies()) == ("deferred", [])
    (record,) = bench.records().values()
    assert (record.state, record.draft != "") == ("deferred", True)


def test_a_run_that_is_late_does_not_post(bench: Bench) -> None:
    late = MATERIALS.seconds + (CLAIM_GRACE - POSTING_MARGIN).total_seconds() + 1
    outcome = bench.shared(ScriptedModel(model_reply(), meanwhile=lambda: bench.clock.sleep(late))).answer(OPENED)
    assert (outcome.status, outcome.reason.code, bench.bodies()) == ("deferred", "deadline", [])
    bench.clock.sleep(3_600)
    model = ScriptedModel()
    assert bench.shared(model, run=2).answer(OTHER_EVENT).status == "done"
    assert (model.requests, len(bench.bodies())) == ([], 1)


def test_a_run_that_was_taken_over_does_not_post(bench: Bench) -> None:
    def meanwhile() -> None:
        bench.clock.sleep(LIFE.total_seconds())
        bench.shared(ScriptedModel(model_reply()), run=2).answer(OTHER_EVENT)

    outcome = bench.shared(ScriptedModel(model_reply(), meanwhile=meanwhile), run=1).answer(OPENED)
    assert str(outcome.reason) == "claim-lost: run 2 took over the issue; this run's answer was not posted"
    assert len(bench.bodies()) == 1


def test_a_thread_whose_runs_all_die_is_given_up_and_red_once(bench: Bench) -> None:
    bench.issue(
        author={"login": "maya", "association": "MEMBER"}
    )  # what they all put aside is more than others may have
    for run in range(1, MAX_TRIES + 1):
        killed_while_asking(bench, run)
        bench.clock.sleep(LIFE.total_seconds())
    model = ScriptedModel()
    given_up, after = (bench.shared(model, run).answer(OTHER_EVENT) for run in (20, 21))
    assert given_up.status == "failed"
    assert str(given_up.reason) == "gave-up: 8 runs tried and none finished"
    assert (after.status, after.reason.code) == ("skipped", "failed-before")
    assert model.requests == []


# ---- what does not work out ----


@pytest.mark.parametrize(
    ("error", "minutes"),
    [
        pytest.param(OVERLOADED, 10, id="overloaded"),
        pytest.param(LIMITED, 60, id="as long as asked"),
        pytest.param(
            UpstreamError(
                Fault("claude", "status", "Limit", 429, code="enforced_spend_limit_reached", credit_exhausted=True)
            ),
            15 * 60,
            id="a spend limit, until the next day",
        ),
        pytest.param(spent(datetime(2026, 11, 20, tzinfo=UTC)), 17 * 24 * 60 + 15 * 60, id="until it names"),
        pytest.param(spent(datetime(2026, 11, 1, tzinfo=UTC)), 15 * 60, id="one that should be over, a day"),
        pytest.param(spent(datetime(9999, 1, 1, tzinfo=UTC)), 32 * 24 * 60, id="one that is not believed, a month"),
    ],
)
def test_what_may_pass_is_parked(bench: Bench, error: UpstreamError, minutes: int) -> None:
    outcome = bench.shared(ScriptedModel(*[error] * 6)).answer(OPENED)
    assert (outcome.status, outcome.green) == ("deferred", True)
    (record,) = bench.records().values()
    assert record.until is not None
    assert round((record.until - record.at).total_seconds() / 60) == pytest.approx(minutes, abs=2)
    waits = bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT)
    assert (waits.status, waits.reason.code) == ("deferred", "until")
    bench.clock.sleep(minutes * 60 + 1)
    assert bench.shared(ScriptedModel(model_reply()), run=3).answer(OTHER_EVENT).status == "done"


def test_pauses_grow_and_after_so_many_tries_it_is_a_dead_letter_and_red_once(bench: Bench) -> None:
    pauses, outcomes = [], []
    for run in range(1, MAX_TRIES + 1):
        outcomes.append(bench.shared(ScriptedModel(*[OVERLOADED] * 6), run).answer(OPENED))
        (record,) = bench.records().values()
        if record.until:
            pauses.append(round((record.until - record.at).total_seconds() / 60))
            bench.clock.sleep((record.until - bench.clock.now()).total_seconds() + 1)
    assert pauses == [10, 20, 40, 80, 160, 320, 360]
    assert [outcome.status for outcome in outcomes] == ["deferred"] * (MAX_TRIES - 1) + ["failed"]
    assert str(outcomes[-1].reason).startswith("gave-up: after 8 tries; upstream: Claude answered 529")
    assert bench.shared(ScriptedModel(), run=20).answer(OPENED).reason.code == "failed-before"


def test_a_spend_limit_does_not_use_up_tries(bench: Bench) -> None:
    for run in range(1, MAX_TRIES + 3):
        assert bench.shared(ScriptedModel(spent()), run).answer(OPENED).status == "deferred"
        bench.clock.sleep(86_400)


def test_what_will_not_pass_is_failed_with_what_it_cost(bench: Bench) -> None:
    outcome = bench.shared(ScriptedModel(model_reply("", stop_reason="refusal"))).answer(OPENED)
    assert outcome.status == "failed"
    (record,) = bench.records().values()
    assert (record.state, record.cost_usd, record.reason.code) == ("failed", Decimal("0.004"), "model-refused")
    model = ScriptedModel()
    assert bench.shared(model, run=2).answer(OTHER_EVENT).status == "skipped"
    assert model.requests == []


def test_how_to_try_again_is_said_however_long_the_error_was(bench: Bench) -> None:
    long = model_reply("", stop_reason="refusal", refusal="I would rather not. " * 60)
    bench.shared(ScriptedModel(long)).answer(OPENED)
    said = outputs(bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT))["reason"]
    assert said.startswith(
        "failed-before: run it with the number, or comment '/hls retry', to try again; model-refused: "
    )
    assert "(I would rather not. I would" in said


def test_a_thread_that_could_not_be_read_is_looked_at_again(bench: Bench) -> None:
    bench.github.failing["comments"] = Fault("github", "status", "Bad Gateway", 502)
    outcome = bench.shared(ScriptedModel()).answer(OTHER_EVENT)
    assert (outcome.status, list(bench.records())) == ("deferred", ["thread/7"])
    bench.github.failing.clear()
    assert bench.shared(ScriptedModel(model_reply()), run=2).answer(OTHER_EVENT).status == "done"
    assert list(bench.records()) == ["issue/7"]


def test_an_outage_of_a_thread_with_an_answer_is_not_red(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply("", stop_reason="refusal"))).answer(OPENED)
    bench.github.failing["comments"] = Fault("github", "status", "Bad Gateway", 502)
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).status == "deferred"


def test_a_mistake_in_the_configuration_lets_go_of_the_items(bench: Bench) -> None:
    bench.configure("modle: x")
    with pytest.raises(ConfigError):
        bench.shared(ScriptedModel()).answer(OPENED)
    assert bench.records() == {}


def test_an_event_that_is_switched_off_leaves_no_record(bench: Bench) -> None:
    bench.configure("events: {issues: [reopened]}")
    assert bench.shared(ScriptedModel()).answer(OPENED).reason.code == "event-off"
    assert bench.records() == {}


# ---- threads that change under one's hands ----


@pytest.mark.parametrize(
    ("changes", "reason"), [({"state": "closed"}, "closed"), ({"locked": True}, "locked"), ({"body": "x"}, "withdrawn")]
)
def test_what_needs_no_answer_any_more_ends_in_a_stated_outcome(
    bench: Bench, changes: dict[str, Any], reason: str
) -> None:
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED)
    bench.issue(**changes)
    bench.clock.sleep(300)
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).status == "skipped"
    (record,) = bench.records().values()
    assert (record.state, record.reason.code) == ("skipped", reason)


def test_a_view_older_than_a_record_withdraws_nothing(bench: Bench) -> None:
    """Somebody asks anew, and another run defers that, while this one still has the thread as it was."""
    view = bench.github.thread(ThreadId(7))

    def meanwhile() -> None:
        bench.issue(body=f"/hls {BODY}")
        bench.shared(ScriptedModel(*[OVERLOADED] * 6), run=2).answer(OTHER_EVENT)

    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls and this?"}])
    bench.store.between = [meanwhile]
    bench.shared(ScriptedModel(model_reply()), run=1).answer(
        trigger(7, "issue_comment", "created", is_pull=False, comment=31)
    )
    assert view.body == BODY
    states = {key.split("@")[0]: record.state for key, record in bench.records().items() if "@" in key}
    assert states["issue/7"] == "deferred"


def test_a_view_that_took_long_to_get_is_taken_again(bench: Bench) -> None:
    limited = Fault("github", "status", "Slow down", 403, rate_limited=True, retry_after=60.0)
    asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls how?"}
    bench.github.script_comments = [limited]
    bench.github.meanwhile = lambda: bench.issue(comments=[asked, asked | {"id": 32, "body": "/hls and why?"}])
    bench.issue(comments=[asked])
    model = ScriptedModel(model_reply())
    outcome = bench.shared(model).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=31))
    assert [item.id for item in outcome.items] == ["7", "31", "32"]


def test_an_error_that_is_known_is_told_though_it_could_not_be_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ring() -> None:
        raise DeadlineExceeded("the run took longer than 600 s")

    for reply, status in ((model_reply("", stop_reason="refusal"), "failed"), (OVERLOADED, "deferred")):
        bench.issue(8)
        bench.store.between = [lambda: None, ring]
        script = [reply] * (6 if isinstance(reply, Exception) else 1)
        assert (
            bench.shared(ScriptedModel(*script)).answer(trigger(8, "issues", "opened", is_pull=False)).status == status
        )
        (bench.root / "state" / "state.json").unlink()


def test_what_a_broken_configuration_puts_back_can_be_read_again(bench: Bench) -> None:
    bench.github.script_posts = [Fault("github", "status", "Resource not accessible by integration", 403)]
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert bench.records()["issue/7"].state == "failed"
    bench.configure("modle: x")
    with pytest.raises(ConfigError):
        bench.shared(ScriptedModel(), run=2).answer(trigger(retry=True, force=True))
    assert bench.records()["issue/7"].state == "failed", "and the state can be read"


def test_a_thread_that_was_deleted_ends_in_a_stated_outcome(bench: Bench) -> None:
    bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED)
    (bench.root / "threads" / "7.json").unlink()
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).reason.code == "thread-unavailable"
    (record,) = bench.records().values()
    assert (record.state, record.reason.code) == ("skipped", "thread-unavailable")


def test_an_answer_to_a_thread_that_was_locked_is_posted_once_it_is_not(bench: Bench) -> None:
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.issue(locked=True))
    assert str(bench.shared(model).answer(OPENED).reason) == "thread-unavailable: the conversation is locked"
    bench.issue()
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).status == "done"
    assert len(bench.bodies()) == 1


def test_a_reply_that_somebody_deleted_is_not_written_again(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.issue()
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).status == "skipped"
    assert bench.bodies() == []


def test_a_lost_ledger_is_no_reason_to_answer_twice(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    (bench.root / "state" / "state.json").unlink()
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).reason.code == "already-answered"


# ---- trying again ----


@pytest.mark.parametrize("fault", [Fault("github", "status", "Not allowed", 403), BAD_GATEWAY])
@pytest.mark.parametrize("asked", ["a re-run", "a comment", "the sweep"])
def test_an_answer_that_was_posted_by_a_later_try_was_paid_once(bench: Bench, fault: Fault, asked: str) -> None:
    bench.github.script_posts = [fault] * 9
    first = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert (first.status in ("failed", "deferred"), first.cost_usd) == (True, Decimal("0.004"))
    bench.github.script_posts = []
    bench.clock.sleep(7_200)
    wake = trigger(retry=True)
    if asked == "a comment":
        stamp = bench.clock.now().isoformat()
        bench.issue(comments=[{"id": 31, "author": {"login": "ann"}, "body": "/hls retry", "created_at": stamp}])
        wake = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
        bench.clock.sleep(60)
    later = bench.shared(ScriptedModel(), run=2)
    outcome = sweep(later, scheduled=True, force=True) if asked == "the sweep" else later.answer(wake)
    assert (outcome.status, outcome.cost_usd) == ("done", None)
    assert sum(record.cost_usd for record in bench.records().values()) == Decimal("0.004")
    assert sum(day.usd for day in bench.ledger().budget.days.values()) == Decimal("0.004")


def fail(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply("", stop_reason="refusal"))).answer(OPENED)


@pytest.mark.parametrize("state", ["failed", "deferred"])
def test_a_re_run_tries_again_what_failed_or_waits(bench: Bench, state: str) -> None:
    if state == "failed":
        fail(bench)
    else:
        bench.shared(ScriptedModel(*[OVERLOADED] * 6)).answer(OPENED)
    assert bench.records()["issue/7"].state == state
    assert bench.shared(ScriptedModel(model_reply()), run=2).answer(trigger(retry=True)).status == "done"


def test_a_reporter_may_ask_for_another_try(bench: Bench) -> None:
    fail(bench)
    for number in range(1, 5):
        bench.clock.sleep(60)
        stamp = bench.clock.now().isoformat()
        said = [{"id": 30 + number, "author": {"login": "ann"}, "body": "/hls retry", "created_at": stamp}]
        bench.issue(comments=said)
        bench.clock.sleep(60)
        model = ScriptedModel(model_reply("", stop_reason="refusal"))
        wake = trigger(7, "issue_comment", "created", is_pull=False, comment=30 + number)
        outcome = bench.shared(model, run=number + 1).answer(wake)
        assert len(model.requests) == (number <= 3), "within limits"
        again = bench.shared(ScriptedModel(), run=number + 10).answer(wake)
        assert (outcome.status, again.status) == ("failed" if number <= 3 else "skipped", "skipped")
    assert set(bench.records()) == {"issue/7"}, "asking for another try is no item"


def test_asking_for_another_try_where_nothing_failed_is_answered_without_claude(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    said = {"id": 31, "author": {"login": "ann"}, "body": "/hls Retry", "created_at": "2026-11-03T08:00:00+00:00"}
    bench.issue(
        comments=[{"id": 1, "author": {"login": LOGIN, "type": "Bot"}, "body": "<!-- hls:1 issue/7 -->\nYes."}, said]
    )
    outcome = bench.shared(ScriptedModel(), run=2).answer(
        trigger(7, "issue_comment", "created", is_pull=False, comment=31)
    )
    assert (outcome.status, outcome.reason.code, outcome.cost_usd) == ("done", "commanded", None)


def test_force_answers_again_in_the_place_of_the_earlier_reply(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    second = model_reply(json.dumps(answer_data(comment="Use 2.4.1.")))
    outcome = bench.shared(ScriptedModel(second), run=2).answer(trigger(retry=True, force=True))
    (body,) = bench.bodies()
    assert body.startswith("<!-- hls:1 issue/7 -->\nUse 2.4.1.")
    (record,) = bench.records().values()
    assert (outcome.status, record.state, record.comment_id) == ("done", "published", 1)
    assert record.cost_usd == Decimal("0.008")


def test_a_reply_that_github_denies_and_lists_is_not_written_twice(bench: Bench) -> None:
    """The new answer covers more than the old one, so that the old one's marker does not name all of it."""
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    (reply,) = bench.github.comments(ThreadId(7))
    ours = {"id": reply.id, "author": {"login": LOGIN, "type": "Bot"}, "body": reply.body}
    bench.issue(comments=[ours], labels=["hls"])
    bench.github.failing["update_comment"] = Fault("github", "status", "Not Found", 404)
    outcome = bench.shared(ScriptedModel(model_reply()), run=2).answer(trigger(retry=True, force=True))
    assert (outcome.status, len(bench.bodies())) == ("deferred", 1)
    del bench.github.failing["update_comment"]
    bench.clock.sleep(7_200)
    assert bench.shared(ScriptedModel(), run=3).answer(trigger(retry=True)).status == "done"
    assert [body.split("\n")[0] for body in bench.bodies()] == ["<!-- hls:1 issue/7 label/hls -->"]


def test_what_a_new_reply_leaves_out_was_withdrawn(bench: Bench) -> None:
    asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls on Windows too?"}
    bench.issue(comments=[asked])
    bench.shared(ScriptedModel(model_reply())).answer(trigger(7, "issue_comment", "created", is_pull=False, comment=31))
    (_, reply) = bench.github.comments(ThreadId(7))
    ours = {"id": reply.id, "author": {"login": LOGIN, "type": "Bot"}, "body": reply.body}
    bench.issue(comments=[ours])  # the question was deleted
    bench.shared(ScriptedModel(model_reply()), run=2).answer(trigger(retry=True, force=True))
    assert {key.split("@")[0]: record.state for key, record in bench.records().items()} == {
        "issue/7": "published",
        "comment/31": "skipped",
    }


def test_a_forced_run_does_not_redo_what_another_posted_meanwhile(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    first = bench.github.comments(ThreadId(7))[0]
    ours = {"id": first.id, "author": {"login": LOGIN, "type": "Bot"}, "body": first.body}
    asked = {"id": 31, "author": {"login": "bob"}, "body": "/hls on Windows too?"}
    bench.issue(comments=[ours, asked])
    wake = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
    bench.store.between = [lambda: bench.shared(ScriptedModel(model_reply()), run=2).answer(wake)]
    bench.shared(ScriptedModel(model_reply()), run=3).answer(trigger(retry=True, force=True))
    heads = [body.split("\n")[0].split("@")[0] for body in bench.bodies()]
    assert heads == ["<!-- hls:1 issue/7 -->", "/hls on Windows too?", "<!-- hls:1 comment/31"]


@pytest.mark.parametrize(
    ("reply", "changes"),
    [
        pytest.param(model_reply("", stop_reason="refusal"), {}, id="refused"),
        pytest.param(model_reply(), {"state": "closed"}, id="posting failed, then closed"),
    ],
)
def test_a_forced_answer_that_comes_to_nothing_leaves_the_item_answered(
    bench: Bench, reply: ModelReply, changes: dict[str, Any]
) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.failing["update_comment"] = Fault("github", "status", "Bad Gateway", 502)
    bench.shared(ScriptedModel(reply), run=2).answer(trigger(retry=True, force=True))
    (first,) = bench.github.comments(ThreadId(7))
    ours = {"id": first.id, "author": {"login": LOGIN, "type": "Bot"}, "body": first.body}
    bench.issue(comments=[ours], **changes)
    bench.clock.sleep(3_600)
    bench.github.failing.clear()
    bench.shared(ScriptedModel(), run=3).answer(OTHER_EVENT)
    assert (bench.records()["issue/7"].state, bench.records()["issue/7"].comment_id) == ("published", first.id)


@pytest.mark.parametrize("status", [502, 404, 410], ids=["down", "denied though it is there", "the same by 410"])
def test_a_forced_answer_that_could_not_be_posted_is_put_in_its_place_later(bench: Bench, status: int) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.failing["update_comment"] = Fault("github", "status", "No", status)
    second = model_reply(json.dumps(answer_data(comment="Use 2.4.1.")))
    outcome = bench.shared(ScriptedModel(second), run=2).answer(trigger(retry=True, force=True))
    assert outcome.status == "deferred"
    bench.github.failing.clear()
    bench.clock.sleep(3_600)
    assert bench.shared(ScriptedModel(), run=3).answer(trigger()).status == "done"
    (body,) = bench.bodies()
    assert body.startswith("<!-- hls:1 issue/7 -->\nUse 2.4.1.")


# ---- the state itself fails ----


@pytest.mark.parametrize(
    "error", [StateUnavailable("no answer"), StateForbidden("The job needs `permissions: contents: write`.")]
)
def test_without_the_state_no_call_is_made(bench: Bench, error: StateUnavailable) -> None:
    bench.store.failing = error
    model = ScriptedModel()
    outcome = bench.shared(model).answer(OPENED)
    assert (outcome.status, str(outcome.reason)) == ("failed", f"{error.code}: {error}")
    assert (model.requests, bench.bodies()) == ([], [])


def test_a_claim_that_cannot_be_written_is_no_claim(bench: Bench) -> None:
    bench.store.script = ["before"] * 6
    model = ScriptedModel()
    assert bench.shared(model).answer(OPENED).reason.code == "state-unavailable"
    assert (model.requests, bench.records()) == ([], {})


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("step", ["before", "after"])
def test_a_write_of_unknown_outcome_is_found_or_made_again(bench: Bench, place: int, step: str) -> None:
    bench.store.script = [*["ok"] * place, step]
    model = ScriptedModel(model_reply())
    assert bench.shared(model).answer(OPENED).status == "done"
    (record,) = bench.records().values()
    assert (record.state, record.tries, record.cost_usd) == ("published", 1, Decimal("0.004"))
    assert (len(model.requests), len(bench.bodies())) == (1, 1)


def test_an_answer_that_cannot_be_written_ahead_is_not_posted(bench: Bench) -> None:
    bench.store.script = ["ok", *["before"] * 6]
    outcome = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert (outcome.status, outcome.cost_usd, bench.bodies()) == ("failed", Decimal("0.004"), [])


def test_a_comment_that_stands_is_done_though_the_ledger_does_not_know_it_yet(bench: Bench) -> None:
    bench.store.script = ["ok", "ok", *["before"] * 6]
    outcome = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert (outcome.status, len(outcome.notes)) == ("done", 1)
    assert outcome.notes[0].startswith("posted, but not recorded:")
    bench.clock.sleep(LIFE.total_seconds())
    assert bench.shared(ScriptedModel(), run=2).answer(OTHER_EVENT).status == "skipped"
    assert bench.records()["issue/7"].state == "published"


def test_a_comment_that_stands_is_done_though_the_run_is_ended_while_it_records_that(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ring() -> None:
        raise DeadlineExceeded("the run took longer than 600 s")

    bench.store.between = [lambda: None, lambda: None, ring]
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).status == "done"


# ---- what GitHub says of a post ----


def test_done_means_that_the_comment_was_seen_with_its_marker(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that answers with something else than was posted: the comment is looked for, and found."""
    create = FlakyGitHub.create_comment
    monkeypatch.setattr(
        FlakyGitHub, "create_comment", lambda self, number, body: replace(create(self, number, body), body="Hello")
    )
    outcome = bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert (outcome.status, len(bench.bodies())) == ("done", 1)
