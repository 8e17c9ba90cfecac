"""Issues that a thread is possibly about as well: shown beside it, proposed within bounds, and not against a no."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_index import IndexedIssue, IssueIndex
from hls_action.domain.knowledge.issue_pages import IssueQuery
from hls_action.domain.knowledge.issue_upkeep import KeptIndex
from hls_action.domain.ledger.claims import decide
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.thread import Label
from hls_action.line.gather import gather
from hls_action.line.issues import ChangedIssues, StoredIssues
from hls_action.line.plan import plan_call
from hls_action.line.view import read_view
from hls_action.ports import ModelReply
from tests.fakes import START, ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.line_bench import OPENED, Bench, BenchRun

OLD = START - timedelta(days=30)
ASKED = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
PULLED = trigger(7, "pull_request", "opened", is_pull=True, opening=True)
PULL = {"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": []}


def known(number: int, title: str = "Export crashes without a folder", **changes: Any) -> IndexedIssue:
    return replace(IndexedIssue(number, "open", title, BODY, (), OLD, OLD), **changes)


UNCHANGED = partial(ChangedIssues, IssueQuery())
"""Nothing happened since the index was written."""

FILLER = tuple(known(number, f"Something else {number}", text="Nothing alike.") for number in range(900, 905))


def index(*issues: IndexedIssue) -> IssueIndex:
    return IssueIndex({issue.number: issue for issue in (*FILLER, *issues)})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def run(bench: Bench, model: ScriptedModel, *issues: IndexedIssue, number: int = 1) -> BenchRun:
    return replace(
        bench.shared(model, number),
        stored_issues=lambda: StoredIssues(kept=KeptIndex(index(*issues))),
        changed_issues=UNCHANGED,
    )


def said(comment: str = "Possibly the same as #12.", **fields: Any) -> ModelReply:
    return model_reply(json.dumps(answer_data(comment=comment, labels=[], **fields)))


def prompt(model: ScriptedModel) -> str:
    return "\n".join(block.text for block in model.requests[-1].prompt.user)


def on_record(bench: Bench, name: str = "proposed") -> set[int]:
    return {number for record in bench.records().values() for number in getattr(record, name)}


def answered(bench: Bench, *issues: IndexedIssue, wake: Trigger = OPENED, number: int = 1, **fields: Any) -> str:
    """The request to a model that names #12."""
    model = ScriptedModel(said(**fields))
    outcome = run(bench, model, *issues, number=number).answer(wake)
    assert outcome.status == "done", outcome
    return prompt(model)


def other(bench: Bench, number: int, *issues: IndexedIssue, **thread: Any) -> Outcome:
    """An answer in another thread that names #12."""
    bench.issue(number, title="Export crashes", **{"author": {"login": f"reporter-{number}"}, **thread})
    model = ScriptedModel(said())
    return run(bench, model, *issues, number=number).answer(trigger(number, "issues", "opened", opening=True))


@pytest.mark.parametrize(
    ("wake", "thread"),
    [
        pytest.param(OPENED, {}, id="an issue"),
        pytest.param(
            ASKED, {"comments": [{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}]}, id="a comment"
        ),
        pytest.param(PULLED, {"pull": PULL}, id="a review"),
    ],
)
def test_what_is_alike_is_shown_named_with_its_link_and_on_record(
    bench: Bench, wake: Trigger, thread: dict[str, Any]
) -> None:
    bench.issue(**thread)
    sent = answered(bench, known(12, labels=("bug",)), wake=wake)
    assert '<text-0 of="issue" number="12" state="open" labels="bug">\nExport crashes without a folder\n' in sent
    assert "\nIssues possibly related: #12" in sent
    assert "] issue #12\n" in sent
    assert "Possibly the same as #12." in bench.bodies()[-1]
    assert on_record(bench) == {12}


def test_without_an_index_nothing_is_said_of_it(bench: Bench) -> None:
    model = ScriptedModel(said())
    bench.shared(model).answer(OPENED)
    assert "related" not in prompt(model)
    assert "#\u200b12" in bench.bodies()[-1], "nobody gave it"


@pytest.mark.parametrize(
    ("issue", "thread"),
    [
        pytest.param(known(12, created=START - timedelta(days=6)), {}, id="a stranger's of this week"),
        pytest.param(known(7), {}, id="the thread itself"),
        pytest.param(known(12), {"body": f"{BODY} Not #12."}, id="one that it names"),
        pytest.param(
            known(12), {"comments": [{"id": 30, "author": {"login": "bob"}, "body": "GH-12?"}]}, id="one that is named"
        ),
    ],
)
def test_what_does_not_count_is_not_shown(bench: Bench, issue: IndexedIssue, thread: dict[str, Any]) -> None:
    bench.issue(12)
    bench.issue(**thread)
    sent = answered(bench, issue, comment="Hm.")
    assert f'<text-0 of="issue" number="{issue.number}" state="open">' not in sent
    assert "Something else 900" in sent


def test_once_a_maintainer_touched_it_a_new_one_counts(bench: Bench) -> None:
    assert 'number="12"' in answered(bench, known(12, created=START, touched=True))


def test_a_duplicate_is_posted_as_possible_and_proposed(bench: Bench) -> None:
    answered(bench, known(12), comment="It fails.", possible_duplicate_of=12)
    assert "Possibly the same as #12." in bench.bodies()[-1]
    assert bench.records()["issue/7"].proposed == (12,)


# ---- once a thread ----


def test_in_a_thread_an_issue_is_proposed_once(bench: Bench) -> None:
    answered(bench, known(12))
    thread = json.loads((bench.root / "threads" / "7.json").read_text())
    thread["comments"][0]["body"] = thread["comments"][0]["body"].replace("#12", "one")  # as if it had been edited
    thread["comments"].append({"id": 31, "author": {"login": "bob"}, "body": "/hls why?"})
    bench.github.store_thread(7, thread)
    sent = answered(bench, known(12), wake=ASKED, number=2, comment="Hm.", possible_duplicate_of=12)
    assert 'number="12"' not in sent
    assert "#12" not in bench.bodies()[-1]


# ---- five times a week ----


def test_in_a_week_it_is_proposed_in_five_threads(bench: Bench) -> None:
    for number in range(20, 25):
        assert other(bench, number, known(12)).status == "done"
    assert 'number="12"' not in answered(bench, known(12), comment="Hm.")
    bench.clock.sleep(timedelta(days=7).total_seconds())
    bench.issue(8, title="Export crashes", created_at=bench.clock.now().isoformat())
    model = ScriptedModel(said())
    run(bench, model, known(12), number=99).answer(trigger(8, "issues", "opened", opening=True))
    assert 'number="12"' in prompt(model)


def test_what_others_proposed_meanwhile_counts(bench: Bench) -> None:
    """Fifty runs at once are all shown it, and as many may name it as may."""

    def meanwhile() -> None:
        for number in range(20, 25):
            other(bench, number, known(12))

    model = ScriptedModel(said(possible_duplicate_of=12), meanwhile=meanwhile)
    run(bench, model, known(12)).answer(OPENED)
    assert 'number="12"' in prompt(model)
    assert "#\u200b12" in bench.bodies()[-1]
    assert "#12" not in bench.bodies()[-1]
    assert bench.records()["issue/7"].proposed == ()


# ---- a no ----


def no(login: str, text: str = "/hls not #12", number: int = 30, **author: str) -> dict[str, Any]:
    return {"id": number, "author": {"login": login, **author}, "body": text}


ASKS = {"id": 31, "author": {"login": "bob"}, "body": "/hls why?"}


@pytest.mark.parametrize(
    ("said_no", "is_heard"),
    [
        pytest.param(no("ann"), True, id="its author"),
        pytest.param(no("mia", association="MEMBER"), True, id="a maintainer"),
        pytest.param(no("eve", association="CONTRIBUTOR"), False, id="somebody else"),
    ],
)
def test_a_no_is_heard_of_those_whom_it_concerns(bench: Bench, said_no: dict[str, Any], is_heard: bool) -> None:
    bench.issue(12, title="Older crash", body=BODY)
    bench.issue(comments=[said_no, ASKS])
    sent = answered(bench, known(12), wake=ASKED, comment="Hm.", possible_duplicate_of=12)
    assert ("Older crash" in sent) is not is_heard
    assert ("Possibly the same as #12" in bench.bodies()[-1]) is not is_heard
    assert on_record(bench, "refused") == ({12} if is_heard else set())


def test_a_no_holds_for_both(bench: Bench) -> None:
    bench.issue(comments=[no("ann"), ASKS])
    answered(bench, known(12), wake=ASKED, comment="Hm.")
    bench.issue(12, title="Export crashes", history={"relations": [{"kind": "relates", "number": 7}]})
    model = ScriptedModel(said("Hm.", possible_duplicate_of=7))
    run(bench, model, known(7), number=2).answer(trigger(12, "issues", "opened", opening=True))
    assert 'number="7"' not in prompt(model)
    assert "#7" not in bench.bodies(12)[-1]


def test_a_no_asks_for_no_answer(bench: Bench) -> None:
    bench.issue(comments=[no("ann", number=31)], created_at="2025-11-02T08:00:00+00:00")
    outcome = run(bench, ScriptedModel(), known(12)).answer(ASKED)
    assert outcome.status == "skipped"


# ---- labels ----


def test_labels_of_the_nearest_are_a_hint(bench: Bench) -> None:
    bench.github.store_labels((Label("bug"), Label("export"), Label("question")))
    sent = answered(bench, known(12, labels=("export", "gone")), known(13, labels=("Export", "bug")))
    assert "1. bug\n2. export\n3. question\nThe issues in <related> have 2, 1, which" in sent


def test_of_more_labels_than_fit_those_in_use_are_offered(bench: Bench) -> None:
    bench.github.store_labels(tuple(Label(f"area-{number:03}-{'x' * 40}") for number in range(400)))
    used = f"area-399-{'x' * 40}"
    sent = answered(bench, known(12, labels=(used,)))
    assert used in sent
    assert f"area-300-{'x' * 40}" not in sent


# ---- how much ----


def test_five_of_them_are_short(bench: Bench) -> None:
    sent = answered(bench, *(known(number, text="word " * 240) for number in range(12, 32)))
    shown = sent.partition("<related>")[2].partition("</related>")[0]
    assert shown.count('of="issue"') == 5
    assert len(shown) <= 5_000


def test_a_call_on_a_short_context_has_fewer(bench: Bench) -> None:
    bench.configure("budget: {at_cap: [shorter_context, defer]}\n")
    line = run(bench, ScriptedModel(), *(known(number, text="word " * 240) for number in range(12, 32)))
    view = read_view(line, ThreadId(7), OPENED)
    material = gather(line, view, decide(view.situation, view.records), OPENED)
    whole, short = plan_call(line.materials, material, view.situation.unanswered, OPENED).options
    assert len(whole.referable.alike) == 5
    assert 1 <= len(short.referable.alike) < 5
    assert short.referable.alike <= short.referable.given
