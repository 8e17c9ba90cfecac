"""What is expected of the answer to a labelled case. The format: `docs/quality.md`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hls_action.domain.identity import is_commit
from hls_action.domain.json_values import entries, flag, listed, text, whole_number
from hls_action.domain.knowledge.references import NUMBERS

ID_LENGTH = 40
"""Characters of a commit's id."""
EXPECT = "expect"
"""The key of a case that holds what is expected; the rest of it is a thread or an event."""


@dataclass(frozen=True)
class Expectation:
    """What a maintainer expects. What is None is not judged.

    ``labels``: all that should be set; ``duplicate``: the issue that it repeats, 0 for none; ``needs_info``: whether
    information is really needed; ``known``: words for what the thread already says, which nobody should ask for;
    ``forbidden``: names that no answer can have from what it was given. What the case is about, for `eval --retrieval`:
    ``files``, by path; ``functions``, as ``path:name``; ``related``, issues by number; ``commit``: of the project,
    where all this holds.
    """

    labels: tuple[str, ...] | None = None
    duplicate: int | None = None
    needs_info: bool | None = None
    known: tuple[str, ...] | None = None
    forbidden: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    related: tuple[int, ...] = ()
    commit: str = ""

    @property
    def is_looked_up(self) -> bool:
        """Whether it says what the case is about."""
        return bool(self.files or self.functions or self.related)


def expectation(data: object) -> Expectation:
    """What the value of `EXPECT` says. Errors: ``TypeError`` or ``ValueError``, naming the key."""
    given = entries(data)
    if unknown := sorted(set(given) - set(_READERS)):
        raise ValueError(f"'{unknown[0]}' is not a key of '{EXPECT}'; the keys are {', '.join(_READERS)}")
    return Expectation(**{key: _read(key, value) for key, value in given.items()})  # type: ignore[arg-type]


def _read(key: str, value: object) -> object:
    try:
        return _READERS[key](value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"'{key}' of '{EXPECT}': {error}") from error


def _texts(value: object) -> tuple[str, ...]:
    found = tuple(text(each).strip() for each in listed(value))
    if not all(found):
        raise ValueError("an entry is empty")
    return found


def _functions(value: object) -> tuple[str, ...]:
    found = _texts(value)
    if wrong := next((each for each in found if not all(each.rpartition(":"))), ""):
        raise ValueError(f"'{wrong}' is not a path, a colon and a name")
    return found


def _commit(value: object) -> str:
    found = text(value)
    if len(found) != ID_LENGTH or not is_commit(found):
        raise ValueError(f"'{found}' is not a commit's whole id")
    return found


def _duplicate(value: object) -> int:
    return 0 if value is None else _number(value)


def _number(value: object) -> int:
    number = whole_number(value)
    if number not in NUMBERS:
        raise ValueError("an issue's number is 1 or more; null means that it repeats none")
    return number


_READERS: Mapping[str, Callable[[object], object]] = {
    "labels": _texts,
    "duplicate": _duplicate,
    "needs_info": flag,
    "known": _texts,
    "forbidden": _texts,
    "files": _texts,
    "functions": _functions,
    "related": lambda value: tuple(map(_number, listed(value))),
    "commit": _commit,
}
