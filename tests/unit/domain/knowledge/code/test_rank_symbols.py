"""Which symbols come first."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hls_action.domain.knowledge.code import rank_symbols as module
from hls_action.domain.knowledge.code.rank_files import Tree, rank_files
from hls_action.domain.knowledge.code.rank_symbols import FILES, MOST, rank_symbols
from hls_action.domain.knowledge.query import read_query
from tests.unit.domain.knowledge.code.trees import SHOP, tree


def ranked(title: str, body: str = "", files: dict[str, str] = SHOP) -> list[tuple[str, str]]:
    query = read_query(title, body)
    best = [(file.path, file.score) for file in rank_files(query, tree(files)).files]
    return [(one.path, one.symbol.name) for one in rank_symbols(query, best, tree(files))]


@pytest.mark.parametrize(
    ("title", "body", "first"),
    [
        pytest.param("add_item fails", "", ("src/shop/cart.py", "add_item"), id="named"),
        pytest.param(
            "Prices have too many digits, round them", "", ("src/shop/discount.py", "round_price"), id="its words"
        ),
        pytest.param("It has expired", "", ("src/shop/discount.py", "apply_voucher"), id="words of its body"),
        pytest.param("It fails", "src/shop/discount.py:8", ("src/shop/discount.py", "round_price"), id="a line of it"),
        pytest.param(
            "It fails", 'File "/lib/shop/discount.py", line 8', ("src/shop/discount.py", "round_price"), id="a frame"
        ),
    ],
)
def test_what_comes_first(title: str, body: str, first: tuple[str, str]) -> None:
    assert ranked(title, body)[0] == first


def test_a_class_does_not_stand_for_its_methods() -> None:
    found = ranked("quantity times price", "", {"cart.py": SHOP["src/shop/cart.py"]})
    assert found.index(("cart.py", "total")) < found.index(("cart.py", "Cart"))


def test_there_are_no_more_than_may_be_listed() -> None:
    many = {f"file{number}.py": "\n".join(f"def f{line}(): pass" for line in range(10)) for number in range(FILES + 5)}
    assert len(ranked("f1", files=many)) == MOST
    assert ranked("f1", files={"notes.sql": "select 1;\n"}) == []


def test_files_are_read_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 30)
    files = {"a.py": "def total(): pass\n", "b.py": "def total(): return 12345\n", "c.py": "def c(): 1\n"}
    asked: list[str] = []
    whole = tree(files)

    def read(paths: Sequence[str]) -> dict[str, bytes]:
        asked.extend(paths)
        return {}

    assert (
        rank_symbols(read_query("total", ""), [("a.py", 3.0), ("b.py", 2.0), ("c.py", 1.0)], Tree(whole.sizes, read))
        == ()
    )
    assert asked == ["a.py", "c.py"]
