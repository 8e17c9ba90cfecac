"""Which issues are alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.issues import MOST, Issue, rank_issues

TITLES = [
    "Voucher is refused although it has not expired",
    "Basket is empty after signing in",
    "Receipt is sent twice",
    "Prices are rounded up",
    "Dark mode for the order page",
    "Crash when an address has no street",
    "Search finds nothing with an umlaut",
    "Order page takes ten seconds to load",
    "Password reset link leads nowhere",
    "Currency is wrong in the receipt",
    "Images are missing on old phones",
    "Export of orders as a table",
]
POOL = [Issue(number, "open", title, f"{title}. Seen in version {number}.") for number, title in enumerate(TITLES, 1)]


def ranked(title: str, text: str = "", pool: list[Issue] = POOL) -> list[int]:
    return [issue.number for issue in rank_issues(title, text, pool)]


@pytest.mark.parametrize(
    ("title", "text", "first"),
    [
        ("Refuses a voucher", "It is still valid.", 1),
        ("My basket was emptied when I signed in", "", 2),
        ("Something else", "The receipt comes twice", 3),
        ("rounding of prices", "", 4),
        ("vouchers: expiry", "", 1),
    ],
)
def test_the_nearest_comes_first(title: str, text: str, first: int) -> None:
    assert ranked(title, text)[0] == first


def test_spelling_counts_where_words_differ() -> None:
    assert ranked("Passwort-Resetlink")[0] == 9


def test_at_least_ten_are_listed_where_there_are_as_many_and_no_more_than_so_many() -> None:
    assert len(ranked("voucher")) == len(POOL)
    many = [Issue(number, "open", f"Issue {number}", "") for number in range(1, 400)]
    assert len(ranked("voucher", pool=many)) == MOST
    assert ranked("voucher", pool=[]) == []


def test_of_equal_ones_the_newest_comes_first() -> None:
    same = [Issue(number, "open", "Voucher", "It fails") for number in (3, 1, 2)]
    assert ranked("Voucher", pool=same) == [3, 2, 1]
    assert ranked("?!") == sorted(range(1, len(POOL) + 1), reverse=True)


@given(st.permutations(POOL))
def test_the_order_of_the_pool_makes_no_difference(pool: list[Issue]) -> None:
    assert rank_issues("A voucher for the basket", "twice", pool) == rank_issues(
        "A voucher for the basket", "twice", POOL
    )


STUFFED = " ".join(word for title in TITLES for word in title.split())


@pytest.mark.parametrize(
    "stuffed",
    [
        pytest.param(Issue(99, "open", "Help", STUFFED), id="every word of all others"),
        pytest.param(
            Issue(99, "open", "Help", "voucher expired basket receipt prices " * 40), id="a few words again and again"
        ),
        pytest.param(Issue(99, "open", STUFFED, ""), id="in the title"),
        pytest.param(Issue(99, "open", STUFFED * 100, STUFFED * 100), id="everywhere, and long"),
    ],
)
def test_an_issue_stuffed_with_keywords_is_first_for_none(stuffed: Issue) -> None:
    assert [ranked(title, pool=[*POOL, stuffed])[0] for title in TITLES] == list(range(1, len(TITLES) + 1))


def test_what_a_form_says_and_what_comes_late_in_a_text_does_not_count() -> None:
    hidden = Issue(98, "open", "Other", "<!-- voucher refused -->")
    late = Issue(99, "open", "Another", "x " * 1_000 + "voucher refused")
    assert ranked("Voucher refused", pool=[*POOL, hidden, late])[0] == 1
    scores = {issue.number: issue.score for issue in rank_issues("Voucher refused", "", [*POOL, hidden, late])}
    assert max(scores[98], scores[99]) < 0 < scores[1]


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_compared(title: str, text: str) -> None:
    assert sorted(ranked(title, text)) == list(range(1, len(POOL) + 1))
