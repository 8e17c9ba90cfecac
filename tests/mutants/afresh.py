"""Mutants of what a module does when it is imported: constants, tables, defaults. Everything is imported for each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType

import pytest

from tests.mutants.few_examples import FewExamples
from tests.mutants.forks import Verdict
from tests.mutants.modules import Module
from tests.mutants.operators import Mutant

OPTIONS = (
    "-q", "--tb=no", "--assert=plain", "--capture=sys", "--confcutdir=tests/unit", "-otmp_path_retention_policy=none",
    "-ofaulthandler_timeout=0",
    *(word for plugin in ("cacheprovider", "xdist", "pytest_cov") for word in ("-p", f"no:{plugin}")),
)  # fmt: skip
"""Nothing is written to the working tree, and nobody reads why a test failed. The stand-ins have no part in it."""


class _Changed(SourceFileLoader):
    """Imports one module from a code object, and leaves the others to the usual finders."""

    def __init__(self, module: Module) -> None:
        super().__init__(module.name, module.file)
        self._code = module.code()

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Called by ``import``."""
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """Called by ``import``."""
        return self._code


def tried_afresh(module: Module, mutant: Mutant | None, files: Sequence[str], left_out: frozenset[str]) -> Verdict:
    """Run test files on a mutant, or on the module as it is, in a process that imported none of them before."""
    with mutant.applied() if mutant else nullcontext():
        sys.meta_path.insert(0, _Changed(module))
    ended = pytest.main([*OPTIONS, "-x", *files], plugins=[FewExamples(left_out)])
    return Verdict.SURVIVED if ended == pytest.ExitCode.OK else Verdict.KILLED
