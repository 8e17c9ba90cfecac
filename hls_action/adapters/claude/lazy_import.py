"""Import a large package only as far as it is used.

``import anthropic`` executes some 3,000 modules, most of them types of APIs that HLS does not use; that is two thirds
of the start-up time of a handled event. Python resolves ``from package import name`` through the package's module
attributes, so a package whose ``__init__`` does nothing but re-export can look its names up when they are first asked
for (PEP 562). The names, and what they lead to, stay the same. Two more ways are for what that does not reach: `bare`
and `leave_out`. Measured in ``benchmarks/``.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, module_from_spec, resolve_name
from types import ModuleType, SimpleNamespace


class _ReexportLoader(SourceFileLoader):
    """Loads a package's ``__init__`` as a table of where its names come from, without importing them."""

    def exec_module(self, module: ModuleType) -> None:
        tree = ast.parse(self.get_data(self.path))
        origins = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 1
            for alias in node.names
        }
        package = module.__name__

        def resolve(name: str) -> object:
            if name not in origins:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            home, original = origins[name]
            if home:
                value: object = getattr(import_module(f"{package}.{home}"), original)
            else:
                value = import_module(f"{package}.{original}")
            module.__dict__[name] = value
            return value

        module.__dict__["__getattr__"] = resolve


class _LazyFinder(MetaPathFinder):
    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._packages and not any(fullname.startswith(f"{p}.") for p in self._packages):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.submodule_search_locations is None or type(spec.loader) is not SourceFileLoader:
            return spec
        if _only_reexports(spec.loader):
            spec.loader = _ReexportLoader(spec.loader.name, spec.loader.path)
        return spec


class _LeftOut(type):
    """The class of an empty class in the place of one that was left out. It is false, as None would be."""

    def __bool__(cls) -> bool:
        return False


class _NarrowLoader(SourceFileLoader):
    """Loads a module, and empty classes in place of what it imports from ``left_out``."""

    left_out = ""

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = vars(builtins) | {"__import__": partial(_import, self.left_out)}
        super().exec_module(module)


def _import(
    left_out: str,
    name: str,
    namespace: Mapping[str, object] | None = None,
    local: Mapping[str, object] | None = None,
    wanted: Sequence[str] = (),
    level: int = 0,
) -> object:
    """As ``__import__``, but for what is left out."""
    package = str((namespace or {}).get("__package__"))
    if f"{resolve_name('.' * level + name, package)}.".startswith(f"{left_out}."):
        return SimpleNamespace(**{each: _LeftOut(each, (), {}) for each in wanted})
    return builtins.__import__(name, namespace, local, wanted, level)


class _NarrowFinder(MetaPathFinder):
    def __init__(self, importer: str, left_out: str) -> None:
        self._importer = importer
        self._left_out = left_out

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if f"{fullname}.".startswith(f"{self._importer}.") else None
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _NarrowLoader(spec.loader.name, spec.loader.path)
            spec.loader.left_out = self._left_out
        return spec


def _only_reexports(loader: SourceFileLoader) -> bool:
    """Whether an ``__init__`` gets its names from its own submodules alone and defines none itself."""
    tree = ast.parse(loader.get_data(loader.path))
    return not any(isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) for node in tree.body)


def enable(*packages: str) -> None:
    """Make later imports of ``packages`` lazy. Packages already imported are unaffected."""
    wanted = [name for name in packages if name not in sys.modules]
    if wanted:
        sys.meta_path.insert(0, _LazyFinder(wanted))


def bare(package: str) -> None:
    """Have the modules of a package imported one by one, without what its ``__init__`` imports of them."""
    spec = find_spec(package) if package not in sys.modules else None
    if spec is not None:
        sys.modules[package] = module_from_spec(spec)


def leave_out(left_out: str, importer: str) -> None:
    """Give the modules of ``importer`` empty classes for those of ``left_out``, which is not imported for them.

    For what they only name as types, or compare with the classes of values, of which there are none, or take if there
    is any. Modules already imported are unaffected.
    """
    if importer not in sys.modules:
        sys.meta_path.insert(0, _NarrowFinder(importer, left_out))


def narrow_sdk() -> None:
    """Have Claude's SDK imported only as far as a call of the Messages API needs it: not streamed, nothing in beta."""
    enable("anthropic")
    leave_out("anthropic.types", importer="anthropic.lib")
    leave_out(
        "anthropic.types", importer="anthropic._error_classes"
    )  # errors by code, each with a model: by status will do
    leave_out("anthropic.lib.streaming", importer="anthropic.resources.messages")
