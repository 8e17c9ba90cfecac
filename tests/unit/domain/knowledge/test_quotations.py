"""Whether what an answer quotes is there, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.quotations import LEAST, Found, find
from hls_action.domain.knowledge.sources import Source
from hls_action.domain.text import diff

ISSUE = Source("the issue", "Export crashes\n\nThe export ends\nin a Cafe\u0301   traceback.", "opening")
GIT = "@@ -7,3 +7,4 @@ def f():\n a = 1\n-    old = open(path)\n+    if ready:\n+        go(path)"
PATCH = Source(
    "the patch of src/a.py",
    diff.render(diff.parse(GIT), 9_000).text,
    "patch",
    "src/a.py",
)  # fmt: skip
SOURCES = (ISSUE, PATCH)


@pytest.mark.parametrize(
    ("quotation", "number", "found"),
    [
        pytest.param("The export ends", 1, ("The export ends", 1, None), id="word for word"),
        pytest.param("The export ends in a", 1, ("The export ends in a", 1, None), id="over a line break"),
        pytest.param("a Caf\u00e9 traceback.", 1, ("a Caf\u00e9 traceback.", 1, None), id="accents and blanks"),
        pytest.param("if ready:\n        go(path)", 2, ("if ready: go(path)", 2, (8, 9)), id="lines of a patch"),
        pytest.param("  8 +    if ready:\n  9 +        go(path)", 2, ("if ready: go(path)", 2, (8, 9)), id="as shown"),
        pytest.param("+    if ready:\n+        go(path)", 2, ("if ready: go(path)", 2, (8, 9)), id="with signs"),
        pytest.param("8 +    if ready:\n9 +        go(path)", 2, ("if ready: go(path)", 2, (8, 9)), id="with numbers"),
        pytest.param("old = open(path)", 2, ("old = open(path)", 2, None), id="a line that is gone has no number"),
        pytest.param("a = 1\n    old = open(path)", 2, ("a = 1 old = open(path)", 2, (7, 7)), id="one of two has"),
        pytest.param("@@ -7,3 +7,4 @@ def f():", 2, ("@@ -7,3 +7,4 @@ def f():", 2, None), id="a header"),
        pytest.param("The export ends", 2, ("The export ends", 1, None), id="in another source"),
        pytest.param("The export ends", 99, ("The export ends", 1, None), id="a number that no source has"),
        pytest.param("The export ends", 0, ("The export ends", 1, None), id="none has zero"),
        pytest.param("The export ended", 1, None, id="made up"),
        pytest.param("the export ends", 1, None, id="other letters"),
        pytest.param("export ends", 1, None, id="too short"),
        pytest.param("  9 +   go(p", 2, None, id="too short without its gutter"),
        pytest.param("The export [...] traceback.", 1, None, id="with something left out"),
        pytest.param("", 1, None, id="nothing"),
        pytest.param(" \n\n ", 1, None, id="blanks"),
    ],
)
def test_a_quotation_is_found_as_it_stands(quotation: str, number: int, found: tuple[object, ...] | None) -> None:
    assert find(quotation, number, SOURCES) == (Found(*found) if found else None)  # type: ignore[arg-type]


def test_signs_count_where_nothing_is_a_patch() -> None:
    listing = Source("comment 31 by ann", "   12 +    if ready:\n", "comment")
    assert find("if ready and steady", 1, (listing,)) is None
    assert find("12 + if ready:", 1, (listing,)) == Found("12 + if ready:", 1)


def test_the_source_that_is_named_comes_first() -> None:
    same = (Source("a", "one and the same"), Source("b", "one and the same"))
    assert [getattr(find("one and the same", number, same), "source", None) for number in (1, 2, 3)] == [1, 2, 1]


@given(
    st.lists(st.sampled_from(["alpha", "be  ta", "\u00e9", "e\u0301", "12 +", "- x"]), min_size=1, max_size=9),
    st.data(),
)
def test_whatever_is_cut_out_of_a_source_is_found(words: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([" ", "\n"])).join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    cut = " ".join(words[first:])
    found = find(cut, 1, (Source("a", text),))
    assert (found is not None) == (len(" ".join(cut.replace("e\u0301", "\u00e9").split())) >= LEAST)
