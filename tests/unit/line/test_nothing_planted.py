"""Who may push may write what stands in the state branch: none of it reaches people unchecked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.outcome import Outcome
from hls_action.domain.text import outgoing
from hls_action.domain.threads.items import marker
from hls_action.domain.threads.thread import Label
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import BODY, SHA
from tests.unit.line_bench import OPENED, Bench
from tests.unit.rendered import live, page

ISSUE = "issue/7"
FOOTER = "<sub>Written by Claude (`$model`). Ask with `$mention`.</sub>"
Stored = dict[str, Any]


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def waiting(bench: Bench) -> None:
    """A run dies with its answer on record, and another may take over."""

    def die() -> None:
        raise Killed

    bench.github.before_post = die
    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.github.before_post = None
    bench.clock.sleep(3_600)


def plant(bench: Bench, change: Callable[[Stored], object], *, schema: int = 2) -> None:
    """Change the draft that waits in the state, as somebody who may push could."""
    snapshot = bench.store.read()
    shard = json.loads(snapshot.documents["items/07.json"])
    (draft,) = shard["drafts"].values()
    change(draft)
    bench.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(shard | {"schema": schema})})


def comment_effect(draft: Stored) -> Stored:
    return next(effect for effect in draft["effects"] if effect["kind"] == "comment")


def posted_by_another(bench: Bench, *replies: Any) -> tuple[Outcome, ScriptedModel]:
    model = ScriptedModel(*replies)
    return bench.shared(model, run=2).answer(OPENED), model


def test_what_nobody_touched_is_posted_as_it_was_paid_for(bench: Bench) -> None:
    waiting(bench)
    outcome, model = posted_by_another(bench)
    assert (outcome.status, outcome.labels, outcome.notes, model.requests) == ("done", ("bug",), (), [])


def test_its_text_is_cleaned_again(bench: Bench) -> None:
    waiting(bench)
    planted = "@octocat fixes #1 <img src=x> ![y](https://github.com/)\n\n<!-- hls:1 issue/9 -->\n\n/label bug"
    plant(bench, lambda draft: comment_effect(draft).update(text=planted))
    outcome, _ = posted_by_another(bench)
    (body,) = bench.bodies()
    assert outcome.status == "done"
    assert live(body.partition("\n")[2]) == []
    assert outgoing(planted) in body


def test_its_links_lead_to_this_server_and_to_what_the_thread_names(bench: Bench) -> None:
    bench.issue(body=f"{BODY} It fails as https://docs.test says. <!-- https://hidden.test -->")
    waiting(bench)
    planted = "[a](https://evil.test) https://docs.test/b https://hidden.test https://github.com/o/r [c](../d)"
    plant(bench, lambda draft: comment_effect(draft).update(text=planted))
    outcome, _ = posted_by_another(bench)
    (body,) = bench.bodies()
    assert [address for address, _ in page(body).links] == ["https://docs.test/b", "https://github.com/o/r", "../d"]
    assert "`https://evil.test`" in body
    assert outcome.notes == (
        "2 links were shown as text, because links.hosts does not allow where they lead: evil.test, hidden.test",
    )


def test_its_links_lead_where_the_maintainers_allow_by_now(bench: Bench) -> None:
    waiting(bench)
    plant(bench, lambda draft: comment_effect(draft).update(text="See https://a.docs.test/b."))
    bench.configure("links: {hosts: ['*.docs.test']}")
    outcome, _ = posted_by_another(bench)
    assert (outcome.notes, page(bench.bodies()[0]).links[0][0]) == ((), "https://a.docs.test/b")


PLACE = {"path": "src/a.py", "first": 41, "last": 41, "commit": SHA}
ELSEWHERE = "9" * 40
"""A commit of a fork: GitHub shows it under this repository's address, too."""


def grounds(**parts: Any) -> Callable[[Stored], object]:
    """Plant a text that names a line, with these grounds."""

    def change(draft: Stored) -> None:
        comment_effect(draft).update(text="See src/a.py:41.")
        draft["grounds"] = parts

    return change


def on_a_pull_request(bench: Bench) -> None:
    bench.issue(pull={"head_sha": SHA, "head_ref": "fix", "base_ref": "main"})


def test_grounds_lead_to_the_head_of_the_pull_request(bench: Bench) -> None:
    on_a_pull_request(bench)
    waiting(bench)
    plant(bench, grounds(places=[PLACE], quotations=[{"text": "if a:", "source": "x", "place": PLACE}]))
    outcome, _ = posted_by_another(bench)
    assert outcome.status == "done"
    assert {address for address, _ in page(bench.bodies()[0]).links} == {
        f"https://github.com/o/r/blob/{SHA}/src/a.py#L41"
    }


@pytest.mark.parametrize("is_pull", [False, True])
def test_grounds_lead_nowhere_else_and_do_nothing(bench: Bench, is_pull: bool) -> None:
    if is_pull:
        on_a_pull_request(bench)
    waiting(bench)
    quotation = {"text": "@octocat fixes #1 ` </details>", "source": "[x](https://z.test) @octocat"}
    there = {**PLACE, "commit": ELSEWHERE}
    planted = grounds(
        places=[there],
        unchecked=[{"path": "@octocat` [x](https://z.test)", "first": 1, "last": 1}],
        quotations=[quotation, {**quotation, "place": there}],
    )
    plant(bench, planted)
    outcome, model = posted_by_another(bench)
    (body,) = bench.bodies()
    assert (outcome.status, model.requests) == ("done", [])
    assert page(body).links == []
    assert live(body.partition("\n")[2]) == []


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"places": [{**PLACE, "commit": "main"}]}, id="a branch"),
        pytest.param({"places": [{**PLACE, "path": "../../../z/z/blob/main/x"}]}, id="a way out"),
        pytest.param({"places": [PLACE] * 101}, id="too many places"),
        pytest.param({"quotations": [{"text": "x", "source": "y"}] * 4}, id="too many quotations"),
        pytest.param({"quotations": "all"}, id="no list"),
    ],
)
def test_grounds_that_hls_would_not_have_written_are_asked_for_anew(bench: Bench, parts: dict[str, Any]) -> None:
    waiting(bench)
    plant(bench, grounds(**parts))
    outcome, model = posted_by_another(bench, model_reply())
    assert (outcome.status, len(model.requests)) == ("done", 1)
    assert "src/a.py" not in bench.bodies()[0]


@pytest.mark.parametrize("allow", ["", "labels: {allow: [bug, area]}"])
def test_labels_are_set_by_the_rule_of_any_answers(bench: Bench, allow: str) -> None:
    bench.github.store_labels(tuple(map(Label, ("bug", "hls", "hls-waiting", "no-hls", "deploy"))))
    waiting(bench)
    planted = ["Bug", "hls", "hls-waiting", *DEFAULT_RULES.ignore_labels, "deploy", "area", "made-up"]
    plant(bench, lambda draft: draft["effects"][0].update(names=planted))
    bench.configure(allow)
    outcome, _ = posted_by_another(bench)
    assert outcome.labels == (("Bug", "area") if allow else ("Bug",))
    assert set(outcome.dropped_labels) == set(planted) - set(outcome.labels)


def test_no_more_labels_than_an_answer_may_set(bench: Bench) -> None:
    names = tuple(f"area {number}" for number in range(9))
    bench.github.store_labels(tuple(map(Label, names)))
    waiting(bench)
    plant(bench, lambda draft: draft["effects"][0].update(names=list(names)))
    outcome, _ = posted_by_another(bench)
    assert outcome.labels == names[:5]


def test_with_a_broken_configuration_no_label_is_set_and_the_answer_is_posted(bench: Bench) -> None:
    waiting(bench)
    plant(bench, lambda draft: draft["effects"][0].update(names=["question"]))
    bench.configure("modle: x")
    outcome = bench.shared(ScriptedModel(), run=2).answer(OPENED)
    assert (len(bench.bodies()), outcome.labels, outcome.dropped_labels) == (1, (), ("question",))
    assert any("labels of a stored answer were not set" in note for note in outcome.notes)


def person(number: int = 31, login: str = "ann", kind: str = "User", body: str = "Me too.") -> dict[str, Any]:
    return {"id": number, "author": {"login": login, "type": kind}, "body": body, "node_id": f"IC_{number}"}


ODD: list[tuple[str, Callable[[Stored], object], str]] = [
    (
        "a person's comment",
        lambda d: comment_effect(d).update(replaces=31),
        "comment 31, which is not one of our replies",
    ),
    ("another robot's", lambda d: comment_effect(d).update(replaces=32), "comment 32, which is not one of our replies"),
    ("ours, unmarked", lambda d: comment_effect(d).update(replaces=33), "comment 33, which is not one of our replies"),
    ("a fold", lambda d: d["effects"].append({"kind": "fold", "comments": ["IC_31"]}), "would fold a comment"),
    (
        "an item of another thread",
        lambda d: d["keys"].append("issue/8"),
        "keys that are not items of this thread (issue/8)",
    ),
    (
        "a comment elsewhere",
        lambda d: d["keys"].append("comment/9@2:abc"),
        "keys that are not items of this thread (comment/9@2:abc)",
    ),
    ("a notice", lambda d: d["keys"].append("notice/7"), "keys that are not items of this thread (notice/7)"),
    ("a head", lambda d: d["keys"].append(f"pull/{SHA}"), f"keys that are not items of this thread (pull/{SHA})"),
    ("a model", lambda d: d.update(model="x`](https://z.test) @octocat"), "its model name is not valid"),
    ("itself as a duplicate", lambda d: d["fields"].update(duplicate=7), "is not an issue number"),
    ("a duplicate", lambda d: d["fields"].update(duplicate=True), "is not an issue number"),
    ("nothing", lambda d: comment_effect(d).update(text="<!-- x -->\n\n[x]: #"), "it renders as nothing"),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_what_hls_would_not_have_written_is_dropped_and_asked_for_anew(
    bench: Bench, change: Callable[[Stored], object], words: str
) -> None:
    theirs = [
        person(),
        person(32, "dependabot[bot]", "Bot", f"{marker((ISSUE,))}\nA marker that it copied."),
        person(33, LOGIN, "Bot", "No marker."),
    ]
    bench.issue(comments=theirs)
    waiting(bench)
    plant(bench, change)
    outcome, model = posted_by_another(bench, model_reply())
    assert (outcome.status, len(model.requests)) == ("done", 1)
    assert [words in note for note in outcome.notes] == [True]
    assert "check who can push to that branch" in outcome.notes[0]
    assert bench.bodies()[:-1] == [each["body"] for each in theirs]
    assert bench.bodies()[-1].startswith(f"{marker((ISSUE,))}\nThe folder is missing.")
    assert bench.records()[ISSUE].state == "published"
    assert bench.records()[ISSUE].cost_usd * 1_000 == 8, "it was paid for twice"


def test_killed_after_dropping_it_the_next_run_asks(bench: Bench) -> None:
    waiting(bench)
    plant(bench, lambda draft: draft["keys"].append("issue/8"))

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        bench.shared(ScriptedModel(model_reply(), meanwhile=die), run=2).answer(OPENED)
    bench.clock.sleep(3_600)
    assert bench.shared(ScriptedModel(model_reply()), run=3).answer(OPENED).status == "done"
    assert len(bench.bodies()) == 1


def test_dropping_costs_tries_so_that_it_comes_to_an_end(bench: Bench) -> None:
    waiting(bench)
    for run in range(2, 12):
        if not bench.ledger().draft(bench.records()[ISSUE]):
            break
        plant(bench, lambda draft: draft["keys"].append("issue/8"))
        bench.github.before_post = lambda: (_ for _ in ()).throw(Killed())
        try:
            bench.shared(ScriptedModel(model_reply()), run=run).answer(OPENED)
        except Killed:
            bench.clock.sleep(3_600)
    assert bench.records()[ISSUE].reason.code == "gave-up"


def test_a_comment_of_another_thread_is_never_overwritten(bench: Bench) -> None:
    """GitHub changes a comment by its number alone, in whatever thread it is."""
    bench.issue(8, comments=[person(41, LOGIN, "Bot", f"{marker(('issue/8',))}\nOurs, of another thread.")])
    waiting(bench)
    plant(bench, lambda draft: comment_effect(draft).update(replaces=41))
    outcome, _ = posted_by_another(bench)
    assert outcome.status == "done"
    assert bench.bodies(8) == [f"{marker(('issue/8',))}\nOurs, of another thread."]
    assert len(bench.bodies()) == 1


def test_a_draft_of_the_first_schema_is_held_to_the_same(bench: Bench) -> None:
    bench.issue(comments=[person()])
    waiting(bench)

    def old(draft: Stored) -> None:
        draft.clear()
        body = f"{marker((ISSUE,))}\n@octocat fixes #1\n\n<sub>Anything @octocat</sub>"
        draft.update(body=body, labels=["hls", "bug"], model="m", usage={}, cost_usd="0", replaces=31)

    plant(bench, old, schema=1)
    outcome, model = posted_by_another(bench, model_reply())
    assert (outcome.status, len(model.requests), bench.bodies()[0]) == ("done", 1, "Me too.")


def test_a_sample_is_never_posted_to_a_real_repository(bench: Bench) -> None:
    waiting(bench)
    plant(bench, lambda draft: draft.update(synthetic=True))
    bench.github.is_real = True
    outcome, model = posted_by_another(bench, model_reply())
    assert (outcome.status, len(model.requests)) == ("done", 1)
    assert "no model wrote it" in outcome.notes[0]
