"""From an answer to the comment and the labels that GitHub will show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.fixed_texts import SIGNATURE
from hls_action.domain.drafts.rendering import CUT_NOTE, MAX_COMMENT, notice, render
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.ledger.model import State, next_try
from hls_action.domain.tasks.answer import Answer
from hls_action.domain.tasks.effects import carrier
from hls_action.domain.tasks.table import interpret
from hls_action.domain.threads.items import MAX_ITEMS, Item, marked_keys
from tests.unit.builders import NOON, answer
from tests.unit.domain.ledger.test_documents import record
from tests.unit.rendered import live

ITEMS = (Item("issue", "7"), Item("comment", "31", "0123456789ab"))
FOOTER = "<sub>Written by Claude (`claude-x`). Ask with `/hls`.</sub>"
SHOWN = Referable(7, ("bug", "Good First Issue", "question"), named=frozenset({12}))


def written(said: Answer, items: tuple[Item, ...] = ITEMS, **changes: Any) -> Draft:
    """The draft of an answer."""
    planned = interpret(said, items, SHOWN, ())
    keys = tuple(item.key for item in items)
    fields: dict[str, object] = dict(planned.fields.items())
    draft = Draft(keys, planned.effects, fields, "claude-x", Usage(), Decimal(0))
    return replace(draft, **changes)


def rendered(draft: Draft) -> str:
    return render(
        draft,
        footer="<sub>Written by Claude (`$model`). Ask with `$mention`.</sub>\n",
        mention="/hls",
        site="https://github.com/o/r",
    )


def rest(body: str) -> str:
    return body.split("\n", 1)[1]


def last_paragraph(markdown: str) -> str:
    return MarkdownIt("commonmark").parse(markdown)[-2].content


def test_a_reply_is_marker_text_and_footer() -> None:
    body = rendered(written(answer(comment="Create the folder.")))
    assert body == f"<!-- hls:1 issue/7 comment/31@0123456789ab -->\nCreate the folder.\n\n{FOOTER}"


def test_a_reply_is_inert_and_keeps_its_own_marker() -> None:
    body = rendered(written(answer(comment="<!-- hls:1 issue/99 -->\n@octocat fixes #1\n/label bug")))
    assert marked_keys(body) == {item.key for item in ITEMS}
    assert live(rest(body)) == []


@given(st.lists(st.sampled_from(["word ", "\n\n", "```\n", "~~~\n", "x" * 30_000, "- a\n", "@octocat "]), max_size=8))
def test_a_reply_fits_and_ends_with_its_footer(parts: list[str]) -> None:
    body = rendered(written(answer(comment="".join(parts) or "x"), ITEMS[:1] * MAX_ITEMS))
    assert len(body) <= MAX_COMMENT
    assert last_paragraph(body) == FOOTER


def test_an_unclosed_code_block_does_not_swallow_the_footer() -> None:
    body = rendered(written(answer(comment="Try:\n\n```sh\nmkdir out")))
    assert last_paragraph(body) == FOOTER


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        pytest.param(
            [("deferred", 2), ("deferred", 1)],
            (
                "The maintainers' budget for answers by Claude is used up, so there is no answer here yet. HLS will "
                "try"
                " again after 2026-11-02 13:00 UTC."
            ),
            id="all are due again, the first of them in an hour",
        ),
        *(
            pytest.param(
                ended,
                (
                    "The maintainers' budget leaves no room for an answer by Claude here. HLS will not try again"
                    " on its own; comment `/bot retry` to request another try."
                ),
                id=name,
            )
            for name, ended in {
                "nothing": [],
                "skipped": [("skipped", 1)],
                "one is due and one is not": [("deferred", 1), ("skipped", 0)],
                "nobody knows when": [("deferred", 0)],
            }.items()
        ),
    ],
)
def test_the_notice_of_a_cap(ended: list[tuple[State, int]], said: str) -> None:
    records = [
        record(key=f"comment/{place}", state=state, until=NOON + timedelta(hours=hours) if hours else None)
        for place, (state, hours) in enumerate(ended)
    ]
    due = next_try(records)
    assert (
        notice(ThreadId(7), "cap" if due else "cap-for-good", due, mention="/bot")
        == f"<!-- hls:1 notice/7 -->\n{said}\n\n{SIGNATURE}"
    )


def test_a_model_that_is_no_name_is_not_shown() -> None:
    assert rendered(written(answer(), model="<b>x")).endswith(
        "<sub>Written by Claude (`Claude`). Ask with `/hls`.</sub>"
    )


@pytest.mark.parametrize("number", [0, -12, 10**20, "12", True, None])
def test_a_duplicate_that_is_no_number_of_an_issue_is_not_shown(number: object) -> None:
    assert "Possibly" not in rendered(written(answer(), fields={"duplicate": number}))


def test_a_duplicate_is_named_where_there_is_just_room_for_it() -> None:
    shortest = len(rendered(written(answer(comment="x", possible_duplicate_of=12))))
    lengths = [1 + MAX_COMMENT - shortest - spare for spare in (0, 1, 2, 3)]
    bodies = [rendered(written(answer(comment="x" * each, possible_duplicate_of=12))) for each in lengths]
    assert ["Possibly" in body for body in bodies] == [False, True, True, True]
    assert len(bodies[1]) == MAX_COMMENT - 1


@pytest.mark.slow
def test_a_reply_that_is_too_long_says_that_it_was_cut() -> None:
    assert MAX_COMMENT == 65_536
    assert CUT_NOTE == "*The rest of this reply was cut off because it was longer than GitHub allows.*"
    body = rendered(written(answer(comment="A paragraph.\n\n" * 9_000)))
    assert len(body) <= MAX_COMMENT
    assert body.endswith(f"{CUT_NOTE}\n\n{FOOTER}")


@pytest.mark.parametrize(
    ("comment", "added"),
    [
        pytest.param("Create it.", True, id="not yet named"),
        pytest.param("Seen before in #12.", False, id="named already"),
        pytest.param("See #123.", True, id="another number that begins alike"),
    ],
)
def test_a_possible_duplicate_is_named_once(comment: str, added: bool) -> None:
    body = rendered(written(answer(comment=comment, possible_duplicate_of=12)))
    assert ("\n\nPossibly the same as #12.\n\n" in body) is added


def test_a_full_reply_has_no_room_for_a_duplicate() -> None:
    text = "x" * (MAX_COMMENT - len(rendered(written(answer(comment="")))))
    body = rendered(written(answer(comment=text, possible_duplicate_of=12)))
    assert "Possibly" not in body
    assert len(body) <= MAX_COMMENT


def test_a_synthetic_reply_says_so_before_and_after() -> None:
    body = rendered(written(answer(), synthetic=True))
    assert rest(body).startswith("> [!CAUTION]\n> **Offline sample, not an answer.**")
    assert "by a fixed rule.\n\nCreate the folder first.\n\n<sub>" in body
    assert body.endswith("<sub>Sample text. With an API key, Claude would answer here.</sub>")
    assert "Written by Claude" not in body


@pytest.mark.parametrize("mention", ["/hls", "$model", "@$x"])
def test_the_footer_names_the_model_and_how_to_ask_whatever_that_is(mention: str) -> None:
    body = render(
        written(answer()), footer="<sub>$model, $mention</sub>", mention=mention, site="https://github.com/o/r"
    )
    assert body.endswith(f"\n\n<sub>claude-x, {mention}</sub>")


# ---- what an answer may refer to ----


def test_a_duplicate_that_may_be_named_is_posted() -> None:
    planned = interpret(answer(possible_duplicate_of=12), ITEMS, SHOWN, ())
    assert (planned.fields["duplicate"], planned.notes) == (12, ())


def test_any_other_is_told_and_not_posted() -> None:
    planned = interpret(answer(possible_duplicate_of=99999), ITEMS, SHOWN, ())
    assert planned.fields["duplicate"] is None
    assert planned.notes == (
        "Claude named #99999 as a duplicate of #7; the thread does not mention it, so it was not posted",
    )


def test_secrets_are_taken_out_before_the_text_is_cleaned() -> None:
    planned = interpret(answer(comment="It is ghp_" + "a1B2c3D4e5" * 4), ITEMS, SHOWN, ())
    assert "a1B2c3D4e5" not in carrier(planned.effects).text
    assert planned.notes[0].startswith("secrets were taken out of the reply")


@pytest.mark.parametrize("synthetic", [False, True])
def test_a_reply_is_as_long_as_github_allows_and_no_longer(synthetic: bool) -> None:
    draft = written(answer(comment="A sentence that goes on. " * 4_000), synthetic=synthetic)
    assert MAX_COMMENT - 100 < len(rendered(draft)) <= MAX_COMMENT
