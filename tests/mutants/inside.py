"""Mutants of what is inside of functions: the tests are imported once, and each mutant is a fork with other code.

Each test is run once before, to see which lines of the modules it passes through: it is of interest to no mutant but of
these lines.
"""

from __future__ import annotations

import functools
import gc
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeVar

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.few_examples import FewExamples
from tests.mutants.forks import Verdict, forked
from tests.mutants.modules import Module
from tests.mutants.operators import Function, Mutant

OTHERS = 40
"""How many tests of other modules are tried, those first that pass through the fewest lines of this one."""
MORE_SECONDS = 2.0
"""How long more of them may take together, those first that are over soonest: a table of whole cases has many rows."""

T = TypeVar("T")

Lines = Mapping[pytest.Item, set[int]]
"""Which lines of the module each test passes through."""


def tried(others: Sequence[T], seconds: Mapping[T, float]) -> list[T]:
    """Which tests of other modules are tried: the first, and then the quickest of the rest while there is time."""
    first, rest = others[:OTHERS], sorted(others[OTHERS:], key=seconds.__getitem__)
    spent = accumulate(seconds[each] for each in rest)
    return [*first, *(each for each, total in zip(rest, spent, strict=True) if total <= MORE_SECONDS)]


class Inside:
    """A pytest plugin that runs the tests once as they are, and then for each mutant those that matter to it.

    ``others``, ``left_out``: for what is imported afresh, files beside the module's own, and tests, by id.
    """

    def __init__(self, module: Module, jobs: int, examples: FewExamples) -> None:
        self.verdicts: list[Verdict] = []
        self.others: list[str] = []
        self.left_out: set[str] = set()
        self._own: list[pytest.Item] = []
        self._others: list[pytest.Item] = []
        self._seconds: dict[pytest.Item, float] = {}
        self._module, self._jobs, self._examples = module, jobs, examples
        self._caches: list[Any] = []
        self._trace = _Trace(module.file)

    def pytest_sessionstart(self) -> None:
        """Called by pytest before it imports the tests."""
        self._trace.begin()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Called by pytest when it has found the tests."""
        at_import = self._trace.end()
        lines: dict[pytest.Item, set[int]] = {}
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            begun = time.process_time()
            self._trace.begin()
            is_good = _is_good(item, following)
            lines[item] = self._trace.end()
            self._seconds[item] = time.process_time() - begun
            if not is_good:
                del lines[item]
        self._own = [item for item in lines if item.path in {path.absolute() for path in self._module.own}]
        others = (item for item in lines if item not in self._own)
        self._others = sorted(others, key=lambda item: (not lines[item], len(lines[item])))
        afresh = tried(self._others, self._seconds)  # a constant may matter to tests that pass through no line
        self.others = sorted({str(item.path) for item in afresh})
        self.left_out = {item.nodeid for item in session.items} - {item.nodeid for item in (*self._own, *afresh)}
        functions = _functions(self._module.file)
        self._caches = _caches()
        gc.freeze()  # the forks share what there is; a collector that went through it would copy it
        tasks = [functools.partial(self._try, mutant, lines, functions) for mutant in self._module.mutants]
        self.verdicts = [
            Verdict.AFRESH if verdict is Verdict.SURVIVED and not at_import.isdisjoint(mutant.lines) else verdict
            for mutant, verdict in zip(self._module.mutants, forked(tasks, self._jobs), strict=True)
        ]
        return True

    def _try(self, mutant: Mutant, lines: Lines, functions: Mapping[Function, list[FunctionType]]) -> Verdict:
        if mutant.function is None or mutant.function not in functions:
            return Verdict.AFRESH
        with mutant.applied():
            changed = _codes(self._module.code())[mutant.function]
        for function in functions[mutant.function]:
            if len(changed.co_freevars) != len(function.__code__.co_freevars):
                return Verdict.AFRESH
            function.__code__ = changed
        for each in self._caches:  # they hold what was right
            each.cache_clear()
        own, others = (
            [item for item in items if not lines[item].isdisjoint(mutant.lines)] for items in (self._own, self._others)
        )
        tests = [*own, *tried(others, self._seconds)]
        verdict = _tried(tests)
        return verdict if verdict is Verdict.KILLED else _tried(self._examples.with_more(own))


class _Trace:
    """Which lines of a file are passed."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._passed: set[int] = set()

    def begin(self) -> None:
        threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self) -> set[int]:
        sys.settrace(None)
        threading.settrace(None)
        passed, self._passed = self._passed, set()
        return passed

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        return self._line if frame.f_code.co_filename == self._file else None

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        self._passed.add(frame.f_lineno)
        return self._line


def _tried(items: Sequence[pytest.Item]) -> Verdict:
    good = all(_is_good(item, following) for item, following in zip(items, [*items[1:], None], strict=False))
    return Verdict.SURVIVED if good else Verdict.KILLED


def _is_good(item: pytest.Item, following: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, nextitem=following, log=False))


def _functions(file: str) -> Mapping[Function, list[FunctionType]]:
    """Those that came from a file, by where they are defined there."""
    found = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == file:
            found[each.__code__.co_qualname, each.__code__.co_firstlineno].append(each)
    return dict(found)


def _codes(code: CodeType) -> dict[Function, CodeType]:
    found: dict[Function, CodeType] = {}
    for each in code.co_consts:
        if isinstance(each, CodeType):
            found |= {(each.co_qualname, each.co_firstlineno): each} | _codes(each)
    return found


def _caches() -> list[Any]:
    """The caches of the project's functions."""
    cached = (each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper))
    return [each for each in cached if each.__module__.startswith("hls_action")]
