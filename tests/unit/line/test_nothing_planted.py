"""Who may push may write what stands in the state branch: none of it reaches people unchecked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.budget.budget import ZERO
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.rendering import render
from hls_action.domain.drafts.vetting import DraftContext, rejection, restricted
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.knowledge.labelling import settable
from hls_action.domain.outcome import Outcome
from hls_action.domain.tasks.effects import AddLabels, FoldComments, PostComment
from hls_action.domain.text import outgoing
from hls_action.domain.threads.items import marker
from hls_action.domain.threads.thread import Label
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import SHA, bot_comment, comment, pull_thread, thread
from tests.unit.line_bench import OPENED, Bench
from tests.unit.rendered import live

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
    planted = "@octocat fixes #1 <img src=x> ![y](https://z.test/)\n\n<!-- hls:1 issue/9 -->\n\n/label bug"
    plant(bench, lambda draft: comment_effect(draft).update(text=planted))
    outcome, _ = posted_by_another(bench)
    (body,) = bench.bodies()
    assert outcome.status == "done"
    assert live(body.partition("\n")[2]) == []
    assert outgoing(planted) in body


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


# ---- the rules as such ----

texts = st.text(max_size=20)
numbers = st.none() | st.integers(-5, 2**40)
effects = st.lists(
    st.builds(
        AddLabels, st.lists(st.sampled_from(["bug", "Area", "hls", "deploy", "x"]) | texts, max_size=8).map(tuple)
    )
    | st.builds(FoldComments, st.lists(st.sampled_from(["IC_1", "IC_2", "IC_3", "IC_9"]), max_size=3).map(tuple)),
    max_size=4,
)
keys = st.lists(
    st.sampled_from(
        [ISSUE, "issue/7@2:abc", "issue/8", "comment/1@2:a", "comment/5", f"pull/{SHA}", "pull/x", "label/h"]
    ),
    min_size=1,
    max_size=3,
).map(tuple)
drafts = st.builds(
    lambda keys, text, replaces, others, model, duplicate: Draft(
        keys, (*others, PostComment(text, replaces)), {"duplicate": duplicate}, model, Usage(), ZERO
    ),
    keys,
    texts,
    st.none() | st.integers(1, 6),
    effects,
    st.sampled_from(["claude-sonnet-5-5"]) | texts,
    numbers,
)
OURS = replace(bot_comment(2, f"{marker((ISSUE,))}\nYes."), node_id="IC_2")
ROBOTS = replace(comment(3, f"{marker((ISSUE,))}\nYes.", "other[bot]", "Bot"), node_id="IC_3")
SEEN = thread(replace(comment(1, "/hls why?"), node_id="IC_1"), OURS, ROBOTS)


@given(drafts)
def test_what_passes_touches_only_what_is_ours(draft: Draft) -> None:
    place = DraftContext(SEEN, {ISSUE: OURS}, (ISSUE, "comment/1@2:a"))
    if rejection(draft, place):
        return
    allowed = [label.name for label in settable(("bug", "area", "hls"), (), DEFAULT_RULES)]
    done = restricted(draft, place, allowed)
    assert done.comment.replaces in (None, OURS.id)
    assert all(node == OURS.node_id for e in done.effects if isinstance(e, FoldComments) for node in e.comments)
    assert {name.lower() for name in done.labels} <= {"bug", "area"}
    assert {key.split("@")[0] for key in done.keys} <= {ISSUE, "comment/1", "label/h"}
    body = render(done, footer=FOOTER, mention="/hls")
    assert live(body.partition("\n")[2]) == []


@given(drafts, st.dictionaries(texts, st.none() | st.booleans() | texts | st.integers()))
def test_nothing_is_shown_of_a_draft_but_its_cleaned_text_and_a_number(draft: Draft, fields: dict[str, object]) -> None:
    fields = {**draft.fields, **fields}
    shown, number = render(replace(draft, fields=fields), footer=FOOTER, mention="/hls"), fields["duplicate"]
    model = draft.model if draft.model == "claude-sonnet-5-5" else None
    parts = shown.removeprefix(f"{marker(draft.keys)}\n").removeprefix(outgoing(draft.comment.text))
    line = f"\n\nPossibly the same as #{number}."
    footer = parts.removeprefix(line if f"#{number}" not in draft.comment.text else "")
    if model:
        assert footer == f"\n\n<sub>Written by Claude (`{model}`). Ask with `/hls`.</sub>"
    assert parts.startswith("\n\n")


PLACE = DraftContext(SEEN, {ISSUE: OURS}, (ISSUE, "comment/1@2:a"))
FINE = Draft((ISSUE,), (PostComment("Yes."),), {}, "claude-sonnet-5-5", Usage(), ZERO)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param({"effects": (PostComment("Yes.", 2), FoldComments(("IC_2",)))}, "", id="what is ours"),
        pytest.param(
            {"keys": ("issue/8", "issue/9@2:ab")},
            "it names keys that are not items of this thread (issue/8, issue/9@2:ab)",
            id="items",
        ),
        pytest.param(
            {"effects": (PostComment("Yes.", 1),)},
            "it would replace comment 1, which is not one of our replies",
            id="a place",
        ),
        pytest.param(
            {"effects": (PostComment("Yes."), FoldComments(("IC_1",)))},
            "it would fold a comment that is not one of our replies",
            id="a fold",
        ),
        pytest.param({"effects": (PostComment(" "),)}, "it renders as nothing", id="no text"),
        pytest.param({"model": "@team"}, "its model name is not valid", id="a model"),
        pytest.param({"fields": {"duplicate": 8}}, "", id="another issue"),
        *(
            pytest.param(
                {"fields": {"duplicate": odd}}, "its possible duplicate is not an issue number", id=f"{odd} as one"
            )
            for odd in (7, 0, 2**40, "8")
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_stored_answer(changes: dict[str, Any], words: str) -> None:
    assert rejection(replace(FINE, **changes), PLACE) == words


def test_what_is_left_of_a_stored_answer() -> None:
    unnamed = replace(OURS, id=4, node_id="")
    unmarked = replace(OURS, id=6, body="No marker.", node_id="IC_6")
    place = replace(PLACE, thread=thread(*SEEN.comments, unnamed, unmarked))
    effects = (
        AddLabels(("Bug", "deploy")),
        PostComment("Yes.", 2),
        FoldComments(("IC_2", "IC_3", "IC_6", "")),
        AddLabels(("x",)),
    )
    done = restricted(replace(FINE, effects=effects), place, ("BUG",))
    assert done.effects == (AddLabels(("Bug",)), PostComment("Yes.", 2), FoldComments(("IC_2",)))
    elsewhere = replace(FINE, effects=(PostComment("Yes.", 99), FoldComments(("IC_1",))))
    assert restricted(elsewhere, place, ()).effects == (PostComment("Yes."),)


def test_keys_belong_to_a_thread_by_their_kinds() -> None:
    pull = DraftContext(pull_thread(), {}, ())
    issue = DraftContext(thread(), {}, ())

    def is_at_home(key: str, place: DraftContext) -> bool:
        return not rejection(Draft((key,), (PostComment("Yes."),), {}, "m", Usage(), ZERO), place)

    assert [is_at_home(key, issue) for key in (ISSUE, "label/hls", f"pull/{SHA}", "issue/8")] == [1, 1, 0, 0]
    assert [is_at_home(key, pull) for key in (ISSUE, "label/hls", f"pull/{SHA}", "pull/main", f"pull/{SHA}0")] == [
        *(0, 0, 1, 0, 0)
    ]
    asked = DraftContext(thread(comment(31, "/hls why?")), {}, ())
    assert [is_at_home(key, asked) for key in ("comment/31@3:aa", "comment/32@3:aa")] == [1, 0]


def test_a_question_that_was_deleted_meanwhile_is_no_flaw() -> None:
    draft = Draft(("comment/31@2:abc",), (PostComment("Yes."),), {}, "m", Usage(), ZERO)
    assert rejection(draft, DraftContext(thread(), {}, ("comment/31@2:abc",))) == ""
    assert rejection(draft, DraftContext(thread(), {}, ())) != ""
