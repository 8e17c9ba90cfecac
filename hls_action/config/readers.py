"""What a value in the configuration file may be: how it is read, strictly, and the same as JSON schema for editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

import yaml

from hls_action.config.inputs import nearest
from hls_action.domain.errors import ConfigError

T_co = TypeVar("T_co", covariant=True)
NULL = "tag:yaml.org,2002:null"
NO_HINTS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Node:
    """A YAML node with the path people know it by, e.g. ``labels.allow``, and the file it comes from.

    Every reader: errors are `ConfigError` naming file, line, path and what would be right.
    """

    node: yaml.Node
    path: str
    source: str

    @property
    def is_null(self) -> bool:
        """Whether nothing is written there."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.tag == NULL

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.node.start_mark.line + 1

    def error(self, problem: str) -> ConfigError:
        """What is wrong, with its place."""
        where = f"{self.source}, line {self.line}"
        return ConfigError(f"{where}: {f'`{self.path}` ' if self.path else ''}{problem}")

    def mapping(self, allowed: Sequence[str] | None = None, hints: Mapping[str, str] = NO_HINTS) -> dict[str, Node]:
        """The entries by key, none for null. Errors: not a mapping, a key twice, or one not in ``allowed``.

        ``hints``: what to say of a path that is not allowed, in place of the nearest key.
        """
        if self.is_null:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("must be a mapping of keys to values.")
        entries: dict[str, Node] = {}
        for key_node, value_node in self.node.value:
            key = str(key_node.value)
            child = Node(value_node, f"{self.path}.{key}" if self.path else key, self.source)
            if allowed is not None and key not in allowed:
                hint = hints.get(child.path) or nearest(key, tuple(allowed))
                hint = hint or f" Keys allowed here: {', '.join(allowed)}."
                raise Node(key_node, child.path, self.source).error(f"is not a known key.{hint}")
            if key in entries:
                raise Node(key_node, child.path, self.source).error("is defined twice.")
            entries[key] = child
        return entries

    def entries(self, example: str) -> tuple[Node, ...]:
        """The entries of a list, which could look like ``example``."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"must be a list, like {example}.")
        return tuple(Node(n, f"{self.path}[{i}]", self.source) for i, n in enumerate(self.node.value))

    def text(self) -> str:
        """Any scalar but null and white space, stripped."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null or not self.node.value.strip():
            raise self.error("must be a string.")
        return str(self.node.value).strip()


@dataclass(frozen=True)
class Reader(Generic[T_co]):
    """A type of value. ``schema``: in JSON schema's words, as far as it has them.

    Where a number or a string is asked for, ``read`` takes it with or without quotes, and ``schema`` does not.
    """

    read: Callable[[Node], T_co]
    schema: Mapping[str, object]


def one_of(choices: tuple[str, ...]) -> Reader[str]:
    """One of these strings."""

    def read(node: Node) -> str:
        value = node.text()
        if value not in choices:
            raise node.error(f"is '{value}'; it must be one of {', '.join(choices)}.{nearest(value, choices)}")
        return value

    return Reader(read, {"enum": list(choices)})


def whole(least: int, most: int) -> Reader[int]:
    """A whole number, both bounds allowed; ``most`` has nine digits at most."""

    def read(node: Node) -> int:
        value = node.text()
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            raise node.error(f"is '{value}'; it must be a whole number from {least} to {most}.")
        return int(value)

    return Reader(read, {"type": "integer", "minimum": least, "maximum": most})


def list_of(each: Reader[T_co], example: str) -> Reader[tuple[T_co, ...]]:
    """A list, which may be empty."""
    return Reader(
        lambda node: tuple(each.read(entry) for entry in node.entries(example)),
        {"type": "array", "items": each.schema},
    )


def some_of(choices: tuple[str, ...]) -> Reader[tuple[str, ...]]:
    """A list of any of these strings."""

    def read(node: Node) -> tuple[str, ...]:
        for value in (values := TEXTS.read(node)):
            if value not in choices:
                allowed = f"allowed values are {', '.join(choices)}.{nearest(value, choices)}"
                raise node.error(f"contains '{value}'; {allowed}")
        return values

    return Reader(read, list_of(one_of(choices), "").schema)


def map_of(each: Reader[T_co]) -> Reader[dict[str, T_co]]:
    """A mapping of whatever keys to values of one type."""
    return Reader(
        lambda node: {key: each.read(child) for key, child in node.mapping().items()},
        {"type": ["object", "null"], "additionalProperties": each.schema},
    )


def record(
    make: Callable[..., T_co], fields: Mapping[str, Reader[object]], required: tuple[str, ...] = (), unit: str = ""
) -> Reader[T_co]:
    """A mapping with these keys: what ``make`` makes of those that are set. ``unit``: of what is ``required``."""

    def read(node: Node) -> T_co:
        entries = node.mapping(tuple(fields))
        if absent := [name for name in required if name not in entries]:
            raise node.error(f"is missing {', '.join(absent)}{unit and f' ({unit})'}.")
        return make(**{name: fields[name].read(child) for name, child in entries.items()})

    properties = {name: each.schema for name, each in fields.items()}
    needed = {"type": "object", "required": list(required)} if required else {"type": ["object", "null"]}
    return Reader(read, {**needed, "properties": properties, "additionalProperties": False})


def _usd(node: Node) -> Decimal:
    value = node.text()
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise node.error(f"is '{value}'; it must be an amount in USD of 0 or more, like 5 or 0.50.")
    return amount


def _share(node: Node) -> float:
    value = node.text()
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise node.error(f"is '{value}'; it must be a number from 0 to 1, like 0.4.")
    return share


TEXT = Reader(Node.text, {"type": "string", "pattern": r"\S"})
TEXTS = list_of(TEXT, "[bug, question]")
FLAG = Reader(lambda node: one_of(("true", "false")).read(node) == "true", {"type": "boolean"})
SHARE = Reader(_share, {"type": "number", "minimum": 0, "maximum": 1})
USD = Reader(_usd, {"type": "number", "minimum": 0})
