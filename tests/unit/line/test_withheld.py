"""Answers that are not posted, as no reply helps or Claude is not sure enough; and the text for security reports."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import FolderGitHub
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Record
from hls_action.reporting import report
from tests.fakes import ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.line_bench import OPENED, Bench
from tests.unit.rendered import live

ISSUE = "issue/7"
ASKED = trigger(7, "issue_comment", "created", is_pull=False, comment=31)
RERUN = Trigger((ThreadId(7),), retry=True)
SECRET = "ghp_" + "a1B2" * 9
WHY = f"a note to\nself, @octocat [x](https://z.test) {SECRET}"
NO_REPLY: dict[str, object] = {"reply": False, "reason": WHY, "comment": ""}
UNSURE: dict[str, object] = {"confidence": 0.3}
SENSITIVE: dict[str, object] = {
    "sensitive": True,
    "comment": "",
    "missing": ["the exploit"],
    "reason": "a hole",
}
FORM = "https://github.com/o/r/security/advisories/new"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.configure("least_confidence: 0.5")
    return bench


def says(**fields: object) -> ScriptedModel:
    return ScriptedModel(model_reply(json.dumps(answer_data(**fields))))


def comment(bench: Bench, **changes: object) -> None:
    bench.issue(comments=[{"id": 31, "author": {"login": "bob"}, "body": "/hls why?"} | changes])


def record(bench: Bench) -> Record:
    return bench.records()[ISSUE]


WITHHELD = [
    pytest.param(NO_REPLY, "no-reply-needed", "a note to self, @octocat [x](https://z.test) [redacted", id="no reply"),
    pytest.param(UNSURE, "low-confidence", "the confidence in this reply is 0.30, below", id="not sure enough"),
]


@pytest.mark.parametrize(("fields", "code", "words"), WITHHELD)
def test_it_is_skipped_labelled_and_never_asked_about_again(
    bench: Bench, fields: dict[str, object], code: str, words: str
) -> None:
    outcome = bench.shared(says(**fields)).answer(OPENED)
    assert (outcome.status, outcome.reason.code, outcome.labels, bench.bodies()) == ("skipped", code, ("bug",), [])
    assert outcome.reason.detail.startswith(words)
    assert bench.github.thread(ThreadId(7)).labels == ("bug",)
    assert (outcome.cost_usd, record(bench).cost_usd) == (Decimal("0.004"), Decimal("0.004"))
    assert (record(bench).state, record(bench).reason.code, record(bench).draft) == ("skipped", code, "")
    again = bench.shared(ScriptedModel(), 2).answer(OPENED)
    assert (again.status, again.reason.code) == ("skipped", code)
    assert "to get one posted" in again.reason.detail
    assert "ghp_" not in json.dumps(dict(bench.store.read().documents))
    shown = report.summary(outcome)
    assert "ghp_" not in shown
    assert live(shown) == []


@pytest.mark.parametrize("fields", [NO_REPLY | {"comment": "Try `mkdir out`."}, UNSURE], ids=["no reply", "unsure"])
def test_who_asks_gets_the_comment(bench: Bench, fields: dict[str, object]) -> None:
    comment(bench)
    assert bench.shared(says(**fields)).answer(ASKED).status == "done"
    bench.issue(8, body=f"/hls {BODY}")
    assert bench.shared(says(**fields), 2).answer(trigger(8, "issues", "opened", is_pull=False)).status == "done"
    bench.issue(9)
    skipped = bench.shared(says(**fields), 3).answer(trigger(9, "issues", "opened", is_pull=False, opening=True))
    assert skipped.status == "skipped"
    ordered = bench.shared(says(**fields), 4).answer(Trigger((ThreadId(9),), retry=True))
    assert (ordered.status, len(bench.bodies(9))) == ("done", 1)


@pytest.mark.parametrize("wake", [ASKED, RERUN], ids=["a comment", "a maintainer"])
def test_nothing_to_say_to_who_asks_is_an_invalid_answer(bench: Bench, wake: Trigger) -> None:
    if wake is ASKED:
        comment(bench)
    outcome = bench.shared(says(**NO_REPLY)).answer(wake)
    assert (outcome.status, outcome.reason.code, outcome.cost_usd) == ("failed", "answer-invalid", Decimal("0.004"))
    assert "somebody asked" in outcome.reason.detail


def test_asked_again_by_a_comment_it_is_posted(bench: Bench) -> None:
    bench.shared(says(**UNSURE)).answer(OPENED)
    bench.clock.sleep(600)
    comment(bench, body="/hls retry", created_at=bench.clock.now().isoformat())
    assert bench.shared(says(**UNSURE), 2).answer(ASKED).status == "done"


def test_a_confidence_that_is_enough_is_posted(bench: Bench) -> None:
    assert bench.shared(says(confidence=0.5)).answer(OPENED).status == "done"
    bench.configure("")
    bench.issue(8)
    assert bench.shared(says(confidence=0.0), 2).answer(trigger(8, "issues", "opened", is_pull=False)).status == "done"


def test_the_summary_shows_the_reply_that_was_not_sure_enough(bench: Bench) -> None:
    outcome = bench.shared(says(**UNSURE)).answer(OPENED)
    shown = report.summary(outcome)
    assert shown.startswith("### HLS #7: Not sure enough to reply\n")
    assert "The folder is missing." in shown
    assert report.outputs(outcome)["confidence"] == "0.3"


def test_a_review_that_nobody_needs_is_not_posted(bench: Bench) -> None:
    bench.issue(pull={"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": [{"path": "a.py"}]})
    outcome = bench.shared(says(**NO_REPLY)).answer(trigger(7, "pull_request", "opened", is_pull=True))
    assert (outcome.status, bench.bodies(), bench.records()[f"pull/{SHA}"].findings) == ("skipped", [], 0)


def test_a_dry_run_says_that_it_would_not_be_posted(bench: Bench) -> None:
    outcome = bench.shared(says(**UNSURE), dry_run=True).answer(OPENED)
    assert (outcome.status, outcome.reason.code) == ("done", "dry-run")
    assert any("would not post it: low-confidence" in note for note in outcome.notes)


def test_killed_before_the_labels_it_is_not_asked_twice(bench: Bench) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: Any) -> None:
        raise Killed

    bench.github.add_labels = dies  # type: ignore[assignment]
    with pytest.raises(Killed):
        bench.shared(says(**UNSURE)).answer(OPENED)
    bench.clock.sleep(3_600)
    model = ScriptedModel()
    assert (bench.shared(model, 2).answer(OPENED).reason.code, model.requests) == ("low-confidence", [])


# ---- security reports ----


def test_a_security_report_gets_one_pointer_and_no_details(bench: Bench) -> None:
    outcome = bench.shared(says(**SENSITIVE | {"comment": "The hole is in x."})).answer(OPENED)
    (body,) = bench.bodies()
    assert body.startswith(f"<!-- hls:1 {ISSUE} -->\nThis may be about a security hole")
    assert f"in private: {FORM}\n\n<sub>HLS posted this by itself; Claude did not write it.</sub>" in body
    assert (outcome.status, outcome.reason.code, outcome.labels) == ("done", "sensitive", ())
    assert (record(bench).state, record(bench).cost_usd, outcome.cost_usd) == ("published", *[Decimal("0.004")] * 2)
    assert bench.github.thread(ThreadId(7)).labels == ()
    assert {name: report.outputs(outcome)[name] for name in ("category", "priority", "needs-info", "confidence")} == (
        dict.fromkeys(("category", "priority", "needs-info", "confidence"), "")
    )
    assert "hole is in x" not in report.summary(outcome)
    assert bench.shared(ScriptedModel(), 2).answer(OPENED).reason.code == "already-answered"


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("SECURITY.md", "https://github.com/o/r/blob/HEAD/SECURITY.md"),
        ("https://example.org/report", "https://example.org/report"),
        ("security@example.org", "security@example.org"),
    ],
)
def test_where_it_points_to_is_configured(bench: Bench, contact: str, shown: str) -> None:
    bench.configure(f"security_contact: {contact}")
    bench.shared(says(**SENSITIVE)).answer(OPENED)
    assert f"in private: {shown}\n" in bench.bodies()[0]


def test_nothing_that_claude_wrote_is_stored_and_a_later_run_posts_the_pointer(bench: Bench) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    bench.github.before_post = die
    with pytest.raises(Killed):
        bench.shared(says(**SENSITIVE | {"comment": "The hole is at src/hole.py:7, it is known."})).answer(OPENED)
    stored = json.dumps(dict(bench.store.read().documents))
    assert "hole" not in stored
    assert BODY[5:40] not in stored
    assert "exploit" not in stored
    bench.github.before_post = None
    bench.clock.sleep(3_600)
    bench.configure("modle: x")
    outcome = bench.shared(ScriptedModel(), 2).answer(OPENED)
    assert (outcome.status, outcome.reason.code) == ("done", "sensitive")
    assert FORM in bench.bodies()[0]


@pytest.mark.parametrize(
    ("association", "said", "code"),
    [
        ("OWNER", "Please take it to the private channel.", "answered"),
        ("OWNER", "", "sensitive"),
        ("NONE", "The hole is in x.", "sensitive"),
    ],
)
def test_a_maintainer_who_asks_is_answered(bench: Bench, association: str, said: str, code: str) -> None:
    comment(bench, author={"login": "bob", "association": association})
    outcome = bench.shared(says(**SENSITIVE | {"comment": said})).answer(ASKED)
    assert (outcome.status, outcome.reason.code) == ("done", code)
    assert ("This may be about a security hole" in bench.bodies()[-1]) is (code == "sensitive")


def test_a_planted_text_that_hls_does_not_post_as_a_reply_is_dropped(bench: Bench) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    bench.github.before_post = die
    with pytest.raises(KeyboardInterrupt):
        bench.shared(says()).answer(OPENED)
    bench.github.before_post = None
    snapshot = bench.store.read()
    shard = json.loads(snapshot.documents["items/07.json"])
    (draft,) = shard["drafts"].values()
    next(effect for effect in draft["effects"] if effect["kind"] == "comment").update(fixed="cap")
    bench.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(shard)})
    bench.clock.sleep(3_600)
    outcome = bench.shared(says(), 2).answer(OPENED)
    assert "names a text that is not for replies" in outcome.notes[0]
    assert FolderGitHub.comments(bench.github, ThreadId(7))[0].body.startswith(f"<!-- hls:1 {ISSUE} -->\nThe folder")
