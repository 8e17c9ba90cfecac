"""What an answer may name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge import conversation as context
from hls_action.domain.knowledge.references import LISTED, Referable, duplicate, listed, numbers_named, proposed
from hls_action.domain.threads.thread import Pull
from tests.unit.builders import SHA, changed, comment, pull_thread, thread

HOME = "octo/notes"


def named(text: str) -> set[int]:
    return set(numbers_named([text], HOME))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("Like #12.", {12}, id="a number"),
        pytest.param("#1, #2 and (#3)", {1, 2, 3}, id="several"),
        pytest.param("GH-12 or gh-13", {12, 13}, id="the other way to write it"),
        pytest.param("See octo/notes#12 and Octo/Notes#13", {12, 13}, id="with the repository"),
        pytest.param("https://github.com/octo/notes/issues/12", {12}, id="an address"),
        pytest.param("<https://github.com/OCTO/notes/pull/12/files#r1>", {12}, id="a pull request's"),
        pytest.param("[it](https://git.example.org/octo/notes/issues/12#issuecomment-9)", {12}, id="another server's"),
        pytest.param("#12\n```\n#13\n```\n#14", {12, 14}, id="no line of a stack trace"),
        pytest.param("issue 12, no. 13, 14", set(), id="only numbers"),
        pytest.param("a#12 x_#13 #14b #15_ ##16", set(), id="inside of words"),
        pytest.param("other/notes#12 octo/other#13", set(), id="other repositories'"),
        pytest.param("https://github.com/octo/other/issues/12", set(), id="an address elsewhere"),
        pytest.param("https://example.org/page#12 https://example.org/#13", set(), id="a place in a page"),
        pytest.param("https://github.com/octo/notes/issues/12x", set(), id="an address that goes on"),
        pytest.param("https://github.com/octo/notes/wiki/12", set(), id="another kind of page"),
        pytest.param("&#12; #0 #2147483648 #99999999999 #\u0661", set(), id="no numbers of issues"),
        pytest.param("#2147483647", {2**31 - 1}, id="the largest number"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_numbers_named(text: str, numbers: set[int]) -> None:
    assert named(text) == numbers


def test_a_repository_is_the_same_however_it_is_spelt() -> None:
    assert numbers_named(["octo/notes#12, Octo/Notes#13"], "Octo/Notes") == {12, 13}


@given(st.sets(st.integers(1, 2**31 - 1), max_size=5), st.sampled_from(["#{}", "GH-{}", "octo/notes#{}"]))
def test_every_number_that_stands_there_is_found(numbers: set[int], form: str) -> None:
    assert named(" and ".join(form.format(number) for number in numbers)) == numbers


def test_title_body_and_comments_count() -> None:
    conversation = thread(comment(31, "and #3"), title="Like #1", body="or like #2")
    assert numbers_named(context.build(conversation).prose, HOME) == {1, 2, 3}


def test_what_claude_was_not_shown_does_not_count() -> None:
    hidden = "<!-- #1 -->\n" + "x" * 20_000 + " #2 " + "x" * 20_000
    old = [comment(number, f"#{number} " + "y" * 5_000) for number in range(10, 30)]
    read = context.build(thread(*old, body=hidden), limits=context.SHORT)
    shown = {number for number in range(10, 30) if any(f'id="{number}"' in text for text in read.comments)}
    assert shown < set(range(10, 30))
    assert numbers_named(read.prose, HOME) == shown


def test_neither_a_diff_nor_an_earlier_reply_of_ours_names_anything() -> None:
    pull = Pull(SHA, "fix", "main", file_total=1, files=(changed("a.c", "+color: #123;\n+// see #4"),))
    reply = comment(32, "<!-- hls:1 comment/31 -->\nPossibly the same as #5.", "github-actions[bot]", "Bot")
    conversation = pull_thread(comment(31, "Like #6"), reply, pull=pull)
    read = context.build(conversation, own=frozenset({"github-actions[bot]"}))
    assert "see #4" in read.opening
    assert any("#5" in text for text in read.comments)
    assert numbers_named(read.prose, HOME) == {6}


# ---- the list in the task ----


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        pytest.param(Referable(7), " none", id="nothing is named"),
        pytest.param(Referable(7, named=frozenset({7})), " none", id="nothing but the thread itself"),
        pytest.param(Referable(7, named=frozenset({40, 7, 12})), " #12, #40", id="by number"),
        pytest.param(
            Referable(7, named=frozenset({12}), given=frozenset({0, 3, 12})), " #3, #12", id="those given, too"
        ),
    ],
)
def test_what_is_listed(shown: Referable, text: str) -> None:
    assert listed(shown) == text


@pytest.mark.parametrize(("named", "more"), [(LISTED, ""), (LISTED + 1, ", and 1 more"), (LISTED + 3, ", and 3 more")])
def test_the_first_are_listed_and_the_rest_is_counted(named: int, more: str) -> None:
    listing = ", ".join(f"#{number}" for number in range(100, 100 + LISTED))
    assert listed(Referable(7, named=frozenset(range(100, 100 + named)))) == f" {listing}{more}"


@given(st.frozensets(st.integers(1, 2**31 - 1), max_size=LISTED + 20))
def test_everything_listed_may_be_named_and_what_does_not_fit_is_counted(numbers: frozenset[int]) -> None:
    shown = Referable(7, named=numbers)
    text, _, more = listed(shown).partition(", and ")
    found = numbers_named([text], HOME)
    assert all(duplicate(number, shown) == (number, "") for number in found)
    assert len(found) <= LISTED
    assert more == (f"{len(numbers - {7}) - LISTED} more" if len(numbers - {7}) > LISTED else "")
    assert more or found == numbers - {7}


# ---- the duplicate ----

IMPOSSIBLE = "Claude named as a duplicate of #7 a number that no issue can have"
UNMENTIONED = "Claude named #13 as a duplicate of #7; the thread does not mention it, so it was not posted"
SHOWN = Referable(7, named=frozenset({7, 12}), given=frozenset({40}))


@pytest.mark.parametrize("number", [12, 40])
def test_what_the_thread_names_or_claude_was_given_may_be_a_duplicate(number: int) -> None:
    assert duplicate(number, SHOWN) == (number, "")


def test_none_is_none() -> None:
    assert duplicate(None, SHOWN) == (None, "")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        pytest.param(7, "Claude named #7 as a duplicate of itself, so it was not posted", id="its own"),
        pytest.param(13, UNMENTIONED, id="never mentioned"),
        pytest.param(0, IMPOSSIBLE, id="zero"),
        pytest.param(-12, IMPOSSIBLE, id="less than zero"),
        pytest.param(2**31, IMPOSSIBLE, id="too large"),
        pytest.param(10**60, IMPOSSIBLE, id="far too large"),
    ],
)
def test_nothing_else_may_and_why_is_said(number: int, why: str) -> None:
    posted, note = duplicate(number, SHOWN)
    assert posted is None
    assert note == why
    assert len(note) < 120


def test_a_number_that_no_issue_can_have_stays_out_even_if_given() -> None:
    assert duplicate(0, Referable(7, given=frozenset({0})))[0] is None


ALIKE = Referable(7, named=frozenset({12}), given=frozenset({13, 14}), repository=HOME, alike=frozenset({13, 14}))


def test_to_name_what_nobody_named_is_to_propose_it() -> None:
    assert proposed("See #13, #12 and #99; `GH-14` is code.", None, ALIKE) == (13, 14)
    assert proposed("Nothing.", 14, ALIKE) == (14,)
    assert proposed("Nothing.", 12, ALIKE) == ()


def test_what_is_alike_may_be_a_duplicate_and_is_listed_apart() -> None:
    assert duplicate(13, ALIKE) == (13, "")
    assert listed(ALIKE) == " #12"


@pytest.mark.parametrize(
    "referable",
    [
        pytest.param(replace(ALIKE, proposed=frozenset({12, 13})), id="proposed here before"),
        pytest.param(replace(ALIKE, refused=frozenset({12, 13})), id="refused"),
    ],
)
def test_what_must_not_come_up_again_is_no_duplicate(referable: Referable) -> None:
    number, note = duplicate(13, referable)
    assert number is None
    assert "#13 as a duplicate of #7" in note
    assert listed(referable) == " none"
