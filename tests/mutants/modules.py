"""The modules that can be mutated, and which test files are tried on each."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from tests.mutants.operators import Mutant, mutants

PURE = Path("hls_action/domain")
TESTS = Path("tests/unit")


@dataclass(frozen=True)
class Module:
    """A module to mutate, with a tree that mutants change for a while. Paths are from the repository's root.

    ``own``: the test files in its room's mirror that have its name in theirs; ``others``: those that import it.
    """

    path: Path
    tree: ast.Module
    mutants: tuple[Mutant, ...]
    own: tuple[Path, ...]
    others: tuple[Path, ...]

    @property
    def name(self) -> str:
        """As it is imported."""
        return ".".join(self.path.with_suffix("").parts)

    @property
    def file(self) -> str:
        """As code objects name it."""
        return str(self.path.absolute())

    def code(self) -> CodeType:
        """What its tree says now."""
        return compile(self.tree, self.file, "exec", dont_inherit=True)


def module_at(path: Path) -> Module:
    """Read a module, and find its tests."""
    tree = ast.parse(path.read_text())
    mirrored = TESTS / path.parent.relative_to(PURE.parent)
    own = sorted(mirrored.glob(f"test_*{path.stem}*.py"))
    others = _importers(path, TESTS / "domain") or ([] if own else _importers(path, TESTS))
    if not own and not others:
        others = sorted({test for each in _importers(path, PURE.parent) for test in _importers(each, TESTS)})
    return Module(path, tree, tuple(mutants(tree)), tuple(own), tuple(each for each in others if each not in own))


def chosen(words: list[str]) -> list[Path]:
    """The modules whose path holds one of the words; all that are pure where there are no words."""
    found = [path for path in sorted(PURE.rglob("*.py")) if path.stem != "__init__"]
    return [path for path in found if not words or any(word in str(path) for word in words)]


def _importers(path: Path, folder: Path) -> list[Path]:
    package, name = ".".join(path.parent.parts), path.stem
    imports = re.compile(rf"{re.escape(package)}(\.{name}\b| import [^\n]*\b{name}\b)")
    return [
        each
        for each in sorted(folder.rglob("*.py"))
        if imports.search(each.read_text()) and (folder.parts[0] != "tests" or each.name.startswith("test_"))
    ]
