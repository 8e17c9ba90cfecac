"""Which small mistakes in the pure modules no test would notice: script/mutants."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import pytest

from tests.mutants.afresh import OPTIONS, tried_afresh
from tests.mutants.few_examples import FewExamples
from tests.mutants.forks import Verdict, forked, in_a_fork
from tests.mutants.inside import Inside
from tests.mutants.modules import Module, chosen, module_at
from tests.mutants.operators import Mutant

PRINTED = (Verdict.KILLED, Verdict.TIMEOUT, Verdict.SURVIVED)


def main() -> int:
    """Try the mutants of the modules that were asked for, and print which survived."""
    arguments = _arguments()
    modules = [module_at(path) for path in chosen(arguments.modules)]
    if not modules:
        print(f"There is no module like {' '.join(arguments.modules)} in hls_action/domain.", file=sys.stderr)
        return 2
    if arguments.list:
        for module in modules:
            print(*(f"{module.path}:{mutant.line}: {mutant.shown()}" for mutant in module.mutants), sep="\n")
        return 0
    for module in modules:
        _print(module, _verdicts(module, arguments.jobs))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _verdicts(module: Module, jobs: int) -> list[Verdict]:
    found = _inside(module, jobs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in found["imported"]:  # once, for all the processes to come
            with suppress(Exception):
                importlib.import_module(name)
    verdicts = [Verdict(value) for value in found["verdicts"]]
    left_out = frozenset(found["left_out"])
    for files in filter(None, (tuple(map(str, module.own)), found["others"])):  # most are killed by the first
        again = [index for index, verdict in enumerate(verdicts) if verdict is Verdict.AFRESH]
        tasks = [partial(_quietly_afresh, module, module.mutants[index], files, left_out) for index in again]
        as_it_is, *ended = forked([partial(_quietly_afresh, module, None, files, left_out), *tasks], jobs)
        if as_it_is is not Verdict.SURVIVED:
            sys.exit(f"{' '.join(files)} fail without any mutant, when they are run by themselves.")
        for index, verdict in zip(again, ended, strict=True):
            verdicts[index] = Verdict.AFRESH if verdict is Verdict.SURVIVED else verdict
    return [Verdict.SURVIVED if verdict is Verdict.AFRESH else verdict for verdict in verdicts]


def _inside(module: Module, jobs: int) -> Any:
    """What came of the mutants inside of functions, by JSON from a process that has imported the module."""
    with tempfile.TemporaryFile("w+") as found, tempfile.TemporaryFile("w+") as said:
        if in_a_fork(partial(_tell, module, jobs, found, said)) is not Verdict.SURVIVED:
            said.seek(0)
            sys.exit(f"The tests of {module.path} could not be run:\n{said.read()}")
        found.seek(0)
        return json.load(found)


def _tell(module: Module, jobs: int, found: TextIO, said: TextIO) -> Verdict:
    _send_output_to(said.fileno())
    examples = FewExamples()
    inside = Inside(module, jobs, examples)
    files = [str(path) for path in (*module.own, *module.others)]
    ended = pytest.main([*OPTIONS, *files], plugins=[inside, examples])
    imported = [name for name in sys.modules if name.partition(".")[0] not in ("hls_action", "tests", "__main__")]
    verdicts = [verdict.value for verdict in inside.verdicts]
    json.dump(
        {"verdicts": verdicts, "others": inside.others, "left_out": sorted(inside.left_out), "imported": imported},
        found,
    )
    found.flush()
    return Verdict.SURVIVED if ended == pytest.ExitCode.OK else Verdict.KILLED


def _quietly_afresh(module: Module, mutant: Mutant | None, files: Sequence[str], left_out: frozenset[str]) -> Verdict:
    with Path(os.devnull).open("w") as nowhere:
        _send_output_to(nowhere.fileno())
    return tried_afresh(module, mutant, files, left_out)


def _send_output_to(descriptor: int) -> None:
    for standard in (1, 2):
        os.dup2(descriptor, standard)


def _print(module: Module, verdicts: Sequence[Verdict]) -> None:
    counts = Counter(verdicts)
    words = ", ".join(f"{counts[each]} {each.name.lower()}" for each in PRINTED)
    print(f"{module.path}: {len(verdicts)} mutants, {words}")
    for mutant, verdict in zip(module.mutants, verdicts, strict=True):
        if verdict is Verdict.SURVIVED:
            print(f"{module.path}:{mutant.line}: {mutant.shown()}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
