"""What a field of Claude's answers may be: declared once, for the schema that is sent and the check of what comes back.

Structured output knows no bounds and no lengths, so a schema may allow more than is taken here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Kind(Generic[T_co]):
    """A type of value. ``words``: what a message says it must be; ``made``: what a value that ``fits`` becomes."""

    schema: Mapping[str, object]
    words: str
    fits: Callable[[object], bool]
    made: Callable[[Any], T_co] = lambda value: value


REQUIRED = object()


def asked(kind: Kind[T], description: str = "", *, absent: object = REQUIRED) -> T:
    """A field of a frozen dataclass that Claude fills. ``absent``: what its absence counts as, if no error."""
    return cast(T, field(metadata={"kind": kind, "description": description, "absent": absent}))


def one_of(choices: tuple[T, ...]) -> Kind[T]:
    """One of these strings."""
    words = f"one of {', '.join(map(str, choices))}"
    return Kind({"type": "string", "enum": list(choices)}, words, lambda value: value in choices)


def list_of(each: Kind[T], plural: str) -> Kind[tuple[T, ...]]:
    """A list, which may be empty."""
    return Kind(
        {"type": "array", "items": each.schema},
        f"a list of {plural}",
        lambda value: isinstance(value, list) and all(map(each.fits, value)),
        lambda value: tuple(map(each.made, value)),
    )


def or_null(kind: Kind[T], words: str) -> Kind[T | None]:
    """Such a value, or null."""
    return Kind(
        {**kind.schema, "type": [kind.schema["type"], "null"]},
        f"{words} or null",
        lambda value: value is None or kind.fits(value),
        lambda value: None if value is None else kind.made(value),
    )


def record(cls: type[T]) -> Kind[T]:
    """An object with the fields that are `asked` of a dataclass."""
    words = f"an object with {', '.join(_asked_of(cls))}"
    return Kind(schema_of(cls), words, lambda value: not problem(cls, value), lambda value: made(cls, value))


def schema_of(cls: type[object]) -> dict[str, object]:
    """The JSON schema that asks for a dataclass whose fields are all `asked`."""
    asked_for = _asked_of(cls)
    properties = {
        name: {**each["kind"].schema, **({"description": each["description"]} if each["description"] else {})}
        for name, each in asked_for.items()
    }
    return {"type": "object", "additionalProperties": False, "required": list(asked_for), "properties": properties}


def problem(cls: type[object], data: object, subject: str = "it") -> str:
    """Why ``data`` is no such dataclass, naming the field, what it holds and what it must be; ``""`` if it is one."""
    if not isinstance(data, dict):
        return f"{subject} is a {type(data).__name__}, not an object"
    asked_for = _asked_of(cls)
    if absent := [name for name, each in asked_for.items() if name not in data and each["absent"] is REQUIRED]:
        return f"{subject} lacks {', '.join(absent)}"
    if unknown := sorted(str(key) for key in data if key not in asked_for):
        return f"{subject} has unknown fields: {', '.join(unknown)[:100]}"
    for name, each in asked_for.items():
        if name in data and not each["kind"].fits(data[name]):
            return f"'{name}' is {repr(data[name])[:60]}, not {each['kind'].words}"
    return ""


def made(cls: type[T], data: Mapping[str, object]) -> T:
    """The dataclass, from ``data`` without a `problem`."""
    return cls(
        **{
            name: each["kind"].made(data[name]) if name in data else each["absent"]
            for name, each in _asked_of(cls).items()
        }
    )


def _asked_of(cls: type[Any]) -> dict[str, Mapping[str, Any]]:
    return {each.name: each.metadata for each in fields(cls)}


def _is_whole(value: object) -> bool:
    """Truth values are numbers to Python, and not to JSON."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


TEXT: Kind[str] = Kind({"type": "string"}, "a string", lambda value: isinstance(value, str))
WHOLE: Kind[int] = Kind({"type": "integer"}, "a whole number", _is_whole)
FLAG: Kind[bool] = Kind({"type": "boolean"}, "true or false", lambda value: isinstance(value, bool))
SHARE = Kind({"type": "number"}, "a number from 0 to 1", _is_share, float)
WHOLES = list_of(WHOLE, "whole numbers")
TEXTS = replace(list_of(TEXT, "strings"), made=lambda value: tuple(entry.strip() for entry in value if entry.strip()))
"""Without those that are empty."""
