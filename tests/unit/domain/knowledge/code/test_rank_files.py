"""Which files come first, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.code import rank_files as module
from hls_action.domain.knowledge.code.rank_files import BATCH, CUT_UP, Ranking, Tree, rank_files
from hls_action.domain.knowledge.query import read_query
from tests.unit.domain.knowledge.code.trees import SHOP, tree

RANKED = sorted(path for path in SHOP if path.startswith(("src", "web")))


def ranked(title: str, body: str = "", files: dict[str, str] = SHOP) -> list[str]:
    return [file.path for file in rank_files(read_query(title, body), tree(files)).files]


@pytest.mark.parametrize(
    ("title", "body", "first"),
    [
        pytest.param("Wrong sum", "Look at src/shop/mail.py, please.", "src/shop/mail.py", id="a path"),
        pytest.param(
            "Wrong", 'File "/usr/lib/python3/site-packages/shop/mail.py", line 2', "src/shop/mail.py", id="a trace"
        ),
        pytest.param("Wrong", "import shop.discount", "src/shop/discount.py", id="a module"),
        pytest.param("SessionStore forgets", "", "web/session-store.js", id="the file's name"),
        pytest.param("The basket is empty", "", "web/basket.js", id="a word of the path"),
        pytest.param("add_item ignores its argument", "", "src/shop/cart.py", id="a rare identifier"),
        pytest.param("It says that something has expired", "", "src/shop/discount.py", id="rare words"),
        pytest.param("Cookies are lost", "", "web/session-store.js", id="one word"),
    ],
)
def test_what_comes_first(title: str, body: str, first: str) -> None:
    assert ranked(title, body)[0] == first


def test_source_is_ranked_and_nothing_else() -> None:
    assert sorted(ranked("voucher")) == RANKED


def test_a_text_that_says_nothing_leaves_the_order_of_the_alphabet() -> None:
    assert ranked("?!") == ranked("") == RANKED


def test_why_in_a_few_words() -> None:
    query = read_query("apply_voucher", "in discount.py: voucher has expired")
    best = rank_files(query, tree(SHOP)).files[0]
    assert best.path == "src/shop/discount.py"
    assert best.why == ("named in the text", "has `apply_voucher`", "rare words: voucher, apply, apply_voucher")


def test_best_first() -> None:
    scores = [file.score for file in rank_files(read_query("voucher and cart items", ""), tree(SHOP)).files]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0 > scores[-1]


@given(st.permutations(sorted(SHOP)))
def test_the_order_in_which_files_are_listed_makes_no_difference(paths: list[str]) -> None:
    shuffled = {path: SHOP[path] for path in paths}
    query = read_query("Voucher expired", "add_item in the cart, items")
    assert rank_files(query, tree(shuffled)) == rank_files(query, tree(SHOP))


@given(st.sampled_from(RANKED), st.sampled_from(["See {}.", "`{}`", "at /srv/app/{}:3", "https://example.org/{}#L1"]))
def test_naming_a_path_puts_it_first(path: str, form: str) -> None:
    assert ranked("It fails", form.format(path))[0] == path


def test_the_place_in_a_long_file_counts() -> None:
    filler = "".join(f"value_{number} = {number}\n" for number in range(400))
    together = f"{filler}def refund(): return 'payment was declined by bank'\n{filler}"
    apart = f"def refund(): pass\n{filler}payment = declined\n{filler}bank = 1\n"
    files = {"a.py": apart, "b.py": together, **{f"c{number}.py": filler for number in range(5)}}
    assert ranked("refund declined by the bank: payment", files=files)[0] == "b.py"


# ---- bounds ----


class Counting:
    """Reads a tree of files of one size, and notes what it was asked for."""

    def __init__(self, sizes: dict[str, int], text: bytes = b"def total(): pass\n") -> None:
        self.asked: list[Sequence[str]] = []
        self.text = text
        self.tree = Tree(sizes, self.read)

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        self.asked.append(paths)
        return dict.fromkeys(paths, self.text)

    @property
    def total(self) -> int:
        return sum(map(len, self.asked))


@pytest.mark.slow
def test_of_a_hundred_thousand_files_some_are_read_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 500)
    sizes = {f"src/part{number % 100}/file{number}.py": 1_000 for number in range(100_000)}
    counting = Counting({**sizes, "deep/down/in/the/cart.py": 10, "top.py": 10})
    ranking = rank_files(read_query("Cart", ""), counting.tree)
    assert (len(ranking.files), ranking.left_out) == (500, 99_502)
    assert counting.total == 500 + CUT_UP
    assert {"deep/down/in/the/cart.py", "top.py"} <= {file.path for file in ranking.files}


def test_of_a_large_tree_as_many_bytes_are_read_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1_000_000)
    counting = Counting({f"file{number:02}.py": 150_000 for number in range(20)} | {"small.py": 100_000})
    ranking = rank_files(read_query("x", ""), counting.tree)
    assert (len(ranking.files), ranking.left_out) == (7, 14)
    assert "small.py" in {file.path for file in ranking.files}


def test_a_batch_is_no_larger_than_it_may_be() -> None:
    counting = Counting({f"file{number:03}.py": 290_000 for number in range(50)})
    rank_files(read_query("x", ""), counting.tree)
    assert max(len(paths) * 290_000 for paths in counting.asked) <= BATCH


def test_what_cannot_be_read_is_passed_over() -> None:
    whole = tree(SHOP)
    gone = "src/shop/cart.py"
    partial = Tree(whole.sizes, lambda paths: whole.read([path for path in paths if path != gone]))
    assert gone not in [file.path for file in rank_files(read_query("cart", ""), partial).files]
    assert rank_files(read_query("cart", ""), Tree(whole.sizes, lambda paths: {})) == Ranking()
    assert rank_files(read_query("cart", ""), tree({})) == Ranking()


def test_what_is_read_the_first_time_only_is_ranked_all_the_same() -> None:
    whole = tree(SHOP)
    answers = iter([dict(whole.read(RANKED)), {}])
    once = Tree(whole.sizes, lambda paths: next(answers))
    assert len(rank_files(read_query("cart", ""), once).files) == len(RANKED)


@pytest.mark.parametrize(
    "text", ["\0" * 1_000, "x" * 299_000, "{" * 299_000, "\n" * 299_000, "a_" * 149_000, "é" * 100_000]
)
def test_hostile_files_do_no_harm(text: str) -> None:
    assert ranked("cart total", files=SHOP | {"src/evil.py": text})[0] == "src/shop/cart.py"
