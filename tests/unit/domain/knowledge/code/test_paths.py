"""Which files a text can mean."""

from __future__ import annotations

import pytest

from hls_action.domain.knowledge.code.paths import Paths, path_terms

TREE = Paths(
    [
        "index.js",
        "lib/rules/comma-style.js",
        "lib/rules/yoda.js",
        "src/cart/__init__.py",
        "src/cart/items.py",
        "src/shop/items.py",
        "src/util/FileReader.java",
        "web/lib/rules/yoda.js",
    ]
)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ("src/cart/items.py", {"src/cart/items.py": 3}),
        ("SRC/Cart/Items.py", {"src/cart/items.py": 3}),
        ("/usr/lib/site-packages/cart/items.py", {"src/cart/items.py": 2}),
        ("items.py", {"src/cart/items.py": 0.5, "src/shop/items.py": 0.5}),
        ("lib/rules/yoda.js", {"lib/rules/yoda.js": 1.5, "web/lib/rules/yoda.js": 1.5}),
        ("/app/web/lib/rules/yoda.js", {"web/lib/rules/yoda.js": 3}),
        ("index.js", {"index.js": 1}),
        ("other.py", {}),
        ("items", {}),
    ],
)
def test_by_path(parts: str, found: dict[str, float]) -> None:
    assert TREE.by_path(parts.strip("/").split("/")) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("src.cart.items.Item", {"src/cart/items.py": 2}),
        ("cart.items", {"src/cart/items.py": 2}),
        ("src.cart.add", {"src/cart/__init__.py": 2}),
        ("org.util.FileReader", {"src/util/FileReader.java": 2}),
        ("items.cart", {}),
        ("self.items", {}),
    ],
)
def test_by_module(name: str, found: dict[str, float]) -> None:
    assert TREE.by_module(name.split(".")) == found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("comma-style", {"lib/rules/comma-style.js": 1}),
        ("commaStyle", {"lib/rules/comma-style.js": 1}),
        ("file_reader", {"src/util/FileReader.java": 1}),
        ("yoda", {}),
        ("items", {}),
    ],
)
def test_by_name(word: str, found: dict[str, float]) -> None:
    assert TREE.by_name(word.encode()) == found


def test_the_words_of_a_path_and_twice_those_of_the_name() -> None:
    assert path_terms("src/cart/FileReader.test.js") == (
        b"filereader", b"file", b"reader", b"src", b"cart", b"filereader", b"file", b"reader",
    )  # fmt: skip
    assert path_terms(".bashrc") == (b"bashrc", b"bashrc")
