"""Values as JSON has them, by their types: a dataclass is an object with a key for each of its fields.

A field without a default is always there. One with a default is left out while it has it, and need not be there to be
read: so a new field is one line in its dataclass, and documents from before it stay as they are. `Shape` says what of a
dataclass is otherwise. Keys that are no field's are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from hls_action.domain.identity import GitHubId
from hls_action.domain.json_values import count, entries, flag, listed, stamp, text, usd, when, whole_number

T = TypeVar("T")

LONGEST_KEY = 80
"""Characters of each key that a `Misfit` names."""
DAMAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading raises of data that is not as it was written."""
LONGEST_WORDS = 300
"""Characters of what is said of it."""


class Misfit(ValueError):
    """Data that is not as it was written; begins with the keys that lead to it."""


@dataclass(frozen=True)
class Codec(Generic[T]):
    """How values of a type are written as JSON has them, and read.

    Errors of ``decode``: those of `json_values` and of the dataclass; of what an object or a list holds, `Misfit`.
    """

    encode: Callable[[T], Any]
    decode: Callable[..., T]


@dataclass(frozen=True)
class Shape:
    """How a dataclass is stored where the rule does not say it, by the names of its fields.

    ``outside``: kept in another place, and handed to ``decode``. ``always``: there in spite of a default, and damage
    where it is missing; ``since``: the same, but earlier versions did not write it. ``keys``: those that are not the
    name; ``""`` for an object whose keys stand among ours.
    """

    outside: Collection[str] = ()
    always: Collection[str] = ()
    since: Collection[str] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


class Codecs:
    """The codec of each type: those that are ``known``, and those that follow from them and the ``shapes``."""

    def __init__(self, known: Mapping[object, Codec[Any]], shapes: Mapping[type, Shape]) -> None:
        self._found, self._shapes = {**SCALARS, **known}, shapes

    def of(self, hint: object) -> Codec[Any]:
        """The codec of a type, as an annotation names it. Errors: ``TypeError`` for one that has none."""
        if hint not in self._found:
            self._found[hint] = self._made(hint)
        return self._found[hint]

    def _made(self, hint: object) -> Codec[Any]:
        origin, inside = get_origin(hint), get_args(hint)
        if isinstance(hint, type) and is_dataclass(hint):
            return self._object(hint)
        if origin is Literal:
            return Codec(_same, lambda value: one_of(inside, value))
        if origin in (Union, UnionType) and inside[1:] == (type(None),):
            return _optional(self.of(inside[0]))
        if origin is tuple and inside[1:] == (...,):
            return _sequence(self.of(inside[0]))
        if origin is Mapping:
            return _mapping(self.of(inside[0]), self.of(inside[1]))
        raise TypeError(f"nothing says how {hint} is stored")

    def _object(self, kind: type) -> Codec[Any]:
        shape, hints, rows = self._shapes.get(kind, Shape()), get_type_hints(kind, include_extras=True), []
        for each in fields(kind):
            if each.name not in shape.outside:
                default = each.default if each.default_factory is MISSING else each.default_factory()
                blank = object() if each.name in (*shape.always, *shape.since) else default
                needed = each.name in shape.always or default is MISSING
                rows.append((each.name, shape.keys.get(each.name, each.name), self.of(hints[each.name]), blank, needed))

        def encode(value: object) -> dict[str, object]:
            parts = ((key, codec, blank, getattr(value, name)) for name, key, codec, blank, _ in rows)
            found = {key: codec.encode(part) for key, codec, blank, part in parts if part != blank}
            found.update(found.pop("", {}))
            return found

        def decode(data: object, **outside: object) -> object:
            known = entries(data)
            for name, key, codec, _, needed in rows:
                if key in known or not key:
                    outside[name] = read_at(key, codec.decode, known[key]) if key else codec.decode(data)
                elif needed:
                    raise Misfit(f"{key}: it is missing")
            return kind(**outside)

        return Codec(encode, decode)


def read_at(key: object, decode: Callable[[Any], T], value: object) -> T:
    """What stands at ``key``. Errors: `Misfit`."""
    try:
        return decode(value)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise Misfit(f"{str(key)[:LONGEST_KEY]}: {error}") from error


def one_of(known: Collection[object], value: object) -> object:
    """``value``. Errors: ``ValueError`` where it is none of the ``known`` ones."""
    if value not in known:
        raise ValueError(f"{str(value)[:80]!r} is not one of {', '.join(map(str, known))}")
    return value


def _mapping(keys: Codec[Any], of: Codec[Any]) -> Codec[Any]:
    return Codec(
        lambda value: {key: of.encode(each) for key, each in value.items()},
        lambda data: {read_at(key, keys.decode, key): read_at(key, of.decode, data[key]) for key in entries(data)},
    )


def _sequence(of: Codec[Any]) -> Codec[Any]:
    return Codec(
        lambda value: [of.encode(each) for each in value],
        lambda data: tuple(read_at(place, of.decode, each) for place, each in enumerate(listed(data))),
    )


def _optional(of: Codec[Any]) -> Codec[Any]:
    return Codec(*(lambda value, go=go: None if value is None else go(value) for go in (of.encode, of.decode)))


def _same(value: T) -> T:
    return value


SCALARS: Mapping[object, Codec[Any]] = {
    str: Codec(_same, text),
    int: Codec(_same, count),
    GitHubId: Codec(_same, whole_number),
    bool: Codec(_same, flag),
    Decimal: Codec(str, usd),
    datetime: Codec(stamp, when),
    object: Codec(_same, _same),
}
