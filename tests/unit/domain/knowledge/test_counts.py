"""How words are counted, and how a text's fit is told from that."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge import counts
from hls_action.domain.knowledge.counts import Counted, Tally, added_up, bm25, rarity, z_scores

WORDS = {b"file": 0.5, b"reader": 0.5}


def counted(length: int = 10, **terms: int) -> Counted:
    return Counted({term.encode(): count for term, count in terms.items()}, frozenset(), length)


def test_words_are_counted_wherever_they_are_part_of_an_identifier() -> None:
    found = Tally(WORDS, [b"FileReader"], [b"no-cache", b"no-store"]).count(
        b"FileReader file_1 files writer(--no-cache)"
    )
    assert found == Counted({b"file": 3, b"reader": 1}, frozenset({b"FileReader", b"no-cache"}), 6)


def test_a_name_counts_as_it_is_written_only() -> None:
    assert Tally(WORDS, [b"FileReader"]).count(b"filereader").names == frozenset()


def test_what_is_forgotten_is_learnt_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_MOST_KNOWN", 2)
    tally = Tally(WORDS)
    assert [tally.count(b"a b c d file").terms for _ in range(3)] == [{b"file": 1}] * 3
    assert tally.count(b"e f g").terms == {}
    assert (tally._known, tally._wanted) == ({b"e", b"f", b"g"}, {})
    tally.count(b"h")
    assert tally._known == {b"h"}
    tally.count(b"i")
    tally.count(b"j")
    assert tally._known == {b"h", b"i", b"j"}


def test_a_word_is_rarer_the_fewer_texts_have_it() -> None:
    texts = [[b"all", b"one"], [b"all"], [b"all"]]
    weights = rarity([b"one", b"all", b"none"], texts)
    assert list(weights) == [b"one", b"all"]
    assert weights == {b"one": math.log(1 + 2.5 / 1.5), b"all": math.log(1 + 0.5 / 3.5)}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param(counted(file=2), counted(file=1), id="a word twice"),
        pytest.param(counted(file=1, reader=1), counted(file=2), id="two words rather than one twice"),
        pytest.param(counted(file=1), counted(100, file=1), id="in a shorter text"),
        pytest.param(counted(file=1), counted(), id="a word rather than none"),
    ],
)
def test_what_fits_better(better: Counted, worse: Counted) -> None:
    rest = [counted() for _ in range(9)]
    first, second, *others = bm25([better, worse, *rest], WORDS, length=0.5)
    assert first > second
    assert others == [0.0] * 9


def test_the_fit_is_the_weight_times_the_rarity_times_what_the_count_is_worth() -> None:
    fits = bm25([counted(5, file=2, reader=1), counted(15, reader=1)], WORDS, length=0.5)
    file, reader = math.log(2), math.log(1 + 0.5 / 2.5)
    assert fits == pytest.approx([0.5 * file * 2 / (2 + 0.9) + 0.5 * reader / (1 + 0.9), 0.5 * reader / (1 + 1.5)])


def test_a_word_that_is_repeated_soon_counts_no_more() -> None:
    once, often, for_ever, _ = bm25(
        [counted(file=1), counted(file=10), counted(file=1000), counted()], WORDS, length=0.0
    )
    assert for_ever - often < (often - once) / 4


def test_nothing_fits_nothing() -> None:
    assert bm25([], WORDS, length=0.5) == []
    assert bm25([Counted({}, frozenset(), 0)], WORDS, length=0.5) == [0.0]


def test_standard_deviations_off_the_mean() -> None:
    assert z_scores([1.0, 3.0]) == [-1.0, 1.0]
    assert z_scores([5.0, 5.0]) == [0.0, 0.0]
    assert z_scores([0.1 + 0.2, 0.3]) == [0.0, 0.0], "what differs by rounding alone does not differ"
    assert z_scores([]) == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_z_scores_keep_the_order_and_cancel_out(values: list[float]) -> None:
    scores = z_scores(values)
    assert sum(scores) == pytest.approx(0, abs=1e-6)
    order = sorted(range(len(values)), key=values.__getitem__)
    assert all(scores[one] <= scores[other] + 1e-9 for one, other in pairwise(order))


def test_kinds_are_added_up_thing_by_thing() -> None:
    assert added_up([[1.0, 2.0], [10.0, 20.0]]) == [11.0, 22.0]
