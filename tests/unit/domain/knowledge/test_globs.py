"""Patterns for paths, held against git's own reading of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hls_action.domain.knowledge.globs import chooses

PATHS = (
    "a",
    "a.py",
    "b.py",
    "a/b.py",
    "a/b/c.py",
    "dist/x.js",
    "x/dist/y/z.js",
    "a/.b/c",
    "a/dist",
    "[a].py",
    "a+b.py",
)
PATTERNS = (
    *("*.py", "a/*.py", "/a.py", "dist", "dist/", "/dist", "a/**", "**/b.py", "a/**/c.py", "**/dist/**", "?.py"),
    *("[ab].py", "[!a].py", "a/*/c.py", "x/**/z.js", "a+b.py", ".b", "*", "**", "[a", "a/b"),
)


def by_git(folder: Path, pattern: str, paths: Iterable[str]) -> set[str]:
    """What a ``.gitignore`` with this one pattern names."""
    (folder / ".gitignore").write_text(pattern + "\n")
    command = ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin", "-z"]
    said = subprocess.run(command, input="\0".join(paths), cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode in (0, 1), said.stderr
    return set(filter(None, said.stdout.split("\0")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("globs")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_chooses_what_git_says(folder: Path, pattern: str) -> None:
    assert set(filter(chooses([pattern]), PATHS)) == by_git(folder, pattern, PATHS)


@settings(max_examples=40)
@given(pattern=st.text("ab*?/.[]!-", min_size=1, max_size=7).filter(lambda p: not p.startswith("!") and p.strip("/")))
def test_any_pattern_chooses_what_git_says(folder: Path, pattern: str) -> None:
    paths = ("a", "b", "a/b", "b/a", "a/b/a", "ab", "a.b", "a/ab/b")
    if (
        "[" not in pattern and "//" not in pattern and "***" not in pattern
    ):  # git's sets and runs are more than is meant here
        assert set(filter(chooses([pattern]), paths)) == by_git(folder, pattern, paths)


def test_a_later_pattern_takes_back_what_an_earlier_one_chose() -> None:
    chosen = chooses(["*.py", "!keep.py", "lib/"])
    assert list(filter(chosen, ["a.py", "keep.py", "x/keep.py", "lib/keep.py"])) == ["a.py", "lib/keep.py"]


def test_no_pattern_chooses_nothing() -> None:
    assert not chooses([])("a.py")
