"""Issues that Claude was not given: named in a reply, they stay as text and lead nowhere. GitHub's parser is judge."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.references import Referable, numbers_named
from hls_action.domain.knowledge.sources import Source
from hls_action.domain.knowledge.unlinking import unlinked, without_issue_links
from hls_action.domain.text import outgoing
from tests.fuzz.documents import CONTAINERS, LONGEST, MARKUP, document
from tests.unit.rendered import code, links, page, prose, text_of

GIVEN = Referable(
    7, named=frozenset({12}), given=frozenset({13}), repository="o/r", elsewhere=frozenset({("python/cpython", 5)})
)
HERE = "https://github.com/o/r"
REFERRING = ("#99", "GH-99", f"{HERE}/issues/99", f"[x]({HERE}/pull/99)", f"<{HERE}/issues/99>",
    f"[r]: {HERE}/issues/99\n",
             "[r]", "\\#99", "&#35;99", "#12", f"{HERE}/issues/12", "python/cpython#5")  # fmt: skip
DOCUMENTS = st.builds(
    document,
    st.lists(st.sampled_from(MARKUP + REFERRING * 3), max_size=LONGEST),
    st.lists(st.sampled_from(CONTAINERS), max_size=2),
)


def leading(markdown: str) -> list[str]:
    """The issues that GitHub would lead to from a text: by links, and by what it makes links of itself."""
    found = [address for address, _ in page(markdown).links if re.search("/(?:issues|pull)/", address)]
    return found + [each for text in prose(markdown) for each in re.findall(r"(?<![\w&/#])(?:#|GH-)\d+(?!\w)", text)]


@pytest.mark.parametrize(
    ("text", "lost", "left"),
    [
        pytest.param("See #99.", {99}, [], id="a number"),
        pytest.param("See GH-99 or gh-98.", {98, 99}, [], id="the other way to write it"),
        pytest.param("\\#99 &#35;98 &num;97", {97, 98, 99}, [], id="escaped"),
        pytest.param(f"{HERE}/issues/99#issuecomment-1 ({HERE}/pull/98)", {98, 99}, [], id="addresses"),
        pytest.param(f"<{HERE}/issues/99>", {99}, [], id="an automatic link"),
        pytest.param(f"[one]({HERE}/issues/99) [two](<{HERE}/pull/98> 't')", {98, 99}, [], id="links"),
        pytest.param(f"[one][r] and [r]\n\n[r]: {HERE}/issues/99", {99}, [], id="a link by its name"),
        pytest.param("# #99\n\n- > #98\n\n| a |\n|-|\n| #97 |", {97, 98, 99}, [], id="headings, lists, tables"),
        pytest.param("<details>\n<summary>#99</summary>\n\n#98\n\n</details>", {98, 99}, [], id="HTML"),
        pytest.param("https://github.com/a/b/issues/12", {12}, [], id="the number of another repository"),
        pytest.param("#12, #13, #7 and GH-12", set(), ["#12", "#13", "#7", "GH-12"], id="what was given"),
        pytest.param(f"[#99]({HERE}/issues/12)", set(), ["https://redirect.github.com/o/r/issues/12"], id="in a link"),
        pytest.param("https://github.com/Python/cpython/issues/5", set(),
                     ["https://redirect.github.com/Python/cpython/issues/5"],
                     id="elsewhere"),
        pytest.param("`#99`\n\n```\n#98\n```", set(), [], id="code"),
        pytest.param("https://x.test/#99 a#98 &#99; #9x", set(), [], id="no references"),
    ],
)  # fmt: skip
def test_only_what_was_given_is_led_to(text: str, lost: set[int], left: list[str]) -> None:
    before = outgoing(text)
    after, found = unlinked(before, GIVEN)
    assert {number for _, number in found} == lost
    assert leading(after) == left
    assert outgoing(after) == after, "so that it is the same once it was stored"
    assert (after == before) is (not lost)


@given(DOCUMENTS)
def test_nothing_is_lost_and_no_code_is_changed(markdown: str) -> None:
    before = outgoing(markdown)
    after, _ = unlinked(before, GIVEN)
    assert code(after) == code(before)
    kept = iter(text_of(after))
    assert all(character in kept for character in text_of(before)), "in this order"
    assert not set(leading(after)) & {"#99", "GH-99"}
    assert not [address for address in links(after) if address.endswith("/99")]


REPORT = "See https://evil.test/fix#now, https://ok.test/a, and https://github.com/o/r/wiki/Fix."
TOLD = replace(
    GIVEN,
    sources=(Source("the issue", "By https://ok.test/a.", "opening"), Source("issue #12", REPORT, "issue")),
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("https://evil.test/fix#now", [], id="an address"),
        pytest.param("<https://evil.test/fix#now>", [], id="an automatic link"),
        pytest.param("[it](https://evil.test/fix#now) [it](<https://evil.test/fix#now> 'x')", [], id="links"),
        pytest.param("[it][r]\n\n[r]: https://evil.test/fix#now", [], id="a link by its name"),
        pytest.param("https://ok.test/a", ["https://ok.test/a"], id="what the thread has, too"),
        pytest.param("https://github.com/o/r/wiki/Fix", ["https://github.com/o/r/wiki/Fix"], id="the repository's own"),
        pytest.param("https://other.test/x", ["https://other.test/x"], id="what no report has"),
    ],
)
def test_an_address_that_only_a_report_has_is_text(text: str, left: list[str]) -> None:
    shown, lost = unlinked(text, TOLD)
    assert links(shown) == left
    assert lost == frozenset()
    assert text_of(shown).replace("\u200b", "").count("evil.test") >= text_of(text).count("evil.test")


@given(DOCUMENTS)
def test_some_issues_lose_their_links_of_whatever_kind(markdown: str) -> None:
    text = outgoing(markdown)
    shown = without_issue_links(text, "O/r", {99})
    assert 99 not in numbers_named(leading(shown), "o/r")


def test_other_issues_keep_theirs() -> None:
    text = outgoing(f"#99, #12, {HERE}/issues/12 and [x]({HERE}/issues/13)")
    assert without_issue_links(text, "O/r", {99}) == text.replace("#99", "#\u200b99")
