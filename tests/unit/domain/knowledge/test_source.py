"""What counts as a file of the repository, and how much of it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.source import (
    WORDS,
    Bounds,
    File,
    Tree,
    Why,
    account,
    choose,
    counted,
    hindrance,
    is_pointer,
)


@pytest.mark.parametrize(
    ("path", "mode", "why"),
    [
        ("a.py", "100644", None),
        ("bin/run", "100755", None),
        ("ü/中 文.md", "100644", None),
        ("a" * 1000, "100644", None),
        ("a" * 1001, "100644", "name"),
        ("link", "120000", "link"),
        (".env", "120000", "link"),
        ("vendor/lib", "160000", "submodule"),
        ("caf\udce9", "100644", "name"),
        ("two\nlines", "100644", "name"),
        ("a\u202eb", "100644", "name"),
        ("../a", "100644", "name"),
        ("a/./b", "100644", "name"),
        ("a//b", "100644", "name"),
        (".git/config", "100644", "name"),
        ("deep/.env", "100644", "secret"),
    ],
)
def test_hindrances(path: str, mode: str, why: Why | None) -> None:
    assert hindrance(path, mode) == why


def test_pointers() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    assert is_pointer(pointer)
    assert is_pointer(pointer.ljust(1024))
    assert not is_pointer(pointer.ljust(1025))
    assert not is_pointer(b" " + pointer)
    assert not is_pointer(b"")


TREE = Tree(
    "c" * 40, {"a": File("1", 60), "b": File("2", 60), "c": File("3", 40), "large": File("4", 101), "x": File("5")}
)


def test_chooses_in_order_while_there_is_room() -> None:
    chosen, left_out = choose(TREE, ["b", "a", "b", "large", "x", "c", "nowhere"], Bounds(file=100, read=100))
    assert chosen == ("b", "x", "c")
    assert left_out == {"a": "bounds", "large": "large", "nowhere": "missing"}


paths = st.sampled_from("abcdef")
trees = st.dictionaries(paths, st.builds(File, st.just("1"), st.none() | st.integers(0, 200)))


@given(trees, st.lists(paths), st.builds(Bounds, file=st.integers(0, 150), read=st.integers(0, 300)))
def test_whatever_is_asked_for_is_chosen_or_accounted_for(
    files: dict[str, File], wanted: list[str], bounds: Bounds
) -> None:
    chosen, left_out = choose(Tree("c", files), wanted, bounds)
    assert sorted([*chosen, *left_out]) == sorted(set(wanted))
    sizes = [files[path].size or 0 for path in chosen]
    assert sum(sizes) <= bounds.read
    assert all(size <= bounds.file for size in sizes)


def test_people_are_told_what_was_not_read_and_why() -> None:
    assert account({}) == ""
    assert account({"large": 1, "lfs": 1200, "link": 0}) == "in Git LFS: 1,200; too large: 1"
    assert account(dict.fromkeys(WORDS, 2)).count(": 2") == len(WORDS)
    assert account(counted({"a": "link", "b": "lfs", "c": "link"})) == "symbolic link: 2; in Git LFS: 1"
