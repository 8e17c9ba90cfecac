"""What may be done of a stored answer, as rules: whoever can push may have written it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.budget import ZERO
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.rendering import render
from hls_action.domain.drafts.vetting import DraftContext, rejection, restricted
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.knowledge.grounding import Grounds, Place
from hls_action.domain.knowledge.labelling import settable
from hls_action.domain.tasks.effects import AddLabels, FoldComments, PostComment
from hls_action.domain.text import outgoing
from hls_action.domain.threads.items import marker
from tests.unit.builders import SHA, bot_comment, comment, pull_thread, thread
from tests.unit.rendered import live

ISSUE = "issue/7"
FOOTER = "<sub>Written by Claude (`$model`). Ask with `$mention`.</sub>"

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
    body = render(done, footer=FOOTER, mention="/hls", site="https://github.com/o/r")
    assert live(body.partition("\n")[2]) == []


@given(drafts, st.dictionaries(texts, st.none() | st.booleans() | texts | st.integers()))
def test_nothing_is_shown_of_a_draft_but_its_cleaned_text_and_a_number(draft: Draft, fields: dict[str, object]) -> None:
    fields = {**draft.fields, **fields}
    shown, number = (
        render(replace(draft, fields=fields), footer=FOOTER, mention="/hls", site="https://github.com/o/r"),
        fields["duplicate"],
    )
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


ASKS: dict[str, object] = {"needs_info": True, "missing": ["the version"]}


@pytest.mark.parametrize(
    ("fields", "waits", "is_pull", "still"),
    [
        pytest.param(ASKS, True, False, True, id="it asks the author"),
        pytest.param(ASKS, False, False, False, id="it did not wait when it was written"),
        pytest.param({}, True, False, False, id="it asks nothing"),
        pytest.param(ASKS, True, True, False, id="the author of a pull request"),
    ],
)
def test_a_stored_answer_waits_for_an_author_whom_it_asks(
    fields: dict[str, object], waits: bool, is_pull: bool, still: bool
) -> None:
    stored = replace(FINE, effects=(AddLabels(("hls-waiting",)), PostComment("Which?")), fields=fields, waits=waits)
    done = restricted(stored, DraftContext(pull_thread() if is_pull else thread(), {}, ()), ())
    assert (done.waits, done.labels) == (still, ("hls-waiting",) if still else ())
    first = render(done, footer=FOOTER, mention="/hls", site="https://github.com/o/r").split("\n")[0]
    assert first == marker((*done.keys, "waiting/author") if still else done.keys)


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


@pytest.mark.parametrize(("base", "left"), [("c" * 40, 1), ("d" * 40, 0), ("", 0)])
def test_of_the_default_branch_a_stored_answer_leads_to_its_present_commit_alone(base: str, left: int) -> None:
    draft = Draft((ISSUE,), (PostComment("See `src/a.py:2`."),), {}, "claude-sonnet-5-5", Usage(), ZERO)
    draft = replace(draft, grounds=Grounds(places=(Place("src/a.py", 2, 2, "c" * 40),)))
    assert len(restricted(draft, DraftContext(thread(), {}, (), base=base), ()).grounds.places) == left
