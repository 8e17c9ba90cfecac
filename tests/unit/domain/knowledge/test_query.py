"""What is read out of a text about code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.query import MOST_HYPHENATED, MOST_TERMS, Named, read_query

PYTHON = """Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/shop/cart.py", line 12, in add_item
    total(item)"""
JAVASCRIPT = """TypeError: x is not a function
    at Cart.addItem (/srv/app/lib/cart.js:12:5)
    at async checkout (lib/pay.js:3:1)"""
RUST = "   4: shop::cart::add_item\n             at ./src/cart.rs:12:5"
GO = "goroutine 1 [running]:\nmain.addItem(0x1)\n\t/srv/shop/cart.go:12 +0x1d"
JAVA = "java.lang.IllegalStateException\n    at org.shop.Cart.addItem(Cart.java:12)"
C = "#0  0x00005555 in add_item (c=0x0) at src/cart.c:12"


@pytest.mark.parametrize(
    ("text", "name", "path"),
    [
        pytest.param(
            PYTHON, "add_item", Named(("usr", "lib", "python3", "site-packages", "shop", "cart.py"), 12), id="Python"
        ),
        pytest.param(JAVASCRIPT, "addItem", Named(("srv", "app", "lib", "cart.js"), 12), id="JavaScript"),
        pytest.param(JAVASCRIPT, "checkout", Named(("lib", "pay.js"), 3), id="JavaScript, async"),
        pytest.param(RUST, "add_item", Named(("src", "cart.rs"), 12), id="Rust"),
        pytest.param(GO, "addItem", Named(("srv", "shop", "cart.go"), 12), id="Go"),
        pytest.param(JAVA, "addItem", Named(("Cart.java",), 12), id="Java"),
        pytest.param(C, "add_item", Named(("src", "cart.c"), 12), id="C"),
    ],
)
def test_a_stack_trace_names_functions_files_and_lines(text: str, name: str, path: Named) -> None:
    query = read_query("", text)
    assert name.encode() in query.names
    assert path in query.paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("See src/cart.py, please.", Named(("src", "cart.py"), 0)),
        ("`cart.py`", Named(("cart.py",), 0)),
        (r"C:\app\src\cart.cs:7", Named(("app", "src", "cart.cs"), 7)),
        (
            "https://github.com/o/r/blob/main/src/cart.py#L7-L9",
            Named(("github.com", "o", "r", "blob", "main", "src", "cart.py"), 7),
        ),
        ("../src/./cart.py", Named(("src", "cart.py"), 0)),
    ],
)
def test_paths_are_read_in_parts(text: str, path: Named) -> None:
    assert path in read_query("", text).paths


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the addItem of this", {b"addItem"}),
        ("set max_size or HTTPError", {b"max_size", b"HTTPError"}),
        ("`cart` is empty", {b"cart"}),
        ("``cart`` is empty", {b"cart"}),
        ("call total() first", {b"total"}),
        ("shop.cart.Cart fails", {b"shop", b"cart", b"Cart"}),
        ("The cart is empty. I like it.", set()),
    ],
)
def test_names_look_like_code(text: str, names: set[bytes]) -> None:
    assert set(read_query("", text).names) == names


def test_dotted_names_come_in_parts() -> None:
    assert read_query("", "shop.cart and shop::cart::add, Cart#add").modules == (
        ("shop", "cart"),
        ("shop", "cart", "add"),
        ("Cart", "add"),
    )


def test_options_and_other_hyphenated_words() -> None:
    assert read_query("comma-style breaks", "run with --no-cache, not a/b-c").hyphenated == (
        b"comma-style",
        b"no-cache",
    )


def test_a_title_counts_more_and_repetition_less_and_less() -> None:
    words = read_query("cart", "total total total pay " + "item " * 1000).words
    assert words[b"pay"] < words[b"cart"] == words[b"total"] < words[b"item"] < 1


def test_what_a_form_says_to_who_fills_it_in_does_not_count() -> None:
    query = read_query("", "a <!-- describe the cart.py --> b <!-- not closed: total()")
    assert (query.words, query.paths, query.names) == ({}, (), ())


def test_a_text_can_have_no_more_than_so_many_of_each() -> None:
    many = " ".join(f"name_{number} a.b{number} file{number}.py word-w{number}" for number in range(1000))
    query = read_query("", many)
    assert len(query.words) == len(query.names) == MOST_TERMS
    assert max(len(query.paths), len(query.modules)) <= MOST_TERMS
    assert len(query.hyphenated) == MOST_HYPHENATED


@given(st.text(max_size=20), st.text(max_size=60))
def test_any_text_can_be_read_and_the_same_way_each_time(title: str, body: str) -> None:
    query = read_query(title, body)
    assert query == read_query(title, body)
    assert all(0 < weight < 1 for weight in query.words.values())
    assert all(named.parts for named in query.paths)


@pytest.mark.parametrize("unit", ["a/", "a.", "a-", "`", "a::", "/", "\\", ".", " at ", 'File "', "<!--", "A", "a_"])
def test_a_hostile_text_is_read_in_a_time_that_grows_with_its_length(unit: str) -> None:
    assert read_query("", unit * 20_000) == read_query("", (unit * 20_000)[:20_000])


def test_added_words_count_like_those_of_a_title_and_take_nothing_away() -> None:
    query = read_query("Cart", "The voucher in src/cart.py is refused by `Cart.total`, see --no-tax")
    more = query.with_words(["apply_voucher", "src/tax.py", "tax.rate", "--dry-run"])
    title = read_query("apply_voucher src/tax.py tax.rate --dry-run", "")
    assert more.words == {
        **query.words,
        **{term: max(weight, query.words.get(term, 0.0)) for term, weight in title.words.items()},
    }
    assert more.words[b"voucher"] > query.words[b"voucher"]
    assert more.names == (*title.names, *(name for name in query.names if name not in title.names))
    assert set(more.paths) == {*query.paths, *title.paths}
    assert set(more.modules) == {*query.modules, *title.modules}
    assert more.hyphenated[0] == b"dry-run"
    assert set(query.hyphenated) < set(more.hyphenated)
    assert query.with_words([]) == query
