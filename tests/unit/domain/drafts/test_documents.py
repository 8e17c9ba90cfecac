"""Drafts as they are stored, and as the first schema had them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.documents import DRAFT
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.rendering import SYNTHETIC_FOOTER, SYNTHETIC_NOTICE, render
from hls_action.domain.json_codec import Misfit
from hls_action.domain.knowledge.grounding import Counts, Grounds, Place, Quotation
from hls_action.domain.ledger import schema_1
from hls_action.domain.tasks.effects import (
    EFFECTS,
    AddLabels,
    Effect,
    FoldComments,
    PostComment,
    RemoveLabels,
    SetType,
    merged,
)
from hls_action.domain.text import outgoing
from hls_action.domain.threads.items import marker
from hls_action.line.apply_effects import APPLIERS

FOOTER = "<sub>Written by Claude (`$model`). Ask with `$mention`.</sub>"

texts = st.text(st.characters(codec="utf-8"), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=3), max_leaves=4
)
keys = st.lists(
    st.from_regex(r"(issue|comment|pull|label)/[0-9a-z]{1,6}(@2:[0-9a-f]{12})?", fullmatch=True), min_size=1, max_size=4
).map(tuple)
others = st.lists(
    st.builds(AddLabels, st.lists(texts, max_size=3).map(tuple))
    | st.builds(RemoveLabels, st.lists(texts, max_size=3).map(tuple))
    | st.builds(SetType, texts)
    | st.builds(FoldComments, st.lists(texts, max_size=3).map(tuple)),
    max_size=3,
)
places = st.builds(
    Place, st.sampled_from(["a.py", "src/\u00e4 b.py"]), st.integers(0, 5), st.integers(5, 9), st.just("a" * 40)
)
comments = st.builds(PostComment, texts, st.none() | st.integers(1, 10**12), texts)
drafts = st.builds(
    Draft,
    keys=keys,
    effects=st.tuples(others, comments, others).map(lambda each: (*each[0], each[1], *each[2])),
    fields=st.dictionaries(texts, json_values, max_size=3),
    model=texts,
    usage=st.builds(Usage, *[st.integers(0, 10**6)] * 6),
    cost_usd=st.decimals(0, 100, places=6),
    synthetic=st.booleans(),
    waits=st.booleans(),
    eyes=st.booleans(),
    marks=st.dictionaries(texts, texts, max_size=3),
    written=st.none() | st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    grounds=st.builds(
        Grounds,
        places=st.lists(places, max_size=3).map(tuple),
        unchecked=st.lists(st.builds(Place, texts, st.just(3), st.integers(3, 9)), max_size=3).map(tuple),
        quotations=st.lists(st.builds(Quotation, texts, texts, st.none() | places), max_size=3).map(tuple),
        counts=st.builds(Counts, *[st.integers(0, 99)] * 6),
    ),
    prompt=texts,
)


@given(drafts)
def test_a_draft_is_read_as_it_was_written(draft: Draft) -> None:
    assert DRAFT.decode(json.loads(json.dumps(DRAFT.encode(draft)))) == draft


def test_every_kind_of_effect_has_its_place_in_the_tables() -> None:
    """Where it is stored by its name, and where it is done; the one that carries the marker is done by `deliver`."""
    assert set(EFFECTS) == set(Effect.__subclasses__())
    assert len({kind.name for kind in EFFECTS}) == len(EFFECTS)
    assert set(APPLIERS) == {kind for kind in EFFECTS if not kind.carries_marker}
    assert [kind for kind in EFFECTS if kind.carries_marker] == [PostComment]


def test_effects_of_a_kind_become_one_in_the_order_in_which_they_are_done() -> None:
    wanted = (
        FoldComments(("b",)),
        PostComment("Yes."),
        AddLabels(("bug",)),
        FoldComments(("a", "b")),
        PostComment("Yes.", 5),
        AddLabels(("bug", "x")),
    )
    assert merged(wanted) == (AddLabels(("bug", "x")), PostComment("Yes.", 5), FoldComments(("b", "a")))
    assert merged(()) == ()


def test_an_effect_names_its_kind() -> None:
    draft = Draft(
        ("issue/7",),
        (AddLabels(("bug",)), PostComment("Yes.", 5), FoldComments(("IC_1",))),
        {},
        "m",
        Usage(),
        Decimal(0),
    )
    assert DRAFT.encode(draft)["effects"] == [
        {"kind": "labels", "names": ["bug"]},
        {"kind": "comment", "text": "Yes.", "replaces": 5},
        {"kind": "fold", "comments": ["IC_1"]},
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effects": {}}, "effects: '{}' is not a list"),
        ({"effects": "x"}, "effects: 'x' is not a list"),
        ({"effects": ["x"]}, "effects: 0: 'x' is not an object"),
        ({"effects": [{"kind": "vote"}]}, "effects: 0: 'vote' is not one of labels, unlabel, type, comment, fold"),
        ({"effects": [{"kind": "comment", "text": "Yes."}]}, "effects: 0: replaces: it is missing"),
        ({"fields": []}, "fields: '[]' is not an object"),
        ({"fields": None}, "fields: 'None' is not an object"),
        ({"usage": {"input": "x"}}, "usage: input: 'x' is not a whole number"),
    ],
)
def test_what_is_said_of_damage(change: dict[str, object], words: str) -> None:
    whole = DRAFT.encode(Draft(("issue/7",), (PostComment("Yes."),), {}, "m", Usage(), Decimal(0)))
    with pytest.raises(Misfit, match=f"^{re.escape(words)}$"):
        DRAFT.decode(whole | change)


@pytest.mark.parametrize("places", [(None, None), (5, None), (None, 5), (5, 4), (4, 5)])
def test_of_two_comments_to_replace_it_is_the_later(places: tuple[int | None, int | None]) -> None:
    (found,) = merged([PostComment("Yes.", place) for place in places])
    assert found == PostComment("Yes.", max((place for place in places if place), default=None))


def test_what_was_folded_meanwhile_is_not_folded_again() -> None:
    assert FoldComments(("a", "b", "c")).without(frozenset({"b", "x"})) == FoldComments(("a", "c"))


# ---- the first schema ----

WAS: dict[str, Any] = {"state": "claimed", "at": "2026-11-02T12:00:00Z", "until": "2026-11-03T12:00:00Z"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(WAS, WAS, id="as it is"),
        pytest.param({**WAS, "reason": ""}, WAS, id="no reason"),
        pytest.param(
            {**WAS, "reason": "upstream: down"},
            {**WAS, "reason": {"code": "upstream", "detail": "down"}},
            id="a reason",
        ),
        pytest.param({**WAS, "batch": "b"}, {**WAS, "until": WAS["at"]}, id="a claim that waited for a batch is over"),
    ],
)
def test_a_record_of_the_first_schema(entry: dict[str, Any], expected: dict[str, Any]) -> None:
    shard = schema_1.upgraded({"threads": {"o/r#7": {"issue/7": entry}}, "drafts": {}, "folded": {}})
    assert shard == {"threads": {"o/r#7": {"issue/7": expected}}, "drafts": {}, "folded": {}}


def test_half_a_draft_of_the_first_schema_is_none() -> None:
    shard = schema_1.upgraded({"threads": {}, "drafts": {"half": {"body": "<!-- hls:1 issue/7 -->\nYes."}, "odd": 7}})
    assert shard["drafts"] == {"half": {}, "odd": {}}


@pytest.mark.parametrize("end", ["<sub>Yes", "Yes</sub>"])
def test_what_only_looks_like_a_footer_is_text(end: str) -> None:
    assert by_schema_1(f"<!-- hls:1 issue/7 -->\nYes.\n\n{end}").comment == PostComment(f"Yes.\n\n{end}")


def test_a_mention_of_samples_in_an_answer_is_text() -> None:
    said = f"{SYNTHETIC_NOTICE}\n\nYes."
    draft = by_schema_1(f"<!-- hls:1 issue/7 -->\n{said}\n\n<sub>Claude</sub>")
    assert (draft.synthetic, draft.comment) == (False, PostComment(said))


def by_schema_1(body: str, labels: tuple[str, ...] = (), replaces: int | None = None) -> Draft:
    stored: dict[str, Any] = {
        "body": body,
        "labels": list(labels),
        "model": "claude-x",
        "usage": {"input": 10},
        "cost_usd": "0.004",
        "replaces": replaces,
    }
    shard = schema_1.upgraded({"threads": {}, "drafts": {"name": stored}})
    (draft,) = shard["drafts"].values()  # type: ignore[attr-defined]
    return DRAFT.decode(draft)


def rendered(draft: Draft) -> str:
    return render(draft, footer=FOOTER, mention="/hls", site="https://github.com/o/r")


@given(keys, st.lists(st.sampled_from(["Yes.", "\n\n", "<sub>x</sub>", "\n", "> ", "- a"]), min_size=1).map("".join))
def test_the_text_of_a_reply_is_what_stood_between_marker_and_footer(keys: tuple[str, ...], said: str) -> None:
    body = f"{marker(keys)}\n{said}\n\n<sub>Written by Claude (`claude-x`). Ask with `/hls`.</sub>"
    draft = by_schema_1(body)
    assert (draft.keys, draft.comment) == (keys, PostComment(said))
    assert rendered(draft) == body.replace(f"\n{said}\n\n<sub>W", f"\n{outgoing(said)}\n\n<sub>W")


@pytest.mark.parametrize(("labels", "replaces"), [((), None), (("bug",), 5)])
def test_its_labels_and_what_it_replaces_become_effects(labels: tuple[str, ...], replaces: int | None) -> None:
    draft = by_schema_1("<!-- hls:1 issue/7 -->\nYes.\n\n<sub>Claude</sub>", labels, replaces)
    assert draft.effects == ((AddLabels(labels),) if labels else ()) + (PostComment("Yes.", replaces),)
    assert (draft.model, draft.usage, draft.cost_usd) == ("claude-x", Usage(10), Decimal("0.004"))


def test_a_sample_stays_a_sample() -> None:
    body = f"<!-- hls:1 issue/7 -->\n{SYNTHETIC_NOTICE}\n\nYes.\n\n{SYNTHETIC_FOOTER}"
    draft = by_schema_1(body)
    assert (draft.synthetic, draft.comment.text, rendered(draft)) == (True, "Yes.", body)


def test_a_body_without_a_footer_is_all_text() -> None:
    assert by_schema_1("<!-- hls:1 issue/7 -->\nYes.\n\nNo.").comment == PostComment("Yes.\n\nNo.")


@pytest.mark.parametrize("body", ["Yes.", "", "\n<!-- hls:1 issue/7 -->\nYes."])
def test_a_body_without_a_marker_is_no_draft(body: str) -> None:
    with pytest.raises(ValueError, match="no marker"):
        by_schema_1(body)
