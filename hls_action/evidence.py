"""What would be looked up for an event, and why: for `evidence`, by hand, without GitHub and without Claude."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hls_action.domain.errors import UsageError
from hls_action.domain.events.relevance import EVENTS, MalformedEvent, object_of, text_of
from hls_action.domain.knowledge.evidence import Evidence, document, look_up
from hls_action.domain.knowledge.issues import Issue
from hls_action.domain.knowledge.query import LONGEST, read_query
from hls_action.domain.text.characters import spell_out
from hls_action.line.code import open_code
from hls_action.ports import Source
from hls_action.trial import event_name

SHOWN = 20
"""Of each list, in the table for people."""


@dataclass(frozen=True)
class Asked:
    """What an event says. ``number``: its thread's, 0 where it has none."""

    number: int
    title: str
    text: str


def asked(payload: dict[str, object]) -> Asked:
    """The thread's title and text, and before that the comment, if it is about one. Errors: `UsageError`."""
    name = event_name(payload)
    try:
        objects = [object_of(payload, key, name) for key in EVENTS[name].objects]
    except MalformedEvent as error:
        raise UsageError(f"this is not a valid GitHub event: {error}.") from error
    number = objects[0].get("number")
    texts = [text_of(each, "body") for each in reversed(objects)]
    return Asked(number if isinstance(number, int) else 0, text_of(objects[0], "title"), "\n\n".join(texts))


def find(payload: dict[str, object], source: Source, issues: Path | None) -> Evidence:
    """Look it up. Errors: `UsageError`, `SourceUnavailable`."""
    about = asked(payload)
    pool = [issue for issue in _read_issues(issues) if issue.number != about.number] if issues else []
    code = open_code(source, read_query(about.title, about.text))
    return look_up(about.title, about.text, code.tree, pool, time.perf_counter)


def _read_issues(path: Path) -> Iterator[Issue]:
    """The issues of a file that has one a line. Errors: `UsageError` naming file and line."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _issue(line, f"{path}, line {number}")
    except OSError as error:
        raise UsageError(f"cannot read the issues file {path}: {error.strerror or error}.") from error


def _issue(line: bytes, place: str) -> Issue:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{place} is not UTF-8 text (byte {error.start}).") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place} is not JSON: {error}.") from error
    if not isinstance(found, dict) or type(found.get("number")) is not int:
        raise UsageError(f'{place} must be an object like {{"number": 1, "state": "open", "title": "…", "body": "…"}}.')
    return Issue(found["number"], text_of(found, "state"), text_of(found, "title"), text_of(found, "body")[:LONGEST])


def printed(evidence: Evidence, *, as_json: bool) -> str:
    """What the command prints: a document for programs, or the best of each list for people.

    Names are shown with what cannot be seen spelt out: they are whatever somebody committed.
    """
    if as_json:
        return json.dumps(document(evidence), indent=1)
    files = [(f"{file.score:.1f}", f"{file.path}  {_why(file.why)}") for file in evidence.files.files[:SHOWN]]
    symbols = [(f"{one.path}:{one.symbol.first}", one.symbol.name) for one in evidence.symbols[:SHOWN]]
    issues = [(f"{issue.score:.1f}", f"#{issue.number}") for issue in evidence.issues]
    left_out = evidence.files.left_out
    unread = [f"{left_out:,} source files were not read: there are too many."] if left_out else []
    rows = (*_rows("Files", files), *_rows("Symbols", symbols), *_rows("Issues", issues))
    return "\n".join([*rows, *unread, f"Ranked in {evidence.seconds:.1f} s."])


def _why(reasons: tuple[str, ...]) -> str:
    return f"({'; '.join(reasons)})" if reasons else ""


def _rows(title: str, rows: list[tuple[str, str]]) -> list[str]:
    width = max((len(first) for first, _ in rows), default=0)
    shown = [spell_out(f"  {first:>{width}}  {second}".rstrip()) for first, second in rows]
    return [title, *(shown or ["  none"]), ""]
