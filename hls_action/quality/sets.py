"""Sets of labelled cases on disk. The format: `docs/quality.md`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

from hls_action import trial
from hls_action.domain.errors import UsageError
from hls_action.domain.evaluation.cases import EXPECT, Expectation, expectation
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import MalformedEvent
from hls_action.domain.json_values import entries, parsed, whole_number
from hls_action.domain.threads.thread import Label

NOT_GITHUBS = (KeyError, TypeError, ValueError, RecursionError)
"""What reading a thread raises that is none."""


@dataclass(frozen=True)
class Case:
    """A thread with what is expected. ``opening``: its opening is asked about, and not just a comment; ``digest``: of
    the whole case.
    """

    name: str
    number: int
    thread: Mapping[str, object]
    opening: bool
    expected: Expectation
    digest: str


@dataclass(frozen=True)
class CaseSet:
    """``folder``: where threads and labels beside the cases are; ``files``: the project's files, if the set has any."""

    cases: tuple[Case, ...]
    folder: Path
    files: Path | None = None


def read_set(path: Path) -> CaseSet:
    """A folder with ``threads/N.json`` and ``events/NAME.json``, or a file with one case a line.

    A thread of a folder in which nothing is expected is no case; others may refer to it. Errors: `UsageError` naming
    the file and what is wrong.
    """
    if path.is_dir():
        raws = [*_json_files(path / "threads"), *_json_files(path / "events")]
        found = [_case(file.stem, raw, file.stem, str(file)) for file, raw in raws if EXPECT in raw]
        files = path / "files"
        read = CaseSet(tuple(found), path, files if files.is_dir() else None)
    elif path.is_file():
        lines = enumerate(_text(path).splitlines(), 1)
        raws_by_line = ((number, _raw(line, f"{path}, line {number}")) for number, line in lines if line.strip())
        read = CaseSet(tuple(_of_line(raw, path, number) for number, raw in raws_by_line), path.parent)
    else:
        raise UsageError(f"{path} is neither a folder with threads/N.json nor a JSONL file.")
    return _checked(read, path)


def read_threads(folder: Path) -> dict[int, dict[str, object]]:
    """All threads of a set in a folder, by number, whether they are cases or not. Errors: `UsageError`."""
    return {int(file.stem): raw for file, raw in _json_files(folder / "threads") if file.stem.isdecimal()}


def require_free(folder: Path) -> None:
    """Check that there is no set yet. Errors: `UsageError`."""
    if (folder / "threads").exists():
        raise UsageError(f"{folder} already has threads; name a new folder, or delete {folder / 'threads'}.")


def write_set(folder: Path, threads: Mapping[int, Mapping[str, object]], labels: tuple[Label, ...]) -> None:
    """Write a set, whose threads come last and all at once. Errors: `UsageError` when there is one already."""
    require_free(folder)
    fresh = folder / "threads.new"
    shutil.rmtree(fresh, ignore_errors=True)  # what a killed run left
    fresh.mkdir(parents=True)
    _write(folder / "labels.json", [{"name": label.name, "description": label.description} for label in labels])
    for number, thread in threads.items():
        _write(fresh / f"{number}.json", thread)
    fresh.rename(folder / "threads")


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _json_files(folder: Path) -> Iterator[tuple[Path, dict[str, object]]]:
    order = sorted(folder.glob("*.json"), key=lambda path: (len(path.stem), path.stem))
    return ((path, _raw(_text(path), str(path))) for path in order)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error


def _raw(text: str, where: str) -> dict[str, object]:
    try:
        return entries(parsed(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not a JSON object: {error}.") from error


def _of_line(raw: dict[str, object], path: Path, line: int) -> Case:
    where = f"{path}, line {line}"
    if EXPECT not in raw:
        raise UsageError(f"{where} has no '{EXPECT}': every line is a case.")
    return _case(str(raw.get("name") or f"line {line}"), raw, raw.get("number"), where)


def _case(name: str, raw: dict[str, object], number: object, where: str) -> Case:
    """``number``: of a thread; an event has its own."""
    try:
        expected = expectation(raw[EXPECT])
        thread: Mapping[str, object] = {key: value for key, value in raw.items() if key != EXPECT}
        opening = True
        if "issue" in raw or "pull_request" in raw:
            opening = trial.event_name(raw) != "issue_comment"
            number, thread = trial.thread_in(raw)
        found = int(number) if isinstance(number, str) and number.isdecimal() else whole_number(number)
    except (*NOT_GITHUBS, MalformedEvent, EventUnreadable) as error:
        raise UsageError(f"{where}: {error}.") from error
    digest = sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:16]
    return Case(name, found, thread, opening, expected, digest)


def _checked(found: CaseSet, path: Path) -> CaseSet:
    if not found.cases:
        raise UsageError(f"{path} has no cases: add '{EXPECT}' to a thread.")
    names = [case.name for case in found.cases]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(f"{path} has two cases by the name '{twice}'.")
    if known := _labels(found.folder / "labels.json"):
        wanted = ((case.name, label) for case in found.cases for label in case.expected.labels or ())
        for name, label in wanted:
            if label.lower() not in known:
                raise UsageError(f"case '{name}' expects the label '{label}', which {found.folder}/labels.json lacks.")
    return found


def _labels(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    try:
        return frozenset(str(label["name"]).lower() for label in cast("list[dict[str, object]]", parsed(_text(path))))
    except NOT_GITHUBS as error:
        raise UsageError(f"{path} is not a list of labels like {{'name': 'bug'}}: {error}.") from error
