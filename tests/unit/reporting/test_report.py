"""How an outcome shows in the log, the outputs and the summary."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.prices import Usage
from hls_action.domain.outcome import Outcome, combine, failed, skipped
from hls_action.domain.reasons import Reason
from hls_action.reporting import report
from tests.unit.builders import answer
from tests.unit.domain.ledger.test_documents import NOON, record
from tests.unit.rendered import live

DONE = Outcome(
    status="done",
    reason=Reason("answered", "the issue"),
    number=7,
    comment_url="https://github.com/o/r/issues/7#issuecomment-1",
    labels=("bug", "good first issue"),
    dropped_labels=("admin",),
    model="claude-sonnet-5-5",
    usage=Usage(input=1_000, output=200, cache_read=4_000, thinking=50),
    budget="today 0.01 of 5 USD",
    cost_usd=Decimal("0.0058"),
    answer=answer(missing=("version", "logs")),
    fields={"category": "bug", "priority": "medium", "needs_info": False, "confidence": 0.8},
    body="<!-- hls:1 issue/7 -->\nCreate it.",
)


COMMENT = "the comment first seen on 2 November 2026"


def test_outputs_of_an_answer() -> None:
    assert report.outputs(DONE) == {
        "outcome": "done",
        "reason": "answered: the issue",
        "comment-url": "https://github.com/o/r/issues/7#issuecomment-1",
        "labels": '["bug", "good first issue"]',
        "cost-usd": "0.005800",
        "input-tokens": "5000",
        "output-tokens": "200",
        "cached-tokens": "4000",
        "thinking-tokens": "50",
        "budget": "today 0.01 of 5 USD",
        "model": "claude-sonnet-5-5",
        "category": "bug",
        "priority": "medium",
        "needs-info": "false",
        "confidence": "0.8",
        "claim": "",
        "answer": "",
        "matrix": "",
    }


def test_outputs_of_a_skip_are_all_set() -> None:
    outputs = report.outputs(skipped(Reason("closed", "the thread\nis closed")))
    assert outputs.keys() == report.outputs(DONE).keys()
    assert outputs["reason"] == "closed: the thread is closed"
    assert (outputs["cost-usd"], outputs["input-tokens"], json.loads(outputs["labels"])) == ("0", "0", [])


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "0"), (Decimal(0), "0"), (Decimal("0.0000004"), "0.000000"), (Decimal("1.23456789"), "1.234568")],
)
def test_money(amount: Decimal | None, text: str) -> None:
    assert report.money(amount) == text


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (DONE, "HLS #7: done (answered: the issue)"),
        (failed(Reason("upstream", "GitHub\n::error::down")), "HLS: failed (upstream: GitHub ::error::down)"),
    ],
)
def test_the_line_in_the_log(outcome: Outcome, line: str) -> None:
    assert report.line(outcome) == line


def test_the_summary_of_an_answer() -> None:
    text = report.summary(DONE)
    assert text.startswith("### HLS #7: Answered\n\nanswered: the issue\n\n| | |\n|---|---|\n")
    for row in (
        "| Comment | <https://github.com/o/r/issues/7#issuecomment-1> |",
        "| Category | bug, priority medium, confidence 0.80 |",
        "| Missing | version; logs |",
        "| Labels | bug, good first issue |",
        "| Labels proposed, not set | admin |",
        "| Model | claude-sonnet-5-5 |",
        "| Tokens | 5,000 in, 4,000 of them cached, 200 out, 50 of them thinking |",
        "| Cost | 0.005800 USD |",
    ):
        assert f"{row}\n" in text
    assert "Create it." not in text


LONG = "add `contents: write` to the job's permissions, or give the input 'github-token' another token"


def test_all_of_a_reason_is_shown_and_its_cause_apart() -> None:
    """Whatever a service said: advice that is cut off is no advice."""
    outcome = failed(Reason("state-forbidden", f"{LONG}; {LONG}; {LONG}", "remote: denied\n" * 40))
    for text in (report.outputs(outcome)["reason"], report.line(outcome)):
        assert f"state-forbidden: {LONG}; {LONG}; {LONG} (remote: denied remote: denied" in text
        assert "\n" not in text
    _, _, said, _, cause, _ = report.summary(outcome).split("\n")
    assert said.endswith("to the job's permissions, or give the input 'github-token' another token")
    assert cause.startswith("> remote: denied remote: denied")


def test_the_summary_of_a_skip_has_no_figures() -> None:
    assert report.summary(skipped(Reason("closed", "the thread is closed"))) == (
        "### HLS: Nothing to do\n\nclosed: the thread is closed\n"
    )


def test_the_summary_of_a_dry_run_shows_what_was_not_posted() -> None:
    outcome = Outcome("done", Reason("dry-run", "x"), 7, body="<!-- hls:1 issue/7 -->\n@octocat fixes #1", dry_run=True)
    text = report.summary(outcome)
    assert text.startswith("### HLS #7: Dry run, nothing was posted\n")
    assert "hls:1" not in text
    assert "<summary>The unposted comment for #7</summary>" in text
    assert "octocat" in text
    assert live(text) == []


def test_the_summary_of_a_sweep_has_a_row_for_each_thread() -> None:
    parts = (
        Outcome("skipped", Reason("closed", "a|b @octocat"), 7),
        Outcome("done", Reason("answered", "issue/8"), 8, "https://github.com/o/r/issues/8#issuecomment-1"),
    )
    text = report.summary(combine(parts))
    assert text.startswith("### HLS: Answered\n\nsweep: 1 skipped, 1 done\n")
    assert "| thread | outcome | |\n|---|---|---|\n| #7 | skipped | closed: a\\|b @\u200boctocat |\n" in text
    assert "| #8 | done | answered: issue/8 <https://github.com/o/r/issues/8#issuecomment-1> |\n" in text
    found = [each for each in live(text) if not each.startswith("reference by link: https://github.com/o/r/issues/8#")]
    assert found == [], "but for the link to our own comment: a summary leaves no notes anywhere"
    assert "| thread |" not in report.summary(DONE)


def test_the_summary_of_a_sweep_on_trial_shows_every_comment() -> None:
    parts = tuple(
        Outcome("done", Reason("answered", "x"), n, body=f"<!-- hls:1 issue/{n} -->\nText {n}", dry_run=True)
        for n in (7, 8)
    )
    text = report.summary(combine((*parts, Outcome("skipped", Reason("closed", "x"), 9))))
    for n in (7, 8):
        assert f"<summary>The unposted comment for #{n}</summary>" in text
        assert f"Text {n}" in text
    assert "posted to #9" not in text


def test_notes_are_warnings() -> None:
    text = report.summary(Outcome("done", Reason("answered", "x"), notes=("the labels *bug* could not be set",)))
    assert "> [!WARNING]\n> the labels \\*bug\\* could not be set\n" in text


@given(st.text(), st.lists(st.sampled_from(["|", "\n", "<!--", "![x](y)", "`", "@octocat", "<b>", "# ", "_"])))
def test_text_by_strangers_is_inert_in_the_summary(text: str, parts: list[str]) -> None:
    escaped = report.escape(text + "".join(parts))
    assert escaped.isprintable() or "\u200b" in escaped
    assert "\n" not in escaped
    assert live(escaped) == []
    outcome = Outcome("done", Reason("answered", "x"), labels=(text + "".join(parts),), comment_url="u")
    cells = [line for line in report.summary(outcome).split("\n") if line.startswith("| Labels | ")]
    assert len(cells) == 1
    assert cells[0].replace("\\\\", "").replace("\\|", "").count("|") == 3


# ---- by hand ----


def test_what_try_prints() -> None:
    lines = report.trial(DONE, 1.26)
    assert lines[0].startswith("---- the comment, as it would be posted ---")
    assert lines[1] == DONE.body
    assert lines[3:] == [
        "outcome  done (answered: the issue)",
        "labels   bug, good first issue",
        "tokens   5,000 in, 200 out",
        "cost     0.005800 USD",
        "model    claude-sonnet-5-5",
        "time     1.26 s",
    ]


def test_try_says_that_sample_figures_are_estimates() -> None:
    lines = report.trial(
        Outcome("done", Reason("answered", "x"), synthetic=True, cost_usd=Decimal("0.1"), answer=answer()), 0
    )
    assert "labels   none" in lines
    assert [line for line in lines if line.endswith("(estimated: no model was asked and nothing was spent)")] == lines[
        2:4
    ]


def test_try_prints_little_when_there_is_nothing_to_do() -> None:
    assert report.trial(skipped(Reason("closed", "x")), 0.04) == ["outcome  skipped (closed: x)", "time     0.04 s"]


# ---- items ----


def test_the_summary_says_what_became_of_each_item() -> None:
    records = (
        record(comment_url="https://github.com/o/r/issues/7#issuecomment-1"),
        record(
            key="comment/31@0a", state="deferred", until=NOON, reason=Reason("upstream", "Claude answered 529 | busy")
        ),
        record(key="comment/32@0b", state="failed", reason=Reason("model-refused", "<b>no</b>")),
    )
    text = report.summary(replace(DONE, records=records))
    for row in (
        "| the issue | published | <https://github.com/o/r/issues/7#issuecomment-1> |",
        f"| {COMMENT} | deferred | upstream: Claude answered 529 \\| busy · next try 2026-11-02 12:00 UTC |",
        f"| {COMMENT} | failed | model-refused: &lt;b\\>no&lt;/b\\> |",
    ):
        assert row in text


def test_threads_that_wait_are_a_matrix() -> None:
    assert json.loads(report.outputs(replace(DONE, waiting=(7, 9)))["matrix"]) == {"number": [7, 9]}
