"""A model that invents files, lines, numbers, labels and quotations: none of it is posted as found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.outcome import Outcome
from hls_action.reporting import dashboard
from tests.fakes import ScriptedModel, answer_data, model_reply
from tests.unit.builders import SHA, trigger
from tests.unit.line_bench import MATERIALS, OPENED, Bench
from tests.unit.rendered import live, page, prose

PUSHED = trigger(7, "pull_request", "opened", is_pull=True, opening=True)
PATCH = """@@ -40,3 +40,4 @@ def load(path):
     check(path)
-    return open(path)
+    if path.exists():
+        return open(path)
     return None"""
PULL = {"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "file_total": 1}
FILES = [{"path": "src/a.py", "status": "modified", "additions": 2, "deletions": 1, "patch": PATCH}]
BLOB = f"https://github.com/o/r/blob/{SHA}"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.issue(
        pull={**PULL, "files": FILES},
        comments=[{"id": 31, "author": {"login": "bob"}, "body": "As in #12: trace.py:9."}],
    )
    return bench


def answered(bench: Bench, **said: Any) -> Outcome:
    """A review is asked for, and what the model says is posted."""
    return bench.shared(ScriptedModel(model_reply(json.dumps(answer_data(**said))))).answer(PUSHED)


def test_what_is_made_up_is_not_posted_as_found(bench: Bench) -> None:
    outcome = answered(
        bench,
        evidence=[
            {"source": 2, "quotation": "return fetch_everything(path)"},
            {"source": 99, "quotation": "it never was there"},
        ],
        comment=(
            "`src/gone.py:7` and src/a.py:999 break, see #404, GH-405 and https://github.com/o/r/issues/406.\n\n"
            "```\nsrc/gone.py:8 #407\n```"
        ),
        labels=[1, 77],
        possible_duplicate_of=404,
    )
    (*_, body) = bench.bodies()
    assert outcome.status == "done"
    assert "`src/gone.py:7` (not checked) and src/a.py:999 (not checked) break" in body
    assert "src/gone.py:8 #407\n```" in body, "code is as it was"
    assert body.count("<sub>Not checked: Claude was not shown these lines.</sub>") == 1
    assert not [text for text in prose(body) if "#404" in text or "GH-405" in text]
    assert "#404" in page(body).text.replace("\u200b", ""), "it stays, as text"
    assert page(body).links == []
    assert "What this rests on" not in body
    assert "Possibly" not in body
    assert outcome.dropped_labels[-1] == "number 77"
    assert live(body.partition("\n")[2]) == []


def test_what_was_given_is_led_to_at_the_head_and_quoted(bench: Bench) -> None:
    answered(
        bench,
        evidence=[
            {"source": 2, "quotation": " 41 +    if path.exists():\n 42 +        return open(path)"},
            {"source": 1, "quotation": "As in #12: trace.py:9"},
        ],
        comment="`src/a.py:42` returns None as in #12, which trace.py:9 shows.",
    )
    (*_, body) = bench.bodies()
    assert f"[`src/a.py:42`]({BLOB}/src/a.py#L42) returns None as in #12, which trace.py:9 shows.\n" in body
    assert "not checked" not in body
    assert body.partition("<details>")[2].partition("</details>")[0] == (
        "<summary>What this rests on</summary>\n\n"
        f"- [`src/a.py:41-42`]({BLOB}/src/a.py#L41-L42): `if path.exists(): return open(path)`\n"
        "- `comment 31 by bob`: `As in #12: trace.py:9`\n\n"
    )


def test_what_is_found_is_counted_by_version_of_the_prompts(bench: Bench) -> None:
    said: dict[str, Any] = {
        "evidence": [{"source": 1, "quotation": "if path.exists():"}, {"source": 1, "quotation": "it never was there"}],
        "comment": "src/a.py:41, src/a.py:42 and src/q.py:1, see #404.",
    }
    answered(bench, **said)
    data = dashboard.as_data(bench.ledger())
    (counted,) = data["grounding"].values()  # type: ignore[attr-defined]
    assert {name: counted[name] for name in counted if name != "last"} == {
        "answers": 1, "verified": 1, "corrected": 1, "made_up": 1, "unlinked": 1, "linked": 2, "marked": 1,
        "foreign": 0,
    }  # fmt: skip
    assert (
        "Grounding of answers to the present prompts (1 so far): 1 of 2 quotations verified, 1 lines marked as not "
        "checked, 1 issue links removed, 0 links to other hosts shown as text."
    ) in bench.store.read().documents["README.md"]


def test_an_answer_is_counted_once_whatever_became_of_the_write(bench: Bench) -> None:
    bench.store.script = ["ok", "after"]
    answered(bench, comment="src/q.py:1")
    assert [tally.answers for tally in bench.ledger().grounding.values()] == [1]


def test_a_change_of_the_prompts_is_counted_apart(bench: Bench) -> None:
    answered(bench)
    bench.issue(8)
    changed = replace(MATERIALS.templates, system=f"{MATERIALS.templates.system}\nBe brief.")
    bench.shared(ScriptedModel(model_reply()), templates=changed).answer(
        trigger(8, "issues", "opened", is_pull=False, opening=True)
    )
    assert [tally.answers for tally in bench.ledger().grounding.values()] == [1, 1]


def test_an_issue_has_no_commit_to_lead_to(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    said = json.dumps(
        answer_data(comment="It is in src/export.py:3.", evidence=[{"source": 1, "quotation": "ends in a traceback"}])
    )
    bench.shared(ScriptedModel(model_reply(said))).answer(OPENED)
    (body,) = bench.bodies()
    assert "src/export.py:3 (not checked)." in body
    assert "What this rests on" not in body, "what the issue says is above the reply anyway"
