"""Forwards and rules as functions of a script of their own, with all that they call."""

from __future__ import annotations

import ast
import builtins
import copy
import keyword
import sys
import types
from typing import Any

import numpy as np

from autograd.arrays import array_of, gated, quick_where
from autograd.compiled.syntax import (
    Plain,
    argument_names,
    body_of,
    class_definition,
    definition_of,
    free_names,
    global_names,
)
from autograd.index import Index
from autograd.lazy import LazyModule
from autograd.tensor import Tensor
from autograd.view.code_data import literal

RESERVED = {
    *dir(builtins),
    *keyword.kwlist,
    *keyword.softkwlist,
    "np",
    "math",
    "zlib",
    "base64",
    "Index",
    "ElementType",
    "unpack",
}

INDEX = '''\
class Index:
    """An index in two steps: x[basic][advanced]; either may be empty."""

    def __init__(self, basic, advanced):
        self.basic, self.advanced = basic, advanced

    def view(self, array):
        return array[(*self.basic, ...)] if self.basic else array

    def take(self, array):
        chosen = self.view(array)
        return chosen[self.advanced] if self.advanced else chosen

    def put(self, array, values):
        while isinstance(values, np.ndarray) and values.ndim > 1 and len(values) == 1:
            values = values[0]
        self.view(array)[self.advanced or ...] = values
'''
"""What stands in a script for the index of an assignment `x[i] = y`."""


class Library:
    """The functions, constants and imports that a script needs, each once, in the order in which they must stand."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {"import numpy as np": None}
        self.pieces: list[str] = []
        self.names: dict[int, str] = {}
        self.kept_alive: list[Any] = []  # so that no id is given out twice
        self.taken: set[str] = set(RESERVED)

    def free_name(self, wanted: str) -> str:
        """A name that nothing else in the script has, like the one that is wanted."""
        stem = wanted.strip("_") or "value"
        name, number = stem, 2
        while name in self.taken:
            name, number = f"{stem}_{number}", number + 1
        self.taken.add(name)
        return name

    def function(self, function: Any, name: str) -> str:
        """The name in the script of one of the library's functions; it is written there if it was not yet."""
        function = getattr(function, "__wrapped__", function)
        if id(function) in self.names:
            return self.names[id(function)]
        chosen = self.free_name(name)
        self.names[id(function)] = chosen
        self.kept_alive.append(function)
        renamed = {n: self.named(function.__globals__[n], n) for n in global_names(function)}
        self.pieces.append(written(function, chosen, renamed))
        return chosen

    def named(self, value: Any, name: str) -> str:
        """The name in the script of what a function calls by this name: imported, or written before it."""
        if isinstance(value, (LazyModule, types.ModuleType)):
            return self.module(value, name)
        if hasattr(value, "op"):
            return self.function(value.op.forward, value.op.name)
        home = getattr(value, "__module__", None) or ""
        if value in (Tensor, array_of, gated, quick_where) or home.partition(".")[0] == "typing":
            return name  # which `Readable` takes away
        if isinstance(value, type) and issubclass(value, Exception):
            return next(base.__name__ for base in value.__mro__ if base.__module__ == "builtins")
        if value is Index:
            return "Index"  # which the script defines where there is one
        if isinstance(value, type) and home.startswith("autograd"):
            return self.own_class(value)
        if isinstance(value, types.FunctionType) or (hasattr(value, "__wrapped__") and home.startswith("autograd")):
            return self.function(value, name)
        if value is np.ndarray:
            return "np.ndarray"
        if callable(value) and home.partition(".")[0] in ("numpy", "scipy", "math", "itertools", "functools"):
            self.imports[f"from {home} import {value.__name__}"] = None
            return str(value.__name__)
        return self.constant(value, name)

    def own_class(self, cls: Any) -> str:
        """The name in the script of one of the library's classes; it is written there if it was not yet."""
        if id(cls) in self.names:
            return self.names[id(cls)]
        self.names[id(cls)] = name = self.free_name(cls.__name__)
        if hasattr(cls, "_fields"):
            self.imports["from collections import namedtuple"] = None
            self.pieces.append(f"{name} = namedtuple({name!r}, {list(cls._fields)})\n")
            return name
        definition = Readable().visit(class_definition(cls))
        scope = vars(sys.modules[cls.__module__])
        renamed = {n: self.named(scope[n], n) for n in free_names(definition) if n in scope}
        definition.name, definition.bases = name, []
        text = ast.unparse(ast.fix_missing_locations(Renamed(renamed, ()).visit(definition)))
        self.pieces.append(text + "\n")
        return name

    def module(self, module: Any, name: str) -> str:
        """The name of an imported module."""
        parent, _, last = module.__name__.rpartition(".")
        if module.__name__ == "numpy":
            return "np"
        line = f"from {parent} import {last}" if parent else f"import {last}"
        self.imports[line + (f" as {name}" if name != last else "")] = None
        self.taken.add(name)
        return name

    def constant(self, value: Any, name: str) -> str:
        """The name of a constant of the module that a function stands in."""
        if id(value) not in self.names:
            if isinstance(value, float):
                return literal(value)
            self.names[id(value)] = self.free_name(name)
            self.kept_alive.append(value)
            self.pieces.append(f"{self.names[id(value)]} = {literal(value)}\n")
        return self.names[id(value)]

    def add_once(self, piece: str) -> None:
        """Put a piece of source before what comes next, if it is not there yet."""
        if piece not in self.pieces:
            self.pieces.append(piece)


class Readable(Plain):
    """Writes `np.where` where the library has what gives the same in less time."""

    def visit_Call(self, node: ast.Call) -> Any:  # noqa: N802 (the name is ast's)
        match super().visit_Call(node):
            case ast.Call(func=ast.Name(id="gated"), args=[g, is_open]):
                return ast.Call(np_where(), [is_open, g, ast.Constant(0)], [])
            case ast.Call(func=ast.Name(id="quick_where"), args=arguments):
                return ast.Call(np_where(), arguments, [])
            case plain:
                return plain


def np_where() -> ast.expr:
    """The expression `np.where`."""
    return ast.parse("np.where", mode="eval").body


def written(function: Any, name: str, renamed: dict[str, str]) -> str:
    """A function's source under another name, with other names for what it calls, and without annotations."""
    definition = definition_of(function)
    body = [copy.deepcopy(statement) for statement in body_of(definition)]
    arguments = copy.deepcopy(definition.args)
    module = ast.Module(body=[ast.FunctionDef(name, arguments, body, [], lineno=1)], type_ignores=[])
    plain = Renamed(renamed, argument_names(definition)).visit(Readable().visit(module))
    text = ast.unparse(ast.fix_missing_locations(plain))
    doc = (function.__doc__ or "").strip().split("\n")[0]
    if doc and "\\" not in doc and '"""' not in doc:
        first, _, rest = text.partition("\n")
        text = f'{first}\n    """{doc}"""\n{rest}'
    return text + "\n"


class Renamed(ast.NodeTransformer):
    """Gives what a function reads from its module the names that it has in the script."""

    def __init__(self, names: dict[str, str], arguments: tuple[str, ...]) -> None:
        self.names = {old: ast.parse(new, mode="eval").body for old, new in names.items() if old not in arguments}

    def visit_Name(self, node: ast.Name) -> Any:
        return copy.deepcopy(self.names.get(node.id, node)) if isinstance(node.ctx, ast.Load) else node
