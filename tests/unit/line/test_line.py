"""The whole line on a folder in place of GitHub, with a model that follows a script."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hls_action import data
from hls_action.adapters.github.folder import LOGIN
from hls_action.config import hls_yml
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import ConfigError
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.tasks.answer import SCHEMA
from hls_action.domain.threads.items import marked_keys
from hls_action.domain.threads.thread import Label
from hls_action.ports import StopReason
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.line_bench import OPENED, Bench

OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


# ---- the straight line ----


def test_an_issue_is_answered(bench: Bench) -> None:
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model)
    (body,) = bench.bodies()
    assert body.startswith("<!-- hls:1 issue/7 -->\nThe folder is missing.")
    assert "Written by Claude (`claude-sonnet-5-5`)" in body
    assert bench.github.thread(ThreadId(7)).labels == ("bug",)
    assert (outcome.status, str(outcome.reason), outcome.number) == ("done", "answered: the issue", 7)
    assert (outcome.labels, outcome.comment_url) == (("bug",), bench.github.comments(ThreadId(7))[0].url)
    assert (outcome.model, outcome.usage) == ("claude-sonnet-5-5", Usage(1_000, 200))
    assert outcome.cost_usd == Decimal("0.004")  # 1,000 at 2 USD and 200 at 10 USD a million
    (request,) = model.requests
    assert (request.model, request.max_tokens, request.schema) == ("claude-sonnet-5-5", 8_000, SCHEMA)
    assert "\n1. bug: It fails\n2. question\n" in request.prompt.user[-1].text


def test_a_second_run_finds_the_answer_and_asks_nothing(bench: Bench) -> None:
    first = bench.answer(ScriptedModel(model_reply()))
    model = ScriptedModel()
    second = bench.answer(model)
    assert (second.status, second.comment_url) == ("skipped", first.comment_url)
    assert second.reason.code == "already-answered"
    assert (second.cost_usd, model.requests, len(bench.bodies())) == (None, [], 1)


def test_everything_open_gets_one_reply(bench: Bench) -> None:
    comments = [{"id": n, "author": {"login": "bob"}, "body": f"/hls question {n}"} for n in (31, 32)]
    bench.issue(comments=comments)
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model, trigger(7, "issue_comment", "created", is_pull=False))
    assert [key.split("@")[0] for key in sorted(marked_keys(bench.bodies()[-1]))] == [
        "comment/31",
        "comment/32",
        "issue/7",
    ]
    assert (len(outcome.items), len(model.requests)) == (3, 1)


def test_a_pull_request_is_reviewed_with_its_files(bench: Bench) -> None:
    files = [{"path": "a.py", "patch": "+print('x')"}]
    bench.issue(pull={"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": files})
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model, trigger(7, "pull_request", "opened", is_pull=True))
    assert marked_keys(bench.bodies()[0]) == {f"pull/{SHA}"}
    assert "+print('x')" in model.requests[0].prompt.user[0].text
    assert (outcome.labels, outcome.dropped_labels) == ((), ("number 1",)), "no list of labels was configured"


def test_a_dry_run_writes_nothing(bench: Bench) -> None:
    before = bench.github.thread(ThreadId(7))
    outcome = bench.answer(ScriptedModel(model_reply()), dry_run=True)
    assert (outcome.status, outcome.dry_run, outcome.comment_url) == ("done", True, "")
    assert str(outcome.reason) == "dry-run: an answer to the issue was written but not posted"
    assert outcome.body.startswith("<!-- hls:1 issue/7 -->\nThe folder is missing.")
    assert outcome.cost_usd == Decimal("0.004")
    assert (bench.github.thread(ThreadId(7)), bench.bodies()) == (before, [])


@pytest.mark.parametrize(
    ("config", "proposed", "labels", "dropped"),
    [
        pytest.param("", [1, 99], ("bug",), ("number 99",), id="those of the repository"),
        pytest.param("labels: {allow: [question, new]}", [1, 3], ("new",), ("number 3",), id="those configured"),
        pytest.param("labels: {allow: []}", [1], (), ("number 1",), id="none"),
        pytest.param("labels: {allow: [HLS, new]}", [1, 2], ("new",), ("number 2",), id="not those of HLS itself"),
    ],
)
def test_only_allowed_labels_are_set(
    bench: Bench, config: str, proposed: list[int], labels: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    bench.configure(config)
    outcome = bench.answer(ScriptedModel(model_reply(json.dumps(answer_data(labels=proposed)))))
    assert (outcome.labels, outcome.dropped_labels) == (labels, dropped)
    assert bench.github.thread(ThreadId(7)).labels == labels


def test_a_reply_to_a_comment_needs_no_list_of_labels(bench: Bench) -> None:
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}])
    bench.github.failing["labels"] = Fault("github", "status", "Forbidden", 403)
    outcome = bench.answer(ScriptedModel(model_reply()), trigger(7, "issue_comment", "created", is_pull=False))
    assert (outcome.status, outcome.labels, outcome.dropped_labels) == ("done", (), ("number 1",))
    assert {item.kind for item in outcome.items} == {"issue", "comment"}


def test_no_answer_sets_a_label_that_starts_or_mutes_hls_or_moves_another_machine(bench: Bench) -> None:
    names = ("hls", "HLS-ignore", "hls-waiting", "ok-to-test", "zoo")
    bench.github.store_labels(tuple(Label(name) for name in names))
    everything = answer_data(labels=list(range(1, 10)))
    outcome = bench.answer(ScriptedModel(model_reply(json.dumps(everything))))
    assert outcome.labels == bench.github.thread(ThreadId(7)).labels == ("zoo",)


@pytest.mark.parametrize(
    ("number", "body", "posted"),
    [
        pytest.param(12, "It crashes as in #12, though the folder is there and may be written to.", True, id="named"),
        pytest.param(12, BODY, False, id="not named"),
        pytest.param(7, "It crashes, see #7, which is this one. The folder may be written to.", False, id="its own"),
        pytest.param(
            10**60, f"It crashes as in #{10**60}, though the folder may be written to.", False, id="no number"
        ),
    ],
)
def test_a_duplicate_is_posted_only_when_the_thread_names_it(
    bench: Bench, number: int, body: str, posted: bool
) -> None:
    bench.issue(body=body)
    outcome = bench.answer(ScriptedModel(model_reply(json.dumps(answer_data(possible_duplicate_of=number)))))
    assert (outcome.status, len(outcome.notes)) == ("done", 0 if posted else 1)
    assert ("Possibly the same as" in bench.bodies()[0]) is posted


def test_the_shorter_request_names_only_what_it_shows(bench: Bench) -> None:
    bench.configure("inference_geo: global\nbudget: {per_call_usd: 0.155, at_cap: [shorter_context, defer]}")
    bench.issue(body="x" * 5_000 + " #12 " + "é" * 5_000)
    model = ScriptedModel(model_reply(json.dumps(answer_data(possible_duplicate_of=12))))
    outcome = bench.answer(model)
    assert "#12" not in model.requests[0].prompt.user[0].text
    assert (outcome.status, len(outcome.notes)) == ("done", 1)


def test_settings_reach_the_request(bench: Bench) -> None:
    bench.configure("model: claude-opus-5-5\neffort: low\nmax_tokens: 1000")
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model)
    (request,) = model.requests
    assert (request.model, request.effort, request.max_tokens) == ("claude-opus-5-5", "low", 1_000)
    assert outcome.cost_usd == Decimal("0.008")


def test_the_kind_of_the_newest_item_decides_how_it_is_answered(bench: Bench) -> None:
    bench.configure("kinds:\n  comment: {model: claude-haiku-5-5, effort: high, max_tokens: 500}")
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}])
    model = ScriptedModel(model_reply(model="claude-haiku-5-5"))
    outcome = bench.answer(model, trigger(7, "issue_comment", "created", is_pull=False))
    (request,) = model.requests
    assert (request.model, request.effort, request.max_tokens) == ("claude-haiku-5-5", "high", 500)
    assert outcome.cost_usd == Decimal("0.0002")


# ---- what must not be posted ----


@pytest.mark.parametrize(
    ("text", "stop_reason", "code"),
    [
        pytest.param("", "refusal", "model-refused", id="refused"),
        pytest.param('{"comment": "He', "max_tokens", "answer-truncated", id="cut off"),
        pytest.param("{}", "model_context_window_exceeded", "answer-truncated", id="context full"),
        pytest.param("{}", "", "answer-truncated", id="connection lost"),
        pytest.param("{}", "tool_use", "answer-rejected", id="wants a tool"),
        pytest.param(" ", "end_turn", "answer-invalid", id="empty"),
        pytest.param("Sure! Here is the answer.", "end_turn", "answer-invalid", id="no JSON"),
        pytest.param("[]", "end_turn", "answer-invalid", id="a list"),
        pytest.param(json.dumps(answer_data(comment="")), "end_turn", "answer-invalid", id="nothing to say"),
        pytest.param(json.dumps(answer_data(comment="&#8203;")), "end_turn", "answer-invalid", id="nothing to see"),
        pytest.param("[" * 100_000, "end_turn", "answer-invalid", id="deeply nested"),
    ],
)
def test_an_answer_that_must_not_be_posted(bench: Bench, text: str, stop_reason: StopReason, code: str) -> None:
    outcome = bench.answer(ScriptedModel(model_reply(text, stop_reason=stop_reason)))
    assert (outcome.status, outcome.reason.code, outcome.number) == ("failed", code, 7)
    assert (outcome.usage, outcome.cost_usd) == (Usage(1_000, 200), Decimal("0.004")), "it was paid all the same"
    assert (bench.bodies(), bench.github.thread(ThreadId(7)).labels) == ([], ())


def test_the_models_own_words_for_a_refusal_are_kept(bench: Bench) -> None:
    outcome = bench.answer(ScriptedModel(model_reply("", stop_reason="refusal", refusal="Unsafe.")))
    assert str(outcome.reason) == "model-refused: Claude declined to answer this thread (Unsafe.)"


def test_a_call_that_could_break_the_budget_is_not_made(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 5, monthly_usd: 0.01}")
    model = ScriptedModel()
    outcome = bench.answer(model)
    assert re.fullmatch(
        r"budget: .*raise `budget\.monthly_usd`, which is 0\.01 USD, or .*: a call could cost 0\.\d{4} USD",
        str(outcome.reason),
    )
    assert (outcome.cost_usd, model.requests, bench.bodies()) == (None, [], [])


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param(Fault("claude", "timeout", "slow"), "failed", id="nobody knows whether it was billed"),
        pytest.param(Fault("claude", "connection", "reset"), "failed", id="nor here"),
        pytest.param(Fault("claude", "unreachable", "refused"), "done", id="nothing was sent"),
        pytest.param(Fault("claude", "status", "Overloaded", 529), "done", id="an error is not billed"),
    ],
)
def test_a_call_that_may_have_been_billed_counts(bench: Bench, fault: Fault, status: str) -> None:
    bench.configure("max_tokens: 6000\nbudget: {daily_usd: 0.15}")  # one call could cost between 0.06 and 0.1 USD
    model = ScriptedModel(UpstreamError(fault), model_reply())
    outcome = bench.answer(model)
    assert outcome.status == status
    if status == "failed":
        assert re.match(
            r"budget: raise `budget.daily_usd`, .*: a call could cost (0\.\d+) USD after \1 USD", str(outcome.reason)
        )
        assert (len(model.requests), bench.bodies()) == (1, [])


def test_one_budget_for_all_threads_of_a_run(bench: Bench) -> None:
    bench.issue(8)
    bench.configure("budget: {daily_usd: 1}")
    line = bench.line(ScriptedModel(model_reply(usage=Usage(output=95_000)), model_reply()))
    assert line.answer(OPENED).status == "done"
    second = line.answer(trigger(8, "issues", "opened", is_pull=False))
    assert (second.status, second.cost_usd, bench.bodies(8)) == ("failed", None, [])
    assert "raise `budget.daily_usd`, which is 1 USD, or" in second.reason.detail


def test_a_sample_is_never_posted_to_a_real_repository(bench: Bench) -> None:
    bench.github.is_real = True
    outcome = bench.answer(ScriptedModel(model_reply(synthetic=True)))
    assert outcome.reason.code == "synthetic-answer"
    assert (bench.bodies(), bench.github.thread(ThreadId(7)).labels) == ([], ())


def test_a_sample_in_a_folder_says_what_it_is(bench: Bench) -> None:
    outcome = bench.answer(ScriptedModel(model_reply(synthetic=True)))
    assert (outcome.status, outcome.synthetic) == ("done", True)
    assert "Offline sample, not an answer." in bench.bodies()[0]


# ---- what is left alone ----


@pytest.mark.parametrize(
    ("changes", "code"), [({"state": "closed"}, "closed"), ({"locked": True}, "locked"), ({"body": "x"}, "too-short")]
)
def test_a_thread_that_needs_no_answer(bench: Bench, changes: dict[str, Any], code: str) -> None:
    bench.issue(**changes)
    model = ScriptedModel()
    outcome = bench.answer(model)
    assert (outcome.status, outcome.reason.code, model.requests) == ("skipped", code, [])


def test_an_event_that_is_switched_off(bench: Bench) -> None:
    bench.configure("events: {issues: [reopened]}")
    outcome = bench.answer(ScriptedModel())
    assert (outcome.status, outcome.reason.code) == ("skipped", "event-off")
    assert bench.answer(ScriptedModel(model_reply()), trigger(7, "issues", "reopened", is_pull=False)).status == "done"


def test_a_sweep_leaves_what_is_switched_off_alone(bench: Bench) -> None:
    bench.configure("events: {issues: []}")
    model = ScriptedModel()
    assert bench.answer(model, trigger()).status == "skipped"
    assert model.requests == []


def test_a_thread_that_is_gone(bench: Bench) -> None:
    outcome = bench.answer(ScriptedModel(), trigger(99))
    assert (outcome.status, outcome.reason.code, outcome.number) == ("skipped", "thread-unavailable", 99)


def test_a_thread_that_is_locked_meanwhile(bench: Bench) -> None:
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.issue(locked=True))
    outcome = bench.answer(model)
    assert (outcome.status, str(outcome.reason)) == ("skipped", "thread-unavailable: the conversation is locked")
    assert (outcome.number, outcome.cost_usd, bench.bodies()) == (7, Decimal("0.004"), [])


# ---- pull requests that are pushed to ----

PUSHED: dict[str, Any] = {"pull": {"head_sha": "e" * 40, "head_ref": "fix", "base_ref": "main"}}


@pytest.mark.parametrize(
    ("config", "wake", "status"),
    [
        pytest.param("", trigger(7, "pull_request", "synchronize", is_pull=True), "done", id="woken by the push"),
        pytest.param("", trigger(7, "issue_comment", "created", is_pull=True), "skipped", id="by a comment"),
        pytest.param("", trigger(), "skipped", id="by a sweep"),
        pytest.param("events: {pull_request: [opened]}", trigger(), "skipped", id="pushes switched off"),
        pytest.param("events: {pull_request: [opened, synchronize]}", trigger(), "done", id="every push is wanted"),
        pytest.param(
            "events: {pull_request: [synchronize]}",
            trigger(7, "issue_comment", "created", is_pull=True),
            "done",
            id="every push is wanted, and a comment finds one",
        ),
    ],
)
def test_a_head_pushed_after_a_reviewed_one(bench: Bench, config: str, wake: Trigger, status: str) -> None:
    bench.configure(config)
    bench.issue(**PUSHED, comments=[OURS | {"body": f"<!-- hls:1 pull/{SHA} -->\nFine."}])
    outcome = bench.answer(ScriptedModel(model_reply()), wake)
    assert outcome.status == status, outcome.reason
    assert len(bench.bodies()) == (2 if status == "done" else 1)


SINCE = [{"path": "b.py", "patch": "@@ -1 +1 @@\n-new\n+newer"}]
ALL = [{"path": "a.py", "patch": "@@ -0,0 +1 @@\n+old news"}, {"path": "b.py", "patch": "@@ -0,0 +1 @@\n+newer"}]
BY_PUSH = trigger(7, "pull_request", "synchronize", is_pull=True)


def review(
    bench: Bench, wake: Trigger = BY_PUSH, *, ahead: bool = True, comments: Sequence[dict[str, Any]] = ()
) -> str:
    """What Claude is sent about a pull request whose first head was reviewed."""
    reviewed = OURS | {"body": f"<!-- hls:1 pull/{SHA} -->\nFine."}
    bench.issue(**PUSHED | {"pull": PUSHED["pull"] | {"files": ALL}}, comments=[reviewed, *comments])
    if ahead:
        bench.changes(SHA, "e" * 40, SINCE)
    model = ScriptedModel(model_reply())
    assert bench.answer(model, wake).status == "done"
    (request,) = model.requests
    return "\n".join(block.text for block in request.prompt.user)


def test_of_a_push_only_what_changed_since_the_last_review_is_sent(bench: Bench) -> None:
    sent = review(bench)
    assert "+newer" in sent
    assert "old news" not in sent
    assert f'<diff since="{SHA[:12]}" files="1">' in sent
    assert f"reviews it at commit {SHA[:12]}, and the diff shows only what changed since" in sent


def test_of_a_head_that_does_not_build_on_the_reviewed_one_everything_is_sent(bench: Bench) -> None:
    sent = review(bench, ahead=False)
    assert "old news" in sent
    assert '<diff base="main" files="2">' in sent
    assert f"- the pull request at commit {'e' * 12}: review the change" in sent


def test_whoever_asks_about_a_pull_request_may_mean_any_part_of_it(bench: Bench) -> None:
    asked = {"id": 32, "author": {"login": "bob"}, "body": "/hls what of a.py?"}
    sent = review(bench, trigger(7, "issue_comment", "created", is_pull=True, comment=32), comments=[asked])
    assert "old news" in sent


def test_a_review_that_is_ordered_anew_is_of_everything(bench: Bench) -> None:
    assert "old news" in review(bench, trigger(force=True))


# ---- other runs ----

OURS: dict[str, Any] = {"id": 31, "author": {"login": LOGIN, "type": "Bot"}, "body": "<!-- hls:1 issue/7 -->\nYes."}


@pytest.mark.parametrize(
    "wake",
    [
        pytest.param(trigger(7, "issues", "edited", is_pull=False), id="another event"),
        pytest.param(replace(OPENED, repeated=True), id="the same event, run again"),
    ],
)
def test_a_count_of_comments_that_lags_is_not_believed(bench: Bench, wake: Trigger) -> None:
    bench.github.stale_count = True
    bench.issue(comments=[OURS])
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model, wake)
    assert (outcome.status, outcome.reason.code) == ("skipped", "already-answered")
    assert (model.requests, len(bench.bodies())) == ([], 1)


@pytest.mark.parametrize(
    ("wake", "status"),
    [
        (OPENED, "done"),
        (trigger(7, "issues", "labeled", is_pull=False), "failed"),
        (trigger(7, "pull_request", "opened", is_pull=False), "failed"),
        (replace(OPENED, repeated=True), "failed"),
        (trigger(7, "issue_comment", "created", is_pull=False), "failed"),
        (trigger(), "failed"),
    ],
)
def test_only_of_an_issue_just_opened_no_comments_are_listed(bench: Bench, wake: Trigger, status: str) -> None:
    bench.github.failing["comments"] = Fault("github", "status", "Forbidden", 403)
    assert bench.answer(ScriptedModel(model_reply()), wake).status == status


def test_an_opened_thread_that_shows_comments_has_them_listed(bench: Bench) -> None:
    bench.issue(comments=[OURS])
    assert bench.answer(ScriptedModel()).reason.code == "already-answered"


def test_who_wrote_a_marker_is_asked_until_it_is_known(bench: Bench) -> None:
    bench.issue(comments=[OURS])
    bench.github.hiccups["is_own"] = 2
    outcome = bench.answer(ScriptedModel(), trigger())
    assert (outcome.status, outcome.reason.code) == ("skipped", "already-answered")
    assert len(bench.clock.slept) == 2


def test_a_re_run_drops_its_reply_when_another_run_was_faster(bench: Bench) -> None:
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.issue(comments=[OURS]))
    outcome = bench.answer(model, trigger())
    assert (outcome.status, str(outcome.reason)) == ("skipped", "already-answered: another run was faster")
    assert (len(bench.bodies()), bench.github.posts, bench.github.thread(ThreadId(7)).labels) == (1, 0, ())
    assert outcome.cost_usd == Decimal("0.004"), "it was paid all the same"


def test_a_marker_by_somebody_else_does_not_make_a_re_run_drop_its_reply(bench: Bench) -> None:
    copied = OURS | {"author": {"login": "eve"}}
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.issue(comments=[copied]))
    assert bench.answer(model, trigger()).status == "done"
    assert len(bench.bodies()) == 2


def test_a_re_run_that_still_owes_something_posts(bench: Bench) -> None:
    question = {"id": 30, "author": {"login": "bob"}, "body": "/hls why?"}
    bench.issue(comments=[question])
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.issue(comments=[question, OURS]))
    assert bench.answer(model, trigger()).status == "done"
    assert len(bench.bodies()) == 3


def test_a_re_run_that_cannot_look_again_posts_nothing(bench: Bench) -> None:
    forbidden = Fault("github", "status", "Forbidden", 403)
    model = ScriptedModel(model_reply(), meanwhile=lambda: bench.github.failing.update(comments=forbidden))
    assert bench.answer(model, trigger()).status == "failed"
    assert bench.github.posts == 0


# ---- long threads ----


def remarks(first: int, count: int, body: str) -> list[dict[str, Any]]:
    return [{"id": n, "author": {"login": "bob"}, "body": body.format(n)} for n in range(first, first + count)]


def test_a_question_that_many_long_remarks_follow_is_read(bench: Bench) -> None:
    question = {"id": 31, "author": {"login": "bob"}, "body": f"{'log ' * 9_000}\n/hls which one?\n{'log ' * 9_000}"}
    bench.issue(comments=[question, *remarks(32, 60, "long " * 400)])
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model, trigger(7, "issue_comment", "created", is_pull=False))
    assert [item.id for item in outcome.items] == ["7", "31"]
    text = "".join(block.text for block in model.requests[0].prompt.user)
    assert '<text-0 of="comment" id="31"' in text
    assert "which one?" in text
    assert 'of="comment" id="32"' not in text


def test_questions_beyond_those_answered_are_named_and_do_not_come_up_again(bench: Bench) -> None:
    bench.issue(comments=remarks(100, 30, "/hls question {}"))
    model = ScriptedModel(model_reply())
    outcome = bench.answer(model, trigger())
    assert (outcome.status, len(outcome.items)) == ("done", 20)
    assert len(marked_keys(bench.bodies()[-1])) == 31
    assert bench.answer(ScriptedModel(), trigger()).reason.code == "already-answered"


@pytest.mark.parametrize("wake", [OPENED, trigger()])
def test_a_wrong_configuration_is_the_callers_business(bench: Bench, wake: Trigger) -> None:
    bench.configure("modle: x")
    with pytest.raises(ConfigError, match="Did you mean 'model'"):
        bench.answer(ScriptedModel(), wake)
    with pytest.raises(ConfigError, match="Did you mean 'model'"):
        sweep(bench.line(ScriptedModel()), scheduled=False)


# ---- faults of Claude ----


def test_a_busy_model_is_asked_again(bench: Bench) -> None:
    model = ScriptedModel(OVERLOADED, OVERLOADED, model_reply())
    assert bench.answer(model).status == "done"
    assert len(model.requests) == 3
    assert len(bench.clock.slept) == 2


def test_a_model_that_stays_busy_is_a_failure(bench: Bench) -> None:
    outcome = bench.answer(ScriptedModel(*[OVERLOADED] * 9))
    assert outcome.status == "failed"
    assert str(outcome.reason) == "upstream: Claude answered 529: overloaded_error: Overloaded"
    assert (outcome.cost_usd, bench.bodies()) == (None, [])


def test_there_is_always_time_left_to_post(bench: Bench) -> None:
    model = ScriptedModel(model_reply())
    bench.answer(model, seconds=100.0)
    assert model.requests[0].timeout == 70.0


@pytest.mark.parametrize("fault", [Fault("github", "status", "Bad Gateway", 502), Fault("github", "timeout", "slow")])
def test_an_unreadable_configuration_stops_the_run(bench: Bench, fault: Fault) -> None:
    bench.github.failing["file"] = fault
    model = ScriptedModel()
    assert bench.answer(model).status == "failed"
    assert model.requests == []


def test_the_input_model_can_win(bench: Bench) -> None:
    bench.configure("model: claude-opus-5-5")
    parse = partial(hls_yml.parse, source="hls.yml", known_prices=data.prices(), model="claude-haiku-5-5")
    model = ScriptedModel(model_reply())
    bench.answer(model, parse_settings=lambda text: parse(text or ""))
    assert model.requests[0].model == "claude-haiku-5-5"
