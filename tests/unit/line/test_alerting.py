"""Alerts: who is told what, once, whatever dies on the way; and the notice in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.claude.api import Claude
from hls_action.domain.alerts import MARKER
from hls_action.domain.budget.prices import Usage
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.thread import Comment, Thread
from hls_action.line.alert import TITLE
from hls_action.ports import ModelReply
from hls_action.reporting import report
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, model_reply
from tests.unit.adapters.loopback import Reply, serve
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import Bench

FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
BROKEN = Fault("github", "status", "Bad Gateway", 502)
MISSING = ModelReply("", "refusal", Usage(10, 1), "claude-sonnet-5-5", refusal="No")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.issue(100, state="closed")  # what HLS opens itself comes after it, and so apart from the tests' issues
    return bench


def spend(usd: float) -> ModelReply:
    """An answer that costs so much: output is 10 USD a million."""
    return model_reply(usage=Usage(0, int(usd * 100_000)))


def answer(bench: Bench, number: int, *script: ModelReply | Exception, **line: Any) -> Outcome:
    """To somebody who may spend all of the day."""
    bench.issue(number, author={"login": "maya", "association": "MEMBER"})
    return bench.shared(ScriptedModel(*script), number, **line).answer(
        trigger(number, "issues", "opened", is_pull=False)
    )


def alert_issue(bench: Bench) -> Thread:
    number = bench.ledger().alerts.issue
    assert number is not None
    return bench.github.thread(ThreadId(number))


def alert_comments(bench: Bench) -> list[Comment]:
    return list(bench.github.comments(alert_issue(bench).id))


# ---- the budget ----


def test_below_the_first_threshold_nobody_is_bothered(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    outcome = answer(bench, 7, spend(0.49))
    assert (outcome.alerts, bench.ledger().alerts.issue) == ((), None)
    assert bench.store.writes == 3


def test_a_threshold_opens_an_issue_and_says_so_on_the_run(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    outcome = answer(bench, 7, spend(0.5))
    told = "Claude has cost 0.50 USD today (2026-11-02): `budget.daily_usd` is 1 USD."
    assert outcome.alerts == (told,)
    issue = alert_issue(bench)
    assert (issue.title, issue.state, issue.body.split("\n")[:2]) == (TITLE, "open", [MARKER, f"- {told}"])
    assert alert_comments(bench) == [], "a new issue says it itself"
    assert "> [!WARNING]\n> Claude has cost 0.50 USD today" in report.summary(outcome)


def test_each_threshold_is_told_once_and_in_the_same_issue(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    heard = [answer(bench, number, spend(usd)).alerts for number, usd in ((7, 0.5), (8, 0.1), (9, 0.21), (10, 0.01))]
    assert [len(alerts) for alerts in heard] == [1, 0, 1, 0]
    (comment,) = alert_comments(bench)
    assert comment.body == "\n".join(["<!-- hls:1 alert/daily_usd.2026-11-02.80 -->", *heard[2]])
    assert "0.81 USD" in alert_issue(bench).body


def test_a_call_that_was_not_made_counts_as_all_of_the_budget(bench: Bench) -> None:
    """Reservations keep what was spent below the cap, so that a share of it is never quite all."""
    bench.configure("budget: {daily_usd: 0.2}\nalerts: {at: [100]}")
    assert answer(bench, 7, spend(0.15)).alerts == ()
    outcome = answer(bench, 8)
    assert outcome.status == "deferred"
    assert outcome.alerts[0].endswith("`budget.daily_usd` is 0.2 USD. 1 call was not made because of this cap.")


def test_the_month_has_thresholds_of_its_own(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 100, monthly_usd: 1}")
    (alert,) = answer(bench, 7, spend(0.9)).alerts
    assert alert == "Claude has cost 0.90 USD this month (2026-11): `budget.monthly_usd` is 1 USD."


def test_the_issue_is_closed_when_the_period_is_over_and_opened_again_when_there_is_news(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    answer(bench, 7, spend(0.6))
    first = alert_issue(bench)
    bench.clock.sleep(86_400)
    sweep(bench.shared(ScriptedModel(), 70), scheduled=True)
    assert (alert_issue(bench).state, alert_issue(bench).number) == ("closed", first.number)
    assert "Nothing to report." in alert_issue(bench).body
    answer(bench, 8, spend(0.6))
    assert (alert_issue(bench).state, alert_issue(bench).number) == ("open", first.number)
    assert len(alert_comments(bench)) == 1
    assert "2026-11-03" in alert_issue(bench).body


def test_no_run_takes_the_issue_for_somebodys_question(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    answer(bench, 7, spend(0.6))
    outcome = sweep(bench.shared(ScriptedModel(), 70), scheduled=True)
    assert {part.number: part.status for part in outcome.parts}[alert_issue(bench).number] == "skipped"


# ---- errors ----


def test_failed_items_are_told_when_there_are_enough_of_them(bench: Bench) -> None:
    bench.configure("alerts: {failed: 3, error_rate: 0}")
    heard = [answer(bench, number, MISSING).alerts for number in (7, 8, 9, 10)]
    assert heard == [(), (), ("3 items failed today (2026-11-02) and need a person.",), ()]


def test_a_rate_of_errors_is_told_when_it_says_something(bench: Bench) -> None:
    bench.configure("alerts: {failed: 0, error_rate: 40}")
    script = [MISSING, MISSING, model_reply(), model_reply(), model_reply()]
    heard = [answer(bench, 7 + place, reply).alerts for place, reply in enumerate(script)]
    assert heard[:4] == [()] * 4, "of four items a rate says nothing"
    assert heard[4] == ("2 of 5 items failed or were deferred today (2026-11-02).",)


def test_what_waits_for_a_cap_is_no_error(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.2}\nalerts: {failed: 1, error_rate: 1, at: []}")
    answer(bench, 7, spend(0.15))
    assert [answer(bench, number).alerts for number in range(8, 14)] == [()] * 6


# ---- a Claude account that is spent ----

SPENT = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "You have reached your specified API usage limits. "
        "You will regain access on 2026-11-20 at 00:00 UTC.",
    },
}


def test_a_spent_account_is_told_once_and_turns_nothing_red(bench: Bench) -> None:
    """By the real adapter, with the answer that the API's documents show."""
    with serve() as server:
        server.on("/v1/messages", Reply(SPENT, 400))
        outcomes = []
        for number in (7, 8, 9, 10, 11):
            bench.issue(number)
            run = replace(bench.shared(ScriptedModel(), number), model=lambda: Claude(server.url, api_key="sk-test"))
            outcomes.append(run.answer(trigger(number, "issues", "opened", is_pull=False)))
        assert len(server.asked) == len(outcomes), "nothing is asked twice"
    assert {outcome.status for outcome in outcomes} == {"deferred"}
    assert [len(outcome.alerts) for outcome in outcomes] == [1, 0, 0, 0, 0]
    (told,) = outcomes[0].alerts
    assert told.startswith(
        "1 item waits because the Claude account is out of credit: add credit or raise the spend limit in"
    )
    assert told.endswith("or wait: HLS will retry automatically at 2026-11-20 00:00 UTC.")
    assert "5 items wait" not in alert_issue(bench).body, "the issue says what was so when it was opened"
    records = [bench.records(number)[f"issue/{number}"] for number in (7, 8, 9, 10, 11)]
    assert {(r.state, r.tries, f"{r.until:%m-%d %H:%M}") for r in records} == {("deferred", 0, "11-20 00:00")}
    assert "; add credit or raise the spend limit" in outcomes[0].reason.detail
    bench.clock.sleep(timedelta(days=18).total_seconds())
    assert answer(bench, 7, model_reply()).status == "done"


# ---- webhooks ----


def test_a_webhook_is_told_the_same(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}\nalerts: {issue: false}")
    said: list[str] = []

    def webhook(text: str) -> str:
        said.append(text)
        return "it answered 500"

    outcome = answer_with(bench, webhook, 7, spend(0.5))
    assert said == [f"HLS, o/r: {outcome.alerts[0]}"]
    assert outcome.notes == ("the alert webhook failed: it answered 500",)
    assert bench.ledger().alerts.issue is None
    assert answer_with(bench, webhook, 8, spend(0.1)).alerts == ()


def answer_with(bench: Bench, webhook: Callable[[str], str], number: int, *script: ModelReply) -> Outcome:
    bench.issue(number)
    line = bench.shared(ScriptedModel(*script), number, webhook=webhook)
    return line.answer(trigger(number, "issues", "opened", is_pull=False))


# ---- what goes wrong ----


def test_what_people_cannot_be_told_now_is_told_by_the_next_run(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    bench.github.failing["create_issue"] = BROKEN
    outcome = answer(bench, 7, spend(0.5))
    assert (outcome.status, outcome.alerts) == ("done", ())
    assert outcome.notes[0].startswith("alerts are left to a later run: GitHub answered 502")
    del bench.github.failing["create_issue"]
    assert len(answer(bench, 8, spend(0.1)).alerts) == 1


def test_without_the_permission_it_is_said_on_the_run_and_not_tried_all_day(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    bench.github.failing["create_issue"] = FORBIDDEN
    outcome = answer(bench, 7, spend(0.5))
    assert len(outcome.alerts) == 1
    assert outcome.notes[0].startswith(
        "the alert issue could not be written: the job needs 'permissions: issues: write'"
    )
    assert (answer(bench, 8, spend(0.1)).notes, answer(bench, 9, spend(0.01)).alerts) == ((), ())


def test_an_issue_that_was_opened_though_the_answer_was_lost_is_found(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    bench.github.failing_after["create_issue"] = BROKEN
    assert len(answer(bench, 7, spend(0.5)).alerts) == 1
    assert bench.github.own_issue(MARKER) == alert_issue(bench).number
    assert not (bench.root / "threads" / f"{alert_issue(bench).number + 1}.json").exists()


class Killed(BaseException):
    """The process is gone."""


def test_a_run_that_died_while_telling_is_followed_by_one_that_tells_once(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    answer(bench, 7, spend(0.5))

    def die() -> None:
        raise Killed

    bench.github.after_post = lambda: die() if bench.ledger().alerts.by else None
    with pytest.raises(Killed):
        answer(bench, 8, spend(0.31))
    bench.github.after_post = None
    assert len(alert_comments(bench)) == 1
    assert answer(bench, 9, spend(0.01)).alerts == (), "the dead run has it to itself for a while"
    bench.clock.sleep(timedelta(minutes=10).total_seconds())
    assert len(answer(bench, 10, spend(0.01)).alerts) == 1
    assert len(alert_comments(bench)) == 1


def test_a_deleted_issue_is_replaced(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    answer(bench, 7, spend(0.5))
    (bench.root / "threads" / f"{alert_issue(bench).number}.json").unlink()
    assert len(answer(bench, 8, spend(0.31)).alerts) == 1
    assert alert_issue(bench).state == "open"


def test_an_issue_that_github_denies_and_lists_is_not_opened_twice(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    answer(bench, 7, spend(0.5))
    before = alert_issue(bench)
    bench.github.failing["update_issue"] = Fault("github", "status", "Not Found", 404)
    outcome = answer(bench, 8, spend(0.31))
    assert outcome.notes[0].startswith("alerts are left to a later run: GitHub answered 404")
    bench.github.failing.clear()
    bench.clock.sleep(timedelta(minutes=10).total_seconds())
    assert len(answer(bench, 10, spend(0.01)).alerts) == 1
    assert alert_issue(bench).number == before.number


def test_without_a_ledger_nobody_is_told(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    assert bench.answer(ScriptedModel(spend(0.9))).alerts == ()
    assert bench.github.own_issue(MARKER) is None


def test_a_reply_is_safe_whatever_becomes_of_alerts(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}")
    bench.store.script = ["ok", "ok", "ok", *["before"] * 6]
    outcome = answer(bench, 7, spend(0.5))
    assert (outcome.status, len(bench.bodies())) == ("done", 1)
    assert outcome.notes[0].startswith("alerts are left to a later run:")


# ---- the notice in a thread ----


def ask(bench: Bench, number: int, *script: ModelReply, **line: Any) -> Outcome:
    """An issue that is addressed to HLS."""
    bench.issue(number, body=f"/hls why?\n\n{BODY}")
    return bench.shared(ScriptedModel(*script), number, **line).answer(
        trigger(number, "issues", "opened", is_pull=False)
    )


def ask_below(bench: Bench, number: int, comment: int, *script: ModelReply) -> Outcome:
    """Somebody asks another question in the thread."""
    kept = [
        vars(c) | {"author": vars(c.author), "created_at": str(c.created_at), "updated_at": ""}
        for c in bench.github.comments(ThreadId(number))
    ]
    asked = {"id": comment, "author": {"login": "bob"}, "body": f"/hls and {comment}?"}
    bench.issue(number, comments=[*kept, asked])
    wake = trigger(number, "issue_comment", "created", is_pull=False, comment=comment)
    return bench.shared(ScriptedModel(*script), comment).answer(wake)


def notices(bench: Bench, number: int) -> list[str]:
    return [body for body in bench.bodies(number) if body.startswith("<!-- hls:1 notice/")]


def test_who_asks_is_told_once_until_when_a_cap_keeps_the_answer_back(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.2}\nalerts: {issue: false}")
    answer(bench, 7, spend(0.15))
    assert ask(bench, 8).status == "deferred"
    (notice,) = notices(bench, 8)
    assert notice.split("\n")[0] == "<!-- hls:1 notice/8 -->"
    assert "so there is no answer here yet. HLS will try again after 2026-11-03 00:00 UTC.\n\n<sub>HLS posted" in notice
    assert ask_below(bench, 8, 31).status == "deferred"
    assert len(notices(bench, 8)) == 1, "what the thread was told still holds"
    bench.clock.sleep(86_400)
    assert sweep(bench.shared(ScriptedModel(model_reply()), 90), scheduled=True).status == "done"
    assert len(bench.bodies(8)) == 3


def test_a_question_that_waits_longer_is_not_told_again_and_a_new_one_is(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.2}\nalerts: {issue: false}")
    answer(bench, 7, spend(0.15))
    ask(bench, 8)
    bench.clock.sleep(86_400)
    answer(bench, 9, spend(0.15))
    retried = bench.shared(ScriptedModel(), 90).answer(Trigger((ThreadId(8),)))
    assert (retried.status, len(notices(bench, 8))) == ("deferred", 1)
    assert ask_below(bench, 8, 31).status == "deferred"
    assert [body.count("after 2026-11-04 00:00 UTC") for body in notices(bench, 8)] == [0, 1]


@pytest.mark.parametrize("config", ["", ", notice: true"], ids=["by default", "wanted"])
def test_what_nobody_asked_for_is_put_off_in_silence(bench: Bench, config: str) -> None:
    bench.configure(f"budget: {{daily_usd: 0.2{config}}}\nalerts: {{issue: false}}")
    answer(bench, 7, spend(0.15))
    assert (answer(bench, 8).status, bench.bodies(8)) == ("deferred", [])


NOT_AGAIN = "HLS will not try again on its own; comment `/hls retry` to request another try."


@pytest.mark.parametrize(
    ("budget", "state", "told"),
    [
        pytest.param(
            "daily_usd: 0.2", "deferred", "HLS will try again after 2026-11-03 00:00 UTC.", id="until tomorrow"
        ),
        pytest.param("daily_usd: 0.2, at_cap: [skip]", "skipped", NOT_AGAIN, id="wanted so"),
        pytest.param("daily_usd: 0.01", "failed", NOT_AGAIN, id="one call costs more than a day may"),
        pytest.param("per_call_usd: 0.01", "failed", NOT_AGAIN, id="one call costs more than a call may"),
        pytest.param("per_thread_usd: 0.2, daily_usd: 5", "deferred", "", id="no cap is reached"),
    ],
)
def test_a_notice_says_what_becomes_of_it(bench: Bench, budget: str, state: str, told: str) -> None:
    bench.configure(f"budget: {{{budget}}}\nalerts: {{issue: false}}")
    answer(bench, 7, spend(0.15))
    outcome = ask(bench, 8, *(() if told else (model_reply(),)))
    said = [f"{told}\n\n<sub>HLS posted this by itself" in body for body in notices(bench, 8)]
    assert said == ([True] if told else [])
    if told:
        assert {record.state for record in bench.records(8).values() if not record.key.startswith("notice/")} == {state}
    assert outcome.green == (state != "failed")


def test_where_the_maintainers_want_none_nobody_is_told_of_a_cap(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.2, notice: false}\nalerts: {issue: false}")
    answer(bench, 7, spend(0.15))
    assert ask(bench, 8).status == "deferred"
    assert bench.bodies(8) == []


def test_a_notice_that_cannot_be_posted_changes_nothing(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.2}\nalerts: {issue: false}")
    answer(bench, 7, spend(0.15))
    bench.github.script_posts = [FORBIDDEN]
    outcome = ask(bench, 8)
    assert outcome.status == "deferred"
    assert outcome.notes[0].startswith(
        "the notice in the thread could not be posted: the job needs 'permissions: issues: write'"
    )


# ---- a sweep that no longer comes ----


def swept(bench: Bench, run: int, *script: ModelReply) -> Outcome:
    return sweep(bench.shared(ScriptedModel(*script), run), scheduled=True)


def after(bench: Bench, **time: int) -> None:
    bench.clock.sleep(timedelta(**time).total_seconds())


def test_a_sweep_that_no_longer_comes_is_told_once_a_month_by_whatever_run_answers(bench: Bench) -> None:
    bench.issue(state="closed")
    swept(bench, 1)
    after(bench, days=2, hours=23)
    assert answer(bench, 7, model_reply()).alerts == ()
    after(bench, hours=1)
    (told,) = answer(bench, 8, model_reply()).alerts
    assert told.startswith("Re-enable the scheduled workflow in the Actions tab, or dispatch it manually: no sweep ")
    assert "since 2026-11-02 09:00 UTC (3 days)" in told
    assert alert_issue(bench).state == "open"
    assert answer(bench, 9, model_reply()).alerts == ()
    after(bench, days=30)
    assert len(answer(bench, 10, model_reply()).alerts) == 1


def test_a_sweep_that_comes_late_is_not_told_that_none_came(bench: Bench) -> None:
    bench.issue(state="closed")
    swept(bench, 1)
    after(bench, days=5)
    now = bench.clock.now().isoformat()
    bench.issue(8, created_at=now, updated_at=now)
    outcome = swept(bench, 2, model_reply())
    assert (outcome.status, outcome.alerts) == ("done", ())
    assert answer(bench, 9, model_reply()).alerts == ()


@pytest.mark.parametrize("settings", ["", "alerts: {sweep_days: 0}"])
def test_nobody_misses_a_sweep_that_never_was_or_is_not_wanted(bench: Bench, settings: str) -> None:
    bench.configure(settings)
    bench.issue(state="closed")
    if settings:
        swept(bench, 1)
    else:
        answer(bench, 8, model_reply())
    after(bench, days=9)
    assert answer(bench, 7, model_reply()).alerts == ()


def test_looking_for_a_missing_sweep_takes_no_request(bench: Bench) -> None:
    bench.issue(state="closed")
    swept(bench, 1)
    calls = []
    for number in (8, 9, 10):
        after(bench, days=4 * (number - 8))
        bench.configure("alerts: {sweep_days: 2, issue: false}")
        bench.github.calls.clear()
        answer(bench, number, model_reply())
        calls.append(sorted(bench.github.calls))
    assert calls[0] == calls[1] == calls[2]
