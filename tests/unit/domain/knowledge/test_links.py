"""What a thread is to others of its repository, by what people wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.links import LONGEST, relations
from tests.unit.counting import lines_run

HOME = "octo/notes"


def found(text: str, *, is_pull: bool = True) -> set[tuple[str, int]]:
    return {(each.kind, each.number) for each in relations([text], HOME, is_pull=is_pull)}


@pytest.mark.parametrize(
    ("text", "links"),
    [
        pytest.param("Like #12.", {("relates", 12)}, id="a number"),
        pytest.param("GH-12, octo/notes#13", {("relates", 12), ("relates", 13)}, id="other ways to write it"),
        pytest.param("https://github.com/octo/notes/issues/12", {("relates", 12)}, id="an address"),
        pytest.param("Fixes #12, closes: #13 and RESOLVED gh-14", {("fixes", n) for n in (12, 13, 14)}, id="closing"),
        pytest.param("fix https://github.com/octo/notes/issues/12", {("fixes", 12)}, id="closing, by its address"),
        pytest.param("prefixes #12, fixes\n#13", {("relates", 12), ("relates", 13)}, id="no closing word"),
        pytest.param("Duplicate of #12", {("duplicates", 12)}, id="a duplicate"),
        pytest.param("other/notes#12 https://github.com/octo/other/pull/13", set(), id="other repositories"),
        pytest.param("https://evil.example/octo/notes/x/12 //octo/notes#13", set(), id="no links"),
        pytest.param("`#12` and ``a ` #13``, but #14", {("relates", 14)}, id="code in a line"),
        pytest.param("`#12\nand #13` #14", {("relates", 14)}, id="code over lines"),
        pytest.param("`#12\n\n#13`", {("relates", 12), ("relates", 13)}, id="no code over paragraphs"),
        pytest.param("```\n#12\n```\n~~~\n#13\n~~~\n#14", {("relates", 14)}, id="code blocks"),
        pytest.param("<!-- Fixes #12 -->\nFixes #13", {("fixes", 13)}, id="a template's hint"),
        pytest.param("x" * LONGEST + " #12", set(), id="far down"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_what_links(text: str, links: set[tuple[str, int]]) -> None:
    assert found(text) == links


def test_an_issue_fixes_nothing() -> None:
    assert found("Fixes #12", is_pull=False) == {("relates", 12)}


@given(
    st.lists(st.sampled_from(["`", "``", "#12 ", "\n", "\n\n", "```", "<!--", "-->", " "]), max_size=12).map("".join)
)
def test_what_comes_in_code_of_its_own_never_links(text: str) -> None:
    assert ("relates", 99) not in found(f"{text}\n\n```\n#99\n```") or "```" in text or "<!--" in text


def test_many_backticks_take_no_longer_than_they_are_long() -> None:
    short, long = (lines_run(lambda n=n: found("` ``" * n)) for n in (500, 2_000))  # type: ignore[misc]
    assert long < 6 * short
