"""The small mistakes that are tried: where in a module each can be made, and how it reads then."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
OTHER_NAMES = {
    ("min", "max"), ("any", "all"), ("startswith", "endswith"), ("partition", "rpartition"), ("find", "rfind"),
    ("removeprefix", "removesuffix"), ("match", "fullmatch"), ("lstrip", "rstrip"),
}  # fmt: skip
SWAPPED = dict(OTHER_NAMES) | {b: a for a, b in OTHER_NAMES}
DISPENSABLE = frozenset(
    {"lower", "casefold", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "astimezone"}
)
"""Methods whose result is of the kind of what they are called on: they can be forgotten."""
UNTOUCHED = frozenset({"annotation", "returns", "decorator_list", "type_params", "pattern", "type"})
"""Fields of nodes that say nothing at run time, or where no mistake of interest can be made."""

CONTEXT = 60
"""How many characters of code are shown on either side of a change."""

Function = tuple[str, int]
"""A function outside of others: its qualified name and its first line, that of its first decorator."""


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake: ``new`` in the place of ``old``, which is in ``slot`` of ``holder``.

    ``lines``: those of the statement, up to its body. ``function``: None where the module's own code is changed.
    """

    holder: Any
    slot: Any
    old: ast.AST
    new: ast.AST
    lines: range
    function: Function | None

    @property
    def line(self) -> int:
        """Where it is, from 1."""
        return getattr(self.old, "lineno", self.lines.start)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The tree has the mistake for so long."""
        self._put(self.new)
        try:
            yield
        finally:
            self._put(self.old)

    def _put(self, node: ast.AST) -> None:
        if isinstance(self.holder, list):
            self.holder[self.slot] = node
        else:
            setattr(self.holder, self.slot, node)

    def shown(self) -> str:
        """The change, with what is around it, as ``git diff --word-diff`` shows it."""
        was, now = (" ".join(ast.unparse(node).split()) for node in (self.old, self.new))
        start = _shared(was, now)
        end = _shared(was[start:][::-1], now[start:][::-1])
        changed = f"[-{was[start : len(was) - end]}-]{{+{now[start : len(now) - end]}+}}"
        return f"{was[max(0, start - CONTEXT) : start]}{changed}{was[len(was) - end :][:CONTEXT]}"


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Every mistake that can be made in a module, in the order of the source."""
    yield from _within(tree, range(0), None, "")


def _within(node: ast.AST, lines: range, function: Function | None, prefix: str) -> Iterator[Mutant]:
    """``prefix``: of the qualified names of functions found here."""
    for name, value in ast.iter_fields(node):
        if name in UNTOUCHED:
            continue
        inside = _function(node, prefix) if name == "body" and function is None else function
        path = f"{prefix}{node.name}." if isinstance(node, ast.ClassDef) else prefix
        children = enumerate(value) if isinstance(value, list) else [(name, value)]
        for slot, child in children:
            if not isinstance(child, ast.AST) or _is_untouched(child):
                continue
            its_lines = _lines(child) if isinstance(child, ast.stmt) else lines
            for new in _mistakes(child, in_function=inside is not None):
                yield Mutant(
                    value if isinstance(value, list) else node,
                    slot,
                    child,
                    ast.fix_missing_locations(ast.copy_location(copy(new), child)),
                    its_lines,
                    inside,
                )
            yield from _within(child, its_lines, inside, path)


def _function(node: ast.AST, prefix: str) -> Function | None:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    return prefix + node.name, min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _lines(statement: ast.stmt) -> range:
    body = getattr(statement, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    end = getattr(first, "lineno", getattr(first, "end_lineno", None)) or (statement.end_lineno or 0) + 1
    return range(statement.lineno, max(end, statement.lineno + 1))


def _is_untouched(node: ast.AST) -> bool:
    """Docstrings, imports, what only types need, and what only type checkers read."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id="assert_never" | "cast" | "TypeVar" | "NewType")):
            return True
        case _:
            return False


def _mistakes(node: ast.AST, *, in_function: bool) -> Iterator[ast.AST]:
    match node:
        case ast.expr():
            yield from _in_expression(node)
        case ast.stmt() if in_function:
            yield from _in_statement(node)
        case ast.comprehension(ifs=[_, *_]):
            yield from (_but(node, ifs=_without(node.ifs, index)) for index in range(len(node.ifs)))
        case _:
            pass


def _in_statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield _but(node, value=ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(value)):
                yield ast.Pass()
        case ast.If():
            yield from (_but(node, test=ast.copy_location(ast.Constant(to), node.test)) for to in (True, False))
        case ast.Match(cases=[_, _, *_]):
            yield from (_but(node, cases=_without(node.cases, index)) for index in range(len(node.cases)))
        case _:
            pass


def _in_expression(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.UnaryOp(operand=operand) if isinstance(node.op, ast.Not | ast.USub):
            yield operand
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            yield _but(node, op=ARITHMETIC[type(node.op)]())
        case ast.Constant():
            yield from (_but(node, value=value) for value in _other_values(node.value))
        case ast.Slice():
            yield from (_but(node, **{bound: None}) for bound in ("lower", "upper") if getattr(node, bound))
        case ast.Dict(keys=keys) if len(keys) > 1:
            for index in range(len(keys)):
                yield _but(node, keys=_without(keys, index), values=_without(node.values, index))
        case _:
            yield from _in_condition(node)
            yield from _in_name(node)


def _in_condition(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for index, op in enumerate(node.ops):
                for other in COMPARISONS[type(op)]:
                    yield _but(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])
        case ast.BoolOp(values=values):
            yield _but(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for index in range(len(values)):
                left = _without(values, index)
                yield _but(node, values=left) if len(left) > 1 else left[0]
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case _:
            pass


def _in_name(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.Name(ctx=ast.Load()) if node.id in SWAPPED:
            yield _but(node, id=SWAPPED[node.id])
        case ast.Attribute(ctx=ast.Load()) if node.attr in SWAPPED:
            yield _but(node, attr=SWAPPED[node.attr])
        case ast.Call():
            yield from _in_call(node)
        case _:
            pass


def _in_call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Attribute) and node.func.attr in DISPENSABLE:
        yield node.func.value
    symmetrical = isinstance(node.func, ast.Name) and node.func.id in ("max", "min")
    args = [] if symmetrical else node.args
    for index in range(len(args) - 1):
        if ast.dump(args[index]) != ast.dump(args[index + 1]):
            yield _but(node, args=[*args[:index], args[index + 1], args[index], *args[index + 2 :]])
    yield from (_but(node, keywords=_without(node.keywords, index)) for index in range(len(node.keywords)))


def _other_values(value: object) -> tuple[object, ...]:
    match value:
        case bool():
            return (not value,)
        case int() | float():
            return (value + 1, value - 1)
        case str():
            return (f"XX{value}XX",)
        case _:
            return ()


def _without(values: Sequence[Any], index: int) -> list[Any]:
    return [*values[:index], *values[index + 1 :]]


def _but(node: ast.AST, **fields: object) -> ast.AST:
    other = copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
